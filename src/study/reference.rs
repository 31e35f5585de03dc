//! The kind "reference": the particles against a value from elsewhere.

use super::findings::ParticleEstimate;
use super::modes::Missed;
use super::prelude::*;
use super::sample::narrow_in_time;
use super::step_bias::{Exact, LOG_EVIDENCE, SHARE, compare};
use crate::format::with_error;
use crate::model::{Dynamics, Potential, Problem};
use crate::particles::mean_field::DensityEstimate;
use crate::statistics::Evidence;

/// The name of the evidence among the observables.
const EVIDENCE: &str = "log-evidence";
/// Dimensions in which narrow modes of a formula are found: half of the mass of width 0.15 in three, of 0.5 in four.
const SEARCHED: usize = 3;

const QUANTITY: Key = Key {
    name: "observable",
    holds: Type::Text("an observable of the scenario, or \"log-evidence\""),
    unit: "",
    default: None,
    meaning: "The quantity: an observable of the scenario, or \"log-evidence\", log ∫e^{−V}.",
};
const VALUE: Key = Key {
    name: "value",
    holds: Type::Number(Range::Any),
    unit: "",
    default: None,
    meaning: "Expected value of the quantity.",
};
const ERROR: Key = Key {
    name: "error",
    holds: Type::Number(Range::From(0.0)),
    unit: "that of the value",
    default: Some("0"),
    meaning: "Uncertainty of the value, with the bias that a finite ensemble may have.",
};
const SOURCE: Key = Key {
    name: "source",
    holds: Type::Text("a text: where the value is from"),
    unit: "",
    default: None,
    meaning: "Origin of the value.",
};
const LAW: Key = Key {
    name: "law",
    holds: Type::Name(|| Whose::ALL.map(Whose::name).into()),
    unit: "",
    default: Some("target"),
    meaning: "What the value is of: the target (inconclusive where the particles miss a mode of it), or the flow at the horizon.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "reference",
    summary: "The particles against a value from elsewhere.",
    needs: &[Need::Particles],
    keys: &[QUANTITY, VALUE, ERROR, SOURCE, LAW],
    read: |values, _| {
        let quantity = match values.text(QUANTITY.name) {
            Some(EVIDENCE) => Quantity::LogEvidence,
            Some(name) => Quantity::Observable(name.into()),
            None => return Err(QUANTITY.absent()),
        };
        let value = values.number(VALUE.name).ok_or_else(|| VALUE.absent())?;
        let source = values.text(SOURCE.name).ok_or_else(|| SOURCE.absent())?.into();
        let error = values.number(ERROR.name).unwrap_or(0.0);
        let law = values.named(LAW.name, &Whose::ALL, Whose::name).unwrap_or_default();
        Ok(Arc::new(Reference { quantity, value, error, source, law }))
    },
    outcome: Some(|generator| generator.subschema_for::<ReferenceFindings>()),
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
    /// What it is the value of.
    pub law: Whose,
}

/// What a value is the value of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// The target: particles that miss a mode of it say nothing of its value.
    #[default]
    Target,
    /// The law at the horizon, which need not have reached all modes.
    Flow,
}

impl Whose {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Target, Self::Flow];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Flow => "flow",
        }
    }
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
        unmet([self.estimated(basis)])
    }

    fn judges_particles(&self) -> bool {
        true
    }

    fn judges_flow(&self) -> bool {
        self.law == Whose::Flow
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        self.judge(context, found)
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
                        "found \"{name}\"; expected an observable of the scenario ({}) or \"{EVIDENCE}\"",
                        names.join(", ")
                    ),
                ))
            }
            Quantity::LogEvidence => {
                let density =
                    basis.particles.and_then(|particles| particles.mean_field).map(|own| own.density);
                match basis.problem.dynamics {
                    Dynamics::Annealed(_) => return Ok(()),
                    Dynamics::GradientFlow(_) if density == Some(DensityEstimate::TransitionMixture) => {
                        return Ok(());
                    }
                    _ => (),
                }
                Err(Fault::at(
                    QUANTITY.name,
                    format!(
                        "found \"{EVIDENCE}\"; expected an observable: only annealed dynamics and \
                         overdamped particles with density = \"transition-mixture\" estimate the evidence"
                    ),
                ))
            }
        }
    }

    /// Whether the estimate is the value; an absent one is not, and what cannot be decided is inconclusive.
    fn judge(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (population, particles) = context.sampled()?;
        let biases = context.biases;
        let (name, estimate, bias) = match &self.quantity {
            Quantity::Observable(name) => {
                let estimate = particles.observables.get(name).map(ParticleEstimate::evidence);
                (name.as_str(), estimate, biases.get(name))
            }
            Quantity::LogEvidence => {
                let both = particles.log_evidence.zip(particles.log_evidence_stderr);
                let spread = particles.log_normalizer_evidence();
                let evidence = both.map(|(value, stderr)| Evidence { value, stderr, ..spread });
                (LOG_EVIDENCE, evidence, biases.get(LOG_EVIDENCE))
            }
        };
        let title = format!("{name}: particles have the value {} ({})", self.value, self.source);
        let Some(estimate) = estimate else {
            found.checks.push(Check::absent(title, "the particles gave no estimate of it"));
            return Ok(());
        };
        // Whoever gives the value answers for its error; the bias is held against the spread of the paths of a finer step.
        let exact = Exact { value: self.value, error: self.error, spread: f64::INFINITY, tolerance: None };
        let threshold = t_threshold(population.degrees_of_freedom());
        let mut comparison = compare(&estimate, bias, exact, threshold);
        let spread = bias.map(|bias| bias.spread).filter(|spread| spread.is_finite());
        if let Some(why) = bias.zip(spread).and_then(|(bias, spread)| bias.reason(SHARE * spread)) {
            (comparison.verdict, comparison.why) = (Verdict::Inconclusive, why);
        }
        // Neither a pass nor a failure says anything of the value where particles cannot give it.
        let decided = comparison.verdict != Verdict::Inconclusive;
        if let Some(why) = self.missed(context.missed).filter(|_| decided) {
            (comparison.verdict, comparison.why) = (Verdict::Inconclusive, why.clone());
        }
        let allowed = "the stated error and the next order of the time-step bias";
        let hidden = context.basis.particles.and_then(|own| narrow_in_time(context.problem(), own.step));
        if let Some(why) = hidden.filter(|_| decided) {
            (comparison.verdict, comparison.why) = (Verdict::Inconclusive, why);
        }
        let (z, verdict) = (comparison.z.abs(), comparison.verdict);
        let why = match verdict {
            Verdict::Pass => format!(
                "{z:.3} standard errors from the value; a refusal needs {threshold:.2}{}{}",
                comparison.detectable.map_or_else(String::new, |size| format!(
                    ", and a deviation of {size:.1e} would not pass"
                )),
                self.unsearched(context.problem())
            ),
            _ => comparison.why.clone(),
        };
        found.checks.extend(
            comparison.check(title, threshold, allowed).ok().map(|check| Check { value: z, ..check }),
        );
        let outcome = ReferenceFindings {
            observable: name.into(),
            value: estimate.value,
            stderr: estimate.stderr,
            reference: self.value,
            reference_error: self.error,
            source: self.source.clone(),
        };
        found.outcomes.push(StudyFindings::new(outcome, verdict, why));
        Ok(())
    }

    /// What is not looked for: modes of formulas are searched by cells where there are few dimensions, else from scattered places.
    fn unsearched(&self, problem: &Problem) -> &'static str {
        let target = problem.dynamics.potential().filter(|_| self.law == Whose::Target);
        let known = target.is_none_or(|v| v.is_quadratic() || matches!(v, Potential::Mixture(_)));
        match known || problem.dimension() <= SEARCHED {
            true => "",
            false => "; a narrow mode far from all particles would not be seen",
        }
    }

    /// Why the particles cannot give the value: a mode of its law that they have missed, or a density of the wrong form.
    fn missed<'a>(&self, missed: &'a Missed) -> Option<&'a String> {
        let of_target = || missed.target.first();
        match (&self.quantity, self.law) {
            (Quantity::LogEvidence, _) => missed.evidence.as_ref().or_else(of_target),
            (_, Whose::Target) => missed.flow.first().or_else(of_target).or(missed.evidence.as_ref()),
            (_, Whose::Flow) => missed.flow.first(),
        }
        .or_else(|| missed.blind.first())
    }
}

/// An estimate held against a value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReferenceFindings {
    /// What is estimated.
    pub observable: String,
    /// The estimate of the particles.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// The value from elsewhere.
    pub reference: f64,
    /// What that may be off by.
    pub reference_error: f64,
    /// Where it is from.
    pub source: String,
}

impl Outcome for ReferenceFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        format!("{} against a value from elsewhere", self.observable)
    }

    fn found(&self) -> String {
        with_error(self.value, self.stderr)
    }

    fn claim(&self) -> String {
        format!("{} ({})", with_error(self.reference, self.reference_error), self.source)
    }
}
