//! Monte Carlo with a martingale control variate: sums of local errors along sampled paths.
//!
//! For any functions u_k with u_n = φ, the expectation of the scheme telescopes,
//! E φ(Xₙ)Wₙ = E u_0(X_0) + Σ_k E W_k [E(e^{ΔA} u_{k+1}(X_{k+1}) | X_k) − u_k(X_k)]. With the backward functions of an
//! accurate scheme for u, every bracket is a local error of order h^{p+1} (this is how Talay and Tubaro 1990 expand the
//! global error), so the sum has the spread of the bias and not that of φ. Only the variance depends on u; the mean is
//! that of the scheme whatever u is (Newton 1994, SIAM J. Appl. Math. 54, 1730–1751; Milstein and Tretyakov 2009, SIAM
//! J. Numer. Anal. 47, 3142–3167).
//!
//! The conditional expectation is a sum over the nodes of the step's variates. Discrete laws have no others. For Gaussian
//! ones the interpolant at Gauss–Hermite nodes has the expectation of the rule, so what it misses at the variates of the
//! path, added to that, keeps the mean exact.

use super::Candidate;
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::law::{Backward, variate_nodes};
use crate::particles::coupled::{Difference, LevelSums, Path};
use crate::particles::{BLOCK, Motion, Purpose, Stream};
use crate::symbolic::Variate;
use rayon::prelude::*;
use std::ops::Range;

/// Paths with one number of steps.
#[derive(Clone, Copy)]
pub struct Controlled<'a> {
    pub candidate: Candidate<'a>,
    pub motion: Motion<'a>,
    pub backward: &'a Backward,
    /// Divides the steps of the backward functions.
    pub steps: usize,
    /// Number of the level; levels of different numbers are independent.
    pub number: u32,
}

impl Controlled<'_> {
    /// Runs these blocks of paths: sums of (E φW − E u_0, E W − E ū_0, φW, W), ū for φ = 1.
    pub fn run(&self, blocks: Range<usize>) -> LevelSums {
        let blocks: Vec<LevelSums> = blocks.into_par_iter().map(|block| self.block(block)).collect();
        let mut all = LevelSums::default();
        for block in &blocks {
            all.merge(block);
        }
        all
    }

    fn block(&self, index: usize) -> LevelSums {
        let Self { candidate, motion, .. } = *self;
        let problem = candidate.problem;
        let mut stream = Stream::new(candidate.settings.seed, Purpose::Controlled(self.number), index);
        let m = motion.sde.noise_dimension();
        let order = candidate.scheme.weak_order() as usize;
        let rules = [motion.scheme.variates(m), motion.scheme.post_variates(m).unwrap_or_default()]
            .map(|variates| Interpolation::new(variates, order));
        let mut work = vec![Lanes::zero(); problem.dimension() * motion.scheme.claims().work_vectors];
        let h = problem.horizon / self.steps as f64;
        let stride = self.backward.steps() / self.steps;
        let mut sums = LevelSums::default();
        for _ in 0..BLOCK / LANES {
            let mut path = Path::draw(problem, motion, &mut stream);
            let (mut before, mut trial) = (path.clone(), path.clone());
            let mut now = self.backward.value(0, &path.x);
            let mut gains = [Lanes::zero(); 2];
            for k in 0..self.steps {
                before.copy_from(&path);
                let mut noise = rules[0].draw(&mut stream);
                path.step(motion, k as f64 * h, h, &noise, &mut work);
                let next = self.backward.value(stride * (k + 1), &path.x);
                let w = before.log_weight.map(f64::exp);
                let after = path.log_weight.map(f64::exp);
                for i in 0..2 {
                    gains[i] += after * next[i] - w * now[i];
                }
                rules[0].correct(&mut noise, |share, node| {
                    trial.copy_from(&before);
                    trial.step(motion, k as f64 * h, h, node, &mut work);
                    let value = self.backward.value(stride * (k + 1), &trial.x);
                    let share = share * trial.log_weight.map(f64::exp);
                    for i in 0..2 {
                        gains[i] += share * value[i];
                    }
                });
                now = next;
            }
            let w = path.log_weight.map(f64::exp);
            let mut output = |noise: &[Lanes]| {
                trial.copy_from(&path);
                trial.post_process(motion, problem.horizon, h, noise, &mut work);
                candidate.settings.observable.value(&trial.x)
            };
            let mut noise = rules[1].draw(&mut stream);
            let φ = output(&noise);
            let mut final_gain = φ - now[0];
            rules[1].correct(&mut noise, |share, node| final_gain += share * output(node));
            gains[0] += w * final_gain;
            gains[1] += w * (Lanes::constant(1.0) - now[1]);
            for lane in 0..LANES {
                sums.push([gains[0].0[lane], gains[1].0[lane], (w * φ).0[lane], w.0[lane]]);
            }
        }
        sums
    }
}

/// E_{h/2} − E_h from independent paths with either step.
pub fn difference(backward: &Backward, [coarse, fine]: [&LevelSums; 2], normalized: bool) -> Difference {
    let [coarse, fine] = [coarse, fine].map(|sums| mean(backward, sums, normalized));
    Difference { value: fine.value - coarse.value, stderr: fine.stderr.hypot(coarse.stderr) }
}

/// E φW, or (`normalized`) E φW/E W.
fn mean(backward: &Backward, sums: &LevelSums, normalized: bool) -> Difference {
    let [gain, mass_gain] = sums.mean();
    let (value, mass) = (backward.expectation.value + gain, backward.expectation.mass + mass_gain);
    let (value, gradient) = match normalized {
        true => (value / mass, [1.0 / mass, -value / (mass * mass)]),
        false => (value, [1.0, 0.0]),
    };
    Difference { value, stderr: (sums.variance(gradient) / sums.paths() as f64).sqrt() }
}

/// The interpolant, in the variates of one step, at the tensor product of their nodes.
struct Interpolation {
    variates: Vec<Variate>,
    /// For every variate, (node, probability or quadrature weight).
    nodes: Vec<Vec<(f64, f64)>>,
}

impl Interpolation {
    /// For a scheme of weak order `order`: one Gaussian gets the nodes that leave a residual of order h^{order + ½}, as
    /// small in the sum over all steps as the bias is; where there are several, fewer are cheaper.
    fn new(variates: Vec<Variate>, order: usize) -> Self {
        let gaussians = variates.iter().filter(|variate| **variate == Variate::Gaussian).count();
        let count = |variate| match variate {
            // It acts with a power of h more.
            Variate::SpaceTimeArea => 2,
            _ if gaussians > 1 => 4,
            _ => 2 * order + 1,
        };
        let nodes = variates.iter().map(|&variate| variate_nodes(variate, count(variate))).collect();
        Self { variates, nodes }
    }

    fn draw(&self, stream: &mut Stream) -> Vec<Lanes> {
        let mut noise = vec![Lanes::zero(); self.variates.len()];
        stream.variates(&self.variates, &mut noise);
        noise
    }

    /// Calls `add` with (quadrature weight − Lagrange polynomial at `noise`, node) for every node: what has to be added to
    /// the value at `noise` for the expectation over the noise. Leaves the last node in `noise`.
    fn correct(&self, noise: &mut [Lanes], mut add: impl FnMut(Lanes, &[Lanes])) {
        let lagrange: Vec<Vec<Lanes>> = self
            .nodes
            .iter()
            .zip(&*noise)
            .map(|(nodes, ξ)| (0..nodes.len()).map(|i| lagrange(nodes, i, *ξ)).collect())
            .collect();
        let count: usize = self.nodes.iter().map(Vec::len).product();
        if self.nodes.is_empty() {
            return;
        }
        for index in 0..count {
            let mut rest = index;
            let (mut weight, mut share) = (1.0, Lanes::constant(1.0));
            for ((nodes, lagrange), ξ) in self.nodes.iter().zip(&lagrange).zip(&mut *noise) {
                let i = rest % nodes.len();
                rest /= nodes.len();
                *ξ = Lanes::constant(nodes[i].0);
                weight *= nodes[i].1;
                share = share * lagrange[i];
            }
            add(Lanes::constant(weight) - share, noise);
        }
    }
}

/// The Lagrange polynomial of node `i` at ξ.
fn lagrange(nodes: &[(f64, f64)], i: usize, ξ: Lanes) -> Lanes {
    let own = nodes[i].0;
    let others = nodes.iter().enumerate().filter(|(j, _)| *j != i);
    others
        .fold(Lanes::constant(1.0), |product, (_, (node, _))| product * ξ.map(|ξ| (ξ - node) / (own - node)))
}
