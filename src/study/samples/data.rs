//! Samples as they come from anybody's program.

use std::collections::BTreeMap;
use std::fmt;

/// Whole numbers up to this one have names of their own.
const MOST_ANCESTOR: f64 = 9_007_199_254_740_992.0;
/// Coordinates up to this have finite fourth powers.
const LARGEST: f64 = 1e75;

/// Samples, in groups of the same size; each group may be a Markov chain.
#[derive(Clone)]
pub struct Samples {
    /// Where they are from, for messages.
    pub name: String,
    /// Dimension d.
    pub dimension: usize,
    /// Number of groups; 1 if there are none.
    pub groups: usize,
    /// Whether they came in groups, even if in one.
    pub grouped: bool,
    /// Coordinates, groups·n·d of them, group after group and sample after sample.
    pub positions: Vec<f64>,
    /// log-weights, groups·n of them; −∞ is a weight of 0.
    pub log_weights: Option<Vec<f64>>,
    /// The names of their ancestors, groups·n of them: those of one name, in one group, descend from one particle.
    pub ancestors: Option<Vec<f64>>,
    /// The time at which they all are samples.
    pub time: Option<f64>,
    /// The log-normaliser that they claim.
    pub claimed: Option<Claim>,
}

/// A claimed log-normaliser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// The value.
    pub value: f64,
    /// Its standard error, if there is one.
    pub error: Option<f64>,
}

impl fmt::Debug for Samples {
    /// With every number to the last bit, as fingerprints need it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name: _, dimension, groups, grouped, positions, log_weights, ancestors, time, claimed } =
            self;
        write!(
            f,
            "{dimension} {groups} {grouped} {positions:?} {log_weights:?} {ancestors:?} {time:?} {claimed:?}"
        )
    }
}

impl Samples {
    /// Samples at `positions` of this shape: (n, d) or (groups, n, d), the last axis running fastest.
    ///
    /// # Errors
    /// If the shape is another, or there are none, or a coordinate is not finite.
    pub fn new(name: impl Into<String>, shape: &[usize], positions: Vec<f64>) -> Result<Self, String> {
        let (groups, length, dimension) = match *shape {
            [n, d] => (1, n, d),
            [groups, n, d] => (groups, n, d),
            _ => {
                return Err(format!("found positions of shape {shape:?}; expected (n, d) or (groups, n, d)"));
            }
        };
        if groups * length * dimension == 0 {
            return Err(format!("found positions of shape {shape:?}; expected at least one sample"));
        }
        if positions.len() != groups * length * dimension {
            return Err(format!(
                "found {} numbers for the shape {shape:?}; expected one for each",
                positions.len()
            ));
        }
        if let Some(place) = positions.iter().position(|x| x.is_nan() || x.abs() > LARGEST) {
            return Err(format!(
                "found {:?} in coordinate {} of sample {}; expected finite numbers up to {LARGEST:e}, whose fourth powers are finite, too",
                positions[place],
                place % dimension + 1,
                place / dimension
            ));
        }
        let (name, grouped) = (name.into(), shape.len() == 3);
        Ok(Self {
            name,
            dimension,
            groups,
            grouped,
            positions,
            log_weights: None,
            ancestors: None,
            time: None,
            claimed: None,
        })
    }

    /// The same samples with the names of their ancestors, which are whole numbers.
    ///
    /// # Errors
    /// If there is not one for each, or one is not a whole number from 0 on.
    pub fn with_ancestors(mut self, ancestors: Vec<f64>) -> Result<Self, String> {
        self.fits("ancestors", ancestors.len())?;
        if let Some(place) =
            ancestors.iter().position(|own| !((0.0..=MOST_ANCESTOR).contains(own) && own.fract() == 0.0))
        {
            return Err(format!(
                "found the ancestor {} of sample {place}; expected whole numbers from 0 to 2^53, which are known exactly",
                ancestors[place]
            ));
        }
        self.ancestors = Some(ancestors);
        Ok(self)
    }

    /// The same samples, all of one time.
    ///
    /// # Errors
    /// If the times differ, or are not finite.
    pub fn with_times(mut self, times: &[f64]) -> Result<Self, String> {
        let first = times.first().copied().unwrap_or(f64::NAN);
        if let Some(other) = times.iter().find(|own| !(own.is_finite() && **own == first)) {
            return Err(format!(
                "found times of {first} and {other}; expected the same finite time for all samples: give those of each time in a \
                 file of their own"
            ));
        }
        self.time = Some(first);
        Ok(self)
    }

    /// The family of each sample, counted from 0: those of one ancestor in one group. `None` if no two have one together, or nothing
    /// is known of ancestors.
    pub fn families(&self) -> Option<Vec<usize>> {
        let ancestors = self.ancestors.as_ref()?;
        let mut known = BTreeMap::new();
        let family = |(k, own): (usize, &f64)| {
            let next = known.len();
            // A whole number is its own name.
            *known.entry((k / self.length(), own.to_bits())).or_insert(next)
        };
        let families: Vec<usize> = ancestors.iter().enumerate().map(family).collect();
        (known.len() < families.len()).then_some(families)
    }

    /// The same samples with weights, in any units.
    ///
    /// # Errors
    /// If there is not one for each, one is negative or not finite, or all are 0.
    pub fn with_weights(self, weights: &[f64]) -> Result<Self, String> {
        self.fits("weights", weights.len())?;
        if let Some(place) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(format!(
                "found the weight {} of sample {place}; expected numbers from 0 on",
                weights[place]
            ));
        }
        let logs = weights.iter().map(|w| w.ln()).collect();
        self.with_log_weights(logs)
    }

    /// The same samples with log-weights, up to a constant.
    ///
    /// # Errors
    /// If there is not one for each, one is NaN or +∞, or all are −∞.
    pub fn with_log_weights(mut self, logs: Vec<f64>) -> Result<Self, String> {
        self.fits("log_weights", logs.len())?;
        if let Some(place) = logs.iter().position(|log| log.is_nan() || *log == f64::INFINITY) {
            return Err(format!(
                "found the log-weight {} of sample {place}; expected finite ones, or -inf",
                logs[place]
            ));
        }
        if logs.iter().all(|log| *log == f64::NEG_INFINITY) {
            return Err("found weights that are all 0; expected a positive one".into());
        }
        self.log_weights = Some(logs);
        Ok(self)
    }

    /// The same samples with the log-normaliser that they claim, and its standard error.
    ///
    /// # Errors
    /// If a number is not finite, or the error is negative.
    pub fn with_claim(mut self, value: f64, error: Option<f64>) -> Result<Self, String> {
        if !value.is_finite() || error.is_some_and(|error| !(error.is_finite() && error >= 0.0)) {
            return Err(format!(
                "found a log_normaliser of {value} with the error {}; expected finite numbers, the error from 0 on",
                error.unwrap_or(0.0)
            ));
        }
        self.claimed = Some(Claim { value, error });
        Ok(self)
    }

    fn fits(&self, what: &str, count: usize) -> Result<(), String> {
        let expected = self.count();
        if count == expected {
            return Ok(());
        }
        Err(format!("found {count} {what} for {expected} samples; expected as many"))
    }

    /// Number of samples, of all groups together.
    pub fn count(&self) -> usize {
        self.positions.len() / self.dimension
    }

    /// Samples in a group.
    pub fn length(&self) -> usize {
        self.count() / self.groups
    }

    /// Sample `k`.
    pub fn at(&self, k: usize) -> &[f64] {
        &self.positions[k * self.dimension..(k + 1) * self.dimension]
    }

    /// f at every sample.
    pub fn map(&self, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        self.positions.chunks_exact(self.dimension).map(f).collect()
    }

    /// Weights with mean 1; `None` where all are the same.
    pub fn weights(&self) -> Option<Vec<f64>> {
        let logs = self.log_weights.as_ref()?;
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if logs.iter().all(|log| *log == largest) {
            return None;
        }
        let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        Some(weights.iter().map(|w| w / mean).collect())
    }
}
