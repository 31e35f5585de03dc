//! Reverse diffusions whose paths also react on their law: moments of Gaussians by their closed equations, a corrected law
//! that the reaction leaves as it is, and what remains of a heuristic that reacts strongly.

use crate::common::diffusions::{TWO_MODES, diffusion};
use crate::common::{close, findings, scenario};
use wfr::exact::ExactTargetLaw;
use wfr::schemes::Sde;
use wfr::study::findings::Findings;

fn text(target: &str, flow: &str) -> String {
    format!(
        "observables = [\"x\", \"x^2\"]\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\n{flow}\n[grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [560]\nstep = 0.02\n"
    )
}

/// N(1.5, ¼) annealed to its square by dX = −X dτ + √2 dW, from N(0.4, 0.8): mean and variance without weights, with the
/// reaction β toward p_τ = N(m_τ, c_τ/2) or p_0. The motion is linear, and the reaction adds βv(m_p − m)/v_p to m' and
/// βv(1 − v/v_p) to v'.
fn moments(reaction: f64, toward_data: bool, horizon: f64) -> [f64; 2] {
    let slope = |t: f64, [m, v]: [f64; 2]| {
        let at = |τ: f64| [1.5 * (-τ).exp(), 0.25 * (-2.0 * τ).exp() - (-2.0 * τ).exp_m1()];
        let [centre, spread] = at(horizon - t);
        let [aim, width] = if toward_data { at(0.0) } else { [centre, spread] };
        // −f + β g² S with the power 2, g² = 2 and ζ = 1.
        let pull = 4.0 / spread;
        let react = reaction * v / (0.5 * width);
        [
            m - pull * (m - centre) + react * (aim - m),
            2.0 * (1.0 - pull) * v + 2.0 + reaction * v * (1.0 - v / (0.5 * width)),
        ]
    };
    // Runge and Kutta's rule: with a step of 1e-3, rates below 100 leave an error below 1e-8.
    let steps = (1000.0 * horizon) as usize;
    let h = horizon / steps as f64;
    (0..steps).fold([0.4, 0.8], |y, k| {
        let t = k as f64 * h;
        let moved = |by: f64, k: [f64; 2]| [y[0] + by * h * k[0], y[1] + by * h * k[1]];
        let k1 = slope(t, y);
        let k2 = slope(t + 0.5 * h, moved(0.5, k1));
        let k3 = slope(t + 0.5 * h, moved(0.5, k2));
        let k4 = slope(t + h, moved(1.0, k3));
        [0, 1].map(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
    })
}

#[test]
fn gaussians_have_the_moments_of_their_closed_equations() {
    let particles =
        "[particles]\ncount = 16384\nstep = 0.02\nscheme = \"platen\"\n[[study]]\nkind = \"compare\"\n";
    for (reaction, toward, data) in [(1.5, "marginal", false), (4.0, "marginal", false), (0.7, "data", true)]
    {
        let flow = format!(
            "corrected = false\nreaction = {reaction:?}\ntoward = \"{toward}\"\nhorizon = 1.0\n[initial]\nmean = [0.4]\ncovariance = [[0.8]]"
        );
        let target = "power = 2.0\nmixture = [{ mean = [1.5], covariance = [[0.25]] }]";
        let Findings { grid, checks, passed, .. } = findings(&format!("{}{particles}", text(target, &flow)));
        let grid = grid.unwrap();
        let [mean, variance] = moments(reaction, data, 1.0);
        let exact = [("x", mean), ("x^2", variance + mean * mean)];
        for (name, exact) in exact {
            let found = grid.observables[name];
            assert!(found.error < 2e-3, "{toward} {reaction}: {name} ± {}", found.error);
            close(found.value, exact, found.error, &format!("{toward} {reaction}: {name}"));
        }
        close(grid.mass, 1.0, 1e-10, "mass");
        assert!(passed && checks.len() > 3, "{toward} {reaction}: {checks:?}");
    }
}

/// The corrected law is the target, and the reaction toward that does nothing to it, mass included.
#[test]
fn a_corrected_law_is_left_as_it_is() {
    for (target, keys) in [
        (format!("power = 2.0\n{TWO_MODES}"), "schedule = \"0.4 + t\""),
        (format!("{TWO_MODES}\nreward = \"0.7*x + 0.3*sin(2*x)\""), "reward-schedule = \"(1 - t/1.5)^2\""),
    ] {
        let text = text(&target, &format!("{keys}\nreaction = 3.0\nhorizon = 1.5"));
        let problem = scenario(&text).plan.problem().clone();
        let law = ExactTargetLaw::new(diffusion(&problem)).unwrap();
        let grid = findings(&text).grid.unwrap();
        close(grid.log_normalizer, law.log_mass.0, grid.log_normalizer_error, "log mass");
        for observable in &problem.observables {
            let found = grid.observables[&observable.name];
            assert!(found.error < 2e-3, "{}: {}", observable.name, found.error);
            close(found.value, law.mean(observable).0, found.error, &observable.name);
        }
    }
}

/// Without weights, s = log(ρ/p) obeys ∂ₜs = … − (G − ⟨G⟩) − βs, G the growth that the weights would have. Where β is
/// large, s ≈ −(G − ⟨G⟩)/β, so that a mean is off by −Cov_p(φ, G)/β at the data.
#[test]
fn strong_reactions_leave_what_theory_says_of_the_bias() {
    let target = format!("power = 2.0\n{TWO_MODES}");
    let run = |reaction: f64| {
        let text = text(&target, &format!("corrected = false\nreaction = {reaction:?}\nhorizon = 1.5"));
        findings(&text).grid.unwrap().observables
    };
    let problem = scenario(&text(&target, "horizon = 1.5")).plan.problem().clone();
    let flow = diffusion(&problem);
    let law = ExactTargetLaw::new(flow).unwrap();
    let equation = flow.equation();
    let growth = |x: f64| -equation.rate(&flow.horizon, &[x]);
    let mean = |f: &dyn Fn(f64) -> f64| -> f64 {
        let cells = law.log_density.iter().enumerate();
        cells.map(|(cell, log)| log.exp() * law.grid.width(0) * f(law.grid.centre(cell)[0])).sum()
    };
    let [strong, stronger] = [40.0, 80.0].map(run);
    for observable in &problem.observables {
        let φ = |x: f64| observable.value(&[x][..]);
        let exact = mean(&φ);
        let predicted = -(mean(&|x| φ(x) * growth(x)) - exact * mean(&growth));
        let bias = |found: &wfr::study::findings::GridEstimate, β: f64| β * (found.value - exact);
        let name = &observable.name;
        let found = [bias(&strong[name], 40.0), bias(&stronger[name], 80.0)];
        // The next term is of order 1/β: extrapolated, and as much of it again for those that follow.
        let limit = 2.0 * found[1] - found[0];
        let allowed = 0.5 * (found[1] - found[0]).abs() + 120.0 * (strong[name].error + stronger[name].error);
        close(limit, predicted, allowed, name);
        assert!(allowed < 0.2 * predicted.abs(), "{name}: {predicted} ± {allowed}");
    }
}

#[test]
fn what_does_not_go_together_is_said() {
    let refused = |flow: &str, rest: &str| {
        let text = format!(
            "[target]\n{TWO_MODES}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 1.0\n{flow}\n{rest}\n"
        );
        wfr::scenario::parse(&text, "reacts.toml", &[]).unwrap_err().to_string()
    };
    let message = refused("toward = \"data\"", "");
    assert!(message.contains("toward") && message.contains("a reaction above 0"), "{message}");
    let message = refused("reaction = 1.0", "[particles]\ncount = 100");
    assert!(message.contains("expected a table [grid]"), "{message}");
    let grid = "[grid]\nlower = [-8.0]\nupper = [8.0]\ncells = [64]\n";
    let message = refused("reaction = 1.0", &format!("{grid}[particles]\ndensity = \"kernel\""));
    assert!(message.contains("reads the grid"), "{message}");
    let message = refused("reaction = 1.0\ntoward = \"noise\"", grid);
    assert!(message.contains("one of marginal, data"), "{message}");
}
