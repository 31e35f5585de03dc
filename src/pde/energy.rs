//! V on the cells.

use super::{Grid, hidden};
use crate::model::{Expression, Mean, Potential, Problem};

/// The most by which the energy of a cell is moved for what its centre does not show: what is higher lets nothing pass, what is
/// deeper nothing out.
const MOST: f64 = 300.0;

/// How V is read in cells in which it does more than their centres show, and the coefficients of an Itô equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellEnergy {
    /// As −log of the mean of e^{−V}: a cell has its share of the target. Coefficients at few nodes.
    Share,
    /// As log of the mean of e^V: a cell resists what passes through it as V does. Coefficients at many nodes; rates half a cell off.
    Resistance,
}

/// V at the cell centres, or what [`CellEnergy`] says of it in cells in which it does more.
pub fn on_cells(grid: &Grid, potential: &Potential, reading: CellEnergy) -> Vec<f64> {
    let mut values = grid.sample(|x| potential.value(x));
    if let Potential::Formula(formula) = potential {
        for (cell, _) in hidden(grid, &formula.expression, 0.0, &values) {
            values[cell] = of_cell(grid, &formula.expression, cell, values[cell], reading);
        }
    }
    values
}

fn of_cell(grid: &Grid, v: &Expression, cell: usize, centre: f64, reading: CellEnergy) -> f64 {
    let sign = match reading {
        CellEnergy::Share => -1.0,
        CellEnergy::Resistance => 1.0,
    };
    let above = Expression::sum(vec![v.clone(), Expression::constant(-centre)]);
    let factor = Expression::product(Expression::constant(sign), above).exponential();
    let mean = Mean::new(&factor, f64::MIN_POSITIVE).over([0.0; 2], &grid.place(cell));
    let moved = sign * mean.ln();
    if moved.is_nan() { centre } else { centre + moved.clamp(-MOST, MOST) }
}

/// What values may be off by, relatively, because energies with a large constant are known to their rounding alone.
pub fn rounding(energies: &[f64]) -> f64 {
    let least = energies.iter().map(|energy| energy.abs()).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least * f64::EPSILON } else { 0.0 }
}

/// The energies less the whole part of the least one: constants of V are no part of the flow, and would leave their rounding.
pub fn lowered(mut energies: Vec<f64>) -> Vec<f64> {
    let least = energies.iter().copied().fold(f64::INFINITY, f64::min).trunc();
    if least.is_finite() && least != 0.0 {
        energies.iter_mut().for_each(|energy| *energy -= least);
    }
    energies
}

/// −log of the invariant density of the transport on the cells, up to a constant: V, or V + |p|²/2; none for a general SDE.
pub fn invariant_on_cells(problem: &Problem, grid: &Grid) -> Option<Vec<f64>> {
    let energy = problem.invariant_energy()?;
    let energies = match problem.dynamics.potential() {
        Some(potential) if problem.positions() == grid.dimension() => {
            on_cells(grid, potential, CellEnergy::Share)
        }
        _ => grid.sample(energy),
    };
    Some(lowered(energies))
}

/// V on the cells, up to a constant.
pub fn potential_on_cells(grid: &Grid, potential: &Potential) -> Vec<f64> {
    lowered(on_cells(grid, potential, CellEnergy::Share))
}
