//! What a unit of mass pays for its way, as the solver computes it. The certificate has a cost of its own.

use std::f64::consts::FRAC_PI_2;

/// A cost that grows with the distance r: a function of w = scale · r².
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    form: Form,
    scale: f64,
    /// 1, or a little less or more.
    part: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// −log cos² √w up to √w = π/2, infinite beyond.
    Cone,
    /// w.
    Square,
}

impl Cost {
    /// −log cos²(r/(2δ)), infinite from r = πδ on.
    pub fn cone(δ: f64) -> Self {
        Self { form: Form::Cone, scale: 1.0 / (4.0 * δ * δ), part: 1.0 }
    }

    /// scale · r².
    pub fn square(scale: f64) -> Self {
        Self { form: Form::Square, scale, part: 1.0 }
    }

    /// This cost, less what rounding may add to it in d dimensions, and once more the same: potentials that are feasible
    /// for it are feasible for the certificate, which makes the allowance once.
    pub fn lowered(self, dimension: usize) -> Self {
        let room = 4.0 * (dimension as f64 + 12.0) * f64::EPSILON;
        Self { scale: self.scale * (1.0 - room), part: 1.0 - 32.0 * f64::EPSILON, ..self }
    }

    /// This cost, and what rounding may add to it: where it is finite, so it is for the certificate.
    pub fn raised(self, dimension: usize) -> Self {
        let room = 4.0 * (dimension as f64 + 12.0) * f64::EPSILON;
        Self { scale: self.scale * (1.0 + room), part: 1.0 + 32.0 * f64::EPSILON, ..self }
    }

    /// w for two points.
    pub fn argument(self, x: &[f64], y: &[f64]) -> f64 {
        self.of_square(x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum())
    }

    /// w for a squared distance.
    pub fn of_square(self, square: f64) -> f64 {
        self.scale * square
    }

    /// The cost.
    pub fn at(self, w: f64) -> f64 {
        let cost = match self.form {
            Form::Square => w,
            Form::Cone if w >= FRAC_PI_2 * FRAC_PI_2 => f64::INFINITY,
            Form::Cone => {
                let z = w.sqrt();
                // cos² = 1 − sin² is 1 for small z, with nothing left of z.
                if z < 0.5 { -(-z.sin().powi(2)).ln_1p() } else { -2.0 * z.cos().ln() }
            }
        };
        cost * self.part
    }

    /// At most the cost up to rounding, without transcendental functions: the Taylor coefficients of −log cos² are positive.
    pub fn below(self, w: f64) -> f64 {
        let bound = match self.form {
            Form::Square => w,
            Form::Cone if w >= FRAC_PI_2 * FRAC_PI_2 => f64::INFINITY,
            Form::Cone => w * (1.0 + w * (1.0 / 6.0 + w * (2.0 / 45.0 + w * (17.0 / 1260.0)))),
        };
        bound * (1.0 - 64.0 * f64::EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::Cost;

    #[test]
    fn the_bound_is_below_the_cost() {
        let cost = Cost::cone(0.5);
        for step in 1..1000 {
            let w = 2.5 * f64::from(step) / 1000.0;
            assert!(cost.below(w) <= cost.lowered(2).at(w), "{w}");
            if w < 0.01 {
                assert!(cost.below(w) > cost.at(w) * (1.0 - 1e-8), "{w}");
            }
        }
        assert_eq!(cost.at(2.47), f64::INFINITY);
        assert_eq!(cost.at(1e-30), 1e-30);
    }
}
