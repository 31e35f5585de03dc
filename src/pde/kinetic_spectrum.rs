//! Eigenvalues of a kinetic operator, which is not symmetric: Krylov iteration with the LU factor.

use super::linear::similar;
use super::{Generator, Grid, GridBreakdown};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::solvers::Solve;
use faer::matrix_free::LinOp;
use faer::matrix_free::eigen::{PartialEigenParams, partial_eigen, partial_eigen_scratch};
use faer::sparse::linalg::solvers::Lu;
use faer::{Col, ColRef, Mat, MatMut, MatRef, Par, c64};

/// τ in (I − τS)⁻¹: momenta of variance 1 make the unit of time that of the motion.
const SHIFT: f64 = 10.0;
/// Eigenvalues beyond those that are asked for: the nearest to 0 need not have the smallest real parts, and some are of
/// the grid alone.
const SPARE: usize = 12;

/// A Krylov space needs more than twice its 32 dimensions.
const FEWEST_CELLS: usize = 128;

/// The `count` eigenvalues of −A with the smallest real parts among those nearest to 0: (real part, imaginary part).
///
/// # Errors
/// If the factorisation fails or the iteration does not converge.
pub fn kinetic_eigenvalues(generator: &Generator, count: usize) -> Result<Vec<(f64, f64)>, GridBreakdown> {
    let size = generator.grid().len();
    let failed = |reason: String| GridBreakdown::Factorization { step: SHIFT, reason };
    if size <= FEWEST_CELLS {
        return Err(GridBreakdown::TooCoarse { cells: size, needed: FEWEST_CELLS });
    }
    let matrix = similar(generator, SHIFT)?;
    let factor = matrix.sp_lu().map_err(|error| failed(format!("{error:?}")))?;
    let operator = Inverse { factor, size };
    let found = (count + SPARE).min(size);
    let params = PartialEigenParams { max_restarts: 1000, ..PartialEigenParams::default() };
    let mut memory = MemBuffer::new(partial_eigen_scratch(&operator, found, Par::Seq, params));
    let mut vectors = Mat::<c64>::zeros(size, found);
    let mut values = vec![c64::new(0.0, 0.0); found];
    // A fixed start with components along all eigenvectors of no particular symmetry.
    let mut start = Col::from_fn(size, |i| 1.0 + (0.7 * i as f64).sin() + 0.3 * (i as f64 / size as f64));
    start /= start.norm_l2();
    let info = partial_eigen(
        vectors.as_mut(),
        &mut values,
        &operator,
        start.as_ref(),
        64.0 * f64::EPSILON,
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    );
    // 1/(1 + τλ), back to λ.
    let mut eigenvalues: Vec<(f64, f64)> = (0..info.n_converged_eigen.min(found))
        .filter(|&k| !alternates(generator.grid(), vectors.col(k)))
        .map(|k| {
            let λ = (c64::new(1.0, 0.0) / values[k] - 1.0) / SHIFT;
            (λ.re, λ.im)
        })
        .collect();
    if eigenvalues.len() < count.min(size) {
        return Err(failed(format!("{} of {count} eigenvalues converged", eigenvalues.len())));
    }
    // Of a conjugate pair, whose real parts agree to rounding, the upper one first.
    let rounded = |re: f64| (re * 1e9).round();
    eigenvalues.sort_by(|a, b| rounded(a.0).total_cmp(&rounded(b.0)).then(b.1.total_cmp(&a.1)));
    eigenvalues.truncate(count);
    Ok(eigenvalues)
}

/// Whether neighbours along x mostly have opposite signs. The mean of two such cells vanishes, and centred circulation
/// carries the envelope of what alternates *against* the flow: these are modes of the grid, with eigenvalues of the
/// inverted potential among the smallest, and none of the operator's.
fn alternates(grid: &Grid, vector: ColRef<'_, c64>) -> bool {
    let correlation: f64 =
        grid.faces(0).map(|(i, j)| vector[i].re * vector[j].re + vector[i].im * vector[j].im).sum();
    correlation < 0.0
}

/// (I − τS)⁻¹.
#[derive(Debug)]
struct Inverse {
    factor: Lu<usize, f64>,
    size: usize,
}

impl LinOp<f64> for Inverse {
    fn apply_scratch(&self, _columns: usize, _par: Par) -> StackReq {
        StackReq::EMPTY
    }
    fn nrows(&self) -> usize {
        self.size
    }
    fn ncols(&self) -> usize {
        self.size
    }
    fn apply(&self, mut out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, _par: Par, _stack: &mut MemStack) {
        out.copy_from(rhs);
        self.factor.solve_in_place(out);
    }
    fn conj_apply(&self, out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, par: Par, stack: &mut MemStack) {
        self.apply(out, rhs, par, stack);
    }
}
