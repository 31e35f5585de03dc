//! Formulas of one variable, parsed from text and evaluated on any scalar.
//!
//! A stand-in for `wfr::model::Expression` with the few operations that enclosures know.

use crate::Elementary;
use std::fmt;

/// A formula in x. A decimal constant means the floating-point number nearest to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// x.
    Variable,
    /// −a.
    Negate(Box<Expression>),
    /// a + b, a − b, a·b or a/b.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// aⁿ.
    Power(Box<Expression>, i32),
    /// f(a).
    Call(Function, Box<Expression>),
}

/// An operation of two formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// a + b.
    Add,
    /// a − b.
    Subtract,
    /// a·b.
    Multiply,
    /// a/b.
    Divide,
}

/// A function of one formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// eˣ.
    Exp,
    /// ln x.
    Log,
    /// √x.
    Sqrt,
    /// sin x.
    Sin,
    /// cos x.
    Cos,
    /// tanh x.
    Tanh,
    /// |x|.
    Abs,
}

impl Function {
    const ALL: [(&'static str, Self); 7] = [
        ("exp", Self::Exp),
        ("log", Self::Log),
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tanh", Self::Tanh),
        ("abs", Self::Abs),
    ];
}

/// Why a text is not a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The byte where it stopped.
    pub position: usize,
    /// What would be right there.
    pub expected: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.position)
    }
}

impl std::error::Error for ParseError {}

impl Expression {
    /// Reads a formula such as `3*(x^2 - 1)^2 + x/2`; exponents are integers.
    ///
    /// # Errors
    /// If the text is not a formula: where, and what was expected.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser { text: text.as_bytes(), position: 0, depth: 0 };
        let formula = parser.sum()?;
        parser.skip_blanks();
        if parser.position < text.len() { Err(parser.error("an operator or the end")) } else { Ok(formula) }
    }

    /// The formula of x + `by`.
    pub fn shifted(&self, by: f64) -> Self {
        let of = |a: &Self| Box::new(a.shifted(by));
        match self {
            Self::Number(value) => Self::Number(*value),
            Self::Variable => {
                Self::Binary(Operator::Add, Box::new(Self::Variable), Box::new(Self::Number(by)))
            }
            Self::Negate(a) => Self::Negate(of(a)),
            Self::Binary(operator, a, b) => Self::Binary(*operator, of(a), of(b)),
            Self::Power(a, n) => Self::Power(of(a), *n),
            Self::Call(function, a) => Self::Call(*function, of(a)),
        }
    }

    /// The value at `x`.
    pub fn evaluate<S: Elementary>(&self, x: &S) -> S {
        match self {
            Self::Number(value) => S::constant(*value),
            Self::Variable => x.clone(),
            Self::Negate(a) => -a.evaluate(x),
            Self::Binary(operator, a, b) => {
                let (a, b) = (a.evaluate(x), b.evaluate(x));
                match operator {
                    Operator::Add => a + b,
                    Operator::Subtract => a - b,
                    Operator::Multiply => a * b,
                    Operator::Divide => a / b,
                }
            }
            Self::Power(a, n) => a.evaluate(x).powi(*n),
            Self::Call(function, a) => {
                let a = a.evaluate(x);
                match function {
                    Function::Exp => a.exp(),
                    Function::Log => a.log(),
                    Function::Sqrt => a.sqrt(),
                    Function::Sin => a.sin_cos().0,
                    Function::Cos => a.sin_cos().1,
                    Function::Tanh => a.tanh(),
                    Function::Abs => a.abs(),
                }
            }
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Variable => write!(f, "x"),
            Self::Negate(a) => write!(f, "(-{a})"),
            Self::Binary(operator, a, b) => {
                let sign = match operator {
                    Operator::Add => '+',
                    Operator::Subtract => '-',
                    Operator::Multiply => '*',
                    Operator::Divide => '/',
                };
                write!(f, "({a} {sign} {b})")
            }
            Self::Power(a, n) if *n < 0 => write!(f, "({a})^({n})"),
            Self::Power(a, n) => write!(f, "({a})^{n}"),
            Self::Call(function, a) => {
                let name =
                    Function::ALL.iter().find(|(_, known)| known == function).map_or("?", |(name, _)| name);
                write!(f, "{name}({a})")
            }
        }
    }
}

/// Brackets within brackets, at most: the parser recurses.
const DEEPEST: usize = 100;

struct Parser<'a> {
    text: &'a [u8],
    position: usize,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, expected: &'static str) -> ParseError {
        ParseError { position: self.position, expected }
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.position).is_some_and(u8::is_ascii_whitespace) {
            self.position += 1;
        }
    }

    fn accept(&mut self, symbol: u8) -> bool {
        self.skip_blanks();
        let found = self.text.get(self.position) == Some(&symbol);
        self.position += usize::from(found);
        found
    }

    fn word(&mut self, belongs: impl Fn(u8) -> bool) -> String {
        self.skip_blanks();
        let start = self.position;
        while self.text.get(self.position).is_some_and(|c| belongs(*c)) {
            self.position += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.position]).into_owned()
    }

    fn sum(&mut self) -> Result<Expression, ParseError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("fewer brackets within brackets"));
        }
        let mut left = self.product()?;
        loop {
            let operator = if self.accept(b'+') {
                Operator::Add
            } else if self.accept(b'-') {
                Operator::Subtract
            } else {
                self.depth -= 1;
                return Ok(left);
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, ParseError> {
        let mut left = self.signed()?;
        loop {
            let operator = if self.accept(b'*') {
                Operator::Multiply
            } else if self.accept(b'/') {
                Operator::Divide
            } else {
                return Ok(left);
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Expression, ParseError> {
        let mut negative = false;
        while self.accept(b'-') {
            negative = !negative;
        }
        let power = self.power()?;
        Ok(if negative { Expression::Negate(Box::new(power)) } else { power })
    }

    fn power(&mut self) -> Result<Expression, ParseError> {
        let base = self.atom()?;
        if !self.accept(b'^') {
            return Ok(base);
        }
        let bracket = self.accept(b'(');
        let negative = self.accept(b'-');
        let digits = self.word(|c| c.is_ascii_digit());
        let Ok(size) = digits.parse::<i32>() else {
            return Err(self.error("an integer exponent"));
        };
        if bracket && !self.accept(b')') {
            return Err(self.error("a closing bracket"));
        }
        Ok(Expression::Power(Box::new(base), if negative { -size } else { size }))
    }

    fn atom(&mut self) -> Result<Expression, ParseError> {
        if self.accept(b'(') {
            return self.bracketed();
        }
        let start = self.position;
        let name = self.word(|c| c.is_ascii_alphabetic());
        if name == "x" {
            return Ok(Expression::Variable);
        }
        if let Some((_, function)) = Function::ALL.iter().find(|(known, _)| *known == name) {
            if !self.accept(b'(') {
                return Err(self.error("an opening bracket"));
            }
            return Ok(Expression::Call(*function, Box::new(self.bracketed()?)));
        }
        self.position = start;
        let mut text = self.word(|c| c.is_ascii_digit() || c == b'.');
        if !text.is_empty() && matches!(self.text.get(self.position), Some(b'e' | b'E')) {
            self.position += 1;
            text.push('e');
            if self.accept(b'-') {
                text.push('-');
            }
            text += &self.word(|c| c.is_ascii_digit());
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Expression::Number(value)),
            _ => {
                self.position = start;
                Err(self.error("a number, x, a function or a bracket"))
            }
        }
    }

    fn bracketed(&mut self) -> Result<Expression, ParseError> {
        let inside = self.sum()?;
        if self.accept(b')') { Ok(inside) } else { Err(self.error("a closing bracket")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read_as_written() {
        let value = |text: &str, x: f64| Expression::parse(text).map(|formula| formula.evaluate(&x));
        assert_eq!(value("3*(x^2 - 1)^2 + x/2", 2.0), Ok(28.0));
        assert_eq!(value("-x^2", 3.0), Ok(-9.0));
        assert_eq!(value("2 - 3 - x", 1.0), Ok(-2.0));
        assert_eq!(value("1.5e1*abs(-x)^(-1)", 3.0), Ok(5.0));
        assert_eq!(value("x ^ 2.5", 3.0).map_err(|e| e.position), Err(5));
        assert_eq!(value("sin(x", 3.0).map_err(|e| e.expected), Err("a closing bracket"));
        assert!(value(&"(".repeat(10_000), 1.0).is_err());
        let text = "x^2/2 + cos(2*x)/2 - exp(-(x - 0.1)^2)";
        let formula = Expression::parse(text).unwrap();
        assert_eq!(Expression::parse(&formula.to_string()), Ok(formula));
    }
}
