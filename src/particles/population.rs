use super::Ensemble;
use crate::algebra::{LANES, Lanes};
use crate::model::Observable;
use rayon::prelude::*;
use std::ops::Range;

/// Largest number of islands.
const MOST_ISLANDS: usize = 64;
/// Smallest number of particles on an island.
const LEAST_INHABITANTS: usize = 64;

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The estimate.
    pub value: f64,
    /// Its standard error; NaN where too few independent groups are left to tell.
    pub stderr: f64,
}

/// A weighted histogram with standard errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Share of the (normalised) mass in each bin.
    pub shares: Vec<Mean>,
    /// Σ of the covariance matrix of the shares, ≥ 0: what Monte-Carlo noise adds to ‖shares − exact‖₂².
    pub noise: f64,
}

/// Weighted particles on *islands*: contiguous groups that resample among themselves only.
///
/// Particles of different islands stay independent whatever resampling does, so the spread between
/// islands gives standard errors that respect it, without genealogies (batch means; the weights
/// across islands are never equalised, which keeps the normaliser unbiased). Where nothing was
/// resampled, every particle is a group of its own.
#[derive(Clone, Debug)]
pub struct Population {
    /// The particles.
    pub ensemble: Ensemble,
    islands: Vec<Island>,
    resampled: bool,
}

/// One island.
#[derive(Clone, Debug)]
pub(super) struct Island {
    /// Its particles.
    pub members: Range<usize>,
    /// Log of the mean weights of its past resamplings.
    pub log_factor: f64,
}

impl Population {
    /// The particles of `ensemble` on islands.
    pub fn new(ensemble: Ensemble) -> Self {
        let count = ensemble.count();
        let islands = (count / LEAST_INHABITANTS).clamp(1, MOST_ISLANDS);
        let start = |island: usize| island * count / islands;
        let islands = (0..islands)
            .map(|island| Island { members: start(island)..start(island + 1), log_factor: 0.0 })
            .collect();
        Self { ensemble, islands, resampled: false }
    }

    /// Replaces each island for which `offspring` gives counts (from its members' log-weights since the
    /// last resampling); returns the number of islands that resampled.
    pub(super) fn resample(&mut self, mut offspring: impl FnMut(usize, &[f64]) -> Option<Vec<u32>>) -> u64 {
        let log_weights = self.ensemble.log_weights();
        let mut ancestors: Vec<usize> = Vec::new();
        let mut renewed = vec![false; self.islands.len()];
        for (index, island) in self.islands.iter_mut().enumerate() {
            let own = &log_weights[island.members.clone()];
            let Some(counts) = offspring(index, own) else {
                continue;
            };
            if ancestors.is_empty() {
                ancestors = (0..log_weights.len()).collect();
            }
            renewed[index] = true;
            let (largest, total) = scaled_sum(own);
            island.log_factor += largest + (total / own.len() as f64).ln();
            for (place, parent) in super::resampling::ancestors(&counts).into_iter().enumerate() {
                ancestors[island.members.start + place] = island.members.start + parent as usize;
            }
        }
        let resampled = renewed.iter().filter(|&&renewed| renewed).count() as u64;
        if resampled > 0 {
            let islands = &self.islands;
            self.ensemble.rearrange(&ancestors, |particle| {
                let island = islands.partition_point(|island| island.members.end <= particle);
                renewed[island]
            });
            self.resampled = true;
        }
        resampled
    }

    /// Number of islands.
    pub fn island_count(&self) -> usize {
        self.islands.len()
    }

    /// Normalised weights (Σ = 1) and the log of the mean unnormalised weight.
    pub fn weights(&self) -> (Vec<f64>, f64) {
        let mut weights = self.ensemble.log_weights();
        for island in &self.islands {
            for weight in &mut weights[island.members.clone()] {
                *weight += island.log_factor;
            }
        }
        let (largest, total) = scaled_sum(&weights);
        weights.par_iter_mut().for_each(|weight| *weight = (*weight - largest).exp() / total);
        let log_mean = largest + (total / weights.len() as f64).ln();
        (weights, log_mean)
    }

    /// (Σw)²/Σw².
    pub fn effective_sample_size(&self) -> f64 {
        effective_sample_size(&self.weights().0)
    }

    /// Degrees of freedom of the standard errors: independent groups minus one.
    pub fn degrees_of_freedom(&self) -> usize {
        if self.resampled { self.islands.len() - 1 } else { self.ensemble.count() - 1 }
    }

    /// Log of the mean weight, an estimate of log E exp(−∫c dt); the mean itself is unbiased.
    pub fn log_normalizer(&self) -> Mean {
        let (weights, log_mean) = self.weights();
        let share = 1.0 / weights.len() as f64;
        let influence = self.groups(weights.iter().map(|w| w - share));
        Mean { value: log_mean, stderr: stderr(&influence) }
    }

    /// Estimates of the means of several observables: self-normalised Σwφ/Σw, or (not `normalized`) the mean
    /// of wφ over all particles. Standard errors by the delta method over independent groups.
    pub fn means(&self, observables: &[Observable], normalized: bool) -> Vec<Mean> {
        let (weights, log_mean) = self.weights();
        let scale = if normalized { 1.0 } else { log_mean.exp() };
        let share = 1.0 / weights.len() as f64;
        let estimate = |observable: &Observable| {
            let values = self.ensemble.map(|x| observable.value(x));
            // A particle of weight 0 counts for nothing, even where φ is infinite.
            let product = |(w, φ): (&f64, &f64)| if *w == 0.0 { 0.0 } else { w * φ };
            let mean: f64 = weights.iter().zip(&values).map(product).sum();
            let influence = if normalized {
                self.groups(
                    weights.iter().zip(&values).map(|(w, φ)| if *w == 0.0 { 0.0 } else { w * (φ - mean) }),
                )
            } else {
                self.groups(weights.iter().zip(&values).map(|pair| product(pair) - mean * share))
            };
            Mean { value: scale * mean, stderr: scale * stderr(&influence) }
        };
        observables.iter().map(estimate).collect()
    }

    /// Normalised shares of the mass in `bins` bins; `bin` gives the bin of a point, if any.
    pub fn histogram(&self, bins: usize, bin: impl Fn(&[f64]) -> Option<usize> + Sync) -> Histogram {
        let (weights, _) = self.weights();
        let places = self.ensemble.map(|x| {
            let mut point = vec![0.0; x.len()];
            Lanes(std::array::from_fn::<_, LANES, _>(|lane| {
                for (coordinate, lanes) in point.iter_mut().zip(x) {
                    *coordinate = lanes.0[lane];
                }
                bin(&point).map_or(-1.0, |bin| bin as f64)
            }))
        });
        let whole = std::iter::once(0..weights.len());
        let groups: Vec<Range<usize>> = if self.resampled {
            self.islands.iter().map(|island| island.members.clone()).collect()
        } else {
            whole.collect()
        };
        let mut shares = vec![0.0; bins];
        // Σ over groups of (mass in the bin − share · mass of the group)², expanded.
        let (mut own, mut mixed, mut all) = (vec![0.0; bins], vec![0.0; bins], 0.0);
        let mut masses = vec![0.0; bins];
        for group in groups {
            masses.fill(0.0);
            let mut total = 0.0;
            for (weight, place) in weights[group.clone()].iter().zip(&places[group]) {
                total += weight;
                if *place >= 0.0 {
                    let k = *place as usize;
                    masses[k] += weight;
                    if !self.resampled {
                        own[k] += weight * weight;
                        mixed[k] += weight * weight;
                    }
                }
                if !self.resampled {
                    all += weight * weight;
                }
            }
            for k in 0..bins {
                shares[k] += masses[k];
                if self.resampled {
                    own[k] += masses[k] * masses[k];
                    mixed[k] += masses[k] * total;
                }
            }
            if self.resampled {
                all += total * total;
            }
        }
        let groups = self.degrees_of_freedom() as f64 + 1.0;
        let inflation = groups / (groups - 1.0);
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

    /// Sums of `influence` (one value a particle) over the independent groups.
    fn groups(&self, influence: impl Iterator<Item = f64>) -> Vec<f64> {
        if !self.resampled {
            return influence.collect();
        }
        let mut influence = influence;
        self.islands.iter().map(|island| influence.by_ref().take(island.members.len()).sum()).collect()
    }
}

/// (Σw)²/Σw² of weights of any positive scale.
pub(super) fn effective_sample_size(weights: &[f64]) -> f64 {
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    sum * sum / squares
}

/// (largest, Σ e^{value − largest}); the largest is 0 if all values are −∞.
fn scaled_sum(logs: &[f64]) -> (f64, f64) {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let largest = if largest == f64::NEG_INFINITY { 0.0 } else { largest };
    (largest, logs.iter().map(|log| (log - largest).exp()).sum())
}

/// Standard error of a sum of independent groups whose centred contributions are `influence`.
fn stderr(influence: &[f64]) -> f64 {
    let groups = influence.len() as f64;
    if groups < 2.0 {
        return f64::NAN;
    }
    (influence.iter().map(|i| i * i).sum::<f64>() * groups / (groups - 1.0)).sqrt()
}
