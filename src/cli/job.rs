//! A run of a scenario as it was asked for, kept in its folder until it comes to its end.

use super::Failure;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use wfr::checkpoint::{self, Fingerprint};
use wfr::files::write_atomically;
use wfr::folder::Folder;
use wfr::particles::State;
use wfr::report::{RUN_FOLDER, result_json};
use wfr::scenario::{Access, Override, Scenario, Vocabulary, load_with, parse_with};
use wfr::study::Run;

/// What was asked for: enough to ask again.
#[derive(Serialize, Deserialize)]
struct Request {
    version: String,
    /// The scenario's file, whose data are beside it, and its text.
    file: String,
    source: String,
    set: Vec<String>,
    seed: Option<u64>,
    fingerprint: Fingerprint,
}

/// A run to be done.
pub struct Job {
    pub scenario: Scenario,
    pub fingerprint: Fingerprint,
    /// What its particles go on from.
    pub from: Option<State>,
    request: Request,
}

impl Job {
    /// A new run.
    pub fn new(file: &Path, set: &[String], seed: Option<u64>, access: Access) -> Result<Self, Failure> {
        Self::of(load_with(file, &overrides(set)?, &Vocabulary::within(access))?, file, set, seed)
    }

    /// A new run of a scenario from this file.
    pub fn of(
        mut scenario: Scenario,
        file: &Path,
        set: &[String],
        seed: Option<u64>,
    ) -> Result<Self, Failure> {
        reseed(&mut scenario, seed);
        let fingerprint = fingerprint(&scenario);
        let request = Request {
            version: env!("CARGO_PKG_VERSION").into(),
            file: std::path::absolute(file).unwrap_or_else(|_| file.into()).to_string_lossy().into_owned(),
            source: scenario.source.clone(),
            set: set.into(),
            seed,
            fingerprint,
        };
        Ok(Self { scenario, fingerprint, from: None, request })
    }

    /// The command that repeats the run.
    pub fn command(&self) -> String {
        let Request { file, set, seed, .. } = &self.request;
        let set = set.iter().map(|set| format!(" --set '{set}'")).collect::<String>();
        let seed = seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        format!("wfr run {file}{set}{seed}")
    }

    /// Whether this job, in this version, made a result.
    pub fn made(&self, result: &serde_json::Value) -> bool {
        let Request { version, source, set, .. } = &self.request;
        let seed = self.scenario.plan.particles().map(|settings| settings.seed);
        let overrides: Vec<&str> =
            result["overrides"].as_array().into_iter().flatten().filter_map(|own| own.as_str()).collect();
        result["version"] == **version
            && result["scenario"] == **source
            && result["seed"] == serde_json::json!(seed)
            && overrides == *set
    }

    /// Where its report goes: to `out`, or into a folder of its own name.
    pub fn folder(&self, out: Option<&Path>) -> PathBuf {
        out.map_or_else(|| Path::new("out").join(&self.scenario.name), Path::to_path_buf)
    }

    /// The run that was cut short in the folder `path`, and that folder.
    pub fn interrupted(path: &Path, access: Access) -> Result<(Self, Folder), Failure> {
        let request = Folder::request_file(path);
        let none = |error: std::io::Error| {
            let request = request.display();
            Failure::Input(format!(
                "--resume {}: found no interrupted run: {request}: {error}; a run that came to its end leaves none",
                path.display()
            ))
        };
        // Before the folder is opened, which would make it.
        request.symlink_metadata().map_err(none)?;
        let folder = open(path)?;
        let text = std::fs::read_to_string(&request).map_err(none)?;
        Ok((Self::taken_up(&text, &request, folder.state_file(), access)?, folder))
    }

    /// What the `text` of the file `path` asks for, from the state of its particles on if there is one.
    fn taken_up(text: &str, path: &Path, state: PathBuf, access: Access) -> Result<Self, Failure> {
        let foreign = |found: String| Failure::Input(format!("{}: found {found}", path.display()));
        let request: Request = serde_json::from_str(text)
            .map_err(|error| foreign(format!("no request of wfr: {error}; start anew without --resume")))?;
        let version = env!("CARGO_PKG_VERSION");
        if request.version != version {
            return Err(foreign(format!(
                "a run of wfr {}; expected {version}: other versions may come to other bits",
                request.version
            )));
        }
        let file = &request.file;
        let mut scenario =
            parse_with(&request.source, file, &overrides(&request.set)?, &Vocabulary::within(access))?;
        reseed(&mut scenario, request.seed);
        let fingerprint = fingerprint(&scenario);
        if fingerprint != request.fingerprint {
            return Err(foreign(format!(
                "a run whose scenario, or data beside {file}, have changed since; expected the same: start anew without --resume"
            )));
        }
        let mut job = Self { scenario, fingerprint, from: None, request };
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

    /// Takes the folder for this run: removes what another one has left, and writes down what is asked for, so that the run can
    /// be taken up again.
    pub fn begin(&self, folder: &mut Folder) -> Result<(), Failure> {
        folder.begin(result_json(&Run::begun(&self.scenario.name).findings))?;
        if self.from.is_none() {
            folder.forget()?;
        }
        let path = Folder::request_file(folder.path());
        let text = serde_json::to_string_pretty(&self.request)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        Ok(write_atomically(&path, text)?)
    }
}

/// The folder of a run, for this process alone.
pub fn open(path: &Path) -> Result<Folder, Failure> {
    Folder::open(path, RUN_FOLDER).map_err(|error| Failure::Input(error.to_string()))
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
