use super::reaction::CloudReaction;
use super::{Bandwidth, DensityEstimate, MeanField, simulate_mean_field};
use crate::model::Problem;
use crate::particles::{Mean, ParticleSettings, Watch};

/// By how much fewer particles there are in the ensembles that the bias is measured with, where it falls like 1/N.
pub const FEWER: f64 = 4.0;
/// How many more ensembles there are where the bias does no more than double, so that it is seen.
const MORE: usize = 4;
/// The fewest particles of an ensemble that can be halved.
const FEWEST: usize = 32;
/// Standard errors beyond which a bias is there.
const SEEN: f64 = 3.0;

/// The bias of an observable's mean by the number of particles of each ensemble, or by the width of its kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnsembleBias {
    /// Ensemble minus limit, in the leading order.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
}

impl EnsembleBias {
    /// Whether it is there for certain, and at least as large as the standard error of the mean.
    pub fn matters(&self, mean_stderr: f64) -> bool {
        self.value.abs() > SEEN * self.stderr && self.value.abs() > mean_stderr
    }
}

/// The size that the bias of a mean by the Gaussian closure has by theory, to a factor of about three, for an observable of this
/// `deviation` in the law of the particles and `draws` effective draws in all replicates; 0 with another density.
///
/// Entries Ĉ_jk of the covariance fluctuate by 1/√n, n draws in a replicate, and so move the means m_j, by which the fluctuations
/// enter the products Ĉ_jk m_k of the reaction d times: d·s²/2·deviation/n with s = 1 − e^{−βT}. With n well below d², the bias of
/// a quarter of the particles is less than four times as large, and the measured one too small.
pub fn closure_bias(problem: &Problem, mean_field: &MeanField, draws: f64, deviation: f64) -> f64 {
    let Some(reaction) =
        CloudReaction::of(problem).filter(|_| mean_field.density == DensityEstimate::Gaussian)
    else {
        return 0.0;
    };
    let dimension = reaction.coordinates(problem.dimension()) as f64;
    let share = -(-reaction.rate() * problem.horizon).exp_m1();
    0.5 * share * share * (dimension + 2.0) * mean_field.replicates as f64 / draws * deviation
}

/// The bias of `means`, which are those of a run with these settings, for every observable: the density that the reaction reads is
/// that of a finite ensemble, or smoothed by a kernel.
///
/// It is measured by a run of its own. With the normal law and the mixture it falls like 1/N (moments that fluctuate enter the
/// reaction in products, d of them for each coordinate), so a quarter of the particles has four times the bias. The bias of a kernel is that of its squared width: a wider one, by a factor of √2, doubles it; the rules of thumb
/// have it with N·2^{−(d+4)/2} particles. `None` where these are too few, or break down.
pub fn ensemble_bias(
    problem: &Problem,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    means: &[Mean],
) -> Option<Vec<EnsembleBias>> {
    let dimension = problem.dimension() as f64;
    let (fewer, density, growth, more) = match mean_field.density {
        DensityEstimate::Gaussian | DensityEstimate::TransitionMixture => {
            (FEWER, mean_field.density, FEWER, 1)
        }
        DensityEstimate::Kernel { bandwidth: Bandwidth::Fixed(width), leave_one_out } => {
            let bandwidth = Bandwidth::Fixed(width * std::f64::consts::SQRT_2);
            (FEWER, DensityEstimate::Kernel { bandwidth, leave_one_out }, 2.0, MORE)
        }
        DensityEstimate::Kernel { .. } => (2f64.powf(0.5 * (dimension + 4.0)), mean_field.density, 2.0, MORE),
    };
    let count = (settings.count as f64 / fewer) as usize;
    if count < FEWEST || mean_field.replicates < 2 {
        return None;
    }
    let mean_field = MeanField { density, replicates: more * mean_field.replicates, ..*mean_field };
    // Another seed, so that the runs are independent.
    let seed = settings.seed.wrapping_add(1 << 34);
    let coarse = ParticleSettings { count, seed, mean_field: Some(mean_field), ..settings.clone() };
    let population = simulate_mean_field(problem, &coarse, &mean_field, Watch::default()).population?;
    let coarse = population.means(&problem.observables, problem.normalized());
    let bias = |(fine, coarse): (&Mean, Mean)| EnsembleBias {
        value: (coarse.value - fine.value) / (growth - 1.0),
        stderr: coarse.stderr.hypot(fine.stderr) / (growth - 1.0),
    };
    Some(means.iter().zip(coarse).map(bias).collect())
}
