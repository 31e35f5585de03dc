//! Reversed diffusions of mixtures.

use super::scenario;
use wfr::model::{Dynamics, Problem, ReverseDiffusion};

pub const TWO_MODES: &str = "mixture = [{ weight = 0.3, mean = [-1.2], covariance = [[0.3]] }, { weight = 0.7, mean = [1.0], covariance = [[0.2]] }]";
pub const OTHER: &str = "mixture = [{ weight = 0.5, mean = [-1.0], covariance = [[0.6]] }, { weight = 0.5, mean = [1.3], covariance = [[0.5]] }]";

/// That of this target with these keys of [flow].
pub fn reverse_diffusion(target: &str, flow: &str, horizon: f64) -> Problem {
    let text = format!(
        "observables = [\"x\"]\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = {horizon:?}\n{flow}\n"
    );
    scenario(&text).plan.problem().clone()
}

pub fn diffusion(problem: &Problem) -> &ReverseDiffusion {
    let Dynamics::ReverseDiffusion(flow) = &problem.dynamics else { unreachable!("a reverse diffusion") };
    flow
}
