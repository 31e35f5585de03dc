//! As h → 0 the schemes reach values that are known: Mehler's formula, ground-state energies, and the moments of a
//! plane equation whose noise does not commute.
//!
//! Extrapolated values are held against the last correction of the extrapolation, which bounds what is left of the
//! expansion once it has set in, plus rounding.

use crate::common::laws::{Run, limit, ornstein_uhlenbeck, sde};
use crate::common::{close, findings};
use wfr::exact::killed_ornstein_uhlenbeck;
use wfr::law::Resolution;
use wfr::model::{Dynamics, Initial, Problem};
use wfr::particles::{Interaction, ParticleSettings, Resampling, Watch, simulate};
use wfr::schemes::{WeightRule, find};

/// As in discrete_laws_are_exact.rs.
const ROUNDING: f64 = 1e-12;

/// theory.md §3.3: (k, σ, q, T, x) and E_x exp(−q∫X²) from Mehler's formula.
#[test]
fn mehlers_formula_is_the_limit() {
    for (k, σ, q, horizon, x, exact) in [
        (1.0, 2f64.sqrt(), 0.5, 1.0, 0.7, 0.713_446_510_356_603_2),
        (0.0, 1.0, 0.5, 2.0, 0.0, 0.515_560_111_756_213_8),
        (0.5, 1.0, 1.5, 0.75, -1.0, 0.419_554_200_914_862_6),
    ] {
        close(killed_ornstein_uhlenbeck(k, σ, q, horizon, x), exact, 1e-15, "closed form");
        let sde = ornstein_uhlenbeck(k, σ, q);
        for (scheme, weight, powers) in [
            ("euler-maruyama", WeightRule::Left, [1, 2, 3, 4, 5, 6]),
            ("euler-maruyama", WeightRule::Trapezoidal, [1, 2, 3, 4, 5, 6]),
            ("platen", WeightRule::Trapezoidal, [2, 3, 4, 5, 6, 7]),
            ("roessler-ri6", WeightRule::Strang, [2, 3, 4, 5, 6, 7]),
            ("implicit-trapezoidal", WeightRule::Trapezoidal, [2, 3, 4, 5, 6, 7]),
        ] {
            let run = Run::from_point(&sde, scheme, weight, Resolution::line(-11.0, 11.0, 30, 40), &[x]);
            let values = [8, 16, 32, 64, 128, 256, 512].map(|n| run.expectation("1", horizon, n).mass);
            let (found, correction) = limit(&values, &powers);
            assert!(correction < 1e-9, "{scheme}: {correction:e}");
            close(found, exact, correction + ROUNDING, scheme);
        }
    }
}

/// −½Δ + x⁴ (theory.md §3.3).
const QUARTIC: f64 = 0.667_986_259_155_777_1;

/// The rate at which E exp(−∫c(W)) decays between two horizons in steps of length 1/`steps`, by the law of Brownian
/// paths with Strang's weight: −log of the top eigenvalue of e^{−hc/2} e^{½hΔ} e^{−hc/2}, over h. Of the second even
/// state e^{−(E₂ − E₀) first} is left.
///
/// 60 nodes resolve what 20 panels can hold. With 30 nodes and 40 panels, h = 1/32 has a growing mode of the
/// interpolation: 1e-6 at a horizon of 25.
fn decay_rate(rate: &str, reach: f64, horizons: [usize; 2], steps: usize) -> f64 {
    let sde = sde(&["0"], &[&["1"]], Some(rate));
    let resolution = Resolution::line(-reach, reach, 20, 60);
    let run = Run::from_point(&sde, "platen", WeightRule::Strang, resolution, &[0.0]);
    let [first, last] = horizons.map(|t| run.expectation("1", t as f64, t * steps).mass.ln());
    (first - last) / (horizons[1] - horizons[0]) as f64
}

/// Strang's splitting of the oscillator −½Δ + x²/2 is a symplectic map in imaginary time with trace 2 + h²: its energy
/// is asinh(h/2)/h at every h. E₂ − E₀ = 2, e^{−2·15} < 1e-13.
#[test]
fn the_oscillator_has_its_discrete_energy() {
    let counts = [2, 4, 8, 16, 32];
    let energies = counts.map(|n| decay_rate("x^2/2", 9.0, [15, 20], n));
    for (n, energy) in counts.into_iter().zip(energies) {
        let h = 1.0 / n as f64;
        close(energy, (h / 2.0).asinh() / h, ROUNDING, "energy at h");
    }
    let (energy, correction) = limit(&energies, &[2, 4, 6, 8]);
    close(energy, 0.5, correction + ROUNDING, "energy");
}

/// The splitting is symmetric, so that its energy has even powers of h only. E₂ − E₀ = 4.03: e^{−4·8} < 1e-13.
#[test]
fn the_quartic_oscillator_has_its_energy() {
    let energies = [8, 16, 32, 64].map(|n| decay_rate("x^4", 4.5, [8, 12], n));
    let (energy, correction) = limit(&energies, &[2, 4, 6]);
    assert!(correction < 1e-6);
    close(energy, QUARTIC, correction + ROUNDING, "energy");
}

/// By the grid, from two horizons; each mass has its own error estimate. What is left of the second even state,
/// e^{−2·10}, is below it.
#[test]
fn the_grid_has_the_energies_of_the_oscillators() {
    for (rate, reach, exact) in [("x^2/2", 8.0, 0.5), ("x^4", 4.5, QUARTIC)] {
        let log_mass = |horizon: f64| {
            let text = format!(
                "observables = [\"1\"]\n[initial]\nmean = [0.0]\ncovariance = [[0.25]]\n\
                 [sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"{rate}\"\nhorizon = {horizon:?}\n\
                 [grid]\nlower = [-{reach:?}]\nupper = [{reach:?}]\ncells = [800]\nstep = 0.01\n"
            );
            let mass = findings(&text).grid.unwrap().observables["1"];
            (mass.value.ln(), mass.error / mass.value)
        };
        let ((first, first_error), (last, last_error)) = (log_mass(10.0), log_mass(14.0));
        let (energy, error) = ((first - last) / 4.0, (first_error + last_error) / 4.0);
        assert!(error <= 1e-6, "{rate}: {error:e}");
        close(energy, exact, error, rate);
    }
}

/// By particles: the log-normaliser at two horizons from independent seeds, in steps so small that the law's own bias
/// is below a tenth of the standard error. One comparison with 63 degrees of freedom: 7.14 are exceeded at 1e-9.
#[test]
fn particles_have_the_energy_of_the_quartic_oscillator() {
    let sde = sde(&["0"], &[&["1"]], Some("x^4"));
    let log_mass = |horizon: f64, seed: u64| {
        let initial = Initial::Point(vec![0.0]);
        let problem =
            Problem { initial, dynamics: Dynamics::Sde(sde.clone()), horizon, observables: Vec::new() };
        let settings = ParticleSettings {
            count: 60_000,
            step: 0.02,
            scheme: find("platen").unwrap(),
            weight: WeightRule::Strang,
            mean_field: None,
            interaction: Interaction::Resampling(Resampling::Systematic, 0.5),
            seed,
            save: false,
        };
        simulate(&problem, &settings, &sde, Watch::default()).population.unwrap().log_normalizer()
    };
    let (first, last) = (log_mass(4.0, 1), log_mass(12.0, 2));
    let (energy, stderr) = ((first.value - last.value) / 8.0, first.stderr.hypot(last.stderr) / 8.0);
    let bias = decay_rate("x^4", 4.5, [4, 12], 50) - QUARTIC;
    assert!(bias.abs() < 0.1 * stderr, "bias {bias:e} against {stderr:e}");
    close(energy, QUARTIC, 7.14 * stderr, "energy");
}

/// dX = −X dt + dW₁ + 0.3 dW₂, dY = −½Y dt + X dW₂: the columns (1, 0) and (0.3, X) of σ do not commute.
/// Second moments close, in continuous time and under each scheme.
mod plane {
    use super::*;

    const START: [f64; 2] = [0.8, -0.5];

    /// [E X², E XY, E Y²] at time t.
    fn exact(t: f64) -> [f64; 3] {
        let [x, y] = START;
        let (rest, slow, middle, fast) = (1.09 / 2.0, (-t).exp(), (-1.5 * t).exp(), (-2.0 * t).exp());
        let excess = x * x - rest;
        [
            rest + excess * fast,
            x * y * middle + 0.6 * x * (slow - middle),
            y * y * slow + rest * (1.0 - slow) + excess * (slow - fast),
        ]
    }

    /// The same after n steps. With V = ±1 the general schemes of order 2 have, in law up to second moments,
    /// X' = (1 − h + ½h²) X + √h (1 − ½h)(ξ₁ + 0.3 ξ₂),
    /// Y' = (1 − ½h + ⅛h²) Y + √h (1 − ¾h) X ξ₂ + 0.15 h (ξ₂² − 1) + ½h (ξ₁ξ₂ + V).
    fn discrete(scheme: &str, h: f64, n: usize) -> [f64; 3] {
        let [x, y] = START;
        let (mut mean, mut xx, mut xy, mut yy) = (x, x * x, x * y, y * y);
        let [α, s, β, r, rest] = match scheme {
            "euler-maruyama" => [1.0 - h, 1.0, 1.0 - h / 2.0, 1.0, 0.0],
            _ => {
                let rest = 2.0 * (0.15 * h).powi(2) + h * h / 2.0;
                [1.0 - h + h * h / 2.0, 1.0 - h / 2.0, 1.0 - h / 2.0 + h * h / 8.0, 1.0 - 0.75 * h, rest]
            }
        };
        for _ in 0..n {
            yy = β * β * yy + h * r * r * xx + rest;
            xy = α * β * xy + 0.3 * h * s * r * mean;
            xx = α * α * xx + 1.09 * h * s * s;
            mean *= α;
        }
        [xx, xy, yy]
    }

    /// The box reaches ten standard deviations. What is clamped at its sides still comes in, by less than a panel a
    /// step, and shrinks tenfold or more with each of the four panels before the middle one: few steps keep it below
    /// rounding.
    #[test]
    fn noise_that_does_not_commute() {
        let sde = sde(&["-x", "-y/2"], &[&["1", "0.3"], &["0", "x"]], None);
        for scheme in ["euler-maruyama", "roessler-ri6", "platen-general"] {
            let resolution = Resolution::plane([-8.0, -24.0], [8.0, 24.0], 9, 8);
            let run = Run::from_point(&sde, scheme, WeightRule::Left, resolution, &START);
            // One observable with all three moments: a run takes seconds.
            let closed = discrete(scheme, 0.125, 8);
            let expected = closed[0] + 2.0 * closed[1] + 3.0 * closed[2];
            close(run.expectation("x^2 + 2*x*y + 3*y^2", 1.0, 8).value, expected, ROUNDING, scheme);
            // The closed discrete moments have the moment equations as their limit, with the order of the scheme.
            let order = find(scheme).unwrap().weak_order() as i32;
            let moments = [16, 32, 64, 128, 256, 512].map(|n| discrete(scheme, 1.0 / n as f64, n));
            for (component, exact) in exact(1.0).into_iter().enumerate() {
                let values = moments.map(|moments| moments[component]);
                let powers: Vec<i32> = (order..order + 5).collect();
                let (limit, correction) = limit(&values, &powers);
                close(limit, exact, correction + ROUNDING, scheme);
            }
        }
    }
}
