use super::{BLOCK, Ensemble};
use crate::algebra::LANES;
use std::ops::Range;

impl Ensemble {
    /// Puts particle `ancestors[i]` of `members` in place i of them, for every i, with all that it owns, and sets the
    /// log-weights of the members to 0.
    ///
    /// Nothing is copied aside, so an ancestor has to keep its own place, `ancestors[ancestors[i]] == ancestors[i]`, as
    /// [`ancestors`](crate::particles::resampling::ancestors) has it.
    pub fn rearrange(&mut self, members: Range<usize>, ancestors: &[u32]) {
        for (place, &ancestor) in ancestors.iter().enumerate() {
            if place != ancestor as usize {
                self.copy(members.start + ancestor as usize, members.start + place);
            }
        }
        for particle in members {
            let (block, batch, lane) = address(particle);
            self.blocks[block].log_weight[batch].0[lane] = 0.0;
        }
    }

    /// Gives place `to` what the particle in place `from` owns.
    fn copy(&mut self, from: usize, to: usize) {
        let ((from_block, from_batch, from_lane), (block, batch, lane)) = (address(from), address(to));
        for i in 0..self.dimension {
            let x = self.blocks[from_block].x[from_batch * self.dimension + i].0[from_lane];
            self.blocks[block].x[batch * self.dimension + i].0[lane] = x;
        }
        self.blocks[block].rate[batch].0[lane] = self.blocks[from_block].rate[from_batch].0[from_lane];
        self.blocks[block].ancestor[to % BLOCK] = self.blocks[from_block].ancestor[from % BLOCK];
    }
}

/// (block, batch in it, lane) of a particle.
fn address(particle: usize) -> (usize, usize, usize) {
    (particle / BLOCK, particle % BLOCK / LANES, particle % LANES)
}
