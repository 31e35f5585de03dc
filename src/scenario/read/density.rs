//! [particles] density: where the reaction reads log ρ.

use super::reader::{Fault, Reader};
use crate::keys::{named, one_of};
use crate::particles::MeanField;
use crate::particles::mean_field::{Alternation, Bandwidth, DensityEstimate};
use crate::scenario::document::Value;
use crate::schemes::Transition;

/// Replicates that give standard errors 15 degrees of freedom.
const REPLICATES: u64 = 16;
/// Error of log ρ̂ that is below a hundredth of its statistical error for up to 10⁵ particles at their typical places.
const TOLERANCE: f64 = 1e-3;

/// The choices of `density`.
#[derive(Clone, Copy, PartialEq)]
pub enum Choice {
    Oracle,
    TransitionMixture,
    Kernel,
    Gaussian,
}

impl Choice {
    /// All of them; a scenario that names none has the first.
    pub const ALL: [Self; 4] = [Self::Oracle, Self::TransitionMixture, Self::Kernel, Self::Gaussian];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::TransitionMixture => "transition-mixture",
            Self::Kernel => "kernel",
            Self::Gaussian => "gaussian",
        }
    }

    /// What it does, and what it needs or costs.
    pub fn description(self) -> [&'static str; 2] {
        match self {
            Self::Oracle => ["log ρ from the grid", "needs [grid], up to three dimensions"],
            Self::TransitionMixture => [
                "log ρ as the mixture of the transition densities of the last step",
                "noise in every direction; cost grows with the number of particles",
            ],
            Self::Kernel => [
                "log ρ by a kernel estimate; `bandwidth` chooses the width",
                "biased by the width; up to some dimensions",
            ],
            Self::Gaussian => [
                "log ρ of the Gaussian with the mean and covariance of the particles",
                "exact for Gaussian flows, else a closure with a bias",
            ],
        }
    }

    /// What `density` says.
    pub fn read(table: &Reader<'_>) -> Option<Self> {
        table.one_of("density", Self::Oracle, &Self::ALL, Self::name)
    }
}

/// The keys beside `density`: `None` for a mistake, `Some(None)` if the grid is read.
pub fn mean_field(
    table: &Reader<'_>,
    choice: Choice,
    scheme: Option<&dyn Transition>,
) -> Option<Option<MeanField>> {
    let beside = |choices: &[Choice]| {
        let names: Vec<&str> = choices.iter().map(|choice| choice.name()).collect();
        format!("it only where density is {}", one_of(&names))
    };
    let keys: [(&'static str, &[Choice]); 5] = [
        ("replicates", &Choice::ALL[1..]),
        ("splitting", &Choice::ALL[1..]),
        ("density-tolerance", &[Choice::TransitionMixture, Choice::Kernel]),
        ("bandwidth", &[Choice::Kernel]),
        ("leave-one-out", &[Choice::Kernel]),
    ];
    for (key, choices) in keys {
        table.allow(&[key]);
        if table.has(key) && !choices.contains(&choice) {
            table.wrong(key, &beside(choices));
        }
    }
    if choice == Choice::Oracle {
        return Some(None);
    }
    if table.has("weight") {
        table.wrong(
            "weight",
            "none: the reaction from the ensemble is exact in its step, without a quadrature",
        );
    }
    let replicates = table.whole_or("replicates", REPLICATES, 1);
    let tolerance = table.number_or("density-tolerance", TOLERANCE, "an error of log ρ above 0", |_| true);
    let order_two = scheme.is_none_or(|scheme| scheme.weak_order() >= 2);
    let usual = if order_two { Alternation::Strang } else { Alternation::TransportFirst };
    let splitting = table.one_of("splitting", usual, &Alternation::ALL, Alternation::name);
    let density = match choice {
        Choice::Kernel => kernel_density(table),
        Choice::Gaussian => Some(DensityEstimate::Gaussian),
        Choice::Oracle | Choice::TransitionMixture => Some(DensityEstimate::TransitionMixture),
    };
    Some(Some(MeanField {
        density: density?,
        tolerance: tolerance?,
        splitting: splitting?,
        replicates: replicates? as usize,
    }))
}

fn kernel_density(table: &Reader<'_>) -> Option<DensityEstimate> {
    let read = |value: &Value| match value {
        Value::String(name) => named(name, &Bandwidth::RULES, Bandwidth::name),
        Value::Number(deviation, _) => {
            (deviation.is_finite() && *deviation > 0.0).then_some(Bandwidth::Fixed(*deviation))
        }
        _ => None,
    };
    let names = Bandwidth::RULES.map(|rule| format!("\"{}\"", rule.name()));
    let expected = format!("{}, or a standard deviation above 0", names.join(", "));
    let bandwidth = match table.has("bandwidth") {
        true => table.scalar("bandwidth", |value| read(value).ok_or(Fault::expected(value, &expected))),
        false => Some(Bandwidth::Silverman),
    };
    let leave_one_out = table.boolean_or("leave-one-out", false);
    Some(DensityEstimate::Kernel { bandwidth: bandwidth?, leave_one_out: leave_one_out? })
}
