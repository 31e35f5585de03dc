//! The mean time of the exit from a well on the line, in the limit of small noise.

use crate::model::{Dynamics, Initial, Potential, Problem};
use crate::pde::Grid;
use statrs::function::erf::erfc;
use std::f64::consts::PI;

/// Barriers below this, in units of the noise, are none.
const BARRIER: f64 = 3.0;
/// Newton steps from the centre of a cell to the critical point in it.
const NEWTON_STEPS: usize = 30;

/// 1/Σ of the rates over both sides that absorb, α e^{V(m)}√(V''(m)/2π) / ∫e^V each, with Laplace's value of the integral at the
/// highest place on the way: √(2π/|V''|) e^V at a saddle (Eyring 1935, Kramers 1940), less at a side on a slope.
///
/// `None` unless this is a gradient flow out of the only well in the box, over a barrier.
pub fn mean_time(problem: &Problem, grid: &Grid) -> Option<f64> {
    let Dynamics::GradientFlow(flow) = &problem.dynamics else {
        return None;
    };
    if grid.dimension() != 1 {
        return None;
    }
    let line = Line(&flow.potential);
    let values = grid.sample(|x| line.value(x[0]));
    let n = values.len();
    let mut minima = (1..n - 1).filter(|&k| values[k] < values[k - 1] && values[k] <= values[k + 1]);
    let lowest = match (minima.next(), minima.next()) {
        (Some(lowest), None) => lowest,
        _ => return None,
    };
    let bottom = line.critical_point(grid.coordinate(lowest, 0))?;
    let (depth, curvature) = (line.value(bottom), line.curvature(bottom));
    let start = match &problem.initial {
        Initial::Point(point) => point[0],
        Initial::Mixture(mixture) => mixture.mean()[0],
    };
    let mut rate = 0.0;
    for upper in [false, true].into_iter().filter(|upper| grid.sides(0).absorbs(*upper)) {
        let way: Vec<usize> = if upper { (lowest..n).collect() } else { (0..=lowest).rev().collect() };
        let top = way.iter().copied().max_by(|&a, &b| values[a].total_cmp(&values[b]))?;
        let at_side = way.last() == Some(&top);
        let end = if upper { grid.upper()[0] } else { grid.lower()[0] };
        let place = if at_side { end } else { line.critical_point(grid.coordinate(top, 0))? };
        let beyond = if upper { start >= place } else { start <= place };
        let barrier = line.value(place) - depth;
        if beyond || barrier.is_nan() || barrier < BARRIER {
            return None;
        }
        let width =
            if at_side { line.width_at_side(place) } else { (2.0 * PI / -line.curvature(place)).sqrt() };
        rate += flow.transport * (curvature / (2.0 * PI)).sqrt() * (-barrier).exp() / width;
    }
    (rate > 0.0).then(|| 1.0 / rate)
}

/// A potential on the line.
struct Line<'a>(&'a Potential);

impl Line<'_> {
    fn value(&self, x: f64) -> f64 {
        self.0.value(&[x][..])
    }

    fn slope(&self, x: f64) -> f64 {
        let mut out = [0.0];
        self.0.gradient(&[x], &mut out);
        out[0]
    }

    fn curvature(&self, x: f64) -> f64 {
        let mut out = [0.0];
        self.0.hessian(&[x], &mut out);
        out[0]
    }

    fn critical_point(&self, mut x: f64) -> Option<f64> {
        for _ in 0..NEWTON_STEPS {
            x -= self.slope(x) / self.curvature(x);
        }
        x.is_finite().then_some(x)
    }

    /// ∫₀^∞ e^{−g s − κs²/2} ds with the slope g and −V'' = κ at a side to which V rises.
    fn width_at_side(&self, x: f64) -> f64 {
        let (g, κ) = (self.slope(x).abs(), -self.curvature(x));
        let z = g / (2.0 * κ).sqrt();
        // Beyond, the product of e^{z²} and erfc(z) has no digits left, and is 1/(z√π) to 1e-3.
        if κ <= 0.0 || z > 20.0 { 1.0 / g } else { (0.5 * PI / κ).sqrt() * (z * z).exp() * erfc(z) }
    }
}
