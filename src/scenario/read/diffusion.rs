//! [flow] dynamics = "reverse-diffusion".

use super::dynamics::Choice;
use super::formula;
use super::initial::{horizon, initial, mixture};
use super::reader::{Fault, Reader};
use crate::keys::plain;
use crate::model::diffusion::{Forward, NoiseSchedule, ReverseDiffusion, Reward, Toward};
use crate::model::expression::{Scope, Variable};
use crate::model::{Component, Dynamics, Expression, GaussianMixture, Initial, Potential, Program};
use crate::scenario::document::Value;

/// The choices of `forward`.
#[derive(Clone, Copy, PartialEq)]
pub enum Process {
    VariancePreserving,
    VarianceExploding,
    Kinetic,
}

impl Process {
    /// All of them; a scenario that names none has the first.
    pub const ALL: [Self; 3] = [Self::VariancePreserving, Self::VarianceExploding, Self::Kinetic];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::VariancePreserving => "variance-preserving",
            Self::VarianceExploding => "variance-exploding",
            Self::Kinetic => "kinetic",
        }
    }
}

/// Of the critically damped oscillator.
const FRICTION: f64 = 2.0;
/// Places at which a schedule is looked at.
const PLACES: usize = 1000;

/// Whether data have velocities.
pub fn kinetic(flow: &Reader<'_>) -> bool {
    flow.is("forward", Process::Kinetic.name())
}

/// Dynamics, initial law and horizon.
pub fn problem(root: &Reader<'_>, flow: &Reader<'_>, scope: &Scope) -> Option<(Dynamics, Initial, f64)> {
    flow.allow(&["dynamics"]);
    Choice::ReverseDiffusion.refuse_foreign_keys(flow);
    let kinetic = kinetic(flow);
    if flow.has("friction") && !kinetic {
        flow.wrong("friction", "it beside forward = \"kinetic\", whose velocities it damps");
    }
    let target = target(root, scope);
    let horizon = horizon(flow);
    let forward = horizon.and_then(|horizon| forward(flow, horizon, scope));
    let churn = flow.number_or("churn", 1.0, "a number ≥ 0", |churn| churn >= 0.0);
    let corrected = flow.boolean_or("corrected", true);
    let reaction = flow.number_or("reaction", 0.0, "a number ≥ 0", |rate| rate >= 0.0);
    if kinetic && reaction.is_some_and(|reaction| reaction > 0.0) {
        flow.wrong("reaction", "none: it reads the grid, on which data with velocities are not followed");
    }
    let toward = flow.one_of("toward", Toward::default(), &Toward::ALL, Toward::name);
    if flow.has("toward") && reaction == Some(0.0) {
        flow.wrong("toward", "it beside a reaction above 0, which pulls the law of the paths there");
    }
    let given = if root.has("initial") { Some(initial(root, scope)?) } else { None };
    let share = reward_share(flow, horizon, scope, matches!(target, Some((_, Some(_)))));
    flow.finish();
    let ((factors, reward), horizon) = (target?, horizon?);
    let reward = match reward {
        Some(value) => Some(Reward { value, share: share? }),
        None => None,
    };
    let d = state_dimension(scope);
    let standard = Component {
        weight: 1.0,
        mean: vec![0.0; d],
        covariance: (0..d).map(|i| (0..d).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect(),
    };
    let mut dynamics = ReverseDiffusion {
        forward: forward?,
        factors,
        reward,
        churn: churn?,
        corrected: corrected?,
        reaction: reaction?,
        toward: toward?,
        horizon,
        start: GaussianMixture::new(vec![standard]).ok()?,
    };
    if let Some(level) = dynamics.lost() {
        let message = format!(
            "found covariances beside which the noise of time {} is lost in rounding; expected entries below 1e14 times those of \
             the noise: scale the data",
            plain(level)
        );
        root.note("target", &message);
        return None;
    }
    dynamics.start = match given {
        Some(Initial::Mixture(start)) => start,
        Some(Initial::Point(_)) => {
            let message = "found a point start of a reverse diffusion; expected a density, or no [initial]: paths start in noise";
            root.table("initial")?.note("point", message);
            return None;
        }
        None => match dynamics.usual_start() {
            Some(start) => start,
            None => {
                return root.missing(
                    "initial",
                    "a table [initial] with the law of the noise: that of the target at t = horizon is not near a Gaussian",
                );
            }
        },
    };
    if let Some(improper) = dynamics.improper() {
        root.note("target", &format!("found a target that cannot be reached: {improper}"));
        return None;
    }
    let start = Initial::Mixture(dynamics.start.clone());
    Some((Dynamics::ReverseDiffusion(dynamics), start, horizon))
}

/// Of positions, with their velocities if they have some.
fn state_dimension(scope: &Scope) -> usize {
    if scope.momenta { 2 * scope.dimension } else { scope.dimension }
}

/// (βᵢ, qᵢ), and the reward.
type Target = (Vec<(f64, GaussianMixture)>, Option<Potential>);

fn target(root: &Reader<'_>, scope: &Scope) -> Option<Target> {
    let Some(target) = root.table("target") else {
        return root.missing("target", "a table [target] with mixture = […], the law of the data");
    };
    let power = |table: &Reader<'_>| table.number_or("power", 1.0, "a number", |_| true);
    target.allow(&["factors", "mixture", "power", "potential", "reward"]);
    let factors = match (target.has("factors"), target.has("mixture")) {
        (true, true) => {
            target.note("mixture", "found both factors and mixture; expected one of them");
            None
        }
        (false, true) => {
            let power = power(&target);
            mixture(&target, scope.dimension, scope.momenta).zip(power).map(|(law, power)| vec![(power, law)])
        }
        (true, false) => {
            if target.has("power") {
                target.wrong("power", "it inside of each of the factors");
            }
            let readers = target.tables("factors")?;
            let read = |table: &Reader<'_>| {
                let factor = power(table).zip(mixture(table, scope.dimension, scope.momenta));
                table.finish();
                factor
            };
            let factors: Vec<_> = readers.iter().map(read).collect();
            factors.into_iter().collect::<Option<Vec<_>>>().filter(|factors| !factors.is_empty())
        }
        (false, false) => target.missing(
            "mixture",
            "mixture = […], the law of the data, or factors = [{ power = …, mixture = […] }, …]",
        ),
    };
    if target.has("potential") {
        target.wrong("potential", "a mixture, whose scores are known at every noise level");
    }
    let reward = match target.has("reward") {
        true => {
            let reward = target.scalar("reward", |value| smooth(value, scope))?;
            Some(Potential::formula(reward, state_dimension(scope)))
        }
        false => None,
    };
    target.finish();
    factors.map(|factors| (factors, reward))
}

/// A formula without jumps.
fn smooth(value: &Value, scope: &Scope) -> Result<Expression, Fault> {
    let formula = formula(value, scope)?;
    match formula.has_jump() {
        true => Err(Fault::expected(value, "a formula without jumps, whose gradient guides the paths")),
        false => Ok(formula),
    }
}

/// β(t), 2 if nothing is said, or σ(t).
fn forward(flow: &Reader<'_>, horizon: f64, scope: &Scope) -> Option<Forward> {
    let process = flow.one_of("forward", Process::VariancePreserving, &Process::ALL, Process::name)?;
    let preserving = process != Process::VarianceExploding;
    let friction = match process {
        Process::Kinetic => {
            flow.number_or("friction", FRICTION, "a number above 0", |friction| friction > 0.0)?
        }
        _ => FRICTION,
    };
    let time = time_scope(scope);
    let schedule = match flow.has("schedule") {
        true => flow.scalar("schedule", |value| {
            let schedule = NoiseSchedule::new(&formula(value, &time)?);
            let places = (0..=PLACES).map(|k| schedule.at(horizon * k as f64 / PLACES as f64));
            let sound = match preserving {
                true => places.map(|[β, _]| β).all(|β| β.is_finite() && β >= 0.0) && schedule.at(horizon)[0] > 0.0,
                false => {
                    let mut all = places;
                    all.all(|[σ, slope]| σ.is_finite() && σ >= 0.0 && slope.is_finite() && slope >= 0.0)
                        && schedule.at(horizon)[0] > schedule.at(0.0)[0]
                }
            };
            let expected = match preserving {
                true => "β, a formula of t that is finite and at least 0 from the data, t = 0, to the noise, t = horizon",
                false => {
                    "σ, a formula of t that is at least 0, smooth, and rises from the data, t = 0, to the noise, t = horizon"
                }
            };
            if sound { Ok(schedule) } else { Err(Fault::expected(value, expected)) }
        })?,
        false if preserving => NoiseSchedule::new(&Expression::constant(2.0)),
        false => return flow.missing("schedule", "σ, a formula of t that rises from the data, t = 0, to the noise"),
    };
    Some(match process {
        Process::Kinetic => Forward::Kinetic { schedule, friction },
        Process::VariancePreserving => Forward::VariancePreserving { schedule },
        Process::VarianceExploding => Forward::VarianceExploding { schedule },
    })
}

/// (c, dc/dτ) by a formula of t, 1 at the data; 1 − t/horizon if nothing is said.
fn reward_share(flow: &Reader<'_>, horizon: Option<f64>, scope: &Scope, rewarded: bool) -> Option<Program> {
    if flow.has("reward-schedule") && !rewarded {
        flow.wrong("reward-schedule", "it beside [target] reward only");
    }
    let time = time_scope(scope);
    let compiled = |c: &Expression| Program::compile(&[c.clone(), c.derivative(Variable::Time)]);
    if !flow.has("reward-schedule") {
        let share = Expression::parse(&format!("1 - t/({:?})", horizon?), &time).ok()?;
        return Some(compiled(&share));
    }
    flow.scalar("reward-schedule", |value| {
        let program = compiled(&formula(value, &time)?);
        let at = |k: usize| {
            let mut out = [0.0; 2];
            program.evaluate(horizon.unwrap_or(1.0) * k as f64 / PLACES as f64, &[], &mut out);
            out
        };
        let sound = (0..=PLACES).map(at).all(|[c, slope]| c.is_finite() && slope.is_finite());
        match sound && (at(0)[0] - 1.0).abs() < 1e-12 {
            true => Ok(program),
            false => Err(Fault::expected(value, "a finite formula of t that is 1 at the data, t = 0")),
        }
    })
}

fn time_scope(scope: &Scope) -> Scope {
    Scope { time: true, constants: scope.constants.clone(), ..Scope::default() }
}
