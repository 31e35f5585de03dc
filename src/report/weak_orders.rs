//! The table of weak orders: every scheme with what each method says about it.

use super::checks::badge;
use crate::format::{interval, significant};
use crate::study::findings::{Findings, StudyFindings};
use crate::study::order::{OrderFindings, OrderMethod};
use crate::study::weak_order;
use maud::{Markup, html};

/// What the methods say of one scheme with one weight rule on one observable.
struct Row<'a> {
    scenario: Option<&'a str>,
    first: &'a OrderFindings,
    methods: Vec<(&'a StudyFindings, &'a OrderFindings)>,
}

impl Row<'_> {
    fn cell(&self, method: OrderMethod, found: impl Fn(&OrderFindings) -> String) -> Markup {
        let own = self.methods.iter().find(|(_, order)| order.method == method);
        html! {
            td data-label=(method.name()) {
                @if let Some((study, order)) = own { (found(order)) " " (badge(study.verdict.into())) }
            }
        }
    }
}

/// What passes.
const RULES: &str = "What passes: a proof of at least the claimed order; local slopes of the noise-free expectation that tend to \
                     the claim or to a higher whole order; constants that agree within their errors; a Monte-Carlo interval with \
                     a half-width of at most 0.25 that holds the claim, or is above it where the noise-free order is, too.";

/// One row for each scheme, weight rule and observable of these scenarios; with their names where given. Nothing if no
/// weak order was studied.
pub fn table(scenarios: &[(Option<&str>, &Findings)]) -> Markup {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (scenario, findings) in scenarios {
        for study in &findings.studies {
            let own = study.outcome_as::<OrderFindings>().filter(|_| study.kind == weak_order::KIND.name);
            let Some(order) = own else { continue };
            let key = |order: &OrderFindings| {
                (order.scheme.clone(), order.weight.clone(), order.observable.clone())
            };
            let same = |row: &&mut Row<'_>| row.scenario == *scenario && key(row.first) == key(order);
            match rows.iter_mut().find(same) {
                Some(row) => row.methods.push((study, order)),
                None => rows.push(Row { scenario: *scenario, first: order, methods: vec![(study, order)] }),
            }
        }
    }
    let predicted =
        rows.iter().any(|row| row.methods.iter().any(|(_, order)| order.method == OrderMethod::Prediction));
    let named = scenarios.iter().any(|(scenario, _)| scenario.is_some());
    html! {
        @if !rows.is_empty() {
            table.cards {
                caption { "Weak orders: what each method says of every claim" }
                thead { tr {
                    @if named { th scope="col" { "Scenario" } }
                    th scope="col" { "Scheme" }
                    th scope="col" { "Observable" }
                    th scope="col" { "Claim" }
                    th scope="col" { "Proof" }
                    th scope="col" { "Noise-free expectation, all local slopes" }
                    @if predicted { th scope="col" { "Constant: predicted, noise-free" } }
                    th scope="col" { "Monte Carlo, 95 %" }
                } }
                tbody { @for row in &rows { tr {
                    @if named { td data-label="Scenario" { (row.scenario.unwrap_or_default()) } }
                    th scope="row" { (row.first.scheme) @if let Some(weight) = &row.first.weight { ", " (weight) } }
                    td data-label="Observable" { code { (row.first.observable) } }
                    td data-label="Claim" { (row.first.expected) }
                    (row.cell(OrderMethod::Proof, |order| order.order.map_or_else(String::new, |o| significant(o.estimate, 1))))
                    (row.cell(OrderMethod::Law, fitted))
                    @if predicted { (row.cell(OrderMethod::Prediction, constants)) }
                    (row.cell(OrderMethod::MonteCarlo, fitted))
                } } }
            }
            p.note { (RULES) }
        }
    }
}

/// C in C·hᵖ as it was predicted, and as the law tends to it.
fn constants(order: &OrderFindings) -> String {
    let both = order.constant.and_then(|found| Some((found.predicted?, found.measured)));
    both.map_or_else(String::new, |(predicted, measured)| {
        format!("{}, {}", significant(predicted, 4), significant(measured, 4))
    })
}

/// The fitted order with its interval.
fn fitted(order: &OrderFindings) -> String {
    order.order.as_ref().map_or_else(String::new, interval)
}
