//! What samples were found to be, and how that reads.

use super::KIND;
use super::test::Tested;
use super::truth::SCORE;
use crate::format::{number, short, significant, with_error};
use crate::statistics::{Tail, largest};
use crate::study::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::BTreeMap;

/// R̂ above which chains have not mixed, and above which none have, however few effective samples they have.
const MIXED: f64 = 1.01;
const MOST_MIXED: f64 = 1.05;
/// How rarely right chains exceed what is allowed for their number.
const RARE: f64 = 1e-3;

/// Samples of anybody's program against the truth of a scenario.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SamplesFindings {
    /// The file.
    pub file: String,
    /// What they are held against.
    pub truth: String,
    /// How they depend on each other.
    pub arrangement: &'static str,
    /// Number of samples.
    pub count: u64,
    /// Number of groups or chains.
    pub groups: u64,
    /// False alarms of all tests together, at most, as a probability.
    pub level: f64,
    /// The share of it of each test.
    pub level_each: f64,
    /// The least number of independent samples with the same standard error, of all observables.
    pub effective: f64,
    /// The largest integrated autocorrelation time of a mean, of chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autocorrelation_time: Option<f64>,
    /// The largest split rank-normalised R̂ of a coordinate, of chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r_hat: Option<f64>,
    /// The correlation of each chain with the next one, if it is no chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<f64>,
    /// Two groups that are equal, counted from 1; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<[u64; 2]>,
    /// Why samples that are said to be independent are not; absent where nothing shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependence: Option<String>,
    /// The tail of the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_tail: Option<Tail>,
    /// Share of the largest weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_weight: Option<f64>,
    /// Samples in the statistics of kernels, whose work is quadratic.
    pub subsample: u64,
    /// By observable.
    pub observables: BTreeMap<String, SampledMean>,
    /// Total variation of bins by direction, with what noise alone would make of it.
    pub total_variations: BTreeMap<String, [f64; 2]>,
    /// Every test.
    pub tests: Vec<Tested>,
    /// What was not tested, and why.
    pub left_out: Vec<String>,
}

/// The mean of an observable over samples.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SampledMean {
    /// The mean.
    pub value: f64,
    /// Its standard error, which respects weights, autocorrelation and groups.
    pub stderr: f64,
    /// As many independent samples have the same standard error.
    pub effective: f64,
    /// The truth, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<f64>,
    /// What the truth may be off by, with its standard error if it is a mean over draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact_error: Option<f64>,
}

impl SamplesFindings {
    fn decided(&self) -> impl Iterator<Item = &Tested> {
        self.tests.iter().filter(|test| test.passed.is_some())
    }

    fn failed(&self) -> impl Iterator<Item = &Tested> {
        self.tests.iter().filter(|test| test.passed == Some(false))
    }

    /// The deviations that would have been found, the tests that were asked for first.
    fn power(&self, most: usize) -> String {
        let asked = self.decided().filter(|test| test.asked).chain(self.decided().filter(|test| !test.asked));
        let words: Vec<&str> = asked.filter_map(|test| test.would_find.as_deref()).take(most).collect();
        words.join(", or ")
    }

    /// R̂ above which chains have not mixed: 1.01 (Vehtari et al. 2021), or what right chains of so few effective samples exceed once in a
    /// thousand, as their halves differ by chance, but no more than 1.05.
    fn mixed(&self) -> f64 {
        let halves = 2.0 * self.groups as f64;
        let chance =
            ChiSquared::new(halves - 1.0).map_or(0.0, |law| law.inverse_cdf(1.0 - RARE) / (halves - 1.0));
        let own = (1.0 + chance * halves / self.effective.max(1.0)).sqrt();
        own.clamp(MIXED, MOST_MIXED)
    }

    /// Whether no errors are known, so that nothing can be checked.
    pub(super) fn has_no_errors(&self) -> bool {
        self.neighbours.is_some() || self.copies.is_some() || self.dependence.is_some()
    }

    /// Verdict and reason.
    pub(super) fn judge(&self) -> (Verdict, String) {
        if let Some(correlation) = self.neighbours {
            let why = format!(
                "neighbouring chains are correlated ({}), so that no error is known: positions of shape (steps, chains, d) were \
                 given in the place of (chains, steps, d), or the chains share random numbers",
                significant(correlation, 2)
            );
            return (Verdict::Inconclusive, why);
        }
        if let Some([first, second]) = self.copies {
            let why = format!(
                "groups {first} and {second} are equal, so that no error is known: they share their random numbers, or one is a copy"
            );
            return (Verdict::Inconclusive, why);
        }
        if let Some(why) = &self.dependence {
            return (Verdict::Inconclusive, why.clone());
        }
        let mixed = self.mixed();
        let failed: Vec<String> = self.failed().map(Tested::failure).collect();
        if !failed.is_empty() {
            let more = if failed.len() > SHOWN {
                format!("; and {} more", failed.len() - SHOWN)
            } else {
                String::new()
            };
            return (Verdict::Fail, format!("{}{more}", failed[..failed.len().min(SHOWN)].join("; ")));
        }
        let open = self.tests.iter().filter(|test| test.asked);
        let open = open.filter_map(|test| test.open.as_ref().map(|why| format!("{}: {why}", test.name)));
        let apart = self.r_hat.filter(|r| r.is_nan() || *r > mixed);
        let apart =
            apart.map(|r| format!("the chains have not mixed: R̂ is {}, above {mixed:.3}", significant(r, 4)));
        // Stein's identities do not see how much mass is in which of several modes.
        let rough = self.tests.iter().any(|test| test.name.ends_with(ROUGHLY));
        let unweighed = rough && !self.decided().any(|test| test.asked);
        let unweighed = unweighed.then(|| {
            "how much mass is in which mode is not judged: the truth has no mean of an observable, and the masses of the modes only \
             roughly"
                .to_string()
        });
        let open: Vec<String> = apart.into_iter().chain(unweighed).chain(open).collect();
        let decided = self.decided().count();
        if !open.is_empty() || decided == 0 {
            let first = self.tests.iter().find_map(|test| Some((&test.name, test.open.as_ref()?)));
            let nothing = match first {
                Some((name, why)) => format!("nothing could be tested, as {name}: {why}"),
                None => "nothing could be tested".into(),
            };
            let why = if open.is_empty() { nothing } else { open.join("; ") };
            return (Verdict::Inconclusive, why);
        }
        let undecided = self.tests.len() - decided;
        let others = match self.tests.iter().find(|test| test.passed.is_none()) {
            None => String::new(),
            Some(first) if undecided == 1 => format!(" (one more is open: {})", first.name),
            Some(first) => format!(" ({undecided} more are open, as {})", first.name),
        };
        let others = match self.left_out.iter().filter(|own| own.starts_with("E[")).count() {
            0 => others,
            count => format!("{others}; of {count} of the observables the mean under the truth is not known"),
        };
        let unseen = match self.truth.starts_with(SCORE) {
            true => "; a narrow mode far from all samples would not be seen",
            false => "",
        };
        let why = format!(
            "all {decided} tests pass{others}, with false alarms below {} together; {} would have been found with probability 0.99{unseen}",
            number(self.level),
            self.power(SHOWN)
        );
        (Verdict::Pass, why)
    }
}

/// How names of tests end that look for coarse mistakes alone.
pub const ROUGHLY: &str = ", roughly";
/// Tests that a sentence names.
const SHOWN: usize = 4;

impl Outcome for SamplesFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        format!("{} against {}", self.file, self.truth)
    }

    fn found(&self) -> String {
        let ratios = self.decided().map(|test| test.value / test.threshold);
        let worst = largest(ratios).map(|ratio| match ratio > 1.0 {
            true => format!("up to {} times a threshold\n", significant(ratio, 3)),
            false => format!("at most {} % of a threshold\n", significant(100.0 * ratio, 2)),
        });
        format!("{}{} effective samples", worst.unwrap_or_default(), significant(self.effective, 3))
    }

    fn claim(&self) -> String {
        format!("false alarms below {}", number(self.level))
    }

    fn tables(&self) -> Vec<Table> {
        let mut all = vec![self.facts(), self.means(), self.made()];
        if !self.left_out.is_empty() {
            let mut table = Table::new("Not tested", &["what, and why"]);
            self.left_out.iter().for_each(|own| table.row([own.clone()]));
            all.push(table);
        }
        all
    }
}

impl SamplesFindings {
    fn facts(&self) -> Table {
        let mut table = Table::new("The samples", &[]);
        table.pair("samples", self.count.to_string());
        table.pair("arrangement", format!("{}, {} of them", self.arrangement, self.groups));
        table.pair("effective samples", significant(self.effective, 3));
        let some = [
            ("autocorrelation time", self.autocorrelation_time.map(|own| significant(own, 3))),
            ("split rank-normalised R̂", self.r_hat.map(|own| significant(own, 5))),
            ("largest share of the weights", self.largest_weight.map(short)),
            (
                "Pareto index of the weights",
                self.weight_tail.and_then(|tail| tail.pareto_k).map(|k| significant(k, 2)),
            ),
        ];
        some.into_iter().for_each(|(name, own)| own.into_iter().for_each(|own| table.pair(name, own)));
        for (name, [found, expected]) in &self.total_variations {
            table.pair(
                format!("total variation of bins along {name}"),
                format!("{} ({} by the noise alone)", short(*found), short(*expected)),
            );
        }
        table
    }

    fn means(&self) -> Table {
        let columns = ["observable", "samples ± standard error", "effective samples", "truth ± error"];
        let mut table = Table::new("Means", &columns);
        for (name, own) in &self.observables {
            let exact = own.exact.map_or_else(
                || "not known".into(),
                |exact| with_error(exact, own.exact_error.unwrap_or(0.0)),
            );
            table.row([
                name.clone(),
                with_error(own.value, own.stderr),
                significant(own.effective, 3),
                exact,
            ]);
        }
        table
    }

    fn made(&self) -> Table {
        let caption = "The tests, and the deviations that each would have found with probability 0.99";
        let mut table = Table::new(caption, &["test", "found", "at most", "", "would have found"]);
        for test in &self.tests {
            let verdict = match (test.passed, &test.open) {
                (Some(true), _) => "pass".into(),
                (Some(false), _) => "fail".into(),
                (None, why) => format!("open: {}", why.clone().unwrap_or_default()),
            };
            let detectable =
                test.would_find.clone().or_else(|| test.detectable.map(short)).unwrap_or_default();
            table.row([test.name.clone(), short(test.value), short(test.threshold), verdict, detectable]);
        }
        table
    }
}
