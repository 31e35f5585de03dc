//! The order of points along a space-filling curve (Morton 1966).

use crate::algebra::simd::vectorized;

/// Bits of an index.
const INDEX: usize = 24;

/// Most points that have an index.
pub(super) const MOST_POINTS: usize = 1 << INDEX;

/// Most bits of a coordinate.
const MOST: usize = 10;

/// The indices of at most [`MOST_POINTS`] points, such that points that follow each other are mostly neighbours.
pub(super) fn by_neighbours(dimension: usize, points: &[f64]) -> Vec<u32> {
    // Beyond the bits of a key, axes do not count.
    let axes = dimension.min(64 - INDEX);
    let bits = ((64 - INDEX) / axes).min(MOST);
    let mut keys: Vec<u64> = (0..(points.len() / dimension) as u64).collect();
    vectorized(
        #[inline(always)]
        || {
            let (mut lower, mut width) = (vec![0.0; axes], 0.0);
            for (axis, lower) in lower.iter_mut().enumerate() {
                let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
                for &x in points[axis..].iter().step_by(dimension) {
                    least = if x < least { x } else { least };
                    largest = if x > largest { x } else { largest };
                }
                *lower = least;
                width = if largest - least > width { largest - least } else { width };
            }
            // Cells are cubes; the last holds the upper end too.
            let cells = ((1u64 << bits) - 1) as f64;
            let scale = if width > 0.0 { cells / width } else { 0.0 };
            let mut cell = vec![0u64; keys.len()];
            for (axis, lower) in lower.iter().enumerate() {
                for (cell, x) in cell.iter_mut().zip(points[axis..].iter().step_by(dimension)) {
                    *cell = ((x - lower) * scale) as u64;
                }
                for bit in 0..bits {
                    for (key, cell) in keys.iter_mut().zip(&cell) {
                        *key |= ((cell >> bit) & 1) << (INDEX + bit * axes + axis);
                    }
                }
            }
        },
    );
    keys.sort_unstable();
    keys.into_iter().map(|key| (key & ((1 << INDEX) - 1)) as u32).collect()
}
