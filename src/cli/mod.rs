//! Commands: each parses its arguments, calls the library and prints.
//!
//! Belongs here: arguments, exit statuses, the terminal. Does not: anything that a program in Rust would want, too.

mod baseline;
mod check;
mod enclose;
mod init;
mod job;
mod limits;
mod list;
mod progress;
mod prove;
mod queue;
mod run;
mod summary;
mod supervise;
mod sweep;
mod terminal;
mod validate;
mod verify;

use clap::{Args, CommandFactory, Parser, Subcommand};
use std::any::Any;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wfr::checkpoint::CheckpointError;
use wfr::folder::FolderError;
use wfr::report::ReportError;
use wfr::scenario::ScenarioError;
use wfr::study::{Breakdown, Ending};

/// Verified numerical analysis of Wasserstein-Fisher-Rao gradient flows.
///
/// A scenario file says what is solved; `wfr run` samples it with weighted particles, solves it on a grid,
/// measures convergence orders, and writes a report. `wfr init my.toml` writes a commented scenario to start from.
#[derive(Parser)]
#[command(name = "wfr", version, after_help = STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const STATUS: &str = "Exit status: 0 all checks passed; 1 a check failed; 2 bad input, nothing written; \
3 the computation broke down or was interrupted, what was computed is written and marked incomplete; \
4 nothing failed, but something is inconclusive.";

#[derive(Subcommand)]
enum Command {
    /// Run one scenario and write its report
    #[command(after_help = STATUS)]
    Run(RunArguments),
    /// Run the validation scenarios and write their reports with an index page
    #[command(after_help = STATUS)]
    Validate(ValidateArguments),
    /// Run one scenario over values of its keys, and write one table with pictures of them
    #[command(after_help = STATUS)]
    Sweep(SweepArguments),
    /// Hold samples of any program against the truth of a scenario, and write a report with a verdict and its power
    #[command(after_help = STATUS)]
    Verify(VerifyArguments),
    /// Decide weak orders and operator identities by exact algebra and print the certificates
    Prove(ProveArguments),
    /// Bounds of a target on a line that hold with certainty, rounding included, and certificates of them
    #[command(
        after_help = "Exit status: 0 proved; 1 a proof of the certificate does not hold; 2 bad input; 4 a bound was refused, with the reason."
    )]
    Enclose(EncloseArguments),
    /// Write a commented starter scenario
    Init {
        /// File to write, or - for standard output; an existing one is not touched
        file: PathBuf,
    },
    /// Say what a scenario would run and take, without running it
    #[command(after_help = STATUS)]
    Check(CheckArguments),
    /// List what there is: schemes, kinds of studies, keys, identities, densities
    List(ListArguments),
    /// Say what a key or a table of a scenario means, e.g. particles.density, seed, grid, study.barrier
    Explain(ExplainArguments),
    /// Print completions for a shell, to be kept where it looks for them
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What `wfr run` and `wfr sweep` share.
#[derive(Args)]
struct SharedArguments {
    /// Keep the state of the particles every so many seconds, or less often where writing takes long
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    checkpoint: f64,
    /// Seed of all random streams, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Worker threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Override one key, in all runs, e.g. --set particles.count=1000 or --set study.0.steps=[0.5,0.25], where 0 is the first study
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    limits: limits::Limits,
    /// No progress and no summary; warnings and errors still show
    #[arg(long)]
    quiet: bool,
}

#[derive(Args)]
struct RunArguments {
    /// Scenario file (TOML)
    #[arg(required_unless_present = "resume")]
    file: Option<PathBuf>,
    /// Go on with the run that was killed or interrupted in this folder, to the same bits
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "out", "seed", "set", "dump_path"])]
    resume: Option<PathBuf>,
    /// Folder for result.json, report.html, *.svg and *.csv [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write path-INDEX.csv: time, position and log-weight of this particle after every step, as its own random
    /// numbers lead it without resampling and jumps
    #[arg(long, value_name = "INDEX")]
    dump_path: Option<usize>,
    #[command(flatten)]
    shared: SharedArguments,
    /// Print result.json on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct SweepArguments {
    /// Scenario file (TOML)
    #[arg(required_unless_present = "resume")]
    file: Option<PathBuf>,
    /// Keys with their values, e.g. particles.count=1000,4000 or grid.cells=[100],[200]; several make a run for each
    /// combination
    #[arg(value_name = "KEY=VALUE,...", required_unless_present = "resume")]
    keys: Vec<String>,
    /// Go on with the sweep that was killed or interrupted in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "keys", "out", "seed", "set"])]
    resume: Option<PathBuf>,
    /// Folder for sweep.html, sweep.csv and a folder for each run [default: out/NAME-sweep]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    shared: SharedArguments,
}

#[derive(Args)]
struct ValidateArguments {
    /// Scenario files, or folders of them [default: validation]
    paths: Vec<PathBuf>,
    /// Without scenarios that say `large = true`; fewer particles, coarser grids in the plane, Monte-Carlo orders where they
    /// are cheap: a minute or two on two cores
    #[arg(long)]
    quick: bool,
    /// Seed of all random streams, instead of those of the scenarios
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Folder for the reports and index.html
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Store the results as the baseline that later runs are compared with, and the reason in its history
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "not stated")]
    update_baseline: Option<String>,
    #[command(flatten)]
    limits: limits::Limits,
    /// Worker threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

#[derive(Args)]
struct VerifyArguments {
    /// The samples: .npz with positions (n, d) or (groups, n, d), weights or log_weights, ancestors, times; or .csv with a column for each coordinate
    samples: PathBuf,
    /// The scenario (TOML) whose truth they are held against; its particles and studies are not run
    #[arg(long, value_name = "FILE")]
    against: PathBuf,
    /// How the samples depend on each other: independent, chains, groups or ancestors [default: chains without weights and ancestors;
    /// else groups if they come in groups, ancestors if some have one together, or independent]
    #[arg(long, value_name = "NAME")]
    arrangement: Option<String>,
    /// What they are of: the target, or the flow at the horizon [default: target, if the scenario has one]
    #[arg(long, value_name = "NAME")]
    law: Option<String>,
    /// Probability of a false alarm, of all tests together [default: 1e-4]
    #[arg(long, value_name = "P")]
    level: Option<f64>,
    /// Folder for result.json, report.html, *.svg and *.csv [default: out/NAME-verify]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Worker threads; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Override one key of the scenario, e.g. --set flow.horizon=2
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    limits: limits::Limits,
    /// No progress and no summary; warnings and errors still show
    #[arg(long)]
    quiet: bool,
    /// Print result.json on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct CheckArguments {
    /// Scenario file (TOML)
    file: PathBuf,
    /// Override one key, e.g. --set particles.count=1000
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    limits: limits::Limits,
}

#[derive(Args)]
struct ListArguments {
    /// What is listed; without it, what can be
    #[arg(value_enum)]
    what: Option<Listed>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `wfr list` lists.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Listed {
    /// Schemes, with their orders and what they are for
    Schemes,
    /// Kinds of studies, with their keys
    Studies,
    /// Keys of scenarios
    Keys,
    /// Operator identities that `wfr prove` decides
    Identities,
    /// Ways to read the density from particles
    Densities,
}

#[derive(Args)]
struct ExplainArguments {
    /// A key by its path or name, or a table; without it, the tables are listed
    key: Option<String>,
}

#[derive(Args)]
struct ProveArguments {
    /// Claims to decide, e.g. platen+trapezoidal, or platen for all about it [default: all]
    ids: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Decide orders in all shapes (d, m) of their domains, those included that take long
    #[arg(long)]
    thorough: bool,
    /// Write every identity (its two sides) and every certificate (its error operators) as plain text into this folder
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

#[derive(Args)]
struct EncloseArguments {
    /// The potential V of the target e^{−V}: a formula in x, e.g. "(x^2 - 1)^2"
    #[arg(required_unless_present = "check")]
    potential: Option<String>,
    /// Write the certificate of the spectral gap into this new file
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Prove the claim of this certificate again, without searching
    #[arg(long, value_name = "FILE", conflicts_with = "potential")]
    check: Option<PathBuf>,
}

/// Why a command ended without a result.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error("{0}")]
    Input(String),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// While the report was written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Of what is done and written, nobody can be told, or not all is in its place.
    #[error("{0}")]
    Output(String),
    #[error("{}", Breakdown::Panicked(.0.clone()))]
    Panicked(String),
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Scenario(_) | Self::Input(_) | Self::Checkpoint(_) => BAD_INPUT,
            Self::Report(_) | Self::Folder(_) | Self::Output(_) | Self::Panicked(_) => BROKE_DOWN,
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Of standard output.
    fn from(error: std::io::Error) -> Self {
        Self::Output(format!("standard output: {error}"))
    }
}

const FAILED: u8 = 1;
const BAD_INPUT: u8 = 2;
const BROKE_DOWN: u8 = 3;
const INCONCLUSIVE: u8 = 4;

/// Runs the command line.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let outcome = std::panic::catch_unwind(|| match &command {
        Command::Run(arguments) => run::run(arguments),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Sweep(arguments) => sweep::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Prove(arguments) => prove::run(arguments),
        Command::Enclose(arguments) => enclose::run(arguments),
        Command::Init { file } => init::run(file),
        Command::Check(arguments) => check::check(arguments),
        Command::List(arguments) => list::list(arguments),
        Command::Explain(arguments) => list::explain(arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "wfr", &mut script);
            terminal::print(&String::from_utf8_lossy(&script)).map(|()| 0)
        }
    });
    let panicked = |panic: Box<dyn Any + Send>| Err(Failure::Panicked(wfr::panics::text(panic.as_ref())));
    match outcome.unwrap_or_else(panicked) {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            for line in failure.to_string().lines() {
                terminal::note(&format!("error: {line}"));
            }
            ExitCode::from(failure.status())
        }
    }
}

/// Writes a file that is not there yet: an existing one is not touched.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let reason = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "exists already; it was not changed".into(),
            _ => format!("cannot be written: {error}"),
        };
        Failure::Input(format!("{}: {reason}", file.display()))
    };
    let mut target = OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    target.write_all(text.as_bytes()).map_err(failed)
}

/// The exit status of a run or of several.
fn status(ending: Ending) -> u8 {
    match ending {
        Ending::Pass => 0,
        Ending::Inconclusive => INCONCLUSIVE,
        Ending::Fail => FAILED,
        Ending::Incomplete => BROKE_DOWN,
    }
}

/// Threads of the process beside the workers: the main one, one that computes, one that watches.
const OTHERS: usize = 3;

/// Starts the worker threads: as many as are asked for, or one for each core, if the system lets the process have them.
fn use_threads(threads: Option<u16>) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wanted = threads.map_or(cores, usize::from);
    let possible = possible_threads(wanted + OTHERS).saturating_sub(OTHERS).max(1);
    match threads {
        Some(threads) if possible < wanted => {
            return Err(Failure::Input(format!(
                "--threads {threads}: the limits of this process allow {possible} workers; expected at most so many"
            )));
        }
        None if possible < wanted => {
            terminal::note(&format!(
                "warning: the limits of this process allow {possible} workers for {cores} cores"
            ));
        }
        _ => (),
    }
    let started = rayon::ThreadPoolBuilder::new().num_threads(possible).build_global();
    started.map_err(|error| Failure::Input(format!("no worker threads: {error}")))
}

/// Address space that has to be free before a thread starts: for its stack, and for what it allocates at once, without which it aborts the
/// process. It is more than an allocator keeps for itself.
const ROOM: usize = 33 << 20;

/// How many of so many threads can be had: a pool that fails to start cannot be started again.
fn possible_threads(wanted: usize) -> usize {
    let gate = std::sync::RwLock::new(());
    std::thread::scope(|scope| {
        let closed = gate.write();
        let wait = || drop(gate.read());
        let room = || std::hint::black_box(Vec::<u8>::new()).try_reserve_exact(ROOM).is_ok();
        let started = (0..wanted)
            .take_while(|_| room() && std::thread::Builder::new().spawn_scoped(scope, wait).is_ok());
        let count = started.count();
        drop(closed);
        count
    })
}
