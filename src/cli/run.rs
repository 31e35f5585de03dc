use super::job::{Job, open};
use super::summary::{summarize, warn};
use super::supervise::{Checkpoints, Supervision, signals, supervise};
use super::terminal::{note, print};
use super::{Failure, RunArguments, status, use_threads};
use indicatif::MultiProgress;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wfr::folder::Folder;
use wfr::particles::Ensemble;
use wfr::report::{
    Facts, Page, data_files, path_name, write_arrays, write_particles, write_path, write_pdfs, write_series,
};
use wfr::scenario::Scenario;
use wfr::study::Run;

/// Room for pictures, tables and pages, generously.
const REPORT_BYTES: f64 = 16.0 * (1 << 20) as f64;
/// Room for arrays over the cells of a grid: the densities, and a few modes.
const BYTES_PER_CELL: f64 = 64.0;

pub fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let interrupted = Arc::default();
    arguments.shared.limits.enforce(&interrupted)?;
    // Some scenarios are computed with when they are read.
    use_threads(arguments.shared.threads)?;
    let interval = interval(arguments.shared.checkpoint)?;
    let (mut job, mut folder) = match (&arguments.resume, &arguments.file) {
        (Some(path), _) => Job::interrupted(path, arguments.shared.limits.access())?,
        (None, Some(file)) => {
            let job = Job::new(
                file,
                &arguments.shared.set,
                arguments.shared.seed,
                arguments.shared.limits.access(),
            )?;
            let folder = open(&job.folder(arguments.out.as_deref()))?;
            (job, folder)
        }
        (None, None) => {
            return Err(Failure::Input("found no scenario; expected FILE or --resume DIR".into()));
        }
    };
    let scenario = job.scenario.clone();
    if let Some(index) = arguments.dump_path {
        check_index(&scenario, index)?;
    }
    check_space(folder.path(), &scenario)?;
    signals(&interrupted)?;
    job.begin(&mut folder)?;
    let checkpoints = Checkpoints {
        path: folder.state_file(),
        fingerprint: job.fingerprint,
        interval,
        from: job.from.take(),
    };
    let asked = Asked {
        scenario: &scenario,
        command: &command(),
        path: arguments.dump_path,
        index: None,
        whole: true,
        quiet: arguments.shared.quiet,
    };
    let run = execute(asked, &mut folder, &MultiProgress::new(), Some(checkpoints), &interrupted)?;
    let cut_short = run.findings.incomplete && interrupted.load(Ordering::Relaxed);
    if !cut_short {
        folder.forget()?;
    }
    if !arguments.shared.quiet {
        summarize(&run.findings);
        note(&format!("report: {}", folder.path().join("report.html").display()));
        if cut_short {
            note(&format!("interrupted; to go on: wfr run --resume {}", folder.path().display()));
        }
    }
    if arguments.json {
        print(&wfr::report::result_json(&run.findings))?;
    }
    Ok(status(run.findings.ending()))
}

/// How often particles are kept.
pub fn interval(seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| Failure::Input(format!("--checkpoint {seconds}: {error}; expected seconds")))
}

/// The command line, with what is no text replaced.
pub fn command() -> String {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// What is to be done.
pub struct Asked<'a> {
    pub scenario: &'a Scenario,
    /// The command line that repeats it.
    pub command: &'a str,
    /// The particle whose path is written too.
    pub path: Option<usize>,
    /// The address of the index from the folder, where there is one.
    pub index: Option<&'a str>,
    /// Whether what takes room is written, too: particles, if the scenario does not say otherwise, and PDF.
    pub whole: bool,
    pub quiet: bool,
}

/// Runs a scenario and publishes its report; its progress is one of the `bars`.
pub fn execute(
    asked: Asked<'_>,
    folder: &mut Folder,
    bars: &MultiProgress,
    checkpoints: Option<Checkpoints>,
    interrupted: &Arc<AtomicBool>,
) -> Result<Run, Failure> {
    let Asked { scenario, command, path: particle, index, whole, quiet } = asked;
    bars.suspend(|| scenario.warnings.iter().for_each(|warning| note(&format!("warning: {warning}"))));
    let supervision = Supervision { checkpoints, path: particle, quiet };
    let (mut run, path) = supervise(scenario, supervision, interrupted, bars)?;
    scenario.sign(&mut run.findings);
    bars.suspend(|| warn(&run.findings, &scenario.warnings));
    let mut files = data_files(&run, whole);
    files.extend(
        particle.filter(|_| path.is_some()).map(|particle| (path_name(particle), "the path of a particle")),
    );
    let page = Page {
        findings: &run.findings,
        figures: &run.figures,
        scenario_source: &scenario.source,
        sentence: &scenario.sentence(),
        problem: &scenario.statement(),
        pdf: whole,
        files: &files,
        index,
        facts: Facts {
            version: env!("CARGO_PKG_VERSION").into(),
            machine: machine(),
            seed: scenario.plan.particles().map(|particles| particles.seed),
            command: command.into(),
        },
        timings: &run.timings,
    };
    let staging = folder.staging();
    wfr::report::write(&staging, &page)?;
    write_arrays(&staging, &run.arrays)?;
    write_series(&staging, &run.series)?;
    if whole {
        write_pdfs(&staging, &run.figures)?;
        run.particles.as_ref().map_or(Ok(()), |own| write_particles(&staging, own))?;
    }
    if let (Some(particle), Some(path)) = (particle, path) {
        write_path(&staging, particle, &path)?;
    }
    let kept = |error| Failure::Output(format!("{error}\nthe new files are in {}", staging.display()));
    folder.publish().map_err(kept)?;
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

/// Operating system, architecture and number of processors.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{} {}, {processors} processors", std::env::consts::OS, std::env::consts::ARCH)
}

/// Makes sure that two states of the particles, the old one and the new one, their file and the report have room.
pub fn check_space(folder: &Path, scenario: &Scenario) -> Result<(), Failure> {
    let plan = &scenario.plan;
    let state = plan
        .particles()
        .map_or(0.0, |settings| Ensemble::bytes(settings.total_count(), plan.problem().dimension()));
    let cells = plan.grid().map_or(0.0, |grid| grid.cells.iter().map(|&cells| cells as f64).product());
    let needed = REPORT_BYTES + 3.0 * state + BYTES_PER_CELL * cells;
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
