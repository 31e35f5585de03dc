//! Blocks that are advanced together, step by step, so that functions in code are called once for all of their particles.

use super::{BATCHES, BLOCK, Block, Failure};
use crate::algebra::{Lanes, Scalar};
use crate::model::expression::gathered;
use crate::particles::motion::{PathStep, Paths, StepTimes};
use std::ops::Range;

/// Blocks whose particles share a call: 8192 particles make the call cheap beside the arithmetic in it, and their arrays are small
/// enough for allocators to keep them.
pub const TOGETHER: usize = 16;

/// What a step changes, and its noise.
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
    let mut before: Vec<Before> = blocks.iter().map(|block| Before::new(block, variates.len())).collect();
    for step in steps {
        moment.go_to(step);
        for (block, before) in blocks.iter_mut().zip(&mut before) {
            before.x.copy_from_slice(&block.x);
            before.log_weight.copy_from_slice(&block.log_weight);
            before.rate.copy_from_slice(&block.rate);
            block.stream.variates(&variates, &mut before.noise);
        }
        gathered(blocks.len() * BATCHES, |number, again| {
            let (block, batch) = (&mut blocks[number / BATCHES], number % BATCHES);
            let (start, place) = (&before[number / BATCHES], batch * d..(batch + 1) * d);
            if again {
                block.x[place.clone()].copy_from_slice(&start.x[place.clone()]);
                block.log_weight[batch] = start.log_weight[batch];
                block.rate[batch] = start.rate[batch];
            }
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

impl Before {
    fn new(block: &Block, variates: usize) -> Self {
        let Block { x, log_weight, rate, .. } = block;
        let noise = vec![Lanes::zero(); variates];
        Self { x: x.clone(), log_weight: log_weight.clone(), rate: rate.clone(), noise }
    }
}
