//! λ₁ of potentials with known values, from both sides, and certificates that are replayed.

use enclose::gap::certificate::CertificateError;
use enclose::gap::{Certificate, gap};
use enclose::{Expression, Interval, Refusal};

/// Potential, λ₁ (theory.md §3.4; exact Ritz matrices of 130 digits and sinc-DVR), largest relative width.
const REFERENCES: [(&str, f64, f64, f64); 15] = [
    ("0.5*(x^2 - 1)^2", 0.84588929079551443416, 1e-15, 1e-12),
    ("(x^2 - 1)^2", 0.74868167234839415179, 1e-15, 1e-12),
    ("2*(x^2 - 1)^2", 0.4545466020172993391, 1e-15, 1e-12),
    ("3*(x^2 - 1)^2", 0.24185958257230464104, 1e-15, 1e-12),
    ("4*(x^2 - 1)^2", 0.11911837323774946484, 1e-15, 1e-12),
    ("5*(x^2 - 1)^2", 0.055522812731454510486, 1e-15, 1e-12),
    ("6*(x^2 - 1)^2", 0.024846465060069916732, 1e-15, 1e-12),
    ("8*(x^2 - 1)^2", 0.0045749511109485255855, 1e-15, 1e-12),
    ("10*(x^2 - 1)^2", 0.00078357091998921765732, 1e-15, 1e-12),
    ("12*(x^2 - 1)^2", 0.00012826215247783050104, 1e-15, 1e-12),
    ("3*(x^2 - 1)^2 + x/2", 0.263469009, 1e-9, 1e-12),
    ("x^4/4", 1.36859252098, 1e-11, 1e-12),
    ("x^2/2 + cos(2*x)/2", 0.689433487665, 1e-12, 1e-12),
    ("x^2/2", 1.0, 0.0, 1e-12),
    ("(x - 0.7)^2*2", 4.0, 0.0, 1e-12),
];

#[test]
fn references_are_inside() {
    for (text, reference, known, width) in REFERENCES {
        let certificate = gap(&Expression::parse(text).unwrap()).unwrap();
        let claim = certificate.check().unwrap();
        let slack = reference * known;
        assert!(claim.lower() - slack <= reference && reference <= claim.upper() + slack, "{text}: {claim}");
        assert!(claim.relative_width() <= width, "{text}: {claim}");
    }
}

#[test]
fn certificates_are_written_and_replayed() {
    let certificate = gap(&Expression::parse("3*(x^2 - 1)^2 + x/2").unwrap()).unwrap();
    let text = certificate.to_text();
    assert_eq!(Certificate::checked(&text), Ok(certificate));
    // A narrower claim than was proved.
    let claim = text.lines().find(|line| line.contains("claim")).unwrap();
    let changed = text.replace(claim, "  \"claim\": [0.26346900907447, 0.26346900907447],");
    assert_eq!(Certificate::checked(&changed), Err(CertificateError::Claim));
    assert!(matches!(Certificate::checked("{}"), Err(CertificateError::Entry("format"))));
    assert!(matches!(Certificate::checked("[1"), Err(CertificateError::NotRead(_))));
}

#[test]
fn edges_get_what_is_true_of_them() {
    let of = |text: &str| gap(&Expression::parse(text).unwrap());
    // The Laplace distribution: 1/4, the bottom of the essential spectrum.
    let laplace = of("abs(x)").unwrap().check().unwrap();
    assert_eq!((laplace.lower(), laplace.upper()), (0.25, 0.25));
    // A kink that is not at the splitting point.
    let kinked = of("x^2/4 + abs(x) + x/3").unwrap().check().unwrap();
    assert!(kinked.relative_width() < 1e-11, "{kinked}");
    // Cauchy: no gap.
    let cauchy = of("log(1 + x^2)").unwrap();
    assert!(cauchy.check().unwrap().upper() < 1e-15);
    assert_eq!(cauchy.claim().lower(), 0.0);
    // Tails that are exponential in the limit.
    let smooth = of("sqrt(1 + x^2)").unwrap().check().unwrap();
    assert!(smooth.lower() > 0.2499 && smooth.upper() <= 0.25, "{smooth}");
    for text in ["exp(-x^2)", "0", "x", "-x^2", "log(1 + x^2)/2"] {
        assert!(matches!(of(text), Err(Refusal::NotIntegrable(..))), "{text}: {:?}", of(text));
    }
}

/// The gap does not change under reflection and translation, and scales with the square of the unit of length; deep and uneven
/// wells, narrow bumps and far wells are among them.
#[test]
fn symmetries_are_respected() {
    let claim = |text: &str| {
        let certificate = gap(&Expression::parse(text).unwrap()).unwrap();
        let claim = certificate.check().unwrap();
        assert!(claim.relative_width() < 1e-9, "{text}: {claim}");
        claim
    };
    for (text, other, factor) in [
        ("3*(x^2 - 1)^2 + x/2", "3*(x^2 - 1)^2 - x/2", 1.0),
        ("(x^2 - 1)^2", "((x - 20)^2 - 1)^2", 1.0),
        ("2*(x^2 - 1)^2 + x/4", "2*(x^2/4 - 1)^2 + x/8", 4.0),
        ("x^6/8 - 2*x^4 + x^2 + x/4", "x^6/8 - 2*x^4 + x^2 - x/4", 1.0),
        ("x^4/8 - 0.75*x^3 - 4.5*x^2", "x^4/8 + 0.75*x^3 - 4.5*x^2", 1.0),
        ("x^2/2e4 + 3*exp(-(x - 20)^2)", "x^2/2e4 + 3*exp(-(x + 20)^2)", 1.0),
        ("1e4*(x - 3)^2", "1e4*x^2", 1.0),
        ("x^2/4 + abs(x) + x/3", "x^2/4 + abs(x) - x/3", 1.0),
    ] {
        let (a, b) = (claim(text), claim(other) * Interval::point(factor));
        assert!(a.intersection(b).is_some(), "{text}: {a} {b}");
    }
}
