use crate::algebra::Scalar;
use crate::schemes::JetSeries;
use crate::symbolic::{DifferentialPolynomial, Name, Symbol};

/// A point with its potential and its drift, all indeterminates.
type Point<'a> = (&'a [JetSeries], &'a JetSeries, &'a [JetSeries]);

/// What is left of 4αh log r(x, y) − 4αh log(π(y) q(y, x)/(π(x) q(x, y))), π ∝ e^{−V}, for the acceptance ratio r of the code
/// `ratio` and the normal density q(x, y) ∝ exp(−|y − x − h b(x)|²/(4αh)) of the proposal, between any two points in
/// `dimension` dimensions.
///
/// If it vanishes, the step that accepts with probability min(1, r) is in detailed balance:
/// π(x) q(x, y) min(1, r(x, y)) = min(π(x) q(x, y), π(y) q(y, x)) is symmetric.
pub fn balance_defect(
    dimension: usize,
    ratio: impl Fn(&JetSeries, &JetSeries, Point<'_>, Point<'_>) -> JetSeries,
) -> DifferentialPolynomial {
    let parameter =
        |letter, indices: &[u8]| JetSeries::constant(Symbol::Parameter(Name::new(letter, indices)).into());
    let vector =
        |letter| -> Vec<JetSeries> { (1..=dimension as u8).map(|i| parameter(letter, &[i])).collect() };
    let (α, h) = (parameter('α', &[]), parameter('h', &[]));
    let (x, v_x, b_x) = (vector('x'), parameter('V', &[1]), vector('b'));
    let (y, v_y, b_y) = (vector('y'), parameter('V', &[2]), vector('c'));
    // 4αh log(π(from) q(from, to)).
    let flow = |from: &[JetSeries], v: &JetSeries, b: &[JetSeries], to: &[JetSeries]| {
        let steps = from.iter().zip(b).zip(to);
        let squares = steps.map(|((from, b), to)| {
            let miss = to.clone() - (from.clone() + h.clone() * b.clone());
            miss.clone() * miss
        });
        -(JetSeries::ratio(4, 1) * α.clone() * h.clone() * v.clone())
            - squares.fold(JetSeries::zero(), |sum, square| sum + square)
    };
    let right = flow(&y, &v_y, &b_y, &x) - flow(&x, &v_x, &b_x, &y);
    let left = ratio(&α, &h, (&x, &v_x, &b_x), (&y, &v_y, &b_y));
    (left - right).coefficient(0).unwrap_or_else(DifferentialPolynomial::zero)
}
