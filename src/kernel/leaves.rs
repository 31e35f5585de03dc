//! Sums for groups of neighbouring targets over a flat list of groups of neighbouring sources, with a certified cut-off and
//! coarse exponentials. For a few thousand points this takes less time than building a tree or an interpolant. A vector
//! holds the targets of a group, so there is no sum across its lanes.

use super::blocks::WIDTH;
use super::curve::by_neighbours;
use crate::algebra::elementary::{COARSE, exp_of_negative, exp2_coarse, ln_of_normal};
use crate::algebra::simd::vectorized;
use rayon::prelude::*;
use std::f64::consts::{LN_2, LOG2_E};

/// The exponents |x − y|² log₂e/2 are squares of distances in this unit.
fn unit() -> f64 {
    (2.0 * LN_2).sqrt()
}

/// Squared distance beyond that of the nearest leaf within which leaves are summed before anything is cut off.
const NEAR: f64 = 1.0;

/// Neither 2^this nor sums of 2⁶⁴ of it overflow.
const HIGH: f64 = 900.0;

/// A number for each of some neighbours.
type Group = [f64; WIDTH];

/// Sources by leaves of [`WIDTH`] neighbours.
pub(super) struct Leaves {
    dimension: usize,
    /// log₂ of the sum of all weights.
    log_mass: f64,
    /// The sources, leaf by leaf.
    order: Vec<u32>,
    /// Of each leaf the coordinates, axis by axis, and the binary logarithms of the weights; the last is filled up with
    /// weights of 0.
    leaves: Vec<Group>,
    /// Axis by axis the lower and upper ends of the leaves, [`WIDTH`] side by side; those that are none lie at infinity.
    ends: Vec<Vec<[Group; 2]>>,
}

impl Leaves {
    /// Takes the sources (`points` point after point); no log-weight is above 0.
    pub(super) fn new(dimension: usize, points: &[f64], log_weights: &[f64]) -> Self {
        let order = by_neighbours(dimension, points);
        let mut leaves = Vec::with_capacity(order.len().div_ceil(WIDTH) * (dimension + 1));
        let groups = order.len().div_ceil(WIDTH * WIDTH);
        let mut ends = vec![vec![[[f64::INFINITY; WIDTH]; 2]; groups]; dimension];
        for (place, leaf) in order.chunks(WIDTH).enumerate() {
            for (axis, ends) in ends.iter_mut().enumerate() {
                let coordinates = gather(points, dimension, axis, leaf);
                let [lower, upper] = &mut ends[place / WIDTH];
                lower[place % WIDTH] = least(&coordinates);
                upper[place % WIDTH] = largest(&coordinates);
                leaves.push(coordinates);
            }
            let mut weights = [f64::NEG_INFINITY; WIDTH];
            for (weight, &i) in weights.iter_mut().zip(leaf) {
                *weight = log_weights[i as usize] * LOG2_E;
            }
            leaves.push(weights);
        }
        let mass: f64 = log_weights.iter().map(|log| log.exp()).sum();
        Self { dimension, log_mass: mass.log2(), order, leaves, ends }
    }

    /// log Σ e^{ℓ_j − |x − y_j|²/2} at each target, and a bound on its error, at most `tolerance` > [`COARSE`], but for
    /// rounding. With `leave_out` the targets are the sources, and each is left out of its own sum.
    pub(super) fn log_sums(&self, targets: &[f64], leave_out: bool, tolerance: f64) -> Vec<(f64, f64)> {
        let apart = (!leave_out).then(|| by_neighbours(self.dimension, targets));
        let order = apart.as_ref().unwrap_or(&self.order);
        let log_share = (tolerance - COARSE).log2();
        let sums = |near: &mut Vec<Group>, (leaf, group): (usize, &[u32])| {
            let x: Vec<Group> =
                (0..self.dimension).map(|axis| gather(targets, self.dimension, axis, group)).collect();
            // The groups are the leaves where the targets are the sources.
            let own = leave_out.then_some(leaf);
            vectorized(
                #[inline(always)]
                || self.group(&x, own, log_share, near),
            )
        };
        let groups: Vec<_> = order.par_chunks(WIDTH).enumerate().map_init(Vec::new, sums).collect();
        let mut out = vec![(0.0, 0.0); order.len()];
        for (group, values) in order.chunks(WIDTH).zip(groups) {
            for (&i, value) in group.iter().zip(values) {
                out[i as usize] = value;
            }
        }
        out
    }

    /// Log sums and bounds on their errors for a group of targets; `near` is work space.
    ///
    /// The leaves about the group are summed first. With 2^s the least of their sums, all sources at a distance of r or
    /// more add at most M 2^{−r²}, M the sum of all weights, which for r² = log₂M − s − `log_share` is the allowed share of 2^s.
    #[inline(always)]
    fn group(
        &self,
        x: &[Group],
        own: Option<usize>,
        log_share: f64,
        near: &mut Vec<Group>,
    ) -> [(f64, f64); WIDTH] {
        let nearest = self.distances(x, near);
        let (near, leaves) = (near.as_flattened(), 0..self.order.len().div_ceil(WIDTH));
        let first = leaves
            .clone()
            .find(
                #[inline(always)]
                |&leaf| near[leaf] == nearest,
            )
            .expect("the nearest is one of them");
        let mut total = Sums::new(self.exponents(first, x, own));
        for leaf in leaves.clone().filter(|&leaf| near[leaf] <= nearest + NEAR && leaf != first) {
            total.add(self.exponents(leaf, x, own));
        }
        let log_lost = total.log_least() + log_share;
        let radius = self.log_mass - log_lost;
        let mut cut = false;
        for leaf in leaves.filter(|&leaf| near[leaf] > nearest + NEAR) {
            if near[leaf] < radius {
                total.add(self.exponents(leaf, x, own));
            } else {
                cut = true;
            }
        }
        let mut out = [(0.0, COARSE); WIDTH];
        for ((out, reference), sum) in out.iter_mut().zip(&total.references).zip(&total.sums) {
            let log = reference + LOG2_E * ln_of_normal(*sum);
            let lost = if cut { exp2_coarse(log_lost - log) } else { 0.0 };
            *out = (log * LN_2, lost + COARSE);
        }
        out
    }

    /// Writes the squared distance of every leaf from the box around a group of targets; returns the least.
    #[inline(always)]
    fn distances(&self, x: &[Group], near: &mut Vec<Group>) -> f64 {
        near.clear();
        near.resize(self.order.len().div_ceil(WIDTH * WIDTH), [0.0; WIDTH]);
        for (x, ends) in x.iter().zip(&self.ends) {
            let (low, high) = (least(x), largest(x));
            for (near, [lower, upper]) in near.iter_mut().zip(ends) {
                for ((near, lower), upper) in near.iter_mut().zip(lower).zip(upper) {
                    let outside = max(max(lower - high, low - upper), 0.0);
                    *near = outside.mul_add(outside, *near);
                }
            }
        }
        let mut nearest = [f64::INFINITY; WIDTH];
        for near in near {
            for (nearest, near) in nearest.iter_mut().zip(near) {
                *nearest = min(*near, *nearest);
            }
        }
        least(&nearest)
    }

    /// log₂ of the terms of a leaf, for each of the targets; in the group `own` each is one of the sources, and left out.
    #[inline(always)]
    fn exponents(&self, leaf: usize, x: &[Group], own: Option<usize>) -> [Group; WIDTH] {
        let rows = &self.leaves[leaf * (self.dimension + 1)..][..self.dimension + 1];
        let (log_weights, coordinates) = rows.split_last().expect("they end with the log-weights");
        let mut exponents = [[0.0; WIDTH]; WIDTH];
        for (source, exponents) in exponents.iter_mut().enumerate() {
            let mut exponent = [log_weights[source]; WIDTH];
            for (x, coordinates) in x.iter().zip(coordinates) {
                let y = coordinates[source];
                for (exponent, x) in exponent.iter_mut().zip(x) {
                    let distance = x - y;
                    *exponent = distance.mul_add(-distance, *exponent);
                }
            }
            *exponents = exponent;
        }
        if own == Some(leaf) {
            for (place, exponents) in exponents.iter_mut().enumerate() {
                exponents[place] = f64::NEG_INFINITY;
            }
        }
        exponents
    }
}

/// Sums of powers of 2, each in units of 2^reference.
struct Sums {
    references: Group,
    sums: Group,
    /// Whether all references are so high that no term, which is at most 1, is out of range beside them.
    high: bool,
}

impl Sums {
    /// The sums of these; the references are the largest exponents.
    #[inline(always)]
    fn new(exponents: [Group; WIDTH]) -> Self {
        let mut sums = Self { references: [f64::NEG_INFINITY; WIDTH], sums: [0.0; WIDTH], high: false };
        sums.add_raising(exponents);
        sums
    }

    #[inline(always)]
    fn add(&mut self, exponents: [Group; WIDTH]) {
        if self.high {
            self.add_as_they_are(exponents);
        } else {
            self.add_raising(exponents);
        }
    }

    /// Adds with the references raised to the largest exponents.
    #[inline(always)]
    fn add_raising(&mut self, exponents: [Group; WIDTH]) {
        let before = self.references;
        for exponents in &exponents {
            for (reference, &exponent) in self.references.iter_mut().zip(exponents) {
                *reference = max(exponent, *reference);
            }
        }
        for ((sum, before), reference) in self.sums.iter_mut().zip(before).zip(&self.references) {
            // Not coarse, as every raise multiplies. Where all is −∞ the difference is NaN, and its power 0.
            *sum *= exp_of_negative((before - reference) * LN_2);
        }
        self.high = least(&self.references) > -HIGH;
        self.add_as_they_are(exponents);
    }

    #[inline(always)]
    fn add_as_they_are(&mut self, mut exponents: [Group; WIDTH]) {
        for exponents in &mut exponents {
            for (exponent, reference) in exponents.iter_mut().zip(&self.references) {
                *exponent -= reference;
            }
        }
        // It is loops longer than a vector that the compiler makes vectors of.
        for exponent in exponents.as_flattened_mut() {
            *exponent = exp2_coarse(*exponent);
        }
        for terms in &exponents {
            for (sum, term) in self.sums.iter_mut().zip(terms) {
                *sum += term;
            }
        }
    }

    /// The whole part of log₂ of the least sum, or less.
    #[inline(always)]
    fn log_least(&self) -> f64 {
        let mut logs = self.references;
        for (log, sum) in logs.iter_mut().zip(&self.sums) {
            *log += ((sum.to_bits() >> 52) as i64 - 1023) as f64;
        }
        least(&logs)
    }
}

#[inline(always)]
fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
fn least(group: &Group) -> f64 {
    group.iter().copied().fold(f64::INFINITY, min)
}

#[inline(always)]
fn largest(group: &Group) -> f64 {
    group.iter().copied().fold(f64::NEG_INFINITY, max)
}

/// The points with these indices along one axis, in the unit of the exponents; the last fills the places left over.
fn gather(points: &[f64], dimension: usize, axis: usize, group: &[u32]) -> Group {
    std::array::from_fn(|place| {
        points[group[place.min(group.len() - 1)] as usize * dimension + axis] / unit()
    })
}
