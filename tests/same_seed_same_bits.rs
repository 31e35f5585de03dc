//! Results depend on the seed, not on threads, nor on how many other paths there are.

mod common;
use common::{flow, scenario};
use wfr::algebra::Lanes;
use wfr::model::{Dynamics, WeightedFlow};
use wfr::particles::{Ensemble, Motion};
use wfr::report::result_json;
use wfr::schemes::{Heun, WeightRule};
use wfr::study::run;

#[test]
fn result_json_is_the_same_with_1_2_3_and_7_threads() {
    let rest = "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [200]\nstep = 0.02\n\
                [particles]\ncount = 20001\nstep = 0.05\nscheme = \"platen\"\ness-threshold = 0.95\n\
                [[study]]\nkind = \"compare\"\n\
                [[study]]\nkind = \"weak-order\"\nobservable = \"x^2\"\nsteps = [0.0625, 0.03125]\nmethods = [\"monte-carlo\"]\nmax-paths = 20000\n";
    let scenario = scenario(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 1.0, rest));
    let results: Vec<String> = [1, 2, 3, 7]
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found =
                pool.install(|| run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings);
            assert!(found.particles.as_ref().unwrap().resamplings > 0.0, "resampling takes part");
            result_json(&found)
        })
        .into();
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn the_first_thousand_of_ten_thousand_paths_are_those_of_a_thousand() {
    let plan = scenario(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 0.0, "")).plan;
    let Dynamics::GradientFlow(flow) = &plan.problem.dynamics else { panic!("a flow") };
    let sde = WeightedFlow::new(flow, 1, None);
    let motion =
        Motion { sde: &sde, scheme: &Heun::GAUSSIAN, weight: WeightRule::Trapezoidal, weighted: false };
    let paths = |count, seed| {
        let mut ensemble = Ensemble::new(&plan.problem.initial, count, seed, motion);
        ensemble.advance(motion, 0.01, 0, 50).unwrap();
        ensemble.map(|x: &[Lanes]| x[0])
    };
    let (few, many) = (paths(1000, 5), paths(10_000, 5));
    assert_eq!(few[..], many[..1000]);
    assert!(few.iter().zip(paths(1000, 6)).all(|(a, b)| *a != b), "another seed, other paths");
}
