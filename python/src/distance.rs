//! Distances between clouds with masses, and points on geodesics.

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use transport::{Cloud, Error, Geodesic, Settings};

/// How often signals are looked for.
const GLANCE: Duration = Duration::from_millis(50);

type Positions<'py> = PyReadonlyArray2<'py, f64>;
type Masses<'py> = PyReadonlyArray1<'py, f64>;
type Numbers<'py> = Bound<'py, PyArray1<f64>>;
type Indices<'py> = Bound<'py, PyArray1<i64>>;

/// A distance as Python takes it: (lower, upper), whether the tolerance was reached, the plan as (i, j, mass), the potentials.
type Found<'py> =
    ((f64, f64), bool, (Indices<'py>, Indices<'py>, Numbers<'py>), (Numbers<'py>, Numbers<'py>));

fn refused(error: &Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The measure with these points (n, d) and masses (n,); `name` is the argument that it was given as.
fn cloud(name: &str, points: &Positions<'_>, masses: &Masses<'_>) -> PyResult<Cloud> {
    let points = points.as_array();
    let own = Cloud::new(points.ncols(), points.iter().copied().collect(), masses.as_array().to_vec());
    own.map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// What `compute` returns, on a thread of its own, while signals are heard; it is told to end by `false`.
fn interruptible<T: Send>(
    py: Python<'_>,
    compute: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let goes_on = AtomicBool::new(true);
    let (outcome, signal) = py.detach(|| {
        std::thread::scope(|scope| {
            let (sender, receiver) = channel::<()>();
            let worker = scope.spawn(|| {
                let outcome = compute(&|| goes_on.load(Ordering::Relaxed));
                drop(sender);
                outcome
            });
            let mut signal = None;
            while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(GLANCE) {
                if let Err(error) = Python::attach(|py| py.check_signals()) {
                    goes_on.store(false, Ordering::Relaxed);
                    signal = Some(error);
                    break;
                }
            }
            (worker.join(), signal)
        })
    });
    match (outcome, signal) {
        (_, Some(error)) => Err(error),
        (Ok(outcome), None) => outcome.map_err(|error| refused(&error)),
        (Err(panic), None) => std::panic::resume_unwind(panic),
    }
}

/// The distance of this kind between x with masses a and y with masses b. `delta` is read by "wfr" and "spherical".
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn distance<'py>(
    py: Python<'py>,
    kind: &str,
    x: Positions<'py>,
    a: Masses<'py>,
    y: Positions<'py>,
    b: Masses<'py>,
    delta: f64,
    tolerance: f64,
) -> PyResult<Found<'py>> {
    let (μ, ν) = (cloud("x", &x, &a)?, cloud("y", &y, &b)?);
    let (bounds, found) = interruptible(py, |goes_on| {
        let settings = Settings { tolerance, goes_on };
        let whole = |own: transport::Distance| ((own.lower, own.upper), own);
        match kind {
            "w2" => transport::w2(&μ, &ν, &settings).map(whole),
            "spherical" => transport::spherical(&μ, &ν, delta, &settings),
            _ => transport::wfr(&μ, &ν, delta, &settings).map(whole),
        }
    })?;
    let rows = found.plan.iter().map(|own| own.0 as i64);
    let columns = found.plan.iter().map(|own| own.1 as i64);
    let plan = (
        PyArray1::from_iter(py, rows),
        PyArray1::from_iter(py, columns),
        PyArray1::from_iter(py, found.plan.iter().map(|own| own.2)),
    );
    let potentials = (PyArray1::from_vec(py, found.potentials.0), PyArray1::from_vec(py, found.potentials.1));
    Ok((bounds, found.met, plan, potentials))
}

/// Σ (√mᵢ − √nᵢ)² of masses on common points.
#[pyfunction]
pub fn hellinger(x: Positions<'_>, a: Masses<'_>, y: Positions<'_>, b: Masses<'_>) -> PyResult<f64> {
    transport::hellinger(&cloud("x", &x, &a)?, &cloud("y", &y, &b)?).map_err(|error| refused(&error))
}

/// Shortest curves between two measures.
#[pyclass(frozen)]
pub struct Curve(Geodesic);

#[pymethods]
impl Curve {
    /// The curve from x to y that the plan (i, j, mass) describes.
    #[new]
    fn new(
        x: Positions<'_>,
        a: Masses<'_>,
        y: Positions<'_>,
        b: Masses<'_>,
        delta: f64,
        plan: (PyReadonlyArray1<'_, i64>, PyReadonlyArray1<'_, i64>, Masses<'_>),
    ) -> PyResult<Self> {
        let (μ, ν) = (cloud("x", &x, &a)?, cloud("y", &y, &b)?);
        let (i, j, mass) = (plan.0.as_array(), plan.1.as_array(), plan.2.as_array());
        let plan: Vec<_> =
            i.iter().zip(j).zip(mass).map(|((i, j), mass)| (*i as usize, *j as usize, *mass)).collect();
        Geodesic::along(&μ, &ν, delta, &plan).map(Self).map_err(|error| refused(&error))
    }

    /// Coordinates, point after point, and masses at the time t in [0, 1].
    fn at<'py>(&self, py: Python<'py>, t: f64) -> (Numbers<'py>, Numbers<'py>) {
        let (points, masses) = self.0.at(t);
        (PyArray1::from_vec(py, points), PyArray1::from_vec(py, masses))
    }
}
