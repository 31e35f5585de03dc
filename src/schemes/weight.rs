use crate::algebra::Scalar;

/// Quadrature of −∫c dt over one step, giving the increment of the log-weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightRule {
    /// −h c(t, X): weak order 1 with any scheme.
    Left,
    /// −½ h (c(t, X) + c(t + h, X')): weak order 2 with a scheme of order 2 or more.
    Trapezoidal,
    /// −½ h (c(t + ½h, X) + c(t + ½h, X')): Strang's splitting of motion and weighting, with the rate frozen at the
    /// middle of the step: weak order 2 with a scheme of order 2 or more. Without time dependence it is the
    /// trapezoidal rule.
    Strang,
}

/// −h Σ shareᵢ·c(t + timeᵢ·h, Xᵢ) over the two ends X₀ = X and X₁ = X' of a step; shares and times are (numerator,
/// denominator).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateQuadrature {
    /// Shares of the two ends.
    pub shares: [(i64, i64); 2],
    /// Times of the two ends, in units of h from the start of the step.
    pub times: [(i64, i64); 2],
}

impl WeightRule {
    /// Every rule that a scenario can name.
    pub const ALL: [Self; 3] = [Self::Left, Self::Trapezoidal, Self::Strang];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Trapezoidal => "trapezoidal",
            Self::Strang => "strang",
        }
    }

    /// Weak order of the rule beside a scheme that is exact.
    pub fn weak_order(self) -> u32 {
        match self {
            Self::Left => 1,
            Self::Trapezoidal | Self::Strang => 2,
        }
    }

    /// The formula.
    #[inline(always)]
    pub fn quadrature(self) -> RateQuadrature {
        match self {
            Self::Left => RateQuadrature { shares: [(1, 1), (0, 1)], times: [(0, 1), (1, 1)] },
            Self::Trapezoidal => RateQuadrature { shares: [(1, 2); 2], times: [(0, 1), (1, 1)] },
            Self::Strang => RateQuadrature { shares: [(1, 2); 2], times: [(1, 2); 2] },
        }
    }
}

impl RateQuadrature {
    /// The times of the two ends of a step of length `h` from `t`.
    pub fn times<S: Scalar>(&self, t: &S, h: &S) -> [S; 2] {
        self.times.map(|(numerator, denominator)| t.clone() + S::ratio(numerator, denominator) * h.clone())
    }

    /// What the rates at the two ends are multiplied with in the log-weight increment: −h·share.
    #[inline(always)]
    pub fn factors<S: Scalar>(&self, h: &S) -> [S; 2] {
        self.shares.map(|(numerator, denominator)| -(S::ratio(numerator, denominator) * h.clone()))
    }

    /// The log-weight increment from the rates at the two ends, [`RateQuadrature::factors`] times them. Multiplied by h last,
    /// so that a series in h stays known as far as it is even where a share is 0.
    pub fn log_increment<S: Scalar>(&self, h: &S, [before, after]: [S; 2]) -> S {
        let [first, second] = self.shares.map(|(numerator, denominator)| S::ratio(numerator, denominator));
        let mut mean = first * before;
        mean.add_product(&second, &after);
        -(h.clone() * mean)
    }

    /// Whether the rate at the end of a step counts.
    #[inline(always)]
    pub fn reads_end(&self) -> bool {
        self.shares[1].0 != 0
    }

    /// Whether the rate at the end of a step is the one that the next step starts with.
    #[inline(always)]
    pub fn is_continuous(&self) -> bool {
        self.times == [(0, 1), (1, 1)]
    }
}
