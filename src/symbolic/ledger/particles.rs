//! N particles that jump to the places of others: what the generator does to an empirical mean, exactly for every N. Each of
//! the three forms has the rate of the mean-field reaction, the empirical covariance of the growth rate g with the observable.

use super::Identity;
use super::kit::{Kit, parameter, q};
use super::labelled::Expr as P;
use super::sides::{Sides, pointwise};
use crate::symbolic::{Name, Symbol};

const SIZES: &[usize] = &[2, 3, 4];

/// The value of `letter` at the particle i, from 0.
fn at(letter: char, i: usize) -> P {
    Symbol::Parameter(Name::new(letter, &[i as u8 + 1])).into()
}

/// N times Σᵢⱼ rate(i, j)/N (mean of φ after particle i has moved to j − before), for rates of jumps i → j over N.
fn jumps(n: usize, rate: impl Fn(usize, usize) -> P) -> P {
    let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    let sum = pairs.fold(P::zero(), |sum, (i, j)| sum + rate(i, j) * (at('φ', j) - at('φ', i)));
    q(1, n as i64) * sum
}

/// N times the empirical covariance of g and φ.
fn covariance(n: usize) -> P {
    let sum = |letter| (0..n).fold(P::zero(), |sum, i| sum + at(letter, i));
    let product = (0..n).fold(P::zero(), |sum, i| sum + at('g', i) * at('φ', i));
    product - q(1, n as i64) * sum('g') * sum('φ')
}

/// ḡ.
fn mean(n: usize) -> P {
    (0..n).fold(P::zero(), |sum, i| sum + q(1, n as i64) * at('g', i))
}

fn against_covariance(n: usize, k: &P, rate: impl Fn(usize, usize) -> P) -> Vec<Sides> {
    pointwise(jumps(n, rate), k * &covariance(n))
}

const PARTICLES: &str = "jumps among d particles, any growth rate g and observable φ";

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "birth-death-is-reaction",
        title: "N particles: i is killed at (ḡ − gᵢ)⁺ and takes the place of any other, and copied at (gᵢ − ḡ)⁺ onto any other; an empirical sum of φ moves by N Cov(g, φ)",
        source: "Lu, Lu and Nolen 2019, arXiv 1905.09863; Rotskoff et al. 2019",
        dimensions: SIZES,
        domain: PARTICLES,
        sides: |kit: &Kit, k| {
            // pᵢ stands for (gᵢ − ḡ)⁺, and (ḡ − gᵢ)⁺ = pᵢ − (gᵢ − ḡ). i → j at the killing rate of i, and at the copying rate of j.
            let n = kit.d;
            let killed = |i| at('p', i) - (at('g', i) - mean(n));
            against_covariance(n, k, |i, j| killed(i) + at('p', j))
        },
    },
    Identity {
        id: "birth-death-pairwise",
        title: "N particles: i jumps to the place of j at (gⱼ − gᵢ)⁺/N; an empirical sum of φ moves by N Cov(g, φ)",
        source: "theory note, section 2.1",
        dimensions: SIZES,
        domain: PARTICLES,
        sides: |kit: &Kit, k| {
            // p_ij with i < j stands for (gⱼ − gᵢ)⁺, and (gᵢ − gⱼ)⁺ = p_ij − (gⱼ − gᵢ).
            let positive = |i: usize, j: usize| -> P {
                Symbol::Parameter(Name::new('p', &[i as u8 + 1, j as u8 + 1])).into()
            };
            let rate = |i: usize, j: usize| match i.cmp(&j) {
                std::cmp::Ordering::Less => positive(i, j),
                std::cmp::Ordering::Equal => P::zero(),
                std::cmp::Ordering::Greater => positive(j, i) - (at('g', i) - at('g', j)),
            };
            against_covariance(kit.d, k, rate)
        },
    },
    Identity {
        id: "birth-death-moran",
        title: "N particles: i jumps to the place of any other at (c − gᵢ)/N; an empirical sum of φ moves by N Cov(g, φ), whatever c",
        source: "Moran 1958; theory note, section 2.1",
        dimensions: SIZES,
        domain: PARTICLES,
        sides: |kit: &Kit, k| against_covariance(kit.d, k, |i, _| parameter('c') - at('g', i)),
    },
];
