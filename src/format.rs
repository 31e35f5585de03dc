//! Numbers for people: as many digits as mean something.

use crate::statistics::Interval;
use std::time::Duration;

/// Magnitudes between these are written without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e7;

/// A number with up to `digits` significant digits, e.g. "0.9", "−1.5e-8".
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return not_finite(value).into();
    }
    if value == 0.0 {
        return "0".into();
    }
    // Rounding first: 0.99996 to four digits is 1.
    let rounded = format!("{:.*e}", digits.saturating_sub(1), value);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let magnitude: i32 = exponent.parse().unwrap_or(0);
    if PLAIN.contains(&value.abs()) {
        let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
        signed(trimmed(&format!("{value:.decimals$}")))
    } else {
        signed(&format!("{}e{exponent}", trimmed(mantissa)))
    }
}

/// A number with up to six significant digits.
pub fn number(value: f64) -> String {
    significant(value, 6)
}

/// A number with up to three significant digits.
pub fn short(value: f64) -> String {
    significant(value, 3)
}

/// A value to the digits that its error leaves, e.g. "−0.2625534 ± 4e-7".
pub fn with_error(value: f64, error: f64) -> String {
    if !value.is_finite() {
        return not_finite(value).into();
    }
    if error == 0.0 {
        return significant(value, 10);
    }
    if !error.is_finite() || error < 0.0 {
        return format!("{} ± {}", number(value), not_finite(error));
    }
    let magnitude = value.abs().max(error);
    if error < f64::EPSILON * magnitude {
        return format!("{} ± {}", significant(value, 16), significant(error, 2));
    }
    if PLAIN.contains(&magnitude) {
        let decimals = decimals(error, magnitude);
        let value = signed(&format!("{value:.decimals$}"));
        if error < 1e-3 {
            format!("{value} ± {error:.*e}", digits(error) - 1)
        } else {
            format!("{value} ± {error:.decimals$}")
        }
    } else {
        let exponent = exponent(magnitude);
        let (value, error) = (scaled(value, exponent), scaled(error, exponent));
        let decimals = decimals(error, 1.0);
        let value = signed(&format!("{value:.decimals$}"));
        if value.chars().all(|c| matches!(c, '0' | '.')) {
            return format!("0 ± {error:.decimals$}e{exponent}");
        }
        format!("({value} ± {error:.decimals$})e{exponent}")
    }
}

/// An estimate with its interval, e.g. "2.01 [1.98, 2.04]".
pub fn interval(interval: &Interval) -> String {
    let Interval { estimate, lower, upper } = *interval;
    let half = 0.5 * (upper - lower);
    if !estimate.is_finite() || !half.is_finite() {
        return format!("{} [{}, {}]", short(estimate), short(lower), short(upper));
    }
    if half <= 0.0 {
        return number(estimate);
    }
    let magnitude = estimate.abs().max(half);
    if !PLAIN.contains(&magnitude) {
        return format!("{} [{}, {}]", number(estimate), number(lower), number(upper));
    }
    let decimals = interval_decimals(half, magnitude);
    let write = |value: f64| signed(&format!("{value:.decimals$}"));
    format!("{} [{}, {}]", write(estimate), write(lower), write(upper))
}

/// A value with the decimals of an interval, so that it is seen inside where it is.
pub fn beside(value: f64, interval: &Interval) -> String {
    let half = 0.5 * (interval.upper - interval.lower);
    let magnitude = value.abs().max(interval.estimate.abs()).max(half);
    if half <= 0.0 || !half.is_finite() || !PLAIN.contains(&magnitude) {
        return number(value);
    }
    signed(&format!("{value:.*}", interval_decimals(half, magnitude)))
}

/// One digit more than the half-width's first, so that the ends differ visibly.
fn interval_decimals(half: f64, magnitude: f64) -> usize {
    decimals(half, magnitude).clamp(2, 6)
}

/// A whole number in groups of three, e.g. "100 000".
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// Step sizes: 1/16 where all are shares of whole numbers, else decimals.
pub fn steps(values: &[f64]) -> Vec<String> {
    whole_shares(values).unwrap_or_else(|| values.iter().map(|step| significant(*step, 4)).collect())
}

/// The values as 1/n, if each is that for a whole number n < 100 000.
pub fn whole_shares(values: &[f64]) -> Option<Vec<String>> {
    let share = |value: &f64| {
        let n = (1.0 / value).round();
        let whole = (1.0..1e5).contains(&n) && (value * n - 1.0).abs() < 1e-9;
        whole.then(|| if n == 1.0 { "1".into() } else { format!("1/{n}") })
    };
    values.iter().map(share).collect()
}

/// A duration, e.g. "1.25 s".
pub fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{} min {:02.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
    }
}

/// An exponent, e.g. "⁻³".
pub fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |c: char| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]);
    exponent.to_string().chars().map(digit).collect()
}

/// A typographic minus in front; exponents stay as they can be typed.
pub fn signed(number: &str) -> String {
    match number.strip_prefix('-') {
        // No −0.00.
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.into(),
        Some(rest) => format!("−{rest}"),
        None => number.into(),
    }
}

/// floor(log₁₀ |value|) of a finite value other than 0.
pub fn exponent(value: f64) -> i32 {
    format!("{value:e}").split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// value / 10^exponent, without overflow on the way.
fn scaled(value: f64, exponent: i32) -> f64 {
    value / 10f64.powi(exponent / 2) / 10f64.powi(exponent - exponent / 2)
}

/// Digits of an error: two up to 3.54, so that rounding changes it by little (Particle Data Group).
fn digits(error: f64) -> usize {
    if scaled(error, exponent(error)) < 3.545 { 2 } else { 1 }
}

/// Decimals that show `digits(error)` digits of the error, but no more than f64 has at `magnitude`.
fn decimals(error: f64, magnitude: f64) -> usize {
    let wanted = digits(error) as i32 - 1 - exponent(error);
    let most = 15 - exponent(magnitude);
    wanted.min(most).max(0) as usize
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "not a number"
    } else if value > 0.0 {
        "∞"
    } else {
        "−∞"
    }
}
