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
            "  grid: {} = {cells} cells on {:?} to {:?}, {steps} steps of {}{} ({}), and two coarser grids for the errors",
            by.join(" × "),
            grid.lower,
            grid.upper,
            problem.horizon / steps as f64,
            unless_divides(grid.step, problem.horizon, steps),
            grid.method.name(),
        );
    }
    if let Some(particles) = plan.particles() {
        let (steps, count) = (step_count(problem.horizon, particles.step), particles.total_count());
        let _ = writeln!(
            text,
            "  particles: {count} paths, {steps} steps of {}{} ({}), {:.0} MB",
            problem.horizon / steps as f64,
            unless_divides(particles.step, problem.horizon, steps),
            particles.scheme.name(),
            Ensemble::bytes(count, problem.dimension()) / 1e6,
        );
    }
    for study in plan.studies() {
        let _ = writeln!(text, "  study: {} ({})", study.kind().name, study.kind().summary);
    }
    let seconds = plan.seconds();
    if seconds > 0.0 {
        let _ = writeln!(
            text,
            "  in all about {} on {} threads, in order of magnitude",
            duration(seconds),
            rayon::current_num_threads()
        );
    }
    if plan.grid().is_none() && plan.particles().is_none() && plan.studies().is_empty() {
        text += "  nothing would run: there is no [grid], no [particles] and no [[study]]\n";
    }
    for warning in &scenario.warnings {
        let _ = writeln!(text, "  warning: {warning}");
    }
    print(&text).map(|()| 0)
}

/// A time with one digit: what is estimated is not known better.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "a second".into(),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} minutes", s / 60.0),
        s => format!("{:.0} hours", s / 3600.0),
    }
}

/// Why the steps are shorter than asked for; empty where they are not.
fn unless_divides(asked: f64, horizon: f64, steps: usize) -> String {
    let own = horizon / steps as f64;
    if own < asked * (1.0 - 1e-9) {
        format!(", as {asked} does not divide the horizon")
    } else {
        String::new()
    }
}
