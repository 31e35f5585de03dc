use super::reaction::{CloudReaction, Transport};
use crate::algebra::{Lanes, Real, Scalar};
use crate::kernel::{KernelError, Whitening};
use crate::particles::Ensemble;
use crate::schemes::{EulerMaruyama, Kinetic, Sde, Step, StochasticExponentialEuler, Transition as Chain};
use crate::symbolic::Variate;

/// The law of one step from a given point, N(m(x), Σ_h): that of Euler–Maruyama, or for kinetic dynamics that of the
/// stochastic exponential Euler scheme, whose force is frozen over the step. Only the leading coordinates that the reaction
/// reads are kept.
pub(super) struct TransitionDensity {
    scheme: &'static dyn Chain,
    h: f64,
    coordinates: usize,
    /// The Cholesky factor of Σ_h.
    pub spread: Whitening,
}

impl TransitionDensity {
    /// The law of steps of length `h` in `dimension` dimensions.
    ///
    /// Steps are affine in their noise, so a step from 0 without a force, of one unit of one variate, is a column of the
    /// factor of Σ_h: the scheme's own code gives its covariance.
    pub fn new(reaction: CloudReaction<'_>, dimension: usize, h: f64) -> Result<Self, KernelError> {
        let scheme: &'static dyn Chain = match reaction {
            CloudReaction::Overdamped(_) => &EulerMaruyama::GAUSSIAN,
            CloudReaction::Kinetic(_) => &Kinetic(StochasticExponentialEuler),
        };
        let coordinates = reaction.coordinates(dimension);
        let free: Transport = reaction.transport().free(dimension);
        let equation = free.equation(dimension);
        let variates = scheme.variates(equation.noise_dimension());
        let mut covariance = vec![0.0; coordinates * coordinates];
        for (place, variate) in variates.iter().enumerate() {
            let variance = match variate {
                Variate::Gaussian | Variate::ThreePoint | Variate::TwoPoint => 1.0,
                Variate::SpaceTimeArea => 1.0 / 12.0,
            };
            let mut noise = vec![Lanes::zero(); variates.len()];
            noise[place] = Lanes::constant(1.0);
            let mut column = vec![Lanes::zero(); dimension];
            step(scheme, equation.as_ref(), 0.0, h, &mut column, &noise);
            for (row, a) in covariance.chunks_exact_mut(coordinates).zip(&column) {
                for (entry, b) in row.iter_mut().zip(&column) {
                    *entry += variance * a.first() * b.first();
                }
            }
        }
        Ok(Self { scheme, h, coordinates, spread: Whitening::new(coordinates, &covariance)? })
    }

    /// Where a step without noise takes the particles, point after point.
    pub fn centres(&self, ensemble: &Ensemble, sde: &(dyn Sde<Lanes> + Sync)) -> Vec<f64> {
        let silence = vec![Lanes::zero(); self.scheme.variates(sde.noise_dimension()).len()];
        ensemble.points(self.coordinates, |x, out| {
            let mut x = x.to_vec();
            step(self.scheme, sde, ensemble.time(), self.h, &mut x, &silence);
            out.copy_from_slice(&x[..out.len()]);
        })
    }
}

fn step(scheme: &dyn Chain, sde: &dyn Sde<Lanes>, t: f64, h: f64, x: &mut [Lanes], noise: &[Lanes]) {
    let [t, h, sqrt_h] = [t, h, h.sqrt()].map(Lanes::constant);
    let mut work = vec![Lanes::zero(); scheme.claims().work_vectors * x.len()];
    scheme.advance(sde, &Step { t, h, sqrt_h }, x, noise, &mut work);
}
