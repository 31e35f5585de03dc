use crate::algebra::elementary::exp_of_negative;

/// A sum of positive terms known to within a radius, both times e^reference, so that neither over- nor underflows.
///
/// The reference is never above the largest term by more than rounding, whence a sum of some terms is ≥ about 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogSum {
    reference: f64,
    sum: f64,
    radius: f64,
}

impl LogSum {
    pub(super) fn new() -> Self {
        Self { reference: f64::NEG_INFINITY, sum: 0.0, radius: 0.0 }
    }

    /// Adds `sum`·e^reference.
    pub(super) fn add(&mut self, reference: f64, sum: f64) {
        if reference > self.reference {
            self.rescale(reference);
            self.sum += sum;
        } else {
            self.sum += sum * exp_of_negative(reference - self.reference);
        }
    }

    /// Adds what lies between e^lower and e^upper, if its half-width is at most the share `allowance` of the sum that
    /// is sure so far; says whether it did.
    pub(super) fn add_between(&mut self, lower: f64, upper: f64, allowance: f64) -> bool {
        let top = self.reference.max(upper);
        let sure = (self.sum - self.radius) * exp_of_negative(self.reference - top);
        let high = exp_of_negative(upper - top);
        // Below the allowance by itself, it is not worth a second exponential.
        let low = if 0.5 * high <= allowance * sure { 0.0 } else { exp_of_negative(lower - top) };
        let radius = 0.5 * (high - low);
        if radius > allowance * sure {
            return false;
        }
        if top > self.reference {
            self.rescale(top);
        }
        self.sum += low + radius;
        self.radius += radius;
        true
    }

    /// log of the sum, and a bound on its error.
    pub(super) fn log(&self) -> (f64, f64) {
        (self.reference + self.sum.ln(), self.radius / (self.sum - self.radius))
    }

    fn rescale(&mut self, reference: f64) {
        let factor = exp_of_negative(self.reference - reference);
        self.sum *= factor;
        self.radius *= factor;
        self.reference = reference;
    }
}
