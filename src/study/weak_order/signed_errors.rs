//! Errors from differences between levels: numerical minus exact.
//!
//! The differences E_{h/2} − E_h, E_{h/4} − E_{h/2} and so on add up to E − E_h. Those that were measured are added, and the
//! fitted power law stands for the finer ones.

use crate::study::fit::{Point, PowerLaw};

/// How far the order may be from the claimed one where the fit does not tell.
const UNKNOWN: f64 = 0.5;
/// Orders below this would make the rest of the sum endless.
const LEAST: f64 = 0.25;
/// Half of a 95 % interval, in standard deviations.
const NORMAL_95: f64 = 1.96;

/// The error at each step from the differences E_{h/2} − E_h of independent levels, coarse to fine.
///
/// Standard errors count the noise of the sum and of what is extrapolated from it, and the interval of the order. Where
/// that is too wide, the order is taken to be the claimed one, give or take a half.
pub fn errors(differences: &[Point], law: &PowerLaw, claim: f64) -> Vec<Point> {
    let interval = law.interval();
    let [order, lower, upper] = match law.has_power() {
        true => [interval.estimate, interval.lower, interval.upper],
        false => [claim, claim - UNKNOWN, claim + UNKNOWN],
    }
    .map(|order| order.max(LEAST));
    let shifted: Vec<PowerLaw> = (0..differences.len()).map(|index| law.shifted(index)).collect();
    let error = |first: usize| {
        let chain = chain(differences, first);
        let finest = differences[chain[chain.len() - 1]].step;
        let rest = law.sum_of_finer(order, finest);
        let sum: f64 = chain.iter().map(|&k| differences[k].error).sum();
        let noise = |(k, law): (usize, &PowerLaw)| {
            let own = if chain.contains(&k) { differences[k].stderr } else { 0.0 };
            (own + law.sum_of_finer(order, finest) - rest).powi(2)
        };
        let noise: f64 = shifted.iter().enumerate().map(noise).sum();
        let spread = law.sum_of_finer(lower, finest) - law.sum_of_finer(upper, finest);
        Point {
            step: differences[first].step,
            error: -(sum + rest),
            stderr: noise.sqrt().hypot(spread / (2.0 * NORMAL_95)),
        }
    };
    (0..differences.len()).map(error).collect()
}

/// The indices of the steps h, h/2, h/4 and so on, as far as they are there, from the one of index `first`.
fn chain(points: &[Point], first: usize) -> Vec<usize> {
    let half = |&k: &usize| {
        let wanted = 0.5 * points[k].step;
        points.iter().position(|point| (point.step - wanted).abs() <= 1e-9 * wanted)
    };
    std::iter::successors(Some(first), half).collect()
}
