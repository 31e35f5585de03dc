use super::implicit::symmetrized;
use super::{Generator, GridBreakdown};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::solvers::Solve;
use faer::matrix_free::LinOp;
use faer::matrix_free::eigen::{PartialEigenParams, partial_eigen_scratch, partial_self_adjoint_eigen};
use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
use faer::{Col, Mat, MatMut, MatRef, Par, Side};

/// The shift τ in (I − τA)⁻¹, as a multiple of the slowest diffusion time over the box.
const SHIFT: f64 = 10.0;

/// The `count` smallest eigenvalues of −A (rising; the first is 0, of the invariant measure).
///
/// Krylov iteration with (I − τS)⁻¹ by sparse Cholesky, S the symmetrised A: its largest eigenvalues
/// 1/(1 + τλ) belong to the smallest λ.
///
/// # Errors
/// If the factorisation fails or the iteration does not converge.
pub fn smallest_eigenvalues(generator: &Generator, count: usize) -> Result<Vec<f64>, GridBreakdown> {
    let grid = generator.grid();
    let count = count.min(grid.len());
    let diffusivity = (0..grid.dimension())
        .map(|axis| {
            generator.up(axis).iter().chain(generator.down(axis)).fold(0.0, |a: f64, &b| a.max(b))
                * grid.width(axis).powi(2)
        })
        .fold(0.0, f64::max);
    let extent =
        (0..grid.dimension()).map(|axis| grid.upper()[axis] - grid.lower()[axis]).fold(0.0, f64::max);
    let τ = SHIFT * extent * extent / diffusivity;
    let failed = |reason: String| GridBreakdown::Factorization { step: τ, reason };

    let matrix = symmetrized(generator, τ)?;
    let symbolic =
        SymbolicLlt::try_new(matrix.symbolic(), Side::Lower).map_err(|error| failed(format!("{error:?}")))?;
    let factor = Llt::try_new_with_symbolic(symbolic, matrix.as_ref(), Side::Lower)
        .map_err(|error| failed(format!("{error:?}")))?;
    let operator = Inverse { factor, dimension: grid.len() };

    let params = PartialEigenParams { max_restarts: 1000, ..PartialEigenParams::default() };
    let mut memory = MemBuffer::new(partial_eigen_scratch(&operator, count, Par::Seq, params));
    let mut vectors = Mat::zeros(grid.len(), count);
    let mut values = vec![0.0; count];
    // A fixed start with components along all eigenvectors of no particular symmetry.
    let mut start =
        Col::from_fn(grid.len(), |i| 1.0 + (0.7 * i as f64).sin() + 0.3 * (i as f64 / grid.len() as f64));
    start /= start.norm_l2();
    let info = partial_self_adjoint_eigen(
        vectors.as_mut(),
        &mut values,
        &operator,
        start.as_ref(),
        64.0 * f64::EPSILON,
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    );
    if info.n_converged_eigen < count {
        return Err(failed(format!("{} of {count} eigenvalues converged", info.n_converged_eigen)));
    }
    // Rayleigh quotients with −S, as a sum of squares over faces, have no cancellation.
    let mut eigenvalues: Vec<f64> =
        (0..count).map(|k| rayleigh(generator, vectors.col(k).iter().copied())).collect();
    eigenvalues.sort_by(f64::total_cmp);
    Ok(eigenvalues)
}

/// ⟨y, −Sy⟩/⟨y, y⟩ = Σ_faces (√q_{ij} yᵢ − √q_{ji} yⱼ)² / Σ y².
fn rayleigh(generator: &Generator, vector: impl Iterator<Item = f64>) -> f64 {
    let y: Vec<f64> = vector.collect();
    let grid = generator.grid();
    let energy: f64 = (0..grid.dimension())
        .map(|axis| {
            let (up, down) = (generator.up(axis), generator.down(axis));
            grid.faces(axis).map(|(i, j)| (up[i].sqrt() * y[i] - down[i].sqrt() * y[j]).powi(2)).sum::<f64>()
        })
        .sum();
    energy / y.iter().map(|value| value * value).sum::<f64>()
}

#[derive(Debug)]
struct Inverse {
    factor: Llt<usize, f64>,
    dimension: usize,
}

impl LinOp<f64> for Inverse {
    fn apply_scratch(&self, _columns: usize, _par: Par) -> StackReq {
        StackReq::EMPTY
    }
    fn nrows(&self) -> usize {
        self.dimension
    }
    fn ncols(&self) -> usize {
        self.dimension
    }
    fn apply(&self, mut out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, _par: Par, _stack: &mut MemStack) {
        out.copy_from(rhs);
        self.factor.solve_in_place(out);
    }
    fn conj_apply(&self, out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, par: Par, stack: &mut MemStack) {
        self.apply(out, rhs, par, stack);
    }
}
