//! The variates from random words: their laws as they are, which are discrete, and samples of them.
//!
//! Each statistical check fails by chance with probability below 10⁻⁹.

use wfr::algebra::LANES;
use wfr::algebra::Lanes;
use wfr::particles::variate::{PAIRS, normals};
use wfr::particles::{Purpose, Stream};
use wfr::symbolic::Variate;

/// Standard normal quantile of 1 − 10⁻⁹/20: twenty checks share the false alarms.
const THRESHOLD: f64 = 6.6;
/// 2⁴⁰ radii.
const RADII: f64 = (1u64 << 40) as f64;

/// The pair of Gaussians of a word with this radius and this angle, both as numbers of their interval; the two leading
/// bits of the angle are the signs.
fn pair(radius: u64, angle: u64) -> (f64, f64) {
    let mut out = [0.0; 2 * PAIRS];
    normals(&[radius << 24 | angle; PAIRS], &mut out);
    (out[0], out[PAIRS])
}

#[test]
fn radii_and_angles_are_those_of_box_and_muller() {
    for k in 0..4096u64 {
        // Radii from all sizes of u, angles from all octants.
        let radius = ((1 << 40) - 1) >> (k % 40);
        let angle = k.wrapping_mul(0x9E37_79B9) % (1 << 24);
        let (x, y) = pair(radius, angle);
        let r = (-2.0 * ((radius as f64 + 0.5) / RADII).ln()).sqrt();
        let place = (angle & ((1 << 22) - 1)) as f64;
        let (sin, cos) = (std::f64::consts::FRAC_PI_2 * (place + 0.5) / f64::from(1 << 22)).sin_cos();
        let sign = |bit: u64| if angle >> bit & 1 == 1 { -1.0 } else { 1.0 };
        let (cos, sin) = (sign(23) * cos, sign(22) * sin);
        // The reference rounds its angle once, of up to 2π.
        assert!((x - r * cos).abs() <= 2e-15 * r && (y - r * sin).abs() <= 2e-15 * r, "{radius} {angle}");
    }
}

#[test]
fn the_tail_beyond_six_is_that_of_the_normal_law() {
    // P(r > s) = exp(−s²/2) is met up to half a radius, 2⁻⁴¹.
    for s in [6.0, 6.5, 7.0, 7.4] {
        let beyond = (RADII * f64::exp(-0.5 * s * s)).round() as u64;
        let r = |radius| {
            let (x, y) = pair(radius, 1 << 21);
            x.hypot(y)
        };
        assert!(r(beyond - 1) > s && r(beyond + 1) < s, "{beyond} radii beyond {s}");
    }
    let (x, y) = pair(0, 0);
    assert!((x.hypot(y) - (82.0 * std::f64::consts::LN_2).sqrt()).abs() < 1e-14, "the largest radius");
}

/// E (r²/2)^k for the radii as they are, k! for a Gaussian pair: the first radii one by one, the others by the
/// Euler-Maclaurin formula of the midpoint rule.
fn radial_moment(k: i32) -> f64 {
    const FIRST: u64 = 1 << 16;
    let direct: f64 = (0..FIRST).map(|j| (-((j as f64 + 0.5) / RADII).ln()).powi(k)).sum::<f64>() / RADII;
    // ∫ (−ln u)^k du from a to 1 is k! less the incomplete gamma function of −ln a.
    let a = FIRST as f64 / RADII;
    let l = -a.ln();
    let factorial: f64 = (1..=k).map(f64::from).product();
    let below =
        a * (0..=k).map(|j| factorial / (1..=j).map(f64::from).product::<f64>() * l.powi(j)).sum::<f64>();
    // h²/24 (f'(1) − f'(a)) less the integral: f' = −k (−ln u)^(k−1)/u.
    let slope = -f64::from(k) * l.powi(k - 1) / a;
    let at_one = if k == 1 { -1.0 } else { 0.0 };
    direct + (factorial - below) - (at_one - slope) / (24.0 * RADII * RADII)
}

#[test]
fn the_moments_of_the_radii_are_those_of_the_normal_law() {
    let first = radial_moment(1) - 1.0;
    let missing = -0.5 * std::f64::consts::LN_2 / RADII;
    // Rounding of 65536 terms near 1e-12 each.
    assert!((first - missing).abs() < 1e-15, "{first:e} and {missing:e}");
    for (k, factorial) in [(2, 2.0), (3, 6.0), (4, 24.0)] {
        let relative = radial_moment(k) / factorial - 1.0;
        assert!(relative.abs() < 1.5e-9, "moment {}: {relative:e}", 2 * k);
    }
}

#[test]
fn samples_of_normals_have_the_moments_and_the_distribution_function() {
    const BATCHES: usize = 1 << 16;
    let mut stream = Stream::new(7, Purpose::Paths, 3);
    let mut batch = [Lanes([0.0; LANES])];
    let mut values = Vec::with_capacity(BATCHES * LANES);
    for _ in 0..BATCHES {
        stream.variates(&[Variate::Gaussian], &mut batch);
        values.extend(batch[0].0);
    }
    let n = values.len() as f64;
    let double_factorial = |k: i32| (1..=k / 2).map(|j| f64::from(2 * j - 1)).product::<f64>();
    for k in 1..=8 {
        let mean = values.iter().map(|x| x.powi(k)).sum::<f64>() / n;
        let exact = if k % 2 == 0 { double_factorial(k) } else { 0.0 };
        let deviation = (double_factorial(2 * k) - exact * exact).sqrt();
        let z = (mean - exact) / deviation * n.sqrt();
        assert!(z.abs() < THRESHOLD, "moment {k}: {z} standard errors");
    }
    // Neighbouring lanes, and the two halves of a pair, are uncorrelated, as are their squares.
    for distance in [1, PAIRS] {
        for power in [1, 2] {
            let centred = |x: f64| x.powi(power) - if power == 2 { 1.0 } else { 0.0 };
            let pairs = values.iter().zip(&values[distance..]);
            let sum: f64 = pairs.map(|(a, b)| centred(*a) * centred(*b)).sum();
            let deviation = if power == 2 { 2.0 } else { 1.0 };
            let z = sum / n.sqrt() / deviation;
            assert!(z.abs() < THRESHOLD, "distance {distance}, power {power}: {z}");
        }
    }
    values.sort_by(f64::total_cmp);
    let cdf = |x: f64| 0.5 * statrs::function::erf::erfc(-x / std::f64::consts::SQRT_2);
    let distance = values
        .iter()
        .enumerate()
        .map(|(i, x)| (cdf(*x) - i as f64 / n).abs().max((cdf(*x) - (i + 1) as f64 / n).abs()))
        .fold(0.0, f64::max);
    // Kolmogorov: P(√n D > c) < 2 exp(−2c²), which is 10⁻⁹/20 at c = 3.5.
    assert!(distance * n.sqrt() < 3.5, "Kolmogorov-Smirnov {}", distance * n.sqrt());
}

#[test]
fn samples_of_discrete_variates_have_their_probabilities() {
    const BATCHES: usize = 1 << 15;
    let laws = [Variate::ThreePoint, Variate::TwoPoint];
    let mut stream = Stream::new(11, Purpose::Paths, 5);
    let mut batches = [Lanes([0.0; LANES]); 2];
    // By the digit of the word (eight lanes each), and of pairs of successive digits of a word.
    let mut low = [0u64; 8];
    let mut high = [0u64; 8];
    let mut both = 0u64;
    let mut positive = 0u64;
    for _ in 0..BATCHES {
        stream.variates(&laws, &mut batches);
        let three = &batches[0].0;
        for (lane, x) in three.iter().enumerate() {
            assert!(*x == 0.0 || x.abs() == 3f64.sqrt());
            low[lane * 8 / LANES] += u64::from(*x < 0.0);
            high[lane * 8 / LANES] += u64::from(*x > 0.0);
        }
        both += (0..LANES - LANES / 8)
            .filter(|&lane| three[lane] < 0.0 && three[lane + LANES / 8] < 0.0)
            .count() as u64;
        positive += batches[1].0.iter().filter(|x| **x == 1.0).count() as u64;
        assert!(batches[1].0.iter().all(|x| x.abs() == 1.0));
    }
    let z = |count: u64, of: usize, p: f64| {
        let n = (BATCHES * of) as f64;
        (count as f64 - n * p) / (n * p * (1.0 - p)).sqrt()
    };
    for digit in 0..8 {
        assert!(z(low[digit], LANES / 8, 1.0 / 6.0).abs() < THRESHOLD);
        assert!(z(high[digit], LANES / 8, 1.0 / 6.0).abs() < THRESHOLD);
    }
    assert!(
        z(both, LANES - LANES / 8, 1.0 / 36.0).abs() < 2.0 * THRESHOLD,
        "pairs share digits: a wider bound"
    );
    assert!(z(positive, LANES, 0.5).abs() < THRESHOLD);
}
