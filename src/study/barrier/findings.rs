//! What barriers do to the rates of decay, and how that reads.

use super::KIND;
use crate::format::{number, significant, with_error};
use crate::study::prelude::*;
use crate::study::spectrum::Eigenvalue;

/// Rates of decay against the height of a barrier.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BarrierFindings {
    /// Friction of the kinetic dynamics.
    pub friction: f64,
    /// One for each height.
    pub heights: Vec<HeightFindings>,
}

/// What a barrier of one height does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HeightFindings {
    /// What the potential of the scenario is multiplied with.
    pub height: f64,
    /// λ₁ of −L.
    pub gap: Eigenvalue,
    /// Its Eyring–Kramers value, between two wells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyring_kramers: Option<f64>,
    /// The first non-zero eigenvalue of kinetic Langevin dynamics.
    pub kinetic_gap: Eigenvalue,
    /// Transport alone.
    pub langevin: FlowRates,
    /// Reaction alone.
    pub fisher_rao: FlowRates,
    /// Both.
    pub wfr: FlowRates,
    /// Relaxation of particles, where the scenario has them.
    pub particles: Vec<ParticleRate>,
}

/// Late-time rates on the grid.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FlowRates {
    /// Of KL(ρ | π).
    pub kl: f64,
    /// Of χ²(ρ | π).
    pub chi_squared: f64,
}

/// The rate at which the mean of x relaxes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ParticleRate {
    /// "Langevin" or "WFR".
    pub flow: String,
    /// Between two times, by independent runs.
    pub rate: f64,
    /// Its standard error.
    pub stderr: f64,
    /// The same on the grid.
    pub expected: f64,
    /// Distance of the two in standard errors.
    pub z_score: f64,
    /// Degrees of freedom of the standard errors.
    pub degrees_of_freedom: usize,
}

impl Outcome for BarrierFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "decay rates against the height of the barrier".into()
    }

    fn found(&self) -> String {
        format!("rate {} with reaction", self.range(|height| height.wfr.kl))
    }

    fn claim(&self) -> String {
        format!("rate {} without", self.range(|height| height.langevin.kl))
    }

    fn tables(&self) -> Vec<Table> {
        let caption = format!(
            "Rates of decay against the height of the barrier; kinetic dynamics with friction {}",
            number(self.friction)
        );
        let columns = [
            "height",
            "λ₁ ± error",
            "λ₁ / Eyring–Kramers",
            "kinetic gap",
            "Langevin: KL, χ²",
            "Fisher–Rao: KL, χ²",
            "WFR: KL, χ²",
        ];
        let mut table = Table::new(caption, &columns);
        let particles = self.heights.first().map_or(&[][..], |height| &height.particles);
        table
            .columns
            .extend(particles.iter().map(|rate| format!("{} particles, twice the rate of E[x]", rate.flow)));
        for height in &self.heights {
            let ratio = height.eyring_kramers.map(|value| significant(height.gap.value / value, 4));
            let rates = |rates: &FlowRates| {
                format!("{}, {}", significant(rates.kl, 5), significant(rates.chi_squared, 5))
            };
            let cells = [
                number(height.height),
                with_error(height.gap.value, height.gap.error),
                ratio.unwrap_or_default(),
                significant(height.kinetic_gap.value, 4),
                rates(&height.langevin),
                rates(&height.fisher_rao),
                rates(&height.wfr),
            ];
            let particles = height.particles.iter().map(|own| with_error(2.0 * own.rate, 2.0 * own.stderr));
            table.row(cells.into_iter().chain(particles));
        }
        vec![table]
    }
}

impl BarrierFindings {
    fn range(&self, rate: fn(&HeightFindings) -> f64) -> String {
        let ends = self.heights.first().zip(self.heights.last());
        ends.map_or_else(
            || "unknown".into(),
            |(first, last)| format!("{} to {}", significant(rate(first), 4), significant(rate(last), 4)),
        )
    }
}

pub(super) fn summary(heights: &[HeightFindings]) -> String {
    let ends = heights.first().zip(heights.last());
    ends.map_or_else(String::new, |(first, last)| {
        format!(
            "from height {} to {}, KL decays at {:.4} to {:.4} by Langevin dynamics and at {:.4} to {:.4} with reaction",
            first.height, last.height, first.langevin.kl, last.langevin.kl, first.wfr.kl, last.wfr.kl
        )
    })
}
