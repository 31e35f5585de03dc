//! The smallest eigenvalues of −L, with errors.

use super::Breakdown;
use super::findings::{GridEstimate, Outcome, SpectrumFindings, StudyFindings, Verdict};
use crate::model::Potential;
use crate::pde::{Generator, Grid, GridSettings, smallest_eigenvalues};

/// Relative error up to which an eigenvalue counts as known.
const KNOWN: f64 = 0.01;

/// Eigenvalues λ₀ = 0 < λ₁ ≤ … of −L, L = Δ − ∇V·∇, extrapolated in Δx².
///
/// # Errors
/// If an eigenvalue computation fails.
pub fn eigenvalues(
    potential: &Potential,
    settings: &GridSettings,
    count: usize,
) -> Result<Vec<GridEstimate>, Breakdown> {
    let on = |grid: &Grid| -> Result<Vec<f64>, Breakdown> {
        let values = grid.sample(|x| potential.value(x));
        Ok(smallest_eigenvalues(&Generator::gradient_flow(grid, &values, 1.0)?, count)?)
    };
    let fine = settings.grid();
    let half = fine.coarser();
    let quarter = half.coarser();
    let (a, b, c) = (on(&fine)?, on(&half)?, on(&quarter)?);
    // (coarse width / fine width)² − 1, from the widths themselves: halving may have rounded.
    let factor = |coarse: &Grid, fine: &Grid| (coarse.width(0) / fine.width(0)).powi(2) - 1.0;
    let (f, g) = (factor(&half, &fine), factor(&quarter, &half));
    let estimate = |((&a, &b), &c): ((&f64, &f64), &f64)| {
        let value = a + (a - b) / f;
        let coarser = b + (b - c) / g;
        // The difference overstates the Δx⁴ remainder 15 times; a third of that margin is kept.
        GridEstimate { value, error: (value - coarser).abs() / 5.0 + 1e-11 * value.abs().max(1.0) }
    };
    Ok(a.iter().zip(&b).zip(&c).map(estimate).collect())
}

/// The study: passes if every eigenvalue is known to 1 % and the first is 0.
///
/// # Errors
/// If an eigenvalue computation fails.
pub fn study(
    potential: &Potential,
    settings: &GridSettings,
    count: usize,
) -> Result<StudyFindings, Breakdown> {
    let eigenvalues = eigenvalues(potential, settings, count)?;
    let zero = eigenvalues.first().is_none_or(|first| first.value.abs() <= first.error);
    let known = eigenvalues.iter().skip(1).all(|λ| λ.error <= KNOWN * λ.value);
    let (verdict, why) = match (zero, known) {
        (false, _) => (Verdict::Fail, "the smallest eigenvalue is not 0".to_string()),
        (true, true) => (Verdict::Pass, "λ₀ = 0, and two extrapolations agree on the others".into()),
        (true, false) => (Verdict::Inconclusive, "the grid is too coarse for 1 % accuracy: refine it".into()),
    };
    Ok(StudyFindings::new(Outcome::Spectrum(SpectrumFindings { eigenvalues }), verdict, why))
}
