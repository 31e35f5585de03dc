use super::{
    Circulation, Frame, Generator, Grid, GridBreakdown, Implicit, ImplicitRule, KineticTransport, Reaction,
    TimeExact, Trajectory, trajectory::log_sum_exp,
};
use crate::model::{Dynamics, Energy, Initial, KineticLangevin, Problem, Reads};
use crate::schemes::Sde;

/// Splitting of transport (W) and reaction (FR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitting {
    /// Half transport, reaction, half transport: order 2.
    Strang,
    /// Transport, then reaction: order 1.
    TransportReaction,
    /// Reaction, then transport: order 1.
    ReactionTransport,
    /// Strang over a step and over its two halves, extrapolated in log ρ, which stays real: order 4.
    Richardson,
}

impl Splitting {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 4] =
        [Self::Strang, Self::TransportReaction, Self::ReactionTransport, Self::Richardson];

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strang => "strang",
            Self::TransportReaction => "w-fr",
            Self::ReactionTransport => "fr-w",
            Self::Richardson => "richardson",
        }
    }

    /// Order of the splitting error in the step.
    pub fn order(self) -> u32 {
        match self {
            Self::TransportReaction | Self::ReactionTransport => 1,
            Self::Strang => 2,
            Self::Richardson => 4,
        }
    }
}

/// Integrator of the transport part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportIntegrator {
    /// e^{hA} with every component relatively accurate; for kinetic grids, positive steps that are as good as exact
    /// beside the error of the cells.
    TimeExact,
    /// Order 1, positive.
    BackwardEuler,
    /// Order 2.
    CrankNicolson,
    /// Order 2, L-stable.
    TrBdf2,
}

impl TransportIntegrator {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 4] = [Self::TimeExact, Self::TrBdf2, Self::CrankNicolson, Self::BackwardEuler];

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::TimeExact => "time-exact",
            Self::BackwardEuler => "backward-euler",
            Self::CrankNicolson => "crank-nicolson",
            Self::TrBdf2 => "tr-bdf2",
        }
    }

    /// Order in the step; `None` if there is no error in time.
    pub fn order(self) -> Option<u32> {
        match self {
            Self::TimeExact => None,
            Self::BackwardEuler => Some(1),
            Self::CrankNicolson | Self::TrBdf2 => Some(2),
        }
    }
}

enum Transport {
    None,
    TimeExact(Box<TimeExact>),
    Kinetic(Box<KineticTransport>),
    Implicit(Box<Implicit>),
}

impl Transport {
    fn of(generator: Generator, integrator: TransportIntegrator) -> Result<Self, GridBreakdown> {
        let rule = match integrator {
            TransportIntegrator::TimeExact => {
                return Ok(Self::TimeExact(Box::new(TimeExact::new(generator))));
            }
            TransportIntegrator::BackwardEuler => ImplicitRule::BackwardEuler,
            TransportIntegrator::CrankNicolson => ImplicitRule::CrankNicolson,
            TransportIntegrator::TrBdf2 => ImplicitRule::TrBdf2,
        };
        Ok(Self::Implicit(Box::new(Implicit::new(generator, rule)?)))
    }
}

/// The flow on a grid: transport and reaction composed step by step.
pub struct Evolution {
    pub(super) grid: Grid,
    transport: Transport,
    pub(super) reaction: Reaction,
    splitting: Splitting,
    step: f64,
    pub(super) start: Vec<f64>,
}

impl Evolution {
    /// The flow of `problem` on `grid` with steps of at most `step`.
    ///
    /// # Errors
    /// If the operator cannot be built on this grid.
    pub fn new(
        problem: &Problem,
        grid: &Grid,
        splitting: Splitting,
        integrator: TransportIntegrator,
        step: f64,
    ) -> Result<Self, GridBreakdown> {
        let (transport, reaction) = match &problem.dynamics {
            Dynamics::GradientFlow(flow) => {
                let potential = grid.sample(|x| flow.potential.value(x));
                let generator = Generator::gradient_flow(grid, &potential, flow.transport)?;
                let reaction = if flow.reaction == 0.0 {
                    Reaction::None
                } else {
                    let rate = flow.reaction;
                    match flow.energy {
                        Energy::KullbackLeibler => {
                            Reaction::FisherRao { rate, potential, normalized: flow.normalized }
                        }
                        Energy::ChiSquared { .. } => Reaction::ChiSquared { rate, potential },
                    }
                };
                let transport = match flow.transport > 0.0 {
                    true => Transport::of(generator, integrator)?,
                    false => Transport::None,
                };
                (transport, reaction)
            }
            Dynamics::Kinetic(flow) => {
                if flow.freedoms != 1 {
                    return Err(GridBreakdown::Kinetic);
                }
                let circulation = Circulation::new(grid, |x| flow.potential.value(&[x][..]), flow.friction)?;
                let reaction = match (flow.reaction > 0.0, flow.rate()) {
                    (true, _) => {
                        let (rate, potential) = (flow.reaction, grid.sample(|x| flow.energy(x)));
                        match flow.reads {
                            Reads::Joint => Reaction::FisherRao { rate, potential, normalized: true },
                            Reads::Marginal => Reaction::Marginal { rate, potential },
                        }
                    }
                    (false, None) => Reaction::None,
                    (false, Some(_)) => Reaction::Killing {
                        rate: grid.sample(|x| Sde::<f64>::rate(&KineticLangevin(flow), &0.0, x)),
                    },
                };
                let transport = match integrator {
                    TransportIntegrator::TimeExact => {
                        Transport::Kinetic(Box::new(KineticTransport::new(grid, circulation)))
                    }
                    _ => Transport::of(circulation.centred(grid), integrator)?,
                };
                (transport, reaction)
            }
            Dynamics::Annealed(_) => return Err(GridBreakdown::Annealed),
            Dynamics::ReverseDiffusion(_) => return Err(GridBreakdown::ReverseDiffusion),
            Dynamics::Sde(sde) => {
                let reaction = match sde.rate() {
                    None => Reaction::None,
                    Some(_) => Reaction::Killing { rate: grid.sample(|x| sde.rate_at(x)) },
                };
                (Transport::of(Generator::diffusion(grid, sde)?, integrator)?, reaction)
            }
        };
        Ok(Self {
            grid: grid.clone(),
            transport,
            reaction,
            splitting,
            step,
            start: start(&problem.initial, grid),
        })
    }

    /// The order of the time error, `None` if the time integration is exact.
    pub fn time_order(
        problem: &Problem,
        splitting: Splitting,
        integrator: TransportIntegrator,
    ) -> Option<u32> {
        Self::composed_order(problem, problem.weighted(), splitting, integrator)
    }

    /// As [`Self::time_order`], of a flow with a rate that depends on t, such as a manufactured one.
    pub fn driven_time_order(
        problem: &Problem,
        splitting: Splitting,
        integrator: TransportIntegrator,
    ) -> Option<u32> {
        Self::composed_order(problem, true, splitting, integrator)
    }

    fn composed_order(
        problem: &Problem,
        reacts: bool,
        splitting: Splitting,
        integrator: TransportIntegrator,
    ) -> Option<u32> {
        let moves = !matches!(&problem.dynamics, Dynamics::GradientFlow(flow) if flow.transport == 0.0);
        let transport = integrator.order().filter(|_| moves).map(|order| match (splitting, integrator) {
            // The extrapolation removes h², and h³ where the rule is symmetric: all of it but the errors of h¹.
            (Splitting::Richardson, TransportIntegrator::CrankNicolson) if reacts => 4,
            (Splitting::Richardson, TransportIntegrator::TrBdf2) if reacts => 3,
            _ => order,
        });
        let splitting = match (splitting, &problem.dynamics, integrator) {
            // In steps below the crossing of a cell, one third-order step of the circulation stands in the splitting.
            (Splitting::Richardson, Dynamics::Kinetic(_), TransportIntegrator::TimeExact) => 3,
            _ => splitting.order(),
        };
        let splitting = Some(splitting).filter(|_| moves && reacts);
        match (transport, splitting) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The largest mass that an implicit integrator gave a negative density in one step; it was taken as
    /// positive, being below 10⁻¹⁰.
    pub fn negative_mass(&self) -> f64 {
        match &self.transport {
            Transport::Implicit(transport) => transport.negative_mass(),
            Transport::None | Transport::TimeExact(_) | Transport::Kinetic(_) => 0.0,
        }
    }

    /// Records log ρ at time 0 and at each of `times` (rising); `tick` hears of each time reached.
    ///
    /// On a breakdown the frames so far come with it.
    pub fn run(&mut self, times: &[f64], mut tick: impl FnMut(f64)) -> (Trajectory, Option<GridBreakdown>) {
        let mut log_density = self.start.clone();
        let mut trajectory = Trajectory::new(self.grid.clone());
        trajectory.frames.push(Frame { time: 0.0, log_density: log_density.clone() });
        let mut now = 0.0;
        for &time in times.iter().filter(|&&time| time > 0.0) {
            // A span that is a whole number of steps to rounding is cut into that number.
            let steps = ((time - now) / self.step - 1e-9).ceil().max(1.0) as usize;
            let h = (time - now) / steps as f64;
            if let Err(breakdown) = self.advance(&mut log_density, h, now, steps) {
                return (trajectory, Some(breakdown));
            }
            now = time;
            if let Some(cell) = log_density.iter().position(|value| value.is_nan() || *value == f64::INFINITY)
            {
                let breakdown =
                    GridBreakdown::Overflow { value: log_density[cell], place: self.grid.centre(cell), time };
                return (trajectory, Some(breakdown));
            }
            trajectory.frames.push(Frame { time, log_density: log_density.clone() });
            tick(time);
        }
        (trajectory, None)
    }

    /// Makes `steps` steps of length `h` from `time` on.
    fn advance(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        time: f64,
        steps: usize,
    ) -> Result<(), GridBreakdown> {
        if self.reaction.is_none() {
            return (0..steps).try_for_each(|k| self.transport(log_density, h, time + k as f64 * h));
        }
        match self.splitting {
            Splitting::Strang => self.strang(log_density, h, time, steps),
            Splitting::Richardson => {
                (0..steps).try_for_each(|k| self.richardson(log_density, h, time + k as f64 * h))
            }
            Splitting::TransportReaction => (0..steps).try_for_each(|k| {
                self.transport(log_density, h, time + k as f64 * h)?;
                self.reaction.advance(&self.grid, log_density, time + k as f64 * h, h);
                Ok(())
            }),
            Splitting::ReactionTransport => (0..steps).try_for_each(|k| {
                self.reaction.advance(&self.grid, log_density, time + k as f64 * h, h);
                self.transport(log_density, h, time + k as f64 * h)
            }),
        }
    }

    /// Half transport, reaction, half transport; the half steps that meet are one.
    fn strang(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        time: f64,
        steps: usize,
    ) -> Result<(), GridBreakdown> {
        self.transport(log_density, 0.5 * h, time)?;
        for k in 0..steps {
            self.reaction.advance(&self.grid, log_density, time + k as f64 * h, h);
            let middle = time + (k as f64 + 0.5) * h;
            self.transport(log_density, if k + 1 < steps { h } else { 0.5 * h }, middle)?;
        }
        Ok(())
    }

    /// One step of the extrapolated splitting: ρ ∝ ρ_{h/2}^{4/3} ρ_h^{−1/3}.
    fn richardson(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        let mut whole = log_density.to_vec();
        self.strang(&mut whole, h, time, 1)?;
        // Half steps that meet are not joined here: an implicit rule makes another error over the two at once.
        self.strang(log_density, 0.5 * h, time, 1)?;
        self.strang(log_density, 0.5 * h, time + 0.5 * h, 1)?;
        for (fine, coarse) in log_density.iter_mut().zip(&whole) {
            // Cells that are still empty stay so.
            if *fine > f64::NEG_INFINITY {
                *fine += (*fine - coarse) / 3.0;
            }
        }
        if self.reaction.keeps_mass() {
            super::reaction::normalize(&self.grid, log_density);
        }
        Ok(())
    }

    fn transport(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        match &mut self.transport {
            Transport::None => Ok(()),
            Transport::TimeExact(transport) => transport.advance(log_density, h, time),
            Transport::Kinetic(transport) => transport.advance(log_density, h, time),
            Transport::Implicit(transport) => transport.advance(log_density, h, time),
        }
    }
}

/// log ρ₀ at the cell centres, of mass 1 on the grid.
fn start(initial: &Initial, grid: &Grid) -> Vec<f64> {
    let mut log_density = match initial {
        Initial::Mixture(mixture) => grid.sample(|x| mixture.log_density(x)),
        Initial::Point(point) => {
            let shares: Vec<Vec<f64>> =
                (0..grid.dimension()).map(|axis| spline(grid, axis, point[axis])).collect();
            (0..grid.len())
                .map(|cell| {
                    let share: f64 =
                        (0..grid.dimension()).map(|axis| shares[axis][grid.position(cell, axis)]).product();
                    share.ln()
                })
                .collect()
        }
    };
    let log_mass = log_sum_exp(&log_density) + grid.volume().ln();
    for value in &mut log_density {
        *value -= log_mass;
    }
    log_density
}

/// A point mass spread over four cells by the cubic B-spline, which keeps the mean, and has the
/// variance Δx²/3 wherever the point lies between the centres, so that the error is a pure power of Δx.
fn spline(grid: &Grid, axis: usize, x: f64) -> Vec<f64> {
    (0..grid.cells()[axis])
        .map(|position| {
            let r = ((x - grid.coordinate(position, axis)) / grid.width(axis)).abs();
            match r {
                r if r < 1.0 => 2.0 / 3.0 - r * r + 0.5 * r * r * r,
                r if r < 2.0 => (2.0 - r).powi(3) / 6.0,
                _ => 0.0,
            }
        })
        .collect()
}
