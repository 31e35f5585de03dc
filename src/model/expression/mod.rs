//! Formulas: [parsed](Expression::parse) with positions, [differentiated](Expression::derivative)
//! exactly, and compiled to a [`Program`] for evaluation on numbers or batches of particles.

mod code;
mod derivative;
mod differences;
mod display;
mod gather;
mod parser;
mod program;
mod range;
mod smooth;
mod token;
mod turned;

pub use code::{BatchFunction, Code};
pub use gather::gathered;
pub use parser::{ParseError, Scope};
pub use program::Program;
pub use range::{Interval, Mean};
pub use turned::Turned;

use crate::algebra::{Real, elementary};
use code::Leaf;
use statrs::function::erf::erf;
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
    /// A function in code.
    Code(Leaf),
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
    /// The larger of the two; NaN if one of them is.
    Maximum,
    /// The smaller of the two; NaN if one of them is.
    Minimum,
    /// The angle from −π to π of the point (b, a) in the plane: atan2(a, b).
    Angle,
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
    Atan,
    Asinh,
    /// The error function.
    Erf,
    /// The largest whole number that is not larger.
    Floor,
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
            Self::Maximum | Self::Minimum if a.is_nan() || b.is_nan() => f64::NAN,
            Self::Maximum => a.max(b),
            Self::Minimum => a.min(b),
            Self::Angle => a.atan2(b),
        }
    }

    /// Operators that are written like functions of two arguments.
    const CALLED: [(&'static str, Self); 3] =
        [("max", Self::Maximum), ("min", Self::Minimum), ("atan2", Self::Angle)];

    /// Whether the value is 1 or 0, and constant except where it jumps.
    fn compares(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }
}

impl Function {
    const ALL: [(&'static str, Self); 15] = [
        ("exp", Self::Exp),
        ("log", Self::Log),
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tan", Self::Tan),
        ("sinh", Self::Sinh),
        ("cosh", Self::Cosh),
        ("tanh", Self::Tanh),
        ("atan", Self::Atan),
        ("asinh", Self::Asinh),
        ("erf", Self::Erf),
        ("floor", Self::Floor),
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
            Self::Atan => a.map(f64::atan),
            Self::Asinh => a.map(f64::asinh),
            Self::Erf => a.map(erf),
            Self::Floor => a.map(f64::floor),
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

    /// The value number `output` of a function in code.
    pub fn code(code: Arc<Code>, output: usize) -> Self {
        Self::new(Node::Code(Leaf { code, output, axes: Vec::new() }))
    }

    /// Whether a function in code is in it.
    pub fn has_code(&self) -> bool {
        self.any(&|node| matches!(node, Node::Code(_)))
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
        self.any(&|node| match (node, variable) {
            (Node::Code(leaf), Variable::Time) => leaf.code.timed,
            (Node::Code(leaf), Variable::Space(i)) => i < leaf.code.dimension,
            _ => *node == Node::Variable(variable),
        })
    }

    /// Whether the value jumps somewhere: a comparison, a sign, a whole part or an angle occurs.
    pub fn has_jump(&self) -> bool {
        self.any(&|node| match node {
            Node::Binary(operator, ..) => operator.compares() || *operator == Operator::Angle,
            Node::Call(function, _) => matches!(function, Function::Sign | Function::Floor),
            _ => false,
        })
    }

    /// Whether an absolute value, or the larger or smaller of two, is in it.
    pub fn has_kink(&self) -> bool {
        self.any(&|node| {
            matches!(
                node,
                Node::Call(Function::Abs, _) | Node::Binary(Operator::Maximum | Operator::Minimum, ..)
            )
        })
    }

    /// Whether this is a comparison: 1 where it holds, 0 elsewhere.
    pub fn is_event(&self) -> bool {
        matches!(&*self.0, Node::Binary(operator, ..) if operator.compares())
    }

    /// Whether no part jumps, has a kink, or is a root: it has all derivatives where it is a number.
    pub fn is_smooth(&self) -> bool {
        !self.has_jump()
            && !self.has_kink()
            && !self.any(&|node| match node {
                Node::Code(leaf) => !leaf.code.smooth,
                Node::Call(function, _) => *function == Function::Sqrt,
                Node::Binary(Operator::Power, _, power) => {
                    power.as_constant().is_none_or(|power| power.fract() != 0.0)
                }
                _ => false,
            })
    }

    /// Numbers and variables, counted as often as they stand in the formula, and levels of its tree.
    fn extent(&self) -> (usize, usize) {
        match &*self.0 {
            Node::Constant(_) | Node::Variable(_) | Node::Code(_) => (1, 1),
            Node::Negate(a) | Node::Call(_, a) => {
                let (size, depth) = a.extent();
                (size, depth + 1)
            }
            Node::Binary(_, a, b) => {
                let (a, b) = (a.extent(), b.extent());
                (a.0 + b.0, a.1.max(b.1) + 1)
            }
        }
    }

    fn any(&self, test: &impl Fn(&Node) -> bool) -> bool {
        test(&self.0)
            || match &*self.0 {
                Node::Constant(_) | Node::Variable(_) | Node::Code(_) => false,
                Node::Negate(a) | Node::Call(_, a) => a.any(test),
                Node::Binary(_, a, b) => a.any(test) || b.any(test),
            }
    }
}
