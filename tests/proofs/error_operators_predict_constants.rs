//! The error operator of Euler–Maruyama, applied to the Ornstein–Uhlenbeck process, gives the closed-form constants.

use wfr::algebra::Ring;
use wfr::schemes::certificate::{AbstractEquation, AbstractSde, certificate};
use wfr::schemes::{EulerMaruyama, NoiseClass, WeightRule};
use wfr::symbolic::{Coordinate, DifferentialPolynomial, Name, Symbol};

fn q(numerator: i64, denominator: i64) -> DifferentialPolynomial {
    DifferentialPolynomial::ratio(numerator, denominator)
}

/// The error operator for dX = −kX dt + √2 dW without rate, applied to φ.
fn ornstein_uhlenbeck(φ: &DifferentialPolynomial) -> DifferentialPolynomial {
    let sde = AbstractSde::new(1, NoiseClass::Additive);
    let error =
        certificate(&EulerMaruyama::GAUSSIAN, WeightRule::Trapezoidal, 1, NoiseClass::Additive).leading_error;
    let k = DifferentialPolynomial::from(Symbol::Parameter(Name::new('k', &[])));
    let x = DifferentialPolynomial::from(Symbol::Coordinate(Coordinate::space(0)));
    let error = error.insert(sde.rate_function(), &q(0, 1)).insert(sde.drift_function(0), &-(k * x));
    error.insert(sde.observable(), φ).substitute_power(sde.diffusion_symbol(0, 0), 2, &q(2, 1))
}

#[test]
fn on_x_and_x_squared_it_is_what_one_computes_by_hand() {
    // D φ = −½ b b' φ' − ½ b'' φ' − b' φ'' with b = −kx: D x = −½k²x, D x² = −k²x² + 2k.
    let k = DifferentialPolynomial::from(Symbol::Parameter(Name::new('k', &[])));
    let x = DifferentialPolynomial::from(Symbol::Coordinate(Coordinate::space(0)));
    assert_eq!(ornstein_uhlenbeck(&x), q(-1, 2) * (k.power(2) * x.clone()));
    assert_eq!(ornstein_uhlenbeck(&x.power(2)), -(k.power(2) * x.power(2)) + q(2, 1) * k);
}

#[test]
fn integrated_along_the_flow_it_is_the_limit_of_the_error_of_the_scheme() {
    // u(t, x) = x² e^{−2kτ} + (1 − e^{−2kτ})/k with τ = T − t, so D u = e^{−2kτ}(−k²x² + 2k); with
    // E X_t² = x₀² e^{−2kt} + (1 − e^{−2kt})/k, ∫₀ᵀ E D u dt = −x₀²k²T e^{−2kT} + ½(1 − e^{−2kT}) + kT e^{−2kT} (theory.md
    // §3.1). The scheme itself: E X_n² by its recursion.
    for (k, x0, horizon) in [(1.0, 1.0, 1.0), (0.7, 2.0, 1.5), (2.0, 0.0, 0.5)] {
        let decay = f64::exp(-2.0 * k * horizon);
        let predicted = -x0 * x0 * k * k * horizon * decay + 0.5 * (1.0 - decay) + k * horizon * decay;
        let exact = x0 * x0 * decay + (1.0 - decay) / k;
        let error = |steps: u32| {
            let h = horizon / f64::from(steps);
            let second = (0..steps).fold(x0 * x0, |m, _| (1.0 - k * h).powi(2) * m + 2.0 * h);
            (second - exact) / h
        };
        // Richardson removes the next power of h; the rest is O(h²) of a constant below 10.
        let limit = 2.0 * error(2000) - error(1000);
        assert!((limit - predicted).abs() < 1e-5, "{limit} {predicted}");
    }
}
