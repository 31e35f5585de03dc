//! The implicit one-step rules, written once: on vectors they advance the grid, on power series in z = hA their order
//! is proved.

use crate::algebra::{Ring, Scalar, Series};
use crate::symbolic::{DifferentialPolynomial, Name, Symbol};
use std::convert::Infallible;

/// Powers of z that are known.
const POWERS: usize = 6;

/// An implicit one-step rule for y' = Ay; each is a chain of solves with I − θhA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImplicitRule {
    /// (I − hA)⁻¹: order 1, positive.
    BackwardEuler,
    /// (I − ½hA)⁻¹(I + ½hA): order 2, A-stable, not positive.
    CrankNicolson,
    /// Trapezoid to γh, γ = 2 − √2, then BDF2 (Bank et al. 1985): order 2, L-stable, not positive.
    TrBdf2,
}

/// rational + γ·rational with γ = 2 − √2, each (numerator, denominator): the numbers that the rules need, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficient {
    rational: (i64, i64),
    gamma: (i64, i64),
}

impl Coefficient {
    /// numerator/denominator.
    pub const fn rational(numerator: i64, denominator: i64) -> Self {
        Self { rational: (numerator, denominator), gamma: (0, 1) }
    }

    /// As a number.
    pub fn value(self) -> f64 {
        let quotient = |(numerator, denominator): (i64, i64)| numerator as f64 / denominator as f64;
        quotient(self.rational) + quotient(self.gamma) * (2.0 - std::f64::consts::SQRT_2)
    }

    /// With γ as an indeterminate.
    fn exact(self) -> DifferentialPolynomial {
        let quotient = |(numerator, denominator)| DifferentialPolynomial::ratio(numerator, denominator);
        quotient(self.rational) + quotient(self.gamma) * DifferentialPolynomial::from(γ())
    }
}

const ONE: Coefficient = Coefficient::rational(1, 1);
const TWO: Coefficient = Coefficient::rational(2, 1);
const MINUS_ONE: Coefficient = Coefficient::rational(-1, 1);
const HALF_GAMMA: Coefficient = Coefficient { rational: (0, 1), gamma: (1, 2) };
/// 1/(γ(2 − γ)) = (3 − γ)/2.
const BDF_STAGE: Coefficient = Coefficient { rational: (3, 2), gamma: (-1, 2) };
/// −(1 − γ)²/(γ(2 − γ)) = −(1 − γ)/2.
const BDF_START: Coefficient = Coefficient { rational: (-1, 2), gamma: (1, 2) };

/// What a rule is applied to.
pub trait Stage: Sized {
    /// a·self + b·other.
    fn combine(&self, a: Coefficient, other: &Self, b: Coefficient) -> Self;
}

impl ImplicitRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::BackwardEuler, Self::CrankNicolson, Self::TrBdf2];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::BackwardEuler => "backward-euler",
            Self::CrankNicolson => "crank-nicolson",
            Self::TrBdf2 => "tr-bdf2",
        }
    }

    /// The order that the rule claims.
    pub fn order(self) -> u32 {
        match self {
            Self::BackwardEuler => 1,
            Self::CrankNicolson | Self::TrBdf2 => 2,
        }
    }

    /// Where the rule is published.
    pub fn reference(self) -> &'static str {
        match self {
            Self::BackwardEuler => "Hairer and Wanner 1996, section IV.3",
            Self::CrankNicolson => "Crank and Nicolson 1947",
            Self::TrBdf2 => "Bank, Coughran, Fichtner, Grosse, Rose and Smith 1985; Hosea and Shampine 1996",
        }
    }

    /// R(hA) start, from `solve`(y, θ) = (I − θhA)⁻¹y.
    ///
    /// # Errors
    /// If a solve fails.
    pub fn step<V: Stage, E>(
        self,
        start: &V,
        mut solve: impl FnMut(&V, Coefficient) -> Result<V, E>,
    ) -> Result<V, E> {
        match self {
            Self::BackwardEuler => solve(start, ONE),
            // (I − ½hA)⁻¹(I + ½hA) = 2(I − ½hA)⁻¹ − I
            Self::CrankNicolson => {
                Ok(solve(start, Coefficient::rational(1, 2))?.combine(TWO, start, MINUS_ONE))
            }
            Self::TrBdf2 => {
                let stage = solve(start, HALF_GAMMA)?.combine(TWO, start, MINUS_ONE);
                solve(&stage.combine(BDF_STAGE, start, BDF_START), HALF_GAMMA)
            }
        }
    }
}

/// A stability function: a power series in z = hA with coefficients in ℚ\[γ\], γ² = 4γ − 2.
#[derive(Clone, Debug)]
pub struct StabilitySeries(Series<DifferentialPolynomial>);

impl Stage for StabilitySeries {
    fn combine(&self, a: Coefficient, other: &Self, b: Coefficient) -> Self {
        Self(reduced(&(constant(a) * self.0.clone() + constant(b) * other.0.clone())))
    }
}

/// The proved order of an implicit rule.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeCertificate {
    /// p of R(z) − eᶻ = C z^{p+1} + …
    pub order: u32,
    /// C, with γ = 2 − √2 for TR-BDF2.
    pub error_constant: DifferentialPolynomial,
}

/// Proves the order of `rule`, by its own code on power series.
pub fn certify(rule: ImplicitRule) -> TimeCertificate {
    certify_chain(|start, solve| rule.step(start, solve))
}

/// A solve: (y, θ) ↦ (I − θhA)⁻¹y.
pub type SeriesSolve = fn(&StabilitySeries, Coefficient) -> Result<StabilitySeries, Infallible>;

/// As [`certify`], for any chain of solves from a start.
pub fn certify_chain(
    chain: impl Fn(&StabilitySeries, SeriesSolve) -> Result<StabilitySeries, Infallible>,
) -> TimeCertificate {
    let z = Series::<DifferentialPolynomial>::variable(POWERS);
    let start = StabilitySeries(Series::constant(DifferentialPolynomial::one()));
    let solve = |y: &StabilitySeries, θ: Coefficient| {
        let matrix = Series::one() - constant(θ) * Series::variable(POWERS);
        Ok(StabilitySeries(reduced(&(y.0.clone() * matrix.inverse()))))
    };
    let Ok(StabilitySeries(stability)) = chain(&start, solve);
    let error = stability - z.exp();
    // No rule with one or two solves has order 5.
    let power = error.valuation().unwrap_or(POWERS - 1);
    TimeCertificate { order: power as u32 - 1, error_constant: error.coefficient(power).unwrap_or_default() }
}

fn constant(coefficient: Coefficient) -> Series<DifferentialPolynomial> {
    Series::constant(coefficient.exact())
}

fn γ() -> Symbol {
    Symbol::Parameter(Name::new('γ', &[]))
}

/// With γ² = 4γ − 2 until γ is left to the first power only.
fn reduced(series: &Series<DifferentialPolynomial>) -> Series<DifferentialPolynomial> {
    let square = DifferentialPolynomial::ratio(4, 1) * DifferentialPolynomial::from(γ())
        - DifferentialPolynomial::ratio(2, 1);
    series.map(|coefficient| {
        let mut coefficient = coefficient.clone();
        while coefficient.terms().any(|(monomial, _)| monomial.power(γ()) > 1) {
            coefficient = coefficient.substitute_power(γ(), 2, &square);
        }
        coefficient
    })
}
