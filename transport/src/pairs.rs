//! The pairs of points that the solver lets exchange mass.

use crate::cost::Cost;
use crate::order::Points;

/// A sparse set of pairs (i, j) by rows, with their costs.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    /// Where row i starts; one more at the end.
    pub start: Vec<usize>,
    pub column: Vec<usize>,
    pub cost: Vec<f64>,
    pub columns: usize,
}

impl Pairs {
    /// The pairs of a list, each once, without those that cannot be reached from each other.
    pub fn new(mut list: Vec<(usize, usize)>, x: &Points, y: &Points, cost: Cost) -> Self {
        list.sort_unstable();
        list.dedup();
        let mut pairs =
            Self { start: vec![0; x.len() + 1], column: Vec::new(), cost: Vec::new(), columns: y.len() };
        for (i, j) in list {
            let c = cost.at(cost.argument(x.at(i), y.at(j)));
            if c.is_finite() {
                pairs.start[i + 1] += 1;
                pairs.column.push(j);
                pairs.cost.push(c);
            }
        }
        for i in 0..x.len() {
            pairs.start[i + 1] += pairs.start[i];
        }
        pairs
    }

    pub fn len(&self) -> usize {
        self.column.len()
    }

    pub fn rows(&self) -> usize {
        self.start.len() - 1
    }

    /// (i, j, e) for each pair, e counting them.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.rows())
            .flat_map(move |i| (self.start[i]..self.start[i + 1]).map(move |e| (i, self.column[e], e)))
    }

    /// Sums over rows and over columns.
    pub fn marginals(&self, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut rows, mut columns) = (vec![0.0; self.rows()], vec![0.0; self.columns]);
        for (i, j, e) in self.iter() {
            rows[i] += values[e];
            columns[j] += values[e];
        }
        (rows, columns)
    }
}
