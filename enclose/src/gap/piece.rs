//! Pieces of a trial function, and the inequality that each of them has to satisfy.
//!
//! Let f be a trial eigenfunction on (−∞, c], negative and increasing, u = f′/f and w = f/f′. It solves −f″ + V′f′ = λf if
//!
//! > u′ = −λ + V′u − u²,  that is,  w′ = 1 − V′w + λw².
//!
//! A polynomial solves neither, but its *defect*, left side less right side, is a function of known sign.

use super::side::Side;
use crate::Interval;

/// Which of the two functions a piece describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// u = f′/f, where f is nearly flat.
    Slope,
    /// w = f/f′, where f passes through 0.
    Ratio,
}

/// A polynomial Σ cₖ (y − from)ᵏ on [from, to].
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Whether it stands for u or for w.
    pub chart: Chart,
    /// The left end.
    pub from: f64,
    /// The right end.
    pub to: f64,
    /// c₀, c₁, …; exactly these numbers.
    pub coefficients: Vec<f64>,
}

impl Piece {
    fn intervals(&self) -> Vec<Interval> {
        self.coefficients.iter().map(|c| Interval::point(*c)).collect()
    }

    /// 0 to the length.
    fn offsets(&self) -> Interval {
        Interval::new(0.0, self.length().upper())
    }

    fn length(&self) -> Interval {
        Interval::point(self.to) - Interval::point(self.from)
    }

    /// The value at the left end.
    pub fn first(&self) -> f64 {
        self.coefficients.first().copied().unwrap_or(f64::NAN)
    }

    /// The value at the right end.
    pub fn last(&self) -> Interval {
        self.length().polynomial(&self.intervals())
    }

    /// The values on the piece.
    pub fn range(&self) -> Interval {
        self.offsets().polynomial(&self.intervals())
    }

    /// What V′ is replaced by in [`defect`](Self::defect): a polynomial of this degree with its remainder.
    pub fn drift_model(&self, side: Side<'_>) -> Vec<Interval> {
        side.drift_model(self.from, self.to, self.coefficients.len() + 2)
    }

    /// The values on the piece of the defect at this λ: p′ − (−λ + V′p − p²) for u, p′ − (1 − V′p + λp²) for w.
    ///
    /// The terms are expanded in powers of y − from before anything is bounded: bounded one by one they would lose all digits.
    pub fn defect(&self, drift: &[Interval], lambda: f64) -> Interval {
        let p = self.intervals();
        let lambda = Interval::point(lambda);
        let (constant, of_drift, of_square) = match self.chart {
            Chart::Slope => (lambda, -Interval::ONE, Interval::ONE),
            Chart::Ratio => (-Interval::ONE, Interval::ONE, -lambda),
        };
        let count = p.len() + p.len().max(drift.len());
        let mut defect = vec![Interval::ZERO; count];
        defect[0] = constant;
        for (k, c) in p.iter().enumerate().skip(1) {
            defect[k - 1] = defect[k - 1] + *c * Interval::point(k as f64);
        }
        for (k, total) in defect.iter_mut().enumerate() {
            let mut of_p = Interval::ZERO;
            for (j, c) in p.iter().enumerate().take(k + 1) {
                if let Some(b) = drift.get(k - j).filter(|b| **b != Interval::ZERO) {
                    of_p = of_p + *b * *c;
                }
            }
            let square = square_coefficient(&p, k);
            *total = *total + of_drift * of_p + of_square * square;
        }
        self.offsets().polynomial(&defect)
    }
}

/// The coefficient of tᵏ in p².
fn square_coefficient(p: &[Interval], k: usize) -> Interval {
    let first = (k + 1).saturating_sub(p.len());
    let mut sum = Interval::ZERO;
    for j in first..k.div_ceil(2) {
        sum = sum + p[j] * p[k - j];
    }
    sum = sum + sum;
    if k.is_multiple_of(2) && k / 2 < p.len() { sum + p[k / 2].powi(2) } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    #[test]
    fn the_defect_of_a_solution_is_zero() {
        // V = x²/2, λ = 1, f = x: w = x and u = 1/x.
        let v = Expression::parse("x^2/2").unwrap();
        let [side, _] = Side::both(&v);
        let piece = Piece { chart: Chart::Ratio, from: -1.0, to: 0.5, coefficients: vec![-1.0, 1.0] };
        assert_eq!(piece.defect(&piece.drift_model(side), 1.0), Interval::ZERO);
        assert_eq!(piece.range(), Interval::new(-1.0, 0.5));
        // u = −1/2 − t/4 − … about −2, cut after the linear term: the defect is (3/8) t + O(t²) − …, but small.
        let piece = Piece { chart: Chart::Slope, from: -2.0, to: -1.99, coefficients: vec![-0.5, -0.25] };
        let defect = piece.defect(&piece.drift_model(side), 1.0);
        assert!(defect.contains(0.0) && defect.magnitude() < 1e-2, "{defect}");
    }
}
