//! Birth–death jumps: the reaction −(c − c̄)ρ by particles that die and reappear where another one is, with weights that
//! stay 1 and a number of particles that stays the same.
//!
//! Over a step, the particles collect log-weights −a_i, a_i = ∫c dt, by the weight rule of the scheme. With
//! r_i = e^{−a_i}/mean(e^{−a}), each form draws a partner j for each particle i from a law that depends on r alone, and
//! lets i jump to j when an exponential clock rings within the step. All of them are made such that the expected number
//! of offspring is r_i *exactly*, at every h and for every number of particles. Hence
//! - the law follows the weighted particles' with the same step, and has their weak order: 2 with the trapezoidal
//!   rule, although the rates are frozen over a step;
//! - the product of the mean weights, the estimate of E exp(−∫c dt), is unbiased, as with resampling.
//!
//! As h → 0 the clocks ring at the rates of the three jump processes that have the reaction as their mean-field limit:
//!
//! | form | jumps from x to y at rate |
//! |---|---|
//! | [`BirthDeath::Minimal`] | (c(x) − c̄)⁺, to y drawn proportional to (c(y) − c̄)⁻ |
//! | [`BirthDeath::Pairwise`] | (c(x) − c(y))⁺/n for every particle y |
//! | [`BirthDeath::Moran`] | (c(x) − min c)/n for every particle y |
//!
//! Sources: Lu, Lu and Nolen 2019 (arXiv 1905.09863); Del Moral 2004, *Feynman–Kac Formulae*, sections 1.5 and 3.3;
//! Angeli, Grosskinsky and Johansen 2021 (arXiv 1902.00509).

mod minimal;
mod moran;
mod pairwise;

use super::{Stream, Weights};

/// A form of the jumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BirthDeath {
    /// As few jumps as the reaction needs.
    #[default]
    Minimal,
    /// Particles compare their rates two by two.
    Pairwise,
    /// Every particle dies at its own rate and reappears at any other.
    Moran,
}

/// The law of the jumps of one form, in terms of relative weights.
struct JumpForm {
    /// The law of the partner, up to a factor, from its r.
    partner: fn(f64) -> f64,
    /// The probability of a jump, from the particle's r, the partner's, and the largest of all; it rises with the
    /// partner's.
    jump: fn(own: f64, partner: f64, largest: f64) -> f64,
}

impl BirthDeath {
    /// Every form that a scenario can name.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::Pairwise, Self::Moran];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Pairwise => "pairwise",
            Self::Moran => "moran",
        }
    }

    fn form(self) -> JumpForm {
        match self {
            Self::Minimal => minimal::FORM,
            Self::Pairwise => pairwise::FORM,
            Self::Moran => moran::FORM,
        }
    }

    /// Offspring counts after the jumps of one step, as many in all as there are particles. `weights` are those that
    /// the particles collected over the step.
    pub fn offspring(self, weights: &Weights, stream: &mut Stream) -> Vec<u32> {
        let JumpForm { partner, jump } = self.form();
        let n = weights.values().len();
        let scale = n as f64 / weights.sum();
        let relative: Vec<f64> = weights.values().iter().map(|weight| weight * scale).collect();
        let largest = relative.iter().copied().fold(0.0, f64::max);
        let mut partners = relative.clone();
        let mut total = 0.0;
        for cumulated in &mut partners {
            total += partner(*cumulated);
            *cumulated = total;
        }
        let mut counts = vec![1; n];
        if total == 0.0 {
            // Equal weights: nobody jumps.
            return counts;
        }
        for (i, &own) in relative.iter().enumerate() {
            let clock = stream.uniform();
            // Only those who would jump to the best partner need to draw one.
            if clock < jump(own, largest, largest) {
                // In (0, total], so that nobody of share 0 is found.
                let place = (1.0 - stream.uniform()) * total;
                let j = partners.partition_point(|cumulated| *cumulated < place);
                if clock < jump(own, relative[j], largest) {
                    counts[i] -= 1;
                    counts[j] += 1;
                }
            }
        }
        counts
    }
}
