//! Schemes of Python: the operations of their steps, as `wfr/_schemes.py` records them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wfr::schemes::traced::{Operation, Program, Traced};
use wfr::schemes::{Claims, NoiseClass};
use wfr::symbolic::Variate;

/// A scheme. Catalogues hold schemes for the life of the process, so that each of these stays until its end.
#[pyclass(frozen, module = "wfr._wfr")]
pub struct Scheme(pub &'static Traced);

#[pymethods]
impl Scheme {
    /// `record` takes (d, m, number of variates) and returns the operations, (name, operands) each, and the places of the new x.
    #[new]
    fn new(
        name: String,
        reference: String,
        orders: [u32; 2],
        noise: &str,
        variates: Vec<String>,
        record: Py<PyAny>,
    ) -> PyResult<Self> {
        let noise = match noise {
            "additive" => NoiseClass::Additive,
            "commutative" => NoiseClass::Commutative,
            "pair" => NoiseClass::Pair,
            "general" => NoiseClass::General,
            other => return Err(unknown("noise", other, "additive, commutative, pair, general")),
        };
        let variate = |law: &String| match law.as_str() {
            "gaussian" => Ok(Variate::Gaussian),
            "three-point" => Ok(Variate::ThreePoint),
            "two-point" => Ok(Variate::TwoPoint),
            "space-time-area" => Ok(Variate::SpaceTimeArea),
            other => Err(unknown("variates", other, "gaussian, three-point, two-point, space-time-area")),
        };
        let variates = variates.iter().map(variate).collect::<PyResult<Vec<_>>>()?;
        let [weak_order, invariant_order] = orders;
        let claims = Claims {
            name: name.leak(),
            reference: reference.leak(),
            weak_order,
            invariant_order,
            noise,
            ..Claims::default()
        };
        let recorder = move |shape: [usize; 3]| {
            let recorded = Python::attach(|py| -> PyResult<_> {
                record.call1(py, (shape[0], shape[1], shape[2]))?.extract::<Recorded>(py)
            });
            let (operations, outputs) = recorded.map_err(|error| error.to_string())?;
            let operations = operations.iter().map(|(name, operands)| operation(name, operands, shape[0]));
            Program::new(operations.collect::<Result<_, _>>()?, outputs, shape)
        };
        Ok(Self(Box::leak(Box::new(Traced::new(claims, variates, Box::new(recorder))))))
    }
}

/// The operations and the places of the outputs.
type Recorded = (Vec<(String, Vec<i64>)>, Vec<usize>);

fn operation(name: &str, operands: &[i64], d: usize) -> Result<Operation, String> {
    if let ("ratio", [numerator, denominator]) = (name, operands) {
        return Ok(Operation::Ratio(*numerator, *denominator));
    }
    let places: Option<Vec<usize>> = operands.iter().map(|place| usize::try_from(*place).ok()).collect();
    let wrong = || format!("found the operation {name} {operands:?}");
    Ok(match (name, places.ok_or_else(wrong)?.as_slice()) {
        ("add", [a, b]) => Operation::Add(*a, *b),
        ("subtract", [a, b]) => Operation::Subtract(*a, *b),
        ("multiply", [a, b]) => Operation::Multiply(*a, *b),
        ("negate", [a]) => Operation::Negate(*a),
        ("inverse", [a]) => Operation::Inverse(*a),
        ("sqrt", [a]) => Operation::Sqrt(*a),
        ("exp", [a]) => Operation::Phi(*a, 0),
        ("drift", [t, x @ ..]) => Operation::Drift { t: *t, x: x.to_vec() },
        ("diffuse", [t, rest @ ..]) if rest.len() >= d => {
            Operation::Diffuse { t: *t, x: rest[..d].to_vec(), noise: rest[d..].to_vec() }
        }
        _ => return Err(wrong()),
    })
}

fn unknown(what: &str, found: &str, known: &str) -> PyErr {
    PyValueError::new_err(format!("{what}: found {found:?}; expected one of {known}"))
}
