//! The kind "decay": the late-time exponential rate of KL along the flow.

use super::figure::{Figure, Plot, TimePlot};
use super::prelude::*;
use super::spectrum;
use crate::format::{beside, interval};
use crate::model::{GradientFlow, Problem};
use crate::pde::estimate::relative_entropy;
use crate::pde::{GridSettings, potential_on_cells};
use crate::statistics::Interval;

/// The rate is read off where the slowest mode e^{−rate·t} has fallen to these values.
const FROM: f64 = 1e-4;
const TO: f64 = 1e-9;
/// Tolerance of chosen steps: log(ρ/π), of size √(2 KL), is then right to a ten-thousandth at the end.
const LATE_TOLERANCE: f64 = 4e-9;
/// KL below this is rounding: a sum of terms of size 1 over the cells.
const RESOLVED: f64 = 1e-13;
/// Relative error up to which λ₁ predicts a rate.
const KNOWN: f64 = 0.1;
/// Windows whose slopes are compared.
const WINDOWS: usize = 5;

/// The kind.
pub static KIND: Kind = Kind {
    name: "decay",
    summary: "Late-time exponential rate of KL along the flow, against 2(αλ₁ + β).",
    needs: &[Need::Grid],
    keys: &[],
    read: |_, _| Ok(Arc::new(Decay)),
    outcome: Some(|generator| generator.subschema_for::<DecayFindings>()),
};

/// The late-time rate of KL.
#[derive(Clone, Copy, Debug)]
pub struct Decay;

impl Study for Decay {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let keeps = match basis.grid {
            Some(settings) if settings.grid().absorbs() => Err(Fault::at(
                "kind",
                "found a decay study with absorbing sides; expected sides that keep the mass, or a spectrum, whose λ₀ is the rate \
                 of its loss",
            )),
            _ => Ok(()),
        };
        unmet([basis.problem.transported().map(drop).map_err(Fault::from), keeps])
    }

    /// Near equilibrium s = log(ρ/π) obeys ∂ₜs = αLs − β(s − ⟨s⟩), and KL ≈ ½⟨s²⟩: its rate is twice the smallest αλ + β over
    /// the modes that are present.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (settings, flow) = (context.basis.needs_grid()?, context.problem().transported()?);
        let (findings, figure) = follow(context.problem(), flow, settings, context)?;
        found.outcomes.push(context.unless_hidden(findings));
        found.figures.push(figure);
        Ok(())
    }
}

/// Late-time decay of KL.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DecayFindings {
    /// KL ≈ const · e^{−rate·t}.
    pub rate: Interval,
    /// 2(αλ₁ + β), when the spectrum is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
}

impl Outcome for DecayFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "late-time decay of KL".into()
    }

    fn found(&self) -> String {
        format!("rate {}", interval(&self.rate))
    }

    fn claim(&self) -> String {
        self.expected.map(|rate| format!("2(αλ₁ + β) = {}", beside(rate, &self.rate))).unwrap_or_default()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new("Late-time decay of KL", &[]);
        table.pair("rate (interval)", interval(&self.rate));
        if self.expected.is_some() {
            table.pair("expected", self.claim());
        }
        vec![table]
    }
}

/// Runs the flow far beyond the horizon and compares the decay of KL with 2(αλ₁ + β).
fn follow(
    problem: &Problem,
    flow: &GradientFlow,
    settings: &GridSettings,
    context: &Context<'_>,
) -> Result<(StudyFindings, Figure), Breakdown> {
    let progress = context.progress;
    let (λ, own) = spectrum::gap(&flow.potential, settings)?;
    let expected = 2.0 * (flow.transport * λ.value + flow.reaction);
    // The grid decays by its own gap, which differs from the extrapolated one by its error in space.
    let expected_error = 2.0 * flow.transport * (λ.error + (own - λ.value).abs());
    let time = |level: f64| -level.ln() / expected;
    let times: Vec<f64> =
        (0..=WINDOWS).map(|k| time(FROM) + (time(TO) - time(FROM)) * k as f64 / WINDOWS as f64).collect();
    let grid = settings.grid();
    let potential = potential_on_cells(&grid, &flow.potential);
    let tolerance = settings.tolerance.map(|tolerance| tolerance.min(LATE_TOLERANCE));
    let settings = &GridSettings { tolerance, ..settings.clone() };
    let mut evolution = settings.evolution(problem, &grid, settings.step)?;
    let end = time(TO);
    let (trajectory, breakdown) = evolution.run(&times, |now| progress("decay", now / end));
    if let Some(breakdown) = breakdown {
        return Err(breakdown.into());
    }
    let (at, kl): (Vec<f64>, Vec<f64>) = trajectory
        .frames
        .iter()
        .map(|frame| (frame.time, relative_entropy(&trajectory, frame, &potential)))
        .unzip();
    let slopes: Vec<f64> =
        (1..at.len() - 1).map(|k| (kl[k] / kl[k + 1]).ln() / (at[k + 1] - at[k])).collect();
    let finite = slopes.iter().all(|slope| slope.is_finite()) && kl.iter().all(|kl| *kl > RESOLVED);
    let rate = match slopes[..] {
        [.., before, last] if finite => {
            // Faster modes die at least as fast as the windows pass: the next change is below the last one.
            let drift = (last - before).abs();
            // Of log(ρ/π), which is √(2 KL) at the end, and twice in KL.
            let (window, size) = (at[at.len() - 1] - at[at.len() - 2], (2.0 * kl[kl.len() - 1]).sqrt());
            let in_time = tolerance.map_or(0.0, |tolerance| 2.0 * tolerance / size / window);
            let margin = drift + expected_error + in_time;
            Interval { estimate: last, lower: last - margin, upper: last + margin }
        }
        _ => Interval { estimate: f64::NAN, lower: f64::NAN, upper: f64::NAN },
    };
    let (verdict, why) = if λ.error > KNOWN * λ.value.abs() {
        let why = format!(
            "λ₁ = {:.4} ± {:.1e} is not known: the grid is too coarse, the box too small, or the spectrum is continuous there",
            λ.value, λ.error
        );
        (Verdict::Inconclusive, why)
    } else if !finite {
        let absent = spectrum::misses_slowest(problem, &flow.potential, settings)?;
        let why = absent.unwrap_or_else(|| {
            format!(
                "KL falls below rounding before the time {end:.3}, up to which its rate is followed: take a start that is farther from \
                 the target in its slowest mode"
            )
        });
        (Verdict::Inconclusive, why)
    } else if rate.upper < expected {
        (Verdict::Fail, format!("KL decays at {:.4}, slower than 2(αλ₁ + β) = {expected:.4}", rate.estimate))
    } else if rate.lower > expected {
        (
            Verdict::Pass,
            format!("KL decays at {:.4}: the slowest mode, of rate {expected:.4}, is absent", rate.estimate),
        )
    } else {
        (Verdict::Pass, format!("KL decays at {:.4}, and 2(αλ₁ + β) = {expected:.4}", rate.estimate))
    };
    let model: Vec<f64> =
        at.iter().map(|t| kl[kl.len() - 1] * (expected * (at[at.len() - 1] - t)).exp()).collect();
    let figure = Figure {
        id: "decay".into(),
        title: "Late-time decay of KL".into(),
        caption: format!("The slope should be that of e^(−rate·t), rate = 2(αλ₁ + β) = {expected:.4}."),
        plot: Plot::Time(TimePlot {
            quantity: "KL(ρ_t | π)".into(),
            logarithmic: true,
            pairs: false,
            lines: vec![
                ("grid".into(), at[1..].to_vec(), kl[1..].to_vec()),
                ("predicted rate".into(), at[1..].to_vec(), model[1..].to_vec()),
            ],
        }),
    };
    let findings = DecayFindings { rate, expected: Some(expected) };
    Ok((StudyFindings::new(findings, verdict, why), figure))
}
