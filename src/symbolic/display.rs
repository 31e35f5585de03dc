use super::{
    Coordinate, DifferentialPolynomial, Function, Jet, MAX_DIMENSION, Monomial, Name, Rational, Symbol,
};
use num_traits::{One, Signed};
use std::fmt::{Display, Formatter, Result};

impl DifferentialPolynomial {
    /// Prints only the first `limit` terms, and how many there are in all.
    pub fn abridged(&self, limit: usize) -> Abridged<'_> {
        Abridged { polynomial: self, limit }
    }
}

/// See [`DifferentialPolynomial::abridged`].
#[derive(Clone, Copy, Debug)]
pub struct Abridged<'a> {
    polynomial: &'a DifferentialPolynomial,
    limit: usize,
}

impl Display for Abridged<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let count = self.polynomial.terms().len();
        if count == 0 {
            return f.write_str("0");
        }
        for (place, (monomial, coefficient)) in self.polynomial.terms().take(self.limit).enumerate() {
            f.write_str(match (place, coefficient.is_negative()) {
                (0, false) => "",
                (0, true) => "−",
                (_, false) => " + ",
                (_, true) => " − ",
            })?;
            write_term(f, &coefficient.abs(), monomial)?;
        }
        if count > self.limit { write!(f, " + … ({count} terms)") } else { Ok(()) }
    }
}

impl Display for DifferentialPolynomial {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.abridged(usize::MAX).fmt(f)
    }
}

fn write_term(f: &mut Formatter<'_>, coefficient: &Rational, monomial: &Monomial) -> Result {
    let factors = monomial.factors();
    if factors.is_empty() {
        return write!(f, "{coefficient}");
    }
    if !coefficient.is_one() {
        write!(f, "{coefficient} ")?;
    }
    for (place, &(symbol, power)) in factors.iter().enumerate() {
        let space = if place == 0 { "" } else { " " };
        match (power, is_differentiated(symbol)) {
            (1, _) => write!(f, "{space}{symbol}")?,
            (_, true) => write!(f, "{space}({symbol}){}", superscript(power))?,
            (_, false) => write!(f, "{space}{symbol}{}", superscript(power))?,
        }
    }
    Ok(())
}

fn is_differentiated(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Jet(jet) if jet != Jet::of(jet.function()))
}

impl Display for Monomial {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_term(f, &Rational::one(), self)
    }
}

impl Display for Symbol {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match *self {
            Self::Parameter(name) => name.fmt(f),
            Self::Coordinate(Coordinate::TIME) => f.write_str("t"),
            Self::Coordinate(space) => write!(f, "x{}", subscript(space.index() as u32)),
            Self::Noise(number) => write!(f, "ξ{}", subscript(number + 1)),
            Self::Jet(jet) => jet.fmt(f),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.letter())?;
        self.indices().try_for_each(|index| f.write_str(&subscript(index.into())))
    }
}

/// Primes where the function has one space coordinate, as in ∂ₜf''; indices otherwise, as in ∂ₜ∂₁₂φ.
impl Display for Jet {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = self.function().name();
        match self.order(Coordinate::TIME) {
            0 => {}
            1 => f.write_str("∂ₜ")?,
            order => write!(f, "∂ₜ{}", superscript(order))?,
        }
        let space: Vec<Coordinate> = space_arguments(self.function()).collect();
        if let [x] = space[..] {
            return match self.order(x) {
                order @ 0..4 => write!(f, "{name}{}", "'".repeat(order as usize)),
                order => write!(f, "{name}⁽{}⁾", superscript(order)),
            };
        }
        let directions: String =
            space.iter().map(|&x| subscript(x.index() as u32).repeat(self.order(x) as usize)).collect();
        let sign = if directions.is_empty() { "" } else { "∂" };
        write!(f, "{sign}{directions}{name}")
    }
}

pub(super) fn space_arguments(function: Function) -> impl Iterator<Item = Coordinate> {
    (0..MAX_DIMENSION).map(Coordinate::space).filter(move |&x| function.depends_on(x))
}

/// The number in superior figures, as in x¹².
pub(crate) fn superscript(number: u32) -> String {
    in_figures(number, ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'])
}

fn subscript(number: u32) -> String {
    in_figures(number, ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'])
}

fn in_figures(number: u32, figures: [char; 10]) -> String {
    number.to_string().bytes().map(|digit| figures[usize::from(digit - b'0')]).collect()
}
