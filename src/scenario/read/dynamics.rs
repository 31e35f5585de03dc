//! The choices of [flow] dynamics, and the keys of each.

use super::reader::Reader;
use crate::keys::one_of;

/// The choices of `dynamics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Overdamped,
    Underdamped,
    Annealed,
    ReverseDiffusion,
}

use Choice::{Annealed, Overdamped, ReverseDiffusion, Underdamped};

/// The keys of [flow] beside dynamics and horizon, and the dynamics that have them.
const OWNERS: [(&str, &[Choice]); 16] = [
    ("transport", &[Overdamped, Underdamped, Annealed]),
    ("reaction", &[Overdamped, Underdamped, ReverseDiffusion]),
    ("normalized", &[Overdamped]),
    ("energy", &[Overdamped]),
    ("force", &[Overdamped]),
    ("friction", &[Underdamped, ReverseDiffusion]),
    ("rate", &[Underdamped]),
    ("reads", &[Underdamped]),
    ("schedule", &[Annealed, ReverseDiffusion]),
    ("schedule-ess", &[Annealed]),
    ("forward", &[ReverseDiffusion]),
    ("churn", &[ReverseDiffusion]),
    ("corrected", &[ReverseDiffusion]),
    ("reward-schedule", &[ReverseDiffusion]),
    ("toward", &[ReverseDiffusion]),
    ("horizon", &[Overdamped, Underdamped, Annealed, ReverseDiffusion]),
];

impl Choice {
    /// All of them; a scenario that names none has the first.
    pub const ALL: [Self; 4] = [Overdamped, Underdamped, Annealed, ReverseDiffusion];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Overdamped => "overdamped",
            Underdamped => "underdamped",
            Annealed => "annealed",
            ReverseDiffusion => "reverse-diffusion",
        }
    }

    /// What [flow] says, if that is known; "overdamped" if it says nothing.
    pub fn of(flow: &Reader<'_>) -> Option<Self> {
        flow.one_of("dynamics", Overdamped, &Self::ALL, Self::name)
    }

    /// Whether [flow] names this choice; notes nothing.
    pub fn is_named(self, flow: &Reader<'_>) -> bool {
        flow.is("dynamics", self.name())
    }

    /// Notes every key of [flow] that other dynamics have, and allows those that these have.
    pub fn refuse_foreign_keys(self, flow: &Reader<'_>) {
        for (key, owners) in OWNERS {
            if owners.contains(&self) {
                flow.allow(&[key]);
            } else if flow.has(key) {
                let names: Vec<&str> = owners.iter().map(|owner| owner.name()).collect();
                let owners = if let [one] = names[..] { format!("\"{one}\"") } else { one_of(&names) };
                flow.wrong(key, &format!("none: it belongs to dynamics = {owners}"));
            }
        }
    }
}
