//! Reports: what a run leaves behind for scripts ([`result_json`], CSV) and for people (HTML, SVG).
//!
//! [`write()`] makes one scenario's folder, [`write_index`] the page that links several. Nothing here computes:
//! numbers come from [`Findings`], pictures from [`Figure`]s. Only wall-clock times differ between two runs
//! of the same scenario; they appear nowhere but in the element with id "timings".
//!
//! Rooms: `page`, `checks`, `tables` and `weak_orders` are report.html, `index` is index.html, `history` history.html,
//! `summary` puts findings into words, `plot` figures into SVG, `data` is what scripts read, `npz` arrays in bytes, [`files`](crate::files) bytes onto
//! the disk. How one kind of study reads lies with the kind ([`crate::study::Outcome`]).
//!
//! Belongs here: layout, pictures and files. Does not: words and tables of one kind of study, and anything that is computed.

mod checks;
mod data;
mod history;
mod index;
mod npz;
mod page;
mod plot;
mod summary;
mod sweep;
mod tables;
mod weak_orders;

pub use crate::files::WriteError as ReportError;
pub use data::{data_files, path_name, write_arrays, write_particles, write_path, write_series};
pub use history::OrderRecord;
pub use page::html;
pub use plot::{Place, svg};
pub use sweep::{Sweep, SweepRow, unfinished_sweep, write_sweep};

use crate::files::{make_folder, write_atomically};
use crate::folder::Contents;
use crate::study::KINDS;
use crate::study::figure::Figure;
use crate::study::findings::Findings;
use std::path::Path;
use std::time::Duration;

/// The folder of a run.
pub const RUN_FOLDER: Contents =
    Contents { main: "result.json", includes: is_of_a_run, recognises: is_a_result, keeps: false };
/// The folder of several runs, with their index.
pub const INDEX_FOLDER: Contents =
    Contents { main: "index.html", includes: is_of_an_index, recognises: is_a_page, keeps: true };

/// The folder of a sweep, with the folders of its runs.
pub const SWEEP_FOLDER: Contents =
    Contents { main: "sweep.html", includes: is_of_a_sweep, recognises: is_a_page, keeps: false };

/// Beginnings of the names of pictures, tables and arrays, beside the kinds of studies.
const WORDS: [&str; 11] = [
    "density",
    "ess",
    "kl",
    "means",
    "particles",
    "path",
    "quantities",
    "series",
    "share",
    "weights",
    "work",
];

fn is_of_a_run(name: &str) -> bool {
    let Some((stem, "svg" | "pdf" | "csv" | "npz")) = name.rsplit_once('.') else {
        return ["result.json", "report.html"].contains(&name);
    };
    let begins =
        |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    WORDS.into_iter().chain(KINDS.iter().map(|kind| kind.name)).any(begins)
}

fn is_of_an_index(name: &str) -> bool {
    ["index.html", "history.html"].contains(&name)
        || (name.starts_with("history-") && (name.ends_with(".svg") || name.ends_with(".csv")))
}

fn is_of_a_sweep(name: &str) -> bool {
    let Some((stem, "html" | "svg" | "pdf" | "csv")) = name.rsplit_once('.') else { return false };
    stem.strip_prefix("sweep").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whether a text is a result.json.
fn is_a_result(text: &str) -> bool {
    let result: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    result["schema_version"].is_u64() && result["passed"].is_boolean() && result["checks"].is_array()
}

/// Whether an index lies in this folder.
pub fn has_index(dir: &Path) -> bool {
    std::fs::read_to_string(dir.join(INDEX_FOLDER.main)).is_ok_and(|text| is_a_page(&text))
}

fn is_a_page(text: &str) -> bool {
    text.starts_with("<!DOCTYPE html>") && text.contains(page::TITLE_END)
}

/// What report.html shows.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// What was found; also result.json.
    pub findings: &'a Findings,
    /// The pictures, in the order of the page.
    pub figures: &'a [Figure],
    /// The scenario's TOML.
    pub scenario_source: &'a str,
    /// What the scenario is about, in a sentence; may be empty.
    pub sentence: &'a str,
    /// The problem in a few lines with heads; may be empty.
    pub problem: &'a [(&'static str, String)],
    /// Whether the pictures are there as PDF, too: [`write_pdfs`].
    pub pdf: bool,
    /// Names of the files of data beside the page, with what is in them: [`data_files`].
    pub files: &'a [(String, &'static str)],
    /// The address of the index from the page's folder, where there is one.
    pub index: Option<&'a str>,
    /// How the run can be repeated.
    pub facts: Facts,
    /// Wall-clock time of each part.
    pub timings: &'a [(String, Duration)],
}

/// How a run can be repeated.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Version of wfr.
    pub version: String,
    /// Operating system, architecture, number of processors.
    pub machine: String,
    /// Seed of the random streams; `None` where nothing is random.
    pub seed: Option<u64>,
    /// The command line.
    pub command: String,
}

/// One scenario on the index page.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    /// What was found; its `name` is also the name of the folder.
    pub findings: Findings,
    /// The pictures; the first is shown.
    pub figures: Vec<Figure>,
    /// What the scenario is about, in a sentence.
    pub sentence: String,
    /// The heading under which it stands.
    pub group: String,
    /// Wall-clock time of the whole run.
    pub duration: Duration,
}

/// What the index shows.
#[derive(Clone, Debug, Default)]
pub struct Index<'a> {
    /// What the scenarios are of, for the title; may be empty.
    pub of: &'a str,
    /// Whether another index lies in the folder above.
    pub above: bool,
    /// The scenarios, in the order of their names.
    pub entries: &'a [IndexEntry],
    /// The orders at every update of the baselines, with those of this run.
    pub orders: &'a [OrderRecord],
    /// Pages to which it links: addresses from its folder, and what they are.
    pub links: &'a [(&'static str, &'static str)],
    /// The day of the run, as 2026-11-30; may be empty.
    pub date: &'a str,
}

/// Writes report.html, the pictures (ID.svg), their data (ID.csv) and result.json into the folder `dir`,
/// which is made if it is missing. Every file is replaced as a whole; result.json comes last, so that
/// whoever sees a new one sees the rest as well.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write(dir: &Path, page: &Page<'_>) -> Result<(), ReportError> {
    make_folder(dir)?;
    write_figures(dir, page.figures)?;
    write_atomically(&dir.join("report.html"), page::html(page))?;
    write_atomically(&dir.join("result.json"), result_json(page.findings))
}

/// Writes index.html into `dir`, beside the scenarios' folders, and history.html with its pictures if there are orders to
/// show.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_index(dir: &Path, index: &Index<'_>) -> Result<(), ReportError> {
    make_folder(dir)?;
    let figures = history::figures(index.orders);
    if !figures.is_empty() {
        write_figures(dir, &figures)?;
        write_atomically(&dir.join("history.html"), history::html(index.orders, &figures))?;
    }
    write_atomically(&dir.join("index.html"), index::html(index, !figures.is_empty()))
}

/// Writes the pictures as ID.pdf into the folder `dir`.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_pdfs(dir: &Path, figures: &[Figure]) -> Result<(), ReportError> {
    make_folder(dir)?;
    for figure in figures {
        write_atomically(&dir.join(format!("{}.pdf", figure.id)), plot::pdf(figure))?;
    }
    Ok(())
}

/// The index.html of a validation that has not come to its end.
pub fn unfinished_index() -> String {
    index::unfinished()
}

/// Writes every picture (ID.svg) and its data (ID.csv).
fn write_figures(dir: &Path, figures: &[Figure]) -> Result<(), ReportError> {
    for figure in figures {
        let picture = plot::svg(figure, plot::Place::File) + "\n";
        write_atomically(&dir.join(format!("{}.svg", figure.id)), picture)?;
        for (name, data) in plot::csv(figure) {
            write_atomically(&dir.join(name), &data)?;
        }
    }
    Ok(())
}

/// The text of result.json: the same bits for the same findings. Numbers that are not finite become null, and what a terminal
/// would obey is escaped.
pub fn result_json(findings: &Findings) -> String {
    let text = serde_json::to_string_pretty(findings).expect("findings are plain data with text keys") + "\n";
    // Those below a space are escaped already; none of these stands outside of a string.
    let obeyed = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(obeyed) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) { shown += &format!("\\u{:04x}", u32::from(c)) } else { shown.push(c) }
    }
    shown
}
