//! A test of samples against the truth, before and after the level at which it is made is known.

use super::draws::Score;
use super::shape::{Kolmogorov, Squares};
use super::truth::Exact;
use crate::format::short;
use crate::statistics::event_score;
use crate::study::findings::Check;
use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

/// Probability with which a detectable deviation is found.
pub const POWER: f64 = 0.99;

/// What is tested.
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Which part of the verdict it is.
    pub role: Role,
    /// The figures.
    pub statistic: Statistic,
    /// The largest deviation that it has to find to have any power.
    pub enough: f64,
    /// Of how many it is the farthest off.
    pub among: usize,
}

/// The part that a test has in the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What was asked for: if it cannot be judged, neither can the samples.
    Asked,
    /// It looks for more: if it cannot be judged, that is told.
    Beside,
}

/// The figures of a test.
pub enum Statistic {
    /// A mean against a value.
    Mean {
        /// The mean with its distance.
        score: Score,
        /// The value.
        exact: Exact,
        /// Words of a deviation, before and after its size.
        words: [String; 2],
        /// A factor for these words: 100 for per cent.
        unit: f64,
    },
    /// A share that all or no independent samples have, by the law of its count.
    Count {
        /// The share that is found.
        share: f64,
        /// The shares that are right.
        right: [f64; 2],
        /// Independent draws.
        draws: f64,
        /// Words of a deviation, before and after its size.
        words: [String; 2],
        /// A factor for these words: 100 for per cent.
        unit: f64,
    },
    /// A distance of distribution functions along something.
    Distance(Kolmogorov, String),
    /// χ² of bins along something.
    Bins(Squares, String),
    /// A discrepancy of kernels.
    Kernel(Squares),
}

/// What a test found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tested {
    /// What was tested.
    pub name: String,
    /// The figure: in standard errors, a distance, or a discrepancy.
    pub value: f64,
    /// What it exceeds by chance with the probability that this test has of the level.
    pub threshold: f64,
    /// The smallest deviation that is found with probability 0.99, in the unit of the figure's quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// By how much the figure's quantity is larger than the truth, of a mean or a share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// The detectable deviation in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_find: Option<String>,
    /// Whether it passed; absent where it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// Why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// Whether the verdict needs it.
    #[serde(skip)]
    pub asked: bool,
}

impl Candidate {
    /// Why there is no figure to judge.
    fn open(&self) -> Option<&String> {
        match &self.statistic {
            Statistic::Mean { score, .. } => score.open.as_ref(),
            Statistic::Distance(own, _) => own.open.as_ref(),
            Statistic::Count { .. } | Statistic::Bins(..) | Statistic::Kernel(_) => None,
        }
    }

    /// Whether it counts among the tests that share the level.
    pub fn judged(&self) -> bool {
        self.open().is_none()
    }

    /// The test at `level`, its probability of a false alarm.
    pub fn judge(&self, level: f64) -> Tested {
        let level = level / self.among as f64;
        let asked = self.role == Role::Asked;
        if let Some(why) = self.open() {
            let open = Some(why.clone());
            let (value, threshold) = (f64::NAN, f64::NAN);
            return Tested {
                name: self.name.clone(),
                value,
                threshold,
                detectable: None,
                deviation: None,
                would_find: None,
                passed: None,
                open,
                asked,
            };
        }
        let (value, threshold, detectable) = self.statistic.figures(level);
        let would_find = self.statistic.words(detectable);
        let passed = value <= threshold;
        let weak = passed && (detectable.is_nan() || detectable > self.enough);
        let open = weak.then(|| {
            let limit = match &self.statistic {
                Statistic::Mean { exact, .. } if exact.error > 0.5 * detectable => {
                    format!("the truth is only known to ± {}", short(exact.error))
                }
                _ => "too few samples".into(),
            };
            format!(
                "{limit}: with probability {POWER} it finds only {}",
                would_find.clone().unwrap_or_else(|| short(detectable))
            )
        });
        Tested {
            name: self.name.clone(),
            value,
            threshold,
            detectable: Some(detectable),
            deviation: self.statistic.deviation(),
            would_find,
            passed: (!weak).then_some(passed),
            open,
            asked,
        }
    }
}

impl Statistic {
    /// The figure, its threshold, and the detectable deviation.
    fn figures(&self, level: f64) -> (f64, f64, f64) {
        match self {
            Self::Mean { score, exact, .. } => {
                let threshold = score.threshold(level);
                (score.t.abs(), threshold, score.detectable(level, POWER, exact.error))
            }
            Self::Count { share, right, draws, .. } => {
                let normal = Normal::standard();
                let threshold = -normal.inverse_cdf(0.5 * level);
                let value = event_score(share * draws, *draws, *right).abs();
                (value, threshold, missed_share(*right, *draws, threshold))
            }
            Self::Distance(own, _) => {
                let threshold = own.threshold(level);
                (own.distance, threshold, own.detectable(threshold, POWER))
            }
            // Twice the total variation is at most the root.
            Self::Bins(own, _) => {
                let threshold = own.threshold(level);
                (own.root, threshold, 0.5 * own.detectable(threshold, POWER))
            }
            Self::Kernel(own) => {
                let threshold = own.threshold(level);
                (own.root, threshold, own.detectable(threshold, POWER))
            }
        }
    }

    /// What was found, less the truth.
    fn deviation(&self) -> Option<f64> {
        match self {
            Self::Mean { score, exact, .. } => Some(score.value - exact.value),
            Self::Count { share, right: [low, high], .. } => Some(share - share.clamp(*low, *high)),
            Self::Distance(..) | Self::Bins(..) | Self::Kernel(_) => None,
        }
    }

    fn words(&self, detectable: f64) -> Option<String> {
        match self {
            Self::Mean { words: [before, after], unit, .. }
            | Self::Count { words: [before, after], unit, .. } => {
                Some(format!("{before}{}{after}", short(unit * detectable)))
            }
            Self::Distance(_, along) => Some(format!(
                "a difference of {} between the distribution functions along {along}",
                short(detectable)
            )),
            Self::Bins(_, along) => {
                Some(format!("a total variation of {} between the bins along {along}", short(detectable)))
            }
            Self::Kernel(_) => None,
        }
    }
}

/// The smallest deviation of a share that is found with probability 0.99, by counts of independent draws: looked for on both sides of
/// what is right.
fn missed_share([low, high]: [f64; 2], draws: f64, threshold: f64) -> f64 {
    let normal = Normal::standard();
    let z = normal.inverse_cdf(POWER);
    let found = |share: f64, δ: f64| {
        // The count that is exceeded with this probability.
        let noise = z * (share * (1.0 - share) / draws).sqrt() * δ.signum();
        event_score((share - noise).clamp(0.0, 1.0) * draws, draws, [low, high]).abs() > threshold
    };
    let search = |from: f64, most: f64| {
        if most.abs() < 1e-12 {
            return 0.0;
        }
        let [mut near, mut far] = [0.0, most];
        if !found(from + far, far) {
            return f64::INFINITY;
        }
        for _ in 0..60 {
            let middle = 0.5 * (near + far);
            if found(from + middle, middle) { far = middle } else { near = middle }
        }
        far.abs()
    };
    let (up, down) = (search(high, 1.0 - high), search(low, -low));
    // A share that is rare can hardly fall, which nobody asks to see.
    let beyond = if low < 0.5 { up.min(if down.is_finite() { down.max(up) } else { up }) } else { down };
    // What is right may be at the other end.
    beyond + (high - low)
}

impl Tested {
    /// How it failed, in words.
    pub fn failure(&self) -> String {
        let Self { name, value, threshold, .. } = self;
        let name = name.trim_end_matches(": samples agree with the truth");
        let (found, most) = (short(*value), short(*threshold));
        match self.deviation {
            Some(off) if name.starts_with("Stein") => {
                format!(
                    "{name}: E[Lf] is {} in the place of 0 ({found} standard errors, at most {most})",
                    short(off)
                )
            }
            Some(off) => {
                let way = if off > 0.0 { "large" } else { "small" };
                format!(
                    "{name} is too {way} by {} ({found} standard errors, at most {most})",
                    short(off.abs())
                )
            }
            None => format!("{name}: {found} exceeds {most}"),
        }
    }

    /// As a check of the report; `None` if it was not judged.
    pub fn check(&self, why: &str) -> Option<Check> {
        let passed = self.passed?;
        let why = match (&self.would_find, self.detectable) {
            _ if !passed => why.into(),
            (Some(words), _) => format!("{why}; {words} would have been found with probability {POWER}"),
            (None, Some(size)) => {
                format!("{why}; {} would have been found with probability {POWER}", short(size))
            }
            (None, None) => why.into(),
        };
        let check = Check::at_most(self.name.clone(), self.value, self.threshold, why);
        Some(Check { passed, detectable: self.detectable, ..check })
    }
}
