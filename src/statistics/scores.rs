//! Distances in standard errors; NaN stays NaN.

/// How far a distance is beyond what is allowed, in standard errors: 0 within, NaN if one of the numbers is.
pub fn score(distance: f64, allowed: f64, stderr: f64) -> f64 {
    let excess = distance - allowed;
    if excess <= 0.0 && !stderr.is_nan() { 0.0 } else { excess / stderr }
}

/// The largest of the numbers, NaN if one is; none if there are none.
pub fn largest(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    numbers.into_iter().reduce(|a, b| if a.is_nan() || a > b { a } else { b })
}

#[cfg(test)]
mod tests {
    use super::{largest, score};

    #[test]
    fn what_is_no_number_is_no_agreement() {
        assert!(score(f64::NAN, 1.0, 1.0).is_nan() && score(0.0, 1.0, f64::NAN).is_nan());
        assert_eq!([score(1.0, 2.0, 0.0), score(3.0, 1.0, 0.5)], [0.0, 4.0]);
        assert_eq!(score(3.0, 1.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn the_largest_of_numbers_with_one_that_is_none_is_none() {
        for numbers in [[1.0, f64::NAN, 2.0], [f64::NAN, 1.0, 2.0], [1.0, 2.0, f64::NAN]] {
            assert!(largest(numbers).unwrap().is_nan(), "{numbers:?}");
        }
        assert_eq!((largest([1.0, 3.0, 2.0]), largest([])), (Some(3.0), None));
    }
}
