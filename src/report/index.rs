//! index.html: all scenarios at a glance.

use super::page::document;
use super::plot::FRAMES;
use super::summary::worst;
use super::{Index, IndexEntry, checks, weak_orders};
use crate::format::seconds;
use crate::study::Ending;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The text of index.html; `history` says whether history.html lies beside it.
pub fn html(index: &Index<'_>, history: bool) -> String {
    let Index { entries, links, .. } = index;
    let mut groups: BTreeMap<&str, Vec<&IndexEntry>> = BTreeMap::new();
    for entry in *entries {
        groups.entry(&entry.group).or_default().push(entry);
    }
    let scenarios: Vec<_> =
        entries.iter().map(|entry| (Some(entry.findings.name.as_str()), &entry.findings)).collect();
    let orders = weak_orders::table(&scenarios);
    let title = if ["", "validation"].contains(&index.of) {
        "Validation".into()
    } else {
        format!("Validation: {}", index.of)
    };
    document(
        &title,
        html! {
            @if index.above { nav aria-label="above" { a href="../index.html" { "← overview" } } }
            header {
                h1 { (title) }
                p { (overview(entries)) }
            }
            nav aria-label="contents" {
                @for (number, group) in groups.keys().enumerate() {
                    a href={ "#group-" (number + 1) } { (group) } " "
                }
                @if history { a href="history.html" { "orders over the versions" } " " }
                @for (link, name) in *links { a href=(link) { (name) } " " }
            }
            @for (number, (group, entries)) in groups.iter().enumerate() {
                section id={ "group-" (number + 1) } {
                    h2 { (group) }
                    div.scenarios { @for entry in entries { (card(entry)) } }
                }
            }
            @if !orders.0.is_empty() {
                section { details #orders { summary { "Weak orders of all scenarios" } (orders) } }
            }
            (times(index))
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

/// What no two runs have in common: the day, and how long everything took.
fn times(Index { entries, date, .. }: &Index<'_>) -> Markup {
    let total: Duration = entries.iter().map(|entry| entry.duration).sum();
    let origin = entries.first().map(|entry| &entry.findings.origin);
    html! {
        @if !entries.is_empty() {
            section #timings {
                h2 { "When and how long" }
                p {
                    @if let Some(origin) = origin {
                        "wfr " (origin.version)
                        @if let Some(commit) = &origin.commit { ", commit " (commit) }
                    }
                    @if !date.is_empty() { ", " (date) }
                    ", " (seconds(total)) " in all."
                }
                details { summary { "Wall-clock time of each scenario" } div.scroll { table {
                    thead { tr { th scope="col" { "scenario" } th.number scope="col" { "time" } } }
                    tbody { @for entry in *entries {
                        tr { th scope="row" { (entry.findings.name) } td.number { (seconds(entry.duration)) } }
                    } }
                } } }
            }
        }
    }
}

fn card(entry: &IndexEntry) -> Markup {
    let findings = &entry.findings;
    let folder = encoded(&findings.name);
    let page = format!("{folder}/report.html");
    let passed = findings.ending() == Ending::Pass;
    html! {
        article {
            h3 {
                a href=(page) { (findings.name) } " " (checks::badge(findings.ending()))
                @match findings.warnings.len() {
                    0 => {}
                    1 => { " " span.quiet { "1 warning" } }
                    n => { " " span.quiet { (n) " warnings" } }
                }
            }
            p {
                (entry.sentence) " "
                (findings.counts()) "."
                @if let Some(breakdown) = &findings.breakdown { " Broke down: " (breakdown) "." }
                @if let Some(worst) = worst(findings).filter(|_| !passed) { " " (worst) }
            }
            @if let Some(figure) = entry.figures.first() {
                a.thumbnail href=(page) {
                    img src={ (folder) "/" (figure.id) ".svg#" (FRAMES) } alt=(figure.title) loading="lazy";
                }
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
