//! How often `wfr verify` is wrong: false alarms of right samplers, and whether the deviation that it says it finds is found.
//!
//! `cargo run --release --example verify_calibration [RUNS [NAME]]` (of all samplers, or of those with NAME in theirs) writes reports/verify-calibration.md: 1000 runs of each right sampler at
//! three levels, and as many of each planted deviation at the default level. The rates are those of whole verdicts for false alarms,
//! and of the single test whose power was printed for planted deviations.

use rayon::prelude::*;
use std::fmt::Write;
use std::time::Instant;
use wfr::model::{GaussianMixture, Observable};
use wfr::particles::{Purpose, Stream};
use wfr::scenario::parse;
use wfr::study::Plan;
use wfr::study::reference::Whose;
use wfr::study::samples::{Arrangement, Basins, Draws, LEVEL, Samples, Tested, Tests, Truth};

const LEVELS: [f64; 3] = [0.05, 0.01, 0.001];
const SEED: u64 = 20_261_130;
/// Runs of each right sampler, and of each planted deviation.
const DEFAULT: usize = 1000;

const LINE: &str = "observables = [\"x\", \"x^2\", \"x > 1\"]\n[target]\npotential = \"x^2/2\"\n\
    [initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
const MODES: &str = "dimension = 2\nobservables = [\"x\", \"y\", \"x*y\"]\n[target]\nmixture = [\n\
    { weight = 0.7, mean = [-2.0, 0.0], covariance = [[0.5, 0.1], [0.1, 0.3]] },\n\
    { weight = 0.3, mean = [2.0, 1.0], covariance = [[0.3, 0.0], [0.0, 0.6]] }]\n\
    [initial]\nmean = [0.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
const WELL: &str = "observables = [\"x\", \"x^2\", \"x > 0\"]\n[target]\npotential = \"x^4/4 - x^2/2 + x/4\"\n\
    [initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";

/// A problem with its truth.
struct Held {
    observables: Vec<Observable>,
    truth: Truth,
    basins: Basins,
}

impl Held {
    fn new(text: &str, some: &Samples) -> Self {
        let plan: Plan = parse(text, "calibration.toml", &[]).expect("a scenario").plan;
        let problem = plan.problem();
        let truth = Truth::of(problem, Whose::Target, None, None).expect("a target");
        Self { observables: problem.observables.clone(), truth, basins: Basins::of(problem, None, some) }
    }

    fn tests(&self, samples: &Samples, arrangement: Arrangement) -> Tests {
        Tests::new(&Draws::new(samples, arrangement), &self.truth, &self.observables, &self.basins)
    }
}

/// Variates of one run.
struct Source {
    stream: Stream,
    left: Vec<f64>,
}

impl Source {
    fn new(run: usize) -> Self {
        Self { stream: Stream::new(SEED, Purpose::Paths, run), left: Vec::new() }
    }

    fn normal(&mut self) -> f64 {
        if self.left.is_empty() {
            let mut batch = [wfr::algebra::Lanes([0.0; wfr::algebra::LANES])];
            self.stream.normals(&mut batch);
            self.left.extend(batch[0].0);
        }
        self.left.pop().expect("a batch")
    }
}

type Sampler = fn(&mut Source, f64) -> Samples;

/// A right sampler where the deviation is 0.
struct Case {
    name: &'static str,
    scenario: &'static str,
    arrangement: Arrangement,
    sampler: Sampler,
    /// The test of which the power is measured.
    watched: &'static str,
}

fn cases() -> Vec<Case> {
    use Arrangement::{Chains, Families, Groups, Independent};
    let case = |name, scenario, arrangement, sampler: Sampler, watched| Case {
        name,
        scenario,
        arrangement,
        sampler,
        watched,
    };
    vec![
        case("normal, 300 independent", LINE, Independent, |s, δ| line(s, 300, δ), "E[x]:"),
        case("normal, 300 independent, as a chain", LINE, Chains, |s, δ| line(s, 300, δ), "E[x]:"),
        case(
            "normal, 4 chains of 500, AR(1) with 0.8",
            LINE,
            Chains,
            |s, δ| chains(s, 4, 500, 0.8, δ),
            "E[x]:",
        ),
        case(
            "normal, 1 chain of 4000, AR(1) with 0.95",
            LINE,
            Chains,
            |s, δ| chains(s, 1, 4000, 0.95, δ),
            "E[x]:",
        ),
        case(
            "normal, 400 weighted, from N(0.3, 1.3²)",
            LINE,
            Independent,
            |s, δ| weighted(s, 1, 400, δ),
            "E[x]:",
        ),
        case("normal, 16 weighted groups of 50", LINE, Groups, |s, δ| weighted(s, 16, 50, δ), "E[x]:"),
        case(
            "normal, 400 particles resampled three times, with ancestors",
            LINE,
            Families,
            |s, δ| particles(s, 400, δ),
            "E[x]:",
        ),
        case(
            "two modes in the plane, 250 independent",
            MODES,
            Independent,
            |s, δ| modes(s, 250, δ),
            "mass of the mode around (2",
        ),
        case(
            "two modes, 400 weighted, from weights ½ and ½",
            MODES,
            Independent,
            |s, δ| reweighted(s, 400, δ),
            "mass of the mode around (2",
        ),
        case(
            "normal, 2 chains of 2000, kinetic Langevin",
            LINE,
            Chains,
            |s, δ| kinetic(s, 2, 2000, δ),
            "E[x]:",
        ),
        case(
            "double well, 2 chains of 3000, Metropolis",
            WELL,
            Chains,
            |s, δ| metropolis(s, 2, 3000, δ),
            "E[x]:",
        ),
    ]
}

fn line(source: &mut Source, n: usize, δ: f64) -> Samples {
    let x = (0..n).map(|_| δ + source.normal()).collect();
    Samples::new("line", &[n, 1], x).expect("samples")
}

fn chains(source: &mut Source, groups: usize, n: usize, ρ: f64, δ: f64) -> Samples {
    let mut all = Vec::new();
    for _ in 0..groups {
        let mut x = source.normal();
        for _ in 0..n {
            all.push(δ + x);
            x = ρ * x + (1.0 - ρ * ρ).sqrt() * source.normal();
        }
    }
    Samples::new("chains", &[groups, n, 1], all).expect("samples")
}

/// Positions of dX = P dt, dP = −(X + 2P) dt + 2 dW by exact steps of length 0.3, from their invariant law N(0, I).
fn kinetic(source: &mut Source, groups: usize, n: usize, δ: f64) -> Samples {
    const STEP: f64 = 0.3;
    let decay = (-STEP).exp();
    let transfer = [[decay * (1.0 + STEP), decay * STEP], [-decay * STEP, decay * (1.0 - STEP)]];
    let inner = |i: usize, j: usize| transfer[i][0] * transfer[j][0] + transfer[i][1] * transfer[j][1];
    // The factor of Cholesky of what the noise adds, I − ΦΦᵀ.
    let first = (1.0 - inner(0, 0)).sqrt();
    let shared = -inner(1, 0) / first;
    let second = (1.0 - inner(1, 1) - shared * shared).sqrt();
    let mut all = Vec::new();
    for _ in 0..groups {
        let (mut x, mut p) = (source.normal(), source.normal());
        for _ in 0..n {
            all.push(δ + x);
            let (ξ, η) = (source.normal(), source.normal());
            (x, p) = (
                transfer[0][0] * x + transfer[0][1] * p + first * ξ,
                transfer[1][0] * x + transfer[1][1] * p + shared * ξ + second * η,
            );
        }
    }
    Samples::new("kinetic", &[groups, n, 1], all).expect("samples")
}

fn weighted(source: &mut Source, groups: usize, n: usize, δ: f64) -> Samples {
    let drawn: Vec<f64> = (0..groups * n).map(|_| 0.3 + 1.3 * source.normal()).collect();
    let logs = drawn.iter().map(|x| 0.5 * ((x - 0.3) / 1.3).powi(2) - 0.5 * x * x).collect();
    let x = drawn.iter().map(|x| x + δ).collect();
    Samples::new("weighted", &[groups, n, 1], x).and_then(|own| own.with_log_weights(logs)).expect("samples")
}

/// Particles from N(0.5, 1.5²), reweighted to N(0, 1) in three steps with multinomial resampling after each, and moved between them by
/// steps that leave the law between invariant.
fn particles(source: &mut Source, n: usize, δ: f64) -> Samples {
    // The law between has the precision and the potential's slope at 0 that are mixed.
    let between = |s: f64| (s + (1.0 - s) / 2.25, (1.0 - s) * 0.5 / 2.25);
    let mut x: Vec<f64> = (0..n).map(|_| 0.5 + 1.5 * source.normal()).collect();
    let mut ancestors: Vec<usize> = (0..n).collect();
    for step in 0..3 {
        let [before, after] = [step, step + 1].map(|k| between(f64::from(k) / 3.0));
        let log = |x: f64| -0.5 * (after.0 - before.0) * x * x + (after.1 - before.1) * x;
        let weights: Vec<f64> = x.iter().map(|x| log(*x).exp()).collect();
        let total: f64 = weights.iter().sum();
        let chosen: Vec<usize> = (0..n)
            .map(|_| {
                let mut left = source.stream.uniform() * total;
                weights
                    .iter()
                    .position(|w| {
                        left -= w;
                        left < 0.0
                    })
                    .unwrap_or(n - 1)
            })
            .collect();
        ancestors = chosen.iter().map(|k| ancestors[*k]).collect();
        let (mean, spread) = (after.1 / after.0, after.0.recip().sqrt());
        x = chosen.iter().map(|k| mean + 0.6 * (x[*k] - mean) + 0.8 * spread * source.normal()).collect();
    }
    let x = x.into_iter().map(|x| x + δ).collect();
    let ancestors = ancestors.into_iter().map(|own| own as f64).collect();
    Samples::new("particles", &[n, 1], x).and_then(|own| own.with_ancestors(ancestors)).expect("samples")
}

fn mixture() -> GaussianMixture {
    let plan = parse(MODES, "modes.toml", &[]).expect("a scenario").plan;
    match plan.problem().dynamics.potential() {
        Some(wfr::model::Potential::Mixture(law)) => law.clone(),
        _ => unreachable!("the target is a mixture"),
    }
}

/// A draw of the mode 0 or 1.
fn of_mode(law: &GaussianMixture, source: &mut Source, second: bool) -> Vec<f64> {
    let normals = [source.normal(), source.normal()];
    law.place(usize::from(second), &normals)
}

fn modes(source: &mut Source, n: usize, δ: f64) -> Samples {
    let law = mixture();
    let x = (0..n)
        .flat_map(|_| {
            let second = source.stream.uniform() < 0.3 + δ;
            of_mode(&law, source, second)
        })
        .collect();
    Samples::new("modes", &[n, 2], x).expect("samples")
}

fn reweighted(source: &mut Source, n: usize, δ: f64) -> Samples {
    let law = mixture();
    let (mut all, mut weights) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let second = source.stream.uniform() < 0.5;
        all.extend(of_mode(&law, source, second));
        weights.push(if second { 0.3 + δ } else { 0.7 - δ });
    }
    Samples::new("reweighted", &[n, 2], all).and_then(|own| own.with_weights(&weights)).expect("samples")
}

fn metropolis(source: &mut Source, groups: usize, n: usize, δ: f64) -> Samples {
    let v = |x: f64| x.powi(4) / 4.0 - x * x / 2.0 + x / 4.0;
    let mut all = Vec::new();
    for _ in 0..groups {
        let mut x = source.normal() - 0.5;
        for step in 0..n + 200 {
            let y = x + 1.8 * source.normal();
            if source.stream.uniform().ln() < v(x) - v(y) {
                x = y;
            }
            if step >= 200 {
                all.push(x + δ);
            }
        }
    }
    Samples::new("metropolis", &[groups, n, 1], all).expect("samples")
}

fn fails(tests: &[Tested]) -> bool {
    tests.iter().any(|test| test.passed == Some(false))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runs: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(DEFAULT);
    let only = arguments.next();
    let start = Instant::now();
    let mut page = String::from(HEAD);
    let _ = writeln!(
        page,
        "| right sampler | runs | at 5 % | at 1 % | at 0.1 % | open at 1e-4 |\n|---|---|---|---|---|---|"
    );
    let mut power = String::new();
    let mut missed = false;
    for case in cases().into_iter().filter(|own| only.as_ref().is_none_or(|part| own.name.contains(part))) {
        let held = Held::new(case.scenario, &(case.sampler)(&mut Source::new(0), 0.0));
        let failed: Vec<([bool; 3], bool, Vec<String>)> = (0..runs)
            .into_par_iter()
            .map(|run| {
                let samples = (case.sampler)(&mut Source::new(1 + run), 0.0);
                let tests = held.tests(&samples, case.arrangement);
                let strict = tests.judge(LEVELS[1]).0;
                let which = strict.iter().filter(|own| own.passed == Some(false)).map(|own| own.name.clone());
                let open = tests.judge(LEVEL).0.iter().any(|own| own.asked && own.passed.is_none());
                (LEVELS.map(|level| fails(&tests.judge(level).0)), open, which.collect())
            })
            .collect();
        let rate = |k: usize| failed.iter().filter(|own| own.0[k]).count() as f64 / runs as f64;
        let cells: Vec<String> = (0..3)
            .map(|k| {
                let level = LEVELS[k];
                let most = level + 3.0 * (level * (1.0 - level) / runs as f64).sqrt();
                missed |= rate(k) > most;
                format!("{:.3} % {}", 100.0 * rate(k), if rate(k) > most { "🔴" } else { "✓" })
            })
            .collect();
        let open = failed.iter().filter(|own| own.1).count() as f64 / runs as f64;
        let _ = writeln!(page, "| {} | {runs} | {} | {:.1} % |", case.name, cells.join(" | "), 100.0 * open);
        let mut counts = std::collections::BTreeMap::new();
        failed.iter().flat_map(|own| &own.2).for_each(|name| *counts.entry(name.clone()).or_insert(0) += 1);
        eprintln!("{:.0} s {}: {} {counts:?}", start.elapsed().as_secs_f64(), case.name, cells.join(" "));
        // The deviation that right samples say would be found: the median over some of them, as each knows its own standard error only.
        let watched = |samples: &Samples| -> Option<Tested> {
            let found = held.tests(samples, case.arrangement).judge(LEVEL).0;
            found.into_iter().find(|own| own.name.starts_with(case.watched))
        };
        let mut sizes: Vec<f64> = (0..200usize)
            .into_par_iter()
            .filter_map(|run| watched(&(case.sampler)(&mut Source::new(1 + run), 0.0))?.detectable)
            .collect();
        sizes.sort_by(f64::total_cmp);
        let size = sizes[sizes.len() / 2];
        let found: Vec<[bool; 2]> = (0..runs)
            .into_par_iter()
            .map(|run| {
                let samples = (case.sampler)(&mut Source::new(1_000_000 + run), size);
                let tests = held.tests(&samples, case.arrangement).judge(LEVEL).0;
                let own = tests.iter().find(|own| own.name.starts_with(case.watched));
                if let Some(own) = own.filter(|own| own.passed != Some(false)) {
                    eprintln!("    missed: {} of {}, {:?}", own.value, own.threshold, own.open);
                }
                [own.is_some_and(|own| own.passed == Some(false)), fails(&tests)]
            })
            .collect();
        let share = |k: usize| 100.0 * found.iter().filter(|own| own[k]).count() as f64 / runs as f64;
        missed |= share(0) < 98.0;
        let _ = writeln!(
            power,
            "| {} | {} | {size:.4} | {runs} | {:.1} % {} | {:.1} % |",
            case.name,
            case.watched.trim_end_matches(':'),
            share(0),
            if share(0) < 98.0 { "🔴" } else { "✓" },
            share(1)
        );
        eprintln!("    planted {size:.4}: {:.1} % by the test, {:.1} % by the verdict", share(0), share(1));
    }
    let _ = write!(page, "{POWER}{power}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/verify-calibration.md");
    match runs >= DEFAULT && only.is_none() {
        true => std::fs::write(path, page).expect("reports/"),
        false => print!("{page}"),
    }
    std::process::exit(i32::from(missed));
}

const HEAD: &str = "# Calibration of `wfr verify`

Made by `cargo run --release --example verify_calibration` (seeds are fixed).

## False alarms

Right samplers: how many verdicts are \"fail\", at three levels of all tests together. A rate misses its target (🔴) above the level plus
three standard errors. Open: verdicts at the default level in which a test that was asked for could not be judged, or had too little power.

";

const POWER: &str = "
## Power

A deviation of the size that right samples say would be found with probability 0.99 (the median over 200 of them, at the default level
1e-4) is planted. The test of which the size was printed has to find it in 99 ± 1 % of the runs; the verdict has other tests besides.

| sampler | test | planted | runs | found by the test | by the verdict |
|---|---|---|---|---|---|
";
