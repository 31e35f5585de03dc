//! Formulas: [parsed](Expression::parse) with positions, [differentiated](Expression::derivative)
//! exactly, and compiled to a [`Program`] for evaluation on numbers or batches of particles.

mod derivative;
mod display;
mod parser;
mod program;
mod range;
mod token;

pub use parser::{ParseError, Scope};
pub use program::Program;
pub use range::{Interval, Mean};

use crate::algebra::{Real, elementary};
use std::sync::Arc;

/// What a formula may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// t.
    Time,
    /// A component of x, counted from 0.
    Space(usize),
}

/// A formula. Clones share their parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(Arc<Node>);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Constant(f64),
    Variable(Variable),
    Negate(Expression),
    Binary(Operator, Expression, Expression),
    Call(Function, Expression),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    /// a < b, as 1 or 0.
    Less,
    /// a <= b, as 1 or 0.
    LessOrEqual,
    /// a > b, as 1 or 0.
    Greater,
    /// a >= b, as 1 or 0.
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Function {
    Exp,
    Log,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Abs,
    /// −1, 0 or 1; NaN of NaN.
    Sign,
}

impl Operator {
    /// The operation on numbers; comparisons pass NaN on, so that an indicator cannot hide it.
    fn apply(self, a: f64, b: f64) -> f64 {
        let truth = |holds: bool| match (a.is_nan() || b.is_nan(), holds) {
            (true, _) => f64::NAN,
            (false, true) => 1.0,
            (false, false) => 0.0,
        };
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => a.powf(b),
            Self::Less => truth(a < b),
            Self::LessOrEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterOrEqual => truth(a >= b),
        }
    }

    /// Comparisons are constant except where they jump.
    fn jumps(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }
}

impl Function {
    const ALL: [(&'static str, Self); 11] = [
        ("exp", Self::Exp),
        ("log", Self::Log),
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tan", Self::Tan),
        ("sinh", Self::Sinh),
        ("cosh", Self::Cosh),
        ("tanh", Self::Tanh),
        ("abs", Self::Abs),
        ("sign", Self::Sign),
    ];

    #[inline(always)]
    fn apply<R: Real>(self, a: R) -> R {
        match self {
            Self::Exp => elementary::exp(a),
            Self::Log => elementary::ln(a),
            Self::Sqrt => a.sqrt(),
            Self::Sin => elementary::sin(a),
            Self::Cos => elementary::cos(a),
            Self::Tan => elementary::tan(a),
            Self::Sinh => a.map(f64::sinh),
            Self::Cosh => a.map(f64::cosh),
            Self::Tanh => elementary::tanh(a),
            Self::Abs => a.map(f64::abs),
            Self::Sign => a.map(|a| if a == 0.0 || a.is_nan() { a } else { 1f64.copysign(a) }),
        }
    }
}

impl Expression {
    fn new(node: Node) -> Self {
        Self(Arc::new(node))
    }

    /// The number `value`.
    pub fn constant(value: f64) -> Self {
        Self::new(Node::Constant(value))
    }

    /// The formula that is just `variable`.
    pub fn variable(variable: Variable) -> Self {
        Self::new(Node::Variable(variable))
    }

    /// The value, if this is a number as it stands.
    pub fn as_constant(&self) -> Option<f64> {
        match &*self.0 {
            Node::Constant(value) => Some(*value),
            Node::Negate(inner) => inner.as_constant().map(|value| -value),
            _ => None,
        }
    }

    /// Whether `variable` occurs.
    pub fn depends_on(&self, variable: Variable) -> bool {
        self.any(&|node| *node == Node::Variable(variable))
    }

    /// Whether the value jumps somewhere: a comparison or a sign occurs.
    pub fn has_jump(&self) -> bool {
        self.any(&|node| match node {
            Node::Binary(operator, ..) => operator.jumps(),
            Node::Call(function, _) => *function == Function::Sign,
            _ => false,
        })
    }

    /// Whether an absolute value is in it.
    pub fn has_kink(&self) -> bool {
        self.any(&|node| matches!(node, Node::Call(Function::Abs, _)))
    }

    /// Whether this is a comparison: 1 where it holds, 0 elsewhere.
    pub fn is_event(&self) -> bool {
        matches!(&*self.0, Node::Binary(operator, ..) if operator.jumps())
    }

    /// Whether no part jumps, has a kink, or is a root: it has all derivatives where it is a number.
    pub fn is_smooth(&self) -> bool {
        !self.has_jump()
            && !self.any(&|node| match node {
                Node::Call(function, _) => matches!(function, Function::Abs | Function::Sqrt),
                Node::Binary(Operator::Power, _, power) => {
                    power.as_constant().is_none_or(|power| power.fract() != 0.0)
                }
                _ => false,
            })
    }

    fn any(&self, test: &impl Fn(&Node) -> bool) -> bool {
        test(&self.0)
            || match &*self.0 {
                Node::Constant(_) | Node::Variable(_) => false,
                Node::Negate(a) | Node::Call(_, a) => a.any(test),
                Node::Binary(_, a, b) => a.any(test) || b.any(test),
            }
    }
}
