use super::transition::TransitionDensity;
use super::{Bandwidth, DensityEstimate};
use crate::algebra::Lanes;
use crate::kernel::{
    Cloud, KernelDensity, KernelError, Whitening, cross_validated, effective_sample_size, moments, scott,
    silverman,
};
use crate::particles::{Population, log_sum_exp};
use crate::schemes::Sde;
use rayon::prelude::*;
use std::ops::Range;

/// An estimate of log ρ of the leading coordinates, and what it has to know of the particles before they move.
pub(super) enum Estimate {
    /// The law of a step from the cloud.
    TransitionMixture {
        /// The Cholesky factor of its covariance.
        spread: Whitening,
        /// Where the drift alone takes the particles.
        centres: Vec<f64>,
        /// Their log-weights, with all of their past.
        log_weights: Vec<f64>,
    },
    /// The normal law with the moments of the cloud as it will be.
    Gaussian,
    /// A kernel density of the cloud as it will be.
    Kernel { bandwidth: Bandwidth, leave_one_out: bool },
}

impl Estimate {
    /// Takes note of the particles before a step; `transition` is the law of steps, where that is read.
    pub fn before_move(
        density: DensityEstimate,
        transition: Option<&TransitionDensity>,
        population: &Population,
        sde: &(dyn Sde<Lanes> + Sync),
    ) -> Self {
        match density {
            DensityEstimate::Gaussian => Self::Gaussian,
            DensityEstimate::Kernel { bandwidth, leave_one_out } => Self::Kernel { bandwidth, leave_one_out },
            DensityEstimate::TransitionMixture => {
                let transition = transition.expect("whoever reads the law of steps has it");
                let centres = transition.centres(&population.ensemble, sde);
                let (spread, log_weights) = (transition.spread.clone(), population.log_masses());
                Self::TransitionMixture { spread, centres, log_weights }
            }
        }
    }

    /// log ρ̂ at the places of the particles after the move, within `tolerance`, each in its own replicate; ρ̂ is a density
    /// of the first `dimension` coordinates.
    ///
    /// # Errors
    /// The first replicate whose density cannot be estimated, and why.
    pub fn log_density(
        &self,
        population: &Population,
        dimension: usize,
        tolerance: f64,
    ) -> Result<Vec<f64>, (usize, KernelError)> {
        let leading = |x: &[Lanes], out: &mut [Lanes]| out.copy_from_slice(&x[..dimension]);
        let points = population.ensemble.points(dimension, leading);
        let moved_weights = match self {
            Self::TransitionMixture { .. } => Vec::new(),
            Self::Gaussian | Self::Kernel { .. } => population.log_masses(),
        };
        let replicate = |members: Range<usize>| {
            let coordinates = members.start * dimension..members.end * dimension;
            let targets = &points[coordinates.clone()];
            Ok(match self {
                Self::TransitionMixture { spread, centres, log_weights } => {
                    let cloud = Cloud {
                        dimension,
                        points: &centres[coordinates],
                        log_weights: &log_weights[members],
                    };
                    let mixture = KernelDensity::new(cloud, spread.clone(), 1.0)?;
                    mixture.log_density(targets, tolerance)?.values
                }
                Self::Gaussian => normal_density(Cloud {
                    dimension,
                    points: targets,
                    log_weights: &moved_weights[members],
                })?,
                Self::Kernel { bandwidth, leave_one_out } => {
                    let cloud = Cloud { dimension, points: targets, log_weights: &moved_weights[members] };
                    let density = kernel_density(cloud, *bandwidth)?;
                    if *leave_one_out {
                        let mut others = density.leave_one_out(tolerance)?.values;
                        give_all_mass(&mut others, cloud.log_weights);
                        others
                    } else {
                        density.log_density(targets, tolerance)?.values
                    }
                }
            })
        };
        let replicates: Vec<Range<usize>> = population.members().collect();
        let values: Vec<Result<Vec<f64>, KernelError>> = replicates.into_par_iter().map(replicate).collect();
        let mut log_density = Vec::with_capacity(population.ensemble.count());
        for (replicate, values) in values.into_iter().enumerate() {
            log_density.extend(values.map_err(|error| (replicate, error))?);
        }
        Ok(log_density)
    }

    /// How many particles the kernel of one holds, on average over the mass: the inverse of the share that a particle's own kernel
    /// has in the mixture at its place, where `log_density` is. `None` where the mixture is not read.
    pub fn neighbours(&self, population: &Population, dimension: usize, log_density: &[f64]) -> Option<f64> {
        let Self::TransitionMixture { spread, centres, log_weights } = self else { return None };
        let leading = |x: &[Lanes], out: &mut [Lanes]| out.copy_from_slice(&x[..dimension]);
        let points = population.ensemble.points(dimension, leading);
        let offsets: Vec<f64> = points.iter().zip(centres).map(|(x, y)| x - y).collect();
        let top = -spread.log_determinant() - 0.5 * dimension as f64 * (2.0 * std::f64::consts::PI).ln();
        let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let whitened = spread.apply(&offsets);
        let each = whitened.chunks_exact(dimension).zip(log_weights.iter().zip(log_density));
        let [shares, mass] = each.fold([0.0, 0.0], |[shares, mass], (z, (log_w, log_ρ))| {
            let weight = (log_w - largest).exp();
            let own = log_w + top - 0.5 * z.iter().map(|z| z * z).sum::<f64>() - log_ρ;
            if weight > 0.0 { [shares + weight * own.exp().min(1.0), mass + weight] } else { [shares, mass] }
        });
        Some(mass / shares)
    }
}

/// log of (mass of the cloud)·N(y; m, C) at its own points, with its mean m and covariance C.
fn normal_density(cloud: Cloud<'_>) -> Result<Vec<f64>, KernelError> {
    let d = cloud.dimension;
    let (mean, covariance) = moments(cloud)?;
    let whitening = Whitening::new(d, &covariance)?;
    let offsets: Vec<f64> =
        cloud.points.chunks_exact(d).flat_map(|y| y.iter().zip(&mean).map(|(y, m)| y - m)).collect();
    let unit = 0.5 * d as f64 * (2.0 * std::f64::consts::PI).ln();
    let top = log_sum_exp(cloud.log_weights) - whitening.log_determinant() - unit;
    let squares = |z: &[f64]| z.iter().map(|z| z * z).sum::<f64>();
    Ok(whitening.apply(&offsets).chunks_exact(d).map(|z| top - 0.5 * squares(z)).collect())
}

fn kernel_density(cloud: Cloud<'_>, bandwidth: Bandwidth) -> Result<KernelDensity, KernelError> {
    let dimension = cloud.dimension;
    let whitening = match bandwidth {
        Bandwidth::Fixed(_) => Whitening::identity(dimension),
        Bandwidth::Silverman | Bandwidth::Scott | Bandwidth::CrossValidated => Whitening::of(cloud)?,
    };
    let size = effective_sample_size(cloud.log_weights);
    let factor = match bandwidth {
        Bandwidth::Fixed(deviation) => deviation,
        Bandwidth::Silverman => silverman(dimension, size),
        Bandwidth::Scott => scott(dimension, size),
        Bandwidth::CrossValidated => {
            let points = whitening.apply(cloud.points);
            cross_validated(Cloud { points: &points, ..cloud }, silverman(dimension, size))?
        }
    };
    KernelDensity::new(cloud, whitening, factor)
}

/// Sums over all others lack the mass of the particle itself: they are raised to the mass of all.
fn give_all_mass(log_sums: &mut [f64], log_weights: &[f64]) {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = log_weights.iter().map(|log| (log - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    for (value, weight) in log_sums.iter_mut().zip(&weights) {
        *value -= (-weight / total).ln_1p();
    }
}
