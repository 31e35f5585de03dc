//! The four thin modes of Crucinio and Pathiraja (arXiv 2506.05905), 1000 steps of 0.01, with many seeds: mean-squared errors
//! of mean and covariance, averaged over their entries, and seconds a run. Give 1 thread for the speed of one core:
//! `RAYON_NUM_THREADS=1 cargo run --release --example four_modes_seeds -- 100`.

use std::time::Instant;
use wfr::particles::{Watch, simulate_mean_field};
use wfr::scenario::Override;

const SCENARIO: &str = include_str!("../validation/ensemble/four-modes.toml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seeds: u32 = std::env::args().nth(1).map_or(Ok(20), |count| count.parse())?;
    for (scheme, splitting) in [("euler-maruyama", "w-fr"), ("platen", "strang")] {
        for count in [500, 2000] {
            let mut squares = [0.0; 2];
            let mut fastest = f64::INFINITY;
            for seed in 1..=seeds {
                let keys = [
                    format!("particles.count={count}"),
                    "particles.replicates=1".to_string(),
                    format!("particles.seed={seed}"),
                    format!("particles.scheme=\"{scheme}\""),
                    format!("particles.splitting=\"{splitting}\""),
                ];
                let overrides: Vec<_> =
                    keys.iter().map(|key| Override::parse(key)).collect::<Result<_, _>>()?;
                let plan = wfr::scenario::parse(SCENARIO, "four-modes.toml", &overrides)?.plan;
                let (problem, settings) = (plan.problem(), plan.particles().ok_or("no particles")?);
                let mean_field = settings.mean_field.as_ref().ok_or("no mean field")?;
                let start = Instant::now();
                let simulation = simulate_mean_field(problem, settings, mean_field, Watch::default());
                fastest = fastest.min(start.elapsed().as_secs_f64());
                let population = simulation.population.ok_or("broke down")?;
                let found: Vec<f64> =
                    population.means(&problem.observables, true).iter().map(|mean| mean.value).collect();
                // x, y, x², x(y − 5), (y − 5)² of the target: mean (0, 5) and covariance diag(5.105, 5.505).
                let [x, y] = [found[0], found[1] - 5.0];
                let covariance = [found[2] - x * x - 5.105, found[3] - x * y, found[4] - y * y - 5.505];
                squares[0] += (x * x + y * y) / 2.0;
                let [xx, xy, yy] = covariance.map(|error| error * error);
                squares[1] += (xx + 2.0 * xy + yy) / 4.0;
            }
            let [mean, covariance] = squares.map(|sum| sum / f64::from(seeds));
            println!(
                "{scheme}, {splitting}, N = {count}: MSE of the mean {mean:.2e}, of the covariance {covariance:.2e}, {fastest:.3} s a run"
            );
        }
    }
    Ok(())
}
