use super::job::Job;
use super::supervise::{Checkpoints, signals, supervise};
use super::{BROKE_DOWN, FAILED, Failure, INCONCLUSIVE, RunArguments, use_threads};
use indicatif::MultiProgress;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wfr::particles::Ensemble;
use wfr::report::{Facts, Page};
use wfr::scenario::Scenario;
use wfr::study::findings::{Findings, Outcome, Verdict};
use wfr::study::{Plan, Run, StudySettings, particle_path};

/// Room for pictures, tables and pages, generously.
const REPORT_BYTES: f64 = 16.0 * (1 << 20) as f64;
/// Room for arrays over the cells of a grid: the densities, and a few modes.
const BYTES_PER_CELL: f64 = 64.0;

pub fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let interval = Duration::try_from_secs_f64(arguments.checkpoint).map_err(|error| {
        Failure::Input(format!("--checkpoint {}: {error}; expected seconds", arguments.checkpoint))
    })?;
    let mut job = match (&arguments.resume, &arguments.file) {
        (Some(folder), _) => Job::interrupted(folder)?,
        (None, Some(file)) => Job::new(file, arguments)?,
        (None, None) => {
            return Err(Failure::Input("found no scenario; expected FILE or --resume DIR".into()));
        }
    };
    let (scenario, folder) = (job.scenario.clone(), job.folder.clone());
    if let Some(index) = arguments.dump_path {
        check_index(&scenario, index)?;
    }
    use_threads(arguments.threads)?;
    prepare(&folder)?;
    check_space(&folder, &scenario)?;
    job.begin()?;
    let command = std::env::args().collect::<Vec<_>>().join(" ");
    if let Some(index) = arguments.dump_path {
        dump_path(&scenario, index, &folder)?;
    }
    let interrupted = signals()?;
    let from = job.from.take();
    let checkpoints = Checkpoints { path: job.state_file(), fingerprint: job.fingerprint, interval, from };
    let bars = MultiProgress::new();
    let run = execute(&scenario, &folder, arguments.quiet, &command, &bars, Some(checkpoints), &interrupted)?;
    wfr::report::write_arrays(&folder, &run.arrays)?;
    let cut_short = run.findings.incomplete && interrupted.load(Ordering::Relaxed);
    if !cut_short {
        job.end()?;
    }
    if !arguments.quiet {
        summarize(&run.findings);
        eprintln!("report: {}", folder.join("report.html").display());
        if cut_short {
            eprintln!("interrupted; to go on: wfr run --resume {}", folder.display());
        }
    }
    if arguments.json {
        print!("{}", wfr::report::result_json(&run.findings));
    }
    Ok(status(&run.findings))
}

/// Runs a scenario and writes its report; its progress is one of the `bars`.
pub fn execute(
    scenario: &Scenario,
    folder: &Path,
    quiet: bool,
    command: &str,
    bars: &MultiProgress,
    checkpoints: Option<Checkpoints>,
    interrupted: &Arc<AtomicBool>,
) -> Result<Run, Failure> {
    if !quiet {
        bars.suspend(|| scenario.warnings.iter().for_each(|warning| eprintln!("warning: {warning}")));
    }
    let run = supervise(scenario, checkpoints, interrupted, quiet, bars)?;
    if !quiet {
        let own = run.findings.warnings.iter().skip(scenario.warnings.len());
        bars.suspend(|| own.for_each(|warning| eprintln!("warning: {warning}")));
    }
    let page = Page {
        findings: &run.findings,
        figures: &run.figures,
        scenario_source: &scenario.source,
        facts: Facts {
            version: env!("CARGO_PKG_VERSION").into(),
            machine: machine(),
            seed: scenario.plan.particles.as_ref().map(|particles| particles.seed),
            command: command.into(),
        },
        timings: &run.timings,
    };
    wfr::report::write(folder, &page)?;
    Ok(run)
}

fn check_index(scenario: &Scenario, index: usize) -> Result<(), Failure> {
    let expected = match &scenario.plan.particles {
        Some(settings) if settings.mean_field.is_some() => {
            "density = \"oracle\": the weights of the others are part of the path".into()
        }
        Some(settings) if index < settings.count => return Ok(()),
        Some(settings) => format!("an index below particles.count, {}", settings.count),
        None => "a scenario with [particles]".into(),
    };
    Err(Failure::Input(format!("--dump-path: found {index}; expected {expected}")))
}

/// Writes the path of one particle. If the grid that its weight needs breaks down, so does the run, which reports it.
fn dump_path(scenario: &Scenario, index: usize, folder: &Path) -> Result<(), Failure> {
    match particle_path(&scenario.plan, index) {
        Ok(Some(path)) => Ok(wfr::report::write_path(folder, index, &path)?),
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Operating system, architecture and number of processors.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{} {}, {processors} processors", std::env::consts::OS, std::env::consts::ARCH)
}

/// Makes sure, before anything is computed, that the folder can be written to.
pub fn prepare(folder: &PathBuf) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::Input(format!("{}: cannot be written to: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let probe = folder.join(".wfr-probe");
    std::fs::write(&probe, b"").map_err(failed)?;
    std::fs::remove_file(&probe).map_err(failed)?;
    Ok(wfr::files::remove_unfinished(folder)?)
}

/// Makes sure that two states of the particles, the old one and the new one, and the report have room.
fn check_space(folder: &Path, scenario: &Scenario) -> Result<(), Failure> {
    let Plan { problem, particles, grid, .. } = &scenario.plan;
    let state = particles
        .as_ref()
        .map_or(0.0, |settings| Ensemble::bytes(settings.total_count(), problem.dimension()));
    let cells = grid.as_ref().map_or(0.0, |grid| grid.cells.iter().map(|&cells| cells as f64).product());
    let needed = REPORT_BYTES + 2.0 * state + BYTES_PER_CELL * cells;
    // Where the system does not tell, writing will.
    match fs4::available_space(folder) {
        Ok(free) if (free as f64) < needed => {
            let mebibytes = |bytes: f64| (bytes / 2f64.powi(20)).ceil();
            Err(Failure::Input(format!(
                "{}: found {} MiB of free space; expected {} MiB, for the report and two states of the particles",
                folder.display(),
                mebibytes(free as f64),
                mebibytes(needed)
            )))
        }
        _ => Ok(()),
    }
}

/// Gives all random streams another seed.
pub fn reseed(scenario: &mut Scenario, seed: u64) {
    if let Some(particles) = &mut scenario.plan.particles {
        particles.seed = seed;
    }
    for study in &mut scenario.plan.studies {
        match study {
            StudySettings::WeakOrder(settings) => settings.seed = seed,
            StudySettings::Multilevel(settings) => settings.seed = seed,
            _ => (),
        }
    }
}

/// The exit status that the findings deserve.
pub fn status(findings: &Findings) -> u8 {
    if findings.incomplete {
        BROKE_DOWN
    } else if !findings.passed {
        FAILED
    } else if findings.inconclusive() {
        INCONCLUSIVE
    } else {
        0
    }
}

/// One line a study and one a failed check, on standard error.
pub fn summarize(findings: &Findings) {
    if let Some(breakdown) = &findings.breakdown {
        eprintln!("broke down: {breakdown}");
    }
    for study in &findings.studies {
        let verdict = match study.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "inconclusive",
        };
        let subject = match &study.outcome {
            Outcome::Compare(_) => "compare".to_string(),
            Outcome::WeakOrder(order) => format!("weak order, {}, {}", order.scheme, order.method),
            Outcome::GridOrder(order) => format!("grid order, {}", order.scheme),
            Outcome::Manufactured(order) => format!("manufactured solution, {}", order.scheme),
            Outcome::EnsembleOrder(order) => format!("ensemble order, {}", order.scheme),
            Outcome::Spectrum(_) => "spectrum".into(),
            Outcome::Divergences(_) => "divergences".into(),
            Outcome::Decay(_) => "decay".into(),
            Outcome::TargetLaw(_) => "target law".into(),
            Outcome::Barrier(_) => "barrier".into(),
            Outcome::WorkPrecision(_) => "work against precision".into(),
            Outcome::Multilevel(found) => format!("multilevel, {}", found.scheme),
        };
        eprintln!("{verdict:>12}  {subject}: {}", study.why);
        let needed = match &study.outcome {
            Outcome::WeakOrder(order) => order.paths_needed,
            Outcome::Multilevel(found) => found.paths_needed,
            _ => None,
        };
        if let Some(paths) = needed {
            eprintln!("{:>12}  about {paths:.1e} paths would settle it", "", paths = paths as f64);
        }
    }
    for check in findings.checks.iter().filter(|check| !check.passed) {
        eprintln!(
            "{:>12}  {}: {:.3e} exceeds {:.3e} ({})",
            "FAIL", check.name, check.value, check.threshold, check.why
        );
    }
    let held = findings.checks.iter().filter(|check| check.passed).count();
    eprintln!("{:>12}  {held} of {} checks hold", "", findings.checks.len());
}

/// Sum of the parts' times.
pub fn total(run: &Run) -> Duration {
    run.timings.iter().map(|(_, time)| *time).sum()
}
