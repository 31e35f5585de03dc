//! A potential in code moves and weighs particles as its formula does, to the bit, whatever shares a call with whom.

use std::sync::Arc;
use wfr::model::{BatchFunction, Code};
use wfr::scenario::{self, Access, Vocabulary};
use wfr::study::{Run, run};

/// (x² − 1)², rounded as the formula is; its slope likewise.
struct Well;

impl BatchFunction for Well {
    fn values(&self, _t: f64, points: &[f64], out: &mut [f64]) {
        for (x, out) in points.iter().zip(out) {
            let inner = x * x - 1.0;
            *out = inner * inner;
        }
    }
    fn slopes(&self, _t: f64, points: &[f64], out: &mut [f64]) {
        for (x, out) in points.iter().zip(out) {
            *out = 2.0 * (x * x - 1.0) * (2.0 * x);
        }
    }
    fn has_slopes(&self) -> bool {
        true
    }
}

fn ran(potential: &str, scheme: &str, reaction: f64) -> Run {
    let code = Code {
        name: "well".into(),
        dimension: 1,
        outputs: 1,
        timed: false,
        smooth: true,
        function: Arc::new(Well),
    };
    // 9000 particles are more than share a call.
    let text = format!(
        "observables = [\"x\", \"{potential}\"]\n[target]\npotential = \"{potential}\"\n[initial]\nmean = [-1.0]\n\
         covariance = [[0.05]]\n[flow]\nreaction = {reaction:?}\nhorizon = 0.2\n[grid]\nlower = [-3.0]\nupper = [3.0]\n\
         cells = [60]\n[particles]\ncount = 9000\nstep = 0.02\nscheme = \"{scheme}\"\nsave = true\n"
    );
    let known = Vocabulary::within(Access::default()).function(code);
    let own = scenario::parse_with(&text, "test", &[], &known).unwrap();
    run(&own.name, &own.plan, &own.warnings, &|_, _| ())
}

#[test]
fn a_potential_in_code_has_the_bits_of_its_formula() {
    for (scheme, reaction) in [("euler-maruyama", 0.0), ("platen", 1.0), ("mala", 0.0)] {
        let (own, formula) = (ran("well", scheme, reaction), ran("(x^2 - 1)^2", scheme, reaction));
        let means = |run: &Run| {
            let found = run.findings.particles.as_ref().unwrap();
            let bits = |name: &str| {
                let own = &found.observables[name];
                [own.value, own.stderr].map(f64::to_bits)
            };
            let potential = found.observables.keys().find(|name| *name != "x").unwrap();
            [bits("x"), bits(potential)]
        };
        assert_eq!(means(&own), means(&formula), "{scheme}");
        let (own, formula) = (own.particles.unwrap(), formula.particles.unwrap());
        assert_eq!(own.positions, formula.positions, "{scheme}");
        assert_eq!(own.log_weights, formula.log_weights, "{scheme}");
    }
}
