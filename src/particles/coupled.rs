//! Coupled levels: the same Brownian paths with steps h and h/2, so that what is measured is the
//! difference of the biases and not the noise of two runs. Also single paths, on which the sum over the levels of a
//! multilevel estimate starts.

mod blocks;

use super::{Motion, Stream, ensemble::draw_initial};
use crate::algebra::{Lanes, Scalar};
use crate::model::{Observable, Problem};
use crate::schemes::Step;
use std::ops::Range;

/// Sums over paths of a = (ΔΦ, ΔW, Φ, W) and of its products, with W = exp(−∫c dt) and Φ = W·φ(X_T) on
/// the coarse path, and Δ the fine value minus the coarse one.
///
/// The fine value is the mean over two paths, which take the two halves of every coarse increment in
/// either order (antithetic coupling, Giles and Szpruch 2014): the leading part of the difference,
/// linear in the difference of the halves, cancels.
#[derive(Clone, Debug, Default)]
pub struct LevelSums {
    paths: u64,
    exploded: u64,
    sums: [f64; 4],
    products: [[f64; 4]; 4],
    /// Sums of (ΔΦ)³, (ΔΦ)²ΔW, … and of (ΔΦ)⁴, (ΔΦ)³ΔW, ….
    thirds: [f64; 4],
    fourths: [f64; 5],
}

/// Variance, relative to the mean square, below which fourth moments are rounding, and below which there is no spread at all.
const RESOLVED: f64 = 1e-6;
const SPREAD: f64 = 1e-12;

/// A difference of expectations, or one, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Fine minus coarse; or the expectation.
    pub value: f64,
    /// Standard error.
    pub stderr: f64,
}

impl LevelSums {
    /// Number of coupled paths.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// Number of further paths, which left the range of f64 and are in none of the sums.
    pub fn exploded(&self) -> u64 {
        self.exploded
    }

    /// Adds the sums of further paths.
    pub fn merge(&mut self, other: &Self) {
        self.paths += other.paths;
        self.exploded += other.exploded;
        for i in 0..4 {
            self.sums[i] += other.sums[i];
            for j in 0..4 {
                self.products[i][j] += other.products[i][j];
            }
        }
        self.thirds.iter_mut().zip(other.thirds).for_each(|(own, other)| *own += other);
        self.fourths.iter_mut().zip(other.fourths).for_each(|(own, other)| *own += other);
    }

    /// Mean of (ΔΦ, ΔW).
    pub fn mean(&self) -> [f64; 2] {
        [0, 1].map(|i| self.sums[i] / self.paths as f64)
    }

    /// Variance over paths of gᵀ(ΔΦ, ΔW).
    pub fn variance(&self, g: [f64; 2]) -> f64 {
        self.spread([g[0], g[1], 0.0, 0.0])
    }

    /// Variance over paths of gᵀ(Φ, W) on the coarse path.
    pub fn coarse_variance(&self, g: [f64; 2]) -> f64 {
        self.spread([0.0, 0.0, g[0], g[1]])
    }

    /// Adds (ΔΦ, ΔW, Φ, W) of one path.
    pub fn push(&mut self, a: [f64; 4]) {
        if a.iter().any(|value| !value.is_finite()) {
            self.exploded += 1;
            return;
        }
        self.paths += 1;
        for i in 0..4 {
            self.sums[i] += a[i];
            for j in 0..4 {
                self.products[i][j] += a[i] * a[j];
            }
        }
        let [φ, w, ..] = a;
        for (k, own) in self.thirds.iter_mut().enumerate() {
            *own += [φ * φ * φ, φ * φ * w, φ * w * w, w * w * w][k];
        }
        for (k, own) in self.fourths.iter_mut().enumerate() {
            *own += [φ * φ * φ * φ, φ * φ * φ * w, φ * φ * w * w, φ * w * w * w, w * w * w * w][k];
        }
    }

    /// How many paths make the variance of gᵀ(ΔΦ, ΔW): n(variance)²/(fourth central moment), which for an event is how many
    /// met it (or missed it, if those are fewer); 0 without a spread.
    pub fn terms(&self, [a, b]: [f64; 2]) -> f64 {
        let n = self.paths as f64;
        let mean = (a * self.sums[0] + b * self.sums[1]) / n;
        let p = &self.products;
        let square = (a * a * p[0][0] + 2.0 * a * b * p[0][1] + b * b * p[1][1]) / n;
        let sum = |sums: &[f64], binomial: &[f64]| {
            let power = sums.len() as i32 - 1;
            let terms = sums.iter().zip(binomial).enumerate();
            terms.map(|(k, (sum, c))| c * a.powi(power - k as i32) * b.powi(k as i32) * sum).sum::<f64>() / n
        };
        let variance = square - mean * mean;
        if self.paths == 0 || variance <= SPREAD * square {
            return 0.0;
        }
        if variance <= RESOLVED * square {
            return n;
        }
        let third = sum(&self.thirds, &[1.0, 3.0, 3.0, 1.0]);
        let fourth = sum(&self.fourths, &[1.0, 4.0, 6.0, 4.0, 1.0]);
        let central = fourth - 4.0 * mean * third + 6.0 * mean * mean * square - 3.0 * mean.powi(4);
        n * variance * variance / central.max(variance * variance)
    }

    /// Mean square over paths of gᵀ(Φ, W) on the coarse path.
    pub fn coarse_square(&self, [a, b]: [f64; 2]) -> f64 {
        let p = &self.products;
        (a * a * p[2][2] + 2.0 * a * b * p[2][3] + b * b * p[3][3]) / self.paths as f64
    }

    /// Fine minus coarse log E W, by the delta method.
    pub fn log_mass_difference(&self) -> Difference {
        let n = self.paths as f64;
        let [_, dw, _, w] = self.sums.map(|sum| sum / n);
        let value = (dw / w).ln_1p();
        self.by_delta_method(value, [0.0, 1.0 / (w + dw), 0.0, 1.0 / (w + dw) - 1.0 / w])
    }

    /// Fine minus coarse expectation: of Φ, or (`normalized`) of the ratio E Φ / E W, with the
    /// standard error of the latter by the delta method.
    pub fn difference(&self, normalized: bool) -> Difference {
        let n = self.paths as f64;
        let [dφ, dw, φ, w] = self.sums.map(|sum| sum / n);
        let (value, gradient) = if normalized {
            let (fine, ratio) = (w + dw, φ / w);
            let value = (dφ - ratio * dw) / fine;
            (value, [1.0, -ratio - value, -dw / w, ratio * dw / w - value].map(|g| g / fine))
        } else {
            (dφ, [1.0, 0.0, 0.0, 0.0])
        };
        self.by_delta_method(value, gradient)
    }

    /// The coarse expectation itself: of Φ, or (`normalized`) of the ratio E Φ / E W.
    pub fn coarse_mean(&self, normalized: bool) -> Difference {
        let [φ, w] = [2, 3].map(|i| self.sums[i] / self.paths as f64);
        match normalized {
            true => self.by_delta_method(φ / w, [0.0, 0.0, 1.0 / w, -φ / (w * w)]),
            false => self.by_delta_method(φ, [0.0, 0.0, 1.0, 0.0]),
        }
    }

    fn by_delta_method(&self, value: f64, gradient: [f64; 4]) -> Difference {
        Difference { value, stderr: (self.spread(gradient) / self.paths as f64).sqrt() }
    }

    /// Variance over paths of gᵀ(ΔΦ, ΔW, Φ, W).
    fn spread(&self, g: [f64; 4]) -> f64 {
        let n = self.paths as f64;
        let means = self.sums.map(|sum| sum / n);
        let mut variance = 0.0;
        for i in 0..4 {
            for j in 0..4 {
                variance += g[i] * g[j] * (self.products[i][j] / n - means[i] * means[j]);
            }
        }
        variance.max(0.0) * n / (n - 1.0)
    }
}

/// One level of an order study: coarse step `horizon / steps`, fine step half of it.
#[derive(Clone, Copy)]
pub struct Level<'a> {
    /// The flow.
    pub problem: &'a Problem,
    /// Functions φ, which share the paths.
    pub observables: &'a [Observable],
    /// Equation, scheme and weight rule.
    pub motion: Motion<'a>,
    /// Number of coarse steps.
    pub steps: usize,
    /// Seed of the random streams.
    pub seed: u64,
    /// Number of the level; levels of different numbers are independent.
    pub number: u32,
}

impl Level<'_> {
    /// Runs the blocks of paths (of [`BLOCK`](crate::particles::BLOCK) each) with these numbers; gives the sums of every observable.
    pub fn run(&self, blocks: Range<usize>) -> Vec<LevelSums> {
        let mut all = vec![LevelSums::default(); self.observables.len()];
        for part in self.blocks(blocks) {
            for (sums, part) in all.iter_mut().zip(part) {
                sums.merge(&part);
            }
        }
        all
    }
}

/// A batch of weighted paths.
#[derive(Clone, Debug)]
pub struct Path {
    /// Where they are.
    pub x: Vec<Lanes>,
    /// −∫c dt so far.
    pub log_weight: Lanes,
    rate: Lanes,
}

impl Path {
    /// Paths from the draws of `stream` at time 0.
    pub fn draw(problem: &Problem, motion: Motion<'_>, stream: &mut Stream) -> Self {
        let mut start = vec![Lanes::zero(); problem.dimension()];
        let mut normals = start.clone();
        draw_initial(&problem.initial, stream, &mut normals, &mut start);
        Self::new(motion, &start)
    }

    fn new(motion: Motion<'_>, start: &[Lanes]) -> Self {
        let (mut rate, mut log_weight) = (Lanes::zero(), Lanes::zero());
        if motion.weighted {
            rate = motion.sde.rate(&Lanes::zero(), start);
            log_weight = motion.sde.log_start_weight(start).unwrap_or(log_weight);
        }
        Self { x: start.to_vec(), log_weight, rate }
    }

    /// Takes the place of another batch.
    pub fn copy_from(&mut self, other: &Self) {
        self.x.copy_from_slice(&other.x);
        self.log_weight = other.log_weight;
        self.rate = other.rate;
    }

    /// Advances the paths by one step of length `h` from time `t`; `work` has the work vectors of the scheme.
    pub fn step(&mut self, motion: Motion<'_>, t: f64, h: f64, noise: &[Lanes], work: &mut [Lanes]) {
        let step = Step::new(t, h);
        let quadrature = motion.weight.quadrature();
        let [first, last] = quadrature.times(&step.t, &step.h);
        if motion.weighted && !quadrature.is_continuous() {
            self.rate = motion.sde.rate(&first, &self.x);
        }
        motion.scheme.advance(motion.sde, &step, &mut self.x, noise, work);
        if motion.weighted {
            let after = motion.sde.rate(&last, &self.x);
            self.log_weight += quadrature.log_increment(&step.h, [self.rate, after]);
            self.rate = after;
        }
    }

    /// Turns the states at time `t` into the output of the scheme.
    pub fn post_process(&mut self, motion: Motion<'_>, t: f64, h: f64, noise: &[Lanes], work: &mut [Lanes]) {
        let step = Step::new(t, h);
        motion.scheme.finish(motion.sde, &step, &mut self.x, noise, work);
    }
}
