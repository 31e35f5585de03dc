//! The kind "barrier": how fast the flows forget their start as the barrier of a potential grows. Langevin dynamics slow down
//! as the spectral gap closes; reweighting keeps the rate of the reaction.

mod findings;
mod particles;
mod rates;

use super::figure::{Figure, Plot, SweepLine, SweepLook, SweepPlot, SweepScale};
use super::grid::GridRun;
use super::prelude::*;
use super::spectrum;
use super::step_bias::undecided;
use super::wells::eyring_kramers;
use crate::model::{Dynamics, Expression, GradientFlow, Potential, Problem};
use crate::pde::GridSettings;
use crate::statistics::{largest, score};
use findings::summary;
use rates::Flow;

pub use findings::{BarrierFindings, FlowRates, HeightFindings, ParticleRate};

/// A rate is read where the slowest mode has fallen to [`rates::TO`]; what is left of the others and of the square of the
/// mode is below 1e-3 there, and the space error of the rate is below 1 % on any grid that has its gap to 1e-6.
const RATE: f64 = 0.02;
/// By how much a rate may be below that of the reaction, relatively: rounding of KL.
const ROUNDING: f64 = 1e-6;
/// Rounding of λ₁ and of the slow rates, beside eigenvalues of the operator that are far larger.
const GAP_ROUNDING: f64 = 1e-10;
/// The most that a fitted rate may be off by where it is held against a bound.
const FITTED: f64 = 1e-3;

/// Heights where none are named.
const USUAL: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// Heights of a quick run.
const QUICK_HEIGHTS: usize = 2;

const HEIGHTS: Key = Key {
    name: "heights",
    holds: Type::Numbers(Range::Above(0.0), Order::Rising, 1),
    unit: "",
    default: Some("1 to 8"),
    meaning: "What the potential of the scenario is multiplied with.",
};
const FRICTION: Key = Key {
    name: "friction",
    holds: Type::Number(Range::Above(0.0)),
    unit: "1/time",
    default: Some("2"),
    meaning: "Friction of the kinetic dynamics that are compared.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "barrier",
    summary: "Rates of decay against the height of a barrier, with and without reaction.",
    needs: &[Need::Grid],
    keys: &[HEIGHTS, FRICTION],
    read: |values, _| {
        Ok(Arc::new(Barrier {
            heights: values.numbers(HEIGHTS.name).unwrap_or(&USUAL).into(),
            friction: values.number(FRICTION.name).unwrap_or(2.0),
        }))
    },
    outcome: Some(|generator| generator.subschema_for::<BarrierFindings>()),
};

/// Heights of a barrier at which rates of decay are compared.
#[derive(Clone, Debug)]
pub struct Barrier {
    /// What the potential of the scenario is multiplied with.
    pub heights: Vec<f64>,
    /// Friction of the kinetic dynamics that are compared.
    pub friction: f64,
}

impl Study for Barrier {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        Values::default().with(HEIGHTS.name, &self.heights[..]).with(FRICTION.name, self.friction)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        unmet([scalable(basis.problem).map(drop), basis.needs_plain_box("particles have the whole line")])
    }

    fn quick(&self, _problem: &Problem) -> Quick {
        let heights = self.heights.iter().take(QUICK_HEIGHTS).copied().collect();
        Quick::Shorter(Arc::new(Self { heights, ..self.clone() }))
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let grid = context.basis.needs_grid()?;
        let (flow, formula) = scalable(context.problem())?;
        let scaled_to = |height: f64| {
            let scaled = Expression::product(Expression::constant(height), formula.clone());
            GradientFlow { potential: Potential::formula(scaled, 1), ..flow.clone() }
        };
        let lowest = self.heights.first().map_or(1.0, |height| *height);
        if let Some(why) = spectrum::misses_slowest(context.problem(), &scaled_to(lowest).potential, grid)? {
            let findings = BarrierFindings { friction: self.friction, heights: Vec::new() };
            found.outcomes.push(StudyFindings::new(findings, Verdict::Inconclusive, why));
            return Ok(());
        }
        // Why particles have no rate, at the first height where that is so.
        let (mut heights, mut missing) = (Vec::new(), None);
        for (k, &height) in self.heights.iter().enumerate() {
            (context.progress)("barrier sweep", k as f64 / self.heights.len() as f64);
            let (found, reason) = at_height(context.basis, grid, scaled_to(height), height, self.friction)?;
            heights.push(found);
            missing = missing.or(reason);
        }
        if let Some(why) = context.grid.and_then(GridRun::hidden_feature).or_else(|| too_coarse(&heights)) {
            found.first_figures.push(figure(flow, self.friction, &heights));
            let findings = BarrierFindings { friction: self.friction, heights };
            found.outcomes.push(StudyFindings::new(findings, Verdict::Inconclusive, why));
            return Ok(());
        }
        let mut checks = checks(flow, &heights);
        match particle_check(&heights) {
            Some(Ok(check)) => checks.push(check),
            Some(Err(why)) => missing = missing.or(Some(why)),
            None => (),
        }
        let held = !checks.is_empty() && checks.iter().all(|check| check.passed);
        let verdict = if held && missing.is_some() { Verdict::Inconclusive } else { Verdict::of(held) };
        let why = [Some(summary(&heights)), missing].into_iter().flatten().collect::<Vec<_>>().join("; ");
        found.first_figures.push(figure(flow, self.friction, &heights));
        let findings = BarrierFindings { friction: self.friction, heights };
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        found.checks.extend(checks);
        Ok(())
    }
}

/// The flow whose potential is a formula on the line, and the formula.
fn scalable(problem: &Problem) -> Result<(&GradientFlow, &Expression), Fault> {
    match &problem.dynamics {
        Dynamics::GradientFlow(flow)
            if problem.dimension() == 1 && flow.transport > 0.0 && flow.reaction > 0.0 =>
        {
            match &flow.potential {
                Potential::Formula(formula) => return Ok((flow, &formula.expression)),
                Potential::Mixture(_) | Potential::Posterior(..) | Potential::Custom(_) => (),
            }
        }
        _ => (),
    }
    Err(Fault::at(
        "kind",
        "found another problem; expected for this study a [target] potential in one dimension, given by a formula, and a [flow] \
         with transport > 0 and reaction > 0",
    ))
}

fn at_height(
    basis: Basis<'_>,
    grid: &GridSettings,
    flow: GradientFlow,
    height: f64,
    friction: f64,
) -> Result<(HeightFindings, Option<String>), Breakdown> {
    let gap = spectrum::gap(&flow.potential, grid)?.0;
    let kinetic_gap = spectrum::kinetic_gap(&flow.potential, friction, grid)?;
    let rates = |kind: Flow| rates::late(basis.problem, &flow, kind, grid, gap.value);
    let [langevin, fisher_rao, wfr] = [rates(Flow::Langevin)?, rates(Flow::FisherRao)?, rates(Flow::Wfr)?];
    let particles = match basis.particles {
        Some(settings) => particles::rates(basis.problem, &flow, settings, grid, gap.value)?,
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

/// Why rates on these cells are not held against λ₁, which they do not know.
fn too_coarse(heights: &[HeightFindings]) -> Option<String> {
    let known = |h: &HeightFindings| h.gap.error + GAP_ROUNDING <= RATE * h.gap.value;
    heights.iter().find(|h| !known(h)).map(|h| {
        format!(
            "at height {} λ₁ = {:.3e} ± {:.0e} is not known to {RATE}: the grid is too coarse, refine it, or the barrier is too \
             high for rounding",
            h.height, h.gap.value, h.gap.error
        )
    })
}

fn checks(flow: &GradientFlow, heights: &[HeightFindings]) -> Vec<Check> {
    let (α, β) = (flow.transport, flow.reaction);
    let worst = |deviation: &dyn Fn(&HeightFindings) -> f64| {
        largest(heights.iter().map(deviation)).unwrap_or(f64::NAN)
    };
    let relative = |found: f64, expected: f64| (found / expected - 1.0).abs();
    let rate = |name: &str, value: f64| {
        let why =
            "largest relative deviation over all heights; what is left of faster modes, and the space error";
        Check::at_most(format!("barrier sweep: {name}"), value, RATE, why)
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
    let shortfall = worst(&|h| score(1.0 - h.wfr.kl / (2.0 * β), 0.0, 1.0));
    // What is left of faster modes differs between KL and χ²; a reaction alone has the rate 2β exactly.
    let fitted = worst(&|h| relative(h.wfr.kl, h.wfr.chi_squared).max(relative(h.fisher_rao.kl, 2.0 * β)));
    checks.push(Check::at_most(
        "barrier sweep: no barrier slows the full flow below 2β",
        shortfall,
        fitted.clamp(ROUNDING, FITTED),
        "largest relative shortfall over all heights; what the fitted rates of KL and χ², and of a reaction alone, are off by, but \
         1e-6 at least and 1e-3 at most",
    ));
    checks
}

/// The rates of the particles against those of the grid, if there are any, or why nothing can be decided.
fn particle_check(heights: &[HeightFindings]) -> Option<Result<Check, String>> {
    let rates = || heights.iter().flat_map(|height| &height.particles);
    let threshold = t_threshold(rates().map(|found| found.degrees_of_freedom).min()?);
    let distance = largest(rates().map(|found| found.z_score)).unwrap_or(f64::NAN);
    if let Some(why) = undecided(distance, threshold) {
        return Some(Err(format!("the rate of particles is not that of the grid: {why}")));
    }
    Some(Ok(Check::at_most(
        "barrier sweep: particles relax at the rates of the grid",
        distance,
        threshold,
        "largest distance in standard errors, over all heights and flows; Student's t at 1e-9",
    )))
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
        line("WFR, grid", 0, Hollow, &|h| h.wfr.kl),
        line("Fisher–Rao, grid", 2, Hollow, &|h| h.fisher_rao.kl),
        line("Langevin: 2αλ₁", 1, Line, &|h| 2.0 * α * h.gap.value),
        line("Langevin, grid", 1, Hollow, &|h| h.langevin.kl),
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
            zero: false,
            scale: SweepScale::Linear,
            x_name: "height of the barrier".into(),
            y_name: "decay rate of KL".into(),
            lines,
        }),
    }
}
