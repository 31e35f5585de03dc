//! The loops that a run spends its time in. Compare within one run; nothing here is asserted.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wfr::model::{Dynamics, Problem, WeightedFlow};
use wfr::particles::{BirthDeath, Ensemble, Motion, Purpose, Resampling, Stream, Weights};
use wfr::particles::{log_sum_exp, resampling::offspring};
use wfr::pde::{Evolution, Generator, GridSettings, TimeExact};
use wfr::scenario::parse;
use wfr::schemes::{CATALOGUE, Scheme, WeightRule, fits};

const SCENARIO: &str = "[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n\
    [flow]\nhorizon = 1.0\n[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [600]\nstep = 0.01\n";

fn double_well() -> (Problem, GridSettings) {
    let plan = parse(SCENARIO, "bench.toml", &[]).expect("a scenario").plan;
    (plan.problem().clone(), plan.grid().expect("a grid").clone())
}

fn paths(c: &mut Criterion) {
    const COUNT: usize = 1 << 15;
    let (problem, settings) = double_well();
    let Dynamics::GradientFlow(flow) = &problem.dynamics else { return };
    let grid = settings.grid();
    let mut evolution =
        Evolution::new(&problem, &grid, settings.method, settings.transport, 0.01).expect("a grid");
    let times: Vec<f64> = (1..=100).map(|k| 0.01 * f64::from(k)).collect();
    let (trajectory, _) = evolution.run(&times, |_| ());
    let mut group = c.benchmark_group("paths");
    group.throughput(Throughput::Elements(COUNT as u64 * 10));
    let fitting =
        |scheme: &&&dyn Scheme| fits(**scheme, problem.dynamics.equation(), problem.dynamics.noise());
    for scheme in CATALOGUE.iter().filter(fitting) {
        for (name, weighted) in [("unweighted", false), ("oracle", true)] {
            let sde = WeightedFlow::new(flow, 1, Some(&trajectory));
            let motion = Motion { sde: &sde, scheme: *scheme, weight: WeightRule::Trapezoidal, weighted };
            let mut ensemble = Ensemble::new(&problem.initial, COUNT, 1, motion);
            group.bench_function(format!("{} {name}", scheme.name()), |b| {
                b.iter(|| ensemble.advance(motion, 0.001, 0, 10).expect("no explosion"));
            });
        }
    }
    group.finish();
}

fn transport(c: &mut Criterion) {
    let (problem, settings) = double_well();
    let Dynamics::GradientFlow(flow) = &problem.dynamics else { return };
    let grid = settings.grid();
    let potential = grid.sample(|x| flow.potential.value(x));
    let transport = TimeExact::new(Generator::gradient_flow(&grid, &potential, 1.0).expect("a generator"));
    let start: Vec<f64> = grid.sample(|x| -12.5 * (x[0] + 1.0).powi(2));
    c.bench_function("time-exact transport, 600 cells, h = 0.01", |b| {
        b.iter(|| {
            let mut log_density = start.clone();
            transport.advance(&mut log_density, 0.01, 0.0).expect("it converges");
            log_density
        });
    });
}

fn resample(c: &mut Criterion) {
    const COUNT: usize = 1_000_000;
    let logs: Vec<f64> = (0..COUNT).map(|i| 2.0 * (0.37 * i as f64).sin()).collect();
    let weights = Weights::from_logs(&logs).expect("weights");
    let mut group = c.benchmark_group("10⁶ log-weights");
    group.throughput(Throughput::Elements(COUNT as u64));
    group.bench_function("reading", |b| {
        b.iter(|| logs.iter().fold(0u64, |all, log| all ^ log.to_bits()));
    });
    group.bench_function("log-sum-exp", |b| b.iter(|| log_sum_exp(&logs)));
    for islands in [1, 64] {
        group.bench_function(format!("normalise and resample, systematic, islands: {islands}"), |b| {
            let mut stream = Stream::new(1, Purpose::Resampling, 0);
            b.iter(|| {
                for logs in logs.chunks(COUNT / islands) {
                    let weights = Weights::from_logs(logs).expect("weights");
                    black_box(offspring(Resampling::Systematic, &weights, &mut stream));
                }
            });
        });
    }
    for choice in Resampling::ALL.into_iter().filter(|choice| *choice != Resampling::None) {
        let mut stream = Stream::new(1, Purpose::Resampling, 0);
        group.bench_function(choice.name(), |b| b.iter(|| offspring(choice, &weights, &mut stream)));
    }
    for form in BirthDeath::ALL {
        let mut stream = Stream::new(1, Purpose::Jumps, 0);
        group.bench_function(form.name(), |b| b.iter(|| form.offspring(&weights, &mut stream)));
    }
    group.finish();
}

criterion_group!(benches, paths, transport, resample);
criterion_main!(benches);
