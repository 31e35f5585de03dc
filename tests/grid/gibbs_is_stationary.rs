//! The finite-volume operator: mass, positivity, Gibbs equilibrium and duality, to rounding.

use quickcheck::QuickCheck;
use wfr::pde::stencil::FluxScalar;
use wfr::pde::{Generator, Grid, ImplicitRule, ImplicitTransport, TimeExact, backward, log_sum_exp};

fn double_well(x: &[f64]) -> f64 {
    x.iter().map(|x| (x * x - 1.0).powi(2) + 0.3 * x).sum::<f64>() + 0.2 * x.iter().product::<f64>()
}

fn grids() -> [Grid; 3] {
    [
        Grid::new(vec![-2.5], vec![2.5], vec![200]),
        Grid::new(vec![-2.0, -2.2], vec![2.0, 2.2], vec![40, 36]),
        Grid::new(vec![-2.0, -1.8, -1.9], vec![2.0, 1.9, 1.8], vec![18, 14, 16]),
    ]
}

/// −V, normalised on the grid.
fn gibbs(grid: &Grid) -> Vec<f64> {
    let log: Vec<f64> = grid.sample(|x| -double_well(x));
    let log_mass = log_sum_exp(&log) + grid.volume().ln();
    log.iter().map(|value| value - log_mass).collect()
}

/// A rough start that spans hundreds of orders of magnitude.
fn rough(grid: &Grid) -> Vec<f64> {
    let log: Vec<f64> = (0..grid.len()).map(|i| -150.0 * (1.0 + (1.7 * i as f64).sin())).collect();
    let log_mass = log_sum_exp(&log) + grid.volume().ln();
    log.iter().map(|value| value - log_mass).collect()
}

#[test]
fn gibbs_measure_stays_put_in_every_cell() {
    for grid in grids() {
        let generator = Generator::gradient_flow(&grid, &grid.sample(double_well), 1.0).unwrap();
        let start = gibbs(&grid);
        let mut log = start.clone();
        TimeExact::new(generator.clone()).advance(&mut log, 0.5, 0.0).unwrap();
        // Rounding: a few hundred additions of positive terms a substep, each relatively exact to 1e-16; the number of
        // substeps is the largest exit rate over 256.
        let worst = log.iter().zip(&start).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-10, "time-exact: {worst:e}");
        for rule in [ImplicitRule::BackwardEuler, ImplicitRule::CrankNicolson, ImplicitRule::TrBdf2] {
            let mut log = start.clone();
            ImplicitTransport::new(generator.clone(), rule).unwrap().advance(&mut log, 0.1, 0.0).unwrap();
            // The solves are accurate relative to the largest entry of ρ/√π; compare where that is the measure.
            let worst = log.iter().zip(&start).map(|(a, b)| (a.exp() - b.exp()).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-11, "{rule:?}: {worst:e}");
        }
    }
}

#[test]
fn mass_is_conserved_and_density_positive_from_a_rough_start() {
    for grid in grids() {
        let generator = Generator::gradient_flow(&grid, &grid.sample(double_well), 1.0).unwrap();
        let transport = TimeExact::new(generator);
        let mut log = rough(&grid);
        for k in 0..10 {
            transport.advance(&mut log, 0.01, 0.01 * f64::from(k)).unwrap();
            let log_mass = log_sum_exp(&log) + grid.volume().ln();
            assert!(log_mass.abs() < 1e-11, "step {k}: log mass {log_mass:e}");
            assert!(log.iter().all(|value| value.is_finite()), "step {k}: a cell is empty");
        }
    }
}

#[test]
fn a_dropped_flux_is_seen() {
    // The negative control: one face whose downward rate is a per mille too small neither keeps Gibbs nor, alone, mass.
    let grid = &grids()[0];
    let generator = Generator::gradient_flow(grid, &grid.sample(double_well), 1.0).unwrap();
    let density: Vec<f64> = gibbs(grid).iter().map(|log| log.exp()).collect();
    let change = generator.apply(&density);
    let scale = generator.exit_rates().iter().zip(&density).map(|(q, ρ)| q * ρ).fold(0.0, f64::max);
    assert!(change.iter().all(|c| c.abs() < 1e-13 * scale), "stationary to rounding");
    let control = Generator::gradient_flow(grid, &grid.sample(|x| 1.001 * double_well(x)), 1.0).unwrap();
    assert!(control.apply(&density).iter().any(|c| c.abs() > 1e-7 * scale), "a wrong potential is not");
}

#[test]
fn forward_and_backward_are_dual() {
    // ⟨φ, e^{hA}ρ⟩ = ⟨e^{hAᵀ}φ, ρ⟩, with killing as well (Strang is its own adjoint).
    for grid in grids() {
        let generator = Generator::gradient_flow(&grid, &grid.sample(double_well), 1.0).unwrap();
        let φ = grid.sample(|x| 1.0 + x[0] * x[0]);
        let start = rough(&grid);
        let mut log = start.clone();
        TimeExact::new(generator.clone()).advance(&mut log, 0.3, 0.0).unwrap();
        let u = backward(&generator, &[], &φ, 0.3, 3);
        let pair =
            |log: &[f64], f: &[f64]| log.iter().zip(f).map(|(l, f)| l.exp() * f).sum::<f64>() * grid.volume();
        let (forward, dual) = (pair(&log, &φ), pair(&start, &u));
        assert!((forward - dual).abs() < 1e-11 * forward, "{forward} {dual}");
    }
}

#[test]
fn bernoulli_function_is_accurate_and_balanced() {
    // B(−z) = e^z B(z) is detailed balance; B(z) = z/(e^z − 1).
    fn holds(z: f64) -> bool {
        let z = if z.is_finite() { z % 500.0 } else { 1.0 };
        let (up, down) = (z.bernoulli(), (-z).bernoulli());
        // log(B(−z)/B(z)) = z; and B(−z) − B(z) = z.
        let balanced = ((down / up).ln() - z).abs() <= 1e-13 * z.abs().max(1.0);
        let difference = (down - up - z).abs() <= 1e-13 * z.abs().max(1.0);
        balanced && difference && up > 0.0 && down > 0.0
    }
    QuickCheck::new().tests(2000).quickcheck(holds as fn(f64) -> bool);
    assert!((0.0_f64.bernoulli() - 1.0).abs() < 1e-15);
    assert!((1e-9_f64.bernoulli() - (1.0 - 0.5e-9)).abs() < 1e-15);
}

/// 100x² at the centres of the first cell and of the middle one: 100(3.9375² − 0.0625²) = 1550.
#[test]
fn a_range_that_implicit_rules_cannot_hold_is_told() {
    let grid = Grid::new(vec![-4.0], vec![4.0], vec![64]);
    let potential = grid.sample(|x| 100.0 * x[0] * x[0]);
    let generator = Generator::gradient_flow(&grid, &potential, 1.0).unwrap();
    let Err(breakdown) = ImplicitTransport::new(generator, ImplicitRule::BackwardEuler) else {
        panic!("e^1550 is held")
    };
    let text = breakdown.to_string();
    for part in ["varies by 1550", "1300", "time-exact"] {
        assert!(text.contains(part), "{text}");
    }
}
