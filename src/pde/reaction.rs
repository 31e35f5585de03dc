use super::{Grid, reversed, trajectory::log_sum_exp};
use crate::model::{Program, ReverseDiffusion, chi_squared_reaction};

/// Three-point Gauss–Legendre rule on [0, 1], of order 6: (node, weight).
const GAUSS_LEGENDRE: [(f64, f64); 3] =
    [(0.112_701_665_379_258_3, 5.0 / 18.0), (0.5, 4.0 / 9.0), (0.887_298_334_620_741_7, 5.0 / 18.0)];

/// The reaction part of the flow, solved exactly in each cell.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// None: mass only moves.
    None,
    /// ∂ₜ log ρ = −β(log ρ + V) (minus its mean if `normalized`).
    FisherRao {
        /// β.
        rate: f64,
        /// V at the cell centres.
        potential: Vec<f64>,
        /// Whether the mass is kept at 1.
        normalized: bool,
    },
    /// ∂ₜ log ρ = −β(log m + V), minus its mean, with m the marginal along the first axis.
    Marginal {
        /// β.
        rate: f64,
        /// V at the cell centres, a function of the first axis.
        potential: Vec<f64>,
    },
    /// ∂ₜ log ρ = −β(ρ/π − ⟨ρ/π⟩), with π normalised on the grid.
    ChiSquared {
        /// β.
        rate: f64,
        /// V at the cell centres.
        potential: Vec<f64>,
    },
    /// ∂ₜ log ρ = −c.
    Killing {
        /// c at the cell centres.
        rate: Vec<f64>,
    },
    /// What `own` does, and −c(t, x) besides.
    Driven {
        /// Fisher–Rao, killing or nothing.
        own: Box<Self>,
        /// c.
        killing: DrivenRate,
    },
}

/// A rate c(t, x).
#[derive(Clone, Debug)]
pub enum DrivenRate {
    /// By a formula.
    Formula(Program),
    /// Of the weights of a reverse diffusion, with β times −log of what its reaction pulls to.
    Reversed(Box<ReverseDiffusion>),
}

impl DrivenRate {
    /// c at the cell centres at `time`.
    fn at(&self, grid: &Grid, time: f64) -> Vec<f64> {
        match self {
            Self::Formula(killing) => grid.sample(|x| {
                let mut rate = [0.0];
                killing.evaluate(time, x, &mut rate);
                rate[0]
            }),
            Self::Reversed(flow) => reversed::rates(grid, flow, time),
        }
    }
}

impl Reaction {
    /// β, where there is one.
    pub(super) fn rate(&self) -> f64 {
        match self {
            Self::FisherRao { rate, .. } | Self::Marginal { rate, .. } | Self::ChiSquared { rate, .. } => {
                *rate
            }
            Self::Driven { own, .. } => own.rate(),
            Self::None | Self::Killing { .. } => 0.0,
        }
    }

    /// log ρ from `time` on ← the exact solution after `h`: for Fisher–Rao e^{−βh} log ρ − (1 − e^{−βh}) V, which is
    /// the geometric path toward π (log-normalised on the grid if the mass is kept). A rate that depends on t is
    /// integrated by a Gauss rule of order 6.
    pub fn advance(&self, grid: &Grid, log_density: &mut [f64], time: f64, h: f64) {
        match self {
            Self::None => {}
            Self::FisherRao { rate, potential, normalized } => {
                let keep = (-rate * h).exp();
                let relax = -(-rate * h).exp_m1();
                for (log, v) in log_density.iter_mut().zip(potential) {
                    *log = keep * *log - relax * v;
                }
                if *normalized {
                    normalize(grid, log_density);
                }
            }
            Self::Marginal { rate, potential } => {
                let relax = -(-rate * h).exp_m1();
                let columns = grid.cells()[0];
                let slab = grid.volume() / grid.width(0);
                for i in 0..columns {
                    let column: Vec<f64> = log_density[i..].iter().step_by(columns).copied().collect();
                    let change = relax * (log_sum_exp(&column) + slab.ln() + potential[i]);
                    for log in log_density[i..].iter_mut().step_by(columns) {
                        *log -= change;
                    }
                }
                normalize(grid, log_density);
            }
            Self::ChiSquared { rate, potential } => {
                let minus: Vec<f64> = potential.iter().map(|v| -v).collect();
                let log_evidence = grid.log_mass(&minus);
                let log_ratios: Vec<f64> =
                    log_density.iter().zip(potential).map(|(log, v)| log + v + log_evidence).collect();
                let log_masses: Vec<f64> =
                    log_density.iter().zip(grid.log_volumes()).map(|(log, volume)| log + volume).collect();
                for (log, change) in
                    log_density.iter_mut().zip(chi_squared_reaction(&log_masses, &log_ratios, rate * h))
                {
                    *log += change;
                }
                normalize(grid, log_density);
            }
            Self::Killing { rate } => {
                for (log, c) in log_density.iter_mut().zip(rate) {
                    *log -= h * c;
                }
            }
            Self::Driven { own, killing } => {
                own.advance(grid, log_density, time, h);
                // What was lost at t + s has relaxed since then: ∫ e^{−β(h − s)} c(t + s) ds.
                let β = own.relaxation();
                for (node, weight) in GAUSS_LEGENDRE {
                    let (now, weight) = (time + node * h, weight * h * (-β * (1.0 - node) * h).exp());
                    for (log, c) in log_density.iter_mut().zip(killing.at(grid, now)) {
                        *log -= weight * c;
                    }
                }
                if own.keeps_mass() {
                    normalize(grid, log_density);
                }
            }
        }
    }

    /// β of what relaxes log ρ linearly; 0 where nothing does.
    fn relaxation(&self) -> f64 {
        match self {
            Self::FisherRao { rate, .. } => *rate,
            Self::None
            | Self::Killing { .. }
            | Self::Marginal { .. }
            | Self::ChiSquared { .. }
            | Self::Driven { .. } => 0.0,
        }
    }

    /// Whether the mass is kept at 1.
    pub fn keeps_mass(&self) -> bool {
        match self {
            Self::FisherRao { normalized, .. } => *normalized,
            Self::Marginal { .. } | Self::ChiSquared { .. } => true,
            Self::None | Self::Killing { .. } => false,
            Self::Driven { own, .. } => own.keeps_mass(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Makes the mass 1.
pub(super) fn normalize(grid: &Grid, log_density: &mut [f64]) {
    let log_mass = grid.log_mass(log_density);
    for log in log_density {
        *log -= log_mass;
    }
}
