//! The two distances: a plan and potentials from the solver, and the interval that the certificate makes of them.

use crate::certify::{certify, certify_w2, check_scale, squared_diameter};
use crate::cost::Cost;
use crate::forest::along_largest;
use crate::interior::Marginals;
use crate::line::in_order;
use crate::order::Points;
use crate::pairs::Pairs;
use crate::search::Tiles;
use crate::solve::{Problem, Solution, corner};
use crate::{Cloud, Error};

/// Intervals of this width, relative to their terms, are rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// What is asked of the solver.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// The width of the interval relative to its upper end, between 0 and 1. Default: 1e-10.
    pub tolerance: f64,
    /// Asked before every iteration whether to go on; if not, the call returns [`Error::Stopped`]. Default: always.
    pub goes_on: &'a (dyn Fn() -> bool + Sync),
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { tolerance: 1e-10, goes_on: &|| true }
    }
}

/// An interval that holds the squared distance, and what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Distance {
    /// The value of the potentials, less the rounding.
    pub lower: f64,
    /// The value of the plan, and the rounding.
    pub upper: f64,
    /// The mass γᵢⱼ that goes from point i of the first measure to point j of the second, where it is not 0: (i, j, γᵢⱼ).
    pub plan: Vec<(usize, usize, f64)>,
    /// a on the points of the first measure and b on those of the second, feasible on all pairs of points with mass; ∞ where
    /// nothing can be reached.
    pub potentials: (Vec<f64>, Vec<f64>),
    /// Iterations of the interior-point method on the finest level.
    pub iterations: usize,
    /// How many times the method was started there, each time with more pairs.
    pub rounds: usize,
    /// How many pairs the last set has.
    pub pairs: usize,
    /// Whether the width asked for was reached; or the interval is no wider than the rounding of the masses, of W₂² times the
    /// squared diameter of both clouds, as between a measure and itself.
    pub met: bool,
}

impl Distance {
    /// The width of the interval relative to its upper end.
    pub fn gap(&self) -> f64 {
        if self.upper > 0.0 { (self.upper - self.lower) / self.upper } else { 0.0 }
    }
}

/// S_δ, the squared Wasserstein–Fisher–Rao (Hellinger–Kantorovich) distance at the length scale `δ` (in the unit of the
/// coordinates; the result has the unit of mass):
///
/// min over γ ≥ 0 of KL(γ₁|μ) + KL(γ₂|ν) + Σ −log cos²(|x − y|/(2δ)) γ, with γ = 0 from |x − y| = πδ on.
///
/// # Errors
/// If the dimensions differ, `δ` or the tolerance is out of range, or memory does not suffice. An accuracy that is not
/// reached is no error: see [`Distance::met`].
pub fn wfr(μ: &Cloud, ν: &Cloud, δ: f64, settings: &Settings<'_>) -> Result<Distance, Error> {
    check_scale(δ)?;
    let total = μ.total() + ν.total();
    let form = Form { cost: Cost::cone(δ), unit: 1.0, masses: [total, total], marginals: Marginals::Soft };
    let distance = form.solve(μ, ν, settings)?;
    let bounds = certify(μ, ν, δ, &distance.plan, (&distance.potentials.0, &distance.potentials.1))?;
    Ok(distance.with_bounds(bounds, settings, total))
}

/// The squared Wasserstein distance of order 2 between measures of equal mass, in the unit of mass times length squared.
///
/// # Errors
/// If the masses differ by more than 1e-9 of their size (smaller differences are rounding: ν is scaled to the mass of μ), and
/// as of [`wfr`].
pub fn w2(μ: &Cloud, ν: &Cloud, settings: &Settings<'_>) -> Result<Distance, Error> {
    μ.check_dimension(ν)?;
    let masses = [μ.total(), ν.total()];
    if (masses[0] - masses[1]).abs() > 1e-9 * masses[0] {
        return Err(Error::UnequalMasses(masses[0], masses[1]));
    }
    let unit = squared_diameter(μ, ν).max(f64::MIN_POSITIVE);
    let form = Form { cost: Cost::square(1.0), unit, masses, marginals: Marginals::Hard };
    let distance = form.solve(μ, ν, settings)?;
    let bounds = certify_w2(μ, ν, &distance.plan, (&distance.potentials.0, &distance.potentials.1))?;
    Ok(distance.with_bounds(bounds, settings, masses[0] * unit))
}

/// Which of the two problems it is.
struct Form {
    /// In the units of the user.
    cost: Cost,
    /// The solver divides costs by this,
    unit: f64,
    /// and the masses of the two measures by these.
    masses: [f64; 2],
    marginals: Marginals,
}

impl Form {
    /// A plan and feasible potentials, without bounds.
    fn solve(&self, μ: &Cloud, ν: &Cloud, settings: &Settings<'_>) -> Result<Distance, Error> {
        μ.check_dimension(ν)?;
        if !(settings.tolerance > 0.0 && settings.tolerance < 1.0) {
            return Err(Error::Tolerance(settings.tolerance));
        }
        let (all_x, all_y) = (with_mass(μ, self.masses[0]), with_mass(ν, self.masses[1]));
        // Points that rounding may put within reach have to have potentials: the certificate looks at them from below.
        let lowered = self.cost.lowered(μ.dimension());
        let cost = if self.marginals == Marginals::Soft { lowered } else { Cost::square(1.0 / self.unit) };
        let (x, y) = (reaching(&all_x, &all_y.1, cost), reaching(&all_y, &all_x.1, cost));
        let mut distance = Distance {
            lower: 0.0,
            upper: f64::INFINITY,
            plan: Vec::new(),
            potentials: (vec![f64::INFINITY; μ.len()], vec![f64::INFINITY; ν.len()]),
            iterations: 0,
            rounds: 0,
            pairs: 0,
            met: false,
        };
        let (a, b) = (&mut distance.potentials.0, &mut distance.potentials.1);
        // Points that have potentials from the solver.
        let mut known = all_x.clone();
        let mut entries = Vec::new();
        if self.marginals == Marginals::Hard && μ.dimension() == 1 {
            let (plan, values) = in_order(&x.1, &y.1);
            x.0.iter().zip(values).for_each(|(i, value)| a[*i] = value);
            entries = plan.into_iter().map(|(i, j, γ)| (x.0[i], y.0[j], γ)).collect();
        } else if !x.0.is_empty() {
            let (x, y) = match self.marginals {
                Marginals::Soft => (x, y),
                Marginals::Hard => (without_dust(x), without_dust(y)),
            };
            if self.marginals == Marginals::Hard {
                known = x.clone();
            }
            let goes_on = settings.goes_on;
            let problem = Problem { x: x.1, y: y.1, cost, marginals: self.marginals, goes_on };
            let solution = problem.solve(settings.tolerance)?;
            for (i, value) in x.0.iter().zip(&solution.state.potentials) {
                a[*i] = value * self.unit;
            }
            let plan = plan(&problem, &solution, settings.tolerance);
            entries = plan.into_iter().map(|(i, j, γ)| (x.0[i], y.0[j], γ)).collect();
            distance.iterations = solution.iterations;
            distance.rounds = solution.rounds;
            distance.pairs = solution.pairs.len();
        }
        // What rounding may put out of reach has no mass: the certificate looks at plans from above.
        let raised = self.cost.raised(μ.dimension());
        let within = |i: usize, j: usize| raised.at(raised.argument(μ.point(i), ν.point(j))).is_finite();
        let scaled = entries.into_iter().map(|(i, j, γ)| (i, j, γ * self.masses[0]));
        distance.plan = scaled.filter(|&(i, j, _)| within(i, j)).collect();
        distance.plan.sort_unstable_by_key(|&(i, j, _)| (i, j));
        // What repairs marginals may lie on pairs that have mass.
        distance.plan.dedup_by(|next, own| {
            let same = (next.0, next.1) == (own.0, own.1);
            own.2 += if same { next.2 } else { 0.0 };
            same
        });
        // b from a, and what a is where it is not known, over all pairs and less than rounding could make of it.
        let least = (2 * μ.dimension() + 2) as f64 * f64::MIN_POSITIVE;
        let transform = |known: &(Vec<usize>, Points), values: &[f64], at: &Points| -> Vec<f64> {
            let values: Vec<f64> = known.0.iter().map(|&i| values[i]).collect();
            let found = Tiles::new(&known.1, lowered).transform(at, &values);
            let below = |b: f64| b - 2.0 * f64::EPSILON * b.abs() - least;
            found.into_iter().map(|b| if b.is_finite() { below(b) } else { b }).collect()
        };
        *b = transform(&known, a, &points(ν));
        if known.0.len() < μ.len() {
            let mut everywhere = transform(&all_y, b, &points(μ));
            known.0.iter().for_each(|&i| everywhere[i] = a[i]);
            *a = everywhere;
        }
        Ok(distance)
    }
}

impl Distance {
    /// `scale` is the size of the terms.
    fn with_bounds(mut self, (lower, upper): (f64, f64), settings: &Settings<'_>, scale: f64) -> Self {
        (self.lower, self.upper) = (lower, upper);
        self.met = self.gap() <= settings.tolerance || upper - lower <= ROUNDING * scale;
        self
    }
}

fn points(cloud: &Cloud) -> Points {
    Points {
        dimension: cloud.dimension(),
        coordinates: cloud.points().to_vec(),
        masses: cloud.masses().to_vec(),
    }
}

/// The points with mass in tree order, with their indices; masses are divided by `unit`.
fn with_mass(cloud: &Cloud, unit: f64) -> (Vec<usize>, Points) {
    let all = points(cloud);
    let indices: Vec<usize> = (0..cloud.len()).filter(|&i| all.masses[i] > 0.0).collect();
    let kept = all.select(&indices);
    let order = kept.tree_order();
    let mut sorted = kept.select(&order);
    sorted.masses.iter_mut().for_each(|m| *m /= unit);
    (order.into_iter().map(|k| indices[k]).collect(), sorted)
}

/// The points but those of least mass, as long as these have no more than rounding together: Newton's systems know nothing of them,
/// and the certificate charges them the diameter.
fn without_dust((indices, points): (Vec<usize>, Points)) -> (Vec<usize>, Points) {
    /// Of the total mass.
    const DUST: f64 = 5e-16;
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_unstable_by(|&i, &j| points.masses[i].total_cmp(&points.masses[j]));
    let mut sum = 0.0;
    let dust = order.iter().take_while(|&&k| {
        sum += points.masses[k];
        sum <= DUST
    });
    let mut kept = order[dust.count()..].to_vec();
    kept.sort_unstable();
    (kept.iter().map(|&k| indices[k]).collect(), points.select(&kept))
}

/// The points of `from` that a point of `to` can be reached from.
fn reaching(from: &(Vec<usize>, Points), to: &Points, cost: Cost) -> (Vec<usize>, Points) {
    let kept = Tiles::new(to, cost).reaching(&from.1);
    (kept.iter().map(|&k| from.0[k]).collect(), from.1.select(&kept))
}

/// The interior-point method leaves a trace of mass on every pair. Leaving out a part r of a marginal costs r²/2 of it, to
/// second order, so that entries below this times √(tolerance · value) of both of their marginals are left out.
const TRACE: f64 = 1e-3;

/// The plan of a solution without its traces; with hard marginals, repaired so that it has them.
fn plan(problem: &Problem<'_>, solution: &Solution, tolerance: f64) -> Vec<(usize, usize, f64)> {
    let pairs = &solution.pairs;
    let (rows, columns) = pairs.marginals(&solution.state.plan);
    let mut plan = solution.state.plan.clone();
    let trace = TRACE * (tolerance * problem.value(pairs, &plan)).sqrt().max(f64::EPSILON);
    for (i, j, e) in pairs.iter() {
        if plan[e] <= trace * rows[i].min(columns[j]) {
            plan[e] = 0.0;
        }
    }
    if problem.marginals == Marginals::Soft {
        return entries(pairs, &plan);
    }
    let (x, y) = (&problem.x.masses, &problem.y.masses);
    let (rows, columns) = pairs.marginals(&plan);
    let missing = x.iter().chain(y).zip(rows.iter().chain(&columns)).map(|(m, g)| m - g).collect();
    for (e, change) in along_largest(pairs, &plan, missing) {
        plan[e] = (plan[e] + change).max(0.0);
    }
    // What rounding leaves: nothing may exceed its marginal, and what is missing is moved from the first point that has it to
    // the first that lacks it.
    let (rows, _) = pairs.marginals(&plan);
    for (i, _, e) in pairs.iter() {
        plan[e] *= (x[i] / rows[i]).min(1.0);
    }
    let (_, columns) = pairs.marginals(&plan);
    for (_, j, e) in pairs.iter() {
        plan[e] *= (y[j] / columns[j]).min(1.0);
    }
    let (rows, columns) = pairs.marginals(&plan);
    let left = |masses: &[f64], sums: &[f64]| -> Vec<f64> {
        masses.iter().zip(sums).map(|(m, g)| (m - g).max(0.0)).collect()
    };
    let (mut left_x, mut left_y) = (left(x, &rows), left(y, &columns));
    let mut list = entries(pairs, &plan);
    list.extend(corner(&mut left_x, &mut left_y));
    list
}

/// Where the plan is not 0.
fn entries(pairs: &Pairs, plan: &[f64]) -> Vec<(usize, usize, f64)> {
    pairs.iter().filter(|entry| plan[entry.2] > 0.0).map(|(i, j, e)| (i, j, plan[e])).collect()
}
