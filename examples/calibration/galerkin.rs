//! Hermite–Galerkin: Langevin dynamics of a double well by the eigenfunctions of its Schrödinger operator.

use faer::{Mat, Side};

/// Hermite functions, and how many more the products of matrices are made with.
const FUNCTIONS: usize = 160;
const MORE: usize = 16;
/// Scale of the functions: the wells are as wide as it.
const SCALE: f64 = 0.45;

/// V = b(x² − 1)² + cx.
pub struct Well {
    /// Height of the barrier.
    pub b: f64,
    /// Tilt.
    pub c: f64,
}

impl Well {
    /// As scenarios write it.
    pub fn formula(&self) -> String {
        format!("{:?}*(x^2 - 1)^2 + {:?}*x", self.b, self.c)
    }

    fn value(&self, x: f64) -> f64 {
        self.b * (x * x - 1.0).powi(2) + self.c * x
    }

    /// −∂² + ¼V′² − ½V″ on the functions, which e^{V/2} takes to −L.
    fn operator(&self) -> Mat<f64> {
        let n = FUNCTIONS + MORE;
        let one = Mat::<f64>::identity(n, n);
        let x =
            Mat::from_fn(
                n,
                n,
                |i, j| {
                    if i.abs_diff(j) == 1 { SCALE * (0.5 * i.max(j) as f64).sqrt() } else { 0.0 }
                },
            );
        let square = &x * &x;
        // V′ = 4b(x³ − x) + c, V″ = 4b(3x² − 1).
        let slope = (&x * &square - &x) * faer::Scale(4.0 * self.b) + &one * faer::Scale(self.c);
        let curvature = (&square * faer::Scale(3.0) - &one) * faer::Scale(4.0 * self.b);
        let potential = &slope * &slope * faer::Scale(0.25) - curvature * faer::Scale(0.5);
        Mat::from_fn(FUNCTIONS, FUNCTIONS, |i, j| {
            let kinetic = match i.abs_diff(j) {
                0 => i as f64 + 0.5,
                2 => -0.5 * (i.max(j) as f64 * (i.max(j) - 1) as f64).sqrt(),
                _ => 0.0,
            };
            kinetic / (SCALE * SCALE) + potential[(i, j)]
        })
    }

    /// Eigenvalues of −L in rising order, and the eigenfunctions as columns.
    fn modes(&self) -> (Vec<f64>, Mat<f64>) {
        let eigen =
            self.operator().self_adjoint_eigen(Side::Lower).expect("a symmetric matrix has eigenvalues");
        let values = eigen.S().column_vector();
        ((0..FUNCTIONS).map(|k| values[k]).collect(), eigen.U().to_owned())
    }

    /// The smallest eigenvalues of −L.
    pub fn eigenvalues(&self, count: usize) -> Vec<f64> {
        self.modes().0.into_iter().take(count).collect()
    }

    /// E X and E X² at `time` from N(m, s), which should be narrow.
    pub fn moments(&self, [m, s]: [f64; 2], time: f64) -> [f64; 2] {
        let (values, modes) = self.modes();
        // Coefficients of f by the trapezoidal rule.
        let project = |low: f64, high: f64, f: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let points = 2000;
            let width = (high - low) / f64::from(points);
            let mut sums = vec![0.0; FUNCTIONS];
            for point in 0..=points {
                let x = low + width * f64::from(point);
                let value = width * f(x);
                for (sum, φ) in sums.iter_mut().zip(hermite(x)) {
                    *sum += value * φ;
                }
            }
            (0..FUNCTIONS).map(|k| (0..FUNCTIONS).map(|i| modes[(i, k)] * sums[i]).sum()).collect()
        };
        let (σ, lowest) = (s.sqrt(), values[0]);
        let start = project(m - 8.0 * σ, m + 8.0 * σ, &|x| {
            let z = (x - m) / σ;
            (0.5 * self.value(x) - 0.5 * z * z).exp()
        });
        let means = [0, 1, 2].map(|power| -> f64 {
            let φ = project(-6.0, 6.0, &|x| x.powi(power) * (-0.5 * self.value(x)).exp());
            (0..FUNCTIONS).map(|k| start[k] * φ[k] * (-(values[k] - lowest) * time).exp()).sum()
        });
        [means[1] / means[0], means[2] / means[0]]
    }
}

/// The Hermite functions at x.
fn hermite(x: f64) -> Vec<f64> {
    let y = x / SCALE;
    let mut values = vec![0.0; FUNCTIONS];
    values[0] = (-0.5 * y * y).exp() / (SCALE.sqrt() * std::f64::consts::PI.powf(0.25));
    values[1] = 2f64.sqrt() * y * values[0];
    for n in 2..FUNCTIONS {
        let k = n as f64;
        values[n] = (2.0 / k).sqrt() * y * values[n - 1] - ((k - 1.0) / k).sqrt() * values[n - 2];
    }
    values
}
