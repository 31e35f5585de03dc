//! Functions in code as parts of formulas: what a program brings, for many points at once.

use super::differences;
use std::fmt::{Debug, Display, Formatter};
use std::sync::Arc;

/// A function of x ∈ ℝᵈ, and of t if it says so, that is evaluated for many points at once.
pub trait BatchFunction: Send + Sync {
    /// Writes the values at `points` (n × d, row by row) to `out` (n × outputs, row by row).
    fn values(&self, t: f64, points: &[f64], out: &mut [f64]);

    /// Writes the slopes at `points` (n × d) to `out` (n × outputs × d), if they are known: [`Self::has_slopes`].
    fn slopes(&self, _t: f64, _points: &[f64], _out: &mut [f64]) {}

    /// Whether [`Self::slopes`] writes them. Without them, slopes are central differences of order 4.
    fn has_slopes(&self) -> bool {
        false
    }
}

/// A function in code with what is known of it.
#[derive(Clone)]
pub struct Code {
    /// What formulas call it.
    pub name: String,
    /// d, the number of coordinates that it reads.
    pub dimension: usize,
    /// The number of its values at a point.
    pub outputs: usize,
    /// Whether it reads t.
    pub timed: bool,
    /// Whether it has all derivatives, as its author says.
    pub smooth: bool,
    /// The function.
    pub function: Arc<dyn BatchFunction>,
}

impl Debug for Code {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ℝ^{} → ℝ^{}", self.name, self.dimension, self.outputs)
    }
}

/// The highest derivative of a function in code that there is.
pub(super) const HIGHEST: usize = 2;

/// One value of a function in code, or a derivative of it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub code: Arc<Code>,
    pub output: usize,
    /// The coordinates by which it is differentiated.
    pub axes: Vec<usize>,
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.code, &other.code) && self.output == other.output && self.axes == other.axes
    }
}

impl Display for Leaf {
    /// As formulas call it; derivatives have their axes behind them.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code.name)?;
        if self.code.outputs > 1 {
            write!(f, "{}", self.output + 1)?;
        }
        self.axes.iter().try_for_each(|axis| write!(f, "'x{}", axis + 1))
    }
}

impl Leaf {
    /// ∂/∂x_axis; `None` where there is no such derivative.
    pub fn slope(&self, axis: usize) -> Option<Self> {
        let mut axes = self.axes.clone();
        axes.push(axis);
        axes.sort_unstable();
        (axes.len() <= HIGHEST).then(|| Self { axes, ..self.clone() })
    }

    /// Its place among all derivatives of its order, as [`Code::write`] writes them.
    pub fn place(&self) -> usize {
        self.axes.iter().fold(self.output, |place, axis| place * self.code.dimension + axis)
    }
}

impl Code {
    /// How many derivatives of this order there are at a point.
    pub(super) fn size(&self, order: usize) -> usize {
        self.outputs * self.dimension.pow(order as u32)
    }

    /// Writes all derivatives of this order at `points` (n × d) to `out` (n × outputs × d^order).
    pub(super) fn write(&self, order: usize, t: f64, points: &[f64], out: &mut [f64]) {
        let own = &self.function;
        match (order, own.has_slopes()) {
            (0, _) => own.values(t, points, out),
            (1, true) => own.slopes(t, points, out),
            (_, true) => {
                let slopes = |points: &[f64], out: &mut [f64]| own.slopes(t, points, out);
                differences::first(slopes, self.size(1), self.dimension, points, out);
            }
            (1, false) => {
                let values = |points: &[f64], out: &mut [f64]| own.values(t, points, out);
                differences::first(values, self.outputs, self.dimension, points, out);
            }
            (_, false) => {
                let values = |points: &[f64], out: &mut [f64]| own.values(t, points, out);
                differences::second(values, self.outputs, self.dimension, points, out);
            }
        }
    }
}
