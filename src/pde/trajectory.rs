use super::Grid;
use crate::algebra::{Lanes, Scalar};
use crate::model::LogDensity;
use crate::statistics::largest;
use std::borrow::Cow;

/// log Σ e^{values}; −∞ for none, NaN if one is. That of particles sums in parts and in lanes, which would change the bits of
/// the grid.
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = largest(values.iter().copied()).unwrap_or(f64::NEG_INFINITY);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// log ρ at one time, at the cell centres.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The time.
    pub time: f64,
    /// log ρ of each cell.
    pub log_density: Vec<f64>,
}

/// log ρ over time on a grid; as a [`LogDensity`] it is the oracle of the weighted SDE.
#[derive(Clone, Debug)]
pub struct Trajectory {
    /// The grid.
    pub grid: Grid,
    /// Frames in rising time.
    pub frames: Vec<Frame>,
    /// ⟨log ρ + V⟩ of each frame, if the flow subtracts it.
    means: Vec<f64>,
}

impl Trajectory {
    /// A trajectory without frames.
    pub fn new(grid: Grid) -> Self {
        Self { grid, frames: Vec::new(), means: Vec::new() }
    }

    /// The same trajectory as the oracle of a normalised flow, from which ⟨log ρ_t + V_t⟩ is subtracted; V_t at the
    /// cell centres by the time.
    pub fn centred<'v>(mut self, potential: impl Fn(f64) -> Cow<'v, [f64]>) -> Self {
        let mean = |frame: &Frame| {
            let potential = potential(frame.time);
            let logs = frame.log_density.iter();
            let excess: Vec<f64> = logs.zip(potential.iter()).map(|(log, v)| log + v).collect();
            let mean = self.integrate(frame, &excess) / self.log_mass(frame).exp();
            // A start in one point has no entropy; its constant is as good as any other.
            if mean.is_finite() { mean } else { 0.0 }
        };
        self.means = self.frames.iter().map(mean).collect();
        self
    }

    /// The frame with the latest time.
    ///
    /// # Panics
    /// If there is none: an evolution records at least its start.
    pub fn last(&self) -> &Frame {
        self.frames.last().expect("an evolution records its start")
    }

    /// log mass of a frame.
    pub fn log_mass(&self, frame: &Frame) -> f64 {
        self.grid.log_mass(&frame.log_density)
    }

    /// ∫ f ρ at a frame, f given at the cell centres.
    pub fn integrate(&self, frame: &Frame, f: &[f64]) -> f64 {
        let values = frame.log_density.iter().zip(f);
        self.grid.integrate(values.map(|(log, f)| if *f == 0.0 { 0.0 } else { log.exp() * f }))
    }

    /// The frames around `t` (indices) and the share of the later one.
    fn bracket(&self, t: f64) -> (usize, usize, f64) {
        let after = self.frames.partition_point(|frame| frame.time < t).min(self.frames.len() - 1);
        let before = after.saturating_sub(1);
        let (a, b) = (&self.frames[before], &self.frames[after]);
        let span = b.time - a.time;
        let share = if span > 0.0 { ((t - a.time) / span).clamp(0.0, 1.0) } else { 1.0 };
        // Times that agree to rounding are the same time.
        match share {
            s if s < 1e-9 => (before, before, 0.0),
            s if s > 1.0 - 1e-9 => (after, after, 0.0),
            s => (before, after, s),
        }
    }

    fn interpolate(&self, frame: &Frame, weights: &[AxisWeights]) -> f64 {
        let value = match weights {
            [x] => x.combine(|i| frame.log_density[i]),
            [x, y] => y.combine(|j| x.combine(|i| frame.log_density[i + j * self.grid.cells()[0]])),
            [x, y, z] => {
                let [nx, ny] = [0, 1].map(|axis| self.grid.cells()[axis]);
                let row = |j: usize, k: usize| x.combine(|i| frame.log_density[i + nx * (j + ny * k)]);
                z.combine(|k| y.combine(|j| row(j, k)))
            }
            _ => unreachable!("grids have one to three axes"),
        };
        // A start in one point has no log ρ; as all particles share it, 0 is as good as any constant.
        if value.is_finite() { value } else { 0.0 }
    }

    fn weights(&self, axis: usize, x: f64) -> AxisWeights {
        AxisWeights::new((x - self.grid.lower()[axis]) / self.grid.width(axis) - 0.5, self.grid.cells()[axis])
    }

    fn at(&self, (before, after, share): (usize, usize, f64), weights: &[AxisWeights]) -> f64 {
        let value = self.interpolate(&self.frames[before], weights);
        if share == 0.0 {
            value
        } else {
            (1.0 - share) * value + share * self.interpolate(&self.frames[after], weights)
        }
    }
}

impl LogDensity for Trajectory {
    /// Cubic interpolation between cell centres, linear continuation outside; linear between frames.
    fn log_density(&self, t: f64, x: &[f64]) -> f64 {
        let mut weights = [AxisWeights::default(); 3];
        for (axis, coordinate) in x.iter().enumerate() {
            weights[axis] = self.weights(axis, *coordinate);
        }
        self.at(self.bracket(t), &weights[..x.len()])
    }

    fn mean(&self, t: f64) -> f64 {
        if self.means.is_empty() {
            return 0.0;
        }
        let (before, after, share) = self.bracket(t);
        if share == 0.0 {
            self.means[before]
        } else {
            (1.0 - share) * self.means[before] + share * self.means[after]
        }
    }

    fn log_density_lanes(&self, t: f64, x: &[Lanes]) -> Lanes {
        let frames = self.bracket(t);
        let mut weights = [AxisWeights::default(); 3];
        let mut out = Lanes::zero();
        for (lane, value) in out.0.iter_mut().enumerate() {
            for (axis, coordinates) in x.iter().enumerate() {
                weights[axis] = self.weights(axis, coordinates.0[lane]);
            }
            *value = self.at(frames, &weights[..x.len()]);
        }
        out
    }
}

/// Interpolation weights along one axis for four neighbouring cells.
#[derive(Clone, Copy, Default)]
struct AxisWeights {
    start: usize,
    weights: [f64; 4],
}

impl AxisWeights {
    /// Weights at `position`, counted in cells from the first centre, among `cells` ≥ 4 cells.
    #[inline]
    fn new(position: f64, cells: usize) -> Self {
        if position < 0.0 {
            return Self { start: 0, weights: [1.0 - position, position, 0.0, 0.0] };
        }
        let last = (cells - 1) as f64;
        if position > last {
            let beyond = position - last;
            return Self { start: cells - 4, weights: [0.0, 0.0, -beyond, 1.0 + beyond] };
        }
        // NaN positions fall through to start 0 and give NaN weights, which surface as such.
        let start = (position as usize).saturating_sub(1).min(cells - 4);
        let s = position - start as f64;
        let (a, b, c, d) = (s, s - 1.0, s - 2.0, s - 3.0);
        Self { start, weights: [b * c * d / -6.0, a * c * d / 2.0, a * b * d / -2.0, a * b * c / 6.0] }
    }

    #[inline]
    fn combine(&self, value: impl Fn(usize) -> f64) -> f64 {
        let [a, b, c, d] = self.weights;
        let i = self.start;
        a * value(i) + b * value(i + 1) + c * value(i + 2) + d * value(i + 3)
    }
}
