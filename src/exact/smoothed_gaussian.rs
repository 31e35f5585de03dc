/// The one-dimensional WFR flow whose reaction reads the log density through a kernel, log(N(0, s²) * ρ) for log ρ, as it
/// is for an ensemble of infinitely many particles with a Gaussian kernel. For π = N(μ, g) a Gaussian N(m, v) stays one:
/// m' = −(α + βv)(m − μ)/g,
/// v' = 2α − 2αv/g − βv²(1/g − 1/(v + s²)),
/// because log(N(0, s²) * ρ) is quadratic with curvature −1/(v + s²). With s = 0 it is the WFR flow itself.
#[derive(Clone, Copy, Debug)]
pub struct SmoothedGaussianFlow {
    /// α.
    pub transport: f64,
    /// β.
    pub reaction: f64,
    /// μ and g.
    pub target: [f64; 2],
    /// s².
    pub kernel: f64,
}

impl SmoothedGaussianFlow {
    /// [m, v] at time `t` from `start`, by fourth-order Runge–Kutta steps.
    pub fn at(&self, start: [f64; 2], t: f64) -> [f64; 2] {
        const STEPS: usize = 10_000;
        let moved = |y: [f64; 2], h: f64, k: [f64; 2]| std::array::from_fn(|i| y[i] + h * k[i]);
        let h = t / STEPS as f64;
        let mut y = start;
        for _ in 0..STEPS {
            let k1 = self.slope(y);
            let k2 = self.slope(moved(y, 0.5 * h, k1));
            let k3 = self.slope(moved(y, 0.5 * h, k2));
            let k4 = self.slope(moved(y, h, k3));
            y = std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        }
        y
    }

    /// The variance that stays: below g, by the bias of the kernel. It is the root of
    /// 2α(g − v)(v + s²) − βv²(v + s² − g) between 0 and g, found by bisection.
    pub fn stationary_variance(&self) -> f64 {
        let ([_, g], s2) = (self.target, self.kernel);
        let rises =
            |v: f64| 2.0 * self.transport * (g - v) * (v + s2) - self.reaction * v * v * (v + s2 - g) > 0.0;
        let (mut low, mut high) = (0.0, g);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return middle;
            }
            if rises(middle) { low = middle } else { high = middle }
        }
    }

    fn slope(&self, [m, v]: [f64; 2]) -> [f64; 2] {
        let (α, β, [μ, g]) = (self.transport, self.reaction, self.target);
        let curvature = 1.0 / g - 1.0 / (v + self.kernel);
        [-(α + β * v) * (m - μ) / g, 2.0 * α - 2.0 * α * v / g - β * v * v * curvature]
    }
}
