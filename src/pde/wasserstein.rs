//! Wasserstein distances between two laws on a line, exactly, by their distribution functions and quantiles.

use super::{Grid, log_sum_exp};

/// (W₁, W₂) between two densities on the cells of a line, each made a probability and spread evenly over every cell.
///
/// W₁ = ∫|F − G| dx, W₂² = ∫(F⁻¹ − G⁻¹)² du (Villani 2003, theorem 2.18); F and G are linear on each cell, and the quantiles
/// between two successive values of either, so both integrals are sums of closed forms.
///
/// # Panics
/// If the grid has more than one axis.
pub fn wasserstein(grid: &Grid, log_density: &[f64], log_other: &[f64]) -> [f64; 2] {
    assert!(grid.dimension() == 1, "quantiles are of a line");
    let (width, lower) = (grid.width(0), grid.lower()[0]);
    let masses = |log: &[f64]| -> Vec<f64> {
        let total = log_sum_exp(log);
        log.iter().map(|log| (log - total).exp()).collect()
    };
    let (first, second) = (masses(log_density), masses(log_other));

    let (mut distance, mut excess) = (0.0, 0.0);
    for (a, b) in first.iter().zip(&second) {
        let next = excess + (a - b);
        distance += width * mean_size(excess, next);
        excess = next;
    }

    // Both laws hand out their mass from the left, each piece from one cell of either.
    let mut square = 0.0;
    let (mut i, mut j, mut left) = (0, 0, [first[0], second[0]]);
    let mut places = [lower, lower];
    while i < first.len() && j < second.len() {
        let piece = left[0].min(left[1]);
        let ends = [(i, first[i], 0), (j, second[j], 1)].map(|(cell, mass, law)| {
            let end = lower + width * (cell + 1) as f64;
            // What empties a cell ends at its end.
            if left[law] == piece { end } else { places[law] + width * piece / mass }
        });
        let (from, to) = (places[0] - places[1], ends[0] - ends[1]);
        square += piece * (from * from + from * to + to * to) / 3.0;
        places = ends;
        let emptied = left.map(|mass| mass == piece);
        left = left.map(|mass| mass - piece);
        if emptied[0] {
            i += 1;
            left[0] = first.get(i).copied().unwrap_or(0.0);
        }
        if emptied[1] {
            j += 1;
            left[1] = second.get(j).copied().unwrap_or(0.0);
        }
    }
    [distance, square.sqrt()]
}

/// The mean of |v| for v between two ends, linearly.
fn mean_size(from: f64, to: f64) -> f64 {
    if from * to >= 0.0 {
        return 0.5 * (from + to).abs();
    }
    0.5 * (from * from + to * to) / (from - to).abs()
}
