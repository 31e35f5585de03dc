//! How often a claimed error covers.

use statrs::distribution::{Beta, ContinuousCDF};

/// Confidence of the intervals of shares.
const CONFIDENCE: f64 = 0.99;

/// Whether a group or cell is to be made: all are, without arguments `only=PART_OF_ITS_NAME`.
pub fn is_wanted(name: &str) -> bool {
    let parts: Vec<String> =
        std::env::args().filter_map(|argument| argument.strip_prefix("only=").map(Into::into)).collect();
    parts.is_empty() || parts.iter().any(|part| name.contains(part))
}

/// What misses its target, so that it is seen.
pub fn marked(text: String, holds: bool) -> String {
    if holds { text } else { format!("🔴 **{text}**") }
}

/// Claimed errors over misses.
#[derive(Clone, Default)]
pub struct Tally {
    /// Of values whose run claims the error.
    ratios: Vec<f64>,
    /// Values whose run says itself that its errors may not cover, and how many are covered.
    disclaimed: [usize; 2],
    broken: usize,
}

impl Tally {
    /// Counts a value with its claimed `error`. Returns error over miss.
    pub fn add(&mut self, value: f64, error: f64, truth: f64, disclaims: bool) -> f64 {
        // What is exact is covered by any error, whatever the rounding of the truth.
        let miss = (value - truth).abs();
        let ratio = if miss == 0.0 { f64::INFINITY } else { error / miss };
        let ratio = if ratio.is_nan() { 0.0 } else { ratio };
        if disclaims {
            self.disclaimed[0] += 1;
            self.disclaimed[1] += usize::from(ratio >= 1.0);
        } else {
            self.ratios.push(ratio);
        }
        ratio
    }

    /// Counts a run without a result.
    pub fn add_broken(&mut self) {
        self.broken += 1;
    }

    /// Adds what another one has counted.
    pub fn join(&mut self, other: &Self) {
        self.ratios.extend(&other.ratios);
        self.broken += other.broken;
        for (own, other) in self.disclaimed.iter_mut().zip(other.disclaimed) {
            *own += other;
        }
    }

    /// The head of the table that [`Self::row`] fills.
    pub fn head() {
        println!(
            "| group | values | covered | within twice | 99 % interval | median error/miss | disclaimed: covered | broke down |"
        );
        println!("|---|---|---|---|---|---|---|---|");
    }

    /// A row: `whole` for that of all groups, which has the targets of shares and median.
    pub fn row(&self, name: &str, whole: bool) {
        let mut ratios = self.ratios.clone();
        ratios.sort_by(f64::total_cmp);
        let n = ratios.len();
        let within = |factor: f64| ratios.iter().filter(|ratio| **ratio * factor >= 1.0).count();
        let share = |count: usize| count as f64 / n.max(1) as f64;
        let percent = |count: usize, least: f64| {
            marked(format!("{:.1} %", 100.0 * share(count)), share(count) >= least)
        };
        let [low, high] = clopper_pearson(within(1.0), n);
        let median = ratios.get(n / 2).copied().unwrap_or(f64::NAN);
        println!(
            "| {name} | {n} | {} | {} | {} | {} | {} of {} | {} |",
            percent(within(1.0), if whole { 0.99 } else { 0.0 }),
            percent(within(2.0), if whole { 0.999 } else { 0.0 }),
            marked(format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high), high >= 0.99),
            marked(format!("{median:.1}"), !whole || median <= 10.0),
            self.disclaimed[1],
            self.disclaimed[0],
            self.broken
        );
    }
}

/// Clopper and Pearson's interval of a share.
fn clopper_pearson(count: usize, n: usize) -> [f64; 2] {
    let tail = 0.5 * (1.0 - CONFIDENCE);
    let quantile = |a: usize, b: usize, p: f64| match (a, b) {
        (0, _) => 0.0,
        (_, 0) => 1.0,
        _ => Beta::new(a as f64, b as f64).map_or(f64::NAN, |beta| beta.inverse_cdf(p)),
    };
    [quantile(count, n - count + 1, tail), quantile(count + 1, n - count, 1.0 - tail)]
}
