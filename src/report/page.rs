//! report.html: one file that needs nothing else.

use super::summary::paragraph;
use super::{Facts, Page, checks, plot, tables, weak_orders};
use crate::study::figure::Figure;
use crate::study::findings::Findings;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Look of all pages.
const STYLE: &str = include_str!("style.css");

/// What pages do beyond being read; it loads nothing.
const SCRIPT: &str = include_str!("script.js");

/// What stands behind the title of every page.
const TITLE_BEHIND: &str = " — wfr";
/// By which pages of wfr are known.
pub const TITLE_END: &str = " — wfr</title>";

/// Pictures that are shown beside the first one; further ones are folded.
const SHOWN: usize = 6;

/// Where thresholds come from.
const THRESHOLDS: &str = "Thresholds are estimated errors, bounds of rounding, or quantiles of Student's t at which chance \
                          fails one check in 1e9; the last column says which.";

/// The text of report.html.
pub fn html(page: &Page<'_>) -> String {
    let Page { findings, figures, scenario_source, facts, timings, .. } = page;
    let (first, rest) = figures.split_at(figures.len().min(1));
    let (shown, folded) = rest.split_at(rest.len().min(SHOWN));
    let studies = studies(findings);
    document(
        &findings.name,
        html! {
            @if let Some(index) = page.index { nav aria-label="above" { a href=(index) { "← overview" } } }
            (header(page))
            (contents(page, rest, &studies))
            @if !first.is_empty() { section.first #picture { (pictures(first, page.pdf)) } }
            (judged(findings))
            (numbers(findings))
            @if !rest.is_empty() {
                section #figures {
                    h2 { "More pictures" }
                    (pictures(shown, page.pdf))
                    @if !folded.is_empty() {
                        details { summary { (folded.len()) @if folded.len() == 1 { " more picture" } @else { " more pictures" } } (pictures(folded, page.pdf)) }
                    }
                }
            }
            (studies)
            @if !scenario_source.is_empty() {
                section #scenario {
                    h2 { "Scenario" }
                    details { summary { "The scenario's file" } pre { code { (scenario_source) } } }
                }
            }
            (files_beside(page))
            (how_to_repeat(facts, findings))
            @if !timings.is_empty() {
                section #timings { h2 { "Time" } (tables::timings(timings)) }
            }
        },
    )
}

/// Links to the sections.
fn contents(page: &Page<'_>, rest: &[Figure], studies: &Markup) -> Markup {
    let findings = page.findings;
    let judged = !findings.studies.is_empty() || !findings.checks.is_empty() || !findings.warnings.is_empty();
    let values = findings.grid.is_some() || findings.particles.is_some();
    let sections = [
        ("checks", "checks", judged),
        ("values", "values", values),
        ("figures", "pictures", !rest.is_empty()),
        ("studies", "studies", !studies.0.is_empty()),
        ("scenario", "scenario", !page.scenario_source.is_empty()),
        ("files", "files", true),
        ("facts", "how to repeat it", true),
    ];
    html! {
        nav aria-label="contents" {
            @for (id, name, _) in sections.iter().filter(|(.., there)| *there) { a href={ "#" (id) } { (name) } " " }
        }
    }
}

/// What was checked: exceptions and warnings first, what passed folded.
fn judged(findings: &Findings) -> Markup {
    let (exceptions, passed) = checks::checked(findings);
    html! {
        @if !exceptions.is_empty() || !passed.is_empty() || !findings.warnings.is_empty() {
            section #checks {
                h2 { "Checks" }
                @if !exceptions.is_empty() { (checks::table(&exceptions)) }
                @if !findings.warnings.is_empty() {
                    h3 #warnings { "Warnings" }
                    ul { @for warning in &findings.warnings { li { (warning) } } }
                }
                @if !passed.is_empty() {
                    details {
                        summary {
                            @if exceptions.is_empty() { (findings.counts()) } @else { (passed.len()) " passed" }
                        }
                        p.note { (THRESHOLDS) }
                        (checks::table(&passed))
                    }
                }
            }
        }
    }
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
                style { (PreEscaped(STYLE)) (PreEscaped(plot::dark_style("figure"))) }
            }
            body { main { (body) } script { (PreEscaped(SCRIPT)) } }
        }
    }
    .into_string()
        + "\n"
}

fn header(Page { findings, sentence, problem, .. }: &Page<'_>) -> Markup {
    html! {
        header {
            h1 { (findings.name) " " (checks::badge(findings.ending())) }
            @if !sentence.is_empty() { p.sentence { (sentence) } }
            @if !problem.is_empty() { dl { @for (head, line) in *problem { dt { (head) } dd { (line) } } } }
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
pub fn pictures(figures: &[Figure], pdf: bool) -> Markup {
    html! { @if !figures.is_empty() { div.figures { @for figure in figures { (picture(figure, pdf)) } } } }
}

fn picture(figure: &Figure, pdf: bool) -> Markup {
    html! {
        figure id=(figure.id) {
            div data-scale=(scale(figure)) { (PreEscaped(plot::svg(figure, plot::Place::Page))) }
            @if let Some(other) = plot::other_scale(figure) {
                div data-scale=(scale(&other)) hidden { (PreEscaped(plot::svg(&other, plot::Place::Page))) }
            }
            figcaption {
                strong { (figure.title) "." } " " (figure.caption)
                span.files { @for file in files(figure, pdf) { " " a href=(file) { (file) } } }
            }
        }
    }
}

/// Many pictures of one kind.
pub fn small_pictures(figures: &[Figure]) -> Markup {
    html! { div.small.figures { @for figure in figures { (picture(figure, false)) } } }
}

fn scale(figure: &Figure) -> &'static str {
    if plot::logarithmic(figure) { "logarithmic" } else { "linear" }
}

/// The files of a picture that lie beside the page.
fn files(figure: &Figure, pdf: bool) -> impl Iterator<Item = String> {
    let data = plot::csv(figure).into_iter().map(|(name, _)| name);
    let pdf = pdf.then(|| format!("{}.pdf", figure.id));
    [format!("{}.svg", figure.id)].into_iter().chain(pdf).chain(data)
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
    }
}

/// The tables of every study, each folded; nothing where none has more to show than its line among the checks.
fn studies(findings: &Findings) -> Markup {
    let all = || findings.studies.iter().map(|study| (study, study.outcome.tables()));
    let orders = weak_orders::table(&[(None, findings)]);
    if orders.0.is_empty() && all().all(|(_, tables)| tables.is_empty()) {
        return html! {};
    }
    html! {
        section #studies {
            h2 { "Studies" }
            @if !orders.0.is_empty() {
                details #orders open[findings.studies.len() < 16] { summary { "Weak orders by method" } (orders) }
            }
            @for (study, tables) in all().filter(|(_, tables)| !tables.is_empty()) {
                details {
                    summary { (study.outcome.subject()) " " (checks::badge(study.verdict.into())) }
                    div.tables { @for table in &tables { (tables::table(table)) } }
                }
            }
        }
    }
}

/// Links to all files that lie beside the page.
fn files_beside(page: &Page<'_>) -> Markup {
    let whole = [("result.json".to_string(), "all values")];
    html! {
        section #files {
            h2 { "Files" }
            dl { @for (name, what) in whole.iter().chain(page.files) {
                dt { a href=(name) { (name) } } dd { (what) }
            } }
            @if !page.figures.is_empty() {
                details {
                    summary { "Pictures and their data" }
                    p.files { @for figure in page.figures { @for file in files(figure, page.pdf) {
                        a href=(file) { (file) } " "
                    } } }
                }
            }
        }
    }
}

fn how_to_repeat(facts: &Facts, findings: &Findings) -> Markup {
    html! {
        section #facts {
            h2 { "How to repeat it" }
            dl {
                dt { "command" } dd { code { (facts.command) } }
                @if let Some(seed) = facts.seed { dt { "seed" } dd { (seed) } }
                dt { "version" } dd { "wfr " (facts.version) @if let Some(commit) = &findings.origin.commit { ", commit " (commit) } }
                dt { "machine" } dd { (facts.machine) }
            }
        }
    }
}
