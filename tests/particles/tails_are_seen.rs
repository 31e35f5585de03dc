//! Sums whose terms have no variance are seen by their largest terms, and those that have one are left alone.

use crate::common::findings;
use wfr::particles::{Purpose, Stream};
use wfr::statistics::Tail;

/// `count` uniform numbers in (0, 1).
fn uniforms(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Paths, 0);
    (0..count).map(|_| 1.0 - stream.uniform()).collect()
}

/// Of u^{−k}, the index is k. With m = 300 terms in the tail, k̂ has the standard deviation (1 + k)/√m ≤ 0.12; 0.5 is more than
/// four of them from the indices on either side (1e-4 for each sample), and of 20 samples a majority is asked for: less than 1e-30.
#[test]
fn pareto_terms_have_their_index() {
    for (k, heavy) in [(0.1, false), (0.25, false), (0.75, true), (1.0, true), (1.5, true)] {
        let samples = 20;
        let tails: Vec<Tail> = (0..samples)
            .map(|seed| Tail::of(&uniforms(seed, 10_000).into_iter().map(|u| u.powf(-k)).collect::<Vec<_>>()))
            .collect();
        let right = tails.iter().filter(|tail| tail.has_no_variance() == heavy).count();
        assert!(right > 15, "k = {k}: {right} of {samples}");
        // Terms of index ¾ and more are uneven, or k̂ is above ½ by more than its errors.
        let judged = tails.iter().filter(|tail| tail.is_heavy() == heavy).count();
        assert!(judged > 15, "k = {k}: {judged} of {samples}");
        let mean = tails.iter().filter_map(|tail| tail.pareto_k).sum::<f64>() / samples as f64;
        // Six standard errors, and the prior's pull.
        assert!((mean - k).abs() < 0.15, "k = {k}: {mean}");
    }
}

/// Bounded, exponential and normal terms of 500 to 20 000: the index is at most 0, and k̂ + its error is above ½ only four
/// standard deviations beyond (1e-4 each: three of 40 with probability 1e-8).
#[test]
fn light_tails_are_left_alone() {
    for count in [500, 2_000, 20_000] {
        let mut wrong = 0;
        for seed in 0..20 {
            let terms = uniforms(seed, count);
            let exponential: Vec<f64> = terms.iter().map(|u| -u.ln()).collect();
            let bounded: Vec<f64> = terms.iter().map(|u| u * u).collect();
            wrong += [Tail::of(&exponential), Tail::of(&bounded)]
                .iter()
                .filter(|tail| tail.may_lack_variance())
                .count();
        }
        assert!(wrong <= 2, "{count}: {wrong} of 40");
    }
}

#[test]
fn even_terms_have_no_tail() {
    let tail = Tail::of(&[2.0; 1000]);
    assert_eq!(tail.pareto_k, None);
    assert!((tail.largest_share - 1e-3).abs() < 1e-15);
    assert_eq!(Tail::of(&[]).pareto_k, None);
    assert_eq!(Tail::of(&[0.0; 100]).largest_share, 1.0);
}

/// E|X − 1| = 2/e of exponential terms, whose variance is 1; of 20 000 the share is known to 1 %. It knows no shift: weights that are
/// even but for a small part with a heavy tail are as uneven as that part.
#[test]
fn evenness_is_that_of_deviations() {
    let exponential = Tail::of(&uniforms(1, 20_000).into_iter().map(|u| -u.ln()).collect::<Vec<_>>());
    let exact = 4.0 * (-2f64).exp();
    assert!((exponential.evenness - exact).abs() < 0.07 * exact, "{exponential:?}");
    let heavy: Vec<f64> = uniforms(1, 20_000).into_iter().map(|u| u.powf(-0.8)).collect();
    let lifted: Vec<f64> = heavy.iter().map(|term| 100.0 + term).collect();
    let (alone, lifted) = (Tail::of(&heavy), Tail::of(&lifted));
    assert!((alone.evenness - lifted.evenness).abs() < 1e-9 && lifted.is_heavy(), "{alone:?} {lifted:?}");
}

fn geometric(horizon: f64, step: f64) -> Vec<String> {
    let found = findings(&format!(
        "observables = [\"x\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"x\"]]\nhorizon = {horizon:?}\n\
         [particles]\ncount = 10000\nstep = {step:?}\nscheme = \"milstein\"\n"
    ));
    found.warnings
}

/// The martingale X = exp(W − t/2): at t = 60 no sample shows its mean, 1; at t = ½ every one does.
#[test]
fn a_martingale_that_no_sample_shows_is_warned_of() {
    assert!(geometric(60.0, 0.5).iter().any(|warning| warning.contains("tail")));
    assert_eq!(geometric(0.5, 0.01), Vec::<String>::new());
}

/// Warnings and the verdict of `compare` of the flow from N(1.5, ¼) to N(0, 1) until T = ½.
fn flow(reaction: f64, count: usize, seed: u64) -> (bool, String) {
    let found = findings(&format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.5]\ncovariance = [[0.25]]\n\
         [flow]\nreaction = {reaction:?}\nhorizon = 0.5\n[grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [160]\n\
         [particles]\ncount = {count}\nstep = 0.01\nscheme = \"platen\"\nseed = {seed}\n[[study]]\nkind = \"compare\"\n"
    ));
    let warned = found.warnings.iter().any(|warning| warning.contains("tail") || warning.contains("groups"));
    (warned, serde_json::to_string(&found.studies[0].verdict).unwrap())
}

/// With β = 5 the mass of a particle at time 0 has no variance: where the far ones are missed, the value is off and the standard
/// error small, and scores have a variance of 3 at N = 10⁴. Selection evens out the weights, but not these masses. Of 240 runs, none was
/// without a warning.
#[test]
fn masses_without_variance_are_seen_through_selection() {
    for (count, seed) in [(500, 1), (500, 2), (2000, 1), (2000, 2), (10_000, 1)] {
        let (warned, verdict) = flow(5.0, count, seed);
        assert!(warned && verdict != "\"pass\"", "N = {count}: {verdict}");
    }
}

/// With β = 1 it has: of 100 runs, the largest index was 0.45.
#[test]
fn masses_with_variance_are_left_alone() {
    for seed in 1..4 {
        let (warned, verdict) = flow(1.0, 10_000, seed);
        assert!(!warned && verdict == "\"pass\"", "{verdict}");
    }
}

/// A normal law that moves into the target: by Riccati's equation the weights have moments of all orders below 1/0.12, though
/// k̂ of 20 000 terms is about ½. Seeds are fixed: the same bits, the same verdicts.
#[test]
fn easy_weights_are_judged() {
    for seed in 1..=3 {
        let found = findings(&format!(
            "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [2.0]\n\
             covariance = [[0.5]]\n[flow]\nhorizon = 1.0\n[grid]\ncells = [200]\n\
             [particles]\ncount = 20000\nstep = 0.02\nscheme = \"platen\"\nseed = {seed}\n[[study]]\nkind = \"compare\"\n"
        ));
        assert_eq!(found.studies[0].verdict, wfr::study::Verdict::Pass, "{seed}: {}", found.studies[0].why);
    }
}
