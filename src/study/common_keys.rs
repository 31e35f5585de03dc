//! Keys that several kinds of studies share.

use super::basis::Basis;
use crate::keys::{Fault, Key, Range, Type, Values};
use crate::model::Observable;
use crate::pde::TransportIntegrator;
use crate::schemes::WeightRule;

/// The formula that a study measures.
pub const OBSERVABLE: Key = Key {
    name: "observable",
    holds: Type::Formula,
    unit: "",
    default: Some("the first of the scenario's observables"),
    meaning: "What the study measures.",
};

/// The seed of a study with paths of its own.
pub const SEED: Key = Key {
    name: "seed",
    holds: Type::Whole(Range::From(0.0)),
    unit: "",
    default: Some("1"),
    meaning: "Seed of the random streams.",
};

/// The weight rule beside the schemes.
pub const WEIGHT: Key = Key {
    name: "weight",
    holds: Type::Name(|| WeightRule::ALL.map(WeightRule::name).into()),
    unit: "",
    default: Some("trapezoidal"),
    meaning: "Quadrature of the log-weight along a step.",
};

/// Integrators of the grid beside its own.
pub const fn integrators(default: &'static str) -> Key {
    Key {
        name: "integrators",
        holds: Type::Names(|| TransportIntegrator::ALL.map(TransportIntegrator::name).into(), 0),
        unit: "",
        default: Some(default),
        meaning: "Integrators of [grid] transport whose steps are studied too.",
    }
}

/// The values of [`integrators`].
pub fn own_integrators(values: &Values) -> Option<Vec<TransportIntegrator>> {
    values.all_named("integrators", &TransportIntegrator::ALL, TransportIntegrator::name)
}

/// The observable of a study: its own formula, or the first of the scenario's.
pub fn observable(values: &Values, basis: &Basis<'_>) -> Result<Observable, Fault> {
    match (values.formula("observable"), basis.problem.observables.first()) {
        (Some((text, formula)), _) => Ok(Observable::new(text, formula)),
        (None, Some(first)) => Ok(first.clone()),
        (None, None) => Err(Fault::at(
            "observable",
            "found nothing; expected a formula, as the scenario lists no observables",
        )),
    }
}

/// The weight rule of a study.
pub fn weight(values: &Values) -> WeightRule {
    values.named("weight", &WeightRule::ALL, WeightRule::name).unwrap_or(WeightRule::Trapezoidal)
}

/// The faults that these requirements show.
pub fn unmet<const N: usize>(requirements: [Result<(), Fault>; N]) -> Vec<Fault> {
    requirements.into_iter().filter_map(Result::err).collect()
}
