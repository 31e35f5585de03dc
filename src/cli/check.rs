//! `wfr check`: what a scenario would run, and what that would take.

use super::job::overrides;
use super::terminal::print;
use super::{CheckArguments, Failure};
use std::fmt::Write;
use wfr::particles::{Ensemble, step_count};
use wfr::scenario::{Vocabulary, load_with};

pub fn check(arguments: &CheckArguments) -> Result<u8, Failure> {
    let names = Vocabulary::within(arguments.limits.access());
    let scenario = load_with(&arguments.file, &overrides(&arguments.set)?, &names)?;
    let (plan, problem) = (&scenario.plan, scenario.plan.problem());
    let mut text = format!("{}: {}\n", scenario.name, problem.dynamics.name());
    let _ = writeln!(text, "  dimension {}, horizon {}", problem.dimension(), problem.horizon);
    if let Some(grid) = plan.grid() {
        let cells: usize = grid.cells.iter().product();
        let by: Vec<String> = grid.cells.iter().map(usize::to_string).collect();
        let steps = step_count(problem.horizon, grid.step);
        let _ = writeln!(
            text,
            "  grid: {} = {cells} cells on {:?} to {:?}, {steps} steps of {} ({}), and two coarser grids for the errors",
            by.join(" × "),
            grid.lower,
            grid.upper,
            problem.horizon / steps as f64,
            grid.method.name(),
        );
    }
    if let Some(particles) = plan.particles() {
        let (steps, count) = (step_count(problem.horizon, particles.step), particles.total_count());
        let _ = writeln!(
            text,
            "  particles: {count} paths, {steps} steps of {} ({}), {:.0} MB, about {:.1} s a core",
            problem.horizon / steps as f64,
            particles.scheme.name(),
            Ensemble::bytes(count, problem.dimension()) / 1e6,
            count as f64 * steps as f64 * problem.dimension() as f64 / STEPS_PER_SECOND,
        );
    }
    for study in plan.studies() {
        let _ = writeln!(text, "  study: {} ({})", study.kind().name, study.kind().summary);
    }
    if plan.grid().is_none() && plan.particles().is_none() && plan.studies().is_empty() {
        text += "  nothing would run: there is no [grid], no [particles] and no [[study]]\n";
    }
    for warning in &scenario.warnings {
        let _ = writeln!(text, "  warning: {warning}");
    }
    print(&text).map(|()| 0)
}

/// Steps of a path with a formula for its drift that a core takes in a second, in one dimension, in order of magnitude.
const STEPS_PER_SECOND: f64 = 1e8;
