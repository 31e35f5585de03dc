//! Computations that would take longer than anyone waits, by counting what they do.

use super::{Part, Plan, Reason};
use crate::format::{number, short};
use crate::keys::{Fault, Values};
use crate::pde::cell_updates;
use crate::study::basis::Basis;
use crate::study::{step_bias, uncoupled_bias};

/// Nanoseconds that one core takes for one cell, with the companions that estimate the error (measured).
const CELL: f64 = 5.0;
/// For one step of one particle and dimension.
const PARTICLE: f64 = 20.0;
/// For one step of one particle whose density is estimated from the others, by the logarithm of their number.
const NEIGHBOURS: f64 = 500.0;
/// For one step of a noise-free expectation on a line and in a plane.
const LAW: [f64; 2] = [1e5, 1e7];
/// Steps of the coupled paths that measure the bias of a step, in units of it: h, h/2, and half as many of h/2, h/4.
const LEVELS_OF_BIAS: f64 = 6.0;
/// Levels that a multilevel estimate has at least: coarse and fine steps of one path in units of the coarsest.
const LEVELS: f64 = 17.0;
/// Solutions that a study on grids makes beside that of the plan.
const REFINED: f64 = 6.0;

/// Something that is computed.
struct Task {
    part: Part,
    key: &'static str,
    /// What it is, for messages.
    found: String,
    nanoseconds: f64,
    /// What may be said of a smaller one, which takes this share of the time.
    smaller: fn(f64) -> String,
}

impl Plan {
    /// Seconds that all of the plan takes on all threads, in order of magnitude; reading and writing are not counted.
    pub fn seconds(&self) -> f64 {
        let all: f64 = self.tasks().iter().map(|task| task.nanoseconds).sum();
        1e-9 * all / rayon::current_num_threads() as f64
    }

    /// What of the plan takes more than about `hours` on all threads.
    pub fn too_long(&self, hours: f64) -> Vec<Reason> {
        let limit = hours * 3.6e12 * rayon::current_num_threads() as f64;
        let long =
            self.tasks().into_iter().filter(|task| task.nanoseconds.is_nan() || task.nanoseconds > limit);
        let reason = |task: Task| {
            let share = limit / task.nanoseconds;
            let message = format!(
                "found {}, which takes about {} hours on {} threads; expected at most {} (--max-hours): {}",
                task.found,
                short(task.nanoseconds / limit * hours),
                rayon::current_num_threads(),
                number(hours),
                (task.smaller)(share)
            );
            Reason { part: task.part, fault: Fault::at(task.key, message) }
        };
        long.map(reason).collect()
    }

    fn tasks(&self) -> Vec<Task> {
        let basis = self.basis();
        let horizon = self.problem.horizon;
        let mut tasks = Vec::new();
        let grid = self.grid.as_ref().map_or(0.0, |grid| CELL * cell_updates(grid, &self.problem));
        if let Some(settings) = &self.grid {
            let found = format!("{:?} over the horizon {}", settings.cells, number(horizon));
            let smaller =
                |share| format!("a horizon of {} of that, fewer cells, or longer steps", short(share));
            tasks.push(Task { part: Part::Grid, key: "cells", found, nanoseconds: grid, smaller });
        }
        if let Some(settings) = &self.particles {
            let found = format!("{} in steps of {}", settings.total_count(), number(settings.step));
            let smaller = |share| format!("{} of the particles, or longer steps", short(share));
            let steps = horizon / settings.step;
            let mut nanoseconds = steps * particle_steps(&basis, settings.total_count() as f64);
            let judged = self.studies.iter().any(|study| study.judges_particles());
            if uncoupled_bias::interact(&self.problem, settings) {
                nanoseconds *= 1.0 + uncoupled_bias::work(&self.problem, settings, judged);
            } else if judged {
                let paths = step_bias::paths(&self.problem, settings) as f64;
                nanoseconds += steps * LEVELS_OF_BIAS * particle_steps(&basis, paths);
            }
            tasks.push(Task { part: Part::Particles, key: "count", found, nanoseconds, smaller });
        }
        for (place, study) in self.studies.iter().enumerate() {
            let values = study.values();
            let kind = study.kind();
            let (key, nanoseconds) = match kind.name {
                "grid-order" | "manufactured" | "work-precision" => ("kind", REFINED * grid),
                "multilevel" => ("max-paths", multilevel(&basis, &values)),
                "ensemble-order" => ensembles(&basis, &values),
                "weak-order" => ("steps", noise_free(&basis, &values)),
                _ => continue,
            };
            let found =
                values.get(key).map_or_else(|| format!("\"{}\"", kind.name), |value| value.describe());
            let smaller =
                |share| format!("{} of the work, by longer steps, fewer paths or fewer cells", short(share));
            tasks.push(Task { part: Part::Study(place), key, found, nanoseconds, smaller });
        }
        tasks
    }
}

/// Nanoseconds of one step of `count` particles of the plan.
fn particle_steps(basis: &Basis<'_>, count: f64) -> f64 {
    let estimated = basis.particles.is_some_and(|settings| settings.mean_field.is_some());
    let others = if estimated { NEIGHBOURS * count.max(2.0).log2() } else { 0.0 };
    count * (PARTICLE * basis.problem.dimension() as f64 + others)
}

fn multilevel(basis: &Basis<'_>, values: &Values) -> f64 {
    let steps = values.number("coarsest").map_or(4.0, |step| basis.problem.horizon / step);
    let paths = values.number("max-paths").unwrap_or(1e8);
    PARTICLE * basis.problem.dimension() as f64 * paths * steps * LEVELS
}

/// The most of ensembles of several counts, and in several steps.
fn ensembles(basis: &Basis<'_>, values: &Values) -> (&'static str, f64) {
    let Some(settings) = basis.particles else { return ("kind", 0.0) };
    let replicates = settings.mean_field.map_or(1, |mean_field| mean_field.replicates) as f64;
    let run =
        |count: f64, step: f64| basis.problem.horizon / step * replicates * particle_steps(basis, count);
    let own = settings.count as f64;
    let sum = |key: &str, term: &dyn Fn(f64) -> f64| {
        values.numbers(key).unwrap_or(&[]).iter().map(|x| term(*x)).sum::<f64>()
    };
    let (counts, steps) =
        (sum("counts", &|count| run(count, settings.step)), sum("steps", &|step| run(own, step)));
    if counts > steps { ("counts", counts) } else { ("steps", steps) }
}

/// Each step with its double and its half, by two resolutions.
fn noise_free(basis: &Basis<'_>, values: &Values) -> f64 {
    let one = match basis.problem.dimension() {
        1 => LAW[0],
        2 => LAW[1],
        d => PARTICLE * d as f64,
    };
    let steps = values.numbers("steps").unwrap_or(&[]).iter();
    steps.map(|step| 4.0 * one * basis.problem.horizon / step).sum()
}
