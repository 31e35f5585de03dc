//! What users have to know of estimates, in words that scripts can look for: `rare`, `tail` and `groups`.

use super::intervals::{FEWEST_TERMS, Spread};
use super::rare::upper_bound_of_none;
use super::tails::Tail;

/// Draws of which more than a few should make a standard error.
const MANY_DRAWS: f64 = 100.0;

/// An estimate and its name.
pub type Estimated<'a> = (&'a str, f64, &'a Spread);

/// Observables whose spread is 0, or made by few terms. `estimates` are (name, standard error, spread) of those that can vary.
pub fn rare(estimates: &[Estimated<'_>]) -> Vec<String> {
    let warn = |(name, stderr, spread): &Estimated<'_>| {
        if spread.one_place || stderr.is_nan() {
            return None;
        }
        if spread.is_zero(*stderr) {
            let bound = upper_bound_of_none(spread.draws, 0.05);
            return Some(format!(
                "rare: {name} is the same for all particles, so that its standard error is 0: that is no certainty, but {:.0} \
                 effective draws, which leave up to {bound:.1e} of the mass (at 95 %) to places that none has met",
                spread.draws
            ));
        }
        let unseen = spread.unseen(0.05);
        if unseen > *stderr {
            return Some(format!(
                "rare: all particles are on one side of a comparison, a maximum or the like within {name}: what is beyond it may count for {unseen:.1e} \
                 (at 95 %), which the standard error {stderr:.1e} does not have"
            ));
        }
        (spread.event && spread.terms < FEWEST_TERMS).then(|| {
            format!(
                "rare: {:.1} effective particles make the standard error of {name}: a normal interval needs {FEWEST_TERMS:.0}",
                spread.terms
            )
        })
    };
    estimates.iter().filter_map(warn).collect()
}

/// Sums whose terms may have no variance. `weights` are those of all of the past of the particles.
pub fn tails(weights: Option<&Tail>, estimates: &[Estimated<'_>]) -> Vec<String> {
    let describe = |tail: &Tail| {
        format!(
            "Pareto index {:.2} ± {:.2}, the largest is {:.2} % of all",
            tail.pareto_k.unwrap_or(f64::NAN),
            tail.pareto_k_stderr.unwrap_or(f64::NAN),
            100.0 * tail.largest_share
        )
    };
    let advice = |tail: &Tail| match tail.is_hopeless() {
        true => "no interval of them means anything, unless the index falls with more particles",
        false => "a normal interval of them means little",
    };
    let bad = weights.filter(|tail| tail.may_be_heavy());
    let weights = bad
        .map(|tail| format!("tail: the weights may have no variance ({}): {}", describe(tail), advice(tail)));
    let seen = |(_, stderr, spread): &&Estimated<'_>| !spread.is_zero(*stderr);
    let few = estimates.iter().filter(seen).filter(|(.., spread)| {
        !spread.event && !spread.tail.is_heavy() && spread.terms < FEWEST_TERMS && spread.draws > MANY_DRAWS
    });
    let few = few.map(|(name, _, spread)| {
        format!(
            "tail: {:.1} terms of {:.0} effective draws make the standard error of {name}: a normal interval needs {FEWEST_TERMS:.0}",
            spread.terms, spread.draws
        )
    });
    let observables = estimates.iter().filter(seen).filter(|(.., spread)| spread.tail.is_heavy());
    let observables = observables.map(|(name, _, spread)| {
        format!(
            "tail: the terms of {name} may have no variance ({}): {}",
            describe(&spread.tail),
            advice(&spread.tail)
        )
    });
    weights.into_iter().chain(observables).chain(few).collect()
}

/// Standard errors from few independent groups: `degrees` of freedom, of `islands` groups.
pub fn few_groups(degrees: usize, islands: usize, replicated: bool) -> Option<String> {
    const FEW: usize = 10;
    if degrees == 0 {
        return Some(if replicated {
            "one replicate gives no standard error, which needs groups: take at least 2, better 16".into()
        } else if islands < 2 {
            "too few particles for a standard error that respects resampling, which needs independent groups: at least 128 are \
             needed"
                .into()
        } else {
            format!(
                "no standard error that respects resampling: one of the {islands} independent groups of particles has all the mass: \
                 take more particles, shorter steps, or a longer path"
            )
        });
    }
    if degrees < FEW {
        return Some(format!(
            "the standard errors have {degrees} degrees of freedom only, of as few independent groups: read them with Student's t, \
             or take more {}",
            if replicated { "replicates" } else { "particles" }
        ));
    }
    // Masses of islands then vary by more than their mean, and the largest have not been seen.
    (!replicated && 2 * (degrees + 1) < islands).then(|| {
        format!(
            "the {islands} independent groups of particles differ in mass and count as {} even ones: the log-normaliser is \
             likely to be too low and its standard error too small; take more particles, shorter steps or a longer path",
            degrees + 1
        )
    })
}
