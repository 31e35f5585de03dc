//! The Scharfetter–Gummel rates, written once: on numbers they fill the operator, on power series in Δx their
//! order is proved.

use crate::algebra::{Ring, Scalar, Series};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name};

/// What the flux is written over: a scalar with the Bernoulli function B(z) = z/(eᶻ − 1).
pub trait FluxScalar: Scalar {
    /// B(self).
    fn bernoulli(&self) -> Self;
}

impl FluxScalar for f64 {
    fn bernoulli(&self) -> Self {
        if self.abs() < 1e-8 { 1.0 - 0.5 * self } else { self / self.exp_m1() }
    }
}

/// Power series in Δx over the jets of V and ρ.
pub type WidthSeries = Series<DifferentialPolynomial>;

/// Bernoulli numbers over factorials: B(z) = 1 − z/2 + z²/12 − z⁴/720 + z⁶/30240 − z⁸/1209600 + O(z¹⁰).
const BERNOULLI: [(usize, i64, i64); 6] =
    [(0, 1, 1), (1, -1, 2), (2, 1, 12), (4, -1, 720), (6, 1, 30_240), (8, -1, 1_209_600)];
/// Powers of Δx that are known: enough for errors of order 6, and within what the list above holds.
const KNOWN_POWERS: usize = 9;

impl FluxScalar for WidthSeries {
    /// # Panics
    /// If the series does not vanish with Δx, or is known to more powers than the expansion.
    fn bernoulli(&self) -> Self {
        assert!(self.valuation() != Some(0), "the potential is not smooth");
        assert!(
            self.order().is_none_or(|order| order <= KNOWN_POWERS),
            "more powers than the expansion holds"
        );
        BERNOULLI.iter().fold(Self::zero(), |sum, &(power, numerator, denominator)| {
            sum + (0..power).fold(Self::ratio(numerator, denominator), |term, _| term * self.clone())
        })
    }
}

/// Rates of the jumps between two cells of unit width and diffusivity, from their potentials: from the first to the
/// second, and back. q e^{−V} is the same both ways (Scharfetter and Gummel 1969; Chang and Cooper 1970).
pub fn rates<S: FluxScalar>(first: &S, second: &S) -> [S; 2] {
    let z = second.clone() - first.clone();
    [z.bernoulli(), (-z).bernoulli()]
}

/// Proof of the order of a three-point stencil for ∂ₜρ = (ρV' + ρ')'.
#[derive(Clone, Debug, PartialEq)]
pub struct StencilCertificate {
    /// Powers of Δx in the truncation error.
    pub order: usize,
    /// Coefficient of Δx^order in the truncation error, numerical minus exact.
    pub leading_error: DifferentialPolynomial,
}

/// Expands the stencil with these rates around a cell centre; along one axis, which is all there is to tensor grids.
///
/// `None` if the truncation error vanishes up to the sixth power: no three-point stencil does that.
pub fn certify(rates: impl Fn(&WidthSeries, &WidthSeries) -> [WidthSeries; 2]) -> Option<StencilCertificate> {
    let x = Coordinate::space(0);
    let jet = |letter| DifferentialPolynomial::from(Jet::of(Function::new(Name::new(letter, &[]), &[x])));
    let (v, ρ) = (jet('V'), jet('ρ'));
    // f(x + sign·Δx).
    let at = |f: &DifferentialPolynomial, sign: i64| {
        let (mut sum, mut term) = (WidthSeries::constant(f.clone()), f.clone());
        for k in 1..KNOWN_POWERS {
            term = DifferentialPolynomial::ratio(sign, k as i64) * term.derivative(x);
            sum += WidthSeries::monomial(term.clone(), k, KNOWN_POWERS);
        }
        sum
    };
    let centre = WidthSeries::constant(v.clone());
    let [into, out_below] = rates(&at(&v, -1), &centre);
    let [out_above, back] = rates(&centre, &at(&v, 1));
    let change =
        into * at(&ρ, -1) + back * at(&ρ, 1) - (out_below + out_above) * WidthSeries::constant(ρ.clone());
    let exact = (ρ.clone() * v.derivative(x) + ρ.derivative(x)).derivative(x);
    (0..KNOWN_POWERS - 2).find_map(|power| {
        // Rates of cells of width Δx carry 1/Δx².
        let own = change.coefficient(power + 2).unwrap_or_default();
        let error = if power == 0 { own - exact.clone() } else { own };
        (!Ring::is_zero(&error)).then_some(StencilCertificate { order: power, leading_error: error })
    })
}
