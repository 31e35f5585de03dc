//! Bins that are whole numbers of cells, over some of the axes of a grid.

use crate::pde::{Grid, log_sum_exp};

/// Bins over the plane or line of some axes; what lies along the others is summed.
pub struct Bins {
    axes: Vec<usize>,
    /// Cells in a bin, by axis.
    per_bin: Vec<usize>,
    counts: Vec<usize>,
    lower: Vec<f64>,
    widths: Vec<f64>,
    cells: Vec<usize>,
}

impl Bins {
    /// At most `most` bins along each of `axes`.
    pub fn new(grid: &Grid, axes: &[usize], most: usize) -> Self {
        let cells: Vec<usize> = axes.iter().map(|&axis| grid.cells()[axis]).collect();
        let per_bin: Vec<usize> = cells.iter().map(|n| n.div_ceil(most)).collect();
        let counts = cells.iter().zip(&per_bin).map(|(n, k)| n.div_ceil(*k)).collect();
        let lower = axes.iter().map(|&axis| grid.lower()[axis]).collect();
        let widths = axes.iter().map(|&axis| grid.width(axis)).collect();
        Self { axes: axes.to_vec(), per_bin, counts, lower, widths, cells }
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        self.counts.iter().product()
    }

    /// Bins along the k-th axis.
    pub fn count(&self, k: usize) -> usize {
        self.counts[k]
    }

    /// Volume of a bin.
    pub fn volume(&self) -> f64 {
        self.widths.iter().zip(&self.per_bin).map(|(width, cells)| width * *cells as f64).product()
    }

    /// Ends of the bins along the k-th axis.
    pub fn extent(&self, k: usize) -> [f64; 2] {
        let cells = self.counts[k] * self.per_bin[k];
        [self.lower[k], self.lower[k] + self.widths[k] * cells as f64]
    }

    /// Number of the bin of a cell, whose position is known along each of the axes.
    fn place(&self, position: impl Fn(usize) -> usize) -> usize {
        (0..self.counts.len())
            .rev()
            .fold(0, |place, k| place * self.counts[k] + position(k) / self.per_bin[k])
    }

    /// Number of the bin that holds x.
    pub fn find(&self, x: &[f64]) -> Option<usize> {
        let position = |k: usize| (x[self.axes[k]] - self.lower[k]) / self.widths[k];
        let inside = (0..self.axes.len()).all(|k| position(k) >= 0.0 && position(k) < self.cells[k] as f64);
        inside.then(|| self.place(|k| position(k) as usize))
    }

    /// Normalised mass of each bin.
    pub fn gather(&self, grid: &Grid, log_density: &[f64]) -> Vec<f64> {
        let total = log_sum_exp(log_density);
        let mut masses = vec![0.0; self.len()];
        for (cell, log) in log_density.iter().enumerate() {
            masses[self.place(|k| grid.position(cell, self.axes[k]))] += (log - total).exp();
        }
        masses
    }

    /// Edges along the first axis.
    pub fn edges(&self) -> Vec<f64> {
        let edge =
            |k: usize| self.lower[0] + self.widths[0] * (k * self.per_bin[0]).min(self.cells[0]) as f64;
        (0..=self.counts[0]).map(edge).collect()
    }
}
