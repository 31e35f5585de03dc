//! Bins over some of the axes of a grid: whole numbers of cells, or equal ones that share out graded cells.

use crate::pde::Grid;

/// Bins over the plane or line of some axes; what lies along the others is summed.
pub struct Bins {
    axes: Vec<usize>,
    /// Cells in a bin, by axis.
    per_bin: Vec<usize>,
    counts: Vec<usize>,
    lower: Vec<f64>,
    widths: Vec<f64>,
    cells: Vec<usize>,
    /// By axis and cell: bins along it, with the share of the cell that lies in each.
    shares: Vec<Vec<Vec<(usize, f64)>>>,
}

impl Bins {
    /// At most `most` bins along each of `axes`.
    pub fn new(grid: &Grid, axes: &[usize], most: usize) -> Self {
        let cells: Vec<usize> = axes.iter().map(|&axis| grid.cells()[axis]).collect();
        let per_bin: Vec<usize> = cells.iter().map(|n| n.div_ceil(most)).collect();
        let counts: Vec<usize> = cells.iter().zip(&per_bin).map(|(n, k)| n.div_ceil(*k)).collect();
        let lower: Vec<f64> = axes.iter().map(|&axis| grid.lower()[axis]).collect();
        let widths: Vec<f64> = axes.iter().map(|&axis| grid.width(axis)).collect();
        let along = |k: usize| -> Vec<Vec<(usize, f64)>> {
            let bin = widths[k] * per_bin[k] as f64;
            let shares = |position: usize| match grid.is_graded() {
                true => {
                    let half = 0.5 * grid.cell_width(position, axes[k]);
                    let centre = grid.coordinate(position, axes[k]) - lower[k];
                    overlaps([centre - half, centre + half].map(|end| end / bin), counts[k])
                }
                false => vec![(position / per_bin[k], 1.0)],
            };
            (0..cells[k]).map(shares).collect()
        };
        let shares = (0..axes.len()).map(along).collect();
        Self { axes: axes.to_vec(), per_bin, counts, lower, widths, cells, shares }
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
        let total = grid.log_mass(log_density);
        let mut masses = vec![0.0; self.len()];
        for ((cell, log), volume) in log_density.iter().enumerate().zip(grid.log_volumes()) {
            let mut parts = vec![(0, (log + volume - total).exp())];
            for (k, &axis) in self.axes.iter().enumerate().rev() {
                let along = &self.shares[k][grid.position(cell, axis)];
                parts = parts
                    .iter()
                    .flat_map(|(place, mass)| {
                        along.iter().map(move |(bin, share)| (place * self.counts[k] + bin, mass * share))
                    })
                    .collect();
            }
            for (place, mass) in parts {
                masses[place] += mass;
            }
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

/// The bins [0, 1], [1, 2] … up to `count` that an interval meets, with the share of it that lies in each.
fn overlaps([from, to]: [f64; 2], count: usize) -> Vec<(usize, f64)> {
    let last = count - 1;
    let (first, end) = ((from.max(0.0) as usize).min(last), (to.max(0.0) as usize).min(last));
    let part = |bin: usize| {
        let low = if bin == first { from } else { bin as f64 };
        let high = if bin == end { to } else { bin as f64 + 1.0 };
        (bin, (high - low) / (to - from))
    };
    (first..=end).map(part).collect()
}
