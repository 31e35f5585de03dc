use super::run::{execute, prepare, status, summarize, total};
use super::{Failure, INCONCLUSIVE, ValidateArguments, use_threads};
use std::path::{Path, PathBuf};
use wfr::report::IndexEntry;
use wfr::scenario::{Scenario, load};
use wfr::study::{OrderMethod, StudySettings};

/// Particles of a quick run, at most.
const QUICK_PARTICLES: usize = 20_000;

pub fn run(arguments: &ValidateArguments) -> Result<u8, Failure> {
    let paths =
        if arguments.paths.is_empty() { vec![PathBuf::from("validation")] } else { arguments.paths.clone() };
    let mut scenarios = Vec::new();
    for file in files(&paths)? {
        let mut scenario = load(&file, &[])?;
        if arguments.quick {
            make_quick(&mut scenario);
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

    let mut worst = 0;
    let mut entries = Vec::new();
    for (file, scenario) in &scenarios {
        let folder = arguments.out.join(&scenario.name);
        prepare(&folder)?;
        let command = format!("wfr run {}", file.display());
        let run = execute(scenario, &folder, false, &command)?;
        eprintln!("{}: {:.1} s", scenario.name, total(&run).as_secs_f64());
        summarize(&run.findings);
        worst = graver(worst, status(&run.findings));
        if let Some(baseline) = baseline_file(file) {
            let result = wfr::report::result_json(&run.findings);
            baseline_step(&baseline, &result, arguments)?;
        }
        entries.push(IndexEntry {
            findings: run.findings,
            figures: run.figures,
            duration: run.timings.iter().map(|t| t.1).sum(),
        });
    }
    wfr::report::write_index(&arguments.out, &entries)?;
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

fn make_quick(scenario: &mut Scenario) {
    if let Some(particles) = &mut scenario.plan.particles {
        particles.count = particles.count.min(QUICK_PARTICLES);
    }
    for study in &mut scenario.plan.studies {
        if let StudySettings::WeakOrder(settings) = study {
            settings.methods.retain(|method| *method != OrderMethod::MonteCarlo);
        }
    }
    scenario.plan.studies.retain(|study| !matches!(study, StudySettings::Multilevel(_)));
    scenario.warnings.push("quick run: fewer particles, no Monte-Carlo order studies, no multilevel".into());
}

/// validation/baseline/NAME.json beside validation/NAME.toml.
fn baseline_file(scenario: &Path) -> Option<PathBuf> {
    let stem = scenario.file_stem()?;
    Some(scenario.parent()?.join("baseline").join(stem).with_extension("json"))
}

/// Stores the result, or says whether it is still the stored one.
fn baseline_step(baseline: &Path, result: &str, arguments: &ValidateArguments) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Input(format!("{}: {error}", baseline.display()));
    if arguments.update_baseline && !arguments.quick {
        if let Some(folder) = baseline.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        return std::fs::write(baseline, result).map_err(failed);
    }
    if arguments.quick || !baseline.exists() {
        return Ok(());
    }
    let stored = std::fs::read_to_string(baseline).map_err(failed)?;
    if stored != result {
        eprintln!("{:>12}  result.json differs from {}", "note", baseline.display());
    }
    Ok(())
}
