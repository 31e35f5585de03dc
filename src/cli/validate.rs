use super::job::open;
use super::queue::in_order;
use super::run::{Asked, execute, total};
use super::summary::verdicts;
use super::supervise::signals;
use super::terminal::note;
use super::{Failure, ValidateArguments, baseline, status, use_threads};
use indicatif::MultiProgress;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use wfr::files::{WriteError, make_folder, write_atomically};
use wfr::folder::Folder;
use wfr::model::{Dynamics, Problem};
use wfr::report::{INDEX_FOLDER, Index, IndexEntry, has_index, result_json};
use wfr::scenario::{Scenario, Vocabulary, load_with};
use wfr::study::{Ending, Run};

/// Figures that left the baseline, of which so many are named.
const SHOWN_DRIFTS: usize = 12;
/// What is said of a quick run.
const QUICK: &str = "quick run: fewer particles, coarser grids and steps in the plane, Monte-Carlo orders only where they are cheap, no multilevel";
/// Head of the history of the baselines.
const HISTORY: &str = "version,scenario,figures that moved,reason\n";

/// Pages to which the index links, where they are.
const LINKS: [(&str, &str); 6] = [
    ("schemes/index.html", "schemes"),
    ("faults.md", "planted faults"),
    ("confusion.md", "right and wrong verdicts"),
    ("calibration.md", "calibration"),
    ("hard-cases.md", "hard cases"),
    ("../docs/src/SUMMARY.md", "guide"),
];

/// A scenario to run.
struct Item {
    file: PathBuf,
    scenario: Scenario,
    folder: Mutex<Folder>,
    /// Where its baseline is stored, and what is stored there.
    baseline: Option<(PathBuf, Option<Value>)>,
}

pub fn run(arguments: &ValidateArguments) -> Result<u8, Failure> {
    let interrupted = Arc::default();
    arguments.limits.enforce(&interrupted)?;
    // Some scenarios are computed with when they are read.
    use_threads(arguments.threads)?;
    let scenarios = scenarios(arguments)?;
    let mut index =
        Folder::open(&arguments.out, INDEX_FOLDER).map_err(|error| Failure::Input(error.to_string()))?;
    let item = |(file, scenario): (PathBuf, Scenario)| {
        let folder = Mutex::new(open(&arguments.out.join(&scenario.name))?);
        let path = baseline_file(&file).filter(|_| !arguments.quick);
        path.as_deref().and_then(Path::parent).map_or(Ok(()), baseline::check)?;
        let baseline =
            path.map(|path| Ok::<_, Failure>((path.clone(), baseline::stored(&path)?))).transpose()?;
        Ok::<_, Failure>(Item { file, scenario, folder, baseline })
    };
    let items: Vec<Item> = scenarios.into_iter().map(item).collect::<Result<_, _>>()?;
    signals(&interrupted)?;
    index.begin(wfr::report::unfinished_index())?;
    let bars = MultiProgress::new();
    let date = today();
    let mut ending = Ending::Pass;
    let (mut entries, mut orders) = (Vec::new(), Vec::new());
    let compute = |Item { file, scenario, folder, .. }: &Item| {
        // After an interruption, those that have not begun are left out.
        if interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.begin(result_json(&Run::begun(&scenario.name).findings))?;
        let (command, index) = (&repeat(arguments, file), Some("../index.html"));
        let asked = Asked { scenario, command, path: None, index, whole: false, quiet: false };
        execute(asked, &mut folder, &bars, None, &interrupted).map(Some)
    };
    let mut left_out = Vec::new();
    in_order(&items, compute, |item, run| {
        let Some(run) = run else {
            left_out.push(item.scenario.name.clone());
            return Ok(());
        };
        let cut_short = run.findings.incomplete && interrupted.load(Ordering::Relaxed);
        let duration = total(&run);
        bars.suspend(|| {
            note(&format!("{}: {:.1} s", item.scenario.name, duration.as_secs_f64()));
            verdicts(&run.findings);
            ending = ending.max(run.findings.ending());
            let Some((baseline, stored)) = item.baseline.as_ref().filter(|_| !cut_short) else {
                return Ok(());
            };
            let result = result_json(&run.findings);
            let update = arguments.update_baseline.as_deref();
            if !baseline_step((baseline, stored.as_ref()), &item.scenario.name, &result, update)? {
                ending = ending.max(Ending::Fail);
            }
            if let Some(folder) = baseline.parent() {
                let stored = update.map(|reason| (date.as_str(), reason));
                orders.extend(baseline::orders(folder, &run.findings, stored)?);
            }
            Ok::<(), Failure>(())
        })?;
        entries.push(IndexEntry {
            findings: run.findings,
            figures: run.figures,
            sentence: item.scenario.sentence(),
            group: group(item.scenario.plan.problem()).into(),
            duration,
        });
        Ok(())
    })?;
    if interrupted.load(Ordering::Relaxed) {
        note("interrupted: the index has what was done until now");
        if !left_out.is_empty() {
            note(&format!("not begun: {}", left_out.join(", ")));
        }
        ending = Ending::Incomplete;
    }
    let links: Vec<_> = LINKS.into_iter().filter(|(link, _)| arguments.out.join(link).exists()).collect();
    let of = match &arguments.paths[..] {
        [only] => only.file_stem().unwrap_or_default().to_string_lossy(),
        _ => "".into(),
    };
    let above = has_index(&arguments.out.join(".."));
    let all = Index { of: &of, above, entries: &entries, orders: &orders, links: &links, date: &date };
    wfr::report::write_index(&index.staging(), &all)?;
    index.publish()?;
    note(&format!("index: {}", arguments.out.join("index.html").display()));
    Ok(status(ending))
}

/// The command that makes the report of one scenario again: another folder would not have its name.
fn repeat(arguments: &ValidateArguments, file: &Path) -> String {
    let quick = if arguments.quick { " --quick" } else { "" };
    let seed = arguments.seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
    format!("wfr validate{quick}{seed} {}", file.display())
}

/// The day, as 2026-11-30.
fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// The heading of the index under which a problem stands.
fn group(problem: &Problem) -> &'static str {
    match &problem.dynamics {
        Dynamics::GradientFlow(_) => "Overdamped flows",
        Dynamics::Kinetic(_) => "Underdamped flows",
        Dynamics::Sde(_) => "Itô equations",
        Dynamics::Annealed(_) => "Annealed flows",
        Dynamics::ReverseDiffusion(_) => "Reverse diffusions",
    }
}

/// The scenarios to run, with the files that they are from.
fn scenarios(arguments: &ValidateArguments) -> Result<Vec<(PathBuf, Scenario)>, Failure> {
    let paths =
        if arguments.paths.is_empty() { vec![PathBuf::from("validation")] } else { arguments.paths.clone() };
    let mut scenarios: Vec<(PathBuf, Scenario)> = Vec::new();
    for file in files(&paths)? {
        let mut scenario = load_with(&file, &[], &Vocabulary::within(arguments.limits.access()))?;
        // Whoever names the file means it.
        if arguments.quick && scenario.large && !arguments.paths.contains(&file) {
            continue;
        }
        if arguments.quick {
            scenario.plan = scenario.plan.quick();
            scenario.warnings.push(QUICK.into());
        }
        if let Some(seed) = arguments.seed {
            scenario.plan = scenario.plan.reseeded(seed);
        }
        if let Some((other, _)) = scenarios.iter().find(|(_, other)| other.name == scenario.name) {
            let (a, b) = (other.display(), file.display());
            return Err(Failure::Input(format!("{a} and {b} have the same name, \"{}\"", scenario.name)));
        }
        scenarios.push((file, scenario));
    }
    Ok(scenarios)
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

/// validation/baseline/NAME.json beside validation/NAME.toml.
fn baseline_file(scenario: &Path) -> Option<PathBuf> {
    let stem = scenario.file_stem()?;
    Some(scenario.parent()?.join("baseline").join(stem).with_extension("json"))
}

/// Stores the result, or compares it with the stored one: false if a figure drifted.
fn baseline_step(
    (baseline, stored): (&Path, Option<&Value>),
    scenario: &str,
    result: &str,
    update: Option<&str>,
) -> Result<bool, Failure> {
    let found = serde_json::from_str(result).unwrap_or_default();
    let drifts = stored.map(|stored| baseline::drifts(stored, &found)).unwrap_or_default();
    if let (Some(reason), Some(folder)) = (update, baseline.parent()) {
        let failed = |error: WriteError| Failure::Input(error.to_string());
        make_folder(folder).map_err(failed)?;
        write_atomically(baseline, result).map_err(failed)?;
        let history = folder.join(baseline::HISTORY);
        let mut lines = baseline::read_or_empty(&history)?;
        if lines.is_empty() {
            lines.push_str(HISTORY);
        }
        lines.push_str(&baseline::history_line(scenario, drifts.len(), reason));
        write_atomically(&history, lines).map_err(failed)?;
        return Ok(true);
    }
    for drift in drifts.iter().take(SHOWN_DRIFTS) {
        note(&format!(
            "{:>12}  {}: the baseline has {}, found {}",
            "DRIFT", drift.place, drift.before, drift.now
        ));
    }
    if drifts.len() > SHOWN_DRIFTS {
        note(&format!("{:>12}  and {} more", "", drifts.len() - SHOWN_DRIFTS));
    }
    if drifts.is_empty() && stored.is_some_and(|stored| !baseline::same_figures(stored, &found)) {
        note(&format!(
            "{:>12}  not the same bits as {}, but the same within all errors",
            "note",
            baseline.display()
        ));
    }
    Ok(drifts.is_empty())
}
