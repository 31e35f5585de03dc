use super::Scalar;
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A polynomial in √h and numbered variables (the variates of a step) with rational coefficients, modulo √h^order: an element
/// of the quotient ring ℚ\[ξ\]\[s\]/(s^order), in which sums and products are exact.
///
/// A step at a rational place with polynomial coefficients, read on these, has exact moments. Nothing here expands in jets or
/// keeps track of what is known: that is what makes it a reference for the proof reading ([`Series`](super::Series)).
#[derive(Clone, Debug, PartialEq)]
pub struct Truncated {
    /// By the power of √h and the powers of the variables; no coefficient is 0.
    terms: BTreeMap<(usize, Powers), BigRational>,
    /// The same for all numbers of a computation but the constants, which have none.
    order: usize,
}

/// Sorted by the number of the variable; no power is 0.
type Powers = Vec<(usize, u32)>;

/// Of constants.
const NONE: usize = usize::MAX;

impl Truncated {
    /// The constant `value`.
    pub fn constant(value: BigRational) -> Self {
        Self::term(value, 0, Powers::new(), NONE)
    }

    /// √h^power modulo √h^order.
    pub fn root_power(power: usize, order: usize) -> Self {
        Self::term(BigRational::one(), power, Powers::new(), order)
    }

    /// The variable of this number, from 0.
    pub fn variable(number: usize) -> Self {
        Self::term(BigRational::one(), 0, vec![(number, 1)], NONE)
    }

    fn term(value: BigRational, power: usize, variables: Powers, order: usize) -> Self {
        let mut zero = Self { terms: BTreeMap::new(), order };
        zero.add_term((power, variables), value);
        zero
    }

    /// The coefficients of s⁰, s¹, … below the order, each with E ξ^power = `moment`(number, power) for independent variables.
    ///
    /// # Panics
    /// If it is a constant, which has no order.
    pub fn expectation(&self, moment: impl Fn(usize, u32) -> BigRational) -> Vec<BigRational> {
        assert!(self.order != NONE, "a constant has no order");
        let mut sums = vec![BigRational::zero(); self.order];
        for ((power, variables), value) in &self.terms {
            let moments = variables.iter().map(|&(number, power)| moment(number, power));
            sums[*power] += moments.fold(value.clone(), |product, moment| product * moment);
        }
        sums
    }

    fn add_term(&mut self, place: (usize, Powers), value: BigRational) {
        if place.0 >= self.order || value.is_zero() {
            return;
        }
        let sum = self.terms.remove(&place).unwrap_or_else(BigRational::zero) + value;
        if !sum.is_zero() {
            self.terms.insert(place, sum);
        }
    }

    /// The part without √h, which has to be a number.
    ///
    /// # Panics
    /// If it contains a variable: no power series in √h is left then.
    fn start(&self) -> BigRational {
        let start: Vec<_> = self.terms.iter().take_while(|((power, _), _)| *power == 0).collect();
        match start[..] {
            [] => BigRational::zero(),
            [((_, variables), value)] if variables.is_empty() => value.clone(),
            _ => panic!("a function of variates that do not vanish with h"),
        }
    }

    /// Σ cₙ (self − start)ⁿ.
    fn compose(&self, mut coefficient: impl FnMut(i64) -> BigRational) -> Self {
        let small = self.clone() - Self::constant(self.start());
        let mut sum = Self::constant(coefficient(0));
        let mut power = Self::one();
        for n in 1.. {
            power = power * small.clone();
            if power.terms.is_empty() {
                break;
            }
            sum += Self::constant(coefficient(n)) * power.clone();
        }
        Self { order: self.order, ..sum }
    }
}

fn ratio(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

impl AddAssign for Truncated {
    fn add_assign(&mut self, other: Self) {
        self.order = self.order.min(other.order);
        let order = self.order;
        self.terms.retain(|(power, _), _| *power < order);
        for (place, value) in other.terms {
            self.add_term(place, value);
        }
    }
}

impl Add for Truncated {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Neg for Truncated {
    type Output = Self;
    fn neg(self) -> Self {
        Self { terms: self.terms.into_iter().map(|(place, value)| (place, -value)).collect(), ..self }
    }
}

impl Sub for Truncated {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Truncated {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut product = Self { terms: BTreeMap::new(), order: self.order.min(other.order) };
        for ((p, left), a) in &self.terms {
            for ((q, right), b) in &other.terms {
                if p + q >= product.order {
                    break;
                }
                let mut variables: BTreeMap<usize, u32> = left.iter().copied().collect();
                for &(number, power) in right {
                    *variables.entry(number).or_default() += power;
                }
                product.add_term((p + q, variables.into_iter().collect()), a * b);
            }
        }
        product
    }
}

impl Scalar for Truncated {
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::constant(ratio(numerator, denominator))
    }

    /// # Panics
    /// If it vanishes with h.
    fn inverse(&self) -> Self {
        let start = self.start();
        assert!(!start.is_zero(), "a denominator that vanishes with h");
        self.compose(|n| (0..=n).fold(-BigRational::one(), |power, _| -(power / &start)))
    }

    /// # Panics
    /// If it is not 1 for h = 0.
    fn sqrt(&self) -> Self {
        assert!(self.start().is_one(), "a root of what is not 1 for h = 0");
        let mut coefficient = BigRational::one();
        self.compose(|n| {
            if n > 0 {
                coefficient = &coefficient * ratio(3 - 2 * n, 2 * n);
            }
            coefficient.clone()
        })
    }

    /// # Panics
    /// If it is not 0 for h = 0.
    fn phi(&self, k: u32) -> Self {
        assert!(self.start().is_zero(), "an exponential of what does not vanish with h");
        let mut coefficient = (1..=i64::from(k)).fold(BigRational::one(), |c, n| c / ratio(n, 1));
        self.compose(|n| {
            if n > 0 {
                coefficient = &coefficient / ratio(n + i64::from(k), 1);
            }
            coefficient.clone()
        })
    }
}
