//! report.html: one file that needs nothing else.

use super::summary::paragraph;
use super::{Facts, Page, checks, plot, tables, weak_orders};
use crate::study::figure::Figure;
use crate::study::findings::Findings;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Look of all pages.
const STYLE: &str = include_str!("style.css");

/// What stands behind the title of every page.
const TITLE_BEHIND: &str = " — wfr";
/// By which pages of wfr are known.
pub const TITLE_END: &str = " — wfr</title>";

/// The text of report.html.
pub fn html(page: &Page<'_>) -> String {
    let Page { findings, figures, scenario_source, files: data, facts, timings } = page;
    document(
        &findings.name,
        html! {
            (header(findings))
            @if !findings.studies.is_empty() || !findings.checks.is_empty() {
                section #checks { (checks::checked(findings)) }
            }
            (pictures(figures))
            (numbers(findings))
            (studies(findings))
            @if !findings.warnings.is_empty() {
                section #warnings {
                    h2 { "Warnings" }
                    ul { @for warning in &findings.warnings { li { (warning) } } }
                }
            }
            @if !scenario_source.is_empty() {
                section #scenario {
                    h2 { "Scenario" }
                    pre { code { (scenario_source) } }
                }
            }
            (data_files(data))
            (how_to_repeat(facts))
            @if !timings.is_empty() {
                section #timings { h2 { "Time" } (tables::timings(timings)) }
            }
        },
    )
}

/// A page with the common head.
pub fn document(title: &str, body: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) (TITLE_BEHIND) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    }
    .into_string()
        + "\n"
}

fn header(findings: &Findings) -> Markup {
    html! {
        header {
            h1 { (findings.name) " " (checks::badge(findings.ending())) }
            @if findings.incomplete {
                p.breakdown role="alert" {
                    "The computation broke down before its end"
                    @if let Some(breakdown) = &findings.breakdown { ": " (breakdown) }
                    ". What had been computed until then is shown."
                }
            }
            p { (paragraph(findings)) }
        }
    }
}

/// The pictures with their captions and files.
pub fn pictures(figures: &[Figure]) -> Markup {
    html! {
        @if !figures.is_empty() {
            section #figures {
                h2 { "Pictures" }
                div.figures { @for figure in figures {
                    figure {
                        (PreEscaped(plot::svg(figure, plot::Place::Page)))
                        figcaption {
                            strong { (figure.title) "." } " " (figure.caption)
                            span.files { @for file in files(figure) { " " a href=(file) { (file) } } }
                        }
                    }
                } }
            }
        }
    }
}

/// The files that lie beside the page.
fn files(figure: &Figure) -> impl Iterator<Item = String> {
    let data = plot::csv(figure).into_iter().map(|(name, _)| name);
    [format!("{}.svg", figure.id)].into_iter().chain(data)
}

fn numbers(findings: &Findings) -> Markup {
    html! {
        @if findings.grid.is_some() || findings.particles.is_some() {
            section #values {
                h2 { "Values at the horizon" }
                (tables::observables(findings))
                div.tables {
                    @if let Some(grid) = &findings.grid { (tables::grid(grid)) }
                    @if let Some(particles) = &findings.particles { (tables::particles(particles)) }
                }
            }
        }
        @let orders = weak_orders::table(&[(None, findings)]);
        @if !orders.0.is_empty() { section #orders { h2 { "Orders" } (orders) } }
    }
}

/// The tables of every study.
fn studies(findings: &Findings) -> Markup {
    let all = || findings.studies.iter().map(|study| (study, study.outcome.tables()));
    html! {
        @if all().any(|(_, tables)| !tables.is_empty()) {
            section #studies {
                h2 { "Studies" }
                @for (study, tables) in all().filter(|(_, tables)| !tables.is_empty()) {
                    h3 { (study.outcome.subject()) " " (checks::badge(study.verdict.into())) }
                    div.tables { @for table in &tables { (tables::table(table)) } }
                }
            }
        }
    }
}

/// Links to the files that lie beside the page.
fn data_files(files: &[(String, &'static str)]) -> Markup {
    let all = [("result.json".to_string(), "all values")].into_iter().chain(files.iter().cloned());
    html! {
        section #files {
            h2 { "Files" }
            dl { @for (name, what) in all { dt { a href=(name) { (name) } } dd { (what) } } }
        }
    }
}

fn how_to_repeat(facts: &Facts) -> Markup {
    html! {
        section #facts {
            h2 { "How to repeat it" }
            dl {
                dt { "command" } dd { code { (facts.command) } }
                @if let Some(seed) = facts.seed { dt { "seed" } dd { (seed) } }
                dt { "version" } dd { "wfr " (facts.version) }
                dt { "machine" } dd { (facts.machine) }
            }
        }
    }
}
