//! Errors cover where levels have no order of their own: peaks narrower than a cell, noises that vanish together, kinetic spectra.

use crate::common::findings;
use faer::c64;
use std::f64::consts::PI;
use wfr::study::findings::Findings;
use wfr::study::spectrum::SpectrumFindings;

fn warns(found: &Findings, word: &str) -> bool {
    found.warnings.iter().any(|warning| warning.contains(word))
}

/// The claimed error of an observable, which covers.
#[track_caller]
fn covered(found: &Findings, name: &str, exact: f64) -> f64 {
    let grid = found.grid.as_ref().unwrap_or_else(|| panic!("{:?}", found.breakdown));
    let estimate = grid.observables[name];
    let miss = (estimate.value - exact).abs();
    assert!(
        miss <= estimate.error,
        "{name}: {} ± {} for {exact} misses by {} errors",
        estimate.value,
        estimate.error,
        miss / estimate.error
    );
    estimate.error
}

#[test]
fn peaks_of_observables_are_covered_at_all_widths_and_places() {
    // N(1, 0.5) on its way to N(0, 1).
    let (mean, variance) = ((-0.5f64).exp(), 1.0 - 0.5 * (-1.0f64).exp());
    for width in [0.004, 0.015, 0.03, 0.05, 0.08, 0.12, 0.3] {
        for place in [0.0, 0.013, 0.303, 0.32, 0.35, -0.41, 1.207] {
            let peak = format!("exp(-((x - {place})/{width})^2)");
            let found = findings(&format!(
                "observables = [\"{peak}\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n\
                 [flow]\nreaction = 0.0\nhorizon = 0.5\n[grid]\nlower = [-8.0]\nupper = [8.0]\ncells = [200]\n"
            ));
            // The product with a normal density is one, up to a factor.
            let own = 0.5 * width * width;
            let exact =
                (own / (own + variance)).sqrt() * (-0.5 * (place - mean).powi(2) / (own + variance)).exp();
            let error = covered(&found, &peak, exact);
            // Cells are 0.08 wide.
            assert!(width > 0.04 || warns(&found, "feature"), "{peak}");
            assert!(width < 0.2 || (!warns(&found, "feature") && error < 1e-4 * exact), "{peak}: {error}");
        }
    }
}

/// The mass that a rate leaves of a Brownian motion from N(0, 0.1) with drift −x, by Crank and Nicolson's rule on many cells.
fn mass(rate: impl Fn(f64) -> f64, time: f64) -> f64 {
    let (n, steps, reach) = (9600, 1000, 6.0);
    let (h, k) = (2.0 * reach / f64::from(n), time / f64::from(steps));
    let x = |i: i32| -reach + (f64::from(i) + 0.5) * h;
    // Of flows across the face above a cell, up from it and down from the next.
    let flows = |i: i32| {
        let v = x(i) + 0.5 * h;
        [0.5 / (h * h) - 0.5 * v / h, 0.5 / (h * h) + 0.5 * v / h]
            .map(|own| if i < 0 || i + 1 >= n { 0.0 } else { own })
    };
    let mut density: Vec<f64> =
        (0..n).map(|i| (-0.5 * x(i).powi(2) / 0.1).exp() / (2.0 * PI * 0.1).sqrt()).collect();
    let out: Vec<f64> = (0..n).map(|i| flows(i)[0] + flows(i - 1)[1] + rate(x(i))).collect();
    for step in 0..steps {
        // Two steps of a quarter each, backward Euler, damp what is rough at the start.
        let (parts, explicit) = if step < 2 { (4, 0.0) } else { (1, 0.5) };
        for _ in 0..parts {
            let k = k / f64::from(parts);
            let at = |i: i32| density.get(i as usize).copied().unwrap_or(0.0);
            let right: Vec<f64> = (0..n)
                .map(|i| {
                    let inflow = flows(i - 1)[0] * at(i - 1) + flows(i)[1] * at(i + 1);
                    at(i) + explicit * k * (inflow - out[i as usize] * at(i))
                })
                .collect();
            density = solve(right, k * (1.0 - explicit), &out, &flows);
        }
    }
    density.iter().sum::<f64>() * h
}

/// Thomas' elimination.
fn solve(mut right: Vec<f64>, k: f64, out: &[f64], flows: &impl Fn(i32) -> [f64; 2]) -> Vec<f64> {
    let n = right.len();
    let mut diagonal: Vec<f64> = out.iter().map(|own| 1.0 + k * own).collect();
    for i in 1..n {
        let [up, down] = flows(i as i32 - 1);
        let factor = k * up / diagonal[i - 1];
        diagonal[i] -= factor * k * down;
        right[i] += factor * right[i - 1];
    }
    right[n - 1] /= diagonal[n - 1];
    for i in (0..n - 1).rev() {
        right[i] = (right[i] + k * flows(i as i32)[1] * right[i + 1]) / diagonal[i];
    }
    right
}

#[test]
fn narrow_rates_widen_the_error() {
    let start = "[initial]\nmean = [0.0]\ncovariance = [[0.1]]\n";
    for (height, place, width) in
        [(30.0, 0.37, 0.02), (30.0, 0.0, 0.02), (300.0, 0.1, 0.01), (20.0, -0.23, 0.03), (5000.0, 0.4, 0.01)]
    {
        let rate = format!("{height}*exp(-((x - {place})/{width})^2)");
        let exact = mass(|x| height * (-((x - place) / width).powi(2)).exp(), 1.0);
        for cells in [150, 200] {
            let found = findings(&format!(
                "observables = [\"1\"]\n{start}[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"{rate}\"\nhorizon = 1.0\n\
                 [grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [{cells}]\n"
            ));
            covered(&found, "1", exact);
            assert!(warns(&found, "feature"), "{rate}");
        }
    }
    // Where no reading of the cells sees it, the value says that nothing is known.
    let rate = "1000*exp(-((x - 0.37)/0.001)^2)*(1 + 0.01*t)";
    let found = findings(&format!(
        "observables = [\"1\"]\n{start}[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"{rate}\"\nhorizon = 1.0\n[grid]\n\
         lower = [-6.0]\nupper = [6.0]\ncells = [200]\n"
    ));
    assert!(warns(&found, "feature"));
    assert!(found.grid.unwrap().observables["1"].error > 0.5);
}

/// E(S − 1)⁺ of Heston's equation by π⁻¹∫ Re φ(u − i/2)/(u² + ¼) du (Lewis 2001).
fn call([κ, θ, v, ξ, ρ]: [f64; 5], time: f64) -> f64 {
    const UNIT: c64 = c64 { re: 0.0, im: 1.0 };
    let one = c64::from(1.0);
    let characteristic = |u: c64| {
        let β = c64::from(κ) - UNIT * u * (ρ * ξ);
        let d = (β * β + (UNIT * u + u * u) * (ξ * ξ)).sqrt();
        let (g, falling) = ((β - d) / (β + d), (-d * time).exp());
        let level = ((β - d) * time - ((one - g * falling) / (one - g)).ln() * 2.0) * (κ * θ / (ξ * ξ));
        (level + (β - d) * (one - falling) / (one - g * falling) * (v / (ξ * ξ))).exp()
    };
    let width = 0.02;
    let terms = (0..10_000).map(|k| (f64::from(k) + 0.5) * width);
    1.0 - width / PI * terms.map(|u| characteristic(c64 { re: u, im: -0.5 }).re / (u * u + 0.25)).sum::<f64>()
}

#[test]
fn heston_with_correlation_is_covered() {
    // Fang and Oosterlee (2008), Table 1: v = 0.0175 and ρ = −0.5711 give 0.05785155 at the strike.
    let [κ, θ, ξ, ρ] = [1.5768, 0.0398, 0.5751, -0.57];
    assert!((call([κ, θ, 0.0175, ξ, -0.5711], 1.0) - 0.057_851_55).abs() < 1e-6);
    let payoff = "0.5*(exp(x) - 1 + abs(exp(x) - 1))";
    for (start, cells) in [(0.1, 80), (0.1, 110), (0.0175, 100)] {
        let found = findings(&format!(
            "dimension = 2\nobservables = [\"y\", \"exp(x)\", \"{payoff}\"]\n[initial]\npoint = [0.0, {start}]\n[sde]\n\
             drift = [\"-0.5*y\", \"{κ}*({θ} - y)\"]\n\
             diffusion = [[\"sqrt(y)\", \"0\"], [\"{:?}*sqrt(y)\", \"{:?}*sqrt(y)\"]]\nhorizon = 1.0\n[grid]\n\
             lower = [-2.5, 0.0]\nupper = [2.0, 1.6]\ncells = [{cells}, {cells}]\n",
            ρ * ξ,
            (1.0f64 - ρ * ρ).sqrt() * ξ
        ));
        assert!(warns(&found, "boundary"));
        covered(&found, "y", θ + (start - θ) * (-κ).exp());
        covered(&found, "exp(x)", 1.0);
        covered(&found, payoff, call([κ, θ, start, ξ, ρ], 1.0));
    }
}

#[test]
fn kinetic_spectra_are_covered() {
    // n₁λ₊ + n₂λ₋ with λ± = (γ ± √(γ² − 4k))/2; boxes that cut, too.
    for (k, γ, reach, cells) in [
        (1.0, 1.5, 6.5, 128),
        (1.0, 3.0, 6.0, 60),
        (0.6, 1.2, 7.0, 72),
        (1.6, 2.0, 5.0, 56),
        (1.0, 1.0, 3.5, 60),
    ] {
        let found = findings(&format!(
            "[target]\npotential = \"{:?}*x^2\"\n[initial]\nmean = [0.0, 0.0]\ncovariance = [[0.3, 0.0], [0.0, 0.3]]\n[flow]\n\
             dynamics = \"underdamped\"\nfriction = {γ:?}\nreaction = 0.0\nhorizon = 0.01\n[grid]\nlower = [-{reach:?}, -{reach:?}]\n\
             upper = [{reach:?}, {reach:?}]\ncells = [{cells}, {cells}]\n[[study]]\nkind = \"spectrum\"\ncount = 4\n",
            0.5 * k
        ));
        let spectrum = found.studies[0].outcome_as::<SpectrumFindings>().unwrap();
        let root = c64::from(γ * γ - 4.0 * k).sqrt();
        let [slow, fast] = [(c64::from(γ) - root) * 0.5, (c64::from(γ) + root) * 0.5];
        let exact: Vec<c64> =
            (0..6).flat_map(|a| (0..6).map(move |b| slow * f64::from(a) + fast * f64::from(b))).collect();
        for λ in &spectrum.eigenvalues {
            let own = c64 { re: λ.value, im: λ.imaginary.unwrap() };
            let miss = exact.iter().map(|other| (own - other).norm()).fold(f64::INFINITY, f64::min);
            assert!(
                miss <= λ.error,
                "k = {k}, γ = {γ}: {own} ± {} misses by {} errors",
                λ.error,
                miss / λ.error
            );
        }
    }
}
