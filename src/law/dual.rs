use super::{
    Expectation, Images, Law, LawError, LegendrePanels, Resolution, Space, line, plane, rule, start,
};
use crate::model::{Initial, Observable};
use crate::schemes::Sde;

/// The two halves of an expectation at every multiple k·h of the step, on the points of the panels: the backward functions
/// u(t, x) = E[φ(X_T) W_{t,T} | X_t = x], and the forward functionals f ↦ E f(X_t) W_{0,t}. Their pairing is the same
/// at all times.
#[derive(Clone, Debug)]
pub struct Dual {
    mesh: Mesh,
    /// For every time, (u, the same of φ = 1) at all points.
    functions: Vec<Vec<[f64; 2]>>,
    /// For every time, what the values of f at all points are multiplied with.
    functionals: Vec<Vec<f64>>,
    /// E φW and E W.
    pub expectation: Expectation,
}

/// The points of the panels, with differentiation of the piecewise polynomials on them.
#[derive(Clone, Debug)]
pub struct Mesh {
    axes: Vec<LegendrePanels>,
}

impl Law<'_> {
    /// Backward functions and forward functionals of `steps` equal steps to `horizon`.
    ///
    /// # Errors
    /// As [`Law::expectation`].
    pub fn dual(
        &self,
        resolution: &Resolution,
        initial: &Initial,
        observable: &Observable,
        horizon: f64,
        steps: usize,
    ) -> Result<Dual, LawError> {
        let mut functions = vec![Vec::new(); steps + 1];
        let expectation = self.iterate(resolution, initial, observable, horizon, steps, |k, values| {
            functions[k] = values.collect();
        })?;
        let h = horizon / steps as f64;
        let images =
            Images::new(&rule(resolution, &self.scheme.variates(Sde::<f64>::noise_dimension(self.sde))), h);
        let (places, weights) = start(initial, resolution.gaussian_nodes);
        let start = (&places[..], &weights[..]);
        let mut functionals = Vec::with_capacity(steps + 1);
        let record = |_, functional: &[f64]| functionals.push(functional.to_vec());
        let axes = match &resolution.space {
            Space::Line(panels) => {
                line::push(self, panels, &images, start, steps, record)?;
                vec![panels.clone()]
            }
            Space::Plane(axes) => {
                plane::push(self, axes, &images, start, steps, record)?;
                axes.to_vec()
            }
        };
        Ok(Dual { mesh: Mesh { axes }, functions, functionals, expectation })
    }
}

impl Dual {
    /// Where the functions are known.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Number of steps to the horizon.
    pub fn steps(&self) -> usize {
        self.functions.len() - 1
    }

    /// (u, the same of φ = 1) at all points, at the time k·horizon/steps.
    pub fn functions(&self, k: usize) -> &[[f64; 2]] {
        &self.functions[k]
    }

    /// E f(X)W up to the time k·horizon/steps, from the values of f at all points. What counts for less than 1e-12 of E W is
    /// rounding, which meets the ends of the box here, where derivatives are large and wrong; unless it counts for more
    /// than 1e-8 of E |u|W, as for a u that grows into a heavy tail.
    pub fn pairing(&self, k: usize, values: &[f64]) -> f64 {
        const NEGLIGIBLE: f64 = 1e-12;
        const COUNTED: f64 = 1e-8;
        let functional = &self.functionals[k];
        let weights = || functional.iter().map(|weight| weight.abs());
        let sizes = || weights().zip(&self.functions[k]).map(|(weight, [u, _])| weight * u.abs());
        let least = [NEGLIGIBLE * weights().sum::<f64>(), COUNTED * sizes().sum::<f64>()];
        let pairs = functional.iter().zip(values).zip(sizes());
        let counting = pairs.filter(|((weight, _), size)| weight.abs() > least[0] || *size > least[1]);
        counting.map(|((weight, value), _)| weight * value).sum()
    }
}

impl Mesh {
    /// All points, in the order of the values; the last axis runs fastest.
    pub fn points(&self) -> Vec<Vec<f64>> {
        self.axes.iter().fold(vec![Vec::new()], |points, axis| {
            let longer = |start: Vec<f64>| {
                axis.points().iter().map(move |x| start.iter().copied().chain([*x]).collect::<Vec<_>>())
            };
            points.into_iter().flat_map(longer).collect()
        })
    }

    /// ∂^α of the piecewise polynomials closest to `values`, at the same points; α has one entry for each axis.
    pub fn derivative(&self, values: &[f64], orders: &[usize]) -> Vec<f64> {
        let mut out = values.to_vec();
        let mut stride = 1;
        for (axis, &order) in self.axes.iter().zip(orders).rev() {
            if order > 0 {
                out = axis.derivative(&out, order, stride);
            }
            stride *= axis.points().len();
        }
        out
    }
}
