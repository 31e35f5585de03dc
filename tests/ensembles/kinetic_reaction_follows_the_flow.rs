//! Underdamped dynamics with a reaction on the joint density, or on that of the positions: ensembles follow the closed form
//! of a Gaussian in a quadratic potential.

use crate::common::{close, scenario};
use faer::{Col, Mat};
use wfr::exact::{Gaussian, GaussianFlow, KineticGaussianFlow};
use wfr::model::ReactionReads;
use wfr::particles::{Mean, Watch, simulate_mean_field};

/// Student's t with 63 degrees of freedom exceeds it with probability 1e-9 (two-sided). All checks of this file, fewer
/// than 60, stay below 1e-7 together.
const DEVIATIONS: f64 = 7.14;

/// V = q²/2, friction 3/2, from N((2, 0), diag(0.2, 0.5)).
fn start() -> Gaussian {
    Gaussian {
        mean: Col::from_fn(2, |i| [2.0, 0.0][i]),
        covariance: Mat::from_fn(2, 2, |i, j| if i == j { [0.2, 0.5][i] } else { 0.0 }),
    }
}

fn flow(reaction: f64, reads: ReactionReads) -> KineticGaussianFlow {
    let (centre, stiffness) = (Col::zeros(1), Mat::identity(1, 1));
    KineticGaussianFlow { centre, stiffness, friction: 1.5, reaction, reads }
}

fn entropy(flow: &KineticGaussianFlow, law: &Gaussian) -> f64 {
    GaussianFlow { transport: 1.0, reaction: 0.0, target: flow.target() }.relative_entropy(law)
}

/// Values of the matrix exponential of the linear system with the same mean and covariance, and of DOP853, from outside of
/// this code.
#[test]
fn the_joint_closed_form_has_its_tabulated_values() {
    let joint = flow(0.5, ReactionReads::Joint);
    let law = joint.at(&start(), 1.0);
    let found =
        [law.mean[0], law.mean[1], law.covariance[(0, 0)], law.covariance[(0, 1)], law.covariance[(1, 1)]];
    let expected =
        [1.21916361183619, -0.74548993332879, 0.58784915386949, 0.20694952269449, 0.86896038553445];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    for (reaction, expected) in [(0.0, 1.53786331794672), (0.5, 1.12911703189490), (2.0, 0.24219470660849)] {
        let flow = flow(reaction, ReactionReads::Joint);
        let found = entropy(&flow, &flow.at(&start(), 1.0));
        assert!((found - expected).abs() < 1e-11, "β = {reaction}: {found}");
    }
}

/// The reaction of the positions leaves the law of p given q as it is, and dissipates KL of the positions alone.
#[test]
fn the_marginal_closed_form_reweights_positions() {
    let h = 1e-4;
    let (with, without) = (flow(1.0, ReactionReads::Marginal), flow(0.0, ReactionReads::Marginal));
    let law = without.at(&start(), 1.0);
    let [moved, free] = [with.at(&law, h), without.at(&law, h)];
    let conditional = |law: &Gaussian| {
        let c = |i, j| law.covariance[(i, j)];
        let slope = c(0, 1) / c(0, 0);
        [slope, c(1, 1) - slope * c(0, 1), law.mean[1] - slope * law.mean[0]]
    };
    for (a, b) in conditional(&moved).iter().zip(conditional(&free)) {
        // Transport and reaction commute up to h².
        assert!((a - b).abs() < 10.0 * h * h, "{a} {b}");
    }
    // Var_ρ(s) = A²v²/2 + B²v with A = 1/g − 1/v and B = (m − μ)/g, for the positions.
    let positions = |law: &Gaussian| {
        let [m, v] = [law.mean[0], law.covariance[(0, 0)]];
        [0.5 * (v + m * m - 1.0 - v.ln()), 0.5 * (1.0 - 1.0 / v).powi(2) * v * v + m * m * v]
    };
    let dissipated = (positions(&moved)[0] - positions(&free)[0]) / h;
    close(dissipated, -positions(&law)[1], 20.0 * h, "KL of the positions");
    // π stays.
    let still = with.at(&with.target(), 1.0);
    close(
        still.covariance[(0, 1)].abs() + still.mean[0].abs() + (still.covariance[(0, 0)] - 1.0).abs(),
        0.0,
        1e-12,
        "π",
    );
}

fn simulated(flow_keys: &str, keys: &str) -> Vec<Mean> {
    let scenario = scenario(&format!(
        "observables = [\"x\", \"p\", \"x^2\", \"x*p\", \"p^2\"]\n[target]\npotential = \"x^2/2\"\n\
         [initial]\nmean = [2.0, 0.0]\ncovariance = [[0.2, 0.0], [0.0, 0.5]]\n\
         [flow]\ndynamics = \"underdamped\"\nfriction = 1.5\nhorizon = 1.0\n{flow_keys}\n[particles]\n{keys}\n"
    ));
    let plan = &scenario.plan;
    let settings = plan.particles().unwrap();
    let found = simulate_mean_field(
        plan.problem(),
        settings,
        settings.mean_field.as_ref().unwrap(),
        Watch::default(),
    );
    assert_eq!(found.breakdown, None);
    found.population.unwrap().means(&plan.problem().observables, true)
}

fn moments(law: &Gaussian) -> [f64; 5] {
    let [q, p] = [law.mean[0], law.mean[1]];
    let c = |i, j| law.covariance[(i, j)];
    [q, p, c(0, 0) + q * q, c(0, 1) + q * p, c(1, 1) + p * p]
}

/// Within 7.14 standard errors, the bias by N = 4000 particles (1/4000 of the moments that occur, which are up to 10) and
/// that of the step, which is of order h² = 4e-4 times derivatives of order 1. The positions tell each law from that of the
/// other reaction and from that of none.
#[test]
fn the_normal_law_follows_both_reactions() {
    let cases = [("joint", ReactionReads::Joint), ("marginal", ReactionReads::Marginal)];
    for (name, reads) in cases {
        let reaction = format!("reaction = 0.5\nreads = \"{name}\"");
        let particles =
            "count = 4000\nreplicates = 64\nstep = 0.02\nscheme = \"baoab\"\ndensity = \"gaussian\"";
        let means = simulated(&reaction, particles);
        let exact = moments(&flow(0.5, reads).at(&start(), 1.0));
        let other =
            if reads == ReactionReads::Joint { ReactionReads::Marginal } else { ReactionReads::Joint };
        let others = [flow(0.5, other), flow(0.0, reads)].map(|flow| moments(&flow.at(&start(), 1.0)));
        for (i, (mean, exact)) in means.iter().zip(exact).enumerate() {
            let allowed = DEVIATIONS * mean.stderr + 2.5e-3 + 1e-3;
            close(mean.value, exact, allowed, &format!("{name}, moment {i}"));
            for other in others.iter().filter(|_| i == 0 || i == 2) {
                assert!((other[i] - exact).abs() > 2.0 * allowed, "{name}, moment {i}: another law shows");
            }
        }
    }
}

/// The step of infinitely many particles under the mixture, written out: a move with the force frozen, and the reaction
/// ρ(π/ρ̂)^{1−e^{−βh}} with the law of that same step for ρ̂, or the positions' part of it. From Σ_h by quadrature of the
/// noise's response, not by the scheme.
#[test]
fn the_mixture_has_the_law_of_its_recursion_at_coarse_steps() {
    // Ensembles of 2000 particles at h = 1/4 see each other: Σ_h has a width of 0.1 in q given p.
    let (γ, β, n) = (1.5f64, 0.5f64, 4);
    let h = 1.0 / f64::from(n);
    // q' = q + a p − (h − a)/γ q and p' = e^{−γh}p − a q, with a = (1 − e^{−γh})/γ.
    let (a, e) = ((1.0 - (-γ * h).exp()) / γ, (-γ * h).exp());
    let drift = Mat::from_fn(2, 2, |i, j| [[1.0 - (h - a) / γ, a], [-a, e]][i][j]);
    let noise = {
        let nodes = 20_000;
        let mut sum = Mat::<f64>::zeros(2, 2);
        for k in 0..nodes {
            let s = (f64::from(k) + 0.5) * h / f64::from(nodes);
            let response = [(1.0 - (-γ * s).exp()) / γ, (-γ * s).exp()];
            sum += Mat::from_fn(2, 2, |i, j| 2.0 * γ * response[i] * response[j] * h / f64::from(nodes));
        }
        sum
    };
    let power = -(-β * h).exp_m1();
    for (name, read) in [("joint", 2), ("marginal", 1)] {
        let mut law = start();
        for _ in 0..n {
            let moved = Gaussian {
                mean: &drift * &law.mean,
                covariance: &drift * &law.covariance * drift.transpose() + &noise,
            };
            // Precisions, and precisions times means, are added; π has precision I and mean 0.
            let inverse = |m: Mat<f64>| {
                let determinant = m[(0, 0)] * m[(1, 1)] - m[(0, 1)] * m[(1, 0)];
                Mat::from_fn(2, 2, |i, j| {
                    [[m[(1, 1)], -m[(0, 1)]], [-m[(1, 0)], m[(0, 0)]]][i][j] / determinant
                })
            };
            let own = inverse(moved.covariance.clone());
            let hat = match read {
                2 => own.clone(),
                _ => Mat::from_fn(2, 2, |i, j| if i + j == 0 { 1.0 / moved.covariance[(0, 0)] } else { 0.0 }),
            };
            let target = Mat::from_fn(2, 2, |i, j| if i == j && i < read { 1.0 } else { 0.0 });
            let precision = &own + (&target - &hat) * faer::Scale(power);
            let pull = &own * &moved.mean - (&hat * &moved.mean) * faer::Scale(power);
            let covariance = inverse(precision);
            law = Gaussian { mean: &covariance * pull, covariance };
        }
        let reaction = format!("reaction = 0.5\nreads = \"{name}\"");
        let keys = "count = 2000\nreplicates = 64\nstep = 0.25\nscheme = \"stochastic-exponential-euler\"\n\
                    density = \"transition-mixture\"\nsplitting = \"w-fr\"";
        let means = simulated(&reaction, keys);
        for (i, (mean, exact)) in means.iter().zip(moments(&law)).enumerate() {
            // The bias by the number of particles: few see each other, about 2000·(0.1·0.7)/(2.5·2.5) ≈ 20 in the joint
            // density, so that log ρ̂ is off by a few percent of the moments that occur at worst.
            let bias = if read == 2 { 0.02 } else { 0.005 };
            close(mean.value, exact, DEVIATIONS * mean.stderr + bias, &format!("{name}, moment {i}"));
        }
    }
}

#[test]
fn what_a_kinetic_reaction_cannot_do_is_refused_by_name() {
    let base = "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
                [flow]\ndynamics = \"underdamped\"\nhorizon = 1.0\n";
    let refused = [
        ("reaction = -1.0", "", "a number ≥ 0"),
        ("reads = \"joint\"", "", "it beside a reaction above 0"),
        ("reaction = 1.0\nreads = \"momenta\"", "", "joint, marginal"),
        ("reaction = 1.0\nrate = \"x^2\"", "", "found it beside a reaction"),
        ("reaction = 1.0", "", "a table [grid]"),
        ("reaction = 1.0\nreads = \"marginal\"", "", "the reaction on the joint law"),
        ("reaction = 1.0\nfriction = 0.0", "density = \"transition-mixture\"", "without friction"),
        (
            "reaction = 1.0\nnormalized = false",
            "density = \"gaussian\"",
            "it belongs to dynamics = \"overdamped\"",
        ),
        (
            "reaction = 1.0",
            "density = \"gaussian\"\n[[study]]\nkind = \"weak-order\"",
            "expected a table [grid], which gives log ρ",
        ),
    ];
    for (flow, keys, expected) in refused {
        let text = format!("{base}{flow}\n[particles]\n{keys}\n");
        let message = wfr::scenario::parse(&text, "test.toml", &[]).unwrap_err().to_string();
        assert!(message.contains("test.toml") && message.contains(expected), "{flow} {keys}: {message}");
    }
}
