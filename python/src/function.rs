//! Functions of Python in formulas: the GIL is taken once for a batch of points.

use numpy::{PyArray1, PyArray2, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use wfr::model::{BatchFunction, Code};

/// A function of x (n, d), or of x and t, with what is known of it.
#[pyclass(frozen, module = "wfr._wfr")]
pub struct Function {
    name: String,
    values: Py<PyAny>,
    slopes: Option<Py<PyAny>>,
    dimension: usize,
    outputs: usize,
    timed: bool,
    smooth: bool,
}

#[pymethods]
impl Function {
    #[new]
    #[pyo3(signature = (name, values, slopes, dimension, outputs, timed, smooth))]
    fn new(
        name: String,
        values: Py<PyAny>,
        slopes: Option<Py<PyAny>>,
        dimension: usize,
        outputs: usize,
        timed: bool,
        smooth: bool,
    ) -> Self {
        Self { name, values, slopes, dimension, outputs, timed, smooth }
    }
}

impl Function {
    /// The same for formulas of a run that `ends` ends.
    pub fn code(&self, py: Python<'_>, ends: &Arc<Ends>) -> Code {
        let called = |callable: &Py<PyAny>, what: &str, outputs| Called {
            what: format!("{what}{}", self.name),
            callable: callable.clone_ref(py),
            shape: (self.dimension, outputs),
            timed: self.timed,
            ends: ends.clone(),
        };
        let slopes = |own| called(own, "the gradient of ", self.outputs * self.dimension);
        Code {
            name: self.name.clone(),
            dimension: self.dimension,
            outputs: self.outputs,
            timed: self.timed,
            smooth: self.smooth,
            function: Arc::new(Batches {
                values: called(&self.values, "", self.outputs),
                slopes: self.slopes.as_ref().map(slopes),
            }),
        }
    }
}

/// How a run ends before its end: by a signal, or by an exception of a function.
#[derive(Default)]
pub struct Ends {
    /// Whether it is to end.
    pub now: Arc<AtomicBool>,
    /// The first exception.
    pub exception: Mutex<Option<PyErr>>,
}

impl Ends {
    /// Ends this thread's part in the run, if it is to end.
    pub fn heed(&self) {
        if self.now.load(Ordering::Relaxed) {
            resume_unwind(Box::new("ended from outside".to_string()));
        }
    }

    fn end(&self, error: PyErr) -> ! {
        let text = error.to_string();
        self.exception.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.now.store(true, Ordering::Relaxed);
        resume_unwind(Box::new(text))
    }
}

struct Batches {
    values: Called,
    slopes: Option<Called>,
}

impl BatchFunction for Batches {
    fn values(&self, t: f64, points: &[f64], out: &mut [f64]) {
        self.values.write(t, points, out);
    }
    fn slopes(&self, t: f64, points: &[f64], out: &mut [f64]) {
        if let Some(slopes) = &self.slopes {
            slopes.write(t, points, out);
        }
    }
    fn has_slopes(&self) -> bool {
        self.slopes.is_some()
    }
}

struct Called {
    /// What it is called in messages.
    what: String,
    callable: Py<PyAny>,
    /// Coordinates of a point, and values at it.
    shape: (usize, usize),
    timed: bool,
    ends: Arc<Ends>,
}

impl Called {
    fn write(&self, t: f64, points: &[f64], out: &mut [f64]) {
        self.ends.heed();
        let outcome = Python::attach(|py| {
            let count = points.len() / self.shape.0;
            self.call(py, t, points, out).inspect_err(|error| {
                let time = if self.timed { format!(" at t = {t}") } else { String::new() };
                let place = &points[..self.shape.0];
                let note = format!(
                    "wfr called {} for {count} points{time}, the first of them {place:?}; the run has ended",
                    self.what
                );
                // Python 3.10 has no notes.
                let _ = error.value(py).call_method1("add_note", (note,));
            })
        });
        if let Err(error) = outcome {
            self.ends.end(error);
        }
    }

    fn call(&self, py: Python<'_>, t: f64, points: &[f64], out: &mut [f64]) -> PyResult<()> {
        let d = self.shape.0;
        let x: Bound<'_, PyArray2<f64>> = PyArray1::from_slice(py, points).reshape([points.len() / d, d])?;
        x.call_method1(intern!(py, "setflags"), (false,))?;
        let callable = self.callable.bind(py);
        let result = if self.timed { callable.call1((x, t))? } else { callable.call1((x,))? };
        let Ok(result) = result.downcast::<PyArrayDyn<f64>>() else {
            let found = result.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "{}: found {found}; expected an array of float64",
                self.what
            )));
        };
        if result.len() != out.len() || result.shape().first() != Some(&(points.len() / d)) {
            return Err(PyValueError::new_err(format!(
                "{}: found an array of shape {:?} for points of shape ({}, {d}); expected {} numbers for each point",
                self.what,
                result.shape(),
                points.len() / d,
                self.shape.1
            )));
        }
        match result.try_readonly()?.as_slice() {
            Ok(values) => out.copy_from_slice(values),
            Err(_) => {
                let array = result.try_readonly()?;
                out.iter_mut().zip(array.as_array()).for_each(|(out, value)| *out = *value);
            }
        }
        Ok(())
    }
}
