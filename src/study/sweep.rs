//! The barrier sweep: how fast the flows forget their start as the barrier of a potential grows. Langevin dynamics slow down
//! as the spectral gap closes; reweighting keeps the rate of the reaction.

mod particles;
mod rates;

use super::barrier::eyring_kramers;
use super::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot};
use super::findings::{BarrierFindings, Check, HeightFindings, Outcome, StudyFindings, Verdict};
use super::{Breakdown, Plan, Progress, SweepSettings, spectrum, t_threshold};
use crate::model::{Dynamics, GradientFlow, Problem};
use rates::Flow;

/// A rate is read where the slowest mode has fallen to [`rates::TO`]; what is left of the others and of the square of the
/// mode is below 1e-3 there, and the space error of the rate is below 1 % on any grid that has its gap to 1e-6.
const RATE: f64 = 0.02;
/// By how much a rate may be below that of the reaction, relatively: rounding of KL.
const ROUNDING: f64 = 1e-6;

/// The findings, checks and picture of a sweep over `settings.heights`, which multiply the potential of the plan.
///
/// # Errors
/// If a grid, an eigenvalue computation or the particles break down.
pub fn study(
    plan: &Plan,
    flow: &GradientFlow,
    settings: &SweepSettings,
    progress: Progress<'_>,
) -> Result<(StudyFindings, Vec<Check>, Figure), Breakdown> {
    // Why particles have no rate, at the first height where that is so.
    let (mut heights, mut missing) = (Vec::new(), None);
    for (k, (&height, potential)) in settings.heights.iter().zip(&settings.potentials).enumerate() {
        progress("barrier sweep", k as f64 / settings.heights.len() as f64);
        let flow = GradientFlow { potential: potential.clone(), ..flow.clone() };
        let (found, reason) = at_height(plan, flow, height, settings.friction)?;
        heights.push(found);
        missing = missing.or(reason);
    }
    let checks = checks(flow, &heights);
    let held = checks.iter().all(|check| check.passed);
    let (first, last) = (&heights[0], &heights[heights.len() - 1]);
    let mut why = format!(
        "from height {} to {}, KL decays at {:.4} to {:.4} by Langevin dynamics and at {:.4} to {:.4} with reaction",
        first.height, last.height, first.langevin.kl, last.langevin.kl, first.wfr.kl, last.wfr.kl
    );
    if let Some(missing) = &missing {
        why += &format!("; {missing}");
    }
    let figure = figure(flow, settings.friction, &heights);
    let verdict = match held {
        true if missing.is_some() => Verdict::Inconclusive,
        true => Verdict::Pass,
        false => Verdict::Fail,
    };
    let findings = BarrierFindings { friction: settings.friction, heights };
    Ok((StudyFindings::new(Outcome::Barrier(findings), verdict, why), checks, figure))
}

fn at_height(
    plan: &Plan,
    flow: GradientFlow,
    height: f64,
    friction: f64,
) -> Result<(HeightFindings, Option<String>), Breakdown> {
    let Some(grid) = &plan.grid else { unreachable!("a sweep has a grid: scenarios are checked for that") };
    let gap = spectrum::gap(&flow.potential, grid)?.0;
    let kinetic_gap = spectrum::kinetic_gap(&flow.potential, friction, grid)?;
    let rates = |kind: Flow| rates::late(&plan.problem, &flow, kind, grid, gap.value);
    let [langevin, fisher_rao, wfr] = [rates(Flow::Langevin)?, rates(Flow::FisherRao)?, rates(Flow::Wfr)?];
    let particles = match &plan.particles {
        Some(settings) => particles::rates(&plan.problem, &flow, settings, grid, gap.value)?,
        None => Vec::new(),
    };
    let mut missing = None;
    let particles = particles.into_iter().filter_map(|rate| {
        rate.map_err(|why| missing = Some(format!("no rate of particles at height {height}: {why}"))).ok()
    });
    let particles = particles.collect();
    let eyring_kramers = eyring_kramers(&flow.potential, &grid.grid());
    let found =
        HeightFindings { height, gap, eyring_kramers, kinetic_gap, langevin, fisher_rao, wfr, particles };
    Ok((found, missing))
}

/// The problem with another flow.
fn with_flow(problem: &Problem, flow: GradientFlow) -> Problem {
    Problem { dynamics: Dynamics::GradientFlow(flow), ..problem.clone() }
}

fn checks(flow: &GradientFlow, heights: &[HeightFindings]) -> Vec<Check> {
    let (α, β) = (flow.transport, flow.reaction);
    let worst = |deviation: &dyn Fn(&HeightFindings) -> f64| {
        heights
            .iter()
            .map(deviation)
            .fold(0.0, |worst: f64, own| if own.is_nan() { own } else { worst.max(own) })
    };
    let relative = |found: f64, expected: f64| (found / expected - 1.0).abs();
    let rate = |name: &str, value: f64| Check {
        name: format!("barrier sweep: {name}"),
        passed: value <= RATE,
        value,
        threshold: RATE,
        why: "largest relative deviation over all heights; what is left of faster modes, and the space error"
            .into(),
    };
    let mut checks = vec![
        rate(
            "KL of the Langevin flow decays at 2αλ₁",
            worst(&|h| relative(h.langevin.kl, 2.0 * α * h.gap.value)),
        ),
        rate(
            "χ² of the Langevin flow decays at 2αλ₁",
            worst(&|h| relative(h.langevin.chi_squared, 2.0 * α * h.gap.value)),
        ),
        rate("KL of the Fisher–Rao flow decays at 2β", worst(&|h| relative(h.fisher_rao.kl, 2.0 * β))),
        rate(
            "KL of the full flow decays at 2(αλ₁ + β)",
            worst(&|h| relative(h.wfr.kl, 2.0 * (α * h.gap.value + β))),
        ),
        rate(
            "χ² of the full flow decays at 2(αλ₁ + β)",
            worst(&|h| relative(h.wfr.chi_squared, 2.0 * (α * h.gap.value + β))),
        ),
    ];
    let shortfall = worst(&|h| (1.0 - h.wfr.kl / (2.0 * β)).max(0.0));
    checks.push(Check {
        name: "barrier sweep: no barrier slows the full flow below 2β".into(),
        passed: shortfall <= ROUNDING,
        value: shortfall,
        threshold: ROUNDING,
        why: "largest relative shortfall over all heights; rounding".into(),
    });
    let rates = || heights.iter().flat_map(|h| &h.particles);
    if let Some(degrees_of_freedom) = rates().map(|found| found.degrees_of_freedom).min() {
        let distance = worst(&|h| h.particles.iter().map(|found| found.z_score).fold(0.0, f64::max));
        let threshold = t_threshold(degrees_of_freedom);
        checks.push(Check {
            name: "barrier sweep: particles relax at the rates of the grid".into(),
            passed: distance <= threshold,
            value: distance,
            threshold,
            why: "largest distance in standard errors, over all heights and flows; Student's t at 1e-9"
                .into(),
        });
    }
    checks
}

fn figure(flow: &GradientFlow, friction: f64, heights: &[HeightFindings]) -> Figure {
    let (α, β) = (flow.transport, flow.reaction);
    let x: Vec<f64> = heights.iter().map(|h| h.height).collect();
    let line =
        |label: &str, group: usize, look: SweepLook, rate: &dyn Fn(&HeightFindings) -> f64| SweepLine {
            label: label.into(),
            x: x.clone(),
            y: heights.iter().map(rate).collect(),
            stderr: Vec::new(),
            group,
            look,
        };
    use SweepLook::{Dashed, Filled, Hollow, Line};
    let mut lines = vec![
        line("WFR: 2(αλ₁ + β)", 0, Line, &|h| 2.0 * (α * h.gap.value + β)),
        line("grid", 0, Hollow, &|h| h.wfr.kl),
        line("Fisher–Rao, grid", 2, Hollow, &|h| h.fisher_rao.kl),
        line("Langevin: 2αλ₁", 1, Line, &|h| 2.0 * α * h.gap.value),
        line("grid", 1, Hollow, &|h| h.langevin.kl),
        line("kinetic Langevin: twice its gap", 3, Line, &|h| 2.0 * h.kinetic_gap.value),
    ];
    if heights.iter().all(|h| h.eyring_kramers.is_some()) {
        lines.push(line("Eyring–Kramers", 1, Dashed, &|h| 2.0 * α * h.eyring_kramers.unwrap_or(f64::NAN)));
    }
    for (group, name) in [particles::WFR, particles::LANGEVIN].into_iter().enumerate() {
        let found: Vec<_> = heights
            .iter()
            .filter_map(|h| Some((h.height, h.particles.iter().find(|found| found.flow == name)?)))
            .collect();
        if !found.is_empty() {
            lines.push(SweepLine {
                label: format!("{name}, particles"),
                x: found.iter().map(|(height, _)| *height).collect(),
                y: found.iter().map(|(_, found)| 2.0 * found.rate).collect(),
                stderr: found.iter().map(|(_, found)| 2.0 * found.stderr).collect(),
                group,
                look: Filled,
            });
        }
    }
    Figure {
        id: "barrier".into(),
        title: "Reweighting removes the barrier".into(),
        caption: format!(
            "Late-time decay rate of KL against the height of the barrier, α = {α}, β = {β}, friction {friction}: that of \
             Langevin dynamics closes like e^(−height), that of the Wasserstein–Fisher–Rao flow stays above 2β. Particles: \
             twice the rate at which the mean of x relaxes, with 95 % bars."
        ),
        plot: Plot::Sweep(SweepPlot {
            logarithmic: true,
            x_name: "height of the barrier".into(),
            y_name: "decay rate of KL".into(),
            lines,
        }),
    }
}
