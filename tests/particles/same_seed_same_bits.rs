//! Results depend on the seed, not on threads, nor on how many other paths there are.

use crate::common::{flow, scenario};
use wfr::algebra::Lanes;
use wfr::algebra::simd::Instructions;
use wfr::model::{Dynamics, WeightedFlow};
use wfr::particles::{Ensemble, Motion, Watch, simulate};
use wfr::report::result_json;
use wfr::schemes::{EulerMaruyama, Platen, RoesslerRi6, WeightRule};
use wfr::study::{particle_path, run};

#[test]
fn result_json_is_the_same_with_1_2_3_7_and_16_threads() {
    for interaction in ["ess-threshold = 0.95", "mode = \"birth-death\""] {
        let rest = format!(
            "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [200]\nstep = 0.02\n\
             [particles]\ncount = 20001\nstep = 0.05\nscheme = \"platen\"\n{interaction}\n\
             [[study]]\nkind = \"compare\"\n\
             [[study]]\nkind = \"weak-order\"\nobservable = \"x^2\"\nsteps = [0.0625, 0.03125]\n\
             methods = [\"monte-carlo\"]\nmax-paths = 20000\n"
        );
        let scenario = scenario(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 1.0, &rest));
        let results: Vec<String> = [1, 2, 3, 7, 16]
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let found = pool
                    .install(|| run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings);
                assert!(found.particles.as_ref().unwrap().resamplings > 0.0, "{interaction} takes part");
                result_json(&found)
            })
            .into();
        assert!(results.iter().all(|result| *result == results[0]), "{interaction}");
    }
}

#[test]
fn any_path_can_be_run_again_alone() {
    let text = "dimension = 2\n[initial]\nmean = [1.0, 0.0]\ncovariance = [[0.2, 0.1], [0.1, 0.3]]\n\
                [sde]\ndrift = [\"-x\", \"x - y\"]\ndiffusion = [[\"1\", \"0\"], [\"0\", \"1\"]]\nrate = \"x*y\"\n\
                horizon = 0.5\n[particles]\ncount = 2000\nstep = 0.05\nresampling = \"none\"\n";
    let plan = scenario(text).plan;
    let Dynamics::Sde(sde) = &plan.problem().dynamics else { panic!("an SDE") };
    let settings = plan.particles().unwrap();
    let ensemble = simulate(plan.problem(), settings, sde, Watch::default()).population.unwrap().ensemble;
    // Their blocks in another order than that of the ensemble.
    for index in [1999, 17, 512, 0, 1100, 511] {
        let path = particle_path(&plan, index).unwrap().unwrap();
        assert_eq!(path.times.len(), 11);
        assert_eq!(path.positions[10], ensemble.position(index));
        assert_eq!(path.log_weights[10], ensemble.log_weights()[index]);
        assert_eq!(path.log_weights[0], 0.0);
    }
    assert_eq!(particle_path(&plan, 2000).unwrap(), None);
}

#[test]
fn the_first_thousand_of_ten_thousand_paths_are_those_of_a_thousand() {
    let plan = scenario(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 0.0, "")).plan;
    let Dynamics::GradientFlow(flow) = &plan.problem().dynamics else { panic!("a flow") };
    let sde = WeightedFlow::new(flow, 1, None);
    let motion =
        Motion { sde: &sde, scheme: &Platen::GAUSSIAN, weight: WeightRule::Trapezoidal, weighted: false };
    let paths = |count, seed| {
        let mut ensemble = Ensemble::new(&plan.problem().initial, count, seed, motion);
        ensemble.advance(motion, 0.01, 0, 50).unwrap();
        ensemble.map(|x: &[Lanes]| x[0])
    };
    let (few, many) = (paths(1000, 5), paths(10_000, 5));
    assert_eq!(few[..], many[..1000]);
    assert!(few.iter().zip(paths(1000, 6)).all(|(a, b)| *a != b), "another seed, other paths");
}

/// A mixture, a formula with every function, and both kinds of variates take part.
#[test]
fn all_vector_instructions_give_the_same_bits() {
    let formula = "[initial]\nmean = [0.3]\ncovariance = [[0.5]]\n\
                   [sde]\ndrift = [\"sin(x) - tanh(x)*exp(-x^2/3) - x\"]\n\
                   diffusion = [[\"1 + cos(x)/4\"]]\nrate = \"log(1 + x^2)\"\nhorizon = 1.0\n";
    let problem = scenario(formula).plan.problem().clone();
    let Dynamics::Sde(sde) = &problem.dynamics else { panic!("an equation") };
    let modes = "[target]\nmixture = [{weight = 0.3, mean = [-1.0], covariance = [[0.2]]}, {weight = 0.7, mean = [1.0], covariance = [[0.4]]}]\n\
                 [initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let mixture = scenario(modes).plan.problem().clone();
    let Dynamics::GradientFlow(flow) = &mixture.dynamics else { panic!("a flow") };
    let flow = WeightedFlow::new(flow, 1, None);
    let bits = |scheme, sde: &(dyn wfr::schemes::Sde<Lanes> + Sync), problem: &wfr::model::Problem| {
        let motion = Motion { sde, scheme, weight: WeightRule::Trapezoidal, weighted: problem.weighted() };
        let mut ensemble = Ensemble::new(&problem.initial, 1500, 9, motion);
        ensemble.advance(motion, 0.01, 0, 40).unwrap();
        let places = ensemble.map(|x: &[Lanes]| x[0]);
        let numbers = places.into_iter().chain(ensemble.log_weights());
        numbers.map(f64::to_bits).collect::<Vec<u64>>()
    };
    let [baseline, rest @ ..] = Instructions::ALL.map(|instructions| {
        instructions.restrict_to();
        [
            bits(&EulerMaruyama::GAUSSIAN, sde, &problem),
            bits(&EulerMaruyama::TWO_POINT, sde, &problem),
            bits(&Platen::THREE_POINT, &flow, &mixture),
            bits(&RoesslerRi6, sde, &problem),
            bits(&Platen::GAUSSIAN, &flow, &mixture),
        ]
    });
    // Where the machine lacks an instruction set, the next narrower one takes its place.
    assert!(rest.iter().all(|wider| *wider == baseline), "up to {:?}", Instructions::detected());
}
