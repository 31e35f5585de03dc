//! A TOML document whose values know where they came from.

use super::ScenarioError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// In the file: line and column (characters), from 1.
    File {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// On the command line, by this path.
    Override(String),
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Where it is.
    pub origin: Origin,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    String(String),
    /// An integer or a float; the flag tells integers.
    Number(f64, bool),
    /// A boolean.
    Boolean(bool),
    /// An array.
    Array(Vec<Item>),
    /// A table.
    Table(Table),
    /// What no key of a scenario accepts, e.g. a date.
    Other(&'static str),
}

impl Value {
    /// The item number `index` of an array.
    fn entry(&mut self, index: usize) -> Option<&mut Item> {
        match self {
            Self::Array(items) => items.get_mut(index),
            _ => None,
        }
    }

    /// As it is named in messages.
    pub fn describe(&self) -> String {
        match self {
            Self::String(text) => format!("the string \"{text}\""),
            Self::Number(value, _) if value.abs() >= 1e16 || (*value != 0.0 && value.abs() < 1e-5) => {
                format!("{value:e}")
            }
            Self::Number(value, _) => format!("{value}"),
            Self::Boolean(value) => format!("{value}"),
            Self::Array(items) => format!("an array of {}", items.len()),
            Self::Table(_) => "a table".into(),
            Self::Other(name) => format!("a {name}"),
        }
    }
}

/// A table: keys in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// (key, place of the key, value).
    pub entries: Vec<(String, Option<Origin>, Item)>,
}

impl Table {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.entries.iter().find(|(name, ..)| name == key).map(|(.., item)| item)
    }
}

/// One `--set PATH=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// As it was written.
    pub text: String,
    path: String,
    value: Value,
}

impl Override {
    /// Parses PATH=VALUE; VALUE is TOML, or else taken as a string.
    ///
    /// # Errors
    /// If there is no '=' or no path.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let wrong = |found: &str| ScenarioError::Override { text: text.into(), found: found.into() };
        let (path, value) = text.split_once('=').ok_or_else(|| wrong("no '='"))?;
        let (path, value) = (path.trim(), value.trim());
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err(wrong("an empty path"));
        }
        let origin = Origin::Override(path.into());
        let line = format!("value = {value}");
        let value = match DeTable::parse(&line) {
            Ok(table) if table.get_ref().len() == 1 => {
                let mut root = convert_table(table.get_ref(), &|_| origin.clone());
                root.entries.pop().map_or_else(|| Value::String(value.into()), |(.., item)| item.value)
            }
            _ => Value::String(value.into()),
        };
        Ok(Self { text: text.into(), path: path.into(), value })
    }

    /// Puts the value in its place, creating tables on the way.
    fn apply(&self, root: &mut Table) -> Result<(), ScenarioError> {
        let wrong = |found: String| ScenarioError::Override { text: self.path.clone(), found };
        let origin = Origin::Override(self.path.clone());
        let (parents, key) =
            self.path.rsplit_once('.').map_or((None, self.path.as_str()), |(a, b)| (Some(a), b));
        let mut table = root;
        let mut parts = parents.into_iter().flat_map(|parents| parents.split('.')).peekable();
        while let Some(part) = parts.next() {
            if table.get(part).is_none() {
                let item = Item { value: Value::Table(Table::default()), origin: origin.clone() };
                table.entries.push((part.into(), Some(origin.clone()), item));
            }
            let place = table.entries.iter().position(|(name, ..)| name == part).unwrap_or(0);
            let mut item = &mut table.entries[place].2;
            if let Value::Array(items) = &item.value {
                let count = items.len();
                let index = parts.next().unwrap_or("");
                let nothing =
                    wrong(format!("'{index}' after '{part}', which is an array of {count} (counted from 0)"));
                item = index.parse().ok().and_then(|index| item.value.entry(index)).ok_or(nothing)?;
            }
            match &mut item.value {
                Value::Table(inner) => table = inner,
                other => {
                    return Err(wrong(format!("'{part}', which is {}, no table", other.describe())));
                }
            }
        }
        let item = Item { value: self.value.clone(), origin: origin.clone() };
        match table.entries.iter_mut().find(|(name, ..)| name == key) {
            Some(entry) => entry.2 = item,
            None => table.entries.push((key.into(), Some(origin), item)),
        }
        Ok(())
    }
}

/// Bytes from one counted place of a text to the next, so that places in long lines are found quickly, too.
const STRIDE: usize = 1024;

/// Lines and columns of the places in a text.
struct Places<'a> {
    text: &'a str,
    /// Where the lines start.
    starts: Vec<usize>,
    /// How many characters start before each multiple of [`STRIDE`].
    counted: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let mut before = 0;
        let count = |block: &[u8]| {
            let so_far = before;
            before += characters(block);
            so_far
        };
        Self {
            text,
            starts: std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect(),
            counted: text.as_bytes().chunks(STRIDE).map(count).collect(),
        }
    }

    /// Line and column, from 1, of the character at this byte.
    fn of(&self, offset: usize) -> (usize, usize) {
        let end = floor_boundary(self.text, offset);
        let line = self.starts.partition_point(|start| *start <= end);
        (line, self.before(end) - self.before(self.starts[line - 1]) + 1)
    }

    /// How many characters start before this byte.
    fn before(&self, end: usize) -> usize {
        let block = (end / STRIDE).min(self.counted.len().saturating_sub(1));
        let so_far = self.counted.get(block).copied().unwrap_or(0);
        so_far + characters(&self.text.as_bytes()[block * STRIDE..end])
    }
}

/// How many characters start in these bytes: all that do not continue one.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// What the message of the TOML parser leaves open: how it is written in scenarios, or which key is meant.
fn hint(message: &str, at: Option<&str>) -> String {
    let line = at.and_then(|text| text.lines().next()).unwrap_or_default();
    let value = line.split([',', ']', '}', '#']).next().unwrap_or_default().trim();
    let number = value.chars().all(|c| c.is_ascii_digit() || " .-+eE".contains(c));
    if message.contains("must be quoted") && !number {
        format!("; formulas and names stand in quotes: \"{value}\"")
    } else if message.contains("invalid mantissa") && line.starts_with('.') {
        format!("; numbers begin with a digit: 0{value}")
    } else if message.contains("invalid boolean") {
        "; true and false are written in small letters".into()
    } else if message.contains("key with no value") {
        "; keys and values are written as key = value".into()
    } else if message.contains("must be quoted") {
        "; numbers of a list are separated by commas".into()
    } else if message.contains("duplicate key") {
        let key = line.split(['=', ']']).next().unwrap_or_default();
        format!(" \"{}\": it stands above already", key.trim_matches([' ', '[']))
    } else {
        String::new()
    }
}

/// Parses the text and applies the overrides.
///
/// # Errors
/// If the text is not TOML, or an override leads nowhere.
pub fn parse(text: &str, file: &str, overrides: &[Override]) -> Result<Table, ScenarioError> {
    let places = Places::new(text);
    let place = |offset: usize| places.of(offset);
    let document = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let (line, column) = place(start);
        let message = error.message().replace('\n', "; ") + &hint(error.message(), text.get(start..));
        ScenarioError::Syntax { file: file.into(), line, column, message }
    })?;
    let origin = |offset: usize| {
        let (line, column) = place(offset);
        Origin::File { line, column }
    };
    let mut root = convert_table(document.get_ref(), &origin);
    for each in overrides {
        each.apply(&mut root)?;
    }
    Ok(root)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn convert_table(table: &DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Table {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| (key.span().start, key.get_ref().to_string(), convert(value, origin)))
        .collect();
    entries.sort_by_key(|(offset, ..)| *offset);
    Table {
        entries: entries.into_iter().map(|(offset, key, item)| (key, Some(origin(offset)), item)).collect(),
    }
}

fn convert(value: &Spanned<DeValue<'_>>, origin: &dyn Fn(usize) -> Origin) -> Item {
    let number = |text: &str, integer: bool| match text.replace('_', "").parse() {
        Ok(value) => Value::Number(value, integer),
        Err(_) => Value::Other("number that is not decimal"),
    };
    let converted = match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) if integer.radix() == 10 => number(integer.as_str(), true),
        DeValue::Integer(_) => Value::Other("number that is not decimal"),
        DeValue::Float(float) => number(float.as_str(), false),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(_) => Value::Other("date"),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| convert(item, origin)).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table, origin)),
    };
    Item { value: converted, origin: origin(value.span().start) }
}
