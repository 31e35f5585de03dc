//! Standard errors of resampled particles against the scatter over seeds, where islands come to differ in mass.

use crate::common::scenario;
use statrs::distribution::{ContinuousCDF, StudentsT};
use wfr::model::Dynamics;
use wfr::particles::{ParticleSettings, Watch, simulate_annealed};

/// Seeds of each case.
const SEEDS: u64 = 400;
/// Student's quantile that each estimate may exceed with probability 1 %: of 400, a binomial count above this has 2e-9.
const MOST: usize = 20;

/// How many of the estimates of [E x, P(x > mean), log evidence] are beyond their 99 % interval, of particles annealed in
/// steps of `step` from N(0, 1) to N(`mean`, 1/4); and the mean number of degrees of freedom.
fn beyond(mean: f64, count: usize, step: f64) -> ([usize; 3], f64) {
    let text = format!(
        "observables = [\"x\", \"x > {mean}\"]\n[target]\nmixture = [{{ mean = [{mean:?}], covariance = [[0.25]] }}]\n\
         [initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
         [flow]\ndynamics = \"annealed\"\nschedule = \"t\"\nhorizon = 1.0\n\
         [particles]\ncount = {count}\nstep = {step:?}\nscheme = \"mala\"\n"
    );
    let plan = scenario(&text).plan;
    let (Dynamics::Annealed(flow), Some(settings)) = (&plan.problem().dynamics, plan.particles()) else {
        unreachable!("an annealed scenario with particles")
    };
    let (mut beyond, mut degrees) = ([0; 3], 0);
    for seed in 0..SEEDS {
        let settings = ParticleSettings { seed, ..settings.clone() };
        let simulation = simulate_annealed(plan.problem(), flow, &settings, Watch::default());
        let population = simulation.population.unwrap();
        let own = population.degrees_of_freedom();
        degrees += own;
        let quantile = StudentsT::new(0.0, 1.0, own.max(1) as f64).unwrap().inverse_cdf(0.995);
        let means = population.means(&plan.problem().observables, true);
        let estimates = [(means[0], mean), (means[1], 0.5), (simulation.log_evidence.unwrap(), 0.0)];
        for (beyond, (estimate, exact)) in beyond.iter_mut().zip(estimates) {
            *beyond += usize::from((estimate.value - exact).abs() > quantile * estimate.stderr);
        }
    }
    (beyond, degrees as f64 / SEEDS as f64)
}

#[test]
fn estimates_lie_in_their_intervals() {
    let (beyond, degrees) = beyond(3.0, 4096, 0.34);
    assert!(degrees < 50.0, "{degrees}: not less than the islands are");
    assert!(beyond.iter().all(|count| *count <= MOST), "{beyond:?}");
}

/// Few of sixteen islands have most of the mass: batch means with fifteen degrees of freedom would put 26 to 29 of the means
/// beyond. The logarithm of the mean mass, which the islands that no one has seen dominate, is beyond more often; there is a
/// warning.
#[test]
fn very_uneven_islands_count_as_few() {
    let (beyond, degrees) = beyond(4.0, 1024, 0.5);
    assert!(degrees < 6.0, "{degrees}");
    assert!(beyond[..2].iter().all(|count| *count <= MOST), "{beyond:?}");
}
