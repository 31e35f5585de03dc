//! An event that no particle met, or few, is judged by its binomial law: a spread of 0 is no certainty, in neither direction.

use crate::common::{close, findings};
use wfr::statistics::{Evidence, Judgement, Spread, Tail, clopper_pearson, event_score, upper_bound_of_none};
use wfr::study::Verdict;

/// Clopper and Pearson (1934), as every table has it; the ends for 0 of 10 are one-sided here, 1 − 0.05^{1/10}.
#[test]
fn intervals_are_those_of_the_tables() {
    let table = [
        (0.0, 10.0, [0.0, 0.258_866]),
        (1.0, 10.0, [0.002_529, 0.445_016]),
        (5.0, 10.0, [0.187_086, 0.812_914]),
        (10.0, 100.0, [0.049_005, 0.176_223]),
        (10.0, 10.0, [0.741_134, 1.0]),
    ];
    for (events, draws, expected) in table {
        let found = clopper_pearson(events, draws, 0.05);
        for (found, expected) in found.iter().zip(expected) {
            close(*found, expected, 1e-5, &format!("{events} of {draws}"));
        }
    }
    // The rule of three: −log(0.05) = 3.0.
    close(1000.0 * upper_bound_of_none(1000.0, 0.05), 2.9957, 5e-3, "rule of three");
}

/// Without random numbers: the sum of the binomial probabilities of the counts whose interval has the truth.
#[test]
fn intervals_cover() {
    for (draws, p) in [(20u32, 0.01f64), (20, 0.3), (200, 0.002), (200, 0.02), (200, 0.5)] {
        let mut covered = 0.0;
        let mut probability = (1.0 - p).powi(draws as i32);
        for k in 0..=draws {
            let [low, high] = clopper_pearson(f64::from(k), f64::from(draws), 0.05);
            if low <= p && p <= high {
                covered += probability;
            }
            probability *= f64::from(draws - k) / f64::from(k + 1) * p / (1.0 - p);
        }
        assert!(covered > 0.9499, "{draws} draws of {p}: {covered}");
    }
}

#[test]
fn scores_have_the_probability_of_a_normal_law() {
    // (1 − p)^n = 1e-9, of which the normal score is 5.9978.
    let p = 1.0 - 1e-9f64.powf(1e-4);
    close(event_score(0.0, 1e4, [p, p]), -5.9978, 1e-3, "none of many");
    close(event_score(1e4, 1e4, [1.0 - p, 1.0 - p]), 5.9978, 1e-3, "all of many");
    // Poisson: P(≥ 1) = 1 − e^{−0.01} = 0.00995, score 2.3282.
    close(event_score(1.0, 1e6, [1e-8, 1e-8]), 2.3282, 1e-3, "one of a million");
    assert_eq!(event_score(3.0, 1e4, [1e-4, 4e-4]), 0.0);
    // Many events are as good as normal: 5050 ± 50 of 10⁴ is one standard error.
    close(event_score(5050.0, 1e4, [0.5, 0.5]), 1.0, 0.02, "many");
}

fn none_of(draws: f64) -> Evidence {
    let spread = Spread { draws, event: true, size: 0.0, ..Spread::default() };
    Evidence { value: 0.0, stderr: 0.0, spread }
}

#[test]
fn zero_spread_is_no_certainty() {
    let score = |evidence: Evidence, exact: f64| match evidence.against((0.0, 0.0), exact, 0.0) {
        Judgement::Score(z) => z,
        Judgement::Open(why) => panic!("{why}"),
    };
    assert!(score(none_of(1e4), 2.9e-7).abs() < 1.0, "what no one could have met");
    assert!(score(none_of(1e4), 0.5).abs() > 6.5, "a mode that was missed");
    let few = none_of(20.0).against((0.0, 0.0), 0.3, 0.0);
    assert!(matches!(few, Judgement::Open(why) if why.contains("rare")));
    // Rounding is no spread either, and no distance.
    let rounded = Evidence {
        value: -3.7e-14,
        stderr: 2.5e-14,
        spread: Spread { size: 1.0, event: false, ..none_of(1e4).spread },
    };
    assert_eq!(rounded.against((0.0, 0.0), 0.0, 0.0), Judgement::Score(0.0));
    let off = Evidence { value: 1.0, ..rounded };
    assert!(
        matches!(off.against((0.0, 0.0), 0.0, 0.0), Judgement::Open(_)),
        "no pass, and no certain failure"
    );
}

#[test]
fn few_terms_make_no_normal_interval() {
    let spread = Spread { draws: 1e4, terms: 3.0, tail: Tail::default(), size: 1.0, ..Spread::default() };
    let evidence = Evidence { value: 1.0, stderr: 0.1, spread };
    assert!(matches!(evidence.against((0.0, 0.0), 0.0, 0.0), Judgement::Open(_)));
}

/// P(x > −5) = 1 − 3e-7: that none of 10⁴ particles lies below has probability 0.997.
#[test]
fn an_indicator_that_no_one_meets_passes_with_a_warning() {
    let found = findings(
        "observables = [\"x > -5\", \"x > 1\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n\
         [flow]\nreaction = 0.0\nhorizon = 0.5\n[grid]\nlower = [-8.0]\nupper = [8.0]\ncells = [320]\n\
         [particles]\ncount = 10000\nstep = 0.1\nscheme = \"platen\"\n[[study]]\nkind = \"compare\"\n",
    );
    assert!(found.passed && found.studies[0].verdict == Verdict::Pass, "{:?}", found.studies[0].why);
    let rare: Vec<_> = found.warnings.iter().filter(|warning| warning.contains("rare")).collect();
    assert!(rare.len() == 1 && rare[0].contains("x > -5"), "{rare:?}");
}

/// All annealed particles stay in one of two modes.
#[test]
fn a_missed_mode_is_warned_of() {
    let found = findings(
        "observables = [\"x > 0\", \"x < 0\"]\n[target]\nmixture = [{ weight = 0.5, mean = [-10.0], covariance = [[1.0]] }, \
         { weight = 0.5, mean = [10.0], covariance = [[1.0]] }]\n[initial]\nmean = [-10.0]\ncovariance = [[1.0]]\n\
         [flow]\ndynamics = \"annealed\"\nschedule = \"t\"\nhorizon = 1.0\n\
         [particles]\ncount = 2000\nstep = 0.05\nscheme = \"mala\"\n\
         [[study]]\nkind = \"reference\"\nobservable = \"x > 0\"\nvalue = 0.5\nsource = \"symmetry\"\n",
    );
    // Two observables without a spread, the evidence of a mixture, which is known, and the mode.
    assert_eq!(found.warnings.iter().filter(|warning| warning.contains("rare")).count(), 4);
    // 0 ± 0 is no 0.5, but says nothing of the target either.
    assert_eq!(found.studies[0].verdict, Verdict::Inconclusive, "{}", found.studies[0].why);
}
