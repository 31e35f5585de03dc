//! The kind "reference": the particles against a value from elsewhere.

use super::findings::ParticleFindings;
use super::prelude::*;
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

    fn judges_particles(&self, basis: &Basis<'_>) -> bool {
        basis.particles.is_some_and(|particles| particles.mean_field.is_some())
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (population, estimates) = context.sampled()?;
        found.checks.push(self.check(estimates, population.degrees_of_freedom()));
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

    /// Whether the estimate is the value; an absent one is not.
    fn check(&self, found: &ParticleFindings, degrees_of_freedom: usize) -> Check {
        let (name, estimate) = match &self.quantity {
            Quantity::Observable(name) => {
                let of = |own: &super::findings::ParticleEstimate| {
                    (own.value, own.stderr, own.bias.unwrap_or(0.0), own.bias_stderr.unwrap_or(0.0))
                };
                (name.as_str(), found.observables.get(name).map(of))
            }
            Quantity::LogEvidence => {
                let both = found.log_evidence.zip(found.log_evidence_stderr);
                ("log ∫e^{−V}", both.map(|(value, stderr)| (value, stderr, 0.0, 0.0)))
            }
        };
        let title = format!("{name}: particles have the value {} ({})", self.value, self.source);
        let Some((value, stderr, bias, bias_stderr)) = estimate else {
            return Check::absent(title, "the particles gave no estimate of it");
        };
        // The bias is a leading-order estimate; half of it is allowed for the higher orders.
        let noise = t_threshold(degrees_of_freedom) * stderr.hypot(bias_stderr);
        let threshold = self.error + 0.5 * bias.abs() + noise;
        let why = "the stated error, half the time-step bias, and Student's t at 1e-9 for the noise";
        Check::at_most(title, (value - bias - self.value).abs(), threshold, why)
    }
}
