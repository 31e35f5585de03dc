//! The discrete law of a scheme has a closed form where moments close: linear equations, and quadratic rates. The
//! noise-free expectation of the code that runs must reproduce it at every step size, not only in the limit.
//!
//! Tolerance: polynomials and Gaussians are resolved to rounding ε, which a step may add anew and never amplifies (it
//! averages); 80 steps, ten operations and values of order 1 leave 80·10·2.2e-16 < 1e-12.

use crate::common::close;
use crate::common::laws::{Run, ornstein_uhlenbeck, sde};
use wfr::exact::killed_ornstein_uhlenbeck;
use wfr::law::Resolution;
use wfr::model::{Component, GaussianMixture, Initial};
use wfr::schemes::WeightRule;

const TOLERANCE: f64 = 1e-12;

/// A linear step X' = αX + sξ on dX = −kX dt + √(2β) dW, [α, s²] (theory.md §3.1 with noise 2β); z = kh.
fn linear_step(scheme: &str, z: f64, noise: f64) -> [f64; 2] {
    match scheme {
        "euler-maruyama" => [1.0 - z, noise],
        "implicit-euler" => [1.0 / (1.0 + z), noise / (1.0 + z).powi(2)],
        "implicit-trapezoidal" => [(1.0 - z / 2.0) / (1.0 + z / 2.0), noise / (1.0 + z / 2.0).powi(2)],
        _ => [1.0 - z + z * z / 2.0, noise * (1.0 - z / 2.0).powi(2)],
    }
}

const LINEAR: [&str; 5] =
    ["euler-maruyama", "implicit-euler", "implicit-trapezoidal", "platen", "roessler-ri6"];

#[test]
fn second_moments_of_the_ornstein_uhlenbeck_process() {
    for (k, x) in [(1.0, 1.0), (2.0, 0.5)] {
        let sde = ornstein_uhlenbeck(k, 2f64.sqrt(), 0.0);
        for scheme in LINEAR {
            let run =
                Run::from_point(&sde, scheme, WeightRule::Left, Resolution::line(-10.0, 10.0, 20, 30), &[x]);
            for n in [10, 20, 40, 80] {
                let h = 1.0 / n as f64;
                let [α, s2] = linear_step(scheme, k * h, 2.0 * h);
                let forgotten = α.powi(2 * n as i32);
                let closed = x * x * forgotten + s2 * (1.0 - forgotten) / (1.0 - α * α);
                close(run.expectation("x^2", 1.0, n).value, closed, TOLERANCE, scheme);
            }
        }
    }
    // The published errors at k = 1, x₀ = 1, T = 1 (theory.md §3.1).
    let sde = ornstein_uhlenbeck(1.0, 2f64.sqrt(), 0.0);
    let published = [
        (
            "euler-maruyama",
            [4.623280765312793e-2, 2.234584213935632e-2, 1.098812904573541e-2, 5.448804604138027e-3],
        ),
        (
            "platen",
            [-2.268182526241249e-3, -5.538421351427801e-4, -1.367878476387383e-4, -3.398677730637982e-5],
        ),
        ("implicit-trapezoidal", [0.0; 4]),
    ];
    for (scheme, errors) in published {
        let run =
            Run::from_point(&sde, scheme, WeightRule::Left, Resolution::line(-10.0, 10.0, 20, 30), &[1.0]);
        for (n, error) in [10, 20, 40, 80].into_iter().zip(errors) {
            close(run.expectation("x^2", 1.0, n).value - 1.0, error, TOLERANCE, scheme);
        }
    }
}

/// A drift that holds paths in the interval, with little noise: all that can leave it is what starts beyond.
#[test]
fn what_starts_beyond_the_interval_has_left_it() {
    let sde = ornstein_uhlenbeck(1.0, 1e-2, 0.0);
    for (x, leak) in [(1.0, 0.0), (2.5, 1.0), (-2.5, 1.0)] {
        let resolution = Resolution::line(-2.0, 2.0, 20, 30);
        let run = Run::from_point(&sde, "euler-maruyama", WeightRule::Left, resolution, &[x]);
        close(run.expectation("x", 1.0, 10).leak, leak, TOLERANCE, "euler-maruyama");
    }
}

/// The chain Y from x₀ with output X = Y + √(h/2) η has E X_n² = 1/k + (x₀² − 1/k + h/2) α^{2n}, α = 1 − kh. It becomes
/// the published non-Markovian scheme when it starts at time h from N(αx₀, h/2): E X_n² = 1/k + x₀²α^{2n} − α^{2n−1}/k.
///
/// Both have order 1, but for one x₀ the first-order error vanishes: x₀² = 1/k + 1/(2k²T) and 1/k − 1/(k²T), by the
/// expansion α^{2n} = e^{−2kT}(1 − k²Th + …).
#[test]
fn leimkuhler_matthews_has_order_1_except_in_its_traps() {
    let resolution = || Resolution::line(-10.0, 10.0, 20, 30);
    for (k, horizon) in [(2.0f64, 1.0f64), (1.0, 1.0), (0.8, 2.0)] {
        let sde = ornstein_uhlenbeck(k, 2f64.sqrt(), 0.0);
        let from =
            |x: f64| Run::from_point(&sde, "leimkuhler-matthews", WeightRule::Left, resolution(), &[x]);
        let chain = |x: f64, n: usize| from(x).expectation("x^2", horizon, n).value;
        let published = |x: f64, n: usize| {
            let h = horizon / n as f64;
            let start =
                Component { weight: 1.0, mean: vec![(1.0 - k * h) * x], covariance: vec![vec![h / 2.0]] };
            let initial = Initial::Mixture(GaussianMixture::new(vec![start]).unwrap());
            Run { initial, ..from(x) }.expectation("x^2", horizon - h, n - 1).value
        };
        let exact = |x: f64| 1.0 / k + (x * x - 1.0 / k) * (-2.0 * k * horizon).exp();
        if k == 1.0 {
            // theory.md §3.1: x₀ = 1, T = 1.
            for (n, error) in [(10, -1.350851717672992e-2), (80, -1.691646429646249e-3)] {
                close(published(1.0, n) - exact(1.0), error, TOLERANCE, "table");
            }
        }
        let trap = |square: f64| square.max(0.0).sqrt();
        let traps = [trap(1.0 / k + 1.0 / (2.0 * k * k * horizon)), trap(1.0 / k - 1.0 / (k * k * horizon))];
        for x in [1.5, traps[0], traps[1]] {
            let errors = [20, 40, 80].map(|n| {
                let α = 1.0 - k * horizon / n as f64;
                let own = 1.0 / k + (x * x - 1.0 / k + (1.0 - α) / (2.0 * k)) * α.powi(2 * n as i32);
                let other = 1.0 / k + x * x * α.powi(2 * n as i32) - α.powi(2 * n as i32 - 1) / k;
                close(chain(x, n), own, TOLERANCE, "chain");
                close(published(x, n), other, TOLERANCE, "published");
                [own - exact(x), other - exact(x)]
            });
            for (which, trap) in traps.iter().enumerate() {
                let order = (errors[1][which] / errors[2][which]).log2();
                // The expansion in kh goes on with a relative term of a few kh/2.
                close(order, if x == *trap { 2.0 } else { 1.0 }, 4.0 * k * horizon / 40.0, "order");
            }
        }
    }
}

/// Geometric Brownian motion, μ = 0.1, σ = 0.3, X₀ = 1, T = 1: multiplicative noise.
#[test]
fn moments_of_geometric_brownian_motion() {
    let (μ, σ): (f64, f64) = (0.1, 0.3);
    let sde = sde(&["0.1*x"], &[&["0.3*x"]], None);
    let exact = (2.0 * μ + σ * σ).exp();
    close(exact, 1.336427488025472, 1e-15, "E X²");
    let euler = [-8.2712820838045e-3, -4.2080009913672e-3, -2.1226265501177e-3, -1.0660392555879e-3];
    let second = [-1.1195663e-4, -2.8456554897575e-5, -7.1732657731269e-6, -1.800750889075e-6];
    // The bound is the last digit of the table.
    let published = |scheme: &str| match scheme {
        "euler-maruyama" => Some((euler, [1e-16; 4])),
        "platen-general" | "roessler-ri6" | "roessler-pairs" => Some((second, [1e-11, 1e-18, 1e-19, 1e-18])),
        _ => None,
    };
    for scheme in ["euler-maruyama", "milstein", "platen-general", "roessler-ri6", "roessler-pairs"] {
        let run =
            Run::from_point(&sde, scheme, WeightRule::Left, Resolution::line(-2.0, 30.0, 32, 30), &[1.0]);
        for (place, n) in [5, 10, 20, 40].into_iter().enumerate() {
            let h = 1.0 / n as f64;
            // E X'²/X² from the coefficients of 1, √h ξ and ½h(ξ² − 1).
            let (growth, noise, square) = match scheme {
                "euler-maruyama" => (1.0 + μ * h, σ, 0.0),
                // A difference quotient of σ: (σ(X + h b + √h σ) − σ(X))/√h.
                "milstein" => (1.0 + μ * h, σ, σ * σ + σ * μ * h.sqrt()),
                _ => (1.0 + μ * h + (μ * h).powi(2) / 2.0, σ * (1.0 + μ * h), σ * σ),
            };
            let factor = growth * growth + noise * noise * h + square * square * h * h / 2.0;
            let found = [run.expectation("x", 1.0, n).value, run.expectation("x^2", 1.0, n).value];
            close(found[0], growth.powi(n as i32), TOLERANCE, scheme);
            close(found[1], factor.powi(n as i32), TOLERANCE, scheme);
            if let Some((errors, digits)) = published(scheme) {
                close(found[1] - exact, errors[place], TOLERANCE + digits[place], scheme);
            }
        }
    }
}

/// E_x exp(−Σ log-weights) for the rate qx² and X' = αX + sξ: u = exp(−Ax²/2 + ℓ) goes back step by step (theory.md §3.3).
fn discrete_feynman_kac([α, s2]: [f64; 2], qh: f64, [left, right]: [f64; 2], steps: usize, x: f64) -> f64 {
    let (mut a, mut l) = (0.0, 0.0);
    for _ in 0..steps {
        a += 2.0 * qh * right;
        l -= 0.5 * f64::ln_1p(a * s2);
        a = a * α * α / (1.0 + a * s2) + 2.0 * qh * left;
    }
    (-a * x * x / 2.0 + l).exp()
}

#[test]
fn feynman_kac_weights_have_their_closed_discrete_law() {
    let (k, σ, q, horizon, x) = (1.0, 2f64.sqrt(), 0.5, 1.0, 0.7);
    let exact = killed_ornstein_uhlenbeck(k, σ, q, horizon, x);
    let sde = ornstein_uhlenbeck(k, σ, q);
    // Three-point noise is not Gaussian: its law is another one, of the same order.
    for scheme in LINEAR.into_iter().filter(|scheme| *scheme != "roessler-ri6") {
        for (weight, shares) in [
            (WeightRule::Left, [1.0, 0.0]),
            (WeightRule::Trapezoidal, [0.5, 0.5]),
            (WeightRule::Strang, [0.5, 0.5]),
        ] {
            let run = Run::from_point(&sde, scheme, weight, Resolution::line(-10.0, 10.0, 30, 40), &[x]);
            for n in [8, 16, 32, 64] {
                let h = horizon / n as f64;
                let closed = discrete_feynman_kac(linear_step(scheme, k * h, σ * σ * h), q * h, shares, n, x);
                close(run.expectation("1", horizon, n).mass, closed, TOLERANCE, scheme);
            }
            // Published to six digits.
            let published = match (scheme, weight) {
                ("euler-maruyama", WeightRule::Trapezoidal) => [-1.28093e-2, -1.55488e-3],
                ("euler-maruyama", WeightRule::Left) => [-6.1447e-3, -8.7259e-4],
                _ => continue,
            };
            for (n, error) in [8, 64].into_iter().zip(published) {
                close(run.expectation("1", horizon, n).mass - exact, error, 1e-5 * error.abs(), scheme);
            }
        }
    }
}
