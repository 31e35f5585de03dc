//! Stopped particles against the grid.

use super::findings::{ExitEstimate, ExitFindings, StoppedEstimate};
use super::paths::Level;
use super::solution::{Solution, side_name};
use crate::format::number;
use crate::model::Problem;
use crate::particles::coupled::Difference;
use crate::statistics::{Evidence, Spread, event_score};
use crate::study::findings::Check;
use crate::study::kind::Found;
use crate::study::step_bias::{Exact, Levels, StepBias, compare};
use crate::study::t_threshold;
use crate::study::turning::note_turn_of_levels;

/// Paths that have to meet an event, or miss it, with each step: fewer make no extrapolation in the step.
const FEWEST_EVENTS: f64 = 30.0;
/// Standard errors beyond which few events are hardly those of the grid: 1e-3 by chance.
const CHANCE: f64 = 3.1;
/// Powers of the step in the error of stopped particles.
const ORDER: i32 = 1;

/// Pushes a check for every value of the grid that particles estimate, and notes the estimates; returns why something is open.
pub fn judge(
    problem: &Problem,
    levels: &[Level],
    step: f64,
    solution: &Solution,
    findings: &mut ExitFindings,
    found: &mut Found,
) -> Option<String> {
    findings.step = Some(step);
    let lost: usize = levels.iter().map(|level| level.lost).sum();
    if lost > 0 {
        return Some(format!(
            "{lost} stopped particles with steps of {step:.1e} or less leave all bounds, or do not end: take a quarter of it"
        ));
    }
    let mut open = None;
    let mut hold = |name: String, own: &mut ExitEstimate, spread, event, f: &dyn Fn(f64, usize) -> f64| {
        let sample = Sample::new(levels, f);
        if event && sample.fewest < FEWEST_EVENTS {
            let few = sample.few(&name, own, levels[0].ends.len());
            own.particles =
                Some(StoppedEstimate { value: sample.finest, stderr: sample.finest_stderr, bias: 0.0 });
            match few {
                Ok(check) => found.checks.push(check),
                Err(why) => open = open.take().or(Some(format!("{name}: {why}"))),
            }
            return;
        }
        let exact = Exact { value: own.value, error: own.error, spread, tolerance: None };
        let mut bias = sample.bias(step, spread);
        note_turn_of_levels(problem, &mut bias);
        own.particles = Some(StoppedEstimate {
            value: sample.finest - bias.value,
            stderr: sample.stderr,
            bias: bias.value,
        });
        let threshold = t_threshold(levels[0].ends.len() - 1);
        let evidence = sample.evidence(event);
        let allowed = "the error of the grid and the next power of the step";
        match compare(&evidence, Some(&bias), exact, threshold).check(name.clone(), threshold, allowed) {
            Ok(check) => found.checks.push(check),
            Err(why) => open = open.take().or(Some(format!("{name}: {why}"))),
        }
    };
    hold(
        "exit: stopped particles have the mean time of the grid".into(),
        &mut findings.mean_time,
        solution.deviation().value,
        false,
        &|time, _| time,
    );
    for (k, (side, _)) in solution.by_side.iter().enumerate() {
        let own = &mut findings.by_side[k].probability;
        let name = format!("exit: stopped particles leave through {} as on the grid", side_name(*side));
        hold(name, own, spread(own), true, &|_, end| if end == k { 1.0 } else { 0.0 });
    }
    if let Some(own) = &mut findings.killed {
        let killing = solution.by_side.len();
        let name = "exit: stopped particles are killed as on the grid".to_string();
        hold(name, own, spread(own), true, &|_, end| if end == killing { 1.0 } else { 0.0 });
    }
    for own in &mut findings.survival {
        let t = own.time;
        let own = &mut own.probability;
        let name = format!("exit: stopped particles last longer than {} as on the grid", number(t));
        hold(name, own, spread(own), true, &|time, _| if time > t { 1.0 } else { 0.0 });
    }
    open
}

/// The standard deviation of an event, of a probability that its error may move.
fn spread(own: &ExitEstimate) -> f64 {
    let (p, error) = (own.value.clamp(0.0, 1.0), own.error);
    ((p + error) * (1.0 - p + error)).sqrt()
}

/// A quantity of the paths with steps h, h/2 and h/4, which are independent.
struct Sample {
    levels: Levels,
    /// The mean of the finest.
    finest: f64,
    /// Standard error of the extrapolated value.
    stderr: f64,
    /// Of the finest alone.
    finest_stderr: f64,
    /// Of an event, how many paths met it or missed it, whichever are fewer, with the step for which these are fewest.
    fewest: f64,
    spread: Spread,
}

impl Sample {
    fn new(paths: &[Level], f: &dyn Fn(f64, usize) -> f64) -> Self {
        let moments: Vec<[f64; 4]> = paths.iter().map(|level| moments(level, f)).collect();
        let n = paths[0].ends.len() as f64;
        let variances = [0, 1, 2].map(|k: usize| moments[k][1] / n);
        let difference = |fine: usize| Difference {
            value: moments[fine][0] - moments[fine - 1][0],
            stderr: (variances[fine] + variances[fine - 1]).sqrt(),
        };
        let levels = Levels { differences: [difference(1), difference(2)], order: ORDER };
        // E₂ − bias by the means of the three.
        let [[first, second], _] = levels.factors(2);
        let factors = [first, second - first, 1.0 - second];
        let variance: f64 = factors.iter().zip(variances).map(|(factor, own)| factor * factor * own).sum();
        let [finest, square, fourth, size] = moments[2];
        let spread = Spread {
            draws: n,
            terms: if fourth > 0.0 { n * square * square / fourth } else { 0.0 },
            size,
            ..Spread::default()
        };
        let rarer = moments.iter().map(|own| own[0].min(1.0 - own[0]) * n);
        let fewest = rarer.fold(f64::INFINITY, f64::min);
        let finest_stderr = variances[2].sqrt();
        Self { levels, finest, stderr: variance.sqrt(), finest_stderr, fewest, spread }
    }

    fn bias(&self, step: f64, spread: f64) -> StepBias {
        let [value, allowance, _] = self.levels.bias(2);
        let settled = self.levels.settled();
        // Its noise is in the standard error of the extrapolated value.
        StepBias {
            value,
            stderr: 0.0,
            allowance,
            settled,
            step: 0.25 * step,
            order: ORDER,
            spread,
            coupled: true,
            turn: None,
        }
    }

    /// The finest step alone by the binomial law, where few of `paths` meet an event or miss it; what is off may be so by the
    /// step, which so few do not show.
    fn few(&self, name: &str, own: &ExitEstimate, paths: usize) -> Result<Check, String> {
        let (n, share) = (paths as f64, self.finest.clamp(0.0, 1.0));
        let score = event_score((share * n).round(), n, [own.value - own.error, own.value + own.error]).abs();
        if score > CHANCE {
            return Err(format!(
                "rare: {:.0} paths or fewer, of {paths}, meet or miss it with some step, too few for the bias of the step: take more",
                self.fewest
            ));
        }
        let why = "few paths meet or miss it: distance of those with the finest step by their binomial law, as a normal score";
        Ok(Check::at_most(name, score, CHANCE, why))
    }

    fn evidence(&self, event: bool) -> Evidence {
        Evidence { value: self.finest, stderr: self.stderr, spread: Spread { event, ..self.spread } }
    }
}

/// [mean, variance, fourth central moment, root of the mean square].
fn moments(level: &Level, f: &dyn Fn(f64, usize) -> f64) -> [f64; 4] {
    let n = level.ends.len() as f64;
    let values = || level.ends.iter().map(|(time, end)| f(*time, *end));
    let mean = values().sum::<f64>() / n;
    let central = |power: i32| values().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
    [mean, central(2), central(4), (values().map(|value| value * value).sum::<f64>() / n).sqrt()]
}
