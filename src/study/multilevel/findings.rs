use crate::format::{count, interval, number, short, significant, steps, with_error};
use crate::statistics::Interval;
use crate::study::outcome::Outcome;
use crate::study::table::Table;
use schemars::JsonSchema;
use serde::Serialize;

/// A multilevel Monte-Carlo study.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MultilevelFindings {
    /// Scheme on every level.
    pub scheme: String,
    /// Weight rule, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What is estimated.
    pub observable: String,
    /// Weak order of scheme and weight, from which the bias is estimated.
    pub expected: u32,
    /// α in |mean of a level's difference| ≈ const · h^α, from the estimate of the highest accuracy; none if the levels
    /// follow no power law.
    pub mean_order: Option<Interval>,
    /// β in its variance ≈ const · h^β, likewise.
    pub variance_order: Option<Interval>,
    /// One for each accuracy.
    pub estimates: Vec<MultilevelEstimate>,
    /// For an inconclusive study: the paths on all levels that would settle it.
    pub paths_needed: Option<u64>,
}

/// A multilevel estimate of an expectation (of the ratio E φW/E W for normalised flows).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MultilevelEstimate {
    /// The root-mean-square error to reach.
    pub accuracy: f64,
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// Bound on its bias |numerical − exact|, as the last levels show it.
    pub bias: f64,
    /// Whether both are at most accuracy/√2.
    pub reached: bool,
    /// Scheme steps taken on all levels.
    pub cost: f64,
    /// Scheme steps that single paths on the finest level would take for the same standard error, predicted from their
    /// variance.
    pub plain_cost: f64,
    /// Coarse to fine.
    pub levels: Vec<LevelFindings>,
}

/// One level of a multilevel estimate: single paths on the first, differences between coupled paths on the others.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct LevelFindings {
    /// The (finer) step.
    pub step: f64,
    /// Number of (coupled) paths.
    pub paths: u64,
    /// Mean over them.
    pub mean: f64,
    /// Its standard error.
    pub mean_stderr: f64,
    /// Variance of one of them.
    pub variance: f64,
    /// Standard error of `variance`.
    pub variance_stderr: f64,
    /// Scheme steps of one of them.
    pub cost: f64,
}

impl Outcome for MultilevelFindings {
    fn kind(&self) -> &'static str {
        super::KIND.name
    }

    fn subject(&self) -> String {
        let weight = self.weight.as_ref().map(|weight| format!(" with {weight} weight")).unwrap_or_default();
        format!("multilevel Monte Carlo of {}{weight} for {}", self.scheme, self.observable)
    }

    fn found(&self) -> String {
        self.estimates.last().map_or_else(String::new, |best| with_error(best.value, best.stderr))
    }

    fn claim(&self) -> String {
        self.estimates.last().map_or_else(String::new, |best| format!("accuracy {}", number(best.accuracy)))
    }

    fn paths_needed(&self) -> Option<u64> {
        self.paths_needed
    }

    fn tables(&self) -> Vec<Table> {
        let levels = self.estimates.last().map(|best| self.levels(best));
        [self.by_accuracy()].into_iter().chain(levels).collect()
    }
}

impl MultilevelFindings {
    fn by_accuracy(&self) -> Table {
        let columns = [
            "accuracy ε",
            "estimate ± standard error",
            "bias up to",
            "levels",
            "steps",
            "steps × ε²",
            "plain / multilevel",
        ];
        let mut table = Table::new("Estimates by accuracy", &columns);
        for estimate in &self.estimates {
            table.row([
                number(estimate.accuracy),
                with_error(estimate.value, estimate.stderr),
                significant(estimate.bias, 2),
                estimate.levels.len().to_string(),
                significant(estimate.cost, 2),
                short(estimate.cost * estimate.accuracy.powi(2)),
                short(estimate.plain_cost / estimate.cost),
            ]);
        }
        table
    }

    fn levels(&self, best: &MultilevelEstimate) -> Table {
        let caption = format!("Levels for accuracy {}", number(best.accuracy));
        let columns = ["level", "step", "paths", "mean ± standard error", "variance", "steps a path"];
        let mut table = Table::new(caption, &columns);
        let widths: Vec<f64> = best.levels.iter().map(|level| level.step).collect();
        for (k, (level, step)) in best.levels.iter().zip(steps(&widths)).enumerate() {
            table.row([
                k.to_string(),
                step,
                count(level.paths),
                with_error(level.mean, level.mean_stderr),
                with_error(level.variance, level.variance_stderr),
                number(level.cost),
            ]);
        }
        let order = |order: &Option<Interval>| order.as_ref().map_or_else(|| "none".into(), interval);
        table.foot("order of the mean in the step (95\u{a0}%)", order(&self.mean_order));
        table.foot("order of the variance (95\u{a0}%)", order(&self.variance_order));
        table
    }
}
