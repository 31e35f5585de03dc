//! Runs a scenario on threads of its own, while Python hears of progress and signals.

use crate::function::{Ends, Function};
use crate::result::Result as RunResult;
use crate::scheme::Scheme;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use rayon::ThreadPoolBuilder;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use wfr::checkpoint::Keeper;
use wfr::panics;
use wfr::scenario::{self, Access, Override, Scenario, ScenarioError, Vocabulary};
use wfr::study::{Breakdown, Keeping, Run, run_keeping};

/// How often signals are looked for.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a computation has to end by itself before it is left behind.
const PATIENCE: Duration = Duration::from_secs(2);
/// Stack of a thread, as large as that of a main thread.
const STACK: usize = 8 << 20;

create_exception!(
    wfr,
    Refused,
    PyException,
    "Findings of a scenario: (file, line, column, message) of each."
);

/// What is to be run.
struct Asked {
    text: String,
    file: String,
    overrides: Vec<String>,
    vocabulary: Vocabulary,
    seed: Option<u64>,
    /// The kind of the study that is to run alone.
    alone: Option<String>,
}

/// What the thread has to say.
enum Heard {
    Progress(String, f64),
    Done(Box<Result<(Run, Scenario), ScenarioError>>),
}

/// Runs the scenario in `text`; `file` names it. `progress` is called with (stage, share). `alone` is the kind of the only study that
/// is to run, without particles.
#[pyfunction]
#[pyo3(signature = (text, file, overrides, functions, schemes, seed, threads, progress, alone=None))]
#[allow(clippy::too_many_arguments)]
pub fn run(
    py: Python<'_>,
    text: String,
    file: String,
    overrides: Vec<String>,
    functions: Vec<Py<Function>>,
    schemes: Vec<Py<Scheme>>,
    seed: Option<u64>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
    alone: Option<String>,
) -> PyResult<RunResult> {
    let ends = Arc::new(Ends::default());
    let vocabulary = functions.iter().fold(Vocabulary::within(Access::default()), |known, function| {
        known.function(function.get().code(py, &ends))
    });
    let vocabulary = schemes.iter().try_fold(vocabulary, |known, scheme| known.scheme(scheme.get().0));
    let vocabulary = vocabulary.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let asked = Asked { text, file, overrides, vocabulary, seed, alone };
    let pool = ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).stack_size(STACK).build();
    let pool = pool.map_err(|error| PyValueError::new_err(format!("threads = {threads:?}: {error}")))?;
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let hear = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(GLANCE);
    let so_far = Arc::new(Mutex::new(Run::begun("")));
    let (parts, heeds) = (so_far.clone(), ends.clone());
    let compute = move || {
        let sender = Mutex::new(sender);
        let tell = |heard| {
            let sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody listens only after an interruption.
            let _ = sender.send(heard);
        };
        let outcome = pool.install(|| {
            all(&asked, &heeds, &parts, &|stage, share| {
                heeds.heed();
                tell(Heard::Progress(stage.into(), share));
            })
        });
        tell(Heard::Done(Box::new(outcome)));
    };
    let thread = std::thread::Builder::new().name("wfr".into()).stack_size(STACK).spawn(compute)?;
    let mut signal: Option<(PyErr, Instant)> = None;
    let outcome = loop {
        match py.detach(hear) {
            Ok(Heard::Done(outcome)) => break Some(outcome),
            Ok(Heard::Progress(stage, share)) => {
                let told = progress.as_ref().map_or(Ok(()), |own| own.call1(py, (stage, share)).map(drop));
                note(&mut signal, &ends, told);
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break None,
        }
        note(&mut signal, &ends, py.check_signals());
        if signal.as_ref().is_some_and(|(_, deadline)| Instant::now() > *deadline) {
            break None;
        }
    };
    let exception = || ends.exception.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(error) = signal.map(|(error, _)| error).or_else(exception) {
        return Err(error);
    }
    match outcome.map(|outcome| *outcome) {
        Some(Ok((run, scenario))) => Ok(RunResult::new(run, &scenario)),
        Some(Err(error)) => Err(refused(&error)),
        None => {
            let panic = thread.join().err().unwrap_or_else(|| Box::new("no result".to_string()));
            let mut run = so_far.lock().unwrap_or_else(PoisonError::into_inner).clone();
            run.conclude(Err(Breakdown::Panicked(panics::text(panic.as_ref()))));
            Ok(RunResult::unread(run))
        }
    }
}

/// Ends the run with the first exception from outside.
fn note(signal: &mut Option<(PyErr, Instant)>, ends: &Ends, outcome: PyResult<()>) {
    if let (Err(error), None) = (outcome, &signal) {
        ends.now.store(true, Ordering::Relaxed);
        *signal = Some((error, Instant::now() + PATIENCE));
    }
}

/// Reads the scenario and runs it.
fn all(
    asked: &Asked,
    ends: &Arc<Ends>,
    so_far: &Mutex<Run>,
    progress: &(dyn Fn(&str, f64) + Sync),
) -> Result<(Run, Scenario), ScenarioError> {
    let overrides: Vec<Override> =
        asked.overrides.iter().map(|text| Override::parse(text)).collect::<Result<_, _>>()?;
    let mut scenario = scenario::parse_with(&asked.text, &asked.file, &overrides, &asked.vocabulary)?;
    if let Some(seed) = asked.seed {
        scenario.plan = scenario.plan.reseeded(seed);
    }
    if let Some(kind) = &asked.alone {
        scenario.plan = scenario.plan.alone(kind);
    }
    let keeper = Keeper::watching(ends.now.clone());
    let keeping = Keeping {
        keeper: Some(&keeper),
        from: None,
        finished: Some(&|run: &Run| {
            *so_far.lock().unwrap_or_else(PoisonError::into_inner) = run.clone();
        }),
    };
    let run = run_keeping(&scenario.name, &scenario.plan, &scenario.warnings, progress, keeping);
    Ok((run, scenario))
}

/// The findings as data.
fn refused(error: &ScenarioError) -> PyErr {
    let findings: Vec<(String, Option<usize>, Option<usize>, String)> = match error {
        ScenarioError::Syntax { file, line, column, message } => {
            vec![(file.clone(), Some(*line), Some(*column), message.clone())]
        }
        ScenarioError::Unreadable { path, reason } => {
            vec![(path.display().to_string(), None, None, reason.clone())]
        }
        ScenarioError::Override { .. } => vec![(String::new(), None, None, error.to_string())],
        ScenarioError::Problems(problems) => problems.0.iter().map(|line| placed(line)).collect(),
    };
    Refused::new_err(findings)
}

/// file:line:column: message, as lines of problems are written; without a place for values that were set.
fn placed(line: &str) -> (String, Option<usize>, Option<usize>, String) {
    let mut parts = line.splitn(4, ':');
    let (Some(file), Some(row), Some(column), Some(message)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return (String::new(), None, None, line.into());
    };
    match (row.parse(), column.parse()) {
        (Ok(row), Ok(column)) => (file.into(), Some(row), Some(column), message.trim_start().into()),
        _ => (String::new(), None, None, line.into()),
    }
}

/// (dimension, mean of the start) of a scenario, as far as it can be read; what is wrong with it is found by `run`.
#[pyfunction]
pub fn shape(text: &str, overrides: Vec<String>) -> (usize, Vec<f64>) {
    let mut table: toml::Table = text.parse().unwrap_or_default();
    let set = overrides.iter().filter_map(|text| text.split_once('='));
    for (path, value) in set.filter(|(path, _)| ["dimension", "initial.mean", "initial.point"].contains(path))
    {
        let Ok(parsed) = format!("v = {value}").parse::<toml::Table>() else { continue };
        let value = parsed["v"].clone();
        match path.split_once('.') {
            None => drop(table.insert(path.into(), value)),
            Some((parent, key)) => {
                let own = table.entry(parent).or_insert_with(|| toml::Table::new().into());
                own.as_table_mut().map(|own| own.insert(key.into(), value));
            }
        }
    }
    let dimension =
        table.get("dimension").and_then(toml::Value::as_integer).unwrap_or(1).clamp(1, 1 << 20) as usize;
    let initial = table.get("initial").and_then(toml::Value::as_table);
    let mixture = || initial?.get("mixture")?.as_array()?.first()?.get("mean");
    let mean = initial.and_then(|own| own.get("mean").or_else(|| own.get("point"))).or_else(mixture);
    let numbers = mean.and_then(toml::Value::as_array).map(|own| {
        let number = |value: &toml::Value| value.as_float().or(value.as_integer().map(|value| value as f64));
        own.iter().filter_map(number).collect::<Vec<f64>>()
    });
    (dimension, numbers.filter(|own| own.len() == dimension).unwrap_or(vec![0.0; dimension]))
}
