//! What is enclosed, and how that reads.

use super::KIND;
use crate::study::prelude::*;
use std::collections::BTreeMap;

/// Bounds that hold, rounding included.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct EncloseFindings {
    /// The spectral gap λ₁ of L = ∂² − V′∂.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Bounds>,
    /// The rate 2αλ₁ at which χ² decays under Langevin dynamics, and at least as fast late KL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub langevin_rate: Option<Bounds>,
    /// The late rate 2(αλ₁ + β) of a flow that keeps its mass. Absent for others, whose mass decays to its limit at the rate 2β.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_rate: Option<Bounds>,
    /// log ∫e^{−V} dx.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_mass: Option<Bounds>,
    /// Means of the observables under the target.
    pub means: BTreeMap<String, Bounds>,
    /// What is not enclosed, and why.
    pub refused: Vec<(String, String)>,
}

/// A lower and an upper bound.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Bounds {
    /// No value is below.
    pub lower: f64,
    /// No value is above.
    pub upper: f64,
}

impl From<::enclose::Interval> for Bounds {
    fn from(own: ::enclose::Interval) -> Self {
        Self { lower: own.lower(), upper: own.upper() }
    }
}

impl std::fmt::Display for Bounds {
    /// With every digit of the doubles that are the bounds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{:?}, {:?}]", self.lower, self.upper)
    }
}

impl Outcome for EncloseFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "enclosures of the target".into()
    }

    fn found(&self) -> String {
        self.gap.map_or_else(String::new, |gap| format!("λ₁ in {gap}"))
    }

    fn claim(&self) -> String {
        "bounds that hold".into()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new("Enclosures", &["what", "lower and upper bound"]).with_note(
            "The bounds hold with certainty, rounding included: they are proved in interval arithmetic.",
        );
        let fixed = [
            ("λ₁ of −∂² + V′∂", self.gap),
            ("2αλ₁, rate of Langevin dynamics", self.langevin_rate),
            ("2(αλ₁ + β), late rate of the flow", self.flow_rate),
            ("log ∫e^{−V}", self.log_mass),
        ];
        for (name, own) in fixed {
            own.into_iter().for_each(|own| table.row([name.to_string(), own.to_string()]));
        }
        self.means
            .iter()
            .for_each(|(name, own)| table.row([format!("E[{name}] of the target"), own.to_string()]));
        self.refused.iter().for_each(|(what, why)| table.row([what.clone(), format!("refused: {why}")]));
        vec![table]
    }
}
