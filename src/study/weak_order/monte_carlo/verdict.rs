//! The verdict of a Monte-Carlo study: the fit to the differences between levels, and the errors that they add up to.

use super::{Expected, Levels, RESOLVED, ROUNDING, SETTLED, Sampler, half_width};
use super::{HALF_WIDTH, Level};
use crate::statistics::Interval;
use crate::study::figure::OrderFit;
use crate::study::findings::StudyFindings;
use crate::study::fit::{Corrections, OrderJudgement, Point, PowerLaw, Stand, changes_sign, local_orders};
use crate::study::order::{Constant, OrderMethod};
use crate::study::verdict::Verdict;
use crate::study::weak_order::{Judged, signed_errors};

/// An inconclusive study requires at most so many times the paths that it had: 2 to this power.
const MOST_DOUBLINGS: i32 = 40;

impl Levels<'_> {
    pub fn conclude(&self, expected: Expected<'_>) -> Judged {
        let candidate = self.candidate;
        let differences = self.points();
        let law = PowerLaw::fit(&differences, Corrections::OF_STEPS);
        let claim = f64::from(candidate.claim());
        let mut findings = candidate.findings(OrderMethod::MonteCarlo);
        let paths: u64 = self.usable.iter().map(Level::paths).sum();
        findings.paths = Some(paths);
        findings.estimator = Some(match self.sampler {
            Sampler::Coupled => "coupled levels",
            Sampler::Controlled(_) => "control variate",
        });
        let errors = match &law {
            Some(law) => signed_errors::errors(&differences, law, claim),
            None => differences.clone(),
        };
        let mut judgement = self.judge(law.as_ref(), &errors, expected);
        for (step, paths, exploded) in &self.unstable {
            judgement.why += &match exploded {
                0 => format!(
                    "; step {step} is left out, where the scheme is unstable: the error is that of an explosion"
                ),
                _ => format!("; step {step} is left out, where {exploded} of {paths} paths exploded"),
            };
        }
        let interval = law.as_ref().map(PowerLaw::interval);
        let picture = law.as_ref().zip(interval).map(|(law, interval)| {
            // From differences to errors, power by power: e(h) = −difference/(1 − 2^{−p}).
            let share = |k: f64| -1.0 / (1.0 - 2f64.powf(-(law.order + k)));
            let [a, b] = law.bend();
            let bend = [a * share(1.0) / share(0.0), b * share(2.0) / share(0.0)];
            OrderFit { bend, ..OrderFit::straight((share(0.0) * law.constant).abs(), interval) }
        });
        findings = findings.of(&errors, 0..if law.is_some() { errors.len() } else { 0 });
        findings.local_orders = local_orders(&errors, RESOLVED);
        let all = 0..errors.len();
        let line = candidate.line(OrderMethod::MonteCarlo, errors, all, picture);
        findings.order = interval;
        findings.constant = law
            .as_ref()
            .map(|law| Constant { measured: -law.constant / (1.0 - 2f64.powf(-law.order)), predicted: None });
        if matches!(judgement.stand, Stand::Wide | Stand::Short) && law.is_some() {
            // Where the noise-free expectation knows how large the differences are, noise need not be asked.
            let sized = self.by_law(expected).unwrap_or(differences);
            findings.paths_needed = paths_needed(&sized, paths);
            if findings.paths_needed.is_none() {
                judgement.why += "; no number of paths would do on these steps: take more and finer ones";
            }
        }
        let OrderJudgement { verdict, why, .. } = judgement;
        Judged { findings: StudyFindings::new(findings, verdict, why), line: Some(line) }
    }

    /// The verdict on the claimed order.
    fn judge(&self, law: Option<&PowerLaw>, errors: &[Point], expected: Expected<'_>) -> OrderJudgement {
        let differences = self.points();
        let sizes: Vec<f64> = self.usable.iter().map(|level| self.coarse(level).0.value.abs()).collect();
        let void = !sizes.is_empty()
            && self
                .usable
                .iter()
                .zip(&sizes)
                .all(|(level, size)| *size == 0.0 && self.coarse(level).1 == 0.0);
        let exact = !sizes.is_empty()
            && differences.iter().zip(&sizes).all(|(point, size)| point.error.abs() <= ROUNDING * size);
        let undecided = |why: &str| OrderJudgement {
            verdict: Verdict::Inconclusive,
            why: why.into(),
            stand: Stand::Coarse,
        };
        if void {
            return undecided(
                "the observable times the weight is 0 on every path; where a rate is above 745, weights are 0 to rounding: \
                 take a constant off it",
            );
        }
        if exact {
            return undecided(
                "all differences between the levels are at rounding: the scheme is exact here, so there is no order to measure; \
                 take another observable",
            );
        }
        let Some(law) = law else {
            return undecided(match differences.len() {
                0 | 1 => "fewer than two steps are left to fit: take smaller ones",
                _ => "a level has no spread at all: the order cannot be fitted",
            });
        };
        let mut judgement = law.judge(f64::from(self.candidate.claim()));
        if judgement.verdict == Verdict::Pass && changes_sign(errors) {
            return undecided("the errors change their sign: take smaller steps");
        }
        self.with_reason(law, &mut judgement, expected);
        judgement
    }

    /// An order that is not the claimed one may be that of the noise-free expectation, too.
    fn with_reason(&self, law: &PowerLaw, judgement: &mut OrderJudgement, expected: Expected<'_>) {
        let claim = f64::from(self.candidate.claim());
        let Interval { lower, upper, .. } = law.interval();
        match (judgement.stand, expected.order) {
            (Stand::Above, Some(order))
                if order > claim && (lower - SETTLED..=upper + SETTLED).contains(&order) =>
            {
                judgement.verdict = Verdict::Pass;
                judgement.why = format!(
                    "measured order in [{lower:.2}, {upper:.2}] is above {claim}, as the noise-free one is, {order:.2}"
                );
            }
            // What settles at the claim further down may be below it on these steps.
            (Stand::Below, order) if order.is_none_or(|order| order > claim - SETTLED) => {
                let same =
                    self.by_law(expected).and_then(|points| PowerLaw::fit(&points, Corrections::OF_STEPS));
                if let Some(same) = same.filter(|same| (lower..=upper).contains(&same.order)) {
                    judgement.verdict = Verdict::Inconclusive;
                    judgement.stand = Stand::Coarse;
                    judgement.why += &format!(
                        "; but so is the noise-free one, {:.2} on these steps: take smaller ones",
                        same.order
                    );
                }
            }
            _ => (),
        }
    }
}

/// Paths that would bring the interval down to the target, by doubling; `None` if noise is not what keeps it wide.
fn paths_needed(points: &[Point], paths: u64) -> Option<u64> {
    let with = |doublings: &i32| {
        let share = 0.5f64.powi(*doublings).sqrt();
        let points: Vec<Point> =
            points.iter().map(|point| Point { stderr: share * point.stderr, ..*point }).collect();
        half_width(&points) <= HALF_WIDTH
    };
    let doublings = (1..=MOST_DOUBLINGS).find(with)?;
    Some((paths as f64 * 2f64.powi(doublings)) as u64)
}
