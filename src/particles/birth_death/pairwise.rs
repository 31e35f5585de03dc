use super::JumpForm;

/// A particle meets j drawn proportional to r_j and jumps to it with probability
/// 1 − e^{−(a_i − a_j)⁺} = (1 − r_i/r_j)⁺.
///
/// It goes from i to j with probability (r_j − r_i)⁺/n, so the expected offspring of i is
/// 1 + Σ_j ((r_i − r_j)⁺ − (r_j − r_i)⁺)/n = 1 + Σ_j (r_i − r_j)/n = r_i.
pub const FORM: JumpForm = JumpForm { partner: |r| r, jump: |own, partner, _largest| 1.0 - own / partner };
