//! Graded cells: sizes that vary along an axis.

/// Parts of an axis on which the map from cell numbers to places is tabulated.
const PARTS: usize = 2048;
/// Newton steps to an edge within its part, where the map is nearly straight.
const NEWTON_STEPS: usize = 8;
/// Five-point Gauss–Legendre rule on [0, 1]: (node, weight).
const GAUSS_LEGENDRE: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_43),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

/// Cells whose size is proportional to a smooth s(x) > 0: the edges are where ∫ds⁻¹ has reached equal shares. Halving the
/// number of cells keeps every other edge, and errors have powers of 1/n as on equal cells (Veldman and Rinzema 1992).
#[derive(Clone, Debug, PartialEq)]
pub struct Spacing {
    lower: f64,
    upper: f64,
    /// 1/s at the nodes of every part.
    slopes: Vec<[f64; GAUSS_LEGENDRE.len()]>,
    /// ∫1/s up to the start of every part, and of all of them.
    sums: Vec<f64>,
}

impl Spacing {
    /// The cells along an axis from `lower` to `upper`, of sizes proportional to `size`.
    ///
    /// # Errors
    /// The place and the value where `size` is not positive and finite.
    pub fn new(lower: f64, upper: f64, size: impl Fn(f64) -> f64) -> Result<Self, (f64, f64)> {
        let part = (upper - lower) / PARTS as f64;
        let mut slopes = Vec::with_capacity(PARTS);
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for k in 0..PARTS {
            let mut own = [0.0; GAUSS_LEGENDRE.len()];
            for (slope, (node, weight)) in own.iter_mut().zip(GAUSS_LEGENDRE) {
                let x = lower + part * (k as f64 + node);
                let s = size(x);
                if !(s > 0.0 && s.is_finite()) {
                    return Err((x, s));
                }
                *slope = 1.0 / s;
                sum += weight * part * *slope;
            }
            slopes.push(own);
            sums.push(sum);
        }
        Ok(Self { lower, upper, slopes, sums })
    }

    /// The ends of `cells` cells.
    pub fn edges(&self, cells: usize) -> Vec<f64> {
        let total = self.sums[PARTS];
        let inner = (1..cells).map(|k| self.place(total * k as f64 / cells as f64));
        [self.lower].into_iter().chain(inner).chain([self.upper]).collect()
    }

    /// Where ∫1/s has reached `sum`.
    fn place(&self, sum: f64) -> f64 {
        let width = (self.upper - self.lower) / PARTS as f64;
        let part = (self.sums.partition_point(|&known| known <= sum) - 1).min(PARTS - 1);
        // 1/s within the part is the polynomial through its nodes, which is integrated exactly.
        let wanted = (sum - self.sums[part]) / width;
        let mut y = wanted * width / (self.sums[part + 1] - self.sums[part]);
        for _ in 0..NEWTON_STEPS {
            let reached: f64 =
                GAUSS_LEGENDRE.iter().map(|(node, weight)| weight * y * self.slope(part, y * node)).sum();
            y -= (reached - wanted) / self.slope(part, y);
        }
        self.lower + width * (part as f64 + y)
    }

    /// 1/s at the share `y` of a part, by Lagrange's polynomial.
    fn slope(&self, part: usize, y: f64) -> f64 {
        let basis = |k: usize| -> f64 {
            let others = (0..GAUSS_LEGENDRE.len()).filter(|&other| other != k);
            others
                .map(|other| (y - GAUSS_LEGENDRE[other].0) / (GAUSS_LEGENDRE[k].0 - GAUSS_LEGENDRE[other].0))
                .product()
        };
        self.slopes[part].iter().enumerate().map(|(k, slope)| slope * basis(k)).sum()
    }
}
