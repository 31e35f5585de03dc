//! The kind "spectrum": the smallest eigenvalues of −L, with errors. Also the gaps that other kinds read.

mod findings;
mod kinetic;

pub use findings::{Eigenvalue, SpectrumFindings};
pub use kinetic::kinetic_gap;

use super::figure::{Array, Arrays};
use super::grid::{GridRun, axes};
use super::prelude::*;
use super::wells::{curvature, eyring_kramers};
use crate::model::{Dynamics, KineticFlow, Potential, Problem};
use crate::pde::start::start;
use crate::pde::{
    Generator, Grid, GridSettings, Mode, Sides, extrapolated as by_shown_order, hidden, potential_on_cells,
    smallest_modes,
};

const COUNT: Key = Key {
    name: "count",
    holds: Type::Whole(Range::From(1.0)),
    unit: "",
    default: Some("4"),
    meaning: "How many eigenvalues.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "spectrum",
    summary: "The smallest eigenvalues of −L on the grid.",
    needs: &[Need::Grid],
    keys: &[COUNT],
    read: |values, _| Ok(Arc::new(Spectrum { count: values.whole(COUNT.name).unwrap_or(4) as usize })),
    outcome: Some(|generator| generator.subschema_for::<SpectrumFindings>()),
};

/// The smallest eigenvalues of −L.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// How many.
    pub count: usize,
}

impl Study for Spectrum {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        Values::default().with(COUNT.name, self.count as u64)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        unmet([operator(basis.problem).map(drop)])
    }

    /// Passes if the first eigenvalue is 0 (where no side absorbs), every other is known to 1 % and none is below the
    /// Bakry–Émery bound.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let settings = context.basis.needs_grid()?;
        let grid = settings.grid();
        let keeps = !grid.absorbs();
        let reflects = (0..grid.dimension()).all(|axis| grid.sides(axis) == Sides::Reflecting);
        let findings = match operator(context.problem())? {
            Operator::Overdamped(potential) => {
                let Modes { eigenvalues, modes, moves } = modes(potential, settings, self.count)?;
                found.warnings.extend(moved(&eigenvalues, &moves));
                found.arrays.push(arrays(&grid, &modes));
                SpectrumFindings {
                    eigenvalues,
                    // The bound and the value are those of a box that keeps the mass, or of the line.
                    curvature: keeps.then(|| curvature(potential, &grid)),
                    eyring_kramers: eyring_kramers(potential, &grid).filter(|_| reflects),
                    keeps_mass: keeps,
                }
            }
            Operator::Kinetic(flow) => {
                let (eigenvalues, moves) = kinetic::eigenvalues(flow, settings, self.count)?;
                found.warnings.extend(moved(&eigenvalues, &moves));
                SpectrumFindings { eigenvalues, curvature: None, eyring_kramers: None, keeps_mass: keeps }
            }
        };
        let (verdict, why) = match judge(&findings, keeps, !found.warnings.is_empty()) {
            (verdict @ (Verdict::Pass | Verdict::Fail), why) => {
                match context.grid.and_then(GridRun::hidden_feature) {
                    Some(feature) => (Verdict::Inconclusive, feature),
                    None => (verdict, why),
                }
            }
            other => other,
        };
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        Ok(())
    }
}

/// The operator whose spectrum is studied.
enum Operator<'a> {
    Overdamped(&'a Potential),
    Kinetic(&'a KineticFlow),
}

fn operator(problem: &Problem) -> Result<Operator<'_>, Fault> {
    match &problem.dynamics {
        Dynamics::Kinetic(flow) => Ok(Operator::Kinetic(flow)),
        _ => Ok(Operator::Overdamped(&problem.transported()?.potential)),
    }
}

/// Relative error up to which an eigenvalue counts as known.
const KNOWN: f64 = 0.01;
/// A mode that is this small at the sides, relative to its largest value, does not feel the box.
const SMALL_AT_SIDES: f64 = 1e-6;
/// Beside terms of size 1, an overlap of start and mode below this is rounding of a symmetric grid.
const ABSENT: f64 = 1e-9;
/// Rounding of an eigenvalue, relative to 1 or itself.
const ROUNDING: f64 = 1e-11;
/// Ratio of the differences of levels with halved cells, of order 2.
const ORDER_2: f64 = 4.0;
/// Ratios, in that, which show no other order.
const CLEAN: std::ops::Range<f64> = 0.8..1.6;
/// What is left of a change by a box of twice the size, if boxes are doubled without end: the third of it where there is no
/// gap, as eigenvalues then fall with the square of the box.
const WIDER: f64 = 2.0;
/// Positions where the target is below e^{−this} of its largest value do not count.
const DEEP: f64 = 30.0;
/// Relative change by a box of twice the size that is worth a warning.
const MOVES: f64 = 1e-6;

/// Eigenvalues on the grid of some settings, with the modes of the grid itself.
struct Modes {
    eigenvalues: Vec<Eigenvalue>,
    modes: Vec<Mode>,
    /// By how much each eigenvalue changes on a box of twice the size.
    moves: Vec<f64>,
}

/// The first eigenvalue λ₁ > 0 of −L, L = Δ − ∇V·∇, extrapolated in Δx², and that of the grid itself.
///
/// # Errors
/// If an eigenvalue computation fails.
pub fn gap(potential: &Potential, settings: &GridSettings) -> Result<(Eigenvalue, f64), Breakdown> {
    let Modes { eigenvalues, modes, .. } = modes(potential, settings, 2)?;
    Ok((eigenvalues[1], modes[1].eigenvalue))
}

/// Why the slowest mode, with λ₁, is not in the start: the two are orthogonal, as a symmetric start is to an odd mode. `None` where it
/// is.
///
/// # Errors
/// If the eigenvalue computation fails.
pub fn misses_slowest(
    problem: &Problem,
    potential: &Potential,
    settings: &GridSettings,
) -> Result<Option<String>, Breakdown> {
    let grid = settings.grid();
    let slowest = &modes(potential, settings, 2)?.modes[1];
    let energy = grid.sample(|x| potential.value(x));
    let lowest = energy.iter().copied().fold(f64::INFINITY, f64::min);
    // φ = ψ/√π, up to a factor.
    let terms = start(&problem.initial, &grid).into_iter().zip(&energy).zip(&slowest.symmetric);
    // Further out, ψ is rounding.
    let terms = terms.filter(|((_, energy), _)| **energy - lowest <= DEEP);
    let terms = terms.map(|((log, energy), ψ)| (log + 0.5 * (energy - lowest)).exp() * ψ);
    let [sum, sizes] = terms.fold([0.0, 0.0], |[sum, sizes], term: f64| [sum + term, sizes + term.abs()]);
    Ok((sum.abs() <= ABSENT * sizes).then(|| {
        "the start has no part in the slowest mode, as it is symmetric, so that the slowest rate is not seen: start on one side".into()
    }))
}

/// Eigenvalues λ₀ = 0 < λ₁ ≤ … of −L, L = Δ − ∇V·∇, extrapolated in Δx². Where a mode reaches an open side, a box of twice the
/// size, in cells of the half grid, shows what the box does to its eigenvalue, and that is part of the error.
fn modes(potential: &Potential, settings: &GridSettings, count: usize) -> Result<Modes, Breakdown> {
    let on = |grid: &Grid| -> Result<Vec<Mode>, Breakdown> {
        let values = potential_on_cells(grid, potential);
        Ok(smallest_modes(&Generator::gradient_flow(grid, &values, 1.0)?, count)?)
    };
    let mut found = Vec::new();
    let mut eigenvalues = extrapolated(settings, |grid| {
        found.push(on(grid)?);
        Ok(found[found.len() - 1].iter().map(|mode| (mode.eigenvalue, None)).collect())
    })?;
    let grid = settings.grid();
    let unseen = unseen(potential, &grid);
    for (k, own) in eigenvalues.iter_mut().enumerate() {
        let [fine, half, quarter] = [0, 1, 2].map(|level: usize| found[level][k].eigenvalue);
        let differences = [fine - half, half - quarter];
        own.error = own.error.max(unseen.error(differences));
        let order = differences[1] / differences[0] / ORDER_2;
        if !CLEAN.contains(&order) {
            own.error = own.error.max(by_shown_order([fine, half, quarter], [2.0; 2], 2).error);
        }
    }
    let mut moves = vec![0.0; eigenvalues.len()];
    let reaches = settings.open && found[0].iter().any(|mode| reaches_a_side(&grid, mode));
    // Where the potential is too steep for cells out there, nothing gets there.
    if let Some(wide) = reaches.then(|| on(&grid.coarser().doubled()).ok()).flatten() {
        for (k, own) in moves.iter_mut().enumerate().filter(|(k, _)| reaches_a_side(&grid, &found[0][*k])) {
            *own = (wide[k].eigenvalue - found[1][k].eigenvalue).abs();
            eigenvalues[k].error += WIDER * *own;
        }
    }
    Ok(Modes { eigenvalues, modes: found.swap_remove(0), moves })
}

/// What the levels do not show of a potential, so that their differences have no order.
enum Unseen {
    Nothing,
    /// A kink or a jump: its place within a cell is another one on every level.
    Rough,
    /// What a cell of the coarsest level hides.
    OfQuarter,
    /// What one of the middle level hides, too.
    OfHalf,
}

impl Unseen {
    /// The least error of a value with such differences, of the last two levels and of those before: of what is rough they change as
    /// much as the values; what a level hides may be far off on it.
    fn error(&self, [last, before]: [f64; 2]) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Rough => last.abs().max(0.5 * before.abs()),
            Self::OfQuarter => 2.0 * last.abs(),
            Self::OfHalf => 2.0 * last.abs().max(before.abs()),
        }
    }
}

fn unseen(potential: &Potential, fine: &Grid) -> Unseen {
    let Some(formula) = potential.expression() else { return Unseen::Nothing };
    let hides = |grid: &Grid| !hidden(grid, formula, 0.0, &grid.sample(|x| potential.value(x))).is_empty();
    let half = fine.coarser();
    if hides(&half) {
        Unseen::OfHalf
    } else if hides(&half.coarser()) {
        Unseen::OfQuarter
    } else if formula.has_kink() || formula.has_jump() {
        Unseen::Rough
    } else {
        Unseen::Nothing
    }
}

/// Whether a mode is not small at a reflecting side.
fn reaches_a_side(grid: &Grid, mode: &Mode) -> bool {
    let largest = mode.symmetric.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    let reaches = |cell: usize| mode.symmetric[cell].abs() > SMALL_AT_SIDES * largest;
    (0..grid.len()).any(|cell| lies_at_a_side(grid, cell) && reaches(cell))
}

/// Whether a cell is the last before a reflecting side.
fn lies_at_a_side(grid: &Grid, cell: usize) -> bool {
    (0..grid.dimension()).any(|axis| {
        let position = grid.position(cell, axis);
        let (sides, last) = (grid.sides(axis), grid.cells()[axis] - 1);
        (position == 0 && sides.reflects(false)) || (position == last && sides.reflects(true))
    })
}

/// The modes for scripts: eigenvalues on the grid itself, and ψ = √π φ with ∫ψ² dx = 1.
fn arrays(grid: &Grid, modes: &[Mode]) -> Arrays {
    let mut arrays = axes(grid);
    let eigenvalues = modes.iter().map(|mode| mode.eigenvalue).collect();
    arrays.push(Array::new("eigenvalues", vec![modes.len()], eigenvalues));
    let scale = grid.volume().sqrt().recip();
    let functions = modes.iter().flat_map(|mode| mode.symmetric.iter().map(|value| scale * value)).collect();
    let shape = grid.cells().iter().copied().chain([modes.len()]).collect();
    arrays.push(Array::new("eigenfunctions", shape, functions));
    Arrays { id: "spectrum".into(), arrays }
}

/// Real part and, if there is one, imaginary part.
type Parts = (f64, Option<f64>);

/// Real and, if there are any, imaginary parts on the grid, which comes first, and on two coarser ones, extrapolated.
fn extrapolated(
    settings: &GridSettings,
    mut on: impl FnMut(&Grid) -> Result<Vec<Parts>, Breakdown>,
) -> Result<Vec<Eigenvalue>, Breakdown> {
    let fine = settings.grid();
    let half = fine.coarser();
    let quarter = half.coarser();
    let (a, b, c) = (on(&fine)?, on(&half)?, on(&quarter)?);
    // (coarse width / fine width)² − 1, from the widths themselves: halving may have rounded.
    let factor = |coarse: &Grid, fine: &Grid| (coarse.width(0) / fine.width(0)).powi(2) - 1.0;
    let (f, g) = (factor(&half, &fine), factor(&quarter, &half));
    let part = |a: f64, b: f64, c: f64| {
        let value = a + (a - b) / f;
        let coarser = b + (b - c) / g;
        // The difference overstates the Δx⁴ remainder 15 times; a third of that margin is kept.
        (value, (value - coarser).abs() / 5.0 + ROUNDING * value.abs().max(1.0))
    };
    let estimate = |((a, b), c): ((&Parts, &Parts), &Parts)| {
        let (value, error) = part(a.0, b.0, c.0);
        let imaginary = a.1.zip(b.1).zip(c.1).map(|((a, b), c)| part(a, b, c));
        let error = imaginary.map_or(error, |(_, other)| error.hypot(other));
        Eigenvalue { value, imaginary: imaginary.map(|(value, _)| value), error }
    };
    Ok(a.iter().zip(&b).zip(&c).map(estimate).collect())
}

fn judge(findings: &SpectrumFindings, keeps: bool, moves: bool) -> (Verdict, String) {
    let eigenvalues = &findings.eigenvalues;
    let zero = !keeps || eigenvalues.first().is_none_or(|first| first.value.abs() <= first.error);
    let known = eigenvalues
        .iter()
        .skip(usize::from(keeps))
        .all(|λ| λ.error <= KNOWN * λ.value.hypot(λ.imaginary.unwrap_or(0.0)));
    let gap = eigenvalues.get(1);
    let below = gap.zip(findings.curvature).filter(|(gap, curvature)| gap.value + gap.error < *curvature);
    match (zero, below, known) {
        (false, ..) => (Verdict::Fail, "the smallest eigenvalue is not 0".to_string()),
        (_, Some((gap, curvature)), _) => {
            (Verdict::Fail, format!("λ₁ = {} is below the Bakry–Émery bound {curvature}", gap.value))
        }
        (.., true) if keeps => (Verdict::Pass, "λ₀ = 0, and two extrapolations agree on the others".into()),
        (.., true) => {
            (Verdict::Pass, "two extrapolations agree on all; λ₀ is the rate at which mass is lost".into())
        }
        (.., false) if moves => (
            Verdict::Inconclusive,
            "eigenvalues move as the box is doubled: it is too small, or the spectrum is continuous there"
                .into(),
        ),
        (.., false)
            if eigenvalues.iter().skip(1).all(|λ| λ.error <= 2.0 * ROUNDING * λ.value.abs().max(1.0)) =>
        {
            (
                Verdict::Inconclusive,
                "an eigenvalue is at rounding: no grid of such numbers tells it from 0".into(),
            )
        }
        (.., false) => (Verdict::Inconclusive, "the grid is too coarse for 1 % accuracy: refine it".into()),
    }
}

/// The eigenvalues that the box makes.
fn moved(eigenvalues: &[Eigenvalue], moves: &[f64]) -> Option<String> {
    let each: Vec<String> = eigenvalues
        .iter()
        .zip(moves)
        .enumerate()
        // Of the error that is left where the box counts for nothing, a move is a part.
        .filter(|(_, (λ, moves))| **moves > MOVES * λ.value.abs() && **moves > λ.error - WIDER * **moves)
        .map(|(k, (λ, moves))| format!("λ_{k} = {:.4} by {moves:.1e}", λ.value))
        .collect();
    (!each.is_empty()).then(|| {
        format!(
            "[grid] a box of twice the size moves {}: the box is too small, or these belong to a continuous spectrum, which \
             it makes discrete",
            each.join(", ")
        )
    })
}
