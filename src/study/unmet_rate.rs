//! Branches of a rate that no particle has met, where paths would gain weight.

use crate::model::{Dynamics, Observable, Problem};
use crate::particles::Population;

/// −log 0.05: what no draw of n has met has a share of this over n at most, at 95 %.
const NONE: f64 = 3.0;
/// Largest exponent that is told.
const MOST: f64 = 700.0;

/// What is to be said of the rate of an `[sde]` whose comparisons, maxima or the like all particles are on one side of, if the weight
/// e^{−∫rate} of few paths beyond could count for more than the noise of all.
pub fn unmet_rate(problem: &Problem, population: &Population) -> Option<String> {
    let Dynamics::Sde(sde) = &problem.dynamics else { return None };
    let rate = Observable::new("the rate", sde.rate()?);
    let at = |own: &Observable| population.ensemble.map(|x| own.value(x));
    let lowest = |values: Vec<f64>| values.into_iter().fold(f64::INFINITY, f64::min);
    let draws = population.summary().ess.max(1.0);
    let now = lowest(at(&rate));
    rate.branches().iter().find_map(|own| {
        let branch = at(&own.branch);
        let met = branch.iter().any(|value| *value != branch[0]);
        // A maximum may be as far beyond as it likes; a jump is what it is.
        let gain = (now - lowest(at(&own.turned))) * problem.horizon;
        if met || own.margin.is_some() || gain.is_nan() || gain <= 0.0 {
            return None;
        }
        let factor = gain.min(MOST).exp_m1();
        (NONE / draws * factor > 1.0 / draws.sqrt()).then(|| {
            format!(
                "rare: all particles are on one side of a comparison or the like within the rate, beyond which a path gains a weight of up \
                 to {factor:.1e}: the means may be off by any share of it that has a probability below {:.1e} (at 95 %)",
                NONE / draws
            )
        })
    })
}
