use super::{Fault, Key, Value, named};
use crate::model::Expression;
use crate::schemes::Scheme;
use crate::study::samples::Samples;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The values of a table, by key.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// With this value too.
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(key, value.into());
        self
    }

    /// Adds a value.
    pub fn insert(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }

    /// The value of a key, if the key is there.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The number at a key.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.get(key)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The whole number at a key.
    pub fn whole(&self, key: &str) -> Option<u64> {
        self.number(key).map(|number| number as u64)
    }

    /// Whether a key is there and says true.
    pub fn says(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Boolean(true)))
    }

    /// The text at a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The samples at a key.
    pub fn samples(&self, key: &str) -> Option<&Arc<Samples>> {
        match self.get(key)? {
            Value::Samples(samples) => Some(samples),
            _ => None,
        }
    }

    /// The one of `all` whose name is at a key.
    pub fn named<T: Copy>(&self, key: &str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        named(self.text(key)?, all, name)
    }

    /// The formula at a key.
    pub fn formula(&self, key: &str) -> Option<(&str, &Expression)> {
        match self.get(key)? {
            Value::Formula(text, expression) => Some((text, expression)),
            _ => None,
        }
    }

    /// The numbers at a key.
    pub fn numbers(&self, key: &str) -> Option<&[f64]> {
        match self.get(key)? {
            Value::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The schemes at a key, and whether they are all there are.
    pub fn schemes(&self, key: &str) -> Option<(&[&'static dyn Scheme], bool)> {
        match self.get(key)? {
            Value::Schemes(schemes, all) => Some((schemes, *all)),
            _ => None,
        }
    }

    /// Those of `all` whose names are at a key.
    pub fn all_named<T: Copy>(&self, key: &str, all: &[T], name: fn(T) -> &'static str) -> Option<Vec<T>> {
        match self.get(key)? {
            Value::Names(names) => names.iter().map(|text| named(text, all, name)).collect(),
            _ => None,
        }
    }

    /// What is wrong with the values, by what `keys` declare.
    pub fn faults(&self, keys: &[Key]) -> Vec<Fault> {
        let faults = |(name, value): (&&'static str, &Value)| {
            let key = keys.iter().find(|key| key.name == *name);
            key.map_or_else(Vec::new, |key| key.faults(value))
        };
        self.0.iter().flat_map(faults).collect()
    }
}
