//! Encloses the gap and the normalising constant of the reference potentials: widths and times.

use enclose::Expression;
use enclose::gap::gap;
use enclose::integrals::Measure;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let references = [
        ("0.5*(x^2 - 1)^2", "0.84588929079551443416"),
        ("1*(x^2 - 1)^2", "0.74868167234839415179"),
        ("2*(x^2 - 1)^2", "0.4545466020172993391"),
        ("3*(x^2 - 1)^2", "0.24185958257230464104"),
        ("4*(x^2 - 1)^2", "0.11911837323774946484"),
        ("5*(x^2 - 1)^2", "0.055522812731454510486"),
        ("6*(x^2 - 1)^2", "0.024846465060069916732"),
        ("8*(x^2 - 1)^2", "0.0045749511109485255855"),
        ("10*(x^2 - 1)^2", "0.00078357091998921765732"),
        ("12*(x^2 - 1)^2", "0.00012826215247783050104"),
        ("3*(x^2 - 1)^2 + x/2", "0.263469009"),
        ("x^4/4", "1.36859252098"),
        ("x^2/2 + cos(2*x)/2", "0.689433487665"),
        ("x^2/2", "1"),
        ("abs(x)", "0.25"),
        ("sqrt(1 + x^2)", ""),
        ("log(1 + x^2)", "0"),
        ("exp(-x^2)", ""),
    ];
    for (text, reference) in references {
        let v = Expression::parse(text)?;
        let begin = Instant::now();
        match gap(&v) {
            Ok(certificate) => {
                let seconds = begin.elapsed().as_secs_f64();
                let claim = certificate.claim();
                let pieces =
                    certificate.lower.as_ref().map_or(0, |p| p.halves.iter().map(|h| h.pieces.len()).sum());
                println!(
                    "{text:22} λ₁ {claim} width {:.1e} in {seconds:.3} s, {pieces} pieces; reference {reference}",
                    claim.relative_width()
                );
            }
            Err(refusal) => println!("{text:22} λ₁ refused: {refusal}"),
        }
        let begin = Instant::now();
        match Measure::new(&v) {
            Ok(measure) => println!(
                "{:22} log Z {} width {:.1e} in {:.3} s",
                "",
                measure.log_mass(),
                measure.log_mass().width(),
                begin.elapsed().as_secs_f64()
            ),
            Err(refusal) => println!("{:22} log Z refused: {refusal}", ""),
        }
    }
    Ok(())
}
