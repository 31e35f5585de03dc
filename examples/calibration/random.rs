//! Random problems from a seed, and an independent integrator for their truths.

use std::fmt::Debug;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform on [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform in the logarithm.
    pub fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// One of these.
    pub fn choose<T: Copy + Debug>(&mut self, from: &[T]) -> T {
        from[(self.uniform() * from.len() as f64) as usize]
    }

    /// A number of cells, uniform in the logarithm.
    pub fn cells(&mut self) -> usize {
        self.scale(100.0, 600.0) as usize
    }
}

/// y after `time` by the classical Runge–Kutta rule in many steps.
pub fn integrate<const N: usize>(
    mut y: [f64; N],
    time: f64,
    slope: impl Fn([f64; N]) -> [f64; N],
) -> [f64; N] {
    const STEPS: usize = 4000;
    let h = time / STEPS as f64;
    let moved = |y: [f64; N], k: [f64; N], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
    for _ in 0..STEPS {
        let a = slope(y);
        let b = slope(moved(y, a, 0.5 * h));
        let c = slope(moved(y, b, 0.5 * h));
        let d = slope(moved(y, c, h));
        y = std::array::from_fn(|i| y[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]));
    }
    y
}

/// Of a Gaussian flow in the plane from N(m, C) to N(0, P⁻¹): the slopes of [m₁, m₂, C₁₁, C₁₂, C₂₂] by the reaction,
/// m' = −βCPm, C' = β(C − CPC).
pub fn reaction(β: f64, precision: [f64; 3], [x, y, xx, xy, yy]: [f64; 5]) -> [f64; 5] {
    let [a, b, c] = precision;
    // CP, row by row.
    let [p, q, r, s] = [xx * a + xy * b, xx * b + xy * c, xy * a + yy * b, xy * b + yy * c];
    [
        -β * (p * x + q * y),
        -β * (r * x + s * y),
        β * (xx - p * xx - q * xy),
        β * (xy - p * xy - q * yy),
        β * (yy - r * xy - s * yy),
    ]
}
