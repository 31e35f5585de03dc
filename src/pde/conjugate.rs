//! Conjugate gradients for I − θhS in three dimensions, where the Cholesky factor of n³ cells would hold n⁴ numbers.

use super::{Generator, GridBreakdown};

/// ‖residual‖/‖right-hand side‖ at which the iteration ends: rounding of one product with the matrix.
const TOLERANCE: f64 = 1e-14;
/// ‖residual‖/‖right-hand side‖ that is accepted where rounding allows no less.
const ACCEPTED: f64 = 1e-11;

/// I − θhS, S = π^{−1/2} A π^{1/2}, with its incomplete Cholesky factor (D + L) D⁻¹ (D + Lᵀ), L the matrix's own strict
/// lower part.
///
/// Neighbours of a cell are no neighbours of each other, so that the incomplete factorisation changes the diagonal alone.
/// The matrix is an M-matrix, for which D is positive (Meijerink and van der Vorst 1977).
pub struct ConjugateGradients {
    diagonal: Vec<f64>,
    /// By link: (stride, entry between each cell and the later one).
    off_diagonals: Vec<(usize, Vec<f64>)>,
    /// D⁻¹.
    pivots: Vec<f64>,
    θh: f64,
}

impl ConjugateGradients {
    /// The solver for the step θh.
    pub fn new(generator: &Generator, θh: f64) -> Self {
        let grid = generator.grid();
        let diagonal: Vec<f64> = generator.exit_rates().iter().map(|exit| 1.0 + θh * exit).collect();
        let off_diagonals: Vec<(usize, Vec<f64>)> = generator
            .links()
            .iter()
            .map(|link| {
                let rates = link.up.iter().zip(&link.down);
                (link.stride, rates.map(|(up, down)| -θh * (up * down).sqrt()).collect())
            })
            .collect();
        let mut pivots = vec![0.0; grid.len()];
        for cell in 0..grid.len() {
            let below = off_diagonals.iter().filter(|(stride, _)| cell >= *stride);
            let filled: f64 =
                below.map(|(stride, off)| off[cell - stride].powi(2) * pivots[cell - stride]).sum();
            pivots[cell] = 1.0 / (diagonal[cell] - filled);
        }
        Self { diagonal, off_diagonals, pivots, θh }
    }

    /// (I − θhS)⁻¹ b, in place of b.
    ///
    /// # Errors
    /// If the residual stops falling before it is small.
    pub fn solve(&self, b: &mut [f64]) -> Result<(), GridBreakdown> {
        let scale = dot(b, b).sqrt();
        if scale == 0.0 {
            return Ok(());
        }
        let mut residual = b.to_vec();
        b.fill(0.0);
        let mut direction = self.precondition(&residual);
        let mut energy = dot(&residual, &direction);
        // In exact arithmetic as many steps as cells; a thousand are far beyond any step of a flow.
        for _ in 0..1000 {
            let image = self.apply(&direction);
            let step = energy / dot(&direction, &image);
            add_multiple(b, step, &direction);
            add_multiple(&mut residual, -step, &image);
            if dot(&residual, &residual).sqrt() <= TOLERANCE * scale {
                return Ok(());
            }
            let preconditioned = self.precondition(&residual);
            let next = dot(&residual, &preconditioned);
            for (d, z) in direction.iter_mut().zip(&preconditioned) {
                *d = z + next / energy * *d;
            }
            energy = next;
        }
        let left = dot(&residual, &residual).sqrt() / scale;
        if left.is_nan() || left > ACCEPTED {
            return Err(GridBreakdown::NoSolution { step: self.θh, residual: left });
        }
        Ok(())
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = self.diagonal.iter().zip(x).map(|(d, x)| d * x).collect();
        for (stride, off) in &self.off_diagonals {
            let (n, s) = (x.len(), *stride);
            for ((out, a), x) in out[..n - s].iter_mut().zip(off).zip(&x[s..]) {
                *out += a * x;
            }
            for ((out, a), x) in out[s..].iter_mut().zip(off).zip(x) {
                *out += a * x;
            }
        }
        out
    }

    /// (D + Lᵀ)⁻¹ D (D + L)⁻¹ r.
    fn precondition(&self, r: &[f64]) -> Vec<f64> {
        let mut z = r.to_vec();
        for cell in 0..z.len() {
            let below = self.off_diagonals.iter().filter(|(stride, _)| cell >= *stride);
            let known: f64 = below.map(|(stride, off)| off[cell - stride] * z[cell - stride]).sum();
            z[cell] = (z[cell] - known) * self.pivots[cell];
        }
        for cell in (0..z.len()).rev() {
            let above = self.off_diagonals.iter().filter(|(stride, _)| cell + stride < r.len());
            let known: f64 = above.map(|(stride, off)| off[cell] * z[cell + stride]).sum();
            z[cell] -= known * self.pivots[cell];
        }
        z
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add_multiple(sum: &mut [f64], factor: f64, term: &[f64]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += factor * term;
    }
}
