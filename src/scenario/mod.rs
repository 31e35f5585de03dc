//! From a TOML file to a [`Plan`], a problem with its computations and studies; nothing else knows TOML.
//!
//! `access` says what a scenario may read, `document` keeps where every value came from, `read` turns the document into a
//! [`Scenario`], `error` says what was found, where, and what would be right.
//!
//! Belongs here: keys, places and messages of TOML. Does not: rules of what fits what, which plans made in Rust obey too
//! ([`Plan`], [`crate::keys`]).

mod access;
mod data;
mod document;
mod error;
mod keys;
mod npz;
mod read;
mod reference;
mod sample_file;
mod starter;
mod statement;
mod vocabulary;

pub use access::{Access, MOST_BYTES, MOST_HOURS};
pub use data::Data;
pub use document::Override;
pub use error::{Problems, ScenarioError};
pub use keys::{TABLES, TableKeys, densities, since, tables};
#[doc(hidden)]
pub use read::asked_keys;
pub use read::{load, load_with, parse, parse_with};
pub use reference::{FORMULAS, reference_page, scenario_schema};
pub use sample_file::read_samples;
pub use starter::starter;
pub use vocabulary::Vocabulary;

use crate::study::Plan;
use crate::study::findings::Findings;

/// One scenario file, checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name; also the name of its folder under reports/.
    pub name: String,
    /// What is to be computed.
    pub plan: Plan,
    /// Whether a quick validation leaves it out.
    pub large: bool,
    /// What the user should know although the scenario is valid.
    pub warnings: Vec<String>,
    /// The text of the file, for the report's foot.
    pub source: String,
    /// Keys that replaced those of the text, as in `--set`.
    pub overrides: Vec<String>,
}

impl Scenario {
    /// Notes in findings that they are of this scenario.
    pub fn sign(&self, findings: &mut Findings) {
        findings.origin.scenario = Some(self.source.clone());
        findings.origin.overrides.clone_from(&self.overrides);
    }

    /// The problem as it is run, in a few lines with heads.
    pub fn statement(&self) -> Vec<(&'static str, String)> {
        statement::statement(&self.plan)
    }

    /// The first sentence of the comment at the head of the text; empty if there is none.
    pub fn sentence(&self) -> String {
        let head = self.source.lines().map_while(|line| line.strip_prefix('#'));
        let head = head.map(str::trim).collect::<Vec<_>>().join(" ");
        let end = head.match_indices(". ").map(|(end, _)| end).find(|end| {
            // Not that of an abbreviation or an initial.
            head[..*end].chars().rev().take_while(|c| c.is_alphanumeric()).count() > 2
        });
        end.map_or(head.as_str(), |end| &head[..=end]).to_string()
    }
}
