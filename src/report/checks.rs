//! The table of everything that was checked.

use crate::format::significant;
use crate::study::Ending;
use crate::study::findings::{Check, Findings, StudyFindings};
use maud::{Markup, html};

/// What was checked, a row for each study and each check: what did not pass, the gravest first, and what passed.
pub fn checked(findings: &Findings) -> (Vec<Markup>, Vec<Markup>) {
    let mut rows: Vec<(Ending, Markup)> = Vec::new();
    rows.extend(findings.studies.iter().map(|study| (Ending::from(study.verdict), study_row(study))));
    rows.extend(findings.checks.iter().map(|check| (check.ending(), check_row(check))));
    rows.sort_by_key(|(ending, _)| std::cmp::Reverse(*ending));
    let exceptions = rows.partition_point(|(ending, _)| *ending != Ending::Pass);
    let passed = rows.split_off(exceptions);
    let markup = |rows: Vec<(Ending, Markup)>| rows.into_iter().map(|(_, row)| row).collect();
    (markup(rows), markup(passed))
}

/// Rows of what was checked as a table.
pub fn table(rows: &[Markup]) -> Markup {
    html! {
        table.cards {
            thead { tr {
                th scope="col" { "Verdict" }
                th scope="col" { "What" }
                th scope="col" { "Found" }
                th scope="col" { "Held against" }
                th scope="col" { "Why" }
            } }
            tbody {
                @for row in rows { (row) }
            }
        }
    }
}

fn study_row(study: &StudyFindings) -> Markup {
    let outcome = &study.outcome;
    let needed = outcome
        .paths_needed()
        .map(|paths| format!("about {} paths would settle it", significant(paths as f64, 2)));
    html! {
        tr {
            td { (badge(study.verdict.into())) }
            th scope="row" { (outcome.subject()) }
            td data-label="Found" { (outcome.found()) }
            td data-label="Held against" { (outcome.claim()) }
            td.why {
                (study.why)
                @if let Some(needed) = needed { " — " (needed) }
            }
        }
    }
}

fn check_row(check: &Check) -> Markup {
    html! {
        tr {
            td { (badge(check.ending())) }
            th scope="row" { (check.name) }
            td data-label="Found" { (check.found()) }
            td data-label="Held against" { (check.claim()) }
            td.why { (check.why) }
        }
    }
}

/// A verdict in its colour.
pub fn badge(ending: Ending) -> Markup {
    let word = ending.word();
    html! { span class={ "badge " (word) } { (word) } }
}
