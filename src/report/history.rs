//! history.html: the measured orders over the updates of the baselines.

use super::page::{document, small_pictures};
use super::plot::NORMAL_95;
use crate::statistics::Interval;
use crate::study::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use crate::study::findings::{Findings, StudyFindings};
use crate::study::order::OrderFindings;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An order as it was measured when a baseline was stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// Which update of the scenario's baseline, from 1 on.
    pub update: usize,
    /// Version of wfr.
    pub version: String,
    /// The day, as 2026-11-30; not known of early updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Why the baseline was stored anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Name of the scenario.
    pub scenario: String,
    /// Scheme or discretisation, with its weight rule and the observable.
    pub subject: String,
    /// How it was measured, as in result.json.
    pub method: String,
    /// The claimed order.
    pub expected: u32,
    /// The fitted order with its 95 % interval.
    pub order: Interval,
}

impl OrderRecord {
    /// The orders that a run measured; `stored` has the day and the reason of an update.
    pub fn of(findings: &Findings, update: usize, stored: Option<(&str, &str)>) -> Vec<Self> {
        let record = |found: &OrderFindings| {
            let weight = found.weight.as_ref().map(|weight| format!(", {weight} weight"));
            Some(Self {
                update,
                version: env!("CARGO_PKG_VERSION").into(),
                date: stored.map(|(date, _)| date.into()),
                reason: stored.map(|(_, reason)| reason.into()),
                scenario: findings.name.clone(),
                subject: format!("{}{} ({})", found.scheme, weight.unwrap_or_default(), found.observable),
                method: found.method.name().into(),
                expected: found.expected,
                order: found.order?,
            })
        };
        let orders = findings.studies.iter().filter_map(StudyFindings::outcome_as::<OrderFindings>);
        orders.filter(|order| !order.steps.is_empty()).filter_map(record).collect()
    }
}

/// One picture for each scenario, of what its measured orders have beyond the claimed ones.
pub fn figures(records: &[OrderRecord]) -> Vec<Figure> {
    let mut scenarios: BTreeMap<&str, Vec<&OrderRecord>> = BTreeMap::new();
    for record in records {
        scenarios.entry(&record.scenario).or_default().push(record);
    }
    scenarios.into_iter().map(|(scenario, records)| figure(scenario, &records)).collect()
}

fn figure(scenario: &str, records: &[&OrderRecord]) -> Figure {
    let mut series: BTreeMap<(&str, &str), Vec<&OrderRecord>> = BTreeMap::new();
    for record in records {
        series.entry((&record.subject, &record.method)).or_default().push(record);
    }
    let count = series.len() as f64;
    let line =
        |(group, ((subject, method), records)): (usize, ((&str, &str), Vec<&OrderRecord>))| SweepLine {
            label: format!("{subject}, {method}"),
            // Side by side, so that bars of one update do not cover each other.
            x: records
                .iter()
                .map(|record| record.update as f64 + 0.6 * (group as f64 + 0.5) / count - 0.3)
                .collect(),
            y: records.iter().map(|record| record.order.estimate - f64::from(record.expected)).collect(),
            stderr: records
                .iter()
                .map(|record| 0.5 * (record.order.upper - record.order.lower) / NORMAL_95)
                .collect(),
            group,
            look: SweepLook::Filled,
        };
    let updates: BTreeMap<usize, &OrderRecord> =
        records.iter().map(|record| (record.update, *record)).collect();
    let last = updates.keys().max().copied().unwrap_or(0);
    // This run stores nothing, so that it has no date.
    let place = |update| match updates.get(&update) {
        Some(record) if update == last && record.date.is_none() => "now".to_string(),
        _ => update.to_string(),
    };
    let names = (1..=last).map(place).collect();
    Figure {
        id: format!("history-{scenario}"),
        title: scenario.into(),
        caption: "With 95 % intervals.".into(),
        plot: Plot::Sweep(SweepPlot {
            logarithmic: false,
            zero: true,
            scale: SweepScale::Named(names),
            x_name: "update of the baseline".into(),
            y_name: "order − claim".into(),
            lines: series.into_iter().enumerate().map(line).collect(),
        }),
    }
}

/// The text of history.html.
pub fn html(records: &[OrderRecord], figures: &[Figure]) -> String {
    document(
        "Orders over the versions",
        html! {
            header {
                h1 { "Orders over the versions" }
                p {
                    "Measured minus claimed order of " (figures.len()) " scenarios, at every update of the baselines; \"now\" is this run. "
                    a href="index.html" { "All scenarios" }
                }
            }
            section #updates { details { summary { "What the updates were" } (updates(records)) } }
            section #figures { (small_pictures(figures)) }
        },
    )
}

/// A row for every update that some scenarios have had, the first ones first.
fn updates(records: &[OrderRecord]) -> Markup {
    let mut updates: BTreeMap<(usize, &str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    let last = records.iter().map(|record| record.update).max();
    for OrderRecord { update, version, date, reason, scenario, .. } in records {
        let [date, reason] = [date, reason].map(|known| known.as_deref().unwrap_or_default());
        updates.entry((*update, date, version, reason)).or_default().insert(scenario);
    }
    html! {
        table.cards {
            thead { tr {
                th.number scope="col" { "Update" } th scope="col" { "Version" } th scope="col" { "Date" }
                th scope="col" { "Reason" } th.number scope="col" { "Scenarios" }
            } }
            tbody { @for ((update, date, version, reason), scenarios) in updates { tr {
                @let now = date.is_empty() && Some(update) == last;
                th.number scope="row" data-label="Update" { @if now { "now" } @else { (update) } }
                td data-label="Version" { (version) }
                td data-label="Date" { (date) }
                td.why { (reason) }
                td.number data-label="Scenarios" title=(scenarios.iter().copied().collect::<Vec<_>>().join(", ")) { (scenarios.len()) }
            } } }
        }
    }
}
