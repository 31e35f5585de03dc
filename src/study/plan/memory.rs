//! Computations that would not fit into the memory that is free now.

use super::available::available;
use super::{Part, Reason};
use crate::keys::{Fault, Value};
use crate::particles::{Ensemble, step_count};
use crate::pde::GridSettings;
use crate::study::basis::Basis;
use crate::study::kind::Study;
use std::sync::Arc;

/// Frames that are recorded where no particle reads the grid, generously.
const FRAMES: f64 = 100.0;
/// Vectors over the cells that a solution takes beside its frames, its companions included.
const VECTORS: f64 = 60.0;
/// Bytes for each pair of coordinates: the matrices of a problem, as many as there are (measured for a start in one point).
const PAIR: f64 = 200.0;
/// Bytes that the estimates of one particle take beside itself, and for each observable (measured).
const ESTIMATES: [f64; 2] = [32.0, 8.0];
/// Bytes of the backward functions of one step of a noise-free expectation, on a line and in a plane, which these methods read.
const LAW: [f64; 2] = [9e3, 2e5];
const READERS: [&str; 2] = ["monte-carlo", "prediction"];
/// Steps of the coarsest level of a multilevel estimate, unless it is told otherwise.
const COARSEST: f64 = 4.0;
/// A finest step of a ladder, in those that a study is asked for.
const REFINED: f64 = 4.0;

/// What is wrong with a number of coordinates.
pub fn dimension_fault(dimension: u64) -> Option<Fault> {
    let needed = PAIR * (dimension as f64).powi(2);
    let most = |available: f64| (available / PAIR).sqrt().floor();
    let what = |available| format!("at most {}", most(available));
    fault("dimension", dimension.to_string(), needed, what)
}

/// What a grid takes alone, before any array over its cells is made.
pub fn grid_fault(settings: &GridSettings) -> Option<Fault> {
    let cells: f64 = settings.cells.iter().map(|&cells| cells as f64).product();
    let needed = 8.0 * cells * (FRAMES + VECTORS);
    let found = format!("{:?} with {FRAMES} recorded times", settings.cells);
    fault("cells", found, needed, |available| {
        format!("at most {:e} cells", (available / needed * cells).floor())
    })
}

/// What does not fit of the particles, of what is recorded on the grid for them, and of the studies.
pub fn faults(basis: &Basis<'_>, studies: &[Arc<dyn Study>]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let d = basis.problem.dimension();
    let estimates = ESTIMATES[0] + ESTIMATES[1] * basis.problem.observables.len() as f64;
    let one = Ensemble::bytes(1 << 10, d) / f64::from(1 << 10) + estimates;
    if let Some(settings) = basis.particles {
        let replicates = settings.mean_field.map_or(1, |mean_field| mean_field.replicates);
        let count = settings.count.saturating_mul(replicates);
        let most = |available: f64| format!("at most {}", (available / one / replicates as f64).floor());
        let fault = fault("count", settings.count.to_string(), one * count as f64, most);
        reasons.extend(fault.map(|fault| Reason { part: Part::Particles, fault }));
    }
    let frames =
        basis.particles.map_or(0, |particles| step_count(basis.problem.horizon, particles.step)) as f64;
    let read =
        basis.particles.is_some_and(|particles| particles.mean_field.is_none()) && basis.problem.reacts();
    if let Some(settings) = basis.grid.filter(|_| read) {
        let cells: f64 = settings.cells.iter().map(|&cells| cells as f64).product();
        let found = format!("{:?} with {frames} recorded times", settings.cells);
        let most = |available: f64| format!("at most {:e} cells times steps", (available / 8.0).floor());
        let fault = fault("cells", found, 8.0 * cells * (frames + VECTORS), most);
        reasons.extend(fault.map(|fault| Reason { part: Part::Grid, fault }));
    }
    for (place, study) in studies.iter().enumerate() {
        let of = |fault| Reason { part: Part::Study(place), fault };
        reasons.extend(study_fault(basis, study.as_ref(), one).map(of));
    }
    reasons
}

/// Of a study: ensembles of several counts, and what is recorded at every step of a ladder. A particle takes `one` bytes.
fn study_fault(basis: &Basis<'_>, study: &dyn Study, one: f64) -> Option<Fault> {
    let values = study.values();
    let horizon = basis.problem.horizon;
    if let Some(&count) = values.numbers("counts").and_then(<[f64]>::last) {
        let replicates =
            basis.particles.and_then(|settings| settings.mean_field).map_or(1, |own| own.replicates);
        let each = one * replicates as f64;
        let most = |available: f64| format!("at most {}", (available / each).floor());
        return fault("counts", format!("{count:e}"), each * count, most);
    }
    let cells = basis
        .grid
        .filter(|_| basis.problem.reacts())
        .map_or(0.0, |grid| grid.cells.iter().map(|&n| n as f64).product());
    if let Some(levels) = values.number("max-levels") {
        let needed = 8.0 * cells * COARSEST * (levels - 1.0).exp2();
        let most = |available: f64| format!("at most {}", (levels + (available / needed).log2()).floor());
        return fault("max-levels", format!("{levels}"), needed, most);
    }
    let &step = values.numbers("steps").and_then(<[f64]>::last)?;
    let read = matches!(values.get("methods"), Some(Value::Names(names)) if names.iter().any(|name| READERS.contains(&name.as_str())));
    let law = LAW.get(basis.problem.dimension() - 1).filter(|_| read).copied().unwrap_or(0.0);
    let each = REFINED * (8.0 * cells + law);
    let least = |available: f64| format!("steps of at least {:.1e}", each * horizon / available);
    fault("steps", format!("{step:e}"), each * horizon / step, least)
}

fn fault(key: &'static str, found: String, needed: f64, expected: impl Fn(f64) -> String) -> Option<Fault> {
    let available = available()?;
    let size = |bytes: f64| match bytes / 2f64.powi(30) {
        size if size < 1.0 => format!("{:.1} MiB", 1024.0 * size),
        size if size < 1e6 => format!("{size:.1} GiB"),
        size => format!("{size:.1e} GiB"),
    };
    (needed > available).then(|| {
        let expected = if available > 0.0 { expected(available) } else { "more memory, or a higher limit (ulimit -v)".into() };
        let [needed, free] = [needed, available].map(size);
        let message = format!("found {found}, which takes {needed}; expected what fits into the {free} that are free: {expected}");
        Fault::at(key, message)
    })
}
