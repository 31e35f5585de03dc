//! The bias of the time step of particle estimates, and what it may excuse.
//!
//! With E_h = E + c hᵖ + c' hᵖ⁺¹ the differences D₁ = E_{h/2} − E_h and D₂ = E_{h/4} − E_{h/2} give c and c' (Talay and
//! Tubaro 1990). The steps are asymptotic if D₂ is D₁/2ᵖ up to half of that; a bias that falls faster is welcome. What a bias
//! may excuse is bounded by the spread of the observable under the reference, or by a tolerance of the user's: neither moves
//! with the particles that are judged.

use super::basis::{Basis, Paths};
use super::breakdown::Breakdown;
use super::findings::{Check, Reading};
use super::oracle::Oracle;
use super::verdict::Verdict;
use crate::format::significant;
use crate::model::Problem;
use crate::particles::coupled::{Difference, Level, LevelSums};
use crate::particles::{BLOCK, Motion, ParticleSettings, step_count};
use crate::schemes::order_with;
use crate::statistics::{Evidence, Judgement, ROUNDING};
use std::collections::BTreeMap;

/// Most coupled paths with steps h and h/2 that measure the bias; of those with h/2 and h/4 there are half as many.
pub const PATHS: usize = 65_536;
/// Number of their level; those of order studies count from 0.
const NUMBER: u32 = 1000;
/// Entry of [`Biases`] for the log-normaliser; no formula has this name.
pub const LOG_NORMALIZER: &str = "log normalizer";
/// The same for log ∫e^{−V}.
pub const LOG_EVIDENCE: &str = "log ∫e^{−V}";
/// How far D₂ may be from D₁/2ᵖ, as a share of it.
pub const ASYMPTOTIC: f64 = 0.5;
/// Differences are there beyond this many standard errors: 1e-3.
pub const RESOLVED: f64 = 3.29;
/// What a bias may be, as a share of the spread of the observable, where no tolerance is given.
pub const SHARE: f64 = 0.1;
/// What the error of the reference may be, as a share of the spread, and of its value where it matters at all.
const REFERENCE: [f64; 3] = [0.25, 0.5, 0.01];
/// Differences up to this share of the spread need no asymptotics.
const NEGLIGIBLE: f64 = 1e-3;
/// Noise beyond this share of the spread lets everything pass.
const NOISE: f64 = 0.5;
/// Beyond this many standard errors an estimate passes no more: chance has 6e-5, where there are many groups.
const CHANCE: f64 = 4.0;
/// A normal variate is above this with probability 0.01.
const POWER: f64 = 2.326;
/// A bias of more standard errors of the estimate than this is warned of.
const NOTABLE: f64 = 5.0;
/// A bias that is known to so many standard errors of the estimate only takes the meaning of the smaller ones: the estimate is held
/// against nothing.
const BLIND: f64 = 3.0;

/// Values of log ρ that an oracle may record for a warning alone.
const MOST_RECORDED: usize = 20_000_000;

/// Biases by observable.
pub type Biases = BTreeMap<String, StepBias>;

/// An estimated bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepBias {
    /// Numerical minus exact.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// What the next order contributes to `value`: what those after it may.
    pub allowance: f64,
    /// Whether the steps are asymptotic; nothing is known otherwise.
    pub settled: bool,
    /// The step h.
    pub step: f64,
    /// p: the bias falls like hᵖ.
    pub order: i32,
    /// Standard deviation of the observable over the paths of a finer step.
    pub spread: f64,
    /// Whether coarse and fine steps share their noise. Of particles that interact they do not: the bias is then known to a few standard
    /// errors of the estimate, which is counted.
    pub coupled: bool,
    /// Radians by which the drift turns within a step, where that is too much for differences between steps to say anything.
    pub turn: Option<f64>,
}

/// E_{h/2} − E_h and E_{h/4} − E_{h/2}, and their order p.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Coarse to fine.
    pub differences: [Difference; 2],
    /// p.
    pub order: i32,
}

impl Levels {
    /// The factors of the differences in E_{h/2^`level`} − E by two terms of the expansion, and by one.
    pub fn factors(&self, level: i32) -> [[f64; 2]; 2] {
        let q = 0.5f64.powi(self.order);
        let rest = -q / (1.0 - q);
        let leading = match level {
            0 => [-1.0, rest - 1.0],
            1 => [0.0, rest - 1.0],
            _ => [0.0, rest],
        };
        // c hᵖ and c' hᵖ⁺¹ in D₁ and D₂.
        let first = [1.0 / (1.0 - q), -2.0 / (q * (1.0 - q))];
        let second = [-2.0 / (1.0 - 0.5 * q), 2.0 / (q * (1.0 - 0.5 * q))];
        let both = [0, 1].map(|k| first[k] * q.powi(level) + second[k] * (0.5 * q).powi(level));
        [both, leading]
    }

    /// Whether D₂ is what D₁ and the order make of it, or less, within their noise.
    pub fn settled(&self) -> bool {
        let [first, second] = self.differences;
        let expected = 0.5f64.powi(self.order) * first.value.abs();
        let found = second.value * first.value.signum();
        let noise = RESOLVED * second.stderr.hypot(0.5f64.powi(self.order) * first.stderr);
        found <= (1.0 + ASYMPTOTIC) * expected + noise && found >= -ASYMPTOTIC * expected - noise
    }

    /// Whether D₂ is smaller than D₁, within their noise.
    pub fn falls(&self) -> bool {
        let [first, second] = self.differences;
        second.value.abs() <= first.value.abs() + RESOLVED * first.stderr.hypot(second.stderr)
    }

    /// (bias at the step h/2^`level`, what its second term contributes, its standard error from independent differences).
    pub fn bias(&self, level: i32) -> [f64; 3] {
        let [first, second] = self.differences;
        let [both, leading] = self.factors(level);
        let with = |factors: [f64; 2]| factors[0] * first.value + factors[1] * second.value;
        let stderr = (both[0] * first.stderr).hypot(both[1] * second.stderr);
        [with(both), (with(both) - with(leading)).abs(), stderr]
    }
}

/// The bias for every observable and the log-normaliser, from `paths` coupled paths with steps h and h/2 and half as many
/// with h/2 and h/4. Where paths explode nothing is known.
///
/// # Errors
/// If the oracle's grid breaks down.
pub fn measure(basis: Basis<'_>, settings: &ParticleSettings, paths: usize) -> Result<Biases, Breakdown> {
    let problem = basis.problem;
    let own = Paths::new(problem, basis.grid)?;
    let steps = step_count(problem.horizon, settings.step);
    let oracle = Oracle::new(own, &[4 * steps])?;
    let equation = oracle.equation();
    let weighted = problem.weighted();
    let motion =
        Motion { sde: equation.as_ref(), scheme: settings.scheme, weight: settings.weight, weighted };
    let order = order_with(settings.scheme, settings.weight, weighted) as i32;
    let level = |halvings: usize| {
        let level = Level {
            problem,
            observables: &problem.observables,
            motion,
            steps: steps << halvings,
            seed: settings.seed,
            number: NUMBER + halvings as u32,
        };
        level.run(0..(paths >> halvings).div_ceil(BLOCK))
    };
    let [coarse, fine] = [0, 1].map(level);
    let step = problem.horizon / steps as f64;
    let mut biases = Biases::new();
    let mut add = |name: &str,
                   levels: [&LevelSums; 2],
                   of: &dyn Fn(&LevelSums) -> Difference,
                   spread: f64| {
        let exploded = levels.iter().any(|sums| sums.exploded() > 0);
        let levels = Levels { differences: levels.map(of), order };
        let [value, next, stderr] = if exploded { [f64::NAN; 3] } else { levels.bias(0) };
        let size: f64 = levels.differences.iter().map(|difference| difference.value.abs()).sum();
        let negligible = size <= NEGLIGIBLE * spread;
        let allowance = if negligible { next.max(size) } else { next };
        let settled = !exploded && (negligible || levels.settled());
        biases.insert(
            name.into(),
            StepBias { value, stderr, allowance, settled, step, order, spread, coupled: true, turn: None },
        );
    };
    for ((observable, coarse), fine) in problem.observables.iter().zip(&coarse).zip(&fine) {
        let normalized = problem.normalized();
        let spread = fine.coarse_mean(normalized).stderr * (fine.paths() as f64).sqrt();
        add(&observable.name, [coarse, fine], &|sums| sums.difference(normalized), spread);
        add(LOG_NORMALIZER, [coarse, fine], &LevelSums::log_mass_difference, 1.0);
    }
    Ok(biases)
}

/// The coupled paths from which a bias is measured that estimates are held against: as many as there are particles, within bounds.
/// Differences have smaller spreads than estimates, so that their noise is small beside that of the particles. Their levels take ten
/// times as many steps as a particle, so that they are few where particles call functions in code.
pub fn paths(problem: &Problem, settings: &ParticleSettings) -> usize {
    if problem.has_code() {
        (settings.count / 8).clamp(8 * BLOCK, PATHS)
    } else {
        settings.total_count().clamp(32 * BLOCK, PATHS)
    }
}

/// The bias as far as a run that compares nothing needs it for its warnings: from a quarter of its particles, or from few where
/// they call functions in code, where that is cheap, and nowhere else.
pub fn scout(basis: Basis<'_>, settings: &ParticleSettings) -> Biases {
    let steps = step_count(basis.problem.horizon, settings.step);
    let cells = basis.grid.map_or(0, |grid| grid.grid().len());
    let recorded = if basis.problem.reacts() { 4 * steps * cells } else { 0 };
    if recorded > MOST_RECORDED {
        return Biases::new();
    }
    let least = if basis.problem.has_code() { BLOCK } else { 4 * BLOCK };
    let most = if basis.problem.has_code() { 2 * BLOCK } else { PATHS / 4 };
    measure(basis, settings, (settings.count / 4).clamp(least, most)).unwrap_or_default()
}

/// What an estimate is held against.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    /// The value.
    pub value: f64,
    /// What it may be off by.
    pub error: f64,
    /// Standard deviation of the observable under the reference; 1 for a logarithm.
    pub spread: f64,
    /// How far the estimate may be off, if the user says so.
    pub tolerance: Option<f64>,
}

/// An estimate held against a value.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// (estimate − bias − exact), beyond what the errors explain, in standard errors.
    pub z: f64,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// Why not, in a sentence; empty for a pass.
    pub why: String,
    /// The smallest deviation that would not have passed, with probability 0.99; `None` without a standard error.
    pub detectable: Option<f64>,
}

impl Comparison {
    /// The check of this name, at `threshold` standard errors; `why` says what they allow for.
    ///
    /// # Errors
    /// Why nothing can be decided.
    pub fn check(self, name: String, threshold: f64, why: &str) -> Result<Check, String> {
        match self.verdict {
            Verdict::Inconclusive => Err(self.why),
            verdict => {
                let power = self.detectable.map(|size| {
                    format!("; a deviation of {size:.1e} would not have passed, with probability 0.99")
                });
                Ok(Check {
                    name,
                    passed: verdict == Verdict::Pass,
                    value: self.z,
                    threshold,
                    why: format!(
                        "distance in standard errors beyond {why}; Student's t at 1e-9{}",
                        power.unwrap_or_default()
                    ),
                    detectable: self.detectable,
                    reading: Reading::StandardErrors,
                })
            }
        }
    }
}

/// Why `z` standard errors are no pass although they do not fail at `threshold`; `None` where they pass or fail.
pub fn undecided(z: f64, threshold: f64) -> Option<String> {
    (z.abs() > CHANCE && z.abs() <= threshold).then(|| {
        format!(
            "it is {z:.2} standard errors off: more than {CHANCE} are hardly chance, but a refusal needs {threshold:.2}, by \
             Student's t at 1e-9: take more particles or replicates"
        )
    })
}

/// An estimate of particles against an exact value, at `threshold` standard errors.
pub fn compare(particle: &Evidence, bias: Option<&StepBias>, exact: Exact, threshold: f64) -> Comparison {
    let (value, allowance, bias_stderr) =
        bias.map_or((0.0, 0.0, 0.0), |bias| (bias.value, bias.allowance, bias.stderr));
    let cap = exact.tolerance.unwrap_or(SHARE * exact.spread);
    let noise = particle.stderr.hypot(bias_stderr);
    let allowed = exact.error + allowance.min(cap);
    let judgement = particle.against((value, bias_stderr), exact.value, allowed);
    let z = if let Judgement::Score(z) = judgement { z } else { f64::NAN };
    let detectable = (noise > 0.0).then_some(allowed + (CHANCE + POWER) * noise);
    let verdict = |verdict, why: String| Comparison { z, verdict, why, detectable };
    if !particle.value.is_finite() || !exact.value.is_finite() {
        let why = "a value is no number".into();
        return Comparison { z: f64::NAN, verdict: Verdict::Fail, why, detectable: None };
    }
    if let Some(why) = bias.and_then(|bias| bias.reason(cap)) {
        return verdict(Verdict::Inconclusive, why);
    }
    // Where all draws agree, the bias is not what is in the way.
    let agree = particle.spread.is_zero(particle.stderr);
    if let Judgement::Open(why) = &judgement
        && agree
    {
        return verdict(Verdict::Inconclusive, why.clone());
    }
    let enough = exact.tolerance.zip(detectable).is_some_and(|(tolerance, size)| size <= tolerance);
    if let Some(why) = bias.and_then(|bias| bias.hidden(BLIND, particle.stderr)).filter(|_| !enough) {
        return verdict(Verdict::Inconclusive, why);
    }
    if let Some(why) = exact.reason(noise) {
        return verdict(Verdict::Inconclusive, why);
    }
    if let Judgement::Open(why) = judgement {
        return verdict(Verdict::Inconclusive, why);
    }
    if z.abs() > threshold {
        return verdict(Verdict::Fail, format!("{z:.2} standard errors exceed {threshold:.2}"));
    }
    if let Some(why) = undecided(z, threshold) {
        return verdict(Verdict::Inconclusive, why);
    }
    let Some(tolerance) = exact.tolerance else { return verdict(Verdict::Pass, String::new()) };
    let (distance, doubt) = ((particle.value - exact.value).abs(), exact.error + RESOLVED * particle.stderr);
    let found =
        format!("it is {distance:.1e} off, give or take {doubt:.1e}, where {tolerance:.1e} is wanted");
    match (distance - doubt > tolerance, distance + doubt <= tolerance) {
        (true, _) => verdict(Verdict::Fail, found),
        (_, true) => verdict(Verdict::Pass, String::new()),
        _ => verdict(Verdict::Inconclusive, found),
    }
}

impl StepBias {
    /// Why this bias excuses nothing, with what would do: it is not known, or above `cap`.
    pub fn reason(&self, cap: f64) -> Option<String> {
        if !self.value.is_finite() {
            return Some(format!(
                "the bias of the step is not known, as paths with a step of {:.3e} or its half leave all bounds: take a \
                 quarter of it",
                self.step
            ));
        }
        if let Some(turn) = self.turn {
            return Some(format!(
                "the bias of the step is not known, as the drift turns by {turn:.1} radians within a step of {:.3e}: take a step of {:.1e}",
                self.step,
                0.25 * self.step / turn
            ));
        }
        if !self.settled {
            return Some(format!(
                "the bias of the step is not known, as the differences between longer and shorter steps, down to {0:.3e}, do not \
                 fall by order {1}: take a step of {0:.3e}",
                0.25 * self.step,
                self.order
            ));
        }
        let size = self.value.abs() - RESOLVED * self.stderr;
        (size > cap).then(|| {
            if cap <= ROUNDING * self.value.abs() {
                return format!(
                    "the bias of the step is {:.1e}, and noise is below the rounding of the values, so that there is nothing to hold it \
                     against: a study \"weak-order\" finds the limit of short steps, and its error",
                    self.value
                );
            }
            let step = self.step_for(cap / self.value.abs());
            format!("the bias of the step is {:.1e}, above {cap:.1e}: take a step of {step:.1e}", self.value)
        })
    }

    /// Why this bias is not known well enough for an estimate with the standard error `stderr`: to more than `times` of these, where that
    /// matters at all, and not seen.
    fn hidden(&self, times: f64, stderr: f64) -> Option<String> {
        let least = stderr.max(NEGLIGIBLE * self.spread);
        let unseen = self.value.abs() <= RESOLVED * self.stderr;
        (self.coupled && unseen && self.stderr > times * least).then(|| {
            format!(
                "the bias of the step is known to ± {:.1e} only, where the estimate has ± {stderr:.1e}: take a step of {:.1e}, or a \
                 scheme whose steps can be coupled, as with Gaussian variates",
                self.stderr,
                0.25 * self.step
            )
        })
    }

    /// A warning, if the bias of `name` is not known or stands out of its standard error `stderr`.
    pub fn warning(&self, name: &str, stderr: f64) -> Option<String> {
        if !self.settled {
            return self.reason(f64::INFINITY).map(|why| format!("{name}: {why}"));
        }
        if let Some(why) = self.hidden(NOTABLE, stderr) {
            return Some(format!("{name}: step: {why}"));
        }
        let seen = self.value.abs() > NOTABLE * stderr && self.value.abs() > RESOLVED * self.stderr;
        seen.then(|| {
            let ratio = self.value.abs() / stderr;
            let scheme = if self.order < 2 { ", or a scheme of a higher order" } else { "" };
            let start = format!("{name}: the bias of the step is {:.1e}", self.value);
            if self.spread <= ROUNDING * self.value.abs() {
                return format!(
                    "{start}, and noise is below the rounding of the values: take a shorter step{scheme}"
                );
            }
            let step = self.step_for(1.0 / ratio);
            format!(
                "{start}, which is {} standard errors: take a step of {step:.1e}, where it is one{scheme}",
                significant(ratio, 3)
            )
        })
    }

    /// The step whose bias is this share of it, but no step that is far from those that were seen.
    fn step_for(&self, share: f64) -> f64 {
        self.step * share.powf(1.0 / f64::from(self.order)).max(1.0 / 64.0)
    }
}

impl Exact {
    /// Why nothing can be held against this value, at this `noise`.
    fn reason(&self, noise: f64) -> Option<String> {
        let [of_spread, of_value, matters] = REFERENCE;
        let Self { value, error, spread, .. } = *self;
        if error > of_spread * spread || (error > of_value * value.abs() && error > matters * spread) {
            return Some(format!(
                "the error of the reference, {error:.1e}, is too large for its value, {value:.1e}"
            ));
        }
        let rounding = 1e-12 * value.abs();
        (noise > NOISE * spread + rounding).then(|| {
            format!("the noise, {noise:.1e}, is as large as the spread, {spread:.1e}: take more particles")
        })
    }
}
