//! The noise-free expectation of the schemes: V = (x² − 1)²/4, x₀ = 0.5, rate x²/2, φ = x², T = 1 (design §1).

use crate::common::{close, findings};
use wfr::study::findings::Findings;
use wfr::study::order::OrderFindings;

fn text(methods: &str, steps: &str, rest: &str) -> String {
    format!(
        "observables = [\"x^2\"]\n[initial]\npoint = [0.5]\n\
         [sde]\ndrift = [\"-(x^3 - x)\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"x^2/2\"\nhorizon = 1.0\n\
         [[study]]\nkind = \"weak-order\"\nmethods = {methods}\nsteps = {steps}\n{rest}"
    )
}

fn order<'a>(findings: &'a Findings, scheme: &str, method: &str) -> &'a OrderFindings {
    findings
        .studies
        .iter()
        .filter_map(|study| study.outcome_as::<OrderFindings>())
        .find(|order| order.scheme == scheme && order.method.name() == method)
        .unwrap()
}

#[test]
fn slopes_are_the_published_ones() {
    let found = findings(&text("[\"law\"]", "[0.125, 0.0625]", ""));
    assert!(found.passed);
    let platen = order(&found, "platen", "law");
    // Design §1, from an independent prototype, two decimals.
    for (slope, expected) in platen.local_orders.iter().zip([2.28, 2.19, 2.11, 2.06, 2.03]) {
        close(slope.unwrap(), expected, 0.006, "successive orders of platen");
    }
    let euler = order(&found, "euler-maruyama", "law");
    for (order, claim, tolerance) in [(euler, 1.0, 0.02), (platen, 2.0, 0.05)] {
        close(order.order.unwrap().estimate, claim, tolerance, &order.scheme);
        close(order.steps[order.fitted_from], 1.0 / 128.0, 1e-12, "first fitted step");
        close(order.steps[order.fitted_to - 1], 1.0 / 1024.0, 1e-12, "last fitted step");
    }
}

#[test]
fn the_left_weight_brings_platen_down_to_order_1() {
    let found = findings(&text(
        "[\"proof\", \"law\"]",
        "[0.125, 0.0625]",
        "schemes = [\"platen\"]\nweight = \"left\"",
    ));
    for method in ["proof", "law"] {
        close(order(&found, "platen", method).order.unwrap().estimate, 1.0, 0.02, method);
    }
}

#[test]
fn monte_carlo_brackets_the_order_and_agrees_with_the_law() {
    let steps = "[0.0625, 0.03125, 0.015625, 0.0078125]";
    let found = findings(&text("[\"law\", \"monte-carlo\"]", steps, "max-paths = 20000000"));
    for (scheme, claim) in [("euler-maruyama", 1.0), ("platen", 2.0)] {
        let order = order(&found, scheme, "monte-carlo").order.unwrap();
        // Paths end at a half width of 0.2, in which the next two powers of the step count.
        assert!(order.upper - order.lower <= 0.4, "{scheme}: {order:?}");
        // 6.2 standard errors, 1e-9: half widths are 1.96 of them.
        let half = 0.5 * (order.upper - order.lower);
        assert!((order.estimate - claim).abs() <= 6.2 / 1.96 * half, "{scheme}: {order:?}");
    }
    assert!(found.checks.iter().all(|check| check.passed), "{:?}", found.checks);
}

#[test]
fn the_killed_ornstein_uhlenbeck_process_has_a_closed_form() {
    // theory.md §3.3: (k, σ, q, T, x) = (1, √2, ½, 1, 0.7).
    let exact = wfr::exact::killed_ornstein_uhlenbeck(1.0, 2f64.sqrt(), 0.5, 1.0, 0.7);
    close(exact, 0.713_446_510_356_603_2, 1e-14, "closed form");
    let [m, v, z] = wfr::exact::killed_ornstein_uhlenbeck_law(1.0, 2f64.sqrt(), 0.5, 1.0, [1.0, 0.25]);
    close(m, 0.204_485_987_223_985, 1e-12, "mean");
    close(v, 0.714_611_218_025_600_6, 1e-12, "variance");
    close(z, 0.634_300_909_861_070_9, 1e-12, "mass");
    let text = "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [1.0]\ncovariance = [[0.25]]\n\
                [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"0.5*x^2\"\nhorizon = 1.0\n\
                [grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [600]\n\
                [particles]\ncount = 200000\nscheme = \"platen\"\nstep = 0.01\n[[study]]\nkind = \"compare\"";
    let found = findings(text);
    let (grid, particles) = (found.grid.as_ref().unwrap(), found.particles.as_ref().unwrap());
    // Unnormalised expectations: E[φ(X) exp(−∫c)].
    for (name, exact) in [("x", m * z), ("x^2", (v + m * m) * z)] {
        close(grid.observables[name].value, exact, 1e-6, name);
        close(grid.observables[name].value, exact, grid.observables[name].error, name);
        // Student's t with 63 degrees of freedom: 1e-9 for each of three.
        close(particles.observables[name].value, exact, 7.14 * particles.observables[name].stderr, name);
    }
    close(grid.log_normalizer, z.ln(), 1e-6, "log normaliser");
    close(
        particles.log_normalizer,
        z.ln(),
        7.14 * particles.log_normalizer_stderr,
        "log normaliser of the particles",
    );
    assert!(found.passed);
}

#[test]
fn discrete_errors_of_platen_on_a_quadratic_are_the_tabulated_ones() {
    // theory.md §3.1: E X² − exact for Heun, k = 1, x₀ = 1, T = 1, n = 10, 20, 40, 80.
    let text = "observables = [\"x^2\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\n\
                horizon = 1.0\n[[study]]\nkind = \"weak-order\"\nmethods = [\"law\"]\nsteps = [0.1, 0.05, 0.025, 0.0125]\n";
    let found = findings(text);
    for (scheme, expected) in [
        (
            "euler-maruyama",
            [4.623280765312793e-2, 2.234584213935632e-2, 1.098812904573541e-2, 5.448804604138027e-3],
        ),
        (
            "platen",
            [-2.268182526241249e-3, -5.538421351427801e-4, -1.367878476387383e-4, -3.398677730637982e-5],
        ),
    ] {
        let order = order(&found, scheme, "law");
        for (step, expected) in [0.1, 0.05, 0.025, 0.0125].iter().zip(expected) {
            let place = order.steps.iter().position(|own| (own - step).abs() < 1e-12).unwrap();
            close(order.errors[place], expected, 1e-10, scheme);
        }
    }
}
