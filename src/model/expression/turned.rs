use super::{Expression, Function, Node, Operator};

/// Branches of a formula that are looked at.
const MOST: usize = 8;

/// A branch of a formula.
#[derive(Clone, Debug)]
pub struct Turned {
    /// Has one value on each branch.
    pub branch: Expression,
    /// The whole formula with this part on another branch.
    pub whole: Expression,
    /// What the branch is decided by, as its sign, if both are the same where it is 0, or saturate: the nearer to 0, the nearer is the
    /// other branch. `None` for jumps.
    pub margin: Option<Expression>,
}

impl Expression {
    /// Every comparison, sign, floor, |·|, max, min, tanh, erf and atan within the formula, on another branch than where it is.
    pub fn turned(&self) -> Vec<Turned> {
        let mut all = Vec::new();
        self.collect(&|turned| turned, &mut all);
        all.truncate(MOST);
        all
    }

    /// Adds the branches of this part; `whole` puts another part in its place.
    fn collect(&self, whole: &dyn Fn(Self) -> Self, all: &mut Vec<Turned>) {
        all.extend(self.branch().map(|(branch, other, margin)| Turned {
            branch,
            whole: whole(other),
            margin,
        }));
        match &*self.0 {
            Node::Constant(_) | Node::Variable(_) | Node::Code(_) => (),
            Node::Negate(a) => a.collect(&|a| whole(Self::new(Node::Negate(a))), all),
            Node::Call(function, a) => a.collect(&|a| whole(Self::new(Node::Call(*function, a))), all),
            Node::Binary(operator, a, b) => {
                a.collect(&|a| whole(Self::new(Node::Binary(*operator, a, b.clone()))), all);
                b.collect(&|b| whole(Self::new(Node::Binary(*operator, a.clone(), b))), all);
            }
        }
    }

    /// What tells the branches of this part from each other, the part on another of them, and its margin, as in [`Turned`].
    fn branch(&self) -> Option<(Self, Self, Option<Self>)> {
        let negative = |a: &Self| Self::new(Node::Negate(a.clone()));
        let binary = |operator, a: &Self, b: &Self| Self::new(Node::Binary(operator, a.clone(), b.clone()));
        match &*self.0 {
            Node::Call(function, a) => {
                let above = || binary(Operator::Greater, a, &Self::constant(0.0));
                match function {
                    Function::Sign => Some((self.clone(), negative(self), None)),
                    Function::Floor => {
                        Some((self.clone(), binary(Operator::Add, self, &Self::constant(1.0)), None))
                    }
                    Function::Abs => Some((above(), negative(self), Some(a.clone()))),
                    Function::Tanh | Function::Erf | Function::Atan => {
                        let other = Self::new(Node::Call(*function, negative(a)));
                        Some((above(), other, Some(a.clone())))
                    }
                    _ => None,
                }
            }
            Node::Binary(operator, a, b) => {
                let extreme = |other| {
                    let margin = binary(Operator::Subtract, a, b);
                    Some((binary(Operator::Greater, a, b), binary(other, a, b), Some(margin)))
                };
                match operator {
                    Operator::Maximum => extreme(Operator::Minimum),
                    Operator::Minimum => extreme(Operator::Maximum),
                    operator if operator.compares() => {
                        Some((self.clone(), binary(Operator::Subtract, &Self::constant(1.0), self), None))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
