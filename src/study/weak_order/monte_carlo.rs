use super::{Candidate, Witness};
use crate::particles::coupled::{Difference, Level, LevelSums};
use crate::particles::{BLOCK, Motion};
use crate::study::figure::OrderFit;
use crate::study::findings::{Constant, Outcome, StudyFindings, Verdict};
use crate::study::fit::{Point, PowerLaw, local_orders};
use crate::study::oracle::Equation;
use crate::study::{Breakdown, OrderMethod};

/// Blocks of paths that every level starts with.
const FIRST_BLOCKS: usize = 16;
/// The study ends when the 95 % interval of the order is this narrow (half).
const HALF_WIDTH: f64 = 0.08;
/// Most paths that an inconclusive study asks for.
const MOST_PATHS: f64 = 1e15;

/// One level as it was measured.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Number of coarse steps.
    pub steps: usize,
    /// Fine minus coarse.
    pub difference: Difference,
}

/// Measures E_{h/2} − E_h on coupled paths for every step h, and doubles the paths of the level that
/// promises the most until the order is known well enough or the paths are spent.
///
/// If the error is C h^p, the difference is −C(1 − 2^{−p}) h^p: a power law of the same order, without any
/// reference value. What stops the doubling is the width of the interval, never its place.
///
/// # Errors
/// If a path leaves the range of f64.
pub fn witness(
    candidate: Candidate<'_>,
    equation: &dyn Equation,
    progress: &dyn Fn(f64),
) -> Result<(Witness, Vec<Measured>), Breakdown> {
    let Candidate {
        problem,
        settings,
        scheme,
    } = candidate;
    let motion = Motion {
        sde: equation,
        scheme,
        weight: candidate.weight(),
        weighted: problem.weighted(),
    };
    let level = |number: usize| Level {
        problem,
        observable: &settings.observable,
        motion,
        steps: (problem.horizon / settings.steps[number]).round() as usize,
        seed: settings.seed,
        number: number as u32,
    };
    let most_blocks = (settings.max_paths as usize).div_ceil(BLOCK);
    let mut sums = Vec::new();
    let mut blocks = Vec::new();
    for number in 0..settings.steps.len() {
        let first = FIRST_BLOCKS.min(most_blocks);
        sums.push(level(number).run(0..first)?);
        blocks.push(first);
    }
    let points = |sums: &[LevelSums]| -> Vec<Point> {
        let differences = sums.iter().map(|sums| sums.difference(problem.normalized()));
        settings
            .steps
            .iter()
            .zip(differences)
            .map(|(&step, d)| Point {
                step,
                error: d.value,
                stderr: d.stderr,
            })
            .collect()
    };
    loop {
        let now = points(&sums);
        let width = half_width(&now);
        if width <= HALF_WIDTH {
            break;
        }
        // By how much would the interval shrink, for the work of doubling this level?
        let gain = |number: usize| {
            let mut better = now.clone();
            better[number].stderr /= 2f64.sqrt();
            (width - half_width(&better)).max(1e-12) / (blocks[number] * level(number).steps) as f64
        };
        let open = (0..blocks.len()).filter(|&number| 2 * blocks[number] <= most_blocks);
        let Some(best) = open.max_by(|&a, &b| gain(a).total_cmp(&gain(b))) else {
            break;
        };
        sums[best].merge(&level(best).run(blocks[best]..2 * blocks[best])?);
        blocks[best] *= 2;
        progress((HALF_WIDTH / width).powi(2).min(1.0));
    }

    let measured: Vec<Measured> = sums
        .iter()
        .enumerate()
        .map(|(number, sums)| Measured {
            steps: level(number).steps,
            difference: sums.difference(problem.normalized()),
        })
        .collect();
    let paths: u64 = sums.iter().map(LevelSums::paths).sum();
    Ok((conclude(candidate, &points(&sums), paths), measured))
}

fn half_width(points: &[Point]) -> f64 {
    PowerLaw::fit_curved(points)
        .or_else(|| PowerLaw::fit(points))
        .map_or(f64::INFINITY, |law| law.half_width())
}

fn conclude(candidate: Candidate<'_>, differences: &[Point], paths: u64) -> Witness {
    let claim = candidate.claim();
    let mut findings = candidate.findings(OrderMethod::MonteCarlo);
    findings.paths = Some(paths);
    let exact = differences.iter().all(|point| point.error.abs() <= 1e-13);
    // The claim is about h → 0: with four steps or more the next power of h is fitted along. Where the
    // paths did not suffice for that, the pure power has to do.
    let law = PowerLaw::fit_curved(differences)
        .filter(PowerLaw::has_power)
        .or_else(|| PowerLaw::fit(differences));
    let (verdict, why) = match &law {
        _ if exact => (
            Verdict::Pass,
            "all differences between the levels are at rounding".to_string(),
        ),
        Some(law) => law.judge(f64::from(claim)),
        None => (
            Verdict::Inconclusive,
            "a level has no spread at all: the order cannot be fitted".into(),
        ),
    };
    // From differences to errors: e(h) = −difference/(1 − 2^{−p}).
    let order = law.as_ref().map_or(f64::from(claim), |law| law.order.max(0.5));
    let share = -1.0 / (1.0 - 2f64.powf(-order));
    let errors: Vec<Point> = differences
        .iter()
        .map(|point| Point {
            error: share * point.error,
            stderr: share.abs() * point.stderr,
            ..*point
        })
        .collect();
    let fitted = law.as_ref().map_or(0..0, |law| law.first..errors.len());
    let interval = law.as_ref().map(PowerLaw::interval);
    let picture = law.as_ref().zip(interval).map(|(law, interval)| OrderFit {
        constant: (share * law.constant).abs(),
        order: law.order,
        lower: interval.lower,
        upper: interval.upper,
    });
    let line = candidate.line(OrderMethod::MonteCarlo, &errors, fitted.clone(), picture);
    findings.steps = line.steps.clone();
    findings.errors = line.errors.clone();
    findings.stderrs = line.stderrs.clone();
    findings.local_orders = local_orders(&errors, 0.0);
    findings.fitted_from = fitted.start;
    findings.fitted_to = fitted.end;
    findings.order = interval;
    findings.constant = law.as_ref().map(|law| Constant {
        measured: share * law.constant,
        predicted: None,
    });
    if verdict == Verdict::Inconclusive {
        findings.paths_needed = Some(paths_needed(&errors, half_width(differences), paths));
    }
    Witness {
        findings: StudyFindings::new(Outcome::WeakOrder(findings), verdict, why),
        line: Some(line),
    }
}

/// Paths that would bring the interval down to the target: its width falls as 1/√paths once every error
/// is resolved, and an error of z standard errors needs (5/z)² times the paths to be resolved.
fn paths_needed(errors: &[Point], half_width: f64, paths: u64) -> u64 {
    let unresolved = errors
        .iter()
        .map(|point| 5.0 * point.stderr / point.error.abs())
        .fold(1.0, f64::max);
    let factor = (half_width / HALF_WIDTH).max(unresolved).max(1.5).powi(2);
    (paths as f64 * factor).min(MOST_PATHS) as u64
}
