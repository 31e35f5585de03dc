//! What samples are held against: a law in closed form, on cells, or by its score alone.

use super::closed;
use super::law::{Cells, Function};
use super::shape::Reference;
use crate::exact::ExactTargetLaw;
use crate::model::{Dynamics, GaussianMixture, Potential, Problem, ReverseDiffusion};
use crate::pde::GridSettings;
use crate::study::findings::GridFindings;
use crate::study::grid::GridRun;
use crate::study::modes::reversed;
use crate::study::reference::Whose;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What is held against where neither a closed form nor a quadrature is had.
pub const SCORE: &str = "the score of the target";
/// Draws of a mixture for the mean of a function of more than two coordinates.
const DRAWS: usize = 1 << 20;
/// Coordinates up to which the mean of a function under a mixture is a quadrature.
const QUADRATURE: usize = 2;

/// The law that samples are held against.
pub struct Truth {
    /// In words.
    pub what: String,
    /// The law itself.
    pub law: Law,
    /// −log of its density up to a constant, where all of space carries it: of the positions, and whether momenta are beside them.
    pub energy: Option<(Potential, bool)>,
    /// log of its normaliser, with the error of that.
    pub log_mass: Option<(f64, f64)>,
    /// Means of observables that are known better than by the cells.
    known: BTreeMap<String, (f64, f64)>,
    /// Means that were asked for, by the names of their functions.
    found: Mutex<BTreeMap<String, Exact>>,
    reference: OnceLock<Reference>,
}

/// How a law is known.
pub enum Law {
    /// In closed form.
    Mixture(GaussianMixture),
    /// On cells.
    Cells(Cells),
    /// Not, but for the score.
    Unknown,
}

/// The mean of a function under the truth.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    /// The mean.
    pub value: f64,
    /// What it may be off by.
    pub error: f64,
    /// Its standard error, where it is a mean over draws.
    pub noise: f64,
    /// Standard deviation of the function.
    pub deviation: f64,
}

/// Why there is no truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold(pub String);

impl Truth {
    /// The law of `problem` at its horizon, or its target. Where the law at the horizon has no closed form, the solution on a grid is
    /// needed.
    ///
    /// # Errors
    /// If it is not known.
    pub fn of(
        problem: &Problem,
        whose: Whose,
        grid: Option<&GridSettings>,
        solved: Option<(&GridRun, &GridFindings)>,
    ) -> Result<Self, Untold> {
        match whose {
            Whose::Target => Self::target(problem, grid),
            Whose::Flow => Self::flow(problem, grid, solved),
        }
    }

    fn unknown() -> Self {
        Self {
            what: String::new(),
            law: Law::Unknown,
            energy: None,
            log_mass: None,
            known: BTreeMap::new(),
            found: Mutex::default(),
            reference: OnceLock::new(),
        }
    }

    /// A law in closed form.
    pub fn mixture(law: GaussianMixture) -> Self {
        let energy = Some((Potential::Mixture(law.clone()), false));
        Self { what: "the closed form".into(), law: Law::Mixture(law), energy, ..Self::unknown() }
    }

    /// What samples of the problem are of where nothing is said.
    pub fn natural(problem: &Problem) -> Whose {
        match &problem.dynamics {
            Dynamics::Sde(_) => Whose::Flow,
            Dynamics::ReverseDiffusion(flow) if !flow.corrected => Whose::Flow,
            Dynamics::Kinetic(flow) if flow.rate().is_some() => Whose::Flow,
            _ => Whose::Target,
        }
    }

    /// Whether the law at the horizon needs a grid.
    pub fn needs_grid(problem: &Problem, whose: Whose, grid: Option<&GridSettings>) -> bool {
        let closed = || grid.is_none_or(|grid| grid.open) && closed::flow(problem).is_some();
        whose == Whose::Flow && !ends_in_target(problem) && !closed()
    }

    /// Why the problem has no target.
    pub fn no_target(problem: &Problem) -> Option<String> {
        let expected = "expected law = \"flow\", the law at the horizon";
        match &problem.dynamics {
            Dynamics::Sde(_) => {
                Some(format!("found \"target\" for an [sde], of which none is known; {expected}"))
            }
            Dynamics::ReverseDiffusion(flow) if !flow.corrected => {
                Some(format!("found \"target\" for paths without correction; {expected}"))
            }
            Dynamics::ReverseDiffusion(flow) if flow.dimension() > 2 && generated(flow).is_none() => {
                Some(format!(
                    "found \"target\" in dimension {}; expected one or two dimensions, or one factor with power 1",
                    flow.dimension()
                ))
            }
            Dynamics::Kinetic(flow) if flow.rate().is_some() => {
                Some(format!("found \"target\" beside a rate; {expected}"))
            }
            _ => problem
                .not_integrable()
                .map(|why| format!("found \"target\": {why}; expected one with an integral")),
        }
    }

    fn target(problem: &Problem, grid: Option<&GridSettings>) -> Result<Self, Untold> {
        if let Some(why) = Self::no_target(problem) {
            return Err(Untold(why));
        }
        if let Dynamics::ReverseDiffusion(flow) = &problem.dynamics {
            if let Some(law) = generated(flow) {
                return Ok(Self { what: "the target, in closed form".into(), ..Self::mixture(law.clone()) });
            }
            let exact = ExactTargetLaw::new(flow).ok_or_else(|| Untold("no box holds the target".into()))?;
            let log_mass = Some(exact.log_mass);
            let law = Law::Cells(Cells::of_target(&exact));
            let energy = Some((reversed::potential(flow), false));
            return Ok(Self {
                what: "the target, by quadrature".into(),
                law,
                energy,
                log_mass,
                ..Self::unknown()
            });
        }
        let walls = grid.filter(|grid| !grid.open);
        let potential = problem.dynamics.potential().cloned();
        let momenta = matches!(problem.dynamics, Dynamics::Kinetic(_));
        let energy = potential.filter(|_| walls.is_none()).map(|potential| (potential, momenta));
        if walls.is_none()
            && let Some((law, log_mass)) = closed::target(problem)
        {
            let what = "the target, in closed form".into();
            return Ok(Self {
                what,
                law: Law::Mixture(law),
                energy,
                log_mass: Some((log_mass, 0.0)),
                ..Self::unknown()
            });
        }
        let box_of = walls.map(|own| (own.lower.clone(), own.upper.clone()));
        let (law, log_mass, what) = match Cells::of_energy(problem, box_of) {
            Some((cells, log_mass)) => (Law::Cells(cells), Some(log_mass), "the target, by quadrature"),
            None => (Law::Unknown, None, SCORE),
        };
        Ok(Self { what: what.into(), law, energy, log_mass, ..Self::unknown() })
    }

    fn flow(
        problem: &Problem,
        grid: Option<&GridSettings>,
        solved: Option<(&GridRun, &GridFindings)>,
    ) -> Result<Self, Untold> {
        if ends_in_target(problem) {
            return Self::target(problem, None);
        }
        // With walls, the law is another.
        let open = grid.is_none_or(|grid| grid.open);
        if let Some(law) = closed::flow(problem).filter(|_| open) {
            return Ok(Self { what: "the law at the horizon, in closed form".into(), ..Self::mixture(law) });
        }
        let (run, findings) = solved.ok_or_else(|| {
            Untold("found no [grid]; expected one, which gives the law at the horizon".into())
        })?;
        if let Some(why) = run.hidden_feature() {
            return Err(Untold(why));
        }
        let mut cells = Cells::of_run(run);
        let (mass, mass_error) = match problem.keeps_mass() || problem.normalized() {
            true => (1.0, 0.0),
            false => (findings.mass, findings.mass_error),
        };
        let mut known = BTreeMap::new();
        for observable in &problem.observables {
            let Some(found) = findings.observables.get(&observable.name) else { continue };
            let value = found.value / mass;
            let error = (found.error + value.abs() * mass_error) / mass;
            let (_, deviation) = cells.moments(&|x| observable.value(x));
            if deviation > 0.0 {
                cells.relative_error = cells.relative_error.max(error / deviation);
            }
            known.insert(observable.name.clone(), (value, error));
        }
        let log_mass = Some((findings.log_normalizer, findings.log_normalizer_error));
        Ok(Self {
            what: "the law at the horizon, by the grid".into(),
            law: Law::Cells(cells),
            log_mass,
            known,
            ..Self::unknown()
        })
    }

    /// The mean of a function, which has its name for itself; `None` if the law is not known.
    pub fn mean(&self, f: &Function<'_>) -> Option<Exact> {
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exact) = found().get(&f.name) {
            return Some(*exact);
        }
        let exact = match &self.law {
            Law::Unknown => return None,
            Law::Cells(cells) => {
                let (value, deviation) = cells.moments(&f.of);
                let error = cells.error(&f.of, value, deviation, f.jumps);
                let (value, error) = self.known.get(&f.name).copied().unwrap_or((value, error));
                Exact { value, error, noise: 0.0, deviation }
            }
            Law::Mixture(law) => of_mixture(law, f),
        };
        found().insert(f.name.clone(), exact);
        Some(exact)
    }

    /// Draws of a law in closed form in two dimensions and more.
    pub fn reference(&self) -> Option<&Reference> {
        match &self.law {
            Law::Mixture(law) if law.dimension() > 1 => {
                Some(self.reference.get_or_init(|| Reference::of(law)))
            }
            _ => None,
        }
    }
}

/// The mean of a function under a mixture: by quadrature over the coordinates that it reads, or over draws if these are many.
fn of_mixture(law: &GaussianMixture, f: &Function<'_>) -> Exact {
    let few = f.axes.as_ref().filter(|axes| axes.len() <= QUADRATURE);
    let axes = few.map(|axes| if axes.is_empty() { vec![0] } else { axes.clone() });
    let cells = axes.and_then(|axes| Some((Cells::of_mixture(&closed::marginal(law, &axes))?, axes)));
    if let Some((cells, axes)) = cells {
        let whole = |x: &[f64]| {
            let mut point = vec![0.0; law.dimension()];
            axes.iter().zip(x).for_each(|(axis, x)| point[*axis] = *x);
            (f.of)(&point)
        };
        let (value, deviation) = cells.moments(&whole);
        return Exact { value, error: cells.error(&whole, value, deviation, f.jumps), noise: 0.0, deviation };
    }
    let [mut sum, mut squares] = [0.0; 2];
    let shift = (f.of)(&law.mean());
    closed::draws(law, DRAWS, 0, |x| {
        let value = (f.of)(x) - shift;
        sum += value;
        squares += value * value;
    });
    let mean = sum / DRAWS as f64;
    let deviation = (squares / DRAWS as f64 - mean * mean).max(0.0).sqrt();
    Exact { value: shift + mean, error: 0.0, noise: deviation / (DRAWS as f64).sqrt(), deviation }
}

/// Whether the law at the horizon is the target.
fn ends_in_target(problem: &Problem) -> bool {
    match &problem.dynamics {
        Dynamics::Annealed(_) => true,
        Dynamics::ReverseDiffusion(flow) => flow.corrected,
        _ => false,
    }
}

/// The data law that a reverse diffusion generates as it is.
fn generated(flow: &ReverseDiffusion) -> Option<&GaussianMixture> {
    match &flow.factors[..] {
        [(power, law)] if *power == 1.0 && flow.reward.is_none() && !flow.forward.kinetic() => Some(law),
        _ => None,
    }
}
