use super::job::Job;
use super::summary::{summarize, warn};
use super::supervise::{Checkpoints, signals, supervise};
use super::terminal::{note, print};
use super::{Failure, RunArguments, status, use_threads};
use indicatif::MultiProgress;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wfr::particles::Ensemble;
use wfr::report::{Facts, Page};
use wfr::scenario::Scenario;
use wfr::study::{Run, particle_path};

/// Room for pictures, tables and pages, generously.
const REPORT_BYTES: f64 = 16.0 * (1 << 20) as f64;
/// Room for arrays over the cells of a grid: the densities, and a few modes.
const BYTES_PER_CELL: f64 = 64.0;

pub fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    // Some scenarios are computed with when they are read.
    use_threads(arguments.threads)?;
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
        note(&format!("report: {}", folder.join("report.html").display()));
        if cut_short {
            note(&format!("interrupted; to go on: wfr run --resume {}", folder.display()));
        }
    }
    if arguments.json {
        print(&wfr::report::result_json(&run.findings));
    }
    Ok(status(run.findings.ending()))
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
    bars.suspend(|| scenario.warnings.iter().for_each(|warning| note(&format!("warning: {warning}"))));
    let run = supervise(scenario, checkpoints, interrupted, quiet, bars)?;
    bars.suspend(|| warn(&run.findings, &scenario.warnings));
    let page = Page {
        findings: &run.findings,
        figures: &run.figures,
        scenario_source: &scenario.source,
        facts: Facts {
            version: env!("CARGO_PKG_VERSION").into(),
            machine: machine(),
            seed: scenario.plan.particles().map(|particles| particles.seed),
            command: command.into(),
        },
        timings: &run.timings,
    };
    wfr::report::write(folder, &page)?;
    Ok(run)
}

fn check_index(scenario: &Scenario, index: usize) -> Result<(), Failure> {
    let expected = match scenario.plan.particles() {
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
    let plan = &scenario.plan;
    let state = plan
        .particles()
        .map_or(0.0, |settings| Ensemble::bytes(settings.total_count(), plan.problem().dimension()));
    let cells = plan.grid().map_or(0.0, |grid| grid.cells.iter().map(|&cells| cells as f64).product());
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

/// Sum of the parts' times.
pub fn total(run: &Run) -> Duration {
    run.timings.iter().map(|(_, time)| *time).sum()
}
