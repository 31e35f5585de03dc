use crate::algebra::Scalar;

/// What the reversed diffusion is made of at one place and noise level: the forward process dX = f dτ + g dW with marginals
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
    /// g².
    pub noise: S,
    /// ζ: the paths have noise √ζ g.
    pub churn: S,
    /// (βᵢ, Sᵢ = ∇ log qᵢ).
    pub scores: Vec<(S, Vec<S>)>,
    /// R = c∇r.
    pub tilt: Vec<S>,
    /// (∂_t c) r.
    pub tilt_rate: S,
}

impl<S: Scalar> Reversal<S> {
    /// −f + ½g²((1 + ζ)S + ζR), S = Σ βᵢSᵢ.
    pub fn drift(&self) -> Vec<S> {
        let half = S::ratio(1, 2) * self.noise.clone();
        let toward = half.clone() * (S::one() + self.churn.clone());
        let pull = half * self.churn.clone();
        let score = self.score();
        let components = self.forward.iter().zip(&score).zip(&self.tilt);
        components
            .map(|((f, s), r)| toward.clone() * s.clone() + pull.clone() * r.clone() - f.clone())
            .collect()
    }

    /// d log w/dt = (Σβᵢ − 1)∇·f + (∂_t c) r − f·R + ½g²(|S|² + S·R − Σ βᵢ|Sᵢ|²), whatever ζ.
    pub fn growth(&self) -> S {
        let score = self.score();
        let mut squares = dot(&score, &score) + dot(&score, &self.tilt);
        let mut excess = -S::one();
        for (power, own) in &self.scores {
            squares += -(power.clone() * dot(own, own));
            excess += power.clone();
        }
        let drag = self.tilt_rate.clone() - dot(&self.forward, &self.tilt);
        excess * self.divergence.clone() + drag + S::ratio(1, 2) * self.noise.clone() * squares
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
