//! Orders: what every study of errors against steps found, and how it reads.

use super::figure::{OrderFit, OrderLine};
use super::findings::StudyFindings;
use super::fit::{NOISE_FREE, Point, local_orders, noise_free_order};
use super::outcome::Outcome;
use super::table::{Row, Table};
use super::verdict::Verdict;
use crate::format::{count, interval, signed, significant, steps};
use crate::schemes::certificate::Domain;
use crate::statistics::Interval;
use schemars::JsonSchema;
use serde::Serialize;

/// Rounding of a value of size 1 after thousands of sums.
pub const ROUNDING: f64 = 1e-13;
/// What passes for rounding of errors of values of size 1, at most: an error that is known less well is no rounding.
const MOST_ROUNDING: f64 = 1e-9;

/// An order study: errors against step sizes.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct OrderFindings {
    /// The kind of study.
    #[serde(skip)]
    pub kind: &'static str,
    /// What was studied, in words.
    #[serde(skip)]
    pub subject: String,
    /// Scheme, or for grid-order the discretisation ("space", "strang" …), or for ensemble-order what was refined ("bias by
    /// the number of particles" …).
    pub scheme: String,
    /// Weight rule, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What the error is measured on.
    pub observable: String,
    /// How it was measured.
    pub method: OrderMethod,
    /// Whether `errors` are differences between successive levels.
    #[serde(skip)]
    pub differences: bool,
    /// Step sizes (or 1/N, or bandwidths), coarse to fine.
    pub steps: Vec<f64>,
    /// Numerical minus exact.
    pub errors: Vec<f64>,
    /// Standard errors of `errors` (0: free of noise).
    pub stderrs: Vec<f64>,
    /// Slopes between successive errors, where both are resolved.
    pub local_orders: Vec<Option<f64>>,
    /// Index of the first step of the asymptotic range that was fitted.
    pub fitted_from: usize,
    /// Index one past the last step that was fitted.
    pub fitted_to: usize,
    /// Fitted order with its 95 % interval.
    pub order: Option<Interval>,
    /// Claimed order.
    pub expected: u32,
    /// Fitted constant.
    pub constant: Option<Constant>,
    /// For an inconclusive study: how many paths would settle it.
    pub paths_needed: Option<u64>,
    /// Paths spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<u64>,
    /// For method "monte-carlo": "coupled levels" or "control variate".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimator: Option<&'static str>,
    /// For method "proof": the leading error operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leading_error: Option<String>,
    /// For method "proof": everything that was proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFindings>,
}

/// How an order is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderMethod {
    /// Exact algebra.
    Proof,
    /// Noise-free expectations of the scheme.
    Law,
    /// The error operator's constant.
    Prediction,
    /// Sampled paths.
    MonteCarlo,
    /// Solutions on finer and finer grids.
    #[default]
    Grid,
    /// Independent ensembles.
    Replicates,
}

impl OrderMethod {
    /// The methods for the weak order of a scheme, which a scenario can name.
    pub const OF_SCHEMES: [Self; 4] = [Self::Proof, Self::Law, Self::Prediction, Self::MonteCarlo];

    /// The name in scenarios and in result.json.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Law => "law",
            Self::Prediction => "prediction",
            Self::MonteCarlo => "monte-carlo",
            Self::Grid => "grid",
            Self::Replicates => "replicates",
        }
    }
}

/// The factor C in e(h) ≈ C h^p.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Constant {
    /// Fitted.
    pub measured: f64,
    /// From the error operator, where available.
    pub predicted: Option<f64>,
}

/// What exact algebra proves of a scheme with its weight rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificateFindings {
    /// Where the scheme is published.
    pub source: String,
    /// For what it is proved, such as "Itô equations with any smooth drift and additive noise".
    pub scope: String,
    /// Numbers of dimensions of the proofs of the weak order.
    pub dimensions: Vec<usize>,
    /// The order in each of them.
    pub orders: Vec<u32>,
    /// The leading local error in each of them, an operator on φ.
    pub leading_errors: Vec<String>,
    /// Claimed order of the invariant measure of Langevin dynamics.
    pub claimed_invariant_order: u32,
    /// The proved one.
    pub invariant_order: u32,
    /// The source of its bias in one dimension.
    pub invariant_error: String,
    /// Where the proof of the weak order holds.
    pub domain: Domain,
}

impl Outcome for OrderFindings {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn found(&self) -> String {
        match (&self.order, self.constant) {
            (_, Some(constant)) if self.is_prediction() => {
                format!("constant {} (noise-free)", significant(constant.measured, 4))
            }
            (Some(order), _) => format!("order {}", interval(order)),
            (None, _) if self.is_prediction() => "constant not determined".into(),
            (None, _) => "order not determined".into(),
        }
    }

    fn claim(&self) -> String {
        match self.constant.and_then(|constant| constant.predicted) {
            Some(constant) if self.is_prediction() => {
                format!("constant {} (predicted)", significant(constant, 4))
            }
            _ => format!("order {}", self.expected),
        }
    }

    fn paths_needed(&self) -> Option<u64> {
        self.paths_needed
    }

    fn tables(&self) -> Vec<Table> {
        let points = (!self.steps.is_empty()).then(|| self.points());
        let certificate = self.certificate.as_ref().map(|proof| proof.table(self.expected));
        points.into_iter().chain(certificate).collect()
    }
}

impl OrderFindings {
    /// With these points, of which a range was fitted.
    pub fn of(self, points: &[Point], fitted: std::ops::Range<usize>) -> Self {
        let column = |value: fn(&Point) -> f64| points.iter().map(value).collect();
        Self {
            steps: column(|point| point.step),
            errors: column(|point| point.error),
            stderrs: column(|point| point.stderr),
            fitted_from: fitted.start,
            fitted_to: fitted.end,
            ..self
        }
    }

    fn is_prediction(&self) -> bool {
        self.method == OrderMethod::Prediction
    }

    /// What the table of the points shows.
    fn caption(&self) -> &'static str {
        match self.method {
            OrderMethod::Prediction => "Errors by the predicted constant (numerical minus exact)",
            OrderMethod::Replicates => "Errors or variances; marked ones were fitted",
            _ if self.differences => "Differences between successive levels; marked ones were fitted",
            _ => "Errors (numerical minus exact); marked ones were fitted",
        }
    }

    /// What is refined.
    fn step_name(&self) -> &'static str {
        match self.scheme.as_str() {
            "space" => "cell width",
            name if name.ends_with("number of particles") => "1/N",
            name if name.ends_with("bandwidth") => "bandwidth",
            _ => "step",
        }
    }

    /// What is listed of each step.
    fn error_name(&self) -> &'static str {
        if self.differences { "difference" } else { "error" }
    }

    /// What the errors are known to.
    fn noise_name(&self) -> &'static str {
        match self.method {
            OrderMethod::Law | OrderMethod::Prediction => "accuracy",
            _ => "std. error",
        }
    }

    /// The points, and what was fitted to them.
    fn points(&self) -> Table {
        let noisy = self.stderrs.iter().any(|noise| *noise != 0.0);
        let sloped = self.local_orders.iter().flatten().any(|slope| slope.is_finite());
        let columns = [
            (self.step_name(), true),
            (self.error_name(), true),
            (self.noise_name(), noisy),
            ("local order", sloped),
        ];
        let columns: Vec<&str> = columns.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        let mut table = Table::new(self.caption(), &columns);
        let number = |values: &[f64], k: usize, digits| match values.get(k) {
            Some(value) if value.is_finite() => significant(*value, digits),
            _ => String::new(),
        };
        for (k, step) in steps(&self.steps).into_iter().enumerate() {
            let known = self.errors.get(k).is_none_or(|error| error.is_finite());
            let mut cells = vec![step, if known { number(&self.errors, k, 4) } else { "not known".into() }];
            if noisy {
                cells.push(number(&self.stderrs, k, 2));
            }
            // The slope from the step before this one.
            let slope = k.checked_sub(1).and_then(|k| *self.local_orders.get(k)?);
            if sloped {
                let slope = slope.filter(|slope| slope.is_finite());
                cells.push(slope.map_or_else(String::new, |slope| signed(&format!("{slope:.2}"))));
            }
            let fitted = (self.fitted_from..self.fitted_to).contains(&k);
            table.rows.push(Row { cells, marked: fitted && !self.is_prediction() });
        }
        if self.errors.iter().any(|error| !error.is_finite()) {
            table.note = "Not known: with this step the expectation is not finite, or what leaves the interval of its computation \
                          may count."
                .into();
        }
        if !self.is_prediction() {
            let order = self.order.as_ref().map_or_else(|| "none".into(), interval);
            table.foot("fitted order (95\u{a0}%)", order);
        }
        table.foot("claimed order", self.expected.to_string());
        if let Some(constant) = self.constant {
            let whose = if self.is_prediction() { ", noise-free" } else { "" };
            table.foot(format!("constant C in C·hᵖ{whose}"), significant(constant.measured, 4));
            if let Some(predicted) = constant.predicted {
                table.foot("predicted constant", significant(predicted, 4));
            }
        }
        if let Some(estimator) = self.estimator {
            table.foot("estimator", estimator);
        }
        if let Some(paths) = self.paths {
            table.foot("paths", count(paths));
        }
        if let Some(paths) = self.paths_needed {
            table.foot("paths needed", significant(paths as f64, 2));
        }
        table
    }
}

impl CertificateFindings {
    fn table(&self, claimed: u32) -> Table {
        let caption = "Proved by exact algebra on the code of the scheme that runs: E[one step] − exact, an operator on φ";
        let mut table = Table { text: true, ..Table::new(caption, &[]) };
        table.pair("for", self.scope.as_str());
        table.pair("claimed order", claimed.to_string());
        for ((d, order), error) in self.dimensions.iter().zip(&self.orders).zip(&self.leading_errors) {
            table.pair(format!("proved in d = {d}"), format!("order {order}; leading error {error}"));
        }
        let invariant = format!(
            "order {} proved (claimed {}); source of the bias in d = 1: {}",
            self.invariant_order, self.claimed_invariant_order, self.invariant_error
        );
        table.pair("invariant measure", invariant);
        table.pair("domain", self.domain.to_string());
        table.pair("source", self.source.as_str());
        table
    }
}

/// Noise-free errors on finer and finer grids or steps, and the order that is claimed for them.
pub struct Refinement<'a> {
    /// The kind of study.
    pub kind: &'static str,
    /// What was studied, in words.
    pub subject: String,
    /// What is refined.
    pub name: &'a str,
    /// What the error is measured on.
    pub observable: &'a str,
    /// The order that is claimed.
    pub expected: u32,
    /// The size of the values, of which rounding is a share.
    pub size: f64,
    /// What the errors are known to, beside rounding.
    pub accuracy: f64,
    /// Whether they are differences between successive levels.
    pub differences: bool,
}

impl Refinement<'_> {
    /// The order of errors, (step, error) coarse to fine, and its line in the picture.
    pub fn judge(self, errors: impl IntoIterator<Item = (f64, f64)>) -> (StudyFindings, OrderLine) {
        let stderr = ROUNDING * self.size + self.accuracy;
        let rounding = MOST_ROUNDING * self.size;
        let points: Vec<Point> =
            errors.into_iter().map(|(step, error)| Point { step, error, stderr }).collect();
        let fit = noise_free_order(&points);
        let (verdict, why) = match &fit {
            Some(fit) => fit.judge(f64::from(self.expected)),
            None if !points.is_empty()
                && points.iter().all(|point| point.error.abs() <= (NOISE_FREE * stderr).min(rounding)) =>
            {
                (
                    Verdict::Pass,
                    "exact to rounding on every level, so that there is no order to measure".into(),
                )
            }
            None if NOISE_FREE * stderr > rounding
                && points.iter().any(|point| point.error.abs() <= NOISE_FREE * stderr) =>
            {
                let why = format!(
                    "another error, of {stderr:.1e}, such as that of the step beside that of the cells, is more than a hundredth of \
                     these and hides their order: take a smaller step"
                );
                (Verdict::Inconclusive, why)
            }
            None if points.last().is_some_and(|finest| finest.error.abs() <= NOISE_FREE * stderr) => {
                let why = "the finest errors are at rounding, and the coarser ones do not show an order: take coarser cells and steps";
                (Verdict::Inconclusive, why.into())
            }
            None => {
                (Verdict::Inconclusive, "the slopes have not settled: refine the grid or the step".into())
            }
        };
        let fitted = fit.as_ref().map_or(0..0, |fit| fit.range.clone());
        let findings = OrderFindings {
            kind: self.kind,
            subject: self.subject,
            scheme: self.name.into(),
            observable: self.observable.into(),
            method: OrderMethod::Grid,
            differences: self.differences,
            local_orders: local_orders(&points, NOISE_FREE),
            order: fit.as_ref().map(|fit| fit.order),
            expected: self.expected,
            constant: fit.as_ref().map(|fit| Constant { measured: fit.constant, predicted: None }),
            ..OrderFindings::default()
        };
        let points: Vec<Point> = points.into_iter().map(|point| Point { stderr: 0.0, ..point }).collect();
        let findings = findings.of(&points, fitted.clone());
        let fit = fit.as_ref().map(|fit| OrderFit::straight(fit.line, fit.order));
        let line = OrderLine { label: self.name.into(), points, fitted, fit };
        (StudyFindings::new(findings, verdict, why), line)
    }
}
