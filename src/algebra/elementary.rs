//! Elementary functions without branches, so that loops over lanes become vector instructions.
//!
//! The loops are those of [`Real::map`], compiled for wide vectors by [`vectorized`](super::simd::vectorized). What they
//! call has to be a closure that is always inlined: a function that is passed by name may be left as a call.
//!
//! They consist of IEEE operations that are rounded one by one, hence have the same bits on every machine, which the
//! system's mathematical library does not promise. Polynomials and reductions are those of fdlibm (Sun 1993). Errors are
//! bounded in units in the last place (ulp) of the result; `tests/algebra/elementary_functions_are_accurate.rs` measures them
//! against integer arithmetic of 256 bits.

#![expect(clippy::excessive_precision, reason = "constants are written as they were published")]
#![expect(
    clippy::redundant_closure,
    reason = "closures are always inlined, functions passed by name are not"
)]

use super::Real;

/// Adding and subtracting it rounds |x| < 2⁵¹ to an integer, which then stands in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

const LN_2_HIGH: f64 = 6.931_471_803_691_238_164_90e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_700_02e-10;

/// Arguments of [`sin`], [`cos`] and [`tan`] up to here are reduced by three parts of π/2; beyond, the system's library
/// has to do.
pub const LARGEST_ANGLE: f64 = 1_048_576.0;

/// An integer below 2⁵² as a number, by way of the mantissa of 2⁵².
#[inline(always)]
pub(crate) fn number(integer: u64) -> f64 {
    const BASE: f64 = 4_503_599_627_370_496.0;
    f64::from_bits(integer | BASE.to_bits()) - BASE
}

/// 2ⁿ for an integer n from −1022 to 1023 (given as a number).
#[inline(always)]
fn power_of_two(n: f64) -> f64 {
    f64::from_bits((n + ROUNDER).to_bits().wrapping_add(1023) << 52)
}

/// n = x/ln 2 to the nearest integer, and the rest r of x = n ln 2 + r as a sum of two numbers.
#[inline(always)]
fn reduced_by_ln_2(x: f64) -> (f64, f64, f64) {
    let n = (x * std::f64::consts::LOG2_E + ROUNDER) - ROUNDER;
    let high = x - n * LN_2_HIGH;
    let low = n * LN_2_LOW;
    let r = high - low;
    (n, r, (high - r) - low)
}

/// 1/(n + 2)!
const EXP_TAIL: [f64; 12] = {
    let mut tail = [0.5; 12];
    let (mut n, mut factorial) = (1, 2.0);
    while n < 12 {
        factorial *= (n + 2) as f64;
        tail[n] = 1.0 / factorial;
        n += 1;
    }
    tail
};

/// eʳ − 1 for |r| ≤ ½ ln 2, r = `r` + `rest`, by its Taylor polynomial of degree 13 (remainder below 2⁻⁵⁷ of r) in
/// Estrin's scheme: loops wait for the longest chain of operations, not for their number.
#[inline(always)]
fn exp_m1_reduced(r: f64, rest: f64) -> f64 {
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let four = |n: usize| (EXP_TAIL[n] + EXP_TAIL[n + 1] * r) + (EXP_TAIL[n + 2] + EXP_TAIL[n + 3] * r) * r2;
    let tail = four(0) + (four(4) + four(8) * r4) * r4;
    r + (rest + r2 * tail)
}

/// eˣ, within 1 ulp; 0 below −745.2, ∞ above 709.8.
#[inline(always)]
pub fn exp<R: Real>(x: R) -> R {
    x.map(
        #[inline(always)]
        |x| exp_of(x),
    )
}

#[inline(always)]
fn exp_of(x: f64) -> f64 {
    // NaN passes through both.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let (n, r, rest) = reduced_by_ln_2(x);
    // Two factors, as one alone might overflow or lose bits where the result does not.
    let half = (0.5 * n + ROUNDER) - ROUNDER;
    (1.0 + exp_m1_reduced(r, rest)) * power_of_two(half) * power_of_two(n - half)
}

/// eˣ for x ≤ 0, within 2 ulp, at three quarters of the cost of [`exp`]: for sums of weights relative to the largest. 0
/// where eˣ is below the normal numbers, and for NaN, which has to be looked for before.
#[inline(always)]
pub fn exp_of_negative(x: f64) -> f64 {
    /// Rounds to −1023 ln 2, for which the power of two is 0.
    const LEAST: f64 = -709.0;
    let x = if x > LEAST { x } else { LEAST };
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    (1.0 + exp_m1_reduced(r, 0.0)) * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// As [`exp_of_negative`] in fused operations: faster in loops compiled for wide vectors, and only there.
#[inline(always)]
pub fn exp_of_negative_fused(x: f64) -> f64 {
    /// As above.
    const LEAST: f64 = -709.0;
    let x = if x > LEAST { x } else { LEAST };
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let pair = |n: usize| EXP_TAIL[n + 1].mul_add(r, EXP_TAIL[n]);
    let four = |n: usize| pair(n + 2).mul_add(r2, pair(n));
    let tail = four(8).mul_add(r4, four(4)).mul_add(r4, four(0));
    (1.0 + r2.mul_add(tail, r)) * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// Bound on the relative error of [`exp2_coarse`].
pub const COARSE: f64 = 2e-7;

/// 2ˣ for x ≤ 1000, within the share [`COARSE`] of it, in half the time of [`exp_of_negative`]; 0 where it is below the
/// normal numbers, and for NaN.
#[inline(always)]
pub fn exp2_coarse(x: f64) -> f64 {
    /// For which the power of two is 0.
    const LEAST: f64 = -1023.0;
    /// (ln 2)ⁿ/n! up to degree 6, whose remainder is at most (½ ln 2)⁷/7!·√2.
    const TERMS: [f64; 7] = {
        let mut terms = [1.0; 7];
        let mut n = 1;
        while n < 7 {
            terms[n] = terms[n - 1] * std::f64::consts::LN_2 / n as f64;
            n += 1;
        }
        terms
    };
    let x = if x > LEAST { x } else { LEAST };
    let shifted = x + ROUNDER;
    let f = x - (shifted - ROUNDER);
    let pair = |n: usize| TERMS[n + 1].mul_add(f, TERMS[n]);
    let f2 = f * f;
    let high = TERMS[6].mul_add(f2, pair(4));
    let power = high.mul_add(f2, pair(2)).mul_add(f2, pair(0));
    power * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// ln x of a positive normal number, within 1 ulp.
#[inline(always)]
pub(crate) fn ln_of_normal(x: f64) -> f64 {
    /// Of √½, cut.
    const ROOT_BITS: u64 = 0x3fe6_a09e_0000_0000;
    const MANTISSA: u64 = (1 << 52) - 1;
    // x = 2ⁿ m with m from √½ to √2.
    let shifted = x.to_bits().wrapping_add(1f64.to_bits() - ROOT_BITS);
    let n = number(shifted >> 52) - 1023.0;
    let m = f64::from_bits((shifted & MANTISSA).wrapping_add(ROOT_BITS));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
    let odd = z
        * (6.666666666666735130e-1
            + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860510658591e-1)));
    let half_square = 0.5 * f * f;
    s * (half_square + (even + odd)) + n * LN_2_LOW - half_square + f + n * LN_2_HIGH
}

/// ln x, within 1 ulp; −∞ at 0, NaN below.
#[inline(always)]
pub fn ln<R: Real>(x: R) -> R {
    x.map(
        #[inline(always)]
        |x| ln_of(x),
    )
}

#[inline(always)]
fn ln_of(x: f64) -> f64 {
    const SCALE: f64 = 18_014_398_509_481_984.0;
    let subnormal = x < f64::MIN_POSITIVE;
    let value = ln_of_normal(if subnormal { x * SCALE } else { x });
    // 54 ln 2 in two parts.
    let value = if subnormal { (value - 54.0 * LN_2_LOW) - 54.0 * LN_2_HIGH } else { value };
    // ∞ and NaN are their own logarithms.
    let value = if x < f64::INFINITY { value } else { x };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    if x < 0.0 { f64::NAN } else { value }
}

/// sin(r + rest) for |r| ≤ π/4.
#[inline(always)]
fn sin_reduced(r: f64, rest: f64) -> f64 {
    let z = r * r;
    let v = z * r;
    let tail = -2.50507602534068634195e-8 + z * 1.58969099521155010221e-10;
    let tail = 2.75573137070700676789e-6 + z * tail;
    let tail = -1.98412698298579493134e-4 + z * tail;
    let tail = 8.33333333332248946124e-3 + z * tail;
    r - ((z * (0.5 * rest - v * tail) - rest) - v * -1.66666666666666324348e-1)
}

/// cos(r + rest) for |r| ≤ π/4.
#[inline(always)]
fn cos_reduced(r: f64, rest: f64) -> f64 {
    let z = r * r;
    let tail = 2.08757232129817482790e-9 + z * -1.13596475577881948265e-11;
    let tail = -2.75573143513906633035e-7 + z * tail;
    let tail = 2.48015872894767294178e-5 + z * tail;
    let tail = -1.38888888888741095749e-3 + z * tail;
    let tail = 4.16666666666666019037e-2 + z * tail;
    let half = 0.5 * z;
    let w = 1.0 - half;
    w + (((1.0 - w) - half) + (z * (z * tail) - r * rest))
}

/// (sin, cos) of r + rest turned by `quarters` right angles.
#[inline(always)]
fn turned(r: f64, rest: f64, quarters: u64) -> (f64, f64) {
    let (sin, cos) = (sin_reduced(r, rest), cos_reduced(r, rest));
    let (a, b) = if quarters & 1 == 0 { (sin, cos) } else { (cos, sin) };
    (if quarters & 2 == 0 { a } else { -a }, if quarters.wrapping_add(1) & 2 == 0 { b } else { -b })
}

/// (sin x, cos x) for |x| up to [`LARGEST_ANGLE`].
#[inline(always)]
fn sin_cos(x: f64) -> (f64, f64) {
    // π/2 in parts of 33, 33 and 53 bits: multiples of the first two are exact.
    const FIRST: f64 = 1.57079632673412561417;
    const SECOND: f64 = 6.07710050630396597660e-11;
    const THIRD: f64 = 2.02226624879595063154e-21;
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUNDER;
    let n = shifted - ROUNDER;
    let high = x - n * FIRST;
    let low = n * SECOND;
    let near = high - low;
    let rest = ((high - near) - low) - n * THIRD;
    let r = near + rest;
    turned(r, (near - r) + rest, shifted.to_bits())
}

/// sin x, within 1 ulp and 10⁻³⁰ up to [`LARGEST_ANGLE`].
#[inline(always)]
pub fn sin<R: Real>(x: R) -> R {
    of_angle(
        x,
        #[inline(always)]
        |x| sin_cos(x).0,
        f64::sin,
    )
}

/// cos x, within 1 ulp and 10⁻³⁰ up to [`LARGEST_ANGLE`].
#[inline(always)]
pub fn cos<R: Real>(x: R) -> R {
    of_angle(
        x,
        #[inline(always)]
        |x| sin_cos(x).1,
        f64::cos,
    )
}

/// tan x, within 3 ulp up to [`LARGEST_ANGLE`], away from zeros and poles of high multiples of π/2.
#[inline(always)]
pub fn tan<R: Real>(x: R) -> R {
    of_angle(
        x,
        #[inline(always)]
        |x| {
            let (sin, cos) = sin_cos(x);
            sin / cos
        },
        f64::tan,
    )
}

/// `near` up to the largest angle that it is for, `far` beyond and for NaN.
#[inline(always)]
fn of_angle<R: Real>(x: R, near: impl Fn(f64) -> f64, far: impl Fn(f64) -> f64) -> R {
    let all_near = x.every(
        #[inline(always)]
        |x| x.abs() <= LARGEST_ANGLE,
    );
    if all_near { x.map(near) } else { x.map(|x| if x.abs() <= LARGEST_ANGLE { near(x) } else { far(x) }) }
}

/// φ₁(x) = (eˣ − 1)/x, 1 at 0, within 3 ulp for x ≤ 709; ∞ above.
#[inline(always)]
pub fn phi_1<R: Real>(x: R) -> R {
    x.map(
        #[inline(always)]
        |x| phi_1_of(x),
    )
}

#[inline(always)]
fn phi_1_of(x: f64) -> f64 {
    const LARGEST: f64 = 709.0;
    // Below, eˣ is nothing beside 1; above, it is beyond the range soon. NaN passes.
    let y = if x < -60.0 { -60.0 } else { x };
    let y = if y > LARGEST { LARGEST } else { y };
    let (n, r, rest) = reduced_by_ln_2(y);
    let scale = power_of_two(n);
    let growth = (scale - 1.0) + scale * exp_m1_reduced(r, rest);
    let quotient = if x > LARGEST { f64::INFINITY } else { growth / x };
    if x == 0.0 { 1.0 } else { quotient }
}

/// tanh x, within 3 ulp: eʸ − 1 over itself plus 2, y = 2|x|.
#[inline(always)]
pub fn tanh<R: Real>(x: R) -> R {
    x.map(
        #[inline(always)]
        |x| tanh_of(x),
    )
}

#[inline(always)]
fn tanh_of(x: f64) -> f64 {
    let size = x.abs();
    // From here on it is 1 to rounding; NaN passes.
    let size = if size > 20.0 { 20.0 } else { size };
    let (n, r, rest) = reduced_by_ln_2(2.0 * size);
    let scale = power_of_two(n);
    let growth = (scale - 1.0) + scale * exp_m1_reduced(r, rest);
    (growth / (growth + 2.0)).copysign(x)
}
