use super::KIND;
use super::solution::Solution;
use crate::format::{number, with_error};
use crate::pde::Estimate;
use crate::study::Outcome;
use crate::study::table::Table;
use schemars::JsonSchema;
use serde::Serialize;

/// When and where paths end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExitFindings {
    /// E τ, τ the time at which a path leaves through an absorbing side, or is killed.
    pub mean_time: ExitEstimate,
    /// The standard deviation of τ.
    pub deviation: ExitEstimate,
    /// P(τ > t).
    pub survival: Vec<SurvivalFindings>,
    /// The probability to leave by each absorbing side (the committor, at the start).
    pub by_side: Vec<SideFindings>,
    /// The probability to be killed before, where there is a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub killed: Option<ExitEstimate>,
    /// λ₀, the smallest eigenvalue of −L + c with these sides: P(τ > t) falls like e^{−rate·t} in the long run.
    pub rate: ExitEstimate,
    /// The Eyring–Kramers value of E τ, for a gradient flow out of a well on the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyring_kramers: Option<f64>,
    /// The longest step of the stopped particles, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
}

/// A value of the grid, and of stopped particles if there are any.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ExitEstimate {
    /// Extrapolated in the cells, and in steps of time.
    pub value: f64,
    /// Estimated |value − exact|.
    pub error: f64,
    /// From stopped particles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particles: Option<StoppedEstimate>,
}

/// An estimate of stopped particles with three steps.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct StoppedEstimate {
    /// Extrapolated to a step of 0.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// What the finest step was off by, numerical minus extrapolated.
    pub bias: f64,
}

/// The probability that a path lasts longer.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SurvivalFindings {
    /// t.
    pub time: f64,
    /// P(τ > t).
    #[serde(flatten)]
    pub probability: ExitEstimate,
}

/// The probability to leave by a side.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SideFindings {
    /// The axis, counted from 0.
    pub axis: usize,
    /// "lower" or "upper".
    pub side: &'static str,
    /// The probability.
    #[serde(flatten)]
    pub probability: ExitEstimate,
}

impl From<Estimate> for ExitEstimate {
    fn from(Estimate { value, error }: Estimate) -> Self {
        Self { value, error, particles: None }
    }
}

impl ExitFindings {
    /// What the grid says.
    pub fn new(solution: &Solution, times: &[f64]) -> Self {
        let survival = times.iter().zip(&solution.survival);
        let sides = solution.by_side.iter();
        Self {
            mean_time: solution.mean_time.into(),
            deviation: solution.deviation().into(),
            survival: survival
                .map(|(time, own)| SurvivalFindings { time: *time, probability: (*own).into() })
                .collect(),
            by_side: sides
                .map(|((axis, upper), own)| SideFindings {
                    axis: *axis,
                    side: if *upper { "upper" } else { "lower" },
                    probability: (*own).into(),
                })
                .collect(),
            killed: solution.killed.map(Into::into),
            rate: solution.rate.into(),
            eyring_kramers: None,
            step: None,
        }
    }

    /// All probabilities.
    pub fn probabilities(&self) -> impl Iterator<Item = ExitEstimate> + '_ {
        let survival = self.survival.iter().map(|own| own.probability);
        survival.chain(self.by_side.iter().map(|own| own.probability)).chain(self.killed)
    }
}

impl Outcome for ExitFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "exit from the box".into()
    }

    fn found(&self) -> String {
        format!("mean time {}", with_error(self.mean_time.value, self.mean_time.error))
    }

    fn claim(&self) -> String {
        let particles = self.mean_time.particles;
        particles.map(|own| format!("particles {}", with_error(own.value, own.stderr))).unwrap_or_default()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new("When and where paths end", &["", "grid ± error", "particles ± s.e."])
            .with_note(
                "Grid: ± is an estimate of the error, and no bound. Particles: ± is one standard error.",
            );
        let mut row = |name: String, own: &ExitEstimate| {
            let particles = own.particles.map(|own| with_error(own.value, own.stderr)).unwrap_or_default();
            table.row([name, with_error(own.value, own.error), particles]);
        };
        row("mean time".into(), &self.mean_time);
        row("standard deviation".into(), &self.deviation);
        for own in &self.by_side {
            row(format!("through the {} side of axis {}", own.side, own.axis), &own.probability);
        }
        if let Some(killed) = &self.killed {
            row("killed".into(), killed);
        }
        for own in &self.survival {
            row(format!("not yet at time {}", number(own.time)), &own.probability);
        }
        row("rate in the long run".into(), &self.rate);
        if let Some(value) = self.eyring_kramers {
            table.foot("Eyring–Kramers: mean time ≈", number(value));
        }
        vec![table]
    }
}
