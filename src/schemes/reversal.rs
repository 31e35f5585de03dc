use crate::algebra::Scalar;

/// What the reversed diffusion is made of at one place and noise level: the forward process dX = f dτ + G dW with marginals
/// qᵢ, and the target p ∝ Π qᵢ^βᵢ · e^{c r} of the paths, in reversed time t.
///
/// Drift and growth are written here once: particles follow them, and
/// [`reversal_defect`](super::certificate::reversal_defect) proves that they make p the law of the weighted paths (Skreta et
/// al. 2025, arXiv 2503.02819, for products and rewards apart).
pub struct Reversal<'a, S> {
    /// f, d entries.
    pub forward: &'a [S],
    /// ∇·f.
    pub divergence: S,
    /// The diagonal of GGᵀ, d entries: g², or 0 where there is no noise.
    pub noise: &'a [S],
    /// ζ: the paths have noise √ζ G.
    pub churn: S,
    /// βᵢ.
    pub powers: &'a [S],
    /// Sᵢ = ∇ log qᵢ, d entries for each i.
    pub scores: &'a [S],
    /// R = c∇r, d entries.
    pub tilt: &'a [S],
    /// (∂_t c) r.
    pub tilt_rate: S,
}

impl<S: Scalar> Reversal<'_, S> {
    /// Writes −f + ½GGᵀ((1 + ζ)S + ζR), S = Σ βᵢSᵢ.
    #[inline(always)]
    pub fn drift(&self, out: &mut [S]) {
        for (i, out) in out.iter_mut().enumerate() {
            let half = S::ratio(1, 2) * self.noise[i].clone();
            let toward = half.clone() * (S::one() + self.churn.clone());
            let pull = half * self.churn.clone();
            *out = toward * self.score(i) + pull * self.tilt[i].clone() - self.forward[i].clone();
        }
    }

    /// d log w/dt = (Σβᵢ − 1)∇·f + (∂_t c) r − f·R + ½(⟨S, S⟩ + ⟨S, R⟩ − Σ βᵢ⟨Sᵢ, Sᵢ⟩), ⟨a, b⟩ = a·GGᵀb, whatever ζ.
    #[inline(always)]
    pub fn growth(&self) -> S {
        let (mut square, mut tilted, mut drag) = (S::zero(), S::zero(), S::zero());
        for (i, noise) in self.noise.iter().enumerate() {
            let score = self.score(i);
            let driven = noise.clone() * score.clone();
            square.add_product(&driven, &score);
            tilted.add_product(&driven, &self.tilt[i]);
            drag.add_product(&self.forward[i], &self.tilt[i]);
        }
        let (mut squares, mut excess) = (square + tilted, -S::one());
        for (power, own) in self.powers.iter().zip(self.scores.chunks_exact(self.noise.len())) {
            let mut square = S::zero();
            for (noise, own) in self.noise.iter().zip(own) {
                square.add_product(&(noise.clone() * own.clone()), own);
            }
            squares += -(power.clone() * square);
            excess += power.clone();
        }
        excess * self.divergence.clone() + (self.tilt_rate.clone() - drag) + S::ratio(1, 2) * squares
    }

    /// Component `i` of S.
    #[inline(always)]
    fn score(&self, i: usize) -> S {
        let own = self.scores.iter().skip(i).step_by(self.noise.len());
        self.powers.iter().zip(own).fold(S::zero(), |mut sum, (power, own)| {
            sum.add_product(power, own);
            sum
        })
    }
}
