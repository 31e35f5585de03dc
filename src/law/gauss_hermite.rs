use faer::{Mat, Side};

/// Gauss–Hermite quadrature for the standard normal law: E f(ξ) ≈ Σ ω f(node), exact for polynomials
/// of degree below twice the number of nodes.
#[derive(Clone, Debug)]
pub struct GaussHermite {
    nodes: Vec<f64>,
    weights: Vec<f64>,
}

impl GaussHermite {
    /// The rule with `count` ≥ 1 nodes, by Golub and Welsch (1969): the nodes are the eigenvalues of the
    /// Jacobi matrix with off-diagonal √k, the weights the squares of the eigenvectors' first entries.
    pub fn new(count: usize) -> Self {
        let (nodes, weights) = golub_welsch(count, |k| (k as f64).sqrt());
        Self { nodes, weights }
    }

    /// (node, weight) pairs, nodes rising.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.nodes.iter().copied().zip(self.weights.iter().copied())
    }
}

/// Nodes and weights (of sum 1) of the Gauss rule whose orthogonal polynomials have this Jacobi matrix: zero diagonal and
/// `off_diagonal`(k) between k − 1 and k.
///
/// # Panics
/// If the symmetric eigenvalue solver fails on such a small matrix, which it does not.
pub(super) fn golub_welsch(count: usize, off_diagonal: impl Fn(usize) -> f64) -> (Vec<f64>, Vec<f64>) {
    let entry = |i: usize, j: usize| if i.abs_diff(j) == 1 { off_diagonal(i.max(j)) } else { 0.0 };
    let jacobi = Mat::from_fn(count, count, entry);
    let eigen = jacobi.self_adjoint_eigen(Side::Lower).expect("a small symmetric tridiagonal matrix");
    let nodes: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
    let first: Vec<f64> = (0..count).map(|k| eigen.U()[(0, k)].powi(2)).collect();
    let total: f64 = first.iter().sum();
    (nodes, first.iter().map(|ω| ω / total).collect())
}
