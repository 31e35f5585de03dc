//! Times of kernel densities of N(0, I) at the points themselves, bandwidth 0.14, for 10³ to 10⁶ points, drawn into a picture:
//! `cargo run --release --example gaussian_sums_growth -- reports/gaussian-sums.svg`.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;
use std::time::Instant;
use wfr::kernel::{Cloud, GaussianSum};
use wfr::report::{Place, svg};
use wfr::study::figure::{Figure, Plot, PowerLine, PowerPlot};

/// Runs of each size, of which the fastest counts.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or("gaussian-sums.svg".into());
    let mut lines = Vec::new();
    for (dimension, tolerance) in [(1, 1e-6), (2, 1e-4)] {
        let (mut sizes, mut times) = (Vec::new(), Vec::new());
        for count in [1000, 3162, 10_000, 31_623, 100_000, 316_228, 1_000_000] {
            let normals = StandardNormal.sample_iter(Pcg64Dxsm::seed_from_u64(1));
            let points: Vec<f64> = normals.take(dimension * count).collect();
            let log_weights = vec![-(count as f64).ln(); count];
            let cloud = Cloud { dimension, points: &points, log_weights: &log_weights };
            let mut fastest = f64::INFINITY;
            for _ in 0..RUNS {
                let start = Instant::now();
                GaussianSum::new(cloud, 0.0196)?.log_density(&points, tolerance)?;
                fastest = fastest.min(start.elapsed().as_secs_f64());
            }
            println!("{dimension}-D, tolerance {tolerance:e}, N = {count}: {:.4} s", fastest);
            sizes.push(count as f64);
            times.push(fastest);
        }
        lines.push((dimension, tolerance, (sizes, times)));
    }
    let label = |dimension: usize, tolerance: f64| format!("{dimension}-D, tolerance {tolerance:e}");
    let lines =
        lines.into_iter().flat_map(|(dimension, tolerance, (x, y)): (usize, f64, (Vec<f64>, Vec<f64>))| {
            // Linear growth from the largest size down.
            let (first, last, time) = (x[0], x[x.len() - 1], y[y.len() - 1]);
            let linear = (vec![first, last], vec![time * first / last, time]);
            let line = |label, (x, y)| PowerLine { label, x, y, fit: None };
            let name = label(dimension, tolerance);
            [line(name.clone(), (x, y)), line(format!("{name}: linear"), linear)]
        });
    let figure = Figure {
        id: "gaussian-sums".into(),
        title: "Gaussian sums at N points".into(),
        caption: "Seconds against N.".into(),
        plot: Plot::Powers(PowerPlot {
            x_name: "N".into(),
            y_name: "seconds".into(),
            lines: lines.collect(),
        }),
    };
    std::fs::write(path, svg(&figure, Place::File) + "\n")?;
    Ok(())
}
