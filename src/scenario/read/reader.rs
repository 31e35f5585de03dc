//! Typed access to a table: every mistake is noted with its place, and unknown keys are found.

use crate::keys::{self, named, one_of, unknown_name};
use crate::scenario::document::{Item, Origin, Table, Value};
use crate::scenario::{Access, Problems, Vocabulary};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Collects what is wrong in one scenario.
pub struct Notes<'a> {
    file: String,
    vocabulary: &'a Vocabulary,
    problems: RefCell<Vec<String>>,
    /// Which keys were asked for, by table.
    asked: RefCell<BTreeSet<(String, &'static str)>>,
}

/// Mistakes that are told.
const MOST_PROBLEMS: usize = 100;

impl<'a> Notes<'a> {
    pub fn new(file: &str, vocabulary: &'a Vocabulary) -> Self {
        Self { file: file.into(), vocabulary, problems: RefCell::default(), asked: RefCell::default() }
    }

    /// The keys that were asked for, with their tables.
    pub fn asked(&self) -> BTreeSet<(String, &'static str)> {
        self.asked.borrow().clone()
    }

    /// The result, if nothing was noted.
    pub fn finish<T>(self, result: Option<T>) -> Result<T, Problems> {
        let problems = self.problems.into_inner();
        match result {
            Some(value) if problems.is_empty() => Ok(value),
            _ => Err(Problems(problems)),
        }
    }

    fn push(&self, origin: Option<&Origin>, offset: usize, what: &str, message: &str) {
        let place = match origin {
            Some(Origin::File { line, column }) => format!("{}:{line}:{}", self.file, column + offset),
            Some(Origin::Override(path)) => format!("--set {path}"),
            None => self.file.clone(),
        };
        let line = format!("{place}: {what}: {message}");
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS && !problems.contains(&line) {
            problems.push(line);
        }
    }
}

/// One table and which of its keys were asked for.
pub struct Reader<'a> {
    notes: &'a Notes<'a>,
    /// As messages name it: "[grid]", or "" for the top level.
    name: String,
    table: &'a Table,
    origin: Option<Origin>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Reader<'a> {
    pub fn root(notes: &'a Notes<'a>, table: &'a Table) -> Self {
        Self { notes, name: String::new(), table, origin: None, asked: RefCell::default() }
    }

    fn item(&self, key: &'static str) -> Option<&'a Item> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    /// The content of a file that the scenario names, as seen from the scenario's own folder, with its path.
    pub fn beside(&self, name: &str) -> Result<(PathBuf, Vec<u8>), String> {
        self.notes.vocabulary.access.beside(&self.notes.file, name)
    }

    /// What the scenario may read and take.
    pub fn access(&self) -> Access {
        self.notes.vocabulary.access
    }

    /// What names mean.
    pub fn vocabulary(&self) -> &'a Vocabulary {
        self.notes.vocabulary
    }

    /// Whether `key` is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// Says that these keys may be there, whether they are read or not.
    pub fn allow(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys);
    }

    /// Notes something wrong with the value of `key` (or with its absence).
    pub fn note(&self, key: &'static str, message: &str) {
        self.note_in(key, self.item(key), 0, message);
    }

    fn note_in(&self, key: &str, item: Option<&Item>, offset: usize, message: &str) {
        let what = if self.name.is_empty() { key.to_string() } else { format!("{} {key}", self.name) };
        let origin = item.map(|item| &item.origin).or(self.origin.as_ref());
        self.notes.push(origin, offset, &what, message);
    }

    /// Notes that the value of `key` is not what it should be.
    pub fn wrong(&self, key: &'static str, expected: &str) {
        let found = self.item(key).map_or("nothing".into(), |item| item.value.describe());
        self.note(key, &format!("found {found}; expected {expected}"));
    }

    /// Notes that `key` is missing; returns `None` for convenience.
    pub fn missing<T>(&self, key: &'static str, expected: &str) -> Option<T> {
        self.allow(&[key]);
        if !self.has(key) {
            self.note(key, &format!("found nothing; expected {expected}"));
        }
        None
    }

    /// Notes what is wrong at a key, at the entry of its array if the fault names one.
    pub fn fault(&self, fault: &keys::Fault) {
        let keys::Fault { key, item, message } = fault;
        let whole = self.item(key);
        match (item, whole.map(|item| &item.value)) {
            (Some(place), Some(Value::Array(items))) => {
                self.note_in(&format!("{key}[{place}]"), items.get(*place).or(whole), 0, message);
            }
            _ => self.note(key, message),
        }
    }

    /// A finite number that passes `test`.
    pub fn number(&self, key: &'static str, expected: &str, test: impl Fn(f64) -> bool) -> Option<f64> {
        let item = self.item(key)?;
        match item.value {
            Value::Number(value, _) if value.is_finite() && test(value) => Some(value),
            _ => {
                self.wrong(key, expected);
                None
            }
        }
    }

    /// A number, or `default` if the key is absent; NaN never comes out.
    pub fn number_or(
        &self,
        key: &'static str,
        default: f64,
        expected: &str,
        test: impl Fn(f64) -> bool,
    ) -> Option<f64> {
        self.allow(&[key]);
        if self.has(key) { self.number(key, expected, test) } else { Some(default) }
    }

    /// A whole number from `least` on, or the default.
    pub fn whole_or(&self, key: &'static str, default: u64, least: u64) -> Option<u64> {
        let test = |value: f64| value.fract() == 0.0 && value >= least as f64 && value < 2f64.powi(53);
        self.number_or(key, default as f64, &format!("a whole number, at least {least}, below 2^53"), test)
            .map(|value| value as u64)
    }

    /// true or false, or the default.
    pub fn boolean_or(&self, key: &'static str, default: bool) -> Option<bool> {
        match self.item(key).map(|item| &item.value) {
            None => Some(default),
            Some(Value::Boolean(value)) => Some(*value),
            Some(_) => {
                self.wrong(key, "true or false");
                None
            }
        }
    }

    /// A string.
    pub fn string(&self, key: &'static str, expected: &str) -> Option<&'a str> {
        match &self.item(key)?.value {
            Value::String(text) => Some(text),
            _ => {
                self.wrong(key, expected);
                None
            }
        }
    }

    /// What `find` makes of a name; `known` is for the message.
    pub fn choice<T>(
        &self,
        key: &'static str,
        known: &[&str],
        find: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.string(key, &one_of(known))?;
        let found = find(text);
        if found.is_none() {
            self.note(key, &unknown_name(text, known));
        }
        found
    }

    /// Like [`Self::choice`], or the default if the key is absent.
    pub fn choice_or<T>(
        &self,
        key: &'static str,
        default: T,
        known: &[&str],
        find: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.allow(&[key]);
        if self.has(key) { self.choice(key, known, find) } else { Some(default) }
    }

    /// The one of `all` that is named, or the default if the key is absent.
    pub fn one_of<T: Copy>(
        &self,
        key: &'static str,
        default: T,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let names: Vec<&str> = all.iter().map(|own| name(*own)).collect();
        self.choice_or(key, default, &names, |text| named(text, all, name))
    }

    /// An array whose items `read` understands; `read` gives what was expected where it does not.
    pub fn array<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        let item = self.item(key)?;
        let Value::Array(items) = &item.value else {
            self.wrong(key, expected);
            return None;
        };
        let mut values = Vec::with_capacity(items.len());
        for (place, entry) in items.iter().enumerate() {
            match read(&entry.value) {
                Ok(value) => values.push(value),
                Err(fault) => {
                    self.note_in(&format!("{key}[{place}]"), Some(entry), fault.offset, &fault.message);
                }
            }
        }
        (values.len() == items.len()).then_some(values)
    }

    /// A value that `read` understands.
    pub fn scalar<T>(&self, key: &'static str, read: impl Fn(&Value) -> Result<T, Fault>) -> Option<T> {
        let item = self.item(key)?;
        read(&item.value).map_err(|fault| self.note_in(key, Some(item), fault.offset, &fault.message)).ok()
    }

    /// A vector of `length` finite numbers.
    pub fn vector(&self, key: &'static str, length: usize) -> Option<Vec<f64>> {
        let expected = format!("an array of {length} number{}", if length == 1 { "" } else { "s" });
        let values = self.array(key, &expected, finite)?;
        if values.len() != length {
            let expected = format!("expected {length}, by the key `dimension` at the top");
            self.note(key, &format!("found {} numbers; {expected}", values.len()));
            return None;
        }
        Some(values)
    }

    /// Whether the value of `key` is this string.
    pub fn is(&self, key: &'static str, text: &str) -> bool {
        matches!(self.table.get(key).map(|item| &item.value), Some(Value::String(found)) if found == text)
    }

    /// The number of items of the array `key`.
    pub fn length(&self, key: &'static str) -> Option<usize> {
        match &self.item(key)?.value {
            Value::Array(items) => Some(items.len()),
            _ => None,
        }
    }

    /// A reader for the table `key`.
    pub fn table(&self, key: &'static str) -> Option<Reader<'a>> {
        let item = self.item(key)?;
        let Value::Table(table) = &item.value else {
            self.wrong(key, &format!("a table [{key}]"));
            return None;
        };
        Some(self.inner(format!("[{key}]"), table, item))
    }

    /// Readers for an array of tables.
    pub fn tables(&self, key: &'static str) -> Option<Vec<Reader<'a>>> {
        let item = self.item(key)?;
        let Value::Array(items) = &item.value else {
            self.wrong(key, &format!("an array of tables, each of which begins with [[{key}]]"));
            return None;
        };
        let mut readers = Vec::new();
        for (place, entry) in items.iter().enumerate() {
            match &entry.value {
                Value::Table(table) => readers.push(self.inner(format!("[[{key}]] {place}"), table, entry)),
                other => self.note_in(
                    key,
                    Some(entry),
                    0,
                    &format!("found {}; expected a table", other.describe()),
                ),
            }
        }
        Some(readers)
    }

    fn inner(&self, name: String, table: &'a Table, item: &Item) -> Reader<'a> {
        let name = if self.name.is_empty() { name } else { format!("{} {name}", self.name) };
        Reader {
            notes: self.notes,
            name,
            table,
            origin: Some(item.origin.clone()),
            asked: RefCell::default(),
        }
    }

    /// All keys with their values, for tables with free names.
    pub fn entries(&self) -> &'a [(String, Option<Origin>, Item)] {
        &self.table.entries
    }

    /// Notes something about an entry of a table with free names.
    pub fn note_entry(&self, key: &str, message: &str) {
        self.note_in(key, self.table.get(key), 0, message);
    }

    /// Notes every key that was neither read nor allowed.
    pub fn finish(&self) {
        let mut asked = self.asked.borrow().clone();
        asked.sort_unstable();
        asked.dedup();
        self.notes.asked.borrow_mut().extend(asked.iter().map(|key| (self.name.clone(), *key)));
        for (key, origin, item) in &self.table.entries {
            if !asked.contains(&key.as_str()) {
                let what = if self.name.is_empty() { key.clone() } else { format!("{} {key}", self.name) };
                let message = unknown_name(key, &asked).replacen("found", "found the unknown key", 1);
                self.notes.push(origin.as_ref().or(Some(&item.origin)), 0, &what, &message);
            }
        }
    }
}

/// What is wrong with an item, and how many characters into it.
pub struct Fault {
    pub offset: usize,
    pub message: String,
}

impl Fault {
    pub fn expected(found: &Value, expected: &str) -> Self {
        Self { offset: 0, message: format!("found {}; expected {expected}", found.describe()) }
    }
}

/// A finite number.
pub fn finite(value: &Value) -> Result<f64, Fault> {
    match value {
        Value::Number(number, _) if number.is_finite() => Ok(*number),
        other => Err(Fault::expected(other, "a finite number")),
    }
}

/// A row of finite numbers.
pub fn row(value: &Value) -> Result<Vec<f64>, Fault> {
    match value {
        Value::Array(items) => items.iter().map(|item| finite(&item.value)).collect(),
        other => Err(Fault::expected(other, "an array of numbers, one row of the matrix")),
    }
}
