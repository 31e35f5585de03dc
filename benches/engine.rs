//! The particle engine: variates, elementary functions, and steps of paths. Compare within one run; nothing here is
//! asserted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wfr::algebra::{LANES, Lanes, Real, elementary, simd::vectorized};
use wfr::model::{Dynamics, KineticLangevin, Problem, WeightedFlow};
use wfr::particles::{Ensemble, Motion, PathStep, Purpose, StaticMotion, Stream};
use wfr::scenario::parse;
use wfr::schemes::{EulerMaruyama, Sde, WeightRule, find};
use wfr::symbolic::Variate;

const BATCHES: usize = 8;
const STEPS: usize = 100;

fn variates(c: &mut Criterion) {
    let mut stream = Stream::new(1, Purpose::Paths, 0);
    let mut out = [Lanes::constant(0.0); BATCHES];
    let mut group = c.benchmark_group("variates");
    group.throughput(Throughput::Elements((BATCHES * LANES) as u64));
    for law in [Variate::Gaussian, Variate::ThreePoint, Variate::TwoPoint] {
        let laws = [law; BATCHES];
        group.bench_function(format!("{law:?}"), |b| b.iter(|| stream.variates(&laws, black_box(&mut out))));
    }
    group.finish();
}

fn functions(c: &mut Criterion) {
    let x = Lanes(std::array::from_fn(|lane| 0.1 + 0.05 * lane as f64));
    let mut group = c.benchmark_group("elementary");
    group.throughput(Throughput::Elements(x.0.len() as u64));
    let mut time = |name: &str, f: fn(Lanes) -> Lanes| {
        group.bench_function(name, |b| b.iter(|| f(black_box(x))));
    };
    time("exp", |x| vectorized(|| elementary::exp(x)));
    time("ln", |x| vectorized(|| elementary::ln(x)));
    time("sin", |x| vectorized(|| elementary::sin(x)));
    time("cos", |x| vectorized(|| elementary::cos(x)));
    time("tanh", |x| vectorized(|| elementary::tanh(x)));
    group.finish();
}

/// dX = (X − X³) dt + √2 dW with rate X²/2, written in Rust: the work of `em_limit.c`.
struct Native;

impl<R: Real> Sde<R> for Native {
    #[inline(always)]
    fn dimension(&self) -> usize {
        1
    }
    #[inline(always)]
    fn noise_dimension(&self) -> usize {
        1
    }
    #[inline(always)]
    fn drift(&self, _: &R, x: &[R], out: &mut [R]) {
        out[0] = x[0] - x[0] * x[0] * x[0];
    }
    #[inline(always)]
    fn diffuse(&self, _: &R, _: &[R], noise: &[R], out: &mut [R]) {
        out[0] = R::constant(std::f64::consts::SQRT_2) * noise[0];
    }
    #[inline(always)]
    fn rate(&self, _: &R, x: &[R]) -> R {
        R::constant(0.5) * x[0] * x[0]
    }
}

fn problem(text: &str) -> Problem {
    parse(text, "bench.toml", &[]).expect("a scenario").plan.problem().clone()
}

const WELL: &str = "[initial]\npoint = [-1.0]\n[sde]\ndrift = [\"x - x^3\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"x^2/2\"\nhorizon = 1.0\n";

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// `count` particles on this many threads, 100 steps at a time.
fn advance(
    group: &mut Group<'_>,
    name: &str,
    threads: usize,
    problem: &Problem,
    count: usize,
    sde: &(dyn Sde<Lanes> + Sync),
    scheme: &str,
) {
    let scheme = find(scheme).expect("a scheme of the catalogue");
    let motion = Motion { sde, scheme, weight: WeightRule::Left, weighted: problem.weighted() };
    advance_by(group, name, threads, problem, count, motion);
}

fn advance_by(
    group: &mut Group<'_>,
    name: &str,
    threads: usize,
    problem: &Problem,
    count: usize,
    motion: impl PathStep,
) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    group.throughput(Throughput::Elements((count * STEPS) as u64));
    let start = Ensemble::new(&problem.initial, count, 1, motion);
    group.bench_function(BenchmarkId::new(name, format!("{threads} threads")), |b| {
        b.iter_batched_ref(
            || start.clone(),
            |ensemble| pool.install(|| ensemble.advance(motion, 0.01, 0, STEPS).expect("no explosion")),
            criterion::BatchSize::LargeInput,
        );
    });
}

fn paths(c: &mut Criterion) {
    const COUNT: usize = 1 << 14;
    let well = problem(WELL);
    let Dynamics::Sde(formula) = &well.dynamics else { return };
    let mut group = c.benchmark_group("paths");
    group.sample_size(20);
    for threads in [1, 2] {
        let native =
            StaticMotion { sde: &Native, scheme: &EulerMaruyama::GAUSSIAN, weight: Some(WeightRule::Left) };
        advance_by(&mut group, "native well", threads, &well, COUNT, native);
        advance(&mut group, "formula well", threads, &well, COUNT, formula, "euler-maruyama");
    }
    group.finish();
}

/// Eight Gaussians in `d` dimensions, at 3 times the corners of a cube (and at 0 in the other directions).
fn eight_modes(d: usize) -> String {
    let vector = |f: &dyn Fn(usize) -> f64| {
        let entries: Vec<String> = (0..d).map(|i| format!("{:?}", f(i))).collect();
        format!("[{}]", entries.join(", "))
    };
    let rows: Vec<String> = (0..d).map(|i| vector(&|j| if i == j { 0.5 } else { 0.0 })).collect();
    let identity = format!("[{}]", rows.join(", "));
    let mode = |k: usize| vector(&|i| if i < 3 { 6.0 * (k >> i & 1) as f64 - 3.0 } else { 0.0 });
    let modes: Vec<String> =
        (0..8).map(|k| format!("{{ mean = {}, covariance = {identity} }}", mode(k))).collect();
    format!(
        "dimension = {d}\n[target]\nmixture = [{}]\n[initial]\nmean = {}\ncovariance = {identity}\n[flow]\nreaction = 0.0\nhorizon = 1.0\n",
        modes.join(", "),
        vector(&|_| 0.0)
    )
}

/// Steps of Langevin dynamics in mixtures of eight, and of BAOAB in a kinetic double well.
fn targets(c: &mut Criterion) {
    const COUNT: usize = 1 << 12;
    let mut group = c.benchmark_group("targets");
    group.sample_size(20);
    for d in [2, 10] {
        let problem = problem(&eight_modes(d));
        let Dynamics::GradientFlow(flow) = &problem.dynamics else { return };
        let sde = WeightedFlow::new(flow, d, None);
        advance(&mut group, &format!("mixture of 8, d = {d}"), 1, &problem, COUNT, &sde, "euler-maruyama");
    }
    let wells = "[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\npoint = [-1.0, 0.0]\n\
        [flow]\ndynamics = \"underdamped\"\nhorizon = 1.0\n";
    let problem = problem(wells);
    let Dynamics::Kinetic(flow) = &problem.dynamics else { return };
    advance(&mut group, "kinetic well", 1, &problem, COUNT, &KineticLangevin(flow), "baoab");
    group.finish();
}

/// The formula well with more and more particles on two threads.
fn counts(c: &mut Criterion) {
    let well = problem(WELL);
    let Dynamics::Sde(formula) = &well.dynamics else { return };
    let mut group = c.benchmark_group("counts");
    group.sample_size(10);
    for power in 3..=7 {
        advance(&mut group, &format!("10^{power}"), 2, &well, 10usize.pow(power), formula, "euler-maruyama");
    }
    group.finish();
}

criterion_group!(benches, variates, functions, paths, targets, counts);
criterion_main!(benches);
