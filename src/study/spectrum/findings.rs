//! What a spectrum is found to be, and how that reads.

use super::{KIND, KNOWN};
use crate::format::{number, with_error};
use crate::study::prelude::*;

/// Smallest eigenvalues.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SpectrumFindings {
    /// In rising order (of their real parts).
    pub eigenvalues: Vec<Eigenvalue>,
    /// min λ(∇²V) over the cells, which λ₁ is not below where it is positive (Bakry and Émery); for a gradient flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curvature: Option<f64>,
    /// The Eyring–Kramers value of λ₁, for a gradient flow between two wells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyring_kramers: Option<f64>,
    /// Whether no side absorbs, so that λ₀ is 0.
    #[serde(skip)]
    pub keeps_mass: bool,
}

/// An eigenvalue of −L.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Eigenvalue {
    /// Extrapolated value; the real part.
    pub value: f64,
    /// The imaginary part, for a kinetic operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imaginary: Option<f64>,
    /// Estimated error.
    pub error: f64,
}

impl Outcome for SpectrumFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "spectrum of −L".into()
    }

    fn found(&self) -> String {
        let first = self.eigenvalues.iter().zip(["λ₀", "λ₁"]);
        first
            .map(|(λ, name)| format!("{name} = {}", with_error(λ.value, λ.error)))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn claim(&self) -> String {
        let zero = self.keeps_mass.then(|| "λ₀ = 0".to_string());
        let bound = self.bound().map(|bound| format!("λ₁ at least {}", number(bound)));
        let error = Some(format!("errors of others at most {} %", number(100.0 * KNOWN)));
        zero.into_iter().chain(bound).chain(error).collect::<Vec<_>>().join("\n")
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new("Smallest eigenvalues of −L", &["k", "λₖ ± error"])
            .with_note("± is an estimate of the error, from three grids, and no bound.");
        for (k, eigenvalue) in self.eigenvalues.iter().enumerate() {
            let mut value = with_error(eigenvalue.value, eigenvalue.error);
            if let Some(imaginary) = eigenvalue.imaginary {
                value += &format!(" + {}i", with_error(imaginary, eigenvalue.error));
            }
            table.row([k.to_string(), value]);
        }
        if self.curvature.is_some() {
            let bound = self.bound().map_or_else(|| "no bound".into(), number);
            table.foot("Bakry–Émery: λ₁ ≥ min λ(∇²V), where positive", bound);
        }
        if let Some(value) = self.eyring_kramers {
            table.foot("Eyring–Kramers: λ₁ ≈", number(value));
        }
        vec![table]
    }
}

impl SpectrumFindings {
    /// Bakry and Émery's bound of λ₁, where there is one.
    fn bound(&self) -> Option<f64> {
        self.curvature.filter(|curvature| *curvature > 0.0)
    }
}
