//! The kind "distance": how far two laws of a scenario are from each other, as an interval that holds with certainty, and the
//! geodesic between them.
//!
//! The distances are those of the crate `transport`; here laws become discrete measures (`measure`), and intervals are widened by what
//! that changes.

mod findings;
mod measure;
mod normal_cells;
mod pictures;

pub use findings::{DistanceFindings, Noise};

use super::prelude::*;
use crate::format::short;
use crate::model::Problem;
use crate::study::samples::Samples;
use measure::{Known, Measure, Origin, broken};
use transport::{Distance, Settings};

const DEFAULT_TOLERANCE: f64 = 1e-8;
const DEFAULT_POINTS: usize = 1000;
/// The largest gap that can be asked for.
const LARGEST_TOLERANCE: f64 = 0.1;
/// Replicates that show what noise alone gives.
const REPLICATES: usize = 8;

const FROM: Key = Key {
    name: "from",
    holds: Type::Name(|| Law::ALL.map(Law::name).into()),
    unit: "",
    default: None,
    meaning: "The first law: the start or the target (a mixture of normal laws by points of its own, else as a density on the cells of the grid), the law of the grid, the particles at the horizon, or the samples of `file`.",
};
const TO: Key = Key {
    name: "to",
    holds: Type::Name(|| Law::ALL.map(Law::name).into()),
    unit: "",
    default: Some("\"target\""),
    meaning: "The second law, likewise.",
};
const FILE: Key = Key {
    name: "file",
    holds: Type::Samples,
    unit: "",
    default: Some("none"),
    meaning: "Samples for the law \"file\": .npz with positions (n, d), weights or log_weights; or .csv with a column for each coordinate.",
};
const FROM_TIME: Key = Key {
    name: "from-time",
    holds: Type::Number(Range::From(0.0)),
    unit: "time",
    default: Some("the horizon"),
    meaning: "Time of the first law, if it is the grid's: the nearest of those that the grid keeps, see [grid] times.",
};
const TO_TIME: Key = Key {
    name: "to-time",
    holds: Type::Number(Range::From(0.0)),
    unit: "time",
    default: Some("the horizon"),
    meaning: "Time of the second law, likewise.",
};
const METRIC: Key = Key {
    name: "metric",
    holds: Type::Name(|| Metric::ALL.map(Metric::name).into()),
    unit: "",
    default: Some("\"wfr\""),
    meaning: "Wasserstein–Fisher–Rao (Hellinger–Kantorovich), its spherical form between probability measures, or Wasserstein of order 2.",
};
const DELTA: Key = Key {
    name: "delta",
    holds: Type::Number(Range::Above(0.0)),
    unit: "length",
    default: Some("√(α/β) of a flow that moves and reacts, which is the gradient flow for it"),
    meaning: "Length scale δ of \"wfr\" and \"spherical\": mass moves over distances below πδ.",
};
const TOLERANCE: Key = Key {
    name: "tolerance",
    holds: Type::Number(Range::Within(1e-14, LARGEST_TOLERANCE)),
    unit: "",
    default: Some("1e-8"),
    meaning: "Gap between primal and dual value, relative to the primal, that is asked for.",
};
const POINTS: Key = Key {
    name: "points",
    holds: Type::Whole(Range::Within(1.0, 20_000.0)),
    unit: "",
    default: Some("1000"),
    meaning: "Points of each measure, at most: neighbours are merged, and the interval is widened by what that may change.",
};
const AT_MOST: Key = Key {
    name: "at-most",
    holds: Type::Number(Range::Above(0.0)),
    unit: "that of the distance",
    default: Some("none"),
    meaning: "Claimed bound of the distance: passes if the interval is below it, fails if it is above.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "distance",
    summary: "Wasserstein–Fisher–Rao or Wasserstein distance between two laws, enclosed from both sides.",
    needs: &[],
    keys: &[FROM, TO, FILE, FROM_TIME, TO_TIME, METRIC, DELTA, TOLERANCE, POINTS, AT_MOST],
    read: |values, basis| {
        let from = values.named(FROM.name, &Law::ALL, Law::name).ok_or_else(|| FROM.absent())?;
        Ok(Arc::new(DistanceStudy {
            from,
            to: values.named(TO.name, &Law::ALL, Law::name).unwrap_or(Law::Target),
            file: values.samples(FILE.name).cloned(),
            draws: None,
            times: [values.number(FROM_TIME.name), values.number(TO_TIME.name)],
            metric: values.named(METRIC.name, &Metric::ALL, Metric::name).unwrap_or(Metric::Cone),
            delta: values.number(DELTA.name).or_else(|| natural_scale(basis.problem)),
            tolerance: values.number(TOLERANCE.name).unwrap_or(DEFAULT_TOLERANCE),
            points: values.whole(POINTS.name).map_or(DEFAULT_POINTS, |own| own as usize),
            at_most: values.number(AT_MOST.name),
        }))
    },
    outcome: Some(|generator| generator.subschema_for::<DistanceFindings>()),
};

/// The key of studies that tell distances beside their verdict.
pub const DISTANCES: Key = Key {
    name: "distances",
    holds: Type::Names(|| Metric::ALL.map(Metric::name).into(), 0),
    unit: "",
    default: Some("none"),
    meaning: "Distances that are told as well, with what noise alone gives: each is a study \"distance\" with its defaults.",
};

/// The studies that [`DISTANCES`] asks for, from `from` to `to`.
pub fn beside(values: &Values, basis: &Basis<'_>, from: Law, to: Law) -> Vec<DistanceStudy> {
    let metrics = values.all_named(DISTANCES.name, &Metric::ALL, Metric::name).unwrap_or_default();
    let study = |metric| DistanceStudy {
        from,
        to,
        file: values.samples(FILE.name).cloned(),
        draws: None,
        times: [None; 2],
        metric,
        delta: natural_scale(basis.problem),
        tolerance: DEFAULT_TOLERANCE,
        points: DEFAULT_POINTS,
        at_most: None,
    };
    metrics.into_iter().map(study).collect()
}

/// What is wrong with these studies, told of [`DISTANCES`].
pub fn faults_beside(studies: &[DistanceStudy], basis: &Basis<'_>) -> Vec<Fault> {
    let own = studies.iter().flat_map(|study| study.faults(basis));
    let told = |fault: Fault| match fault.key == DELTA.name {
        true => format!("{}; a study \"distance\" takes a delta", fault.message),
        false => fault.message,
    };
    own.map(|fault| Fault::at(DISTANCES.name, told(fault))).collect()
}

/// √(α/β) of a gradient flow that moves and reacts.
fn natural_scale(problem: &Problem) -> Option<f64> {
    let flow = problem.gradient_flow().ok()?;
    let scale = (flow.transport / flow.reaction).sqrt();
    (scale > 0.0 && scale.is_finite()).then_some(scale)
}

/// A law of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// That at time 0.
    Initial,
    /// The target.
    Target,
    /// That of the grid at some time.
    Grid,
    /// The particles at the horizon.
    Particles,
    /// Samples from a file.
    File,
}

impl Law {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 5] = [Self::Initial, Self::Target, Self::Grid, Self::Particles, Self::File];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Target => "target",
            Self::Grid => "grid",
            Self::Particles => "particles",
            Self::File => "file",
        }
    }

    /// Whether it is a density on the cells of the grid, unless it is [`Known`] without.
    fn on_cells(self) -> bool {
        matches!(self, Self::Initial | Self::Target | Self::Grid)
    }
}

/// A distance between laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Wasserstein–Fisher–Rao: √S_δ.
    Cone,
    /// Among probability measures: arccos(1 − S_δ/2).
    Spherical,
    /// Wasserstein of order 2.
    Transport,
}

impl Metric {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 3] = [Self::Cone, Self::Spherical, Self::Transport];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cone => "wfr",
            Self::Spherical => "spherical",
            Self::Transport => "w2",
        }
    }

    /// Whether masses need not be 1.
    fn keeps_masses(self) -> bool {
        self == Self::Cone
    }
}

/// The distance between two laws.
#[derive(Clone, Debug)]
pub struct DistanceStudy {
    /// The first.
    pub from: Law,
    /// The second.
    pub to: Law,
    /// The samples of [`Law::File`].
    pub file: Option<Arc<Samples>>,
    /// Independent draws that these samples are worth, if it is known; else (Σw)²/Σw².
    pub draws: Option<f64>,
    /// Times of both where they are the grid's, if not the horizon.
    pub times: [Option<f64>; 2],
    /// Which distance.
    pub metric: Metric,
    /// Length scale δ, where one is known.
    pub delta: Option<f64>,
    /// Relative gap that is asked for.
    pub tolerance: f64,
    /// Points of each measure, at most.
    pub points: usize,
    /// The bound that is claimed.
    pub at_most: Option<f64>,
}

impl Study for DistanceStudy {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        let values =
            Values::default().with(TOLERANCE.name, self.tolerance).with(POINTS.name, self.points as f64);
        let with = |values: Values, key: &Key, own: Option<f64>| match own {
            Some(own) => values.with(key.name, own),
            None => values,
        };
        let values = with(values, &DELTA, self.delta);
        with(values, &AT_MOST, self.at_most)
    }

    fn needs_grid(&self, basis: &Basis<'_>) -> bool {
        [self.from, self.to].into_iter().any(|law| law.on_cells() && Known::of(law, basis).is_none())
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let problem = basis.problem;
        let mut faults = Vec::new();
        let laws = [(FROM, self.from, FROM_TIME, 0), (TO, self.to, TO_TIME, 1)];
        for (key, law, time_key, k) in laws {
            let lacks = match law {
                Law::Target if problem.invariant_energy().is_none() => Some("a target"),
                _ if law.on_cells() && basis.grid.is_none() && Known::of(law, basis).is_none() => {
                    Some("[grid], on whose cells it is")
                }
                Law::Particles if basis.particles.is_none() => Some("[particles]"),
                Law::File if self.file.is_none() => Some("file = \"…\", the samples"),
                _ => None,
            };
            if let Some(lacks) = lacks {
                faults.push(Fault::at(
                    key.name,
                    format!("found \"{}\" without {lacks}; expected both", law.name()),
                ));
            }
            let late = |time: &f64| *time > problem.horizon;
            match self.times[k] {
                Some(_) if law != Law::Grid => faults.push(Fault::at(
                    time_key.name,
                    format!("found a time of \"{}\"; expected one of \"grid\" only", law.name()),
                )),
                Some(time) if late(&time) => faults.push(Fault::at(
                    time_key.name,
                    format!("found {time}; expected at most {}, the horizon", problem.horizon),
                )),
                _ => (),
            }
        }
        if let Some(samples) = &self.file {
            if self.from != Law::File && self.to != Law::File {
                faults.push(Fault::at(
                    FILE.name,
                    "found a file that is not compared; expected from or to = \"file\"",
                ));
            }
            if samples.dimension != problem.dimension() {
                let (found, expected) = (samples.dimension, problem.dimension());
                faults.push(Fault::at(
                    FILE.name,
                    format!("{}: found samples of {found} coordinates; expected {expected}", samples.name),
                ));
            }
        }
        if self.from == self.to && (self.from != Law::Grid || self.times[0] == self.times[1]) {
            faults.push(Fault::at(
                TO.name,
                format!("found \"{}\" on both sides; expected two laws", self.to.name()),
            ));
        }
        if self.metric != Metric::Transport && self.delta.is_none() {
            let expected = "a length scale: there is no √(α/β) where the flow does not both move and react";
            faults.push(Fault::at(DELTA.name, format!("found none; expected {expected}")));
        }
        faults
    }

    /// Passes if the gap that was asked for is reached, and the claimed bound, if there is one, holds for certain.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        (context.progress)("distance", 0.0);
        let from = self.measure(self.from, self.times[0], context)?;
        let to = self.measure(self.to, self.times[1], context)?;
        let (solved, mut findings) = self.between(&from, &to)?;
        findings.noise = self.noise(&from, &to, context.progress)?;
        if self.metric == Metric::Cone {
            let δ = self.delta.unwrap_or(f64::NAN);
            let curve = transport::Geodesic::new(&from.cloud, &to.cloud, δ, &solved);
            let curve = curve.map_err(|error| broken("its geodesic", &error))?;
            found.arrays.push(pictures::arrays(&curve, from.cloud.dimension()));
            found.figures.extend(pictures::figure(&curve, &from, &to, &findings));
        }
        let (verdict, why) = self.judge(&findings);
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        Ok(())
    }
}

impl DistanceStudy {
    /// The distance between two measures, and the interval for the laws that they stand for.
    fn between(&self, from: &Measure, to: &Measure) -> Result<(Distance, DistanceFindings), Breakdown> {
        let settings = Settings { tolerance: self.tolerance, ..Settings::default() };
        let δ = self.delta.unwrap_or(f64::NAN);
        let (μ, ν) = (&from.cloud, &to.cloud);
        let roots = |own: Distance| ((own.lower.max(0.0).sqrt(), own.upper.sqrt()), own);
        let solved = match self.metric {
            Metric::Cone => transport::wfr(μ, ν, δ, &settings).map(roots),
            Metric::Transport => transport::w2(μ, ν, &settings).map(roots),
            Metric::Spherical => transport::spherical(μ, ν, δ, &settings),
        };
        let (bounds, distance) = solved.map_err(|error| broken("no distance", &error))?;
        // By the triangle inequality the ends may move by the distances of the clouds from their laws: √S ≤ W₂/2δ, on the sphere
        // θ = 2 arcsin(√S/2).
        let blur = |own: &Measure| match self.metric {
            Metric::Transport => own.blur.sqrt(),
            Metric::Cone => own.blur.sqrt() / (2.0 * δ),
            Metric::Spherical => {
                2.0 * (own.blur.sqrt() / (4.0 * δ)).min(std::f64::consts::FRAC_1_SQRT_2).asin()
            }
        };
        let room = (blur(from) + blur(to)) * (1.0 + ROUNDING) + ROUNDING * bounds.1;
        // Points are the means of what they stand for. Draws of both parts that a plan joins, one independent of the other, add their
        // variances to its cost.
        let above = match self.metric {
            Metric::Transport => (distance.upper + from.blur + to.blur).sqrt() * (1.0 + 4.0 * ROUNDING),
            _ => bounds.1 + room,
        };
        let findings = DistanceFindings {
            metric: self.metric.name(),
            delta: self.delta.filter(|_| self.metric != Metric::Transport),
            from: from.name.clone(),
            to: to.name.clone(),
            masses: [μ.total(), ν.total()],
            points: [μ.len() as u64, ν.len() as u64],
            primal: distance.upper,
            dual: distance.lower,
            gap: distance.gap(),
            met: distance.met,
            discrete: [bounds.0, bounds.1],
            lower: (bounds.0 - room).max(0.0),
            upper: above,
            noise: None,
        };
        Ok((distance, findings))
    }

    /// The distance of as many independent draws of a density as the samples that it is compared with are worth.
    fn noise(
        &self,
        from: &Measure,
        to: &Measure,
        progress: Progress<'_>,
    ) -> Result<Option<Noise>, Breakdown> {
        let (samples, law) = match (&from.origin, &to.origin) {
            (Origin::Points(_), Origin::Points(_)) => return Ok(None),
            (Origin::Points(draws), _) => (*draws, to),
            (_, Origin::Points(draws)) => (*draws, from),
            _ => return Ok(None),
        };
        let draws = (samples.round() as usize).max(1);
        let mut values = Vec::with_capacity(REPLICATES);
        for number in 0..REPLICATES {
            progress("distance of noise", number as f64 / REPLICATES as f64);
            let Some(own) = self.draws(law, draws, number)? else { return Ok(None) };
            let [low, high] = self.between(&own, law)?.1.discrete;
            values.push(0.5 * (low + high));
        }
        let mean = values.iter().sum::<f64>() / REPLICATES as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (REPLICATES - 1) as f64).sqrt();
        Ok(Some(Noise { mean, deviation, draws: draws as u64, replicates: REPLICATES as u64 }))
    }

    fn judge(&self, found: &DistanceFindings) -> (Verdict, String) {
        let &DistanceFindings { lower, upper, gap, met, .. } = found;
        if let Some(bound) = self.at_most {
            return match () {
                () if upper <= bound => (Verdict::Pass, format!("certainly at most {bound}")),
                () if lower > bound => {
                    (Verdict::Fail, format!("certainly above {bound}: at least {}", short(lower)))
                }
                () if !met => (Verdict::Inconclusive, self.unmet(gap)),
                () => (
                    Verdict::Inconclusive,
                    format!("{bound} is within the interval; more cells, or more points, make that narrower"),
                ),
            };
        }
        let agree = if gap <= self.tolerance {
            format!("primal and dual value agree to {gap:.1e}")
        } else {
            "primal and dual value agree to rounding".into()
        };
        match met {
            true => (Verdict::Pass, format!("{agree}, and the laws are as close to their points as said")),
            false => (Verdict::Inconclusive, self.unmet(gap)),
        }
    }

    fn unmet(&self, gap: f64) -> String {
        let remedy = if gap <= LARGEST_TOLERANCE {
            format!("take tolerance = {gap:.0e} or more")
        } else {
            format!("take fewer points than {}", self.points)
        };
        format!(
            "the gap is {gap:.1e}, more than the {:.1e} asked for; the interval holds: {remedy}",
            self.tolerance
        )
    }
}

/// Relative room for the rounding of roots and sums.
const ROUNDING: f64 = 1e-14;
