use super::table::Table;
use std::any::Any;
use std::fmt::Debug;

/// What a study found, in the words and tables of its kind; serialises to its part of result.json.
pub trait Outcome: erased_serde::Serialize + Any + Debug + Send + Sync {
    /// The kind of study, as scenarios name it.
    fn kind(&self) -> &'static str;
    /// What was studied, e.g. "weak order of platen for x^2, by Monte Carlo".
    fn subject(&self) -> String;
    /// What was found, in a few words.
    fn found(&self) -> String;
    /// What it is held against, in a few words; empty if nothing is claimed.
    fn claim(&self) -> String {
        String::new()
    }
    /// The paths that would settle what is inconclusive, where paths would.
    fn paths_needed(&self) -> Option<u64> {
        None
    }
    /// All figures.
    fn tables(&self) -> Vec<Table> {
        Vec::new()
    }
}

erased_serde::serialize_trait_object!(Outcome);
