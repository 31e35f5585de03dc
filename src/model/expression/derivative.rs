use super::{Expression, Function, Node, Operator, Variable};
use Operator::{Add, Divide, Multiply, Power, Subtract};

impl Expression {
    /// The exact partial derivative, simplified (constants folded, terms and factors 0 and 1 dropped).
    /// Jumps count as constant, |u|' as sign(u) u'.
    pub fn derivative(&self, variable: Variable) -> Self {
        if !self.depends_on(variable) {
            return Self::constant(0.0);
        }
        match &*self.0 {
            Node::Constant(_) => Self::constant(0.0),
            Node::Variable(_) => Self::constant(1.0),
            Node::Negate(a) => a.derivative(variable).negated(),
            Node::Binary(operator, a, b) => {
                let slopes = || (a.derivative(variable), b.derivative(variable));
                match operator {
                    Add | Subtract => {
                        let (da, db) = slopes();
                        Self::binary(*operator, da, db)
                    }
                    Multiply => {
                        let (da, db) = slopes();
                        Self::binary(
                            Add,
                            Self::binary(Multiply, da, b.clone()),
                            Self::binary(Multiply, a.clone(), db),
                        )
                    }
                    Divide => {
                        let (da, db) = slopes();
                        // (a/b)' = (a' − (a/b) b')/b.
                        let change = Self::binary(Multiply, self.clone(), db);
                        Self::binary(Divide, Self::binary(Subtract, da, change), b.clone())
                    }
                    Power => Self::power_derivative(a, b, variable),
                    _ => Self::constant(0.0),
                }
            }
            Node::Call(function, a) => {
                let outer = Self::function_derivative(*function, a, self);
                Self::binary(Multiply, outer, a.derivative(variable))
            }
        }
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
            Function::Abs => call(Function::Sign),
            Function::Sign => Self::constant(0.0),
        }
    }

    /// (uᵛ)' = v u^{v−1} u' for constant v, uᵛ (v' log u + v u'/u) otherwise.
    fn power_derivative(u: &Self, v: &Self, variable: Variable) -> Self {
        let du = u.derivative(variable);
        if v.depends_on(variable) {
            let log = Self::new(Node::Call(Function::Log, u.clone()));
            let change = Self::binary(
                Add,
                Self::binary(Multiply, v.derivative(variable), log),
                Self::binary(Divide, Self::binary(Multiply, v.clone(), du), u.clone()),
            );
            return Self::binary(Multiply, Self::binary(Power, u.clone(), v.clone()), change);
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
