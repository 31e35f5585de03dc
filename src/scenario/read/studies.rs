//! [[study]]: read by the keys that its kind declares.

use super::formula;
use super::reader::{Fault, Reader, finite};
use crate::keys::{Key, Type, Value, Values, one_of, unknown_name};
use crate::model::expression::Scope;
use crate::scenario::{document, read_samples};
use crate::schemes::{Catalogue, Scheme};
use crate::study::{Basis, KINDS, Kind, Study};
use std::sync::Arc;

/// A study of a scenario: its kind and what its keys say.
pub struct Described<'a> {
    pub table: Reader<'a>,
    kind: &'static Kind,
    values: Option<Values>,
}

/// All studies; empty if there are none. Each is read even if an earlier one failed, so that all mistakes show.
pub fn described<'a>(root: &Reader<'a>, scope: &Scope) -> Option<Vec<Described<'a>>> {
    root.allow(&["study"]);
    if !root.has("study") {
        return Some(Vec::new());
    }
    let tables = root.tables("study")?;
    let studies: Vec<_> = tables.into_iter().map(|table| describe(table, scope)).collect();
    studies.into_iter().collect()
}

fn describe<'a>(table: Reader<'a>, scope: &Scope) -> Option<Described<'a>> {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let find = |name: &str| KINDS.iter().find(|kind| kind.name == name);
    let kind = table.choice("kind", &names, find).or_else(|| table.missing("kind", &one_of(&names)))?;
    let values = values(&table, kind.keys, scope);
    table.finish();
    Some(Described { table, kind, values })
}

/// The values of all declared keys; `None` if one of them is wrong.
fn values(table: &Reader<'_>, keys: &'static [Key], scope: &Scope) -> Option<Values> {
    let mut values = Values::default();
    let mut sound = true;
    keys.iter().for_each(|key| table.allow(&[key.name]));
    for key in keys.iter().filter(|key| table.has(key.name)) {
        let value = table.scalar(key.name, |value| match key.holds {
            Type::Samples => samples(value, key, table),
            _ => typed(value, key, scope, &table.vocabulary().catalogue),
        });
        let faults = value.as_ref().map_or_else(Vec::new, |value| key.faults(value));
        sound &= value.is_some() && faults.is_empty();
        faults.iter().for_each(|fault| table.fault(fault));
        if let Some(value) = value {
            values.insert(key.name, value);
        }
    }
    for key in keys.iter().filter(|key| key.default.is_none() && !table.has(key.name)) {
        table.fault(&key.absent());
        sound = false;
    }
    sound.then_some(values)
}

/// A value of the form that its key holds; what it says is checked afterwards.
fn typed(value: &document::Value, key: &Key, scope: &Scope, catalogue: &Catalogue) -> Result<Value, Fault> {
    let wrong = || Fault::expected(value, &key.holds.describe());
    match key.holds {
        Type::Number(_) | Type::Whole(_) => finite(value).map(Value::Number).map_err(|_| wrong()),
        Type::Boolean => match value {
            document::Value::Boolean(value) => Ok(Value::Boolean(*value)),
            _ => Err(wrong()),
        },
        Type::Structured(_) | Type::Samples => Err(wrong()),
        Type::Text(_) | Type::Name(_) => text(value).map(Value::Text).ok_or_else(wrong),
        Type::Formula | Type::SmoothFormula => {
            let time = matches!(key.holds, Type::SmoothFormula) || scope.time;
            let expression = formula(value, &Scope { time, ..scope.clone() })?;
            text(value).map(|text| Value::Formula(text, expression)).ok_or_else(wrong)
        }
        Type::Numbers(..) => {
            let items = items(value).ok_or_else(wrong)?;
            let numbers: Result<Vec<f64>, Fault> = items.iter().map(|item| finite(&item.value)).collect();
            numbers.map(Value::Numbers)
        }
        Type::Scheme => {
            let name = text(value).ok_or_else(wrong)?;
            scheme(&name, catalogue).map(|scheme| Value::Schemes(vec![scheme], false))
        }
        Type::Schemes if text(value).is_some_and(|text| text == "all") => {
            Ok(Value::Schemes(catalogue.schemes().to_vec(), true))
        }
        Type::Schemes => {
            let names: Option<Vec<String>> =
                items(value).and_then(|items| items.iter().map(|item| text(&item.value)).collect());
            let schemes: Result<Vec<_>, Fault> =
                names.ok_or_else(wrong)?.iter().map(|name| scheme(name, catalogue)).collect();
            schemes.map(|schemes| Value::Schemes(schemes, false))
        }
        Type::Names(..) => {
            let names: Option<Vec<String>> =
                items(value).and_then(|items| items.iter().map(|item| text(&item.value)).collect());
            names.map(Value::Names).ok_or_else(wrong)
        }
    }
}

/// The samples in the file of this name beside the scenario.
fn samples(value: &document::Value, key: &Key, table: &Reader<'_>) -> Result<Value, Fault> {
    let name = text(value).ok_or_else(|| Fault::expected(value, &key.holds.describe()))?;
    let read = table.beside(&name);
    let samples = read.and_then(|(path, content)| read_samples(&path.display().to_string(), &content));
    samples.map(|own| Value::Samples(Arc::new(own))).map_err(|message| Fault { offset: 0, message })
}

fn scheme(name: &str, catalogue: &Catalogue) -> Result<&'static dyn Scheme, Fault> {
    catalogue.find(name).ok_or_else(|| {
        let known: Vec<&str> = catalogue.schemes().iter().map(|scheme| scheme.name()).collect();
        Fault { offset: 0, message: unknown_name(name, &known) }
    })
}

fn text(value: &document::Value) -> Option<String> {
    match value {
        document::Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn items(value: &document::Value) -> Option<&[document::Item]> {
    match value {
        document::Value::Array(items) => Some(items),
        _ => None,
    }
}

impl Described<'_> {
    /// The study itself; `None` with a note if its keys do not make one.
    pub fn study(&self, basis: &Basis<'_>) -> Option<Arc<dyn Study>> {
        let values = self.values.as_ref()?;
        (self.kind.read)(values, basis).map_err(|fault| self.table.fault(&fault)).ok()
    }
}
