//! sweep.html: one scenario over values of its keys, as a table and pictures.

use super::checks::badge;
use super::page::{document, pictures};
use super::plot::{NORMAL_95, table};
use super::{ReportError, write_figures, write_pdfs};
use crate::files::{make_folder, write_atomically};
use crate::format::{self, with_error};
use crate::statistics::Interval;
use crate::study::Ending;
use crate::study::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use maud::html;
use serde_json::Value;
use std::path::Path;

/// Pictures, at most: one for each quantity.
const PICTURES: usize = 8;
/// Positive values whose ends are so far apart are laid out by their logarithms.
const WIDE: f64 = 16.0;

/// One scenario over values of its keys.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The scenario's name.
    pub name: String,
    /// The keys, as in `--set`.
    pub keys: Vec<String>,
    /// The runs, in the order of their values.
    pub rows: Vec<SweepRow>,
    /// The command line.
    pub command: String,
}

/// One run of a sweep.
#[derive(Clone, Debug)]
pub struct SweepRow {
    /// The value of each key.
    pub values: Vec<String>,
    /// Its folder within that of the sweep.
    pub folder: String,
    /// Its result.json.
    pub result: Value,
}

/// A quantity that a run found.
struct Quantity {
    /// What it is, e.g. "E[x^2]".
    name: String,
    /// By which method.
    method: String,
    value: f64,
    /// Half the width of its error bar; the standard error of what has one.
    error: f64,
    shown: String,
}

impl Quantity {
    fn title(&self) -> String {
        format!("{} by {}", self.name, self.method)
    }
}

impl SweepRow {
    /// How the run ended.
    pub fn ending(&self) -> Ending {
        let verdicts = self.result["studies"].as_array().into_iter().flatten();
        let open =
            verdicts.filter_map(|study| study["verdict"].as_str()).any(|verdict| verdict == "inconclusive");
        match (self.result["incomplete"].as_bool(), self.result["passed"].as_bool()) {
            (Some(false), Some(true)) if open => Ending::Inconclusive,
            (Some(false), Some(true)) => Ending::Pass,
            (Some(false), _) => Ending::Fail,
            _ => Ending::Incomplete,
        }
    }

    /// All that the run found with an error.
    fn quantities(&self) -> Vec<Quantity> {
        let mut found = Vec::new();
        for (method, error) in [("grid", "error"), ("particles", "stderr")] {
            let own = &self.result[method];
            for (formula, estimate) in own["observables"].as_object().into_iter().flatten() {
                found.extend(estimated(
                    &format!("E[{formula}]"),
                    method,
                    &estimate["value"],
                    &estimate[error],
                ));
            }
            for (key, name) in [("kl", "KL"), ("log_normalizer", "log normalizer")] {
                found.extend(estimated(name, method, &own[key], &own[format!("{key}_{error}")]));
            }
            found.extend(estimated("effective sample size", method, &own["ess"], &Value::from(0.0)));
        }
        for study in self.result["studies"].as_array().into_iter().flatten() {
            let words = ["scheme", "weight", "observable"].iter().filter_map(|key| study[*key].as_str());
            let subject = words.collect::<Vec<_>>().join(", ");
            let kind = study["kind"].as_str().unwrap_or_default();
            let method = study["method"].as_str().unwrap_or("study");
            for (key, own) in study.as_object().into_iter().flatten() {
                let name = format!("{key} of {kind} {subject}").trim_end().to_string();
                found.extend(estimated(&name, method, &own["value"], &own["error"]));
                found.extend(interval(&name, method, own));
            }
        }
        found
    }
}

fn estimated(name: &str, method: &str, value: &Value, error: &Value) -> Option<Quantity> {
    let (value, error) = (value.as_f64()?, error.as_f64()?);
    let shown = with_error(value, error);
    Some(Quantity { name: name.into(), method: method.into(), value, error, shown })
}

fn interval(name: &str, method: &str, own: &Value) -> Option<Quantity> {
    let [estimate, lower, upper] = ["estimate", "lower", "upper"].map(|key| own[key].as_f64());
    let own = Interval { estimate: estimate?, lower: lower?, upper: upper? };
    let error = 0.5 * (own.upper - own.lower) / NORMAL_95;
    let shown = format::interval(&own);
    Some(Quantity { name: name.into(), method: method.into(), value: own.estimate, error, shown })
}

/// Writes sweep.html, the table sweep.csv and the pictures into `dir`, beside the folders of the runs.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_sweep(dir: &Path, sweep: &Sweep) -> Result<(), ReportError> {
    make_folder(dir)?;
    let quantities: Vec<Vec<Quantity>> = sweep.rows.iter().map(SweepRow::quantities).collect();
    let mut titles: Vec<String> = Vec::new();
    for title in quantities.iter().flatten().map(Quantity::title) {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let figures = figures(sweep, &quantities);
    write_figures(dir, &figures)?;
    write_pdfs(dir, &figures)?;
    write_atomically(&dir.join("sweep.csv"), csv(sweep, &quantities, &titles))?;
    write_atomically(&dir.join("sweep.html"), page(sweep, &quantities, &titles, &figures))
}

/// The sweep.html of a sweep that has not come to its end.
pub fn unfinished_sweep(name: &str) -> String {
    let why = "The sweep is running, or was ended from outside; the runs that came to their end are in their folders.";
    document(name, html! { header { h1 { (name) } p role="alert" { (why) } } })
}

fn csv(sweep: &Sweep, quantities: &[Vec<Quantity>], titles: &[String]) -> String {
    let both = titles.iter().flat_map(|title| [title.clone(), format!("{title}: error")]);
    let head = sweep.keys.iter().cloned().chain(["verdict".into()]).chain(both).collect();
    let row = |(row, found): (&SweepRow, &Vec<Quantity>)| {
        let cells = titles.iter().flat_map(|title| {
            let own = found.iter().find(|own| own.title() == *title);
            [own.map(|own| own.value), own.map(|own| own.error)]
                .map(|n| n.map(super::plot::exact).unwrap_or_default())
        });
        row.values.iter().cloned().chain([row.ending().word().into()]).chain(cells).collect()
    };
    let rows = sweep.rows.iter().zip(quantities).map(row);
    table(&[head].into_iter().chain(rows).collect::<Vec<Vec<String>>>())
}

fn page(sweep: &Sweep, quantities: &[Vec<Quantity>], titles: &[String], figures: &[Figure]) -> String {
    let Sweep { name, keys, rows, command } = sweep;
    let ending = rows.iter().map(SweepRow::ending).max().unwrap_or(Ending::Pass);
    document(
        &format!("{name}: sweep"),
        html! {
            header {
                h1 { (name) " over " (keys.join(", ")) " " (badge(ending)) }
                p { (rows.len()) " runs. " a href="sweep.csv" { "sweep.csv" } " has the table in all digits." }
            }
            section #figures { h2 { "Pictures" } (pictures(figures, true)) }
            section #runs {
                h2 { "Runs" }
                div.scroll { table {
                    thead { tr {
                        @for key in keys { th.number scope="col" { (key) } }
                        th scope="col" { "Verdict" }
                        @for title in titles { th.number scope="col" { (title) } }
                    } }
                    tbody { @for (row, found) in rows.iter().zip(quantities) { tr {
                        @for (k, value) in row.values.iter().enumerate() {
                            @let link = format!("{}/report.html", row.folder);
                            th.number scope="row" { @if k == 0 { a href=(link) { (value) } } @else { (value) } }
                        }
                        td { (badge(row.ending())) }
                        @for title in titles {
                            td.number { (found.iter().find(|own| own.title() == *title).map_or("", |own| &own.shown)) }
                        }
                    } } }
                } }
            }
            section #facts { h2 { "How to repeat it" } p { code { (command) } } }
        },
    )
}

/// A picture for each quantity: against the first key, a line for each method and value of the others.
fn figures(sweep: &Sweep, quantities: &[Vec<Quantity>]) -> Vec<Figure> {
    let mut names: Vec<&String> = Vec::new();
    for name in quantities.iter().flatten().map(|own| &own.name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (places, scale) = places(sweep);
    let figure = |(number, name): (usize, &String)| {
        let mut lines: Vec<SweepLine> = Vec::new();
        for ((row, found), place) in sweep.rows.iter().zip(quantities).zip(&places) {
            for own in found.iter().filter(|own| own.name == *name) {
                let others = sweep.keys.iter().zip(&row.values).skip(1).map(|(key, value)| {
                    let key = key.rsplit('.').next().unwrap_or(key);
                    format!(", {key} = {value}")
                });
                let label = own.method.clone() + &others.collect::<String>();
                let at = lines.iter().position(|line| line.label == label).unwrap_or_else(|| {
                    let look = if own.method == "grid" { SweepLook::Hollow } else { SweepLook::Filled };
                    let group = lines.len();
                    lines.push(SweepLine {
                        label,
                        x: Vec::new(),
                        y: Vec::new(),
                        stderr: Vec::new(),
                        group,
                        look,
                    });
                    group
                });
                lines[at].x.push(*place);
                lines[at].y.push(own.value);
                // Bars are of 1.96 standard errors; that of a grid is its error.
                let scale = if own.method == "grid" { NORMAL_95 } else { 1.0 };
                lines[at].stderr.push(own.error / scale);
            }
        }
        let id = if number == 0 { "sweep".into() } else { format!("sweep-{}", number + 1) };
        let caption = "Bars: 95 % intervals of particles and studies, errors of the grid.".into();
        let (x_name, y_name) = (sweep.keys.first().cloned().unwrap_or_default(), name.clone());
        let plot = SweepPlot { logarithmic: false, zero: false, scale: scale.clone(), x_name, y_name, lines };
        Figure { id, title: name.clone(), caption, plot: Plot::Sweep(plot) }
    };
    names.into_iter().take(PICTURES).enumerate().map(figure).collect()
}

/// Where each run stands along the first key.
fn places(sweep: &Sweep) -> (Vec<f64>, SweepScale) {
    let first = || sweep.rows.iter().filter_map(|row| row.values.first());
    let numbers: Vec<f64> = first().filter_map(|value| value.parse().ok()).collect();
    if numbers.len() == sweep.rows.len() {
        let [low, high] = [f64::min, f64::max].map(|of| numbers.iter().copied().reduce(of).unwrap_or(1.0));
        let wide = low > 0.0 && high >= WIDE * low;
        return (numbers, if wide { SweepScale::Logarithmic } else { SweepScale::Linear });
    }
    let mut names: Vec<String> = Vec::new();
    let place = |value: &String| {
        let at = names.iter().position(|name| name == value).unwrap_or_else(|| {
            names.push(value.clone());
            names.len() - 1
        });
        (at + 1) as f64
    };
    let places = first().map(place).collect();
    (places, SweepScale::Named(names))
}
