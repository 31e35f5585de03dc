//! The finite-volume operator of an Itô equation given by its coefficients.

use super::stencil::FluxScalar;
use super::{Generator, Grid, GridBreakdown};
use crate::model::ItoSde;
use crate::schemes::Sde;

/// Five-point Gauss–Legendre rule on [−1, 1]: (node, weight).
const GAUSS_LEGENDRE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];
/// σσᵀ off its diagonal, beside the diagonal, that is rounding.
const UNCORRELATED: f64 = 1e-13;

/// The coefficients at time 0.
struct Coefficients<'a>(&'a ItoSde);

impl Coefficients<'_> {
    /// b.
    fn drift(&self, x: &[f64]) -> Vec<f64> {
        let mut b = vec![0.0; x.len()];
        Sde::<f64>::drift(self.0, &0.0, x, &mut b);
        b
    }

    /// The column of σ for one noise.
    fn column(&self, x: &[f64], noise: usize) -> Vec<f64> {
        let mut unit = vec![0.0; Sde::<f64>::noise_dimension(self.0)];
        unit[noise] = 1.0;
        let mut σ = vec![0.0; x.len()];
        self.0.diffuse(&0.0, x, &unit, &mut σ);
        σ
    }

    /// ½(σσᵀ)ₖₗ.
    fn half_covariance(&self, x: &[f64], k: usize, l: usize) -> f64 {
        let noises = 0..Sde::<f64>::noise_dimension(self.0);
        0.5 * noises.map(|noise| self.column(x, noise)).map(|σ| σ[k] * σ[l]).sum::<f64>()
    }

    /// ½(σσᵀ)ₖₖ at every cell, where it is positive and the noises of two axes are uncorrelated.
    fn diffusivity(&self, grid: &Grid, axis: usize) -> Result<Vec<f64>, GridBreakdown> {
        let at = |cell: usize| {
            let place = grid.centre(cell);
            let value = self.half_covariance(&place, axis, axis);
            if !value.is_finite() {
                return Err(GridBreakdown::NotFinite { quantity: "σ²", value, place });
            }
            if value <= 0.0 {
                return Err(GridBreakdown::Degenerate { value: 2.0 * value, place });
            }
            for other in 0..axis {
                let mixed = self.half_covariance(&place, axis, other);
                if mixed.abs() > UNCORRELATED * value {
                    return Err(GridBreakdown::Correlated { value: 2.0 * mixed, place });
                }
            }
            Ok(value)
        };
        (0..grid.len()).map(at).collect()
    }
}

impl Generator {
    /// The operator of ∂ₜρ = Σₖ ∂ₖ(−bₖρ + ½∂ₖ(σ²ₖρ)) for a diagonal σσᵀ, coefficients taken at time 0.
    ///
    /// Written for f = ½σ²ρ, whose flux is (2b/σ²)f − ∂f; the integral of 2b/σ² over a centre-to-centre
    /// interval is by Gauss–Legendre, so a drift −∇V with V a polynomial of degree below 10 gives the
    /// rates of V itself.
    ///
    /// # Errors
    /// If a coefficient is not finite, σσᵀ is not diagonal and positive, or the drift is too steep for the cells.
    pub fn diffusion(grid: &Grid, sde: &ItoSde) -> Result<Self, GridBreakdown> {
        let coefficients = Coefficients(sde);
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let mut log_invariant = vec![0.0; grid.len()];
        for axis in 0..grid.dimension() {
            let width = grid.width(axis);
            let diffusivity = coefficients.diffusivity(grid, axis)?;
            let (mut u, mut d) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
            for (i, j) in grid.faces(axis) {
                let mut place = grid.centre(i);
                let face = 0.5 * (place[axis] + grid.coordinate(grid.position(j, axis), axis));
                let z: f64 = GAUSS_LEGENDRE
                    .iter()
                    .map(|(node, weight)| {
                        place[axis] = face + 0.5 * width * node;
                        let slope = coefficients.drift(&place)[axis]
                            / coefficients.half_covariance(&place, axis, axis);
                        -0.5 * width * weight * slope
                    })
                    .sum();
                if !z.is_finite() {
                    place[axis] = face;
                    return Err(GridBreakdown::NotFinite { quantity: "2b/σ²", value: z, place });
                }
                if z.abs() > 700.0 {
                    return Err(GridBreakdown::CutOff { jump: z, place: grid.centre(i), axis });
                }
                u[i] = diffusivity[i] * z.bernoulli() / width.powi(2);
                d[i] = diffusivity[j] * (-z).bernoulli() / width.powi(2);
                if grid.dimension() == 1 {
                    log_invariant[j] = log_invariant[i] - z + diffusivity[i].ln() - diffusivity[j].ln();
                }
            }
            up.push(u);
            down.push(d);
        }
        // On the line every flux without a source is a gradient; in the plane circulation may be driven.
        let reversible = grid.dimension() == 1;
        Ok(Self { grid: grid.clone(), up, down, log_invariant, reversible })
    }
}
