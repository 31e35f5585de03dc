//! The particle engine: variates, elementary functions, and steps of paths. Compare within one run; nothing here is
//! asserted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wfr::algebra::{LANES, Lanes, Real, elementary, simd::vectorized};
use wfr::model::{Dynamics, Problem};
use wfr::particles::{Ensemble, Motion, Purpose, Stream};
use wfr::scenario::parse;
use wfr::schemes::{Sde, WeightRule, find};
use wfr::symbolic::Variate;

const BUNDLES: usize = 8;
const STEPS: usize = 100;

fn variates(c: &mut Criterion) {
    let mut stream = Stream::new(1, Purpose::Paths, 0);
    let mut out = [Lanes::constant(0.0); BUNDLES];
    let mut group = c.benchmark_group("variates");
    group.throughput(Throughput::Elements((BUNDLES * LANES) as u64));
    for law in [Variate::Gaussian, Variate::ThreePoint, Variate::TwoPoint] {
        let laws = [law; BUNDLES];
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

impl Sde<Lanes> for Native {
    fn dimension(&self) -> usize {
        1
    }
    fn noise_dimension(&self) -> usize {
        1
    }
    fn drift(&self, _: &Lanes, x: &[Lanes], out: &mut [Lanes]) {
        vectorized(
            #[inline(always)]
            || out[0].assign(&x[0], |x| x - x * x * x),
        );
    }
    fn diffuse(&self, _: &Lanes, _: &[Lanes], noise: &[Lanes], out: &mut [Lanes]) {
        vectorized(
            #[inline(always)]
            || out[0].assign(&noise[0], |ξ| std::f64::consts::SQRT_2 * ξ),
        );
    }
    fn rate(&self, _: &Lanes, x: &[Lanes]) -> Lanes {
        vectorized(
            #[inline(always)]
            || x[0].map(|x| 0.5 * x * x),
        )
    }
    fn solve_implicit(&self, _: &Lanes, _: &Lanes, _: &[Lanes], _: &mut [Lanes]) {
        unimplemented!("the scheme is explicit")
    }
}

fn problem(text: &str) -> Problem {
    parse(text, "bench.toml", &[]).expect("a scenario").plan.problem
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
        advance(&mut group, "native well", threads, &well, COUNT, &Native, "euler-maruyama");
        advance(&mut group, "formula well", threads, &well, COUNT, formula, "euler-maruyama");
    }
    group.finish();
}

criterion_group!(benches, variates, functions, paths);
criterion_main!(benches);
