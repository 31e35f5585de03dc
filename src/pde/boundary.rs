//! Sides of a box at which the noise of an Itô equation vanishes, and what one-dimensional diffusions do there.

use super::Grid;
use super::kinetic::log_add;
use super::tails::Side;
use crate::model::{Dynamics, Initial, ItoSde, Problem};
use crate::schemes::Sde;

/// σ² at a side, relative to that in the middle, which has vanished.
const VANISHED: f64 = 1e-10;
/// Octaves of the distance to the side over which its integrals are followed, and from which on they are judged: below, the
/// coefficients are rounding.
const OCTAVES: usize = 30;
const JUDGED: usize = 12;
/// Change of the logarithm of an octave's share, per octave, below which the sum over all octaves is finite.
const FALLS: f64 = -0.02;
/// Five-point Gauss–Legendre rule on [0, 1]: (node, weight).
const GAUSS_LEGENDRE: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_43),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

/// Feller's class of an end (Karlin and Taylor 1981, section 15.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Reached, and left again: what happens there is not in the coefficients.
    Regular,
    /// Reached, and never left.
    Exit,
    /// Left, never reached.
    Entrance,
    /// Neither.
    Natural,
}

impl End {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Exit => "exit",
            Self::Entrance => "entrance",
            Self::Natural => "natural",
        }
    }

    /// Whether paths arrive there.
    pub fn is_reached(self) -> bool {
        matches!(self, Self::Regular | Self::Exit)
    }
}

/// The sides of `grid` at which the noise across them vanishes, with their class, from the coefficients at time 0 on the line
/// through the start; nothing for other dynamics than Itô equations.
pub fn vanishing_sides(problem: &Problem, grid: &Grid) -> Vec<(Side, End)> {
    let Dynamics::Sde(sde) = &problem.dynamics else {
        return Vec::new();
    };
    let centre: Vec<f64> = match &problem.initial {
        Initial::Point(point) => point.clone(),
        Initial::Mixture(mixture) => mixture.components()[0].mean.clone(),
    };
    let sides = (0..grid.dimension()).flat_map(|axis| [(axis, false), (axis, true)]);
    let class = |side: Side| {
        let (axis, upper) = side;
        let end = if upper { grid.upper()[axis] } else { grid.lower()[axis] };
        let length = 0.5 * (grid.upper()[axis] - grid.lower()[axis]);
        let across = Across { sde, centre: &centre, axis, end, inward: if upper { -1.0 } else { 1.0 } };
        let [at_end, inside] = [0.0, length].map(|distance| across.coefficients(distance)[1]);
        // A square root of −10⁻¹⁷ is none.
        let vanished = (at_end.is_nan() || at_end <= VANISHED * inside) && inside > 0.0;
        (vanished && at_end.is_finite()).then(|| (side, across.class(length)))
    };
    sides.filter_map(class).collect()
}

/// Those of [`vanishing_sides`] at which the error falls more slowly than with the square of the width: that paths reach, or that
/// jumps across the corners of cells meet, which correlated noises need.
pub fn unsettled_sides(problem: &Problem, grid: &Grid) -> Vec<(Side, End)> {
    let crossed = matches!(&problem.dynamics, Dynamics::Sde(sde) if sde.is_correlated());
    vanishing_sides(problem, grid).into_iter().filter(|(_, end)| crossed || end.is_reached()).collect()
}

/// The equation across one side, in the distance from it.
struct Across<'a> {
    sde: &'a ItoSde,
    centre: &'a [f64],
    axis: usize,
    end: f64,
    inward: f64,
}

impl Across<'_> {
    /// [drift away from the side, σ²].
    fn coefficients(&self, distance: f64) -> [f64; 2] {
        let mut place = self.centre.to_vec();
        place[self.axis] = self.end + self.inward * distance;
        let mut drift = vec![0.0; place.len()];
        Sde::<f64>::drift(self.sde, &0.0, &place, &mut drift);
        let noises = Sde::<f64>::noise_dimension(self.sde);
        let square = (0..noises).map(|noise| {
            let (mut unit, mut σ) = (vec![0.0; noises], vec![0.0; place.len()]);
            unit[noise] = 1.0;
            self.sde.diffuse(&0.0, &place, &unit, &mut σ);
            σ[self.axis].powi(2)
        });
        [self.inward * drift[self.axis], square.sum()]
    }

    /// By the octaves of the distance: with the scale density s and the speed density m = 2/(σ²s), paths arrive if
    /// ∫(∫m)s is finite at the side, and leave it if ∫(∫s)m is.
    fn class(&self, length: f64) -> End {
        let (mut log_scale, mut arriving, mut leaving) = (0.0, Vec::new(), Vec::new());
        let (mut speed_so_far, mut scale_so_far) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut high = length;
        for _ in 0..OCTAVES {
            let low = 0.5 * high;
            let (mut log_s, mut log_m) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            let mut rise = 0.0;
            for (node, weight) in GAUSS_LEGENDRE {
                let [b, square] = self.coefficients(high - node * (high - low));
                let share = weight * (high - low);
                // log s falls by −2b/σ² with the distance: to the middle of what the node stands for.
                let own = share * 2.0 * b / square;
                let here = log_scale + rise + 0.5 * own;
                rise += own;
                log_s = log_add(log_s, here + share.ln());
                log_m = log_add(log_m, (2.0 / square).ln() - here + share.ln());
            }
            log_scale += rise;
            speed_so_far = log_add(speed_so_far, log_m);
            scale_so_far = log_add(scale_so_far, log_s);
            arriving.push(speed_so_far + log_s);
            leaving.push(scale_so_far + log_m);
            high = low;
        }
        match (finite(&arriving), finite(&leaving)) {
            (true, true) => End::Regular,
            (true, false) => End::Exit,
            (false, true) => End::Entrance,
            (false, false) => End::Natural,
        }
    }
}

/// Whether a sum whose terms have these logarithms is finite, by how they fall.
fn finite(logs: &[f64]) -> bool {
    let fall = (logs[logs.len() - 1] - logs[JUDGED]) / (logs.len() - 1 - JUDGED) as f64;
    fall < FALLS
}
