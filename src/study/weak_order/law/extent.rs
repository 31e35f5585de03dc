//! The interval or rectangle on which the functions of a noise-free expectation are held, and how finely.

use crate::law::Resolution;
use crate::model::{Observable, Problem};
use crate::particles::{Ensemble, Motion};
use crate::schemes::{CATALOGUE, Equation, WeightRule};
use crate::statistics::Tail;
use crate::study::breakdown::Breakdown;

/// Groups of paths that scout how far the solution reaches, and their size: the mean of the extremes of several groups
/// hardly depends on chance, and with it the box.
const SCOUTS: (usize, usize) = (8, 2048);
/// Panels and Gauss–Hermite nodes in one dimension; the second pair checks the first.
const RESOLUTIONS: [(u32, usize); 2] = [(32, 40), (44, 56)];
/// Further pairs, of odd numbers, where something is not smooth.
const OTHERS: [(u32, usize); 2] = [(37, 47), (53, 65)];
/// The same in two dimensions; the second box is larger by this share on every side, so that it shows what the sides do.
const PLANE_RESOLUTIONS: [(usize, usize, f64); 2] = [(7, 12, 0.0), (9, 14, 0.1)];

/// Where the functions of the state are held.
#[derive(Clone)]
pub(super) struct Extent {
    /// What the scouts saw.
    scouted: Vec<[f64; 2]>,
    /// The interval of equal panels, or the sides of the rectangle.
    ends: Vec<[f64; 2]>,
    /// On a line, how far growing panels reach beyond it.
    far: f64,
    is_open: bool,
    size: f64,
}

impl Extent {
    /// As far as the paths of the equation are.
    ///
    /// # Errors
    /// If a path explodes.
    pub fn new(
        problem: &Problem,
        observable: &Observable,
        equation: &dyn Equation,
    ) -> Result<Self, Breakdown> {
        let (scouted, values) = scout(problem, observable, equation)?;
        let is_open = scouted.len() > 1 && Tail::of(&values).surely_has_no_variance();
        let size = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
        Ok(Self { ends: scouted.clone(), scouted, far: 0.0, is_open, size: size.min(1.0) })
    }

    /// The size of the values of the observable, beside which errors are rounding: the mean of |φ| over the scouts, at most 1.
    pub fn size(&self) -> f64 {
        self.size
    }

    /// Whether the observable grows into a heavy tail in the plane, of which no box can be trusted to hold enough: what leaves
    /// it is not measured there.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// An interval that is longer by 0.4 of itself on both sides.
    pub fn widen(&mut self) {
        let [low, high] = self.ends[0];
        let margin = 0.4 * (high - low);
        self.ends[0] = [low - margin, high + margin];
    }

    /// Three times as far beyond the scouted interval, by growing panels.
    pub fn reach_on(&mut self) {
        let ([low, high], [_, end]) = (self.scouted[0], self.ends[0]);
        self.far = 3.0 * self.far.max(end - high).max(high - low);
        self.ends.clone_from(&self.scouted);
    }

    /// Panels for the scouted interval, and as many more as the interval is longer.
    fn line(&self, (panels, nodes): (u32, usize)) -> Resolution {
        let ([low, high], [first, last]) = (self.ends[0], self.scouted[0]);
        let stretch = (high - low) / (last - first);
        Resolution::reaching(low, high, (f64::from(panels) * stretch).ceil() as usize, self.far, nodes)
    }

    /// Further ones on a line, where something is not smooth.
    pub fn others(&self) -> Vec<Resolution> {
        OTHERS.map(|own| self.line(own)).into()
    }

    /// Two ways to hold the functions: the second checks the first.
    pub fn resolutions(&self) -> [Resolution; 2] {
        if let [_] = self.ends[..] {
            return RESOLUTIONS.map(|own| self.line(own));
        }
        PLANE_RESOLUTIONS.map(|(panels, nodes, margin)| {
            let corner = |side: usize| {
                [0, 1].map(|axis| {
                    let end = self.ends[axis];
                    end[side] + margin * (end[side] - end[1 - side])
                })
            };
            Resolution::plane(corner(0), corner(1), panels, nodes)
        })
    }
}

/// Where the paths are, with the values of the observable at their ends. The range is widened along every axis: the extremes of 2048 paths lie at about 3.35 standard deviations, so
/// 0.55 of their range more on each side reaches about 7; in the plane, where no leak is measured, 0.75 reaches about 8.4.
fn scout(
    problem: &Problem,
    observable: &Observable,
    equation: &dyn Equation,
) -> Result<(Vec<[f64; 2]>, Vec<f64>), Breakdown> {
    const STEPS: usize = 256;
    let (groups, size) = SCOUTS;
    let share = if problem.dimension() == 1 { 0.55 } else { 0.75 };
    let motion = Motion { sde: equation, scheme: CATALOGUE[0], weight: WeightRule::Left, weighted: false };
    let mut scouts = Ensemble::new(&problem.initial, groups * size, 0, motion);
    let mut extremes = vec![vec![[f64::INFINITY, f64::NEG_INFINITY]; groups]; problem.dimension()];
    let mut look = |scouts: &Ensemble| {
        for (axis, extremes) in extremes.iter_mut().enumerate() {
            for (path, x) in scouts.map(|x| x[axis]).into_iter().enumerate() {
                let end = &mut extremes[path / size];
                *end = [end[0].min(x), end[1].max(x)];
            }
        }
    };
    look(&scouts);
    for k in 0..16 {
        let moved = scouts.advance(motion, problem.horizon / STEPS as f64, k * STEPS / 16, STEPS / 16);
        moved.map_err(|breakdown| breakdown.explained(problem))?;
        look(&scouts);
    }
    // No noise, no range: leave room for the interpolation all the same.
    let widened = |extremes: Vec<[f64; 2]>| {
        let mean = |side: usize| extremes.iter().map(|end| end[side]).sum::<f64>() / groups as f64;
        let [low, high] = [0, 1].map(mean);
        let margin = share * (high - low) + 1e-3 * low.abs().max(high.abs());
        let margin = if margin > 0.0 { margin } else { 1e-3 };
        [low - margin, high + margin]
    };
    let values = scouts.map(|x| observable.value(x));
    Ok((extremes.into_iter().map(widened).collect(), values))
}
