use super::gauss_hermite::golub_welsch;
use crate::algebra::simd::{halved, vectorized};
use std::ops::Range;
use std::sync::LazyLock;

/// Gauss–Legendre nodes of a panel.
pub(super) const NODES: usize = 16;
/// Polynomials of degree below this live on a panel; fewer than nodes, so that products are integrated well.
pub(super) const DEGREE: usize = 12;

/// Panels beyond n equal ones are wider by 1 + this/n, each than the one before: as wide as about a third of their distance
/// for n = 32.
const GROWTH: f64 = 10.0;

/// Piecewise polynomials on the panels of an interval: equal ones, and beyond them growing ones where tails are heavy. They
/// are taken from values at Gauss–Legendre points by orthogonal
/// projection. Interpolation would amplify rounding, step by step, where the noise does not smooth; the projection is
/// bounded in L².
#[derive(Clone, Debug)]
pub struct LegendrePanels {
    /// The interval of the equal panels, and which of all they are.
    inner: [f64; 2],
    equal: Range<usize>,
    /// The ends of all panels, rising.
    ends: Vec<f64>,
    points: Vec<f64>,
    /// The normalised Legendre polynomials at the nodes of [−1, 1], one after the other, times the weights of the nodes.
    kernel: Box<[[f64; NODES]; DEGREE]>,
    /// The nodes of [−1, 1].
    nodes: Vec<f64>,
}

impl LegendrePanels {
    /// `panels` equal panels on [lower, upper].
    pub fn new(lower: f64, upper: f64, panels: usize) -> Self {
        Self::reaching(lower, upper, panels, 0.0)
    }

    /// As [`LegendrePanels::new`], and beyond both ends panels to the distance `far`, each wider than the one before by the
    /// same factor.
    pub fn reaching(lower: f64, upper: f64, panels: usize, far: f64) -> Self {
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
        let beyond = growing(width, 1.0 + GROWTH / panels as f64, far);
        let equal = beyond.len()..beyond.len() + panels;
        let ends: Vec<f64> = beyond
            .iter()
            .rev()
            .map(|distance| lower - distance)
            .chain((0..panels).map(|panel| lower + width * panel as f64))
            .chain([upper])
            .chain(beyond.iter().map(|distance| upper + distance))
            .collect();
        let point = |panel: usize, node: f64| match panel.checked_sub(equal.start) {
            Some(own) if equal.contains(&panel) => lower + width * (own as f64 + 0.5 * (node + 1.0)),
            _ => ends[panel] + (ends[panel + 1] - ends[panel]) * 0.5 * (node + 1.0),
        };
        let points = (0..ends.len() - 1)
            .flat_map(|panel| nodes.iter().map(move |&node| (panel, node)))
            .map(|(panel, node)| point(panel, node))
            .collect();
        Self { inner: [lower, upper], equal, ends, points, kernel, nodes }
    }

    /// The same interval with half as many panels.
    pub fn halved(&self) -> Self {
        let [lower, upper] = self.inner;
        Self::reaching(lower, upper, self.equal.len().div_ceil(2), self.upper() - upper)
    }

    /// Lower end.
    pub fn lower(&self) -> f64 {
        self.ends[0]
    }

    /// Upper end.
    pub fn upper(&self) -> f64 {
        self.ends[self.count()]
    }

    /// All points, panel by panel.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// Number of panels.
    pub fn count(&self) -> usize {
        self.ends.len() - 1
    }

    /// Which panels are the equal ones.
    pub fn equal(&self) -> Range<usize> {
        self.equal.clone()
    }

    /// The ends of every panel.
    pub fn spans(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.ends.windows(2).map(|ends| [ends[0], ends[1]])
    }

    /// The mean over a panel of a function with these values at its points.
    pub fn mean(&self, values: &[f64]) -> f64 {
        // The first polynomial is 1/√2, and the interval has length 2.
        std::f64::consts::FRAC_1_SQRT_2 * dot(&self.kernel[0], values)
    }

    /// How far such values are from those of their projection, at most.
    pub fn residual(&self, values: &[f64]) -> f64 {
        let coefficients: Vec<f64> = self.kernel.iter().map(|row| dot(row, values)).collect();
        let at = |(node, value): (&f64, &f64)| (dot(&legendre(*node), &coefficients) - value).abs();
        self.nodes.iter().zip(values).map(at).fold(0.0, f64::max)
    }

    /// By how much a panel is stretched to the length 2 of [−1, 1].
    fn stretch(&self, panel: usize) -> f64 {
        match self.equal.contains(&panel) {
            true => 2.0 * self.equal.len() as f64 / (self.inner[1] - self.inner[0]),
            false => 2.0 / (self.ends[panel + 1] - self.ends[panel]),
        }
    }

    /// Coefficients, in the polynomials of [`LegendrePanels::place`], of the projection of a function with these values
    /// at the points of one panel.
    pub(super) fn coefficients(&self, values: &[f64]) -> [f64; DEGREE] {
        self.kernel.each_ref().map(|row| values.iter().zip(row).map(|(value, factor)| value * factor).sum())
    }

    /// The derivative of this order of the projection of a function, at all points, from the values there. Successive
    /// points are `stride` values apart; what is between them are other functions.
    pub(super) fn derivative(&self, values: &[f64], order: usize, stride: usize) -> Vec<f64> {
        let at_nodes: Vec<[f64; DEGREE]> =
            self.nodes.iter().map(|&node| legendre_derivative(node, order)).collect();
        let mut out = vec![0.0; values.len()];
        let mut own = [0.0; NODES];
        for (block, start) in (0..values.len()).step_by(NODES * stride).enumerate() {
            let scale = self.stretch(block % self.count()).powi(order as i32);
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
        let x = x.clamp(self.lower(), self.upper());
        let [lower, upper] = self.inner;
        if x < lower || x > upper {
            let panel = self.ends.partition_point(|end| *end <= x).clamp(1, self.count()) - 1;
            return (panel, legendre((x - self.ends[panel]) * self.stretch(panel) - 1.0));
        }
        let place = (x - lower) / (upper - lower) * self.equal.len() as f64;
        let panel = (place as usize).min(self.equal.len() - 1);
        (self.equal.start + panel, legendre(2.0 * (place - panel as f64) - 1.0))
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

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Distances of the ends of panels that grow by this factor, from one of this width on, up to `far`.
fn growing(width: f64, factor: f64, far: f64) -> Vec<f64> {
    let mut widths = Vec::new();
    let (mut own, mut sum) = (width, 0.0);
    while sum < far {
        own *= factor;
        sum += own;
        widths.push(own);
    }
    let reached = |total: &mut f64, own: f64| {
        *total += own * (far / sum);
        Some(*total)
    };
    widths.into_iter().scan(0.0, reached).collect()
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
