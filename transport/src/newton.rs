//! The Newton systems: [D₁ + W1, W; Wᵀ, D₂ + Wᵀ1] with the weights W on the pairs, factorised by Cholesky.

use crate::Error;
use crate::pairs::Pairs;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::LltRegularization;
use faer::sparse::linalg::cholesky::{
    LltRef, SymbolicCholesky, SymmetricOrdering, factorize_symbolic_cholesky,
};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMat};
use faer::{Conj, MatMut, Par, Side};

/// Added to the unit diagonal: hard marginals leave a direction free. The refinement takes it out of the others.
const FREE: f64 = 1e-12;

/// The matrix for one set of pairs, and its factor for the last weights.
pub(crate) struct Newton<'a> {
    pairs: &'a Pairs,
    pattern: SymbolicSparseColMat<usize>,
    symbolic: SymbolicCholesky<usize>,
    values: Vec<f64>,
    factor: Vec<f64>,
    memory: MemBuffer,
    weights: Vec<f64>,
    diagonal: Vec<f64>,
    /// Rows and columns are scaled by this, which makes the diagonal 1.
    scaling: Vec<f64>,
}

fn failed(reason: impl std::fmt::Debug) -> Error {
    Error::Factorization(format!("{reason:?}"))
}

impl<'a> Newton<'a> {
    /// Orders the unknowns and finds the pattern of the factor.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub fn new(pairs: &'a Pairs) -> Result<Self, Error> {
        let (rows, size) = (pairs.rows(), pairs.rows() + pairs.columns);
        let (mut starts, mut indices) = (vec![0], Vec::with_capacity(size + pairs.len()));
        for i in 0..size {
            indices.push(i);
            if i < rows {
                indices.extend(pairs.column[pairs.start[i]..pairs.start[i + 1]].iter().map(|j| rows + j));
            }
            starts.push(indices.len());
        }
        let pattern = SymbolicSparseColMat::new_checked(size, size, starts, None, indices);
        let symbolic = factorize_symbolic_cholesky(
            pattern.as_ref(),
            Side::Lower,
            SymmetricOrdering::Amd,
            Default::default(),
        )
        .map_err(failed)?;
        let request = symbolic
            .factorize_numeric_llt_scratch::<f64>(Par::Seq, Default::default())
            .or(symbolic.solve_in_place_scratch::<f64>(1, Par::Seq));
        let memory = MemBuffer::try_new(request).map_err(failed)?;
        Ok(Self {
            values: vec![0.0; size + pairs.len()],
            factor: vec![0.0; symbolic.len_val()],
            pairs,
            pattern,
            symbolic,
            memory,
            weights: Vec::new(),
            diagonal: vec![0.0; size],
            scaling: vec![0.0; size],
        })
    }

    /// Factorises the matrix of these weights of the pairs and this addition to the diagonal.
    ///
    /// # Errors
    /// If the matrix is not a number somewhere.
    pub fn factorize(&mut self, weights: Vec<f64>, addition: &[f64]) -> Result<(), Error> {
        let (rows, columns) = self.pairs.marginals(&weights);
        for (i, weight) in rows.iter().chain(&columns).enumerate() {
            self.diagonal[i] = weight + addition[i];
            self.scaling[i] = 1.0 / self.diagonal[i].sqrt().max(f64::MIN_POSITIVE);
        }
        let mut place = 0;
        for i in 0..rows.len() {
            self.values[place] = 1.0 + FREE;
            place += 1;
            for e in self.pairs.start[i]..self.pairs.start[i + 1] {
                let j = rows.len() + self.pairs.column[e];
                self.values[place] = weights[e] * self.scaling[i] * self.scaling[j];
                place += 1;
            }
        }
        self.values[place..].fill(1.0 + FREE);
        self.weights = weights;
        self.symbolic
            .factorize_numeric_llt(
                &mut self.factor,
                SparseColMatRef::new(self.pattern.as_ref(), &self.values),
                Side::Lower,
                LltRegularization::default(),
                Par::Seq,
                MemStack::new(&mut self.memory),
                Default::default(),
            )
            .map(|_| ())
            .map_err(failed)
    }

    /// The solution for the last matrix, refined once.
    pub fn solve(&mut self, right: &[f64]) -> Vec<f64> {
        let mut solution = self.apply_inverse(right.to_vec());
        let mut residual = right.to_vec();
        let rows = self.pairs.rows();
        for (r, (d, x)) in residual.iter_mut().zip(self.diagonal.iter().zip(&solution)) {
            *r -= d * x;
        }
        for (i, j, e) in self.pairs.iter() {
            residual[i] -= self.weights[e] * solution[rows + j];
            residual[rows + j] -= self.weights[e] * solution[i];
        }
        let correction = self.apply_inverse(residual);
        solution.iter_mut().zip(correction).for_each(|(x, dx)| *x += dx);
        solution
    }

    fn apply_inverse(&mut self, mut values: Vec<f64>) -> Vec<f64> {
        let size = values.len();
        values.iter_mut().zip(&self.scaling).for_each(|(v, s)| *v *= s);
        LltRef::new(&self.symbolic, &self.factor).solve_in_place_with_conj(
            Conj::No,
            MatMut::from_column_major_slice_mut(&mut values, size, 1),
            Par::Seq,
            MemStack::new(&mut self.memory),
        );
        values.iter_mut().zip(&self.scaling).for_each(|(v, s)| *v *= s);
        values
    }
}
