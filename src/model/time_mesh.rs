//! Time steps that resolve how the coefficients of an equation change within them.

use super::{Dynamics, Expression, Initial, Mean, Problem, Variable};

/// Difference to its integral over a step that a coefficient may have beyond what shorter steps show.
const TOLERANCE: f64 = 1e-9;
/// Share of the change by shorter steps that is left after extrapolation, where they see the coefficient.
const LEFT: f64 = 0.1;
/// What is left of the difference to the mean over a step by steps half as long, which is a quarter where they see the
/// coefficient.
const FALLS: f64 = 0.5;
/// Halvings of a step, at most.
const HALVINGS: usize = 24;
/// Steps that may be halved.
const MOST_HALVED: usize = 2000;

/// The steps of a flow from 0 to its horizon: even ones, but for those that end at a jump of a coefficient, and those in which
/// a coefficient does more than a step and its halves show, which are halved until they do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeMesh {
    /// The end of each piece, and its longest step as a share of the even one; none for even steps.
    pieces: Vec<(f64, f64)>,
    /// Times at which a coefficient jumps.
    pub jumps: Vec<f64>,
    /// Times at which steps had to be halved.
    pub narrow: Vec<f64>,
    /// Whether there were too many of them to be halved.
    pub unresolved: bool,
}

impl TimeMesh {
    /// For the formulas of `problem` in steps of at most `step`. What jumps by a comparison of t alone is found wherever it is;
    /// a pulse however narrow, at the places x that are looked at: around the start.
    pub fn new(problem: &Problem, step: f64) -> Self {
        let timed = |formula: &&Expression| formula.depends_on(Variable::Time);
        let formulas: Vec<&Expression> = problem.dynamics.formulas().into_iter().filter(timed).collect();
        let mut mesh = Self::default();
        if formulas.is_empty() {
            return mesh;
        }
        let horizon = problem.horizon;
        mesh.jumps =
            formulas.iter().flat_map(|formula| formula.jumps(Variable::Time, [0.0, horizon])).collect();
        mesh.jumps.sort_by(f64::total_cmp);
        mesh.jumps.dedup_by(|a, b| *a - *b <= 1e-12 * horizon);
        let places = places(&problem.initial);
        let mut means: Vec<Mean<'_>> =
            formulas.iter().map(|formula| Mean::new(formula, TOLERANCE / horizon)).collect();
        let mut pieces = vec![(0.0, 1.0)];
        for end in mesh.jumps.clone().into_iter().chain([horizon]) {
            let start = pieces.last().map_or(0.0, |piece: &(f64, f64)| piece.0);
            let steps = ((end - start) / step - 1e-9).ceil().max(1.0) as usize;
            let h = (end - start) / steps as f64;
            for k in 0..steps {
                let end = if k + 1 == steps { end } else { start + (k + 1) as f64 * h };
                mesh.halve(&mut means, &places, [start + k as f64 * h, end], step, 0, &mut pieces);
            }
        }
        let even = mesh.jumps.is_empty() && pieces.iter().all(|piece| piece.1 == 1.0);
        if !even {
            // Even steps that follow each other are one piece, unless a jump divides them.
            pieces.remove(0);
            for piece in pieces {
                let jump = |time: f64| mesh.jumps.contains(&time);
                match mesh.pieces.last_mut() {
                    Some(last) if last.1 == piece.1 && !jump(last.0) => last.0 = piece.0,
                    _ => mesh.pieces.push(piece),
                }
            }
        }
        mesh
    }

    fn halve(
        &mut self,
        means: &mut [Mean<'_>],
        places: &[Vec<[f64; 2]>],
        span: [f64; 2],
        step: f64,
        depth: usize,
        pieces: &mut Vec<(f64, f64)>,
    ) {
        let sees = means.iter_mut().all(|mean| places.iter().all(|place| sees(mean, span, place)));
        if sees || depth == HALVINGS || self.narrow.len() >= MOST_HALVED {
            self.unresolved |= !sees && depth < HALVINGS;
            let share = if depth == 0 { 1.0 } else { (span[1] - span[0]) / step };
            pieces.push((span[1], share));
            return;
        }
        let middle = 0.5 * (span[0] + span[1]);
        self.narrow.push(middle);
        self.halve(means, places, [span[0], middle], step, depth + 1, pieces);
        self.halve(means, places, [middle, span[1]], step, depth + 1, pieces);
    }

    /// The spans from `from` to `to`, and the longest step in each, of steps of at most `step`.
    pub fn spans(&self, from: f64, to: f64, step: f64) -> Vec<(f64, f64)> {
        let inside = self.pieces.iter().filter(|piece| piece.0 > from);
        let mut spans: Vec<(f64, f64)> = Vec::new();
        for (end, share) in inside {
            spans.push((end.min(to), share * step));
            if *end >= to {
                break;
            }
        }
        match spans.last() {
            Some((end, _)) if *end >= to => spans,
            _ => {
                spans.push((to, step));
                spans
            }
        }
    }
}

/// Subdivisions of a step, a prime, with which [`aliases`] integrates, and the share of the largest value by which the mean over
/// the horizon may then differ from that of the ends of steps.
const FINER: usize = 37;
const ALIASED: f64 = 0.1;
/// Steps that are looked at, at most, from the start on: what oscillates with them does so in these.
const LOOKED_AT: usize = 4096;

/// A coefficient of which the ends of even steps do not show the mean over the horizon, or over its first 4096 steps, at one of the
/// places around the start: it oscillates with them, be it by t or by a coordinate that runs like a clock.
pub fn aliases(problem: &Problem, step: f64) -> Option<String> {
    let all = (problem.horizon / step).round().max(1.0) as usize;
    let steps = all.min(LOOKED_AT);
    let horizon = problem.horizon * (steps as f64 / all as f64);
    let formulas = problem.dynamics.formulas().into_iter();
    let clocks = clocks(problem);
    let mut timed = formulas.filter(|formula| {
        formula.depends_on(Variable::Time)
            || clocks.iter().any(|(axis, _)| formula.depends_on(Variable::Space(*axis)))
    });
    let places = places(&problem.initial);
    let found = timed.find(|formula| {
        let mean = Mean::new(formula, 0.0);
        places.iter().any(|place| {
            let x: Vec<f64> = place.iter().map(|ends| ends[0]).collect();
            let at = |share: f64| {
                let mut x = x.clone();
                clocks.iter().for_each(|(axis, speed)| x[*axis] += speed * share * horizon);
                mean.value(share * horizon, &x)
            };
            let ends =
                (0..steps).map(|k| 0.5 * (at(k as f64 / steps as f64) + at((k + 1) as f64 / steps as f64)));
            let fine = steps * FINER;
            let within: Vec<f64> = (0..fine).map(|k| at((k as f64 + 0.5) / fine as f64)).collect();
            let largest = within.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            let difference = ends.sum::<f64>() / steps as f64 - within.iter().sum::<f64>() / fine as f64;
            difference.abs() > ALIASED * largest
        })
    });
    found.map(|formula| formula.to_string())
}

/// Coordinates of constant drift without noise, with their speeds.
fn clocks(problem: &Problem) -> Vec<(usize, f64)> {
    let Dynamics::Sde(sde) = &problem.dynamics else { return Vec::new() };
    let silent = |row: &Vec<Expression>| row.iter().all(|entry| entry.as_constant() == Some(0.0));
    let own = sde.drift().iter().zip(sde.diffusion()).enumerate().filter(|(_, (_, row))| silent(row));
    own.filter_map(|(axis, (drift, _))| Some((axis, drift.as_constant()?))).collect()
}

/// Whether the midpoint rules of the step, its halves and its quarters come near the mean over the step as they do where it
/// is smooth.
fn sees(mean: &mut Mean<'_>, [start, end]: [f64; 2], place: &[[f64; 2]]) -> bool {
    let h = end - start;
    let x: Vec<f64> = place.iter().map(|ends| ends[0]).collect();
    let midpoints = |parts: usize| {
        let own = (0..parts).map(|k| mean.value(start + h * (k as f64 + 0.5) / parts as f64, &x));
        own.sum::<f64>() / parts as f64
    };
    let [whole, halves, quarters] = [1, 2, 4].map(midpoints);
    let change = quarters - halves;
    let truth = mean.over([start, end], place);
    let rounding = TOLERANCE * (1.0 / h + truth.abs());
    let off = |value: f64| (value - truth).abs();
    let extrapolates = off(quarters + change / 3.0) <= LEFT * change.abs() + rounding;
    let falls = |coarse: f64, fine: f64| off(fine) <= FALLS * off(coarse) + rounding;
    !truth.is_finite() || (extrapolates && falls(whole, halves) && falls(halves, quarters))
}

/// Points around the start.
fn places(initial: &Initial) -> Vec<Vec<[f64; 2]>> {
    let (centre, spread): (Vec<f64>, Vec<f64>) = match initial {
        Initial::Point(point) => point.iter().map(|x| (*x, 1.0)).unzip(),
        Initial::Mixture(mixture) => {
            let first = &mixture.components()[0];
            let spread = (0..first.mean.len()).map(|axis| 1.0 + first.covariance[axis][axis].sqrt());
            (first.mean.clone(), spread.collect())
        }
    };
    let at = |share: f64| centre.iter().zip(&spread).map(|(c, s)| [c + share * s; 2]).collect();
    [0.0, -0.77, 1.31].map(at).into()
}
