//! `wfr prove`: every claim that exact algebra decides, one after the other.

mod export;

use super::{FAILED, Failure, ProveArguments};
use std::io::{self, Write};
use wfr::proofs::{Claim, Decision, claims};

pub fn run(arguments: &ProveArguments) -> Result<u8, Failure> {
    let all = claims();
    for id in &arguments.ids {
        if !all.iter().any(|claim| claim.is_about(id)) {
            return Err(Failure::Input(unknown(id, &all)));
        }
    }
    let asked =
        |claim: &&Claim| arguments.ids.is_empty() || arguments.ids.iter().any(|id| claim.is_about(id));
    let decisions: Vec<Decision> =
        all.iter().filter(asked).map(|claim| claim.decide(arguments.thorough)).collect();
    if let Some(folder) = &arguments.export {
        let written = export::write(folder, all.iter().filter(asked));
        written.map_err(|error| Failure::Input(format!("{}: {error}", folder.display())))?;
    }
    let proved = decisions.iter().filter(|decision| decision.verdict == "proved").count();
    match print(&decisions, arguments.json) {
        // Who reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(Failure::Output(format!("standard output: {error}"))),
        Ok(()) => {}
    }
    if !arguments.json {
        super::terminal::note(&format!("{proved} of {} claims proved", decisions.len()));
    }
    Ok(if proved == decisions.len() { 0 } else { FAILED })
}

fn write(decision: &Decision, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:8}  {}", decision.verdict, decision.id)?;
    if let Some(title) = decision.title {
        writeln!(out, "          {title}")?;
    }
    writeln!(out, "          {}", decision.statement)?;
    if let Some(error) = &decision.leading_error {
        writeln!(out, "          {error}")?;
    }
    writeln!(out, "          domain: {}", decision.domain)?;
    writeln!(out, "          {}\n", decision.source)
}

fn unknown(id: &str, all: &[Claim]) -> String {
    let ids: Vec<String> = all.iter().map(Claim::id).collect();
    let likeness = |known: &&String| strsim::jaro_winkler(known, id);
    let close = ids.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = close.map_or(String::new(), |close| format!(" (did you mean \"{close}\"?)"));
    format!(
        "prove: found \"{id}\"; expected the name of a scheme or of an identity, see `wfr list schemes` and `wfr list identities`{hint}"
    )
}

fn print(decisions: &[Decision], json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        return writeln!(out, "{}", serde_json::to_string_pretty(decisions)?);
    }
    decisions.iter().try_for_each(|decision| write(decision, &mut out))
}
