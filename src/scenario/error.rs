use std::fmt::{Display, Formatter};
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no scenario.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{file}:{line}:{column}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What the TOML parser says.
        message: String,
    },
    /// `--set` was given something that is not PATH=VALUE.
    #[error("--set {text}: found {found}; expected PATH=VALUE such as particles.count=1000")]
    Override {
        /// The argument.
        text: String,
        /// What is wrong with it.
        found: String,
    },
    /// The file is TOML but not a scenario.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// Everything that is wrong with a scenario, one line each.
#[derive(Clone, Debug, Default, Error, PartialEq)]
pub struct Problems(pub Vec<String>);

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}
