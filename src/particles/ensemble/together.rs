//! Blocks that are advanced together, step by step, so that functions in code are called once for all of their particles.

use super::{BATCHES, BLOCK, Block, Failure};
use crate::algebra::{Lanes, Scalar};
use crate::model::expression::gathered;
use crate::particles::motion::{PathStep, Paths, StepTimes};
use std::ops::Range;

/// Blocks whose particles share a call: 16 384 particles make the call cheap beside the arithmetic in it, and fit a cache.
pub const TOGETHER: usize = 32;

/// What a step changes.
#[derive(Clone)]
struct Before {
    x: Vec<Lanes>,
    log_weight: Vec<Lanes>,
    rate: Vec<Lanes>,
    noise: Vec<Lanes>,
}

/// Runs the steps of the first `count` particles of the blocks; stops at the first step in which one of them fails. Particles
/// count from the first block.
pub fn advance(
    blocks: &mut [Block],
    kernel: impl PathStep,
    (d, count): (usize, usize),
    h: f64,
    steps: Range<usize>,
) -> Option<Failure> {
    let variates = kernel.variates().repeat(BATCHES);
    let of_batch = variates.len() / BATCHES;
    let mut work = kernel.work();
    let mut moment = StepTimes::new(kernel.quadrature(), h);
    for step in steps {
        moment.go_to(step);
        let before: Vec<Before> = blocks.iter_mut().map(|block| block.before(&variates)).collect();
        gathered(blocks.len() * BATCHES, |number| {
            let (block, batch) = (&mut blocks[number / BATCHES], number % BATCHES);
            let (start, place) = (&before[number / BATCHES], batch * d..(batch + 1) * d);
            block.x[place.clone()].copy_from_slice(&start.x[place.clone()]);
            block.log_weight[batch] = start.log_weight[batch];
            block.rate[batch] = start.rate[batch];
            let paths = Paths {
                x: &mut block.x[place],
                log_weight: &mut block.log_weight[batch..=batch],
                rate: &mut block.rate[batch..=batch],
            };
            kernel.advance(&moment, paths, &start.noise[batch * of_batch..][..of_batch], &mut work);
        });
        let failure = blocks.iter().zip(&before).enumerate().find_map(|(index, (block, before))| {
            let active = count.saturating_sub(index * BLOCK).min(BLOCK);
            let mut failure = block.failure(d, step, active, &before.x)?;
            failure.particle += index * BLOCK;
            Some(failure)
        });
        if failure.is_some() {
            return failure;
        }
    }
    None
}

impl Block {
    /// The state, with the noise of the next step.
    fn before(&mut self, variates: &[crate::symbolic::Variate]) -> Before {
        let mut noise = vec![Lanes::zero(); variates.len()];
        self.stream.variates(variates, &mut noise);
        Before { x: self.x.clone(), log_weight: self.log_weight.clone(), rate: self.rate.clone(), noise }
    }
}
