//! A run of a scenario as it was asked for, kept in its folder until it comes to its end.

use super::{Failure, RunArguments};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use wfr::checkpoint::{self, Fingerprint};
use wfr::files::{make_folder, write_atomically};
use wfr::particles::State;
use wfr::scenario::{Override, Scenario, load, parse};

/// Of the folder of a run, where it keeps what it needs to go on.
const FOLDER: &str = "checkpoint";

/// What was asked for: enough to ask again.
#[derive(Serialize, Deserialize)]
struct Request {
    version: String,
    /// The scenario's file, whose data are beside it, and its text.
    file: PathBuf,
    source: String,
    set: Vec<String>,
    seed: Option<u64>,
    fingerprint: Fingerprint,
}

/// A run to be done.
pub struct Job {
    pub scenario: Scenario,
    /// Where its report goes.
    pub folder: PathBuf,
    pub fingerprint: Fingerprint,
    /// What its particles go on from.
    pub from: Option<State>,
    request: Request,
}

impl Job {
    /// A new run.
    pub fn new(file: &Path, arguments: &RunArguments) -> Result<Self, Failure> {
        let mut scenario = load(file, &overrides(&arguments.set)?)?;
        reseed(&mut scenario, arguments.seed);
        let folder = arguments.out.clone().unwrap_or_else(|| Path::new("out").join(&scenario.name));
        let fingerprint = fingerprint(&scenario);
        let request = Request {
            version: env!("CARGO_PKG_VERSION").into(),
            file: std::path::absolute(file).unwrap_or_else(|_| file.into()),
            source: scenario.source.clone(),
            set: arguments.set.clone(),
            seed: arguments.seed,
            fingerprint,
        };
        Ok(Self { scenario, folder, fingerprint, from: None, request })
    }

    /// The run that was cut short in `folder`.
    pub fn interrupted(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FOLDER).join("run.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let path = path.display();
            Failure::Input(format!(
                "--resume {}: found no interrupted run: {path}: {error}; a run that came to its end leaves none",
                folder.display()
            ))
        })?;
        let foreign = |found: String| Failure::Input(format!("{}: found {found}", path.display()));
        let request: Request = serde_json::from_str(&text)
            .map_err(|error| foreign(format!("no request of wfr: {error}; start anew without --resume")))?;
        let version = env!("CARGO_PKG_VERSION");
        if request.version != version {
            return Err(foreign(format!(
                "a run of wfr {}; expected {version}: other versions may come to other bits",
                request.version
            )));
        }
        let file = request.file.display().to_string();
        let mut scenario = parse(&request.source, &file, &overrides(&request.set)?)?;
        reseed(&mut scenario, request.seed);
        let fingerprint = fingerprint(&scenario);
        if fingerprint != request.fingerprint {
            return Err(foreign(format!(
                "a run whose scenario, or data beside {file}, have changed since; expected the same: start anew without --resume"
            )));
        }
        let mut job = Self { scenario, folder: folder.into(), fingerprint, from: None, request };
        let state = job.state_file();
        if state.exists() {
            let read: State = checkpoint::read(&state, fingerprint)?;
            if !job.scenario.plan.accepts(&read) {
                let what = "its particles do not fit the scenario";
                return Err(checkpoint::CheckpointError::Damaged { path: state, what }.into());
            }
            job.from = Some(read);
        }
        Ok(job)
    }

    /// Where the state of the particles is kept.
    pub fn state_file(&self) -> PathBuf {
        self.folder.join(FOLDER).join("particles.bin")
    }

    /// Writes down what is asked for, so that the run can be taken up again; what another run has left is removed.
    pub fn begin(&self) -> Result<(), Failure> {
        if self.from.is_none() {
            self.end()?;
        }
        let folder = self.folder.join(FOLDER);
        make_folder(&folder)?;
        wfr::files::remove_unfinished(&folder)?;
        let text = serde_json::to_string_pretty(&self.request)
            .map_err(|error| Failure::Input(format!("{}: {error}", folder.display())))?;
        Ok(write_atomically(&folder.join("run.json"), text)?)
    }

    /// Removes what was kept.
    pub fn end(&self) -> Result<(), Failure> {
        let folder = self.folder.join(FOLDER);
        match std::fs::remove_dir_all(&folder) {
            Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
                Err(wfr::files::WriteError { path: folder, reason }.into())
            }
            _ => Ok(()),
        }
    }
}

pub fn overrides(set: &[String]) -> Result<Vec<Override>, Failure> {
    Ok(set.iter().map(|text| Override::parse(text)).collect::<Result<_, _>>()?)
}

fn reseed(scenario: &mut Scenario, seed: Option<u64>) {
    if let Some(seed) = seed {
        scenario.plan = scenario.plan.clone().reseeded(seed);
    }
}

fn fingerprint(scenario: &Scenario) -> Fingerprint {
    Fingerprint::of(&(&scenario.name, &scenario.plan))
}
