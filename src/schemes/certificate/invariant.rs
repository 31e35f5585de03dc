//! The error of a scheme in the invariant measure, from its own error operators and integration by parts.

use super::equation::{equilibrium, symbol};
use super::expansion::Expansion;
use super::local_error::{NO_WEIGHT, expected_step, known_to};
use super::{Equilibrium, Moments, growth};
use crate::algebra::Ring;
use crate::schemes::{JetSeries, Scheme};
use crate::symbolic::{Density, DifferentialPolynomial, superscript};
use std::fmt::{Display, Formatter};

/// The proved order of the invariant measure of a scheme (after its post-processing), for Langevin dynamics with any
/// smooth confining potential.
#[derive(Clone, Debug, PartialEq)]
pub struct InvariantCertificate {
    /// Number of positions.
    pub dimension: usize,
    /// ∫φ dπ_h − ∫φ dπ = O(h^order).
    pub order: u32,
    /// D†1 for the first error operator D (that of h^(order + 1)) which does not vanish under ∫ · dπ: the source of the
    /// bias g, which solves L*g + D†1 = 0 in L²(π).
    pub leading_defect: DifferentialPolynomial,
    /// Whether the step has moments. Where they are not known the order is formal.
    pub moments: Moments,
}

impl InvariantCertificate {
    /// The source of the bias with its power of h, abridged to what a line of a report shows.
    pub fn leading_defect_text(&self) -> String {
        if Ring::is_zero(&self.leading_defect) {
            return "0 up to the computed order".into();
        }
        format!("h{}·[{}]", superscript(self.order), self.leading_defect.abridged(super::SHOWN_TERMS))
    }
}

impl Display for InvariantCertificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in d = {}", self.moments.order(&self.order.to_string()), self.dimension)?;
        write!(f, "; source of the bias {}", self.leading_defect_text())
    }
}

/// Powers of h beyond the claim that are looked at.
const BEYOND: usize = 1;

/// Proves the order of the invariant measure of `scheme` in this many dimensions.
///
/// With M the expectation over one step and P that over the post-processing, the output has the invariant measure π up
/// to O(h^order) if and only if ∫ P⁻¹(M − 1)φ dπ = O(h^(order + 1)) for all φ (Vilmart 2015, theorem 4.1), where M − 1 = hL + …
/// moves at order h; a chain that moves more slowly has no order.
pub fn invariant_order(scheme: &dyn Scheme, dimension: usize) -> InvariantCertificate {
    let equation = equilibrium(scheme, dimension);
    let equation = equation.as_ref();
    let moments = growth::moments(scheme, equation);
    let claim = scheme.claims().invariant_order as usize;
    // The half power after the claim decides it; the next error is asked for where that is cheap.
    let bounded = dimension > 1 && claim >= super::HIGH_ORDER as usize;
    let most = if bounded { claim } else { claim + 1 + BEYOND };
    let mut seen = 0;
    let φ = || JetSeries::constant(symbol(equation.observable()));
    let moves = known_to(3, |order| expected_step(scheme, NO_WEIGHT, equation, order) - φ());
    if moves.valuation().is_none_or(|power| power > 2) {
        return InvariantCertificate {
            dimension,
            order: 0,
            leading_defect: DifferentialPolynomial::zero(),
            moments,
        };
    }
    for powers in 1..=most {
        let order = 2 * powers + if bounded && powers == claim { 2 } else { 1 };
        let defect = known_to(order, |order| {
            let moved = expected_step(scheme, NO_WEIGHT, equation, order) - φ();
            let moved = moved.map(|coefficient| equation.at_equilibrium(coefficient));
            match post_processing(scheme, equation, order) {
                None => moved,
                Some(process) => undone(&process, &moved),
            }
        });
        for power in seen..order {
            let own = defect.coefficient(power).expect("it is known to this order");
            let density = Density::new(equation.log_invariant(), own);
            let dual = density.variation(equation.observable(), &equation.coordinates());
            if !Ring::is_zero(&dual) {
                let order = (power as u32 / 2).saturating_sub(1);
                return InvariantCertificate { dimension, order, leading_defect: dual, moments };
            }
        }
        seen = order;
    }
    // No error as far as we look.
    let order = if bounded { claim } else { claim + BEYOND } as u32;
    InvariantCertificate { dimension, order, leading_defect: DifferentialPolynomial::zero(), moments }
}

/// P, the expectation over the post-processing at equilibrium; `None` if there is none.
fn post_processing(scheme: &dyn Scheme, equation: &dyn Equilibrium, order: usize) -> Option<Expansion> {
    let process = super::local_error::post_processing(scheme, equation, order)?;
    Some(process.map(|p| equation.at_equilibrium(p)))
}

/// P⁻¹ of a series: Σ (1 − P)ᵏ series, of which every term starts at a higher power of √h than the one before.
fn undone(process: &Expansion, series: &JetSeries) -> JetSeries {
    let (mut sum, mut term) = (series.clone(), series.clone());
    while term.valuation().is_some() {
        let mut next = term.clone();
        for power in 0..term.order().unwrap_or(1) {
            let coefficient = term.coefficient(power).unwrap_or_default();
            next += -(process.apply_to(&coefficient) * term.power_of_root(power));
        }
        sum += next.clone();
        term = next;
    }
    sum
}
