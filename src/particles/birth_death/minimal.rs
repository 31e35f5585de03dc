use super::JumpForm;

/// A particle dies with probability 1 − e^{−(a_i − ā)⁺} = (1 − r_i)⁺, ā = −log mean(e^{−a}), and reappears at j drawn
/// proportional to (r_j − 1)⁺.
///
/// Deaths and births balance, Σ(1 − r)⁺ = Σ(r − 1)⁺, so the expected offspring of i is min(1, r_i) + (r_i − 1)⁺ = r_i.
/// No coupling of the laws before and after moves less.
pub const FORM: JumpForm =
    JumpForm { partner: |r| (r - 1.0).max(0.0), jump: |own, _partner, _largest| (1.0 - own).max(0.0) };
