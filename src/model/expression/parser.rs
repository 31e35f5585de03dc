mod calls;

use super::token::{Token, TokenKind, tokens};
use super::{Expression, Function, Node, Operator, Variable};
use std::collections::BTreeMap;
use thiserror::Error;

/// Names that a formula may use besides functions and pi.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Dimension d of x: x (d = 1), x, y, z (d ≤ 3), x1…xd.
    pub dimension: usize,
    /// Whether the momenta are known beside the positions: p (d = 1), px, py, pz (d ≤ 3), p1…pd.
    pub momenta: bool,
    /// Whether t is known.
    pub time: bool,
    /// Names of the coordinates behind those of the state: the columns of a datum.
    pub columns: Vec<String>,
    /// Named constants.
    pub constants: BTreeMap<String, f64>,
    /// Named formulas, which may read the state, and t where it is known.
    pub definitions: BTreeMap<String, Expression>,
}

/// Where a formula is wrong, what was found and what would be right.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ParseError {
    /// Byte offset into the formula.
    pub position: usize,
    /// Length in bytes of what is wrong there.
    pub length: usize,
    /// What was found and what would be right.
    pub message: String,
}

impl ParseError {
    pub(super) fn new(position: usize, length: usize, message: String) -> Self {
        Self { position, length, message }
    }
}

/// Length in bytes; longer formulas are mistakes.
const LONGEST: usize = 1 << 16;
/// Nesting, counting chains of operators, beyond which recursion could exhaust the stack.
const DEEPEST: usize = 1000;
/// Nesting of parentheses, powers and signs.
const DEEPEST_NESTING: usize = 200;
/// Numbers and names, those of sums, products and definitions counted as often as they stand for something.
const LARGEST: usize = 1 << 17;
/// Names from elsewhere, and what they are called here.
const ELSEWHERE: [(&str, &str); 15] = [
    ("ln", "log"),
    ("pow", "x^2"),
    ("arctan", "atan"),
    ("arctan2", "atan2"),
    ("arcsinh", "asinh"),
    ("fabs", "abs"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("sgn", "sign"),
    ("prod", "product"),
    ("e", "exp(1)"),
    ("log10", "log(x)/log(10)"),
    ("log2", "log(x)/log(2)"),
    ("if", "a*(x > 0) + b*(x <= 0)"),
    ("where", "a*(x > 0) + b*(x <= 0)"),
];

impl Scope {
    fn variable(&self, name: &str) -> Option<Variable> {
        if self.time && name == "t" {
            return Some(Variable::Time);
        }
        let position = index(name, 'x', &["x", "y", "z"], self.dimension);
        let momentum = || match (self.dimension, name) {
            _ if !self.momenta => None,
            (1, "p") => Some(0),
            _ => index(name, 'p', &["px", "py", "pz"], self.dimension),
        };
        let state = if self.momenta { 2 * self.dimension } else { self.dimension };
        let column = || self.columns.iter().position(|column| column == name).map(|i| state + i);
        let component = position.or_else(|| momentum().map(|i| self.dimension + i)).or_else(column);
        component.map(Variable::Space)
    }

    /// Whether a name has a meaning here.
    pub fn knows(&self, name: &str) -> bool {
        ["pi", "sum", "product"].contains(&name)
            || Function::ALL.iter().any(|(known, _)| *known == name)
            || Operator::CALLED.iter().any(|(known, _)| *known == name)
            || self.variable(name).is_some()
            || self.constants.contains_key(name)
            || self.definitions.contains_key(name)
    }

    fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = if self.dimension <= 3 {
            ["x", "y", "z"][..self.dimension].iter().map(ToString::to_string).collect()
        } else {
            vec![format!("x1 … x{}", self.dimension)]
        };
        match self.dimension {
            _ if !self.momenta => (),
            1 => names.push("p".into()),
            d @ 2..=3 => names.extend(["px", "py", "pz"][..d].iter().map(ToString::to_string)),
            d => names.push(format!("p1 … p{d}")),
        }
        if self.time {
            names.push("t".into());
        }
        names.extend(self.columns.iter().cloned());
        names.push("pi".into());
        names.extend(self.constants.keys().cloned());
        names.extend(self.definitions.keys().cloned());
        names
    }
}

/// The index of a component: by its short name in up to three dimensions, or by letter and number from 1.
fn index(name: &str, letter: char, short: &[&str], dimension: usize) -> Option<usize> {
    let by_name = short.iter().position(|&short| short == name).filter(|&i| dimension <= 3 && i < dimension);
    let by_number = || {
        let digits = name.strip_prefix(letter).filter(|digits| !digits.starts_with(['0', '+']))?;
        digits.parse::<usize>().ok().filter(|&number| number <= dimension).map(|number| number - 1)
    };
    by_name.or_else(by_number)
}

impl Expression {
    /// Parses `text`: + − * / ^ (right-associative, above the sign: −x^2 = −(x^2)), parentheses,
    /// numbers, exp log sqrt sin cos tan sinh cosh tanh atan asinh erf floor abs sign, max and min of several, atan2(y, x),
    /// sum(i, …) and product(i, …) over the components, x\[i\] among them, and comparisons (1 or 0).
    ///
    /// # Errors
    /// With the place of what is wrong.
    pub fn parse(text: &str, scope: &Scope) -> Result<Self, ParseError> {
        if text.len() > LONGEST {
            let message = format!("the formula has {} bytes; expected at most {LONGEST}", text.len());
            return Err(ParseError::new(0, 0, message));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens, next: 0, scope, nesting: 0, indices: Vec::new(), size: 0 };
        let (expression, _) = parser.comparison()?;
        let token = parser.peek();
        match &token.kind {
            TokenKind::End => Ok(expression),
            TokenKind::Close => Err(parser.unexpected("an operator or the end: this ')' has no '('")),
            TokenKind::Comma => Err(parser.unexpected("an operator or the end; decimals have a point, as in 0.5")),
            TokenKind::Name(word) if matches!(word.as_str(), "and" | "or") => {
                Err(parser.unexpected("an operator or the end; both of two comparisons is (a > 0)*(b < 1), one of them max(a > 0, b < 1)"))
            }
            TokenKind::Operator(_) => {
                Err(parser.unexpected("the end; two comparisons are a product, as in (0 < x)*(x < 1)"))
            }
            TokenKind::Name(_) | TokenKind::Open => {
                Err(parser.unexpected("an operator or the end; products are written with '*', as in 2*x"))
            }
            _ => Err(parser.unexpected("an operator (+ - * / ^ < <= > >=) or the end")),
        }
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    scope: &'a Scope,
    nesting: usize,
    /// The indices of the sums and products around, with the component that each stands for, from 1.
    indices: Vec<(String, usize)>,
    /// Numbers and names so far.
    size: usize,
}

/// An expression with its depth.
type Parsed = Result<(Expression, usize), ParseError>;

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.next]
    }

    fn take(&mut self) -> Token {
        let token = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn operator(&mut self, allowed: &[Operator]) -> Option<Operator> {
        match self.peek().kind {
            TokenKind::Operator(operator) if allowed.contains(&operator) => {
                self.take();
                Some(operator)
            }
            _ => None,
        }
    }

    fn unexpected(&self, expected: &str) -> ParseError {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::End => "the end of the formula".to_string(),
            TokenKind::Name(name) => format!("'{name}'"),
            TokenKind::Number(value) => format!("the number {value}"),
            TokenKind::Open => "'('".into(),
            TokenKind::Close => "')'".into(),
            TokenKind::Index => "'['".into(),
            TokenKind::IndexEnd => "']'".into(),
            TokenKind::Comma => "','".into(),
            TokenKind::Operator(operator) => format!("'{}'", operator.symbol()),
        };
        ParseError::new(token.position, token.length, format!("found {found}; expected {expected}"))
    }

    fn join(&self, operator: Operator, a: (Expression, usize), b: (Expression, usize)) -> Parsed {
        let depth = a.1.max(b.1) + 1;
        if depth > DEEPEST {
            let position = self.peek().position;
            return Err(ParseError::new(
                position,
                0,
                format!("the formula has more than {DEEPEST} operators in a row"),
            ));
        }
        Ok((Expression::new(Node::Binary(operator, a.0, b.0)), depth))
    }

    fn chain(&mut self, operators: &[Operator], operand: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = operand(self)?;
        while let Some(operator) = self.operator(operators) {
            let right = operand(self)?;
            left = self.join(operator, left, right)?;
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
        let left = self.sum()?;
        match self.operator(&[Less, LessOrEqual, Greater, GreaterOrEqual]) {
            None => Ok(left),
            Some(operator) => {
                let right = self.sum()?;
                self.join(operator, left, right)
            }
        }
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&[Operator::Add, Operator::Subtract], Self::product)
    }

    fn product(&mut self) -> Parsed {
        self.chain(&[Operator::Multiply, Operator::Divide], Self::signed)
    }

    fn signed(&mut self) -> Parsed {
        self.nested(|parser| {
            if parser.operator(&[Operator::Subtract]).is_some() {
                let (inner, depth) = parser.signed()?;
                return Ok((Expression::new(Node::Negate(inner)), depth + 1));
            }
            if parser.operator(&[Operator::Add]).is_some() {
                return parser.signed();
            }
            let base = parser.atom()?;
            if parser.operator(&[Operator::Power]).is_some() {
                let exponent = parser.signed()?;
                return parser.join(Operator::Power, base, exponent);
            }
            Ok(base)
        })
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.nesting >= DEEPEST_NESTING {
            let position = self.peek().position;
            let message = format!("the formula is nested more than {DEEPEST_NESTING} deep");
            return Err(ParseError::new(position, 0, message));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    fn parenthesis(&mut self, open: &Token) -> Parsed {
        let inner = self.comparison()?;
        self.close(open)?;
        Ok(inner)
    }

    /// Takes the ')' of the '(' `open`.
    fn close(&mut self, open: &Token) -> Result<(), ParseError> {
        if self.peek().kind != TokenKind::Close {
            let mut error = self.unexpected("')'");
            error.message += &format!(" to close the '(' at character {}", open.position + 1);
            return Err(error);
        }
        self.take();
        Ok(())
    }

    fn expect(&mut self, kind: &TokenKind, expected: &str) -> Result<(), ParseError> {
        if self.peek().kind != *kind {
            return Err(self.unexpected(expected));
        }
        self.take();
        Ok(())
    }

    /// Adds to the size of the formula.
    fn grow(&mut self, by: usize, token: &Token) -> Result<(), ParseError> {
        self.size += by;
        if self.size > LARGEST {
            let message = format!(
                "with its sums and definitions written out, the formula has more than {LARGEST} numbers and names"
            );
            return Err(ParseError::new(token.position, token.length, message));
        }
        Ok(())
    }

    fn atom(&mut self) -> Parsed {
        let token = self.peek().clone();
        self.grow(1, &token)?;
        match &token.kind {
            TokenKind::Number(value) => {
                self.take();
                Ok((Expression::constant(*value), 1))
            }
            TokenKind::Open => {
                self.take();
                self.parenthesis(&token)
            }
            TokenKind::Name(name) => {
                self.take();
                self.name(name, &token)
            }
            _ => Err(self.unexpected("a number, a variable, a function or '('")),
        }
    }

    fn name(&mut self, name: &str, token: &Token) -> Parsed {
        let called = self.peek().kind == TokenKind::Open;
        if let Some((_, function)) = Function::ALL.into_iter().find(|(known, _)| *known == name) {
            if !called {
                return Err(self.unexpected(&format!("'(' after {name}")));
            }
            let open = self.take();
            let (argument, depth) = self.parenthesis(&open)?;
            return Ok((Expression::new(Node::Call(function, argument)), depth + 1));
        }
        if called && let Some((_, operator)) = Operator::CALLED.into_iter().find(|(known, _)| *known == name)
        {
            return self.called(name, operator);
        }
        match name {
            "sum" if called => return self.over_components(Operator::Add),
            "product" if called => return self.over_components(Operator::Multiply),
            "x" | "p" if self.peek().kind == TokenKind::Index => return self.component(name),
            _ => (),
        }
        if let Some(component) = self.index(name) {
            return Ok((Expression::constant(component as f64), 1));
        }
        let scope = self.scope;
        if let Some(definition) = scope.definitions.get(name) {
            return self.defined(name, definition, token);
        }
        let constant = match name {
            "pi" => Some(std::f64::consts::PI),
            _ => self.scope.constants.get(name).copied(),
        };
        if called && constant.is_none() && self.scope.variable(name).is_none() {
            let functions = Function::ALL.iter().map(|(known, _)| *known);
            let operators = Operator::CALLED.iter().map(|(known, _)| *known);
            let known = functions.chain(operators).chain(["sum", "product"]).map(String::from);
            return Err(self.unknown("function", token, name, known.collect()));
        }
        match (self.scope.variable(name), constant) {
            (Some(variable), _) => Ok((Expression::variable(variable), 1)),
            // A negative number is written with a sign, so that printing and parsing agree.
            (None, Some(value)) if value.is_sign_negative() => {
                Ok((Expression::new(Node::Negate(Expression::constant(-value))), 2))
            }
            (None, Some(value)) => Ok((Expression::constant(value), 1)),
            (None, None) => Err(self.unknown("variable", token, name, self.scope.variables())),
        }
    }

    fn unknown(&self, what: &str, token: &Token, name: &str, known: Vec<String>) -> ParseError {
        // Names differ by case, but a wrong case is the likeliest slip.
        let lower = name.to_lowercase();
        // Some have no name, but are written in other ways.
        let elsewhere = ELSEWHERE.iter().find(|(own, here)| {
            *own == lower && (here.contains(['^', '(']) || known.iter().any(|name| name == here))
        });
        let alike = known
            .iter()
            .map(|candidate| (strsim::jaro_winkler(&candidate.to_lowercase(), &lower), candidate))
            .filter(|(likeness, _)| *likeness >= 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let close =
            elsewhere.map(|(_, here)| *here).or_else(|| alike.map(|(_, candidate)| candidate.as_str()));
        let hint = close.map_or(String::new(), |candidate| format!("did you mean '{candidate}'? "));
        let message = format!("unknown {what} '{name}': {hint}known here are {}", known.join(", "));
        ParseError::new(token.position, token.length, message)
    }
}
