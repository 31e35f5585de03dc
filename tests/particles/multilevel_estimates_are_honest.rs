//! Multilevel Monte Carlo reaches the accuracy that is asked for, and says truly how accurate it is.

use crate::common::{findings, scenario};
use wfr::report::result_json;
use wfr::study::Verdict;
use wfr::study::findings::Findings;
use wfr::study::multilevel::{MultilevelEstimate, MultilevelFindings};
use wfr::study::run;

/// dX = −X dt + √2 dW from X = 2 up to t = 1.
fn ornstein_uhlenbeck(rate: &str, study: &str) -> String {
    format!(
        "observables = [\"x^2\"]\n[initial]\npoint = [2.0]\n\
         [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\n{rate}horizon = 1.0\n\
         [[study]]\nkind = \"multilevel\"\nobservable = \"x^2\"\n{study}"
    )
}

fn multilevel(findings: &Findings) -> (&MultilevelFindings, Verdict) {
    let found = findings
        .studies
        .iter()
        .find_map(|study| Some((study.outcome_as::<MultilevelFindings>()?, study.verdict)));
    found.expect("a multilevel study")
}

/// A normal value exceeds it with probability 6e-10; of the hundred in this file one does with 6e-8.
const Z: f64 = 6.2;

/// E X² at t = 1.
fn exact() -> f64 {
    1.0 + 3.0 * (-2.0f64).exp()
}

/// E X² at t = 1 by Euler–Maruyama with step h: X' = (1 − h)X + √(2h) ξ (theory of linear recursions).
fn by_euler(h: f64) -> f64 {
    let α = 1.0 - h;
    let power = α.powf(2.0 / h);
    4.0 * power + 2.0 * h * (1.0 - power) / (1.0 - α * α)
}

fn finest(estimate: &MultilevelEstimate) -> f64 {
    estimate.levels.last().unwrap().step
}

#[test]
fn every_accuracy_is_reached() {
    for scheme in ["euler-maruyama", "platen", "leimkuhler-matthews", "implicit-euler"] {
        let study = format!("scheme = \"{scheme}\"\naccuracies = [0.03, 0.01, 0.003]\n");
        let found = findings(&ornstein_uhlenbeck("", &study));
        let (found, verdict) = multilevel(&found);
        assert_eq!(verdict, Verdict::Pass, "{scheme}");
        for estimate in &found.estimates {
            let half = estimate.accuracy / 2f64.sqrt();
            assert!(estimate.stderr <= half && estimate.bias <= half, "{scheme}: {estimate:?}");
            let distance = (estimate.value - exact()).abs() - estimate.bias;
            assert!(distance <= Z * estimate.stderr, "{scheme}: {} off {estimate:?}", distance);
        }
    }
}

#[test]
fn errors_are_as_large_as_they_are_said_to_be() {
    // Against what the finest level itself would give without noise: pure noise is left.
    let mut chi_squared = 0.0;
    for seed in 0..40 {
        let found = findings(&ornstein_uhlenbeck("", &format!("accuracy = 0.01\nseed = {seed}\n")));
        let estimate = &multilevel(&found).0.estimates[0];
        let z = (estimate.value - by_euler(finest(estimate))) / estimate.stderr;
        assert!(z.abs() <= Z, "seed {seed}: z = {z}");
        chi_squared += z * z;
        // And against the truth, within what bias and noise together allow.
        let error = estimate.stderr.hypot(estimate.bias);
        assert!((estimate.value - exact()).abs() <= Z * error, "seed {seed}: {estimate:?}");
    }
    // χ² with 40 degrees of freedom: these are its quantiles at 1e-9 and 1 − 1e-9.
    assert!((6.5..=120.0).contains(&chi_squared), "{chi_squared}");
}

#[test]
fn the_means_of_the_levels_telescope() {
    let found = findings(&ornstein_uhlenbeck("", "accuracy = 0.002\n"));
    let estimate = &multilevel(&found).0.estimates[0];
    let sum: f64 = estimate.levels.iter().map(|level| level.mean).sum();
    assert!((sum - estimate.value).abs() <= 1e-12);
    for (k, level) in estimate.levels.iter().enumerate() {
        let below = if k == 0 { 0.0 } else { by_euler(2.0 * level.step) };
        let z = (level.mean - (by_euler(level.step) - below)) / level.mean_stderr;
        assert!(z.abs() <= Z, "level {k}: z = {z}");
    }
}

#[test]
fn the_variance_falls_with_the_square_of_the_step_for_additive_noise() {
    let (mut missed, mut z) = (0, 0.0);
    for seed in 0..16 {
        let study = format!("accuracies = [0.01, 0.001]\nseed = {seed}\n");
        let found = findings(&ornstein_uhlenbeck("", &study));
        let (found, _) = multilevel(&found);
        let order = found.variance_order.unwrap();
        missed += u32::from(!(order.lower..=order.upper).contains(&2.0));
        let half = 0.5 * (order.upper - order.lower);
        z += 1.96 * (order.estimate - 2.0) / half / 16.0;
        // Narrow enough to tell it from 1 and from 3.
        assert!(half <= 0.25, "{order:?}");
        // Then the cost is ε⁻² but for the levels that a higher accuracy adds; for plain paths of order 1 it is ε⁻³.
        let [coarse, fine] = &found.estimates[..] else { panic!("two estimates") };
        let work = |estimate: &MultilevelEstimate| estimate.cost * estimate.accuracy.powi(2);
        assert!(work(fine) <= 1.2 * work(coarse), "{} {}", work(fine), work(coarse));
        assert!(fine.plain_cost > 5.0 * fine.cost, "{} {}", fine.plain_cost, fine.cost);
    }
    // More than 7 of 16 intervals of 95 % miss with a probability of 3e-7.
    assert!(missed <= 7, "{missed} of 16 intervals miss 2");
    // The mean of 16 standard normal values: 5.2 of its deviations are exceeded with probability 2e-7.
    assert!(z.abs() <= 1.3, "{z}");
}

#[test]
fn levels_of_discrete_variates_do_not_couple_and_the_report_says_so() {
    // Each coarse step follows the fine ones up to a random part of fixed size: the variance does not fall.
    let study = "scheme = \"euler-maruyama-two-point\"\naccuracies = [0.03, 0.01]\n";
    let found = findings(&ornstein_uhlenbeck("", study));
    let (multilevel, verdict) = multilevel(&found);
    assert_eq!(verdict, Verdict::Pass, "the estimate is as accurate as asked for, if dear");
    let levels = &multilevel.estimates[1].levels;
    let variances: Vec<f64> = levels.iter().skip(1).map(|level| level.variance).collect();
    assert!(variances[variances.len() - 1] > 0.8 * variances[0], "{variances:?}");
    assert!(found.studies[0].why.contains("couple loosely"), "{}", found.studies[0].why);
    let estimate = &multilevel.estimates[1];
    assert!((estimate.value - exact()).abs() <= Z * estimate.stderr + estimate.bias, "{estimate:?}");
}

#[test]
fn the_plain_cost_is_that_of_paths_on_the_finest_level() {
    // Var X² = 2v² + 4m²v for the Gaussian X at t = 1, m = 2/e, v = 1 − e⁻²; the finest coarse path is near to it.
    let found = findings(&ornstein_uhlenbeck("", "scheme = \"platen\"\naccuracy = 0.003\n"));
    let estimate = &multilevel(&found).0.estimates[0];
    let (m, v) = (2.0 * (-1.0f64).exp(), 1.0 - (-2.0f64).exp());
    let cost = 2.0 * (2.0 * v * v + 4.0 * m * m * v) / estimate.accuracy.powi(2) / finest(estimate);
    assert!((estimate.plain_cost / cost - 1.0).abs() <= 0.15, "{} {cost}", estimate.plain_cost);
}

#[test]
fn weights_enter_the_estimate() {
    // E[X² exp(−½∫X²)] of the killed Ornstein–Uhlenbeck process in closed form.
    let [m, v, z] = wfr::exact::killed_ornstein_uhlenbeck_law(1.0, 2f64.sqrt(), 0.5, 1.0, [2.0, 0.0]);
    let exact = (v + m * m) * z;
    let study = "scheme = \"platen\"\naccuracies = [0.01, 0.002]\n";
    let found = findings(&ornstein_uhlenbeck("rate = \"x^2/2\"\n", study));
    for estimate in &multilevel(&found).0.estimates {
        let distance = (estimate.value - exact).abs() - estimate.bias;
        assert!(distance <= Z * estimate.stderr, "{estimate:?} {exact}");
    }
}

#[test]
fn ratios_agree_with_the_grid_for_a_normalised_flow() {
    let found = findings(
        "observables = [\"x^2\"]\n[target]\npotential = \"x^2/2\"\n\
         [initial]\nmean = [1.5]\ncovariance = [[0.25]]\n[flow]\nhorizon = 0.5\n\
         [grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [280]\nstep = 0.02\n\
         [[study]]\nkind = \"multilevel\"\nscheme = \"platen\"\naccuracies = [0.02, 0.005]\nmax-levels = 6\n",
    );
    assert_eq!(multilevel(&found).1, Verdict::Pass);
    let checks: Vec<_> = found.checks.iter().filter(|check| check.name.contains("multilevel")).collect();
    assert_eq!(checks.len(), 2);
    assert!(checks.iter().all(|check| check.passed), "{checks:?}");
    // Closed form (theory of Gaussian flows): v = (1 + 2r)/(1 − r), m = m₀ e^{−2t} (1 − r₀)/(1 − r), r = r₀ e^{−3t}.
    let r0 = (0.25 - 1.0) / (0.25 + 2.0);
    let r = r0 * (-1.5f64).exp();
    let (m, v) = (1.5 * (-1.0f64).exp() * (1.0 - r0) / (1.0 - r), (1.0 + 2.0 * r) / (1.0 - r));
    for estimate in &multilevel(&found).0.estimates {
        let distance = (estimate.value - (v + m * m)).abs() - estimate.bias - 1e-4;
        assert!(distance <= Z * estimate.stderr, "{estimate:?} {}", v + m * m);
    }
}

#[test]
fn the_law_s_limit_is_the_reference_where_there_is_no_grid() {
    let study = "accuracy = 0.01\n[[study]]\nkind = \"weak-order\"\nobservable = \"x^2\"\nmethods = [\"law\"]\n\
                 schemes = [\"euler-maruyama\"]\n";
    let found = findings(&ornstein_uhlenbeck("", study));
    let check = found.checks.iter().find(|check| check.name.contains("multilevel")).unwrap();
    assert!(check.passed && check.name.contains("the law's limit"), "{check:?}");
    let alone = findings(&ornstein_uhlenbeck("", "accuracy = 0.01\n"));
    assert!(alone.checks.is_empty(), "without a method beside it there is no check: {:?}", alone.checks);
}

#[test]
fn what_cannot_be_reached_is_called_inconclusive() {
    let why = |study: &str| {
        let found = findings(&ornstein_uhlenbeck("", study));
        let (multilevel, verdict) = multilevel(&found);
        assert_eq!(verdict, Verdict::Inconclusive, "{study}");
        assert!(multilevel.estimates.iter().any(|estimate| !estimate.reached), "{study}");
        (found.studies[0].why.clone(), multilevel.paths_needed)
    };
    let (levels, _) = why("accuracy = 0.003\nmax-levels = 3\n");
    assert!(levels.contains("3 levels") && levels.contains("bias"), "{levels}");
    let (paths, needed) = why("accuracy = 0.003\nmax-paths = 20000\n");
    assert!(paths.contains("max-paths") && needed.unwrap() > 500_000, "{paths} {needed:?}");
    let text = "observables = [\"x\"]\n[initial]\npoint = [3.0]\n\
                [sde]\ndrift = [\"-x^5\"]\ndiffusion = [[\"1\"]]\nhorizon = 4.0\n\
                [[study]]\nkind = \"multilevel\"\naccuracy = 0.1\n";
    let found = findings(text);
    assert_eq!(multilevel(&found).1, Verdict::Inconclusive);
    assert!(found.studies[0].why.contains("exploded"), "{}", found.studies[0].why);
}

#[test]
fn bits_depend_neither_on_threads_nor_on_the_other_accuracies() {
    let text = ornstein_uhlenbeck("rate = \"x^2/2\"\n", "accuracies = [0.02, 0.005]\nseed = 3\n");
    let scenario = scenario(&text);
    let results: Vec<String> = [1, 2, 3, 7]
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found =
                pool.install(|| run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings);
            result_json(&found)
        })
        .into();
    assert!(results.iter().all(|result| *result == results[0]));
    let both = findings(&text);
    let alone = findings(&ornstein_uhlenbeck("rate = \"x^2/2\"\n", "accuracy = 0.005\nseed = 3\n"));
    let value = |found: &Findings| multilevel(found).0.estimates.last().unwrap().value;
    assert_eq!(value(&both), value(&alone));
    let other = findings(&ornstein_uhlenbeck("rate = \"x^2/2\"\n", "accuracy = 0.005\nseed = 4\n"));
    assert_ne!(value(&alone), value(&other), "another seed, other paths");
}
