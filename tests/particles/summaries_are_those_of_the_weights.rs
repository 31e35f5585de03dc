//! What a population says of its weights, against sums over all particles one by one.

use crate::common::{close, scenario};
use wfr::model::{Dynamics, Problem};
use wfr::particles::{Mean, ParticleSettings, Simulation, Watch, simulate};

/// Not a multiple of any number of lanes.
const COUNT: usize = 301;

/// dX = −X dt + √2 dW killed at rate 2X² from N(1, ¼).
fn simulated(resampling: &str) -> (Problem, Simulation) {
    let text = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [1.0]\ncovariance = [[0.25]]\n\
         [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"2*x^2\"\nhorizon = 0.5\n\
         [particles]\ncount = {COUNT}\nstep = 0.1\nscheme = \"platen\"\n{resampling}\n"
    );
    let plan = scenario(&text).plan;
    let settings: ParticleSettings = plan.particles().unwrap().clone();
    let Dynamics::Sde(equation) = &plan.problem().dynamics else { unreachable!("an equation was given") };
    let simulation = simulate(plan.problem(), &settings, equation, Watch::default());
    (plan.problem().clone(), simulation)
}

#[test]
fn summaries_are_sums_over_the_particles() {
    let (problem, simulation) = simulated("resampling = \"none\"");
    let population = simulation.population.unwrap();
    let n = COUNT as f64;
    let w: Vec<f64> = population.ensemble.log_weights().iter().map(|log| log.exp()).collect();
    let sum: f64 = w.iter().sum();
    let shares: Vec<f64> = w.iter().map(|w| w / sum).collect();
    let summary = population.summary();
    // All to the rounding of 301 terms.
    close(summary.log_normalizer, (sum / n).ln(), 1e-13, "log of the mean weight");
    close(summary.ess, 1.0 / shares.iter().map(|w| w * w).sum::<f64>(), 1e-10, "effective sample size");
    close(summary.entropy, -shares.iter().map(|w| w * w.ln()).sum::<f64>(), 1e-12, "entropy");
    let mean_rate = shares.iter().zip(population.ensemble.rates()).map(|(w, c)| w * c).sum::<f64>();
    close(summary.mean_rate, mean_rate, 1e-12, "mean rate");
    assert_eq!(summary.ancestors, COUNT);
    assert_eq!(population.degrees_of_freedom(), COUNT - 1);
    let last = simulation.history.last().unwrap();
    assert_eq!(
        (last.log_normalizer, last.ess, last.entropy),
        (summary.log_normalizer, summary.ess, summary.entropy)
    );

    // Standard errors of sums of independent terms: N/(N − 1) times the sum of the squares of what each adds.
    let stderr = |added: &dyn Fn(usize) -> f64| {
        ((0..COUNT).map(|i| added(i).powi(2)).sum::<f64>() * n / (n - 1.0)).sqrt()
    };
    let log = population.log_normalizer();
    close(log.value, summary.log_normalizer, 0.0, "log-normaliser");
    close(log.stderr, stderr(&|i| shares[i] - 1.0 / n), 1e-13, "standard error of the log-normaliser");
    let x = population.ensemble.map(|x| x[0]);
    for (k, observable) in problem.observables.iter().enumerate() {
        let φ: Vec<f64> = x.iter().map(|x| if k == 0 { *x } else { x * x }).collect();
        let [normalized, plain] =
            [true, false].map(|normalized| population.means(&problem.observables, normalized)[k]);
        let mean: f64 = shares.iter().zip(&φ).map(|(w, φ)| w * φ).sum();
        close(normalized.value, mean, 1e-13, &observable.name);
        close(normalized.stderr, stderr(&|i| shares[i] * (φ[i] - mean)), 1e-13, &observable.name);
        let mean: f64 = w.iter().zip(&φ).map(|(w, φ)| w * φ).sum::<f64>() / n;
        close(plain.value, mean, 1e-13, &observable.name);
        close(plain.stderr, stderr(&|i| (w[i] * φ[i] - mean) / n), 1e-13, &observable.name);
    }

    // In two bins and beyond them.
    let bin = |x: f64| if x < 0.0 { Some(0) } else { (x < 1.0).then_some(1) };
    let histogram = population.histogram(2, |x| bin(x[0]));
    let mut noise = 0.0;
    for (k, share) in histogram.shares.iter().enumerate() {
        let inside = |i: usize| if bin(x[i]) == Some(k) { 1.0 } else { 0.0 };
        let exact: f64 = (0..COUNT).map(|i| shares[i] * inside(i)).sum();
        let error = stderr(&|i| shares[i] * (inside(i) - exact));
        close(share.value, exact, 1e-13, "share");
        close(share.stderr, error, 1e-13, "standard error of a share");
        noise += error * error;
    }
    close(histogram.noise, noise, 1e-15, "noise of a histogram");

    // Log-weights relative to the mean, in bins from the least to the largest.
    let weights = population.weight_histogram(4).unwrap();
    let logs: Vec<f64> = w.iter().map(|w| (w / (sum / n)).ln()).collect();
    let [low, high] = [f64::min, f64::max].map(|extreme| logs.iter().copied().reduce(extreme).unwrap());
    close(weights.low, low, 1e-12, "least log-weight");
    close(weights.high, high, 1e-12, "largest log-weight");
    let in_first = logs.iter().filter(|&&log| log < low + 0.25 * (high - low)).count();
    close(weights.shares[0], in_first as f64 / n, 1e-12, "share of the least weights");
    close(weights.shares.iter().sum(), 1.0, 1e-12, "all weights");
}

/// Resampled at every step, islands are what is independent, and standard errors are by what is left without each of them.
#[test]
fn islands_are_left_out_one_by_one_where_particles_meet() {
    let (problem, simulation) = simulated("resampling = \"multinomial\"\ness-threshold = 1.0");
    let population = simulation.population.unwrap();
    // Their members and log-factors, as checkpoints keep them.
    let kept = serde_json::to_string(&population).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let islands: Vec<(std::ops::Range<usize>, f64)> = kept["islands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|island| {
            let read = |key: &str| island[key].clone();
            (
                serde_json::from_value(read("members")).unwrap(),
                serde_json::from_value(read("log_factor")).unwrap(),
            )
        })
        .collect();
    let groups = islands.len() as f64;
    assert_eq!((islands.len(), population.island_count()), (4, 4));
    let logs = population.ensemble.log_weights();
    let mut w = vec![0.0; COUNT];
    for (members, factor) in &islands {
        members.clone().for_each(|i| w[i] = (logs[i] + factor).exp());
    }
    let left = |without: Option<usize>| -> Vec<usize> {
        let all = islands.iter().enumerate().filter(|(k, _)| Some(*k) != without);
        all.flat_map(|(_, (members, _))| members.clone()).collect()
    };
    let agrees = |found: Mean, estimate: &dyn Fn(&[usize]) -> f64, what: &str| {
        let rests: Vec<f64> = (0..islands.len()).map(|k| estimate(&left(Some(k)))).collect();
        let mean = rests.iter().sum::<f64>() / groups;
        let squares: f64 = rests.iter().map(|rest| (rest - mean).powi(2)).sum();
        close(found.value, estimate(&left(None)), 1e-12, what);
        close(found.stderr, (squares * (groups - 1.0) / groups).sqrt(), 1e-12, what);
    };
    let mass = |those: &[usize]| those.iter().map(|&i| w[i]).sum::<f64>();
    let log_mean = |those: &[usize]| (mass(those) / those.len() as f64).ln();
    agrees(population.log_normalizer(), &log_mean, "log-normaliser");
    let x = population.ensemble.map(|x| x[0]);
    for (k, observable) in problem.observables.iter().enumerate() {
        let mean = |those: &[usize]| {
            those.iter().map(|&i| w[i] * if k == 0 { x[i] } else { x[i] * x[i] }).sum::<f64>() / mass(those)
        };
        agrees(population.means(&problem.observables, true)[k], &mean, &observable.name);
    }
    // Shares of a histogram, around the share of all.
    let histogram = population.histogram(1, |x| (x[0] < 1.0).then_some(0));
    let share = |those: &[usize]| {
        mass(&those.iter().copied().filter(|&i| x[i] < 1.0).collect::<Vec<_>>()) / mass(those)
    };
    let all = share(&left(None));
    let around: f64 = (0..islands.len()).map(|k| (share(&left(Some(k))) - all).powi(2)).sum();
    close(histogram.shares[0].value, all, 1e-12, "share");
    close(histogram.shares[0].stderr, (around * (groups - 1.0) / groups).sqrt(), 1e-12, "its standard error");
    let squares: f64 =
        islands.iter().map(|(members, _)| mass(&members.clone().collect::<Vec<_>>()).powi(2)).sum();
    let even = mass(&left(None)).powi(2) / squares;
    assert_eq!(population.degrees_of_freedom(), even as usize - 1, "{even} even islands");
    assert!(population.summary().ancestors < COUNT);
}
