//! A corrected reverse diffusion against the law that it has to end in, and the same paths without correction beside it.

use super::bins::Bins;
use super::compare::{Bias, LOG_NORMALIZER};
use super::figure::{BandHistogram, DensityPlot, Figure, PlanePlot, Plot};
use super::findings::{
    Check, Outcome, ParticleFindings, StudyFindings, TargetEstimate, TargetLawFindings, Verdict,
};
use super::{Breakdown, Plan, Progress, sample, t_threshold};
use crate::exact::TargetLaw;
use crate::model::{Dynamics, ReverseDiffusion};
use crate::particles::{Mean, ParticleSettings, Population};
use crate::pde::Grid;
use std::collections::BTreeMap;

/// Bins of the pictures along one axis, by dimension.
const BINS: [usize; 2] = [80, 40];
/// Share of the largest density that is shown.
const SHOWN: f64 = 1e-4;

/// The findings, the checks and the pictures.
type Found = (StudyFindings, Vec<Check>, Vec<Figure>);

/// Runs the uncorrected paths and holds both against the quadrature.
///
/// # Errors
/// If the uncorrected paths break down.
pub fn study(
    plan: &Plan,
    flow: &ReverseDiffusion,
    settings: &ParticleSettings,
    corrected: (&Population, &ParticleFindings),
    biases: &Bias,
    progress: Progress<'_>,
) -> Result<Option<Found>, Breakdown> {
    let Some(law) = TargetLaw::new(flow) else {
        return Ok(None);
    };
    let mut heuristic = plan.clone();
    heuristic.problem.dynamics =
        Dynamics::ReverseDiffusion(ReverseDiffusion { corrected: false, ..flow.clone() });
    let simulation = sample::particles(&heuristic, settings, progress)?;
    if let Some(breakdown) = simulation.breakdown {
        return Err(breakdown.into());
    }
    let Some(uncorrected) = simulation.population else {
        return Ok(None);
    };
    let (population, found) = corrected;
    let threshold = t_threshold(population.degrees_of_freedom());
    let score = |name: &str, (value, stderr): (f64, f64), (exact, error): (f64, f64)| {
        let (bias, bias_stderr) = biases.get(name).copied().unwrap_or_default();
        // The bias is a leading-order estimate; half of it is allowed for the higher orders.
        let allowed = error + 0.5 * bias.abs();
        let resolved = ((value - bias - exact).abs() - allowed).max(0.0);
        if resolved == 0.0 {
            0.0
        } else {
            resolved / stderr.hypot(bias_stderr) * (value - bias - exact).signum()
        }
    };
    let check = |name: &str, z: f64| {
        Check {
        name: format!("{name}: corrected paths end in the target"),
        passed: z.abs() <= threshold,
        value: z,
        threshold,
        why: "distance in standard errors beyond the quadrature's error and half the time-step bias; Student's t at 1e-9"
            .into(),
    }
    };
    let (mut observables, mut checks) = (BTreeMap::new(), Vec::new());
    let plain = uncorrected.means(&plan.problem.observables, true);
    for (observable, plain) in plan.problem.observables.iter().zip(plain) {
        let name = &observable.name;
        let Some(estimate) = found.observables.get(name) else { continue };
        let (exact, exact_error) = law.mean(observable);
        let z = score(name, (estimate.value, estimate.stderr), (exact, exact_error));
        checks.push(check(name, z));
        let miss = (plain.value - exact) / plain.stderr;
        let (uncorrected, uncorrected_stderr) = (plain.value, plain.stderr);
        let target = TargetEstimate { exact, exact_error, z, uncorrected, uncorrected_stderr, miss };
        observables.insert(name.clone(), target);
    }
    let z = score(LOG_NORMALIZER, (found.log_normalizer, found.log_normalizer_stderr), law.log_mass);
    checks.push(check(LOG_NORMALIZER, z));

    let worst = checks.iter().map(|check| check.value.abs()).fold(0.0, f64::max);
    let verdict = match checks.iter().all(|check| check.passed) {
        true => Verdict::Pass,
        false => Verdict::Fail,
    };
    let far = observables.iter().max_by(|a, b| a.1.miss.abs().total_cmp(&b.1.miss.abs()));
    let why = match far {
        Some((name, target)) => format!(
            "the corrected paths are {worst:.2} standard errors off at most; without correction {name} is {:.4} instead of {:.4}, off by {:.1} standard errors",
            target.uncorrected,
            target.exact,
            target.miss.abs()
        ),
        None => format!("the corrected paths are {worst:.2} standard errors off at most"),
    };
    let figure = picture(&law, population, &uncorrected);
    let findings = TargetLawFindings {
        observables,
        log_normalizer: law.log_mass.0,
        log_normalizer_error: law.log_mass.1,
        log_normalizer_z: z,
    };
    Ok(Some((StudyFindings::new(Outcome::TargetLaw(findings), verdict, why), checks, vec![figure])))
}

/// The part of the box in which the law shows, with a margin.
fn window(law: &TargetLaw) -> Grid {
    let d = law.grid.dimension();
    let largest = law.log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut lower, mut upper) = (vec![f64::INFINITY; d], vec![f64::NEG_INFINITY; d]);
    for (cell, _) in law.log_density.iter().enumerate().filter(|(_, log)| **log > largest + SHOWN.ln()) {
        for axis in 0..d {
            let x = law.grid.coordinate(law.grid.position(cell, axis), axis);
            lower[axis] = f64::min(lower[axis], x);
            upper[axis] = f64::max(upper[axis], x);
        }
    }
    for axis in 0..d {
        let margin = 0.2 * (upper[axis] - lower[axis]);
        lower[axis] -= margin;
        upper[axis] += margin;
    }
    Grid::new(lower, upper, vec![if d == 1 { 4 * BINS[0] } else { BINS[1] }; d])
}

fn picture(law: &TargetLaw, corrected: &Population, uncorrected: &Population) -> Figure {
    let window = window(law);
    let axes: Vec<usize> = (0..window.dimension()).collect();
    let bins = Bins::new(&window, &axes, BINS[axes.len() - 1]);
    let shares = |population: &Population| population.histogram(bins.len(), |x| bins.find(x)).shares;
    let density = |shares: &[Mean], f: fn(&Mean) -> f64| -> Vec<f64> {
        shares.iter().map(|share| f(share) / bins.volume()).collect()
    };
    let near = |x: &[f64]| -> f64 {
        let position = |axis: usize| {
            let place = (x[axis] - law.grid.lower()[axis]) / law.grid.width(axis);
            (place >= 0.0 && place < law.grid.cells()[axis] as f64).then_some(place as usize)
        };
        let cells = law.grid.cells();
        let cell = axes.iter().rev().try_fold(0, |cell, &axis| Some(cell * cells[axis] + position(axis)?));
        cell.map_or(0.0, |cell| law.log_density[cell].exp())
    };
    let exact: Vec<f64> = (0..window.len()).map(|cell| near(&window.centre(cell))).collect();
    let (own, plain) = (shares(corrected), shares(uncorrected));
    let plot = if axes.len() == 1 {
        let x: Vec<f64> = (0..window.len()).map(|cell| window.coordinate(cell, 0)).collect();
        let heuristic = density(&plain, |share| share.value);
        let steps = x.iter().map(|x| bins.find(&[*x]).map_or(0.0, |bin| heuristic[bin])).collect();
        Plot::Density(DensityPlot {
            x,
            curves: vec![("target p".into(), exact), ("without correction".into(), steps)],
            histogram: Some(BandHistogram {
                edges: bins.edges(),
                density: density(&own, |share| share.value),
                stderr: density(&own, |share| share.stderr),
            }),
        })
    } else {
        Plot::Plane(PlanePlot {
            axes: ["x", "y"],
            lower: [0, 1].map(|k| bins.extent(k)[0]),
            upper: [0, 1].map(|k| bins.extent(k)[1]),
            bins: [bins.count(0), bins.count(1)],
            panels: vec![
                ("target".into(), exact),
                ("corrected".into(), density(&own, |share| share.value)),
                ("without correction".into(), density(&plain, |share| share.value)),
            ],
        })
    };
    Figure {
        id: "target-law".into(),
        title: "The law at the data".into(),
        caption: "The target, the corrected paths (on the line with their 95 % band), and the same paths without weights.".into(),
        plot,
    }
}
