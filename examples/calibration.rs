//! How often the error that the grid claims covers: random problems with a closed form, by group.
//!
//!     cargo run --release --example calibration [PROBLEMS PER GROUP] > reports/calibration.md
//!
//! A value counts as covered if it is within its claimed error of the truth. A run that warns of the box, the boundary, a feature
//! or a jump says itself that its errors may not cover; such values are counted apart.

use statrs::distribution::{Beta, ContinuousCDF};
use std::f64::consts::PI;
use wfr::scenario::parse;
use wfr::study::run;

/// Words of warnings by which a run gives up its claim.
const DISCLAIMERS: [&str; 5] = ["box cuts", "boundary", "feature", "jump", "continuous"];
/// Problems of each group unless another number is asked for.
const PROBLEMS: usize = 40;
/// Confidence of the intervals of shares.
const CONFIDENCE: f64 = 0.99;

/// A problem: its scenario, and the true values by name.
struct Trial {
    scenario: String,
    truths: Vec<(&'static str, f64)>,
}

type Group = (&'static str, fn(&mut Random) -> Trial);

const GROUPS: [Group; 9] = [
    ("Gaussian flows, chosen steps", |random| gaussian_flow(random, "")),
    ("Gaussian flows, given steps", |random| {
        let method = random.choose(&["strang", "w-fr", "fr-w", "richardson"]);
        let transport = random.choose(&["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"]);
        let step = 1.0 / random.between(20.0, 200.0).round();
        // What has no accurate tails is not to be lifted by a reaction.
        let transport =
            if transport.contains('-') && random.uniform() < 0.5 { "time-exact" } else { transport };
        gaussian_flow(random, &format!("method = \"{method}\"\ntransport = \"{transport}\"\nstep = {step:?}"))
    }),
    ("Ornstein–Uhlenbeck, periodic drive", driven),
    ("killed Brownian motion", killed),
    ("geometric Brownian motion", geometric),
    ("square root, Feller's condition fulfilled", |random| square_root(random, 1.5, 6.0)),
    ("square root, violated", |random| square_root(random, 0.1, 0.9)),
    ("absorbed Brownian motion", absorbed),
    ("correlated plane", plane),
];

fn main() {
    let problems = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(PROBLEMS);
    println!("# Calibration of the grid's errors\n");
    println!("{problems} random problems a group; every value against its closed form.\n");
    println!(
        "| group | values | covered | within twice | 99 % interval | median error/miss | disclaimed: covered | broke down |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut all = Tally::default();
    for (number, (name, make)) in GROUPS.iter().enumerate() {
        let mut random = Random(1 + number as u64);
        let mut tally = Tally::default();
        for _ in 0..problems {
            tally.add(&make(&mut random));
        }
        tally.print(name);
        all.join(tally);
    }
    all.print("all");
}

#[derive(Default)]
struct Tally {
    /// Claimed error over miss, of values whose run claims it.
    ratios: Vec<f64>,
    disclaimed: [usize; 2],
    broken: usize,
}

impl Tally {
    fn add(&mut self, trial: &Trial) {
        let scenario = parse(&trial.scenario, "trial.toml", &[])
            .unwrap_or_else(|error| panic!("{error}\n{}", trial.scenario));
        let findings = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
        let Some(grid) = &findings.grid else {
            self.broken += 1;
            return;
        };
        let disclaims =
            findings.warnings.iter().any(|text| DISCLAIMERS.iter().any(|word| text.contains(word)));
        for (name, truth) in &trial.truths {
            let found = match *name {
                "mass" => (grid.mass, grid.mass_error),
                name => (grid.observables[name].value, grid.observables[name].error),
            };
            let ratio = found.1 / (found.0 - truth).abs();
            if disclaims {
                self.disclaimed[0] += 1;
                self.disclaimed[1] += usize::from(ratio >= 1.0);
            } else {
                self.ratios.push(ratio);
                if ratio < 1.0 {
                    eprintln!(
                        "missed by {:.2} errors: {name} = {:e} ± {:e} for {truth:e}\n{}\n",
                        1.0 / ratio,
                        found.0,
                        found.1,
                        trial.scenario
                    );
                }
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.ratios.extend(other.ratios);
        self.broken += other.broken;
        for (own, other) in self.disclaimed.iter_mut().zip(other.disclaimed) {
            *own += other;
        }
    }

    fn print(&mut self, name: &str) {
        self.ratios.sort_by(f64::total_cmp);
        let n = self.ratios.len();
        let within = |factor: f64| self.ratios.iter().filter(|ratio| **ratio * factor >= 1.0).count();
        let percent = |count: usize| format!("{:.1} %", 100.0 * count as f64 / n.max(1) as f64);
        let [low, high] = clopper_pearson(within(1.0), n);
        println!(
            "| {name} | {n} | {} | {} | {:.1} to {:.1} % | {:.1} | {} of {} | {} |",
            percent(within(1.0)),
            percent(within(2.0)),
            100.0 * low,
            100.0 * high,
            self.ratios.get(n / 2).copied().unwrap_or(f64::NAN),
            self.disclaimed[1],
            self.disclaimed[0],
            self.broken
        );
    }
}

/// Clopper and Pearson's interval of a share.
fn clopper_pearson(count: usize, n: usize) -> [f64; 2] {
    let tail = 0.5 * (1.0 - CONFIDENCE);
    let quantile = |a: usize, b: usize, p: f64| match (a, b) {
        (0, _) => 0.0,
        (_, 0) => 1.0,
        _ => Beta::new(a as f64, b as f64).map_or(f64::NAN, |beta| beta.inverse_cdf(p)),
    };
    [quantile(count, n - count + 1, tail), quantile(count + 1, n - count, 1.0 - tail)]
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform in the logarithm.
    fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn choose<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[(self.uniform() * from.len() as f64) as usize]
    }

    fn cells(&mut self) -> usize {
        self.scale(100.0, 600.0) as usize
    }
}

/// y after `time` by the classical Runge–Kutta rule in many steps.
fn integrate<const N: usize>(mut y: [f64; N], time: f64, slope: impl Fn([f64; N]) -> [f64; N]) -> [f64; N] {
    const STEPS: usize = 4000;
    let h = time / STEPS as f64;
    let moved = |y: [f64; N], k: [f64; N], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
    for _ in 0..STEPS {
        let a = slope(y);
        let b = slope(moved(y, a, 0.5 * h));
        let c = slope(moved(y, b, 0.5 * h));
        let d = slope(moved(y, c, h));
        y = std::array::from_fn(|i| y[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]));
    }
    y
}

/// N(m, s) to N(0, 1/k): m' = −(α + βs)km, s' = (2α + βs)(1 − ks).
fn gaussian_flow(random: &mut Random, steps: &str) -> Trial {
    let (k, m, s) = (random.scale(0.3, 4.0), random.between(-3.0, 3.0), random.scale(0.03, 3.0));
    let (α, β, time) = (random.scale(0.1, 3.0), random.scale(0.1, 10.0), random.scale(0.1, 3.0));
    let β = if random.uniform() < 0.3 { 0.0 } else { β };
    let [mean, variance] =
        integrate([m, s], time, |[m, s]| [-(α + β * s) * k * m, (2.0 * α + β * s) * (1.0 - k * s)]);
    let steps = match steps.is_empty() || time >= 0.2 {
        true => steps.to_string(),
        false => steps.replace("step = 0.", "step = 0.0"),
    };
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{:?}*x^2\"\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n\
         [flow]\ntransport = {α:?}\nreaction = {β:?}\nhorizon = {time:?}\n[grid]\ncells = [{}]\n{steps}\n",
        0.5 * k,
        random.cells()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// dX = (−aX + b sin ωt) dt + σ dW.
fn driven(random: &mut Random) -> Trial {
    let (a, b, ω) = (random.scale(0.2, 3.0), random.between(-2.0, 2.0), random.scale(0.5, 30.0));
    let (σ, m, s, time) =
        (random.scale(0.4, 1.5), random.between(-1.0, 1.0), random.scale(0.1, 1.0), random.scale(0.3, 3.0));
    let (sin, cos) = (ω * time).sin_cos();
    let fade = (-a * time).exp();
    let mean = m * fade + b * (a * sin - ω * cos + ω * fade) / (a * a + ω * ω);
    let still = 0.5 * σ * σ / a;
    let variance = still + (s - still) * fade * fade;
    let end = 1.0 + b.abs() / a.max(ω) + b.abs() * time.min(1.0 / a) + 8.0 * still.max(s).sqrt();
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n[sde]\n\
         drift = [\"-{a:?}*x + {b:?}*sin({ω:?}*t)\"]\ndiffusion = [[\"{σ:?}\"]]\nhorizon = {time:?}\n[grid]\nlower = [{:?}]\n\
         upper = [{end:?}]\ncells = [{}]\nstep = {:?}\n",
        -end,
        random.cells(),
        time / random.between(10.0, 200.0).round()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// E exp(−½ω²∫W²) = cosh(ωT)^{−1/2}.
fn killed(random: &mut Random) -> Trial {
    let (ω, time) = (random.scale(0.2, 4.0), random.scale(0.2, 2.0));
    let end = 8.5 * time.sqrt() + 0.5;
    let scenario = format!(
        "observables = [\"1\"]\n[initial]\npoint = [0.0]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"{:?}*x^2\"\n\
         horizon = {time:?}\n[grid]\nlower = [{:?}]\nupper = [{end:?}]\ncells = [{}]\nstep = {:?}\ntransport = \"{}\"\n",
        0.5 * ω * ω,
        -end,
        random.cells(),
        time / random.between(10.0, 200.0).round(),
        random.choose(&["time-exact", "backward-euler"])
    );
    let mass = (ω * time).cosh().powf(-0.5);
    Trial { scenario, truths: vec![("1", mass), ("mass", mass)] }
}

/// E Xᵖ = x₀ᵖ exp((pμ + ½p(p − 1)σ²)T).
fn geometric(random: &mut Random) -> Trial {
    let (μ, σ, time, x) =
        (random.between(-0.5, 0.8), random.scale(0.1, 0.5), random.scale(0.2, 1.5), random.between(0.5, 2.0));
    let end = x * ((μ.max(0.0) + 0.5 * σ * σ) * time + 8.5 * σ * time.sqrt() + 0.1).exp();
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\npoint = [{x:?}]\n[sde]\ndrift = [\"{μ:?}*x\"]\ndiffusion = [[\"{σ:?}*x\"]]\n\
         horizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{end:?}]\ncells = [{}]\n",
        2 * random.cells()
    );
    let moment = |p: f64| x.powf(p) * ((p * μ + 0.5 * p * (p - 1.0) * σ * σ) * time).exp();
    Trial { scenario, truths: vec![("x", moment(1.0)), ("x^2", moment(2.0))] }
}

/// dX = a(b − X) dt + σ√X dW with 2ab/σ² between two numbers.
fn square_root(random: &mut Random, least: f64, most: f64) -> Trial {
    let (a, b, x) = (random.scale(0.3, 3.0), random.scale(0.05, 1.0), random.scale(0.1, 1.0));
    let (σ, time) = ((2.0 * a * b / random.between(least, most)).sqrt(), random.scale(0.2, 2.0));
    let fade = (-a * time).exp();
    let mean = b + (x - b) * fade;
    let variance = x * σ * σ / a * (fade - fade * fade) + 0.5 * b * σ * σ / a * (1.0 - fade).powi(2);
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\npoint = [{x:?}]\n[sde]\ndrift = [\"{a:?}*({b:?} - x)\"]\n\
         diffusion = [[\"{σ:?}*sqrt(x)\"]]\nhorizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{:?}]\ncells = [{}]\n",
        x.max(b) + 14.0 * variance.sqrt() + 12.0 * σ * σ * (1.0 - fade) / (2.0 * a),
        2 * random.cells()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// Between absorbing ends, by the sine series.
fn absorbed(random: &mut Random) -> Trial {
    let (length, share, time) = (random.scale(1.0, 4.0), random.between(0.3, 0.7), random.scale(0.05, 1.0));
    let s = (random.between(0.01, 0.04) * length).powi(2);
    let mass: f64 = (0..200)
        .map(|k| {
            let k = f64::from(2 * k + 1);
            4.0 / (k * PI) * (k * PI * share).sin() * (-(k * PI / length).powi(2) * (time + 0.5 * s)).exp()
        })
        .sum();
    let scenario = format!(
        "observables = [\"1\"]\n[target]\npotential = \"0\"\n[initial]\nmean = [{:?}]\ncovariance = [[{s:?}]]\n[flow]\nreaction = 0.0\n\
         horizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{length:?}]\ncells = [{}]\nsides = [\"absorbing\"]\n\
         transport = \"{}\"\nstep = {:?}\n",
        share * length,
        random.cells(),
        random.choose(&["time-exact", "backward-euler"]),
        time / random.between(10.0, 200.0).round()
    );
    Trial { scenario, truths: vec![("mass", mass)] }
}

/// dX = −AX dt + dW with correlated noise: C' = −AC − CAᵀ + Σ.
fn plane(random: &mut Random) -> Trial {
    let (a, b, c, ρ) = (
        random.scale(0.5, 2.0),
        random.scale(0.5, 2.0),
        random.between(-0.5, 0.5),
        random.between(-0.7, 0.7),
    );
    let (m, time) = ([random.between(-1.0, 1.0), random.between(-1.0, 1.0)], random.scale(0.2, 1.0));
    let s = random.scale(0.1, 0.5);
    let slope = |[x, y, xx, xy, yy]: [f64; 5]| {
        [
            -a * x + c * y,
            -b * y,
            2.0 * (-a * xx + c * xy) + 1.0,
            -(a + b) * xy + c * yy + ρ,
            -2.0 * b * yy + 1.0,
        ]
    };
    let [x, y, xx, xy, yy] = integrate([m[0], m[1], s, 0.0, s], time, slope);
    let cells = random.between(50.0, 90.0) as usize;
    let scenario = format!(
        "dimension = 2\nobservables = [\"x\", \"x*y\", \"y^2\"]\n[initial]\nmean = [{:?}, {:?}]\ncovariance = [[{s:?}, 0.0], [0.0, {s:?}]]\n\
         [sde]\ndrift = [\"-{a:?}*x + {c:?}*y\", \"-{b:?}*y\"]\ndiffusion = [[\"1\", \"0\"], [\"{ρ:?}\", \"{:?}\"]]\nhorizon = {time:?}\n\
         [grid]\nlower = [-7.5, -7.5]\nupper = [7.5, 7.5]\ncells = [{cells}, {cells}]\n",
        m[0],
        m[1],
        (1.0 - ρ * ρ).sqrt()
    );
    let _ = xx;
    Trial { scenario, truths: vec![("x", x), ("x*y", xy + x * y), ("y^2", yy + y * y)] }
}
