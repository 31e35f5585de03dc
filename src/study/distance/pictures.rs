//! The geodesic between two laws, as pictures and arrays.

use super::findings::DistanceFindings;
use super::measure::Measure;
use crate::format::short;
use crate::study::figure::{Array, Arrays, DensityPlot, Figure, PlanePlot, Plot};
use transport::Geodesic;

/// Times that are kept.
const TIMES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Bins along a line, and along each axis of the plane: fewer than there are points.
const BINS: [usize; 2] = [60, 28];
/// Where this share of the mass is left out on each side, nothing is drawn.
const TAIL: f64 = 1e-4;

/// Points and masses at the kept times.
pub fn arrays(curve: &Geodesic, dimension: usize) -> Arrays {
    let mut arrays = vec![Array::new("times", vec![TIMES.len()], TIMES.to_vec())];
    for (k, time) in TIMES.into_iter().enumerate() {
        let (points, masses) = curve.at(time);
        let entry = |row: usize, column: usize| points[row * dimension + column];
        arrays.push(Array::matrix(format!("points_{k}"), [masses.len(), dimension], entry));
        arrays.push(Array::new(format!("masses_{k}"), vec![masses.len()], masses));
    }
    Arrays { id: "geodesic".into(), arrays }
}

/// Densities at the kept times, on a line or in the plane.
pub fn figure(curve: &Geodesic, from: &Measure, to: &Measure, found: &DistanceFindings) -> Option<Figure> {
    let dimension = from.cloud.dimension();
    let bins = *BINS.get(dimension - 1)?;
    let axes = (0..dimension).map(|axis| Axis::new([from, to], axis, bins));
    let axes = axes.collect::<Option<Vec<Axis>>>()?;
    let name = |time: f64| match time {
        0.0 => found.from.clone(),
        1.0 => found.to.clone(),
        _ => format!("t = {time}"),
    };
    let panels = TIMES.map(|time| (name(time), deposited(curve, &axes, time))).to_vec();
    let δ = found.delta.map_or_else(String::new, short);
    let caption = format!(
        "The shortest curve between the two laws in the Wasserstein–Fisher–Rao geometry with δ = {δ}."
    );
    let plot = match &axes[..] {
        [x] => Plot::Density(DensityPlot {
            logarithmic: false,
            x: (0..bins).map(|k| x.lower + (k as f64 + 0.5) * x.width).collect(),
            curves: panels,
            histogram: None,
        }),
        [x, y] => Plot::Plane(PlanePlot {
            axes: ["x", "y"],
            lower: [x.lower, y.lower],
            upper: [x.upper(), y.upper()],
            bins: [bins, bins],
            panels,
        }),
        _ => return None,
    };
    Some(Figure { id: "geodesic".into(), title: "Geodesic".into(), caption, plot })
}

/// Equal bins along an axis.
struct Axis {
    lower: f64,
    width: f64,
    bins: usize,
}

impl Axis {
    /// Where both measures have all but a small share of their mass; `None` if that is one point.
    fn new(measures: [&Measure; 2], axis: usize, bins: usize) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for measure in measures {
            let cloud = &measure.cloud;
            let mut along: Vec<(f64, f64)> =
                (0..cloud.len()).map(|i| (cloud.point(i)[axis], cloud.masses()[i])).collect();
            along.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut below, total) = (0.0, cloud.total());
            for (x, mass) in along {
                below += mass;
                if below >= TAIL * total {
                    low = low.min(x);
                }
                if below - mass <= (1.0 - TAIL) * total {
                    high = high.max(x);
                }
            }
        }
        let width = (high - low) / bins as f64;
        (width > 0.0 && width.is_finite()).then_some(Self { lower: low, width, bins })
    }

    fn upper(&self) -> f64 {
        self.lower + self.width * self.bins as f64
    }

    /// The three bins nearest to x with their shares of a quadratic B-spline: with fewer, points beside each other would show as ripples.
    fn shares(&self, x: f64) -> [(Option<usize>, f64); 3] {
        let place = (x - self.lower) / self.width - 0.5;
        let nearest = place.round();
        let off = place - nearest;
        let bin = |k: f64| (k >= 0.0 && k < self.bins as f64).then_some(k as usize);
        [
            (bin(nearest - 1.0), 0.5 * (0.5 - off).powi(2)),
            (bin(nearest), 0.75 - off * off),
            (bin(nearest + 1.0), 0.5 * (0.5 + off).powi(2)),
        ]
    }
}

/// The density at a time.
fn deposited(curve: &Geodesic, axes: &[Axis], time: f64) -> Vec<f64> {
    let (points, masses) = curve.at(time);
    let volume: f64 = axes.iter().map(|axis| axis.width).product();
    let mut density = vec![0.0; axes.iter().map(|axis| axis.bins).product()];
    for (point, mass) in points.chunks_exact(axes.len()).zip(masses) {
        let mut parts = vec![(Some(0), mass / volume)];
        for (axis, x) in axes.iter().zip(point).rev() {
            let shares = axis.shares(*x);
            parts = parts
                .into_iter()
                .flat_map(|(bin, mass)| {
                    shares.map(|(own, share)| {
                        (bin.zip(own).map(|(bin, own): (usize, usize)| bin * axis.bins + own), mass * share)
                    })
                })
                .collect();
        }
        for (bin, mass) in parts {
            if let Some(bin) = bin {
                density[bin] += mass;
            }
        }
    }
    density
}
