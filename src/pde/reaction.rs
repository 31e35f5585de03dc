use super::{Grid, trajectory::log_sum_exp};

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
    /// ∂ₜ log ρ = −c.
    Killing {
        /// c at the cell centres.
        rate: Vec<f64>,
    },
}

impl Reaction {
    /// log ρ ← the exact solution after `h`: for Fisher–Rao e^{−βh} log ρ − (1 − e^{−βh}) V, which is
    /// the geometric path toward π (log-normalised on the grid if the mass is kept).
    pub fn advance(&self, grid: &Grid, log_density: &mut [f64], h: f64) {
        match self {
            Self::None => {}
            Self::FisherRao { rate, potential, normalized } => {
                let keep = (-rate * h).exp();
                let relax = -(-rate * h).exp_m1();
                for (log, v) in log_density.iter_mut().zip(potential) {
                    *log = keep * *log - relax * v;
                }
                if *normalized {
                    let log_mass = log_sum_exp(log_density) + grid.volume().ln();
                    for log in log_density.iter_mut() {
                        *log -= log_mass;
                    }
                }
            }
            Self::Killing { rate } => {
                for (log, c) in log_density.iter_mut().zip(rate) {
                    *log -= h * c;
                }
            }
        }
    }

    /// Whether there is nothing to do.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}
