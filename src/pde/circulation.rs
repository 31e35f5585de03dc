//! The kinetic operator in (x, p): Hamiltonian circulation and friction, each with its own structure on the grid.
//!
//! With A = ∂ₚ, C = ∂ₓ and their adjoints in L²(μ), μ = e^{−V(x) − p²/2}, the generator is A*C − C*A − γA*A, a part skew
//! and a part symmetric in L²(μ). Let A and C map cells to vertices, each the difference along its own axis averaged over
//! the other one, and let vertices weigh μᵥ. Then A*C − C*A collapses to nearest neighbours: around every vertex μᵥ
//! circulates through its four cells. So the equilibrium current through a face is the difference of the stream function
//! ψ = μᵥ at the two ends of the face, which is its exact integral; ψ = 0 at the walls, where nothing passes.

use super::stencil::rates;
use super::{Generator, Grid, GridBreakdown};

/// Where the energy rises by more than this from a vertex to the highest of its four cells, the grid does not resolve the
/// equilibrium. The vertex then circulates no more than e^{this} times what the poorest of its cells holds, lest single
/// cells in the corners of the box set the pace.
const RESOLVED: f64 = 2.0;

/// Currents through the faces of a grid in (x, p) at equilibrium, and the rates of friction.
#[derive(Clone, Debug)]
pub struct Circulation {
    /// V + p²/2 at the cell centres.
    pub energy: Vec<f64>,
    /// By axis, for the upper face of every cell: the current toward rising coordinates, divided by the mass of the cell.
    pub outward: [Vec<f64>; 2],
    /// The same currents, divided by the mass of the upper neighbour.
    pub inward: [Vec<f64>; 2],
    /// Rates of friction, by position along p: up from each cell, and down to it from its upper neighbour.
    pub friction: [Vec<f64>; 2],
}

impl Circulation {
    /// For Hamiltonian V(x) + p²/2 and friction γ.
    ///
    /// # Errors
    /// If V is not finite at a cell centre or between two of them, or the energy jumps by more than 700 between neighbours.
    pub fn new(grid: &Grid, potential: impl Fn(f64) -> f64, γ: f64) -> Result<Self, GridBreakdown> {
        let [columns, rows] = [grid.cells()[0], grid.cells()[1]];
        let finite = |x: f64| match potential(x) {
            value if value.is_finite() => Ok(value),
            value => {
                Err(GridBreakdown::NotFinite { quantity: "the potential V", value, place: vec![x, 0.0] })
            }
        };
        let kinetic = |p: f64| 0.5 * p * p;
        let centres = (0..columns).map(|i| finite(grid.coordinate(i, 0))).collect::<Result<Vec<f64>, _>>()?;
        let momenta: Vec<f64> = (0..rows).map(|j| kinetic(grid.coordinate(j, 1))).collect();
        // At the upper end of each cell; none at the wall.
        let edge = |k: usize, axis: usize| grid.coordinate(k, axis) + 0.5 * grid.width(axis);
        let edges = (0..columns - 1).map(|i| finite(edge(i, 0))).collect::<Result<Vec<f64>, _>>()?;
        let momentum_edges: Vec<f64> = (0..rows - 1).map(|j| kinetic(edge(j, 1))).collect();
        let energy: Vec<f64> = (0..grid.len()).map(|c| centres[c % columns] + momenta[c / columns]).collect();
        for axis in 0..2 {
            if let Some((i, j)) = grid.faces(axis).find(|&(i, j)| (energy[j] - energy[i]).abs() > 700.0) {
                let jump = energy[j] - energy[i];
                return Err(GridBreakdown::CutOff { jump, place: grid.centre(i), axis });
            }
        }
        // ψ/μ(cell) at the vertex above and to the right of (i, j), counted from −1; 0 at the walls.
        let stream = |cell: usize, i: isize, j: isize| -> f64 {
            match (usize::try_from(i).ok(), usize::try_from(j).ok()) {
                (Some(i), Some(j)) if i + 1 < columns && j + 1 < rows => {
                    let highest = centres[i].max(centres[i + 1]) + momenta[j].max(momenta[j + 1]);
                    let vertex = (edges[i] + momentum_edges[j]).max(highest - RESOLVED);
                    (energy[cell] - vertex).exp()
                }
                _ => 0.0,
            }
        };
        let current = |cell: usize, lower: usize, axis: usize| {
            let [i, j] = [0, 1].map(|axis| grid.position(lower, axis) as isize);
            // p > 0: ψ falls with p, and the current to the right is what it falls by; V' > 0: it falls with x.
            let difference = match axis {
                0 => stream(cell, i, j - 1) - stream(cell, i, j),
                _ => stream(cell, i, j) - stream(cell, i - 1, j),
            };
            difference / grid.volume()
        };
        let mut outward = [vec![0.0; grid.len()], vec![0.0; grid.len()]];
        let mut inward = outward.clone();
        for axis in 0..2 {
            for (lower, upper) in grid.faces(axis) {
                outward[axis][lower] = current(lower, lower, axis);
                inward[axis][lower] = current(upper, lower, axis);
            }
        }
        let factor = γ / grid.width(1).powi(2);
        let jumps: Vec<[f64; 2]> =
            momenta.windows(2).map(|pair| rates(&pair[0], &pair[1]).map(|rate| factor * rate)).collect();
        let friction = [0, 1].map(|side| jumps.iter().map(|jump| jump[side]).chain([0.0]).collect());
        Ok(Self { energy, outward, inward, friction })
    }

    /// The operator of friction alone, on the lines of p; none without friction.
    pub fn friction(&self, grid: &Grid) -> Option<Generator> {
        let [up, down] = self.friction.each_ref().map(|rates| {
            let along_p = (0..grid.len()).map(|cell| rates[grid.position(cell, 1)]).collect();
            vec![vec![0.0; grid.len()], along_p]
        });
        let moves = self.friction[0].iter().any(|rate| *rate > 0.0);
        moves.then(|| Generator::with_rates(grid, up, down, self.log_invariant()))
    }

    /// The linear operator with f = ρ/μ on a face the mean of its two cells: of order 2, exactly skew and exactly
    /// symmetric in its two parts, with rates that may be negative.
    pub fn centred(&self, grid: &Grid) -> Generator {
        let [mut up, mut down] = [vec![vec![0.0; grid.len()]; 2], vec![vec![0.0; grid.len()]; 2]];
        for axis in 0..2 {
            for (lower, _) in grid.faces(axis) {
                up[axis][lower] = 0.5 * self.outward[axis][lower];
                down[axis][lower] = -0.5 * self.inward[axis][lower];
            }
        }
        for (lower, _) in grid.faces(1) {
            let j = grid.position(lower, 1);
            up[1][lower] += self.friction[0][j];
            down[1][lower] += self.friction[1][j];
        }
        Generator::with_rates(grid, up, down, self.log_invariant())
    }

    fn log_invariant(&self) -> Vec<f64> {
        self.energy.iter().map(|energy| -energy).collect()
    }
}
