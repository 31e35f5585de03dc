use schemars::JsonSchema;
use serde::Serialize;

/// How a study ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim stands, with power to have seen it fall.
    Pass,
    /// The claim is refuted.
    Fail,
    /// The data cannot tell.
    Inconclusive,
}

impl Verdict {
    /// A pass where all holds, else a failure.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }
}

/// How a run, a study or a check ended, the least grave first: the one order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// All is well.
    Pass,
    /// Nothing failed, but a study cannot tell.
    Inconclusive,
    /// A check or a study failed.
    Fail,
    /// The computation broke down.
    Incomplete,
}

impl Ending {
    /// Every ending, the gravest first.
    pub const ALL: [Self; 4] = [Self::Incomplete, Self::Fail, Self::Inconclusive, Self::Pass];

    /// The word in the report and on the terminal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        }
    }
}

impl From<Verdict> for Ending {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}
