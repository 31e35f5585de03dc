//! Whether a formula has all derivatives at all points and times, as far as that is plain from its parts.

use super::{Expression, Function, Node, Operator};

/// What is known of the sign of a formula at all points.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Unknown,
    NotNegative,
    Positive,
}

impl Expression {
    /// Whether all derivatives exist everywhere: no part jumps or has a kink, roots, logarithms and broken powers are those of
    /// what is positive, and denominators never vanish. Where that is not plain from the parts, the answer is no.
    pub fn is_smooth_everywhere(&self) -> bool {
        match &*self.0 {
            Node::Constant(value) => value.is_finite(),
            Node::Variable(_) => true,
            Node::Code(leaf) => leaf.code.smooth,
            Node::Negate(a) => a.is_smooth_everywhere(),
            Node::Call(function, a) => {
                let defined = match function {
                    Function::Abs | Function::Sign | Function::Floor | Function::Tan => false,
                    Function::Log | Function::Sqrt => a.sign() == Sign::Positive,
                    _ => true,
                };
                defined && a.is_smooth_everywhere()
            }
            Node::Binary(operator, a, b) => {
                let defined = match operator {
                    Operator::Add | Operator::Subtract | Operator::Multiply => true,
                    Operator::Divide => b.never_vanishes(),
                    Operator::Power => a.has_power(b),
                    _ => false,
                };
                defined && a.is_smooth_everywhere() && b.is_smooth_everywhere()
            }
        }
    }

    /// Whether self^power is smooth where the two are.
    fn has_power(&self, power: &Self) -> bool {
        match power.as_constant() {
            Some(power) if power.fract() == 0.0 => power >= 0.0 || self.never_vanishes(),
            _ => self.sign() == Sign::Positive,
        }
    }

    fn never_vanishes(&self) -> bool {
        self.sign() == Sign::Positive || self.negated().sign() == Sign::Positive
    }

    fn sign(&self) -> Sign {
        use Sign::{NotNegative, Positive, Unknown};
        match &*self.0 {
            Node::Constant(value) if *value > 0.0 => Positive,
            Node::Constant(value) if *value == 0.0 => NotNegative,
            Node::Call(Function::Exp | Function::Cosh, _) => Positive,
            Node::Call(Function::Abs, _) => NotNegative,
            Node::Call(Function::Sqrt, a) => a.sign().max(NotNegative),
            Node::Call(Function::Sin | Function::Cos | Function::Tanh | Function::Erf, _)
            | Node::Constant(_)
            | Node::Variable(_)
            | Node::Code(_) => Unknown,
            Node::Call(_, _) | Node::Negate(_) => self.by_range(),
            Node::Binary(Operator::Add, a, b) => match (a.sign(), b.sign()) {
                (Unknown, _) | (_, Unknown) => self.by_range(),
                (a, b) => a.max(b),
            },
            Node::Binary(Operator::Multiply, a, b) if a == b => a.squared(),
            Node::Binary(Operator::Multiply | Operator::Divide, a, b) => a.sign().min(b.sign()),
            Node::Binary(Operator::Power, a, power) => match power.as_constant() {
                Some(power) if power % 2.0 == 0.0 => a.squared(),
                _ => a.sign(),
            },
            Node::Binary(..) => self.by_range(),
        }
    }

    /// The sign of the square.
    fn squared(&self) -> Sign {
        if self.never_vanishes() { Sign::Positive } else { Sign::NotNegative }
    }

    /// By bounds over all points and times; those of 2 + sin(x) are positive.
    fn by_range(&self) -> Sign {
        const ALL: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
        let x = vec![ALL; self.components()];
        match self.range(ALL, &x)[0] {
            low if low > 0.0 => Sign::Positive,
            low if low >= 0.0 => Sign::NotNegative,
            _ => Sign::Unknown,
        }
    }

    /// One more than the highest component that occurs.
    fn components(&self) -> usize {
        match &*self.0 {
            Node::Constant(_) | Node::Variable(super::Variable::Time) => 0,
            Node::Variable(super::Variable::Space(i)) => i + 1,
            Node::Code(leaf) => leaf.code.dimension,
            Node::Negate(a) | Node::Call(_, a) => a.components(),
            Node::Binary(_, a, b) => a.components().max(b.components()),
        }
    }
}
