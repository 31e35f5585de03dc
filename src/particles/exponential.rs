/// e^x for x ≤ 0 to 2 units in the last place, without branches, so that loops over it are vectorised; 0 where e^x is
/// below the normal numbers.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    /// Rounds to −1023 ln 2, for which 2^k below is 0.
    const LEAST: f64 = -709.0;
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f64 = 1.5 * (1u64 << 52) as f64;
    /// ln 2 in two parts; products of the first with whole numbers below 2¹¹ are exact (Cody and Waite 1980).
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    /// 1/n!
    const C: [f64; 13] = {
        let mut c = [1.0; 13];
        let (mut n, mut factorial) = (1, 1.0);
        while n < 13 {
            factorial *= n as f64;
            c[n] = 1.0 / factorial;
            n += 1;
        }
        c
    };
    let tame = if x > LEAST { x } else { LEAST };
    let shifted = tame * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (tame - k * LN_2[0]) - k * LN_2[1];
    // |r| ≤ ½ ln 2, where Taylor's remainder after r¹² is below 2⁻⁵². Estrin's scheme: the loop waits for the longest
    // chain of operations, not for their number.
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (C[0] + C[1] * r) + r2 * (C[2] + C[3] * r);
    let middle = (C[4] + C[5] * r) + r2 * (C[6] + C[7] * r);
    let high = (C[8] + C[9] * r) + r2 * (C[10] + C[11] * r);
    let series = (low + r4 * middle) + (r4 * r4) * (high + r4 * C[12]);
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    series * power
}
