use rayon::prelude::*;
use std::collections::HashMap;
use std::f64::consts::PI;

/// Largest coordinate that cells are made for.
const FARTHEST: f64 = 1e9;

/// Address of a cell: the cube [2k, 2k + 2]ᵈ, with zeros in the key beyond the dimension.
///
/// The side is 2 standard deviations of the kernel. Smaller cells need fewer terms but are more; larger ones lose accuracy
/// in the tails, where the error falls off like e^{−t²/4} only.
pub(super) type Key = [i32; 3];

/// Points sorted into the cells of side 2; only cells with points are kept.
pub(super) struct Cells {
    /// The cells, in rising order.
    pub keys: Vec<Key>,
    /// All points, cell by cell, and in each by index.
    pub order: Vec<u32>,
    ends: Vec<usize>,
}

impl Cells {
    /// None in more than three dimensions, and where the keys or the local coordinates would lose digits.
    pub(super) fn new(dimension: usize, points: &[f64]) -> Option<Self> {
        if dimension > 3 || points.iter().any(|x| x.abs() > FARTHEST) {
            return None;
        }
        let keys: Vec<Key> = points.par_chunks_exact(dimension).map(key).collect();
        let mut met: HashMap<Key, usize> = HashMap::new();
        let mut counts: Vec<(Key, usize)> = Vec::new();
        let mut cell_of = |key: &Key| {
            let cell = *met.entry(*key).or_insert(counts.len());
            if cell == counts.len() {
                counts.push((*key, 0));
            }
            counts[cell].1 += 1;
            cell
        };
        let cells: Vec<usize> = keys.iter().map(&mut cell_of).collect();
        let mut rising: Vec<usize> = (0..counts.len()).collect();
        rising.sort_unstable_by_key(|&cell| counts[cell].0);
        // A counting sort: where the next point of each cell goes.
        let (mut next, mut ends, mut end) = (vec![0; counts.len()], Vec::with_capacity(counts.len()), 0);
        for &cell in &rising {
            next[cell] = end;
            end += counts[cell].1;
            ends.push(end);
        }
        let mut order = vec![0; keys.len()];
        for (i, &cell) in cells.iter().enumerate() {
            order[next[cell]] = i as u32;
            next[cell] += 1;
        }
        Some(Self { keys: rising.into_iter().map(|cell| counts[cell].0).collect(), order, ends })
    }

    /// Number of pairs (point here, point of `other`) nearer than `radius`, roughly: as if the points of each cell were
    /// spread evenly over its surroundings too.
    pub(super) fn pairs(&self, other: &Self, dimension: usize, radius: f64) -> f64 {
        let ball = [2.0, PI, 4.0 / 3.0 * PI][dimension - 1] * (0.5 * radius).powi(dimension as i32);
        let pairs = |place: usize| {
            let here = self.keys.binary_search(&other.keys[place]).map_or(0, |here| self.members(here).len());
            (here * other.members(place).len()) as f64
        };
        ball * (0..other.keys.len()).map(pairs).sum::<f64>()
    }

    /// Indices of the points in the cell at this place of the list.
    pub(super) fn members(&self, place: usize) -> &[u32] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.order[start..self.ends[place]]
    }
}

fn key(x: &[f64]) -> Key {
    let mut key = [0; 3];
    for (key, x) in key.iter_mut().zip(x) {
        *key = (0.5 * x).floor() as i32;
    }
    key
}

/// Offset of `x` from the centre of its cell, in [−1, 1].
pub(super) fn local(key: i32, x: f64) -> f64 {
    x - 2.0 * f64::from(key) - 1.0
}
