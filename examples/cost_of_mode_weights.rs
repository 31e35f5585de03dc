//! What it costs to know how much of a target is in each of two modes, counted in gradients of V:
//! `RAYON_NUM_THREADS=1 cargo run --release --example cost_of_mode_weights -- reports/cost`.
//!
//! Every method starts from the same law, of which 2 % lie beyond the barrier, and takes gradients as its particles take
//! steps, one a step: for MALA that at the proposal, for BAOAB that after the drift (the others of a step are those of the
//! step before, although the code takes them anew). What a longer run costs more, and
//! misses less, is measured by many seeds. The table has the cheapest of all runs whose root-mean-square error is small
//! enough; the picture has the best of all numbers of particles at every cost.

use std::fmt::Write;
use std::time::Instant;
use wfr::model::{Dynamics, KineticLangevin, Problem, WeightedFlow};
use wfr::particles::{ParticleSettings, Simulation, Watch, simulate, simulate_annealed, simulate_mean_field};
use wfr::report::{Place, svg};
use wfr::study::figure::{Figure, Plot, PowerLine, PowerPlot};

/// (name, [flow], [particles]); T is the horizon, N the number of particles.
const METHODS: [(&str, &str, &str); 6] = [
    ("Langevin (MALA)", "reaction = 0.0", "step = 0.05\nscheme = \"mala\""),
    (
        "kinetic Langevin (BAOAB)",
        "dynamics = \"underdamped\"\nfriction = 1.0",
        "step = 0.2\nscheme = \"baoab\"",
    ),
    (
        "birth–death, kernel density",
        "",
        "step = 0.05\nscheme = \"euler-maruyama\"\ndensity = \"kernel\"\nmode = \"birth-death\"\nreplicates = 1",
    ),
    (
        "SMC-WFR",
        "",
        "step = 0.05\nscheme = \"euler-maruyama\"\ndensity = \"transition-mixture\"\nreplicates = 1",
    ),
    (
        "SMC-WFR, Strang",
        "",
        "step = 0.05\nscheme = \"platen\"\ndensity = \"transition-mixture\"\nreplicates = 1",
    ),
    ("tempered SMC (MALA)", "dynamics = \"annealed\"", "step = 0.05\nscheme = \"mala\""),
];
/// Share of the target beyond the barrier, up to what the modes have on the wrong side of it (1e-4).
const SHARE: f64 = 0.7;
const COUNTS: [usize; 2] = [250, 1000];
/// Horizons, of which those of the methods that cross the barrier by themselves go on to the last.
const HORIZONS: [f64; 9] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
const REACTING: usize = 5;
const ERRORS: [f64; 3] = [0.1, 0.05, 0.02];

/// One method with one number of particles and one horizon.
#[derive(Clone, Copy)]
struct Run {
    gradients: f64,
    error: f64,
    seconds: f64,
}

fn scenario(flow: &str, particles: &str, count: usize, horizon: f64) -> String {
    format!(
        "dimension = 2
observables = [\"x > 0\"]
[target]
mixture = [
  {{ weight = 0.7, mean = [2.0, 0.5], covariance = [[0.3, 0.1], [0.1, 0.4]] }},
  {{ weight = 0.3, mean = [-2.0, -0.5], covariance = [[0.4, 0.0], [0.0, 0.3]] }},
]
[initial]
mean = [-2.0, -0.5]
covariance = [[1.0, 0.0], [0.0, 1.0]]
[flow]
{flow}
horizon = {horizon:?}
[particles]
count = {count}
{particles}
"
    )
}

fn simulated(problem: &Problem, settings: &ParticleSettings) -> Simulation {
    let watch = Watch::default();
    match (&problem.dynamics, &settings.mean_field) {
        (_, Some(mean_field)) => simulate_mean_field(problem, settings, mean_field, watch),
        (Dynamics::Annealed(flow), _) => simulate_annealed(problem, flow, settings, watch),
        (Dynamics::Kinetic(flow), _) => simulate(problem, settings, &KineticLangevin(flow), watch),
        (Dynamics::GradientFlow(flow), _) => {
            simulate(problem, settings, &WeightedFlow::new(flow, problem.dimension(), None), watch)
        }
        _ => unreachable!("the methods of the table"),
    }
}

fn measure(flow: &str, particles: &str, count: usize, horizon: f64, seeds: u64) -> Result<Run, String> {
    let text = scenario(flow, particles, count, horizon);
    let (mut squares, mut steps) = (0.0, 0.0);
    let start = Instant::now();
    for seed in 1..=seeds {
        let seed = format!("{text}seed = {seed}\n");
        let plan = wfr::scenario::parse(&seed, "cost.toml", &[]).map_err(|error| error.to_string())?.plan;
        let settings = plan.particles().ok_or("no particles")?;
        steps = (horizon / settings.step).round();
        let population = simulated(plan.problem(), settings).population.ok_or("broke down")?;
        let value = population.means(&plan.problem().observables, true)[0].value;
        squares += (value - SHARE).powi(2);
    }
    let runs = seeds as f64;
    Ok(Run {
        gradients: count as f64 * steps,
        error: (squares / runs).sqrt(),
        seconds: start.elapsed().as_secs_f64() / runs,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(arguments.next().unwrap_or("cost".into()));
    let seeds: u64 = arguments.next().map_or(Ok(32), |seeds| seeds.parse())?;
    std::fs::create_dir_all(&folder)?;
    let mut table = String::from("| method | ");
    for error in ERRORS {
        write!(table, "to {error} | ms | ")?;
    }
    table += "smallest error seen |\n|---|";
    table += &"---:|---:|".repeat(ERRORS.len());
    table += "---:|\n";
    let mut lines = Vec::new();
    for (name, flow, particles) in METHODS {
        let crosses = name.contains("Langevin");
        let horizons = if crosses { &HORIZONS[..] } else { &HORIZONS[..REACTING] };
        let mut runs = Vec::new();
        for count in COUNTS {
            for &horizon in horizons {
                let run = measure(flow, particles, count, horizon, seeds)?;
                let Run { gradients, error, seconds } = run;
                eprintln!(
                    "{name}, N = {count}, T = {horizon}: {gradients:.0} gradients, {error:.4}, {seconds:.4} s"
                );
                runs.push(run);
            }
        }
        write!(table, "| {name} | ")?;
        for limit in ERRORS {
            let enough = runs.iter().filter(|run| run.error <= limit);
            match enough.min_by(|a, b| a.gradients.total_cmp(&b.gradients)) {
                Some(run) => write!(table, "{:.1e} | {:.1} | ", run.gradients, 1e3 * run.seconds)?,
                None => write!(table, "more than {:.1e} | | ", runs.last().map_or(0.0, |run| run.gradients))?,
            }
        }
        writeln!(table, "{:.3} |", runs.iter().map(|run| run.error).fold(f64::INFINITY, f64::min))?;
        // The lower hull: what more gradients can bring.
        runs.sort_by(|a, b| a.gradients.total_cmp(&b.gradients));
        let mut best = f64::INFINITY;
        runs.retain(|run| {
            let better = run.error < best;
            best = best.min(run.error);
            better
        });
        let (x, y) = runs.iter().map(|run| (run.gradients, run.error)).unzip();
        lines.push(PowerLine { label: name.into(), x, y, fit: None });
    }
    print!("{table}");
    let figure = Figure {
        id: "cost".into(),
        title: "Cost of mode weights".into(),
        caption: "Root-mean-square error of the share of a mode against gradients of V.".into(),
        plot: Plot::Powers(PowerPlot {
            x_name: "gradients".into(),
            y_name: "root-mean-square error of the share".into(),
            lines,
        }),
    };
    std::fs::write(folder.join("cost.svg"), svg(&figure, Place::File))?;
    let page = format!(
        "# Cost of mode weights\n\nWritten by `cargo run --release --example cost_of_mode_weights -- reports/cost`, {seeds} seeds.\n\
         Two Gaussian modes in the plane, 0.7 and 0.3, entered from around the lighter one; gradients of V until the\n\
         root-mean-square error of the heavier one's share is as small as asked, and milliseconds of one thread for the same run\n\
         (the target is cheap: with a costly one gradients count). Numbers of particles {COUNTS:?}, horizons by factors of 2.\n\n\
         {table}\n![errors against gradients](cost.svg)\n"
    );
    std::fs::write(folder.join("cost.md"), page)?;
    Ok(())
}
