//! The elementary functions of formulas against fixed-point integers of 512 bits, which share no code with them.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use wfr::algebra::elementary::{
    COARSE, LARGEST_ANGLE, cos, exp, exp_of_negative, exp_of_negative_fused, exp2_coarse, ln, phi_1, sin,
    tan, tanh,
};
use wfr::algebra::{LANES, Lanes};

/// A number times 2^BITS.
const BITS: usize = 512;

fn one() -> BigInt {
    BigInt::one() << BITS
}

/// x, exactly.
fn fixed(x: f64) -> BigInt {
    let bits = x.abs().to_bits();
    let exponent = (bits >> 52).max(1) as i64 - 1075;
    let mantissa = BigInt::from(if bits >> 52 == 0 { bits } else { (bits & ((1 << 52) - 1)) | 1 << 52 });
    let shift = BITS as i64 + exponent;
    assert!(shift >= 0, "{x} is too small for the fixed point");
    let value = mantissa << shift;
    if x < 0.0 { -value } else { value }
}

fn times(a: &BigInt, b: &BigInt) -> BigInt {
    (a * b) >> BITS
}

fn over(a: &BigInt, b: &BigInt) -> BigInt {
    (a << BITS) / b
}

/// Σ term, each the one before times x divided by what `divisor` says, until nothing is left.
fn series(first: BigInt, x: &BigInt, divisor: impl Fn(i64) -> i64) -> BigInt {
    let (mut sum, mut term) = (first.clone(), first);
    for k in 1.. {
        term = times(&term, x) / divisor(k);
        if term.abs() <= BigInt::one() {
            return sum;
        }
        sum += &term;
    }
    unreachable!()
}

/// artanh s for |s| < 1/2.
fn artanh(s: &BigInt) -> BigInt {
    let square = times(s, s);
    let (mut sum, mut power) = (BigInt::zero(), s.clone());
    for k in 0.. {
        if power.abs() <= BigInt::one() {
            return sum;
        }
        sum += &power / (2 * k + 1);
        power = times(&power, &square);
    }
    unreachable!()
}

fn ln_2() -> BigInt {
    artanh(&(one() / 3)) * 2
}

/// π, by Machin's formula.
fn pi() -> BigInt {
    let arctan_of_inverse = |n: i64| {
        let (mut sum, mut power) = (BigInt::zero(), one() / n);
        for k in 0i64.. {
            if power.is_zero() {
                break;
            }
            sum += &power / (2 * k + 1) * if k % 2 == 0 { 1 } else { -1 };
            power /= n * n;
        }
        sum
    };
    (arctan_of_inverse(5) * 4 - arctan_of_inverse(239)) * 4
}

fn exact_exp(x: f64) -> BigInt {
    let n = (x / std::f64::consts::LN_2).round() as i64;
    let r = fixed(x) - ln_2() * n;
    let e = series(one(), &r, |k| k);
    if n >= 0 { e << n } else { e >> -n }
}

fn exact_ln(x: f64) -> BigInt {
    let n = x.log2().round() as i64;
    let m = if n >= 0 { fixed(x) >> n } else { fixed(x) << -n };
    artanh(&over(&(&m - one()), &(m + one()))) * 2 + ln_2() * n
}

fn exact_sin_cos(x: f64) -> (BigInt, BigInt) {
    let half = pi() / 2;
    let n = (x / FRAC_PI_2).round() as i64;
    let r = fixed(x) - &half * n;
    let minus_square = -times(&r, &r);
    let sin = series(r, &minus_square, |k| 2 * k * (2 * k + 1));
    let cos = series(one(), &minus_square, |k| 2 * k * (2 * k - 1));
    match n.rem_euclid(4) {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

fn exact_tanh(x: f64) -> BigInt {
    let e = exact_exp(2.0 * x);
    over(&(&e - one()), &(e + one()))
}

/// The distance of `value` from `exact` in units in the last place of `value`.
fn ulps(value: f64, exact: &BigInt) -> f64 {
    if value == 0.0 {
        assert!(exact.is_zero(), "0 is right or has no digit right");
        return 0.0;
    }
    let ulp = fixed(value.abs().next_up()) - fixed(value.abs());
    let thousandths: BigInt = (fixed(value) - exact) * 1000 / ulp;
    thousandths.to_f64().unwrap().abs() / 1000.0
}

/// Points of both signs, from tiny to `largest`, close to logarithmically even, and some that are special.
fn points(smallest: f64, largest: f64) -> impl Iterator<Item = f64> {
    const COUNT: u32 = 1500;
    let ratio = (largest / smallest).ln();
    let spread = (0..COUNT).map(move |k| {
        // A golden-section sequence fills the mantissas.
        let u = (f64::from(k) * 0.618_033_988_749_894_9).fract();
        smallest * (ratio * u).exp()
    });
    spread.chain([0.346_573, 0.346_574, 0.5, FRAC_PI_4, 1.0, FRAC_PI_2]).flat_map(|x| [x, -x])
}

fn largest_error(
    f: impl Fn(f64) -> f64,
    exact: impl Fn(f64) -> BigInt,
    points: impl Iterator<Item = f64>,
) -> f64 {
    points.map(|x| ulps(f(x), &exact(x))).fold(0.0, f64::max)
}

#[test]
fn exp_is_within_one_ulp() {
    let error = largest_error(exp::<f64>, exact_exp, points(1e-6, 100.0));
    assert!(error <= 1.0, "{error} ulp");
}

#[test]
fn exp_of_negative_is_within_two_ulp() {
    for function in [exp_of_negative, exp_of_negative_fused] {
        let error = largest_error(function, exact_exp, points(1e-6, 100.0).map(|x| -x.abs()));
        assert!(error <= 2.0, "{error} ulp");
        assert_eq!(function(f64::NEG_INFINITY), 0.0);
        assert_eq!(function(-709.0), 0.0);
        assert!(function(-708.0) > 0.0);
        assert_eq!(function(0.0), 1.0);
    }
}

#[test]
fn exp2_coarse_is_as_coarse_as_it_says() {
    // Powers of 2 with whole exponents are exact, and the system's function is within an ulp.
    let error = (-64_000..64_000)
        .map(|i| f64::from(i) / 64.0 * 0.999)
        .map(|x| (exp2_coarse(x) / x.exp2() - 1.0).abs())
        .fold(0.0, f64::max);
    assert!(error > 0.5 * COARSE && error < COARSE, "{error:e}");
    for n in [-1022.0, -40.0, 0.0, 900.0] {
        assert_eq!(exp2_coarse(n), n.exp2());
    }
    for nothing in [-1024.0, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(exp2_coarse(nothing), 0.0);
    }
}

#[test]
fn ln_is_within_one_ulp() {
    let beside_one = (1..200).map(|k| 1.0 + f64::from(k) * 1e-3 * if k % 2 == 0 { 1.0 } else { -1.0 });
    let error = largest_error(ln::<f64>, exact_ln, points(1e-40, 1e40).map(f64::abs).chain(beside_one));
    assert!(error <= 1.0, "{error} ulp");
}

#[test]
fn sin_and_cos_are_within_one_ulp() {
    let error = largest_error(sin::<f64>, |x| exact_sin_cos(x).0, points(1e-6, LARGEST_ANGLE));
    assert!(error <= 1.0, "sin: {error} ulp");
    let error = largest_error(cos::<f64>, |x| exact_sin_cos(x).1, points(1e-6, LARGEST_ANGLE));
    assert!(error <= 1.0, "cos: {error} ulp");
}

#[test]
fn tan_and_tanh_are_within_three_ulp() {
    let exact_tan = |x| {
        let (sin, cos) = exact_sin_cos(x);
        over(&sin, &cos)
    };
    let error = largest_error(tan::<f64>, exact_tan, points(1e-6, LARGEST_ANGLE));
    assert!(error <= 3.0, "tan: {error} ulp");
    let error = largest_error(tanh::<f64>, exact_tanh, points(1e-6, 25.0));
    assert!(error <= 3.0, "tanh: {error} ulp");
}

#[test]
fn phi_1_is_within_three_ulp() {
    let exact = |x| over(&(exact_exp(x) - one()), &fixed(x));
    let error = largest_error(phi_1::<f64>, exact, points(1e-6, 100.0));
    assert!(error <= 3.0, "{error} ulp");
    assert_eq!(phi_1(0.0), 1.0);
    assert_eq!(phi_1(f64::NEG_INFINITY), 0.0);
    assert_eq!(phi_1(-1e300), 1e-300);
    assert_eq!(phi_1(710.0), f64::INFINITY);
}

#[test]
fn the_ends_of_the_range_are_those_of_ieee() {
    assert_eq!(exp(f64::NEG_INFINITY), 0.0);
    assert_eq!(exp(-746.0), 0.0);
    assert_eq!(exp(710.0), f64::INFINITY);
    assert!(exp(709.7) < f64::INFINITY && exp(-745.0) > 0.0);
    assert_eq!(exp(0.0), 1.0);
    assert_eq!(ln(0.0), f64::NEG_INFINITY);
    assert_eq!(ln(f64::INFINITY), f64::INFINITY);
    assert_eq!(ln(1.0), 0.0);
    // Subnormal numbers are halved by powers of two: ln 2⁻¹⁰⁷⁴.
    assert!((ln(f64::from_bits(1)) / (-1074.0 * std::f64::consts::LN_2) - 1.0).abs() < 1e-15);
    assert_eq!(tanh(f64::INFINITY), 1.0);
    assert_eq!(tanh(-40.0), -1.0);
    for f in [exp, ln, phi_1, sin, cos, tan, tanh] {
        assert!(f(f64::NAN).is_nan());
    }
    for undefined in [ln(-1.0), ln(f64::NEG_INFINITY), sin(f64::INFINITY), cos(f64::NEG_INFINITY)] {
        assert!(undefined.is_nan());
    }
    assert_eq!(sin(1e300), 1e300f64.sin(), "beyond the largest angle the library decides");
}

#[test]
fn lanes_and_numbers_have_the_same_bits() {
    type Of<R> = fn(R) -> R;
    let functions: [(Of<Lanes>, Of<f64>); 7] =
        [(exp, exp), (ln, ln), (phi_1, phi_1), (sin, sin), (cos, cos), (tan, tan), (tanh, tanh)];
    for scale in [1e-3, 1.0, 300.0, 1e7] {
        let x: [f64; LANES] = std::array::from_fn(|lane| scale * (0.37 * lane as f64).sin());
        for (of_lanes, of_number) in functions {
            let lanes = of_lanes(Lanes(x)).0.map(f64::to_bits);
            assert_eq!(lanes, x.map(|x| of_number(x).to_bits()));
        }
    }
}
