//! Spectra of kinetic operators.

use super::{DEEP, Eigenvalue, Parts, WIDER, extrapolated, lies_at_a_side};
use crate::model::{KineticFlow, Potential};
use crate::pde::{Circulation, Grid, GridSettings, Sides, kinetic_eigenvalues};
use crate::study::breakdown::Breakdown;

/// A kinetic operator does not feel sides at which its density is this small, relative to its largest value.
const SMALL_DENSITY: f64 = 1e-7;
/// What the errors of a kinetic operator are more than those of a symmetric one.
const KINETIC: f64 = 2.0;

/// As [`modes`](super::modes), of −L = −p∂ₓ + V'∂ₚ + γ(p∂ₚ − ∂ₚₚ): the eigenvalues, and by how much a box of twice the size moves each.
///
/// Real and imaginary parts fall into their order later than eigenvalues of a symmetric operator, and one of them may seem settled by
/// chance: each is at least as far from it, as a share of its last change, as all are together.
pub(super) fn eigenvalues(
    flow: &KineticFlow,
    settings: &GridSettings,
    count: usize,
) -> Result<(Vec<Eigenvalue>, Vec<f64>), Breakdown> {
    let on = |grid: &Grid| -> Result<Vec<Parts>, Breakdown> {
        let circulation = Circulation::new(grid, |x| flow.potential.value(&[x][..]), flow.friction)?;
        let found = kinetic_eigenvalues(&circulation.centred(grid), count)?;
        Ok(found.into_iter().map(|(real, imaginary)| (real, Some(imaginary))).collect())
    };
    let mut levels = Vec::new();
    let mut eigenvalues = extrapolated(settings, |grid| {
        levels.push(on(grid)?);
        Ok(levels[levels.len() - 1].clone())
    })?;
    let apart = |a: &Parts, b: &Parts| (a.0 - b.0).hypot(a.1.unwrap_or(0.0) - b.1.unwrap_or(0.0));
    let last: Vec<f64> = levels[0].iter().zip(&levels[1]).map(|(a, b)| apart(a, b)).collect();
    let [all, changes] = [eigenvalues.iter().map(|λ| λ.error).sum::<f64>(), last.iter().sum()];
    let grid = settings.grid().coarser();
    let mut moves = vec![0.0; eigenvalues.len()];
    let reaches = settings.open && fills_its_box(flow, &grid);
    if let Some(wide) = reaches.then(|| on(&grid.doubled()).ok()).flatten() {
        let nearest = |own: &Parts| wide.iter().map(|other| apart(own, other)).fold(f64::INFINITY, f64::min);
        moves = levels[1].iter().map(nearest).collect();
    }
    for ((λ, last), moves) in eigenvalues.iter_mut().zip(&last).zip(&moves) {
        let shared = if changes > 0.0 { all * last / changes } else { 0.0 };
        λ.error = (KINETIC * λ.error).max(shared) + WIDER * moves;
    }
    count_neighbours(&mut eigenvalues, &last);
    Ok((eigenvalues, moves))
}

/// Eigenvalues of an operator that is not symmetric, which may be double without two modes: they then move with the root of what the
/// grid is off by, apart from each other, and no order is seen. Where one has `moved` between two grids by a part of its distance from
/// the next one, its conjugate included, that distance is in its error.
fn count_neighbours(all: &mut [Eigenvalue], moved: &[f64]) {
    const PART: f64 = 0.25;
    let places: Vec<[[f64; 2]; 2]> = (all.iter())
        .map(|λ| [1.0, -1.0].map(|sign| [λ.value, sign * λ.imaginary.unwrap_or(0.0).abs()]))
        .collect();
    let apart = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    for (k, (λ, moved)) in all.iter_mut().zip(moved).enumerate() {
        let others = places.iter().enumerate().filter(|(j, _)| *j != k).flat_map(|(_, own)| own);
        let distances = others.chain(&places[k][1..]).map(|other| apart(places[k][0], *other));
        let nearest = distances.filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
        if *moved > PART * nearest {
            λ.error = λ.error.max(nearest + moved);
        }
    }
}

/// Whether the invariant density of kinetic dynamics is not small at a reflecting side, relative to its largest value.
fn fills_its_box(flow: &KineticFlow, grid: &Grid) -> bool {
    let energy = grid.sample(|x| flow.energy(x));
    let lowest = energy.iter().copied().fold(f64::INFINITY, f64::min);
    (0..grid.len()).any(|cell| lies_at_a_side(grid, cell) && lowest - energy[cell] > SMALL_DENSITY.ln())
}

/// Momenta that a grid of phase space holds, and its cells along either axis.
const MOMENTA: f64 = 6.0;
const CELLS: [usize; 2] = [160, 96];

/// The real part of the first non-zero eigenvalue of kinetic Langevin dynamics in one dimension, on a grid of its own: the
/// positions of `settings` that count, and the momenta up to `MOMENTA`.
///
/// # Errors
/// If an eigenvalue computation fails.
pub fn kinetic_gap(
    potential: &Potential,
    friction: f64,
    settings: &GridSettings,
) -> Result<Eigenvalue, Breakdown> {
    let line = settings.grid();
    let values = line.sample(|x| potential.value(x));
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let inside = |value: &f64| *value - lowest <= DEEP;
    let ends = [values.iter().position(inside), values.iter().rposition(inside)];
    let [first, last] = ends.map(|end| end.unwrap_or(0));
    let settings = GridSettings {
        lower: vec![line.coordinate(first, 0), -MOMENTA],
        upper: vec![line.coordinate(last, 0), MOMENTA],
        cells: CELLS.to_vec(),
        sides: vec![Sides::Reflecting; 2],
        open: true,
        spacings: vec![None; 2],
        ..settings.clone()
    };
    let flow = KineticFlow::new(potential.clone(), friction, 1, None);
    let (found, _) = eigenvalues(&flow, &settings, 2)?;
    Ok(found.get(1).copied().unwrap_or(Eigenvalue { value: f64::NAN, imaginary: None, error: f64::NAN }))
}
