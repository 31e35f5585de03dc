//! Just enough JSON to read certificates. (The room in wfr uses serde_json.)

use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// null.
    Null,
    /// A number; the nearest floating-point one.
    Number(f64),
    /// A text.
    Text(String),
    /// [a, b, …].
    List(Vec<Value>),
    /// {"a": …}.
    Object(Vec<(String, Value)>),
}

/// Why a text is not read, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte.
    pub position: usize,
    /// What would be right there.
    pub expected: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.position)
    }
}

impl std::error::Error for JsonError {}

impl Value {
    /// Reads a text.
    ///
    /// # Errors
    /// If it is not JSON, or nested too deeply, or holds escapes or true or false, which certificates do not.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let mut reader = Reader { text: text.as_bytes(), position: 0 };
        let value = reader.value(0)?;
        reader.skip_blanks();
        if reader.position == text.len() { Ok(value) } else { Err(reader.error("the end")) }
    }

    /// The entry of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The number.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(value) = self { Some(*value) } else { None }
    }

    /// The text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The list.
    pub fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }
}

/// Lists and objects within each other, at most.
const DEEPEST: usize = 16;

struct Reader<'a> {
    text: &'a [u8],
    position: usize,
}

impl Reader<'_> {
    fn error(&self, expected: &'static str) -> JsonError {
        JsonError { position: self.position, expected }
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.position).is_some_and(u8::is_ascii_whitespace) {
            self.position += 1;
        }
    }

    fn accept(&mut self, symbol: u8) -> bool {
        self.skip_blanks();
        let found = self.text.get(self.position) == Some(&symbol);
        self.position += usize::from(found);
        found
    }

    fn demand(&mut self, symbol: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.accept(symbol) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.demand(b'"', "a text")?;
        let start = self.position;
        while self.text.get(self.position).is_some_and(|c| *c != b'"' && *c != b'\\') {
            self.position += 1;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.position]).into_owned();
        self.demand(b'"', "the end of a text without escapes")?;
        Ok(text)
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > DEEPEST {
            return Err(self.error("less nesting"));
        }
        if self.accept(b'[') {
            let mut list = Vec::new();
            if self.accept(b']') {
                return Ok(Value::List(list));
            }
            loop {
                list.push(self.value(depth + 1)?);
                if self.accept(b']') {
                    return Ok(Value::List(list));
                }
                self.demand(b',', "a comma or a closing bracket")?;
            }
        }
        if self.accept(b'{') {
            let mut entries = Vec::new();
            if self.accept(b'}') {
                return Ok(Value::Object(entries));
            }
            loop {
                let key = self.string()?;
                self.demand(b':', "a colon")?;
                entries.push((key, self.value(depth + 1)?));
                if self.accept(b'}') {
                    return Ok(Value::Object(entries));
                }
                self.demand(b',', "a comma or a closing brace")?;
            }
        }
        if self.text.get(self.position) == Some(&b'"') {
            return Ok(Value::Text(self.string()?));
        }
        if self.text[self.position..].starts_with(b"null") {
            self.position += 4;
            return Ok(Value::Null);
        }
        let start = self.position;
        let belongs = |c: &u8| c.is_ascii_digit() || b"+-.eE".contains(c);
        while self.text.get(self.position).is_some_and(belongs) {
            self.position += 1;
        }
        let number =
            std::str::from_utf8(&self.text[start..self.position]).ok().and_then(|text| text.parse().ok());
        match number {
            Some(number) if f64::is_finite(number) => Ok(Value::Number(number)),
            _ => Err(JsonError { position: start, expected: "a value" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read() {
        let value = Value::parse(" {\"a\": [1, -2.5e-3, null], \"b\": \"x^2\"} ").unwrap();
        assert_eq!(value.get("b").and_then(Value::text), Some("x^2"));
        let list = value.get("a").and_then(Value::list).unwrap();
        assert_eq!((list[1].number(), &list[2]), (Some(-0.0025), &Value::Null));
        for bad in ["", "[1, ", "{\"a\" 1}", "[1] 2", "\"a", "1e999", "[", "nul"] {
            assert!(Value::parse(bad).is_err(), "{bad}");
        }
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
