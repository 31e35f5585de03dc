/// A box in one, two or three dimensions, cut into equal cells; values live at the cell centres.
///
/// Cells are numbered with the first axis running fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    lower: Vec<f64>,
    upper: Vec<f64>,
    cells: Vec<usize>,
}

impl Grid {
    /// The box from `lower` to `upper` with `cells` along each axis.
    ///
    /// # Panics
    /// Unless the three have the same length, 1 to 3, and describe a non-empty box.
    pub fn new(lower: Vec<f64>, upper: Vec<f64>, cells: Vec<usize>) -> Self {
        assert!(matches!(cells.len(), 1..=3) && lower.len() == cells.len() && upper.len() == cells.len());
        assert!(lower.iter().zip(&upper).all(|(l, u)| l < u) && cells.iter().all(|&n| n > 0));
        Self { lower, upper, cells }
    }

    /// The same box with half as many cells (rounded up, at least 4) along each axis.
    pub fn coarser(&self) -> Self {
        let cells = self.cells.iter().map(|&n| n.div_ceil(2).max(4)).collect();
        Self { cells, ..self.clone() }
    }

    /// Number of axes.
    pub fn dimension(&self) -> usize {
        self.cells.len()
    }

    /// Lower corner.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// Upper corner.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// Cells along each axis.
    pub fn cells(&self) -> &[usize] {
        &self.cells
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.iter().product()
    }

    /// Never true: a grid has cells.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Cell width along `axis`.
    pub fn width(&self, axis: usize) -> f64 {
        (self.upper[axis] - self.lower[axis]) / self.cells[axis] as f64
    }

    /// Volume of a cell.
    pub fn volume(&self) -> f64 {
        (0..self.dimension()).map(|axis| self.width(axis)).product()
    }

    /// Distance in cell numbers between neighbours along `axis`.
    pub fn stride(&self, axis: usize) -> usize {
        self.cells[..axis].iter().product()
    }

    /// Position of `cell` along `axis`, counted in cells.
    pub fn position(&self, cell: usize, axis: usize) -> usize {
        cell / self.stride(axis) % self.cells[axis]
    }

    /// Coordinate of cell number `position` along `axis`.
    pub fn coordinate(&self, position: usize, axis: usize) -> f64 {
        self.lower[axis] + (position as f64 + 0.5) * self.width(axis)
    }

    /// Centre of `cell`.
    pub fn centre(&self, cell: usize) -> Vec<f64> {
        (0..self.dimension()).map(|axis| self.coordinate(self.position(cell, axis), axis)).collect()
    }

    /// f at every cell centre.
    pub fn sample(&self, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let mut point = vec![0.0; self.dimension()];
        (0..self.len())
            .map(|cell| {
                for (axis, coordinate) in point.iter_mut().enumerate() {
                    *coordinate = self.coordinate(self.position(cell, axis), axis);
                }
                f(&point)
            })
            .collect()
    }

    /// The mean of f over every cell, from `parts` midpoints along each axis, and the largest difference between the
    /// values at them.
    pub fn averages(&self, parts: usize, f: impl Fn(&[f64]) -> f64) -> Vec<(f64, f64)> {
        let places = parts.pow(self.dimension() as u32);
        let mut point = vec![0.0; self.dimension()];
        (0..self.len())
            .map(|cell| {
                let (mut sum, mut low, mut high) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
                for place in 0..places {
                    for (axis, coordinate) in point.iter_mut().enumerate() {
                        let part = place / parts.pow(axis as u32) % parts;
                        let offset = (part as f64 + 0.5) / parts as f64 - 0.5;
                        let centre = self.coordinate(self.position(cell, axis), axis);
                        *coordinate = centre + offset * self.width(axis);
                    }
                    let value = f(&point);
                    sum += value;
                    (low, high) = (low.min(value), high.max(value));
                }
                (sum / places as f64, high - low)
            })
            .collect()
    }

    /// The faces between neighbours along `axis`, as pairs of cells (lower, upper).
    pub fn faces(&self, axis: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let stride = self.stride(axis);
        (0..self.len())
            .filter(move |&cell| self.position(cell, axis) + 1 < self.cells[axis])
            .map(move |cell| (cell, cell + stride))
    }
}
