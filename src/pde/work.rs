//! How long a grid takes, counted before it runs.

use super::movement::movement;
use super::transport::Transport;
use super::{CellEnergy, GridSettings, Splitting};
use crate::model::Problem;

/// Passes over the cells of one implicit step: on a line, and where a system is solved by iteration.
const SOLVES: [f64; 2] = [10.0, 300.0];
/// Terms of a short step, of whatever length.
const FEWEST_TERMS: f64 = 20.0;

/// About how many cells are updated when `problem` is solved once on this grid. Steps that are chosen count as those of the
/// transport, which they fall back to. 0 where no operator can be built, which the solver reports.
pub fn cell_updates(settings: &GridSettings, problem: &Problem) -> f64 {
    let grid = settings.grid();
    let Ok((transport, reaction)) = movement(problem, &grid, settings.transport, CellEnergy::Share) else {
        return 0.0;
    };
    let horizon = problem.horizon;
    let chosen = settings.method == Splitting::Unsplit;
    let steps = if chosen { 1.0 } else { horizon / settings.step };
    // Fixed steps of the reaction are closed forms.
    let stiff = if chosen { reaction.rate() } else { 0.0 };
    let terms = |rate: f64| (rate + stiff) * horizon + steps * FEWEST_TERMS;
    let passes = match &transport {
        Transport::None | Transport::Unsplit(_) => steps,
        Transport::Implicit(_) => steps * SOLVES[usize::from(grid.dimension() > 1)],
        Transport::TimeExact(transport) => terms(transport.rate()),
        Transport::Kinetic(transport) => terms(transport.fastest()),
        Transport::Varying(varying) => {
            let rates = [0.0, 0.5, 1.0].map(|share| varying.rate(share * horizon));
            terms(rates.into_iter().fold(0.0, f64::max))
        }
    };
    passes * grid.len() as f64
}
