//! Densities of the samples along the coordinates, beside the truth.

use super::draws::Draws;
use super::shape::{Direction, directions};
use super::truth::Truth;
use crate::study::figure::{BandHistogram, DensityPlot, Figure, Plot};

/// Coordinates that are drawn, at most.
const COORDINATES: usize = 3;
/// Bins of the samples, and points of the truth.
const BINS: usize = 50;
const POINTS: usize = 400;

/// A picture for each of the first coordinates along which the law is known; `effective` is the number of independent samples that
/// the band stands for.
pub fn pictures(draws: &Draws<'_>, truth: &Truth, effective: f64) -> Vec<Figure> {
    let d = draws.samples.dimension;
    let drawn = directions(truth, d).into_iter().take(d.min(COORDINATES)).enumerate();
    drawn.filter_map(|(axis, direction)| picture(draws, &direction, axis, effective)).collect()
}

fn picture(draws: &Draws<'_>, direction: &Direction, axis: usize, effective: f64) -> Option<Figure> {
    let places = draws.samples.map(|x| x[axis]);
    let least = places.iter().copied().fold(f64::INFINITY, f64::min);
    let most = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (most - least) / BINS as f64;
    if !(width > 0.0 && width.is_finite()) {
        return None;
    }
    let mut shares = vec![0.0; BINS];
    for (k, place) in places.iter().enumerate() {
        let bin = ((place - least) / width) as usize;
        shares[bin.min(BINS - 1)] += draws.weight(k) / places.len() as f64;
    }
    let stderr = |share: &f64| (share * (1.0 - share).max(0.0) / effective.max(1.0)).sqrt() / width;
    let step = (most - least) / POINTS as f64;
    let x: Vec<f64> = (0..POINTS).map(|k| least + (k as f64 + 0.5) * step).collect();
    let half = 0.5 * step;
    let density = |x: &f64| (direction.below(x + half) - direction.below(x - half)) / step;
    Some(Figure {
        id: format!("samples-{}", axis + 1),
        title: format!("Samples against the truth, {}", direction.name),
        caption: "Steps: the samples with their weights, and the 95 % band of as many independent ones as they are worth. Line: the \
                  truth."
            .into(),
        plot: Plot::Density(DensityPlot {
            logarithmic: false,
            curves: vec![("truth".into(), x.iter().map(density).collect())],
            x,
            histogram: Some(BandHistogram {
                of: "samples",
                edges: (0..=BINS).map(|k| least + k as f64 * width).collect(),
                density: shares.iter().map(|share| share / width).collect(),
                stderr: shares.iter().map(stderr).collect(),
            }),
        }),
    })
}
