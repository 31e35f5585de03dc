use std::f64::consts::LOG2_E;

/// ln 2 in two parts; the first has few enough digits that its product with an exponent is exact
/// (Cody and Waite 1980).
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// Adding 1.5·2⁵² rounds to an integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Where e^x is still a normal number.
const LEAST: f64 = -708.0;

const INVERSE_FACTORIALS: [f64; 14] = {
    let mut terms = [1.0; 14];
    let mut n = 1;
    while n < 14 {
        terms[n] = terms[n - 1] / n as f64;
        n += 1;
    }
    terms
};

/// e^x for x ≤ 0, to 4 units in the last place; e^{−708} for all x below, −∞ too.
///
/// Without branches, tables or calls, so that loops over it are vectorised. The Taylor polynomial is exact to 4e-18
/// on |r| ≤ ln(2)/2.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let x = if x > LEAST { x } else { LEAST };
    let shifted = x * LOG2_E + ROUND;
    let exponent = shifted - ROUND;
    let r = (x - exponent * LN_2[0]) - exponent * LN_2[1];
    // Estrin's scheme: a chain of 4 products where Horner's has 13.
    let pair = |n: usize| INVERSE_FACTORIALS[n] + INVERSE_FACTORIALS[n + 1] * r;
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let quad = |n: usize| pair(n) + pair(n + 2) * r2;
    let value = (quad(0) + quad(4) * r4) + (quad(8) + pair(12) * r4) * (r4 * r4);
    value * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52))
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn is_the_exponential() {
        for k in 0..=708_000 {
            let x = -f64::from(k) * 1e-3;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4.0 * f64::EPSILON, "{x}: {} for {}", exp(x), x.exp());
        }
        assert!(exp(f64::NEG_INFINITY) < 1e-307);
        assert_eq!(exp(0.0), 1.0);
    }
}
