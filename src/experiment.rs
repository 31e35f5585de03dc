use crate::model::CustomPotential;
use crate::scenario::{Scenario, ScenarioError, Vocabulary, parse_with};
use crate::schemes::{NameTaken, Scheme};
use crate::study::{Run, run};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A flow with its start, grid, particles and studies, put together in Rust; what runs is a scenario.
///
/// Every key of a scenario can be set: the usual ones by methods of their own, all others by [`Experiment::set`].
/// [`Experiment::run`] reports what is wrong, all of it at once.
///
/// ```
/// let run = wfr::Experiment::formula("x^2/2")
///     .start(&[1.0], &[&[0.5]])
///     .reaction(0.0)
///     .horizon(1.0)
///     .observe("x")
///     .grid(&[200])
///     .particles(2_000, 0.05)
///     .study("compare")
///     .run()?;
/// let grid = run.findings.grid.unwrap().observables["x"];
/// assert!((grid.value - (-1.0f64).exp()).abs() <= grid.error);
/// # Ok::<(), wfr::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Experiment {
    vocabulary: Vocabulary,
    name: Option<String>,
    observables: Vec<String>,
    top: BTreeMap<String, String>,
    tables: BTreeMap<String, BTreeMap<String, String>>,
    studies: Vec<BTreeMap<String, String>>,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A number.
    Number(f64),
    /// A whole number.
    Whole(u64),
    /// true or false.
    Boolean(bool),
    /// A text: a name or a formula.
    Text(String),
    /// An array.
    Array(Vec<Setting>),
}

impl Setting {
    fn toml(&self) -> String {
        match self {
            Self::Number(number) => format!("{number:?}"),
            Self::Whole(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            // JSON's strings are strings of TOML.
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Array(items) => {
                format!("[{}]", items.iter().map(Self::toml).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

macro_rules! setting_from {
    ($($from:ty => $variant:ident),*) => {
        $(impl From<$from> for Setting {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
setting_from!(f64 => Number, u64 => Whole, u32 => Whole, bool => Boolean, &str => Text, String => Text);

impl From<usize> for Setting {
    fn from(value: usize) -> Self {
        Self::Whole(value as u64)
    }
}

impl<T: Clone + Into<Setting>> From<&[T]> for Setting {
    fn from(items: &[T]) -> Self {
        Self::Array(items.iter().cloned().map(Into::into).collect())
    }
}

impl<T: Into<Setting>, const N: usize> From<[T; N]> for Setting {
    fn from(items: [T; N]) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

impl Experiment {
    /// The WFR flow toward π ∝ e^{−V} for this formula of V in x (or x, y, z, or x1 … xd).
    pub fn formula(potential: &str) -> Self {
        Self::default().set("target.potential", potential)
    }

    /// The WFR flow toward π ∝ e^{−V} for a V in code.
    pub fn potential(potential: impl CustomPotential + 'static) -> Self {
        let vocabulary = Vocabulary::default().potential("own", potential);
        Self { vocabulary, ..Self::default() }.set("target.code", "own")
    }

    /// The Itô equation dX = b dt + σ dW: d formulas of b, and d rows of m formulas of σ, in t and the state.
    pub fn sde(drift: &[&str], diffusion: &[&[&str]]) -> Self {
        let rows: Vec<Setting> = diffusion.iter().map(|row| Setting::from(*row)).collect();
        Self::default().set("sde.drift", drift).set("sde.diffusion", Setting::Array(rows))
    }

    /// A start from the Gaussian with this mean (d numbers) and covariance (d rows of d numbers); d is the dimension.
    pub fn start(self, mean: &[f64], covariance: &[&[f64]]) -> Self {
        let rows = covariance.iter().map(|row| Setting::from(*row)).collect();
        self.set("dimension", mean.len())
            .set("initial.mean", mean)
            .set("initial.covariance", Setting::Array(rows))
    }

    /// A start from this point; its d coordinates say the dimension.
    pub fn start_at(self, point: &[f64]) -> Self {
        self.set("dimension", point.len()).set("initial.point", point)
    }

    /// The rate α ≥ 0 of the transport (1 if it is not said).
    pub fn transport(self, rate: f64) -> Self {
        self.set("flow.transport", rate)
    }

    /// The rate β ≥ 0 of the reaction (1 if it is not said); 0 is Langevin dynamics.
    pub fn reaction(self, rate: f64) -> Self {
        self.set("flow.reaction", rate)
    }

    /// The time T > 0 at which it ends.
    pub fn horizon(self, time: f64) -> Self {
        let table = if self.tables.contains_key("sde") { "sde" } else { "flow" };
        self.set(&format!("{table}.horizon"), time)
    }

    /// An observable, by its formula. Without any, the coordinates are observed.
    pub fn observe(mut self, formula: &str) -> Self {
        self.observables.push(formula.into());
        self
    }

    /// A grid with so many cells along each axis, on a box that holds the flow; `set("grid.lower", …)` and
    /// `set("grid.upper", …)` choose another one.
    pub fn grid(self, cells: &[usize]) -> Self {
        self.set("grid.cells", cells)
    }

    /// So many particles, with steps of this length in time. Weights that follow log ρ read the grid where there is one;
    /// `set("particles.density", …)` chooses what else they read.
    pub fn particles(self, count: usize, step: f64) -> Self {
        self.set("particles.count", count).set("particles.step", step)
    }

    /// The scheme of the particles, by its name.
    pub fn scheme(self, name: &str) -> Self {
        self.set("particles.scheme", name)
    }

    /// The seed of the particles.
    pub fn seed(self, seed: u64) -> Self {
        self.set("particles.seed", seed)
    }

    /// A study of this kind; [`Experiment::with`] sets its keys.
    pub fn study(mut self, kind: &str) -> Self {
        self.studies.push(BTreeMap::from([("kind".into(), Setting::from(kind).toml())]));
        self
    }

    /// A key of the last study. Before any study there is none to set it in, so that [`Experiment::run`] tells of it as an
    /// unknown key.
    pub fn with(mut self, key: &str, value: impl Into<Setting>) -> Self {
        let table = self.studies.last_mut().unwrap_or(&mut self.top);
        table.insert(key.into(), value.into().toml());
        self
    }

    /// Any key of a scenario, by its path: "particles.density", or "dimension" at the top.
    pub fn set(mut self, path: &str, value: impl Into<Setting>) -> Self {
        let (table, key) = match path.split_once('.') {
            Some((table, key)) => (self.tables.entry(table.into()).or_default(), key),
            None => (&mut self.top, path),
        };
        table.insert(key.into(), value.into().toml());
        self
    }

    /// With a scheme of one's own, which [`Experiment::scheme`] and studies can name.
    ///
    /// # Errors
    /// If there is a scheme of its name.
    pub fn own_scheme(mut self, scheme: &'static dyn Scheme) -> Result<Self, NameTaken> {
        self.vocabulary = self.vocabulary.scheme(scheme)?;
        Ok(self)
    }

    /// What it is called.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The scenario as TOML.
    pub fn toml(&self) -> String {
        let mut text = String::new();
        let mut table = |head: &str, keys: &BTreeMap<String, String>| {
            if !head.is_empty() {
                let _ = writeln!(text, "\n{head}");
            }
            for (key, value) in keys {
                let _ = writeln!(text, "{key} = {value}");
            }
        };
        let mut top = self.top.clone();
        if !self.observables.is_empty() {
            let formulas: Vec<&str> = self.observables.iter().map(String::as_str).collect();
            top.insert("observables".into(), Setting::from(&formulas[..]).toml());
        }
        table("", &top);
        self.tables.iter().for_each(|(name, keys)| table(&format!("[{name}]"), keys));
        self.studies.iter().for_each(|keys| table("[[study]]", keys));
        text
    }

    /// The scenario, checked.
    ///
    /// # Errors
    /// Everything that is wrong with it; lines are those of [`Experiment::toml`].
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        let name = self.name.as_deref().unwrap_or("experiment");
        parse_with(&self.toml(), name, &[], &self.vocabulary)
    }

    /// Runs it: what was found, pictures and arrays. The findings report a computation that breaks down.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario.
    pub fn run(&self) -> Result<Run, ScenarioError> {
        let scenario = self.scenario()?;
        let mut run = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
        scenario.sign(&mut run.findings);
        Ok(run)
    }
}
