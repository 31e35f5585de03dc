//! The tables of a multilevel Monte-Carlo study.

use super::checks::badge;
use super::format::{count, interval, number, short, significant, steps, with_error};
use super::summary::subject;
use crate::study::findings::{Interval, MultilevelEstimate, MultilevelFindings, Outcome, StudyFindings};
use maud::{Markup, html};

/// The estimates by accuracy, and the levels of the best; nothing for another study.
pub fn tables(study: &StudyFindings) -> Option<Markup> {
    let Outcome::Multilevel(found) = &study.outcome else {
        return None;
    };
    Some(html! {
        (estimates(study, found))
        @if let Some(best) = found.estimates.last() { (levels(found, best)) }
    })
}

fn estimates(study: &StudyFindings, found: &MultilevelFindings) -> Markup {
    html! {
        div.scroll { table {
            caption { (subject(&study.outcome)) " " (badge(study.verdict.into())) }
            thead { tr {
                th.number scope="col" { "accuracy ε" }
                th.number scope="col" { "estimate ± standard error" }
                th.number scope="col" { "bias up to" }
                th.number scope="col" { "levels" }
                th.number scope="col" { "steps" }
                th.number scope="col" { "steps × ε²" }
                th.number scope="col" { "plain / multilevel" }
            } }
            tbody { @for estimate in &found.estimates { tr {
                td.number { (number(estimate.accuracy)) }
                td.number { (with_error(estimate.value, estimate.stderr)) }
                td.number { (significant(estimate.bias, 2)) }
                td.number { (estimate.levels.len()) }
                td.number { (significant(estimate.cost, 2)) }
                td.number { (short(estimate.cost * estimate.accuracy.powi(2))) }
                td.number { (short(estimate.plain_cost / estimate.cost)) }
            } } }
        } }
    }
}

fn levels(found: &MultilevelFindings, best: &MultilevelEstimate) -> Markup {
    let widths: Vec<f64> = best.levels.iter().map(|level| level.step).collect();
    let foot = |name: &str, order: &Option<Interval>| {
        let value = order.as_ref().map_or_else(|| "none".into(), interval);
        html! { tr { th scope="row" colspan="4" { (name) } td.number colspan="2" { (value) } } }
    };
    html! {
        div.scroll { table {
            caption { "Levels for accuracy " (number(best.accuracy)) }
            thead { tr {
                th.number scope="col" { "level" }
                th.number scope="col" { "step" }
                th.number scope="col" { "paths" }
                th.number scope="col" { "mean ± standard error" }
                th.number scope="col" { "variance" }
                th.number scope="col" { "steps a path" }
            } }
            tbody { @for (k, (level, step)) in best.levels.iter().zip(steps(&widths)).enumerate() { tr {
                td.number { (k) }
                td.number { (step) }
                td.number { (count(level.paths)) }
                td.number { (with_error(level.mean, level.mean_stderr)) }
                td.number { (with_error(level.variance, level.variance_stderr)) }
                td.number { (number(level.cost)) }
            } } }
            tfoot {
                (foot("order of the mean in the step (95\u{a0}%)", &found.mean_order))
                (foot("order of the variance (95\u{a0}%)", &found.variance_order))
            }
        } }
    }
}
