//! Features in space that are narrower than what a step of particles moves them.
//!
//! Where a drift has a peak that steps jump over, steps of h, h/2 and h/4 meet it alike too seldom, and the differences between them
//! say nothing. The coefficients are looked at as those of a grid are, on cells as wide as a step.

use crate::model::{Dynamics, Problem, Program, TimeMesh};
use crate::particles::Population;
use crate::pde::{Grid, narrow_formulas};

/// Cells in all, at most: with more of them, steps are so short that nothing is looked for.
const MOST_CELLS: f64 = 65_536.0;
/// Particles whose noise is looked at.
const LOOKED_AT: usize = 64;

/// What steps of a length do not see of the coefficients of an `[sde]` on a line or in a plane, where its particles and its start are.
pub fn narrow_in_space(problem: &Problem, step: f64, population: &Population) -> Option<String> {
    let Dynamics::Sde(sde) = &problem.dynamics else { return None };
    let d = problem.dimension();
    if d > 2 {
        return None;
    }
    let ensemble = &population.ensemble;
    let noise = Program::compile(&sde.diffusion().concat());
    let m = sde.diffusion()[0].len();
    let chosen = (0..ensemble.count()).step_by(ensemble.count().div_ceil(LOOKED_AT).max(1));
    let share = 1.0 / chosen.len() as f64;
    let mut moved = vec![0.0; d];
    let mut entries = vec![0.0; d * m];
    for particle in chosen {
        noise.evaluate(ensemble.time(), &ensemble.position(particle), &mut entries);
        for (moved, row) in moved.iter_mut().zip(entries.chunks(m)) {
            *moved += row.iter().map(|entry| entry * entry).sum::<f64>() * share;
        }
    }
    let centres = problem.initial.centres();
    let along = |axis: usize| {
        let all = ensemble.map(|x| x[axis]).into_iter().chain(centres.iter().map(|own| own[axis]));
        let finite = all.filter(|x| x.is_finite());
        let ends = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], x| [a.min(x), b.max(x)]);
        let width = (step * moved[axis]).sqrt();
        // A few cells, so that there are neighbours.
        let room = (2.0 * width).max(0.05 * (ends[1] - ends[0]));
        let cells = ((ends[1] - ends[0] + 2.0 * room) / width).ceil().max(5.0);
        ([ends[0] - room, ends[1] + room], cells)
    };
    let axes: Vec<([f64; 2], f64)> = (0..d).map(along).collect();
    let count: f64 = axes.iter().map(|(_, cells)| cells).product();
    let sound = axes.iter().all(|([low, high], _)| low.is_finite() && high.is_finite() && low < high);
    if !sound || count.is_nan() || count > MOST_CELLS {
        return None;
    }
    let grid = Grid::new(
        axes.iter().map(|(ends, _)| ends[0]).collect(),
        axes.iter().map(|(ends, _)| ends[1]).collect(),
        axes.iter().map(|(_, cells)| *cells as usize).collect(),
    );
    let (formula, place) =
        narrow_formulas(problem, &grid, &TimeMesh::new(problem, step)).into_iter().next()?;
    let place: Vec<String> = place.iter().map(|x| format!("{x:.3}")).collect();
    Some(format!(
        "[particles] {formula} has a feature near ({}) narrower than steps of {step:e} are wide: the bias of the step is not known; take \
         shorter steps",
        place.join(", ")
    ))
}
