use super::{Expression, Node, Operator};

/// Comparisons of a formula that are looked at.
const MOST: usize = 8;

impl Expression {
    /// Every comparison within the formula, with the formula in which it is turned round: what the formula would be where the
    /// comparison is not what it is.
    pub fn turned(&self) -> Vec<(Self, Self)> {
        let mut all = Vec::new();
        self.collect(&|turned| turned, &mut all);
        all.truncate(MOST);
        all
    }

    /// Adds the comparisons of this part; `whole` puts another part in its place.
    fn collect(&self, whole: &dyn Fn(Self) -> Self, all: &mut Vec<(Self, Self)>) {
        match &*self.0 {
            Node::Constant(_) | Node::Variable(_) | Node::Code(_) => (),
            Node::Negate(a) => a.collect(&|a| whole(Self::new(Node::Negate(a))), all),
            Node::Call(function, a) => a.collect(&|a| whole(Self::new(Node::Call(*function, a))), all),
            Node::Binary(operator, a, b) => {
                if operator.compares() {
                    let other =
                        Self::new(Node::Binary(Operator::Subtract, Self::constant(1.0), self.clone()));
                    all.push((self.clone(), whole(other)));
                }
                a.collect(&|a| whole(Self::new(Node::Binary(*operator, a, b.clone()))), all);
                b.collect(&|b| whole(Self::new(Node::Binary(*operator, a.clone(), b))), all);
            }
        }
    }
}
