use super::figure::{Arrays, Figure, HistogramPlot, Plot, TimePlot};
use super::findings::{Check, Findings, ParticleEstimate, ParticleFindings, StudyFindings, Verdict};
use super::grid::GridRun;
use super::mean_field_bias::mean_field_bias;
use super::step_bias::{self, Biases};
use super::target_law::Course;
use super::{
    Breakdown, Plan, Progress, StudySettings, compare, decay, density_figure, divergences, ensemble_order,
    grid, grid_order, manufactured, multilevel, reference, sample, spectrum, sweep, target_law, weak_order,
    work_precision,
};
use crate::checkpoint::Keeper;
use crate::model::{Dynamics, Observable, Problem};
use crate::particles::{ParticleSettings, Population, Simulation, State, WeightHistogram};
use std::time::{Duration, Instant};

/// Version of result.json's layout.
const SCHEMA_VERSION: u32 = 1;
/// Degrees of freedom below which a standard error must not be read as that of a normal law.
const FEW_GROUPS: usize = 10;
/// Bins of the histogram of the log-weights.
const WEIGHT_BINS: usize = 60;

/// What a run found, what it looks like, and how long its parts took.
#[derive(Clone, Debug)]
pub struct Run {
    /// The data of result.json.
    pub findings: Findings,
    /// The pictures.
    pub figures: Vec<Figure>,
    /// Densities and eigenfunctions.
    pub arrays: Vec<Arrays>,
    /// Wall-clock time of each part; not part of the findings, which do not depend on the machine.
    pub timings: Vec<(String, Duration)>,
}

impl Run {
    /// The run as it is when it ends, or is cut short, before all was done.
    pub fn conclude(&mut self, outcome: Result<(), Breakdown>) {
        let findings = &mut self.findings;
        let undefined = findings.undefined();
        findings.checks.extend(undefined);
        if let Err(breakdown) = outcome {
            findings.incomplete = true;
            findings.breakdown = Some(breakdown.to_string());
        }
        findings.passed = !findings.incomplete
            && findings.checks.iter().all(|check| check.passed)
            && findings.studies.iter().all(|study| study.passed);
    }
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

/// Runs everything that `plan` asks for. A breakdown ends the run; what was found until then is returned
/// and marked incomplete.
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
    let mut running = Running {
        plan,
        progress,
        keeping,
        run: Run {
            findings: Findings {
                schema_version: SCHEMA_VERSION,
                name: name.into(),
                passed: true,
                incomplete: false,
                breakdown: None,
                grid: None,
                particles: None,
                studies: Vec::new(),
                checks: Vec::new(),
                warnings: warnings.to_vec(),
            },
            figures: Vec::new(),
            arrays: Vec::new(),
            timings: Vec::new(),
        },
        grid: None,
        population: None,
        course: Course::default(),
        biases: Biases::new(),
        limits: Vec::new(),
        multilevel: Vec::new(),
    };
    running.tell();
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
    population: Option<Population>,
    /// The means on the way, where a study asks for them.
    course: Course,
    biases: Biases,
    /// By observable, the limits of the noise-free law with their errors.
    limits: Vec<(String, (f64, f64))>,
    multilevel: Vec<multilevel::Multilevel>,
}

impl Running<'_> {
    fn all(&mut self) -> Result<(), Breakdown> {
        self.timed("grid", Self::solve_grid)?;
        self.timed("particles", Self::sample)?;
        let (mut weak_orders, mut ensemble_orders) = (0, 0);
        for settings in &self.plan.studies {
            match settings {
                StudySettings::Compare => self.timed("compare", Self::compare)?,
                StudySettings::WeakOrder(settings) => {
                    let number = weak_orders;
                    weak_orders += 1;
                    self.timed("weak order", |running| {
                        let Plan { problem, grid, .. } = running.plan;
                        let (found, breakdown) =
                            weak_order::study(problem, grid.as_ref(), settings, number, running.progress);
                        running.run.findings.studies.extend(found.findings);
                        let limit =
                            found.limit.and_then(|limit| running.limit_check(&settings.observable, limit));
                        let name = &settings.observable.name;
                        running.limits.extend(found.limit.map(|limit| (name.clone(), limit)));
                        running.run.findings.checks.extend(found.checks.into_iter().chain(limit));
                        running.run.findings.warnings.extend(found.warnings);
                        running.run.figures.extend(found.figures);
                        breakdown.map_or(Ok(()), Err)
                    })?;
                }
                StudySettings::GridOrder { observable, integrators } => {
                    self.timed("grid order", |running| {
                        let Some(grid) = &running.plan.grid else {
                            return Ok(());
                        };
                        let (found, figure) = grid_order::study(
                            &running.plan.problem,
                            grid,
                            observable,
                            integrators,
                            running.progress,
                        )?;
                        running.run.findings.studies.extend(found);
                        running.run.figures.push(figure);
                        Ok(())
                    })?
                }
                StudySettings::Manufactured { solution, integrators } => {
                    self.timed("manufactured solution", |running| {
                        let Plan { problem, grid: Some(grid), .. } = running.plan else {
                            return Ok(());
                        };
                        let (found, figure) =
                            manufactured::study(problem, grid, solution, integrators, running.progress)?;
                        running.run.findings.studies.extend(found);
                        running.run.figures.push(figure);
                        Ok(())
                    })?
                }
                StudySettings::Spectrum { count } => self.timed("spectrum", |running| {
                    let Some(grid) = &running.plan.grid else {
                        return Ok(());
                    };
                    let (found, arrays) = spectrum::study(&running.plan.problem, grid, *count)?;
                    running.run.findings.studies.extend(found);
                    running.run.arrays.extend(arrays);
                    Ok(())
                })?,
                StudySettings::Decay => self.timed("decay", |running| {
                    let (Some(grid), Dynamics::GradientFlow(flow)) =
                        (&running.plan.grid, &running.plan.problem.dynamics)
                    else {
                        return Ok(());
                    };
                    let (found, figure) = decay::study(&running.plan.problem, flow, grid, running.progress)?;
                    running.run.findings.studies.push(found);
                    running.run.figures.push(figure);
                    Ok(())
                })?,
                StudySettings::Barrier(settings) => self.timed("barrier sweep", |running| {
                    let Dynamics::GradientFlow(flow) = &running.plan.problem.dynamics else {
                        return Ok(());
                    };
                    let (found, checks, figure) =
                        sweep::study(running.plan, flow, settings, running.progress)?;
                    running.run.findings.studies.push(found);
                    running.run.findings.checks.extend(checks);
                    running.run.figures.push(figure);
                    Ok(())
                })?,
                StudySettings::WorkPrecision(settings) => {
                    self.timed("work against precision", |running| {
                        let Some(grid) = &running.plan.grid else {
                            return Ok(());
                        };
                        let (found, figure, timings) =
                            work_precision::study(&running.plan.problem, grid, settings, running.progress)?;
                        running.run.findings.studies.push(found);
                        running.run.figures.push(figure);
                        running.run.timings.extend(timings);
                        Ok(())
                    })?
                }
                StudySettings::Divergences { infinite } => self.timed("divergences", |running| {
                    let Plan { problem, grid: Some(grid), .. } = running.plan else {
                        return Ok(());
                    };
                    if let Dynamics::GradientFlow(flow) = &problem.dynamics {
                        let found = divergences::study(problem, flow, grid, infinite)?;
                        running.run.findings.studies.push(found);
                    }
                    Ok(())
                })?,
                StudySettings::EnsembleOrder(settings) => {
                    let number = ensemble_orders;
                    ensemble_orders += 1;
                    self.timed("ensemble order", |running| {
                        let name = &settings.observable.name;
                        let grid = running.run.findings.grid.as_ref();
                        let grid = grid.and_then(|grid| grid.observables.get(name));
                        let reference = settings.reference.map(|value| (value, 0.0));
                        let Some(exact) = reference.or(grid.map(|grid| (grid.value, grid.error))) else {
                            return Ok(());
                        };
                        let (found, figures) =
                            ensemble_order::study(running.plan, settings, exact, number, running.progress)?;
                        running.run.findings.studies.extend(found);
                        running.run.figures.extend(figures);
                        Ok(())
                    })?;
                }
                StudySettings::Reference(settings) => {
                    let (findings, population) = (&mut self.run.findings, &self.population);
                    if let (Some(found), Some(population)) = (&findings.particles, population) {
                        let degrees = population.degrees_of_freedom();
                        let check = reference::check(settings, found, &self.biases, degrees);
                        findings.checks.extend(check);
                    }
                }
                StudySettings::TargetLaw => self.timed("target law", |running| {
                    let (plan, progress) = (running.plan, running.progress);
                    let (Dynamics::ReverseDiffusion(flow), Some(settings)) =
                        (&plan.problem.dynamics, &plan.particles)
                    else {
                        return Ok(());
                    };
                    let findings = &mut running.run.findings;
                    if let (Some(population), Some(found)) = (&running.population, &findings.particles) {
                        let corrected = target_law::Corrected {
                            population,
                            findings: found,
                            biases: &running.biases,
                            course: &running.course,
                            grid: running.grid.as_ref(),
                        };
                        let study = target_law::study(plan, flow, settings, &corrected, progress)?;
                        if let Some((study, checks, figures)) = study {
                            findings.studies.push(study);
                            findings.checks.extend(checks);
                            running.run.figures.splice(0..0, figures);
                        }
                    }
                    Ok(())
                })?,
                StudySettings::Multilevel(settings) => self.timed("multilevel", |running| {
                    let Plan { problem, grid, .. } = running.plan;
                    let number = running.multilevel.len();
                    let mut found =
                        multilevel::study(problem, grid.as_ref(), settings, number, running.progress)?;
                    running.run.findings.studies.push(found.findings.clone());
                    running.run.figures.append(&mut found.figures);
                    running.multilevel.push(found);
                    Ok(())
                })?,
            }
        }
        let checks = self.multilevel_checks();
        self.run.findings.checks.extend(checks);
        Ok(())
    }

    fn timed(
        &mut self,
        name: &str,
        part: impl FnOnce(&mut Self) -> Result<(), Breakdown>,
    ) -> Result<(), Breakdown> {
        let start = Instant::now();
        let outcome = part(self);
        self.run.timings.push((name.into(), start.elapsed()));
        outcome?;
        self.tell();
        if self.keeping.keeper.is_some_and(Keeper::interrupted) {
            Err(Breakdown::Interrupted)
        } else {
            Ok(())
        }
    }

    fn tell(&self) {
        if let Some(finished) = self.keeping.finished {
            finished(&self.run);
        }
    }

    fn solve_grid(&mut self) -> Result<(), Breakdown> {
        let Some(settings) = &self.plan.grid else {
            return Ok(());
        };
        (self.progress)("grid", 0.0);
        let (solution, breakdown) = grid::solve(&self.plan.problem, settings, self.progress);
        if let Some(solution) = solution {
            self.run.findings.grid.clone_from(&solution.findings);
            self.run.findings.warnings.extend(solution.warning.clone());
            self.run.findings.checks.extend(solution.checks(&self.plan.problem));
            // Those have pictures of their own.
            let compares =
                |study: &StudySettings| matches!(study, StudySettings::Compare | StudySettings::TargetLaw);
            let compares = self.plan.studies.iter().any(compares);
            if solution.findings.is_some() && !(compares && self.plan.particles.is_some()) {
                self.run.figures.extend(density_figure::density(&self.plan.problem, &solution, None));
            }
            self.run.figures.extend(solution.figures(&self.plan.problem));
            self.run.arrays.push(solution.arrays());
            self.grid = Some(solution);
        }
        breakdown.map_or(Ok(()), Err)
    }

    fn sample(&mut self) -> Result<(), Breakdown> {
        let Some(settings) = &self.plan.particles else {
            return Ok(());
        };
        let problem = &self.plan.problem;
        (self.progress)("particles", 0.0);
        let Keeping { keeper, ref mut from, .. } = self.keeping;
        let simulation = sample::kept_particles(self.plan, settings, self.progress, keeper, from.take())?;
        self.course = Course::of(&simulation);
        if problem.weighted() {
            self.run.figures.push(weight_history(&simulation, settings.total_count()));
        }
        if let Some(breakdown) = simulation.breakdown {
            return Err(breakdown.into());
        }
        let Some(population) = &simulation.population else {
            return Ok(());
        };
        if problem.weighted() {
            self.run.figures.extend(weight_histogram(population));
        }
        let compares = |study: &StudySettings| {
            matches!(study, StudySettings::Compare | StudySettings::TargetLaw | StudySettings::Reference(_))
        };
        let compared = self.plan.studies.iter().any(compares);
        self.biases = match &settings.mean_field {
            None if compared => step_bias::measure(self.plan, settings, step_bias::PATHS)?,
            None => step_bias::scout(self.plan, settings),
            Some(mean_field) if compared => {
                let means = population.means(&problem.observables, problem.normalized());
                mean_field_bias(self.plan, settings, mean_field, &means, self.progress)?
            }
            Some(_) => Biases::new(),
        };
        let findings = particle_findings(problem, settings, &simulation, population, &self.biases);
        let estimates = findings.observables.iter();
        self.run
            .findings
            .warnings
            .extend(estimates.filter_map(|(name, found)| self.biases.get(name)?.warning(name, found.stderr)));
        let groups = population.degrees_of_freedom();
        if groups == 0 {
            let text = match settings.mean_field {
                None => {
                    "too few particles for a standard error that respects resampling: at least 128 are needed"
                }
                Some(_) => "one replicate gives no standard error: take at least 2, better 16",
            };
            self.run.findings.warnings.push(text.into());
        } else if groups < FEW_GROUPS {
            self.run.findings.warnings.push(format!(
                "the standard errors have {groups} degrees of freedom only: read them with Student's t, or take more {}",
                if settings.mean_field.is_some() { "replicates" } else { "particles" }
            ));
        }
        let islands = population.island_count();
        // Masses of islands then vary by more than their mean, and the largest have not been seen.
        if groups > 0 && settings.mean_field.is_none() && 2 * (groups + 1) < islands {
            self.run.findings.warnings.push(format!(
                "the {islands} independent groups of particles differ in mass and count as {} even ones: the log-normaliser is \
                 likely to be too low and its standard error too small; take more particles, shorter steps or a longer path",
                groups + 1
            ));
        }
        self.run.findings.particles = Some(findings);
        self.population = simulation.population;
        Ok(())
    }

    /// The multilevel estimates against the grid, or else against the limit of the noise-free law.
    fn multilevel_checks(&self) -> Vec<Check> {
        let checks = |found: &multilevel::Multilevel| {
            let limit = || self.limits.iter().find(|(name, _)| *name == found.observable.name);
            match (self.grid_value(&found.observable), limit()) {
                (Some(value), _) => found.checks("the grid", value),
                (None, Some((_, limit))) => found.checks("the law's limit", *limit),
                (None, None) => Vec::new(),
            }
        };
        self.multilevel.iter().flat_map(checks).collect()
    }

    /// The grid's value of an observable, and its error, to which that of the oracle is added.
    fn grid_value(&self, observable: &Observable) -> Option<(f64, f64)> {
        let problem = &self.plan.problem;
        let grid = self.run.findings.grid.as_ref()?.observables.get(&observable.name)?;
        let oracle = self.grid.as_ref()?.oracle_error(problem, observable, grid.value);
        Some((grid.value, grid.error + oracle))
    }

    /// The limit h → 0 of the noise-free law, (value, error), against the grid, which shares none of its code.
    fn limit_check(&self, observable: &Observable, (value, error): (f64, f64)) -> Option<Check> {
        let (grid, grid_error) = self.grid_value(observable)?;
        let (distance, threshold) = ((value - grid).abs(), error + grid_error);
        threshold.is_finite().then(|| Check {
            name: format!("{}: the law's limit for small steps is the grid's value", observable.name),
            passed: distance <= threshold,
            value: distance,
            threshold,
            why: "error of the extrapolated law, of the grid, and of the oracle that the law reads".into(),
        })
    }

    fn compare(&mut self) -> Result<(), Breakdown> {
        let findings = &mut self.run.findings;
        let (Some(grid), Some(grid_findings)) = (&self.grid, &findings.grid) else {
            return Ok(());
        };
        let (Some(particles), Some(particle_findings)) = (&self.population, &findings.particles) else {
            return Ok(());
        };
        let problem = &self.plan.problem;
        let witnesses = compare::Witnesses {
            problem,
            grid,
            grid_findings,
            particles,
            particle_findings,
            biases: &self.biases,
        };
        let (study, checks, figures): (StudyFindings, _, _) = compare::study(&witnesses);
        findings.studies.push(study);
        findings.checks.extend(checks);
        self.run.figures.splice(0..0, figures);
        Ok(())
    }
}

impl Findings {
    /// A failed check for every expectation that is NaN or infinite.
    fn undefined(&self) -> Vec<Check> {
        let grid =
            self.grid.iter().flat_map(|grid| &grid.observables).map(|(name, e)| ("grid", name, e.value));
        let particles = self.particles.iter().flat_map(|particles| &particles.observables);
        let particles = particles.map(|(name, e)| ("particles", name, e.value));
        grid.chain(particles)
            .filter(|(_, _, value)| !value.is_finite())
            .map(|(witness, name, value)| Check {
                name: format!("{witness}: the expectation of {name} is a number"),
                passed: false,
                value,
                threshold: f64::MAX,
                why: "the observable is undefined, or not finite, where the law has mass".into(),
            })
            .collect()
    }

    /// Whether nothing failed but something is inconclusive.
    pub fn inconclusive(&self) -> bool {
        self.passed && self.studies.iter().any(|study| study.verdict == Verdict::Inconclusive)
    }
}

fn particle_findings(
    problem: &Problem,
    settings: &ParticleSettings,
    simulation: &Simulation,
    population: &Population,
    biases: &Biases,
) -> ParticleFindings {
    let means = population.means(&problem.observables, problem.normalized());
    let log_normalizer = population.log_normalizer();
    let summary = population.summary();
    ParticleFindings {
        time: population.ensemble.time(),
        count: settings.total_count() as u64,
        replicates: settings.mean_field.map(|mean_field| mean_field.replicates as u64),
        ess: summary.ess,
        weight_entropy: summary.entropy,
        ancestors: summary.ancestors as u64,
        resamplings: simulation.resamplings,
        replacements: simulation.replacements,
        log_normalizer: log_normalizer.value,
        log_normalizer_stderr: log_normalizer.stderr,
        log_evidence: simulation.log_evidence.map(|evidence| evidence.value),
        log_evidence_stderr: simulation.log_evidence.map(|evidence| evidence.stderr),
        observables: problem
            .observables
            .iter()
            .zip(means)
            .map(|(observable, mean)| {
                let known = biases.get(&observable.name).filter(|bias| bias.value.is_finite());
                let (bias, bias_stderr) = known.map(|bias| (bias.value, bias.stderr)).unzip();
                let estimate = ParticleEstimate { value: mean.value, stderr: mean.stderr, bias, bias_stderr };
                (observable.name.clone(), estimate)
            })
            .collect(),
    }
}

fn weight_history(simulation: &Simulation, count: usize) -> Figure {
    let line = |name: &str, size: fn(&crate::particles::Instant) -> f64| {
        let points = simulation.history.iter().map(|instant| (instant.time, size(instant) / count as f64));
        let (times, shares) = points.unzip();
        (name.to_string(), times, shares)
    };
    Figure {
        id: "ess".into(),
        title: "Effective sample size and ancestors".into(),
        caption: "As shares of the particles: (Σw)²/Σw² and e^H, H the entropy of the weights, which rise where an island \
                  resamples or jumps, and the particles at time 0 that still have offspring."
            .into(),
        plot: Plot::Time(TimePlot {
            quantity: "share of N".into(),
            logarithmic: false,
            lines: vec![
                line("effective sample size", |instant| instant.ess),
                line("e^entropy", |instant| instant.entropy.exp()),
                line("ancestors", |instant| instant.ancestors as f64),
            ],
        }),
    }
}

fn weight_histogram(population: &Population) -> Option<Figure> {
    let WeightHistogram { low, high, shares } = population.weight_histogram(WEIGHT_BINS)?;
    let edge = |k: usize| low + (high - low) * k as f64 / WEIGHT_BINS as f64;
    Some(Figure {
        id: "weights".into(),
        title: "Weights at the horizon".into(),
        caption: "Shares of the particles by log₁₀ of their weight; 0 is the mean weight.".into(),
        plot: Plot::Histogram(HistogramPlot {
            quantity: "log₁₀(weight / mean weight)".into(),
            edges: (0..=WEIGHT_BINS).map(|k| edge(k) / std::f64::consts::LN_10).collect(),
            shares,
        }),
    })
}
