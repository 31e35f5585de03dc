use super::stencil::{FluxScalar, rates};
use super::{Grid, GridBreakdown};
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

/// The finite-volume Fokker–Planck operator A: a reversible jump process between neighbouring
/// cells, (Aρ)ᵢ = Σⱼ (q_{ji}ρⱼ − q_{ij}ρᵢ), reflecting at the walls.
///
/// Scharfetter–Gummel (= Chang–Cooper) rates: for ∂ₜρ = α∇·(ρ∇V + ∇ρ),
/// q_{i,i+1} = α B(V_{i+1} − Vᵢ)/Δx² and q_{i+1,i} = α B(Vᵢ − V_{i+1})/Δx². Mass is conserved, the
/// rates are positive for any Δx, and πᵢ ∝ e^{−Vᵢ} is in exact detailed balance.
#[derive(Clone, Debug)]
pub struct Generator {
    grid: Grid,
    /// By axis: rate from cell i to its upper neighbour (0 at the wall).
    up: Vec<Vec<f64>>,
    /// By axis: rate from the upper neighbour of cell i down to i (0 at the wall).
    down: Vec<Vec<f64>>,
    log_invariant: Vec<f64>,
    reversible: bool,
}

impl Generator {
    /// The operator of ∂ₜρ = α ∇·(ρ∇V + ∇ρ), `potential` = V at the cell centres.
    ///
    /// # Errors
    /// If V is not finite, or jumps by more than 700 between neighbours.
    pub fn gradient_flow(grid: &Grid, potential: &[f64], α: f64) -> Result<Self, GridBreakdown> {
        if let Some(cell) = potential.iter().position(|v| !v.is_finite()) {
            return Err(GridBreakdown::NotFinite {
                quantity: "the potential V",
                value: potential[cell],
                place: grid.centre(cell),
            });
        }
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for axis in 0..grid.dimension() {
            let (mut u, mut d) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
            let factor = α / grid.width(axis).powi(2);
            for (i, j) in grid.faces(axis) {
                let z = potential[j] - potential[i];
                if z.abs() > 700.0 {
                    return Err(GridBreakdown::CutOff { jump: z, place: grid.centre(i), axis });
                }
                let [upward, downward] = rates(&potential[i], &potential[j]);
                u[i] = factor * upward;
                d[i] = factor * downward;
            }
            up.push(u);
            down.push(d);
        }
        Ok(Self {
            grid: grid.clone(),
            up,
            down,
            log_invariant: potential.iter().map(|v| -v).collect(),
            reversible: true,
        })
    }

    /// The operator of ∂ₜρ = −(bρ)' + ½(σ²ρ)'' in d = 1, coefficients taken at time 0.
    ///
    /// Written for f = ½σ²ρ, whose flux is (2b/σ²)f − f'; the integral of 2b/σ² over a face-to-face
    /// interval is by Gauss–Legendre, so a drift −V' with V a polynomial of degree below 10 gives the
    /// rates of V itself.
    ///
    /// # Errors
    /// If a coefficient is not finite, σ² is not positive, or the drift is too steep for the cells.
    pub fn diffusion(grid: &Grid, sde: &ItoSde) -> Result<Self, GridBreakdown> {
        assert_eq!(grid.dimension(), 1, "drift and diffusion by formula are for d = 1");
        let half_variance = |x: f64| {
            let mut σ = [0.0];
            let mut variance = 0.0;
            for j in 0..Sde::<f64>::noise_dimension(sde) {
                let mut unit = vec![0.0; Sde::<f64>::noise_dimension(sde)];
                unit[j] = 1.0;
                sde.diffuse(&0.0, &[x], &unit, &mut σ);
                variance += σ[0] * σ[0];
            }
            0.5 * variance
        };
        let drift = |x: f64| {
            let mut b = [0.0];
            Sde::<f64>::drift(sde, &0.0, &[x], &mut b);
            b[0]
        };
        let width = grid.width(0);
        let diffusivity = grid.sample(|x| half_variance(x[0]));
        for (cell, &value) in diffusivity.iter().enumerate() {
            let place = grid.coordinate(cell, 0);
            if !value.is_finite() {
                return Err(GridBreakdown::NotFinite { quantity: "σ²", value, place: vec![place] });
            }
            if value <= 0.0 {
                return Err(GridBreakdown::Degenerate { value: 2.0 * value, place });
            }
        }
        let (mut up, mut down) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
        let mut log_invariant = vec![0.0; grid.len()];
        for (i, j) in grid.faces(0) {
            let face = 0.5 * (grid.coordinate(i, 0) + grid.coordinate(j, 0));
            let z: f64 = GAUSS_LEGENDRE
                .iter()
                .map(|(node, weight)| {
                    let x = face + 0.5 * width * node;
                    -0.5 * width * weight * drift(x) / half_variance(x)
                })
                .sum();
            if !z.is_finite() {
                return Err(GridBreakdown::NotFinite { quantity: "2b/σ²", value: z, place: vec![face] });
            }
            if z.abs() > 700.0 {
                return Err(GridBreakdown::CutOff { jump: z, place: grid.centre(i), axis: 0 });
            }
            up[i] = diffusivity[i] * z.bernoulli() / width.powi(2);
            down[i] = diffusivity[j] * (-z).bernoulli() / width.powi(2);
            log_invariant[j] = log_invariant[i] - z + diffusivity[i].ln() - diffusivity[j].ln();
        }
        Ok(Self { grid: grid.clone(), up: vec![up], down: vec![down], log_invariant, reversible: true })
    }

    /// An operator with given rates through the faces, which may be negative, and its invariant measure.
    pub(super) fn with_rates(
        grid: &Grid,
        up: Vec<Vec<f64>>,
        down: Vec<Vec<f64>>,
        log_invariant: Vec<f64>,
    ) -> Self {
        Self { grid: grid.clone(), up, down, log_invariant, reversible: false }
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Whether the invariant measure is in detailed balance: all but kinetic operators.
    pub fn reversible(&self) -> bool {
        self.reversible
    }

    /// Log of the invariant measure, up to a constant.
    pub fn log_invariant(&self) -> &[f64] {
        &self.log_invariant
    }

    /// Rates from each cell to its upper neighbour along `axis`.
    pub fn up(&self, axis: usize) -> &[f64] {
        &self.up[axis]
    }

    /// Rates to each cell from its upper neighbour along `axis`.
    pub fn down(&self, axis: usize) -> &[f64] {
        &self.down[axis]
    }

    /// Total rate at which each cell is left.
    pub fn exit_rates(&self) -> Vec<f64> {
        let mut exit = vec![0.0; self.grid.len()];
        for axis in 0..self.grid.dimension() {
            for (i, j) in self.grid.faces(axis) {
                exit[i] += self.up[axis][i];
                exit[j] += self.down[axis][i];
            }
        }
        exit
    }

    /// Aρ.
    pub fn apply(&self, density: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; density.len()];
        for axis in 0..self.grid.dimension() {
            for (i, j) in self.grid.faces(axis) {
                let flux = self.up[axis][i] * density[i] - self.down[axis][i] * density[j];
                out[i] -= flux;
                out[j] += flux;
            }
        }
        out
    }

    /// Aᵀu, the generator acting on functions.
    pub fn apply_transposed(&self, function: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; function.len()];
        for axis in 0..self.grid.dimension() {
            for (i, j) in self.grid.faces(axis) {
                let slope = function[j] - function[i];
                out[i] += self.up[axis][i] * slope;
                out[j] -= self.down[axis][i] * slope;
            }
        }
        out
    }
}
