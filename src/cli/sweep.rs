//! `wfr sweep`: one scenario over values of its keys.

use super::job::{Job, open, overrides};
use super::queue::in_order;
use super::run::{Asked, check_space, command, execute, interval};
use super::supervise::{Checkpoints, signals};
use super::terminal::note;
use super::{Failure, SweepArguments, status, use_threads};
use indicatif::MultiProgress;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use wfr::files::write_atomically;
use wfr::folder::Folder;
use wfr::report::{SWEEP_FOLDER, Sweep, SweepRow, result_json, unfinished_sweep, write_sweep};
use wfr::scenario::{Access, Vocabulary, parse_with};
use wfr::study::Ending;

/// Runs of a sweep, at most.
const MOST_RUNS: usize = 1000;

/// What was asked for: enough to ask again.
#[derive(Serialize, Deserialize)]
struct Request {
    version: String,
    file: PathBuf,
    source: String,
    name: String,
    keys: Vec<String>,
    set: Vec<String>,
    seed: Option<u64>,
    command: String,
}

/// One run of the sweep.
struct Point {
    values: Vec<String>,
    folder: String,
    work: Work,
}

/// What is to be done for it.
enum Work {
    /// A run, in its folder.
    Run(Box<Mutex<(Job, Folder)>>),
    /// Nothing: it came to its end before the sweep was cut short.
    Done(Value),
}

pub fn run(arguments: &SweepArguments) -> Result<u8, Failure> {
    let interrupted = Arc::default();
    arguments.shared.limits.enforce(&interrupted)?;
    use_threads(arguments.shared.threads)?;
    let every = interval(arguments.shared.checkpoint)?;
    let access = arguments.shared.limits.access();
    let (request, path) = request(arguments)?;
    let keys: Vec<(String, Vec<String>)> =
        request.keys.iter().map(|text| values(text)).collect::<Result<_, _>>()?;
    let resumed = arguments.resume.is_some();
    // Before any folder is made: what is wrong with a value leaves nothing behind.
    let jobs = jobs(&request, &keys, access)?;
    let mut folder = Folder::open(&path, SWEEP_FOLDER).map_err(|error| Failure::Input(error.to_string()))?;
    let point = |(values, name, job): (Vec<String>, String, Job)| {
        let work = work(job, &path.join(&name), resumed, access)?;
        Ok::<_, Failure>(Point { values, folder: name, work })
    };
    let points: Vec<Point> = jobs.into_iter().map(point).collect::<Result<_, _>>()?;
    signals(&interrupted)?;
    folder.begin(unfinished_sweep(&request.name))?;
    let text = serde_json::to_string_pretty(&request).expect("a request is plain data");
    write_atomically(&Folder::request_file(&path), text)?;

    let bars = MultiProgress::new();
    let compute = |point: &Point| {
        let own = match &point.work {
            Work::Done(result) => return Ok(Some((result.clone(), Ending::Pass))),
            Work::Run(own) => own,
        };
        if interrupted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (job, folder) = &mut *own.lock().unwrap_or_else(PoisonError::into_inner);
        job.begin(folder)?;
        let (path, fingerprint, from) = (folder.state_file(), job.fingerprint, job.from.take());
        let checkpoints = Checkpoints { path, fingerprint, interval: every, from };
        let asked = Asked {
            scenario: &job.scenario,
            command: &job.command(),
            path: None,
            index: Some("../sweep.html"),
            whole: true,
            quiet: arguments.shared.quiet,
        };
        let run = execute(asked, folder, &bars, Some(checkpoints), &interrupted)?;
        if !(run.findings.incomplete && interrupted.load(Ordering::Relaxed)) {
            folder.forget()?;
        }
        let result = serde_json::from_str(&result_json(&run.findings)).unwrap_or_default();
        Ok(Some((result, run.findings.ending())))
    };
    let (mut rows, mut ending) = (Vec::new(), Ending::Pass);
    in_order(&points, compute, |point, outcome| {
        let Some((result, own)) = outcome else { return Ok(()) };
        let row = SweepRow { values: point.values.clone(), folder: point.folder.clone(), result };
        ending = ending.max(own).max(row.ending());
        if !arguments.shared.quiet {
            bars.suspend(|| note(&format!("{:>12}  {}", row.ending().word(), point.folder)));
        }
        rows.push(row);
        Ok(())
    })?;
    let keys = keys.into_iter().map(|(key, _)| key).collect();
    let sweep = Sweep { name: request.name, keys, rows, command: request.command };
    write_sweep(&folder.staging(), &sweep)?;
    folder.publish()?;
    note(&format!("sweep: {}", path.join("sweep.html").display()));
    if interrupted.load(Ordering::Relaxed) {
        note(&format!("interrupted; to go on: wfr sweep --resume {}", path.display()));
        return Ok(status(Ending::Incomplete));
    }
    folder.forget()?;
    Ok(status(ending))
}

/// What is asked for, now or before the sweep was cut short, and the folder for it.
fn request(arguments: &SweepArguments) -> Result<(Request, PathBuf), Failure> {
    let version = env!("CARGO_PKG_VERSION").to_string();
    if let Some(path) = &arguments.resume {
        let file = Folder::request_file(path);
        let foreign = |found: String| Failure::Input(format!("--resume {}: {found}", path.display()));
        let text = std::fs::read_to_string(&file).map_err(|error| {
            foreign(format!(
                "found no interrupted sweep: {}: {error}; one that came to its end leaves none",
                file.display()
            ))
        })?;
        let request: Request = serde_json::from_str(&text).map_err(|error| {
            foreign(format!("found no request of a sweep: {error}; start anew without --resume"))
        })?;
        if request.version != version {
            return Err(foreign(format!("found a sweep of wfr {}; expected {version}", request.version)));
        }
        return Ok((request, path.clone()));
    }
    let (Some(file), false) = (&arguments.file, arguments.keys.is_empty()) else {
        return Err(Failure::Input(
            "found nothing to sweep; expected FILE and KEY=VALUE,… or --resume DIR".into(),
        ));
    };
    let job = Job::new(file, &arguments.shared.set, arguments.shared.seed, arguments.shared.limits.access())?;
    let name = job.scenario.name.clone();
    let path = arguments.out.clone().unwrap_or_else(|| Path::new("out").join(format!("{name}-sweep")));
    let request = Request {
        version,
        file: std::path::absolute(file).unwrap_or_else(|_| file.clone()),
        source: job.scenario.source,
        name,
        keys: arguments.keys.clone(),
        set: arguments.shared.set.clone(),
        seed: arguments.shared.seed,
        command: command(),
    };
    Ok((request, path))
}

/// KEY=VALUE,…: the key and its values. Commas within brackets and quotes part nothing.
fn values(text: &str) -> Result<(String, Vec<String>), Failure> {
    let expected = |found: &str| {
        Failure::Input(format!(
            "sweep: \"{text}\": found {found}; expected KEY=VALUE,VALUE,…, e.g. particles.count=1000,4000"
        ))
    };
    let (key, list) = text.split_once('=').ok_or_else(|| expected("no '='"))?;
    let (mut values, mut depth, mut quoted) = (vec![String::new()], 0i32, false);
    for c in list.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => (),
        }
        match values.last_mut() {
            Some(value) if c != ',' || quoted || depth > 0 => value.push(c),
            _ => values.push(String::new()),
        }
    }
    let values: Vec<String> = values.iter().map(|value| value.trim().to_string()).collect();
    if values.iter().any(String::is_empty) {
        return Err(expected("an empty value"));
    }
    Ok((key.trim().into(), values))
}

/// A run for each combination of values: the values, the name of its folder, and what is to be run.
fn jobs(
    request: &Request,
    keys: &[(String, Vec<String>)],
    access: Access,
) -> Result<Vec<(Vec<String>, String, Job)>, Failure> {
    let count: usize = keys.iter().map(|(_, values)| values.len()).fold(1, usize::saturating_mul);
    if count > MOST_RUNS {
        return Err(Failure::Input(format!(
            "sweep: found {count} combinations of values; expected at most {MOST_RUNS}"
        )));
    }
    let mut jobs: Vec<(Vec<String>, String, Job)> = Vec::new();
    for number in 0..count {
        // The last key changes fastest.
        let (mut rest, mut own) = (number, Vec::new());
        for (_, values) in keys.iter().rev() {
            own.push(values[rest % values.len()].clone());
            rest /= values.len();
        }
        own.reverse();
        let changed = keys.iter().zip(&own).map(|((key, _), value)| format!("{key}={value}"));
        let set: Vec<String> = request.set.iter().cloned().chain(changed).collect();
        let file = request.file.display().to_string();
        let names = Vocabulary::within(access);
        let scenario = parse_with(&request.source, &file, &overrides(&set)?, &names)?;
        let mut name = folder_name(keys, &own);
        if jobs.iter().any(|(_, other, _)| *other == name) {
            name += &format!("-{}", number + 1);
        }
        jobs.push((own, name, Job::of(scenario, &request.file, &set, request.seed)?));
    }
    Ok(jobs)
}

/// "count-1000_scheme-platen".
fn folder_name(keys: &[(String, Vec<String>)], values: &[String]) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-.+".contains(c) { c } else { '_' };
    let part = |((key, _), value): (&(String, Vec<String>), &String)| {
        let key = key.rsplit('.').next().unwrap_or(key);
        let value: String = value.trim_matches(['"', '[', ']']).chars().map(safe).take(60).collect();
        format!("{key}-{value}")
    };
    keys.iter().zip(values).map(part).collect::<Vec<_>>().join("_")
}

/// What is left to be done for a job in this folder.
fn work(job: Job, path: &Path, resumed: bool, access: Access) -> Result<Work, Failure> {
    if resumed {
        if Folder::request_file(path).exists() {
            let own = Job::interrupted(path, access)?;
            return Ok(Work::Run(Box::new(Mutex::new(own))));
        }
        let text = std::fs::read_to_string(path.join("result.json")).unwrap_or_default();
        let result: Value = serde_json::from_str(&text).unwrap_or_default();
        if result["incomplete"] == false && job.made(&result) {
            return Ok(Work::Done(result));
        }
    }
    let folder = open(path)?;
    check_space(folder.path(), &job.scenario)?;
    Ok(Work::Run(Box::new(Mutex::new((job, folder)))))
}
