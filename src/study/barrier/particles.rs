//! The relaxation of particles, at which KL decays twice as fast.

use super::rates::Flow;
use super::{ParticleRate, with_flow};
use crate::model::{Expression, GradientFlow, Observable, Problem, Variable};
use crate::particles::{Interaction, ParticleSettings, Resampling};
use crate::pde::on_cells;
use crate::pde::{Evolution, Frame, GridSettings};
use crate::statistics::score;
use crate::study::{Breakdown, basis::Basis, sample, step_bias};

pub const LANGEVIN: &str = "Langevin";
pub const WFR: &str = "WFR";
/// The mean is watched between these multiples of the slow mode's time, and for so long at most.
const START: f64 = 1.0;
const END: f64 = 2.0;
const LONGEST: f64 = 5.0;

/// Standard errors by which a mean has to differ from its limit: 6e-5 by chance.
const RESOLVED: f64 = 4.0;

/// Coupled paths that measure the bias of the step.
const BIAS_PATHS: usize = step_bias::PATHS / 8;

/// The rate at which the mean of the first coordinate relaxes, by two independent runs, for both flows, and the same on the
/// grid at the same times. The bias of the step is taken out; where it is not known, or the particles break down, there is a
/// reason in the place of the rate.
pub fn rates(
    problem: &Problem,
    flow: &GradientFlow,
    settings: &ParticleSettings,
    grid: &GridSettings,
    gap: f64,
) -> Result<Vec<Result<ParticleRate, String>>, Breakdown> {
    let both = [(LANGEVIN, Flow::Langevin), (WFR, Flow::Wfr)];
    let rate = |(name, kind): (&str, Flow)| rate(name, &kind.of(flow), problem, settings, grid, gap);
    both.into_iter().map(rate).collect()
}

fn rate(
    name: &str,
    flow: &GradientFlow,
    problem: &Problem,
    settings: &ParticleSettings,
    grid: &GridSettings,
    gap: f64,
) -> Result<Result<ParticleRate, String>, Breakdown> {
    let slow = flow.transport * gap + flow.reaction;
    let start = (START / slow).min(LONGEST);
    let times = [start, start + ((END - START) / slow).min(LONGEST)];
    let position = Observable::new("x", &Expression::variable(Variable::Space(0)));
    let problem = with_flow(problem, flow.clone());
    let (on_grid, limit) = grid_means(&problem, &position, grid, times)?;
    // (mean less the limit and the bias, what that may be off by, standard error)
    let mut means = Vec::new();
    let mut degrees_of_freedom = usize::MAX;
    for (k, horizon) in times.into_iter().enumerate() {
        let own = Problem { horizon, observables: vec![position.clone()], ..problem.clone() };
        let settings = ParticleSettings {
            seed: settings.seed.wrapping_add(k as u64),
            mean_field: None,
            interaction: Interaction::Resampling(Resampling::Systematic, 0.5),
            ..settings.clone()
        };
        let basis = Basis { problem: &own, grid: Some(grid), particles: None };
        let population = match sample::completed(sample::particles(basis, &settings, &|_, _| ())?) {
            Ok(population) => population,
            Err(breakdown) => return Ok(Err(breakdown.to_string())),
        };
        let bias = step_bias::measure(basis, &settings, BIAS_PATHS)?.remove(&position.name);
        if let Some(why) = bias.and_then(|bias| bias.reason(step_bias::SHARE * bias.spread)) {
            return Ok(Err(why));
        }
        let found = population.means(&own.observables, true);
        means.extend(found.into_iter().zip(bias).map(|(mean, bias)| {
            (mean.value - bias.value - limit, bias.allowance, mean.stderr.hypot(bias.stderr))
        }));
        degrees_of_freedom = degrees_of_freedom.min(population.degrees_of_freedom());
    }
    let unseen = |(mean, error, stderr): &&(f64, f64, f64)| mean.abs() <= error + RESOLVED * stderr;
    if let Some((mean, _, stderr)) = means.iter().find(unseen) {
        return Ok(Err(format!(
            "the mean of x by {name} is {mean:.1e} ± {stderr:.1e} from its limit, which shows no rate: start the particles on one \
             side, or take more of them"
        )));
    }
    let span = times[1] - times[0];
    let logarithm = |pair: [f64; 2]| (pair[0] / pair[1]).ln() / span;
    let [(a, a_error, a_stderr), (b, b_error, b_stderr)] = means[..] else {
        return Ok(Err("too few particles for a standard error".into()));
    };
    let (rate, stderr) = (logarithm([a, b]), (a_stderr / a).hypot(b_stderr / b) / span);
    let allowed = (a_error / a).hypot(b_error / b) / span;
    let expected = logarithm(on_grid.map(|mean| mean - limit));
    let z_score = score((rate - expected).abs(), allowed, stderr);
    Ok(Ok(ParticleRate { flow: name.into(), rate, stderr, expected, z_score, degrees_of_freedom }))
}

/// The means at `times`, and that of the target.
fn grid_means(
    problem: &Problem,
    observable: &Observable,
    settings: &GridSettings,
    times: [f64; 2],
) -> Result<([f64; 2], f64), Breakdown> {
    let grid = settings.grid();
    let mut evolution = Evolution::new(problem, &grid, settings.method, settings.transport, settings.step)?;
    let (trajectory, breakdown) = evolution.run(&times, |_| ());
    if let Some(breakdown) = breakdown {
        return Err(breakdown.into());
    }
    let φ = on_cells(&grid, observable);
    let energy = problem.invariant_energy().map(|energy| grid.sample(energy)).unwrap_or_default();
    let log_density = energy.iter().map(|energy| -energy).collect();
    let target = Frame { time: f64::INFINITY, log_density };
    let limit = trajectory.integrate(&target, &φ) / trajectory.log_mass(&target).exp();
    Ok(([1, 2].map(|k| trajectory.integrate(&trajectory.frames[k], &φ)), limit))
}
