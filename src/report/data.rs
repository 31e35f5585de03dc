//! The data that a run leaves for scripts beside its pictures: arrays, time series and particles.

use super::{ReportError, npz, plot};
use crate::files::{make_folder, write_atomically};
use crate::particles::{Path as ParticlePath, Points};
use crate::study::figure::{Array, Arrays, Entries};
use crate::study::{GridSeries, Run, Series, TimeSeries};
use std::path::Path;

/// Writes the arrays (ID.npz, which numpy.load reads) into the folder `dir`.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_arrays(dir: &Path, arrays: &[Arrays]) -> Result<(), ReportError> {
    make_folder(dir)?;
    for Arrays { id, arrays } in arrays {
        let path = dir.join(format!("{id}.npz"));
        let bytes = npz::npz(arrays).map_err(|reason| ReportError { path: path.clone(), reason })?;
        write_atomically(&path, bytes)?;
    }
    Ok(())
}

/// Writes series.npz and series.csv into the folder `dir`, if anything was followed in time.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_series(dir: &Path, series: &Series) -> Result<(), ReportError> {
    if series.is_empty() {
        return Ok(());
    }
    write_arrays(dir, &[series.arrays()])?;
    write_atomically(&dir.join("series.csv"), series_csv(series))
}

/// A row for every time, method and quantity. Values of the grid have no errors here.
fn series_csv(series: &Series) -> String {
    let head = ["time", "method", "quantity", "value", "stderr"].map(String::from).to_vec();
    let mut rows = vec![head];
    let mut row = |time: f64, method: &str, quantity: String, value: f64, stderr: Option<f64>| {
        let stderr = stderr.map(plot::exact).unwrap_or_default();
        rows.push(vec![plot::exact(time), method.into(), quantity, plot::exact(value), stderr]);
    };
    let quantity = |formula: &String| format!("E[{formula}]");
    if let Some(GridSeries { times, means, kl, .. }) = &series.grid {
        for (k, (time, means)) in times.iter().zip(means).enumerate() {
            for (formula, mean) in series.observables.iter().zip(means) {
                row(*time, "grid", quantity(formula), *mean, None);
            }
            kl.get(k).iter().for_each(|kl| row(*time, "grid", "KL".into(), **kl, None));
        }
    }
    if let Some(TimeSeries { times, means, .. }) = &series.particles {
        for (time, means) in times.iter().zip(means) {
            for (formula, mean) in series.observables.iter().zip(means) {
                row(*time, "particles", quantity(formula), mean.value, Some(mean.stderr));
            }
        }
    }
    plot::table(&rows)
}

/// Writes particles.npz into the folder `dir`: `positions` (N, d), `log_weights` (N), `ancestors` (N).
///
/// # Errors
/// If the folder or the file cannot be written.
pub fn write_particles(dir: &Path, particles: &Points) -> Result<(), ReportError> {
    let Points { dimension, positions, log_weights, ancestors } = particles;
    let shape = [log_weights.len(), *dimension];
    let arrays = vec![
        Array::matrix("positions", shape, |particle, axis| positions[particle * dimension + axis]),
        Array::new("log_weights", vec![log_weights.len()], log_weights.clone()),
        Array::list("ancestors", Entries::Wholes(ancestors.iter().map(|own| i64::from(*own)).collect())),
    ];
    write_arrays(dir, &[Arrays { id: "particles".into(), arrays }])
}

/// Writes path-INDEX.csv into `dir`: a row (t, x, log-weight) for every step, x being all components of the state.
///
/// # Errors
/// If the file cannot be written.
pub fn write_path(dir: &Path, index: usize, path: &ParticlePath) -> Result<(), ReportError> {
    write_atomically(&dir.join(path_name(index)), plot::path_csv(path))
}

/// The name of the file of a particle's path.
pub fn path_name(index: usize) -> String {
    format!("path-{index}.csv")
}

/// The names of the files that [`write_arrays`], [`write_series`] and, if asked for, [`write_particles`] leave of a run, with
/// what is in them.
pub fn data_files(run: &Run, particles: bool) -> Vec<(String, &'static str)> {
    let arrays = run.arrays.iter().map(|arrays| (format!("{}.npz", arrays.id), "arrays"));
    let mut files: Vec<_> = arrays.collect();
    if !run.series.is_empty() {
        files.push(("series.npz".into(), "means, KL and densities in time"));
        files.push(("series.csv".into(), "means and KL in time, as a table"));
    }
    if particles && run.particles.is_some() {
        files.push(("particles.npz".into(), "positions, logarithms of weights, ancestors"));
    }
    files
}
