//! The flow whose reaction reads the density through a kernel: stationary variances, limits, and the kernel itself.

use wfr::exact::SmoothedGaussianFlow;

fn flow(kernel: f64) -> SmoothedGaussianFlow {
    SmoothedGaussianFlow { transport: 1.0, reaction: 1.0, target: [0.0, 1.0], kernel }
}

#[test]
fn stationary_variances_are_the_tabulated_ones() {
    // Roots of 2(1 − v)(v + s²) = v²(v + s² − 1), by bisection with 40 digits in Python.
    for (kernel, variance) in
        [(0.01, 0.9966961397825632), (0.04, 0.9871307062534742), (0.25, 0.9327741867289643)]
    {
        let flow = flow(kernel);
        assert!((flow.stationary_variance() - variance).abs() < 1e-15, "s² = {kernel}");
        // The slowest rate is above 2, so e^{−40} is left after t = 20; Runge–Kutta keeps the fixed point to rounding.
        let [mean, late] = flow.at([3.0, 0.25], 20.0);
        assert!(mean.abs() < 1e-13 && (late - variance).abs() < 1e-13, "s² = {kernel}: {late}");
    }
}

#[test]
fn without_transport_the_kernel_takes_its_variance_away() {
    let flow = SmoothedGaussianFlow { transport: 0.0, ..flow(0.25) };
    assert!((flow.stationary_variance() - 0.75).abs() < 1e-15);
}

#[test]
fn without_a_kernel_it_is_the_wfr_flow() {
    // N(3, 1/4) towards N(0, 1) at t = 1: mean and variance of the closed form, as in the validation of the Gaussian flow.
    let [mean, variance] = flow(0.0).at([3.0, 0.25], 1.0);
    assert!((mean - 0.532503864182384).abs() < 1e-12 && (variance - 0.9510256940057377).abs() < 1e-12);
}
