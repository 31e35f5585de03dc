//! Variates from random words, without branches.

use crate::algebra::LANES;
use crate::algebra::elementary::number;

/// Bits of a word that give the angle of a pair of Gaussians, signs included; the others give the radius.
const ANGLE_BITS: u32 = 24;
const RADIUS_BITS: u32 = 64 - ANGLE_BITS;
/// Words that become Gaussians together, one for each pair.
pub const PAIRS: usize = 16;
/// Three-point variates that come from one word.
const PER_WORD: usize = 8;
/// Words for a batch of three-point variates.
pub const THIRDS: usize = LANES / PER_WORD;

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
/// r² = −2 ln u with u uniform on the midpoints of 2⁴⁰ intervals, θ on those of 2²⁴ (two bits are the signs of the pair, 22
/// its place in the quadrant): trigonometric moments are exact (up to degree 2²⁴), E r² misses 2 by ln 2 · 2⁻⁴⁰ and E r⁸ of
/// itself by 1.4·10⁻⁹, lower ones by less. No variate is beyond √(82 ln 2) = 7.54; the law of r is resolved to one part in
/// a thousand up to 6.5, where one pair in 10⁹ lies. r is computed within 3 ulp, cos θ and sin θ within 2⁻⁵².
#[inline(always)]
pub fn normals(words: &[u64; PAIRS], out: &mut [f64; 2 * PAIRS]) {
    let (first, second) = out.split_at_mut(PAIRS);
    for ((word, x), y) in words.iter().zip(first).zip(second) {
        let r = radius(word >> ANGLE_BITS).to_bits();
        let (cos, sin) = first_quadrant(word & ((1 << (ANGLE_BITS - 2)) - 1));
        *x = f64::from_bits(r ^ (word << (64 - ANGLE_BITS) & SIGN)) * cos;
        *y = f64::from_bits(r ^ (word << (65 - ANGLE_BITS) & SIGN)) * sin;
    }
}

const SIGN: u64 = 1 << 63;

/// √(−2 ln u), u = (k + ½) 2⁻⁴⁰, without a division: they are slower than the polynomial that spares one.
#[inline(always)]
fn radius(k: u64) -> f64 {
    /// 2^−¼, cut.
    const ROOT_BITS: u64 = 0x3fea_e89f_995a_d3ad;
    const MANTISSA: u64 = (1 << 52) - 1;
    /// Near √½; with its eight bits and the 41 of u the product below is exact.
    const C: f64 = 181.0 / 256.0;
    const TWO_LN_C: f64 = -0.693_360_826_427_473_4;
    let scaled = f64::from_bits(k | BASE.to_bits()) - (BASE - 0.5);
    // u = 2ⁿ m with m from 2^−¼ to 2^¾, and ln m = ln(1 + f), or ln(1 + f) − ln C above 2^¼.
    let shifted = scaled.to_bits().wrapping_add(1f64.to_bits() - ROOT_BITS);
    let n = f64::from_bits(shifted >> 52 | BASE.to_bits()) - (BASE + f64::from(1023 + RADIUS_BITS));
    let m = f64::from_bits((shifted & MANTISSA).wrapping_add(ROOT_BITS));
    let upper = m > 1.189_207_115_002_721;
    let f = m * if upper { C } else { 1.0 } - 1.0;
    let whole = n.mul_add(-2.0 * std::f64::consts::LN_2, if upper { TWO_LN_C } else { 0.0 });
    let (f2, f4) = (f * f, (f * f) * (f * f));
    let [a, b, c, d] = MINUS_2_LN_1P.map(
        #[inline(always)]
        |four| cubic(four, f, f2),
    );
    let polynomial = d.mul_add(f4, c).mul_add(f4 * f4, b.mul_add(f4, a));
    f.mul_add(polynomial, whole).sqrt()
}

/// (cos θ, sin θ) at θ = (a + ½) 2⁻²² π/2, by way of the angle from the middle of the quadrant.
#[inline(always)]
fn first_quadrant(a: u64) -> (f64, f64) {
    const HALF: f64 = (1u64 << (ANGLE_BITS - 3)) as f64;
    const UNIT: f64 = std::f64::consts::FRAC_PI_4 / HALF;
    let α = number(a).mul_add(UNIT, UNIT * (0.5 - HALF));
    let z = α * α;
    let (z2, z4) = (z * z, (z * z) * (z * z));
    let [cos, sin] = [COS, SIN].map(
        #[inline(always)]
        |[low, high]| cubic(high, z, z2).mul_add(z4, cubic(low, z, z2)),
    );
    let sin = α * sin;
    (cos - sin, cos + sin)
}

/// 2⁵²: added to an integer below it, it has that integer for its mantissa.
const BASE: f64 = 4_503_599_627_370_496.0;

/// Σ cᵢ xⁱ over four coefficients in Estrin's scheme: loops wait for the longest chain of operations, not for their number.
/// The operations are fused, which round the same way wherever they run.
#[inline(always)]
fn cubic([c0, c1, c2, c3]: [f64; 4], x: f64, x2: f64) -> f64 {
    c3.mul_add(x, c2).mul_add(x2, c1.mul_add(x, c0))
}

/// −2 ln(1 + f)/f for −0.1592 ≤ f ≤ 0.1893, within 2⁻⁵⁵ of itself: interpolated in 15 Chebyshev points, as are the next two.
const MINUS_2_LN_1P: [[f64; 4]; 4] = [
    [-2.0, 1.0000000000000007, -0.6666666666665663, 0.4999999999990295],
    [-0.4000000000603489, 0.33333333374694935, -0.28571427220078666, 0.24999991998662038],
    [-0.2222236502177042, 0.20000805348381603, -0.18174216360190334, 0.16623158582256967],
    [-0.15574787113895258, 0.15472973594945255, -0.11933070368786404, 0.0],
];
/// cos √z/√2 for 0 ≤ z ≤ (π/4)², within 2⁻⁵³.
const COS: [[f64; 4]; 2] = [
    [0.7071067811865475, -0.35355339059326846, 0.029462782549302045, -0.0009820927503108275],
    [1.7537364368748632e-5, -1.9484492737156945e-7, 1.4587934190818916e-9, 0.0],
];
/// sin √z/√(2z) for 0 ≤ z ≤ (π/4)², within 2⁻⁵⁷.
const SIN: [[f64; 4]; 2] = [
    [std::f64::consts::FRAC_1_SQRT_2, -0.11785113019775757, 0.0058925565098787245, -0.00014029896443190675],
    [1.9485963159735286e-6, -1.7713531845973003e-8, 1.1239276071696856e-10, 0.0],
];

/// −√3, 0 and √3 with probabilities 1/6, 2/3 and 1/6.
///
/// The leading base-3 digits of a word say where there is 0, its low bits the signs. To multiply by 3 only permutes the
/// fractions, so each variate has its probabilities to within 2⁻⁵⁶, and its odd moments are 0 exactly; those of the eight of
/// a word together are right to within 3⁸ 2⁻⁵⁶ = 2⁻⁴³.
#[inline(always)]
pub fn three_points(words: &[u64; THIRDS], out: &mut [f64; LANES]) {
    let mut fractions = words.map(|word| word & !((1 << PER_WORD) - 1));
    for (digit, values) in out.chunks_exact_mut(THIRDS).enumerate() {
        for ((word, fraction), value) in words.iter().zip(&mut fractions).zip(values) {
            let root = ROOT_3.to_bits() | word << (63 - digit) & SIGN;
            *value = f64::from_bits(if *fraction < u64::MAX / 3 { root } else { 0 });
            *fraction = fraction.wrapping_mul(3);
        }
    }
}

const ROOT_3: f64 = 1.732_050_807_568_877_2;

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
