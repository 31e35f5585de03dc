use super::{Expression, Function, Node, Operator, Variable};
use Operator::{Add, Divide, Multiply, Power, Subtract};
use std::collections::HashMap;
use std::f64::consts::FRAC_2_SQRT_PI;
use std::sync::Arc;

impl Expression {
    /// The exact partial derivative, simplified (constants folded, terms and factors 0 and 1 dropped).
    /// Jumps count as constant, |u|' as sign(u) u', max(u, v)' as that of the larger one.
    pub fn derivative(&self, variable: Variable) -> Self {
        let mut slopes = Slopes { variable, known: HashMap::new() };
        slopes.of(self).unwrap_or(Self::constant(0.0))
    }

    /// f'(u) for a function f of u, given f(u).
    fn function_derivative(function: Function, u: &Self, value: &Self) -> Self {
        let call = |function| Self::new(Node::Call(function, u.clone()));
        let square = |e: Self| Self::binary(Power, e, Self::constant(2.0));
        let one = Self::constant(1.0);
        match function {
            Function::Exp => value.clone(),
            Function::Log => Self::binary(Divide, one, u.clone()),
            Function::Sqrt => Self::binary(Divide, Self::constant(0.5), value.clone()),
            Function::Sin => call(Function::Cos),
            Function::Cos => call(Function::Sin).negated(),
            Function::Tan => Self::binary(Add, one, square(value.clone())),
            Function::Sinh => call(Function::Cosh),
            Function::Cosh => call(Function::Sinh),
            Function::Tanh => Self::binary(Subtract, one, square(value.clone())),
            Function::Atan => Self::binary(Divide, one.clone(), Self::binary(Add, one, square(u.clone()))),
            Function::Asinh => {
                let root =
                    Self::new(Node::Call(Function::Sqrt, Self::binary(Add, one.clone(), square(u.clone()))));
                Self::binary(Divide, one, root)
            }
            Function::Erf => Self::binary(
                Multiply,
                Self::constant(FRAC_2_SQRT_PI),
                square(u.clone()).negated().exponential(),
            ),
            Function::Abs => call(Function::Sign),
            Function::Sign | Function::Floor => Self::constant(0.0),
        }
    }

    /// (uᵛ)' = v u^{v−1} u' for constant v (no `dv`), uᵛ (v' log u + v u'/u) otherwise.
    fn power_derivative(value: &Self, (u, du): (&Self, Self), (v, dv): (&Self, Option<Self>)) -> Self {
        if let Some(dv) = dv {
            let log = Self::new(Node::Call(Function::Log, u.clone()));
            let change = Self::binary(
                Add,
                Self::binary(Multiply, dv, log),
                Self::binary(Divide, Self::binary(Multiply, v.clone(), du), u.clone()),
            );
            return Self::binary(Multiply, value.clone(), change);
        }
        let lower = Self::binary(Subtract, v.clone(), Self::constant(1.0));
        let outer = Self::binary(Multiply, v.clone(), Self::binary(Power, u.clone(), lower));
        Self::binary(Multiply, outer, du)
    }

    /// −self.
    pub fn negated(&self) -> Self {
        match (&*self.0, self.as_constant()) {
            (_, Some(value)) => Self::constant(-value),
            (Node::Negate(inner), _) => inner.clone(),
            _ => Self::new(Node::Negate(self.clone())),
        }
    }

    /// The sum of `terms`; 0 for none.
    pub fn sum(terms: Vec<Self>) -> Self {
        terms.into_iter().fold(Self::constant(0.0), |sum, term| Self::binary(Add, sum, term))
    }

    /// The product of the two.
    pub fn product(a: Self, b: Self) -> Self {
        Self::binary(Multiply, a, b)
    }

    /// The quotient of the two.
    pub fn quotient(a: Self, b: Self) -> Self {
        Self::binary(Divide, a, b)
    }

    /// e^self.
    pub fn exponential(&self) -> Self {
        Self::new(Node::Call(Function::Exp, self.clone()))
    }

    /// log self.
    pub fn logarithm(&self) -> Self {
        Self::new(Node::Call(Function::Log, self.clone()))
    }

    /// a ∘ b, simplified by rules that hold for all finite values.
    fn binary(operator: Operator, a: Self, b: Self) -> Self {
        let (left, right) = (a.as_constant(), b.as_constant());
        if let (Some(x), Some(y)) = (left, right) {
            let value = operator.apply(x, y);
            // 1/0 and the like stay as they are, to surface where they are evaluated.
            if value.is_finite() {
                return Self::constant(value);
            }
        }
        match (operator, left, right) {
            (Add, Some(0.0), _) | (Multiply, Some(1.0), _) => b,
            (Add | Subtract, _, Some(0.0)) | (Multiply | Divide | Power, _, Some(1.0)) => a,
            (Subtract, Some(0.0), _) => b.negated(),
            (Multiply, Some(0.0), _) | (Multiply, _, Some(0.0)) | (Divide, Some(0.0), None) => {
                Self::constant(0.0)
            }
            (Power, _, Some(0.0)) => Self::constant(1.0),
            (Multiply, Some(-1.0), _) => b.negated(),
            (Multiply, _, Some(-1.0)) => a.negated(),
            // Numbers move to the left and merge: 3 (2 u) = 6 u.
            (Multiply, None, Some(_)) => Self::binary(Multiply, b, a),
            (Multiply, Some(x), None) => match &*b.0 {
                Node::Binary(Multiply, factor, rest) if factor.as_constant().is_some() => {
                    let factor = factor.as_constant().unwrap_or(1.0);
                    Self::binary(Multiply, Self::constant(x * factor), rest.clone())
                }
                _ => Self::new(Node::Binary(Multiply, a, b)),
            },
            _ => Self::new(Node::Binary(operator, a, b)),
        }
    }
}

/// Derivatives of the parts of a formula. A derivative uses the parts of its formula many times over;
/// each is differentiated once, else the second derivative of a long product takes seconds.
struct Slopes {
    variable: Variable,
    /// By address; the formula keeps its parts alive.
    known: HashMap<*const Node, Option<Expression>>,
}

impl Slopes {
    /// The derivative of `expression`; none if the variable does not occur.
    fn of(&mut self, expression: &Expression) -> Option<Expression> {
        let address = Arc::as_ptr(&expression.0);
        if let Some(slope) = self.known.get(&address) {
            return slope.clone();
        }
        let slope = match &*expression.0 {
            Node::Constant(_) => None,
            Node::Variable(variable) => (*variable == self.variable).then(|| Expression::constant(1.0)),
            // No function in code has a slope in time, or a derivative beyond the second: that is not a number.
            Node::Code(leaf) if expression.depends_on(self.variable) => Some(match self.variable {
                Variable::Space(axis) => leaf
                    .slope(axis)
                    .map_or(Expression::constant(f64::NAN), |slope| Expression::new(Node::Code(slope))),
                Variable::Time => Expression::constant(f64::NAN),
            }),
            Node::Code(_) => None,
            Node::Negate(a) => self.of(a).map(|da| da.negated()),
            Node::Call(function, a) => self.of(a).map(|da| {
                let outer = Expression::function_derivative(*function, a, expression);
                Expression::binary(Multiply, outer, da)
            }),
            Node::Binary(operator, a, b) => match (self.of(a), self.of(b)) {
                (None, None) => None,
                (da, db) => Some(Self::of_binary(*operator, expression, (a, da), (b, db))),
            },
        };
        self.known.insert(address, slope.clone());
        slope
    }

    /// (a ∘ b)' = `value`' from a with a' and b with b'.
    fn of_binary(
        operator: Operator,
        value: &Expression,
        (a, da): (&Expression, Option<Expression>),
        (b, db): (&Expression, Option<Expression>),
    ) -> Expression {
        let or_zero = |slope: Option<Expression>| slope.unwrap_or(Expression::constant(0.0));
        match operator {
            Add | Subtract => Expression::binary(operator, or_zero(da), or_zero(db)),
            Multiply => Expression::binary(
                Add,
                Expression::binary(Multiply, or_zero(da), b.clone()),
                Expression::binary(Multiply, a.clone(), or_zero(db)),
            ),
            // (a/b)' = (a' − (a/b) b')/b.
            Divide => {
                let change = Expression::binary(Multiply, value.clone(), or_zero(db));
                Expression::binary(Divide, Expression::binary(Subtract, or_zero(da), change), b.clone())
            }
            Power => Expression::power_derivative(value, (a, or_zero(da)), (b, db)),
            // That of the one that is chosen.
            Operator::Maximum | Operator::Minimum => {
                let [first, second] = match operator {
                    Operator::Maximum => [Operator::GreaterOrEqual, Operator::Less],
                    _ => [Operator::LessOrEqual, Operator::Greater],
                };
                let chosen = |comparison, slope| {
                    let holds = Expression::binary(comparison, a.clone(), b.clone());
                    Expression::binary(Multiply, holds, or_zero(slope))
                };
                Expression::binary(Add, chosen(first, da), chosen(second, db))
            }
            // (a'b − ab')/(a² + b²).
            Operator::Angle => {
                let square = |e: &Expression| Expression::binary(Power, e.clone(), Expression::constant(2.0));
                let change = Expression::binary(
                    Subtract,
                    Expression::binary(Multiply, or_zero(da), b.clone()),
                    Expression::binary(Multiply, a.clone(), or_zero(db)),
                );
                Expression::binary(Divide, change, Expression::binary(Add, square(a), square(b)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                Expression::constant(0.0)
            }
        }
    }
}
