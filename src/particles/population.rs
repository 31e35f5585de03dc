use super::ensemble::Batch;
use super::resampling::ancestors;
use super::{Ensemble, ParticleBreakdown, Stream, WeightFault, Weights, log_sum_exp};
use crate::algebra::elementary::exp_of_negative;
use crate::algebra::simd::vectorized;
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::Observable;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

mod histograms;
mod replicates;
mod spread;

pub use histograms::{Histogram, WeightHistogram};

/// Largest number of islands.
const MOST_ISLANDS: usize = 64;
/// Smallest number of particles on an island.
const LEAST_INHABITANTS: usize = 64;

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The estimate.
    pub value: f64,
    /// Its standard error; NaN where too few independent groups are left to tell.
    pub stderr: f64,
}

/// The weights as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Log of the mean weight.
    pub log_normalizer: f64,
    /// Effective sample size, (Σw)²/Σw²; 0 if all weights are 0.
    pub ess: f64,
    /// −ΣW log W of the normalised weights, in nats: log N for even weights, 0 for a single one.
    pub entropy: f64,
    /// Number of particles at time 0 that have offspring of positive weight.
    pub ancestors: usize,
    /// Weighted mean of the rate c.
    pub mean_rate: f64,
}

/// What a selection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selected {
    /// Islands that took part.
    pub islands: u64,
    /// Places that were given to another particle's offspring.
    pub replaced: u64,
}

/// Weighted particles on *islands*: contiguous groups that resample among themselves only.
///
/// Particles of different islands stay independent whatever resampling does, so the spread between
/// islands gives standard errors that respect it, without genealogies (the weights
/// across islands are never equalised, which keeps the normaliser unbiased). As islands may differ much in mass, standard
/// errors are those of the jackknife that leaves one island out: an island that dominates pulls the mean to itself, and
/// batch means would not see it. Where nothing was resampled, every particle is a group of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Population {
    /// The particles.
    pub ensemble: Ensemble,
    islands: Vec<Island>,
    /// Whether the particles of an island depend on each other.
    resampled: bool,
}

/// One island.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

    /// Lets each island choose the offspring of its members from the weights that they collected since the last time;
    /// `None` leaves it as it is. Islands of weight 0 are left alone.
    ///
    /// # Errors
    /// A log-weight that is NaN or +∞; or that no particle of any island has a weight.
    pub(super) fn select(
        &mut self,
        streams: &mut [Stream],
        offspring: impl Fn(&Weights, &mut Stream) -> Option<Vec<u32>> + Sync,
    ) -> Result<Selected, ParticleBreakdown> {
        let ensemble = &self.ensemble;
        let choose = |(island, stream): (&Island, &mut Stream)| match ensemble.weights(&island.members) {
            Ok(weights) => Ok(Some((weights.log_mean(), offspring(&weights, stream).map(|c| ancestors(&c))))),
            Err(WeightFault::Extinct) => Ok(None),
            Err(WeightFault::Undefined { particle, log }) => Err((island.members.start + particle, log)),
        };
        let choices: Vec<_> = self.islands.par_iter().zip(streams).map(choose).collect();
        let time = ensemble.time();
        let (mut selected, mut alive) = (Selected::default(), false);
        for (island, choice) in self.islands.iter_mut().zip(choices) {
            let choice = choice.map_err(|(particle, value)| {
                let position = self.ensemble.position(particle);
                ParticleBreakdown::Weight { time, particle, value, position }
            })?;
            alive |= choice.is_some();
            if let Some((log_mean, Some(ancestors))) = choice {
                island.log_factor += log_mean;
                selected.islands += 1;
                let moved = |(place, ancestor): (usize, &u32)| u64::from(place != *ancestor as usize);
                selected.replaced += ancestors.iter().enumerate().map(moved).sum::<u64>();
                self.ensemble.rearrange(island.members.clone(), &ancestors);
                self.resampled = true;
            }
        }
        if alive {
            Ok(selected)
        } else {
            Err(ParticleBreakdown::Extinct { time, count: self.ensemble.count() })
        }
    }

    /// Whether these are `count` particles in `dimension` dimensions, each on one island together with its ancestors.
    pub(super) fn is_whole(&self, count: usize, dimension: usize) -> bool {
        let mut end = 0;
        let follows = |island: &Island| {
            let Range { start, end: next } = island.members;
            start == std::mem::replace(&mut end, next) && start < next
        };
        self.ensemble.is_whole(count, dimension)
            && self.islands.iter().all(follows)
            && end == count
            && self.islands.iter().all(|island| {
                let ancestors = self.ensemble.batches(island.members.clone());
                ancestors
                    .flat_map(|batch| batch.ancestor[batch.members.clone()].to_vec())
                    .all(|ancestor| island.members.contains(&(ancestor as usize)))
            })
    }

    /// Number of islands.
    pub fn island_count(&self) -> usize {
        self.islands.len()
    }

    /// What is known of the weights as a whole.
    pub fn summary(&self) -> Summary {
        let log_total = self.log_total();
        let terms = self.sums(|batch, log_weight| {
            let logs = log_weight.map(|log| log - log_total);
            let w = weights(logs, 0.0);
            let surprise = w.zip(logs, |w, log| if w == 0.0 { 0.0 } else { -w * log });
            let rate = w.zip(*batch.rate, |w, c| if w == 0.0 { 0.0 } else { w * c });
            [w * w, surprise, rate]
        });
        let [squares, entropy, mean_rate] = total(&terms);
        let count = self.ensemble.count();
        Summary {
            log_normalizer: log_total - (count as f64).ln(),
            ess: if log_total == f64::NEG_INFINITY { 0.0 } else { 1.0 / squares },
            entropy,
            ancestors: self.ancestors(),
            mean_rate,
        }
    }

    /// Degrees of freedom of the standard errors: independent groups minus one, where groups of uneven masses W count as
    /// 1/ΣW² even ones.
    pub fn degrees_of_freedom(&self) -> usize {
        if !self.resampled {
            return self.ensemble.count() - 1;
        }
        let squares: f64 = self.island_shares().iter().map(|share| share * share).sum();
        // Even islands to rounding; no share is a number if no particle has a weight.
        ((1.0 / squares + 1e-9) as usize).saturating_sub(1)
    }

    /// The share of each island in the whole mass.
    fn island_shares(&self) -> Vec<f64> {
        let log_total = self.log_total();
        let masses = self.sums(|_, log_weight| [weights(log_weight, log_total)]);
        masses.into_iter().map(|[mass]| mass).collect()
    }

    /// Log of the mean weight, an estimate of log E exp(−∫c dt); the mean itself is unbiased.
    pub fn log_normalizer(&self) -> Mean {
        let log_total = self.log_total();
        let count = self.ensemble.count() as f64;
        let stderr =
            if self.resampled {
                // log of the mean weight without one island, up to a constant.
                let rests = self.islands.iter().zip(self.island_shares());
                jackknife(rests.map(|(island, share)| {
                    (-share).ln_1p() - (-(island.members.len() as f64) / count).ln_1p()
                }))
            } else {
                let squares = self.sums(|batch, log_weight| {
                    let w = weights(log_weight, log_total);
                    let own = batch.only_members(w.map(|w| w - 1.0 / count));
                    [own * own]
                });
                of_groups(count, total(&squares)[0])
            };
        Mean { value: log_total - count.ln(), stderr }
    }

    /// Estimates of the means of several observables: self-normalised Σwφ/Σw, or (not `normalized`) the mean
    /// of wφ over all particles. Standard errors over independent groups.
    pub fn means(&self, observables: &[Observable], normalized: bool) -> Vec<Mean> {
        let log_total = self.log_total();
        let count = self.ensemble.count() as f64;
        let scale = if normalized { 1.0 } else { log_total.exp() / count };
        // A particle of weight 0 counts for nothing, even where φ is infinite.
        let product = |w: f64, φ: f64| if w == 0.0 { 0.0 } else { w * φ };
        let values: Vec<Values<'_>> =
            observables.iter().map(|observable| Values::of(observable, &self.ensemble)).collect();
        let sums = self.many_sums(values.len(), |batch, log_weight, sums| {
            let w = weights(log_weight, log_total);
            for (sum, values) in sums.iter_mut().zip(&values) {
                *sum += w.zip(values.at(batch), product);
            }
        });
        let means: Vec<f64> =
            (0..values.len()).map(|k| sums.iter().map(|island| island[k]).sum::<f64>()).collect();
        // The centred contributions of the particles, each squared or those of an island together; and the masses.
        let sums = self.many_sums(values.len() + 1, |batch, log_weight, sums| {
            let w = weights(log_weight, log_total);
            let (mass, sums) = sums.split_last_mut().expect("there is a sum for the masses");
            *mass += w;
            for ((sum, values), mean) in sums.iter_mut().zip(&values).zip(&means) {
                let φ = values.at(batch);
                let own = if normalized {
                    w.zip(φ, |w, φ| product(w, φ - mean))
                } else {
                    batch.only_members(w.zip(φ, |w, φ| product(w, φ) - mean / count))
                };
                *sum += if self.resampled { own } else { own * own };
            }
        });
        let estimate = |(k, mean): (usize, &f64)| {
            let own = sums.iter().map(|island| island[k]);
            let stderr = match (self.resampled, normalized) {
                // The mean without one island, less that of all.
                (true, true) => {
                    jackknife(sums.iter().map(|island| -island[k] / (1.0 - island[values.len()])))
                }
                (true, false) => of_groups(sums.len() as f64, own.map(|sum| sum * sum).sum()),
                (false, _) => of_groups(count, own.sum()),
            };
            Mean { value: scale * mean, stderr: scale * stderr }
        };
        means.iter().enumerate().map(estimate).collect()
    }

    /// Log of Σ w.
    fn log_total(&self) -> f64 {
        let island = |island: &Island| {
            let largest = self
                .ensemble
                .batches(island.members.clone())
                .map(|batch| batch.log_weight.0.into_iter().fold(f64::NEG_INFINITY, f64::max))
                .fold(f64::NEG_INFINITY, f64::max);
            if largest == f64::NEG_INFINITY {
                return largest;
            }
            let [sum] =
                self.ensemble.sums(island.members.clone(), |batch| [weights(batch.log_weight, largest)]);
            island.log_factor + largest + sum.ln()
        };
        log_sum_exp(&self.islands.par_iter().map(island).collect::<Vec<_>>())
    }

    /// Number of particles at time 0 that have offspring of positive weight now.
    fn ancestors(&self) -> usize {
        // Offspring stay on the island of their ancestor.
        let island = |island: &Island| {
            let mut seen = vec![false; island.members.len()];
            for batch in self.ensemble.batches(island.members.clone()) {
                for lane in batch.members.clone().filter(|&lane| batch.log_weight.0[lane] > f64::NEG_INFINITY)
                {
                    seen[batch.ancestor[lane] as usize - island.members.start] = true;
                }
            }
            seen.into_iter().filter(|&seen| seen).count()
        };
        self.islands.par_iter().map(island).sum()
    }

    /// Log-weight of every particle over all of its past.
    pub(super) fn whole_log_weights(&self) -> Vec<f64> {
        let mut logs = self.ensemble.log_weights();
        for Island { members, log_factor } in &self.islands {
            logs[members.clone()].iter_mut().for_each(|log| *log += log_factor);
        }
        logs
    }

    /// For every island, the sums over its members of what `terms` gives for a batch and the log-weights of all of its
    /// past.
    fn sums<const K: usize>(&self, terms: impl Fn(&Batch<'_>, Lanes) -> [Lanes; K] + Sync) -> Vec<[f64; K]> {
        let island = |island: &Island| {
            self.ensemble.sums(island.members.clone(), |batch| {
                terms(batch, batch.log_weight.map(|log| log + island.log_factor))
            })
        };
        self.islands.par_iter().map(island).collect()
    }

    /// As [`Self::sums`], of as many terms as `terms` adds to.
    fn many_sums(
        &self,
        count: usize,
        terms: impl Fn(&Batch<'_>, Lanes, &mut [Lanes]) + Sync,
    ) -> Vec<Vec<f64>> {
        let island = |island: &Island| {
            let mut sums = vec![Lanes::zero(); count];
            for batch in self.ensemble.batches(island.members.clone()) {
                vectorized(
                    #[inline(always)]
                    || terms(&batch, batch.log_weight.map(|log| log + island.log_factor), &mut sums),
                );
            }
            sums.iter().map(|sum| sum.0.iter().sum()).collect()
        };
        self.islands.par_iter().map(island).collect()
    }
}

/// exp(log w − log_total) ≤ 1; computed once where all lanes have the same weight, as without a reaction.
#[inline(always)]
fn weights(logs: Lanes, log_total: f64) -> Lanes {
    let weight = |log: f64| exp_of_negative(log - log_total);
    let first = logs.first();
    if logs.every(|log| log == first) { Lanes::constant(weight(first)) } else { logs.map(weight) }
}

/// φ of all particles.
enum Values<'a> {
    /// By a formula, which costs less than to read its values again.
    Formula(&'a Observable),
    /// By a function in code, called once for many of them.
    Known(Vec<f64>),
}

impl<'a> Values<'a> {
    fn of(observable: &'a Observable, ensemble: &Ensemble) -> Self {
        match observable.expression().has_code() {
            true => Self::Known(ensemble.map(|x| observable.value(x))),
            false => Self::Formula(observable),
        }
    }

    #[inline(always)]
    fn at(&self, batch: &Batch<'_>) -> Lanes {
        match self {
            Self::Formula(observable) => observable.value(batch.x),
            Self::Known(values) => {
                let mut own = Lanes::zero();
                let known = &values[batch.first..];
                let count = known.len().min(LANES);
                own.0[..count].copy_from_slice(&known[..count]);
                own
            }
        }
    }
}

/// Standard error of a sum from the squares of what independent groups contribute, centred.
fn of_groups(groups: f64, squares: f64) -> f64 {
    if groups < 2.0 { f64::NAN } else { (squares * groups / (groups - 1.0)).sqrt() }
}

/// Standard error by the values that an estimate has without each of the groups, up to a constant.
fn jackknife(without: impl Iterator<Item = f64> + Clone) -> f64 {
    let groups = without.clone().count() as f64;
    let mean = without.clone().sum::<f64>() / groups;
    let squares: f64 = without.map(|value| (value - mean).powi(2)).sum();
    if groups < 2.0 { f64::NAN } else { (squares * (groups - 1.0) / groups).sqrt() }
}

fn total<const K: usize>(sums: &[[f64; K]]) -> [f64; K] {
    std::array::from_fn(|k| sums.iter().map(|sums| sums[k]).sum())
}
