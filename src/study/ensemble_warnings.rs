//! What ensembles do not see of their target, and what the Gaussian closure does to their means.

use super::findings::ParticleFindings;
use crate::model::{Dynamics, Initial, Potential, Problem};
use crate::particles::mean_field::{DensityEstimate, simulate_mean_field};
use crate::particles::{Mean, MeanField, ParticleSettings, Population, Watch};

/// A part of the target that matters.
const NOTABLE: f64 = 0.03;
/// Standard errors that are no chance and no bias of the step.
const SEEN: f64 = 5.0;
/// The closure is off for certain from so many standard errors of the difference on: 1e-3 by chance, for a warning.
const OFF: f64 = 3.29;
/// The transition mixture is a reference up to this dimension, and up to so many particles in a replicate.
const MIXTURE: (usize, usize) = (3, 10_000);
/// Skewness and excess kurtosis of a law that is not normal, to be seen in the means.
const NOT_NORMAL: [f64; 2] = [0.1, 0.2];

/// A mixture has log ∫e^{−V} = 0: where the particles have another value, they do not see all of it.
pub fn missed_evidence(problem: &Problem, found: &ParticleFindings) -> Option<String> {
    let target = problem.dynamics.potential()?;
    let (value, stderr) = found.log_evidence.zip(found.log_evidence_stderr)?;
    let seen = value.abs() > NOTABLE.max(SEEN * stderr);
    (matches!(target, Potential::Mixture(_)) && seen).then(|| {
        format!(
            "rare: log ∫e^{{−V}} is {value:.3} ± {stderr:.1e} by the particles, but 0 for a mixture: they miss a part of the target, \
             or see it too little; take a wider start, more particles or a longer path"
        )
    })
}

/// What the Gaussian closure is off by where the law of the particles is not normal: their `means` against those of an ensemble
/// that reads the transition mixture; in many dimensions, where that is no reference, what of the particles is not normal.
pub fn closure_warnings(
    problem: &Problem,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    population: &Population,
    means: &[Mean],
) -> Vec<String> {
    let normal_start = match &problem.initial {
        Initial::Mixture(start) => start.components().len() == 1,
        Initial::Point(_) => true,
    };
    let normal_target = problem.dynamics.potential().is_none_or(Potential::is_quadratic);
    if mean_field.density != DensityEstimate::Gaussian || (normal_start && normal_target) {
        return Vec::new();
    }
    let Some(mixture) = by_mixture(problem, settings, mean_field) else {
        return Vec::from_iter(not_normal(problem, population));
    };
    let warn = |(name, (own, other)): (&str, (&Mean, &Mean))| {
        let (off, doubt) = (own.value - other.value, own.stderr.hypot(other.stderr));
        (off.abs() > OFF * doubt && off.abs() > own.stderr).then(|| {
            format!(
                "bias: the mean of {name} is off by about {off:.1e}, {:.1} standard errors, as density = \"gaussian\" takes the \
                 particles for normal (with \"transition-mixture\" it is {:.4} ± {:.0e}): take another density",
                off.abs() / own.stderr,
                other.value,
                other.stderr
            )
        })
    };
    let names = problem.observables.iter().map(|observable| observable.name.as_str());
    names.zip(means.iter().zip(&mixture)).filter_map(warn).collect()
}

/// The means of an ensemble that reads the transition mixture, where that is a reference.
fn by_mixture(problem: &Problem, settings: &ParticleSettings, mean_field: &MeanField) -> Option<Vec<Mean>> {
    let (dimension, most) = MIXTURE;
    if !matches!(problem.dynamics, Dynamics::GradientFlow(_)) || problem.dimension() > dimension {
        return None;
    }
    let mean_field = MeanField { density: DensityEstimate::TransitionMixture, ..*mean_field };
    // Another seed, so that the runs are independent.
    let seed = settings.seed.wrapping_add(1 << 35);
    let count = settings.count.min(most);
    let settings = ParticleSettings { count, seed, mean_field: Some(mean_field), ..settings.clone() };
    let population = simulate_mean_field(problem, &settings, &mean_field, Watch::default()).population?;
    Some(population.means(&problem.observables, problem.normalized()))
}

/// The first coordinate whose skewness or excess kurtosis is not that of a normal law.
fn not_normal(problem: &Problem, population: &Population) -> Option<String> {
    let draws = population.summary().ess;
    let weights = population.shares();
    (0..problem.dimension()).find_map(|axis| {
        let x = population.ensemble.map(|x| x[axis]);
        let mean = |f: &dyn Fn(f64) -> f64| weights.iter().zip(&x).map(|(w, x)| w * f(*x)).sum::<f64>();
        let centre = mean(&|x| x);
        let [square, cube, fourth] = [2, 3, 4].map(|k| mean(&|x| (x - centre).powi(k)));
        let (skewness, excess) = (cube / square.powf(1.5), fourth / (square * square) - 3.0);
        // Standard errors under a normal law.
        let noise = [6.0, 24.0].map(|variance| SEEN * f64::sqrt(variance / draws));
        let seen = skewness.abs() > NOT_NORMAL[0].max(noise[0]) || excess.abs() > NOT_NORMAL[1].max(noise[1]);
        seen.then(|| {
            format!(
                "bias: density = \"gaussian\" takes the particles for normal, but coordinate {} has skewness {skewness:.2} and excess \
                 kurtosis {excess:.2}: how far the means are off is not known",
                axis + 1
            )
        })
    })
}
