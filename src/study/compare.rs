//! Particles against grid: densities and observables.

use super::bins::Bins;
use super::figure::Figure;
use super::findings::{
    Check, CompareFindings, GridFindings, Outcome, ParticleFindings, StudyFindings, Verdict,
};
use super::grid::GridRun;
use super::oracle::Oracle;
use super::{Breakdown, Plan, density_figure, t_threshold};
use crate::model::{Initial, Observable, Problem};
use crate::particles::coupled::Level;
use crate::particles::{BLOCK, Histogram, Motion, ParticleSettings, Population, step_count};
use crate::statistics::{Evidence, Judgement};
use std::collections::BTreeMap;

/// Bins along one axis, at most, by dimension.
const BINS: [usize; 3] = [80, 40, 16];
/// Coupled paths that measure the bias of the time step.
pub const BIAS_PATHS: usize = 65_536;
/// Number of their level; those of order studies count from 0.
const BIAS_LEVEL: u32 = 1000;
/// Degrees of freedom of the standard errors below which a pass would mean nothing.
const FEWEST_DEGREES: usize = 10;
/// Gaussian concentration: a Lipschitz function of the noise exceeds its mean by 6.5 σ with probability 7e-10.
const CONCENTRATION: f64 = 6.5;

/// A bias with its standard error.
pub type Bias = BTreeMap<String, (f64, f64)>;

/// Entry of [`Bias`] for the log-normaliser; no formula has this name.
pub const LOG_NORMALIZER: &str = "log normalizer";

/// The bias of the time step for every observable and the log-normaliser, from `paths` coupled paths with steps h
/// and h/2: E_{h/2} − E_h = −C hᵖ(1 − 2⁻ᵖ), and the bias is C hᵖ.
///
/// # Errors
/// If the grid breaks down.
pub fn time_step_bias(plan: &Plan, settings: &ParticleSettings, paths: usize) -> Result<Bias, Breakdown> {
    let problem = &plan.problem;
    let steps = step_count(problem.horizon, settings.step);
    let oracle = Oracle::new(problem, plan.grid.as_ref(), &[2 * steps])?;
    let equation = oracle.equation();
    let weighted = problem.weighted();
    let motion =
        Motion { sde: equation.as_ref(), scheme: settings.scheme, weight: settings.weight, weighted };
    let order =
        settings.scheme.weak_order().min(if weighted { settings.weight.weak_order() } else { u32::MAX })
            as i32;
    let factor = -1.0 / (1.0 - 2f64.powi(-order));
    let mut biases = Bias::new();
    let level = Level {
        problem,
        observables: &problem.observables,
        motion,
        steps,
        seed: settings.seed,
        number: BIAS_LEVEL,
    };
    for (observable, sums) in problem.observables.iter().zip(level.run(0..paths / BLOCK)) {
        if sums.exploded() > 0 {
            // The particles themselves were luckier; nothing can be said about their bias.
            continue;
        }
        let difference = sums.difference(problem.normalized());
        biases.insert(observable.name.clone(), (factor * difference.value, factor.abs() * difference.stderr));
        let mass = sums.log_mass_difference();
        biases.insert(LOG_NORMALIZER.into(), (factor * mass.value, factor.abs() * mass.stderr));
    }
    Ok(biases)
}

/// What is compared.
pub struct Witnesses<'a> {
    pub problem: &'a Problem,
    pub grid: &'a GridRun,
    pub grid_findings: &'a GridFindings,
    pub particles: &'a Population,
    pub particle_findings: &'a ParticleFindings,
    pub biases: &'a Bias,
}

/// Compares observables and densities.
pub fn study(witnesses: &Witnesses<'_>) -> (StudyFindings, Vec<Check>, Vec<Figure>) {
    let Observables { z_scores, mut checks, open } = observables(witnesses);
    let Witnesses { problem, grid, particles, .. } = witnesses;
    let cells = &grid.trajectory.grid;
    let axes: Vec<usize> = (0..cells.dimension()).collect();
    let bins = Bins::new(cells, &axes, BINS[cells.dimension() - 1]);
    let last = grid.trajectory.last();
    let exact = bins.gather(cells, &last.log_density);
    let histogram = particles.histogram(bins.len(), |x| bins.find(x));

    let distance = |share: &crate::particles::Mean, exact: &f64| (share.value - exact).abs();
    let inside: f64 = histogram.shares.iter().zip(&exact).map(|(s, e)| distance(s, e)).sum();
    let outside = (1.0 - histogram.shares.iter().map(|share| share.value).sum::<f64>()).max(0.0);
    let total_variation = 0.5 * (inside + outside);
    // E|N(0, s²)| = s √(2/π).
    let spread: f64 = histogram.shares.iter().map(|share| share.stderr).sum();
    let expected = 0.5 * spread * (2.0 / std::f64::consts::PI).sqrt();
    checks.extend(density_check(witnesses, &histogram, total_variation, expected));

    let w1 = (cells.dimension() == 1).then(|| {
        let fine = Bins::new(cells, &axes, usize::MAX);
        let shares = particles.histogram(fine.len(), |x| fine.find(x)).shares;
        let exact = fine.gather(cells, &last.log_density);
        let mut excess = 0.0;
        let sum: f64 = shares
            .iter()
            .zip(&exact)
            .map(|(share, exact)| {
                excess += share.value - exact;
                f64::abs(excess)
            })
            .sum();
        sum * cells.width(0)
    });

    // Without a standard error there is nothing to compare with.
    let made = z_scores.len() == problem.observables.len()
        && checks.len() > z_scores.len()
        && particles.degrees_of_freedom() >= FEWEST_DEGREES;
    let (verdict, why) = match checks.iter().find(|check| !check.passed) {
        Some(check) => {
            (Verdict::Fail, format!("{}: {:.3} exceeds {:.3}", check.name, check.value, check.threshold))
        }
        None if !open.is_empty() => (Verdict::Inconclusive, open.join("; ")),
        None if made => {
            (Verdict::Pass, format!("all {} comparisons agree within their errors", checks.len()))
        }
        None => (Verdict::Inconclusive, "too few particles, or too even ones, for standard errors".into()),
    };
    let findings = CompareFindings { total_variation, total_variation_expected: expected, w1, z_scores };
    let figures = density_figure::density(problem, grid, Some(particles));
    (StudyFindings::new(Outcome::Compare(findings), verdict, why), checks, figures)
}

/// What became of the observables and the log-normaliser.
#[derive(Default)]
struct Observables {
    z_scores: BTreeMap<String, f64>,
    checks: Vec<Check>,
    /// Why some could not be judged.
    open: Vec<String>,
}

impl Observables {
    /// Takes the judgement of one of them; the score, if there is one.
    fn take(&mut self, witnesses: &Witnesses<'_>, name: &str, judgement: Judgement) -> Option<f64> {
        let threshold = t_threshold(witnesses.particles.degrees_of_freedom());
        match judgement {
            Judgement::Score(z) => {
                self.checks.push(Check {
                    name: format!("{name}: particles agree with the grid"),
                    passed: z.abs() <= threshold,
                    value: z,
                    threshold,
                    why: "distance in standard errors beyond the grid's error, also as an oracle, and half the time-step bias; Student's t at 1e-9".into(),
                });
                Some(z)
            }
            Judgement::Open(why) => {
                self.open.push(format!("{name}: {why}"));
                None
            }
        }
    }
}

fn observables(witnesses: &Witnesses<'_>) -> Observables {
    let Witnesses { problem, grid_findings, particle_findings, .. } = witnesses;
    let mut found = Observables::default();
    for observable in &problem.observables {
        let name = &observable.name;
        let (Some(grid), Some(particle)) =
            (grid_findings.observables.get(name), particle_findings.observables.get(name))
        else {
            continue;
        };
        let oracle = oracle_error(witnesses, observable, grid.value);
        let judgement =
            score(&particle.evidence(), Some(particle.known_bias()), (grid.value, grid.error + oracle));
        if let Some(z) = found.take(witnesses, name, judgement) {
            found.z_scores.insert(name.clone(), z);
        }
    }
    // A start in one point has no entropy, which leaves a constant in the oracle free.
    let free = problem.normalized() && matches!(problem.initial, Initial::Point(_));
    // The mass of a normalised flow is kept by the particles as well.
    let kept = problem.normalized() && particle_findings.replicates.is_some();
    if problem.weighted() && !free && !kept {
        let particle = particle_findings.log_normalizer_evidence();
        let grid = (grid_findings.log_normalizer, grid_findings.log_normalizer_error);
        let judgement = score(&particle, witnesses.biases.get(LOG_NORMALIZER).copied(), grid);
        found.take(witnesses, LOG_NORMALIZER, judgement);
    }
    found
}

/// What the error of the grid as an oracle does to the particles; nothing if they read their own density.
fn oracle_error(witnesses: &Witnesses<'_>, observable: &Observable, value: f64) -> f64 {
    match witnesses.particle_findings.replicates {
        Some(_) => 0.0,
        None => witnesses.grid.oracle_error(witnesses.problem, observable, value),
    }
}

/// The estimate of particles, less the bias of their time step, against (value, error) of what they are compared with.
pub fn score(particle: &Evidence, bias: Option<(f64, f64)>, (exact, error): (f64, f64)) -> Judgement {
    let bias = bias.unwrap_or_default();
    // The bias is a leading-order estimate; half of it is allowed for the higher orders.
    particle.against(bias, exact, error + 0.5 * bias.0.abs())
}

/// The total variation should be what the noise makes it.
fn density_check(
    witnesses: &Witnesses<'_>,
    histogram: &Histogram,
    total_variation: f64,
    expected: f64,
) -> Option<Check> {
    // As many independent draws would give the same noise.
    let scatter: f64 = histogram.shares.iter().map(|share| share.value * (1.0 - share.value)).sum();
    let draws = scatter / histogram.noise;
    // ½ Σ ±p_k has a standard deviation of at most ½/√draws.
    let fluctuation = CONCENTRATION * 0.5 / draws.sqrt();
    // A shift of the law by the time step or the oracle shows in the observables first: the largest bias, in units of
    // the observable's spread, stands for the shift of the density.
    let shift = witnesses
        .problem
        .observables
        .iter()
        .filter_map(|observable| {
            let name = &observable.name;
            let estimate = witnesses.particle_findings.observables.get(name)?;
            let (bias, stderr) = witnesses.biases.get(name)?;
            let grid = witnesses.grid_findings.observables.get(name)?;
            let oracle = oracle_error(witnesses, observable, grid.value);
            let spread = estimate.stderr * draws.sqrt();
            (spread > 0.0).then(|| (bias.abs() + 3.0 * stderr + oracle) / spread)
        })
        .fold(0.0, f64::max);
    let threshold = expected + fluctuation + shift;
    threshold.is_finite().then(|| Check {
        name: "density: total variation is what the noise explains".into(),
        passed: total_variation <= threshold,
        value: total_variation,
        threshold,
        why: "mean of the noise, 6.5 standard deviations, and the bias of time step and oracle".into(),
    })
}
