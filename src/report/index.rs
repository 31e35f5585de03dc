//! index.html: all scenarios at a glance.

use super::page::document;
use super::summary::{counts, worst};
use super::{IndexEntry, checks, weak_orders};
use crate::format::seconds;
use crate::study::Ending;
use maud::{Markup, html};
use std::fmt::Write;
use std::time::Duration;

/// Pictures shown of each scenario.
const THUMBNAILS: usize = 2;

/// The text of index.html; `history` says whether history.html lies beside it.
pub fn html(entries: &[IndexEntry], history: bool) -> String {
    let total: Duration = entries.iter().map(|entry| entry.duration).sum();
    document(
        "Validation",
        html! {
            header {
                h1 { "Validation" }
                p { (overview(entries)) @if history { " " a href="history.html" { "Orders over the versions" } } }
            }
            div.scenarios { @for entry in entries { (card(entry)) } }
            @let scenarios: Vec<_> =
                entries.iter().map(|entry| (Some(entry.findings.name.as_str()), &entry.findings)).collect();
            section #orders { (weak_orders::table(&scenarios)) }
            @if !entries.is_empty() {
                section #timings {
                    h2 { "Time" }
                    div.scroll { table {
                        caption { "Wall-clock time" }
                        tbody { @for entry in entries {
                            tr { th scope="row" { (entry.findings.name) } td.number { (seconds(entry.duration)) } }
                        } }
                        tfoot { tr { th scope="row" { "total" } td.number { (seconds(total)) } } }
                    } }
                }
            }
        },
    )
}

/// The text of index.html until all scenarios are done.
pub fn unfinished() -> String {
    let why = "The validation is running, or was ended from outside: none of it is reported here yet.";
    document("Validation", html! { header { h1 { "Validation" } p role="alert" { (why) } } })
}

fn overview(entries: &[IndexEntry]) -> Markup {
    let count = |ending| entries.iter().filter(|entry| entry.findings.ending() == ending).count();
    let counted = Ending::ALL.map(|ending| (ending, count(ending)));
    html! {
        (entries.len()) @if entries.len() == 1 { " scenario: " } @else { " scenarios: " }
        @for (ending, count) in counted { @if count > 0 { span.tally { (count) " " (checks::badge(ending)) } } }
    }
}

fn card(entry: &IndexEntry) -> Markup {
    let findings = &entry.findings;
    let folder = encoded(&findings.name);
    let page = format!("{folder}/report.html");
    html! {
        article {
            h2 { a href=(page) { (findings.name) } " " (checks::badge(findings.ending())) }
            p {
                (counts(findings))
                @if let Some(breakdown) = &findings.breakdown { " Broke down: " (breakdown) "." }
                @if let Some(worst) = worst(findings) { " " (worst) }
            }
            @if !entry.figures.is_empty() {
                div.thumbnails { @for figure in entry.figures.iter().take(THUMBNAILS) {
                    a href=(page) {
                        img src={ (folder) "/" (figure.id) ".svg" } alt=(figure.title) loading="lazy";
                    }
                } }
            }
        }
    }
}

/// A folder's name as part of a link (RFC 3986).
fn encoded(name: &str) -> String {
    let mut link = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(link, "%{byte:02X}");
        }
    }
    link
}
