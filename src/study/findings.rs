//! What a run found: the data of result.json. What one kind of study found lies with the kind.

use super::outcome::Outcome;
use super::verdict::{Ending, Verdict};
use crate::format::short;
use crate::particles::mean_field::EnsembleBias;
use crate::statistics::{Evidence, Spread, Tail};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that a run found; serialises to result.json (names as in the contract). A number that is not finite is null.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Findings {
    /// Version of this layout.
    pub schema_version: u32,
    /// The scenario's name.
    pub name: String,
    /// What made it.
    #[serde(flatten)]
    pub origin: Origin,
    /// Whether no check and no study failed.
    pub passed: bool,
    /// Whether the computation broke down before its end.
    pub incomplete: bool,
    /// What broke down, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<String>,
    /// The deterministic solution at the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<GridFindings>,
    /// The weighted particles at the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particles: Option<ParticleFindings>,
    /// One entry for each study, scheme and method.
    pub studies: Vec<StudyFindings>,
    /// The checks that were made along the way.
    pub checks: Vec<Check>,
    /// What the user should know although nothing failed.
    pub warnings: Vec<String>,
}

/// What made a result: enough to make it again.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Origin {
    /// Version of wfr.
    pub version: String,
    /// Commit of its sources; null if the build was not told.
    pub commit: Option<String>,
    /// Seed of the particles; null if there are none.
    pub seed: Option<u64>,
    /// Text of the scenario; null if it was a plan made in Rust.
    pub scenario: Option<String>,
    /// Keys that replaced those of the scenario, as in `--set`.
    pub overrides: Vec<String>,
}

impl Origin {
    /// That of what this build makes with a seed.
    pub fn here(seed: Option<u64>) -> Self {
        let (version, commit) = (env!("CARGO_PKG_VERSION").into(), crate::COMMIT.map(String::from));
        Self { version, commit, seed, ..Self::default() }
    }
}

impl Findings {
    /// How many checks ended how, and what they are of, without a full stop.
    pub fn counts(&self) -> String {
        let studies = self.studies.iter().map(|study| Ending::from(study.verdict));
        let endings: Vec<Ending> = self.checks.iter().map(Check::ending).chain(studies).collect();
        let with = |ending| endings.iter().filter(|own| **own == ending).count();
        let [passed, failed, open] = [Ending::Pass, Ending::Fail, Ending::Inconclusive].map(with);
        let (single, all) = (self.checks.len(), endings.len());
        if all == 0 {
            return "Nothing was checked".into();
        }
        let noun = if all == 1 { "check" } else { "checks" };
        let words = [(passed, "passed"), (failed, "failed"), (open, "inconclusive")];
        let words: Vec<String> = words
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let ended = if passed == all {
            format!("{all} {noun} passed")
        } else {
            format!("{all} {noun}: {}", words.join(", "))
        };
        let of = match (single, all - single) {
            (0, _) | (_, 0) => String::new(),
            (values, studies) => format!(" ({values} of single values, {studies} of studies)"),
        };
        format!("{ended}{of}")
    }

    /// How the run ended.
    pub fn ending(&self) -> Ending {
        if self.incomplete {
            return Ending::Incomplete;
        }
        let studies = self.studies.iter().map(|study| study.verdict.into());
        let checks = self.checks.iter().map(Check::ending);
        studies.chain(checks).max().unwrap_or(Ending::Pass)
    }

    /// The names of all observables that were estimated, in order.
    pub fn observables(&self) -> BTreeSet<&str> {
        let grid = self.grid.iter().flat_map(|grid| grid.observables.keys());
        let particles = self.particles.iter().flat_map(|particles| particles.observables.keys());
        grid.chain(particles).map(String::as_str).collect()
    }

    /// Whether anything was judged at all.
    pub fn judged(&self) -> bool {
        !(self.studies.is_empty() && self.checks.is_empty())
    }
}

/// The grid solution at the horizon.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GridFindings {
    /// Final time.
    pub time: f64,
    /// ∫ρ.
    pub mass: f64,
    /// Estimated error of `mass`.
    pub mass_error: f64,
    /// The share of the mass that absorbing sides have taken; absent where there are none, or a rate or reaction besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absorbed: Option<f64>,
    /// Estimated error of `absorbed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absorbed_error: Option<f64>,
    /// Smallest cell value of ρ.
    pub minimum: f64,
    /// KL(ρ/∫ρ | π); absent for a general SDE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    /// Estimated error of `kl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl_error: Option<f64>,
    /// W₁ of ρ/∫ρ on this grid to the target, on a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w1: Option<f64>,
    /// W₂, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w2: Option<f64>,
    /// log ∫ρ, and its meaning for an SDE with a rate: log E[exp(−∫c dt)].
    pub log_normalizer: f64,
    /// Its estimated error.
    pub log_normalizer_error: f64,
    /// By observable.
    pub observables: BTreeMap<String, GridEstimate>,
}

/// A grid value with its estimated error.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct GridEstimate {
    /// Extrapolated value.
    pub value: f64,
    /// Estimated |value − exact|.
    pub error: f64,
}

/// The weighted particles at the horizon.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ParticleFindings {
    /// Final time.
    pub time: f64,
    /// Number of particles, of all replicates together.
    pub count: u64,
    /// Number of independent ensembles, where log ρ is estimated from the particles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u64>,
    /// Effective sample size (Σw)²/Σw².
    pub ess: f64,
    /// Entropy of the weights, −ΣW log W: log N for even ones.
    pub weight_entropy: f64,
    /// Number of particles at time 0 that have offspring of positive weight.
    pub ancestors: u64,
    /// How often an island of particles was resampled, or its particles jumped, on average.
    pub resamplings: f64,
    /// How often a place was given to another particle's offspring, on average.
    pub replacements: f64,
    /// Log of the estimated normaliser (mean weight).
    pub log_normalizer: f64,
    /// Standard error of `log_normalizer`.
    pub log_normalizer_stderr: f64,
    /// Estimate of log ∫e^{−V} dx, where the transition mixture gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_evidence: Option<f64>,
    /// Standard error of `log_evidence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_evidence_stderr: Option<f64>,
    /// How many particles the kernel of one holds at the last step, on average, where the transition mixture is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<f64>,
    /// The tail of the masses that the particles at time 0 have come to, where they are weighted and enough of them are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_tail: Option<Tail>,
    /// By observable.
    pub observables: BTreeMap<String, ParticleEstimate>,
}

impl ParticleFindings {
    /// The log-normaliser with what judgements need of it: a mean of weights, in its logarithm.
    pub fn log_normalizer_evidence(&self) -> Evidence {
        let tail = self.weight_tail.unwrap_or_default();
        let spread = Spread {
            draws: self.ess,
            terms: f64::INFINITY,
            tail,
            size: 1.0,
            heavy_weights: tail.is_heavy(),
            ..Spread::default()
        };
        Evidence { value: self.log_normalizer, stderr: self.log_normalizer_stderr, spread }
    }
}

/// A particle value with its statistical error and its estimated discretisation bias.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ParticleEstimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, which respects weights and resampling.
    pub stderr: f64,
    /// Estimated bias by the time step (numerical minus exact), where a study measured it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<f64>,
    /// Standard error of `bias`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_stderr: Option<f64>,
    /// Bias of ensembles that read log ρ from themselves, by their size or the width of their kernel (ensemble minus limit).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ensemble_bias: Option<f64>,
    /// Standard error of `ensemble_bias`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ensemble_bias_stderr: Option<f64>,
    /// How the standard error comes about.
    #[serde(flatten)]
    pub spread: Spread,
}

impl ParticleEstimate {
    /// The estimate without the bias of its ensemble, where that matters, with what judgements need of it.
    pub fn evidence(&self) -> Evidence {
        let bias = self.ensemble_bias.zip(self.ensemble_bias_stderr);
        let bias = bias.map(|(value, stderr)| EnsembleBias { value, stderr });
        let (value, stderr) = match bias.filter(|bias| bias.matters(self.stderr)) {
            Some(bias) => (self.value - bias.value, self.stderr.hypot(bias.stderr)),
            None => (self.value, self.stderr),
        };
        Evidence { value, stderr, spread: self.spread }
    }
}

/// What one study found, of one scheme and method.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StudyFindings {
    /// The kind of study, as scenarios name it.
    pub kind: &'static str,
    /// What was found; [`schema`](super::schema) adds its keys.
    #[serde(flatten)]
    #[schemars(skip)]
    pub outcome: Arc<dyn Outcome>,
    /// The verdict.
    pub verdict: Verdict,
    /// False only for "fail".
    pub passed: bool,
    /// Why, in one sentence.
    pub why: String,
}

impl StudyFindings {
    /// A finding with its verdict.
    pub fn new(outcome: impl Outcome, verdict: Verdict, why: String) -> Self {
        Self {
            kind: outcome.kind(),
            outcome: Arc::new(outcome),
            verdict,
            passed: verdict != Verdict::Fail,
            why,
        }
    }

    /// The same, which nothing can be judged by.
    pub fn undecided(self, why: String) -> Self {
        Self { verdict: Verdict::Inconclusive, passed: true, why, ..self }
    }

    /// The outcome, if it is of this type.
    pub fn outcome_as<T: Outcome>(&self) -> Option<&T> {
        (self.outcome.as_ref() as &dyn std::any::Any).downcast_ref()
    }
}

/// A named check with its figure.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// The figure.
    pub value: f64,
    /// What it was held against.
    pub threshold: f64,
    /// Where the threshold comes from.
    pub why: String,
    /// The smallest deviation of the estimate that would not have passed, with probability 0.99; absent where there is no such power.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detectable: Option<f64>,
    /// How people read the figure.
    #[serde(skip)]
    pub reading: Reading,
}

/// What the figure of a check is, in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// A size that is at most the threshold.
    #[default]
    Size,
    /// The largest value of this.
    Largest(&'static str),
    /// The smallest value of this, with the other sign, as is its bound.
    Smallest(&'static str),
    /// A distance in standard errors, of either sign.
    StandardErrors,
    /// Nothing: what was to be checked is not there.
    Absent,
}

impl Check {
    /// A check that the value is at most the threshold; NaN never is.
    pub fn at_most(name: impl Into<String>, value: f64, threshold: f64, why: impl Into<String>) -> Self {
        let (name, passed, why) = (name.into(), value <= threshold, why.into());
        Self { name, passed, value, threshold, why, detectable: None, reading: Reading::Size }
    }

    /// The same, read in another way.
    pub fn reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    /// A check that failed because there is nothing to judge.
    pub fn absent(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { passed: false, reading: Reading::Absent, ..Self::at_most(name, f64::NAN, 0.0, why) }
    }

    /// The figure in words.
    pub fn found(&self) -> String {
        match self.reading {
            Reading::Size => short(self.value),
            Reading::Largest(what) => format!("largest {what} {}", short(self.value)),
            Reading::Smallest(what) => format!("smallest {what} {}", short(-self.value)),
            Reading::StandardErrors => format!("{} standard errors", short(self.value.abs())),
            Reading::Absent => "nothing".into(),
        }
    }

    /// What the figure is held against, in words.
    pub fn claim(&self) -> String {
        match self.reading {
            Reading::Smallest(_) => format!("at least {}", short(-self.threshold)),
            Reading::Absent => "a result".into(),
            _ => format!("at most {}", short(self.threshold)),
        }
    }

    /// The share of the threshold that the figure uses; `None` where neither says how close it is.
    pub fn share(&self) -> Option<f64> {
        let size = match self.reading {
            Reading::StandardErrors => self.value.abs(),
            _ => self.value.max(0.0),
        };
        Some(size / self.threshold).filter(|share| share.is_finite())
    }

    /// How it ended.
    pub fn ending(&self) -> Ending {
        if self.passed { Ending::Pass } else { Ending::Fail }
    }
}
