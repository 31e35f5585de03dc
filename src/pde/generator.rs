use super::stencil::rates;
use super::{Grid, GridBreakdown};

/// The finite-volume Fokker–Planck operator A: a reversible jump process between neighbouring
/// cells, (Aρ)ᵢ = Σⱼ (q_{ji}ρⱼ − q_{ij}ρᵢ), reflecting at the walls.
///
/// Scharfetter–Gummel (= Chang–Cooper) rates: for ∂ₜρ = α∇·(ρ∇V + ∇ρ),
/// q_{i,i+1} = α B(V_{i+1} − Vᵢ)/Δx² and q_{i+1,i} = α B(Vᵢ − V_{i+1})/Δx². Mass is conserved, the
/// rates are positive for any Δx, and πᵢ ∝ e^{−Vᵢ} is in exact detailed balance.
#[derive(Clone, Debug)]
pub struct Generator {
    pub(super) grid: Grid,
    /// By axis: rate from cell i to its upper neighbour (0 at the wall).
    pub(super) up: Vec<Vec<f64>>,
    /// By axis: rate from the upper neighbour of cell i down to i (0 at the wall).
    pub(super) down: Vec<Vec<f64>>,
    pub(super) log_invariant: Vec<f64>,
    pub(super) reversible: bool,
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

    /// Whether detailed balance is known to hold: of gradient flows, and on the line.
    pub fn reversible(&self) -> bool {
        self.reversible
    }

    /// Log of the invariant measure, up to a constant; 0 where it is not known.
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
