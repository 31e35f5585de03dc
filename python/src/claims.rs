//! Proofs, the catalogue of schemes and the schema of scenarios.

use crate::scheme::Scheme;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wfr::panics::caught;
use wfr::proofs::{Claim, claims, claims_about};
use wfr::schemes::Catalogue;

/// The decisions of the claims with these ids, and of all claims about these schemes, as JSON; of all claims where neither is given.
#[pyfunction]
pub fn prove(py: Python<'_>, ids: Vec<String>, schemes: Vec<Py<Scheme>>, thorough: bool) -> PyResult<String> {
    let all = claims();
    if let Some(unknown) = ids.iter().find(|id| !all.iter().any(|claim| claim.is_about(id))) {
        let known: Vec<String> = all.iter().map(Claim::id).collect();
        let message =
            format!("found {unknown:?}; expected the name of a scheme or one of {}", known.join(", "));
        return Err(PyValueError::new_err(message));
    }
    let everything = ids.is_empty() && schemes.is_empty();
    let asked = |claim: &Claim| everything || ids.iter().any(|id| claim.is_about(id));
    let own = schemes.iter().flat_map(|scheme| claims_about(scheme.get().0));
    let mut decisions = Vec::new();
    for claim in all.into_iter().filter(asked).chain(own) {
        py.check_signals()?;
        let decided = py.detach(|| caught(|| claim.decide(thorough)));
        decisions.push(decided.map_err(|panic| {
            let name = claim.id();
            PyValueError::new_err(format!(
                "{name}: its step has no power series in √h, from which proofs are: {panic}"
            ))
        })?);
    }
    serde_json::to_string(&decisions).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// (name, equation, noise, weak order, order of the invariant measure, reference) of every scheme.
#[pyfunction]
pub fn list_schemes() -> Vec<(String, String, String, u32, u32, String)> {
    let row = |claims: wfr::schemes::Claims| {
        let (equation, noise) = (format!("{:?}", claims.equation), format!("{:?}", claims.noise));
        let (name, reference) = (claims.name.to_string(), claims.reference.to_string());
        (
            name,
            equation.to_lowercase(),
            noise.to_lowercase(),
            claims.weak_order,
            claims.invariant_order,
            reference,
        )
    };
    Catalogue::default().transitions().map(|scheme| row(scheme.claims())).collect()
}

/// The JSON schema of scenarios.
#[pyfunction]
pub fn scenario_schema() -> String {
    wfr::scenario::scenario_schema().to_string()
}
