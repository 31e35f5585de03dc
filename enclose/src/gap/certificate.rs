//! Certificates as text: what was proved, to be replayed by [`Certificate::check`] or by `python/check_certificate.py`.

use super::half::{Fault, Half};
use super::piece::{Chart, Piece};
use super::{Certificate, FlatTail, Proof};
use crate::Expression;
use serde_json::Value;
use std::fmt::{self, Write};

/// Names the layout; another one is refused.
const FORMAT: &str = "enclose gap 1";

/// Why a text is not a certificate, or not a valid one.
#[derive(Clone, Debug, PartialEq)]
pub enum CertificateError {
    /// It is not read; why.
    NotRead(String),
    /// This entry is missing, or not what it should be.
    Entry(&'static str),
    /// The claim that is written is narrower than what the proofs give.
    Claim,
    /// A proof does not hold.
    Fault(Fault),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead(why) => write!(f, "the certificate is not read: {why}"),
            Self::Entry(name) => {
                write!(f, "the entry “{name}” of the certificate is missing or not what it should be")
            }
            Self::Claim => write!(f, "the claim of the certificate is more than its proofs give"),
            Self::Fault(fault) => write!(f, "a proof of the certificate does not hold: {fault}"),
        }
    }
}

impl std::error::Error for CertificateError {}

fn write_half(text: &mut String, name: &str, half: &Half) -> fmt::Result {
    write!(
        text,
        "    \"{name}\": {{\"start\": {:?}, \"slope\": {:?}, \"pieces\": [",
        half.start, half.slope
    )?;
    for (k, piece) in half.pieces.iter().enumerate() {
        let chart = if piece.chart == Chart::Slope { "u" } else { "w" };
        let comma = if k > 0 { "," } else { "" };
        write!(
            text,
            "{comma}\n      [\"{chart}\", {:?}, {:?}, {:?}]",
            piece.from, piece.to, piece.coefficients
        )?;
    }
    write!(text, "]}}")
}

fn write_proof(text: &mut String, name: &str, proof: Option<&Proof>) -> fmt::Result {
    let Some(proof) = proof else {
        return writeln!(text, "  \"{name}\": null,");
    };
    writeln!(text, "  \"{name}\": {{\"lambda\": {:?},", proof.lambda)?;
    write_half(text, "left", &proof.halves[0])?;
    writeln!(text, ",")?;
    write_half(text, "right", &proof.halves[1])?;
    writeln!(text, "}},")
}

impl Certificate {
    /// Writes the certificate. Numbers are written so that they are read back as they were.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let claim = self.claim();
        writeln!(text, "{{\n  \"format\": \"{FORMAT}\",\n  \"potential\": \"{}\",", self.potential)?;
        let upper =
            if claim.upper().is_finite() { format!("{:?}", claim.upper()) } else { "null".to_owned() };
        writeln!(text, "  \"shift\": {:?},", self.shift)?;
        writeln!(text, "  \"split\": {:?},\n  \"claim\": [{:?}, {upper}],", self.split, claim.lower())?;
        write_proof(text, "lower", self.lower.as_ref())?;
        write_proof(text, "upper", self.upper.as_ref())?;
        match self.flat {
            Some(flat) => {
                let end = if flat.mirrored { "left" } else { "right" };
                write!(
                    text,
                    "  \"flat\": {{\"towards\": \"{end}\", \"distance\": {:?}, \"lambda\": {:?}}}\n}}\n",
                    flat.distance, flat.lambda
                )
            }
            None => write!(text, "  \"flat\": null\n}}\n"),
        }
    }

    /// Reads a certificate; nothing is proved by that.
    ///
    /// # Errors
    /// If the text is not a certificate of this format.
    pub fn from_text(text: &str) -> Result<Self, CertificateError> {
        let value: Value =
            serde_json::from_str(text).map_err(|e| CertificateError::NotRead(e.to_string()))?;
        if entry(&value, "format")?.as_str() != Some(FORMAT) {
            return Err(CertificateError::Entry("format"));
        }
        let formula = entry(&value, "potential")?.as_str().ok_or(CertificateError::Entry("potential"))?;
        let certificate = Self {
            potential: Expression::parse(formula).map_err(|e| CertificateError::NotRead(e.to_string()))?,
            shift: number(&value, "shift")?,
            split: number(&value, "split")?,
            lower: read_proof(entry(&value, "lower")?)?,
            upper: read_proof(entry(&value, "upper")?)?,
            flat: read_flat(entry(&value, "flat")?)?,
        };
        let claim = entry(&value, "claim")?.as_array().ok_or(CertificateError::Entry("claim"))?;
        let [lower, upper] = &claim[..] else { return Err(CertificateError::Entry("claim")) };
        let given = certificate.claim();
        let holds = lower.as_f64().is_some_and(|lower| lower <= given.lower())
            && (*upper == Value::Null || upper.as_f64().is_some_and(|upper| upper >= given.upper()));
        if holds { Ok(certificate) } else { Err(CertificateError::Claim) }
    }

    /// Reads a certificate and proves its claim again.
    ///
    /// # Errors
    /// If it is not a certificate, or if a proof in it does not hold.
    pub fn checked(text: &str) -> Result<Self, CertificateError> {
        let certificate = Self::from_text(text)?;
        certificate.check().map_err(CertificateError::Fault)?;
        Ok(certificate)
    }
}

fn entry<'a>(value: &'a Value, name: &'static str) -> Result<&'a Value, CertificateError> {
    value.get(name).ok_or(CertificateError::Entry(name))
}

fn number(value: &Value, name: &'static str) -> Result<f64, CertificateError> {
    entry(value, name)?.as_f64().ok_or(CertificateError::Entry(name))
}

fn read_proof(value: &Value) -> Result<Option<Proof>, CertificateError> {
    if *value == Value::Null {
        return Ok(None);
    }
    let halves = [read_half(entry(value, "left")?)?, read_half(entry(value, "right")?)?];
    Ok(Some(Proof { lambda: number(value, "lambda")?, halves }))
}

fn read_half(value: &Value) -> Result<Half, CertificateError> {
    let pieces = entry(value, "pieces")?.as_array().ok_or(CertificateError::Entry("pieces"))?;
    let pieces =
        pieces.iter().map(read_piece).collect::<Option<_>>().ok_or(CertificateError::Entry("pieces"))?;
    Ok(Half { start: number(value, "start")?, slope: number(value, "slope")?, pieces })
}

fn read_piece(value: &Value) -> Option<Piece> {
    let [chart, from, to, coefficients] = &value.as_array()?[..] else { return None };
    let chart = match chart.as_str()? {
        "u" => Chart::Slope,
        "w" => Chart::Ratio,
        _ => return None,
    };
    let coefficients = coefficients.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>()?;
    let known = (1..=200).contains(&coefficients.len());
    known.then_some(Piece { chart, from: from.as_f64()?, to: to.as_f64()?, coefficients })
}

fn read_flat(value: &Value) -> Result<Option<FlatTail>, CertificateError> {
    if *value == Value::Null {
        return Ok(None);
    }
    let mirrored = match entry(value, "towards")?.as_str() {
        Some("left") => true,
        Some("right") => false,
        _ => return Err(CertificateError::Entry("towards")),
    };
    Ok(Some(FlatTail { mirrored, distance: number(value, "distance")?, lambda: number(value, "lambda")? }))
}
