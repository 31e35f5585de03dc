//! Noise-free expectations of schemes against quadrature that shares nothing with them.

use super::random::Random;
use super::tally::Tally;
use rayon::prelude::*;
use std::f64::consts::PI;
use wfr::scenario::parse;
use wfr::study::order::OrderFindings;
use wfr::study::run;

/// The steps of each problem, over a time 1.
const STEPS: [usize; 3] = [4, 6, 8];
/// Panels on which densities are known, to both sides of a kink, their width, and the nodes of each.
const PANELS: i32 = 35;
const PANEL: f64 = 0.2;
const NODES: usize = 10;

/// A function, as scenarios write it and as it is.
struct Formula {
    text: String,
    value: Box<dyn Fn(f64) -> f64 + Sync>,
}

/// An Itô equation on the line, from a point, with an observable.
struct Problem {
    scheme: &'static str,
    start: f64,
    /// Where drift and observable are not smooth.
    kink: f64,
    drift: Formula,
    noise: Formula,
    observable: Formula,
}

/// Writes the table, of so many `problems` in all.
pub fn write(problems: usize) {
    println!("## Noise-free expectations\n");
    println!(
        "Differences of E φ between successive steps of schemes, {problems} equations in all, kinks, jumps and multiplicative noise \
         among them. Schemes with discrete variates are summed over all paths; Euler–Maruyama's density is convolved on \
         panels that meet at the kinks.\n"
    );
    Tally::head();
    let mut all = Tally::default();
    for (number, scheme) in
        ["euler-maruyama", "euler-maruyama-two-point", "platen-three-point"].into_iter().enumerate()
    {
        let mut random = Random(900 + number as u64);
        let own: Vec<Problem> =
            (0..problems.div_ceil(3)).map(|_| Problem::new(&mut random, scheme)).collect();
        let mut tally = Tally::default();
        for one in own.par_iter().map(Problem::count).collect::<Vec<_>>() {
            tally.join(&one);
        }
        tally.row(scheme, false);
        all.join(&tally);
    }
    all.row("all", true);
    println!();
}

fn formula(text: String, value: impl Fn(f64) -> f64 + Sync + 'static) -> Formula {
    Formula { text, value: Box::new(value) }
}

impl Problem {
    fn new(random: &mut Random, scheme: &'static str) -> Self {
        let (a, c) = (random.scale(0.3, 2.0), random.between(-0.7, 0.7));
        let drift =
            match random.choose(&[0, 1, 2, 3, 4]) {
                0 => formula(format!("-{a:?}*x"), move |x| -a * x),
                1 => formula(format!("-sin({a:?}*x)"), move |x| -(a * x).sin()),
                2 => formula(format!("-{a:?}*sign(x - {c:?})"), move |x| {
                    if x == c { 0.0 } else { -a * (x - c).signum() }
                }),
                3 => formula(format!("-tanh(4*(x - {c:?}))"), move |x| -(4.0 * (x - c)).tanh()),
                _ => formula(format!("-{a:?}*(x - {c:?}) - 0.2*abs(x - {c:?})"), move |x| {
                    -a * (x - c) - 0.2 * (x - c).abs()
                }),
            };
        let multiplicative = scheme != "platen-three-point" && random.uniform() < 0.5;
        let noise = match multiplicative {
            true => formula("0.5 + 0.2*cos(x)".into(), |x| 0.5 + 0.2 * x.cos()),
            false => {
                let σ = random.scale(0.3, 1.0);
                formula(format!("{σ:?}"), move |_| σ)
            }
        };
        let observable = match random.choose(&[0, 1, 2, 3, 4]) {
            0 => formula("x".into(), |x| x),
            1 => formula("x^2".into(), |x| x * x),
            2 => formula("cos(2*x)".into(), |x| (2.0 * x).cos()),
            3 => formula(format!("abs(x - {c:?})"), move |x| (x - c).abs()),
            _ => formula(format!("x > {c:?}"), move |x| f64::from(u8::from(x > c))),
        };
        Self { scheme, start: random.between(-1.0, 1.0), kink: c, drift, noise, observable }
    }

    fn count(&self) -> Tally {
        let mut tally = Tally::default();
        let steps = STEPS.map(|n| format!("{:?}", 1.0 / n as f64)).join(", ");
        let text = format!(
            "observables = [\"{0}\"]\n[initial]\npoint = [{1:?}]\n[sde]\ndrift = [\"{2}\"]\ndiffusion = [[\"{3}\"]]\nhorizon = 1.0\n\
             [[study]]\nkind = \"weak-order\"\nobservable = \"{0}\"\nschemes = [\"{4}\"]\nsteps = [{steps}]\nmethods = [\"law\"]\n",
            self.observable.text, self.start, self.drift.text, self.noise.text, self.scheme
        );
        let scenario = parse(&text, "problem.toml", &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let findings = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
        let order = findings.studies.iter().find_map(|study| study.outcome_as::<OrderFindings>());
        // A study adds steps of its own.
        let at = |order: &OrderFindings, n: usize| {
            let place = order.steps.iter().position(|step| (step * n as f64 - 1.0).abs() < 1e-9)?;
            Some((order.errors[place], order.stderrs[place]))
        };
        let found = order.and_then(|order| STEPS.iter().map(|n| at(order, *n)).collect::<Option<Vec<_>>>());
        let Some(estimates) = found else {
            eprintln!("{} broke down: {:?}\n{text}", self.scheme, findings.breakdown);
            tally.add_broken();
            return tally;
        };
        let exact = STEPS.map(|n| self.expectation(n));
        // The limit is the same for all steps.
        for k in 0..STEPS.len() - 1 {
            let [(found, error), (other, more)] = [estimates[k], estimates[k + 1]];
            let (found, error) = (found - other, error + more);
            let truth = exact[k] - exact[k + 1];
            let ratio = tally.add(found, error, truth, false);
            if ratio < 1.0 {
                eprintln!(
                    "{}: missed by {:.2} errors: {found:e} ± {error:e} for {truth:e}\n{text}",
                    self.scheme,
                    1.0 / ratio
                );
            }
        }
        tally
    }

    /// E φ after `n` steps.
    fn expectation(&self, n: usize) -> f64 {
        let h = 1.0 / n as f64;
        match self.scheme {
            "euler-maruyama" => self.convolved(n, h),
            "euler-maruyama-two-point" => self.summed(n, self.start, &|x| {
                let (drift, noise) = ((self.drift.value)(x), (self.noise.value)(x) * h.sqrt());
                vec![(0.5, x + h * drift + noise), (0.5, x + h * drift - noise)]
            }),
            _ => self.summed(n, self.start, &|x| {
                let (drift, noise) = ((self.drift.value)(x), (self.noise.value)(x) * (3.0 * h).sqrt());
                let moved = |ξ: f64| {
                    let predicted = x + h * drift + ξ * noise;
                    x + 0.5 * h * (drift + (self.drift.value)(predicted)) + ξ * noise
                };
                vec![(1.0 / 6.0, moved(-1.0)), (2.0 / 3.0, moved(0.0)), (1.0 / 6.0, moved(1.0))]
            }),
        }
    }

    /// The sum over all paths.
    fn summed(&self, n: usize, x: f64, step: &dyn Fn(f64) -> Vec<(f64, f64)>) -> f64 {
        match n {
            0 => (self.observable.value)(x),
            _ => step(x).into_iter().map(|(weight, x)| weight * self.summed(n - 1, x, step)).sum(),
        }
    }

    /// By the density at nodes, moved by the kernel of a step. Panels meet where drift and φ are not smooth.
    fn convolved(&self, n: usize, h: f64) -> f64 {
        let nodes: Vec<(f64, f64)> = (-PANELS..PANELS)
            .flat_map(|panel| {
                let low = self.kink + f64::from(panel) * PANEL;
                gauss_legendre().into_iter().map(move |(y, weight)| (low + PANEL * y, PANEL * weight))
            })
            .collect();
        let kernel = |x: f64| {
            let (mean, σ) = (x + h * (self.drift.value)(x), (self.noise.value)(x) * h.sqrt());
            move |y: f64| {
                let z = (y - mean) / σ;
                (-0.5 * z * z).exp() / ((2.0 * PI).sqrt() * σ)
            }
        };
        let from_start = kernel(self.start);
        let mut density: Vec<f64> = nodes.iter().map(|(y, _)| from_start(*y)).collect();
        for _ in 1..n {
            let mut next = vec![0.0; nodes.len()];
            for ((x, weight), ρ) in nodes.iter().zip(&density).filter(|(_, ρ)| **ρ > 1e-18) {
                let own = kernel(*x);
                for (next, (y, _)) in next.iter_mut().zip(&nodes) {
                    *next += weight * ρ * own(*y);
                }
            }
            density = next;
        }
        nodes.iter().zip(&density).map(|((x, weight), ρ)| weight * (self.observable.value)(*x) * ρ).sum()
    }
}

/// Nodes and weights of Gauss and Legendre's rule on [0, 1], by Newton's method.
fn gauss_legendre() -> [(f64, f64); NODES] {
    std::array::from_fn(|k| {
        let n = NODES as f64;
        let mut x = (PI * (k as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 0.0;
        for _ in 0..8 {
            let (mut before, mut value) = (1.0, x);
            for degree in 2..=NODES {
                let d = degree as f64;
                (before, value) = (value, ((2.0 * d - 1.0) * x * value - (d - 1.0) * before) / d);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
    })
}
