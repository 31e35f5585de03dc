//! A run that can be interrupted at any moment, with a report of what was done until then.

use super::Failure;
use super::progress::Display;
use super::terminal::note;
use indicatif::MultiProgress;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wfr::checkpoint::{Fingerprint, Keeper};
use wfr::particles::State;
use wfr::scenario::Scenario;
use wfr::study::{Breakdown, Keeping, Run, run_keeping};

/// How often signals are looked for.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a computation has to end by itself, and its particles to be kept, before it is left behind.
const PATIENCE: Duration = Duration::from_secs(1);
/// Exit status of a second Ctrl-C, as shells have it.
const KILLED: i32 = 130;
/// Stack of the thread that computes, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// Set by the first Ctrl-C (or request to terminate); a second one ends the process at once.
pub fn signals() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, KILLED, interrupted.clone())
            .and_then(|_| flag::register(signal, interrupted.clone()))
            .map_err(|error| Failure::Input(format!("signals cannot be heard: {error}")))?;
    }
    Ok(interrupted)
}

/// Where and how often the particles of a run are kept, and what they go on from.
pub struct Checkpoints {
    pub path: PathBuf,
    pub fingerprint: Fingerprint,
    pub interval: Duration,
    pub from: Option<State>,
}

/// Runs the scenario on a thread of its own. After an interruption, what is returned is the run as far as it came.
pub fn supervise(
    scenario: &Scenario,
    checkpoints: Option<Checkpoints>,
    interrupted: &Arc<AtomicBool>,
    quiet: bool,
    bars: &MultiProgress,
) -> Result<Run, Failure> {
    let display = Arc::new(Display::new(&scenario.name, quiet, bars));
    let so_far: Arc<Mutex<Option<Run>>> = Arc::default();
    let (from, keeper) = match checkpoints {
        Some(Checkpoints { path, fingerprint, interval, from }) => {
            (from, Some(Arc::new(Keeper::new(path, fingerprint, interval, interrupted.clone()))))
        }
        None => (None, None),
    };
    let (sender, receiver) = channel();
    let (scenario, hears, keeps, parts) = (scenario.clone(), display.clone(), keeper.clone(), so_far.clone());
    let compute = move || {
        let keeping = Keeping {
            keeper: keeps.as_deref(),
            from,
            finished: Some(&|run: &Run| {
                *parts.lock().unwrap_or_else(PoisonError::into_inner) = Some(run.clone());
            }),
        };
        let progress = |stage: &str, share| hears.report(stage, share);
        let run = run_keeping(&scenario.name, &scenario.plan, &scenario.warnings, &progress, keeping);
        // Nobody hears it only after an interruption.
        let _ = sender.send(run);
    };
    let computing = thread::Builder::new()
        .name("run".into())
        .stack_size(STACK)
        .spawn(compute)
        .map_err(|error| Failure::Input(format!("no thread can be started: {error}")))?;
    let mut deadline = None;
    let run = loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(run) => break run,
            Err(RecvTimeoutError::Disconnected) => match computing.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("the sender is dropped after it has sent"),
            },
            Err(RecvTimeoutError::Timeout) => (),
        }
        if let Some(error) = keeper.as_deref().and_then(Keeper::failure) {
            bars.suspend(|| {
                note(&format!("warning: {error}; the run goes on, but cannot be resumed from here"))
            });
        }
        if interrupted.load(Ordering::Relaxed) {
            let late = Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
            let run = so_far.lock().unwrap_or_else(PoisonError::into_inner).take().filter(|_| late);
            if let Some(mut run) = run {
                run.conclude(Err(Breakdown::Interrupted));
                break run;
            }
        }
    };
    display.finish();
    Ok(run)
}
