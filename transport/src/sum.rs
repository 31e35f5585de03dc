//! Compensated summation.

/// A sum with the rounding errors of its additions collected (Neumaier 1974). Its error is at most 2u of the sum, and
/// n²u² of the sum of the sizes of n terms, for u = 2⁻⁵³ (Ogita, Rump & Oishi 2005, proposition 4.4).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    leading: f64,
    trailing: f64,
}

impl Sum {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        let sum = self.leading + term;
        let (large, small) =
            if self.leading.abs() >= term.abs() { (self.leading, term) } else { (term, self.leading) };
        self.trailing += (large - sum) + small;
        self.leading = sum;
    }

    /// The sum, which is infinite if a term was.
    pub fn value(self) -> f64 {
        if self.leading.is_finite() { self.leading + self.trailing } else { self.leading }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn what_plain_additions_lose_is_kept() {
        let terms = [1.0, 1e100, 1.0, -1e100];
        assert_eq!(terms.iter().sum::<f64>(), 0.0);
        assert_eq!(terms.into_iter().collect::<Sum>().value(), 2.0);
    }
}
