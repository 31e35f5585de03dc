//! The kind "grid-order": observed orders of the grid solver, in the cell width and in the splitting step.

use super::figure::{Figure, OrderLine, OrderPlot, Plot};
use super::order::{OrderFindings, Refinement};
use super::prelude::*;
use crate::model::{Observable, Problem};
use crate::particles::step_count;
use crate::pde::on_cells;
use crate::pde::{Evolution, Grid, GridSettings, Splitting, TransportIntegrator};

/// Levels of a refinement; each halves the step.
const LEVELS: usize = 5;
/// Fewest cells of the coarsest level.
const FEWEST_CELLS: usize = 12;
/// Splittings that are studied in one dimension, where they cost little.
const SPLITTINGS: [Splitting; 3] =
    [Splitting::Strang, Splitting::TransportReaction, Splitting::ReactionTransport];

/// The kind.
pub static KIND: Kind = Kind {
    name: "grid-order",
    summary: "Observed orders of the grid solver in the cell width and in its step.",
    needs: &[Need::Grid],
    keys: &[OBSERVABLE, integrators("none")],
    read: |values, basis| {
        let integrators = own_integrators(values).unwrap_or_default();
        Ok(Arc::new(GridOrder { observable: observable(values, basis)?, integrators }))
    },
    outcome: Some(|generator| generator.subschema_for::<OrderFindings>()),
};

/// Orders of the grid solver.
#[derive(Clone, Debug)]
pub struct GridOrder {
    /// What the error is measured on.
    pub observable: Observable,
    /// Integrators of the transport whose steps are studied, beside the grid's own.
    pub integrators: Vec<TransportIntegrator>,
}

impl Study for GridOrder {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let grid = context.basis.needs_grid()?;
        let solver = Solver { problem: context.problem(), grid, observable: &self.observable };
        let mut lines = Vec::new();
        let mut take = |(finding, line): (StudyFindings, OrderLine)| {
            found.outcomes.push(finding);
            lines.push(line);
        };
        let grids = solver.grids();
        let mut values = Vec::new();
        for (k, cells) in grids.iter().enumerate() {
            values.push(solver.value(cells, grid.splitting(), grid.transport, grid.step)?);
            (context.progress)("grid order", 0.5 * (k + 1) as f64 / LEVELS as f64);
        }
        let widths: Vec<f64> = grids.iter().map(|grid| grid.width(0)).collect();
        let size = solver.size(&grids[0])?;
        take(solver.judge("space", 2, size, &widths, &values));

        let mut refused = Vec::new();
        let methods = solver.methods(&self.integrators);
        for (m, (method, transport, label)) in methods.iter().enumerate() {
            let Some(order) = Evolution::time_order(solver.problem, *method, *transport) else {
                continue;
            };
            let steps = solver.steps();
            let values: Result<Vec<f64>, Breakdown> = steps
                .iter()
                .map(|step| solver.value(&grids[LEVELS - 2], *method, *transport, *step))
                .collect();
            match values {
                Ok(values) => take(solver.judge(label, order, size, &steps, &values)),
                // What other integrators cannot do is no breakdown of the flow.
                Err(breakdown) if *transport != grid.transport => {
                    let (finding, _) = solver.judge(label, order, size, &[], &[]);
                    refused.push(StudyFindings {
                        verdict: Verdict::Inconclusive,
                        why: breakdown.to_string(),
                        ..finding
                    });
                }
                Err(breakdown) => return Err(breakdown),
            }
            (context.progress)("grid order", 0.5 + 0.5 * (m + 1) as f64 / methods.len() as f64);
        }
        found.outcomes.extend(refused);
        found.figures.push(Figure {
            id: "grid-order".into(),
            title: "Observed orders of the grid solver".into(),
            caption: format!(
                "Differences of ∫φρ_T, φ = {}, between successive levels, against cell width (space) or step (splitting).",
                self.observable.name
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
    observable: &'a Observable,
}

impl Solver<'_> {
    /// ∫φρ_T.
    fn value(
        &self,
        grid: &Grid,
        method: Splitting,
        transport: TransportIntegrator,
        step: f64,
    ) -> Result<f64, Breakdown> {
        let mut evolution = Evolution::new(self.problem, grid, method, transport, step)?;
        let (trajectory, breakdown) = evolution.run(&[self.problem.horizon], |_| ());
        if let Some(breakdown) = breakdown {
            return Err(breakdown.into());
        }
        let last = trajectory.last();
        let mass = if self.problem.normalized() { trajectory.log_mass(last).exp() } else { 1.0 };
        Ok(trajectory.integrate(last, &on_cells(grid, self.observable)) / mass)
    }

    /// ∫|φ|ρ_T, at most 1: beside it, errors are rounding.
    fn size(&self, grid: &Grid) -> Result<f64, Breakdown> {
        let GridSettings { transport, step, .. } = *self.grid;
        let mut evolution = Evolution::new(self.problem, grid, self.grid.splitting(), transport, step)?;
        let (trajectory, breakdown) = evolution.run(&[self.problem.horizon], |_| ());
        if let Some(breakdown) = breakdown {
            return Err(breakdown.into());
        }
        let sizes: Vec<f64> = on_cells(grid, self.observable).into_iter().map(f64::abs).collect();
        Ok(trajectory.integrate(trajectory.last(), &sizes).min(1.0))
    }

    /// Coarse to fine.
    fn grids(&self) -> Vec<Grid> {
        let coarsest: Vec<usize> =
            self.grid.cells.iter().map(|&n| (n >> (LEVELS - 1)).max(FEWEST_CELLS)).collect();
        let cells = |k: usize| coarsest.iter().map(|n| n << k).collect();
        (0..LEVELS).map(|k| self.grid.grid().with_cells(cells(k))).collect()
    }

    /// Coarse to fine.
    fn steps(&self) -> Vec<f64> {
        let horizon = self.problem.horizon;
        let first = (step_count(horizon, self.grid.step) / 4).max(2);
        (0..LEVELS).map(|k| horizon / (first << k) as f64).collect()
    }

    /// Splittings and integrators whose order in the step is studied, with their names.
    fn methods(&self, integrators: &[TransportIntegrator]) -> Vec<(Splitting, TransportIntegrator, String)> {
        let (splitting, transport) = (self.grid.splitting(), self.grid.transport);
        let order = |splitting| Evolution::time_order(self.problem, splitting, transport);
        let reacts = order(Splitting::TransportReaction) != order(Splitting::Strang);
        let mut splittings =
            if reacts && self.problem.dimension() == 1 { SPLITTINGS.to_vec() } else { vec![splitting] };
        if !splittings.contains(&splitting) {
            splittings.push(splitting);
        }
        let own = splittings.iter().map(|method| (*method, transport, method.name().to_string()));
        let others = integrators.iter().filter(|integrator| **integrator != transport).map(|integrator| {
            let name = integrator.name();
            let label = if reacts { format!("{}, {name}", splitting.name()) } else { name.into() };
            (splitting, *integrator, label)
        });
        own.chain(others).collect()
    }

    /// Successive differences fall with the order of the errors themselves, without any reference value.
    fn judge(
        &self,
        name: &str,
        expected: u32,
        size: f64,
        steps: &[f64],
        values: &[f64],
    ) -> (StudyFindings, OrderLine) {
        let size = values.iter().fold(size, |a: f64, v| a.max(v.abs()));
        let errors = steps.iter().copied().zip(values.windows(2).map(|pair| pair[0] - pair[1]));
        let observable = &self.observable.name;
        let subject = match name {
            "space" => format!("order of the grid in the cell width, for {observable}"),
            _ => format!("order of the {name} splitting in its step, for {observable}"),
        };
        let differences = true;
        Refinement { kind: KIND.name, subject, name, observable, expected, size, accuracy: 0.0, differences }
            .judge(errors)
    }
}
