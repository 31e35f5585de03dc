use super::linear::symmetrized;
use super::{Generator, GridBreakdown};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::solvers::Solve;
use faer::matrix_free::LinOp;
use faer::matrix_free::eigen::{PartialEigenParams, partial_eigen_scratch, partial_self_adjoint_eigen};
use faer::reborrow::ReborrowMut;
use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
use faer::{Col, Mat, MatMut, MatRef, Par, Side};

/// The shift τ in (I − τA)⁻¹, as a multiple of the slowest diffusion time over the box.
const SHIFT: f64 = 10.0;

/// Cells up to which the whole spectrum is computed: a Krylov space needs more than twice its 32 dimensions.
const DENSE: usize = 256;

/// An eigenvalue of −A and its eigenvector.
#[derive(Clone, Debug)]
pub struct Mode {
    /// λ.
    pub eigenvalue: f64,
    /// Of −S, S the symmetrised A: ψ = √π φ at the cells for −Aᵀφ = λφ, with Σψ² = 1 and its largest entry positive.
    pub symmetric: Vec<f64>,
}

/// The `count` smallest eigenvalues of −A, rising, with their eigenvectors; the first is 0, of the invariant measure, unless
/// a side absorbs.
///
/// Krylov iteration with (I − τS)⁻¹ by sparse Cholesky, S the symmetrised A: its largest eigenvalues
/// 1/(1 + τλ) belong to the smallest λ.
///
/// # Errors
/// If the factorisation fails or the iteration does not converge.
pub fn smallest_modes(generator: &Generator, count: usize) -> Result<Vec<Mode>, GridBreakdown> {
    let grid = generator.grid();
    let count = count.min(grid.len());
    let diffusivity = (0..grid.dimension())
        .map(|axis| {
            let along = generator.links().iter().filter(|link| link.stride == grid.stride(axis));
            let fastest = along.flat_map(|link| link.up.iter().chain(&link.down));
            fastest.fold(0.0, |a: f64, &b| a.max(b)) * grid.width(axis).powi(2)
        })
        .fold(0.0, f64::max);
    let extent =
        (0..grid.dimension()).map(|axis| grid.upper()[axis] - grid.lower()[axis]).fold(0.0, f64::max);
    let τ = SHIFT * extent * extent / diffusivity;
    let failed = |reason: String| GridBreakdown::Factorization { step: τ, reason };

    if grid.len() <= DENSE {
        return dense(generator, count).map_err(failed);
    }
    let matrix = symmetrized(generator, τ)?;
    let symbolic =
        SymbolicLlt::try_new(matrix.symbolic(), Side::Lower).map_err(|error| failed(format!("{error:?}")))?;
    let factor = Llt::try_new_with_symbolic(symbolic, matrix.as_ref(), Side::Lower)
        .map_err(|error| failed(format!("{error:?}")))?;

    let mut operator = Inverse { factor, dimension: grid.len(), found: Mat::zeros(grid.len(), 0) };
    let first = largest(&operator, count).map_err(failed)?;
    let mode = |vectors: &Mat<f64>, k: usize| Mode::new(generator, vectors.col(k).iter().copied().collect());
    let mut modes: Vec<Mode> = (0..count).map(|k| mode(&first, k)).collect();
    operator.found = first;
    // A Krylov space from one vector holds one direction of an eigenspace. What is orthogonal to the directions that
    // were found is searched until it holds nothing smaller.
    loop {
        modes.sort_by(|a, b| a.eigenvalue.total_cmp(&b.eigenvalue));
        modes.truncate(count);
        if operator.found.ncols() >= grid.len() {
            return Ok(modes);
        }
        let next = largest(&operator, 1).map_err(failed)?;
        let found = mode(&next, 0);
        if found.eigenvalue >= modes[count - 1].eigenvalue * (1.0 - MULTIPLE) {
            return Ok(modes);
        }
        modes.push(found);
        let found = &operator.found;
        let columns = found.ncols();
        operator.found =
            Mat::from_fn(
                grid.len(),
                columns + 1,
                |i, k| {
                    if k < columns { found[(i, k)] } else { next[(i, 0)] }
                },
            );
    }
}

/// By the dense matrix.
fn dense(generator: &Generator, count: usize) -> Result<Vec<Mode>, String> {
    let size = generator.grid().len();
    let mut matrix = Mat::<f64>::zeros(size, size);
    for (cell, exit) in generator.exit_rates().into_iter().enumerate() {
        matrix[(cell, cell)] = exit;
    }
    for (i, j, up, down) in generator.pairs() {
        matrix[(j, i)] = -(up * down).sqrt();
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|error| format!("{error:?}"))?;
    let mut modes: Vec<Mode> =
        (0..count).map(|k| Mode::new(generator, eigen.U().col(k).iter().copied().collect())).collect();
    modes.sort_by(|a, b| a.eigenvalue.total_cmp(&b.eigenvalue));
    Ok(modes)
}

/// Eigenvalues that agree to this are one, of higher multiplicity.
const MULTIPLE: f64 = 1e-9;

/// Eigenvectors of the `count` largest eigenvalues of `operator`, one in each column.
fn largest(operator: &Inverse, count: usize) -> Result<Mat<f64>, String> {
    let size = operator.dimension;
    let params = PartialEigenParams { max_restarts: 1000, ..PartialEigenParams::default() };
    let mut memory = MemBuffer::new(partial_eigen_scratch(operator, count, Par::Seq, params));
    let mut vectors = Mat::zeros(size, count);
    let mut values = vec![0.0; count];
    // A fixed start with components along all eigenvectors of no particular symmetry.
    let mut start = Col::from_fn(size, |i| 1.0 + (0.7 * i as f64).sin() + 0.3 * (i as f64 / size as f64));
    operator.deflate(start.as_mut().as_mat_mut());
    start /= start.norm_l2();
    let info = partial_self_adjoint_eigen(
        vectors.as_mut(),
        &mut values,
        operator,
        start.as_ref(),
        64.0 * f64::EPSILON,
        Par::Seq,
        MemStack::new(&mut memory),
        params,
    );
    match info.n_converged_eigen < count {
        true => Err(format!("{} of {count} eigenvalues converged", info.n_converged_eigen)),
        false => Ok(vectors),
    }
}

impl Mode {
    /// The eigenvector y with its Rayleigh quotient ⟨y, −Sy⟩/⟨y, y⟩ = (Σ_faces (√q_{ij} yᵢ − √q_{ji} yⱼ)² + Σ k y²) / Σ y², which,
    /// as a sum of squares, has no cancellation.
    fn new(generator: &Generator, mut y: Vec<f64>) -> Self {
        let energy: f64 =
            generator.pairs().map(|(i, j, up, down)| (up.sqrt() * y[i] - down.sqrt() * y[j]).powi(2)).sum();
        let lost: f64 = generator.loss().iter().zip(&y).map(|(loss, y)| loss * y * y).sum();
        let square = y.iter().map(|value| value * value).sum::<f64>();
        let largest = y.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        let scale = largest.signum() / square.sqrt();
        y.iter_mut().for_each(|value| *value *= scale);
        Self { eigenvalue: (energy + lost) / square, symmetric: y }
    }
}

/// (I − τS)⁻¹ on the orthogonal complement of the eigenvectors that were found.
#[derive(Debug)]
struct Inverse {
    factor: Llt<usize, f64>,
    dimension: usize,
    /// Orthonormal, one in each column.
    found: Mat<f64>,
}

impl Inverse {
    /// Removes the components along the found eigenvectors.
    fn deflate(&self, mut vectors: MatMut<'_, f64>) {
        if self.found.ncols() > 0 {
            let shares = self.found.transpose() * &vectors;
            vectors -= &self.found * shares;
        }
    }
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
        self.deflate(out.rb_mut());
        self.factor.solve_in_place(out.rb_mut());
        self.deflate(out);
    }
    fn conj_apply(&self, out: MatMut<'_, f64>, rhs: MatRef<'_, f64>, par: Par, stack: &mut MemStack) {
        self.apply(out, rhs, par, stack);
    }
}
