//! The grid solution: values with errors, and what it looks like.

use super::breakdown::{Breakdown, Progress};
use super::figure::{Array, Arrays, Figure, Plot, TimePlot};
use super::findings::{Check, GridEstimate, GridFindings, Reading};
use super::grid_warnings;
use crate::model::{Dynamics, GradientFlow, Observable, Problem};
use crate::particles::step_count;
use crate::pde::estimate::{Estimate, estimates, relative_entropy};
use crate::pde::{
    Generator, Grid, GridSettings, Quantities, Trajectory, invariant_on_cells, narrow_formulas, on_cells,
    quantities, wasserstein,
};
use crate::statistics::largest;
use std::collections::BTreeSet;

/// The error of the oracle over the whole flow, in units of the grid's own error at the horizon.
const ORACLE_MARGIN: f64 = 10.0;
/// Recorded times, at most, beside those that are chosen.
const FRAMES: usize = 50;

/// The grid solution over time.
pub struct GridRun {
    /// log ρ at up to 50 times and the chosen ones.
    pub trajectory: Trajectory,
    /// V, or V + p²/2, at the cell centres.
    pub potential: Option<Vec<f64>>,
    /// Values at the horizon; `None` after a breakdown.
    pub findings: Option<GridFindings>,
    /// Formulas that do more in some cells than their centres show, see [`narrow_formulas`].
    pub narrow: Vec<(String, Vec<f64>)>,
    /// What the user should know about the integration.
    pub warnings: Vec<String>,
}

/// Runs the grid and its companions. On a breakdown, what was computed comes with it.
pub fn solve(
    problem: &Problem,
    settings: &GridSettings,
    progress: Progress<'_>,
) -> (Option<GridRun>, Option<Breakdown>) {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let stops = FRAMES.min(steps);
    let chosen =
        settings.times.iter().map(|time| (time / h).round() as usize).filter(|k| (1..=steps).contains(k));
    let stops: BTreeSet<usize> = (1..=stops).map(|k| k * steps / stops).chain(chosen).collect();
    let times: Vec<f64> = stops.into_iter().map(|k| k as f64 * h).collect();
    let grid = settings.grid();
    let mut evolution = match settings.evolution(problem, &grid, h) {
        Ok(evolution) => evolution,
        Err(breakdown) => return (None, Some(breakdown.into())),
    };
    let (trajectory, breakdown) =
        evolution.run(&times, |time| progress("grid", 0.5 * time / problem.horizon));
    let potential = invariant_on_cells(problem, &grid);
    let narrow = narrow_formulas(problem, &grid, &settings.mesh(problem));
    let negative = evolution.unresolved_mass();
    let mut warnings = grid_warnings::of_solution(problem, settings, &trajectory, negative, &narrow);
    let mut run = GridRun { trajectory, potential, findings: None, narrow, warnings: Vec::new() };
    if let Some(breakdown) = breakdown {
        run.warnings = warnings;
        return (Some(run), Some(breakdown.into()));
    }
    match estimates(problem, settings, &run.trajectory, h) {
        Err(breakdown) => {
            run.warnings = warnings;
            (Some(run), Some(breakdown.into()))
        }
        Ok(found) => {
            warnings.extend(grid_warnings::of_estimates(problem, &found));
            run.warnings = warnings;
            let convert = |estimate: &Estimate| GridEstimate { value: estimate.value, error: estimate.error };
            let last = run.trajectory.last();
            let absorbs = grid.absorbs() && !problem.weighted();
            let distances = run.potential.as_ref().filter(|_| grid.dimension() == 1 && grid.is_plain()).map(
                |potential| {
                    let target: Vec<f64> = potential.iter().map(|v| -v).collect();
                    wasserstein(&grid, &last.log_density, &target)
                },
            );
            run.findings = Some(GridFindings {
                time: last.time,
                mass: found.log_mass.value.exp(),
                mass_error: found.log_mass.value.exp() * found.log_mass.error.exp_m1(),
                absorbed: absorbs.then(|| -found.log_mass.value.exp_m1()),
                absorbed_error: absorbs.then(|| found.log_mass.value.exp() * found.log_mass.error.exp_m1()),
                minimum: last.log_density.iter().copied().fold(f64::INFINITY, f64::min).exp(),
                kl: found.kl.map(|kl| kl.value),
                kl_error: found.kl.map(|kl| kl.error),
                w1: distances.map(|[w1, _]| w1),
                w2: distances.map(|[_, w2]| w2),
                log_normalizer: found.log_mass.value,
                log_normalizer_error: found.log_mass.error,
                observables: problem
                    .observables
                    .iter()
                    .zip(&found.observables)
                    .map(|(observable, estimate)| (observable.name.clone(), convert(estimate)))
                    .collect(),
            });
            (Some(run), None)
        }
    }
}

/// The cell centres along each axis, x1 and so on.
pub fn axes(grid: &Grid) -> Vec<Array> {
    let along = |axis: usize| (0..grid.cells()[axis]).map(move |k| grid.coordinate(k, axis)).collect();
    (0..grid.dimension())
        .map(|axis| Array::new(format!("x{}", axis + 1), vec![grid.cells()[axis]], along(axis)))
        .collect()
}

impl GridRun {
    /// Why a study of the operator on these cells says nothing: V or a coefficient does more within a cell than is seen.
    pub fn hidden_feature(&self) -> Option<String> {
        self.narrow.first().map(|(formula, place)| {
            format!(
                "{formula} has a feature narrower than a cell at {place:?}: take more cells, or grade them toward it"
            )
        })
    }

    /// KL to the target at the recorded times; empty for an SDE.
    pub fn entropies(&self) -> (Vec<f64>, Vec<f64>) {
        let Some(potential) = &self.potential else {
            return (Vec::new(), Vec::new());
        };
        let frames = self.trajectory.frames.iter();
        frames.map(|frame| (frame.time, relative_entropy(&self.trajectory, frame, potential))).unzip()
    }

    /// What particles whose weights read log ρ from this grid may be off by: an oracle is the grid as it is, not as it is
    /// extrapolated to `value`, and its error enters the law.
    pub fn oracle_error(&self, problem: &Problem, observable: &Observable, value: f64) -> f64 {
        if !problem.reacts() {
            return 0.0;
        }
        let last = self.trajectory.last();
        let φ = on_cells(&self.trajectory.grid, observable);
        let mass = if problem.normalized() { self.trajectory.log_mass(last).exp() } else { 1.0 };
        ORACLE_MARGIN * (self.trajectory.integrate(last, &φ) / mass - value).abs()
    }

    /// Standard deviation of an observable at the last time; where masses move, the root of its second moment under ρ as it
    /// is, times that of the mass: of products with weights, which have no deviation of their own.
    pub fn spread(&self, problem: &Problem, observable: &Observable) -> f64 {
        let last = self.trajectory.last();
        let φ = on_cells(&self.trajectory.grid, observable);
        let mass = self.trajectory.log_mass(last).exp();
        let mean = self.trajectory.integrate(last, &φ) / mass;
        let about = if problem.normalized() { mean } else { 0.0 };
        let squares: Vec<f64> = φ.iter().map(|φ| (φ - about).powi(2)).collect();
        let scale = if problem.normalized() { 1.0 } else { mass };
        scale * (self.trajectory.integrate(last, &squares) / mass).sqrt()
    }

    /// log ρ at the last time that was reached, log π where there is one, and the cell centres along each axis.
    pub fn arrays(&self) -> Arrays {
        let grid = &self.trajectory.grid;
        let last = self.trajectory.last();
        let mut arrays = axes(grid);
        arrays.push(Array::new("time", Vec::new(), vec![last.time]));
        arrays.push(Array::new("log_density", grid.cells().to_vec(), last.log_density.clone()));
        arrays.extend(self.potential.as_ref().map(|potential| {
            let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
            let log_z = grid.log_mass(&minus);
            let log_target = minus.iter().map(|log| log - log_z).collect();
            Array::new("log_target", grid.cells().to_vec(), log_target)
        }));
        Arrays { id: "density".into(), arrays }
    }

    /// Mass conservation, and the decay of KL along a gradient flow.
    pub fn checks(&self, problem: &Problem) -> Vec<Check> {
        let mut checks = Vec::new();
        let conserved = problem.keeps_mass() && !self.trajectory.grid.absorbs();
        if conserved {
            let masses = self.trajectory.frames.iter().map(|frame| self.trajectory.log_mass(frame).abs());
            let drift = largest(masses).unwrap_or(0.0);
            // Thousands of steps, each summing all cells with relative rounding 2e-16 at worst per cell.
            let threshold = 1e-16 * self.trajectory.grid.len() as f64 * 100.0 + 1e-11;
            checks.push(Check::at_most(
                "grid: mass is conserved",
                drift,
                threshold,
                "rounding of one sum over the cells a step",
            ));
        }
        let (_, kl) = self.entropies();
        if let Some(lowest) = kl.iter().copied().min_by(f64::total_cmp).filter(|_| conserved) {
            let threshold = 1e-12;
            let why = "Gibbs' inequality, which holds for sums over cells; rounding of terms of size 1";
            let check = Check::at_most("grid: KL to the target is not negative", -lowest, threshold, why);
            checks.push(check.reading(Reading::Smallest("KL")));
        }
        if let Some(rise) = largest(kl.windows(2).map(|pair| pair[1] - pair[0])).filter(|_| conserved) {
            // KL is a sum of terms of size 1 with relative rounding; below 1e-13 it is noise.
            let threshold = 1e-12;
            let why = "transport and reaction, each exact in its substep, dissipate KL; rounding of terms of size 1";
            let check = Check::at_most("grid: KL to the target never rises", rise, threshold, why);
            checks.push(check.reading(Reading::Largest("change")));
        }
        checks
    }

    /// KL over time, and for a gradient flow what dissipates it.
    pub fn figures(&self, problem: &Problem) -> Vec<Figure> {
        let (times, kl) = self.entropies();
        let time = |id: &str, title: &str, caption: &str, quantity: &str, lines| Figure {
            id: id.into(),
            title: title.into(),
            caption: caption.into(),
            plot: Plot::Time(TimePlot { quantity: quantity.into(), logarithmic: true, pairs: false, lines }),
        };
        let mut figures = Vec::new();
        if !kl.is_empty() {
            figures.push(time(
                "kl",
                "Relative entropy to the target",
                "KL(ρ_t | π) along the flow, from the grid.",
                "KL(ρ_t | π)",
                vec![("grid".into(), times, kl)],
            ));
        }
        if let (Dynamics::GradientFlow(flow), Some(potential)) = (&problem.dynamics, &self.potential) {
            figures.extend(self.dissipation(flow, potential, time));
        }
        figures
    }

    /// Divergences, and the rates of the two ways in which KL falls.
    fn dissipation(
        &self,
        flow: &GradientFlow,
        potential: &[f64],
        figure: impl Fn(&str, &str, &str, &str, Vec<(String, Vec<f64>, Vec<f64>)>) -> Figure,
    ) -> Option<Figure> {
        let generator = Generator::gradient_flow(&self.trajectory.grid, potential, 1.0).ok()?;
        let frames = self.trajectory.frames.iter();
        let along: Vec<(f64, Quantities)> =
            frames.map(|frame| (frame.time, quantities(&generator, &frame.log_density))).collect();
        let line = |name: &str, value: &dyn Fn(&Quantities) -> f64| {
            let (times, values): (Vec<f64>, Vec<f64>) =
                along.iter().map(|(t, q)| (*t, value(q))).filter(|(_, value)| value.is_finite()).unzip();
            (name.to_string(), times, values)
        };
        let mut lines = vec![
            line("χ²", &|q| q.chi_squared),
            line("squared Hellinger", &|q| q.squared_hellinger),
            line("α Fisher information", &|q| flow.transport * q.fisher),
            line("β Var log(ρ/π)", &|q| flow.reaction * q.variance),
        ];
        if self.trajectory.grid.dimension() == 1 {
            let distance = |which: usize| move |q: &Quantities| q.wasserstein.map_or(f64::NAN, |w| w[which]);
            lines.extend([line("W₁", &distance(0)), line("W₂", &distance(1))]);
        }
        // Around a circle there is no such distance.
        lines.retain(|(_, times, _)| !times.is_empty());
        Some(figure(
            "quantities",
            "Distance to the target, and what dissipates it",
            "Of a normalised flow of KL, −dKL/dt = α ∫ρ|∇log(ρ/π)|² + β Var_ρ log(ρ/π).",
            "divergence, or rate",
            lines,
        ))
    }
}
