//! All tests of samples against the truth, with one level for them together.

use super::chains::{neighbours, split_r_hat};
use super::data::Samples;
use super::draws::{Arrangement, Draws, Score};
use super::findings::ROUGHLY;
use super::law::Function;
use super::shape::{AXES, Kolmogorov, SUBSAMPLE, binned, directions, energy, thinned};
use super::stein::{Scaled, Slope};
use super::test::{Candidate, Role, Statistic, Tested};
use super::truth::{Exact, Law, Truth};
use crate::format::short;
use crate::model::{Expression, Observable, Problem};
use crate::pde::GridSettings;
use crate::study::modes::{Cloud, Modes};

/// Lines with bins.
const BINNED: usize = 3;
/// A total variation, or a difference of distribution functions, above which nothing is found that is worth it.
const ENOUGH_DISTANCE: f64 = 0.5;
/// The same of the share of a mode.
const ENOUGH_SHARE: f64 = 0.25;
/// The same of a log-normaliser: a factor of a hundred.
const ENOUGH_EVIDENCE: f64 = 4.6;
/// Modes that are looked at, the largest first.
const MOST_MODES: usize = 16;
/// Around what share of a mode its roughly known share may be.
const ROUGH: f64 = 0.1;

/// What was found.
pub struct Verified {
    /// Every test.
    pub tests: Vec<Tested>,
    /// The level of each of them.
    pub each: f64,
    /// Means of the observables: name, mean, standard error, and the truth if it is known.
    pub means: Vec<Mean>,
    /// Total variations of bins along a direction: name, found, by noise alone.
    pub variations: Vec<(String, f64, f64)>,
    /// The largest autocorrelation time, of chains.
    pub autocorrelation: Option<f64>,
    /// The least effective number of samples of a mean.
    pub draws: f64,
    /// The largest split rank-normalised R̂ of a coordinate, of chains.
    pub r_hat: Option<f64>,
    /// The correlation of neighbouring chains, if it is no chance.
    pub neighbours: Option<f64>,
    /// Samples in the discrepancies of kernels, if there are such.
    pub subsample: usize,
    /// What could not be tested, and why.
    pub left_out: Vec<String>,
}

/// The mean of an observable.
pub struct Mean {
    /// Its name.
    pub name: String,
    /// Of the samples.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// Effective number of samples.
    pub draws: f64,
    /// Of the truth.
    pub exact: Option<Exact>,
}

/// The modes of a target, by which samples are counted.
pub struct Basins(Option<Modes>);

impl Basins {
    /// Those of the problem, looked for from its start and from the samples.
    pub fn of(problem: &Problem, grid: Option<&GridSettings>, samples: &Samples) -> Self {
        let along = |axis: usize| samples.map(|x| x[axis]);
        let at = |k: usize| samples.at(k).to_vec();
        Self(Modes::of(problem, grid, &Cloud::new(problem.positions(), along, samples.count(), at)))
    }

    /// None.
    pub fn none() -> Self {
        Self(None)
    }
}

/// All tests of samples, before the level is known at which they are made.
pub struct Tests {
    candidates: Vec<Candidate>,
    means: Vec<Mean>,
    variations: Vec<(String, f64, f64)>,
    autocorrelation: Option<f64>,
    ess: f64,
    r_hat: Option<f64>,
    neighbours: Option<f64>,
    subsample: usize,
    left_out: Vec<String>,
}

impl Tests {
    /// Those of samples against the truth: the observables, the masses of the modes, distributions along lines, Stein's identities, and
    /// the claimed normaliser.
    pub fn new(draws: &Draws<'_>, truth: &Truth, observables: &[Observable], basins: &Basins) -> Self {
        let mut all =
            Collected { draws, truth, candidates: Vec::new(), means: Vec::new(), left_out: Vec::new() };
        all.observables(observables);
        all.modes(basins);
        all.claim();
        let autocorrelation = all.autocorrelation();
        let time = autocorrelation.unwrap_or(1.0);
        let chosen = thinned(draws, time, usize::MAX);
        let variations = all.lines(&chosen);
        let few = thinned(draws, time, SUBSAMPLE);
        all.stein(&few);
        all.energy(&few);
        if chosen.is_empty() {
            let why = match draws.arrangement {
                Arrangement::Groups => "samples of a group may depend on each other",
                Arrangement::Families => "samples with a common ancestor depend on each other",
                _ => "the chains are too short",
            };
            all.left_out.push(format!("bins and kernels, which need independent samples: {why}"));
        }
        let Collected { candidates, means, left_out, .. } = all;
        let (ess, subsample) = (draws.ess(), few.len());
        let (r_hat, neighbours) = (of_chains(draws, split_r_hat), of_chains(draws, neighbours));
        Self { candidates, means, variations, autocorrelation, ess, r_hat, neighbours, subsample, left_out }
    }

    /// What they find with at most `level` false alarms of all of them together (Bonferroni).
    pub fn judge(&self, level: f64) -> (Vec<Tested>, f64) {
        let count = self.candidates.iter().filter(|own| own.judged()).count().max(1);
        let each = level / count as f64;
        (self.candidates.iter().map(|own| own.judge(each)).collect(), each)
    }

    /// The same, with all that is known of the samples.
    pub fn verified(self, level: f64) -> Verified {
        let (tests, each) = self.judge(level);
        let Self { means, variations, autocorrelation, ess, r_hat, neighbours, subsample, left_out, .. } =
            self;
        let draws = means.iter().map(|mean| mean.draws).fold(ess, f64::min);
        Verified {
            tests,
            each,
            means,
            variations,
            autocorrelation,
            draws,
            r_hat,
            neighbours,
            subsample,
            left_out,
        }
    }
}

/// The largest of a statistic of chains over the coordinates.
fn of_chains(draws: &Draws<'_>, statistic: fn(&[f64], usize) -> Option<f64>) -> Option<f64> {
    let samples = draws.samples;
    if draws.arrangement != Arrangement::Chains {
        return None;
    }
    let along = |axis: usize| statistic(&samples.map(|x| x[axis]), samples.length());
    (0..samples.dimension).filter_map(along).reduce(f64::max)
}

struct Collected<'a> {
    draws: &'a Draws<'a>,
    truth: &'a Truth,
    candidates: Vec<Candidate>,
    means: Vec<Mean>,
    left_out: Vec<String>,
}

impl Collected<'_> {
    fn observables(&mut self, observables: &[Observable]) {
        let samples = self.draws.samples;
        for observable in observables.iter().filter(|own| !own.is_constant()) {
            let name = &observable.name;
            let values = samples.map(|x| observable.value(x));
            let Some(exact) = self.truth.mean(&Function::observable(observable, samples.dimension)) else {
                let score = self.draws.score(&values, self.draws.mean(&values), 0.0, 0.0);
                let (value, stderr, draws) = (score.value, score.stderr, score.draws);
                self.means.push(Mean { name: name.clone(), value, stderr, draws, exact: None });
                self.left_out.push(format!("E[{name}], of which the truth has no value"));
                continue;
            };
            let words = [format!("a shift of E[{name}] by "), String::new()];
            let enough = observable.tolerance.unwrap_or(exact.deviation);
            let title = format!("E[{name}]: samples agree with the truth");
            let score =
                self.mean(title, Role::Asked, &values, exact, words, 1.0, enough, observable.is_event());
            let (value, stderr, draws) = score;
            self.means.push(Mean { name: name.clone(), value, stderr, draws, exact: Some(exact) });
        }
    }

    /// A test of the mean of `values`; of an `event`, or of anything from 0 to 1, as a count where that is safe. Its mean, standard error and
    /// effective number.
    #[expect(clippy::too_many_arguments, reason = "one call for each kind of mean")]
    fn mean(
        &mut self,
        name: String,
        role: Role,
        values: &[f64],
        exact: Exact,
        words: [String; 2],
        unit: f64,
        enough: f64,
        event: bool,
    ) -> (f64, f64, f64) {
        let score = self.draws.score(values, exact.value, exact.error, exact.noise);
        let found = (score.value, score.stderr, score.draws);
        let draws = self.draws.independent(self.autocorrelation().unwrap_or(1.0));
        // Of all laws on [0, 1] with a mean, that of an event has the largest variance: its count is safe where few terms, or none,
        // deviate.
        let plain = self.draws.arrangement == Arrangement::Independent && self.draws.weights.is_none();
        let heavy = self.draws.has_heavy_weights();
        let sparse = (score.open.is_some() || score.stderr == 0.0) && !heavy && draws >= 1.0;
        let statistic = if event && (plain || sparse) {
            let [low, high] = [
                exact.value - exact.error - 4.0 * exact.noise,
                exact.value + exact.error + 4.0 * exact.noise,
            ];
            Statistic::Count { share: score.value, right: [low.max(0.0), high.min(1.0)], draws, words, unit }
        } else {
            let share = if event { self.draws.share(values, exact.value) } else { None };
            Statistic::Mean { score: Score { share, ..score }, exact, words, unit }
        };
        self.candidates.push(Candidate { name, role, statistic, enough, among: 1 });
        found
    }

    fn modes(&mut self, basins: &Basins) {
        let Some(modes) = &basins.0 else {
            self.left_out
                .push("masses of modes: fewer than two that are apart from each other were found".into());
            return;
        };
        let samples = self.draws.samples;
        let centres = modes.centres();
        let mut order: Vec<usize> = (0..centres.len()).collect();
        order.sort_by(|a, b| centres[*b].1.total_cmp(&centres[*a].1));
        if order.len() > MOST_MODES {
            self.left_out.push(format!(
                "{} of {} modes, the smallest",
                order.len() - MOST_MODES,
                order.len()
            ));
        }
        for k in order.into_iter().take(MOST_MODES) {
            let (centre, rough) = centres[k];
            let d = centre.len();
            let place: Vec<String> = centre.iter().take(4).map(|x| short(*x)).collect();
            let dots = if d > 4 { ", …" } else { "" };
            let place = format!("({}{dots})", place.join(", "));
            let of = Function {
                name: format!("mode {k}"),
                of: Box::new(move |x: &[f64]| modes.at(&x[..d])[k]),
                axes: None,
                jumps: false,
            };
            let values = samples.map(&of.of);
            let name = format!("mass of the mode around {place}");
            let words = [String::new(), format!(" % of mass too many or too few in the mode around {place}")];
            let exact = match &self.truth.law {
                // Of a mixture that is the truth, the mean of the responsibilities is the weight.
                Law::Mixture(law) if law.dimension() >= d && centres.len() == law.components().len() => {
                    Some(Exact {
                        value: rough,
                        error: 0.0,
                        noise: 0.0,
                        deviation: (rough * (1.0 - rough)).sqrt(),
                    })
                }
                _ => self.truth.mean(&of),
            };
            match exact {
                Some(exact) => {
                    self.mean(name, Role::Asked, &values, exact, words, 100.0, ENOUGH_SHARE, true);
                }
                None => {
                    // Sampling around the minima says which share a mode has, roughly.
                    let right = [ROUGH * rough, 1.0 - ROUGH * (1.0 - rough)];
                    let exact = Exact {
                        value: 0.5 * (right[0] + right[1]),
                        error: 0.5 * (right[1] - right[0]),
                        noise: 0.0,
                        deviation: 0.5,
                    };
                    let rounded: Vec<f64> = values.iter().map(|own| own.round()).collect();
                    self.mean(name + ROUGHLY, Role::Beside, &rounded, exact, words, 100.0, 1.0, true);
                }
            }
        }
    }

    fn claim(&mut self) {
        let Some(claim) = self.draws.samples.claimed else { return };
        let name = "claimed log-normaliser: it is the truth's".to_string();
        let Some((value, error)) = self.truth.log_mass else {
            self.left_out.push("the claimed log-normaliser, of which the truth has no value".into());
            return;
        };
        let exact = Exact { value, error, noise: 0.0, deviation: f64::INFINITY };
        let stderr = claim.error.unwrap_or(0.0);
        let distance = ((claim.value - value).abs() - error).max(0.0) * (claim.value - value).signum();
        let open = (stderr == 0.0 && distance != 0.0).then(|| {
            format!(
                "the claimed log-normaliser {} comes without an error (log_normaliser_error)",
                short(claim.value)
            )
        });
        let t = if distance == 0.0 { 0.0 } else { distance / stderr };
        let (value, degrees, skewness, draws) = (claim.value, f64::INFINITY, 0.0, f64::INFINITY);
        let (autocorrelation, share) = (None, None);
        let score = Score { value, stderr, t, degrees, skewness, draws, autocorrelation, open, share };
        let words = ["a log-normaliser off by ".into(), String::new()];
        let statistic = Statistic::Mean { score, exact, words, unit: 1.0 };
        self.candidates.push(Candidate {
            name,
            role: Role::Asked,
            statistic,
            enough: ENOUGH_EVIDENCE,
            among: 1,
        });
    }

    /// The largest autocorrelation time of a coordinate or a mean until now, of chains.
    fn autocorrelation(&self) -> Option<f64> {
        let times = self.candidates.iter().filter_map(|own| match &own.statistic {
            Statistic::Mean { score, .. } => score.autocorrelation,
            _ => None,
        });
        (self.draws.arrangement == Arrangement::Chains).then(|| times.fold(1.0, f64::max))
    }

    fn lines(&mut self, chosen: &[usize]) -> Vec<(String, f64, f64)> {
        let samples = self.draws.samples;
        let mut variations = Vec::new();
        for (place, direction) in directions(self.truth, samples.dimension).iter().enumerate() {
            let values =
                samples.map(|x| direction.below(x.iter().zip(&direction.along).map(|(x, u)| x * u).sum()));
            let name = &direction.name;
            let distance = Kolmogorov::of(self.draws, &values, direction.error());
            let title = format!("Kolmogorov–Smirnov along {name}");
            let statistic = Statistic::Distance(distance, name.clone());
            self.candidates.push(Candidate {
                name: title,
                role: Role::Beside,
                statistic,
                enough: ENOUGH_DISTANCE,
                among: 1,
            });
            let heavy = self.draws.has_heavy_weights();
            if place >= BINNED || heavy {
                continue;
            }
            if let Some(own) = binned(self.draws, chosen, &values, direction.error()) {
                variations.push((name.clone(), own.total_variation, own.expected));
                let title = format!("χ² of bins along {name}");
                let statistic = Statistic::Bins(own.squares, name.clone());
                self.candidates.push(Candidate {
                    name: title,
                    role: Role::Beside,
                    statistic,
                    enough: ENOUGH_DISTANCE,
                    among: 1,
                });
            }
        }
        variations
    }

    fn stein(&mut self, chosen: &[usize]) {
        let Some((potential, momenta)) = &self.truth.energy else { return };
        if potential.expression().is_some_and(Expression::has_jump) {
            self.left_out.push("Stein's identities: the potential jumps".into());
            return;
        }
        let Some(scaled) = Scaled::new(self.draws, &Slope::new(potential, *momenta)) else {
            self.left_out.push("Stein's identities: the samples have no spread in some direction".into());
            return;
        };
        for (name, values) in scaled.tests() {
            let exact = Exact { value: 0.0, error: 0.0, noise: 0.0, deviation: 1.0 };
            let words = ["E[Lf] = ".to_string(), format!(" for {}", name.trim_start_matches("Stein: "))];
            self.mean(name, Role::Beside, &values, exact, words, 1.0, f64::INFINITY, false);
        }
        for ((name, values), among) in scaled.products(self.draws) {
            let exact = Exact { value: 0.0, error: 0.0, noise: 0.0, deviation: 1.0 };
            let words = ["E[Lf] = ".to_string(), format!(" for {}", name.trim_start_matches("Stein: "))];
            self.mean(name, Role::Beside, &values, exact, words, 1.0, f64::INFINITY, false);
            self.candidates.last_mut().into_iter().for_each(|own| own.among = among);
        }
        if self.draws.samples.dimension > AXES {
            self.left_out
                .push(format!("coordinates beyond the first {AXES}, along each of which there are tests"));
        }
        let heavy = self.draws.has_heavy_weights();
        if chosen.len() > 1
            && !heavy
            && let Some(own) = scaled.discrepancy(self.draws, chosen)
        {
            let name = format!("kernel Stein discrepancy of {} samples", own.count);
            self.candidates.push(Candidate {
                name,
                role: Role::Beside,
                statistic: Statistic::Kernel(own),
                enough: f64::INFINITY,
                among: 1,
            });
        }
    }

    fn energy(&mut self, chosen: &[usize]) {
        let heavy = self.draws.has_heavy_weights();
        let Some(reference) = self.truth.reference().filter(|_| chosen.len() > 1 && !heavy) else { return };
        if let Some(own) = energy(self.draws, chosen, reference) {
            let name = format!("energy distance of {} samples from exact draws", own.count);
            let (role, statistic) = (Role::Beside, Statistic::Kernel(own));
            self.candidates.push(Candidate { name, role, statistic, enough: f64::INFINITY, among: 1 });
        }
    }
}
