//! Grids in three dimensions: products of lines, implicit steps without a factor, a closed form.

use crate::common::{close, findings};
use faer::{Col, mat};
use wfr::exact::{Gaussian, GaussianFlow};
use wfr::pde::{Generator, Grid, ImplicitRule, ImplicitTransport, TimeExact};

const WELLS: [fn(f64) -> f64; 3] =
    [|x| (x * x - 1.0).powi(2), |x| 0.5 * x * x + 0.5 * (2.0 * x).cos(), |x| 0.7 * x * x + 0.2 * x];

fn box_of_lines() -> Grid {
    Grid::new(vec![-2.4, -3.0, -2.8], vec![2.2, 3.1, 3.0], vec![20, 16, 18])
}

fn start(x: f64) -> f64 {
    -4.0 * (x + 0.7).powi(2)
}

#[test]
fn transport_of_a_product_is_the_product_of_its_lines() {
    let grid = box_of_lines();
    let potential = grid.sample(|x| (0..3).map(|axis| WELLS[axis](x[axis])).sum());
    let mut log = grid.sample(|x| x.iter().map(|&x| start(x)).sum());
    let transport = TimeExact::new(Generator::gradient_flow(&grid, &potential, 1.0).unwrap());
    transport.advance(&mut log, 0.3, 0.0).unwrap();
    let lines: Vec<Vec<f64>> = (0..3)
        .map(|axis| {
            let line =
                Grid::new(vec![grid.lower()[axis]], vec![grid.upper()[axis]], vec![grid.cells()[axis]]);
            let generator =
                Generator::gradient_flow(&line, &line.sample(|x| WELLS[axis](x[0])), 1.0).unwrap();
            let mut log = line.sample(|x| start(x[0]));
            TimeExact::new(generator).advance(&mut log, 0.3, 0.0).unwrap();
            log
        })
        .collect();
    // Both are relatively exact in every cell, to the rounding of some thousand positive terms.
    for (cell, value) in log.iter().enumerate() {
        let product: f64 = (0..3).map(|axis| lines[axis][grid.position(cell, axis)]).sum();
        assert!((value - product).abs() < 1e-11, "cell {cell}: {value} {product}");
    }
}

#[test]
fn implicit_steps_solve_their_equation() {
    // Backward Euler: ρ₁ − hAρ₁ = ρ₀; Crank–Nicolson: ρ₁ − ½hAρ₁ = ρ₀ + ½hAρ₀. A itself comes from its fluxes.
    let grid = box_of_lines();
    let potential = grid.sample(|x| (0..3).map(|axis| WELLS[axis](x[axis])).sum());
    let generator = Generator::gradient_flow(&grid, &potential, 1.0).unwrap();
    let density = |log: &[f64]| log.iter().map(|log| log.exp()).collect::<Vec<f64>>();
    let before = grid.sample(|x| x.iter().map(|&x| -0.5 * x * x).sum());
    for (rule, h, implicit) in [
        (ImplicitRule::BackwardEuler, 0.05, 0.05),
        (ImplicitRule::CrankNicolson, 0.004, 0.002),
        (ImplicitRule::BackwardEuler, 50.0, 50.0),
    ] {
        let mut after = before.clone();
        ImplicitTransport::new(generator.clone(), rule).unwrap().advance(&mut after, h, 0.0).unwrap();
        let (old, new) = (density(&before), density(&after));
        let (old_change, new_change) = (generator.apply(&old), generator.apply(&new));
        let explicit = h - implicit;
        let scale = generator.exit_rates().iter().fold(0.0, |a: f64, &b| a.max(b));
        for cell in 0..grid.len() {
            let residual = new[cell] - implicit * new_change[cell] - old[cell] - explicit * old_change[cell];
            // ρ is at most of size 1, and the residual of the solver, 1e-14, is amplified by √π ratios below 10⁴
            // and, in Aρ, by the largest rate.
            assert!(
                residual.abs() < 1e-11 * (1.0 + h * scale),
                "{rule:?}, h = {h}, cell {cell}: {residual:e}"
            );
        }
    }
}

#[test]
fn a_correlated_gaussian_keeps_its_closed_form() {
    let target = Gaussian {
        mean: Col::from_fn(3, |i| [0.0, 0.2, 0.0][i]),
        covariance: mat![[1.0, 0.3, 0.0], [0.3, 0.8, 0.0], [0.0, 0.0, 1.2]],
    };
    let start = Gaussian {
        mean: Col::from_fn(3, |i| [1.0, 0.0, -0.5][i]),
        covariance: mat![[0.5, 0.0, 0.0], [0.0, 0.6, 0.1], [0.0, 0.1, 0.7]],
    };
    let flow = GaussianFlow { transport: 1.0, reaction: 1.0, target };
    let law = flow.at(&start, 0.5);
    for transport in ["time-exact", "tr-bdf2"] {
        let found = findings(&format!(
            "dimension = 3\nobservables = [\"x\", \"x^2\", \"x*y\", \"z^2\"]\n\
             [target]\nmixture = [{{ mean = [0.0, 0.2, 0.0], covariance = [[1.0, 0.3, 0.0], [0.3, 0.8, 0.0], [0.0, 0.0, 1.2]] }}]\n\
             [initial]\nmean = [1.0, 0.0, -0.5]\ncovariance = [[0.5, 0.0, 0.0], [0.0, 0.6, 0.1], [0.0, 0.1, 0.7]]\n\
             [flow]\nhorizon = 0.5\n\
             [grid]\nlower = [-6.0, -5.5, -7.0]\nupper = [6.5, 6.0, 6.5]\ncells = [40, 40, 40]\nstep = 0.05\n\
             transport = \"{transport}\"\n"
        ));
        assert!(found.passed, "{:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        let (m, c) = (&law.mean, &law.covariance);
        for (name, exact) in [
            ("x", m[0]),
            ("x^2", c[(0, 0)] + m[0] * m[0]),
            ("x*y", c[(0, 1)] + m[0] * m[1]),
            ("z^2", c[(2, 2)] + m[2] * m[2]),
        ] {
            let value = grid.observables[name];
            close(
                value.value,
                exact,
                value.error,
                &format!("{transport}, {name}: the error covers the miss"),
            );
            assert!(value.error < 5e-3, "{transport}, {name}: {:e} says little", value.error);
        }
        close(grid.kl.unwrap(), flow.relative_entropy(&law), grid.kl_error.unwrap(), transport);
    }
}
