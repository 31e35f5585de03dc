//! Writes the certificate of a gap: `certify "3*(x^2 - 1)^2 + x/2" > FILE`; or replays one: `certify --check FILE`.

use enclose::Expression;
use enclose::gap::{Certificate, gap};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--check", file] => {
            let certificate = Certificate::checked(&std::fs::read_to_string(file)?)?;
            println!("{}: proved λ₁ in {}", certificate.potential, certificate.claim());
        }
        [formula] => print!("{}", gap(&Expression::parse(formula)?)?.to_text()),
        _ => return Err("expected a formula, or --check and a file".into()),
    }
    Ok(())
}
