use super::motion::{PathStep, Paths, StepTimes};
use super::{ParticleBreakdown, Stream, WeightFault, Weights, stream::Purpose};
use crate::algebra::simd::vectorized;
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::Initial;
use crate::model::expression::gathered;
use crate::schemes::Step;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

mod batches;
mod kept;
mod moves;
mod path;
mod together;

pub(super) use batches::Batch;
pub use path::{Path, path};
use together::TOGETHER;

/// Particles that share a random stream and are advanced together in the L1 cache.
pub const BLOCK: usize = 512;
/// Steps whose failures are looked for together, so that a failure is not found much later than it arises.
const CHECKED_AT_ONCE: usize = 512;
/// The fewest of them: the copy for a second run costs as much as a few looks.
const WORTH_A_COPY: usize = 16;
/// Batches of a block.
const BATCHES: usize = BLOCK / LANES;

/// A block of particles; all `BLOCK` places are always filled and advanced, so that its random
/// numbers do not depend on how many of them count.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Block {
    /// Positions: batch by batch, d components each.
    #[serde(with = "kept")]
    x: Vec<Lanes>,
    /// Log-weights since the last resampling.
    #[serde(with = "kept")]
    log_weight: Vec<Lanes>,
    /// c(t, X) at the current time.
    #[serde(with = "kept")]
    rate: Vec<Lanes>,
    /// Place of the ancestor at time 0.
    ancestor: Vec<u32>,
    stream: Stream,
}

/// Weighted paths X with log-weights −∫c dt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ensemble {
    dimension: usize,
    count: usize,
    blocks: Vec<Block>,
    time: f64,
}

impl Ensemble {
    /// `count` independent draws from `initial` at time 0, with the rate at their places.
    pub fn new(initial: &Initial, count: usize, seed: u64, kernel: impl PathStep) -> Self {
        let blocks = (0..count.div_ceil(BLOCK))
            .into_par_iter()
            .map(|index| Block::new(initial, seed, index, kernel))
            .collect();
        Self { dimension: kernel.dimension(), count, blocks, time: 0.0 }
    }

    /// Bytes that `count` particles in `dimension` dimensions take, work space for resampling and estimates included.
    pub fn bytes(count: usize, dimension: usize) -> f64 {
        // Positions, log-weight, rate and Eve; while resampling, an ancestor for each, and islands with their weights
        // and counts in every thread, which are half of the islands at most.
        let own = 8 * (dimension + 2) + 4;
        let work = 4 + (8 + 8 + 4) / 2;
        count.next_multiple_of(BLOCK) as f64 * (own + work) as f64
    }

    /// Number of particles.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Dimension of the space.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Advances all paths by `steps` steps of length `h`; the time after k steps from `first` on is
    /// (first + k)·h.
    ///
    /// # Errors
    /// The earliest breakdown, of the particle with the lowest index.
    pub fn advance(
        &mut self,
        kernel: impl PathStep,
        h: f64,
        first: usize,
        steps: usize,
    ) -> Result<(), ParticleBreakdown> {
        let (dimension, count) = (self.dimension, self.count);
        let alone = |(index, block): (usize, &mut Block)| {
            let active = (count - index * BLOCK).min(BLOCK);
            block.advance(kernel, dimension, h, first..first + steps, active).map(|mut failure| {
                failure.particle += index * BLOCK;
                failure
            })
        };
        let together = |(index, blocks): (usize, &mut [Block])| {
            let past = index * TOGETHER * BLOCK;
            let sizes = (dimension, count - past);
            together::advance(blocks, kernel, sizes, h, first..first + steps).map(|mut failure| {
                failure.particle += past;
                failure
            })
        };
        let order = |failure: &Failure| (failure.step, failure.particle);
        let failure = match kernel.has_code() {
            false => self.blocks.par_iter_mut().enumerate().filter_map(alone).min_by_key(order),
            true => self.blocks.par_chunks_mut(TOGETHER).enumerate().filter_map(together).min_by_key(order),
        };
        self.time = (first + steps) as f64 * h;
        match failure {
            None => Ok(()),
            Some(Failure { step, particle, log_weight, position, before }) => {
                let time = (step + 1) as f64 * h;
                Err(if position.iter().all(|x| x.is_finite()) {
                    ParticleBreakdown::Weight { time, particle, value: log_weight, position }
                } else {
                    ParticleBreakdown::Exploded { time, particle, position, before, step: h }
                })
            }
        }
    }

    /// Turns the states of the chains into the output of the scheme, for steps of length `h`.
    pub fn post_process(&mut self, motion: impl PathStep, h: f64, seed: u64) {
        let d = self.dimension;
        let Some(variates) = motion.post_variates() else {
            return;
        };
        let step = Step::new(self.time, h);
        self.blocks.par_iter_mut().enumerate().for_each(|(index, block)| {
            let mut stream = Stream::new(seed, Purpose::PostProcessing, index);
            let mut noise = vec![Lanes::zero(); variates.len()];
            let mut work = motion.work();
            for x in block.x.chunks_exact_mut(d) {
                stream.variates(&variates, &mut noise);
                motion.post_process(&step, x, &noise, &mut work);
            }
        });
    }

    /// The current time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Log-weight of every particle since the last resampling, in order.
    pub fn log_weights(&self) -> Vec<f64> {
        self.collect(|block, batch| block.log_weight[batch])
    }

    /// c(t, X) of every particle at the current time, in order.
    pub fn rates(&self) -> Vec<f64> {
        self.collect(|block, batch| block.rate[batch])
    }

    /// The weights of `members`.
    ///
    /// # Errors
    /// If they have none; particles count from the first member.
    pub(super) fn weights(&self, members: &Range<usize>) -> Result<Weights, WeightFault> {
        let mut logs = Vec::with_capacity(members.len());
        for batch in self.batches(members.clone()) {
            logs.extend_from_slice(&batch.log_weight.0[batch.members]);
        }
        Weights::from_logs(&logs)
    }

    /// Where a particle is.
    pub fn position(&self, particle: usize) -> Vec<f64> {
        let member = particle..particle + 1;
        self.batches(member).flat_map(|batch| batch.x.iter().map(|x| x.0[particle % LANES])).collect()
    }

    /// For every particle, the place at which its ancestor was at time 0.
    pub fn ancestors(&self) -> Vec<u32> {
        self.blocks.iter().flat_map(|block| &block.ancestor).take(self.count).copied().collect()
    }

    /// f(X) of every particle, in order.
    pub fn map(&self, f: impl Fn(&[Lanes]) -> Lanes + Sync) -> Vec<f64> {
        let d = self.dimension;
        self.collect(|block, batch| f(&block.x[batch * d..(batch + 1) * d]))
    }

    /// f(X) ∈ ℝᵏ of every particle, point after point.
    pub(super) fn points(&self, k: usize, f: impl Fn(&[Lanes], &mut [Lanes]) + Sync) -> Vec<f64> {
        let d = self.dimension;
        let mut out = vec![0.0; self.blocks.len() * BLOCK * k];
        out.par_chunks_exact_mut(BLOCK * k).zip(&self.blocks).for_each(|(out, block)| {
            let mut values = vec![Lanes::zero(); k];
            for (out, x) in out.chunks_exact_mut(LANES * k).zip(block.x.chunks_exact(d)) {
                f(x, &mut values);
                for (lane, point) in out.chunks_exact_mut(k).enumerate() {
                    for (coordinate, value) in point.iter_mut().zip(&values) {
                        *coordinate = value.0[lane];
                    }
                }
            }
        });
        out.truncate(self.count * k);
        out
    }

    /// Adds `increments`, one for every particle, to the log-weights; those that are −∞ stay so.
    pub(super) fn add_log_weights(&mut self, increments: &[f64]) {
        for (block, increments) in self.blocks.iter_mut().zip(increments.chunks(BLOCK)) {
            for (batch, increments) in block.log_weight.iter_mut().zip(increments.chunks(LANES)) {
                for (log, increment) in batch.0.iter_mut().zip(increments) {
                    if *log > f64::NEG_INFINITY {
                        *log += increment;
                    }
                }
            }
        }
    }

    /// Whether all coordinates of all particles are at most `limit` in size.
    pub(super) fn is_within(&self, limit: f64) -> bool {
        let within = |x: &Lanes| x.0.iter().fold(true, |all, x| all & (x.abs() <= limit));
        self.blocks.par_iter().all(|block| block.x.iter().all(within))
    }

    /// Functions in code are called for many particles at once.
    fn collect(&self, f: impl Fn(&Block, usize) -> Lanes + Sync) -> Vec<f64> {
        let mut out = vec![0.0; self.blocks.len() * BLOCK];
        let groups = out.par_chunks_mut(BLOCK * TOGETHER).zip(self.blocks.par_chunks(TOGETHER));
        groups.for_each(|(out, blocks)| {
            gathered(blocks.len() * BATCHES, |number, _| {
                let (block, batch) = (&blocks[number / BATCHES], number % BATCHES);
                out[number * LANES..][..LANES].copy_from_slice(&f(block, batch).0);
            });
        });
        out.truncate(self.count);
        out
    }
}

/// Writes a batch of draws from `initial`; `normals` is work space of d batches.
pub(super) fn draw_initial(initial: &Initial, stream: &mut Stream, normals: &mut [Lanes], x: &mut [Lanes]) {
    match initial {
        Initial::Mixture(mixture) => {
            let uniform = stream.uniforms();
            stream.normals(normals);
            mixture.sample(uniform, normals, x);
        }
        Initial::Point(point) => {
            for (component, value) in x.iter_mut().zip(point) {
                *component = Lanes::constant(*value);
            }
        }
    }
}

const ZERO: Lanes = Lanes([0.0; LANES]);

struct Failure {
    step: usize,
    particle: usize,
    log_weight: f64,
    position: Vec<f64>,
    /// Where it was before the step.
    before: Vec<f64>,
}

impl Block {
    /// The block number `index` of draws from `initial` at time 0, with the rate at their places.
    fn new(initial: &Initial, seed: u64, index: usize, kernel: impl PathStep) -> Self {
        let dimension = kernel.dimension();
        let first = (index * BLOCK) as u32;
        let mut block = Self {
            x: vec![Lanes::zero(); BATCHES * dimension],
            log_weight: vec![Lanes::zero(); BATCHES],
            rate: vec![Lanes::zero(); BATCHES],
            ancestor: (first..=first + (BLOCK - 1) as u32).collect(),
            stream: Stream::new(seed, Purpose::Paths, index),
        };
        let mut normals = vec![Lanes::zero(); dimension];
        let weights = block.log_weight.iter_mut().zip(&mut block.rate);
        for (x, (log_weight, rate)) in block.x.chunks_exact_mut(dimension).zip(weights) {
            draw_initial(initial, &mut block.stream, &mut normals, x);
            kernel.start(x, log_weight, rate);
        }
        block
    }

    /// Runs the steps for all batches; stops at the first step in which one of the `active` particles fails.
    fn advance(
        &mut self,
        kernel: impl PathStep,
        d: usize,
        h: f64,
        steps: Range<usize>,
        active: usize,
    ) -> Option<Failure> {
        for first in steps.clone().step_by(CHECKED_AT_ONCE) {
            let part = first..steps.end.min(first + CHECKED_AT_ONCE);
            let failure = self.advance_part(kernel, d, h, part, active);
            if failure.is_some() {
                return failure;
            }
        }
        None
    }

    fn advance_part(
        &mut self,
        kernel: impl PathStep,
        d: usize,
        h: f64,
        steps: Range<usize>,
        active: usize,
    ) -> Option<Failure> {
        if steps.len() < WORTH_A_COPY {
            return self.run(kernel, d, h, steps, active, true);
        }
        // What has left the range of f64 stays out of it, so one look at the end tells whether there is a step to look for.
        let start = self.clone();
        self.run(kernel, d, h, steps.clone(), active, false)?;
        *self = start;
        self.run(kernel, d, h, steps, active, true)
    }

    /// Looks for failures after `every` step, or after the last.
    fn run(
        &mut self,
        kernel: impl PathStep,
        d: usize,
        h: f64,
        steps: Range<usize>,
        active: usize,
        every: bool,
    ) -> Option<Failure> {
        let variates = kernel.variates().repeat(BATCHES);
        let mut noise = vec![Lanes::zero(); variates.len()];
        let mut work = kernel.work();
        let mut moment = StepTimes::new(kernel.quadrature(), h);
        let last = steps.end - 1;
        let mut before = Vec::new();
        for k in steps {
            if every {
                before.clone_from(&self.x);
            }
            moment.go_to(k);
            self.stream.variates(&variates, &mut noise);
            let paths = Paths { x: &mut self.x, log_weight: &mut self.log_weight, rate: &mut self.rate };
            kernel.advance(&moment, paths, &noise, &mut work);
            if (every || k == last)
                && let Some(failure) = self.failure(d, k, active, &before)
            {
                return Some(failure);
            }
        }
        None
    }

    /// The first of the `active` particles that failed in `step`; `before` are the positions before it, where they are known.
    fn failure(&self, d: usize, step: usize, active: usize, before: &[Lanes]) -> Option<Failure> {
        // A sum is finite only if no term is NaN or infinite (or the sum overflows, which is as bad).
        let mut sum = Lanes::zero();
        vectorized(
            #[inline(always)]
            || {
                for x in &self.x {
                    sum.add_product(&ZERO, x);
                }
                for log_weight in &self.log_weight {
                    sum += *log_weight;
                }
            },
        );
        if sum.0.iter().all(|value| *value < f64::INFINITY) {
            return None;
        }
        (0..active).find_map(|particle| {
            let (batch, lane) = (particle / LANES, particle % LANES);
            let position: Vec<f64> = self.x[batch * d..(batch + 1) * d].iter().map(|x| x.0[lane]).collect();
            let log_weight = self.log_weight[batch].0[lane];
            // Weight 0 (a log-weight of −∞) is a legitimate death.
            let sound = position.iter().all(|x| x.is_finite()) && log_weight < f64::INFINITY;
            (!sound).then(|| {
                let before = before.iter().skip(batch * d).take(d).map(|x| x.0[lane]).collect();
                Failure { step, particle, log_weight, position, before }
            })
        })
    }
}
