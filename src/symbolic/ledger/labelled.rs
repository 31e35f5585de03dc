//! Expressions, operators and words of the free algebra that carry how they were written.

mod evolving;

use crate::symbolic::free::Word;
use crate::symbolic::{Coordinate, DifferentialPolynomial, Jet, Operator, Symbol};
use std::collections::BTreeSet;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

pub(super) use evolving::{Flow, Weighted, rate_along};

/// A value together with how it was written: operations act on both, so that what is printed is what was computed.
#[derive(Clone, Debug)]
pub(super) struct Labelled<T> {
    value: T,
    latex: String,
    /// Whether the label is a sum, which needs brackets as a factor.
    is_sum: bool,
    /// Equations that were used, such as that of a flow along which a rate was taken.
    given: BTreeSet<String>,
}

/// A function of the jets.
pub(super) type Expr = Labelled<DifferentialPolynomial>;
/// An operator.
pub(super) type Op = Labelled<Operator>;
/// An element of the free algebra.
pub(super) type Free = Labelled<Word>;

/// What labels are put on.
pub(super) trait Algebra:
    Clone + Default + PartialEq + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// 1.
    fn unit() -> Self;
}

impl Algebra for DifferentialPolynomial {
    fn unit() -> Self {
        Self::one()
    }
}
impl Algebra for Operator {
    fn unit() -> Self {
        Self::multiplication(DifferentialPolynomial::one())
    }
}
impl Algebra for Word {
    fn unit() -> Self {
        Self::one()
    }
}

impl<T: Algebra> Labelled<T> {
    /// `value`, written as `latex`, which is no sum.
    pub fn named(value: T, latex: impl Into<String>) -> Self {
        Self { value, latex: latex.into(), is_sum: false, given: BTreeSet::new() }
    }

    /// 0.
    pub fn zero() -> Self {
        Self::named(T::default(), "0")
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// How it was written.
    pub fn latex(&self) -> &str {
        &self.latex
    }

    /// The equations that were used.
    pub fn given(&self) -> &BTreeSet<String> {
        &self.given
    }

    /// With one more equation that was used.
    pub fn using(mut self, equation: String) -> Self {
        self.given.insert(equation);
        self
    }

    /// With the equations that `other` used.
    pub fn using_those_of<U>(mut self, other: &Labelled<U>) -> Self {
        self.given.extend(other.given.iter().cloned());
        self
    }

    /// The label as a factor.
    fn factor(&self) -> String {
        if self.is_sum || self.latex.starts_with('-') { self.bracketed() } else { self.latex.clone() }
    }

    /// The label as what an operation is applied to.
    fn argument(&self) -> String {
        let compound = self.is_sum || self.latex.starts_with('-') || self.latex.contains([',', '^', '|']);
        if compound { self.bracketed() } else { self.latex.clone() }
    }

    fn bracketed(&self) -> String {
        format!(r"\left({}\right)", self.latex)
    }

    /// A value made of this one alone.
    fn derived<U: Algebra>(&self, value: U, latex: String) -> Labelled<U> {
        Labelled { value, latex, is_sum: false, given: self.given.clone() }
    }

    /// self^exponent.
    pub fn power(&self, exponent: u32) -> Self {
        let value = (0..exponent).fold(T::unit(), |power, _| power * self.value.clone());
        let is_symbol = self.latex.chars().all(|c| c.is_alphanumeric() || "\\_{}".contains(c));
        let base = if is_symbol { self.latex.clone() } else { self.bracketed() };
        self.derived(value, format!("{base}^{{{exponent}}}"))
    }

    /// Whether it was written as 0: what turns out to vanish keeps its label.
    fn is_zero(&self) -> bool {
        self.latex == "0"
    }
}

impl<T: Algebra> Add for Labelled<T> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        match (self.is_zero(), other.is_zero()) {
            (true, _) => other.using_those_of(&self),
            (_, true) => self.using_those_of(&other),
            _ => {
                let sign = if other.latex.starts_with('-') { " " } else { " + " };
                Self {
                    latex: format!("{}{sign}{}", self.latex, other.latex),
                    is_sum: true,
                    given: self.given.union(&other.given).cloned().collect(),
                    value: self.value + other.value,
                }
            }
        }
    }
}

impl<T: Algebra> Neg for Labelled<T> {
    type Output = Self;
    fn neg(self) -> Self {
        let latex = match self.latex.strip_prefix('-').filter(|_| !self.is_sum) {
            _ if self.is_zero() => "0".into(),
            Some(positive) => positive.into(),
            None => format!("-{}", self.factor()),
        };
        Self { value: T::default() - self.value, latex, is_sum: false, given: self.given }
    }
}

impl<T: Algebra> Sub for Labelled<T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<T: Algebra> Mul for Labelled<T> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let given: BTreeSet<String> = self.given.union(&other.given).cloned().collect();
        let product = match () {
            () if self.latex == "1" => other,
            () if other.latex == "1" => self,
            () if self.latex == "-1" => -other,
            () if self.is_zero() || other.is_zero() => Self::zero(),
            () => {
                let left = if self.is_sum { self.bracketed() } else { self.latex.clone() };
                let latex = format!(r"{left}\,{}", other.factor());
                Self::named(self.value * other.value, latex)
            }
        };
        Self { given, ..product }
    }
}

impl<T: Algebra> AddAssign for Labelled<T> {
    fn add_assign(&mut self, other: Self) {
        *self = std::mem::replace(self, Self::zero()) + other;
    }
}

impl<T: Algebra> Add for &Labelled<T> {
    type Output = Labelled<T>;
    fn add(self, other: Self) -> Labelled<T> {
        self.clone() + other.clone()
    }
}
impl<T: Algebra> Sub for &Labelled<T> {
    type Output = Labelled<T>;
    fn sub(self, other: Self) -> Labelled<T> {
        self.clone() - other.clone()
    }
}
impl<T: Algebra> Mul for &Labelled<T> {
    type Output = Labelled<T>;
    fn mul(self, other: Self) -> Labelled<T> {
        self.clone() * other.clone()
    }
}

impl From<Symbol> for Expr {
    fn from(symbol: Symbol) -> Self {
        let value = DifferentialPolynomial::from(symbol);
        let latex = value.latex();
        Self::named(value, latex)
    }
}

impl From<Jet> for Expr {
    fn from(jet: Jet) -> Self {
        Symbol::Jet(jet).into()
    }
}

impl Expr {
    /// numerator/denominator.
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        let value = <DifferentialPolynomial as crate::algebra::Ring>::ratio(numerator, denominator);
        let latex = value.latex();
        Self::named(value, latex)
    }

    /// ∂ in the direction of `coordinate`; of a symbol, as that is written.
    pub fn derivative(&self, coordinate: Coordinate) -> Self {
        let value = self.value.derivative(coordinate);
        // Of a symbol: the derivative as it is written, or 0 of what does not depend on the coordinate.
        let latex = match self.latex == self.value.latex() && value.terms().len() <= 1 {
            true => value.latex(),
            false => format!("{}{}", partial(coordinate), self.argument()),
        };
        self.derived(value, latex)
    }

    /// `symbol` replaced, which an equation says.
    pub fn substitute(&self, symbol: Symbol, by: &Self) -> Self {
        let value = self.value.substitute(symbol, &by.value);
        let equation = format!("{} = {}", DifferentialPolynomial::from(symbol).latex(), by.latex);
        let same = Self { value, ..self.clone() };
        same.using_those_of(by).using(equation)
    }

    /// f(a, b, …) of arguments by their labels, such as `\nabla{}\cdot\nabla{}`.
    pub fn of(value: DifferentialPolynomial, pattern: &str, arguments: &[&Self]) -> Self {
        let latex = arguments
            .iter()
            .fold(pattern.to_string(), |latex, argument| latex.replacen("{}", &argument.argument(), 1));
        let is_zero = arguments.iter().any(|argument| argument.is_zero());
        let start = Self::named(value, if is_zero { "0".into() } else { latex });
        arguments.iter().fold(start, |sum, argument| sum.using_those_of(argument))
    }
}

/// ∂ with an index.
fn partial(coordinate: Coordinate) -> String {
    match coordinate {
        Coordinate::TIME => r"\partial_t".into(),
        space => format!(r"\partial_{{{}}}", space.index()),
    }
}

impl Op {
    /// Multiplication.
    pub fn multiplication(factor: Expr) -> Self {
        factor.derived(Operator::multiplication(factor.value.clone()), factor.factor())
    }

    /// ∂ in the direction of `coordinate`.
    pub fn partial(coordinate: Coordinate) -> Self {
        Self::named(Operator::partial(coordinate), partial(coordinate))
    }

    /// [self, other].
    pub fn commutator(&self, other: &Self) -> Self {
        let bracket = format!("[{}, {}]", self.latex, other.latex);
        self.derived(self.value.commutator(&other.value), bracket).using_those_of(other)
    }

    /// The operator applied to a function.
    pub fn apply(&self, function: &Expr) -> Expr {
        let latex = format!("{}{}", self.factor(), function.bracketed());
        let value = self.value.apply(function.value());
        self.derived(value, latex).using_those_of(function)
    }

    /// The adjoint with respect to dx.
    pub fn adjoint(&self) -> Self {
        self.derived(self.value.adjoint(), format!("{}^*", self.bracketed()))
    }
}

impl Free {
    /// The letter.
    pub fn letter(letter: char) -> Self {
        Self::named(Word::letter(letter), letter.to_string())
    }

    /// numerator/denominator times this.
    pub fn scaled(&self, numerator: i64, denominator: i64) -> Self {
        self.clone().times(&Expr::ratio(numerator, denominator))
    }

    /// `factor` times this.
    pub fn times(self, factor: &Expr) -> Self {
        let value = self.value.clone().times(factor.value());
        if factor.latex() == "1" {
            return self;
        }
        let written = if factor.is_sum { factor.bracketed() } else { factor.latex.clone() };
        self.derived(value, format!(r"{written}\,{}", self.factor()))
    }

    /// e^self up to degree 4.
    pub fn exp(&self) -> Self {
        self.derived(self.value.exp(), format!("e^{{{}}}", self.latex))
    }

    /// [self, other].
    pub fn bracket(&self, other: &Self) -> Self {
        self.derived(self.value.bracket(&other.value), format!("[{}, {}]", self.latex, other.latex))
    }
}
