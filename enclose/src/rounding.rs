//! Sums, products, quotients and roots of numbers, bracketed between two neighbouring floating-point numbers.
//!
//! The rounding mode is never changed. An error-free transformation gives the error of the rounded result exactly
//! (TwoSum of Knuth; the product of Dekker 1971 with the splitting of Veltkamp; residuals of quotients and roots), and its
//! sign says on which side of the rounded result the true one lies. So exact results stay points, and inexact ones become
//! one unit in the last place wide. Only +, −, ×, ÷ and √ of IEEE 754 occur: the bits are the same on every machine.

/// The smallest interval with floating-point ends that holds the true result: (lower end, upper end).
pub type Bracket = (f64, f64);

/// Numbers between `SMALL` and `LARGE` have products that are split without overflow or underflow.
const SMALL: f64 = f64::from_bits((1023 - 480) << 52);
const LARGE: f64 = f64::from_bits((1023 + 480) << 52);

/// The bracket of a result that was rounded to `value`, where `error` has the sign of (true − rounded).
fn bracket(value: f64, error: f64) -> Bracket {
    if error == 0.0 {
        (value, value)
    } else if error > 0.0 {
        (value, value.next_up())
    } else if error < 0.0 {
        (value.next_down(), value)
    } else {
        both_sides(value)
    }
}

/// The bracket of a result of which it is not known on which side of `value` it lies.
fn both_sides(value: f64) -> Bracket {
    (value.next_down(), value.next_up())
}

/// The bracket of a finite result that was rounded to an infinite `value`.
fn overflowed(value: f64) -> Bracket {
    if value > 0.0 { (f64::MAX, f64::INFINITY) } else { (f64::NEG_INFINITY, f64::MIN) }
}

/// Whether products with `a` can be split.
fn is_moderate(a: f64) -> bool {
    let size = a.abs();
    (SMALL..=LARGE).contains(&size)
}

/// a = high + low with 26 bits each (Veltkamp).
fn split(a: f64) -> (f64, f64) {
    const SPLITTER: f64 = 134_217_729.0;
    let scaled = SPLITTER * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// a b − product, exactly, for moderate a and b (Dekker).
fn product_error(a: f64, b: f64, product: f64) -> f64 {
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
}

/// a + b.
pub fn sum(a: f64, b: f64) -> Bracket {
    let sum = a + b;
    if sum.is_finite() {
        let of_b = sum - a;
        bracket(sum, (a - (sum - of_b)) + (b - of_b))
    } else if sum.is_nan() {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else if a.is_finite() && b.is_finite() {
        overflowed(sum)
    } else {
        (sum, sum)
    }
}

/// a b, with 0·∞ = 0: an infinite end stands for numbers without bound, not for a number.
pub fn product(a: f64, b: f64) -> Bracket {
    if a == 0.0 || b == 0.0 {
        return (0.0, 0.0);
    }
    let product = a * b;
    if is_moderate(a) && is_moderate(b) {
        bracket(product, product_error(a, b, product))
    } else if product.is_infinite() {
        if a.is_finite() && b.is_finite() { overflowed(product) } else { (product, product) }
    } else if product == 0.0 {
        underflowed((a > 0.0) == (b > 0.0))
    } else {
        both_sides(product)
    }
}

/// The bracket of a result that is too small, of the given sign.
fn underflowed(positive: bool) -> Bracket {
    if positive { (0.0, 0f64.next_up()) } else { (0f64.next_down(), 0.0) }
}

/// a / b for b ≠ 0; both infinite is not met by intervals, and is bracketed by everything.
pub fn quotient(a: f64, b: f64) -> Bracket {
    if a == 0.0 {
        return (0.0, 0.0);
    }
    let quotient = a / b;
    if is_moderate(a) && is_moderate(b) && is_moderate(quotient) {
        let product = quotient * b;
        // a − product is exact, as the two are neighbours or nearly so.
        let residual = (a - product) - product_error(quotient, b, product);
        bracket(quotient, if b > 0.0 { residual } else { -residual })
    } else if quotient.is_nan() {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else if a.is_infinite() || b.is_infinite() {
        (quotient, quotient)
    } else if quotient.is_infinite() {
        overflowed(quotient)
    } else if quotient == 0.0 {
        underflowed((a > 0.0) == (b > 0.0))
    } else {
        both_sides(quotient)
    }
}

/// √a for a ≥ 0.
pub fn root(a: f64) -> Bracket {
    let root = a.sqrt();
    if a == 0.0 || a.is_infinite() {
        (root, root)
    } else if is_moderate(a) {
        let square = root * root;
        bracket(root, (a - square) - product_error(root, root, square))
    } else {
        both_sides(root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_results_stay_points() {
        assert_eq!(sum(0.5, 0.25), (0.75, 0.75));
        assert_eq!(product(3.0, -7.0), (-21.0, -21.0));
        assert_eq!(quotient(-21.0, 7.0), (-3.0, -3.0));
        assert_eq!(root(6.25), (2.5, 2.5));
        assert_eq!(product(0.0, f64::INFINITY), (0.0, 0.0));
    }

    #[test]
    fn inexact_results_are_neighbours_on_the_right_side() {
        // 1 + 2⁻⁵⁴ is just above 1, 1 − 2⁻⁵⁵ just below.
        assert_eq!(sum(1.0, 2f64.powi(-54)), (1.0, 1f64.next_up()));
        assert_eq!(sum(1.0, -(2f64.powi(-55))), (1f64.next_down(), 1.0));
        // 3·(1/3) < 1 as the floating-point third is too small.
        assert_eq!(product(3.0, 1.0 / 3.0), (1f64.next_down(), 1.0));
        let (low, high) = quotient(1.0, 3.0);
        assert_eq!((low, high), (1.0 / 3.0, (1.0f64 / 3.0).next_up()));
        let (low, high) = quotient(1.0, -3.0);
        assert_eq!((low, high), ((-1.0f64 / 3.0).next_down(), -1.0 / 3.0));
        let (low, high) = root(2.0);
        assert!(low < high && low * low < 2.0 && high * high > 2.0);
    }

    #[test]
    fn overflow_and_underflow_are_bracketed() {
        assert_eq!(sum(f64::MAX, f64::MAX), (f64::MAX, f64::INFINITY));
        assert_eq!(product(-1e300, 1e300), (f64::NEG_INFINITY, f64::MIN));
        assert_eq!(product(1e-200, 1e-200), (0.0, 5e-324));
        assert_eq!(quotient(-1e-200, 1e200), (-5e-324, 0.0));
    }
}
