//! `wfr list` and `wfr explain`: what there is, and what a key means.

use super::terminal::print;
use super::{ExplainArguments, Failure, ListArguments, Listed};
use clap::ValueEnum;
use serde::Serialize;
use wfr::keys::{Key, unknown_name};
use wfr::scenario::{FORMULAS, since, tables};
use wfr::schemes::{CATALOGUE, Catalogue, EquationClass, NoiseClass};
use wfr::study::KINDS;
use wfr::symbolic::ledger::identities;

/// A row of a list: a name, what it is for, and what limits it.
#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(rename = "for")]
    purpose: String,
    limits: String,
}

pub fn list(arguments: &ListArguments) -> Result<u8, Failure> {
    let rows = match arguments.what {
        None => lists(),
        Some(Listed::Schemes) => schemes(),
        Some(Listed::Studies) => studies(),
        Some(Listed::Keys) => keys(),
        Some(Listed::Identities) => known_identities(),
        Some(Listed::Densities) => densities(),
    };
    if arguments.json {
        let json = serde_json::to_string_pretty(&rows).map_err(|error| Failure::Input(error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        print(&table(&rows))?;
    }
    Ok(0)
}

/// Columns as wide as what they hold.
fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> &String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (first, second) = (width(|row| &row.name), width(|row| &row.purpose).min(WIDEST));
    let line = |row: &Row| {
        let Row { name, purpose, limits } = row;
        format!("{name:first$}  {purpose:second$}  {limits}").trim_end().to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Characters of the second column that are lined up, at most.
const WIDEST: usize = 76;

/// The lists themselves.
fn lists() -> Vec<Row> {
    let values = Listed::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let row = |value: clap::builder::PossibleValue| Row {
        name: format!("wfr list {}", value.get_name()),
        purpose: value.get_help().map(ToString::to_string).unwrap_or_default(),
        limits: String::new(),
    };
    values.map(row).collect()
}

fn schemes() -> Vec<Row> {
    let catalogue = Catalogue::default();
    let row = |claims: wfr::schemes::Claims| {
        let noise = match claims.noise {
            NoiseClass::Additive => "additive noise",
            NoiseClass::Commutative => "commutative noise",
            NoiseClass::Pair => "at most two noises that do not commute",
            NoiseClass::General => "any noise",
        };
        let equation = match claims.equation {
            EquationClass::Ito => "Itô equations, overdamped dynamics",
            EquationClass::Overdamped => "overdamped dynamics with a target",
            EquationClass::Langevin => "underdamped dynamics",
        };
        let invariant = match claims.invariant_order {
            u32::MAX => "exact".to_string(),
            order => order.to_string(),
        };
        Row {
            name: claims.name.into(),
            purpose: format!("{equation}; weak order {}, invariant law {invariant}", claims.weak_order),
            limits: format!("{noise}; {}", claims.reference),
        }
    };
    catalogue.transitions().map(|scheme| row(scheme.claims())).collect()
}

fn studies() -> Vec<Row> {
    let keys = |keys: &[Key]| keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
    KINDS
        .iter()
        .map(|kind| {
            let limits = [kind.needed(), keys(kind.keys)];
            let limits =
                limits.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; keys ");
            Row { name: kind.name.into(), purpose: kind.summary.into(), limits }
        })
        .collect()
}

fn keys() -> Vec<Row> {
    let row = |table: &str, key: &Key| Row {
        name: path(table, key),
        purpose: key.meaning.into(),
        limits: holds(table, key),
    };
    tables().flat_map(|(table, _, keys)| keys.iter().map(move |key| row(&table, key))).collect()
}

fn known_identities() -> Vec<Row> {
    identities()
        .map(|identity| Row {
            name: identity.id.into(),
            purpose: identity.title.into(),
            limits: identity.source.into(),
        })
        .collect()
}

fn densities() -> Vec<Row> {
    let row = |(name, [purpose, limits]): (&str, [&str; 2])| Row {
        name: name.into(),
        purpose: purpose.into(),
        limits: limits.into(),
    };
    wfr::scenario::densities().map(row).collect()
}

/// The tables of a scenario, as `wfr explain` takes them.
fn known_tables() -> Vec<Row> {
    let named = tables().filter(|(table, _, _)| !table.is_empty());
    let row = |(table, purpose, _): (String, String, _)| Row {
        name: format!("wfr explain {table}"),
        purpose,
        limits: String::new(),
    };
    named.map(row).collect()
}

fn path(table: &str, key: &Key) -> String {
    if table.is_empty() { key.name.into() } else { format!("{table}.{}", key.name) }
}

fn holds(table: &str, key: &Key) -> String {
    let unit = if key.unit.is_empty() { String::new() } else { format!(" ({})", key.unit) };
    let default = key.default.map_or("required".into(), |default| format!("default: {default}"));
    format!("{}{unit}; {default}; since {}", key.holds.describe(), since(table, key.name))
}

pub fn explain(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let Some(key) = &arguments.key else { return print(&table(&known_tables())).map(|()| 0) };
    let asked = key.trim_matches(['[', ']']);
    // "exit.step" is short for "study.exit.step".
    let of_study = format!("study.{asked}");
    let names = |path: &str| path == asked || path == of_study;
    let mut text = String::new();
    for (table, summary, keys) in tables() {
        // A table by its name; a key by its path, or by its name alone wherever it stands.
        if !table.is_empty() && names(&table) {
            text += &format!("[{table}]\n  {summary}\n");
            let line = |key: &Key| format!("  {}: {}\n    {}\n", key.name, key.meaning, holds(&table, key));
            text += &keys.iter().map(line).collect::<String>();
        }
        for key in keys.iter().filter(|key| names(&path(&table, key)) || key.name == asked) {
            text += &format!("{}\n  {}\n  {}\n", path(&table, key), key.meaning, holds(&table, key));
        }
    }
    if ["formula", "formulas"].contains(&asked) {
        text += FORMULAS;
    }
    if asked == "study" {
        text += &table(&studies());
    }
    if let Some(scheme) = CATALOGUE.iter().find(|scheme| scheme.name() == asked) {
        text += &format!("{} is a scheme: `wfr prove {0}` shows what it is proved to do\n", scheme.name());
    }
    if text.is_empty() {
        let known: Vec<String> =
            tables().flat_map(|(table, _, keys)| keys.iter().map(move |key| path(&table, key))).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let message = unknown_name(asked, &known);
        // The list of all keys is a command of its own.
        let hint = message
            .split_once(" (did you mean")
            .map_or(String::new(), |(_, hint)| format!(" (did you mean{hint}"));
        return Err(Failure::Input(format!(
            "explain: found \"{asked}\"; expected a key or a table, see `wfr list keys`{hint}"
        )));
    }
    print(&text).map(|()| 0)
}
