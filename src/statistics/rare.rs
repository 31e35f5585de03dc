//! Events that few particles met, or none.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur};

/// Draws above which a binomial law with few events is Poisson's, to a relative 1e-3 in the scores.
const POISSON: f64 = 1e5;
/// Bisections of a probability, to 1e-15 of it.
const BISECTIONS: usize = 200;
/// The largest score: that of the smallest probability that a number holds.
const LARGEST_SCORE: f64 = 38.0;

/// The share that an event can have, at confidence 1 − `level`, where none of `draws` met it: 1 − level^{1/n}, which is at most
/// −log(level)/n. `draws` need not be whole: weighted draws count as their effective number.
pub fn upper_bound_of_none(draws: f64, level: f64) -> f64 {
    if draws > 0.0 { -(level.ln() / draws).exp_m1() } else { 1.0 }
}

/// The interval of Clopper and Pearson (1934) for the share of an event that `events` of `draws` met; each end is wrong with
/// probability `level`/2 at most, or with `level` where the other end is certain. The counts need not be whole.
pub fn clopper_pearson(events: f64, draws: f64, level: f64) -> [f64; 2] {
    if events <= 0.0 {
        return [0.0, upper_bound_of_none(draws, level)];
    }
    if events >= draws {
        return [1.0 - upper_bound_of_none(draws, level), 1.0];
    }
    let solve = |probability: &dyn Fn(f64) -> f64, rises: bool| {
        let [mut low, mut high] = [0.0f64, 1.0];
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if (probability(middle) < 0.5 * level) == rises { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    [solve(&|p| at_least(events, draws, p), true), solve(&|p| at_most(events, draws, p), false)]
}

/// How far `events` of `draws` are from the nearest of the shares `[low, high]`, as the score of a normal law with the same
/// probability beyond it; 0 within.
pub fn event_score(events: f64, draws: f64, [low, high]: [f64; 2]) -> f64 {
    let share = events / draws;
    let score = |probability: f64| {
        let normal = Normal::standard();
        if probability > 0.0 {
            (-normal.inverse_cdf(probability.min(0.5))).min(LARGEST_SCORE)
        } else {
            LARGEST_SCORE
        }
    };
    if share > high {
        score(at_least(events, draws, high.max(0.0)))
    } else if share < low {
        -score(at_most(events, draws, low.min(1.0)))
    } else {
        0.0
    }
}

/// The probability of at least `events` of `draws`, each of probability `p`; where they are most, by the few others.
fn at_least(events: f64, draws: f64, p: f64) -> f64 {
    if events > 0.5 * draws {
        few_at_most(draws - events, draws, 1.0 - p)
    } else {
        few_at_least(events, draws, p)
    }
}

/// The probability of at most `events` of `draws`, each of probability `p`, likewise.
fn at_most(events: f64, draws: f64, p: f64) -> f64 {
    if events > 0.5 * draws {
        few_at_least(draws - events, draws, 1.0 - p)
    } else {
        few_at_most(events, draws, p)
    }
}

fn few_at_least(events: f64, draws: f64, p: f64) -> f64 {
    match (events <= 0.0 || p >= 1.0, p <= 0.0) {
        (true, _) => 1.0,
        (_, true) => 0.0,
        _ if draws > POISSON => gamma_lr(events, draws * p),
        _ => beta_reg(events, draws - events + 1.0, p),
    }
}

fn few_at_most(events: f64, draws: f64, p: f64) -> f64 {
    match (p <= 0.0, p >= 1.0) {
        (true, _) => 1.0,
        (_, true) => 0.0,
        _ if events <= 0.0 => (draws * (-p).ln_1p()).exp(),
        _ if draws > POISSON => gamma_ur(events + 1.0, draws * p),
        _ => beta_reg(draws - events, events + 1.0, 1.0 - p),
    }
}
