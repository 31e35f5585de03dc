use super::Population;
use crate::algebra::elementary::exp_of_negative;
use crate::model::{Branch, Observable};
use crate::particles::Mean;
use crate::statistics::{Spread, Tail};
use rayon::prelude::*;

/// Ancestors are enough for the tail of their masses if there are this many times √N: twice the tail itself.
const ENOUGH_ANCESTORS: f64 = 6.0;
/// Multiples of the golden ratio fill (0, 1) evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// How standard errors come about.
impl Population {
    /// The tail of the masses that particles at time 0 have come to, of which `ancestors` have any: selection evens the weights of
    /// the particles out, but not those. `None` where too few are left, so that chance alone has made their masses.
    ///
    /// After selection a mass is a whole number of particles that weigh the same on an island: a part of one is taken off each, which
    /// spreads such steps and leaves the index of the tail as it is (Breiman's lemma).
    pub fn mass_tail(&self, ancestors: usize) -> Option<Tail> {
        let shares = self.shares();
        if (ancestors as f64) < ENOUGH_ANCESTORS * (shares.len() as f64).sqrt() {
            return None;
        }
        if !self.resampled {
            return Some(Tail::of(&shares));
        }
        let mut largest = vec![0.0_f64; shares.len()];
        for (ancestor, share) in self.ensemble.ancestors().into_iter().zip(&shares) {
            let own = &mut largest[ancestor as usize];
            *own = own.max(*share);
        }
        let spread = |(number, mass): (usize, f64)| mass - largest[number] * (GOLDEN * number as f64).fract();
        let masses: Vec<f64> = self.by_ancestor(shares).into_iter().enumerate().map(spread).collect();
        Some(Tail::of(&masses))
    }

    /// How the standard errors of `means`, which are those of these observables by [`Self::means`], come about. Terms are those of
    /// particles, or where particles were selected those of the offspring of an ancestor together, as long as enough of these are
    /// left.
    pub fn spreads(&self, observables: &[Observable], means: &[Mean], normalized: bool) -> Vec<Spread> {
        let shares = self.shares();
        let draws = match self.resampled {
            true => participation(&self.by_ancestor(shares.clone())),
            false => participation(&shares),
        };
        let even = shares.iter().all(|share| *share == shares[0]);
        let alone =
            !self.resampled || self.ancestors() as f64 >= ENOUGH_ANCESTORS * (shares.len() as f64).sqrt();
        let of = |(observable, mean): (&Observable, &Mean)| {
            let values = self.ensemble.map(|x| observable.value(x));
            let product = |w: f64, φ: f64| if w == 0.0 { 0.0 } else { w * φ };
            // Of the mean by shares; that of the estimate has the mass as a factor.
            let centre: f64 = shares.iter().zip(&values).map(|(w, φ)| product(*w, *φ)).sum();
            let size = shares.iter().zip(&values).map(|(w, φ)| product(*w, φ * φ)).sum::<f64>().sqrt();
            let squares = shares.iter().zip(&values).map(|(w, φ)| product(*w, (φ - centre).powi(2)));
            let deviation = squares.sum::<f64>().sqrt();
            let term = |own: f64| {
                let each =
                    shares.iter().zip(&values).map(move |(w, φ)| product(*w, φ - own)).collect::<Vec<_>>();
                if alone { self.by_ancestor(each) } else { each }
            };
            let (deviations, tail) = if normalized {
                let deviations = term(centre);
                // The terms of an event are weights, be they inside or outside; those of families are multiples of a few values, which
                // one side alone shows as a tail.
                let tail = match observable.is_event() || self.resampled {
                    true => Tail::of(&deviations.iter().map(|own| own.abs()).collect::<Vec<_>>()),
                    false => Tail::of(&deviations),
                };
                (deviations, tail)
            } else {
                let terms = term(0.0);
                let mean = centre / terms.len() as f64;
                // Of terms that are mostly far below their mean, the deviations would hide the tail.
                (terms.iter().map(|term| term - mean).collect(), Tail::of(&terms))
            };
            let scale = if normalized || centre == 0.0 { 1.0 } else { (mean.value / centre).abs() };
            let squares: Vec<f64> = deviations.iter().map(|d| d * d).collect();
            let mut spread = Spread {
                draws,
                terms: participation(&squares),
                tail,
                size: scale * size,
                deviation: scale * deviation,
                event: observable.is_event() && (normalized || even),
                unmet: unmet(observable, &values, &shares, |other| self.ensemble.map(|x| other.value(x))),
                one_place: false,
                heavy_weights: false,
            };
            if spread.is_zero(mean.stderr) {
                spread.terms = 0.0;
                spread.one_place = self.in_one_place();
            }
            spread
        };
        observables.par_iter().zip(means).map(of).collect()
    }

    /// The share of each particle in the whole mass.
    pub fn shares(&self) -> Vec<f64> {
        let log_total = self.log_total();
        let mut shares = self.ensemble.log_weights();
        for island in &self.islands {
            let shift = island.log_factor - log_total;
            shares[island.members.clone()]
                .iter_mut()
                .for_each(|log| *log = exp_of_negative((*log + shift).min(0.0)));
        }
        shares
    }

    /// Sums over the offspring of each particle at time 0.
    fn by_ancestor(&self, values: Vec<f64>) -> Vec<f64> {
        if !self.resampled {
            return values;
        }
        let mut sums = vec![0.0; values.len()];
        for (ancestor, value) in self.ensemble.ancestors().into_iter().zip(values) {
            sums[ancestor as usize] += value;
        }
        sums
    }

    /// Whether all particles are at the same place.
    fn in_one_place(&self) -> bool {
        (0..self.ensemble.dimension()).all(|axis| {
            let coordinates = self.ensemble.map(|x| x[axis]);
            coordinates.iter().all(|x| *x == coordinates[0])
        })
    }
}

/// The mean change of an observable on those branches within it that none of the mass is on; `at` gives the values of another
/// observable.
fn unmet(
    observable: &Observable,
    values: &[f64],
    shares: &[f64],
    at: impl Fn(&Observable) -> Vec<f64>,
) -> f64 {
    let change = |own: &Branch| {
        let inside = at(&own.branch);
        let met: Vec<f64> = inside.iter().zip(shares).filter(|(_, w)| **w > 0.0).map(|(e, _)| *e).collect();
        if met.iter().any(|own| *own != met[0]) {
            return 0.0;
        }
        let product = |(w, (a, b)): (&f64, (&f64, &f64))| if *w == 0.0 { 0.0 } else { w * (a - b).abs() };
        let change: f64 = shares.iter().zip(at(&own.turned).iter().zip(values)).map(product).sum();
        let beyond = own.margin.as_ref().map_or(1.0, |margin| beyond(&at(margin), shares));
        if change.is_finite() { beyond * change } else { 0.0 }
    };
    observable.branches().iter().map(change).sum()
}

/// How much rarer than the outermost particles, at most, is what lies beyond a margin of 0: the masses of nearer and nearer particles
/// fall by a factor of e over their mean excess (Pickands 1975; the exponential law, as what falls more slowly has a tail that is
/// warned of).
fn beyond(margins: &[f64], shares: &[f64]) -> f64 {
    let weighted = margins.iter().zip(shares).filter(|(_, w)| **w > 0.0);
    let mut distances: Vec<f64> = weighted.map(|(margin, _)| margin.abs()).collect();
    distances.sort_unstable_by(f64::total_cmp);
    let outermost = ((distances.len() as f64).sqrt() as usize).max(2).min(distances.len());
    let Some((nearest, threshold)) = distances.first().zip(distances.get(outermost - 1)) else { return 1.0 };
    let excess = distances[..outermost].iter().map(|own| threshold - own).sum::<f64>() / outermost as f64;
    if excess > 0.0 { (-nearest / excess).exp() } else { 1.0 }
}

/// (Σv)²/Σv² of values ≥ 0: how many even ones would do.
fn participation(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), value| {
        let share = value / largest;
        (sum + share, squares + share * share)
    });
    sum * sum / squares
}
