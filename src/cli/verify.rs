//! `wfr verify`: samples of any program against the truth of a scenario.

use super::job::{open, overrides};
use super::run::{Asked, check_space, command, execute};
use super::summary::summarize;
use super::supervise::signals;
use super::terminal::{note, print};
use super::{Failure, VerifyArguments, status, use_threads};
use indicatif::MultiProgress;
use std::path::Path;
use std::sync::Arc;
use wfr::files::read_bounded;
use wfr::keys::{Fault, Value, Values};
use wfr::report::result_json;
use wfr::scenario::{Scenario, Vocabulary, load_with, read_samples};
use wfr::study::reference::Whose;
use wfr::study::samples::{Arrangement, KIND, Samples, SamplesStudy};
use wfr::study::{Plan, Run, Study};

pub fn run(arguments: &VerifyArguments) -> Result<u8, Failure> {
    let interrupted = Arc::default();
    arguments.limits.enforce(&interrupted)?;
    use_threads(arguments.threads)?;
    let access = arguments.limits.access();
    let scenario = load_with(&arguments.against, &overrides(&arguments.set)?, &Vocabulary::within(access))?;
    let samples = samples(&arguments.samples, access.most_bytes)?;
    let scenario = verified(arguments, scenario, samples)?;
    let out = Path::new("out").join(&scenario.name);
    let mut folder = open(arguments.out.as_ref().unwrap_or(&out))?;
    check_space(folder.path(), &scenario)?;
    signals(&interrupted)?;
    folder.begin(result_json(&Run::begun(&scenario.name).findings))?;
    let command = command();
    let asked = Asked {
        scenario: &scenario,
        command: &command,
        path: None,
        index: None,
        whole: true,
        quiet: arguments.quiet,
    };
    let run = execute(asked, &mut folder, &MultiProgress::new(), None, &interrupted)?;
    if !arguments.quiet {
        summarize(&run.findings);
        note(&format!("report: {}", folder.path().join("report.html").display()));
    }
    if arguments.json {
        print(&result_json(&run.findings))?;
    }
    Ok(status(run.findings.ending()))
}

fn samples(path: &Path, most: u64) -> Result<Samples, Failure> {
    let name = path.display().to_string();
    let content = read_bounded(path, most).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    read_samples(&name, &content).map_err(Failure::Input)
}

/// The scenario with the study of these samples alone, and its grid if the truth needs it.
fn verified(arguments: &VerifyArguments, scenario: Scenario, samples: Samples) -> Result<Scenario, Failure> {
    let wrong = |fault: &Fault| {
        let Fault { key, message, .. } = fault;
        Failure::Input(match *key {
            "file" => message.clone(),
            "kind" => format!("{}: {message}", arguments.against.display()),
            _ => format!("--{key}: {message}"),
        })
    };
    let mut values = Values::default();
    let samples = Arc::new(samples);
    values.insert("file", Value::Samples(samples.clone()));
    let texts = [("arrangement", &arguments.arrangement), ("law", &arguments.law)];
    let texts = texts.into_iter().filter_map(|(key, text)| Some((key, Value::Text(text.clone()?))));
    let level = arguments.level.map(|level| ("level", Value::Number(level)));
    texts.chain(level).for_each(|(key, value)| values.insert(key, value));
    if let Some(fault) = values.faults(KIND.keys).first() {
        return Err(wrong(fault));
    }
    let problem = scenario.plan.problem().clone();
    let arrangement = values.named("arrangement", &Arrangement::ALL, Arrangement::name);
    let law = values.named("law", &Whose::ALL, Whose::name);
    let study: Arc<dyn Study> =
        Arc::new(SamplesStudy::new(samples, &problem, arrangement, law, arguments.level));
    let plan = Plan::new(problem, scenario.plan.grid().cloned(), None, vec![study])
        .map_err(|reasons| wrong(&reasons[0].fault))?
        .alone(KIND.name);
    Ok(Scenario { name: format!("{}-verify", scenario.name), plan, ..scenario })
}
