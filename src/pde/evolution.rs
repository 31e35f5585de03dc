use super::movement::movement;
use super::start::start;
use super::step_control::{StepControl, StepVerdict};
use super::transport::Transport;
use super::unsplit::DEFAULT_TOLERANCE;
use super::{
    CellEnergy, Frame, Grid, GridBreakdown, Reaction, SolverWork, Splitting, TimeExact, Trajectory,
    TransportIntegrator, Unsplit,
};
use crate::model::{Dynamics, Problem, TimeDependence, TimeMesh};

/// Power of the step in the error of one step of Strang's splitting.
const SPLITTING_POWER: u32 = 3;

/// The flow on a grid: transport and reaction composed step by step.
pub struct Evolution {
    pub(super) grid: Grid,
    transport: Transport,
    pub(super) reaction: Reaction,
    splitting: Splitting,
    step: f64,
    mesh: TimeMesh,
    pub(super) start: Vec<f64>,
    /// Chooses the steps of the extrapolated splitting, if they are to be chosen.
    control: Option<StepControl>,
    /// Of all runs so far, but for what [`Unsplit`] counts itself.
    work: SolverWork,
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
        Self::reading(problem, grid, (splitting, integrator), step, CellEnergy::Share)
    }

    /// As [`Self::new`], with V read like this where it does more in a cell than the centre shows.
    pub(super) fn reading(
        problem: &Problem,
        grid: &Grid,
        (splitting, integrator): (Splitting, TransportIntegrator),
        step: f64,
        reading: CellEnergy,
    ) -> Result<Self, GridBreakdown> {
        let (transport, reaction) = movement(problem, grid, integrator, reading)?;
        let transport = match (splitting, transport) {
            (Splitting::Unsplit, Transport::TimeExact(exact)) => {
                let unsplit = Unsplit::new(exact.into_generator(), reaction.clone(), DEFAULT_TOLERANCE)?;
                Transport::Unsplit(Box::new(unsplit))
            }
            (Splitting::Unsplit, Transport::Kinetic(_) | Transport::Implicit(_) | Transport::Varying(_)) => {
                return Err(GridBreakdown::Unsplit);
            }
            (_, transport) => transport,
        };
        Ok(Self {
            grid: grid.clone(),
            transport,
            reaction,
            splitting,
            step,
            mesh: TimeMesh::default(),
            start: match &problem.dynamics {
                // By their weights, paths stand for the target at the noise, with its mass.
                Dynamics::ReverseDiffusion(flow) if flow.corrected => {
                    let target = flow.target(flow.horizon);
                    grid.sample_lanes(|x| target.log_density(x))
                }
                _ => start(&problem.initial, grid),
            },
            control: None,
            work: SolverWork::default(),
        })
    }

    /// The same flow, with steps chosen so that in each the estimated error of log ρ is at most tolerance·(1 + |log ρ|) in
    /// every cell: for [`Splitting::Unsplit`] and [`Splitting::Richardson`], which estimate it as they go.
    pub fn to_tolerance(mut self, tolerance: f64) -> Self {
        match &mut self.transport {
            Transport::Unsplit(unsplit) => unsplit.set_tolerance(tolerance),
            _ if self.splitting == Splitting::Richardson => {
                self.control = Some(StepControl::new(tolerance, SPLITTING_POWER));
            }
            _ => {}
        }
        self
    }

    /// The same flow in the steps of `mesh`, whose even ones are those of this flow.
    pub fn with_mesh(self, mesh: TimeMesh) -> Self {
        Self { mesh, ..self }
    }

    /// Whether transport and reaction are solved at once.
    pub(super) fn is_unsplit(&self) -> bool {
        matches!(self.transport, Transport::Unsplit(_))
    }

    /// What the steps have cost so far. Kinetic steps, which are explicit, are not counted.
    pub fn work(&self) -> SolverWork {
        match &self.transport {
            Transport::Unsplit(unsplit) => unsplit.work(),
            Transport::Implicit(transport) => {
                SolverWork { factorizations: transport.factorizations(), ..self.work }
            }
            _ => self.work,
        }
    }

    /// The order of the time error in the step; `None` if the time integration is exact, or takes steps of its own.
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
        if splitting == Splitting::Unsplit {
            return None;
        }
        // Coefficients that depend on t are taken in the middle of a step.
        let varies = problem.dynamics.time_dependence() == TimeDependence::Motion;
        let own = match (integrator.order(), varies && reacts, varies) {
            (Some(order), ..) => Some(order),
            // Its even errors are those of the splitting.
            (None, true, _) | (None, _, false) => None,
            (None, false, true) => Some(2),
        };
        let transport = own.filter(|_| moves).map(|order| match (splitting, integrator) {
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

    /// The largest mass that an implicit integrator gave a negative density in one step, below the accuracy of its solver or
    /// as ripples of a kinetic operator; it was taken as positive.
    pub fn unresolved_mass(&self) -> f64 {
        self.transport.unresolved_mass()
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
            for (end, step) in self.mesh.spans(now, time, self.step) {
                // A span that is a whole number of steps to rounding is cut into that number.
                let steps = ((end - now) / step - 1e-9).ceil().max(1.0) as usize;
                let h = (end - now) / steps as f64;
                if let Err(breakdown) = self.advance(&mut log_density, h, now, steps) {
                    return (trajectory, Some(breakdown));
                }
                now = end;
            }
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
        if let Transport::Unsplit(unsplit) = &mut self.transport {
            let mut next = log_density.to_vec();
            match unsplit.advance(&mut next, steps as f64 * h, time) {
                Ok(()) => {
                    log_density.copy_from_slice(&next);
                    return Ok(());
                }
                // Too steep for an expansion in the step: the split steps have none in transport.
                Err(GridBreakdown::NoConvergence { .. }) => self.split(),
                Err(breakdown) => return Err(breakdown),
            }
        }
        // Graded cells come and go as masses, step by step.
        let at_once = self.reaction.is_none() && !self.grid.is_graded();
        if let (true, Transport::Implicit(transport)) = (at_once, &mut self.transport) {
            self.work.solves += transport.repeat(log_density, h, steps, time)?;
            self.work.steps += steps;
            return Ok(());
        }
        if self.reaction.is_none() {
            return (0..steps).try_for_each(|k| self.transport(log_density, h, time + k as f64 * h));
        }
        if self.control.is_some() {
            return self.adapt(log_density, steps as f64 * h, time);
        }
        match self.splitting {
            // Without transport, the reaction is exact whatever the splitting.
            Splitting::Strang | Splitting::Unsplit => self.strang(log_density, h, time, steps),
            Splitting::Richardson => {
                (0..steps).try_for_each(|k| self.richardson(log_density, h, time + k as f64 * h).map(|_| ()))
            }
            Splitting::TransportReaction => (0..steps).try_for_each(|k| {
                self.transport(log_density, h, time + k as f64 * h)?;
                self.react(log_density, time + k as f64 * h, h);
                Ok(())
            }),
            Splitting::ReactionTransport => (0..steps).try_for_each(|k| {
                self.react(log_density, time + k as f64 * h, h);
                self.transport(log_density, h, time + k as f64 * h)
            }),
        }
    }

    /// From now on the extrapolated splitting, to the same tolerance, in the place of what is not split.
    fn split(&mut self) {
        if let Transport::Unsplit(unsplit) = &self.transport {
            self.work = unsplit.work();
            self.control = Some(StepControl::new(unsplit.tolerance(), SPLITTING_POWER));
            self.transport = Transport::TimeExact(Box::new(TimeExact::new(unsplit.generator().clone())));
            self.splitting = Splitting::Richardson;
        }
    }

    /// Half transport, reaction, half transport; the half steps that meet are one, unless their middles differ.
    fn strang(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        time: f64,
        steps: usize,
    ) -> Result<(), GridBreakdown> {
        if steps > 1 && matches!(self.transport, Transport::Varying(_)) {
            return (0..steps).try_for_each(|k| self.strang(log_density, h, time + k as f64 * h, 1));
        }
        self.transport(log_density, 0.5 * h, time)?;
        for k in 0..steps {
            self.react(log_density, time + k as f64 * h, h);
            let middle = time + (k as f64 + 0.5) * h;
            self.transport(log_density, if k + 1 < steps { h } else { 0.5 * h }, middle)?;
        }
        Ok(())
    }

    /// Extrapolated steps as long as their error allows, over `span`.
    fn adapt(&mut self, log_density: &mut [f64], span: f64, time: f64) -> Result<(), GridBreakdown> {
        let mut left = span;
        while left > 0.0 {
            let mut next = log_density.to_vec();
            let longest = self.step;
            let step = self.control.as_mut().map_or(longest, |control| control.wanted(|| longest)).min(left);
            let now = time + span - left;
            let corrections = self.richardson(&mut next, step, now)?;
            let verdict = self.control.as_mut().map_or(StepVerdict::Accept, |control| {
                let error = control.error(next.iter().copied().zip(corrections));
                control.judge(step, error)
            });
            match verdict {
                StepVerdict::Accept => {
                    log_density.copy_from_slice(&next);
                    left = if step < left { left - step } else { 0.0 };
                }
                StepVerdict::Reject => self.work.rejected += 1,
                StepVerdict::GiveUp => return Err(GridBreakdown::NoConvergence { time: now }),
            }
        }
        Ok(())
    }

    /// One step of the extrapolated splitting: ρ ∝ ρ_{h/2}^{4/3} ρ_h^{−1/3}. Returns by how much it corrects log ρ in each
    /// cell, which is the error of the two half steps.
    fn richardson(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<Vec<f64>, GridBreakdown> {
        let mut whole = log_density.to_vec();
        self.strang(&mut whole, h, time, 1)?;
        // Half steps that meet are not joined here: an implicit rule makes another error over the two at once.
        self.strang(log_density, 0.5 * h, time, 1)?;
        self.strang(log_density, 0.5 * h, time + 0.5 * h, 1)?;
        for (fine, coarse) in log_density.iter_mut().zip(&mut whole) {
            // Cells that are still empty stay so.
            *coarse = if *fine > f64::NEG_INFINITY { (*fine - *coarse) / 3.0 } else { 0.0 };
            *fine += *coarse;
        }
        if self.reaction.keeps_mass() {
            super::reaction::normalize(&self.grid, log_density);
        }
        Ok(whole)
    }

    fn react(&mut self, log_density: &mut [f64], time: f64, h: f64) {
        self.reaction.advance(&self.grid, log_density, time, h);
        self.work.reactions += 1;
    }

    fn transport(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        // Transport moves the masses of cells; those of equal cells are the densities.
        let volumes = if self.grid.is_graded() { self.grid.log_volumes() } else { Vec::new() };
        let shift = |log_density: &mut [f64], sign: f64| {
            for (log, volume) in log_density.iter_mut().zip(&volumes) {
                *log += sign * volume;
            }
        };
        shift(log_density, 1.0);
        let moved = self.transport.advance(log_density, h, time, &mut self.work);
        shift(log_density, -1.0);
        self.work.steps += 1;
        moved
    }
}
