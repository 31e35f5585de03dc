//! (I − θhS)⁻¹ for S = π^{−1/2} A π^{1/2}; the structure of S decides the solver.

use super::conjugate::ConjugateGradients;
use super::tridiagonal::Tridiagonal;
use super::{Generator, GridBreakdown};
use faer::linalg::solvers::Solve;
use faer::reborrow::{Reborrow, ReborrowMut};
use faer::sparse::linalg::solvers::{Llt, Lu, SymbolicLlt, SymbolicLu};
use faer::sparse::{SparseColMat, Triplet};
use faer::{MatMut, Side};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The residual of the iteration is 1e-14 of the right-hand side, and the norm of the inverse 1.
const ITERATIVE_ACCURACY: f64 = 1e-13;
/// Rounding of an elimination with pivots, some hundred terms long.
const LU_ACCURACY: f64 = 1e-13;

/// Solves with I − θhS; the symbolic part is shared by all step sizes, and each step size is factorised once.
pub enum LinearSolver {
    /// On a line.
    Tridiagonal(HashMap<u64, Tridiagonal>),
    /// S is symmetric by detailed balance.
    Cholesky(SymbolicLlt<usize>, HashMap<u64, Llt<usize, f64>>),
    /// As before in three dimensions, where a factor would not fit.
    Iterative(HashMap<u64, ConjugateGradients>),
    /// S has a skew part: the grid is kinetic.
    Lu(SymbolicLu<usize>, HashMap<u64, Lu<usize, f64>>),
}

impl LinearSolver {
    /// The solver that suits `generator`.
    ///
    /// # Errors
    /// If the symbolic analysis fails.
    pub fn new(generator: &Generator) -> Result<Self, GridBreakdown> {
        let failed = |reason: String| GridBreakdown::Factorization { step: 0.0, reason };
        if !generator.reversible() {
            let pattern = similar(generator, 1.0)?;
            let symbolic =
                SymbolicLu::try_new(pattern.symbolic()).map_err(|error| failed(format!("{error:?}")))?;
            return Ok(Self::Lu(symbolic, HashMap::new()));
        }
        // A circle has a corner that elimination along a line does not see.
        if generator.grid().dimension() == 1 && generator.links().len() == 1 {
            return Ok(Self::Tridiagonal(HashMap::new()));
        }
        if generator.grid().dimension() > 2 {
            return Ok(Self::Iterative(HashMap::new()));
        }
        let pattern = symmetrized(generator, 1.0)?;
        let symbolic = SymbolicLlt::try_new(pattern.symbolic(), Side::Lower)
            .map_err(|error| failed(format!("{error:?}")))?;
        Ok(Self::Cholesky(symbolic, HashMap::new()))
    }

    /// How many matrices were factorised.
    pub fn factorizations(&self) -> usize {
        match self {
            Self::Tridiagonal(factors) => factors.len(),
            Self::Cholesky(_, factors) => factors.len(),
            Self::Iterative(factors) => factors.len(),
            Self::Lu(_, factors) => factors.len(),
        }
    }

    /// Size, relative to the largest entry of a solution, below which the sign of another entry may be wrong: elimination in
    /// an M-matrix gets it right always.
    pub fn accuracy(&self) -> f64 {
        match self {
            Self::Tridiagonal(_) | Self::Cholesky(..) => 0.0,
            Self::Iterative(_) => ITERATIVE_ACCURACY,
            Self::Lu(..) => LU_ACCURACY,
        }
    }

    /// Replaces each column of `y` (n × k, one right-hand side a column) by (I − θhS)⁻¹ times it. Columns solved together share
    /// the reading of the factor.
    ///
    /// # Errors
    /// If the factorisation fails or the iteration stalls.
    pub fn solve(
        &mut self,
        generator: &Generator,
        mut y: MatMut<'_, f64>,
        θh: f64,
    ) -> Result<(), GridBreakdown> {
        let key = θh.to_bits();
        let failed = |reason: String| GridBreakdown::Factorization { step: θh, reason };
        match self {
            Self::Tridiagonal(factors) => {
                let factor = factors.entry(key).or_insert_with(|| along_a_line(generator, θh));
                column_by_column(y, |column| {
                    factor.solve(column);
                    Ok(())
                })?;
            }
            Self::Cholesky(symbolic, factors) => {
                let factor = match factors.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        let matrix = symmetrized(generator, θh)?;
                        place.insert(
                            Llt::try_new_with_symbolic(symbolic.clone(), matrix.as_ref(), Side::Lower)
                                .map_err(|error| failed(format!("{error:?}")))?,
                        )
                    }
                };
                factor.solve_in_place(y.rb_mut());
            }
            Self::Lu(symbolic, factors) => {
                let factor = match factors.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        let matrix = similar(generator, θh)?;
                        place.insert(
                            Lu::try_new_with_symbolic(symbolic.clone(), matrix.as_ref())
                                .map_err(|error| failed(format!("{error:?}")))?,
                        )
                    }
                };
                factor.solve_in_place(y.rb_mut());
            }
            Self::Iterative(solvers) => {
                let solver = solvers.entry(key).or_insert_with(|| ConjugateGradients::new(generator, θh));
                column_by_column(y, |column| solver.solve(column))?;
            }
        }
        Ok(())
    }
}

/// Hands each column to `solve` as a slice.
fn column_by_column(
    y: MatMut<'_, f64>,
    mut solve: impl FnMut(&mut [f64]) -> Result<(), GridBreakdown>,
) -> Result<(), GridBreakdown> {
    let mut values = vec![0.0; y.nrows()];
    for mut column in y.col_iter_mut() {
        if let Some(contiguous) = column.rb_mut().try_as_col_major_mut() {
            solve(contiguous.as_slice_mut())?;
            continue;
        }
        for (own, value) in values.iter_mut().zip(column.rb().iter()) {
            *own = *value;
        }
        solve(&mut values)?;
        for (own, value) in values.iter().zip(column.iter_mut()) {
            *value = *own;
        }
    }
    Ok(())
}

/// I − θhS on a line, factorised.
fn along_a_line(generator: &Generator, θh: f64) -> Tridiagonal {
    let diagonal: Vec<f64> = generator.exit_rates().iter().map(|exit| 1.0 + θh * exit).collect();
    let faces = generator.links().iter().flat_map(|link| link.up.iter().zip(&link.down));
    let beside: Vec<f64> =
        faces.take(diagonal.len() - 1).map(|(up, down)| -θh * (up * down).sqrt()).collect();
    let mut factor = Tridiagonal::default();
    factor.factorize(&beside, &diagonal, &beside);
    factor
}

/// Lower triangle of I − θhS for a reversible A.
pub fn symmetrized(generator: &Generator, θh: f64) -> Result<SparseColMat<usize, f64>, GridBreakdown> {
    let between = |_, up: f64, down: f64| [(up * down).sqrt(), 0.0];
    assemble(generator, θh, between, false)
}

/// I − θhS for any A: from i to j the rate times √(πᵢ/πⱼ).
pub fn similar(generator: &Generator, θh: f64) -> Result<SparseColMat<usize, f64>, GridBreakdown> {
    let log_π = generator.log_invariant();
    let between = |(i, j): (usize, usize), up: f64, down: f64| {
        let ratio = (0.5 * (log_π[i] - log_π[j])).exp();
        [up * ratio, down / ratio]
    };
    assemble(generator, θh, between, true)
}

/// I − θhS from its entries below and above the diagonal.
fn assemble(
    generator: &Generator,
    θh: f64,
    between: impl Fn((usize, usize), f64, f64) -> [f64; 2],
    both: bool,
) -> Result<SparseColMat<usize, f64>, GridBreakdown> {
    let size = generator.grid().len();
    let exit = generator.exit_rates();
    let mut triplets: Vec<_> =
        exit.iter().enumerate().map(|(i, exit)| Triplet::new(i, i, 1.0 + θh * exit)).collect();
    for (i, j, up, down) in generator.pairs() {
        let [below, above] = between((i, j), up, down);
        triplets.push(Triplet::new(j, i, -θh * below));
        if both {
            triplets.push(Triplet::new(i, j, -θh * above));
        }
    }
    SparseColMat::try_new_from_triplets(size, size, &triplets)
        .map_err(|error| GridBreakdown::Factorization { step: θh, reason: format!("{error:?}") })
}
