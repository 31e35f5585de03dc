use super::{Expression, Function, Node, Operator, Variable};
use std::fmt::{Display, Formatter, Result};

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Maximum => "max",
            Self::Minimum => "min",
            Self::Angle => "atan2",
        }
    }

    fn precedence(self) -> u8 {
        match self {
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 1,
            Self::Add | Self::Subtract => 2,
            Self::Multiply | Self::Divide => 3,
            Self::Power => 5,
            Self::Maximum | Self::Minimum | Self::Angle => ATOM,
        }
    }

    fn is_called(self) -> bool {
        Self::CALLED.iter().any(|(_, called)| *called == self)
    }
}

/// Precedence of the sign, between products and powers.
const SIGN: u8 = 4;
/// Precedence of what needs no parentheses anywhere.
const ATOM: u8 = 6;

impl Expression {
    fn precedence(&self) -> u8 {
        match &*self.0 {
            Node::Constant(value) if value.is_sign_negative() => SIGN,
            Node::Constant(_) | Node::Variable(_) | Node::Call(..) | Node::Code(_) => ATOM,
            Node::Negate(_) => SIGN,
            Node::Binary(operator, ..) => operator.precedence(),
        }
    }

    /// Writes this where at least `precedence` is needed.
    fn write(&self, f: &mut Formatter<'_>, precedence: u8) -> Result {
        if self.precedence() < precedence { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl Display for Expression {
    /// As it can be parsed again, components of x as x1, x2 …
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &*self.0 {
            Node::Constant(value) => {
                let text = format!("{value:?}");
                f.write_str(text.strip_suffix(".0").unwrap_or(&text))
            }
            Node::Variable(Variable::Time) => f.write_str("t"),
            Node::Variable(Variable::Space(i)) => write!(f, "x{}", i + 1),
            Node::Code(leaf) => leaf.fmt(f),
            Node::Negate(inner) => {
                f.write_str("-")?;
                inner.write(f, SIGN)
            }
            Node::Call(function, argument) => {
                let name =
                    Function::ALL.iter().find(|(_, known)| known == function).map_or("", |(name, _)| name);
                write!(f, "{name}({argument})")
            }
            Node::Binary(operator, a, b) if operator.is_called() => {
                write!(f, "{}({a}, {b})", operator.symbol())
            }
            Node::Binary(operator, a, b) => {
                let own = operator.precedence();
                // Comparisons do not chain, powers group to the right, the others to the left.
                let (left, right) = match operator {
                    Operator::Power => (ATOM, SIGN),
                    _ if operator.compares() => (own + 1, own + 1),
                    _ => (own, own + 1),
                };
                a.write(f, left)?;
                if *operator == Operator::Power {
                    f.write_str("^")?
                } else {
                    write!(f, " {} ", operator.symbol())?
                }
                b.write(f, right)
            }
        }
    }
}
