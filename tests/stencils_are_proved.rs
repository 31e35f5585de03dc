//! The order of the finite-volume stencil, from the code that fills the operator.

use wfr::algebra::Scalar;
use wfr::pde::stencil::{FluxScalar, WidthSeries, certify, rates};

#[test]
fn scharfetter_gummel_has_order_2() {
    let proof = certify(rates).unwrap();
    assert_eq!(proof.order, 2);
    // For V = 0 the stencil is the second difference, whose error is Δx² ρ⁗/12.
    let free = proof.leading_error.without(|symbol| symbol_is_of(symbol, 'V'));
    assert_eq!(free.to_string(), "1/12 ρ⁽⁴⁾");
}

fn symbol_is_of(symbol: wfr::symbolic::Symbol, letter: char) -> bool {
    use wfr::symbolic::{Coordinate, Function, Name, Symbol};
    let function = Function::new(Name::new(letter, &[]), &[Coordinate::space(0)]);
    matches!(symbol, Symbol::Jet(jet) if jet.function() == function)
}

#[test]
fn false_twins_drop() {
    let z = |a: &WidthSeries, b: &WidthSeries| b.clone() - a.clone();
    // A wrong share of the drift is not even consistent.
    let third = |z: WidthSeries| WidthSeries::ratio(1, 1) - WidthSeries::ratio(1, 3) * z;
    assert_eq!(certify(|a, b| [third(z(a, b)), third(-z(a, b))]).unwrap().order, 0);
    // All the drift on one side (upwind for a rising potential) has order 1.
    let upwind =
        |a: &WidthSeries, b: &WidthSeries| [WidthSeries::ratio(1, 1), WidthSeries::ratio(1, 1) + z(a, b)];
    assert_eq!(certify(upwind).unwrap().order, 1);
    // The rates the wrong way round: the drift with the wrong sign.
    assert_eq!(certify(|a, b| rates(b, a)).unwrap().order, 0);
}

#[test]
fn series_and_numbers_agree() {
    // B on numbers against its expansion at z = 0.1, to the first term left out.
    let z: f64 = 0.1;
    let expansion = 1.0 - z / 2.0 + z.powi(2) / 12.0 - z.powi(4) / 720.0 + z.powi(6) / 30240.0;
    assert!((z.bernoulli() - expansion).abs() < 1e-14);
}
