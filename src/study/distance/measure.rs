//! Laws of a scenario as discrete measures.

use super::{DistanceStudy, Law};
use crate::format::short;
use crate::particles::{Purpose, Stream};
use crate::pde::Grid;
use crate::study::prelude::*;
use crate::study::samples::Samples;
use transport::Cloud;

/// Seed of the draws that show what noise alone gives: a yardstick, the same in every run.
const SEED: u64 = 34;

/// A law as points with masses.
pub struct Measure {
    /// In words.
    pub name: String,
    /// The points, at most as many as were asked for.
    pub cloud: Cloud,
    /// W₂² between the law and the cloud, at most.
    pub blur: f64,
    /// What it was before its points became fewer.
    pub origin: Origin,
}

/// What a measure was made of.
pub enum Origin {
    /// Samples that are worth so many independent draws, (Σw)²/Σw².
    Points(f64),
    /// Masses of the cells of a grid.
    Cells(Grid, Vec<f64>),
}

/// What is wrong with a cloud, as a breakdown of the study.
pub fn broken(name: &str, error: &transport::Error) -> Breakdown {
    Breakdown::Unfit(format!("distance: {name}: {error}"))
}

impl DistanceStudy {
    /// The measure of a law of this scenario.
    ///
    /// # Errors
    /// If the run does not have it.
    pub fn measure(&self, law: Law, time: Option<f64>, context: &Context<'_>) -> Result<Measure, Breakdown> {
        let problem = context.problem();
        let own_mass = self.metric.keeps_masses() && !problem.normalized();
        match law {
            Law::Particles => {
                let (population, found) = context.sampled()?;
                let ensemble = &population.ensemble;
                let positions = (0..ensemble.count()).flat_map(|k| ensemble.position(k)).collect();
                let mass = if own_mass { found.log_normalizer.exp() } else { 1.0 };
                let name = format!("particles at {}", short(ensemble.time()));
                self.of_points(name, ensemble.dimension(), positions, Some(&ensemble.log_weights()), mass)
            }
            Law::File => {
                let samples: &Samples = self.file.as_ref().ok_or(Breakdown::Absent("a file of samples"))?;
                let (d, positions) = (samples.dimension, samples.positions.clone());
                self.of_points(samples.name.clone(), d, positions, samples.log_weights.as_deref(), 1.0)
            }
            Law::Grid | Law::Initial => {
                let trajectory = &context.grid.ok_or(Breakdown::Absent("a grid solution"))?.trajectory;
                let time = if law == Law::Initial { 0.0 } else { time.unwrap_or(problem.horizon) };
                let off = |own: f64| (own - time).abs();
                let frame = trajectory.frames.iter().min_by(|a, b| off(a.time).total_cmp(&off(b.time)));
                let frame = frame.ok_or(Breakdown::Absent("a grid solution"))?;
                let mass = if own_mass { trajectory.log_mass(frame).exp() } else { 1.0 };
                let name = match law {
                    Law::Initial => "the start".into(),
                    _ => format!("the grid's law at {}", short(frame.time)),
                };
                self.of_cells(name, &trajectory.grid, &frame.log_density, mass)
            }
            Law::Target => {
                let run = context.grid.ok_or(Breakdown::Absent("a grid solution"))?;
                let potential = run.potential.as_ref().ok_or(Breakdown::Absent("a target"))?;
                let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
                self.of_cells("the target".into(), &run.trajectory.grid, &minus, 1.0)
            }
        }
    }

    /// Samples of this total mass.
    fn of_points(
        &self,
        name: String,
        dimension: usize,
        positions: Vec<f64>,
        log_weights: Option<&[f64]>,
        mass: f64,
    ) -> Result<Measure, Breakdown> {
        let count = positions.len() / dimension;
        let weights = log_weights.map_or_else(|| vec![1.0; count], relative);
        let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
        let masses = weights.iter().map(|w| w / sum * mass).collect();
        let cloud = Cloud::new(dimension, positions, masses).map_err(|error| broken(&name, &error))?;
        let origin = Origin::Points(sum * sum / squares);
        self.condensed(Measure { name, cloud, blur: 0.0, origin })
    }

    /// The density that is constant on each cell.
    fn of_cells(
        &self,
        name: String,
        grid: &Grid,
        log_density: &[f64],
        mass: f64,
    ) -> Result<Measure, Breakdown> {
        let logs: Vec<f64> = log_density.iter().zip(grid.log_volumes()).map(|(log, v)| log + v).collect();
        let shares = relative(&logs);
        let sum: f64 = shares.iter().sum();
        let masses: Vec<f64> = shares.iter().map(|share| share / sum * mass).collect();
        let origin = Origin::Cells(grid.clone(), masses.clone());
        // An even law on a side of length w has the variance w²/12.
        let variance = |cell: usize| {
            let sides = grid.place(cell).into_iter().map(|[low, high]| (high - low).powi(2) / 12.0);
            sides.sum::<f64>()
        };
        let blur = masses.iter().enumerate().map(|(cell, mass)| mass * variance(cell)).sum();
        let centres = (0..grid.len()).flat_map(|cell| grid.centre(cell)).collect();
        let cloud = Cloud::new(grid.dimension(), centres, masses).map_err(|error| broken(&name, &error))?;
        self.condensed(Measure { name, cloud, blur, origin })
    }

    /// With no more points than were asked for. Cells that are spread around their centres and these around a common centre: squares
    /// add.
    fn condensed(&self, own: Measure) -> Result<Measure, Breakdown> {
        let (cloud, cost) = own.cloud.condensed(self.points).map_err(|error| broken(&own.name, &error))?;
        Ok(Measure { cloud, blur: own.blur + cost, ..own })
    }

    /// `count` independent draws of the density that has these masses on the cells of `grid`, with their total mass.
    ///
    /// # Errors
    /// If the draws are no cloud.
    pub fn draws(
        &self,
        (grid, masses): (&Grid, &[f64]),
        count: usize,
        number: usize,
    ) -> Result<Measure, Breakdown> {
        let mut stream = Stream::new(SEED, Purpose::Paths, number);
        let mut total = 0.0;
        let cumulated: Vec<f64> = masses
            .iter()
            .map(|m| {
                total += m;
                total
            })
            .collect();
        let mut positions = Vec::with_capacity(count * grid.dimension());
        for _ in 0..count {
            let u = stream.uniform() * total;
            let cell = cumulated.partition_point(|c| *c <= u).min(masses.len() - 1);
            positions.extend(
                grid.place(cell).into_iter().map(|[low, high]| low + (high - low) * stream.uniform()),
            );
        }
        self.of_points("draws".into(), grid.dimension(), positions, None, total)
    }
}

/// e^{log − largest}.
fn relative(logs: &[f64]) -> Vec<f64> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.iter().map(|log| (log - largest).exp()).collect()
}
