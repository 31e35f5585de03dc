//! What ensembles do not see of their target, and what the Gaussian closure and wide kernels do to their means.

use super::findings::ParticleFindings;
use crate::model::{Dynamics, Initial, Potential, Problem};
use crate::particles::mean_field::{Bandwidth, DensityEstimate, simulate_mean_field};
use crate::particles::{Mean, MeanField, ParticleSettings, Population, Watch};
use faer::{Mat, Side};

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
    moments(weights, &population.ensemble.map(|x| x[axis]))
}

/// The second, third and fourth central moment of values with weights of the sum 1.
fn moments(weights: &[f64], values: &[f64]) -> [f64; 3] {
    let mean = |f: &dyn Fn(f64) -> f64| weights.iter().zip(values).map(|(w, x)| w * f(*x)).sum::<f64>();
    let centre = mean(&|x| x);
    [2, 3, 4].map(|k| mean(&|x| (x - centre).powi(k)))
}

/// Skewness and excess kurtosis.
fn shape([square, cube, fourth]: [f64; 3]) -> [f64; 2] {
    [cube / square.powf(1.5), fourth / (square * square) - 3.0]
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

/// The first coordinate, or else direction, whose skewness or excess kurtosis is not that of a normal law.
fn not_normal(problem: &Problem, population: &Population) -> Option<String> {
    let draws = population.summary().ess;
    let weights = population.shares();
    let told = |who: String, [skewness, excess]: [f64; 2], draws: f64| {
        // Standard errors under a normal law.
        let noise = [6.0, 24.0].map(|variance| SEEN * f64::sqrt(variance / draws));
        let seen = skewness.abs() > NOT_NORMAL[0].max(noise[0]) || excess.abs() > NOT_NORMAL[1].max(noise[1]);
        seen.then(|| {
            format!(
                "bias: density = \"gaussian\" takes the particles for normal, but {who} has skewness {skewness:.2} and excess \
                 kurtosis {excess:.2}: how far the means are off is not known"
            )
        })
    };
    let along = |axis: usize| {
        let own = shape(central_moments(population, &weights, axis));
        told(format!("coordinate {}", axis + 1), own, draws)
    };
    let across = || {
        let white = White::new(problem, population, &weights)?;
        white.directions().into_iter().find_map(|(direction, moments)| {
            let largest =
                (0..direction.len()).max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs()))?;
            let sign = direction[largest].signum();
            let shown: Vec<String> = direction.iter().map(|x| format!("{:.2}", sign * x)).collect();
            told(format!("the direction ({})", shown.join(", ")), moments, 0.5 * draws)
        })
    };
    (0..problem.dimension()).find_map(along).or_else(across)
}

/// Particles in coordinates with mean 0 and unit covariance: those with even and with odd numbers.
struct White {
    /// Takes a direction of the white coordinates to one of the particles.
    back: Mat<f64>,
    /// Of each side: coordinates by particle, and weights with the sum 1.
    sides: [(Vec<Vec<f64>>, Vec<f64>); 2],
}

impl White {
    /// `None` if the particles have no spread in some direction, or one coordinate alone.
    fn new(problem: &Problem, population: &Population, weights: &[f64]) -> Option<Self> {
        let d = problem.dimension();
        if d < 2 {
            return None;
        }
        let mut columns: Vec<Vec<f64>> = (0..d).map(|axis| population.ensemble.map(|x| x[axis])).collect();
        for column in &mut columns {
            let mean: f64 = weights.iter().zip(&*column).map(|(w, x)| w * x).sum();
            column.iter_mut().for_each(|x| *x -= mean);
        }
        let product = |a: &[f64], b: &[f64]| -> f64 { (0..a.len()).map(|k| weights[k] * a[k] * b[k]).sum() };
        let covariance = Mat::from_fn(d, d, |i, j| product(&columns[i], &columns[j]));
        let eigen = covariance.self_adjoint_eigen(Side::Lower).ok()?;
        let (values, vectors) = (eigen.S().column_vector(), eigen.U());
        if !(0..d).all(|k| values[k] > 0.0 && values[k].is_finite()) {
            return None;
        }
        let back = Mat::from_fn(d, d, |i, k| vectors[(i, k)] / values[k].sqrt());
        let side = |parity: usize| {
            let own = (parity..weights.len()).step_by(2);
            let white =
                |n: usize| (0..d).map(|k| (0..d).map(|i| back[(i, k)] * columns[i][n]).sum()).collect();
            let total: f64 = own.clone().map(|n| weights[n]).sum();
            (own.clone().map(white).collect(), own.map(|n| weights[n] / total).collect())
        };
        let sides = [side(0), side(1)];
        Some(Self { back, sides })
    }

    /// Directions along which the law may not be normal, found from one half of the particles: the eigenvectors of E[|y|² y yᵀ]
    /// (Cardoso 1989) and E[|y|² y]; with skewness and excess kurtosis along them in the other half, so that the choice favours nothing.
    fn directions(&self) -> Vec<(Vec<f64>, [f64; 2])> {
        let [(places, weights), (others, their_weights)] = &self.sides;
        let d = self.back.nrows();
        let (mut fourth, mut third) = (Mat::<f64>::zeros(d, d), vec![0.0; d]);
        for (y, w) in places.iter().zip(weights) {
            let square = w * y.iter().map(|y| y * y).sum::<f64>();
            for i in 0..d {
                third[i] += square * y[i];
                (0..=i).for_each(|j| fourth[(i, j)] += square * y[i] * y[j]);
            }
        }
        let Ok(eigen) = fourth.self_adjoint_eigen(Side::Lower) else { return Vec::new() };
        let vectors = eigen.U();
        let found = (0..d).map(|k| (0..d).map(|i| vectors[(i, k)]).collect::<Vec<f64>>());
        let along = |direction: &[f64]| -> Vec<f64> {
            others.iter().map(|y| y.iter().zip(direction).map(|(y, u)| y * u).sum()).collect()
        };
        found
            .chain([third])
            .map(|direction| {
                // zᵀy = (back z)ᵀx: the direction as the coordinates have it, of length 1.
                let own: Vec<f64> =
                    (0..d).map(|i| (0..d).map(|k| self.back[(i, k)] * direction[k]).sum()).collect();
                let length = own.iter().map(|x| x * x).sum::<f64>().sqrt();
                let moments = moments(their_weights, &along(&direction));
                (own.iter().map(|x| x / length).collect(), shape(moments))
            })
            .collect()
    }
}
