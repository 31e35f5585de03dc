//! The kind "exit": when and where paths leave the box through its absorbing sides, from the backward equation on the grid
//! and from particles that are stopped there.
//!
//! `solution` is the grid, `paths` the particles, `judge` holds them against each other, `kramers` has the limit of small noise.

mod findings;
mod judge;
mod kramers;
mod paths;
mod solution;

pub use findings::{ExitEstimate, ExitFindings, SideFindings, StoppedEstimate, SurvivalFindings};

use super::prelude::*;
use crate::keys::Value;
use crate::model::{Dynamics, Problem, TimeDependence};
use crate::pde::{Elimination, Grid};
use crate::schemes::Sde;
use paths::Plan;
use solution::Solution;

/// Paths where nothing is said, and of a quick run.
const PATHS: usize = 65_536;
const QUICK_PATHS: usize = 8_192;
/// Scheme steps of all paths that are taken without being asked for.
const AFFORDABLE: f64 = 5e8;
/// Numbers that the factor of a grid may hold: 2 GiB.
const LARGEST_FACTOR: usize = 1 << 28;
/// Relative error up to which a time counts as known, and the error up to which a probability does.
const KNOWN: f64 = 0.01;
/// Probabilities of the ends add up to 1 on every grid but for the rounding of an elimination; what their errors allow is more.
const ADD_UP: f64 = 1e-9;
/// What the errors of the forward and the backward equation may excuse together.
const FORWARD: f64 = 0.01;

const TIMES: Key = Key {
    name: "times",
    holds: Type::Numbers(Range::Above(0.0), Order::Rising, 1),
    unit: "time",
    default: Some("the horizon"),
    meaning: "Times at which the probability is reported that a path has not ended.",
};
const PARTICLES: Key = Key {
    name: "particles",
    holds: Type::Boolean,
    unit: "",
    default: Some("true, if that takes at most 5e8 steps"),
    meaning: "Whether particles that are stopped at the sides are held against the grid.",
};
const COUNT: Key = Key {
    name: "count",
    holds: Type::Whole(Range::From(1000.0)),
    unit: "",
    default: Some("65536"),
    meaning: "Stopped particles for each of three steps.",
};
const STEP: Key = Key {
    name: "step",
    holds: Type::Number(Range::Above(0.0)),
    unit: "time",
    default: Some("a hundredth of the mean exit time, or less where the drift is steep"),
    meaning: "The longest step of the stopped particles; others take its half and its quarter.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "exit",
    summary: "Mean exit time, survival and the side of the exit, by the backward equation and by stopped particles.",
    needs: &[Need::Grid],
    keys: &[TIMES, PARTICLES, COUNT, STEP, SEED],
    read: |values, basis| {
        let particles = match values.get(PARTICLES.name) {
            Some(Value::Boolean(wanted)) => Some(*wanted),
            _ => None,
        };
        Ok(Arc::new(Exit {
            times: values.numbers(TIMES.name).map_or(vec![basis.problem.horizon], Into::into),
            particles,
            count: values.whole(COUNT.name).map_or(PATHS, |count| count as usize),
            step: values.number(STEP.name),
            seed: values.whole(SEED.name).unwrap_or(1),
        }))
    },
    outcome: Some(|generator| generator.subschema_for::<ExitFindings>()),
};

/// When and where paths end.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Times at which survival is reported.
    pub times: Vec<f64>,
    /// Whether particles are stopped too; `None` if that is to be decided by what it takes.
    pub particles: Option<bool>,
    /// How many, for each of three steps.
    pub count: usize,
    /// The longest step; `None` for one that suits the exit time and the drift.
    pub step: Option<f64>,
    /// Seed of the random streams.
    pub seed: u64,
}

impl Study for Exit {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        let values = Values::default()
            .with(TIMES.name, &self.times[..])
            .with(COUNT.name, self.count as u64)
            .with(SEED.name, self.seed);
        match self.step {
            Some(step) => values.with(STEP.name, step),
            None => values,
        }
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let ends = basis.grid.map_or(Ok(()), |settings| can_end(basis.problem, &settings.grid()));
        unmet([suits(basis.problem), ends])
    }

    fn reseeded(&self, seed: u64) -> Option<Arc<dyn Study>> {
        Some(Arc::new(Self { seed, ..self.clone() }))
    }

    fn quick(&self, _problem: &Problem) -> Quick {
        Quick::Shorter(Arc::new(Self { count: self.count.min(QUICK_PATHS), ..self.clone() }))
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (problem, settings) = (context.problem(), context.basis.needs_grid()?);
        let solution = Solution::new(problem, settings, &self.times, &|share| {
            (context.progress)("exit", 0.5 * share);
        })?;
        let mut findings = ExitFindings::new(&solution, &self.times);
        findings.eyring_kramers = kramers::mean_time(problem, &settings.grid());
        found.checks.push(adds_up(&solution));
        if known(&findings) {
            found.checks.extend(self.forward(context, &findings));
        }
        found.arrays.push(solution.arrays());
        found.first_figures.extend(solution.figure());
        let mut open = (!known(&findings)).then(|| "the grid is too coarse for 1 %: refine it".to_string());
        let plan = Plan::new(problem, settings, &solution, self);
        match (self.particles, plan.work() <= AFFORDABLE) {
            (Some(false), _) => (),
            (None | Some(true), true) => {
                let levels = plan.run(&|share| (context.progress)("exit", 0.5 + 0.5 * share))?;
                let why = judge::judge(problem, &levels, plan.step, &solution, &mut findings, found);
                open = open.or(why);
            }
            (wanted, false) => {
                let too_many = format!(
                    "stopped particles would take {:.1e} steps of {:.1e}, where paths last {:.1e}",
                    plan.work(),
                    plan.step,
                    findings.mean_time.value
                );
                found.warnings.push(format!("exit: {too_many}: they are left out"));
                open = open.or(wanted.map(|_| too_many));
            }
        }
        let open = open.or_else(|| context.grid?.hidden_feature());
        let (verdict, why) = match open {
            Some(why) => (Verdict::Inconclusive, why),
            None => (Verdict::Pass, "three grids settle the time and the probabilities".into()),
        };
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        Ok(())
    }
}

impl Exit {
    /// The mass that the forward equation leaves at the horizon, against the backward equation, if it is asked for there.
    fn forward(&self, context: &Context<'_>, findings: &ExitFindings) -> Option<Check> {
        let horizon = context.problem().horizon;
        let own = findings.survival.iter().find(|own| own.time == horizon)?.probability;
        let grid = context.findings.grid.as_ref()?;
        let errors = own.error + grid.mass_error;
        Some(Check::at_most(
            "exit: the forward equation leaves the mass that survives",
            (own.value - grid.mass).abs(),
            errors.min(FORWARD),
            "the errors of both, but at most 0.01",
        ))
    }
}

/// On every grid paths end somewhere.
fn adds_up(solution: &Solution) -> Check {
    Check::at_most(
        "exit: the probabilities of all ends are 1",
        (solution.ends().map(|end| end.value).sum::<f64>() - 1.0).abs(),
        ADD_UP,
        "rounding of the elimination and the extrapolation",
    )
}

fn known(findings: &ExitFindings) -> bool {
    let times = [findings.mean_time, findings.deviation];
    times.iter().all(|own| own.error <= KNOWN * own.value)
        && findings.probabilities().all(|own| own.error <= KNOWN)
}

/// Whether the motion is one whose backward equation is solved here.
fn suits(problem: &Problem) -> Result<(), Fault> {
    let unfit =
        |found: &str, expected: &str| Err(Fault::at("kind", format!("found {found}; expected {expected}")));
    let usual = "an overdamped [flow] with reaction = 0, or an [sde]";
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) if flow.reaction > 0.0 => {
            unfit("a reaction, whose paths have weights", usual)
        }
        Dynamics::GradientFlow(_) => problem.transported().map(drop).map_err(Fault::from),
        Dynamics::Sde(sde) if sde.time_dependence() != TimeDependence::Nothing => {
            unfit("coefficients that depend on t", "coefficients of the state alone")
        }
        Dynamics::Sde(_) => Ok(()),
        Dynamics::Kinetic(_) => unfit("underdamped dynamics, whose grids have reflecting sides", usual),
        Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => unfit("dynamics that depend on time", usual),
    }
}

/// Whether paths end at all, and the grid has room for the elimination.
fn can_end(problem: &Problem, grid: &Grid) -> Result<(), Fault> {
    if Elimination::numbers(grid) > LARGEST_FACTOR {
        return Err(Fault::at(
            "kind",
            format!(
                "found a grid of {:?} cells; expected fewer, as the elimination of this study holds {LARGEST_FACTOR} numbers at \
                 most, and this one needs {}",
                grid.cells(),
                Elimination::numbers(grid)
            ),
        ));
    }
    let rates = killing(problem, grid);
    if let Some(cell) = rates.iter().position(|rate| rate.is_nan() || *rate < 0.0) {
        let (place, rate) = (grid.centre(cell), rates[cell]);
        return Err(Fault::at(
            "kind",
            format!(
                "found the [sde] rate {rate} at {place:?}; expected 0 or more, the rate at which paths are killed"
            ),
        ));
    }
    if !grid.absorbs() && rates.iter().all(|rate| *rate == 0.0) {
        let sides = "[grid] sides of which one is \"absorbing\", or an [sde] with a rate";
        return Err(Fault::at("kind", format!("found no side that absorbs; expected {sides}")));
    }
    Ok(())
}

/// The rate at which paths are killed in every cell.
fn killing(problem: &Problem, grid: &Grid) -> Vec<f64> {
    match &problem.dynamics {
        Dynamics::Sde(sde) if sde.rate().is_some() => grid.sample(|x| Sde::<f64>::rate(sde, &0.0, x)),
        _ => vec![0.0; grid.len()],
    }
}
