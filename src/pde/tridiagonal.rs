//! Elimination along a line (Thomas 1949), without pivoting: for row diagonally dominant M-matrices.

/// A factor LU of a tridiagonal matrix.
#[derive(Clone, Debug, Default)]
pub struct Tridiagonal {
    /// Entry below the diagonal over the pivot above it; 0 for the first row.
    multipliers: Vec<f64>,
    /// 1/pivot.
    inverse_pivots: Vec<f64>,
    /// Entry above the diagonal over the pivot beside it; 0 for the last row.
    above: Vec<f64>,
}

impl Tridiagonal {
    /// Factorises the matrix with this diagonal of length n, and the n − 1 entries below and above it.
    pub fn factorize(&mut self, below: &[f64], diagonal: &[f64], above: &[f64]) {
        let n = diagonal.len();
        for vector in [&mut self.multipliers, &mut self.inverse_pivots, &mut self.above] {
            vector.clear();
            vector.reserve(n);
        }
        let (mut last, mut ratio) = (0.0, 0.0);
        for (k, d) in diagonal.iter().enumerate() {
            let under = if k == 0 { 0.0 } else { below[k - 1] };
            self.multipliers.push(under * last);
            last = 1.0 / (d - under * ratio);
            ratio = above.get(k).map_or(0.0, |above| above * last);
            self.inverse_pivots.push(last);
            self.above.push(ratio);
        }
    }

    /// Solves in place.
    pub fn solve(&self, x: &mut [f64]) {
        let mut before = 0.0;
        for (x, m) in x.iter_mut().zip(&self.multipliers) {
            *x -= m * before;
            before = *x;
        }
        let mut after = 0.0;
        for (x, (pivot, above)) in x.iter_mut().zip(self.inverse_pivots.iter().zip(&self.above)).rev() {
            *x = *x * pivot - above * after;
            after = *x;
        }
    }
}
