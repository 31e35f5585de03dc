//! Limits from values on three levels, and their errors.

use super::Estimate;

/// What is added to the deviation of the limit by the order that is shown, and to every error.
const SAFETY: f64 = 1.5;
const MARGIN: f64 = 1.25;
/// Ratios of successive differences below this show no order.
const SHOWN: f64 = 1.15;

/// The limit of values whose error falls with the power `order` of the width, the finest first; `ratios` are those of the
/// widths, of the middle to the finest and of the coarsest to the middle.
///
/// The error is the difference to the same limit one level coarser, which covers what follows that power if it falls faster.
/// If the differences fall more slowly, by r a level, the limit that they show (Aitken 1926) is 1/(r − 1) times as far from
/// ours as the coarser one: that, and half as much, is the error. Where they do not fall, both differences are. A quarter is added
/// to all.
pub fn extrapolated([fine, middle, coarse]: [f64; 3], ratios: [f64; 2], order: u32) -> Estimate {
    let gain = |ratio: f64| ratio.powi(order as i32) - 1.0;
    let [last, before] = [fine - middle, middle - coarse];
    let value = fine + last / gain(ratios[0]);
    let first = (value - (middle + before / gain(ratios[1]))).abs();
    // As of equal ratios.
    let shown = before / last * gain(ratios[0]) / gain(ratios[1]);
    let error = if last == 0.0 || shown >= ratios[0].powi(order as i32) {
        first
    } else if shown > SHOWN {
        first * (SAFETY / (shown - 1.0)).max(1.0)
    } else if shown > 0.0 {
        (first * SAFETY / (SHOWN - 1.0)).max(last.abs() + before.abs())
    } else {
        first.max(last.abs() + before.abs())
    };
    Estimate { value, error: MARGIN * error }
}
