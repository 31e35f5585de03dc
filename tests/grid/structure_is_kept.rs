//! Positivity, mass, entropies and equilibrium, whatever the potential, the start and the step.

use quickcheck::QuickCheck;
use wfr::pde::{Generator, Grid, GridBreakdown, ImplicitRule, ImplicitTransport, TimeExact, log_sum_exp};

/// A potential and a start that depend on five numbers, and a step from 10⁻⁴ to 10.
fn case(numbers: (i8, i8, i8, i8, u8)) -> (Grid, Generator, Vec<f64>, f64) {
    let unit = |n: i8| f64::from(n) / 128.0;
    let (a, b, c, k) = (unit(numbers.0), unit(numbers.1), unit(numbers.2), unit(numbers.3));
    let grid = Grid::new(vec![-2.0, -1.8], vec![1.9, 2.0], vec![17, 14]);
    let potential = grid.sample(|x| {
        3.0 * (a * x[0] * x[0] + b * x[0] * x[1] + x[1].powi(4) / 8.0) + 2.0 * (3.0 * c * x[0] + k).sin()
    });
    let mut log = grid.sample(|x| -30.0 * (k * x[0] + c * x[1]).sin() - 2.0 * (x[0] - a).powi(2));
    normalize(&grid, &mut log);
    let h = 10f64.powf(f64::from(numbers.4) / 51.0 - 4.0);
    let generator = Generator::gradient_flow(&grid, &potential, 1.0).unwrap();
    (grid, generator, log, h)
}

fn normalize(grid: &Grid, log: &mut [f64]) {
    let log_mass = log_sum_exp(log) + grid.volume().ln();
    log.iter_mut().for_each(|value| *value -= log_mass);
}

/// Σ π φ(ρ/π) for φ = f log f, f², (f − 1)⁴, −√f and |f − 1|, f scaled to have mean 1.
fn entropies(grid: &Grid, generator: &Generator, log: &[f64]) -> [f64; 5] {
    let mut log_π = generator.log_invariant().to_vec();
    normalize(grid, &mut log_π);
    let mut sums = [0.0; 5];
    for (log, log_π) in log.iter().zip(&log_π) {
        let (π, f) = (log_π.exp(), (log - log_π).exp());
        let terms = [f * (log - log_π), f * f, (f - 1.0).powi(4), -f.sqrt(), (f - 1.0).abs()];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += π * term * grid.volume();
        }
    }
    sums
}

fn falls(before: [f64; 5], after: [f64; 5]) -> bool {
    // Rounding of some hundred terms, each known to 1e-13 of itself as log ρ is of size 60.
    before.iter().zip(after).all(|(before, after)| after <= before + 1e-11 * before.abs().max(1.0))
}

#[test]
fn positive_steps_keep_all_of_it() {
    fn holds(numbers: (i8, i8, i8, i8, u8)) -> bool {
        let (grid, generator, start, h) = case(numbers);
        let before = entropies(&grid, &generator, &start);
        let exact = TimeExact::new(generator.clone());
        let mut euler = ImplicitTransport::new(generator.clone(), ImplicitRule::BackwardEuler).unwrap();
        [0, 1].iter().all(|which| {
            let mut log = start.clone();
            match which {
                0 => exact.advance(&mut log, h, 0.0).unwrap(),
                _ => euler.advance(&mut log, h, 0.0).unwrap(),
            };
            let mass = (log_sum_exp(&log) + grid.volume().ln()).exp();
            // Substeps of the exact step each round once; there are λh/256 of them.
            let substeps = 1.0 + generator.exit_rates().iter().fold(0.0, |a: f64, b| a.max(*b)) * h / 256.0;
            (mass - 1.0).abs() <= 1e-13 * substeps
                && log.iter().all(|value| value.is_finite())
                && euler.unresolved_mass() == 0.0
                && falls(before, entropies(&grid, &generator, &log))
        })
    }
    QuickCheck::new().tests(150).quickcheck(holds as fn((i8, i8, i8, i8, u8)) -> bool);
}

#[test]
fn rules_of_order_2_keep_the_mass_or_report_a_negative_density() {
    fn holds(numbers: (i8, i8, i8, i8, u8)) -> bool {
        let (grid, generator, start, h) = case(numbers);
        [ImplicitRule::CrankNicolson, ImplicitRule::TrBdf2].into_iter().all(|rule| {
            let mut log = start.clone();
            let mut transport = ImplicitTransport::new(generator.clone(), rule).unwrap();
            match transport.advance(&mut log, h, 2.5) {
                Ok(_) => {
                    let mass = (log_sum_exp(&log) + grid.volume().ln()).exp();
                    (mass - 1.0).abs() <= 1e-13 && transport.unresolved_mass() == 0.0
                }
                Err(GridBreakdown::Negative { value, time, step, .. }) => {
                    value < 0.0 && time == 2.5 && step == h
                }
                Err(_) => false,
            }
        })
    }
    QuickCheck::new().tests(150).quickcheck(holds as fn((i8, i8, i8, i8, u8)) -> bool);
    // Long steps of Crank–Nicolson from a narrow start do come out negative.
    let (_, generator, _, _) = case((20, 0, 0, 0, 0));
    let mut narrow = vec![-60.0; generator.grid().len()];
    narrow[100] = 0.0;
    let step = ImplicitTransport::new(generator, ImplicitRule::CrankNicolson).unwrap().advance(
        &mut narrow,
        1.0,
        0.0,
    );
    assert!(matches!(step, Err(GridBreakdown::Negative { .. })), "{step:?}");
}

#[test]
fn equilibrium_is_fixed() {
    fn holds(numbers: (i8, i8, i8, i8, u8)) -> bool {
        let (grid, generator, _, h) = case(numbers);
        let mut start = generator.log_invariant().to_vec();
        normalize(&grid, &mut start);
        let moved = |log: &[f64]| {
            let top = start.iter().fold(0.0, |a: f64, b| a.max(b.exp()));
            log.iter().zip(&start).map(|(a, b)| (a.exp() - b.exp()).abs()).fold(0.0, f64::max) / top
        };
        let mut log = start.clone();
        TimeExact::new(generator.clone()).advance(&mut log, h, 0.0).unwrap();
        let substeps = 1.0 + generator.exit_rates().iter().fold(0.0, |a: f64, b| a.max(*b)) * h / 256.0;
        let exact = moved(&log) <= 1e-13 * substeps;
        exact
            && ImplicitRule::ALL.into_iter().all(|rule| {
                let mut log = start.clone();
                ImplicitTransport::new(generator.clone(), rule).unwrap().advance(&mut log, h, 0.0).unwrap();
                moved(&log) <= 1e-13
            })
    }
    QuickCheck::new().tests(150).quickcheck(holds as fn((i8, i8, i8, i8, u8)) -> bool);
}
