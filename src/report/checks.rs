//! The table of everything that was checked.

use super::format::{interval, number, short, significant, with_error};
use super::summary::{Ending, subject};
use crate::study::findings::{Check, Findings, HeightFindings, Outcome, StudyFindings};
use maud::{Markup, html};

/// What was checked: one row for each study and each check, what failed first.
pub fn checked(findings: &Findings) -> Markup {
    let mut rows: Vec<(Ending, Markup)> = Vec::new();
    rows.extend(findings.studies.iter().map(|study| (Ending::from(study.verdict), study_row(study))));
    rows.extend(findings.checks.iter().map(|check| (Ending::from(check), check_row(check))));
    rows.sort_by_key(|(ending, _)| *ending);
    html! {
        table.cards {
            caption { "What was checked" }
            thead { tr {
                th scope="col" { "Verdict" }
                th scope="col" { "What" }
                th scope="col" { "Found" }
                th scope="col" { "Held against" }
                th scope="col" { "Why" }
            } }
            tbody {
                @for (_, row) in &rows { (row) }
            }
        }
    }
}

fn study_row(study: &StudyFindings) -> Markup {
    let (found, claim) = found_and_claim(&study.outcome);
    html! {
        tr {
            td { (badge(study.verdict.into())) }
            th scope="row" { (subject(&study.outcome)) }
            td data-label="Found" { (found) }
            td data-label="Held against" { (claim) }
            td.why {
                (study.why)
                @if let Some(paths) = paths_needed(&study.outcome) { " — " (paths) }
            }
        }
    }
}

fn check_row(check: &Check) -> Markup {
    html! {
        tr {
            td { (badge(check.into())) }
            th scope="row" { (check.name) }
            td data-label="Found" { (short(check.value)) }
            td data-label="Held against" { "at most " (short(check.threshold)) }
            td.why { (check.why) }
        }
    }
}

/// A verdict in its colour.
pub fn badge(ending: Ending) -> Markup {
    let word = ending.word();
    html! { span class={ "badge " (word) } { (word) } }
}

fn found_and_claim(outcome: &Outcome) -> (String, String) {
    match outcome {
        Outcome::Compare(compare) => {
            let w1 = compare.w1.map(|w1| format!("\nW₁ {}", short(w1))).unwrap_or_default();
            let claim = format!("{} by the noise alone", short(compare.total_variation_expected));
            (format!("total variation {}{w1}", short(compare.total_variation)), claim)
        }
        Outcome::WeakOrder(order)
        | Outcome::GridOrder(order)
        | Outcome::Manufactured(order)
        | Outcome::EnsembleOrder(order) => {
            let found = order
                .order
                .as_ref()
                .map_or_else(|| "no order".into(), |order| format!("order {}", interval(order)));
            (found, format!("order {}", order.expected))
        }
        Outcome::Divergences(found) => {
            let each = found.divergences.iter().map(|divergence| match divergence.value {
                Some(value) => format!("{} {}", divergence.name, short(value)),
                None => format!("{} unresolved", divergence.name),
            });
            (each.collect::<Vec<_>>().join("\n"), String::new())
        }
        Outcome::Spectrum(spectrum) => {
            let gap =
                spectrum.eigenvalues.get(1).map(|gap| format!("λ₁ = {}", with_error(gap.value, gap.error)));
            (gap.unwrap_or_default(), "λ₀ = 0".into())
        }
        Outcome::Decay(decay) => {
            (format!("rate {}", interval(&decay.rate)), decay.expected.map(expected_rate).unwrap_or_default())
        }
        Outcome::TargetLaw(target) => {
            let z = target.observables.values().map(|own| own.z).chain([target.log_normalizer_z]);
            let miss = target.observables.values().map(|own| own.miss.abs()).fold(0.0, f64::max);
            let worst = z.map(f64::abs).fold(0.0, f64::max);
            let found = format!("z {} at most\nwithout correction {}", short(worst), short(miss));
            (found, "z 0".into())
        }
        Outcome::Barrier(found) => {
            let range = |rate: fn(&HeightFindings) -> f64| {
                let ends = [found.heights.first(), found.heights.last()];
                ends.map(|end| end.map_or_else(String::new, |height| significant(rate(height), 4)))
                    .join(" to ")
            };
            (
                format!("rate {} with reaction", range(|height| height.wfr.kl)),
                format!("rate {} without", range(|height| height.langevin.kl)),
            )
        }
        Outcome::WorkPrecision(found) => {
            let own = found.lines.first().and_then(|line| line.passes_to_accuracy);
            let claim = format!("error {}", number(found.accuracy));
            (own.map_or_else(|| "not reached".into(), |passes| format!("{passes:.0} passes")), claim)
        }
        Outcome::Multilevel(found) => match found.estimates.last() {
            Some(best) => {
                (with_error(best.value, best.stderr), format!("accuracy {}", number(best.accuracy)))
            }
            None => Default::default(),
        },
    }
}

/// What the rate of decay is held against.
pub fn expected_rate(rate: f64) -> String {
    format!("2(αλ₁ + β) = {}", number(rate))
}

fn paths_needed(outcome: &Outcome) -> Option<String> {
    let needed = match outcome {
        Outcome::WeakOrder(order) => order.paths_needed,
        Outcome::Multilevel(found) => found.paths_needed,
        _ => None,
    };
    needed.map(|paths| format!("about {} paths would settle it", significant(paths as f64, 2)))
}
