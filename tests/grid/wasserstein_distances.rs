//! W₁ and W₂ on a line, against closed forms, and along the flow.

use crate::common::{close, findings, flow};
use wfr::pde::{Grid, wasserstein};

fn gaussian(grid: &Grid, mean: f64, deviation: f64) -> Vec<f64> {
    grid.sample(|x| -0.5 * ((x[0] - mean) / deviation).powi(2))
}

#[test]
fn gaussians_have_their_closed_forms() {
    let grid = Grid::new(vec![-12.0], vec![12.0], vec![4000]);
    // Laws that are even on cells of width Δx = 0.006 are within Δx of the Gaussians', and by symmetry within Δx².
    let accuracy = 4e-5;
    for ((m, s), (n, t)) in [((0.0, 1.0), (1.5, 1.0)), ((-1.0, 0.5), (2.0, 1.5)), ((0.0, 1.0), (0.0, 2.0))] {
        let [w1, w2] = wasserstein(&grid, &gaussian(&grid, m, s), &gaussian(&grid, n, t));
        close(w2, f64::hypot(m - n, s - t), accuracy, "W₂² = (m − n)² + (s − t)²");
        // E|m − n + (s − t)Z|, as quantiles are linear in each other.
        let (shift, scale) = (m - n, (s - t).abs());
        let folded = if scale == 0.0 {
            shift.abs()
        } else {
            let φ = (-0.5 * (shift / scale).powi(2)).exp() * (2.0 / std::f64::consts::PI).sqrt();
            scale * φ + shift * statrs::function::erf::erf(shift / (scale * 2f64.sqrt()))
        };
        close(w1, folded, accuracy, "W₁ is the mean of a folded normal");
    }
}

#[test]
fn cells_are_moved_exactly() {
    let grid = Grid::new(vec![0.0], vec![4.0], vec![4]);
    let log = |masses: [f64; 4]| masses.map(f64::ln).to_vec();
    // All of one cell by three cells; half of it by two.
    let [w1, w2] = wasserstein(&grid, &log([1.0, 0.0, 0.0, 0.0]), &log([0.0, 0.0, 0.0, 1.0]));
    close(w1, 3.0, 1e-15, "W₁");
    close(w2, 3.0, 1e-15, "W₂");
    // F − G goes from 0 to ¼ to −¼ to 0: triangles of ⅛, twice 1/16, and ⅛.
    let [w1, _] = wasserstein(&grid, &log([0.5, 0.0, 0.5, 0.0]), &log([0.25, 0.5, 0.25, 0.0]));
    close(w1, 0.375, 1e-15, "W₁ where F − G changes its sign within a cell");
    let [w1, w2] = wasserstein(&grid, &log([0.0, 1.0, 0.0, 1.0]), &log([0.0, 1.0, 1.0, 0.0]));
    close(w1, 0.5, 1e-15, "W₁");
    close(w2, 0.5f64.sqrt(), 1e-15, "W₂");
    // One cell into two: x ↦ 2x, so ∫x² over (0, 1).
    let [w1, w2] = wasserstein(&grid, &log([1.0, 0.0, 0.0, 0.0]), &log([1.0, 1.0, 0.0, 0.0]));
    close(w1, 0.5, 1e-15, "W₁");
    close(w2, (1.0f64 / 3.0).sqrt(), 1e-15, "W₂");
    assert_eq!(wasserstein(&grid, &log([1.0, 2.0, 3.0, 4.0]), &log([1.0, 2.0, 3.0, 4.0])), [0.0, 0.0]);
}

#[test]
fn a_flow_ends_at_its_distance_from_the_target() {
    // ρ_t = N(3e^{−t}, 1) for the Ornstein–Uhlenbeck process from N(3, 1): W₁ = W₂ = 3/e at t = 1.
    let text = flow("x^2/2", 3.0, 1.0, 1.0, 0.0, "[grid]\nlower = [-8.0]\nupper = [10.0]\ncells = [720]\n");
    let grid = findings(&text).grid.unwrap();
    for distance in [grid.w1.unwrap(), grid.w2.unwrap()] {
        close(distance, 3.0 / std::f64::consts::E, 1e-3, "order 2 in Δx = 0.025");
    }
}
