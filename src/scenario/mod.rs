//! From a TOML file to a [`Plan`], a problem with its computations and studies; nothing else knows TOML.
//!
//! `document` keeps where every value came from, `read` turns the document into a
//! [`Scenario`], `error` says what was found, where, and what would be right.

mod data;
mod document;
mod error;
mod keys;
mod read;
pub mod starter;
mod vocabulary;

pub use document::Override;
pub use error::{Problems, ScenarioError};
pub use keys::{TABLES, TableKeys, tables};
#[doc(hidden)]
pub use read::asked_keys;
pub use read::{load, load_with, parse, parse_with};
pub use vocabulary::Vocabulary;

use crate::study::Plan;

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
}
