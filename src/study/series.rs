use crate::particles::{Mean, Simulation};

/// Normalised means of the observables at the recorded times.
#[derive(Clone, Debug, Default)]
pub struct TimeSeries {
    /// The times.
    pub times: Vec<f64>,
    /// One mean for each observable, at each time.
    pub means: Vec<Vec<Mean>>,
}

impl TimeSeries {
    /// What a simulation has recorded.
    pub fn of(simulation: &Simulation) -> Self {
        let times = simulation.history.iter().map(|instant| instant.time).collect();
        Self { times, means: simulation.recorded_means.clone() }
    }
}
