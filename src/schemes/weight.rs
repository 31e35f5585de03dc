use crate::algebra::Scalar;

/// Quadrature of −∫c dt over one step, giving the increment of the log-weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightRule {
    /// −h c(t, X): weak order 1 with any scheme.
    Left,
    /// −½ h (c(t, X) + c(t + h, X')): weak order 2 with a scheme of order 2 or more.
    Trapezoidal,
}

impl WeightRule {
    /// Every rule that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Left, Self::Trapezoidal];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Trapezoidal => "trapezoidal",
        }
    }

    /// The rule called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Weak order of the rule beside a scheme that is exact.
    pub fn weak_order(self) -> u32 {
        match self {
            Self::Left => 1,
            Self::Trapezoidal => 2,
        }
    }

    /// The log-weight increment from the rates before (at t, X) and after (at t + h, X') the step.
    pub fn log_increment<S: Scalar>(self, h: &S, before: S, after: S) -> S {
        match self {
            Self::Left => -(h.clone() * before),
            Self::Trapezoidal => -(S::ratio(1, 2) * h.clone() * (before + after)),
        }
    }
}
