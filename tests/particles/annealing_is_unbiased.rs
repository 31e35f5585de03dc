//! Annealed particles: the evidence is unbiased whatever they do to each other, whatever the step; the law on the way is the
//! geometric mean of start and target; a schedule that adapts does so before the particles start.

use crate::common::{close, findings, scenario};
use wfr::model::Dynamics;
use wfr::particles::{Simulation, Watch, simulate_annealed};

/// From N(1, ½) to V = x²/2 + cos(2x)/2 in a few coarse steps. Its forces are Lipschitz, so that weights at these steps have
/// all the moments that standard errors need.
fn simulated(flow: &str, particles: &str, seed: u64) -> (Simulation, [f64; 2]) {
    simulated_on("x^2/2 + cos(2*x)/2", 0.5, flow, particles, seed)
}

/// From N(1, `variance`) to `potential`.
fn simulated_on(
    potential: &str,
    variance: f64,
    flow: &str,
    particles: &str,
    seed: u64,
) -> (Simulation, [f64; 2]) {
    let scenario = scenario(&format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{potential}\"\n\
         [initial]\nmean = [1.0]\ncovariance = [[{variance}]]\n[flow]\ndynamics = \"annealed\"\nhorizon = 1.0\n{flow}\n\
         [particles]\nseed = {seed}\n{particles}\n"
    ));
    let plan = &scenario.plan;
    let Dynamics::Annealed(flow) = &plan.problem().dynamics else { unreachable!("annealed") };
    let simulation = simulate_annealed(plan.problem(), flow, plan.particles().unwrap(), Watch::default());
    assert_eq!(simulation.breakdown, None);
    let means = simulation.population.as_ref().unwrap().means(&plan.problem().observables, true);
    (simulation, [means[0].value, means[1].value])
}

/// Z and E x², by quadrature with 25 digits in mpmath.
const Z: f64 = 2.490837467945929;
const SECOND: f64 = 1.2806430321395623;

/// The mean of Ẑ over `seeds` runs of 64 islands of 64 particles, and its standard error. Islands never meet.
fn evidence(flow: &str, particles: &str, seeds: u64) -> (f64, f64) {
    let runs: Vec<f64> = (0..seeds)
        .map(|seed| {
            let keys = format!("count = 4096\n{particles}");
            simulated(flow, &keys, seed).0.log_evidence.unwrap().value.exp()
        })
        .collect();
    let mean = runs.iter().sum::<f64>() / seeds as f64;
    let variance = runs.iter().map(|run| (run - mean).powi(2)).sum::<f64>() / (seeds as f64 - 1.0);
    (mean, (variance / seeds as f64).sqrt())
}

/// E Ẑ = Z: 24 · 64 replicates of 64 particles each. With 23 degrees of freedom, 9.6 standard errors are exceeded with
/// probability 2e-9, so all of these checks raise a false alarm with one below 2e-8.
#[test]
fn the_evidence_is_unbiased_however_particles_interact_and_whatever_the_step() {
    for step in [0.2, 0.1] {
        for interaction in [
            "resampling = \"none\"",
            "ess-threshold = 0.5",
            "ess-threshold = 1.0",
            "ess-threshold = 1.0\nresampling = \"multinomial\"",
            "mode = \"birth-death\"",
        ] {
            let keys = format!("step = {step}\nscheme = \"euler-maruyama\"\n{interaction}");
            let (mean, stderr) = evidence("", &keys, 24);
            close(mean, Z, 9.6 * stderr, &format!("step {step}, {interaction}"));
            assert!(stderr < 0.02 * Z, "step {step}, {interaction}: {stderr}");
        }
    }
}

/// Without the backward moves the step leaves its mark: from N(1, ¼) to V = x⁴/4, the variates of two points do what those
/// of a Gaussian do, but have no density, and log Z is off by far more than it is with the correction. Z = Γ(¼)/√2. With 63
/// degrees of freedom, 7.14 standard errors are exceeded with probability 1e-9.
#[test]
fn without_correction_the_step_leaves_its_mark() {
    let exact = 2.563_693_352_040_848f64.ln();
    let quartic = |scheme: &str| {
        let keys = format!("count = 409600\nstep = 0.1\nscheme = \"{scheme}\"");
        simulated_on("x^4/4", 0.25, "", &keys, 1).0.log_evidence.unwrap()
    };
    let (corrected, plain) = (quartic("euler-maruyama"), quartic("euler-maruyama-two-point"));
    close(corrected.value, exact, 7.14 * corrected.stderr, "corrected");
    assert!((plain.value - exact).abs() > 7.14 * plain.stderr, "{plain:?}");
    // Of order 2, at half of the step, the other target shows none.
    let (mean, stderr) = evidence("", "step = 0.05\nscheme = \"platen\"", 24);
    close(mean, Z, 9.6 * stderr, "platen");
}

/// Of E x² by 409 600 independent draws; E x⁴ < 3.57.
fn stderr() -> f64 {
    ((3.57 - SECOND * SECOND) / 409_600f64).sqrt()
}

/// The adjusted move keeps every π_λ at any step.
#[test]
fn an_adjusted_move_needs_no_correction() {
    let (mean, stderr) = evidence("", "step = 0.2\nscheme = \"mala\"", 24);
    close(mean, Z, 9.6 * stderr, "mala");
}

/// A schedule from a run of its own does not depend on the particles that follow it.
#[test]
fn schedules_may_be_curved_or_adapt() {
    for flow in ["schedule = \"t^2\"", "schedule = \"adaptive\"\nschedule-ess = 0.8"] {
        let (mean, stderr) = evidence(flow, "step = 0.05\nscheme = \"euler-maruyama\"", 24);
        close(mean, Z, 9.6 * stderr, flow);
    }
}

/// 409 600 particles, whose errors are those of independent draws but for uneven weights and common ancestors: 10 standard
/// errors of such draws are allowed, and the bias of islands of 6400 particles is far below that.
#[test]
fn the_law_at_the_end_is_the_target() {
    let (simulation, [_, second]) =
        simulated("", "count = 409600\nstep = 0.2\nscheme = \"euler-maruyama\"", 1);
    close(second, SECOND, 10.0 * stderr(), "E x²");
    let evidence = simulation.log_evidence.unwrap();
    // 63 degrees of freedom: 7.14 standard errors at 1e-9.
    close(evidence.value, Z.ln(), 7.14 * evidence.stderr, "log Z");
}

/// Without moves the weights alone go the way: at λ = 1 they are π/ρ₀, whatever the number of steps.
#[test]
fn without_transport_it_is_importance_sampling() {
    let weights = |step: f64| {
        let keys = format!("count = 100\nstep = {step}\nresampling = \"none\"");
        simulated("transport = 0.0", &keys, 3).0.population.unwrap().ensemble.log_weights()
    };
    for (one, many) in weights(1.0).iter().zip(weights(0.1)) {
        // Sums of ten terms of size 100 at most, to rounding.
        close(*one, many, 1e-12, "log-weight");
    }
}

#[test]
fn a_schedule_that_does_not_arrive_says_so() {
    let text = "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [30.0]\ncovariance = [[0.01]]\n\
                [flow]\ndynamics = \"annealed\"\nschedule = \"adaptive\"\nschedule-ess = 0.999\nhorizon = 0.1\n\
                [particles]\ncount = 1000\nstep = 0.01\n";
    let breakdown = findings(text).breakdown.unwrap();
    assert!(breakdown.contains("only by the horizon") && breakdown.contains("longer horizon"), "{breakdown}");
}

/// π = 0 on x < 0: who is there dies, and the evidence is that of the half line, √(π/2).
#[test]
fn where_the_target_vanishes_particles_die() {
    let text = "observables = [\"x > -0.01\"]\n[target]\npotential = \"x^2/2 + exp(exp(-1000*x))\"\n\
                [initial]\nmean = [0.5]\ncovariance = [[1.0]]\n\
                [flow]\ndynamics = \"annealed\"\ntransport = 0.0\nhorizon = 1.0\n[particles]\ncount = 20000\nstep = 0.1\n";
    let found = findings(text);
    assert_eq!(found.breakdown, None);
    let particles = found.particles.unwrap();
    close(particles.observables["x > -0.01"].value, 1.0, 1e-12, "alive");
    // On the half line V = x²/2 + 1 up to a boundary layer of 1/1000.
    let exact = 0.5 * (0.5 * std::f64::consts::PI).ln() - 1.0;
    let allowed = 7.14 * particles.log_evidence_stderr.unwrap() + 5e-3;
    close(particles.log_evidence.unwrap(), exact, allowed, "log Z of the half line");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let cases = [
        ("schedule = \"t\"\nhorizon = 2.0", "", "", "rises from 0 at 0 to 1"),
        ("schedule = \"sin(20*t)\"\nhorizon = 1.0", "", "", "rises from 0 at 0 to 1"),
        ("schedule-ess = 0.9\nhorizon = 1.0", "", "", "it beside schedule = \"adaptive\""),
        ("reaction = 1.0\nhorizon = 1.0", "", "", "[flow] reaction: found 1; expected none"),
        ("horizon = 1.0", "weight = \"left\"", "", "without a quadrature"),
        ("horizon = 1.0", "density = \"kernel\"", "", "as no weight reads it"),
        ("horizon = 1.0", "", "[grid]\nlower = [-5.0]\nupper = [5.0]\ncells = [100]", "annealed dynamics"),
        ("horizon = 1.0", "", "[[study]]\nkind = \"weak-order\"", "annealed dynamics"),
    ];
    for (flow, particles, more, expected) in cases {
        let text = format!(
            "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
             [flow]\ndynamics = \"annealed\"\n{flow}\n[particles]\n{particles}\n{more}\n"
        );
        let message = wfr::scenario::parse(&text, "test.toml", &[]).unwrap_err().to_string();
        assert!(message.contains("test.toml") && message.contains(expected), "{flow} {more}: {message}");
    }
}
