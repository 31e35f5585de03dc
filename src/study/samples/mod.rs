//! The kind "samples": samples of anybody's program against the scenario's own truth, with a verdict that says its power.
//!
//! `data` is what comes in, `truth` what it is held against (`closed` forms, or a `law` on cells). `draws` and `chains` have means with
//! errors that respect weights, autocorrelation and groups; `shape` and `stein` have the other statistics. `test` turns figures into
//! pass or fail at a level, `verify` makes all tests at one level together, `findings` puts that into words,
//! `pictures` draws it.

mod chains;
mod closed;
mod data;
mod dependence;
mod draws;
mod findings;
mod law;
mod pictures;
mod shape;
mod share;
mod stein;
mod test;
mod truth;
mod verify;

use super::distance::{self, DISTANCES, DistanceStudy, beside, faults_beside};
use super::prelude::*;
use super::reference::Whose;
use crate::model::Problem;

pub use chains::{Autocorrelation, autocorrelation, neighbours, split_r_hat};
pub use data::{Claim, Samples};
pub use draws::{Arrangement, Draws, Score};
pub use findings::{SampledMean, SamplesFindings};
pub use law::Function;
pub use test::{POWER, Tested};
pub use truth::{Exact, Law, Truth};
pub use verify::{Basins, Mean, Tests, Verified};

/// The default of the key `level`.
pub const LEVEL: f64 = 1e-4;

const FILE: Key = Key {
    name: "file",
    holds: Type::Samples,
    unit: "",
    default: None,
    meaning: "The samples: .npz with positions (n, d) or (groups, n, d), weights or log_weights, ancestors, times; or .csv with a column for each coordinate.",
};
const ARRANGEMENT: Key = Key {
    name: "arrangement",
    holds: Type::Name(|| Arrangement::ALL.map(Arrangement::name).into()),
    unit: "",
    default: Some(
        "\"chains\" without weights and ancestors; else \"groups\" if they come in groups, \"ancestors\" if some have one together, or \"independent\"",
    ),
    meaning: "How the samples depend on each other: not at all, along each group in its order, in any way within a group, or in any way where they have an ancestor together.",
};
const WHOSE: Key = Key {
    name: "law",
    holds: Type::Name(|| Whose::ALL.map(Whose::name).into()),
    unit: "",
    default: Some("\"target\"; \"flow\" for an [sde] or paths without correction"),
    meaning: "What the samples are of: the target, or the flow at the horizon.",
};
const TOTAL: Key = Key {
    name: "level",
    holds: Type::Number(Range::Within(1e-12, 0.5)),
    unit: "",
    default: Some("1e-4"),
    meaning: "Probability of a false alarm, of all tests of the study together.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "samples",
    summary: "Samples of any program against the truth of the scenario.",
    needs: &[],
    keys: &[FILE, ARRANGEMENT, WHOSE, TOTAL, DISTANCES],
    read: |values, basis| {
        let samples = values.samples(FILE.name).ok_or_else(|| FILE.absent())?.clone();
        let arrangement = values.named(ARRANGEMENT.name, &Arrangement::ALL, Arrangement::name);
        let law = values.named(WHOSE.name, &Whose::ALL, Whose::name);
        let level = values.number(TOTAL.name);
        let study = SamplesStudy::new(samples, basis.problem, arrangement, law, level);
        use distance::Law::{File, Grid, Target};
        let to = if study.law == Whose::Target { Target } else { Grid };
        Ok(Arc::new(SamplesStudy { distances: beside(values, basis, File, to), ..study }))
    },
    outcome: Some(|generator| generator.subschema_for::<SamplesFindings>()),
};

/// Samples against the truth.
#[derive(Clone, Debug)]
pub struct SamplesStudy {
    /// The samples.
    pub samples: Arc<Samples>,
    /// How they depend on each other.
    pub arrangement: Arrangement,
    /// What they are of.
    pub law: Whose,
    /// False alarms of all tests together, at most.
    pub level: f64,
    /// Distances that are told as well.
    pub distances: Vec<DistanceStudy>,
}

impl SamplesStudy {
    /// The study of samples for a problem, with defaults for what is not said.
    pub fn new(
        samples: Arc<Samples>,
        problem: &Problem,
        arrangement: Option<Arrangement>,
        law: Option<Whose>,
        level: Option<f64>,
    ) -> Self {
        let arrangement = arrangement.unwrap_or_else(|| Arrangement::of(&samples));
        let law = law.unwrap_or_else(|| Truth::natural(problem));
        Self { samples, arrangement, law, level: level.unwrap_or(LEVEL), distances: Vec::new() }
    }
}

impl Study for SamplesStudy {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        Values::default().with(TOTAL.name, self.level)
    }

    fn needs_grid(&self, basis: &Basis<'_>) -> bool {
        !self.distances.is_empty() || Truth::needs_grid(basis.problem, self.law, basis.grid)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let (problem, samples) = (basis.problem, &self.samples);
        let mut faults = faults_beside(&self.distances, basis);
        if samples.dimension != problem.dimension() {
            let message = format!(
                "{}: found samples of {} coordinates; expected {}, the dimension of the scenario",
                samples.name,
                samples.dimension,
                problem.dimension()
            );
            faults.push(Fault::at(FILE.name, message));
        }
        if self.arrangement == Arrangement::Groups && samples.groups < 2 {
            let message = "found \"groups\" for one group; expected positions of shape (groups, n, d), with at least 2 groups";
            faults.push(Fault::at(ARRANGEMENT.name, message));
        }
        if self.arrangement == Arrangement::Families && samples.ancestors.is_none() {
            let message = "found \"ancestors\" for samples without them; expected an array ancestors, one for each sample";
            faults.push(Fault::at(ARRANGEMENT.name, message));
        }
        if let Some(time) = samples.time.filter(|time| self.law == Whose::Flow && *time != problem.horizon) {
            let message = format!(
                "{}: found samples of the time {time}; expected {}, the horizon of the scenario",
                samples.name, problem.horizon
            );
            faults.push(Fault::at(FILE.name, message));
        }
        if self.law == Whose::Target {
            faults.extend(Truth::no_target(problem).map(|message| Fault::at(WHOSE.name, message)));
        } else if self.needs_grid(basis) {
            faults.extend(basis.needs_grid().err());
        }
        faults
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let problem = context.problem();
        let solved = context.solved().ok();
        let truth = Truth::of(problem, self.law, context.basis.grid, solved)
            .map_err(|why| Breakdown::Unfit(why.0))?;
        let draws = Draws::new(&self.samples, self.arrangement);
        let basins = Basins::of(problem, context.basis.grid, &self.samples);
        let tests = Tests::new(&draws, &truth, &problem.observables, &basins);
        let verified = tests.verified(self.level);
        let worth = verified.draws;
        let findings = self.findings(&draws, &truth, verified);
        let (verdict, why) = findings.judge();
        let source = format!(
            "the level {:.1e} of each of {:.0} tests",
            findings.level_each,
            self.level / findings.level_each
        );
        // Without errors there is nothing to check.
        let known = findings.tests.iter().filter(|_| !findings.has_no_errors());
        found.checks.extend(known.filter_map(|test| test.check(&source)));
        found.first_figures.extend(pictures::pictures(&draws, &truth, findings.effective));
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        let mut distances = self.distances.iter();
        distances.try_for_each(|own| DistanceStudy { draws: Some(worth), ..own.clone() }.run(context, found))
    }
}

impl SamplesStudy {
    fn findings(&self, draws: &Draws<'_>, truth: &Truth, verified: Verified) -> SamplesFindings {
        let samples = &self.samples;
        let mean = |own: &Mean| SampledMean {
            value: own.value,
            stderr: own.stderr,
            effective: own.draws,
            exact: own.exact.map(|exact| exact.value),
            exact_error: own.exact.map(|exact| exact.error + exact.noise),
        };
        let heaviest =
            |weights: &Vec<f64>| weights.iter().copied().fold(0.0, f64::max) / weights.len() as f64;
        SamplesFindings {
            file: samples.name.clone(),
            truth: truth.what.clone(),
            arrangement: self.arrangement.name(),
            count: samples.count() as u64,
            groups: samples.groups as u64,
            level: self.level,
            level_each: verified.each,
            effective: verified.draws,
            autocorrelation_time: verified.autocorrelation,
            r_hat: verified.r_hat,
            neighbours: verified.neighbours,
            copies: draws.copies(),
            dependence: draws.dependence(),
            weight_tail: draws.weight_tail,
            largest_weight: draws.weights.as_ref().map(heaviest),
            subsample: verified.subsample as u64,
            observables: verified.means.iter().map(|own| (own.name.clone(), mean(own))).collect(),
            total_variations: verified.variations.into_iter().map(|(name, a, b)| (name, [a, b])).collect(),
            tests: verified.tests,
            left_out: verified.left_out,
        }
    }
}
