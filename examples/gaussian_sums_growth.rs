//! Times of kernel densities of N(0, I) at the points themselves, bandwidth 0.14, for 10³ to 10⁶ points, drawn into a picture:
//! `cargo run --release --example gaussian_sums_growth -- reports/gaussian-sums.svg`.

use plotters::prelude::*;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;
use std::time::Instant;
use wfr::kernel::{Cloud, GaussianSum};

/// Runs of each size, of which the fastest counts.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or("gaussian-sums.svg".into());
    let mut lines = Vec::new();
    for (dimension, tolerance) in [(1, 1e-6), (2, 1e-4)] {
        let mut line = Vec::new();
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
            line.push(((count as f64).log10(), fastest.log10()));
        }
        lines.push((dimension, tolerance, line));
    }
    let root = SVGBackend::new(&path, (640, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .caption("Gaussian sums at N points: log₁₀ seconds against log₁₀ N", ("sans-serif", 16))
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(2.9f64..6.1, -4.5f64..1.5)?;
    chart.configure_mesh().x_desc("log₁₀ N").y_desc("log₁₀ seconds").draw()?;
    for (k, (dimension, tolerance, line)) in lines.into_iter().enumerate() {
        let colour = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)][k];
        // Linear growth from the largest size down.
        let &(x, y) = line.last().ok_or("no sizes")?;
        chart.draw_series([PathElement::new(vec![(3.0, y - x + 3.0), (x, y)], colour.mix(0.3))])?;
        chart
            .draw_series([PathElement::new(line.clone(), colour)])?
            .label(format!("{dimension}-D, tolerance {tolerance:e}"))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
        chart.draw_series(line.into_iter().map(|point| Circle::new(point, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .border_style(BLACK.mix(0.3))
        .position(SeriesLabelPosition::UpperLeft)
        .draw()?;
    root.present()?;
    Ok(())
}
