//! history.html: the measured orders over the updates of the baselines.

use super::page::{document, pictures};
use super::plot::NORMAL_95;
use crate::statistics::Interval;
use crate::study::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use crate::study::findings::{Findings, StudyFindings};
use crate::study::order::OrderFindings;
use maud::html;
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
    let versions: Vec<String> =
        updates.values().map(|record| format!("{}: {}", record.update, record.version)).collect();
    Figure {
        id: format!("history-{scenario}"),
        title: scenario.into(),
        caption: format!(
            "Measured minus claimed order, with 95 % intervals, at every update of the baseline and in this run (the last). \
             Versions: {}.",
            versions.join(", ")
        ),
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
    let updates: BTreeSet<(&str, usize, &str, &str, &str)> = records
        .iter()
        .map(|record| {
            (
                record.scenario.as_str(),
                record.update,
                record.version.as_str(),
                record.date.as_deref().unwrap_or_default(),
                record.reason.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    document(
        "Orders over the versions",
        html! {
            header {
                h1 { "Orders over the versions" }
                p { "Measured order minus claimed order, at each update of the baselines and now. "
                    a href="index.html" { "All scenarios" } }
            }
            section #figures { (pictures(figures, false)) }
            section #updates {
                h2 { "Updates" }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "scenario" } th.number scope="col" { "update" } th scope="col" { "version" }
                        th scope="col" { "date" } th scope="col" { "reason" }
                    } }
                    tbody { @for (scenario, update, version, date, reason) in updates { tr {
                        th scope="row" { (scenario) } td.number { (update) } td { (version) } td.nowrap { (date) } td { (reason) }
                    } } }
                } }
            }
        },
    )
}
