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

/// Where it ends.
const MOST_ADDED: f64 = 1e-6;
/// Steps of conjugate gradients, at most.
const REFINEMENTS: usize = 8;
/// The residual, in the norm of the preconditioner, is reduced by this.
const ACCURACY: f64 = 1e-9;

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
    /// Added to this unit diagonal at first.
    added: f64,
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn failed(reason: impl std::fmt::Debug) -> Error {
    Error::Factorization(format!("{reason:?}"))
}

impl<'a> Newton<'a> {
    /// Orders the unknowns and finds the pattern of the factor. `added` goes to the diagonal, relative to it: more than
    /// rounding is needed where the weights alone leave a direction free.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub fn new(pairs: &'a Pairs, added: f64) -> Result<Self, Error> {
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
            added,
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
        self.weights = weights;
        let mut added = self.added;
        loop {
            match self.factorize_with(added) {
                Err(_) if added < MOST_ADDED => added *= 100.0,
                result => return result,
            }
        }
    }

    /// Factorises the matrix scaled to unit diagonal, with `added` on the diagonal.
    fn factorize_with(&mut self, added: f64) -> Result<(), Error> {
        let rows = self.pairs.rows();
        let mut place = 0;
        for i in 0..rows {
            self.values[place] = 1.0 + added;
            place += 1;
            for e in self.pairs.start[i]..self.pairs.start[i + 1] {
                let j = rows + self.pairs.column[e];
                self.values[place] = self.weights[e] * self.scaling[i] * self.scaling[j];
                place += 1;
            }
        }
        self.values[place..].fill(1.0 + added);
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

    /// The solution for the last matrix: conjugate gradients, with the factor as preconditioner, take out what was added to
    /// the diagonal and much of the rounding.
    pub fn solve(&mut self, right: &[f64]) -> Vec<f64> {
        let mut solution = vec![0.0; right.len()];
        let mut residual = right.to_vec();
        let mut corrected = self.apply_inverse(residual.clone());
        let mut direction = corrected.clone();
        let mut size = dot(&residual, &corrected);
        let enough = ACCURACY * ACCURACY * size;
        for _ in 0..REFINEMENTS {
            let image = self.apply(&direction);
            let length = size / dot(&direction, &image);
            if !length.is_finite() {
                break;
            }
            for k in 0..right.len() {
                solution[k] += length * direction[k];
                residual[k] -= length * image[k];
            }
            corrected = self.apply_inverse(residual.clone());
            let next = dot(&residual, &corrected);
            if next <= enough || next >= size {
                break;
            }
            let kept = next / size;
            size = next;
            direction.iter_mut().zip(&corrected).for_each(|(d, c)| *d = c + kept * *d);
        }
        solution
    }

    fn apply(&self, values: &[f64]) -> Vec<f64> {
        let rows = self.pairs.rows();
        let mut image: Vec<f64> = self.diagonal.iter().zip(values).map(|(d, x)| d * x).collect();
        for (i, j, e) in self.pairs.iter() {
            image[i] += self.weights[e] * values[rows + j];
            image[rows + j] += self.weights[e] * values[i];
        }
        image
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
