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
use wfr::panics;
use wfr::particles::{Path, State};
use wfr::scenario::Scenario;
use wfr::study::{Breakdown, Keeping, Run, particle_path, run_keeping};

/// How often signals are looked for.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a computation has to end by itself, and its particles to be kept, before it is left behind.
const PATIENCE: Duration = Duration::from_secs(1);
/// Exit status of a second Ctrl-C, as shells have it.
const KILLED: i32 = 130;
/// Stack of the thread that computes, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// From now on, Ctrl-C, a request to terminate, or the end of the terminal sets the flag; a second one ends the process at once.
pub fn signals(interrupted: &Arc<AtomicBool>) -> Result<(), Failure> {
    let unheard = |error| Failure::Input(format!("signals cannot be heard: {error}"));
    let mut ends = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGXFSZ};
        // Then writing beyond a limit is an error, which is reported.
        flag::register(SIGXFSZ, Arc::default()).map_err(unheard)?;
        // nohup lets a run outlive its terminal.
        ends.extend([SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)));
    }
    for signal in ends {
        flag::register_conditional_shutdown(signal, KILLED, interrupted.clone())
            .and_then(|_| flag::register(signal, interrupted.clone()))
            .map_err(unheard)?;
    }
    Ok(())
}

/// Whether the process was started to ignore a signal, where the system says so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Where and how often the particles of a run are kept, and what they go on from.
pub struct Checkpoints {
    pub path: PathBuf,
    pub fingerprint: Fingerprint,
    pub interval: Duration,
    pub from: Option<State>,
}

/// How a run is supervised.
pub struct Supervision {
    pub checkpoints: Option<Checkpoints>,
    /// The particle whose path is wanted too.
    pub path: Option<usize>,
    pub quiet: bool,
}

/// Runs the scenario on a thread of its own. After an interruption, what is returned is the run as far as it came.
pub fn supervise(
    scenario: &Scenario,
    supervision: Supervision,
    interrupted: &Arc<AtomicBool>,
    bars: &MultiProgress,
) -> Result<(Run, Option<Path>), Failure> {
    let Supervision { checkpoints, path: index, quiet } = supervision;
    let display = Arc::new(Display::new(&scenario.name, quiet, bars));
    let so_far = Arc::new(Mutex::new(Run::begun(&scenario.name)));
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
                *parts.lock().unwrap_or_else(PoisonError::into_inner) = run.clone();
            }),
        };
        let progress = |stage: &str, share| hears.report(stage, share);
        // If the grid that its weight needs breaks down, so does the run, which reports it.
        let path = index.and_then(|index| particle_path(&scenario.plan, index).ok().flatten());
        let run = run_keeping(&scenario.name, &scenario.plan, &scenario.warnings, &progress, keeping);
        // Nobody hears it only after an interruption.
        let _ = sender.send((run, path));
    };
    let computing = thread::Builder::new()
        .name("run".into())
        .stack_size(STACK)
        .spawn(compute)
        .map_err(|error| Failure::Input(format!("no thread can be started: {error}")))?;
    let cut_short = |why: Breakdown| {
        let mut run = so_far.lock().unwrap_or_else(PoisonError::into_inner).clone();
        run.conclude(Err(why));
        (run, None)
    };
    let mut deadline = None;
    let outcome = loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(outcome) => break outcome,
            Err(RecvTimeoutError::Disconnected) => {
                let panic = computing.join().err().unwrap_or_else(|| Box::new("no result"));
                break cut_short(Breakdown::Panicked(panics::text(panic.as_ref())));
            }
            Err(RecvTimeoutError::Timeout) => (),
        }
        if let Some(error) = keeper.as_deref().and_then(Keeper::failure) {
            bars.suspend(|| {
                note(&format!("warning: {error}; the run goes on, but cannot be resumed from here"))
            });
        }
        if interrupted.load(Ordering::Relaxed)
            && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + PATIENCE)
        {
            break cut_short(Breakdown::Interrupted);
        }
    };
    display.finish();
    Ok(outcome)
}
