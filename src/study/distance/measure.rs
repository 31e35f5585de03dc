//! Laws of a scenario as discrete measures.

use super::normal_cells::{self, quantized};
use super::{DistanceStudy, Law};
use crate::format::short;
use crate::model::{GaussianMixture, Initial, Potential, Problem};
use crate::particles::{Purpose, Stream};
use crate::pde::Grid;
use crate::study::prelude::*;
use crate::study::samples::Samples;
use transport::Cloud;

/// Seed of the draws that show what noise alone gives: a yardstick, the same in every run.
const SEED: u64 = 34;

/// Mass beyond the sides of a grid from which on a law is not known without it.
const CUT: f64 = 1e-9;

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
    /// A mixture of normal laws.
    Mixture(GaussianMixture),
}

/// A law that is known without a grid.
pub enum Known<'a> {
    /// By its components.
    Mixture(&'a GaussianMixture),
    /// All mass in one point.
    Point(&'a [f64]),
}

impl<'a> Known<'a> {
    /// The start or the target, if it is one that no side of a grid cuts or wraps.
    pub fn of(law: Law, basis: &Basis<'a>) -> Option<Self> {
        let problem: &'a Problem = basis.problem;
        let own = match (law, &problem.initial, problem.dynamics.potential()) {
            (Law::Initial, Initial::Mixture(mixture), _) => Self::Mixture(mixture),
            (Law::Initial, Initial::Point(point), _) => Self::Point(point),
            (Law::Target, _, Some(Potential::Mixture(mixture))) => Self::Mixture(mixture),
            _ => return None,
        };
        let fits = |grid: &Grid| match own {
            Self::Mixture(mixture) => mixture.mass_outside(grid.lower(), grid.upper()) < CUT,
            Self::Point(_) => true,
        };
        let whole = own.dimension() == problem.dimension();
        (whole && basis.grid.is_none_or(|settings| fits(&settings.grid()))).then_some(own)
    }

    fn dimension(&self) -> usize {
        match self {
            Self::Mixture(mixture) => mixture.dimension(),
            Self::Point(point) => point.len(),
        }
    }
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
        let name_of = |law| if law == Law::Initial { "the start" } else { "the target" };
        match Known::of(law, &context.basis) {
            Some(Known::Mixture(mixture)) => return self.of_mixture(name_of(law).into(), mixture),
            Some(Known::Point(point)) => {
                return self.of_points(name_of(law).into(), point.len(), point.to_vec(), None, 1.0);
            }
            None => (),
        }
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
                let name = samples.name.clone();
                let own = self.of_points(name, d, positions, samples.log_weights.as_deref(), 1.0)?;
                Ok(Measure { origin: self.draws.map_or(own.origin, Origin::Points), ..own })
            }
            Law::Grid | Law::Initial => {
                let trajectory = &context.grid.ok_or(Breakdown::Absent("a grid solution"))?.trajectory;
                let time = if law == Law::Initial { 0.0 } else { time.unwrap_or(problem.horizon) };
                let off = |own: f64| (own - time).abs();
                let frame = trajectory.frames.iter().min_by(|a, b| off(a.time).total_cmp(&off(b.time)));
                let frame = frame.ok_or(Breakdown::Absent("a grid solution"))?;
                let mass = if own_mass { trajectory.log_mass(frame).exp() } else { 1.0 };
                let name = match law {
                    Law::Initial => name_of(law).into(),
                    _ => format!("the grid's law at {}", short(frame.time)),
                };
                self.of_cells(name, &trajectory.grid, &frame.log_density, mass)
            }
            Law::Target => {
                let run = context.grid.ok_or(Breakdown::Absent("a grid solution"))?;
                let potential = run.potential.as_ref().ok_or(Breakdown::Absent("a target"))?;
                let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
                self.of_cells(name_of(law).into(), &run.trajectory.grid, &minus, 1.0)
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

    fn of_mixture(&self, name: String, mixture: &GaussianMixture) -> Result<Measure, Breakdown> {
        let own = quantized(mixture, self.points);
        let cloud = Cloud::new(mixture.dimension(), own.positions, own.masses);
        let cloud = cloud.map_err(|error| broken(&name, &error))?;
        self.condensed(Measure { name, cloud, blur: own.blur, origin: Origin::Mixture(mixture.clone()) })
    }

    /// With no more points than were asked for. Cells that are spread around their centres and these around a common centre: squares
    /// add.
    fn condensed(&self, own: Measure) -> Result<Measure, Breakdown> {
        let (cloud, cost) = own.cloud.condensed(self.points).map_err(|error| broken(&own.name, &error))?;
        Ok(Measure { cloud, blur: own.blur + cost, ..own })
    }

    /// `count` independent draws of what a measure was made of, with its total mass; `None` if that was samples.
    ///
    /// # Errors
    /// If the draws are no cloud.
    pub fn draws(&self, law: &Measure, count: usize, number: usize) -> Result<Option<Measure>, Breakdown> {
        let mut stream = Stream::new(SEED, Purpose::Paths, number);
        let positions = match &law.origin {
            Origin::Points(_) => return Ok(None),
            Origin::Mixture(mixture) => normal_cells::draws(mixture, count, &mut stream),
            Origin::Cells(grid, masses) => draws_of_cells(grid, masses, count, &mut stream),
        };
        let (d, mass) = (law.cloud.dimension(), law.cloud.total());
        self.of_points("draws".into(), d, positions, None, mass).map(Some)
    }
}

/// Draws of the density that has these masses on the cells of `grid`, the coordinates of one after the other.
fn draws_of_cells(grid: &Grid, masses: &[f64], count: usize, stream: &mut Stream) -> Vec<f64> {
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
        positions
            .extend(grid.place(cell).into_iter().map(|[low, high]| low + (high - low) * stream.uniform()));
    }
    positions
}

/// e^{log − largest}.
fn relative(logs: &[f64]) -> Vec<f64> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.iter().map(|log| (log - largest).exp()).collect()
}
