//! What ensembles do not see of their target, and what the Gaussian closure and wide kernels do to their means.

use super::findings::ParticleFindings;
use crate::model::{Dynamics, Initial, Potential, Problem};
use crate::particles::mean_field::{Bandwidth, DensityEstimate, simulate_mean_field};
use crate::particles::{Mean, MeanField, ParticleSettings, Population, Watch};

/// A part of the target that matters.
const NOTABLE: f64 = 0.03;
/// Standard errors that are no chance and no bias of the step.
const SEEN: f64 = 5.0;
/// The closure is off for certain from so many standard errors of the difference on: 1e-3 by chance, for a warning.
const OFF: f64 = 3.29;
/// The transition mixture is a reference up to this dimension, and up to so many particles in a replicate.
const MIXTURE: (usize, usize) = (3, 10_000);
/// Share of a deviation of the particles from which on a kernel is no narrow one, so that its bias does not fall like its
/// squared width.
const WIDE: f64 = 0.5;
/// Particles within the kernel of one, on average, from which on the bias of a density of theirs falls like 1/N.
const NEIGHBOURS: f64 = 10.0;
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

/// What the density that the particles read is off by where its form is not that of their law: their `means` against those of
/// an ensemble that reads the transition mixture; in many dimensions, where that is no reference, what of the form is wrong.
pub fn closure_warnings(
    problem: &Problem,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    population: &Population,
    means: &[Mean],
) -> Vec<String> {
    let (density, why, unknown) = match mean_field.density {
        DensityEstimate::Gaussian if !stays_normal(problem) => {
            ("gaussian", "takes the particles for normal".to_string(), not_normal(problem, population))
        }
        DensityEstimate::Kernel { bandwidth: Bandwidth::Fixed(width), .. } => {
            let deviation = narrowest(problem, population);
            if width <= WIDE * deviation {
                return Vec::new();
            }
            let why = format!("has kernels {width} wide, where the particles deviate by {deviation:.2}");
            let unknown = format!("bias: density = \"kernel\" {why}: how far the means are off is not known");
            ("kernel", why, Some(unknown))
        }
        _ => return Vec::new(),
    };
    let Some(mixture) = by_mixture(problem, settings, mean_field) else {
        return Vec::from_iter(unknown);
    };
    let warn = |(name, (own, other)): (&str, (&Mean, &Mean))| {
        let (off, doubt) = (own.value - other.value, own.stderr.hypot(other.stderr));
        (off.abs() > OFF * doubt && off.abs() > own.stderr).then(|| {
            format!(
                "bias: the mean of {name} is off by about {off:.1e}, {:.1} standard errors, as density = \"{density}\" {why} (with \
                 \"transition-mixture\" it is {:.4} ± {:.0e}): take another density",
                off.abs() / own.stderr,
                other.value,
                other.stderr
            )
        })
    };
    let names = problem.observables.iter().map(|observable| observable.name.as_str());
    names.zip(means.iter().zip(&mixture)).filter_map(warn).collect()
}

/// Particles that cannot tell the density at their places, as their kernels hold too few of them.
pub fn lonely(found: &ParticleFindings) -> Option<String> {
    let few = found.neighbours.filter(|count| *count < NEIGHBOURS)?;
    Some(format!(
        "bias: the kernel of a particle holds {few:.1} of them on average, where a density needs {NEIGHBOURS}: the means and \
         log_evidence are off by more than is measured, and more particles help slowly; with several coordinates take density = \
         \"gaussian\", or dynamics = \"annealed\" for the target's means and evidence"
    ))
}

/// Whether the law is normal at every time.
fn stays_normal(problem: &Problem) -> bool {
    let normal_start = match &problem.initial {
        Initial::Mixture(start) => start.components().len() == 1,
        Initial::Point(_) => true,
    };
    normal_start && problem.dynamics.potential().is_none_or(Potential::is_quadratic)
}

/// The smallest standard deviation of a coordinate.
fn narrowest(problem: &Problem, population: &Population) -> f64 {
    let weights = population.shares();
    let deviation = |axis: usize| central_moments(population, &weights, axis)[0].sqrt();
    (0..problem.dimension()).map(deviation).fold(f64::INFINITY, f64::min)
}

/// The second, third and fourth central moment of a coordinate.
fn central_moments(population: &Population, weights: &[f64], axis: usize) -> [f64; 3] {
    let x = population.ensemble.map(|x| x[axis]);
    let mean = |f: &dyn Fn(f64) -> f64| weights.iter().zip(&x).map(|(w, x)| w * f(*x)).sum::<f64>();
    let centre = mean(&|x| x);
    [2, 3, 4].map(|k| mean(&|x| (x - centre).powi(k)))
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
        let [square, cube, fourth] = central_moments(population, &weights, axis);
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
