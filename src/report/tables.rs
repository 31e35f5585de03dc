//! The tables of report.html.

use crate::format::{count, number, seconds, short, significant, with_error};
use crate::study::Table;
use crate::study::findings::{Findings, GridFindings, ParticleFindings};
use maud::{Markup, html};
use std::time::Duration;

/// Grid and particles side by side, by observable.
pub fn observables(findings: &Findings) -> Markup {
    let grid = findings.grid.as_ref().map(|grid| &grid.observables);
    let particles = findings.particles.as_ref().map(|particles| &particles.observables);
    let names = findings.observables();
    let with_bias = particles.is_some_and(|all| all.values().any(|estimate| estimate.bias.is_some()));
    let time =
        findings.grid.as_ref().map(|grid| grid.time).or(findings.particles.as_ref().map(|found| found.time));
    html! {
        @if !names.is_empty() {
            div.scroll { table.stacks {
                caption {
                    "Observables"
                    @if let Some(time) = time { " at t = " (number(time)) }
                }
                thead { tr {
                    th scope="col" { "observable" }
                    @if grid.is_some() { th.number scope="col" { "grid ± error" } }
                    @if particles.is_some() { th.number scope="col" { "particles ± standard error" } }
                    @if with_bias { th.number scope="col" { "bias by the time step" } }
                } }
                tbody { @for name in &names { tr {
                    th scope="row" { code { (name) } }
                    @if let Some(grid) = grid {
                        td.number data-label="grid" { @if let Some(found) = grid.get(*name) { (with_error(found.value, found.error)) } }
                    }
                    @if let Some(particles) = particles {
                        @let found = particles.get(*name);
                        td.number data-label="particles" { @if let Some(found) = found { (with_error(found.value, found.stderr)) } }
                        @if with_bias {
                            td.number data-label="bias by the time step" { @if let Some(bias) = found.and_then(|found| found.bias) {
                                (with_error(bias, found.and_then(|found| found.bias_stderr).unwrap_or(0.0)))
                            } }
                        }
                    }
                } } }
            } }
            p.note { (legend(findings, with_bias)) }
        }
    }
}

/// What "±" means beside the values.
fn legend(findings: &Findings, with_bias: bool) -> String {
    let grid = "Grid: ± is an estimate of the error, from coarser grids and steps, and no bound.";
    let particles = "Particles: ± is one standard error; 95 % bands in pictures are 1.96 times as wide.";
    let bias = "The bias by the time step is still in the values of the particles; checks subtract it.";
    let notes =
        [(findings.grid.is_some(), grid), (findings.particles.is_some(), particles), (with_bias, bias)];
    notes.into_iter().filter(|(there, _)| *there).map(|(_, note)| note).collect::<Vec<_>>().join(" ")
}

/// What else is known of the grid solution.
pub fn grid(grid: &GridFindings) -> Markup {
    html! {
        div.scroll { table {
            caption { "Grid solution at t = " (number(grid.time)) }
            tbody {
                (row("mass ∫ρ", &with_error(grid.mass, grid.mass_error)))
                @if let Some(absorbed) = grid.absorbed {
                    (row("absorbed by the sides", &with_error(absorbed, grid.absorbed_error.unwrap_or(0.0))))
                }
                (row("log ∫ρ", &with_error(grid.log_normalizer, grid.log_normalizer_error)))
                (row("smallest value of ρ", &short(grid.minimum)))
                @if let Some(kl) = grid.kl {
                    (row("KL(ρ | π)", &with_error(kl, grid.kl_error.unwrap_or(0.0))))
                }
            }
        } }
    }
}

/// What else is known of the particles.
pub fn particles(particles: &ParticleFindings) -> Markup {
    let share = 100.0 * particles.ess / particles.count as f64;
    html! {
        div.scroll { table {
            caption { "Particles at t = " (number(particles.time)) }
            tbody {
                (row("number", &count(particles.count)))
                @if let Some(replicates) = particles.replicates {
                    (row("independent ensembles", &count(replicates)))
                }
                (row("effective sample size", &format!("{} ({} %)", significant(particles.ess, 6), short(share))))
                (row("e^entropy of the weights", &significant(particles.weight_entropy.exp(), 6)))
                (row("ancestors at time 0", &count(particles.ancestors)))
                (row("resamplings per island", &short(particles.resamplings)))
                (row("replacements per particle", &short(particles.replacements)))
                // The mean of equal weights is 1 to rounding.
                @if particles.log_normalizer.abs() > 1e-12 {
                    (row("log of the mean weight", &with_error(particles.log_normalizer, particles.log_normalizer_stderr)))
                }
                @if let (Some(evidence), Some(stderr)) = (particles.log_evidence, particles.log_evidence_stderr) {
                    (row("log ∫e^{−V}", &with_error(evidence, stderr)))
                }
            }
        } }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td.number { (value) } } }
}

/// A table of a study.
pub fn table(table: &Table) -> Markup {
    let columns = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(2).max(table.columns.len());
    html! {
        div.wide[columns > 4 || table.text] {
            div.scroll { table.stacks[columns > 4].text[table.text] {
            caption { (table.caption) }
            @if !table.columns.is_empty() {
                thead { tr { @for (k, column) in table.columns.iter().enumerate() {
                    th.number[k > 0] scope="col" { (column) }
                } } }
            }
            tbody { @for row in &table.rows { tr.fitted[row.marked] {
                @for (k, cell) in row.cells.iter().enumerate() {
                    @if k == 0 { th scope="row" data-label=[table.columns.first()] { (cell) } }
                    @else { td.number[!table.text] data-label=[table.columns.get(k)] { (cell) } }
                }
            } } }
            @if !table.foot.is_empty() {
                tfoot { @for [name, value] in &table.foot { tr {
                    th scope="row" colspan=(columns - columns / 2) { (name) }
                    td.number colspan=(columns / 2) { (value) }
                } } }
            }
            } }
            @if !table.note.is_empty() { p.note { (table.note) } }
        }
    }
}

/// Wall-clock times, with their sum.
pub fn timings(timings: &[(String, Duration)]) -> Markup {
    let total: Duration = timings.iter().map(|(_, time)| *time).sum();
    html! {
        div.scroll { table {
            caption { "Wall-clock time" }
            tbody { @for (part, time) in timings { (row(part, &seconds(*time))) } }
            tfoot { (row("total", &seconds(total))) }
        } }
    }
}
