//! The kind "manufactured": orders of the grid solver toward a solution that is known because it was made one.

use super::figure::{Figure, OrderLine, OrderPlot, Plot};
use super::order::{OrderFindings, Refinement};
use super::prelude::*;
use crate::model::{Dynamics, ManufacturedSolution as Solution, Problem};
use crate::particles::step_count;
use crate::pde::manufactured::{log_solution, misfit_at_sides};
use crate::pde::{Evolution, Grid, GridBreakdown, GridSettings, Splitting, TransportIntegrator, hidden};
use crate::statistics::largest;

/// Grids by dimension; each halves the width.
const GRIDS: [usize; 3] = [5, 5, 4];
/// Steps; each halves the one before. Rules of order 1 take their time to show it.
const STEPS: usize = 7;
/// Halvings from the finest grid to that on which steps are studied, by dimension.
const COARSER: [usize; 3] = [1, 2, 2];
/// Fewest cells of the coarsest level.
const FEWEST_CELLS: usize = 4;
/// What u may miss at the sides of the box, as a share: beyond, it is no solution there.
const TIGHT: f64 = 1e-6;
/// The integrator whose steps are exact in transport alone.
const EXACT: TransportIntegrator = TransportIntegrator::TimeExact;

const SOLUTION: Key = Key {
    name: "solution",
    holds: Type::SmoothFormula,
    unit: "",
    default: None,
    meaning: "The density u(t, x) > 0 that a source makes a solution.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "manufactured",
    summary: "Orders of the grid solver toward a manufactured solution.",
    needs: &[Need::Grid],
    keys: &[SOLUTION, integrators("all")],
    read: |values, basis| {
        let all = || TransportIntegrator::ALL.to_vec();
        let integrators = own_integrators(values).unwrap_or_else(all);
        let Some((name, formula)) = values.formula(SOLUTION.name) else {
            return Err(Fault::at(
                SOLUTION.name,
                "found nothing; expected a formula of the density in t and the state",
            ));
        };
        match Solution::new(basis.problem, name, formula) {
            Ok(solution) => Ok(Arc::new(Manufactured { solution: Box::new(solution), integrators })),
            Err(error) => Err(Fault::at(SOLUTION.name, format!("found {error}"))),
        }
    },
    outcome: Some(|generator| generator.subschema_for::<OrderFindings>()),
};

/// Orders of the grid solver toward a manufactured solution.
#[derive(Clone, Debug)]
pub struct Manufactured {
    /// The solution, and the rate that makes it one.
    pub solution: Box<Solution>,
    /// Integrators of the transport whose steps are studied, beside the time-exact one.
    pub integrators: Vec<TransportIntegrator>,
}

impl Study for Manufactured {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    /// ∫|ρ_T − u_T|/∫u_T in space, at steps whose own error is measured and far smaller; and in the step, on a coarser grid,
    /// differences of successive levels, which see no error in space.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let grid = context.basis.needs_grid()?;
        let label = format!("u = {}", self.solution.name);
        let solver = Solver { problem: context.problem(), grid, solution: &self.solution, label: &label };
        let grids = solver.grids();
        let mut lines: Vec<OrderLine> = Vec::new();
        let mut take = |(finding, line): (StudyFindings, OrderLine)| {
            found.outcomes.push(finding);
            lines.push(line);
        };
        take(solver.in_space(&grids, context.progress)?);
        let methods = solver.methods(&self.integrators);
        for (m, (method, transport)) in methods.iter().enumerate() {
            if let Some(judged) = solver.in_time(&grids, *method, *transport)? {
                take(judged);
            }
            (context.progress)("manufactured solution", 0.5 + 0.5 * (m + 1) as f64 / methods.len() as f64);
        }
        found.figures.push(Figure {
            id: "manufactured".into(),
            title: "Orders toward a manufactured solution".into(),
            caption: format!(
                "∫|ρ_T − u_T| for {label} against cell width (space), and differences between successive levels against step.",
            ),
            plot: Plot::Orders(OrderPlot { step_name: "cell width Δx or step h".into(), lines }),
        });
        Ok(())
    }
}

/// What is solved again and again.
struct Solver<'a> {
    problem: &'a Problem,
    grid: &'a GridSettings,
    solution: &'a Solution,
    label: &'a str,
}

impl Solver<'_> {
    /// ρ_T on the cells of `grid`.
    fn density(
        &self,
        grid: &Grid,
        method: Splitting,
        transport: TransportIntegrator,
        step: f64,
    ) -> Result<Vec<f64>, Breakdown> {
        let evolution = Evolution::new(self.problem, grid, method, transport, step)?;
        let (trajectory, breakdown) =
            evolution.manufactured(self.solution)?.run(&[self.problem.horizon], |_| ());
        match breakdown {
            Some(breakdown) => Err(breakdown.into()),
            None => Ok(probability(self.problem, grid, &trajectory.last().log_density)),
        }
    }

    /// Coarse to fine.
    fn grids(&self) -> Vec<Grid> {
        let levels = GRIDS[self.grid.cells.len() - 1];
        let cells = |k: usize| {
            let coarsest = self.grid.cells.iter().map(|&n| (n >> (levels - 1)).max(FEWEST_CELLS));
            coarsest.map(|n| n << k).collect()
        };
        (0..levels).map(|k| self.grid.grid().with_cells(cells(k))).collect()
    }

    /// The order in the cell width.
    fn in_space(
        &self,
        grids: &[Grid],
        progress: Progress<'_>,
    ) -> Result<(StudyFindings, OrderLine), Breakdown> {
        let (levels, horizon) = (grids.len(), self.problem.horizon);
        let finest = &grids[levels - 1];
        let misfits = (0..=4).map(|k| misfit_at_sides(finest, self.solution, 0.25 * f64::from(k) * horizon));
        let tight = largest(misfits).unwrap_or(0.0);
        let (splitting, transport, step) = (Splitting::Richardson, self.grid.transport, self.grid.step);
        let mut level = 0;
        let (errors, _) = finest_levels(grids, |grid| {
            level += 1;
            progress("manufactured solution", 0.5 * f64::from(level) / levels as f64);
            let found = self.density(grid, splitting, transport, step)?;
            let u = probability(self.problem, grid, &log_solution(grid, self.solution, horizon)?);
            Ok((grid.width(0), distance(grid, &found, &u)))
        })?;
        // The error in time hardly depends on the grid: the difference to half the step shows it, on a coarse one.
        let coarse = &grids[levels - 2];
        let [whole, half] = [step, 0.5 * step].map(|step| self.density(coarse, splitting, transport, step));
        let in_time = distance(coarse, &whole?, &half?);
        let subject = format!("order of the grid in the cell width, toward {}", self.label);
        let (finding, line) = self.refinement("space", subject, 2, in_time).judge(errors);
        let why = match self.narrow(finest)? {
            Some(feature) => feature,
            None if tight <= TIGHT => return Ok((finding, line)),
            None => format!(
                "u does not fit the sides of the box, by {tight:.1e} of its largest current through a reflecting one, or of its \
                 largest value at others: it is no solution there"
            ),
        };
        Ok((finding.undecided(why), line))
    }

    /// Where u does more within a cell of the finest grid than the centres show, so that no level sees it.
    fn narrow(&self, finest: &Grid) -> Result<Option<String>, Breakdown> {
        for k in 0..=4 {
            let time = 0.25 * f64::from(k) * self.problem.horizon;
            let log = log_solution(finest, self.solution, time)?;
            let u: Vec<f64> = log.iter().map(|log| log.exp()).collect();
            if let Some((cell, _)) = hidden(finest, &self.solution.formula, time, &u).first() {
                return Ok(Some(format!(
                    "{} has a feature narrower than a cell at {:?}: take more cells",
                    self.label,
                    finest.centre(*cell)
                )));
            }
        }
        Ok(None)
    }

    /// Splittings and integrators whose order in the step is studied.
    fn methods(&self, integrators: &[TransportIntegrator]) -> Vec<(Splitting, TransportIntegrator)> {
        // The circulation of a kinetic grid leaves the extrapolation an h³; between steps of a symmetric rule there is none.
        let kinetic = matches!(self.problem.dynamics, Dynamics::Kinetic(_));
        let symmetric = kinetic.then_some((Splitting::Richardson, TransportIntegrator::CrankNicolson));
        [(Splitting::Strang, EXACT), (Splitting::Richardson, EXACT)]
            .into_iter()
            .chain(symmetric)
            .chain(integrators.iter().filter(|own| **own != EXACT).map(|own| (Splitting::Strang, *own)))
            .collect()
    }

    /// The order in the step, where the method claims one.
    fn in_time(
        &self,
        grids: &[Grid],
        method: Splitting,
        transport: TransportIntegrator,
    ) -> Result<Option<(StudyFindings, OrderLine)>, Breakdown> {
        let Some(expected) = Evolution::driven_time_order(self.problem, method, transport) else {
            return Ok(None);
        };
        let horizon = self.problem.horizon;
        let coarser = &grids[grids.len() - 1 - COARSER[self.grid.cells.len() - 1]];
        let name = format!("{}, {}", method.name(), transport.name());
        let first = (step_count(horizon, self.grid.step) / 4).max(2);
        let steps: Vec<f64> = (0..STEPS).map(|k| horizon / (first << k) as f64).collect();
        let (densities, refusal) =
            finest_levels(&steps, |step| Ok((*step, self.density(coarser, method, transport, *step)?)))?;
        let differences =
            densities.windows(2).map(|pair| (pair[0].0, distance(coarser, &pair[0].1, &pair[1].1)));
        // Every implicit step leaves the rounding of its solver.
        let accuracy = match transport.order() {
            Some(_) => f64::EPSILON * (first << (STEPS - 1)) as f64,
            None => 0.0,
        };
        let subject = format!("order of {name} in its step, toward {}", self.label);
        let (mut finding, line) = self.refinement(&name, subject, expected, accuracy).judge(differences);
        if let Some(breakdown) = refusal.filter(|_| finding.verdict == Verdict::Inconclusive) {
            finding.why = breakdown.to_string();
        }
        Ok(Some((finding, line)))
    }

    fn refinement<'b>(
        &'b self,
        name: &'b str,
        subject: String,
        expected: u32,
        accuracy: f64,
    ) -> Refinement<'b> {
        Refinement {
            kind: KIND.name,
            subject,
            name,
            observable: self.label,
            expected,
            size: 1.0,
            accuracy,
            differences: false,
        }
    }
}

/// What `run` returns on the finest levels, and why the last failed level failed: rules that are not positive may need finer
/// steps.
fn finest_levels<R, T>(
    levels: &[R],
    mut run: impl FnMut(&R) -> Result<T, Breakdown>,
) -> Result<(Vec<T>, Option<GridBreakdown>), Breakdown> {
    let (mut found, mut refusal) = (Vec::new(), None);
    for level in levels {
        match run(level) {
            Ok(value) => found.push(value),
            Err(Breakdown::Grid(breakdown @ GridBreakdown::Negative { .. })) => {
                found.clear();
                refusal = Some(breakdown);
            }
            Err(breakdown) => return Err(breakdown),
        }
    }
    Ok((found, refusal))
}

/// ρ at the cells, with ∫ρ = 1 where the flow keeps the mass.
fn probability(problem: &Problem, grid: &Grid, log_density: &[f64]) -> Vec<f64> {
    let log_mass = if problem.normalized() { grid.log_mass(log_density) } else { 0.0 };
    log_density.iter().map(|log| (log - log_mass).exp()).collect()
}

/// ∫|ρ − u|/∫u.
fn distance(grid: &Grid, ρ: &[f64], u: &[f64]) -> f64 {
    grid.integrate(ρ.iter().zip(u).map(|(ρ, u)| (ρ - u).abs())) / grid.integrate(u.iter().copied())
}
