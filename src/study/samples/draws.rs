//! Means of functions over samples, with errors that respect weights, autocorrelation and groups.

use super::chains::{Autocorrelation, autocorrelation};
use super::data::Samples;
use super::share::Share;
use crate::statistics::{FEWEST_TERMS, ROUNDING, Tail};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use std::collections::HashMap;

/// How samples depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Not at all.
    Independent,
    /// Each group is a Markov chain, in its order; the groups are independent.
    Chains,
    /// In any way within a group; the groups are independent.
    Groups,
    /// Those with one ancestor do, in any way.
    Families,
}

impl Arrangement {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 4] = [Self::Independent, Self::Chains, Self::Groups, Self::Families];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Chains => "chains",
            Self::Groups => "groups",
            Self::Families => "ancestors",
        }
    }

    /// What holds where nothing is said: the least that the shape promises. Samples without weights may come from a chain: its
    /// autocorrelation is then in the errors, and costs independent ones little. Weighted ones in groups may share a normaliser. Those
    /// with ancestors are particles.
    pub fn of(samples: &Samples) -> Self {
        match (samples.grouped, samples.log_weights.is_some() || samples.ancestors.is_some()) {
            (_, false) => Self::Chains,
            (true, true) => Self::Groups,
            (false, true) if samples.families().is_some() => Self::Families,
            (false, true) => Self::Independent,
        }
    }
}

/// From this many groups on, the skewness of their means is known well enough to count.
const MANY_GROUPS: usize = 20;
/// Lags in a sum of autocorrelations, in units of its time.
const LAGS: f64 = 4.0;
/// Nodes of an average over the law of a standard error.
const NODES: usize = 128;

/// Samples with what their means need.
#[derive(Debug)]
pub struct Draws<'a> {
    /// The samples.
    pub samples: &'a Samples,
    /// How they depend on each other.
    pub arrangement: Arrangement,
    /// Weights with mean 1, if they are not all the same.
    pub weights: Option<Vec<f64>>,
    /// The tail of the weights.
    pub weight_tail: Option<Tail>,
    /// The family of each sample, if those of one family depend on each other.
    families: Option<Vec<usize>>,
}

/// A mean over samples, and how far it is from a value.
#[derive(Clone, Debug)]
pub struct Score {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// The distance from the value, beyond what is allowed, in standard errors: of Student's law with these degrees of freedom, after
    /// the correction for the skewness.
    pub t: f64,
    /// Degrees of freedom of the standard error.
    pub degrees: f64,
    /// Skewness of the mean, γ/√n.
    pub skewness: f64,
    /// As many independent draws would have the same standard error.
    pub draws: f64,
    /// Integrated autocorrelation time, of chains.
    pub autocorrelation: Option<f64>,
    /// Why there is no judgement.
    pub open: Option<String>,
    /// Of the probability of an event: how its standard error changes with it.
    pub share: Option<Share>,
}

impl<'a> Draws<'a> {
    /// Samples that depend on each other in this way.
    pub fn new(samples: &'a Samples, arrangement: Arrangement) -> Self {
        let weights = samples.weights();
        let weight_tail = weights.as_deref().map(Tail::of);
        let families = (arrangement == Arrangement::Families).then(|| samples.families()).flatten();
        Self { samples, arrangement, weights, weight_tail, families }
    }

    /// Whether the weights may have no variance, within the error of their index.
    pub fn has_heavy_weights(&self) -> bool {
        self.weight_tail.is_some_and(|tail| tail.may_be_heavy())
    }

    /// Two groups that are equal to the last bit, counted from 1.
    pub fn copies(&self) -> Option<[u64; 2]> {
        let samples = self.samples;
        let bits = |group: &[f64]| group.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let mut known = HashMap::new();
        let groups = samples.positions.chunks_exact(samples.length() * samples.dimension).enumerate();
        groups.filter(|_| samples.groups > 1 && samples.length() > 1).find_map(|(number, group)| {
            let first = *known.entry(bits(group)).or_insert(number);
            (first < number).then_some([first as u64 + 1, number as u64 + 1])
        })
    }

    /// How many of them are independent of each other, if a chain's have this autocorrelation time.
    pub fn independent(&self, time: f64) -> f64 {
        match self.arrangement {
            Arrangement::Groups => self.samples.groups as f64,
            Arrangement::Independent | Arrangement::Chains => self.ess() / time.max(1.0),
            Arrangement::Families => {
                let masses = self.by_family(&self.weights.clone().unwrap_or(vec![1.0; self.samples.count()]));
                masses.iter().sum::<f64>().powi(2) / masses.iter().map(|own| own * own).sum::<f64>()
            }
        }
    }

    /// Sums over the families, in as many places as there are samples: a family that has died out has the sum 0.
    fn by_family(&self, terms: &[f64]) -> Vec<f64> {
        let Some(families) = &self.families else { return terms.to_vec() };
        let mut sums = vec![0.0; terms.len()];
        families.iter().zip(terms).for_each(|(family, term)| sums[*family] += term);
        sums
    }

    /// The weight of sample `k`, 1 on average.
    pub fn weight(&self, k: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[k])
    }

    /// (Σw)²/Σw².
    pub fn ess(&self) -> f64 {
        let n = self.samples.count() as f64;
        self.weights.as_ref().map_or(n, |weights| n * n / weights.iter().map(|w| w * w).sum::<f64>())
    }

    /// The weighted mean.
    pub fn mean(&self, values: &[f64]) -> f64 {
        let sum: f64 = values.iter().enumerate().map(|(k, f)| self.weighted(k, *f)).sum();
        sum / values.len() as f64
    }

    /// A term of weight 0 is 0, whatever the value.
    pub(super) fn weighted(&self, k: usize, value: f64) -> f64 {
        let weight = self.weight(k);
        if weight == 0.0 { 0.0 } else { weight * value }
    }

    /// The mean of `values`, and its distance from `exact`, from which it may be as far as `allowed` and be right, where `exact` has
    /// the standard error `noise`.
    ///
    /// The test is of E[w(f − μ)] = 0 at the μ that is nearest among the allowed ones (Fieller), so that the ratio of two sums has no
    /// bias. It is a mean of terms: its studentised value is corrected for skewness by the cubic of Hall (1992).
    pub fn score(&self, values: &[f64], exact: f64, allowed: f64, noise: f64) -> Score {
        let n = values.len();
        let value = self.mean(values);
        let centre = value.clamp(exact - allowed, exact + allowed);
        let terms: Vec<f64> = values.iter().enumerate().map(|(k, f)| self.weighted(k, f - centre)).collect();
        let size = (values.iter().map(|f| f * f).sum::<f64>() / n as f64).sqrt().max(centre.abs());
        let spread = Spread::of(&terms, self);
        let own = spread.stderr;
        let stderr = own.hypot(noise);
        let distance = value - centre;
        let zero = own <= ROUNDING * size;
        let t = match (distance.abs() <= ROUNDING * size, zero) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY.copysign(distance),
            (false, false) => distance / stderr,
        };
        let skewness = spread.skewness * own / stderr;
        let variance = (spread.scatter / n as f64).max(0.0);
        let draws = if zero { self.ess() } else { (variance / (own * own)).min(n as f64) };
        let open = if !value.is_finite() {
            Some("the function is not finite at every sample".into())
        } else if zero && distance.abs() > ROUNDING * size {
            Some("rare: all samples agree, which does not prove that the spread is 0".into())
        } else if zero {
            None
        } else {
            spread.open
        };
        let degrees = spread.degrees;
        let autocorrelation = spread.autocorrelation;
        let t = corrected(t, skewness);
        Score { value, stderr, t, degrees, skewness, draws, autocorrelation, open, share: None }
    }
}

/// What is known of a mean of terms.
struct Spread {
    stderr: f64,
    degrees: f64,
    skewness: f64,
    /// Σ of squared deviations.
    scatter: f64,
    autocorrelation: Option<f64>,
    open: Option<String>,
}

impl Spread {
    fn of(terms: &[f64], draws: &Draws<'_>) -> Self {
        match draws.arrangement {
            Arrangement::Independent => Self::independent(terms, draws),
            Arrangement::Chains => Self::chains(terms, draws),
            // As many particles as there are now began, and those of which nobody is left have a term of 0 (Chan and Lai 2013; Lee and
            // Whiteley 2018).
            Arrangement::Families => Self {
                scatter: Powers::of(terms).squares,
                ..Self::independent(&draws.by_family(terms), draws)
            },
            Arrangement::Groups => {
                let sums: Vec<f64> = terms
                    .chunks_exact(draws.samples.length())
                    .map(|group| group.iter().sum::<f64>() / group.len() as f64)
                    .collect();
                let (powers, count) = (Powers::of(&sums), sums.len());
                let open = (count < 2).then(|| "one group has no standard error".to_string());
                let skewness = if count >= MANY_GROUPS { powers.skewness() } else { 0.0 };
                Self {
                    stderr: powers.stderr(),
                    degrees: (count as f64 - 1.0).max(1.0),
                    skewness,
                    scatter: Powers::of(terms).squares,
                    autocorrelation: None,
                    open: open.or_else(|| heavy(draws, terms)),
                }
            }
        }
    }

    fn independent(terms: &[f64], draws: &Draws<'_>) -> Self {
        let powers = Powers::of(terms);
        Self {
            stderr: powers.stderr(),
            degrees: powers.degrees(),
            skewness: powers.skewness(),
            scatter: powers.squares,
            autocorrelation: None,
            open: heavy(draws, terms).or_else(|| few(powers.effective())),
        }
    }

    fn chains(terms: &[f64], draws: &Draws<'_>) -> Self {
        let powers = Powers::of(terms);
        let length = draws.samples.length();
        match autocorrelation(terms, length) {
            Autocorrelation::Ended { time, .. } => {
                let count = terms.len() as f64;
                let stderr = powers.stderr() * time.sqrt();
                // A sum over 2m + 1 lags is known as a variance with n/(2m + 1) degrees of freedom is. The lags at which the sum
                // ends are chance; so many are seldom exceeded.
                let lags = LAGS * time + 2.0;
                let degrees = 1.0 / ((2.0 * lags + 1.0) / count + time / powers.degrees());
                let effective = powers.effective() / time.max(1.0);
                Self {
                    stderr,
                    degrees: degrees.max(1.0),
                    skewness: powers.skewness() * time.max(1.0).sqrt(),
                    scatter: powers.squares,
                    autocorrelation: Some(time),
                    open: heavy(draws, terms).or_else(|| few(effective)),
                }
            }
            Autocorrelation::Endless { lags } => Self {
                stderr: f64::INFINITY,
                degrees: 1.0,
                skewness: 0.0,
                scatter: powers.squares,
                autocorrelation: Some(f64::INFINITY),
                open: Some(format!(
                    "the autocorrelation has no end within {lags} lags: the chains are too short"
                )),
            },
        }
    }
}

/// Kurtosis up to which so many terms are taken to have a variance. Of 400 terms with Student's law of two degrees of freedom (index ½)
/// it is 33 in the median, and below 6 in 3 of 4000 cases; of more terms it is larger.
const LIGHT: f64 = 6.0;
const MANY: f64 = 400.0;

/// Why terms have no judgement: they, or the weights, may have no variance.
fn heavy(draws: &Draws<'_>, terms: &[f64]) -> Option<String> {
    if let Some(tail) = draws.weight_tail.filter(Tail::may_be_heavy) {
        return Some(format!(
            "tail: the weights have the Pareto index {:.2} ± {:.2}, so that they may have no variance (from ½ on)",
            tail.pareto_k.unwrap_or(f64::NAN),
            tail.pareto_k_stderr.unwrap_or(f64::NAN)
        ));
    }
    // A fit to the largest terms sees a tail where they are of two kinds, as of two modes; but terms without variance have some that
    // are far beyond the others.
    let powers = Powers::of(terms);
    let light = powers.count >= MANY && powers.effective() >= powers.count / LIGHT;
    let tail = Tail::of(terms);
    (tail.is_heavy() && !light).then(|| {
        format!(
            "tail: its terms have the Pareto index {:.2}, so that they may have no variance (from ½ on)",
            tail.pareto_k.unwrap_or(f64::NAN)
        )
    })
}

fn few(effective: f64) -> Option<String> {
    (effective < FEWEST_TERMS)
        .then(|| format!("rare: only {effective:.1} effective terms determine the standard error"))
}

/// Sums of powers of deviations from the mean.
struct Powers {
    count: f64,
    squares: f64,
    cubes: f64,
    fourths: f64,
}

impl Powers {
    fn of(terms: &[f64]) -> Self {
        let count = terms.len() as f64;
        let mean = terms.iter().sum::<f64>() / count;
        let [squares, cubes, fourths] = terms.iter().fold([0.0; 3], |[a, b, c], term| {
            let d = term - mean;
            let square = d * d;
            [a + square, b + square * d, c + square * square]
        });
        Self { count, squares, cubes, fourths }
    }

    fn stderr(&self) -> f64 {
        (self.squares / (self.count * (self.count - 1.0).max(1.0))).sqrt()
    }

    /// (Σd²)²/Σd⁴.
    fn effective(&self) -> f64 {
        if self.fourths > 0.0 { self.squares * self.squares / self.fourths } else { 0.0 }
    }

    /// Those of a χ² law with the same relative variance as Σd²: n − 1 for normal terms, fewer for kurtosis.
    fn degrees(&self) -> f64 {
        let share = 0.5 * (1.0 / self.effective().max(1.0) - 1.0 / self.count);
        1.0 / share.max(1.0 / (self.count - 1.0).max(1.0))
    }

    fn skewness(&self) -> f64 {
        if self.squares > 0.0 { self.cubes / self.squares.powf(1.5) } else { 0.0 }
    }
}

/// Hall's cubic of a studentised mean with skewness κ: ((1 + κt/3)³ − 1)/κ + κ/6, whose law is Student's to the next order.
fn corrected(t: f64, κ: f64) -> f64 {
    t + κ * t * t / 3.0 + κ * κ * t * t * t / 27.0 + κ / 6.0 * f64::from(u8::from(t != 0.0))
}

/// The t that becomes q.
fn uncorrected(q: f64, κ: f64) -> f64 {
    if κ.abs() < 1e-9 { q } else { 3.0 * ((1.0 + κ * (q - κ / 6.0)).cbrt() - 1.0) / κ }
}

impl Score {
    /// What |t| exceeds with probability `level`.
    pub fn threshold(&self, level: f64) -> f64 {
        two_sided(self.degrees, level)
    }

    /// The smallest distance that |t| finds at `level` with probability `power`, in either direction, if the standard error
    /// is what it is here, or what it becomes of the probability of an event: the error of another run has Student's law.
    pub fn detectable(&self, level: f64, power: f64, allowed: f64) -> f64 {
        let bound = |degrees: f64| {
            let threshold = two_sided(degrees, level);
            uncorrected(threshold, self.skewness).max(-uncorrected(-threshold, self.skewness))
        };
        let t = bound(self.degrees);
        // The standard error as a share s of the true one: the root of χ²/ν, by Wilson and Hilferty.
        let normal = Normal::standard();
        // Where the error of a chain is found larger, it is its autocorrelation time that is: the fewer of these, the fewer degrees of
        // freedom.
        let longer =
            |s: f64| if self.autocorrelation.is_some() { bound(self.degrees / (s * s).max(1.0)) } else { t };
        let limits: Vec<f64> = (0..NODES)
            .map(|k| {
                let z = normal.inverse_cdf((k as f64 + 0.5) / NODES as f64);
                let a = 2.0 / (9.0 * self.degrees);
                let s = (1.0 - a + z * a.sqrt()).max(0.0).powf(1.5);
                s * longer(s)
            })
            .collect();
        let found = |δ: f64| {
            let own = self.share.map_or(δ, |share| δ / share.stretch(δ * self.stderr));
            limits.iter().map(|limit| normal.cdf(own - limit)).sum::<f64>() / NODES as f64
        };
        let [mut low, mut high] = [0.0, 2.0 * t + 10.0];
        while found(high) < power && high < 1e12 {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if found(middle) < power { low = middle } else { high = middle }
        }
        allowed + high * self.stderr
    }
}

/// Degrees of freedom from which on Student's law is the normal one, to 10⁻⁴ of its quantiles.
const NORMAL: f64 = 1e5;

/// What the absolute value of a variate with Student's law exceeds with probability `level`.
pub fn two_sided(degrees: f64, level: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees.max(1.0)) {
        Ok(law) if degrees < NORMAL => -law.inverse_cdf(0.5 * level),
        _ => -Normal::standard().inverse_cdf(0.5 * level),
    }
}
