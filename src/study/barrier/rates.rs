//! Late-time rates of KL and χ² along a flow on the grid.

use super::{FlowRates, with_flow};
use crate::model::{Energy, GradientFlow, Problem};
use crate::pde::estimate::{chi_squared, relative_entropy};
use crate::pde::{Evolution, GridSettings, TransportIntegrator, potential_on_cells};
use crate::study::Breakdown;

/// The rate is read between the times at which e^{−rate·t}, with which KL decays, has these values.
pub const FROM: f64 = 1e-6;
pub const TO: f64 = 1e-8;
/// Steps of the implicit integrator in the time in which KL falls by e, where there is transport alone. Backward Euler is
/// positive whatever the step; the rate μ becomes log(1 + μh)/h, 5e-4 less with these.
const STEPS: f64 = 500.0;

/// One of the flows that are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flow {
    /// Transport alone.
    Langevin,
    /// Reaction alone.
    FisherRao,
    /// Both.
    Wfr,
}

impl Flow {
    /// The flow with what it has of both.
    pub fn of(self, flow: &GradientFlow) -> GradientFlow {
        let flow = GradientFlow { normalized: true, energy: Energy::KullbackLeibler, ..flow.clone() };
        match self {
            Self::Langevin => GradientFlow { reaction: 0.0, ..flow },
            Self::FisherRao => GradientFlow { transport: 0.0, ..flow },
            Self::Wfr => flow,
        }
    }
}

/// Rates from KL and χ² at two late times, on a start that has the slowest mode; `gap` is λ₁.
pub fn late(
    problem: &Problem,
    flow: &GradientFlow,
    kind: Flow,
    settings: &GridSettings,
    gap: f64,
) -> Result<FlowRates, Breakdown> {
    let flow = kind.of(flow);
    let expected = 2.0 * (flow.transport * gap + flow.reaction);
    let times = [FROM, TO].map(|level: f64| -level.ln() / expected);
    // Without a reaction no tail is lifted, and an implicit rule may take long steps: there is a long way to go.
    let (method, transport, step) = match kind {
        Flow::Langevin => {
            (settings.splitting(), TransportIntegrator::BackwardEuler, 1.0 / (STEPS * expected))
        }
        Flow::FisherRao | Flow::Wfr => (settings.method, settings.transport, settings.step),
    };
    let grid = settings.grid();
    let energy = potential_on_cells(&grid, &flow.potential);
    let problem = with_flow(problem, flow);
    let mut evolution = Evolution::new(&problem, &grid, method, transport, step)?;
    let (trajectory, breakdown) = evolution.run(&times, |_| ());
    if let Some(breakdown) = breakdown {
        return Err(breakdown.into());
    }
    let [early, late] = [1, 2].map(|k| &trajectory.frames[k]);
    let rate = |early: f64, late: f64| (early / late).ln() / (times[1] - times[0]);
    Ok(FlowRates {
        kl: rate(relative_entropy(&trajectory, early, &energy), relative_entropy(&trajectory, late, &energy)),
        chi_squared: rate(chi_squared(&trajectory, early, &energy), chi_squared(&trajectory, late, &energy)),
    })
}
