//! The proof reading finds the weak order of every scheme, and refuses false twins.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use wfr::algebra::{Ring, Scalar, Series, add_scaled};
use wfr::schemes::certificate::{Certificate, Setting, certificate};
use wfr::schemes::{CATALOGUE, EulerMaruyama, NoiseClass, OneStep, Platen, Scheme, Sde, Step, WeightRule};
use wfr::symbolic::{Axis, DifferentialPolynomial, Function, Jet, Name, Symbol};

fn additive(dimension: usize) -> Setting {
    Setting { dimension, noise: NoiseClass::Additive, time_dependent: true }
}

fn autonomous() -> Setting {
    Setting { dimension: 1, noise: NoiseClass::Additive, time_dependent: false }
}

fn jet(letter: &'static str, derivatives: usize) -> DifferentialPolynomial {
    let mut jet = Jet::of(Function { name: Name::plain(letter), dimension: 1, time: false });
    for _ in 0..derivatives {
        jet = jet.derivative(Axis::Space(0)).unwrap();
    }
    DifferentialPolynomial::symbol(Symbol::Jet(jet))
}

fn q(numerator: i64, denominator: i64) -> DifferentialPolynomial {
    DifferentialPolynomial::ratio(numerator, denominator)
}

/// σ² = 2 and c = 0: plain Langevin dynamics.
fn langevin(certificate: &Certificate) -> DifferentialPolynomial {
    certificate.leading_error.substitute(|symbol, power| match symbol {
        Symbol::Parameter(name) if name.letter == "σ" => Some(q(2i64.pow(power / 2), 1)),
        Symbol::Jet(jet) if jet.function.name.letter == "c" => Some(DifferentialPolynomial::default()),
        _ => None,
    })
}

#[test]
fn every_scheme_of_the_catalogue_has_its_claimed_order_in_dimensions_1_and_2() {
    for scheme in CATALOGUE {
        for dimension in [1, 2] {
            for weight in WeightRule::ALL {
                let order = certificate(*scheme, weight, additive(dimension)).order;
                assert_eq!(order, scheme.weak_order().min(weight.weak_order()), "{scheme:?} {weight:?} {dimension}");
            }
        }
    }
}

#[test]
fn the_euler_maruyama_defect_is_the_published_one() {
    // theory.md §5.14: −½ f f' φ' − ½ f'' φ' − f' φ''.
    let found = langevin(&certificate(&EulerMaruyama, WeightRule::Trapezoidal, autonomous()));
    let expected = q(-1, 2) * jet("b", 0) * jet("b", 1) * jet("φ", 1)
        + q(-1, 2) * jet("b", 2) * jet("φ", 1)
        + q(-1, 1) * jet("b", 1) * jet("φ", 2);
    assert_eq!(found, expected, "{found}");
}

#[test]
fn euler_maruyama_keeps_order_1_with_multiplicative_noise_and_the_additive_platen_drops_to_1() {
    for dimension in [1, 2] {
        let setting = Setting { dimension, noise: NoiseClass::General, time_dependent: dimension == 1 };
        assert_eq!(certificate(&EulerMaruyama, WeightRule::Trapezoidal, setting).order, 1);
        assert_eq!(certificate(&Platen, WeightRule::Trapezoidal, setting).order, 1);
    }
}

/// x + h b(x + ½ h b + ½ √h σξ) + √h σξ: plausible, and of order 1 (theory.md §4).
struct Midpoint;
/// Platen with the noise left out of the predictor.
struct NoiseFreePredictor;
/// Platen with drift shares 0.499 and 0.501.
struct WrongDriftShare;

impl OneStep for Midpoint {
    const NAME: &'static str = "midpoint";
    const REFERENCE: &'static str = "theory.md §4";
    const WEAK_ORDER: u32 = 2;
    const NOISE: NoiseClass = NoiseClass::Additive;
    const WORK_VECTORS: usize = 3;
    fn step<S: Scalar>(sde: &(impl Sde<S> + ?Sized), step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        let (b, work) = work.split_at_mut(x.len());
        let (σξ, middle) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        middle.clone_from_slice(x);
        add_scaled(middle, &(S::ratio(1, 2) * step.h.clone()), b);
        add_scaled(middle, &(S::ratio(1, 2) * step.sqrt_h.clone()), σξ);
        sde.drift(&(step.t.clone() + S::ratio(1, 2) * step.h.clone()), middle, b);
        add_scaled(x, &step.h, b);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

struct Twin<S> {
    noisy_predictor: bool,
    first_share: S,
}

impl<S: Scalar> Twin<S> {
    fn step(&self, sde: &(impl Sde<S> + ?Sized), step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (x_bar, b_bar) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        x_bar.clone_from_slice(x);
        add_scaled(x_bar, &step.h, b);
        if self.noisy_predictor {
            add_scaled(x_bar, &step.sqrt_h, σξ);
        }
        sde.drift(&(step.t.clone() + step.h.clone()), x_bar, b_bar);
        add_scaled(x, &(self.first_share.clone() * step.h.clone()), b);
        add_scaled(x, &((S::one() - self.first_share.clone()) * step.h.clone()), b_bar);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

impl OneStep for NoiseFreePredictor {
    const NAME: &'static str = "noise-free-predictor";
    const REFERENCE: &'static str = "false twin of platen";
    const WEAK_ORDER: u32 = 2;
    const NOISE: NoiseClass = NoiseClass::Additive;
    const WORK_VECTORS: usize = 4;
    fn step<S: Scalar>(sde: &(impl Sde<S> + ?Sized), step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        Twin { noisy_predictor: false, first_share: S::ratio(1, 2) }.step(sde, step, x, noise, work);
    }
}

impl OneStep for WrongDriftShare {
    const NAME: &'static str = "wrong-drift-share";
    const REFERENCE: &'static str = "false twin of platen";
    const WEAK_ORDER: u32 = 2;
    const NOISE: NoiseClass = NoiseClass::Additive;
    const WORK_VECTORS: usize = 4;
    fn step<S: Scalar>(sde: &(impl Sde<S> + ?Sized), step: &Step<S>, x: &mut [S], noise: &[S], work: &mut [S]) {
        Twin { noisy_predictor: true, first_share: S::ratio(499, 1000) }.step(sde, step, x, noise, work);
    }
}

#[test]
fn false_twins_are_refused() {
    let twins: [&dyn Scheme; 3] = [&Midpoint, &NoiseFreePredictor, &WrongDriftShare];
    for twin in twins {
        let proof = certificate(twin, WeightRule::Trapezoidal, additive(1));
        assert!(proof.order < twin.weak_order(), "{twin:?} passed");
    }
    let midpoint = langevin(&certificate(&Midpoint, WeightRule::Trapezoidal, autonomous()));
    assert_eq!(midpoint, q(-1, 4) * jet("b", 2) * jet("φ", 1), "{midpoint}");
}

#[test]
fn operators_are_printed_in_the_notation_of_the_field() {
    let proof = certificate(&EulerMaruyama, WeightRule::Trapezoidal, autonomous());
    assert_eq!(langevin(&proof).to_string(), "−1/2 b b' φ' − b' φ'' − 1/2 b'' φ'");
    let plane = certificate(&EulerMaruyama, WeightRule::Trapezoidal, additive(2));
    assert!(plane.leading_error.to_string().contains("∂₁₂φ"), "{}", plane.leading_error);
}

/// A small random polynomial in two jets, a parameter and a noise.
#[derive(Clone, Debug)]
struct Random(DifferentialPolynomial);

impl Arbitrary for Random {
    fn arbitrary(g: &mut Gen) -> Self {
        let symbols = [
            jet("f", 0),
            jet("f", 2),
            DifferentialPolynomial::symbol(Symbol::Parameter(Name::plain("β"))),
            DifferentialPolynomial::symbol(Symbol::Noise(0)),
        ];
        let mut sum = DifferentialPolynomial::default();
        for _ in 0..usize::arbitrary(g) % 4 {
            let mut term = q(i64::from(i8::arbitrary(g)), 1 + i64::from(u8::arbitrary(g) % 7));
            for _ in 0..usize::arbitrary(g) % 4 {
                term = term * g.choose(&symbols).unwrap().clone();
            }
            sum += term;
        }
        Self(sum)
    }
}

#[test]
fn polynomials_form_a_ring_with_a_derivation() {
    fn holds(Random(a): Random, Random(b): Random, Random(c): Random) -> bool {
        let d = |p: &DifferentialPolynomial| p.derivative(Axis::Space(0));
        let distributes = a.clone() * (b.clone() + c.clone()) == a.clone() * b.clone() + a.clone() * c.clone();
        let commutes = a.clone() * b.clone() == b.clone() * a.clone();
        let associates = (a.clone() * b.clone()) * c.clone() == a.clone() * (b.clone() * c.clone());
        let cancels = (a.clone() - a.clone()).is_zero();
        let leibniz = d(&(a.clone() * b.clone())) == d(&a) * b.clone() + a.clone() * d(&b);
        distributes && commutes && associates && cancels && leibniz
    }
    QuickCheck::new().tests(200).quickcheck(holds as fn(Random, Random, Random) -> bool);
}

#[test]
fn the_exponential_of_a_series_turns_sums_into_products() {
    fn holds(Random(a): Random, Random(b): Random) -> bool {
        let series = |p: DifferentialPolynomial| Series::monomial(p.clone(), 1, 5) + Series::monomial(p, 2, 5);
        let (a, b) = (series(a), series(b));
        (a.clone() + b.clone()).exp() == a.exp() * b.exp()
    }
    QuickCheck::new().tests(50).quickcheck(holds as fn(Random, Random) -> bool);
}
