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
    ///
    /// # Panics
    /// If the symmetric eigenvalue solver fails on that fixed matrix, which it does not.
    pub fn new(count: usize) -> Self {
        let jacobi =
            Mat::from_fn(
                count,
                count,
                |i, j| {
                    if i.abs_diff(j) == 1 { (i.max(j) as f64).sqrt() } else { 0.0 }
                },
            );
        let eigen = jacobi.self_adjoint_eigen(Side::Lower).expect("a small symmetric tridiagonal matrix");
        let nodes: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        let first: Vec<f64> = (0..count).map(|k| eigen.U()[(0, k)].powi(2)).collect();
        let total: f64 = first.iter().sum();
        Self { nodes, weights: first.iter().map(|ω| ω / total).collect() }
    }

    /// (node, weight) pairs, nodes rising.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.nodes.iter().copied().zip(self.weights.iter().copied())
    }
}
