//! The kind "reference": the particles against a value from elsewhere.

use super::findings::ParticleFindings;
use super::prelude::*;
use super::step_bias::{Biases, Exact, SHARE, compare};
use crate::model::Dynamics;
use crate::particles::mean_field::LogDensity;

/// The name of the evidence among the observables.
const LOG_EVIDENCE: &str = "log-evidence";

const QUANTITY: Key = Key {
    name: "observable",
    holds: Type::Text("an observable of the scenario, or \"log-evidence\""),
    unit: "",
    default: None,
    meaning: "Whose value it is: an observable of the scenario, or \"log-evidence\", log ∫e^{−V}.",
};
const VALUE: Key = Key {
    name: "value",
    holds: Type::Number(Range::Any),
    unit: "",
    default: None,
    meaning: "The value that the particles should have.",
};
const ERROR: Key = Key {
    name: "error",
    holds: Type::Number(Range::From(0.0)),
    unit: "that of the value",
    default: Some("0"),
    meaning: "What the value may be off by, and what the ensemble may be off by its finite number.",
};
const SOURCE: Key = Key {
    name: "source",
    holds: Type::Text("a text: where the value is from"),
    unit: "",
    default: None,
    meaning: "Where the value is from.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "reference",
    summary: "The particles against a value from elsewhere.",
    keys: &[QUANTITY, VALUE, ERROR, SOURCE],
    read: |values, _| {
        let quantity = match values.text(QUANTITY.name) {
            Some(LOG_EVIDENCE) => Quantity::LogEvidence,
            Some(name) => Quantity::Observable(name.into()),
            None => return Err(QUANTITY.absent()),
        };
        let value = values.number(VALUE.name).ok_or_else(|| VALUE.absent())?;
        let source = values.text(SOURCE.name).ok_or_else(|| SOURCE.absent())?.into();
        let error = values.number(ERROR.name).unwrap_or(0.0);
        Ok(Arc::new(Reference { quantity, value, error, source }))
    },
    outcome: None,
};

/// A value from elsewhere.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Whose value it is.
    pub quantity: Quantity,
    /// The value.
    pub value: f64,
    /// What it may be off by, and what the ensemble may be off by its finite number.
    pub error: f64,
    /// Where it is from.
    pub source: String,
}

/// What particles estimate.
#[derive(Clone, Debug)]
pub enum Quantity {
    /// The mean of an observable of the scenario, by name.
    Observable(String),
    /// log ∫e^{−V}.
    LogEvidence,
}

impl Study for Reference {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        Values::default().with(VALUE.name, self.value).with(ERROR.name, self.error)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        unmet([basis.needs_particles().map(drop), self.estimated(basis)])
    }

    fn judges_particles(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (population, estimates) = context.sampled()?;
        found.checks.push(self.check(estimates, context.biases, population.degrees_of_freedom()));
        Ok(())
    }
}

impl Reference {
    /// Whether the particles estimate this quantity.
    fn estimated(&self, basis: &Basis<'_>) -> Result<(), Fault> {
        match &self.quantity {
            Quantity::Observable(name) => {
                let observables = &basis.problem.observables;
                if observables.iter().any(|observable| observable.name == *name) {
                    return Ok(());
                }
                let names: Vec<&str> =
                    observables.iter().map(|observable| observable.name.as_str()).collect();
                Err(Fault::at(
                    QUANTITY.name,
                    format!(
                        "found \"{name}\"; expected an observable of the scenario ({}) or \"{LOG_EVIDENCE}\"",
                        names.join(", ")
                    ),
                ))
            }
            Quantity::LogEvidence => {
                let density =
                    basis.particles.and_then(|particles| particles.mean_field).map(|own| own.density);
                match basis.problem.dynamics {
                    Dynamics::Annealed(_) => return Ok(()),
                    Dynamics::GradientFlow(_) if density == Some(LogDensity::TransitionMixture) => {
                        return Ok(());
                    }
                    _ => (),
                }
                Err(Fault::at(
                    QUANTITY.name,
                    format!(
                        "found \"{LOG_EVIDENCE}\"; expected an observable: only annealed dynamics and \
                         overdamped particles with density = \"transition-mixture\" estimate the evidence"
                    ),
                ))
            }
        }
    }

    /// Whether the estimate is the value; an absent one is not, and what cannot be decided is not passed.
    fn check(&self, found: &ParticleFindings, biases: &Biases, degrees_of_freedom: usize) -> Check {
        let (name, estimate, bias) = match &self.quantity {
            Quantity::Observable(name) => {
                let estimate = found.observables.get(name).map(|own| (own.value, own.stderr));
                (name.as_str(), estimate, biases.get(name))
            }
            Quantity::LogEvidence => ("log ∫e^{−V}", found.log_evidence.zip(found.log_evidence_stderr), None),
        };
        let title = format!("{name}: particles have the value {} ({})", self.value, self.source);
        let Some(estimate) = estimate else {
            return Check::absent(title, "the particles gave no estimate of it");
        };
        // Whoever gives the value answers for its error; the bias is held against the spread of the paths of a finer step.
        let exact = Exact { value: self.value, error: self.error, spread: f64::INFINITY, tolerance: None };
        let threshold = t_threshold(degrees_of_freedom);
        let mut comparison = compare(estimate, bias, exact, threshold);
        let spread = bias.map(|bias| bias.spread).filter(|spread| spread.is_finite());
        if let Some(why) = bias.zip(spread).and_then(|(bias, spread)| bias.reason(SHARE * spread)) {
            (comparison.verdict, comparison.why) = (Verdict::Inconclusive, why);
        }
        let bound = "distance in standard errors beyond the stated error and the next order of the time-step bias; Student's t \
                     at 1e-9";
        let why = match comparison.verdict {
            Verdict::Inconclusive => format!("{bound}; inconclusive: {}", comparison.why),
            _ => bound.into(),
        };
        let passed = comparison.verdict == Verdict::Pass;
        Check { name: title, passed, value: comparison.z.abs(), threshold, why }
    }
}
