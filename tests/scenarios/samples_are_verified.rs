//! Samples of other programs: right ones pass, wrong ones fail by the test that sees them, few ones are inconclusive, and what is no
//! samples is refused by name. Seeds are fixed; a pass has a false-alarm rate of 1e-8 over seeds.

use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::Arc;
use wfr::algebra::{LANES, Lanes};
use wfr::particles::{Points, Purpose, Stream};
use wfr::scenario::{parse, read_samples};
use wfr::study::findings::Findings;
use wfr::study::reference::Whose;
use wfr::study::samples::{
    Arrangement, Autocorrelation, Samples, SamplesFindings, SamplesStudy, autocorrelation, split_r_hat,
};
use wfr::study::{Plan, Study, Verdict, run};

/// Level at which right samples have to pass.
const PASSING: f64 = 1e-8;
const LINE: &str = "observables = [\"x\", \"x^2\", \"x > 1\"]\n[target]\npotential = \"x^2/2\"\n\
    [initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
const MODES: &str = "dimension = 2\nobservables = [\"x\", \"y\"]\n[target]\nmixture = [\n\
    { weight = 0.7, mean = [-2.0, 0.0], covariance = [[0.5, 0.1], [0.1, 0.3]] },\n\
    { weight = 0.3, mean = [2.0, 1.0], covariance = [[0.3, 0.0], [0.0, 0.6]] }]\n\
    [initial]\nmean = [0.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";

fn normals(count: usize, stream: usize) -> Vec<f64> {
    let mut source = Stream::new(7, Purpose::Paths, stream);
    let mut lanes = vec![Lanes([0.0; LANES]); count.div_ceil(LANES)];
    source.normals(&mut lanes);
    lanes.iter().flat_map(|lanes| lanes.0).take(count).collect()
}

fn uniforms(count: usize, stream: usize) -> Vec<f64> {
    let mut source = Stream::new(8, Purpose::Paths, stream);
    (0..count).map(|_| source.uniform()).collect()
}

fn line(x: Vec<f64>) -> Samples {
    Samples::new("mine", &[x.len(), 1], x).unwrap()
}

fn findings(
    text: &str,
    samples: Samples,
    law: Option<Whose>,
    arrangement: Option<Arrangement>,
    level: Option<f64>,
) -> Findings {
    let plan = parse(text, "s.toml", &[]).unwrap().plan;
    let problem = plan.problem().clone();
    let study = SamplesStudy::new(Arc::new(samples), &problem, arrangement, law, level);
    let studies: Vec<Arc<dyn Study>> = vec![Arc::new(study)];
    let plan = Plan::new(problem, plan.grid().cloned(), None, studies).unwrap().alone("samples");
    run("s", &plan, &[], &|_, _| ()).findings
}

/// Verdict, reason and outcome.
fn verdict(
    text: &str,
    samples: Samples,
    arrangement: Option<Arrangement>,
    level: Option<f64>,
) -> (Verdict, String, SamplesFindings) {
    let found = findings(text, samples, None, arrangement, level);
    let study = &found.studies[0];
    (study.verdict, study.why.clone(), study.outcome_as::<SamplesFindings>().unwrap().clone())
}

#[track_caller]
fn fails(text: &str, samples: Samples, arrangement: Option<Arrangement>, by: &str) {
    let (verdict, why, found) = verdict(text, samples, arrangement, None);
    let failed: Vec<&String> =
        found.tests.iter().filter(|test| test.passed == Some(false)).map(|test| &test.name).collect();
    assert_eq!(verdict, Verdict::Fail, "{why}");
    assert!(failed.iter().any(|name| name.contains(by)), "{by}: {failed:?}");
}

#[track_caller]
fn passes(text: &str, samples: Samples, arrangement: Option<Arrangement>) -> SamplesFindings {
    let (verdict, why, found) = verdict(text, samples, arrangement, Some(PASSING));
    assert_eq!(verdict, Verdict::Pass, "{why}");
    assert!(why.contains("would have been found with probability 0.99"), "{why}");
    found
}

#[test]
fn right_samples_pass_and_say_their_power() {
    let found = passes(LINE, line(normals(4000, 0)), None);
    let mean = found.tests.iter().find(|test| test.name.starts_with("E[x]:")).unwrap();
    // (t + z)/√n with t the quantile of 1e-8 in about ten tests, 6.1, and z = 2.33.
    let detectable = mean.detectable.unwrap();
    assert!((0.125..0.145).contains(&detectable), "{detectable}");
    assert_eq!(mean.would_find.as_deref().unwrap().find("a shift of E[x] by 0.1"), Some(0));
    for part in ["Kolmogorov", "χ²", "Stein: f = u1²/2", "kernel Stein"] {
        assert!(
            found.tests.iter().any(|test| test.name.contains(part) && test.passed == Some(true)),
            "{part}"
        );
    }
}

#[test]
fn wrong_samples_fail_by_the_test_that_sees_them() {
    let normal = normals(4000, 1);
    let map = |f: &dyn Fn(f64) -> f64| line(normal.iter().map(|x| f(*x)).collect());
    fails(LINE, map(&|x| x + 0.15), None, "E[x]:");
    fails(LINE, map(&|x| 1.15 * x), None, "E[x^2]");
    // The right mean and variance, another law.
    let uniform = uniforms(4000, 0).iter().map(|u| (2.0 * u - 1.0) * 3f64.sqrt()).collect();
    fails(LINE, line(uniform), None, "χ² of bins");
    let signs = normals(4000, 2)
        .into_iter()
        .zip(uniforms(4000, 2))
        .map(|(x, u)| 0.3 * x + if u < 0.5 { 0.95 } else { -0.95 });
    fails(LINE, line(signs.collect()), None, "kernel Stein");
}

fn modes(count: usize, first: f64) -> Samples {
    let (normal, uniform) = (normals(2 * count, 3), uniforms(count, 3));
    let place = |k: usize| {
        let [a, b] = [normal[2 * k], normal[2 * k + 1]];
        match uniform[k] < first {
            // The Cholesky factor of [[0.5, 0.1], [0.1, 0.3]].
            true => [-2.0 + 0.5f64.sqrt() * a, 0.1 / 0.5f64.sqrt() * a + 0.28f64.sqrt() * b],
            false => [2.0 + 0.3f64.sqrt() * a, 1.0 + 0.6f64.sqrt() * b],
        }
    };
    Samples::new("mine", &[count, 2], (0..count).flat_map(place).collect()).unwrap()
}

#[test]
fn masses_of_modes_are_weighed() {
    let found = passes(MODES, modes(3000, 0.7), None);
    assert!(
        found.tests.iter().any(|test| test.name.contains("energy distance") && test.passed == Some(true))
    );
    assert!(found.tests.iter().any(|test| test.name.contains("random direction 1")));
    let share = found.tests.iter().find(|test| test.name.contains("mass of the mode around (2")).unwrap();
    assert!(share.would_find.as_ref().unwrap().contains("% of mass"), "{share:?}");
    fails(MODES, modes(3000, 0.78), None, "mass of the mode");
    fails(MODES, modes(3000, 1.0), Some(Arrangement::Independent), "mass of the mode");
}

/// −x⁴/4 against 1/4 − x²/2: accepted with the ratio of the two.
/// Two laws with tails of the power −6 around ±15, of which three quarters are on the left. No box holds their second moments, and
/// Stein's identities do not see how much is where.
/// Points that are more even than chance (van der Corput, strata in turn) are no mistake: a fixed distance of the samples that are
/// looked at would meet their period.
#[test]
fn even_sequences_pass() {
    use statrs::distribution::{ContinuousCDF, Normal};
    let normal = Normal::standard();
    let mirrored = |k: usize, base: usize| {
        let (mut left, mut share, mut value) = (k, 1.0, 0.0);
        while left > 0 {
            share /= base as f64;
            value += (left % base) as f64 * share;
            left /= base;
        }
        value
    };
    for base in [2, 3, 5] {
        let x = (1..=4096).map(|k| normal.inverse_cdf(mirrored(k, base))).collect();
        passes(LINE, line(x), None);
    }
    for strata in [4, 10, 16] {
        let within = uniforms(4096, strata);
        let place = |k: usize| (within[k] + (k % strata) as f64) / strata as f64;
        passes(LINE, line((0..4096).map(|k| normal.inverse_cdf(place(k))).collect()), None);
    }
}

/// One row that is far out sets the standard deviation: in that unit all others would be in one place, and nothing be seen of them.
#[test]
fn a_far_row_hides_nothing() {
    let text = "observables = [\"x1 > 1\"]\ndimension = 4\n[target]\npotential = \"sum(i, sqrt(1 + x[i]^2))\"\n[initial]\n\
        point = [0.0, 0.0, 0.0, 0.0]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    // No draws of the target: three times as wide, nearly.
    let mut x: Vec<f64> = normals(4 * 4096, 5).iter().map(|z| 4.0 * z).collect();
    x[4 * 17] = 1e8;
    fails(text, Samples::new("mine", &[4096, 4], x).unwrap(), None, "Stein");
}

/// Cells that cover the wide end of a funnel step over its neck, and hold all of the mass for right of it: E x = 3 ± 2 in the place
/// of 0. Exact draws do not fail, and wrong ones are seen by the score.
#[test]
fn a_funnel_that_cells_do_not_resolve_is_no_truth() {
    const COUNT: usize = 8000;
    let text = "dimension = 3\nobservables = [\"x\", \"x > 0\"]\n[target]\n\
        potential = \"x^2/(2*1.2^2) + 0.5*(y^2 + z^2)*exp(-x) + x\"\n[initial]\npoint = [0.0, 0.0, 0.0]\n\
        [flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let normal = normals(3 * COUNT, 31);
    let draws = |deviation: f64| {
        let at = |z: &[f64]| {
            let x = deviation * z[0];
            [x, (0.5 * x).exp() * z[1], (0.5 * x).exp() * z[2]]
        };
        Samples::new("funnel", &[COUNT, 3], normal.chunks(3).flat_map(at).collect()).unwrap()
    };
    let (right, why, _) = verdict(text, draws(1.2), Some(Arrangement::Independent), Some(PASSING));
    assert_ne!(right, Verdict::Fail, "{why}");
    fails(text, draws(1.0), Some(Arrangement::Independent), "Stein");
}

#[test]
fn masses_that_nothing_weighs_are_no_pass() {
    const COUNT: usize = 6000;
    let text = "dimension = 2\nobservables = [\"x > 0\", \"x\"]\n[target]\n\
        potential = \"-log(1/(1+((x-15)^2+y^2)/3)^3+3/(1+((x+15)^2+y^2)/3)^3)\"\n\
        [initial]\nmean = [0.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let (normal, uniform) = (normals(6 * COUNT, 14), uniforms(COUNT, 14));
    let draws = |right: f64| {
        let at = |k: usize| {
            let z = &normal[6 * k..6 * k + 6];
            let scale = (0.75 / (0.25 * z[2..].iter().map(|z| z * z).sum::<f64>())).sqrt();
            let centre = if uniform[k] < right { 15.0 } else { -15.0 };
            [centre + scale * z[0], scale * z[1]]
        };
        Samples::new("tails", &[COUNT, 2], (0..COUNT).flat_map(at).collect()).unwrap()
    };
    for right in [0.25, 0.5, 0.75] {
        let (verdict, why, _) = verdict(text, draws(right), Some(Arrangement::Independent), None);
        assert!(verdict != Verdict::Pass || right == 0.25, "{right}: {why}");
    }
}

fn quartic(count: usize, stream: usize) -> Vec<f64> {
    let (normal, uniform) = (normals(8 * count, stream), uniforms(8 * count, stream));
    let kept = normal.into_iter().zip(uniform).filter(|(x, u)| u.ln() < 0.5 * x * x - x.powi(4) / 4.0 - 0.25);
    kept.map(|(x, _)| x).take(count).collect()
}

/// In five dimensions without normaliser or samples of ours: Stein's identities alone.
#[test]
fn scores_are_enough_in_many_dimensions() {
    let text = "observables = [\"x1\"]\n[target]\npotential = \"sum(i, x[i]^4)/4\"\n\
        [initial]\nmean = [0.0, 0.0, 0.0, 0.0, 0.0]\ncovariance = [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0], \
        [0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let text = format!("dimension = 5\n{text}");
    let right = Samples::new("mine", &[3000, 5], quartic(15_000, 5)).unwrap();
    let found = passes(&text, right, None);
    assert!(found.left_out.iter().any(|own| own.contains("E[x1]")), "{:?}", found.left_out);
    // Normal ones with the same variance, Γ(3/4)/Γ(1/4)·2 = 0.676.
    let wrong = normals(15_000, 6).iter().map(|x| 0.676f64.sqrt() * x).collect();
    fails(&text, Samples::new("mine", &[3000, 5], wrong).unwrap(), None, "Stein");
}

/// A fault in one of many coordinates, or between two that are no neighbours.
#[test]
fn all_coordinates_and_pairs_are_looked_at() {
    const D: usize = 10;
    let list = |own: &dyn Fn(usize) -> String| (0..D).map(own).collect::<Vec<_>>().join(", ");
    let unit = |i: usize| format!("[{}]", list(&|j| if i == j { "1.0".into() } else { "0.0".into() }));
    let text = format!(
        "dimension = {D}\nobservables = [\"x1\"]\n[target]\npotential = \"sum(i, x[i]^2)/2\"\n[initial]\nmean = [{}]\n\
         covariance = [{}]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n",
        list(&|_| "0.0".into()),
        list(&unit)
    );
    let samples = |change: &dyn Fn(&mut [f64])| {
        let mut x = normals(4000 * D, 50);
        x.chunks_exact_mut(D).for_each(change);
        Samples::new("mine", &[4000, D], x).unwrap()
    };
    passes(&text, samples(&|_| ()), None);
    fails(&text, samples(&|x| x[7] = x[7].signum()), None, "u8");
    fails(&text, samples(&|x| x[7] *= 1.2), None, "u8²/2");
    fails(
        &text,
        samples(&|x| x[2] = 0.3 * x[0] + 0.91f64.sqrt() * x[2]),
        None,
        "f = u1 u3, the farthest of 45 pairs",
    );
    fails(&text, samples(&|x| x[2] = x[0].abs().copysign(x[2])), None, "f = u1² u3²/2");
}

/// Terms of two kinds, as of two modes far apart, have no tail.
#[test]
fn bounded_terms_have_no_tail() {
    let found = passes(MODES, modes(4000, 0.7), None);
    let open: Vec<_> = found.tests.iter().filter(|test| test.open.is_some()).map(|test| &test.name).collect();
    assert!(open.is_empty(), "{open:?}");
}

fn autoregression(count: usize, ρ: f64, stream: usize) -> Vec<f64> {
    let noise = normals(count + 1, stream);
    let step = |x: &mut f64, ξ: &f64| {
        *x = ρ * *x + (1.0 - ρ * ρ).sqrt() * ξ;
        Some(*x)
    };
    noise[1..].iter().scan(noise[0], step).collect()
}

#[test]
fn chains_know_their_autocorrelation() {
    let x = autoregression(400_000, 0.9, 9);
    // (1 + ρ)/(1 − ρ) = 19; its relative error is about √(2·(2·100)/4e5) = 3 %.
    let Autocorrelation::Ended { time, .. } = autocorrelation(&x, x.len()) else { panic!("it ends") };
    assert!((time / 19.0 - 1.0).abs() < 0.2, "{time}");
    let chains: Vec<f64> = (0..4).flat_map(|k| autoregression(20_000, 0.9, 20 + k)).collect();
    assert!(split_r_hat(&chains, 20_000).unwrap() < 1.01);
    let samples = |x: Vec<f64>| Samples::new("mine", &[4, x.len() / 4, 1], x).unwrap();
    let found = passes(LINE, samples(chains.clone()), None);
    assert!(found.autocorrelation_time.unwrap() > 14.0 && found.effective < 6000.0, "{found:?}");
    // Two chains of four stay elsewhere.
    let apart: Vec<f64> =
        chains.iter().enumerate().map(|(k, x)| if k < 40_000 { x + 1.0 } else { x - 1.0 }).collect();
    assert!(split_r_hat(&apart, 20_000).unwrap() > 1.3);
    let (verdict, why, _) = verdict(LINE, samples(apart), None, None);
    assert_ne!(verdict, Verdict::Pass, "{why}");
}

#[test]
fn weights_and_groups_count() {
    let proposal: Vec<f64> = normals(8000, 11).iter().map(|x| 0.3 + 1.3 * x).collect();
    let logs = |shift: f64| {
        proposal.iter().map(|x| 0.5 * ((x - 0.3) / 1.3f64).powi(2) - 0.5 * (x - shift).powi(2)).collect()
    };
    let weighted = |shape: &[usize], shift| {
        Samples::new("mine", shape, proposal.clone()).unwrap().with_log_weights(logs(shift)).unwrap()
    };
    let found = passes(LINE, weighted(&[8000, 1], 0.0), None);
    assert_eq!(found.arrangement, "independent");
    assert!(found.largest_weight.unwrap() < 0.01 && found.weight_tail.is_some());
    let found = passes(LINE, weighted(&[40, 200, 1], 0.0), None);
    assert_eq!(found.arrangement, "groups");
    fails(LINE, weighted(&[8000, 1], 0.3), None, "E[x]:");
    fails(LINE, weighted(&[40, 200, 1], 0.3), None, "E[x]:");
    // The weights that were forgotten.
    fails(LINE, line(proposal.clone()), None, "E[x]:");
}

/// Copies of few draws, as resampling makes them: their standard error is that of the draws.
#[test]
fn copies_of_one_ancestor_are_no_independent_samples() {
    const COPIES: usize = 100;
    let drawn = normals(400, 12);
    let copies = |shift: f64| {
        let x = drawn.iter().flat_map(|x| [*x + shift; COPIES]).collect();
        let ancestors = (0..drawn.len() * COPIES).map(|k| (k / COPIES) as f64).collect();
        line(x).with_ancestors(ancestors).unwrap()
    };
    let (verdict, why, found) = verdict(LINE, copies(0.0), None, None);
    assert_eq!((verdict, found.arrangement), (Verdict::Pass, "ancestors"), "{why}");
    assert!(found.effective < 420.0, "{}", found.effective);
    fails(LINE, copies(0.5), None, "E[x]:");
    // Taken for independent, they are seen to be copies.
    let (found, why, _) = self::verdict(LINE, copies(0.0), Some(Arrangement::Independent), None);
    assert_eq!(found, Verdict::Inconclusive, "{why}");
    assert!(why.contains("copies of another one"), "{why}");
}

#[test]
fn few_samples_and_heavy_weights_are_inconclusive() {
    let (found, why, _) = verdict(LINE, line(normals(30, 12)), None, None);
    assert_eq!(found, Verdict::Inconclusive, "{why}");
    // Weights of a narrow proposal have no variance: e^{0.44x²·…} under N(0, 0.25).
    let narrow: Vec<f64> = normals(4000, 13).iter().map(|x| 0.5 * x).collect();
    let logs = narrow.iter().map(|x| 2.0 * x * x - 0.5 * x * x).collect();
    let (found, why, _) = verdict(LINE, line(narrow).with_log_weights(logs).unwrap(), None, None);
    assert!(found == Verdict::Inconclusive && why.contains("tail"), "{found:?} {why}");
    // Two groups have Cauchy's law.
    let two = Samples::new("mine", &[2, 2000, 1], normals(4000, 14)).unwrap();
    let (found, why, _) = verdict(LINE, two, Some(Arrangement::Groups), None);
    assert!(found == Verdict::Inconclusive && why.contains("too few"), "{found:?} {why}");
}

/// ∫e^{−x²/2} = √(2π).
#[test]
fn claimed_normalisers_are_held_against_the_truth() {
    let right = 0.5 * (2.0 * std::f64::consts::PI).ln();
    let claim = |value, error| line(normals(4000, 15)).with_claim(value, error).unwrap();
    passes(LINE, claim(right + 0.01, Some(0.01)), None);
    fails(LINE, claim(right + 0.1, Some(0.01)), None, "log-normaliser");
    let (found, why, _) = verdict(LINE, claim(right + 0.1, None), None, None);
    assert!(found == Verdict::Inconclusive && why.contains("without an error"), "{found:?} {why}");
}

/// The law at the horizon: in closed form, and by the grid, for which the same samples are right.
#[test]
fn flows_are_truths_too() {
    // From N(2, 1) by dx = −x dt + √2 dW to N(2/e, 1).
    let start = LINE.replace("mean = [0.0]", "mean = [2.0]");
    let x: Vec<f64> = normals(4000, 16).iter().map(|x| 2.0 * (-1.0f64).exp() + x).collect();
    let grid = "[grid]\nlower = [-7.0]\nupper = [9.0]\ncells = [400]\nstep = 0.05\n";
    // The same equation as an [sde], which has no closed form here.
    let sde = format!(
        "observables = [\"x\", \"x^2\", \"x > 1\"]\n[initial]\nmean = [2.0]\ncovariance = [[1.0]]\n\
         [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 1.0\n{grid}"
    );
    for (text, truth) in [(&start, "closed form"), (&sde, "by the grid")] {
        let found = findings(text, line(x.clone()), Some(Whose::Flow), None, Some(PASSING));
        let study = &found.studies[0];
        assert_eq!(study.verdict, Verdict::Pass, "{text}: {}", study.why);
        assert!(study.outcome.subject().contains(truth), "{}", study.outcome.subject());
        let moved = x.iter().map(|x| x + 0.15).collect();
        let found = findings(text, line(moved), Some(Whose::Flow), None, None);
        assert_eq!(found.studies[0].verdict, Verdict::Fail, "{text}: {}", found.studies[0].why);
    }
}

/// Chains whose axes are exchanged look like many short ones that are right.
#[test]
fn exchanged_axes_of_chains_are_seen() {
    const CHAINS: usize = 20;
    const STEPS: usize = 2000;
    let (noise, ρ) = (normals(CHAINS * STEPS, 30), 0.9f64);
    let mut positions = noise.clone();
    for k in (0..CHAINS * STEPS).filter(|k| k % STEPS > 0) {
        positions[k] = ρ * positions[k - 1] + (1.0 - ρ * ρ).sqrt() * noise[k];
    }
    passes(LINE, Samples::new("mine", &[CHAINS, STEPS, 1], positions.clone()).unwrap(), None);
    let mut copied = positions.clone();
    copied.copy_within(3 * STEPS..4 * STEPS, 11 * STEPS);
    let copied = Samples::new("mine", &[CHAINS, STEPS, 1], copied).unwrap();
    let (word, why, _) = verdict(LINE, copied, None, None);
    assert!(word == Verdict::Inconclusive && why.contains("groups 4 and 12 are equal"), "{why}");
    let exchanged = (0..CHAINS * STEPS).map(|k| positions[k % CHAINS * STEPS + k / CHAINS]).collect();
    let exchanged = Samples::new("mine", &[STEPS, CHAINS, 1], exchanged).unwrap();
    let (verdict, why, found) = verdict(LINE, exchanged, None, None);
    assert_eq!(verdict, Verdict::Inconclusive, "{why}");
    assert!(why.contains("(steps, chains, d)") && (found.neighbours.unwrap() - ρ).abs() < 0.1, "{why}");
}

fn npy(kind: &str, shape: &str, turned: bool, data: &[u8]) -> Vec<u8> {
    let turned = if turned { "True" } else { "False" };
    let head = format!("{{'descr': '{kind}', 'fortran_order': {turned}, 'shape': ({shape}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((head.len() as u16).to_le_bytes());
    bytes.extend(head.as_bytes());
    bytes.extend(data);
    bytes
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    archive(arrays, zip::CompressionMethod::Stored)
}

fn archive(arrays: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in arrays {
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn files_of_numpy_and_tables_are_read() {
    let values: Vec<f64> = (0..12).map(f64::from).collect();
    let read = |bytes: Vec<u8>| read_samples("a.npz", &bytes).unwrap();
    let one = |kind: &str, shape: &str, turned: bool, data: &[u8]| {
        read(npz(&[("positions", npy(kind, shape, turned, data))]))
    };
    let samples = one("<f8", "2, 3, 2", false, &doubles(&values));
    assert_eq!((samples.groups, samples.length(), samples.dimension, samples.grouped), (2, 3, 2, true));
    assert_eq!(samples.positions, values);
    let single: Vec<u8> = values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
    assert_eq!(one("<f4", "6, 2", false, &single).positions, values);
    let whole: Vec<u8> = values.iter().flat_map(|value| (*value as i64).to_le_bytes()).collect();
    assert_eq!(one("<i8", "12,", false, &whole).dimension, 1);
    // x[i, j, k] = 100 i + 10 j + k, with the first axis running fastest.
    let turned: Vec<f64> = (0..12).map(|k| f64::from(100 * (k % 2) + 10 * (k / 2 % 3) + k / 6)).collect();
    let samples = one("<f8", "2, 3, 2", true, &doubles(&turned));
    assert_eq!(samples.at(4), [110.0, 111.0]);
    // As numpy.savez_compressed writes it.
    let deflated =
        archive(&[("x", npy("<f8", "6, 2", false, &doubles(&values)))], zip::CompressionMethod::Deflated);
    assert_eq!(read(deflated).positions, values);
    let descended = read(npz(&[
        ("x", npy("<f8", "3, 1", false, &doubles(&[1.0, 2.0, 3.0]))),
        ("ancestors", npy("<i8", "3,", false, &[7u64, 2, 7].map(u64::to_le_bytes).concat())),
        ("times", npy("<f8", "", false, &doubles(&[0.5]))),
        ("log_normalizer", npy("<f8", "", false, &doubles(&[0.5]))),
        ("log_normalizer_stderr", npy("<f8", "", false, &doubles(&[0.1]))),
    ]));
    assert_eq!((descended.families(), descended.time), (Some(vec![0, 1, 0]), Some(0.5)));
    assert_eq!(descended.claimed.map(|own| (own.value, own.error)), Some((0.5, Some(0.1))));
    let claimed = read(npz(&[
        ("x", npy("<f8", "2, 1", false, &doubles(&[1.0, 2.0]))),
        ("log_weights", npy("<f8", "2,", false, &doubles(&[0.0, f64::NEG_INFINITY]))),
        ("log_normaliser", npy("<f8", "", false, &doubles(&[0.5]))),
        ("log_normaliser_error", npy("<f8", "", false, &doubles(&[0.1]))),
    ]));
    assert_eq!(claimed.weights().unwrap(), [2.0, 0.0]);
    assert_eq!(claimed.claimed.map(|own| (own.value, own.error)), Some((0.5, Some(0.1))));
    let table = b"group,x,weight,y\n1,0.5,2,0.25\n2,3,1,4\n1,1.5,2,1.25\n2,5,1,6\n";
    let samples = read_samples("a.csv", table).unwrap();
    assert_eq!((samples.groups, samples.at(1)), (2, &[1.5, 1.25][..]));
    assert!((samples.weights().unwrap()[2] - 2.0 / 3.0).abs() < 1e-15);
}

/// wfr's own particles.npz.
#[test]
fn particles_of_wfr_are_read() {
    let folder = tempfile();
    let points = Points {
        dimension: 2,
        positions: vec![1.0, 2.0, 3.0, 4.0],
        log_weights: vec![0.0, -1.0],
        ancestors: vec![0, 1],
    };
    wfr::report::write_particles(&folder, &points).unwrap();
    let content = std::fs::read(folder.join("particles.npz")).unwrap();
    let samples = read_samples("particles.npz", &content).unwrap();
    assert_eq!((samples.at(1), samples.log_weights.as_ref().unwrap()[1]), (&[3.0, 4.0][..], -1.0));
    std::fs::remove_dir_all(folder).unwrap();
}

fn tempfile() -> PathBuf {
    let name = format!("wfr-samples-{}-{:?}", std::process::id(), std::thread::current().id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn what_is_no_samples_is_refused_by_name() {
    let positions = |shape: &str, values: &[f64]| ("positions", npy("<f8", shape, false, &doubles(values)));
    let logs =
        |values: &[f64]| ("log_weights", npy("<f8", &format!("{},", values.len()), false, &doubles(values)));
    let weights =
        |values: &[f64]| ("weights", npy("<f8", &format!("{},", values.len()), false, &doubles(values)));
    let none = f64::NEG_INFINITY;
    let bad: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a.npz", npz(&[]), "no array of numbers"),
        ("a.npz", b"PK".to_vec(), "expected a file of numpy.savez"),
        (
            "a.npz",
            npz(&[
                positions("2, 1", &[1.0, 2.0]),
                ("logweights", npy("<f8", "2,", false, &doubles(&[0.0, 1.0]))),
            ]),
            "found the array logweights, which is not read; expected log_weights",
        ),
        (
            "a.npz",
            npz(&[
                positions("2, 3, 1", &[1.0; 6]),
                ("log_weights", npy("<f8", "3, 2", false, &doubles(&[0.0; 6]))),
            ]),
            "found log_weights of shape [3, 2]; expected [2, 3]",
        ),
        (
            "a.npz",
            npz(&[("samples", npy("<f8", "1, 1", false, &doubles(&[1.0])))]),
            "the arrays samples; expected positions",
        ),
        (
            "a.npz",
            npz(&[("positions", npy(">f8", "1, 1", false, &doubles(&[1.0])))]),
            "positions: found numbers of the type '>f8'; expected float64",
        ),
        ("a.npz", npz(&[positions("0, 1", &[])]), "at least one sample"),
        ("a.npz", npz(&[positions("1, 1, 1, 1", &[1.0])]), "expected (n, d) or (groups, n, d)"),
        ("a.npz", npz(&[positions("2, 1", &[1.0])]), "found 8 bytes for the shape [2, 1]"),
        ("a.npz", npz(&[positions("2, 1", &[1.0, f64::NAN])]), "found NaN in coordinate 1 of sample 1"),
        ("a.npz", npz(&[positions("2, 1", &[1.0, 2.0]), logs(&[none, none])]), "weights that are all 0"),
        (
            "a.npz",
            npz(&[positions("2, 1", &[1.0, 2.0]), logs(&[0.0, f64::NAN])]),
            "the log-weight NaN of sample 1",
        ),
        ("a.npz", npz(&[positions("2, 1", &[1.0, 2.0]), logs(&[0.0])]), "1 log_weights for 2 samples"),
        ("a.npz", npz(&[positions("2, 1", &[1.0, 2.0]), weights(&[1.0, -1.0])]), "the weight -1 of sample 1"),
        (
            "a.npz",
            npz(&[positions("2, 1", &[1.0, 2.0]), weights(&[1.0, 1.0]), logs(&[0.0, 0.0])]),
            "one of the two",
        ),
        (
            "a.npz",
            npz(&[
                positions("2, 1", &[1.0, 2.0]),
                ("ancestors", npy("<f8", "2,", false, &doubles(&[0.0, 0.5]))),
            ]),
            "the ancestor 0.5 of sample 1",
        ),
        (
            "a.npz",
            npz(&[positions("2, 1", &[1.0, 2.0]), ("times", npy("<f8", "2,", false, &doubles(&[0.0, 1.0])))]),
            "found times of 0 and 1",
        ),
        ("a.csv", b"x\n1\nnan\n".to_vec(), "expected a finite number"),
        ("a.csv", b"x\n1\n\"\"\n2\n".to_vec(), "a.csv:3: found \"\"; expected a finite number"),
        ("a.csv", b"x,y\n1,2\n,\n".to_vec(), "a.csv:3: found \"\"; expected a finite number"),
        (
            "a.csv",
            b"y,x\n1,2\n".to_vec(),
            "found the columns y, x; expected the coordinates in their order, x, y",
        ),
        ("a.csv", b"x,Weight\n1,2\n".to_vec(), "found the column \"Weight\"; expected \"weight\""),
        (
            "a.npz",
            npz(&[positions("1, 1", &[1.0]), ("x", npy("<f8", "1, 1", false, &doubles(&[2.0])))]),
            "found positions and x, two names of one thing; expected one",
        ),
        ("a.npz", npz(&[positions("1, 1", &[1e300])]), "found 1e300 in coordinate 1 of sample 0"),
        (
            "a.npz",
            npz(&[positions("1, 1", &[1.0]), ("ancestors", npy("<f8", "1,", false, &doubles(&[1e17])))]),
            "whole numbers from 0 to 2^53",
        ),
        ("a.csv", b"group,x\n1,1\n1,2\n2,3\n".to_vec(), "groups of 1 and 2 rows"),
        ("a.csv", b"weight\n1\n".to_vec(), "at least one sample"),
        ("a.txt", b"1\n".to_vec(), "an .npz file with positions"),
    ];
    for (name, content, fragment) in bad {
        let message = read_samples(name, &content).expect_err(fragment);
        assert!(
            message.contains(fragment) && message.contains("expected") && message.contains(name),
            "{message}"
        );
    }
}

/// Statuses 0, 1, 2 and 4 of the command.
#[test]
fn the_command_has_the_statuses_of_a_run() {
    let folder = tempfile();
    std::fs::write(folder.join("s.toml"), format!("name = \"line\"\n{LINE}")).unwrap();
    let write = |name: &str, x: &[f64]| {
        let rows: String = x.iter().map(|x| format!("{x:?}\n")).collect();
        std::fs::write(folder.join(name), format!("x\n{rows}")).unwrap();
    };
    write("right.csv", &normals(4000, 17));
    write("wrong.csv", &normals(4000, 17).iter().map(|x| x + 0.2).collect::<Vec<_>>());
    write("few.csv", &normals(40, 17));
    std::fs::write(folder.join("plane.csv"), "x,y\n1,2\n3,4\n").unwrap();
    let call = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wfr"));
        let output = command.current_dir(&folder).arg("verify").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (file, status, fragment) in [
        ("right.csv", 0, "would have been found with probability 0.99"),
        ("wrong.csv", 1, "E[x]"),
        ("few.csv", 4, "too few samples"),
        ("plane.csv", 2, "found samples of 2 coordinates; expected 1"),
        ("none.csv", 2, "cannot be read"),
    ] {
        let (found, text) = call(&[file, "--against", "s.toml", "--out", "report"]);
        assert!(found == Some(status) && text.contains(fragment), "{file}: {found:?} {text}");
    }
    assert!(folder.join("report/report.html").exists());
    for (flag, value, fragment) in [
        ("--arrangement", "chain", "did you mean \"chains\""),
        ("--law", "final", "one of target, flow"),
        ("--level", "2", "from 1e-12 to 0.5"),
    ] {
        let (found, text) = call(&["right.csv", "--against", "s.toml", flag, value]);
        assert!(
            found == Some(2) && text.contains(flag) && text.contains(fragment),
            "{flag}: {found:?} {text}"
        );
    }
    // The study of a scenario, with its file beside it.
    let study = "[[study]]\nkind = \"samples\"\nfile = \"right.csv\"\n";
    std::fs::write(folder.join("own.toml"), format!("name = \"own\"\n{LINE}{study}")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wfr"))
        .current_dir(&folder)
        .args(["run", "own.toml"])
        .output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    std::fs::remove_dir_all(folder).unwrap();
}
