//! report.html: one file that needs nothing else.

use super::summary::{Ending, paragraph, subject};
use super::{Facts, Page, barrier, checks, levels, plot, tables, witnesses};
use crate::study::figure::Figure;
use crate::study::findings::{Findings, OrderFindings, Outcome, StudyFindings};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Look of all pages.
const STYLE: &str = include_str!("style.css");

/// The text of report.html.
pub fn html(page: &Page<'_>) -> String {
    let Page { findings, figures, scenario_source, facts, timings } = page;
    document(
        &findings.name,
        html! {
            (header(findings))
            @if !findings.studies.is_empty() || !findings.checks.is_empty() {
                section #checks { (checks::checked(findings)) }
            }
            (pictures(figures))
            (numbers(findings))
            (certificates(findings))
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
                title { (title) " — wfr" }
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
            h1 { (findings.name) " " (checks::badge(Ending::of(findings))) }
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
    let orders = || findings.studies.iter().filter_map(|study| Some((study, measured_order(study)?)));
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
        @if orders().next().is_some() {
            section #orders {
                h2 { "Orders" }
                (witnesses::table(&[(None, findings)]))
                p.note { "Errors are numerical minus exact. Shaded steps were fitted; a local order is the slope from the step above." }
                div.tables { @for (study, order) in orders() { (tables::order(study, order)) } }
            }
        }
        @let levels: Vec<Markup> = findings.studies.iter().filter_map(levels::tables).collect();
        @if !levels.is_empty() {
            section #levels {
                h2 { "Multilevel Monte Carlo" }
                @for tables in &levels { div.tables { (tables) } }
            }
        }
        @for study in &findings.studies {
            @if let Outcome::TargetLaw(target) = &study.outcome {
                section #target-law {
                    h2 { "Target, corrected and uncorrected paths" }
                    (tables::target_law(target, findings.particles.as_ref()))
                }
            }
        }
        @let modes: Vec<Markup> = findings.studies.iter().filter_map(|study| mode(&study.outcome)).collect();
        @if !modes.is_empty() {
            section #modes {
                h2 { "Spectrum and decay" }
                div.tables { @for table in &modes { (table) } }
            }
        }
    }
}

/// The order study of `study`, if it measured points.
pub fn measured_order(study: &StudyFindings) -> Option<&OrderFindings> {
    match &study.outcome {
        Outcome::WeakOrder(order)
        | Outcome::GridOrder(order)
        | Outcome::Manufactured(order)
        | Outcome::EnsembleOrder(order)
            if !order.steps.is_empty() =>
        {
            Some(order)
        }
        _ => None,
    }
}

fn mode(outcome: &Outcome) -> Option<Markup> {
    match outcome {
        Outcome::Spectrum(spectrum) => Some(tables::spectrum(spectrum)),
        Outcome::Decay(decay) => Some(tables::decay(decay)),
        Outcome::Barrier(found) => Some(barrier::table(found)),
        Outcome::WorkPrecision(work) => Some(tables::work_precision(work)),
        _ => None,
    }
}

fn certificates(findings: &Findings) -> Markup {
    let proofs = || {
        findings.studies.iter().filter_map(|study| match &study.outcome {
            Outcome::WeakOrder(order) => Some((study, order, order.certificate.as_ref()?)),
            _ => None,
        })
    };
    html! {
        @if proofs().next().is_some() {
            section #certificates {
                h2 { "Certificates" }
                p.note { "Proved by exact algebra on the code of the scheme that runs: E[one step] − exact, as an operator on φ." }
                @for (study, order, proof) in proofs() {
                    h3 { (subject(&study.outcome)) " " (checks::badge(study.verdict.into())) }
                    dl {
                        dt { "for" } dd { (proof.scope) }
                        dt { "claimed order" } dd { (order.expected) }
                        @for ((d, proved), error) in
                            proof.dimensions.iter().zip(&proof.orders).zip(&proof.leading_errors)
                        {
                            dt { "proved in d = " (d) } dd { "order " (proved) "; leading error " code { (error) } }
                        }
                        dt { "invariant measure" }
                        dd {
                            "order " (proof.invariant_order) " proved (claimed " (proof.claimed_invariant_order)
                            "); source of the bias in d = 1 " code { (proof.invariant_error) }
                        }
                        dt { "source" } dd { (proof.source) }
                    }
                }
            }
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
