//! log ρ from the grid for the weights of the particles.

use super::basis::Paths;
use super::breakdown::Breakdown;
use crate::model::{Dynamics, KineticLangevin, Moving, Problem, Reacting, Reactive, WeightedFlow};
use crate::pde::Trajectory;
use crate::schemes::Equation;

/// The equation that particles of a problem follow, with its oracle where the weights need one.
pub struct Oracle<'a> {
    paths: Paths<'a>,
    trajectory: Option<Trajectory>,
}

impl<'a> Oracle<'a> {
    /// Runs the grid if the weights of the paths read log ρ from it, and records it at the multiples of horizon/n for each n
    /// of `step_counts`.
    ///
    /// # Errors
    /// If the grid breaks down.
    pub fn new(paths: Paths<'a>, step_counts: &[usize]) -> Result<Self, Breakdown> {
        let (problem, Some(settings)) = (paths.problem, paths.oracle()) else {
            return Ok(Self { paths, trajectory: None });
        };
        let mut times: Vec<f64> = step_counts
            .iter()
            .flat_map(|&n| (1..=n).map(move |k| k as f64 * (problem.horizon / n as f64)))
            .collect();
        times.sort_by(f64::total_cmp);
        times.dedup_by(|a, b| (*a - *b).abs() < 1e-10 * problem.horizon);
        let mut evolution = settings.evolution(problem, &settings.grid(), settings.step)?;
        match evolution.run(&times, |_| ()) {
            (_, Some(breakdown)) => Err(breakdown.into()),
            (trajectory, None) => Ok(Self { paths, trajectory: Some(centred(problem, trajectory)) }),
        }
    }

    /// The equation.
    pub fn equation(&self) -> Box<dyn Equation + '_> {
        match self.paths.moving {
            Moving::Sde(sde) => Box::new(sde.clone()),
            Moving::Kinetic(flow) => match &self.trajectory {
                Some(density) => Box::new(Reacting::new(KineticLangevin(flow), density)),
                None => Box::new(KineticLangevin(flow)),
            },
            Moving::ReverseDiffusion(flow) => match &self.trajectory {
                Some(density) => Box::new(Reacting::new(flow.equation(), density)),
                None => Box::new(flow.equation()),
            },
            Moving::GradientFlow(flow) => {
                let density = self.trajectory.as_ref().map(|trajectory| trajectory as _);
                Box::new(WeightedFlow::new(flow, self.paths.problem.dimension(), density))
            }
        }
    }
}

/// The oracle with the mean that the reaction subtracts, where it keeps the mass.
fn centred(problem: &Problem, trajectory: Trajectory) -> Trajectory {
    let grid = trajectory.grid.clone();
    match &problem.dynamics {
        // With the weights of the correction too, the target has a mass of its own.
        Dynamics::ReverseDiffusion(flow) if !flow.corrected => {
            let equation = flow.equation();
            trajectory.centred(|time| grid.sample_lanes(|x| equation.aim(time, x)).into())
        }
        _ => match problem.invariant_energy().filter(|_| problem.normalized()) {
            Some(energy) => {
                let energy = grid.sample(energy);
                trajectory.centred(|_| energy.as_slice().into())
            }
            None => trajectory,
        },
    }
}
