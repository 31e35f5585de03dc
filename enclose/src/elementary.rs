//! exp, log, sin, cos and tanh of intervals.
//!
//! A function is evaluated at an end by its power series *in interval arithmetic*, after an argument reduction in interval
//! arithmetic: rounding is enclosed by construction, and what remains to be proved is the remainder of each series, which is
//! stated at its last coefficient. Enclosures at a number are a few units in the last place wide (measured: see the README).
//! No function of the system's mathematical library is called.

use crate::Interval;
use crate::rounding::product;
use std::sync::LazyLock;

/// ln 2 = `LN_2_HIGH` + a number in `LN_2_LOW`; multiples of the first by integers below 2²⁰ are exact. The second was rounded
/// to nearest (fdlibm, Sun 1993), so the truth lies between its neighbours.
const LN_2_HIGH: f64 = 6.931_471_803_691_238_2e-1;
const LN_2_LOW: Interval = Interval::around(1.908_214_929_270_587_7e-10);

/// π/2 in parts of 33, 33 and 53 bits (fdlibm).
const HALF_PI_FIRST: f64 = 1.570_796_326_734_125_6;
const HALF_PI_SECOND: f64 = 6.077_100_506_303_966e-11;
const HALF_PI_THIRD: Interval = Interval::around(2.022_266_248_795_950_6e-21);

/// π: the floating-point number is below it, its neighbour above.
const PI: Interval = Interval::new(std::f64::consts::PI, std::f64::consts::PI.next_up());

/// Angles beyond are not reduced: sine and cosine are [−1, 1] there.
const LARGEST_ANGLE: f64 = 1_048_576.0;

/// Largest |r| for which [`exp_m1_series`] holds; ½ ln 2 < 0.347.
const LARGEST_EXPONENT: f64 = 0.36;

/// The last entry stands for all that follow: for n! Σ_{k ≥ n} rᵏ⁻ⁿ/k! with n = 15 and |r| ≤ 0.36 in a geometric series.
static INVERSE_FACTORIALS: LazyLock<[Interval; 15]> = LazyLock::new(|| {
    let mut factorial = 1.0;
    std::array::from_fn(|n| {
        factorial *= (n + 1) as f64;
        let inverse = Interval::ONE / Interval::point(factorial);
        if n < 14 { inverse } else { inverse * Interval::new(0.97, 1.03) }
    })
});

/// (−1)ʲ/(2j + 1)!, the series of sin r / r in r². It alternates with falling terms for |r| < 1, so that from the last entry on
/// it is within 1% of its first term.
static SINE: LazyLock<[Interval; 10]> = LazyLock::new(|| alternating(1));
/// (−1)ʲ/(2j)!, the series of cos r in r², as above.
static COSINE: LazyLock<[Interval; 10]> = LazyLock::new(|| alternating(0));

fn alternating(first: usize) -> [Interval; 10] {
    std::array::from_fn(|j| {
        let factorial = (1..=2 * j + first).fold(1.0, |product, n| product * n as f64);
        let term = Interval::ONE / Interval::point(if j % 2 == 0 { factorial } else { -factorial });
        if j < 9 { term } else { term * Interval::new(0.99, 1.0) }
    })
}

/// 1/(2j + 1), the series of artanh s / s in s². The last entry stands for all that follow, at most 1/(1 − s²) times the first
/// of them, and s² < 0.0296.
static ARTANH: LazyLock<[Interval; 12]> = LazyLock::new(|| {
    std::array::from_fn(|j| {
        let term = Interval::ONE / Interval::point((2 * j + 1) as f64);
        if j < 11 { term } else { term * Interval::new(1.0, 1.031) }
    })
});

/// eʳ − 1 for |r| ≤ 0.36.
fn exp_m1_series(r: Interval) -> Interval {
    r + r * (r * r.polynomial(&INVERSE_FACTORIALS[1..]))
}

/// 2ⁿ for −1022 ≤ n ≤ 1023.
fn power_of_two(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// 2ⁿ x for x ≥ 0 and |n| ≤ 2044.
fn scaled(x: Interval, n: i32) -> Interval {
    let (half, rest) = (power_of_two(n / 2), power_of_two(n - n / 2));
    let down = |a: f64| product(product(a, half).0, rest).0;
    let up = |a: f64| product(product(a, half).1, rest).1;
    Interval::new(down(x.lower()).max(0.0), up(x.upper()))
}

fn exp_of(x: f64) -> Interval {
    if x > 710.0 {
        return Interval::new(f64::MAX, f64::INFINITY);
    }
    if x < -746.0 {
        return Interval::new(0.0, 0f64.next_up());
    }
    let n = (x * std::f64::consts::LOG2_E).round();
    let whole = Interval::point(n);
    let r = (Interval::point(x) - whole * Interval::point(LN_2_HIGH)) - whole * LN_2_LOW;
    scaled(Interval::ONE + exp_m1_series(r), n as i32)
}

fn log_of(x: f64) -> Interval {
    /// Of √½.
    const ROOT_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    const MANTISSA: u64 = (1 << 52) - 1;
    if x == f64::INFINITY {
        return Interval::new(f64::MAX, f64::INFINITY);
    }
    if x < f64::MIN_POSITIVE {
        let shift = Interval::point(-54.0);
        return log_of(x * 18_014_398_509_481_984.0) + multiple_of_ln_2(shift);
    }
    // x = 2ⁿ m with m from √½ to √2, hence |s| < 0.1716; no digits cancel near 1, where n = 0.
    let shifted = x.to_bits().wrapping_add(1f64.to_bits() - ROOT_BITS);
    let n = (shifted >> 52) as f64 - 1023.0;
    let m = Interval::point(f64::from_bits((shifted & MANTISSA).wrapping_add(ROOT_BITS)));
    let s = (m - Interval::ONE) / (m + Interval::ONE);
    let (twice, z) = (Interval::point(2.0) * s, s.powi(2));
    let of_m = twice + twice * (z * z.polynomial(&ARTANH[1..]));
    if n == 0.0 { of_m } else { of_m + multiple_of_ln_2(Interval::point(n)) }
}

fn multiple_of_ln_2(n: Interval) -> Interval {
    n * LN_2_LOW + n * Interval::point(LN_2_HIGH)
}

/// (sin x, cos x).
fn sin_cos_of(x: f64) -> (Interval, Interval) {
    const UNIT: Interval = Interval::new(-1.0, 1.0);
    if x.abs() > LARGEST_ANGLE {
        return (UNIT, UNIT);
    }
    let quarters = (x * std::f64::consts::FRAC_2_PI).round();
    let n = Interval::point(quarters);
    let first = Interval::point(x) - n * Interval::point(HALF_PI_FIRST);
    let r = first - (n * Interval::point(HALF_PI_SECOND) + n * HALF_PI_THIRD);
    let z = r.powi(2);
    let sine = r + r * (z * z.polynomial(&SINE[1..]));
    let cosine = Interval::ONE + z * z.polynomial(&COSINE[1..]);
    let (sine, cosine) = match (quarters as i64).rem_euclid(4) {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    };
    // The function itself does not leave [−1, 1].
    let within = |value: Interval| value.intersection(UNIT).unwrap_or(Interval::UNDEFINED);
    (within(sine), within(cosine))
}

fn tanh_of(x: f64) -> Interval {
    let size = x.abs();
    let value = if size > 20.0 {
        // 1 − tanh 20 < 2⁻⁵⁴.
        Interval::new(1f64.next_down(), 1.0)
    } else if size == 0.0 {
        Interval::ZERO
    } else {
        let growth = if 2.0 * size <= LARGEST_EXPONENT {
            exp_m1_series(Interval::point(2.0 * size))
        } else {
            exp_of(2.0 * size) - Interval::ONE
        };
        Interval::ONE / (Interval::ONE + Interval::point(2.0) / growth)
    };
    if x < 0.0 { -value } else { value }
}

/// The values of an increasing function from its enclosures at the ends.
fn increasing(x: Interval, of: impl Fn(f64) -> Interval) -> Interval {
    if !x.is_defined() {
        return x;
    }
    let lower = of(x.lower());
    let upper = if x.is_point() { lower } else { of(x.upper()) };
    Interval::new(lower.lower(), upper.upper())
}

/// The values of a function that is monotone between the numbers (k + `phase`) π and 1 there for even k, −1 for odd.
fn wave(x: Interval, phase: f64, of: impl Fn(f64) -> Interval) -> Interval {
    if !x.is_defined() {
        return x;
    }
    if x.is_point() {
        return of(x.lower());
    }
    let places = x / PI - Interval::point(phase);
    if !(x.magnitude() <= LARGEST_ANGLE && places.width() < 2.0) {
        return Interval::new(-1.0, 1.0);
    }
    let mut values = of(x.lower()).hull(of(x.upper()));
    let (first, last) = (places.lower().ceil() as i64, places.upper().floor() as i64);
    for k in first..=last {
        values = values.hull(Interval::point(if k % 2 == 0 { 1.0 } else { -1.0 }));
    }
    values
}

impl Interval {
    /// eˣ.
    pub fn exp(self) -> Self {
        increasing(self, exp_of)
    }

    /// ln x; undefined unless every member is positive.
    pub fn log(self) -> Self {
        if self.lower() > 0.0 { increasing(self, log_of) } else { Self::UNDEFINED }
    }

    /// sin x; [−1, 1] for angles beyond 2²⁰.
    pub fn sin(self) -> Self {
        wave(self, 0.5, |x| sin_cos_of(x).0)
    }

    /// cos x; [−1, 1] for angles beyond 2²⁰.
    pub fn cos(self) -> Self {
        wave(self, 0.0, |x| sin_cos_of(x).1)
    }

    /// tanh x.
    pub fn tanh(self) -> Self {
        increasing(self, tanh_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ulps that an enclosure at a number is wide.
    fn ulps(x: Interval) -> f64 {
        let unit = x.magnitude().next_up() - x.magnitude();
        (x.upper() - x.lower()) / unit
    }

    #[test]
    fn enclosures_at_numbers_are_narrow() {
        let mut widest = [0.0f64; 5];
        for k in 1..20_000 {
            let x = f64::from(k) * 0.001 - 10.0;
            let point = Interval::point(x);
            let values =
                [point.exp(), point.sin(), point.cos(), point.tanh(), Interval::point(x.abs() + 1e-9).log()];
            let reference = [x.exp(), x.sin(), x.cos(), x.tanh(), (x.abs() + 1e-9).ln()];
            for ((widest, value), reference) in widest.iter_mut().zip(values).zip(reference) {
                assert!(
                    value.lower() <= reference.next_up() && value.upper() >= reference.next_down(),
                    "{x} {value}"
                );
                if value.is_point() {
                    continue;
                }
                *widest = widest.max(ulps(value));
            }
        }
        println!("{widest:?} ulp");
        assert!(widest.iter().all(|ulps| *ulps <= 9.0), "{widest:?}");
    }

    #[test]
    fn waves_hold_their_crests() {
        let x = Interval::new(1.0, 2.0);
        assert_eq!(x.sin().upper(), 1.0);
        assert!(x.sin().lower() > 0.84 && x.sin().lower() < 0.842);
        assert_eq!(Interval::new(3.0, 4.0).cos().lower(), -1.0);
        assert_eq!(Interval::new(-7.0, 0.5).cos(), Interval::new(-1.0, 1.0));
        assert_eq!(Interval::new(-0.5, 0.25).cos().upper(), 1.0);
        assert_eq!(Interval::new(5.0, f64::INFINITY).sin(), Interval::new(-1.0, 1.0));
    }

    #[test]
    fn ends_at_infinity_and_beyond_the_range() {
        let far = Interval::new(2.0, f64::INFINITY);
        assert_eq!(far.exp().upper(), f64::INFINITY);
        assert_eq!((-far).exp().lower(), 0.0);
        assert_eq!(far.log().upper(), f64::INFINITY);
        assert_eq!(far.tanh().upper(), 1.0);
        assert!(!Interval::new(0.0, 1.0).log().is_defined());
        assert_eq!(Interval::point(1000.0).exp(), Interval::new(f64::MAX, f64::INFINITY));
        assert!(Interval::point(-740.0).exp().lower() > 0.0);
        assert!(Interval::point(5e-324).log().contains(-744.440_071_921_381_3));
    }
}
