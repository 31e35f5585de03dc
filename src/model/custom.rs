use crate::algebra::Real;
use std::fmt::Debug;

/// A potential V in code, on ℝᵈ: what a formula cannot say. Particles and grid read the same.
///
/// ```
/// use wfr::model::CustomPotential;
///
/// /// V(x) = log cosh(3x) + x²/2.
/// #[derive(Debug)]
/// struct Well;
///
/// impl CustomPotential for Well {
///     fn value(&self, x: &[f64]) -> f64 {
///         (3.0 * x[0]).cosh().ln() + 0.5 * x[0] * x[0]
///     }
///     fn gradient(&self, x: &[f64], out: &mut [f64]) {
///         out[0] = 3.0 * (3.0 * x[0]).tanh() + x[0];
///     }
/// }
/// ```
pub trait CustomPotential: Debug + Send + Sync {
    /// V(x), at the d coordinates of a point; +∞ or NaN where there is none.
    fn value(&self, x: &[f64]) -> f64;

    /// Writes ∇V(x), d numbers.
    fn gradient(&self, x: &[f64], out: &mut [f64]);

    /// Writes ∇²V(x), row by row, d² numbers: by central differences of the gradient (good to about 10⁻¹⁰ of it), if a
    /// potential does not know better. Implicit schemes and local linearisation read it.
    fn hessian(&self, x: &[f64], out: &mut [f64]) {
        let d = x.len();
        let mut place = x.to_vec();
        let (mut above, mut below) = (vec![0.0; d], vec![0.0; d]);
        for j in 0..d {
            let h = f64::EPSILON.cbrt() * x[j].abs().max(1.0);
            place[j] = x[j] + h;
            self.gradient(&place, &mut above);
            place[j] = x[j] - h;
            self.gradient(&place, &mut below);
            place[j] = x[j];
            for i in 0..d {
                out[i * d + j] = (above[i] - below[i]) / (2.0 * h);
            }
        }
    }

    /// Whether V has all derivatives. Errors of the noise-free expectation do not count on it where V does not say so.
    fn is_smooth(&self) -> bool {
        false
    }
}

/// Writes `f` of the point in every lane; `f` is given the point and the place for what it writes.
pub(super) fn in_every_lane<R: Real>(x: &[R], out: &mut [R], f: impl Fn(&[f64], &mut [f64])) {
    let (mut point, mut values) = (vec![0.0; x.len()], vec![0.0; out.len()]);
    for lane in 0..R::COUNT {
        for (coordinate, x) in point.iter_mut().zip(x) {
            *coordinate = x.lane(lane);
        }
        f(&point, &mut values);
        for (out, value) in out.iter_mut().zip(&values) {
            out.set_lane(lane, *value);
        }
    }
}

/// Where the gradient of a potential is not what its values say, near a place: the place, the component, what was found and
/// the difference quotient.
pub(super) fn wrong_gradient(
    potential: &dyn CustomPotential,
    places: &[Vec<f64>],
) -> Option<(Vec<f64>, usize, f64, f64)> {
    places.iter().find_map(|place| {
        let mut gradient = vec![0.0; place.len()];
        potential.gradient(place, &mut gradient);
        (0..place.len()).find_map(|axis| {
            let quotient = |h: f64| {
                let at = |sign: f64| {
                    let mut x = place.clone();
                    x[axis] += sign * h;
                    potential.value(&x)
                };
                (at(1.0) - at(-1.0)) / (2.0 * h)
            };
            let h = f64::EPSILON.cbrt() * place[axis].abs().max(1.0);
            let (fine, coarse) = (quotient(h), quotient(4.0 * h));
            let found = gradient[axis];
            let scale = gradient.iter().fold(1.0f64, |scale, slope| scale.max(slope.abs()));
            // A kink or rounding shows in the two quotients themselves.
            let allowed = 10.0 * (fine - coarse).abs() + GRADIENT_ACCURACY * scale;
            let comparable = fine.is_finite() && found.is_finite();
            (comparable && (found - fine).abs() > allowed).then(|| (place.clone(), axis, found, fine))
        })
    })
}

/// Relative difference between a gradient and a quotient of differences that is put down to rounding of the potential.
const GRADIENT_ACCURACY: f64 = 1e-4;
