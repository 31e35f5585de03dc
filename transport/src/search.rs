//! Smallest values of c(x, yⱼ) − bⱼ over all j: tiles of neighbouring points are left out by a bound on their boxes, so
//! that no matrix is ever stored and few of its entries are computed.

use crate::cost::Cost;
use crate::order::{Points, halves};
use rayon::prelude::*;
use std::ops::Range;

/// How many points a tile has at most.
const TILE: usize = 24;

/// Points in tree order, cut into tiles.
pub(crate) struct Tiles<'a> {
    pub points: &'a Points,
    cost: Cost,
    tiles: Vec<Tile>,
}

struct Tile {
    range: Range<usize>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Tile {
    /// Squared distance of the box from x.
    fn nearest(&self, x: &[f64]) -> f64 {
        let gaps = x.iter().zip(self.low.iter().zip(&self.high)).map(|(x, (low, high))| {
            let gap = (low - x).max(x - high).max(0.0);
            gap * gap
        });
        gaps.sum()
    }
}

/// A value c(x, yⱼ) − bⱼ and its j.
pub(crate) type Found = (f64, usize);

impl<'a> Tiles<'a> {
    /// `points` have to be in tree order to be searched fast.
    pub fn new(points: &'a Points, cost: Cost) -> Self {
        let tiles = halves(points.len(), TILE).into_iter().map(|range| {
            let (low, high) = points.bounds(range.clone());
            Tile { range, low, high }
        });
        Self { points, cost, tiles: tiles.collect() }
    }

    /// For each point of `from`, the `count` smallest finite values below `ceiling(i)`, the smallest first.
    pub fn smallest(
        &self,
        from: &Points,
        potential: &[f64],
        count: usize,
        ceiling: impl Fn(usize) -> f64 + Sync,
    ) -> Vec<Vec<Found>> {
        let top: Vec<f64> = self
            .tiles
            .iter()
            .map(|tile| potential[tile.range.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max))
            .collect();
        let search = |i: usize| self.search(from.at(i), potential, &top, count, ceiling(i));
        (0..from.len()).into_par_iter().with_min_len(16).map(search).collect()
    }

    /// min c(x, yⱼ) − bⱼ for each x of `from`, infinite where no yⱼ can be reached.
    pub fn transform(&self, from: &Points, potential: &[f64]) -> Vec<f64> {
        let found = self.smallest(from, potential, 1, |_| f64::INFINITY);
        found.iter().map(|list| list.first().map_or(f64::INFINITY, |&(value, _)| value)).collect()
    }

    /// The least cost for each point of `from`.
    pub fn nearest(&self, from: &Points) -> Vec<f64> {
        self.transform(from, &vec![0.0; self.points.len()])
    }

    /// Which points of `from` have a point at finite cost.
    pub fn reaching(&self, from: &Points) -> Vec<usize> {
        let nearest = self.nearest(from);
        (0..from.len()).filter(|&k| nearest[k].is_finite()).collect()
    }

    fn search(&self, x: &[f64], potential: &[f64], top: &[f64], count: usize, ceiling: f64) -> Vec<Found> {
        let bound = |t: usize| self.cost.below(self.cost.of_square(self.tiles[t].nearest(x))) - top[t];
        let mut best: Vec<Found> = Vec::with_capacity(count + 1);
        let mut limit = ceiling;
        let mut scan = |t: usize, limit: &mut f64| {
            for j in self.tiles[t].range.clone() {
                let w = self.cost.argument(x, self.points.at(j));
                if self.cost.below(w) - potential[j] >= *limit {
                    continue;
                }
                let value = self.cost.at(w) - potential[j];
                if value < *limit {
                    let place = best.partition_point(|&(other, _)| other <= value);
                    best.insert(place, (value, j));
                    best.truncate(count);
                    if best.len() == count {
                        *limit = best[count - 1].0;
                    }
                }
            }
        };
        // The most promising tile first: it lets most others be left out.
        let bounds: Vec<f64> = (0..self.tiles.len()).map(bound).collect();
        let Some(first) = (0..bounds.len()).min_by(|&s, &t| bounds[s].total_cmp(&bounds[t])) else {
            return best;
        };
        scan(first, &mut limit);
        for t in (0..bounds.len()).filter(|&t| t != first) {
            if bounds[t] < limit {
                scan(t, &mut limit);
            }
        }
        best
    }
}
