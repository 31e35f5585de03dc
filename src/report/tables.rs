//! The tables of report.html.

use super::checks::{badge, expected_rate};
use super::format::{count, interval, number, seconds, short, signed, significant, steps, with_error};
use super::plot::NORMAL_95;
use super::summary::subject;
use crate::study::findings::{
    DecayFindings, Findings, GridEstimate, GridFindings, OrderFindings, Outcome, ParticleFindings,
    SpectrumFindings, StudyFindings, TargetEstimate, TargetLawFindings, WorkPrecisionFindings,
};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Grid and particles side by side, by observable.
pub fn observables(findings: &Findings) -> Markup {
    let grid = findings.grid.as_ref().map(|grid| &grid.observables);
    let particles = findings.particles.as_ref().map(|particles| &particles.observables);
    let names: BTreeSet<&String> = grid
        .into_iter()
        .flat_map(BTreeMap::keys)
        .chain(particles.into_iter().flat_map(BTreeMap::keys))
        .collect();
    let z_scores = findings.studies.iter().find_map(|study| match &study.outcome {
        Outcome::Compare(compare) => Some(&compare.z_scores),
        _ => None,
    });
    let with_bias = particles.is_some_and(|all| all.values().any(|estimate| estimate.bias.is_some()));
    let time =
        findings.grid.as_ref().map(|grid| grid.time).or(findings.particles.as_ref().map(|found| found.time));
    html! {
        @if !names.is_empty() {
            div.scroll { table {
                caption {
                    "Observables"
                    @if let Some(time) = time { " at t = " (number(time)) }
                }
                thead { tr {
                    th scope="col" { "observable" }
                    @if grid.is_some() { th.number scope="col" { "grid ± error" } }
                    @if particles.is_some() { th.number scope="col" { "particles ± standard error" } }
                    @if with_bias { th.number scope="col" { "bias by the time step" } }
                    @if z_scores.is_some() { th.number scope="col" { "difference (z)" } }
                } }
                tbody { @for name in &names { tr {
                    th scope="row" { code { (name) } }
                    @if let Some(grid) = grid {
                        td.number { @if let Some(found) = grid.get(*name) { (with_error(found.value, found.error)) } }
                    }
                    @if let Some(particles) = particles {
                        @let found = particles.get(*name);
                        td.number { @if let Some(found) = found { (with_error(found.value, found.stderr)) } }
                        @if with_bias {
                            td.number { @if let Some(bias) = found.and_then(|found| found.bias) {
                                (with_error(bias, found.and_then(|found| found.bias_stderr).unwrap_or(0.0)))
                            } }
                        }
                    }
                    @if let Some(z_scores) = z_scores {
                        td.number { @if let Some(z) = z_scores.get(*name) { (significant(*z, 2)) } }
                    }
                } } }
            } }
            @if z_scores.is_some() {
                p.note {
                    "z: (particles − bias − grid) in standard errors, beyond what the grid's error and the next order of the bias allow."
                }
            }
        }
    }
}

/// What else is known of the grid solution.
pub fn grid(grid: &GridFindings) -> Markup {
    html! {
        div.scroll { table {
            caption { "Grid solution at t = " (number(grid.time)) }
            tbody {
                (row("mass ∫ρ", &significant(grid.mass, 12)))
                @if let Some(absorbed) = grid.absorbed {
                    (row("absorbed by the sides", &significant(absorbed, 12)))
                }
                (row("log ∫ρ", &number(grid.log_normalizer)))
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
                (row("log of the mean weight", &with_error(particles.log_normalizer, particles.log_normalizer_stderr)))
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

/// One order study: its points, and what was fitted to them.
pub fn order(study: &StudyFindings, order: &OrderFindings) -> Markup {
    let fitted = order.fitted_from..order.fitted_to;
    let steps = steps(&order.steps);
    let noisy = order.stderrs.iter().any(|noise| *noise != 0.0);
    let foot = |name: &str, value: &str| {
        let rest = if noisy { 2 } else { 1 };
        html! { tr { th scope="row" colspan="2" { (name) } td.number colspan=(rest) { (value) } } }
    };
    html! {
        div.scroll { table.narrow {
            caption { (subject(&study.outcome)) " " (badge(study.verdict.into())) }
            thead { tr {
                th.number scope="col" { "step" }
                th.number scope="col" { "error" }
                @if noisy { th.number scope="col" { "std. error" } }
                th.number scope="col" { "local order" }
            } }
            tbody { @for (k, step) in steps.iter().enumerate() {
                tr.fitted[fitted.contains(&k)] {
                    td.number { (step) }
                    td.number { @if let Some(error) = order.errors.get(k) { (significant(*error, 4)) } }
                    @if noisy {
                        td.number { @if let Some(noise) = order.stderrs.get(k) { (significant(*noise, 2)) } }
                    }
                    td.number { @match local_order(order, k) {
                        Some(local) => (signed(&format!("{local:.2}"))),
                        None => "",
                    } }
                }
            } }
            tfoot {
                (foot("fitted order (95\u{a0}%)", &order.order.as_ref().map_or_else(|| "none".into(), interval)))
                (foot("claimed order", &order.expected.to_string()))
                @if let Some(constant) = order.constant {
                    (foot("constant C in C·hᵖ", &significant(constant.measured, 4)))
                    @if let Some(predicted) = constant.predicted {
                        (foot("predicted constant", &significant(predicted, 4)))
                    }
                }
                @if let Some(estimator) = order.estimator { (foot("estimator", estimator)) }
                @if let Some(paths) = order.paths { (foot("paths", &count(paths))) }
                @if let Some(paths) = order.paths_needed {
                    (foot("paths needed", &significant(paths as f64, 2)))
                }
            }
        } }
    }
}

/// The slope to a step from the one before it.
fn local_order(order: &OrderFindings, k: usize) -> Option<f64> {
    let slope = order.local_orders.get(k.checked_sub(1)?)?;
    slope.filter(|slope| slope.is_finite())
}

/// Eigenvalues.
pub fn spectrum(spectrum: &SpectrumFindings) -> Markup {
    html! {
        div.scroll { table {
            caption { "Smallest eigenvalues of −L" }
            thead { tr { th.number scope="col" { "k" } th.number scope="col" { "λₖ ± error" } } }
            tbody { @for (k, eigenvalue) in spectrum.eigenvalues.iter().enumerate() {
                tr { td.number { (k) } td.number {
                    (with_error(eigenvalue.value, eigenvalue.error))
                    @if let Some(imaginary) = eigenvalue.imaginary { " + " (with_error(imaginary, eigenvalue.error)) "i" }
                } }
            } }
            @if spectrum.curvature.is_some() || spectrum.eyring_kramers.is_some() {
                tfoot {
                    @if let Some(curvature) = spectrum.curvature {
                        (row("Bakry–Émery: λ₁ ≥ min λ(∇²V), if positive", &number(curvature)))
                    }
                    @if let Some(value) = spectrum.eyring_kramers { (row("Eyring–Kramers: λ₁ ≈", &number(value))) }
                }
            }
        } }
    }
}

/// A corrected reverse diffusion and its target.
pub fn target_law(target: &TargetLawFindings, particles: Option<&ParticleFindings>) -> Markup {
    let log = particles.map(|found| with_error(found.log_normalizer, found.log_normalizer_stderr));
    let on_grid = target.log_normalizer_grid.is_some();
    let estimate = |own: GridEstimate| with_error(own.value, own.error);
    html! {
        div.scroll { table {
            caption { "The law at the data" }
            thead { tr {
                th scope="col" { "observable" }
                th.number scope="col" { "target ± error" }
                @if on_grid { th.number scope="col" { "grid, corrected" } }
                th.number scope="col" { "paths, corrected ± standard error" }
                th.number scope="col" { "z to target" }
                @if on_grid { th.number scope="col" { "grid, uncorrected" } }
                th.number scope="col" { "paths, uncorrected ± standard error" }
                th.number scope="col" { "z to target" }
                @if on_grid { th.number scope="col" { "z to grid" } }
            } }
            tbody {
                @for (name, own) in &target.observables { tr {
                    th scope="row" { code { (name) } }
                    td.number { (with_error(own.exact, own.exact_error)) }
                    @if on_grid { td.number { (own.grid.map_or_else(String::new, |grid| estimate(grid.corrected))) } }
                    td.number { @if let Some(found) = particles.and_then(|all| all.observables.get(name)) {
                        (with_error(found.value, found.stderr))
                    } }
                    td.number { (significant(own.z, 2)) }
                    @if on_grid { td.number { (own.grid.map_or_else(String::new, |grid| estimate(grid.uncorrected))) } }
                    td.number { (with_error(own.uncorrected, own.uncorrected_stderr)) }
                    td.number { (significant(own.miss, 3)) }
                    @if on_grid { td.number {
                        (own.grid.map_or_else(String::new, |grid| significant(grid.uncorrected_z, 2)))
                    } }
                } }
                tr {
                    th scope="row" { "log ∫Π q^β eʳ" }
                    td.number { (with_error(target.log_normalizer, target.log_normalizer_error)) }
                    @if on_grid { td.number { (target.log_normalizer_grid.map_or_else(String::new, estimate)) } }
                    td.number { (log.unwrap_or_default()) }
                    td.number { (significant(target.log_normalizer_z, 2)) }
                    @if on_grid { td.number { } }
                    td.number { } td.number { }
                    @if on_grid { td.number { } }
                }
            }
        } }
        div.scroll { table {
            caption { "Bias: mean under the paths minus that under the target, with 95 % bands" }
            thead { tr {
                th scope="col" { "observable" }
                th.number scope="col" { "corrected" }
                th.number scope="col" { "uncorrected" }
            } }
            tbody { @for (name, own) in &target.observables { tr {
                th scope="row" { code { (name) } }
                td.number { @if let Some(found) = particles.and_then(|all| all.observables.get(name)) {
                    (bias((found.value, found.stderr), own))
                } }
                td.number { (bias((own.uncorrected, own.uncorrected_stderr), own)) }
            } } }
        } }
    }
}

/// A bias and the half-width of its 95 % band.
fn bias((value, stderr): (f64, f64), own: &TargetEstimate) -> String {
    with_error(value - own.exact, NORMAL_95 * stderr + own.exact_error)
}

/// The rate of decay.
pub fn decay(decay: &DecayFindings) -> Markup {
    html! {
        div.scroll { table {
            caption { "Late-time decay of KL" }
            tbody {
                (row("rate (interval)", &interval(&decay.rate)))
                @if let Some(expected) = decay.expected { (row("expected", &expected_rate(expected))) }
            }
        } }
    }
}

/// Passes of each method for the accuracy.
pub fn work_precision(work: &WorkPrecisionFindings) -> Markup {
    let title = format!("Passes over the cells for an error in time of {}", number(work.accuracy));
    html! {
        div.scroll { table {
            caption { (title) }
            tbody { @for line in &work.lines {
                @let passes = line.passes_to_accuracy.map_or_else(|| "not reached".into(), |passes| format!("{passes:.0}"));
                @let refused = if line.refused.is_some() { ", longer steps break down" } else { "" };
                (row(&line.method, &format!("{passes}{refused}")))
            } }
        } }
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
