//! Talay and Tubaro's extrapolation turns order p into p + 1, by law and by Monte Carlo.

use crate::common::{close, findings};
use wfr::study::Verdict;
use wfr::study::findings::Findings;
use wfr::study::order::OrderFindings;

/// V = x²/2 + cos(2x)/2 from X = 1, observable x².
fn cosine_well(rate: &str, study: &str) -> Findings {
    findings(&format!(
        "observables = [\"x^2\"]\n[initial]\npoint = [1.0]\n\
         [sde]\ndrift = [\"sin(2*x) - x\"]\ndiffusion = [[\"sqrt(2)\"]]\n{rate}horizon = 1.0\n\
         [[study]]\nkind = \"weak-order\"\nobservable = \"x^2\"\nextrapolate = true\n{study}"
    ))
}

fn order<'a>(findings: &'a Findings, scheme: &str, method: &str) -> (&'a OrderFindings, Verdict) {
    let found = findings.studies.iter().find_map(|study| {
        let order = study.outcome_as::<OrderFindings>()?;
        (order.scheme == scheme && order.method.name() == method).then_some((order, study.verdict))
    });
    found.unwrap_or_else(|| panic!("{scheme} by {method}"))
}

#[test]
fn the_law_of_the_extrapolated_schemes_has_order_2_and_3() {
    let found = cosine_well(
        "",
        "schemes = [\"euler-maruyama\", \"euler-maruyama-two-point\", \"platen\"]\nmethods = [\"law\"]\n",
    );
    for (scheme, claim) in [("euler-maruyama", 2), ("euler-maruyama-two-point", 2), ("platen", 3)] {
        let (order, verdict) = order(&found, &format!("extrapolated {scheme}"), "law");
        assert_eq!((order.expected, verdict), (claim, Verdict::Pass), "{scheme}");
        let last = order.local_orders.iter().rev().flatten().next().unwrap();
        // The last slope above its error; those of order 3 fall below it early.
        close(*last, f64::from(claim), 0.1, scheme);
    }
}

#[test]
fn extrapolated_values_are_combinations_of_those_at_two_steps() {
    // E*_h − E = 2 (E_{h/2} − E) − (E_h − E) for order 1.
    let found = cosine_well("", "schemes = [\"euler-maruyama\"]\nmethods = [\"law\"]\n");
    let (plain, _) = order(&found, "euler-maruyama", "law");
    let (extrapolated, _) = order(&found, "extrapolated euler-maruyama", "law");
    for (k, error) in extrapolated.errors.iter().enumerate().take(plain.errors.len() - 1) {
        close(extrapolated.steps[k], plain.steps[k], 0.0, "step");
        close(*error, 2.0 * plain.errors[k + 1] - plain.errors[k], 1e-14, "extrapolated error");
    }
}

#[test]
fn the_order_of_scheme_and_weight_together_is_raised() {
    // A left-point weight brings Platen's scheme down to order 1; the extrapolation knows.
    let study = "schemes = [\"platen\"]\nweight = \"left\"\nmethods = [\"law\"]\n";
    let found = cosine_well("rate = \"x^2/2\"\n", study);
    let (order, verdict) = order(&found, "extrapolated platen", "law");
    assert_eq!((order.expected, verdict), (2, Verdict::Pass));
    close(*order.local_orders.iter().rev().flatten().next().unwrap(), 2.0, 0.05, "last slope");
}

/// Extrapolated differences have the noise of plain ones, and a bias of a higher order: two million paths of a level do not
/// tell the order, and do not pretend to. Their errors are those of the noise-free expectation.
#[test]
fn monte_carlo_has_the_errors_of_extrapolated_schemes() {
    let found = cosine_well(
        "",
        "schemes = [\"euler-maruyama\", \"platen\"]\nmethods = [\"law\", \"monte-carlo\"]\n\
         steps = [0.25, 0.125, 0.0625, 0.03125]\nmax-paths = 2000000\n",
    );
    for scheme in ["euler-maruyama", "platen"] {
        let name = format!("extrapolated {scheme}");
        let (law, _) = order(&found, &name, "law");
        let (order, verdict) = order(&found, &name, "monte-carlo");
        let interval = order.order.unwrap();
        assert!(verdict == Verdict::Inconclusive && order.paths_needed.unwrap() > 2_000_000, "{order:?}");
        // 6.2 standard errors: half widths are 1.96 of them.
        let half = 0.5 * (interval.upper - interval.lower);
        assert!((interval.estimate - f64::from(order.expected)).abs() <= 6.2 / 1.96 * half, "{interval:?}");
        for ((error, stderr), exact) in order.errors.iter().zip(&order.stderrs).zip(&law.errors) {
            // Eight values: false alarm 8 · 6e-10.
            assert!((error - exact).abs() <= 6.2 * stderr, "{name}: {error} ± {stderr} for {exact}");
        }
        let agreement = found.checks.iter().find(|check| check.name.starts_with(&name)).unwrap();
        assert!(agreement.passed, "{agreement:?}");
    }
}
