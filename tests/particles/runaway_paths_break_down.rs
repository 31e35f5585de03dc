//! Steps that are too long for the steepness of an equation, and steps out of a formula's domain, end a run with the right cause.

use crate::common::findings;

fn run(start: &str, drift: &str, diffusion: &str, horizon: f64, step: f64, scheme: &str) -> Option<String> {
    findings(&format!(
        "observables = [\"x\"]\n[initial]\n{start}\n[sde]\ndrift = [\"{drift}\"]\ndiffusion = [[\"{diffusion}\"]]\n\
         horizon = {horizon:?}\n[particles]\ncount = 600\nstep = {step:?}\nscheme = \"{scheme}\"\n"
    ))
    .breakdown
}

/// Every one stays far below the largest number.
#[test]
fn finite_explosions_are_stiff() {
    for (drift, diffusion, horizon, step, scheme) in [
        ("-100*(x - cos(t))", "0.1", 2.0, 0.1, "euler-maruyama"),
        ("-100*x", "0", 6.6, 0.1, "euler-maruyama"),
        ("-30*x", "1", 8.0, 0.1, "platen"),
        ("-5*x", "0.5", 15.0, 0.5, "euler-maruyama"),
        ("-100*x", "0.1*x", 4.0, 0.1, "milstein"),
    ] {
        let breakdown = run("point = [1.0]", drift, diffusion, horizon, step, scheme).unwrap_or_default();
        assert!(
            breakdown.contains("stiff") && breakdown.contains("smaller step"),
            "{drift} by {scheme}: {breakdown}"
        );
    }
}

/// Laws that go far by themselves, and schemes that follow them.
#[test]
fn paths_may_go_far() {
    for (start, drift, diffusion, horizon, step, scheme) in [
        ("point = [1.0]", "3*x", "0.2*x", 10.0, 0.01, "platen-general"),
        ("point = [1.0]", "0", "x", 50.0, 0.5, "milstein"),
        ("point = [1.0]", "-100*(x - cos(t))", "0.1", 2.0, 0.1, "implicit-euler"),
        ("point = [0.0]", "1000", "0.01", 1.0, 0.1, "euler-maruyama"),
        ("point = [0.01]", "-100*(x - 1000)", "0.1", 1.0, 0.1, "implicit-euler"),
        ("mean = [0.0]\ncovariance = [[1.0]]", "-x^3", "1", 2.0, 0.05, "tamed-euler"),
        ("point = [1.0]", "-x", "0", 2.0, 0.1, "euler-maruyama"),
    ] {
        assert_eq!(run(start, drift, diffusion, horizon, step, scheme), None, "{drift} by {scheme}");
    }
}

/// BAOAB is stable for h < 2 on the oscillator.
#[test]
fn kinetic_steps_beyond_stability_are_stiff() {
    let breakdown = |step: f64| {
        findings(&format!(
            "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0, 0.0]\n\
             covariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nhorizon = 63.0\n\
             [particles]\ncount = 600\nstep = {step:?}\nscheme = \"baoab\"\n"
        ))
        .breakdown
    };
    assert!(breakdown(2.5).unwrap().contains("stiff"));
    assert_eq!(breakdown(1.0), None);
}

#[test]
fn formulas_without_a_value_are_named_with_the_place() {
    for (drift, diffusion, scheme, formula) in [
        ("0.1*(0.1 - x)", "0.5*sqrt(x)", "euler-maruyama", "sqrt(x)"),
        ("0.1*(0.1 - x)", "0.5*sqrt(x)", "platen-general", "sqrt(x)"),
        ("log(x)", "0.5", "platen", "log(x)"),
        ("-x^1.5", "0.3", "euler-maruyama", "x^1.5"),
    ] {
        let breakdown = run("point = [0.05]", drift, diffusion, 5.0, 0.1, scheme).unwrap();
        assert!(breakdown.contains(formula) && breakdown.contains("near ["), "{breakdown}");
        assert!(!breakdown.contains("too fast"), "{breakdown}");
    }
    let breakdown = run("point = [3.0]", "x^3", "1", 5.0, 0.1, "euler-maruyama").unwrap();
    assert!(breakdown.contains("too fast") || breakdown.contains("stiff"), "{breakdown}");
}

#[test]
fn potentials_that_are_not_integrable_are_named() {
    let warned = |potential: &str| {
        let found = findings(&crate::common::flow(
            potential,
            0.0,
            0.5,
            1.0,
            0.0,
            "[grid]\nlower = [-5.0]\nupper = [5.0]\ncells = [100]\n",
        ));
        found.warnings.iter().any(|warning| warning.contains("integrable"))
    };
    for potential in ["exp(-x^2)", "-x^2", "0.3*log(1 + x^2)", "cos(x)", "x"] {
        assert!(warned(potential), "{potential}");
    }
    for potential in
        ["x^2/2", "(x^2 - 1)^2", "abs(x)", "0.9*log(1 + x^2)", "x^2/2 + cos(5*x)", "1000 + 0.001*x^2"]
    {
        assert!(!warned(potential), "{potential}");
    }
}
