//! Reverse diffusions on a grid: the motion of the paths is a gradient flow whose potential changes, their weights are a
//! rate, and their start is the target at the noise.

use super::{Generator, Grid, GridBreakdown};
use crate::algebra::{Lanes, Real};
use crate::model::{Reactive, ReverseDiffusion};
use crate::schemes::Sde;

impl Generator {
    /// The operator of the motion of a reverse diffusion at `time`: −∇·(bρ) + ½ζg²Δρ, b = −D∇V.
    ///
    /// # Errors
    /// If there is no noise at this time, or V is too steep for these cells.
    pub fn reversed(grid: &Grid, flow: &ReverseDiffusion, time: f64) -> Result<Self, GridBreakdown> {
        let equation = flow.equation();
        let diffusivity = equation.diffusivity(time);
        if diffusivity.is_nan() || diffusivity <= 0.0 {
            return Err(GridBreakdown::Degenerate { value: 2.0 * diffusivity, place: grid.centre(0) });
        }
        let potential = grid.sample_lanes(|x| equation.potential(time, x));
        Self::gradient_flow(grid, &potential, diffusivity)
    }
}

/// The rate of the weights of a reverse diffusion at `time` at the cell centres, but for what its reaction reads of the
/// density: c − β log of the target of the reaction.
pub(super) fn rates(grid: &Grid, flow: &ReverseDiffusion, time: f64) -> Vec<f64> {
    let equation = flow.equation();
    let now = Lanes::constant(time);
    let β = Lanes::constant(flow.reaction);
    grid.sample_lanes(|x| match flow.reaction > 0.0 {
        true => equation.rate(&now, x) + β * equation.aim(time, x),
        false => equation.rate(&now, x),
    })
}
