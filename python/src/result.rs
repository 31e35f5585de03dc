//! What a run found, as Python's own data; arrays are handed over, not copied.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList};
use wfr::report::{Facts, Page, Place, html, result_json, svg};
use wfr::scenario::Scenario;
use wfr::study::Run;
use wfr::study::figure::{Array, Arrays, Entries};

/// A run that has come to its end, or to a breakdown.
#[pyclass(module = "wfr._wfr")]
pub struct Result {
    run: Run,
    source: String,
    sentence: String,
    /// The problem in a few lines, with heads.
    problem: Vec<(&'static str, String)>,
    seed: Option<u64>,
}

impl Result {
    pub fn new(mut run: Run, scenario: &Scenario) -> Self {
        scenario.sign(&mut run.findings);
        let seed = scenario.plan.particles().map(|particles| particles.seed);
        let (sentence, problem) = (scenario.sentence(), scenario.statement());
        Self { run, source: scenario.source.clone(), sentence, problem, seed }
    }

    /// Of a scenario that is lost with its thread.
    pub fn unread(run: Run) -> Self {
        Self { run, source: String::new(), sentence: String::new(), problem: Vec::new(), seed: None }
    }
}

/// {name: array}; the first axis of each runs fastest.
fn handed_over<'py>(py: Python<'py>, own: Arrays) -> PyResult<Bound<'py, PyDict>> {
    let arrays = PyDict::new(py);
    let keywords = [("order", "F")].into_py_dict(py)?;
    for Array { name, shape, values } in own.arrays {
        let values = match values {
            Entries::Reals(values) => PyArray1::from_vec(py, values).into_any(),
            Entries::Wholes(values) => PyArray1::from_vec(py, values).into_any(),
            Entries::Texts(values) => {
                arrays.set_item(name, values)?;
                continue;
            }
        };
        arrays.set_item(name, values.call_method("reshape", (shape,), Some(&keywords))?)?;
    }
    Ok(arrays)
}

#[pymethods]
impl Result {
    /// The text of result.json.
    fn json(&self) -> String {
        result_json(&self.run.findings)
    }

    /// "pass", "fail", "inconclusive" or "incomplete".
    fn verdict(&self) -> &'static str {
        use wfr::study::Ending;
        match self.run.findings.ending() {
            Ending::Pass => "pass",
            Ending::Fail => "fail",
            Ending::Inconclusive => "inconclusive",
            Ending::Incomplete => "incomplete",
        }
    }

    /// {id: {name: array}}; the arrays are given away.
    fn arrays<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for own in std::mem::take(&mut self.run.arrays) {
            let id = own.id.clone();
            all.set_item(id, handed_over(py, own)?)?;
        }
        Ok(all)
    }

    /// {name: array} of what was followed in time, as series.npz has them.
    fn series<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        match self.run.series.is_empty() {
            true => Ok(PyDict::new(py)),
            false => handed_over(py, self.run.series.arrays()),
        }
    }

    /// (positions (N, d), log-weights (N), ancestors (N)), if there are particles; they are given away.
    fn particles<'py>(&mut self, py: Python<'py>) -> PyResult<Option<[Bound<'py, PyAny>; 3]>> {
        let Some(points) = self.run.particles.take() else { return Ok(None) };
        let points = std::sync::Arc::unwrap_or_clone(points);
        let count = points.log_weights.len();
        let positions = PyArray1::from_vec(py, points.positions).reshape([count, points.dimension])?;
        let weights = PyArray1::from_vec(py, points.log_weights);
        let ancestors = PyArray1::from_vec(py, points.ancestors);
        Ok(Some([positions.into_any(), weights.into_any(), ancestors.into_any()]))
    }

    /// (id, title, caption) of all pictures.
    fn figures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.run.figures.iter().map(|own| (&own.id, &own.title, &own.caption)))
    }

    /// The picture of this number as SVG.
    fn svg(&self, number: usize) -> Option<String> {
        self.run.figures.get(number).map(|figure| svg(figure, Place::File))
    }

    /// The report as a page of HTML.
    fn html(&self) -> String {
        html(&Page {
            findings: &self.run.findings,
            figures: &self.run.figures,
            scenario_source: &self.source,
            sentence: &self.sentence,
            problem: &self.problem,
            pdf: false,
            files: &[],
            index: None,
            facts: Facts {
                version: env!("CARGO_PKG_VERSION").into(),
                machine: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                seed: self.seed,
                command: "wfr.run(…) from Python".into(),
            },
            timings: &self.run.timings,
        })
    }

    /// {part: seconds}.
    fn timings(&self) -> Vec<(String, f64)> {
        self.run.timings.iter().map(|(part, time)| (part.clone(), time.as_secs_f64())).collect()
    }

    #[getter]
    fn seed(&self) -> Option<u64> {
        self.seed
    }
}
