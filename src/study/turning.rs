//! Equations that turn faster than the steps of particles show.
//!
//! Where a drift turns by radians within a step, the laws of steps of h, h/2 and h/4 can be alike and far from the truth: implicit
//! steps damp a rotation that they do not resolve to the same values, whatever their length. Differences between steps say
//! nothing then.

use super::step_bias::{Biases, StepBias};
use crate::model::{Dynamics, Problem};
use crate::particles::Population;
use faer::Mat;

/// Radians within a step up to which differences between steps tell the bias.
const RESOLVED: f64 = 1.0;
/// Particles that are looked at.
const LOOKED_AT: usize = 64;
/// The rank, from the slowest, of the particle whose turn is taken: few that are far out do not count.
const TYPICAL: f64 = 0.75;
/// Dimensions up to which eigenvalues are computed.
const MOST_DIMENSIONS: usize = 64;

/// Notes in the biases of an `[sde]` by how much the drift turns within a step of `step`, where that is too much.
pub fn note_turns(problem: &Problem, step: f64, population: &Population, biases: &mut Biases) {
    let Some(turn) = turn(problem, step, population).filter(|turn| *turn > RESOLVED) else { return };
    for bias in biases.values_mut() {
        bias.settled = false;
        bias.turn = Some(turn);
    }
}

/// The same of a bias by levels of which the finest has its step and the longest four times that, for paths that start anew on
/// each: by the drift at the centres of `[initial]`.
pub fn note_turn_of_levels(problem: &Problem, bias: &mut StepBias) {
    let centres = problem.initial.centres().into_iter().take(LOOKED_AT).map(<[f64]>::to_vec);
    if let Some(turn) = typical_turn(problem, bias.step, 0.0, centres).filter(|turn| 4.0 * turn > RESOLVED) {
        (bias.settled, bias.turn) = (false, Some(turn));
    }
}

fn turn(problem: &Problem, step: f64, population: &Population) -> Option<f64> {
    let ensemble = &population.ensemble;
    let count = ensemble.count();
    let chosen = (0..count).step_by(count.div_ceil(LOOKED_AT).max(1));
    typical_turn(problem, step, ensemble.time(), chosen.map(|particle| ensemble.position(particle)))
}

/// h |Im λ| for the eigenvalues λ of the drift's Jacobian at `places`: the largest at each, of most of them. `None` for other
/// dynamics than an `[sde]` in at least two dimensions.
fn typical_turn(
    problem: &Problem,
    step: f64,
    time: f64,
    places: impl Iterator<Item = Vec<f64>>,
) -> Option<f64> {
    let Dynamics::Sde(sde) = &problem.dynamics else { return None };
    let d = problem.dimension();
    if !(2..=MOST_DIMENSIONS).contains(&d) {
        return None;
    }
    let mut jacobian = vec![0.0; d * d];
    let mut turns: Vec<f64> = places
        .filter_map(|place| {
            sde.jacobian(time, &place, &mut jacobian);
            let matrix = Mat::from_fn(d, d, |i, j| jacobian[i * d + j]);
            let values = jacobian.iter().all(|own| own.is_finite()).then(|| matrix.eigenvalues().ok())??;
            values.iter().map(|λ| step * λ.im.abs()).reduce(f64::max)
        })
        .collect();
    turns.sort_unstable_by(f64::total_cmp);
    turns.get((TYPICAL * turns.len() as f64) as usize).copied()
}
