use super::{Island, Population, Values};
use crate::algebra::Real;
use crate::algebra::elementary::exp_of_negative;
use crate::model::Observable;
use crate::particles::{Ensemble, ParticleBreakdown, WeightFault, Weights};
use rayon::prelude::*;
use std::ops::Range;

/// Islands that are whole ensembles, of which each reads its density from itself.
impl Population {
    /// The particles of `ensemble` as `replicates` islands of the same size, each of which is a whole ensemble whose
    /// particles depend on each other from the first step on.
    pub(in crate::particles) fn of_replicates(ensemble: Ensemble, replicates: usize) -> Self {
        let size = ensemble.count() / replicates;
        let members = |island: usize| island * size..(island + 1) * size;
        let islands =
            (0..replicates).map(|island| Island { members: members(island), log_factor: 0.0 }).collect();
        Self { ensemble, islands, resampled: true }
    }

    /// The particles of each island.
    pub(in crate::particles) fn members(&self) -> impl Iterator<Item = Range<usize>> {
        self.islands.iter().map(|island| island.members.clone())
    }

    /// Of every particle, the log of its share in the mass of its island: Σ over the island is the mean weight.
    pub(in crate::particles) fn log_masses(&self) -> Vec<f64> {
        let mut logs = self.ensemble.log_weights();
        for Island { members, log_factor } in &self.islands {
            let shift = log_factor - (members.len() as f64).ln();
            logs[members.clone()].iter_mut().for_each(|log| *log += shift);
        }
        logs
    }

    /// The self-normalised mean of an observable in each replicate.
    pub fn replicate_means(&self, observable: &Observable) -> Vec<f64> {
        let values = Values::of(observable, &self.ensemble);
        let mean = |island: &Island| {
            let largest =
                self.ensemble.batches(island.members.clone()).fold(f64::NEG_INFINITY, |largest, batch| {
                    batch.log_weight.0.into_iter().fold(largest, f64::max)
                });
            let [weight, product] = self.ensemble.sums(island.members.clone(), |batch| {
                let w = batch.log_weight.map(|log| exp_of_negative(log - largest));
                let counts = |w: f64, φ: f64| if w == 0.0 { 0.0 } else { w * φ };
                [w, w.zip(values.at(batch), counts)]
            });
            product / weight
        };
        self.islands.par_iter().map(mean).collect()
    }

    /// The weights that the particles of each island collected since its last selection.
    ///
    /// # Errors
    /// A log-weight that is NaN or +∞; or an island without any weight.
    pub(in crate::particles) fn weights(&self) -> Result<Vec<Weights>, ParticleBreakdown> {
        let time = self.ensemble.time();
        let weights = |island: &Island| self.ensemble.weights(&island.members);
        let all: Vec<_> = self.islands.par_iter().map(weights).collect();
        let breakdown = |members: &Range<usize>, fault| match fault {
            WeightFault::Extinct => ParticleBreakdown::Extinct { time, count: members.len() },
            WeightFault::Undefined { particle, log: value } => {
                let particle = members.start + particle;
                let position = self.ensemble.position(particle);
                ParticleBreakdown::Weight { time, particle, value, position }
            }
        };
        let pairs = self.islands.iter().zip(all);
        pairs.map(|(island, found)| found.map_err(|fault| breakdown(&island.members, fault))).collect()
    }

    /// Makes the mean weight of every island 1.
    ///
    /// # Errors
    /// As [`Self::weights`].
    pub(in crate::particles) fn normalize(&mut self) -> Result<(), ParticleBreakdown> {
        let weights = self.weights()?;
        for (island, weights) in self.islands.iter_mut().zip(weights) {
            island.log_factor = -weights.log_mean();
        }
        Ok(())
    }
}
