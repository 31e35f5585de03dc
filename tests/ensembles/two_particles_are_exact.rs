//! The reaction of two particles under a kernel, with and without each one's own term, is written out in one line.

use crate::common::{close, scenario};
use wfr::particles::{Watch, simulate_mean_field};

/// α = 0, β = 1, one step of 0.1 of the unnormalised flow with V = x²/2 and a kernel of deviation 0.7: log-weights become
/// (1 − e^{−0.1})(−V(x) − log ρ̂(x)), with ρ̂ of mass 1.
#[test]
fn two_particles_under_a_kernel_have_the_weights_of_the_formula() {
    for (leave_one_out, own) in [(false, 0.5), (true, 0.0)] {
        let scenario = scenario(&format!(
            "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
             [flow]\nhorizon = 0.1\ntransport = 0.0\nnormalized = false\n\
             [particles]\ncount = 2\nreplicates = 1\nstep = 0.1\ndensity = \"kernel\"\nsplitting = \"w-fr\"\n\
             bandwidth = 0.7\nleave-one-out = {leave_one_out}\ndensity-tolerance = 1e-12\nresampling = \"none\"\n"
        ));
        let plan = &scenario.plan;
        let settings = plan.particles().unwrap();
        let mean_field = settings.mean_field.as_ref().unwrap();
        let simulation = simulate_mean_field(plan.problem(), settings, mean_field, Watch::default());
        let ensemble = simulation.population.unwrap().ensemble;
        let x = ensemble.map(|x| x[0]);
        let kernel = |distance: f64| {
            (-0.5 * (distance / 0.7).powi(2)).exp() / (0.7 * (2.0 * std::f64::consts::PI).sqrt())
        };
        let density = own * kernel(0.0) + (1.0 - own) * kernel(x[0] - x[1]);
        for (x, log_weight) in x.iter().zip(ensemble.log_weights()) {
            let expected = (1.0 - (-0.1f64).exp()) * (-0.5 * x * x - density.ln());
            // The tolerance of the sums, and rounding.
            close(log_weight, expected, 1e-11, &format!("leave-one-out = {leave_one_out}"));
        }
    }
}
