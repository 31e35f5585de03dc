//! Plain text that other programs can read: terms joined by " + ", factors by "*", powers by "^", and derivatives after "@" by
//! their directions, as in -1/2*b*b@1*φ@1,1.

use super::free::Word;
use super::{Coordinate, DifferentialPolynomial, MAX_DIMENSION, Name, Operator, Symbol};

impl DifferentialPolynomial {
    /// The polynomial in plain text; "0" if it is that.
    pub fn plain(&self) -> String {
        let term = |(monomial, coefficient): (&super::Monomial, &super::Rational)| {
            let factors = monomial.factors().iter().map(|&(symbol, power)| match power {
                1 => format!("*{}", plain(symbol)),
                _ => format!("*{}^{power}", plain(symbol)),
            });
            format!("{coefficient}{}", factors.collect::<String>())
        };
        sum(self.terms().map(term))
    }
}

impl Operator {
    /// The operator in plain text: coefficients in brackets, times ∂ with its directions.
    pub(super) fn plain(&self) -> String {
        sum(self.terms().map(|(directions, coefficient)| {
            format!("({})*∂{}", coefficient.plain(), after(directions.iter().copied()))
        }))
    }
}

impl Word {
    /// The element in plain text: coefficients in brackets, times words of letters.
    pub(super) fn plain(&self) -> String {
        sum(self.terms().map(|(word, coefficient)| format!("({})*{word}", coefficient.plain())))
    }
}

fn sum(terms: impl Iterator<Item = String>) -> String {
    let terms: Vec<String> = terms.collect();
    if terms.is_empty() { "0".into() } else { terms.join(" + ") }
}

fn plain(symbol: Symbol) -> String {
    match symbol {
        Symbol::Parameter(of) => name(of),
        Symbol::Coordinate(Coordinate::TIME) => "t".into(),
        Symbol::Coordinate(space) => format!("x{}", space.index()),
        Symbol::Noise(number) => format!("ξ{}", number + 1),
        Symbol::Jet(jet) => {
            let axes = std::iter::once(Coordinate::TIME).chain((0..MAX_DIMENSION).map(Coordinate::space));
            let directions = axes.flat_map(|x| std::iter::repeat_n(x, jet.order(x) as usize));
            name(jet.function().name()) + &after(directions)
        }
    }
}

fn name(of: Name) -> String {
    let indices: String = of.indices().map(|index| index.to_string()).collect();
    format!("{}{indices}", of.letter())
}

fn after(directions: impl Iterator<Item = Coordinate>) -> String {
    let name = |x: Coordinate| if x == Coordinate::TIME { "t".to_string() } else { x.index().to_string() };
    let names: Vec<String> = directions.map(name).collect();
    if names.is_empty() { String::new() } else { format!("@{}", names.join(",")) }
}
