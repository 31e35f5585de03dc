//! Particles that read log ρ from themselves. For a Gaussian target and start, a step of infinitely many of them is a map
//! of mean and variance, which is written out here; finitely many have to follow it, and it has to follow the flow.

use crate::common::{close, scenario};
use wfr::exact::{Gaussian, GaussianFlow, SmoothedGaussianFlow};
use wfr::model::{Dynamics, GaussianMixture, Initial, Potential};
use wfr::particles::{Population, Simulation, Watch, simulate_mean_field};
use wfr::study::Plan;

/// Student's t with 63 degrees of freedom exceeds it with probability 1e-9 (two-sided). All checks of this file, fewer
/// than 60, stay below 1e-7 together.
const DEVIATIONS: f64 = 7.14;

/// The target is N(0, 1), the start N(3, 1/4), the horizon 1, both rates are 1.
const START: [f64; 2] = [3.0, 0.25];

/// 64 ensembles of 4000 particles.
const MANY: [u32; 2] = [4000, 64];

/// [mean, variance] of infinitely many particles.
type Law = [f64; 2];

/// A step of transport.
type Mover = fn(Law, f64) -> Law;

/// (1 − h)m, (1 − h)²v + 2h.
fn euler_maruyama([m, v]: Law, h: f64) -> Law {
    [(1.0 - h) * m, (1.0 - h).powi(2) * v + 2.0 * h]
}

/// Heun's step for the drift −x: x ↦ (1 − h + h²/2)x + (1 − h/2)√(2h)ξ.
fn platen([m, v]: Law, h: f64) -> Law {
    let a = 1.0 - h + 0.5 * h * h;
    [a * m, a * a * v + 2.0 * h * (1.0 - 0.5 * h).powi(2)]
}

/// ρ ↦ ρ (π/ρ̂)^{1 − e^{−s}}: precisions, and precisions times means, are added.
fn react([m, v]: Law, [m_hat, v_hat]: Law, s: f64) -> Law {
    let power = -(-s).exp_m1();
    let precision = 1.0 / v + power * (1.0 - 1.0 / v_hat);
    [(m / v - power * m_hat / v_hat) / precision, 1.0 / precision]
}

/// The law at the horizon after `n` steps of W–FR, or of Strang's splitting, with the mixture of Euler–Maruyama kernels.
fn with_mixture(mover: Mover, n: u32, strang: bool) -> Law {
    let h = 1.0 / f64::from(n);
    let mut law = if strang { react(START, START, 0.5 * h) } else { START };
    for k in 1..=n {
        let share = if strang && k == n { 0.5 } else { 1.0 };
        law = react(mover(law, h), euler_maruyama(law, h), share * h);
    }
    law
}

/// The same with a kernel of variance s².
fn with_kernel(n: u32, s2: f64) -> Law {
    let h = 1.0 / f64::from(n);
    let smoothed = |[m, v]: Law| [m, v + s2];
    let mut law = react(START, smoothed(START), 0.5 * h);
    for k in 1..=n {
        law = platen(law, h);
        law = react(law, smoothed(law), if k == n { 0.5 * h } else { h });
    }
    law
}

fn simulation(plan: &Plan) -> Simulation {
    let settings = plan.particles().unwrap();
    simulate_mean_field(plan.problem(), settings, settings.mean_field.as_ref().unwrap(), Watch::default())
}

/// Replicated ensembles at the horizon, and their estimates of E x and E x².
fn simulated(
    steps: u32,
    keys: &str,
    [count, replicates]: [u32; 2],
) -> (Population, [wfr::particles::Mean; 2]) {
    let h = 1.0 / f64::from(steps);
    let scenario = scenario(&format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"x^2/2\"\n\
         [initial]\nmean = [3.0]\ncovariance = [[0.25]]\n[flow]\nhorizon = 1.0\n\
         [particles]\ncount = {count}\nreplicates = {replicates}\nstep = {h}\n{keys}\n"
    ));
    let simulation = simulation(&scenario.plan);
    assert_eq!(simulation.breakdown, None);
    let population = simulation.population.unwrap();
    let means = population.means(&scenario.plan.problem().observables, true);
    (population, [means[0], means[1]])
}

/// Finitely many particles, with the law of infinitely many; the bias by their number is below `bias`.
#[track_caller]
fn follows(keys: &str, steps: u32, [m, v]: Law) -> f64 {
    let (_, [first, second]) = simulated(steps, keys, MANY);
    // The bias by the number of particles: 1/4000 times the moments that occur, which are up to 10.
    let bias = 2.5e-3;
    close(first.value, m, DEVIATIONS * first.stderr + bias, &format!("{keys}, {steps} steps, mean"));
    close(second.value, m * m + v, DEVIATIONS * second.stderr + bias, &format!("{keys}, {steps} steps, x²"));
    DEVIATIONS * first.stderr + bias
}

#[test]
fn the_mixture_has_the_law_of_its_recursion_at_coarse_steps() {
    let mixture = "density = \"transition-mixture\"";
    let cases = [
        ("euler-maruyama", "w-fr", with_mixture(euler_maruyama, 4, false)),
        ("euler-maruyama", "strang", with_mixture(euler_maruyama, 4, true)),
        ("platen", "strang", with_mixture(platen, 4, true)),
    ];
    for (scheme, splitting, law) in cases {
        let keys = format!("{mixture}\nscheme = \"{scheme}\"\nsplitting = \"{splitting}\"");
        let allowed = follows(&keys, 4, law);
        for (other_scheme, other, [mean, _]) in cases {
            let same = (other_scheme, other) == (scheme, splitting);
            assert!(
                same || (mean - law[0]).abs() > allowed,
                "{scheme} {splitting}: {other_scheme} {other} shows"
            );
        }
    }
}

/// Birth–death jumps, every resampling and none of them change the law.
#[test]
fn interactions_do_not_change_the_law() {
    let law = with_mixture(platen, 4, true);
    for interaction in [
        "mode = \"birth-death\"",
        "mode = \"birth-death\"\nbirth-death = \"pairwise\"",
        "resampling = \"none\"",
        "ess-threshold = 1.0",
        "ess-threshold = 1.0\nresampling = \"multinomial\"",
    ] {
        follows(&format!("density = \"transition-mixture\"\nscheme = \"platen\"\n{interaction}"), 4, law);
    }
}

/// Against the closed form of the flow: errors of order 1 halve, errors of order 2 are quartered; the next power in h
/// changes the ratio by less than a tenth at these steps.
#[test]
fn strang_with_a_scheme_of_order_two_is_of_order_two() {
    let gaussian = |[m, v]: Law| Gaussian {
        mean: faer::Col::from_fn(1, |_| m),
        covariance: faer::Mat::from_fn(1, 1, |_, _| v),
    };
    let flow = GaussianFlow { transport: 1.0, reaction: 1.0, target: gaussian([0.0, 1.0]) };
    let exact = flow.at(&gaussian(START), 1.0);
    let cases: [(Mover, bool, f64); 3] =
        [(euler_maruyama, false, 1.0), (euler_maruyama, true, 1.0), (platen, true, 2.0)];
    for (mover, strang, order) in cases {
        let errors = [32, 64].map(|n| {
            let [m, v] = with_mixture(mover, n, strang);
            [m - exact.mean[0], v - exact.covariance[(0, 0)]]
        });
        for (coarse, fine) in errors[0].iter().zip(errors[1]) {
            let observed = (coarse / fine).log2();
            close(observed, order, 0.1, &format!("order with strang = {strang}: {errors:?}"));
        }
    }
}

/// The bandwidth's bias is that of the closed form.
#[test]
fn kernels_follow_the_smoothed_flow() {
    for (bandwidth, leave_one_out) in [(0.2, false), (0.5, false), (0.5, true)] {
        let keys = format!(
            "density = \"kernel\"\nbandwidth = {bandwidth}\nleave-one-out = {leave_one_out}\nscheme = \"platen\""
        );
        let law = with_kernel(20, bandwidth * bandwidth);
        follows(&keys, 20, law);
        let flow = SmoothedGaussianFlow {
            transport: 1.0,
            reaction: 1.0,
            target: [0.0, 1.0],
            kernel: bandwidth * bandwidth,
        };
        let smoothed = flow.at(START, 1.0);
        let distance = |law: Law| (law[0] - smoothed[0]).hypot(law[1] - smoothed[1]);
        // What is left is of the order of the step, 1/20; it goes away with it.
        let [coarse, fine] = [20, 80].map(|n| distance(with_kernel(n, bandwidth * bandwidth)));
        assert!(coarse < 0.02 && fine < 0.3 * coarse, "{bandwidth}: {coarse:e} {fine:e}");
        // The bias of the kernel is seen against it.
        let unbiased = SmoothedGaussianFlow { kernel: 0.0, ..flow }.at(START, 1.0);
        assert!(bandwidth < 0.5 || distance(unbiased) > 3.0 * coarse, "{bandwidth}: the bias shows");
    }
}

/// Moments of a Gaussian are all there is to it, so that the recursion is that of the flow's own Gaussian closure.
#[test]
fn the_normal_law_has_the_law_of_its_recursion() {
    let h = 0.25;
    let mut law = react(START, START, 0.5 * h);
    for k in 1..=4 {
        law = platen(law, h);
        law = react(law, law, if k == 4 { 0.5 * h } else { h });
    }
    follows("density = \"gaussian\"\nscheme = \"platen\"", 4, law);
}

/// Rules of thumb and cross-validation find bandwidths under which the bias is that of a narrow kernel.
#[test]
fn rules_give_narrow_kernels() {
    for rule in ["silverman", "scott", "cross-validated"] {
        let keys = format!("density = \"kernel\"\nbandwidth = \"{rule}\"\nscheme = \"platen\"");
        let (_, [first, _]) = simulated(10, &keys, [1000, 16]);
        // Scott's factor for 1000 particles is 0.25, and the law of a kernel of 0.35 is this far from that of none.
        let [narrow, wide] = [0.0, 0.35].map(|s: f64| with_kernel(10, s * s)[0]);
        // 13.5 standard errors with 15 degrees of freedom are exceeded with probability below 1e-9.
        let allowed = (narrow - wide).abs() + 13.5 * first.stderr;
        close(first.value, narrow, allowed, rule);
    }
}

/// Unnormalised, the reaction reads the density with its mass: with V = x²/2 + 1 and mass 1, z' = −z(KL + log(z/z_π))
/// along the flow of the shape, log z_π = log √(2π) − 1.
#[test]
fn the_mass_of_hellinger_kantorovich_moves() {
    let text = "observables = [\"x\"]\n[target]\npotential = \"x^2/2 + 1\"\n\
         [initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\nhorizon = 1.0\nnormalized = false\n\
         [particles]\ncount = 4000\nreplicates = 64\nstep = 0.02\nscheme = \"platen\"\n\
         density = \"transition-mixture\"\n";
    let scenario = scenario(text);
    let found = simulation(&scenario.plan).population.unwrap().log_normalizer();
    // (log z)' = −(KL(t) + log z − log z_π), with KL of N(m, v): (v + m² − 1 − log v)/2; midpoint rule on the closed form.
    let shape = SmoothedGaussianFlow { transport: 1.0, reaction: 1.0, target: [0.0, 1.0], kernel: 0.0 };
    let kl = |t: f64| {
        let [m, v] = shape.at([1.0, 0.5], t);
        0.5 * (v + m * m - 1.0 - v.ln())
    };
    let target = 0.5 * (2.0 * std::f64::consts::PI).ln() - 1.0;
    let n = 500;
    let log_mass: f64 = (0..n)
        .map(|k| {
            let t = (f64::from(k) + 0.5) / f64::from(n);
            (t - 1.0).exp() * (target - kl(t)) / f64::from(n)
        })
        .sum();
    // The step of order 2 leaves about h² = 4e-4, the number of particles 1/4000 of the moments.
    close(found.value, log_mass, DEVIATIONS * found.stderr + 2e-3, "log mass");
    assert!(log_mass.abs() > 10.0 * (DEVIATIONS * found.stderr + 2e-3), "the mass moves: {log_mass}");
}

/// In 20 dimensions with full covariances, 10⁴ particles in each ensemble: means and second moments are those of the
/// closed form, within 13.5 standard errors (15 degrees of freedom: 1e-9), and transport alone is farther off.
#[test]
fn a_gaussian_in_20_dimensions_follows_the_closed_form() {
    let scenario = scenario(include_str!("../../validation/gaussian-in-20-dimensions.toml"));
    let plan = &scenario.plan;
    let population = simulation(plan).population.unwrap();
    let found = population.means(&plan.problem().observables, true);
    let gaussian = |mixture: &GaussianMixture| {
        let law = &mixture.components()[0];
        Gaussian {
            mean: faer::Col::from_fn(20, |i| law.mean[i]),
            covariance: faer::Mat::from_fn(20, 20, |i, j| law.covariance[i][j]),
        }
    };
    let Dynamics::GradientFlow(flow) = &plan.problem().dynamics else { unreachable!("a flow") };
    let (Potential::Mixture(target), Initial::Mixture(initial)) = (&flow.potential, &plan.problem().initial)
    else {
        unreachable!("both are Gaussian")
    };
    let exact = |reaction: f64| {
        let law =
            GaussianFlow { transport: 1.0, reaction, target: gaussian(target) }.at(&gaussian(initial), 1.0);
        let second = |i: usize, j: usize| law.covariance[(i, j)] + law.mean[i] * law.mean[j];
        [law.mean[0], law.mean[19], second(0, 0), second(0, 1), second(19, 19)]
    };
    let (flow, transport) = (exact(1.0), exact(0.0));
    for ((mean, exact), observable) in found.iter().zip(flow).zip(&plan.problem().observables) {
        close(mean.value, exact, 13.5 * mean.stderr, &observable.name);
        assert!(mean.stderr < 0.01, "{}: {}", observable.name, mean.stderr);
    }
    for i in 0..2 {
        assert!((transport[i] - flow[i]).abs() > 2.0 * 13.5 * found[i].stderr, "the reaction shows");
    }
}

/// E Ẑ = Z whatever particles do to each other: 8000 ensembles of 8 particles for V = x⁴/4, Z = Γ(1/4)/√2 (from
/// Γ(1/4) = 3.625609908221908, Abramowitz and Stegun, table 6.1). With 7999 degrees of freedom, 6.2 standard errors are
/// exceeded with probability below 1e-9; so few particles that the mean of log Ẑ, whose bias is half the variance, would.
#[test]
fn the_evidence_is_unbiased_however_particles_interact() {
    for interaction in [
        "resampling = \"none\"",
        "ess-threshold = 0.5",
        "ess-threshold = 1.0",
        "ess-threshold = 1.0\nresampling = \"multinomial\"",
        "mode = \"birth-death\"",
    ] {
        let scenario = scenario(&format!(
            "observables = [\"x\"]\n[target]\npotential = \"x^4/4\"\n\
             [initial]\nmean = [1.0]\ncovariance = [[0.25]]\n[flow]\nhorizon = 1.0\n[particles]\ncount = 8\n\
             replicates = 8000\nstep = 0.1\nscheme = \"euler-maruyama\"\ndensity = \"transition-mixture\"\n\
             {interaction}\n"
        ));
        let evidence = simulation(&scenario.plan).log_evidence.unwrap();
        let z = 3.625609908221908 / 2f64.sqrt();
        let (found, stderr) = (evidence.value.exp(), evidence.value.exp() * evidence.stderr);
        close(found, z, 6.2 * stderr, interaction);
        assert!(stderr < 0.01 * z, "{interaction}: {stderr}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let keys = "density = \"transition-mixture\"\nscheme = \"platen\"";
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (population, _) = simulated(4, keys, MANY);
            (population.ensemble.map(|x| x[0]), population.ensemble.log_weights())
        })
    };
    assert_eq!(on(1), on(3));
}
