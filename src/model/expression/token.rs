use super::Operator;
use super::ParseError;

/// A piece of a formula with its place in the text (bytes).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub position: usize,
    pub length: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Number(f64),
    Name(String),
    Operator(Operator),
    Open,
    Close,
    /// '['.
    Index,
    /// ']'.
    IndexEnd,
    Comma,
    End,
}

/// Splits `text` into tokens; the last one is [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens = Vec::new();
    let mut position = 0;
    while let Some(first) = text[position..].chars().next() {
        let rest = &text[position..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => {
                position += first.len_utf8();
                continue;
            }
            '.' if rest[1..].starts_with(char::is_alphabetic) => {
                let message = "found '.'; functions and variables are written without what they belong to, as in sin(x)";
                return Err(ParseError::new(position, 1, message.into()));
            }
            '0'..='9' | '.' => {
                let length = number_length(rest);
                let value: f64 = rest[..length].parse().map_err(|_| {
                    ParseError::new(position, length, format!("'{}' is not a number", &rest[..length]))
                })?;
                if !value.is_finite() {
                    let message = format!("'{}' is too large for a double-precision number", &rest[..length]);
                    return Err(ParseError::new(position, length, message));
                }
                (TokenKind::Number(value), length)
            }
            _ if first.is_alphabetic() || first == '_' => {
                let length = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
                (TokenKind::Name(rest[..length].to_string()), length)
            }
            '(' => (TokenKind::Open, 1),
            ')' => (TokenKind::Close, 1),
            '[' => (TokenKind::Index, 1),
            ']' => (TokenKind::IndexEnd, 1),
            ',' => (TokenKind::Comma, 1),
            '+' => (TokenKind::Operator(Operator::Add), 1),
            '-' => (TokenKind::Operator(Operator::Subtract), 1),
            '−' => (TokenKind::Operator(Operator::Subtract), '−'.len_utf8()),
            '*' if rest.starts_with("**") => {
                return Err(ParseError::new(position, 2, "found '**'; powers are written with '^'".into()));
            }
            '*' => (TokenKind::Operator(Operator::Multiply), 1),
            '/' => (TokenKind::Operator(Operator::Divide), 1),
            '^' => (TokenKind::Operator(Operator::Power), 1),
            '<' if rest.starts_with("<=") => (TokenKind::Operator(Operator::LessOrEqual), 2),
            '>' if rest.starts_with(">=") => (TokenKind::Operator(Operator::GreaterOrEqual), 2),
            '<' => (TokenKind::Operator(Operator::Less), 1),
            '>' => (TokenKind::Operator(Operator::Greater), 1),
            _ if is_superscript(first) => {
                let message = format!("found '{first}'; powers are written with '^', as in x^2");
                return Err(ParseError::new(position, first.len_utf8(), message));
            }
            other => {
                let hint = match other {
                    '=' => "; no state has one exact value: compare with <, <=, > or >=",
                    '|' => "; |x| is written abs(x)",
                    '&' => "; that both hold is written as a product, (x > 0)*(x < 1)",
                    _ => "",
                };
                let message =
                    format!("found '{other}'; formulas know + - * / ^ ( ) < > numbers and names{hint}");
                return Err(ParseError::new(position, other.len_utf8(), message));
            }
        };
        tokens.push(Token { kind, position, length });
        position += length;
    }
    tokens.push(Token { kind: TokenKind::End, position: text.len(), length: 0 });
    Ok(tokens)
}

fn is_superscript(c: char) -> bool {
    matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹')
}

fn is_of_name(c: char) -> bool {
    (c.is_alphanumeric() && !is_superscript(c)) || c == '_'
}

/// Length of the number (digits, one point, exponent) that `text` starts with.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
