//! What names with arguments stand for: operators of several arguments, sums and products, components, definitions.

use super::{DEEPEST, Parsed, Parser};
use crate::model::expression::parser::ParseError;
use crate::model::expression::token::{Token, TokenKind};
use crate::model::expression::{Expression, Operator, Variable};

impl Parser<'_> {
    /// The arguments of an operator that is written like a function: two of atan2, two or more of the others.
    pub(super) fn called(&mut self, name: &str, operator: Operator) -> Parsed {
        let open = self.take();
        let mut all = self.comparison()?;
        self.expect(&TokenKind::Comma, &format!("',' and another argument of {name}"))?;
        loop {
            let next = self.comparison()?;
            all = self.join(operator, all, next)?;
            if operator == Operator::Angle || self.peek().kind != TokenKind::Comma {
                break;
            }
            self.take();
        }
        self.close(&open)?;
        Ok(all)
    }

    /// sum(i, f) or product(i, f): f for each component i of the state, joined in pairs so that the depth stays small.
    pub(super) fn over_components(&mut self, operator: Operator) -> Parsed {
        let open = self.take();
        let token = self.take();
        let TokenKind::Name(index) = token.kind else {
            return Err(ParseError::new(
                token.position,
                token.length,
                "found no name; expected one for the index, as in sum(i, x[i]^2)".into(),
            ));
        };
        if self.scope.knows(&index) || self.index(&index).is_some() {
            let message = format!(
                "found '{index}' for an index; expected a name without a meaning of its own, as in sum(i, x[i]^2)"
            );
            return Err(ParseError::new(token.position, token.length, message));
        }
        self.expect(&TokenKind::Comma, "',' after the index, as in sum(i, x[i]^2)")?;
        let start = self.next;
        let mut terms = Vec::new();
        for component in 1..=self.scope.dimension {
            self.next = start;
            self.indices.push((index.clone(), component));
            let term = self.comparison();
            self.indices.pop();
            terms.push(term?);
        }
        self.close(&open)?;
        while terms.len() > 1 {
            let pairs = terms.chunks(2).map(|pair| match pair {
                [a, b] => self.join(operator, a.clone(), b.clone()),
                rest => Ok(rest[0].clone()),
            });
            terms = pairs.collect::<Result<_, _>>()?;
        }
        terms.pop().ok_or_else(|| self.unexpected("a dimension of at least 1"))
    }

    /// x[i] or p[i], after the letter.
    pub(super) fn component(&mut self, letter: &str) -> Parsed {
        self.take();
        let token = self.take();
        let number = match &token.kind {
            TokenKind::Number(number) if number.fract() == 0.0 && *number >= 1.0 => Some(*number as usize),
            TokenKind::Name(name) => self.index(name),
            _ => None,
        };
        let known = number.and_then(|number| self.scope.variable(&format!("{letter}{number}")));
        let Some(variable) = known else {
            let message = format!(
                "found no component of {letter}; expected a number from 1 to {}, or the index of a sum or product around it",
                self.scope.dimension
            );
            return Err(ParseError::new(token.position, token.length, message));
        };
        self.expect(&TokenKind::IndexEnd, "']'")?;
        Ok((Expression::variable(variable), 1))
    }

    /// The component that an index stands for.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.indices.iter().rev().find(|(known, _)| known == name).map(|(_, component)| *component)
    }

    /// A definition, where what it reads is known.
    pub(super) fn defined(&mut self, name: &str, definition: &Expression, token: &Token) -> Parsed {
        if definition.depends_on(Variable::Time) && !self.scope.time {
            let message = format!("found '{name}', which reads t; expected a formula in the state alone");
            return Err(ParseError::new(token.position, token.length, message));
        }
        let (size, depth) = definition.extent();
        self.grow(size, token)?;
        if depth >= DEEPEST {
            let message =
                format!("the formula has definitions within definitions, more than {DEEPEST} operators deep");
            return Err(ParseError::new(token.position, token.length, message));
        }
        Ok((definition.clone(), depth))
    }
}
