//! The modes of a target, and which of them the particles have missed.
//!
//! Minima of V are found by descents from many places (`search`). Each is a normal law as wide as V makes it (`width`); minima
//! without a barrier between them are one mode. These laws say where a particle belongs, and sampling from them says which share
//! of e^{−V} each mode has (`share`). The components of a target that is a mixture are its modes as they are.

pub mod reversed;
mod search;
mod share;
mod width;

use crate::format::significant;
use crate::model::{Component, Dynamics, GaussianMixture, Potential, Problem};
use crate::particles::Population;
use crate::pde::{GridSettings, Trajectory};
use crate::statistics::event_score;

pub use search::{Cloud, overdamped};

/// Share from which on a mode matters.
const NOTABLE: f64 = 2e-3;
/// A mode is missed by particles that have less than this part of its share in it.
const NEARLY_NONE: f64 = 0.1;
/// And if chance has less than 1e-6 for it, all modes together: the score of 1e-6/500, as at most 500 modes matter.
const MISSED_SCORE: f64 = 5.89;
/// Particles that are looked at.
const LOOKED_AT: usize = 20_000;
/// Height of a barrier, in units of V, that parts two modes.
const BARRIER: f64 = 2.0;
/// Places along the way from one minimum to another.
const PLACES: usize = 33;
/// Dimensions up to which modes are looked for.
const MOST_DIMENSIONS: usize = 24;

/// The modes of a target.
#[derive(Clone, Debug)]
pub struct Modes {
    /// A normal law for each minimum, by which places belong to modes.
    laws: GaussianMixture,
    /// Which laws make a mode, and its share of the target.
    modes: Vec<(Vec<usize>, f64)>,
}

/// Modes that the particles have missed, in words.
#[derive(Clone, Debug, Default)]
pub struct Missed {
    /// Modes of the target, where the particles have had the time to be there.
    pub target: Vec<String>,
    /// Modes of the law at the horizon that the grid has found.
    pub flow: Vec<String>,
    /// That the evidence of a mixture is not what it is.
    pub evidence: Option<String>,
    /// Why else they cannot have their law: the density that they read from themselves has another form, or a coefficient has a
    /// feature that their steps do not see.
    pub blind: Vec<String>,
    /// Whether the grid knows the law at the horizon.
    solved: bool,
}

impl Missed {
    /// The modes that `population` has missed: of the target, and of the law at the horizon if there is a grid's.
    pub fn by(
        problem: &Problem,
        settings: Option<&GridSettings>,
        solved: Option<&Trajectory>,
        population: &Population,
    ) -> Self {
        let (d, ensemble) = (problem.positions(), &population.ensemble);
        let along = |axis: usize| ensemble.map(|x| x[axis]);
        let cloud = Cloud::new(d, along, ensemble.count(), |particle| ensemble.position(particle));
        let Some(modes) = Modes::of(problem, settings, &cloud) else { return Self::default() };
        let found = modes.of_particles(problem, population);
        let tell = |shares: &[f64], whose: &str, remedy: &str| -> Vec<String> {
            let missed: Vec<usize> = (0..shares.len()).filter(|&k| found.misses(k, shares[k])).collect();
            let largest = missed.iter().copied().max_by(|&a, &b| shares[a].total_cmp(&shares[b]));
            let others = missed.iter().filter(|&&k| Some(k) != largest);
            let others = others.fold((0, 0.0), |(count, share), &k| (count + 1, share + shares[k]));
            let told = |k| modes.describe(k, &found, (shares[k], others), whose, remedy);
            largest.map(told).into_iter().collect()
        };
        let flow = solved.map(|trajectory| {
            let shares = modes.of_grid(problem, trajectory);
            tell(&shares, "the law at the horizon, by the grid", "take a wider start or more particles")
        });
        let settled = modes.settled(problem, &found);
        let target = settled.then(|| {
            let shares: Vec<f64> = modes.modes.iter().map(|(_, share)| *share).collect();
            let remedy = "the values are those of the other modes; take a wider start, or a longer horizon if paths can cross";
            tell(&shares, "the target", remedy)
        });
        let solved = flow.is_some();
        Self {
            target: target.unwrap_or_default(),
            flow: flow.unwrap_or_default(),
            evidence: None,
            blind: Vec::new(),
            solved,
        }
    }

    /// What the user should know. Where the law at the horizon is known, or a study is about that (`of_flow`), it is right not to
    /// be where it is not, unless the particles claim to end in the target.
    pub fn warnings(&self, problem: &Problem, of_flow: bool) -> Vec<String> {
        let ends_there = matches!(problem.dynamics, Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_));
        let of_target = (ends_there || !(self.solved || of_flow)).then_some(&self.target);
        of_target
            .into_iter()
            .flatten()
            .chain(&self.flow)
            .chain(&self.evidence)
            .chain(&self.blind)
            .cloned()
            .collect()
    }
}

/// How the particles are spread over the modes.
struct Found {
    /// Share of their mass in each mode.
    shares: Vec<f64>,
    /// Independent draws that they count as, at most.
    draws: f64,
}

impl Found {
    /// Whether a mode with this share has been missed.
    fn misses(&self, mode: usize, share: f64) -> bool {
        let own = self.shares[mode];
        share >= NOTABLE
            && own < NEARLY_NONE * share
            && event_score(own * self.draws, self.draws, [share; 2]) < -MISSED_SCORE
    }
}

impl Modes {
    /// The modes of the target, if there is one, and more than one mode is found, and their shares can be told.
    pub fn of(problem: &Problem, settings: Option<&GridSettings>, cloud: &Cloud) -> Option<Self> {
        if let Dynamics::Kinetic(flow) = &problem.dynamics
            && flow.rate().is_some()
        {
            return None;
        }
        // With walls, or sides that are one, the target is another.
        let walls = settings.is_some_and(|settings| !settings.open);
        let potential = match &problem.dynamics {
            Dynamics::ReverseDiffusion(flow) if flow.corrected => &reversed::potential(flow),
            dynamics => dynamics.potential()?,
        };
        if walls || problem.positions() > MOST_DIMENSIONS || potential.is_quadratic() {
            return None;
        }
        if let Potential::Mixture(target) = potential {
            let modes = target.components().iter().enumerate().map(|(k, own)| (vec![k], own.weight));
            return Some(Self { modes: modes.collect(), laws: target.clone() });
        }
        if problem.not_integrable().is_some() {
            return None;
        }
        let energy = |x: &[f64]| potential.value(x);
        let laws = width::laws(potential, &search::minima(problem, potential, cloud))?;
        let groups = groups(&laws, &energy);
        if groups.len() < 2 {
            return None;
        }
        let shares = share::shares(&laws, &energy)?;
        let share = |group: &Vec<usize>| group.iter().map(|&k| shares[k]).sum();
        let modes = groups.into_iter().map(|group| (group.clone(), share(&group))).collect();
        Some(Self { laws, modes })
    }

    /// The centre of each mode, and its share of the target, roughly.
    pub fn centres(&self) -> Vec<(&[f64], f64)> {
        self.modes.iter().map(|(laws, share)| (&self.laws.components()[laws[0]].mean[..], *share)).collect()
    }

    /// The share that each mode has of the place x.
    pub fn at(&self, x: &[f64]) -> Vec<f64> {
        let own = self.laws.responsibilities(x);
        self.modes.iter().map(|(laws, _)| laws.iter().map(|&k| own[k]).sum()).collect()
    }

    fn of_particles(&self, problem: &Problem, population: &Population) -> Found {
        let count = population.ensemble.count();
        let every = count.div_ceil(LOOKED_AT);
        let weights = population.shares();
        let (mut shares, mut total) = (vec![0.0; self.modes.len()], 0.0);
        for particle in (0..count).step_by(every) {
            let x = population.ensemble.position(particle);
            let weight = weights[particle];
            if weight > 0.0 && x.iter().all(|x| x.is_finite()) {
                total += weight;
                let own = self.at(&x[..problem.positions()]);
                shares.iter_mut().zip(own).for_each(|(share, own)| *share += weight * own);
            }
        }
        shares.iter_mut().for_each(|share| *share /= total);
        let summary = population.summary();
        // Offspring of one ancestor need not be independent.
        Found { shares, draws: summary.ess.min(summary.ancestors as f64) / every as f64 }
    }

    /// The share of each mode in the law at the horizon.
    fn of_grid(&self, problem: &Problem, trajectory: &Trajectory) -> Vec<f64> {
        let (grid, last) = (&trajectory.grid, trajectory.last());
        let (mut shares, mut total) = (vec![0.0; self.modes.len()], 0.0);
        for (cell, log) in last.log_density.iter().enumerate() {
            let mass = log.exp() * grid.cell_volume(cell);
            if mass > 0.0 {
                total += mass;
                let own = self.at(&grid.centre(cell)[..problem.positions()]);
                shares.iter_mut().zip(own).for_each(|(share, own)| *share += mass * own);
            }
        }
        shares.iter().map(|share| share / total).collect()
    }

    /// Whether the horizon is as long as the relaxation in the modes where the particles are, so that their values look like
    /// those of the target. Annealed particles and those of reversed diffusions claim to end in the target, whatever the horizon.
    fn settled(&self, problem: &Problem, found: &Found) -> bool {
        let widest = |laws: &Vec<usize>| {
            let all = laws.iter().flat_map(|&k| {
                let own = &self.laws.components()[k].covariance;
                (0..own.len()).map(move |axis| own[axis][axis])
            });
            all.fold(0.0, f64::max)
        };
        let most = (0..self.modes.len()).max_by(|&a, &b| found.shares[a].total_cmp(&found.shares[b]));
        let Some(variance) = most.map(|mode| widest(&self.modes[mode].0)) else { return false };
        let rate = match &problem.dynamics {
            Dynamics::GradientFlow(flow) => flow.transport / variance + flow.reaction,
            Dynamics::Kinetic(flow) => flow.friction.min(1.0 / (flow.friction * variance)) + flow.reaction,
            Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => f64::INFINITY,
            Dynamics::Sde(_) => 0.0,
        };
        rate * problem.horizon >= 1.0
    }

    fn describe(
        &self,
        mode: usize,
        found: &Found,
        (share, others): (f64, (usize, f64)),
        whose: &str,
        remedy: &str,
    ) -> String {
        let others = match others {
            (0, _) => String::new(),
            (count, share) => {
                format!(", and as little in {count} more with {} %", significant(100.0 * share, 2))
            }
        };
        let centre = &self.laws.components()[self.modes[mode].0[0]].mean;
        let place: Vec<String> = centre.iter().map(|x| format!("{x:.3}")).collect();
        format!(
            "rare: {:.1e} of the particles' mass is in the mode around ({}), which has about {} % of {whose} (so little has a \
             probability below 1e-6 with {:.0} draws){others}: {remedy}",
            found.shares[mode],
            place.join(", "),
            significant(100.0 * share, 2),
            found.draws
        )
    }
}

/// The laws that belong together: those with no barrier on the straight way from one to another.
fn groups(laws: &GaussianMixture, energy: &dyn Fn(&[f64]) -> f64) -> Vec<Vec<usize>> {
    let all = laws.components();
    let bottoms: Vec<f64> = all.iter().map(|law| energy(&law.mean)).collect();
    let mut group: Vec<usize> = (0..all.len()).collect();
    for (a, b) in (0..all.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
        if group[a] != group[b] && top(&all[a], &all[b], energy) < bottoms[a].max(bottoms[b]) + BARRIER {
            let (old, new) = (group[a].max(group[b]), group[a].min(group[b]));
            group.iter_mut().filter(|own| **own == old).for_each(|own| *own = new);
        }
    }
    let members = |first: usize| (0..all.len()).filter(|&k| group[k] == first).collect::<Vec<_>>();
    (0..all.len()).filter(|&k| group[k] == k).map(members).collect()
}

/// The largest V on the straight way between two minima.
fn top(a: &Component, b: &Component, energy: &dyn Fn(&[f64]) -> f64) -> f64 {
    let at = |place: usize| {
        let s = place as f64 / (PLACES - 1) as f64;
        let x: Vec<f64> = a.mean.iter().zip(&b.mean).map(|(a, b)| a + s * (b - a)).collect();
        let v = energy(&x);
        if v.is_nan() { f64::INFINITY } else { v }
    };
    (0..PLACES).map(at).fold(f64::NEG_INFINITY, f64::max)
}
