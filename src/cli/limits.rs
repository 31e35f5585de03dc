//! What a run may take, and what it may read.

use super::Failure;
use clap::Args;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wfr::scenario::{Access, MOST_BYTES, MOST_HOURS};

const MEBIBYTE: u64 = 1 << 20;
/// Of a sandboxed run: mebibytes of data, hours, and mebibytes of memory.
const SANDBOXED: (u64, f64, u64) = (16, 1.0 / 6.0, 2048);
/// How long a run that is out of time has to report what it has.
const REPORTING: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct Limits {
    /// Size of the scenario and of each file of its data, at most [default: 64; sandboxed 16]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65536))]
    max_data: Option<u64>,
    /// Refuse what takes longer than about this on all threads, as far as that can be counted beforehand [default: 12; sandboxed
    /// 1/6]
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    max_hours: Option<f64>,
    /// For scenarios of strangers: read no file out of the scenario's folder, take at most 2 GiB of memory, and end after
    /// --max-hours with what is done
    #[arg(long)]
    sandboxed: bool,
}

fn hours(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(hours) if hours > 0.0 && hours <= 1e6 => Ok(hours),
        _ => Err("expected a number above 0, up to 1e6".into()),
    }
}

impl Limits {
    /// What scenarios may read and take.
    pub fn access(&self) -> Access {
        let (most, hours) =
            if self.sandboxed { (SANDBOXED.0 * MEBIBYTE, SANDBOXED.1) } else { (MOST_BYTES, MOST_HOURS) };
        Access {
            most_bytes: self.max_data.map_or(most, |data| data * MEBIBYTE),
            most_hours: self.max_hours.unwrap_or(hours),
            confined: self.sandboxed,
        }
    }

    /// From now on, a sandboxed process has no more memory than it may, and is interrupted when its time is over.
    pub fn enforce(&self, interrupted: &Arc<AtomicBool>) -> Result<(), Failure> {
        if !self.sandboxed {
            return Ok(());
        }
        limit_memory(SANDBOXED.2 * MEBIBYTE)?;
        let (interrupted, time) =
            (interrupted.clone(), Duration::from_secs_f64(3600.0 * self.access().most_hours));
        let watch = move || {
            std::thread::sleep(time);
            interrupted.store(true, Ordering::Relaxed);
            std::thread::sleep(REPORTING);
            super::terminal::note("error: out of time (--sandboxed)");
            std::process::exit(i32::from(super::BROKE_DOWN));
        };
        let started = std::thread::Builder::new().name("time".into()).spawn(watch);
        started
            .map(|_| ())
            .map_err(|error| Failure::Input(format!("--sandboxed: no thread can be started: {error}")))
    }
}

/// Limits what this process can allocate.
#[cfg(unix)]
fn limit_memory(bytes: u64) -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Data);
    let current = Some(current.unwrap_or(bytes).min(bytes));
    setrlimit(Resource::Data, Rlimit { current, maximum })
        .map_err(|error| Failure::Input(format!("--sandboxed: the memory cannot be limited: {error}")))
}

/// Elsewhere no limit is known, so nothing is promised.
#[cfg(not(unix))]
fn limit_memory(_: u64) -> Result<(), Failure> {
    Err(Failure::Input("--sandboxed: found a system without limits on memory; expected Unix".into()))
}
