//! Normalising constants, expectations and variances.
//!
//! The line is cut at distances where the tails are bounded ([`crate::decay`]). Between, pieces are halved until the
//! remainder of Taylor's formula is small on each: the integral of a Taylor polynomial with interval coefficients, the last of
//! which is taken over the whole piece and has an even power, holds the integral.

use crate::decay::{Decay, lowest_value, sample, tails};
use crate::refusal::Refusal;
use crate::taylor::taylor_model;
use crate::{Elementary, Expression, Interval, Taylor};

/// Even, for the power of the remainder to have one sign.
const DEGREE: usize = 18;
/// Share of the piece's value, and of the whole, at which a remainder is small enough.
const OF_PIECE: f64 = 1e-16;
const OF_WHOLE: f64 = 1e-18;
/// Pieces, at most.
const MOST_PIECES: usize = 200_000;

/// e^{−V} on the line, with its tails.
#[derive(Clone, Debug)]
pub struct Measure<'a> {
    v: &'a Expression,
    tails: [Decay; 2],
    /// Subtracted from V, so that e^{−V} neither overflows nor vanishes.
    shift: f64,
    mass: Interval,
}

impl<'a> Measure<'a> {
    /// The measure e^{−V} dx.
    ///
    /// # Errors
    /// If e^{−V} has no integral, if no tail bound was found, or if V is not smooth enough.
    pub fn new(v: &'a Expression) -> Result<Self, Refusal> {
        let tails = tails(v)?;
        let shift = lowest_value(v, tails[0].distance.max(tails[1].distance));
        let mut measure = Self { v, tails, shift, mass: Interval::ONE };
        measure.mass = measure.integral(None)?;
        if measure.mass.lower() > 0.0 { Ok(measure) } else { Err(Refusal::NotPositive(measure.mass)) }
    }

    /// log ∫e^{−V}.
    pub fn log_mass(&self) -> Interval {
        self.mass.log() - Interval::point(self.shift)
    }

    /// E φ = ∫φ e^{−V} / ∫e^{−V}.
    ///
    /// # Errors
    /// If no tail bound was found for φ, or if φ is not smooth enough.
    pub fn expectation(&self, φ: &Expression) -> Result<Interval, Refusal> {
        Ok(self.integral(Some(φ))? / self.mass)
    }

    /// Var φ, about a number near the mean so that nothing cancels.
    ///
    /// # Errors
    /// As [`expectation`](Self::expectation), for φ and its square.
    pub fn variance(&self, φ: &Expression) -> Result<Interval, Refusal> {
        let mean = self.expectation(φ)?;
        let centred = Expression::Binary(
            crate::expression::Operator::Subtract,
            Box::new(φ.clone()),
            Box::new(Expression::Number(mean.middle())),
        );
        let square = Expression::Power(Box::new(centred), 2);
        Ok(self.expectation(&square)? - (mean - Interval::point(mean.middle())).powi(2))
    }

    /// h e^{−(V − shift)} for an observable h, or for 1.
    fn density<S: Elementary>(&self, x: S, observable: Option<&Expression>) -> S {
        let weight = (S::constant(self.shift) - self.v.evaluate(&x)).exp();
        match observable {
            Some(h) => h.evaluate(&x) * weight,
            None => weight,
        }
    }

    /// ∫h e^{−(V − shift)}.
    fn integral(&self, observable: Option<&Expression>) -> Result<Interval, Refusal> {
        let [left, right] = &self.tails;
        let whole = self.estimate(observable);
        let mut total = Interval::ZERO;
        for (tail, x) in [(left, -left.distance), (right, right.distance)] {
            total = total + tail.integral(observable)? * self.density(Interval::point(x), None);
        }
        // Pieces from the left to the right, the next one last; a kink at 0 is a break.
        let mut pieces = vec![(0.0, right.distance), (-left.distance, 0.0)];
        let mut count = 0;
        while let Some((from, to)) = pieces.pop() {
            count += 1;
            if count > MOST_PIECES {
                return Err(Refusal::TooManyPieces);
            }
            let (value, remainder) = self.piece(from, to, observable);
            let small =
                remainder.is_finite() && remainder <= (OF_PIECE * value.magnitude()).max(OF_WHOLE * whole);
            let middle = 0.5 * from + 0.5 * to;
            if small {
                total = total + value;
            } else if to - from < 1e-9 * (1.0 + middle.abs()) {
                return Err(Refusal::NotDefined(middle));
            } else {
                pieces.extend([(middle, to), (from, middle)]);
            }
        }
        Ok(total)
    }

    /// The integral over a piece, and the width of its remainder.
    fn piece(&self, from: f64, to: f64, observable: Option<&Expression>) -> (Interval, f64) {
        let centre = 0.5 * from + 0.5 * to;
        let density = |x: Taylor<Interval>| self.density(x, observable);
        let model = taylor_model(density, centre, Interval::new(from, to), DEGREE);
        let (a, b) =
            (Interval::point(from) - Interval::point(centre), Interval::point(to) - Interval::point(centre));
        let mut total = Interval::ZERO;
        let mut remainder = f64::INFINITY;
        for (k, c) in model.iter().enumerate().rev() {
            let n = k as i32 + 1;
            let moment = (b.powi(n) - a.powi(n)) / Interval::point(f64::from(n));
            let term = *c * moment;
            if k == DEGREE {
                remainder = term.width();
            }
            total = total + term;
        }
        (total, if remainder.is_nan() { f64::INFINITY } else { remainder })
    }

    /// ∫|h| e^{−(V − shift)} as far as samples tell, to know what is small.
    fn estimate(&self, observable: Option<&Expression>) -> f64 {
        let distance = self.tails[0].distance.max(self.tails[1].distance);
        let mut places: Vec<f64> = sample(distance).collect();
        places.sort_by(f64::total_cmp);
        let value = |x: f64| self.density(x, observable).abs();
        places
            .windows(2)
            .map(|pair| value(pair[0]) * (pair[1] - pair[0]))
            .filter(|part| part.is_finite())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> Expression {
        Expression::parse(text).unwrap()
    }

    #[test]
    fn gaussian_moments_are_known() {
        let v = expression("(x - 0.5)^2/2");
        let measure = Measure::new(&v).unwrap();
        let log_mass = measure.log_mass();
        assert!(log_mass.contains(0.918_938_533_204_672_7) && log_mass.width() < 1e-13, "{log_mass}");
        let mean = measure.expectation(&expression("x")).unwrap();
        assert!(mean.contains(0.5) && mean.width() < 1e-13, "{mean}");
        let variance = measure.variance(&expression("x")).unwrap();
        assert!(variance.contains(1.0) && variance.width() < 1e-12, "{variance}");
        let cosine = measure.expectation(&expression("cos(x - 0.5)")).unwrap();
        assert!(cosine.contains(0.606_530_659_712_633_4) && cosine.width() < 1e-13, "{cosine}");
    }

    #[test]
    fn the_cosine_well_has_its_reference_moments() {
        let v = expression("x^2/2 + cos(2*x)/2");
        let measure = Measure::new(&v).unwrap();
        for (φ, reference) in
            [("x^2", 1.280643032139562), ("x^4", 3.565422102059967), ("cos(x)", 0.489185759267226)]
        {
            let value = measure.expectation(&expression(φ)).unwrap();
            assert!(
                (value.middle() - reference).abs() < 2e-15 * 4.0 && value.relative_width() < 1e-12,
                "{φ}: {value}"
            );
        }
    }

    #[test]
    fn kinks_at_zero_and_slow_tails_are_enclosed() {
        let v = expression("abs(x)");
        let measure = Measure::new(&v).unwrap();
        assert!(measure.log_mass().contains(std::f64::consts::LN_2) && measure.log_mass().width() < 1e-13);
        let variance = measure.variance(&expression("x")).unwrap();
        assert!(variance.contains(2.0) && variance.width() < 1e-12, "{variance}");
        let v = expression("log(1 + x^2)");
        let cauchy = Measure::new(&v).unwrap();
        let log_mass = cauchy.log_mass();
        assert!(log_mass.contains(1.144_729_885_849_400_2) && log_mass.width() < 1e-12, "{log_mass}");
        assert!(matches!(cauchy.expectation(&expression("x^2")), Err(Refusal::NoMoment(_))));
    }

    #[test]
    fn what_has_no_integral_is_refused_with_the_reason() {
        for text in ["exp(-x^2)", "log(1 + x^2)/4", "-x^2", "x", "0"] {
            let v = expression(text);
            let refusal = Measure::new(&v).unwrap_err();
            assert!(matches!(refusal, Refusal::NotIntegrable(..)), "{text}: {refusal}");
        }
        let v = expression("x^2 + exp(x)*cos(x)");
        assert!(matches!(Measure::new(&v).unwrap_err(), Refusal::NoTailBound(..)));
        // A wall is no missing integral.
        for text in ["x - log(x)", "x^2 - 2*log(x)", "x^2 + sqrt(x)"] {
            let refusal = Measure::new(&expression(text)).unwrap_err();
            assert!(matches!(refusal, Refusal::NotDefined(x) if x < 0.0), "{text}: {refusal}");
        }
    }

    /// Cut where the tails matter, the enclosure holds the truth with them and misses it without.
    #[test]
    fn a_lost_tail_is_found() {
        let v = expression("(x^2 - 1)^2");
        let truth = Measure::new(&v).unwrap();
        let mut near = truth.clone();
        near.tails = [true, false].map(|mirrored| Decay::of(&v, mirrored, 1.75));
        let with_tails = near.integral(None).unwrap();
        assert!(with_tails.encloses(truth.mass) && with_tails.width() > 1e-4, "{with_tails}");
        let beyond = near.tails.iter().zip([-1.75, 1.75]).fold(Interval::ZERO, |sum, (tail, x)| {
            sum + tail.integral(None).unwrap() * near.density(Interval::point(x), None)
        });
        // What is between the cuts.
        let without = with_tails.lower() - beyond.lower();
        assert!(without < truth.mass.lower() - 1e-3);
    }
}
