use super::{Potential, Problem};

/// Distances, in units of the start's, between which the growth of V is looked at.
const NEAR: f64 = 1e4;
const FAR: f64 = 1e8;
/// e^{−V} has no integral over a cone in d dimensions if V grows as p log|x| with p ≤ d; p is known to this.
const MARGIN: f64 = 0.1;
/// Directions beside those of the axes, at most.
const DIRECTIONS: usize = 16;
/// Rounding of V that is refused; smaller ones are in the error bars of the grid.
const DROWNED: f64 = 1.0;
/// Components of the start that are looked at, at most: a target may have as many.
const CENTRES: usize = 64;
/// Turns of a direction that make a cone of it.
const TURN: f64 = 1e-2;

impl Problem {
    /// Why e^{−V} has no integral, if its growth along a cone of directions shows that; V is the potential of a gradient flow, of
    /// kinetic or of annealed dynamics.
    ///
    /// A V that is not finite far out, or that lacks an integral in another way, is not seen.
    pub fn not_integrable(&self) -> Option<String> {
        let (potential, d) = (self.dynamics.potential()?, self.positions());
        if matches!(potential, Potential::Mixture(_)) {
            return None;
        }
        let unit = self.size();
        let growth = |direction: &[f64]| {
            let value = |distance: f64| {
                let place: Vec<f64> = direction.iter().map(|u| u * distance * unit).collect();
                potential.value(&place[..])
            };
            (value(FAR) - value(NEAR)) / (FAR / NEAR).ln()
        };
        let slow = |direction: &[f64]| growth(direction) < d as f64 - MARGIN;
        let cone = |direction: &Vec<f64>| {
            slow(direction)
                && (d == 1
                    || (0..d).all(|axis| {
                        [-TURN, TURN].iter().all(|turn| {
                            let mut turned = direction.clone();
                            turned[axis] += turn;
                            slow(&turned)
                        })
                    }))
        };
        let direction = directions(d).into_iter().find(cone)?;
        let how = if growth(&direction) < 0.0 { "falls" } else { "grows too slowly" };
        let way: Vec<String> = direction.iter().map(|u| format!("{u:.2}")).collect();
        Some(format!(
            "e^{{−V}} is not integrable: V {how} along ({}), so that there is no target; a density π has the potential \
             V = −log π",
            way.join(", ")
        ))
    }

    /// That the values of V drown in the rounding of a constant in it: V is far from 0 at the origin and everywhere around the
    /// start. Steep potentials, which are 0 somewhere there, pass.
    pub fn drowned_potential(&self) -> Option<String> {
        let (potential, d) = (self.dynamics.potential()?, self.positions());
        let around = |centre: &[f64]| {
            let shifted = |(axis, by): (usize, f64)| {
                let mut place = centre[..d].to_vec();
                place[axis] += by;
                place
            };
            let steps = (0..d).flat_map(|axis| [-1.0, 1.0].map(|by| (axis, by)));
            std::iter::once(centre[..d].to_vec()).chain(steps.map(shifted)).collect::<Vec<_>>()
        };
        let mut places = vec![vec![0.0; d]];
        let centres = self.initial.centres();
        let stride = centres.len().div_ceil(CENTRES).max(1);
        places.extend(centres.into_iter().step_by(stride).flat_map(around));
        let values = places.iter().map(|x| potential.value(&x[..]).abs()).filter(|value| !value.is_nan());
        let smallest = values.fold(f64::INFINITY, f64::min);
        let rounding = f64::EPSILON * smallest;
        (smallest.is_finite() && rounding > DROWNED).then(|| {
            format!(
                "found a potential of {smallest:.0e} or more around the start, which double precision knows to {rounding:.0e} only; \
                 expected one with a smaller constant"
            )
        })
    }

    /// How far the start reaches, or 1.
    fn size(&self) -> f64 {
        let largest = |x: &[f64]| x.iter().fold(0.0f64, |far, x| far.max(x.abs()));
        self.initial.centres().into_iter().map(largest).fold(1.0, f64::max)
    }
}

/// The axes, both ways, and some directions between them.
fn directions(d: usize) -> Vec<Vec<f64>> {
    let axis = |k: usize, sign: f64| (0..d).map(|i| if i == k { sign } else { 0.0 }).collect::<Vec<f64>>();
    let axes = (0..d).flat_map(|k| [axis(k, 1.0), axis(k, -1.0)]);
    let others = (1..=if d > 1 { DIRECTIONS } else { 0 }).map(|k| {
        let direction: Vec<f64> = (0..d).map(|i| ((k * (2 * i + 1)) as f64 * 0.754_877).sin()).collect();
        let length = direction.iter().map(|u| u * u).sum::<f64>().sqrt();
        direction.into_iter().map(|u| u / length).collect()
    });
    axes.chain(others).collect()
}
