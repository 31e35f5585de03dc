//! Runs a plan: the grid, the particles, and then a loop over the studies.

use super::breakdown::{Breakdown, Progress};
use super::density_figure;
use super::figure::{Arrays, Figure};
use super::findings::{Check, Findings, Origin};
use super::grid::{self, GridRun};
use super::kind::{Context, Found, Limit, Study};
use super::plan::Plan;
use super::sampled::{Sampled, sampled};
use super::series::{MEANS, Series};
use super::verdict::Ending;
use crate::checkpoint::Keeper;
use crate::panics::caught;
use crate::particles::{Points, State};
use crate::pde::Sides;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Version of result.json's layout.
const SCHEMA_VERSION: u32 = 1;

/// What a run found, what it looks like, and how long its parts took.
#[derive(Clone, Debug)]
pub struct Run {
    /// The data of result.json.
    pub findings: Findings,
    /// The pictures.
    pub figures: Vec<Figure>,
    /// Densities and eigenfunctions.
    pub arrays: Vec<Arrays>,
    /// What was followed in time.
    pub series: Series,
    /// The particles at the horizon, if there are any and they are to be kept.
    pub particles: Option<Arc<Points>>,
    /// Wall-clock time of each part; not part of the findings, which do not depend on the machine.
    pub timings: Vec<(String, Duration)>,
}

impl Run {
    fn new(name: &str, warnings: Vec<String>) -> Self {
        let findings = Findings {
            schema_version: SCHEMA_VERSION,
            name: name.into(),
            origin: Origin::here(None),
            passed: true,
            incomplete: false,
            breakdown: None,
            grid: None,
            particles: None,
            studies: Vec::new(),
            checks: Vec::new(),
            warnings,
        };
        Self {
            findings,
            figures: Vec::new(),
            arrays: Vec::new(),
            series: Series::default(),
            particles: None,
            timings: Vec::new(),
        }
    }

    /// A run that has begun, and of which nothing is known.
    pub fn begun(name: &str) -> Self {
        let mut run = Self::new(name, Vec::new());
        run.conclude(Err(Breakdown::Running));
        run
    }

    /// The run as it is when it ends, or is cut short, before all was done.
    pub fn conclude(&mut self, outcome: Result<(), Breakdown>) {
        if let Err(breakdown) = outcome {
            self.note(&breakdown);
        }
        let undefined = undefined(&self.findings);
        self.findings.checks.extend(undefined);
        self.findings.passed = matches!(self.findings.ending(), Ending::Pass | Ending::Inconclusive);
    }

    /// Marks the run as incomplete.
    fn note(&mut self, breakdown: &Breakdown) {
        let findings = &mut self.findings;
        findings.incomplete = true;
        let text = breakdown.to_string();
        match &mut findings.breakdown {
            None => findings.breakdown = Some(text),
            // What only follows from an earlier one says nothing new.
            Some(all) if !all.contains(&text) && !matches!(breakdown, Breakdown::Absent(_)) => {
                *all += &format!("; {text}");
            }
            Some(_) => (),
        }
    }

    /// Takes what a study found. Pictures and arrays get ids of their own.
    fn take(&mut self, found: Found) {
        let Found { outcomes, checks, first_figures, figures, arrays, warnings, timings, limits: _ } = found;
        self.findings.studies.extend(outcomes);
        self.findings.checks.extend(checks);
        self.findings.warnings.extend(warnings);
        self.timings.extend(timings);
        for (place, mut figure) in first_figures.into_iter().enumerate() {
            figure.id = own_id(figure.id, self.figures.iter().map(|other| &other.id));
            self.figures.insert(place, figure);
        }
        for mut figure in figures {
            figure.id = own_id(figure.id, self.figures.iter().map(|other| &other.id));
            self.figures.push(figure);
        }
        for mut arrays in arrays {
            arrays.id = own_id(arrays.id, self.arrays.iter().map(|other| &other.id));
            self.arrays.push(arrays);
        }
    }
}

/// The id, or with the least number that no other one has.
fn own_id<'a>(id: String, others: impl Iterator<Item = &'a String> + Clone) -> String {
    let free = |id: &String| others.clone().all(|other| other != id);
    if free(&id) {
        return id;
    }
    (2..).map(|number| format!("{id}-{number}")).find(free).unwrap_or(id)
}

/// What a run keeps on its way, in case that it is cut short.
#[derive(Default)]
pub struct Keeping<'a> {
    /// Keeps the state of the particles, and may end the run.
    pub keeper: Option<&'a Keeper>,
    /// What the particles go on from; `None` for time 0.
    pub from: Option<State>,
    /// Hears of the run, as far as it came, at the start and after every part that was finished.
    pub finished: Option<&'a dyn Fn(&Run)>,
}

/// Runs everything that `plan` requires. After a breakdown, the parts that do not need what broke down still run, and the
/// run is marked incomplete.
pub fn run(name: &str, plan: &Plan, warnings: &[String], progress: Progress<'_>) -> Run {
    run_keeping(name, plan, warnings, progress, Keeping::default())
}

/// [`run`], keeping what is needed to go on. Everything but the particles is computed anew by a run that goes on, to the
/// same bits.
pub fn run_keeping(
    name: &str,
    plan: &Plan,
    warnings: &[String],
    progress: Progress<'_>,
    keeping: Keeping<'_>,
) -> Run {
    let mut run = Run::new(name, warnings.to_vec());
    run.findings.origin.seed = plan.particles().map(|settings| settings.seed);
    run.series = Series::of(plan.problem());
    let mut running = Running { plan, progress, keeping, run, grid: None, sampled: None, limits: Vec::new() };
    running.report();
    let outcome = running.all();
    let mut run = running.run;
    run.conclude(outcome);
    run
}

struct Running<'a> {
    plan: &'a Plan,
    progress: Progress<'a>,
    keeping: Keeping<'a>,
    run: Run,
    grid: Option<GridRun>,
    sampled: Option<Sampled>,
    limits: Vec<Limit>,
}

impl Running<'_> {
    fn all(&mut self) -> Result<(), Breakdown> {
        let grid = self.plan.grid();
        let bounded = grid.is_some_and(|grid| grid.sides.iter().any(|side| *side != Sides::Reflecting));
        self.run.findings.warnings.extend(self.plan.problem().not_integrable().filter(|_| !bounded));
        self.part("grid", Self::solve)?;
        let place = self.run.figures.len();
        self.part("particles", Self::sample)?;
        if let Some(figure) = self.run.series.figure() {
            self.run.figures.insert(place, figure);
        }
        let before = self.run.figures.len();
        let studies = || self.plan.studies().iter().enumerate();
        let early = studies().filter(|(_, study)| !study.reads_limits());
        for (place, study) in early.chain(studies().filter(|(_, study)| study.reads_limits())) {
            let kind = study.kind().name;
            let same = |other: &&Arc<dyn Study>| other.kind().name == kind;
            let number = self.plan.studies()[..place].iter().filter(same).count();
            self.part(&kind.replace('-', " "), |running| running.study(study.as_ref(), number))?;
        }
        // The first picture is the point of the run: not the means, where a study has one.
        let figures = &mut self.run.figures;
        if figures.len() > before && figures.first().is_some_and(|first| first.id == MEANS) {
            figures[..=before].rotate_right(1);
        }
        Ok(())
    }

    /// Runs one part and notes its time; a breakdown, or a panic, is noted too, and only an interruption ends the run.
    fn part(
        &mut self,
        name: &str,
        part: impl FnOnce(&mut Self) -> Result<(), Breakdown>,
    ) -> Result<(), Breakdown> {
        let start = Instant::now();
        let outcome = caught(|| part(self)).unwrap_or_else(|panic| Err(Breakdown::Panicked(panic)));
        self.run.timings.push((name.into(), start.elapsed()));
        match outcome {
            Err(breakdown) if breakdown.interrupts() => return Err(breakdown),
            Err(breakdown) => self.run.note(&breakdown),
            Ok(()) => (),
        }
        self.report();
        match self.keeping.keeper.is_some_and(Keeper::interrupted) {
            true => Err(Breakdown::Interrupted),
            false => Ok(()),
        }
    }

    fn report(&self) {
        if let Some(finished) = self.keeping.finished {
            finished(&self.run);
        }
    }

    /// One study; that it found nothing is a failed check.
    fn study(&mut self, study: &dyn Study, number: usize) -> Result<(), Breakdown> {
        let mut found = Found::default();
        let nothing = Sampled::default();
        let sampled = self.sampled.as_ref().unwrap_or(&nothing);
        let context = Context {
            basis: self.plan.basis(),
            progress: self.progress,
            number,
            findings: &self.run.findings,
            grid: self.grid.as_ref(),
            population: sampled.population.as_ref(),
            series: &sampled.series,
            biases: &sampled.biases,
            missed: &sampled.missed,
            limits: &self.limits,
        };
        let outcome = study.run(&context, &mut found);
        if found.is_empty() {
            let kind = study.kind().name;
            let why = match &outcome {
                Err(breakdown) => breakdown.to_string(),
                Ok(()) => "a study that says nothing is no pass".into(),
            };
            found.checks.push(Check::absent(format!("{kind}: the study found something"), why));
        }
        self.limits.append(&mut found.limits);
        self.run.take(found);
        outcome
    }

    fn solve(&mut self) -> Result<(), Breakdown> {
        let Some(settings) = self.plan.grid() else {
            return Ok(());
        };
        let problem = self.plan.problem();
        (self.progress)("grid", 0.0);
        let (solution, breakdown) = grid::solve(problem, settings, self.progress);
        if let Some(solution) = solution {
            let run = &mut self.run;
            run.findings.grid.clone_from(&solution.findings);
            run.findings.warnings.extend(solution.warnings.clone());
            run.findings.checks.extend(solution.checks(problem));
            // Those have pictures of their own.
            let drawn = self.plan.particles().is_some()
                && self.plan.studies().iter().any(|study| study.draws_density());
            if solution.findings.is_some() && !drawn {
                run.figures.extend(density_figure::density(problem, &solution, None));
            }
            run.figures.extend(solution.figures(problem));
            run.arrays.push(solution.arrays());
            run.series.grid = Some(solution.series(problem, &settings.times));
            self.grid = Some(solution);
        }
        breakdown.map_or(Ok(()), Err)
    }

    fn sample(&mut self) -> Result<(), Breakdown> {
        let Some(settings) = self.plan.particles() else {
            return Ok(());
        };
        (self.progress)("particles", 0.0);
        let Keeping { keeper, ref mut from, .. } = self.keeping;
        let judged = self.plan.studies().iter().any(|study| study.judges_particles());
        let of_flow = self.plan.studies().iter().any(|study| study.judges_flow());
        let solved = self.grid.as_ref().filter(|grid| grid.findings.is_some()).map(|grid| &grid.trajectory);
        let watched = super::sampled::Watched { keeper, from: from.take(), judged, of_flow, solved };
        let (sampled, breakdown) = sampled(self.plan.basis(), settings, watched, self.progress)?;
        self.run.figures.extend(sampled.figures.iter().cloned());
        self.run.findings.warnings.extend(sampled.warnings.iter().cloned());
        self.run.findings.particles.clone_from(&sampled.findings);
        self.run.series.add_particles(&sampled);
        let kept = sampled.population.as_ref().filter(|_| settings.save);
        self.run.particles = kept.map(|population| Arc::new(population.particles()));
        self.sampled = Some(sampled);
        breakdown.map_or(Ok(()), |breakdown| Err(breakdown.into()))
    }
}

/// A failed check for every expectation that is NaN or infinite.
fn undefined(findings: &Findings) -> Vec<Check> {
    let grid =
        findings.grid.iter().flat_map(|grid| &grid.observables).map(|(name, e)| ("grid", name, e.value));
    let particles = findings.particles.iter().flat_map(|particles| &particles.observables);
    let particles = particles.map(|(name, e)| ("particles", name, e.value));
    grid.chain(particles)
        .filter(|(_, _, value)| !value.is_finite())
        .map(|(method, name, value)| {
            let name = format!("{method}: the expectation of {name} is a number");
            let why = "the observable is undefined, or not finite, where the law has mass";
            Check { passed: false, ..Check::at_most(name, value, f64::MAX, why) }
        })
        .collect()
}
