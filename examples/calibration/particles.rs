//! Standard errors of particles: scores of many seeds against closed forms.

use super::random::integrate;
use super::tally::{is_wanted, marked};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use wfr::scenario::parse;
use wfr::study::run;

/// Independent groups of a run without replicates: islands.
const ISLANDS: f64 = 64.0;
/// Probability that a right table has a mark for a distribution that is not normal.
const LEVEL: f64 = 1e-3;
/// What the variance of the scores should be in.
const VARIANCE: [f64; 2] = [0.85, 1.2];

/// What particles are run for, E x and E x² being known.
struct Cell {
    name: String,
    scenario: String,
    truths: [f64; 2],
    /// Whether all particles depend on each other only within islands.
    islands: bool,
}

/// Writes the table, of `seeds` runs of every cell.
pub fn write(seeds: usize) {
    let cells = cells();
    println!("## Standard errors of particles\n");
    println!(
        "Scores (estimate − truth)/standard error of {seeds} seeds each, of E x and E x² in turn, taken from Student's to the normal \
         distribution by the degrees of freedom. Normal scores have variance 1, 4.6 % beyond 2 and 0.27 % beyond 3. Targets: \
         a variance within [{}, {}], and p ≥ {LEVEL} for Kolmogorov and Smirnov's test over all {} cells together (Bonferroni).\n",
        VARIANCE[0],
        VARIANCE[1],
        cells.len()
    );
    println!("| particles | scores | mean | variance | beyond 2 | beyond 3 | p |");
    println!("|---|---|---|---|---|---|---|");
    for (number, cell) in cells.iter().enumerate().filter(|(_, cell)| is_wanted(&cell.name)) {
        // Random numbers of its own for every cell.
        let first = number * seeds + 1;
        let own = (first..first + seeds).into_par_iter();
        let scores: Vec<f64> = own.filter_map(|seed| score(cell, seed)).collect();
        row(&cell.name, scores, seeds, cells.len());
    }
    println!();
}

fn row(name: &str, mut scores: Vec<f64>, seeds: usize, cells: usize) {
    scores.sort_by(f64::total_cmp);
    let n = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / n;
    let variance = scores.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let beyond = |limit: f64| 100.0 * scores.iter().filter(|z| z.abs() > limit).count() as f64 / n;
    let p = kolmogorov(&scores);
    println!(
        "| {name} | {} | {mean:.3} | {} | {:.1} % | {:.1} % | {} |",
        marked(format!("{}", scores.len()), scores.len() == seeds),
        marked(format!("{variance:.3}"), (VARIANCE[0]..=VARIANCE[1]).contains(&variance)),
        beyond(2.0),
        beyond(3.0),
        marked(format!("{p:.2e}"), p * cells as f64 >= LEVEL)
    );
}

/// The normal score of one run; none of a run without a result.
fn score(cell: &Cell, seed: usize) -> Option<f64> {
    let text = format!("{}seed = {seed}\n", cell.scenario);
    let scenario = parse(&text, "cell.toml", &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let findings = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
    let particles = findings.particles?;
    let which = seed % 2;
    let estimate = particles.observables[["x", "x^2"][which]];
    let groups = match particles.replicates {
        Some(replicates) => replicates as f64,
        None if cell.islands => ISLANDS,
        None => particles.count as f64,
    };
    let student = StudentsT::new(0.0, 1.0, groups - 1.0).ok()?;
    let normal = Normal::new(0.0, 1.0).ok()?;
    let share = student.cdf((estimate.value - cell.truths[which]) / estimate.stderr);
    Some(normal.inverse_cdf(share.clamp(1e-12, 1.0 - 1e-12)))
}

/// Kolmogorov and Smirnov's probability of a distance from the normal distribution as large as that of sorted scores.
fn kolmogorov(scores: &[f64]) -> f64 {
    let n = scores.len() as f64;
    let Ok(normal) = Normal::new(0.0, 1.0) else { return f64::NAN };
    let distance = scores.iter().enumerate().fold(0.0, |most: f64, (k, z)| {
        let share = normal.cdf(*z);
        most.max((share - k as f64 / n).abs()).max(((k + 1) as f64 / n - share).abs())
    });
    let λ = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let terms = (1..=100).map(|k| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * λ * λ).exp()
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

/// Target N(0, 1), start N(1, ½), time ½, both rates 1.
const HEAD: &str = "observables = [\"x\", \"x^2\"]\n";
const TARGET: &str = "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n";
const ORACLE: &str = "[grid]\ncells = [80]\n[particles]\ncount = 2048\nstep = 0.025\n";
const ENSEMBLE: &str = "[particles]\ncount = 1000\nreplicates = 6\nstep = 0.025\n";

/// [E x, E x²] of the flow, whose reaction reads the density through a kernel of variance `kernel`.
fn flow(reaction: f64, kernel: f64) -> [f64; 2] {
    let [m, v] = integrate([1.0, 0.5], 0.5, |[m, v]| {
        [-(1.0 + reaction * v) * m, 2.0 * (1.0 - v) - reaction * v * v * (1.0 - 1.0 / (v + kernel))]
    });
    [m, v + m * m]
}

fn cells() -> Vec<Cell> {
    let cell = |name: &str, scenario: String, truths: [f64; 2]| Cell {
        name: name.into(),
        scenario: format!("{HEAD}{scenario}"),
        truths,
        islands: true,
    };
    let flowing = |name: &str, reaction: f64, kernel: f64, rest: &str| {
        let head = format!("{TARGET}[flow]\nreaction = {reaction:?}\nhorizon = 0.5\n");
        cell(name, format!("{head}{rest}scheme = \"platen\"\n"), flow(reaction, kernel))
    };
    let mut all = Vec::new();
    for resampling in ["systematic", "ssp", "stratified", "residual", "multinomial", "none"] {
        let rest = format!("{ORACLE}resampling = \"{resampling}\"\ness-threshold = 0.9\n");
        all.push(flowing(&format!("oracle, weights, {resampling}"), 1.0, 0.0, &rest));
    }
    for jumps in ["minimal", "pairwise", "moran"] {
        let rest = format!("{ORACLE}mode = \"birth-death\"\nbirth-death = \"{jumps}\"\n");
        all.push(flowing(&format!("oracle, birth and death, {jumps}"), 1.0, 0.0, &rest));
    }
    for (density, keys, kernel) in
        [("gaussian", "", 0.0), ("transition-mixture", "", 0.0), ("kernel", "bandwidth = 0.3\n", 0.09)]
    {
        let rest = format!("{ENSEMBLE}density = \"{density}\"\n{keys}");
        all.push(flowing(&format!("{density}, weights"), 1.0, kernel, &rest));
        let rest = format!("{rest}mode = \"birth-death\"\n");
        all.push(flowing(&format!("{density}, birth and death"), 1.0, kernel, &rest));
    }
    let plain = "[particles]\ncount = 2048\nstep = 0.025\n";
    all.push(Cell { islands: false, ..flowing("overdamped, no reaction", 0.0, 0.0, plain) });
    all.extend(others(&cell));
    all
}

/// The other dynamics.
fn others(cell: &dyn Fn(&str, String, [f64; 2]) -> Cell) -> Vec<Cell> {
    // x' = p, p' = −x − p, noise √2.
    let slope = |[x, p, xx, xp, pp]: [f64; 5]| [p, -x - p, 2.0 * xp, pp - xx - xp, 2.0 * (1.0 - xp - pp)];
    let [x, _, xx, ..] = integrate([1.0, 0.0, 0.5, 0.0, 1.0], 0.5, slope);
    let kinetic = "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0, 0.0]\ncovariance = [[0.5, 0.0], [0.0, 1.0]]\n[flow]\n\
                   dynamics = \"underdamped\"\nfriction = 1.0\n";
    let underdamped = Cell {
        islands: false,
        ..cell(
            "underdamped, no reaction",
            format!(
                "{kinetic}reaction = 0.0\nhorizon = 0.5\n[particles]\ncount = 2048\nstep = 0.025\nscheme = \"baoab\"\n"
            ),
            [x, xx + x * x],
        )
    };
    let reacting = |y: [f64; 5]| {
        let (own, more) = (slope(y), super::random::reaction(1.0, [1.0, 0.0, 1.0], y));
        std::array::from_fn(|k| own[k] + more[k])
    };
    let [x, _, xx, ..] = integrate([1.0, 0.0, 0.5, 0.0, 1.0], 0.5, reacting);
    let gaussian = cell(
        "underdamped, gaussian, weights",
        format!(
            "{kinetic}reaction = 1.0\nhorizon = 0.5\n{ENSEMBLE}density = \"gaussian\"\nscheme = \"baoab\"\n"
        ),
        [x, xx + x * x],
    );
    // dX = −X dt + dW killed at the rate ½X²: under the weights the law stays Gaussian, m' = −m − vm, v' = 1 − 2v − v².
    let moments = |[m, v, _]: [f64; 3]| [-m - v * m, 1.0 - 2.0 * v - v * v, -0.5 * (v + m * m)];
    let [m, v, log] = integrate([1.0, 0.5, 0.0], 0.5, moments);
    let mass = log.exp();
    let killed = cell(
        "Itô equation with a rate",
        "[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"x^2/2\"\n\
         horizon = 0.5\n[particles]\ncount = 2048\nstep = 0.025\nscheme = \"platen\"\nresampling = \"systematic\"\n"
            .into(),
        [m * mass, (v + m * m) * mass],
    );
    let annealed = cell(
        "annealed",
        "[target]\nmixture = [{ mean = [1.0], covariance = [[0.5]] }]\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\n\
         dynamics = \"annealed\"\nschedule = \"t\"\nhorizon = 1.0\n[particles]\ncount = 2048\nstep = 0.05\nscheme = \"mala\"\n"
            .into(),
        [1.0, 1.5],
    );
    let jumping = cell(
        "underdamped, gaussian, birth and death",
        format!(
            "{kinetic}reaction = 1.0\nhorizon = 0.5\n{ENSEMBLE}density = \"gaussian\"\nmode = \"birth-death\"\n\
             scheme = \"baoab\"\n"
        ),
        [x, xx + x * x],
    );
    let mut all = vec![underdamped, gaussian, jumping, killed, annealed];
    all.extend(reversed(cell));
    all
}

/// Diffusions run backwards to N(1, ½), and by weights to its square N(1, ¼).
fn reversed(cell: &dyn Fn(&str, String, [f64; 2]) -> Cell) -> [Cell; 3] {
    let backwards = |forward: &str, power: f64, scheme: &str| {
        format!(
            "[target]\npower = {power:?}\nmixture = [{{ mean = [1.0], covariance = [[0.5]] }}]\n[flow]\n\
             dynamics = \"reverse-diffusion\"\n{forward}schedule = \"0.5 + t\"\nhorizon = 1.0\n[particles]\ncount = 2048\n\
             step = 0.025\nscheme = \"{scheme}\"\n"
        )
    };
    let plain = "platen-general";
    let kinetic = "forward = \"kinetic\"\n";
    [
        Cell { islands: false, ..cell("reverse diffusion", backwards("", 1.0, plain), [1.0, 1.5]) },
        cell("reverse diffusion, weights", backwards("", 2.0, plain), [1.0, 1.25]),
        cell("reverse diffusion with velocities, weights", backwards(kinetic, 2.0, plain), [1.0, 1.25]),
    ]
}
