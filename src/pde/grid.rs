use super::{Spacing, log_sum_exp};
use crate::algebra::{LANES, Lanes, Scalar};
use crate::model::expression::gathered;
use rayon::prelude::*;
use std::sync::Arc;

/// Cells for which functions in code are called at once.
const GATHERED: usize = 1 << 14;

/// What happens at both ends of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// Nothing passes.
    #[default]
    Reflecting,
    /// The ends are one.
    Periodic,
    /// What arrives is gone: ρ = 0 there.
    Absorbing,
    /// What arrives at the lower end is gone; nothing passes the upper one.
    AbsorbingBelow,
    /// What arrives at the upper end is gone; nothing passes the lower one.
    AbsorbingAbove,
}

impl Sides {
    /// The names that scenarios use for both ends at once, each with what it means.
    pub const NAMES: [(&str, Self); 3] =
        [("reflecting", Self::Reflecting), ("periodic", Self::Periodic), ("absorbing", Self::Absorbing)];

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(own, _)| *own == name).map(|(_, sides)| sides)
    }

    /// An axis with these lower and upper ends; `None` if one of them alone is periodic.
    pub fn of_ends(lower: Self, upper: Self) -> Option<Self> {
        match (lower, upper) {
            (Self::Absorbing, Self::Reflecting) => Some(Self::AbsorbingBelow),
            (Self::Reflecting, Self::Absorbing) => Some(Self::AbsorbingAbove),
            _ => (lower == upper).then_some(lower),
        }
    }

    /// Whether what arrives at the upper end, or the lower one, is gone.
    pub fn absorbs(self, upper: bool) -> bool {
        match self {
            Self::Absorbing => true,
            Self::AbsorbingBelow => !upper,
            Self::AbsorbingAbove => upper,
            Self::Reflecting | Self::Periodic => false,
        }
    }

    /// Whether nothing passes the upper end, or the lower one.
    pub fn reflects(self, upper: bool) -> bool {
        self != Self::Periodic && !self.absorbs(upper)
    }
}

/// A box in one, two or three dimensions, cut into cells, equal ones along every axis without a [`Spacing`]; values live at
/// the cell centres.
///
/// Cells are numbered with the first axis running fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    lower: Vec<f64>,
    upper: Vec<f64>,
    cells: Vec<usize>,
    sides: Vec<Sides>,
    spacings: Vec<Option<Arc<Spacing>>>,
    /// Ends of the cells along each axis that has a spacing.
    edges: Vec<Vec<f64>>,
}

impl Grid {
    /// The box from `lower` to `upper` with `cells` equal cells along each axis and reflecting sides.
    ///
    /// # Panics
    /// Unless the three have the same length, 1 to 3, and describe a non-empty box.
    pub fn new(lower: Vec<f64>, upper: Vec<f64>, cells: Vec<usize>) -> Self {
        let d = cells.len();
        assert!(matches!(d, 1..=3) && lower.len() == d && upper.len() == d);
        assert!(lower.iter().zip(&upper).all(|(l, u)| l < u) && cells.iter().all(|&n| n > 0));
        let sides = vec![Sides::Reflecting; d];
        Self { lower, upper, cells, sides, spacings: vec![None; d], edges: vec![Vec::new(); d] }
    }

    /// The same box with these sides, one for each axis.
    pub fn with_sides(self, sides: Vec<Sides>) -> Self {
        Self { sides, ..self }
    }

    /// The same box with cells graded by these spacings, which are those of its axes.
    pub fn with_spacings(self, spacings: Vec<Option<Arc<Spacing>>>) -> Self {
        let edges = spacings
            .iter()
            .zip(&self.cells)
            .map(|(spacing, &cells)| spacing.as_ref().map_or(Vec::new(), |spacing| spacing.edges(cells)));
        Self { edges: edges.collect(), spacings, ..self }
    }

    /// The same box with as many cells along each axis as `cells`.
    pub fn with_cells(self, cells: Vec<usize>) -> Self {
        let spacings = self.spacings.clone();
        Self { cells, ..self }.with_spacings(spacings)
    }

    /// The same box with half as many cells (rounded up, at least 4) along each axis.
    pub fn coarser(&self) -> Self {
        let cells = self.cells.iter().map(|&n| n.div_ceil(2).max(4)).collect();
        self.clone().with_cells(cells)
    }

    /// The same box in cells that are 1.5, 2.25 and 3.375 times as wide, from whose differences errors are found: still fine enough to
    /// show an order where a quarter of the cells is not.
    pub fn thinned(&self) -> [Self; 3] {
        [1.5, 2.25, 3.375].map(|factor| {
            let fewer = |&n: &usize| ((n as f64 / factor).round() as usize).max(2);
            self.clone().with_cells(self.cells.iter().map(fewer).collect())
        })
    }

    /// A box of twice the size around this one, in cells of the same size, as far as its ends are not periodic.
    pub fn doubled(&self) -> Self {
        let wide = |axis: usize, sign: f64| {
            let [low, high] = [self.lower[axis], self.upper[axis]];
            let reach = if self.sides[axis] == Sides::Periodic { 0.5 } else { 1.0 };
            0.5 * (low + high) + sign * reach * (high - low)
        };
        let ends = |sign: f64| (0..self.dimension()).map(|axis| wide(axis, sign)).collect();
        let cells = (0..self.dimension())
            .map(|axis| self.cells[axis] * if self.sides[axis] == Sides::Periodic { 1 } else { 2 });
        Self::new(ends(-1.0), ends(1.0), cells.collect()).with_sides(self.sides.clone())
    }

    /// What happens at the ends of `axis`.
    pub fn sides(&self, axis: usize) -> Sides {
        self.sides[axis]
    }

    /// Whether all sides reflect and all cells are equal.
    pub fn is_plain(&self) -> bool {
        !self.is_graded() && self.sides.iter().all(|sides| *sides == Sides::Reflecting)
    }

    /// Whether cells differ in size.
    pub fn is_graded(&self) -> bool {
        self.spacings.iter().any(Option::is_some)
    }

    /// Whether mass is lost through a side.
    pub fn absorbs(&self) -> bool {
        self.sides.iter().any(|sides| sides.absorbs(false) || sides.absorbs(true))
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

    /// Mean cell width along `axis`.
    pub fn width(&self, axis: usize) -> f64 {
        (self.upper[axis] - self.lower[axis]) / self.cells[axis] as f64
    }

    /// Width of cell number `position` along `axis`.
    pub fn cell_width(&self, position: usize, axis: usize) -> f64 {
        match &self.edges[axis][..] {
            [] => self.width(axis),
            edges => edges[position + 1] - edges[position],
        }
    }

    /// Width along `axis` of the cell that holds `x`, or is next to it.
    pub fn width_at(&self, x: f64, axis: usize) -> f64 {
        let edges = &self.edges[axis];
        let position = edges.partition_point(|edge| *edge <= x).saturating_sub(1);
        self.cell_width(position.min(self.cells[axis] - 1), axis)
    }

    /// Mean volume of a cell.
    pub fn volume(&self) -> f64 {
        (0..self.dimension()).map(|axis| self.width(axis)).product()
    }

    /// Volume of `cell`.
    pub fn cell_volume(&self, cell: usize) -> f64 {
        (0..self.dimension()).map(|axis| self.cell_width(self.position(cell, axis), axis)).product()
    }

    /// Of each cell.
    pub fn log_volumes(&self) -> Vec<f64> {
        match self.is_graded() {
            true => (0..self.len()).map(|cell| self.cell_volume(cell).ln()).collect(),
            false => vec![self.volume().ln(); self.len()],
        }
    }

    /// Σ over the cells of volume times value.
    pub fn integrate(&self, values: impl Iterator<Item = f64>) -> f64 {
        match self.is_graded() {
            true => values.enumerate().map(|(cell, value)| value * self.cell_volume(cell)).sum(),
            false => values.sum::<f64>() * self.volume(),
        }
    }

    /// log of the mass of a density.
    pub fn log_mass(&self, log_density: &[f64]) -> f64 {
        if !self.is_graded() {
            return log_sum_exp(log_density) + self.volume().ln();
        }
        let log_masses: Vec<f64> =
            log_density.iter().zip(self.log_volumes()).map(|(log, volume)| log + volume).collect();
        log_sum_exp(&log_masses)
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
        match &self.edges[axis][..] {
            [] => self.lower[axis] + (position as f64 + 0.5) * self.width(axis),
            edges => 0.5 * (edges[position] + edges[position + 1]),
        }
    }

    /// Centre of `cell`.
    pub fn centre(&self, cell: usize) -> Vec<f64> {
        (0..self.dimension()).map(|axis| self.coordinate(self.position(cell, axis), axis)).collect()
    }

    /// The ends of `cell` along each axis.
    pub fn place(&self, cell: usize) -> Vec<[f64; 2]> {
        (0..self.dimension()).map(|axis| self.side(self.position(cell, axis), axis)).collect()
    }

    /// The ends of cell number `position` along `axis`.
    pub fn side(&self, position: usize, axis: usize) -> [f64; 2] {
        let (centre, half) = (self.coordinate(position, axis), 0.5 * self.cell_width(position, axis));
        [centre - half, centre + half]
    }

    /// f at every cell centre; functions in code that it reads are called for many of them at once.
    pub fn sample(&self, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let mut point = vec![0.0; self.dimension()];
        let mut values = vec![0.0; self.len()];
        for (number, part) in values.chunks_mut(GATHERED).enumerate() {
            gathered(part.len(), |k, _| {
                for (axis, coordinate) in point.iter_mut().enumerate() {
                    *coordinate = self.coordinate(self.position(number * GATHERED + k, axis), axis);
                }
                part[k] = f(&point);
            });
        }
        values
    }

    /// As [`Self::sample`], of a function of many points at once.
    pub fn sample_lanes(&self, f: impl Fn(&[Lanes]) -> Lanes + Sync) -> Vec<f64> {
        let batch = |number: usize| {
            let cells = number * LANES..self.len().min((number + 1) * LANES);
            let mut points = vec![Lanes::zero(); self.dimension()];
            for lane in 0..LANES {
                // The lanes that are left over do as the last one does.
                let cell = (cells.start + lane).min(cells.end - 1);
                for (axis, point) in points.iter_mut().enumerate() {
                    point.0[lane] = self.coordinate(self.position(cell, axis), axis);
                }
            }
            f(&points).0.into_iter().take(cells.len())
        };
        (0..self.len().div_ceil(LANES)).into_par_iter().flat_map_iter(batch).collect()
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
                        *coordinate = centre + offset * self.cell_width(self.position(cell, axis), axis);
                    }
                    let value = f(&point);
                    sum += value;
                    (low, high) = (low.min(value), high.max(value));
                }
                (sum / places as f64, high - low)
            })
            .collect()
    }

    /// The faces between neighbours along `axis`, as pairs of cells (lower, upper), without that between the ends of a
    /// periodic axis.
    pub fn faces(&self, axis: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let stride = self.stride(axis);
        (0..self.len())
            .filter(move |&cell| self.position(cell, axis) + 1 < self.cells[axis])
            .map(move |cell| (cell, cell + stride))
    }

    /// The next cell along `axis`, or the one before; none beyond sides that are not periodic.
    pub fn beside(&self, cell: usize, axis: usize, upward: bool) -> Option<usize> {
        let (stride, across) = (self.stride(axis), self.stride(axis) * (self.cells[axis] - 1));
        let position = self.position(cell, axis);
        let at_end = position == if upward { self.cells[axis] - 1 } else { 0 };
        match (at_end, upward) {
            (true, _) if self.sides[axis] != Sides::Periodic => None,
            (true, true) => Some(cell - across),
            (true, false) => Some(cell + across),
            (false, true) => Some(cell + stride),
            (false, false) => Some(cell - stride),
        }
    }

    /// The cells at the ends of `axis`, as pairs (first, last).
    pub fn ends(&self, axis: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let across = self.stride(axis) * (self.cells[axis] - 1);
        (0..self.len())
            .filter(move |&cell| self.position(cell, axis) == 0)
            .map(move |cell| (cell, cell + across))
    }
}
