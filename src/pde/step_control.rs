//! Adaptive step sizes, from an estimate of the error.

/// Share of the step that the error would allow.
const SAFETY: f64 = 0.9;
/// Least and most by which a step changes.
const CHANGE: [f64; 2] = [0.2, 5.0];
/// Rejections in a row after which there is no hope.
const MOST_REJECTIONS: usize = 40;

/// Chooses steps; errors are in units of what is allowed.
#[derive(Clone, Debug)]
pub struct StepControl {
    /// Allowed error of log ρ in one step, relative to 1 + |log ρ|.
    tolerance: f64,
    /// −1 over the power of the step with which the estimate falls.
    exponent: f64,
    /// The next step, as the last one suggests it.
    wanted: Option<f64>,
    rejections: usize,
}

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepVerdict {
    /// It counts.
    Accept,
    /// A shorter one is to be tried.
    Reject,
    /// No step is short enough.
    GiveUp,
}

impl StepControl {
    /// Steps to `tolerance` whose estimated error is of size h^power.
    pub fn new(tolerance: f64, power: u32) -> Self {
        Self { tolerance, exponent: -1.0 / f64::from(power), wanted: None, rejections: 0 }
    }

    /// Allowed error of log ρ in one step, relative to 1 + |log ρ|.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// From now on to this tolerance.
    pub fn set_tolerance(&mut self, tolerance: f64) {
        self.tolerance = tolerance;
    }

    /// The step that is wanted next; `first` tells the first one.
    pub fn wanted(&mut self, first: impl FnOnce() -> f64) -> f64 {
        *self.wanted.get_or_insert_with(first)
    }

    /// The largest error of log ρ in units of what is allowed, from pairs of log ρ and the estimated error; cells that are
    /// empty do not count, and NaN is infinite.
    pub fn error(&self, cells: impl Iterator<Item = (f64, f64)>) -> f64 {
        cells.filter(|(log, _)| *log != f64::NEG_INFINITY).fold(0.0, |largest: f64, (log, error)| {
            let share = error.abs() / (self.tolerance * (1.0 + log.abs()));
            if share.is_nan() { f64::INFINITY } else { largest.max(share) }
        })
    }

    /// Judges a step that had this error.
    pub fn judge(&mut self, step: f64, error: f64) -> StepVerdict {
        let [least, most] = CHANGE;
        let change = (SAFETY * error.powf(self.exponent)).clamp(least, most);
        if error <= 1.0 {
            // The rest of a span may be shorter than the error allows.
            let wanted = self.wanted.unwrap_or(step);
            self.wanted = Some(if step < wanted { wanted.max(step * change) } else { step * change });
            self.rejections = 0;
            return StepVerdict::Accept;
        }
        self.wanted = Some(step * change);
        self.rejections += 1;
        if self.rejections > MOST_REJECTIONS { StepVerdict::GiveUp } else { StepVerdict::Reject }
    }
}
