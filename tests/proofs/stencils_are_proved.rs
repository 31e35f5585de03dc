//! The order of the finite-volume stencil, from the code that fills the operator.

use wfr::algebra::Scalar;
use wfr::pde::ImplicitRule;
use wfr::pde::stencil::{FluxScalar, WidthSeries, certify, rates};
use wfr::pde::time_rule::{
    Coefficient, SeriesSolve, StabilitySeries, Stage, certify as certify_rule, certify_chain,
};

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
fn negative_controls_drop() {
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

#[test]
fn implicit_rules_have_their_orders_by_their_own_code() {
    for rule in ImplicitRule::ALL {
        assert_eq!(certify_rule(rule).order, rule.order(), "{rule:?}");
    }
    // R(z) − eᶻ: 1/2 z², 1/12 z³, and (√2/2 − 2/3) z³ with √2 = 2 − γ (Hosea and Shampine 1996).
    let constants = ImplicitRule::ALL.map(|rule| certify_rule(rule).error_constant.to_string());
    assert_eq!(constants, ["1/2", "1/12", "1/3 − 1/2 γ"]);
}

#[test]
fn negative_controls_of_the_implicit_rules_lose_their_orders() {
    let [one, half, third] = [(1, 1), (1, 2), (1, 3)].map(|(n, d)| Coefficient::rational(n, d));
    // A share of ⅓ in the place of ½: 3(I − ⅓hA)⁻¹ − 2 is consistent and no more.
    let (three, minus_two) = (Coefficient::rational(3, 1), Coefficient::rational(-2, 1));
    let uneven = |start: &StabilitySeries, solve: SeriesSolve| {
        Ok(solve(start, third)?.combine(three, start, minus_two))
    };
    assert_eq!(certify_chain(uneven).order, 1);
    let too_long = |start: &StabilitySeries, solve: SeriesSolve| {
        let stage = solve(start, half)?;
        solve(&stage, one)
    };
    assert_eq!(certify_chain(too_long).order, 0);
}
