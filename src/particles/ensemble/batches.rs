use super::{BATCHES, Ensemble};
use crate::algebra::simd::vectorized;
use crate::algebra::{LANES, Lanes, Real};
use std::ops::Range;

/// Particles of one batch, some of them members of the range that was asked for.
pub struct Batch<'a> {
    /// The number of the particle on its first lane.
    pub first: usize,
    /// Positions, d components.
    pub x: &'a [Lanes],
    /// Log-weights; −∞ for those who are not members.
    pub log_weight: Lanes,
    /// c(t, X).
    pub rate: &'a Lanes,
    /// Places of the ancestors at time 0.
    pub ancestor: &'a [u32],
    /// The lanes of the members.
    pub members: Range<usize>,
}

impl Batch<'_> {
    /// `values`, with 0 for those who are not members.
    pub fn only_members(&self, values: Lanes) -> Lanes {
        self.mask(values, 0.0)
    }

    fn mask(&self, mut values: Lanes, other: f64) -> Lanes {
        values.0[..self.members.start].fill(other);
        values.0[self.members.end..].fill(other);
        values
    }
}

impl Ensemble {
    /// The batches that hold the particles `members`, in order.
    pub(in crate::particles) fn batches(&self, members: Range<usize>) -> impl Iterator<Item = Batch<'_>> {
        let d = self.dimension;
        (members.start / LANES..members.end.div_ceil(LANES)).map(move |number| {
            let (block, batch) = (&self.blocks[number / BATCHES], number % BATCHES);
            let lane = |particle: usize| particle.saturating_sub(number * LANES).min(LANES);
            let mut view = Batch {
                first: number * LANES,
                x: &block.x[batch * d..(batch + 1) * d],
                log_weight: block.log_weight[batch],
                rate: &block.rate[batch],
                ancestor: &block.ancestor[batch * LANES..(batch + 1) * LANES],
                members: lane(members.start)..lane(members.end),
            };
            view.log_weight = view.mask(view.log_weight, f64::NEG_INFINITY);
            view
        })
    }

    /// Sums over `members` of what `terms` gives for each, which is 0 for those that must not count. Lanes are summed
    /// apart, so that the order is that of the data alone.
    pub(in crate::particles) fn sums<const K: usize>(
        &self,
        members: Range<usize>,
        terms: impl Fn(&Batch<'_>) -> [Lanes; K],
    ) -> [f64; K] {
        let mut sums = [Lanes::constant(0.0); K];
        for batch in self.batches(members) {
            vectorized(
                #[inline(always)]
                || {
                    for (sum, term) in sums.iter_mut().zip(terms(&batch)) {
                        *sum += term;
                    }
                },
            );
        }
        sums.map(|sum| sum.0.iter().sum())
    }
}
