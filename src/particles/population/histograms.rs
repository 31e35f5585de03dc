//! Histograms of weighted particles, and of their weights.

use super::{Island, Mean, Population};
use crate::algebra::elementary::exp_of_negative;
use rayon::prelude::*;

/// A weighted histogram with standard errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Share of the (normalised) mass in each bin.
    pub shares: Vec<Mean>,
    /// Σ of the covariance matrix of the shares, ≥ 0: what Monte-Carlo noise adds to ‖shares − exact‖₂².
    pub noise: f64,
}

/// Shares of the particles by the logarithm of their weight, relative to the mean weight.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightHistogram {
    /// Lower end of the first bin.
    pub low: f64,
    /// Upper end of the last bin.
    pub high: f64,
    /// Share of all particles in each bin; those of weight 0 are in none.
    pub shares: Vec<f64>,
}

impl Population {
    /// Normalised shares of the mass in `bins` bins; `bin` gives the bin of a point, if any.
    pub fn histogram(&self, bins: usize, bin: impl Fn(&[f64]) -> Option<usize> + Sync) -> Histogram {
        let log_total = self.log_total();
        // Of every island, in every bin: Σw and Σw².
        let count_island = |island: &Island| {
            let mut masses = vec![[0.0; 2]; bins];
            let mut whole = [0.0; 2];
            let mut point = vec![0.0; self.ensemble.dimension()];
            for batch in self.ensemble.batches(island.members.clone()) {
                for lane in batch.members.clone() {
                    let w = exp_of_negative(batch.log_weight.0[lane] + island.log_factor - log_total);
                    for (coordinate, lanes) in point.iter_mut().zip(batch.x) {
                        *coordinate = lanes.0[lane];
                    }
                    let bin = bin(&point).map(|k| &mut masses[k]);
                    for [sum, squares] in std::iter::once(&mut whole).chain(bin) {
                        *sum += w;
                        *squares += w * w;
                    }
                }
            }
            (masses, whole)
        };
        let islands: Vec<_> = self.islands.par_iter().map(count_island).collect();
        let mut shares = vec![0.0; bins];
        // Σ over groups of (mass in the bin − share · mass of the group)², expanded.
        let (mut own, mut mixed, mut all) = (vec![0.0; bins], vec![0.0; bins], 0.0);
        for (masses, [mass, squares]) in islands {
            // As in the jackknife, an island counts by what is left without it.
            let rest = (1.0 - mass).powi(-2);
            for (k, [sum, squares]) in masses.into_iter().enumerate() {
                shares[k] += sum;
                own[k] += if self.resampled { rest * sum * sum } else { squares };
                mixed[k] += if self.resampled { rest * sum * mass } else { squares };
            }
            all += if self.resampled { rest * mass * mass } else { squares };
        }
        let groups = if self.resampled { self.islands.len() } else { self.ensemble.count() } as f64;
        let inflation = if self.resampled { (groups - 1.0) / groups } else { groups / (groups - 1.0) };
        let variance =
            |k: usize| inflation * (own[k] - 2.0 * shares[k] * mixed[k] + shares[k] * shares[k] * all);
        let variances: Vec<f64> = (0..bins).map(|k| variance(k).max(0.0)).collect();
        Histogram {
            noise: variances.iter().sum(),
            shares: shares
                .iter()
                .zip(&variances)
                .map(|(&value, v)| Mean { value, stderr: v.sqrt() })
                .collect(),
        }
    }

    /// How the logarithms of the positive weights spread, in `bins` equal bins; `None` if they are all the same.
    pub fn weight_histogram(&self, bins: usize) -> Option<WeightHistogram> {
        let log_mean = self.log_total() - (self.ensemble.count() as f64).ln();
        let logs = || {
            self.islands.iter().flat_map(|island| {
                let relative = island.log_factor - log_mean;
                self.ensemble
                    .batches(island.members.clone())
                    .flat_map(move |batch| batch.log_weight.0.map(|log| log + relative))
                    .filter(|log| *log > f64::NEG_INFINITY)
            })
        };
        let low = logs().fold(f64::INFINITY, f64::min);
        let high = logs().fold(f64::NEG_INFINITY, f64::max);
        // Without any weight, low is above high.
        if high <= low + 1e-9 {
            return None;
        }
        let mut shares = vec![0.0; bins];
        for log in logs() {
            let bin = ((log - low) / (high - low) * bins as f64) as usize;
            shares[bin.min(bins - 1)] += 1.0 / self.ensemble.count() as f64;
        }
        Some(WeightHistogram { low, high, shares })
    }
}
