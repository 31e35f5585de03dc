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
        let mut counts: HashMap<Key, usize> = HashMap::new();
        for key in &keys {
            *counts.entry(*key).or_default() += 1;
        }
        let mut cells: Vec<(Key, usize)> = counts.into_iter().collect();
        cells.sort_unstable();
        // A counting sort: where the next point of each cell goes.
        let mut end = 0;
        let mut next: HashMap<Key, usize> = HashMap::with_capacity(cells.len());
        let mut ends = Vec::with_capacity(cells.len());
        for &(key, count) in &cells {
            next.insert(key, end);
            end += count;
            ends.push(end);
        }
        let mut order = vec![0; keys.len()];
        for (i, key) in keys.iter().enumerate() {
            let place = next.get_mut(key).expect("every cell has a place");
            order[*place] = i as u32;
            *place += 1;
        }
        Some(Self { keys: cells.into_iter().map(|(key, _)| key).collect(), order, ends })
    }

    /// Number of pairs (point here, point of `other`) nearer than `radius`, roughly: as if the points of each cell were
    /// spread evenly over its surroundings too.
    pub(super) fn pairs(&self, other: &Self, dimension: usize, radius: f64) -> f64 {
        let ball = [2.0, PI, 4.0 / 3.0 * PI][dimension - 1] * (0.5 * radius).powi(dimension as i32);
        let found = |place: usize| self.keys.binary_search(&other.keys[place]).ok();
        let pairs = |place| {
            found(place).map_or(0.0, |here| (self.members(here).len() * other.members(place).len()) as f64)
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
