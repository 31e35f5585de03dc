//! `wfr enclose`: bounds of a target on a line that hold with certainty, and certificates of them that are replayed.

use super::{EncloseArguments, FAILED, Failure, INCONCLUSIVE, terminal};
use enclose::gap::certificate::CertificateError;
use enclose::gap::{Certificate, gap};
use enclose::integrals::Measure;
use enclose::{Expression, Interval};
use std::fmt::Write;
use std::path::Path;
use wfr::files::read_bounded;

/// Bytes that a certificate has at most.
const LARGEST: u64 = 1 << 26;

pub fn run(arguments: &EncloseArguments) -> Result<u8, Failure> {
    match (&arguments.check, &arguments.potential) {
        (Some(file), _) => check(file),
        (None, Some(formula)) => prove(formula, arguments.out.as_deref()),
        (None, None) => Err(Failure::Input("enclose: expected a formula in x, or --check and a file".into())),
    }
}

/// Proves what there is to prove of V, prints it, and writes the certificate of the gap.
fn prove(formula: &str, out: Option<&Path>) -> Result<u8, Failure> {
    let v = Expression::parse(formula)
        .map_err(|error| Failure::Input(format!("enclose: in the formula \"{formula}\": {error}")))?;
    let mut text = format!("V = {v}\n");
    let mut refused = false;
    let mut line = |name: &str, bounds: Result<Interval, String>| {
        refused |= bounds.is_err();
        let bounds = bounds.map_or_else(|why| format!("refused: {why}"), |bounds| bounds.to_string());
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name:12} {bounds}");
    };
    let certificate = gap(&v);
    line("λ₁", certificate.as_ref().map(Certificate::claim).map_err(ToString::to_string));
    match Measure::new(&v) {
        Ok(measure) => line("log ∫e^(−V)", Ok(measure.log_mass())),
        Err(why) => line("log ∫e^(−V)", Err(why.to_string())),
    }
    if let (Some(file), Ok(certificate)) = (out, &certificate) {
        super::write_new(file, &certificate.to_text())?;
        terminal::note(&format!("wrote {0}; replay it with: wfr enclose --check {0}", file.display()));
    }
    terminal::print(&text)?;
    Ok(if refused { INCONCLUSIVE } else { 0 })
}

/// Proves the claim of a certificate again, without searching.
fn check(file: &Path) -> Result<u8, Failure> {
    let said = |why: String| Failure::Input(format!("{}: {why}", file.display()));
    let bytes = read_bounded(file, LARGEST).map_err(|error| said(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| said(error.to_string()))?;
    match Certificate::checked(&text) {
        Ok(own) => {
            terminal::print(&format!("V = {}\nproved       λ₁ in {}\n", own.potential, own.claim()))?;
            Ok(0)
        }
        Err(error @ (CertificateError::Claim | CertificateError::Fault(_))) => {
            terminal::note(&format!("{}: {error}", file.display()));
            Ok(FAILED)
        }
        Err(error) => Err(said(error.to_string())),
    }
}
