use super::{ParticleBreakdown, Stream, stream::Purpose};
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::Initial;
use crate::schemes::{Scheme, Sde, Step, WeightRule};
use rayon::prelude::*;

/// Particles that share a random stream and are advanced together in the L1 cache.
pub const BLOCK: usize = 512;
/// Bundles of a block.
const BUNDLES: usize = BLOCK / LANES;

/// A block of particles; all `BLOCK` places are always filled and advanced, so that its random
/// numbers do not depend on how many of them count.
#[derive(Clone, Debug)]
struct Block {
    /// Positions: bundle by bundle, d components each.
    x: Vec<Lanes>,
    /// Log-weights since the last resampling.
    log_weight: Vec<Lanes>,
    /// c(t, X) at the current time.
    rate: Vec<Lanes>,
    stream: Stream,
}

/// Weighted paths X with log-weights −∫c dt.
#[derive(Clone, Debug)]
pub struct Ensemble {
    dimension: usize,
    count: usize,
    blocks: Vec<Block>,
    time: f64,
}

/// The equation, the scheme and the weight rule that advance an ensemble.
#[derive(Clone, Copy)]
pub struct Motion<'a> {
    /// dX = b dt + σ dW with rate c.
    pub sde: &'a (dyn Sde<Lanes> + Sync),
    /// One-step scheme.
    pub scheme: &'static dyn Scheme,
    /// Quadrature of the log-weight.
    pub weight: WeightRule,
    /// Whether there is a rate at all; without one the weights stay 1 and are not touched.
    pub weighted: bool,
}

impl Ensemble {
    /// `count` independent draws from `initial` at time 0, with the rate at their places.
    pub fn new(initial: &Initial, count: usize, seed: u64, motion: Motion<'_>) -> Self {
        let dimension = motion.sde.dimension();
        let blocks = (0..count.div_ceil(BLOCK))
            .into_par_iter()
            .map(|index| {
                let mut block = Block {
                    x: vec![Lanes::zero(); BUNDLES * dimension],
                    log_weight: vec![Lanes::zero(); BUNDLES],
                    rate: vec![Lanes::zero(); BUNDLES],
                    stream: Stream::new(seed, Purpose::Paths, index),
                };
                let mut normals = vec![Lanes::zero(); dimension];
                for (x, rate) in block.x.chunks_exact_mut(dimension).zip(&mut block.rate) {
                    draw_initial(initial, &mut block.stream, &mut normals, x);
                    if motion.weighted {
                        *rate = motion.sde.rate(&Lanes::zero(), x);
                    }
                }
                block
            })
            .collect();
        Self { dimension, count, blocks, time: 0.0 }
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
        motion: Motion<'_>,
        h: f64,
        first: usize,
        steps: usize,
    ) -> Result<(), ParticleBreakdown> {
        let (dimension, count) = (self.dimension, self.count);
        let failure = self
            .blocks
            .par_iter_mut()
            .enumerate()
            .filter_map(|(index, block)| {
                let active = (count - index * BLOCK).min(BLOCK);
                block.advance(motion, dimension, h, first..first + steps, active).map(|mut failure| {
                    failure.particle += index * BLOCK;
                    failure
                })
            })
            .min_by_key(|failure| (failure.step, failure.particle));
        self.time = (first + steps) as f64 * h;
        match failure {
            None => Ok(()),
            Some(Failure { step, particle, log_weight, position }) => {
                let time = (step + 1) as f64 * h;
                Err(if position.iter().all(|x| x.is_finite()) {
                    ParticleBreakdown::Weight { time, particle, value: log_weight, position }
                } else {
                    ParticleBreakdown::Exploded { time, particle, position, step: h }
                })
            }
        }
    }

    /// Turns the states of the chains into the output of the scheme, for steps of length `h`.
    pub fn post_process(&mut self, motion: Motion<'_>, h: f64, seed: u64) {
        let d = self.dimension;
        let variates = motion.scheme.post_variates(motion.sde.noise_dimension());
        if variates.is_empty() {
            return;
        }
        let step =
            Step { t: Lanes::constant(self.time), h: Lanes::constant(h), sqrt_h: Lanes::constant(h.sqrt()) };
        self.blocks.par_iter_mut().enumerate().for_each(|(index, block)| {
            let mut stream = Stream::new(seed, Purpose::PostProcessing, index);
            let mut noise = vec![Lanes::zero(); variates.len()];
            let mut work = vec![Lanes::zero(); motion.scheme.claims().work_vectors * d];
            for x in block.x.chunks_exact_mut(d) {
                stream.variates(&variates, &mut noise);
                motion.scheme.post_lanes(motion.sde, &step, x, &noise, &mut work);
            }
        });
    }

    /// The current time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Log-weight of every particle since the last resampling, in order.
    pub fn log_weights(&self) -> Vec<f64> {
        self.collect(|block, bundle| block.log_weight[bundle])
    }

    /// c(t, X) of every particle at the current time, in order.
    pub fn rates(&self) -> Vec<f64> {
        self.collect(|block, bundle| block.rate[bundle])
    }

    /// f(X) of every particle, in order.
    pub fn map(&self, f: impl Fn(&[Lanes]) -> Lanes + Sync) -> Vec<f64> {
        let d = self.dimension;
        self.collect(|block, bundle| f(&block.x[bundle * d..(bundle + 1) * d]))
    }

    fn collect(&self, f: impl Fn(&Block, usize) -> Lanes + Sync) -> Vec<f64> {
        let mut out = vec![0.0; self.blocks.len() * BLOCK];
        out.par_chunks_exact_mut(BLOCK).zip(&self.blocks).for_each(|(out, block)| {
            for (bundle, out) in out.chunks_exact_mut(LANES).enumerate() {
                out.copy_from_slice(&f(block, bundle).0);
            }
        });
        out.truncate(self.count);
        out
    }

    /// Puts particle `ancestors[i]` in place i, for every i, and sets the log-weights of the places for
    /// which `reset` holds to 0.
    pub fn rearrange(&mut self, ancestors: &[usize], reset: impl Fn(usize) -> bool + Sync) {
        let d = self.dimension;
        let old: Vec<(Vec<Lanes>, Vec<Lanes>)> =
            self.blocks.par_iter().map(|block| (block.x.clone(), block.rate.clone())).collect();
        self.blocks.par_iter_mut().enumerate().for_each(|(index, block)| {
            for place in 0..BLOCK {
                let Some(&parent) = ancestors.get(index * BLOCK + place) else {
                    break;
                };
                let (to, lane) = (place / LANES, place % LANES);
                if reset(index * BLOCK + place) {
                    block.log_weight[to].0[lane] = 0.0;
                }
                let (x, rate) = &old[parent / BLOCK];
                let (from, parent_lane) = (parent % BLOCK / LANES, parent % LANES);
                block.rate[to].0[lane] = rate[from].0[parent_lane];
                for i in 0..d {
                    block.x[to * d + i].0[lane] = x[from * d + i].0[parent_lane];
                }
            }
        });
    }
}

/// Writes a bundle of draws from `initial`; `normals` is work space of d bundles.
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

struct Failure {
    step: usize,
    particle: usize,
    log_weight: f64,
    position: Vec<f64>,
}

impl Block {
    /// Runs the steps for all bundles; stops at the first step in which one of the `active` particles fails.
    fn advance(
        &mut self,
        motion: Motion<'_>,
        d: usize,
        h: f64,
        steps: std::ops::Range<usize>,
        active: usize,
    ) -> Option<Failure> {
        let Motion { sde, scheme, weight, weighted } = motion;
        let variates = scheme.variates(sde.noise_dimension());
        let quadrature = weight.quadrature();
        let mut noise = vec![Lanes::zero(); variates.len()];
        let mut work = vec![Lanes::zero(); scheme.claims().work_vectors * d];
        let mut step = Step { t: Lanes::zero(), h: Lanes::constant(h), sqrt_h: Lanes::constant(h.sqrt()) };
        for k in steps {
            step.t = Lanes::constant(k as f64 * h);
            let end = Lanes::constant((k + 1) as f64 * h);
            let [first, last] = quadrature.times(&step.t, &step.h);
            for (bundle, x) in self.x.chunks_exact_mut(d).enumerate() {
                self.stream.variates(&variates, &mut noise);
                let before = match quadrature.is_continuous() {
                    true => self.rate[bundle],
                    false if weighted => sde.rate(&first, x),
                    false => Lanes::zero(),
                };
                scheme.step_lanes(sde, &step, x, &noise, &mut work);
                if weighted {
                    self.rate[bundle] = sde.rate(&end, x);
                    let after =
                        if quadrature.is_continuous() { self.rate[bundle] } else { sde.rate(&last, x) };
                    self.log_weight[bundle] += quadrature.log_increment(&step.h, [before, after]);
                }
            }
            if let Some(failure) = self.failure(d, k, active) {
                return Some(failure);
            }
        }
        None
    }

    fn failure(&self, d: usize, step: usize, active: usize) -> Option<Failure> {
        // A sum is finite only if no term is NaN or infinite (or the sum overflows, which is as bad).
        let sound = |x: &[Lanes], weight: &Lanes| {
            let sum = x.iter().fold(*weight, |sum, x| sum + Lanes::zero() * *x);
            sum.0.iter().all(|value| *value < f64::INFINITY)
        };
        if self.x.chunks_exact(d).zip(&self.log_weight).all(|(x, weight)| sound(x, weight)) {
            return None;
        }
        (0..active).find_map(|particle| {
            let (bundle, lane) = (particle / LANES, particle % LANES);
            let position: Vec<f64> = self.x[bundle * d..(bundle + 1) * d].iter().map(|x| x.0[lane]).collect();
            let log_weight = self.log_weight[bundle].0[lane];
            // Weight 0 (a log-weight of −∞) is a legitimate death.
            let sound = position.iter().all(|x| x.is_finite()) && log_weight < f64::INFINITY;
            (!sound).then_some(Failure { step, particle, log_weight, position })
        })
    }
}
