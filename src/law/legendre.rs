use super::gauss_hermite::golub_welsch;
use crate::algebra::simd::{halved, vectorized};
use std::sync::LazyLock;

/// Gauss–Legendre nodes of a panel.
pub(super) const NODES: usize = 16;
/// Polynomials of degree below this live on a panel; fewer than nodes, so that products are integrated well.
pub(super) const DEGREE: usize = 12;

/// Piecewise polynomials on equal panels of an interval, taken from values at Gauss–Legendre points by orthogonal
/// projection. Interpolation would amplify rounding, step by step, where the noise does not smooth; the projection is
/// bounded in L².
#[derive(Clone, Debug)]
pub struct LegendrePanels {
    lower: f64,
    upper: f64,
    panels: usize,
    points: Vec<f64>,
    /// The normalised Legendre polynomials at the nodes of [−1, 1], one after the other, times the weights of the nodes.
    kernel: Box<[[f64; NODES]; DEGREE]>,
    /// The nodes of [−1, 1].
    nodes: Vec<f64>,
}

impl LegendrePanels {
    /// `panels` panels on [lower, upper].
    pub fn new(lower: f64, upper: f64, panels: usize) -> Self {
        let off_diagonal = |k: usize| k as f64 / ((4 * k * k - 1) as f64).sqrt();
        let (nodes, weights) = golub_welsch(NODES, off_diagonal);
        let mut kernel = Box::new([[0.0; NODES]; DEGREE]);
        for (i, (&node, weight)) in nodes.iter().zip(&weights).enumerate() {
            for (row, value) in kernel.iter_mut().zip(legendre(node)) {
                // The weights of the rule sum to 1; the interval has length 2.
                row[i] = 2.0 * weight * value;
            }
        }
        let width = (upper - lower) / panels as f64;
        let points = (0..panels)
            .flat_map(|panel| {
                nodes.iter().map(move |node| lower + width * (panel as f64 + 0.5 * (node + 1.0)))
            })
            .collect();
        Self { lower, upper, panels, points, kernel, nodes }
    }

    /// Lower end.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// Upper end.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// All points, panel by panel.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// Number of panels.
    pub fn count(&self) -> usize {
        self.panels
    }

    /// Coefficients, in the polynomials of [`LegendrePanels::place`], of the projection of a function with these values
    /// at the points of one panel.
    pub(super) fn coefficients(&self, values: &[f64]) -> [f64; DEGREE] {
        self.kernel.each_ref().map(|row| values.iter().zip(row).map(|(value, factor)| value * factor).sum())
    }

    /// The derivative of this order of the projection of a function, at all points, from the values there. Successive
    /// points are `stride` values apart; what is between them are other functions.
    pub(super) fn derivative(&self, values: &[f64], order: usize, stride: usize) -> Vec<f64> {
        let scale = (2.0 * self.panels as f64 / (self.upper - self.lower)).powi(order as i32);
        let at_nodes: Vec<[f64; DEGREE]> =
            self.nodes.iter().map(|&node| legendre_derivative(node, order)).collect();
        let mut out = vec![0.0; values.len()];
        let mut own = [0.0; NODES];
        for start in (0..values.len()).step_by(NODES * stride) {
            for offset in start..start + stride {
                for (i, own) in own.iter_mut().enumerate() {
                    *own = values[offset + i * stride];
                }
                let coefficients = self.coefficients(&own);
                for (i, basis) in at_nodes.iter().enumerate() {
                    let value: f64 = basis.iter().zip(&coefficients).map(|(a, b)| a * b).sum();
                    out[offset + i * stride] = scale * value;
                }
            }
        }
        out
    }

    /// The panel where `x` is, and the values of the normalised Legendre polynomials there. Outside, those at the end.
    pub(super) fn place(&self, x: f64) -> (usize, [f64; DEGREE]) {
        let x = x.clamp(self.lower, self.upper);
        let place = (x - self.lower) / (self.upper - self.lower) * self.panels as f64;
        let panel = (place as usize).min(self.panels - 1);
        (panel, legendre(2.0 * (place - panel as f64) - 1.0))
    }

    /// Index of the first point that counts at `x`, and the shares of that one and its successors in the value of the
    /// projection there. Outside, the value at the end counts.
    pub fn project(&self, x: f64) -> (usize, [f64; NODES]) {
        let (panel, values) = self.place(x);
        let shares = vectorized(
            #[inline(always)]
            || {
                // Of the loop itself, not captured, so that they stay in vectors.
                let mut shares = [0.0; NODES];
                for (row, value) in self.kernel.iter().zip(values) {
                    for (share, factor) in shares.iter_mut().zip(row) {
                        *share += factor * value;
                    }
                }
                shares
            },
        );
        (panel * NODES, shares)
    }
}

/// Adds a functional of the values at some panels to `sums`, node by node: the terms of each node are added first.
#[inline(always)]
pub(super) fn add_products(sums: &mut [f64; NODES], coefficients: &[f64; NODES], values: &[f64; NODES]) {
    for i in 0..NODES {
        sums[i] += coefficients[i] * values[i];
    }
}

/// The sums of these functionals, each in halves.
#[inline(always)]
pub(super) fn sums_in_halves<const K: usize>(sums: [[f64; NODES]; K]) -> [f64; K] {
    // For their sake the compiler would arrange the loop before them in pairs, not in vectors.
    let sums = std::hint::black_box(sums);
    let mut results = [0.0; K];
    for (result, sums) in results.iter_mut().zip(&sums) {
        *result = halved(*sums, |a, b| a + b);
    }
    results
}

/// Legendre polynomials with ∫₋₁¹ P_j P_k = δ_jk.
#[inline(always)]
fn legendre(x: f64) -> [f64; DEGREE] {
    let (mut before, mut last) = (0.0, 1.0);
    let mut values = [0.0; DEGREE];
    for (value, [factor, share, norm]) in values.iter_mut().zip(&*RECURRENCE) {
        *value = last * norm;
        (before, last) = (last, factor * x * last - share * before);
    }
    values
}

/// (2k + 1)/(k + 1) and k/(k + 1) of the recurrence of Legendre polynomials, and √(k + ½), which normalises them.
static RECURRENCE: LazyLock<[[f64; 3]; DEGREE]> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        let k = k as f64;
        [(2.0 * k + 1.0) / (k + 1.0), k / (k + 1.0), (k + 0.5).sqrt()]
    })
});

/// The derivatives of this order of the polynomials of [`legendre`], by P'_{k+1} = P'_{k−1} + (2k + 1) P_k.
fn legendre_derivative(x: f64, order: usize) -> [f64; DEGREE] {
    let norm = |k: usize| (k as f64 + 0.5).sqrt();
    let start = legendre(x);
    let mut values: [f64; DEGREE] = std::array::from_fn(|k| start[k] / norm(k));
    for _ in 0..order {
        let mut next = [0.0; DEGREE];
        for k in 0..DEGREE - 1 {
            let before = if k > 0 { next[k - 1] } else { 0.0 };
            next[k + 1] = before + (2 * k + 1) as f64 * values[k];
        }
        values = next;
    }
    std::array::from_fn(|k| values[k] * norm(k))
}
