//! The table of a barrier sweep.

use super::format::{number, significant, with_error};
use crate::study::findings::{BarrierFindings, HeightFindings};
use maud::{Markup, html};

/// One row for each height.
pub fn table(found: &BarrierFindings) -> Markup {
    let names: Vec<&str> = found
        .heights
        .first()
        .map(|height| height.particles.iter().map(|rate| rate.flow.as_str()).collect())
        .unwrap_or_default();
    html! {
        div.scroll { table {
            caption { "Rates of decay against the height of the barrier; kinetic dynamics with friction " (number(found.friction)) }
            thead { tr {
                th.number scope="col" { "height" }
                th.number scope="col" { "λ₁ ± error" }
                th.number scope="col" { "λ₁ / Eyring–Kramers" }
                th.number scope="col" { "kinetic gap" }
                th.number scope="col" { "Langevin: KL, χ²" }
                th.number scope="col" { "Fisher–Rao: KL, χ²" }
                th.number scope="col" { "WFR: KL, χ²" }
                @for name in &names { th.number scope="col" { (name) " particles, twice the rate of E[x]" } }
            } }
            tbody { @for height in &found.heights { (row(height)) } }
        } }
    }
}

fn row(height: &HeightFindings) -> Markup {
    let ratio = height.eyring_kramers.map(|value| significant(height.gap.value / value, 4));
    html! {
        tr {
            td.number { (number(height.height)) }
            td.number { (with_error(height.gap.value, height.gap.error)) }
            td.number { (ratio.unwrap_or_default()) }
            td.number { (significant(height.kinetic_gap.value, 4)) }
            @for rates in [&height.langevin, &height.fisher_rao, &height.wfr] {
                td.number { (significant(rates.kl, 5)) ", " (significant(rates.chi_squared, 5)) }
            }
            @for found in &height.particles {
                td.number { (with_error(2.0 * found.rate, 2.0 * found.stderr)) }
            }
        }
    }
}
