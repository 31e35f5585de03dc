//! Orders toward solutions that are known because the rate was made to fit them, by exact derivatives of the formulas.

use crate::common::findings;
use wfr::study::Verdict;
use wfr::study::order::OrderFindings;

/// Space has order 2.00 ± 0.05, and each of the methods of the grid its own ± 0.1.
fn check(text: &str) {
    assert_eq!(checked(text), ALL);
}

/// The methods whose orders were found right.
fn checked(text: &str) -> Vec<String> {
    let found = findings(text);
    assert_eq!(found.breakdown, None);
    let mut methods = Vec::new();
    for study in &found.studies {
        let order = study.outcome_as::<OrderFindings>().unwrap();
        let slopes: Vec<f64> = order.local_orders.iter().copied().flatten().collect();
        println!("{}: {slopes:.4?}, {:?}: {}", order.scheme, study.verdict, study.why);
        let tolerance = if order.scheme == "space" { 0.05 } else { 0.1 };
        // The finest pair; coarser ones still bend.
        let last = slopes.last().unwrap_or_else(|| panic!("{}: {}", order.scheme, study.why));
        assert!((last - f64::from(order.expected)).abs() <= tolerance, "{}: {slopes:?}", order.scheme);
        assert_eq!(study.verdict, Verdict::Pass, "{}: {}", order.scheme, study.why);
        methods.push(order.scheme.clone());
    }
    methods
}

const ALL: [&str; 6] = [
    "space",
    "strang, time-exact",
    "richardson, time-exact",
    "strang, tr-bdf2",
    "strang, crank-nicolson",
    "strang, backward-euler",
];

fn line(potential: &str, reaction: f64, half_width: f64, solution: &str, step: f64) -> String {
    format!(
        "observables = [\"x\"]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [0.0]\ncovariance = [[0.02]]\n\
         [flow]\nreaction = {reaction:?}\nhorizon = 0.5\n\
         [grid]\nlower = [{:?}]\nupper = [{half_width:?}]\ncells = [256]\nstep = {step:?}\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n",
        -half_width
    )
}

#[test]
fn on_the_line() {
    for reaction in [0.0, 1.0] {
        let solution = "exp(-(x - sin(t))^2/(1 + t))*(1 + 0.5*tanh(x)*cos(2*t))";
        check(&line("x^2/2 + cos(2*x)/2", reaction, 6.0, solution, 0.025));
    }
}

#[test]
fn in_a_stiff_double_well() {
    // V'' reaches 400 in the box.
    let solution = "exp(-3*(x^2 - 1)^2)*(1 + 0.5*cos(t)*tanh(x))";
    check(&line("3*(x^2 - 1)^2", 1.0, 2.4, solution, 0.01));
}

/// Nothing passes the sides of a box on which e^{−V}(a + products of cosines) stands, whatever V.
fn box_of(dimension: usize, potential: &str, factor: &str, cells: usize, step: f64) -> String {
    let (zeros, ones) = (vec![0.0; dimension], vec![1.0; dimension]);
    let half = vec![0.5; dimension];
    let covariance: Vec<Vec<f64>> =
        (0..dimension).map(|i| (0..dimension).map(|j| if i == j { 0.005 } else { 0.0 }).collect()).collect();
    let cells = vec![cells; dimension];
    format!(
        "dimension = {dimension}\n[target]\npotential = \"{potential}\"\n[initial]\nmean = {half:?}\ncovariance = {covariance:?}\n\
         [flow]\nreaction = 1.0\nhorizon = 0.1\n\
         [grid]\nlower = {zeros:?}\nupper = {ones:?}\ncells = {cells:?}\nstep = {step:?}\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"exp(-({potential}))*{factor}\"\n"
    )
}

#[test]
fn in_the_plane() {
    let factor = "(1.5 + cos(pi*x)*cos(2*pi*y)*cos(8*t))";
    check(&box_of(2, "sin(2*x + y) + x*y", factor, 64, 0.005));
}

#[test]
fn in_space() {
    let factor = "(1.5 + cos(pi*x)*cos(pi*y)*cos(pi*z)*cos(8*t))";
    check(&box_of(3, "sin(2*x + y) + x*z", factor, 32, 0.005).replace("horizon = 0.1", "horizon = 0.03"));
}

#[test]
fn in_phase_space() {
    // The centred currents of the implicit rules; those of the time-exact step are upwind, and fall faster than Δx² for long.
    let solution = "exp(-(x - 0.4*sin(2*t))^2/3 - p^2/2)*(1 + 0.3*tanh(x*p/2)*cos(2*t))";
    let text = format!(
        "observables = [\"x\"]\n[target]\npotential = \"x^2/4 + cos(x)/4\"\n[initial]\nmean = [0.0, 0.0]\n\
         covariance = [[2.0, 0.0], [0.0, 1.0]]\n\
         [flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nreaction = 0.5\nhorizon = 0.3\n\
         [grid]\nlower = [-7.5, -5.8]\nupper = [7.5, 5.8]\ncells = [80, 80]\nstep = 0.02\ntransport = \"crank-nicolson\"\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n"
    );
    // The extrapolation has order 3 by the kinetic step and its full order by a symmetric rule.
    let mut methods = checked(&text);
    assert_eq!(methods.remove(3), "richardson, crank-nicolson");
    assert_eq!(methods, ALL);
}

#[test]
fn with_multiplicative_noise_and_a_rate() {
    let solution = "exp(-x^2)*(1.2 + sin(3*t)*tanh(x))";
    let text = format!(
        "observables = [\"x\"]\n[initial]\nmean = [0.0]\ncovariance = [[0.05]]\n\
         [sde]\ndrift = [\"-x + sin(x)\"]\ndiffusion = [[\"1 + 0.3*sin(x)\"]]\nrate = \"x^2/2\"\nhorizon = 0.5\n\
         [grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [256]\nstep = 0.025\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n"
    );
    check(&text);
}

/// An axis with these sides, on which `solution` solves the equation of a force.
fn sided(sides: &str, ends: [f64; 2], force: &str, solution: &str) -> String {
    format!(
        "observables = [\"x\"]\n[initial]\nmean = [0.5]\ncovariance = [[0.004]]\n\
         [sde]\ndrift = [\"{force}\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 0.2\n\
         [grid]\nlower = [{:?}]\nupper = [{:?}]\ncells = [128]\nstep = 0.01\nsides = [\"{sides}\"]\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n",
        ends[0], ends[1]
    )
}

#[test]
fn between_other_sides() {
    let solution = "exp(sin(x))*(1.5 + cos(x - 4*t))";
    let wide = |text: String| text.replace("[[0.004]]", "[[0.1]]");
    check(&wide(sided("periodic", [-std::f64::consts::PI, std::f64::consts::PI], "2 + cos(2*x)", solution)));
    // Nothing drifts through the sides and nothing bends there, so that the rate is bounded where u vanishes.
    let fine = |text: String| text.replace("step = 0.01", "step = 0.0025");
    check(&fine(sided("absorbing", [0.0, 1.0], "2*sin(2*pi*x)", "sin(pi*x)*(1.3 + cos(2*pi*x)*cos(6*t))")));
}

#[test]
fn on_graded_cells() {
    // The cells beside the barrier are five times as fine as those at the sides.
    let solution = "exp(-2*(x^2 - 1)^2)*(1 + 0.5*cos(3*t)*tanh(x))";
    let graded = line("2*(x^2 - 1)^2", 1.0, 2.5, solution, 0.02)
        .replace("cells = [256]", "cells = [256]\nspacing = [\"1 + 0.64*x^2\"]");
    check(&graded);
    let factor = "(1.5 + cos(pi*x)*cos(2*pi*y)*cos(8*t))";
    let plane = box_of(2, "sin(2*x + y) + x*y", factor, 48, 0.0025)
        .replace("horizon = 0.1", "horizon = 0.05")
        .replace("cells = [48, 48]", "cells = [48, 48]\nspacing = [\"2 + x\", \"3 + cos(3*y)\"]");
    check(&plane);
}

#[test]
fn with_coefficients_that_depend_on_time() {
    let solution = "exp(-x^2)*(1.2 + sin(3*t)*tanh(x))";
    let text = format!(
        "observables = [\"x\"]\n[initial]\nmean = [0.0]\ncovariance = [[0.3]]\n\
         [sde]\ndrift = [\"-(1 + 0.5*sin(4*t))*x\"]\ndiffusion = [[\"1 + 0.3*cos(3*t)\"]]\nrate = \"t*x^2\"\nhorizon = 0.4\n\
         [grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [160]\nstep = 0.02\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n"
    );
    check(&text);
}

#[test]
fn with_correlated_noises() {
    let solution = "exp(-x^2 - y^2)*(1.2 + cos(3*t)*tanh(x)*tanh(y))";
    let text = format!(
        "dimension = 2\nobservables = [\"x\"]\n[initial]\nmean = [0.0, 0.0]\ncovariance = [[0.3, 0.0], [0.0, 0.3]]\n\
         [sde]\ndrift = [\"-x/2 + y/4\", \"-y/2\"]\ndiffusion = [[\"1.2\", \"0.2*sin(x)\"], [\"0.5\", \"1.2\"]]\nhorizon = 0.05\n\
         [grid]\nlower = [-4.2, -4.2]\nupper = [4.2, 4.2]\ncells = [80, 80]\nstep = 0.005\n\
         [[study]]\nkind = \"manufactured\"\nsolution = \"{solution}\"\n"
    );
    check(&text);
}

#[test]
fn a_solution_that_the_sides_keep_back_is_none() {
    let solution = "2 + sin(x + t)";
    let found = findings(&line("x^2/2", 0.0, 2.0, solution, 0.025));
    assert_eq!(found.studies[0].verdict, Verdict::Inconclusive);
    assert!(found.studies[0].why.contains("does not fit the sides"), "{}", found.studies[0].why);
}

#[test]
fn what_cannot_be_a_solution_is_told_by_name() {
    let message = |text: &str| wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    let good = line("x^2/2", 0.0, 5.0, "exp(-x^2)", 0.025);
    let jump = message(&good.replace("exp(-x^2)", "x > 0"));
    assert!(jump.contains("s.toml:17:12") && jump.contains("without jumps"), "{jump}");
    let none = message(&good.replace("solution", "solutions"));
    assert!(
        none.contains("expected a formula in t and the state") && none.contains("\"solution\""),
        "{none}"
    );
    let mixture = good.replace("potential = \"x^2/2\"", "mixture = [{ mean = [0.0], covariance = [[1.0]] }]");
    let mixture = message(&mixture);
    assert!(mixture.contains("a target given as a mixture"), "{mixture}");
    let found = findings(&good.replace("exp(-x^2)", "x"));
    assert!(
        found.incomplete && found.breakdown.clone().unwrap().contains("positive in the box"),
        "{found:?}"
    );
}
