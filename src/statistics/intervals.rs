//! Estimates with their spread, and how they compare with a value.

use super::rare::{event_score, upper_bound_of_none};
use super::tails::Tail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounding in thousands of steps and in sums over all particles, as a share of the size of the terms. No spread below it, and
/// no distance, means anything.
pub const ROUNDING: f64 = 1e-12;
/// The fewest terms that make a standard error which a normal interval may use: ten events have a Poisson law whose 95 % interval
/// is off by a fifth of its width.
pub const FEWEST_TERMS: f64 = 10.0;
/// Events, or draws without it, from which on a binomial law is normal for our purposes.
const MANY_EVENTS: f64 = 400.0;
/// False-alarm rate of a bound on an event that nobody met: that of one check.
const LEVEL: f64 = 1e-9;
/// A share of an event that none met is judged only if the bound on it is at most this.
const LARGEST_BOUND: f64 = 0.1;

/// How the standard error of an estimate comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Effective number of independent draws.
    pub draws: f64,
    /// Effective number of terms that make the standard error, (Σd²)²/Σd⁴ of the terms' deviations d; 0 if nothing deviates.
    pub terms: f64,
    /// The tail of these terms.
    #[serde(flatten)]
    pub tail: Tail,
    /// Root of the weighted mean square of the observable: its size, of which rounding is a share.
    #[serde(skip)]
    pub size: f64,
    /// Standard deviation of the observable under the weights.
    #[serde(skip)]
    pub deviation: f64,
    /// Whether the observable is the indicator of an event.
    #[serde(skip)]
    pub event: bool,
    /// The mean change of the observable on branches within it that no draw has met.
    #[serde(skip)]
    pub unmet: f64,
    /// Whether all draws are at one place, as where there is no noise.
    #[serde(skip)]
    pub one_place: bool,
    /// Whether the weights of the draws may have no variance, so that none of their estimates can be judged.
    #[serde(skip)]
    pub heavy_weights: bool,
}

impl Spread {
    /// What rounding may do to the estimate.
    pub fn rounding(&self) -> f64 {
        ROUNDING * self.size
    }

    /// What the branches within the observable that no draw has met may add to the estimate, wrong with the probability `level`.
    pub fn unseen(&self, level: f64) -> f64 {
        if self.unmet > 0.0 { upper_bound_of_none(self.draws, level) * self.unmet } else { 0.0 }
    }

    /// Whether a standard error is 0 to rounding.
    pub fn is_zero(&self, stderr: f64) -> bool {
        stderr <= self.rounding()
    }
}

/// An estimate with its standard error and how that comes about.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// How that comes about.
    pub spread: Spread,
}

/// What an estimate says about a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// The distance beyond what the errors explain, in standard errors.
    Score(f64),
    /// Nothing, and why.
    Open(String),
}

impl Evidence {
    /// Holds the estimate less (`bias`, its standard error) against `exact`, from which the value may be as far as `allowed`.
    ///
    /// An event is judged by its binomial law with the effective number of draws, wherever fewer than 400 met it or missed it.
    /// There is no judgement by a standard error that is 0, that few terms make, or whose terms have no variance.
    pub fn against(&self, (bias, bias_stderr): (f64, f64), exact: f64, allowed: f64) -> Judgement {
        let Self { value, stderr, spread } = self;
        let difference = value - bias - exact;
        let resolved = (difference.abs() - allowed - spread.rounding()).max(0.0);
        if !(difference.is_finite() && stderr.is_finite()) {
            return Judgement::Open("there is no standard error".into());
        }
        if spread.event
            && let Some(judgement) = self.event(bias, exact, allowed)
        {
            return judgement;
        }
        if spread.is_zero(*stderr) {
            return if resolved == 0.0 {
                Judgement::Score(0.0)
            } else {
                Judgement::Open("rare: all draws agree, which does not prove that the spread is 0".into())
            };
        }
        if spread.heavy_weights {
            return Judgement::Open("tail: the weights may have no variance".into());
        }
        if spread.tail.is_heavy() {
            return Judgement::Open(self.no_variance());
        }
        let unseen = spread.unseen(LEVEL);
        if unseen > *stderr {
            return Judgement::Open(format!(
                "rare: all draws are on one side of a comparison, a maximum or the like within it, which may count for {unseen:.1e}"
            ));
        }
        if spread.terms < FEWEST_TERMS {
            return Judgement::Open(format!(
                "rare: only {:.1} effective terms determine the standard error",
                spread.terms
            ));
        }
        if resolved == 0.0 {
            return Judgement::Score(0.0);
        }
        Judgement::Score(resolved / stderr.hypot(bias_stderr) * difference.signum())
    }

    /// The judgement of an indicator, unless a normal law will do.
    fn event(&self, bias: f64, exact: f64, allowed: f64) -> Option<Judgement> {
        let Self { value, stderr, spread } = self;
        let shares = [exact + bias - allowed - ROUNDING, exact + bias + allowed + ROUNDING];
        let share = value.clamp(0.0, 1.0);
        if spread.is_zero(*stderr) {
            let bound = upper_bound_of_none(spread.draws, LEVEL);
            if bound > LARGEST_BOUND {
                return Some(Judgement::Open(format!(
                    "rare: all {:.0} effective draws agree; up to {:.0} % of the mass may still differ",
                    spread.draws,
                    100.0 * bound
                )));
            }
            return Some(Judgement::Score(event_score(share.round() * spread.draws, spread.draws, shares)));
        }
        if spread.heavy_weights {
            return None;
        }
        let draws = share * (1.0 - share) / (stderr * stderr);
        let events = share * draws;
        (events.min(draws - events) < MANY_EVENTS)
            .then(|| Judgement::Score(event_score(events, draws, shares)))
    }

    fn no_variance(&self) -> String {
        let Tail { pareto_k, pareto_k_stderr, largest_share, .. } = self.spread.tail;
        format!(
            "tail: its terms have the Pareto index {:.2} ± {:.2}, so that they may have no variance (from ½ on), and the largest is \
             {:.2} % of all",
            pareto_k.unwrap_or(f64::NAN),
            pareto_k_stderr.unwrap_or(f64::NAN),
            100.0 * largest_share
        )
    }
}
