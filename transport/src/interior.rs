//! A primal–dual interior-point method on a set of pairs.
//!
//! Unknown are the plan γ > 0 and the potentials a, b with slacks s = c − a − b > 0. Optimal are γs = 0 and, for soft
//! marginals, a + log(γ₁/m) = 0 and b + log(γ₂/n) = 0; hard ones have γ₁ = m and γ₂ = n. Each step solves the linearised
//! equations with γs = μ in place of 0, for a μ that Mehrotra's predictor chooses, and stays inside.

use crate::Error;
use crate::forest::along_largest;
use crate::newton::Newton;
use crate::pairs::Pairs;

/// What the marginals of a plan pay for being different from the measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marginals {
    /// Their Kullback–Leibler divergence.
    Soft,
    /// Everything: they have to be equal.
    Hard,
}

/// The iterate.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Potentials of the rows, then of the columns.
    pub potentials: Vec<f64>,
    /// The plan on the pairs.
    pub plan: Vec<f64>,
}

/// How the iteration ended.
pub(crate) struct Outcome {
    pub iterations: usize,
    /// Difference of the primal and dual value on the pairs.
    pub gap: f64,
}

/// The steps end where the nearest bound is this part of the way off, at least.
const CAUTION: f64 = 0.995;
/// Marginals of total mass 1 that are wrong by less are corrected.
const SMALL: f64 = 1e-6;
/// So many steps without progress are enough.
const STALLED: usize = 15;
/// More iterations than any instance met has needed.
const MOST: usize = 200;

/// Improves `state` until the gap on the pairs is at most `target`, or no step improves it.
///
/// # Errors
/// If the linear systems cannot be solved for want of memory, or `goes_on` says no before an iteration.
pub(crate) fn improve(
    pairs: &Pairs,
    masses: &[f64],
    marginals: Marginals,
    state: &mut State,
    target: f64,
    goes_on: &dyn Fn() -> bool,
) -> Result<Outcome, Error> {
    let added = match marginals {
        Marginals::Soft => 1e-15,
        Marginals::Hard => 1e-12,
    };
    let mut newton = Newton::new(pairs, added)?;
    let (mut best, mut stalled, mut kept) = (f64::INFINITY, 0, state.clone());
    for iterations in 0..MOST {
        if !goes_on() {
            return Err(Error::Stopped);
        }
        let slack = slacks(pairs, &state.potentials);
        let sums = stacked(pairs.marginals(&state.plan));
        let gap = gap(masses, marginals, state, &slack, &sums);
        if gap < best {
            // Progress by less than a tenth is rounding, or close to it.
            stalled = if gap < 0.9 * best { 0 } else { stalled + 1 };
            best = gap;
            kept.clone_from(state);
        } else {
            stalled += 1;
        }
        if best <= target || stalled >= STALLED || !gap.is_finite() {
            state.clone_from(&kept);
            return Ok(Outcome { iterations, gap: best });
        }
        let weights: Vec<f64> = state.plan.iter().zip(&slack).map(|(γ, s)| γ / s).collect();
        let (addition, residual): (Vec<f64>, Vec<f64>) = match marginals {
            Marginals::Soft => {
                let terms = sums.iter().zip(masses).zip(&state.potentials);
                terms.map(|((&g, m), a)| (g, -g * (a + (g / m).ln()))).unzip()
            }
            Marginals::Hard => sums.iter().zip(masses).map(|(g, m)| (0.0, m - g)).unzip(),
        };
        if newton.factorize(weights, &addition).is_err() {
            state.clone_from(&kept);
            return Ok(Outcome { iterations, gap: best });
        }
        // Predictor: γs = 0.
        let products: Vec<f64> = state.plan.iter().zip(&slack).map(|(γ, s)| γ * s).collect();
        let center = products.iter().sum::<f64>() / products.len() as f64;
        let aims: Vec<f64> = products.iter().map(|p| -p).collect();
        let predictor = Step::new(pairs, &mut newton, state, &slack, &residual, &aims);
        let (primal, dual) = predictor.lengths(state, &slack, 1.0, marginals);
        let terms = state.plan.iter().zip(&predictor.plan).zip(slack.iter().zip(&predictor.slack));
        let reached = terms.map(|((γ, dγ), (s, ds))| (γ + primal * dγ) * (s + dual * ds)).sum::<f64>()
            / products.len() as f64;
        let σ = (reached / center).clamp(0.0, 1.0).powi(3).max(1e-6);
        // Corrector: γs = σμ to second order.
        let second = predictor.plan.iter().zip(&predictor.slack);
        let aims: Vec<f64> = products
            .iter()
            .zip(second)
            .map(|(p, (dγ, ds))| σ * center - p - primal * dual * dγ * ds)
            .collect();
        let step = Step::new(pairs, &mut newton, state, &slack, &residual, &aims);
        let (primal, dual) = step.lengths(state, &slack, CAUTION, marginals);
        state.plan.iter_mut().zip(&step.plan).for_each(|(γ, d)| *γ += primal * d);
        state.potentials.iter_mut().zip(&step.potentials).for_each(|(a, d)| *a += dual * d);
        if marginals == Marginals::Hard {
            restore(pairs, masses, &mut state.plan);
        }
    }
    state.clone_from(&kept);
    Ok(Outcome { iterations: MOST, gap: best })
}

/// Takes out the errors that the linear solver leaves in the marginals, once they are small.
fn restore(pairs: &Pairs, masses: &[f64], plan: &mut [f64]) {
    let sums = stacked(pairs.marginals(plan));
    let missing: Vec<f64> = masses.iter().zip(sums).map(|(m, g)| m - g).collect();
    if missing.iter().map(|m| m.abs()).sum::<f64>() < SMALL {
        for (e, change) in along_largest(pairs, plan, missing) {
            plan[e] = (plan[e] + change).max(0.5 * plan[e]);
        }
    }
}

/// A direction.
struct Step {
    potentials: Vec<f64>,
    plan: Vec<f64>,
    slack: Vec<f64>,
}

impl Step {
    /// The direction in which γs changes by `aims` and the residuals vanish, to first order.
    fn new(
        pairs: &Pairs,
        newton: &mut Newton<'_>,
        state: &State,
        slack: &[f64],
        residual: &[f64],
        aims: &[f64],
    ) -> Self {
        let rows = pairs.rows();
        let fixed: Vec<f64> = aims.iter().zip(slack).map(|(aim, s)| aim / s).collect();
        let sums = stacked(pairs.marginals(&fixed));
        let right: Vec<f64> = residual.iter().zip(sums).map(|(r, sum)| r - sum).collect();
        let potentials = newton.solve(&right);
        let (mut plan, mut change) = (fixed, vec![0.0; slack.len()]);
        for (i, j, e) in pairs.iter() {
            change[e] = -(potentials[i] + potentials[rows + j]);
            plan[e] -= state.plan[e] / slack[e] * change[e];
        }
        Self { potentials, plan, slack: change }
    }

    /// How far the plan and the slacks can go in this direction without leaving a part `caution` of what they have.
    fn lengths(&self, state: &State, slack: &[f64], caution: f64, marginals: Marginals) -> (f64, f64) {
        let longest = |values: &[f64], changes: &[f64]| {
            let ends = values.iter().zip(changes).filter(|(_, d)| **d < 0.0).map(|(v, d)| -caution * v / d);
            ends.fold(1.0, f64::min)
        };
        let (primal, dual) = (longest(&state.plan, &self.plan), longest(slack, &self.slack));
        match marginals {
            // The divergences couple the two.
            Marginals::Soft => (primal.min(dual), primal.min(dual)),
            Marginals::Hard => (primal, dual),
        }
    }
}

/// Rows first, then columns.
fn stacked((mut rows, columns): (Vec<f64>, Vec<f64>)) -> Vec<f64> {
    rows.extend(columns);
    rows
}

/// c − a − b on the pairs.
pub(crate) fn slacks(pairs: &Pairs, potentials: &[f64]) -> Vec<f64> {
    let rows = pairs.rows();
    pairs.iter().map(|(i, j, e)| pairs.cost[e] - (potentials[i] + potentials[rows + j])).collect()
}

/// Primal less dual value, as a sum of what is at least 0 each. Soft: Σγs + Σ m e^{−a} φ(γ₁eᵃ/m) + …, φ(r) = r log r − r + 1.
/// Hard: Σγs, and the mass in wrong places at the largest cost, which is 1.
fn gap(masses: &[f64], marginals: Marginals, state: &State, slack: &[f64], sums: &[f64]) -> f64 {
    let complementarity: f64 = state.plan.iter().zip(slack).map(|(γ, s)| γ * s).sum();
    let terms = masses.iter().zip(sums).zip(&state.potentials);
    let rest: f64 = match marginals {
        Marginals::Soft => terms.map(|((m, g), a)| g * excess(a + (g / m).ln())).sum(),
        Marginals::Hard => terms.map(|((m, g), _)| (m - g).abs()).sum(),
    };
    complementarity + rest
}

/// ρ − 1 + e^{−ρ}.
fn excess(ρ: f64) -> f64 {
    if ρ.abs() < 1e-3 { ρ * ρ * (0.5 - ρ * (1.0 / 6.0 - ρ / 24.0)) } else { ρ + (-ρ).exp_m1() }
}

/// The gap between a plan and feasible potentials on the pairs.
pub(crate) fn measure(pairs: &Pairs, masses: &[f64], marginals: Marginals, state: &State) -> f64 {
    let sums = stacked(pairs.marginals(&state.plan));
    gap(masses, marginals, state, &slacks(pairs, &state.potentials), &sums)
}
