use super::Symbol;

/// A product of powers of distinct [`Symbol`]s.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial {
    /// Sorted by symbol; no power is 0.
    factors: Vec<(Symbol, u32)>,
}

impl Monomial {
    /// The empty product, 1.
    pub fn one() -> Self {
        Self::default()
    }

    /// The factors and their powers, sorted by symbol.
    pub fn factors(&self) -> &[(Symbol, u32)] {
        &self.factors
    }

    /// The power of `symbol`, 0 if it does not occur.
    pub fn power(&self, symbol: Symbol) -> u32 {
        self.position(symbol).map_or(0, |place| self.factors[place].1)
    }

    /// The same product with this power of `symbol`.
    pub fn with_power(&self, symbol: Symbol, power: u32) -> Self {
        let mut factors = self.factors.clone();
        match (self.position(symbol), power) {
            (Ok(place), 0) => drop(factors.remove(place)),
            (Ok(place), _) => factors[place].1 = power,
            (Err(_), 0) => {}
            (Err(place), _) => factors.insert(place, (symbol, power)),
        }
        Self { factors }
    }

    /// The factors whose symbol satisfies `keep`.
    pub fn filter(&self, keep: impl Fn(Symbol) -> bool) -> Self {
        Self { factors: self.factors.iter().copied().filter(|&(symbol, _)| keep(symbol)).collect() }
    }

    /// The product of the two.
    pub fn times(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.factors.as_slice(), other.factors.as_slice());
        let mut factors = Vec::with_capacity(left.len() + right.len());
        while let (Some(&(a, m)), Some(&(b, n))) = (left.first(), right.first()) {
            let product = if a == b { (a, m + n) } else { (a, m).min((b, n)) };
            factors.push(product);
            left = &left[usize::from(a <= b)..];
            right = &right[usize::from(b <= a)..];
        }
        factors.extend_from_slice(left);
        factors.extend_from_slice(right);
        Self { factors }
    }

    fn position(&self, symbol: Symbol) -> Result<usize, usize> {
        self.factors.binary_search_by_key(&symbol, |&(factor, _)| factor)
    }
}

impl From<Symbol> for Monomial {
    fn from(symbol: Symbol) -> Self {
        Self { factors: vec![(symbol, 1)] }
    }
}
