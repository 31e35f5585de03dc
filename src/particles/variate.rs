//! Variates from random words, without branches.

use crate::algebra::LANES;
use crate::algebra::elementary::{ln_of_normal, number, sin_cos_of_turns};

/// Bits of a word that give the angle of a pair of Gaussians; the others give the radius.
const ANGLE_BITS: u32 = 24;
const RADIUS_BITS: u32 = 64 - ANGLE_BITS;
/// Words for a bundle of Gaussians, one for each pair.
pub const PAIRS: usize = LANES / 2;
/// Words for a bundle of three-point variates, each for eight base-6 digits.
pub const SIXES: usize = LANES / 8;

/// Uniform on the multiples of 2⁻⁵³ in [0, 1).
#[inline(always)]
pub fn uniform(word: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
    // 53 bits are one more than the mantissa of 2⁵² holds.
    (number(word >> 12) * 2.0 + number(word >> 11 & 1)) * UNIT
}

/// −1 or 1 by the lowest bit.
#[inline(always)]
pub fn sign(word: u64) -> f64 {
    if word & 1 == 0 { -1.0 } else { 1.0 }
}

/// Standard normal variates in pairs r cos θ, r sin θ (Box and Muller 1958), the first halves of all pairs before the
/// second ones.
///
/// r² = −2 ln u with u uniform on the midpoints of 2⁴⁰ intervals, θ on those of 2²⁴: trigonometric moments are exact (up
/// to degree 2²⁴), E r² misses 2 by ln 2 · 2⁻⁴⁰ and E r⁸ of itself by 1.4·10⁻⁹, lower ones by less. No variate is
/// beyond √(82 ln 2) = 7.54; the law of r is resolved to one part in a thousand up to 6.5, where one pair in 10⁹ lies.
#[inline(always)]
pub fn normals(words: [u64; PAIRS], out: &mut [f64; LANES]) {
    const RADIUS_UNIT: f64 = 1.0 / (1u64 << RADIUS_BITS) as f64;
    const ANGLE_UNIT: f64 = 1.0 / (1u64 << ANGLE_BITS) as f64;
    let (first, second) = out.split_at_mut(PAIRS);
    for ((word, x), y) in words.iter().zip(first).zip(second) {
        let u = (number(word >> ANGLE_BITS) + 0.5) * RADIUS_UNIT;
        let r = (-2.0 * ln_of_normal(u)).sqrt();
        let (sin, cos) = sin_cos_of_turns((number(word & ((1 << ANGLE_BITS) - 1)) + 0.5) * ANGLE_UNIT);
        *x = r * cos;
        *y = r * sin;
    }
}

/// −√3, 0 and √3 with probabilities 1/6, 2/3 and 1/6.
///
/// The leading base-6 digits of a word, as a binary fraction: digit k has its probabilities to within 6ᵏ 2⁻⁶¹, which is
/// 2⁻⁴⁰ for the last.
#[inline(always)]
pub fn three_points(words: [u64; SIXES], out: &mut [f64; LANES]) {
    let mut fractions = words.map(|word| word >> 3);
    for digits in out.chunks_exact_mut(SIXES) {
        for (fraction, value) in fractions.iter_mut().zip(digits) {
            let product = (*fraction << 2) + (*fraction << 1);
            *value = of_digit(product >> 61);
            *fraction = product & ((1 << 61) - 1);
        }
    }
}

const ROOT_3: f64 = 1.732_050_807_568_877_2;

#[inline(always)]
fn of_digit(digit: u64) -> f64 {
    let low = if digit == 0 { -ROOT_3 } else { 0.0 };
    if digit == 5 { ROOT_3 } else { low }
}

/// −√3, 0 or √3 with probabilities 1/6, 2/3 and 1/6, rising with `u` ∈ [0, 1).
pub fn three_point(u: f64) -> f64 {
    if u < 1.0 / 6.0 {
        -ROOT_3
    } else if u < 5.0 / 6.0 {
        0.0
    } else {
        ROOT_3
    }
}

/// −1 or 1 with probability ½ each, rising with `u` ∈ [0, 1).
pub fn two_point(u: f64) -> f64 {
    if u < 0.5 { -1.0 } else { 1.0 }
}
