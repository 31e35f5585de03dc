use super::JumpForm;

/// A particle dies with probability 1 − e^{−(a_i − min a)} = 1 − r_i/max r and reappears at j drawn proportional to r_j.
///
/// With m = max r, the expected offspring of i is r_i/m + Σ_k (1 − r_k/m) r_i/n = r_i.
pub const FORM: JumpForm = JumpForm { partner: |r| r, jump: |own, _partner, largest| 1.0 - own / largest };
