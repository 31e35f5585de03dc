//! `wfr prove`: every claim that exact algebra decides, one after the other.

mod claim;
mod export;

use super::{FAILED, Failure, ProveArguments};
use claim::{Claim, claims};
use serde::Serialize;
use std::fmt::{Display, Formatter};
use std::io::{self, Write};
use wfr::schemes::certificate::Domain;

/// Where a decision holds: of an order the domain of its certificates, of everything else a sentence.
#[derive(Serialize)]
#[serde(untagged)]
enum Scope {
    Order(Domain),
    Words(String),
}

impl Display for Scope {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Order(domain) => write!(f, "{domain}"),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// A decided claim; the JSON of `wfr prove --json`.
#[derive(Serialize)]
struct Decision {
    id: String,
    kind: &'static str,
    /// What an identity is about, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    statement: String,
    source: &'static str,
    /// "proved", "refuted", or "inconclusive" where the expansion has the order but its expectations need not exist.
    verdict: &'static str,
    order: Option<u32>,
    leading_error: Option<String>,
    dimensions: Vec<usize>,
    domain: Scope,
}

impl Decision {
    /// Of what has no order and was decided in one and two dimensions.
    fn new(
        id: String,
        kind: &'static str,
        (statement, source): (String, &'static str),
        domain: Scope,
        holds: bool,
    ) -> Self {
        let verdict = if holds { "proved" } else { "refuted" };
        Self {
            id,
            kind,
            title: None,
            statement,
            source,
            verdict,
            order: None,
            leading_error: None,
            dimensions: vec![1, 2],
            domain,
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:8}  {}", self.verdict, self.id)?;
        if let Some(title) = self.title {
            writeln!(out, "          {title}")?;
        }
        writeln!(out, "          {}", self.statement)?;
        if let Some(error) = &self.leading_error {
            writeln!(out, "          {error}")?;
        }
        writeln!(out, "          domain: {}", self.domain)?;
        writeln!(out, "          {}\n", self.source)
    }
}

pub fn run(arguments: &ProveArguments) -> Result<u8, Failure> {
    let all = claims();
    for id in &arguments.ids {
        if !all.iter().any(|claim| is_about(claim, id)) {
            return Err(Failure::Input(unknown(id, &all)));
        }
    }
    let asked =
        |claim: &&Claim| arguments.ids.is_empty() || arguments.ids.iter().any(|id| is_about(claim, id));
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

/// Whether a claim has this id, or is about the scheme of this name.
fn is_about(claim: &Claim, id: &str) -> bool {
    let own = claim.id();
    let scheme = !id.contains(['+', '/']);
    own.strip_prefix(id).is_some_and(|rest| rest.is_empty() || (scheme && rest.starts_with(['+', '/'])))
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
    decisions.iter().try_for_each(|decision| decision.write(&mut out))
}
