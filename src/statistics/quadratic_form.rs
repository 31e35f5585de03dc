//! Sums Σ λₖ Zₖ² of squares of independent standard normal variates: the law of χ² statistics, and in the limit that of degenerate
//! V-statistics.

use statrs::distribution::{ContinuousCDF, Normal};

/// Bisections of a quantile or a saddle point, to the last bits.
const BISECTIONS: usize = 200;
/// Weights below this share of the largest one do not count.
const NEGLIGIBLE: f64 = 1e-12;

/// The law of Σ λₖ Zₖ².
#[derive(Clone, Debug)]
pub struct QuadraticForm {
    weights: Vec<f64>,
}

impl QuadraticForm {
    /// The law with these λₖ; those that are not positive to rounding are left out.
    pub fn new(weights: &[f64]) -> Self {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let kept = weights.iter().copied().filter(|λ| *λ > NEGLIGIBLE * largest).collect();
        Self { weights: kept }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Σ λₖ.
    pub fn mean(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// P(Σ λₖ Zₖ² > x) by the saddle point (Lugannani and Rice 1980; Kuonen 1999), for x above the mean; its relative error is a few
    /// per cent, far out as well: 9 % too large at 1e-6 for a single weight. Below, 1.
    pub fn upper_tail(&self, x: f64) -> f64 {
        let largest = self.weights.iter().copied().fold(0.0, f64::max);
        // The formula is singular at the mean.
        if x <= 1.01 * self.mean() || largest == 0.0 {
            return 1.0;
        }
        let slope = |ζ: f64| self.weights.iter().map(|λ| λ / (1.0 - 2.0 * ζ * λ)).sum::<f64>();
        let [mut low, mut high] = [0.0, 0.5 / largest];
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if slope(middle) < x { low = middle } else { high = middle }
        }
        let ζ = low;
        let cumulant: f64 = self.weights.iter().map(|λ| -0.5 * (-2.0 * ζ * λ).ln_1p()).sum();
        let curvature: f64 = self.weights.iter().map(|λ| 2.0 * (λ / (1.0 - 2.0 * ζ * λ)).powi(2)).sum();
        let (w, v) = ((2.0 * (ζ * x - cumulant)).max(0.0).sqrt(), ζ * curvature.sqrt());
        Normal::standard().sf(w + (v / w).ln() / w)
    }

    /// The x that Σ λₖ Zₖ² exceeds with probability `level`, at most ½ of it.
    pub fn quantile(&self, level: f64) -> f64 {
        let [mut low, mut high] = [self.mean(), 2.0 * self.mean()];
        while self.upper_tail(high) > level && high.is_finite() {
            high *= 2.0;
        }
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if self.upper_tail(middle) > level { low = middle } else { high = middle }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::QuadraticForm;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn equal_weights_are_chi_squared() {
        for k in [1, 3, 10, 39] {
            let form = QuadraticForm::new(&vec![0.5; k]);
            let law = ChiSquared::new(k as f64).unwrap();
            for level in [0.05, 1e-3, 1e-6] {
                let exact = 0.5 * law.inverse_cdf(1.0 - level);
                // The saddle point is on the safe side, most for a single weight.
                let ratio = form.upper_tail(exact) / level;
                assert!((0.999..1.1).contains(&ratio), "{k} {level}: {ratio}");
                assert!(form.quantile(level) >= 0.999 * exact, "{k} {level}");
            }
        }
    }

    /// P(λ(Z₁² + Z₂²) + μ(Z₃² + Z₄²) > x) = (λe^{−x/2λ} − μe^{−x/2μ})/(λ − μ).
    #[test]
    fn two_pairs_have_their_closed_form() {
        let form = QuadraticForm::new(&[3.0, 3.0, 1.0, 1.0]);
        for x in [20.0f64, 40.0, 80.0] {
            let exact = (3.0 * (-x / 6.0).exp() - (-x / 2.0).exp()) / 2.0;
            assert!((form.upper_tail(x) / exact - 1.0).abs() < 0.06, "{x}: {} {exact}", form.upper_tail(x));
        }
    }
}
