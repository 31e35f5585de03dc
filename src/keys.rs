//! Keys of the tables of a scenario, declared once as data: readers, checks and lists come from the declaration.
//!
//! Belongs here: what a key may hold, and the check of a value. Does not: TOML, and rules that need a problem.

use crate::model::Expression;
use crate::schemes::Scheme;
use crate::study::samples::Samples;
use std::sync::Arc;

mod values;

pub use values::Values;

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As scenarios write it.
    pub name: &'static str,
    /// What it may hold.
    pub holds: Type,
    /// Unit of the numbers; empty where they have none.
    pub unit: &'static str,
    /// What holds if the key is absent; `None` if the key is required.
    pub default: Option<&'static str>,
    /// One sentence on what the key decides.
    pub meaning: &'static str,
}

impl Key {
    /// That a required key is not there.
    pub fn absent(&self) -> Fault {
        Fault::at(self.name, format!("found nothing; expected {}", self.holds.describe()))
    }

    /// What is wrong with a value of this key.
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        let fault = |(item, message)| Fault { key: self.name, item, message };
        self.holds.faults(value).into_iter().map(fault).collect()
    }
}

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// A number.
    Number(Range),
    /// A whole number.
    Whole(Range),
    /// true or false.
    Boolean,
    /// Any text; what it says is for messages.
    Text(&'static str),
    /// An array or a table that has a reader of its own; what it holds is for messages.
    Structured(&'static str),
    /// The name of a file of samples, which is read.
    Samples,
    /// A formula in the state.
    Formula,
    /// A formula in the state and the time, without jumps.
    SmoothFormula,
    /// One of these names.
    Name(fn() -> Vec<&'static str>),
    /// The name of a scheme.
    Scheme,
    /// An array of names of schemes, at least one, or the text "all".
    Schemes,
    /// An array of numbers, at least so many.
    Numbers(Range, Order, usize),
    /// An array of names, at least so many.
    Names(fn() -> Vec<&'static str>, usize),
}

/// Numbers that are allowed.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Any finite number.
    Any,
    /// Above this.
    Above(f64),
    /// This or more.
    From(f64),
    /// Between the two, both allowed.
    Within(f64, f64),
}

impl Range {
    fn holds(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Self::Any => true,
                Self::Above(least) => x > least,
                Self::From(least) => x >= least,
                Self::Within(least, most) => (least..=most).contains(&x),
            }
    }

    /// As messages and lists write it, e.g. "a number above 0".
    fn describe(self, what: &str) -> String {
        match self {
            Self::Any => what.into(),
            Self::Above(least) => format!("{what} above {}", plain(least)),
            Self::From(least) => format!("{what}, at least {}", plain(least)),
            Self::Within(least, most) => format!("{what} from {} to {}", plain(least), plain(most)),
        }
    }
}

/// A number as messages write it: with an exponent where it is very large or small.
pub fn plain(x: f64) -> String {
    if x != 0.0 && !(1e-3..1e9).contains(&x.abs()) { format!("{x:e}") } else { x.to_string() }
}

/// The order of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each smaller than the one before.
    Falling,
    /// Each larger than the one before.
    Rising,
}

impl Order {
    fn holds(self, values: &[f64]) -> bool {
        values.windows(2).all(|pair| match self {
            Self::Falling => pair[0] > pair[1],
            Self::Rising => pair[0] < pair[1],
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Falling => "smaller",
            Self::Rising => "larger",
        }
    }
}

/// What a key holds in one scenario.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number, whole or not.
    Number(f64),
    /// true or false.
    Boolean(bool),
    /// A text or a name.
    Text(String),
    /// A formula, as the user wrote it and as it was understood.
    Formula(String, Expression),
    /// An array of numbers.
    Numbers(Vec<f64>),
    /// An array of names.
    Names(Vec<String>),
    /// Samples from a file.
    Samples(Arc<Samples>),
    /// Schemes; the flag says that they are all there are.
    Schemes(Vec<&'static dyn Scheme>, bool),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<&[f64]> for Value {
    fn from(numbers: &[f64]) -> Self {
        Self::Numbers(numbers.into())
    }
}

impl Value {
    /// As messages write it.
    pub fn describe(&self) -> String {
        match self {
            Self::Number(number) => plain(*number),
            Self::Boolean(value) => format!("{value}"),
            Self::Text(text) | Self::Formula(text, _) => format!("\"{text}\""),
            Self::Numbers(numbers) => format!("{numbers:?}"),
            Self::Names(names) => format!("{names:?}"),
            Self::Samples(samples) => format!("\"{}\"", samples.name),
            Self::Schemes(_, true) => "\"all\"".into(),
            Self::Schemes(schemes, false) => format!("{schemes:?}"),
        }
    }
}

/// What is wrong in a table, and at which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key.
    pub key: &'static str,
    /// Which entry of its array, if it is one.
    pub item: Option<usize>,
    /// "found …; expected …".
    pub message: String,
}

impl Fault {
    /// Something wrong at `key`.
    pub fn at(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, item: None, message: message.into() }
    }
}

impl Type {
    /// As messages and lists write it.
    pub fn describe(self) -> String {
        match self {
            Self::Number(range) => range.describe("a number"),
            Self::Whole(range) => {
                let bounded = matches!(range, Range::Within(..));
                range.describe("a whole number") + if bounded { "" } else { ", below 2^53" }
            }
            Self::Boolean => "true or false".into(),
            Self::Text(what) | Self::Structured(what) => what.into(),
            Self::Samples => "the name of a file of samples, .npz or .csv".into(),
            Self::Formula => "a formula in the state".into(),
            Self::SmoothFormula => "a formula in t and the state, without jumps".into(),
            Self::Name(names) => one_of(&names()),
            Self::Numbers(_, order, least) => format!(
                "an array of at least {least} number{}, each {} than the one before",
                if least == 1 { "" } else { "s" },
                order.name()
            ),
            Self::Names(names, _) => format!("an array of names, each {}", one_of(&names())),
            Self::Scheme => "the name of a scheme".into(),
            Self::Schemes => "\"all\", or an array of names of schemes".into(),
        }
    }

    /// What is wrong with a value, each with the entry of the array at which it is.
    fn faults(self, value: &Value) -> Vec<(Option<usize>, String)> {
        let wrong = |expected: &str| vec![(None, format!("found {}; expected {expected}", value.describe()))];
        match (self, value) {
            (Self::Number(range), Value::Number(x)) if range.holds(*x) => Vec::new(),
            (Self::Whole(range), Value::Number(x))
                if range.holds(*x) && x.fract() == 0.0 && *x < 2f64.powi(53) =>
            {
                Vec::new()
            }
            (Self::Boolean, Value::Boolean(_))
            | (Self::Text(_), Value::Text(_))
            | (Self::Samples, Value::Samples(_))
            | (Self::Formula, Value::Formula(..)) => Vec::new(),
            (Self::SmoothFormula, Value::Formula(_, formula)) if !formula.has_jump() => Vec::new(),
            (Self::Name(names), Value::Text(name)) => {
                unknown(&names(), name).map(|m| (None, m)).into_iter().collect()
            }
            (Self::Scheme, Value::Schemes(schemes, false)) if schemes.len() == 1 => Vec::new(),
            (Self::Schemes, Value::Schemes(schemes, _)) if !schemes.is_empty() => Vec::new(),
            (Self::Numbers(range, order, least), Value::Numbers(numbers)) => {
                let each = range.describe("a number");
                let outside = |(k, x): (usize, &f64)| {
                    (!range.holds(*x)).then(|| (Some(k), format!("found {}; expected {each}", plain(*x))))
                };
                let faults: Vec<_> = numbers.iter().enumerate().filter_map(outside).collect();
                match faults.is_empty() && (numbers.len() < least || !order.holds(numbers)) {
                    true => wrong(&self.describe()),
                    false => faults,
                }
            }
            (Self::Names(known, least), Value::Names(names)) => {
                let known = known();
                if names.len() < least {
                    return wrong(&format!("at least {least} of {}", known.join(", ")));
                }
                let place = |(k, name): (usize, &String)| Some((Some(k), unknown(&known, name)?));
                names.iter().enumerate().filter_map(place).collect()
            }
            _ => wrong(&self.describe()),
        }
    }
}

fn unknown(known: &[&str], name: &str) -> Option<String> {
    (!known.contains(&name)).then(|| unknown_name(name, known))
}

/// The one of `all` that is called `text`, if there is one.
pub fn named<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|own| name(*own) == text)
}

/// "one of a, b, c".
pub fn one_of(known: &[&str]) -> String {
    format!("one of {}", known.join(", "))
}

/// Names from elsewhere, and what they are called here.
const ELSEWHERE: [(&str, &str); 15] = [
    ("alpha", "transport"),
    ("beta", "reaction"),
    ("gamma", "friction"),
    ("dt", "step"),
    ("h", "step"),
    ("n", "count"),
    ("t", "horizon"),
    ("particles", "count"),
    ("cov", "covariance"),
    ("em", "euler-maruyama"),
    ("euler", "euler-maruyama"),
    ("ula", "euler-maruyama"),
    ("heun", "platen"),
    ("underdamped-langevin", "underdamped"),
    ("langevin", "overdamped"),
];

/// What is said of a name that nobody knows, with the known one that it may stand for.
pub fn unknown_name(found: &str, known: &[&str]) -> String {
    let lower = found.to_lowercase();
    let elsewhere = ELSEWHERE.iter().find(|(own, here)| *own == lower && known.contains(here));
    let alike = known
        .iter()
        .map(|name| (strsim::jaro_winkler(name, found), *name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let close = elsewhere.map(|(_, here)| *here).or_else(|| alike.map(|(_, name)| name));
    let hint = close.map_or(String::new(), |name| format!(" (did you mean \"{name}\"?)"));
    format!("found \"{found}\"; expected {}{hint}", one_of(known))
}
