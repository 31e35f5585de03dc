//! How often the 95 % interval of a Monte-Carlo order holds the true one, and what becomes of right and of wrong claims:
//! `cargo run --release --example order_coverage -- 1000 40` writes reports/order-coverage.md, from 1000 drawn studies and
//! 40 whole ones of every kind.
//!
//! Drawn studies have the exact differences between the levels of an Ornstein–Uhlenbeck process and normal noise, of the
//! variance that coupled paths were measured to have. Whole ones sample every path anew.

use std::fmt::Write as _;
use wfr::algebra::{Lanes, Scalar};
use wfr::model::Dynamics;
use wfr::particles::coupled::{Level, LevelSums};
use wfr::particles::{BLOCK, Motion, Purpose, Stream};
use wfr::schemes::WeightRule;
use wfr::study::Verdict;
use wfr::study::fit::{Corrections, Point, PowerLaw};
use wfr::study::order::OrderFindings;

/// Coarsest steps and numbers of levels.
const LEVELS: [(f64, usize); 2] = [(0.25, 4), (0.25, 5)];
/// Paths of every level of drawn studies, and the most of whole ones.
const BUDGETS: [f64; 3] = [1e5, 1e7, 1e9];
const WHOLE_BUDGETS: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Paths that measure the variance of a level.
const MEASURED: usize = 1 << 16;
const START: f64 = 3.0;

const SCENARIO: &str = r#"
observables = ["x^2"]
[target]
potential = "x^2/2"
[initial]
point = [3.0]
[flow]
reaction = 0.0
horizon = 1.0
[[study]]
kind = "weak-order"
schemes = ["euler-maruyama", "platen"]
extrapolate = true
observable = "x^2"
steps = [0.25, 0.125, 0.0625, 0.03125]
methods = ["monte-carlo"]
"#;

/// A scheme, by its chain X' = αX + s ξ, (α, s²).
struct Kind {
    name: &'static str,
    scheme: &'static str,
    order: i32,
    extrapolated: bool,
    chain: fn(f64) -> (f64, f64),
}

fn euler(h: f64) -> (f64, f64) {
    (1.0 - h, 2.0 * h)
}

fn heun(h: f64) -> (f64, f64) {
    (1.0 - h + 0.5 * h * h, 2.0 * h * (1.0 - 0.5 * h).powi(2))
}

const KINDS: [Kind; 4] = [
    Kind { name: "euler-maruyama", scheme: "euler-maruyama", order: 1, extrapolated: false, chain: euler },
    Kind {
        name: "extrapolated euler-maruyama",
        scheme: "euler-maruyama",
        order: 2,
        extrapolated: true,
        chain: euler,
    },
    Kind { name: "platen", scheme: "platen", order: 2, extrapolated: false, chain: heun },
    Kind { name: "extrapolated platen", scheme: "platen", order: 3, extrapolated: true, chain: heun },
];

impl Kind {
    /// E X² at 1 by the scheme itself.
    fn plain(&self, h: f64) -> f64 {
        let (α, s2) = (self.chain)(h);
        let decay = α.powf(2.0 / h);
        START * START * decay + s2 * (1.0 - decay) / (1.0 - α * α)
    }

    /// (share of the half step, share of the step).
    fn shares(&self) -> [f64; 2] {
        match self.extrapolated {
            true => [2f64.powi(self.order - 1), -1.0].map(|share| share / (2f64.powi(self.order - 1) - 1.0)),
            false => [0.0, 1.0],
        }
    }

    fn value(&self, h: f64) -> f64 {
        let [half, whole] = self.shares();
        whole * self.plain(h) + if half == 0.0 { 0.0 } else { half * self.plain(0.5 * h) }
    }

    /// Variance of a path's difference between a step and its half.
    fn variance(&self, h: f64) -> f64 {
        let scenario = wfr::scenario::parse(SCENARIO, "levels.toml", &[]).expect("a scenario of this file");
        let problem = scenario.plan.problem();
        let Dynamics::GradientFlow(flow) = &problem.dynamics else { unreachable!("a flow was given") };
        let equation = wfr::model::WeightedFlow::new(flow, 1, None);
        let scheme = wfr::schemes::find(self.scheme).expect("a scheme of the catalogue");
        let motion = Motion { sde: &equation, scheme, weight: WeightRule::Trapezoidal, weighted: false };
        let at = |h: f64| {
            let steps = (1.0 / h).round() as usize;
            let level = Level {
                problem,
                observables: &problem.observables,
                motion,
                steps,
                seed: 7,
                number: steps as u32,
            };
            let sums: LevelSums = level.run(0..MEASURED / BLOCK).remove(0);
            sums.variance([1.0, 0.0])
        };
        let [half, whole] = self.shares();
        whole * whole * at(h) + if half == 0.0 { 0.0 } else { half * half * at(0.5 * h) }
    }
}

/// What became of studies.
#[derive(Default)]
struct Count {
    studies: usize,
    covered: usize,
    width: f64,
    right: [usize; 3],
    wrong: [usize; 3],
}

impl Count {
    fn add(&mut self, law: &PowerLaw, order: f64) {
        let interval = law.interval();
        self.studies += 1;
        self.covered += usize::from((interval.lower..=interval.upper).contains(&order));
        self.width += 0.5 * (interval.upper - interval.lower);
        self.right[place(law.judge(order).verdict)] += 1;
        self.wrong[place(law.judge(order + 1.0).verdict)] += 1;
    }

    fn row(&self) -> String {
        let n = self.studies as f64;
        let [right, wrong] =
            [self.right, self.wrong].map(|[pass, open, fail]| format!("{pass} / {open} / {fail}"));
        format!("{:.1} % | {:.2} | {right} | {wrong}", 100.0 * self.covered as f64 / n, self.width / n)
    }
}

fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Fail => 2,
    }
}

/// Standard normal numbers.
fn normals(count: usize) -> Vec<f64> {
    let mut stream = Stream::new(11, Purpose::Coupled(0), 0);
    let mut lanes = vec![Lanes::zero(); count.div_ceil(Lanes::zero().0.len())];
    stream.normals(&mut lanes);
    lanes.iter().flat_map(|lanes| lanes.0).take(count).collect()
}

fn drawn(kind: &Kind, (coarsest, levels): (f64, usize), studies: usize) -> Vec<(f64, Count)> {
    let steps: Vec<f64> = (0..levels).map(|k| coarsest * 0.5f64.powi(k as i32)).collect();
    let exact: Vec<f64> = steps.iter().map(|&h| kind.value(0.5 * h) - kind.value(h)).collect();
    let variances: Vec<f64> = steps.iter().map(|&h| kind.variance(h)).collect();
    let noise = normals(studies * levels);
    let count = |&paths: &f64| {
        let mut count = Count::default();
        for noise in noise.chunks_exact(levels) {
            let point = |k: usize| {
                let stderr = (variances[k] / paths).sqrt();
                Point { step: steps[k], error: exact[k] + stderr * noise[k], stderr }
            };
            let points: Vec<Point> = (0..levels).map(point).collect();
            let law = PowerLaw::fit(&points, Corrections::OF_STEPS).expect("levels have a spread");
            count.add(&law, f64::from(kind.order));
        }
        (paths, count)
    };
    BUDGETS.iter().map(count).collect()
}

/// By scheme: what became of the claims, coverage, and the errors against the exact ones: (within 1.96, within 5, all).
#[derive(Default)]
struct Whole {
    verdicts: [usize; 3],
    covered: usize,
    errors: [usize; 3],
}

fn whole(max_paths: u64, seeds: u64) -> Result<Vec<Whole>, Box<dyn std::error::Error>> {
    let mut found: Vec<Whole> = KINDS.iter().map(|_| Whole::default()).collect();
    for seed in 0..seeds {
        let text = format!("{SCENARIO}max-paths = {max_paths}\nseed = {seed}\n");
        let scenario = wfr::scenario::parse(&text, "seeds.toml", &[])?;
        let run = wfr::study::run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
        for study in &run.findings.studies {
            let Some(order) = study.outcome_as::<OrderFindings>() else { continue };
            let Some(k) = KINDS.iter().position(|kind| kind.name == order.scheme) else { continue };
            let (kind, found) = (&KINDS[k], &mut found[k]);
            found.verdicts[place(study.verdict)] += 1;
            let claim = f64::from(order.expected);
            found.covered += usize::from(order.order.is_some_and(|i| (i.lower..=i.upper).contains(&claim)));
            let exact = 1.0 + (START * START - 1.0) * (-2.0f64).exp();
            for ((h, error), stderr) in order.steps.iter().zip(&order.errors).zip(&order.stderrs) {
                let z = (error - (kind.value(*h) - exact)).abs() / stderr;
                found.errors[0] += usize::from(z <= 1.96);
                found.errors[1] += usize::from(z <= 5.0);
                found.errors[2] += 1;
            }
        }
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u64> =
        std::env::args().skip(1).map(|count| count.parse()).collect::<Result<_, _>>()?;
    let (studies, seeds) = (*arguments.first().unwrap_or(&1000), *arguments.get(1).unwrap_or(&40));
    let mut text = format!(
        "# Coverage of Monte-Carlo orders\n\nMade by `cargo run --release --example order_coverage -- {studies} {seeds}`: E X² at 1 of \
         dX = −X dt + √2 dW from 3. Verdicts are counted as pass / inconclusive / fail; the wrong claim is one order too high.\n\n\
         ## Drawn studies: exact differences, noise of measured variance, {studies} of each\n\n\
         | scheme | order | steps | paths of a level | 95 % interval holds the order | half its width | right claim | wrong claim |\n\
         |---|---|---|---|---|---|---|---|\n"
    );
    for kind in &KINDS {
        for chosen in LEVELS {
            for (paths, count) in drawn(kind, chosen, studies as usize) {
                let (coarsest, levels) = chosen;
                let finest = coarsest * 0.5f64.powi(levels as i32 - 1);
                writeln!(
                    text,
                    "| {} | {} | 1/{} … 1/{} | {paths:.0e} | {} |",
                    kind.name,
                    kind.order,
                    1.0 / coarsest,
                    1.0 / finest,
                    count.row()
                )?;
            }
        }
    }
    writeln!(
        text,
        "\n## Whole studies, {seeds} seeds of each, steps 1/4 … 1/32\n\n\
         | scheme | order | most paths of a level | 95 % interval holds the order | right claim | errors within 1.96 s.e. of the \
         exact ones | within 5 |\n|---|---|---|---|---|---|---|"
    )?;
    for max_paths in WHOLE_BUDGETS {
        for (kind, found) in KINDS.iter().zip(whole(max_paths, seeds)?) {
            let share = |count: usize, of: usize| 100.0 * count as f64 / of as f64;
            let [pass, open, fail] = found.verdicts;
            writeln!(
                text,
                "| {} | {} | {max_paths} | {:.1} % | {pass} / {open} / {fail} | {:.1} % | {:.1} % |",
                kind.name,
                kind.order,
                share(found.covered, pass + open + fail),
                share(found.errors[0], found.errors[2]),
                share(found.errors[1], found.errors[2])
            )?;
        }
    }
    print!("{text}");
    std::fs::write("reports/order-coverage.md", text)?;
    Ok(())
}
