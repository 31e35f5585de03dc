use super::queue::in_order;
use super::run::{execute, prepare, reseed, status, summarize, total};
use super::supervise::signals;
use super::{BROKE_DOWN, FAILED, Failure, INCONCLUSIVE, ValidateArguments, baseline, use_threads};
use indicatif::MultiProgress;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use wfr::files::{WriteError, make_folder, write_atomically};
use wfr::report::IndexEntry;
use wfr::scenario::{Scenario, load};
use wfr::study::{OrderMethod, StudySettings};

/// Particles of a quick run, at most.
const QUICK_PARTICLES: usize = 10_000;
/// Monte-Carlo orders that may take more paths than these are left out of one.
const QUICK_PATHS: u64 = 1_000_000;
/// Heights of a barrier in one.
const QUICK_HEIGHTS: usize = 2;
/// Figures that left the baseline, of which so many are named.
const SHOWN_DRIFTS: usize = 12;
/// Head of the history of the baselines.
const HISTORY: &str = "version,scenario,figures that moved,reason\n";

pub fn run(arguments: &ValidateArguments) -> Result<u8, Failure> {
    let paths =
        if arguments.paths.is_empty() { vec![PathBuf::from("validation")] } else { arguments.paths.clone() };
    let mut scenarios = Vec::new();
    for file in files(&paths)? {
        let mut scenario = load(&file, &[])?;
        if arguments.quick {
            // Whoever names the file means it.
            if scenario.large && !arguments.paths.contains(&file) {
                continue;
            }
            make_quick(&mut scenario);
        }
        if let Some(seed) = arguments.seed {
            reseed(&mut scenario, seed);
        }
        if let Some(other) =
            scenarios.iter().find(|(_, other): &&(PathBuf, Scenario)| other.name == scenario.name)
        {
            let (a, b) = (other.0.display(), file.display());
            return Err(Failure::Input(format!("{a} and {b} have the same name, \"{}\"", scenario.name)));
        }
        scenarios.push((file, scenario));
    }
    use_threads(arguments.threads)?;
    prepare(&arguments.out)?;

    let interrupted = signals()?;
    let mut worst = 0;
    let (mut entries, mut orders) = (Vec::new(), Vec::new());
    let bars = MultiProgress::new();
    in_order(
        &scenarios,
        |(file, scenario)| {
            // After an interruption, those that have not begun are left out.
            if interrupted.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let folder = arguments.out.join(&scenario.name);
            prepare(&folder)?;
            let command = format!("wfr run {}", file.display());
            execute(scenario, &folder, false, &command, &bars, None, &interrupted).map(Some)
        },
        |(file, scenario), run| {
            let Some(run) = run else { return Ok(()) };
            let cut_short = run.findings.incomplete && interrupted.load(Ordering::Relaxed);
            bars.suspend(|| {
                eprintln!("{}: {:.1} s", scenario.name, total(&run).as_secs_f64());
                summarize(&run.findings);
                worst = graver(worst, status(&run.findings));
                if let Some(baseline) = baseline_file(file).filter(|_| !cut_short) {
                    let result = wfr::report::result_json(&run.findings);
                    if !baseline_step(&baseline, &scenario.name, &result, arguments)? {
                        worst = graver(worst, FAILED);
                    }
                    if let Some(folder) = baseline.parent().filter(|_| !arguments.quick) {
                        let update = arguments.update_baseline.is_some();
                        orders.extend(baseline::orders(folder, &run.findings, update)?);
                    }
                }
                Ok::<(), Failure>(())
            })?;
            entries.push(IndexEntry {
                findings: run.findings,
                figures: run.figures,
                duration: run.timings.iter().map(|t| t.1).sum(),
            });
            Ok(())
        },
    )?;
    if interrupted.load(Ordering::Relaxed) {
        eprintln!("interrupted: the index has what was done until now");
        worst = BROKE_DOWN;
    }
    wfr::report::write_index(&arguments.out, &entries, &orders)?;
    eprintln!("index: {}", arguments.out.join("index.html").display());
    Ok(worst)
}

/// The graver of two exit statuses: broke down, failed, inconclusive, passed.
fn graver(a: u8, b: u8) -> u8 {
    let gravity = |status| if status == INCONCLUSIVE { 1 } else { 2 * status };
    if gravity(a) >= gravity(b) { a } else { b }
}

/// The files themselves, and the TOML files in the folders, in order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path, reason: String| Failure::Input(format!("{}: {reason}", path.display()));
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|error| failed(path, error.to_string()))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        if found.is_empty() {
            return Err(failed(path, "found no scenario; expected *.toml files".into()));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

/// Keeps every kind of witness, and what each is cheap for.
fn make_quick(scenario: &mut Scenario) {
    let plan = &mut scenario.plan;
    if let Some(particles) = &mut plan.particles {
        particles.count = particles.count.min(QUICK_PARTICLES);
    }
    if let Some(grid) = &mut plan.grid
        && grid.cells.len() > 1
    {
        grid.cells.iter_mut().for_each(|cells| *cells = cells.div_ceil(2));
        if let Some(particles) = &mut plan.particles {
            particles.step *= 2.0;
        }
    }
    let plane = plan.problem.dimension() > 1;
    // Paths of a reacting flow look log ρ up at every step.
    let cheap = !plane && !plan.problem.reacts();
    for study in &mut plan.studies {
        match study {
            StudySettings::WeakOrder(settings) => settings.methods.retain(|method| match method {
                OrderMethod::Proof => true,
                OrderMethod::Law | OrderMethod::Prediction => !plane,
                OrderMethod::MonteCarlo => cheap && settings.max_paths <= QUICK_PATHS,
            }),
            StudySettings::Barrier(settings) => {
                settings.heights.truncate(QUICK_HEIGHTS);
                settings.potentials.truncate(QUICK_HEIGHTS);
            }
            _ => (),
        }
    }
    let asks = |study: &StudySettings| !matches!(study, StudySettings::WeakOrder(settings) if settings.methods.is_empty());
    plan.studies.retain(|study| asks(study) && !matches!(study, StudySettings::Multilevel(_)));
    scenario.warnings.push(
        "quick run: fewer particles, coarser grids and steps in the plane, Monte-Carlo orders only where they are cheap, no multilevel"
            .into(),
    );
}

/// validation/baseline/NAME.json beside validation/NAME.toml.
fn baseline_file(scenario: &Path) -> Option<PathBuf> {
    let stem = scenario.file_stem()?;
    Some(scenario.parent()?.join("baseline").join(stem).with_extension("json"))
}

/// Stores the result, or compares it with the stored one: false if a figure drifted.
fn baseline_step(
    baseline: &Path,
    scenario: &str,
    result: &str,
    arguments: &ValidateArguments,
) -> Result<bool, Failure> {
    if arguments.quick {
        return Ok(true);
    }
    let found = serde_json::from_str(result).unwrap_or_default();
    let stored = baseline::stored(baseline);
    let drifts = stored.as_ref().map(|stored| baseline::drifts(stored, &found)).unwrap_or_default();
    if let (Some(reason), Some(folder)) = (&arguments.update_baseline, baseline.parent()) {
        let failed = |error: WriteError| Failure::Input(error.to_string());
        make_folder(folder).map_err(failed)?;
        write_atomically(baseline, result).map_err(failed)?;
        let history = folder.join("HISTORY.csv");
        let mut lines = baseline::read_or_empty(&history)?;
        if lines.is_empty() {
            lines.push_str(HISTORY);
        }
        lines.push_str(&baseline::history_line(scenario, drifts.len(), reason));
        write_atomically(&history, lines).map_err(failed)?;
        return Ok(true);
    }
    for drift in drifts.iter().take(SHOWN_DRIFTS) {
        eprintln!("{:>12}  {}: the baseline has {}, found {}", "DRIFT", drift.place, drift.before, drift.now);
    }
    if drifts.len() > SHOWN_DRIFTS {
        eprintln!("{:>12}  and {} more", "", drifts.len() - SHOWN_DRIFTS);
    }
    let same_bits = std::fs::read_to_string(baseline).is_ok_and(|stored| stored == result);
    if stored.is_some() && drifts.is_empty() && !same_bits {
        eprintln!(
            "{:>12}  not the same bits as {}, but the same within all errors",
            "note",
            baseline.display()
        );
    }
    Ok(drifts.is_empty())
}
