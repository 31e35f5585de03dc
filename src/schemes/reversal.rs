use crate::algebra::Scalar;

/// What the reversed diffusion is made of at one place and noise level: the forward process dX = f dτ + G dW with marginals
/// qᵢ, and the target p ∝ Π qᵢ^βᵢ · e^{c r} of the paths, in reversed time t.
///
/// Drift and growth are written here once: particles follow them, and
/// [`reversal_defect`](super::certificate::reversal_defect) proves that they make p the law of the weighted paths (Skreta et
/// al. 2025, arXiv 2503.02819, for products and rewards apart).
pub struct Reversal<S> {
    /// f, d entries.
    pub forward: Vec<S>,
    /// ∇·f.
    pub divergence: S,
    /// The diagonal of GGᵀ, d entries: g², or 0 where there is no noise.
    pub noise: Vec<S>,
    /// ζ: the paths have noise √ζ G.
    pub churn: S,
    /// (βᵢ, Sᵢ = ∇ log qᵢ).
    pub scores: Vec<(S, Vec<S>)>,
    /// R = c∇r.
    pub tilt: Vec<S>,
    /// (∂_t c) r.
    pub tilt_rate: S,
}

impl<S: Scalar> Reversal<S> {
    /// −f + ½GGᵀ((1 + ζ)S + ζR), S = Σ βᵢSᵢ.
    pub fn drift(&self) -> Vec<S> {
        let score = self.score();
        let component = |i: usize| {
            let half = S::ratio(1, 2) * self.noise[i].clone();
            let toward = half.clone() * (S::one() + self.churn.clone());
            let pull = half * self.churn.clone();
            toward * score[i].clone() + pull * self.tilt[i].clone() - self.forward[i].clone()
        };
        (0..score.len()).map(component).collect()
    }

    /// d log w/dt = (Σβᵢ − 1)∇·f + (∂_t c) r − f·R + ½(⟨S, S⟩ + ⟨S, R⟩ − Σ βᵢ⟨Sᵢ, Sᵢ⟩), ⟨a, b⟩ = a·GGᵀb, whatever ζ.
    pub fn growth(&self) -> S {
        let score = self.score();
        let mut squares = self.inner(&score, &score) + self.inner(&score, &self.tilt);
        let mut excess = -S::one();
        for (power, own) in &self.scores {
            squares += -(power.clone() * self.inner(own, own));
            excess += power.clone();
        }
        let drag = self.tilt_rate.clone() - dot(&self.forward, &self.tilt);
        excess * self.divergence.clone() + drag + S::ratio(1, 2) * squares
    }

    /// ⟨a, b⟩ = a·GGᵀb.
    fn inner(&self, a: &[S], b: &[S]) -> S {
        self.noise.iter().zip(a).zip(b).fold(S::zero(), |mut sum, ((noise, a), b)| {
            sum.add_product(&(noise.clone() * a.clone()), b);
            sum
        })
    }

    /// S.
    fn score(&self) -> Vec<S> {
        let mut sum = vec![S::zero(); self.forward.len()];
        for (power, own) in &self.scores {
            for (sum, own) in sum.iter_mut().zip(own) {
                sum.add_product(power, own);
            }
        }
        sum
    }
}

fn dot<S: Scalar>(a: &[S], b: &[S]) -> S {
    a.iter().zip(b).fold(S::zero(), |mut sum, (a, b)| {
        sum.add_product(a, b);
        sum
    })
}
