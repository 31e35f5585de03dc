use super::{Cloud, KernelError};
use rayon::prelude::*;

/// The living sources in units of the bandwidth, about the middle of their box; log-weights relative to the largest.
pub(super) struct Sources {
    pub dimension: usize,
    pub points: Vec<f64>,
    pub log_weights: Vec<f64>,
    /// Where in the cloud each of them is.
    pub places: Vec<usize>,
    /// Number of points of the cloud.
    pub count_with_dead: usize,
    origin: Vec<f64>,
    bandwidth: f64,
    largest: f64,
    /// Largest coordinate.
    extent: f64,
}

/// How often the numbers of a sum are rounded.
pub(super) struct Roundings {
    /// Units of a coordinate.
    coordinate: f64,
    /// Units of an exponent, beside the dimension.
    exponent: f64,
    /// Partial sums of N terms: each is rounded at most N/lanes + 64 times.
    lanes: f64,
}

impl Roundings {
    /// Sums in blocks of 8 lanes, over a tree or by an interpolant.
    pub(super) const BLOCKS: Self = Self { coordinate: 2.5, exponent: 3.0, lanes: 8.0 };
    /// Sums by groups of targets: coordinates are scaled once more, exponents are binary, and each lane is a target.
    pub(super) const GROUPS: Self = Self { coordinate: 3.5, exponent: 5.0, lanes: 1.0 };
}

impl Sources {
    pub(super) fn new(cloud: Cloud<'_>, variance: f64) -> Result<Self, KernelError> {
        let alive = cloud.alive()?;
        let bandwidth = variance.sqrt();
        if !(variance.is_finite() && bandwidth > 0.0) {
            return Err(KernelError::Variance { value: variance });
        }
        let middle = |axis: usize| {
            let coordinates = alive.iter().map(|&i| cloud.point(i)[axis]);
            let ends = coordinates.map(|x| [x, x]).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
            let [lower, upper] = ends.expect("someone is alive");
            0.5 * lower + 0.5 * upper
        };
        let origin: Vec<f64> = (0..cloud.dimension).map(middle).collect();
        let largest = alive.iter().map(|&i| cloud.log_weights[i]).fold(f64::NEG_INFINITY, f64::max);
        let mut sources = Self {
            dimension: cloud.dimension,
            points: Vec::new(),
            log_weights: alive.iter().map(|&i| cloud.log_weights[i] - largest).collect(),
            count_with_dead: cloud.log_weights.len(),
            places: Vec::new(),
            origin,
            bandwidth,
            largest,
            extent: 0.0,
        };
        sources.points = sources.scaled(alive.par_iter().map(|&i| cloud.point(i)));
        sources.extent = sources.points.iter().fold(0.0, |a: f64, x| a.max(x.abs()));
        sources.places = alive;
        if sources.extent > FARTHEST {
            return Err(KernelError::Variance { value: variance });
        }
        Ok(sources)
    }

    pub(super) fn count(&self) -> usize {
        self.log_weights.len()
    }

    /// Number of cells of side 2 in the box around the sources.
    pub(super) fn cells(&self) -> f64 {
        let width = |axis: usize| {
            let coordinates = self.points[axis..].iter().step_by(self.dimension);
            let ends =
                coordinates.fold([0.0, 0.0], |[least, most]: [f64; 2], x| [least.min(*x), most.max(*x)]);
            ends[1] - ends[0]
        };
        (0..self.dimension).map(|axis| (0.5 * width(axis)).max(1.0)).product()
    }

    /// Targets in the coordinates of the sources.
    pub(super) fn targets(&self, points: &[f64]) -> Result<Vec<f64>, KernelError> {
        if !points.len().is_multiple_of(self.dimension) {
            let expected = points.len().next_multiple_of(self.dimension);
            return Err(KernelError::Shape { what: "the list of targets", found: points.len(), expected });
        }
        let scaled: Vec<f64> = self.scaled(points.par_chunks_exact(self.dimension));
        match scaled.iter().position(|x| x.is_nan() || x.abs() > FARTHEST) {
            Some(place) => {
                let index = place / self.dimension;
                let position = points[index * self.dimension..][..self.dimension].to_vec();
                Err(KernelError::Position { what: "target", index, position })
            }
            None => Ok(scaled),
        }
    }

    /// What turns log Σ e^{ℓ_j − |x − y_j|²/2} in these coordinates into log ρ̂, and a bound on the effect of `roundings` on
    /// it, to first order.
    ///
    /// Coordinates are rounded to a units (u = 2⁻⁵³) and exponents to d + b units, which moves the exponent q = |x − y|²/2 by
    /// u((d + b + 8)q + 2a·extent·√(2dq)). What counts is the mean of q over the shares of the terms in the sum S; log term =
    /// ℓ − q and ℓ ≤ 0, so it is at most entropy − log S ≤ log N − log S.
    pub(super) fn log_density(&self, roundings: &Roundings) -> impl Fn(f64) -> (f64, f64) + Sync {
        let (d, n) = (self.dimension as f64, self.count() as f64);
        let (log_n, scale) = (n.ln(), self.log_scale());
        let Roundings { coordinate, exponent, lanes } = roundings;
        let by_square = d + exponent + 8.0;
        let by_distance = 2.0 * coordinate * self.extent * (2.0 * d).sqrt();
        let others = n / lanes + 64.0 + 4.0 * (scale.abs() + self.largest.abs());
        move |log_sum| {
            let q = (log_n - log_sum).max(0.0);
            let exponents = by_square * q + by_distance * q.sqrt();
            (log_sum + scale, 0.5 * f64::EPSILON * (exponents + others + 4.0 * log_sum.abs()))
        }
    }

    fn log_scale(&self) -> f64 {
        let unit = (2.0 * std::f64::consts::PI).sqrt() * self.bandwidth;
        self.largest - self.dimension as f64 * unit.ln()
    }

    fn scaled<'a>(&self, points: impl IndexedParallelIterator<Item = &'a [f64]>) -> Vec<f64> {
        let mut out = vec![0.0; points.len() * self.dimension];
        out.par_chunks_exact_mut(self.dimension).zip(points).for_each(|(z, x)| {
            for ((z, x), origin) in z.iter_mut().zip(x).zip(&self.origin) {
                *z = (x - origin) / self.bandwidth;
            }
        });
        out
    }
}

/// Coordinates whose squares, and sums of squares, do not overflow.
const FARTHEST: f64 = 1e150;
