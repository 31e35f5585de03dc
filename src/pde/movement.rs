use super::energy::{CellEnergy, lowered, on_cells};
use super::narrow::{all_means, hides};
use super::transport::{Transport, Varying, VaryingMotion};
use super::{
    Circulation, DrivenRate, Generator, Grid, GridBreakdown, KineticTransport, Reaction, TransportIntegrator,
};
use crate::model::{
    Dynamics, Energy, Expression, GradientFlow, ItoSde, KineticFlow, Problem, Program, ReactionReads,
    ReverseDiffusion, TimeDependence, Variable,
};

/// Parts of the cells by which coefficients are read that do more in them than their centres show.
const PARTS: usize = 64;

/// What moves the density and what makes it grow.
pub(super) fn movement(
    problem: &Problem,
    grid: &Grid,
    integrator: TransportIntegrator,
    reading: CellEnergy,
) -> Result<(Transport, Reaction), GridBreakdown> {
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) => gradient_flow(flow, grid, integrator, reading),
        Dynamics::Kinetic(flow) => kinetic(flow, grid, integrator, reading),
        Dynamics::Annealed(_) => Err(GridBreakdown::Annealed),
        Dynamics::ReverseDiffusion(flow) => Ok(reversed(flow, problem.weighted(), grid, integrator)),
        Dynamics::Sde(sde) => equation(sde, grid, integrator, reading),
    }
}

/// A gradient flow of an energy.
fn gradient_flow(
    flow: &GradientFlow,
    grid: &Grid,
    integrator: TransportIntegrator,
    reading: CellEnergy,
) -> Result<(Transport, Reaction), GridBreakdown> {
    let potential = on_cells(grid, &flow.potential, reading);
    // A mass that moves does so by the height of V.
    let moves = flow.reaction > 0.0 && !flow.normalized;
    let potential = if moves { potential } else { lowered(potential) };
    let generator = Generator::gradient_flow(grid, &potential, flow.transport)?;
    let reaction = if flow.reaction == 0.0 {
        Reaction::None
    } else {
        let rate = flow.reaction;
        match flow.energy {
            Energy::KullbackLeibler => Reaction::FisherRao { rate, potential, normalized: flow.normalized },
            Energy::ChiSquared { .. } => Reaction::ChiSquared { rate, potential },
        }
    };
    let transport = match flow.transport > 0.0 {
        true => Transport::of(generator, integrator)?,
        false => Transport::None,
    };
    Ok((transport, reaction))
}

/// A particle with a momentum.
fn kinetic(
    flow: &KineticFlow,
    grid: &Grid,
    integrator: TransportIntegrator,
    reading: CellEnergy,
) -> Result<(Transport, Reaction), GridBreakdown> {
    if flow.degrees_of_freedom != 1 {
        return Err(GridBreakdown::Kinetic);
    }
    let circulation = Circulation::new(grid, |x| flow.potential.value(&[x][..]), flow.friction)?;
    let reaction = match (flow.reaction > 0.0, flow.rate()) {
        (true, _) => {
            let (rate, potential) = (flow.reaction, lowered(grid.sample(|x| flow.energy(x))));
            match flow.reads {
                ReactionReads::Joint => Reaction::FisherRao { rate, potential, normalized: true },
                ReactionReads::Marginal => Reaction::Marginal { rate, potential },
            }
        }
        (false, None) => Reaction::None,
        (false, Some(rate)) => killing(rate, grid, reading),
    };
    let transport = match integrator {
        TransportIntegrator::TimeExact => {
            Transport::Kinetic(Box::new(KineticTransport::new(grid, circulation)))
        }
        _ => Transport::of(circulation.centred(grid), integrator)?,
    };
    Ok((transport, reaction))
}

/// A forward diffusion in reverse.
fn reversed(
    flow: &ReverseDiffusion,
    weighted: bool,
    grid: &Grid,
    integrator: TransportIntegrator,
) -> (Transport, Reaction) {
    let flow = Box::new(flow.clone());
    // Toward a moving target: what relaxes is log ρ alone, and the target is part of what drives it.
    let own = match flow.reaction > 0.0 {
        true => Reaction::FisherRao {
            rate: flow.reaction,
            potential: vec![0.0; grid.len()],
            normalized: !flow.corrected,
        },
        false => Reaction::None,
    };
    let reaction = if weighted {
        let killing = DrivenRate::Reversed(flow.clone());
        Reaction::Driven { own: Box::new(own), killing }
    } else {
        own
    };
    (Varying::transport(VaryingMotion::Reversed(flow), grid, integrator), reaction)
}

/// A stochastic differential equation with a rate.
fn equation(
    sde: &ItoSde,
    grid: &Grid,
    integrator: TransportIntegrator,
    reading: CellEnergy,
) -> Result<(Transport, Reaction), GridBreakdown> {
    let reaction = match sde.rate() {
        None => Reaction::None,
        Some(rate) => killing(rate, grid, reading),
    };
    let transport = match sde.time_dependence() {
        TimeDependence::Motion => {
            Varying::transport(VaryingMotion::Ito(Box::new(sde.clone())), grid, integrator)
        }
        _ => {
            let parts = if reading == CellEnergy::Resistance { PARTS } else { 1 };
            Transport::of(Generator::diffusion_by_parts(grid, sde, 0.0, parts)?, integrator)?
        }
    };
    Ok((transport, reaction))
}

/// The reaction −c(t, x); where c does more in a cell than its centre shows, by the means over all, or over those and the cells
/// below, which moves what is narrow by half a cell.
fn killing(rate: &Expression, grid: &Grid, reading: CellEnergy) -> Reaction {
    let program = Program::compile(std::slice::from_ref(rate));
    if rate.depends_on(Variable::Time) {
        let killing = DrivenRate::Formula(program);
        return Reaction::Driven { own: Box::new(Reaction::None), killing };
    }
    let mut values = grid.sample(|x| {
        let mut rate = [0.0];
        program.evaluate(0.0, x, &mut rate);
        rate[0]
    });
    if hides(grid, rate, 0.0, &values).is_some() {
        values = all_means(grid, rate, &values);
        if reading == CellEnergy::Resistance {
            values = moved(grid, values);
        }
    }
    Reaction::Killing { rate: values }
}

/// Along each axis, the mean of each cell and the one below.
fn moved(grid: &Grid, mut values: Vec<f64>) -> Vec<f64> {
    for axis in 0..grid.dimension() {
        let below = |cell: usize| grid.beside(cell, axis, false).unwrap_or(cell);
        values = (0..grid.len()).map(|cell| 0.5 * (values[cell] + values[below(cell)])).collect();
    }
    values
}
