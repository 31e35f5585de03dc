use crate::model::{Manufactured, Observable, Potential, Problem};
use crate::particles::ParticleSettings;
use crate::pde::{GridSettings, TransportIntegrator};
use crate::schemes::{Scheme, WeightRule};

/// What is to be computed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is solved.
    pub problem: Problem,
    /// On a grid, if at all.
    pub grid: Option<GridSettings>,
    /// With particles, if at all.
    pub particles: Option<ParticleSettings>,
    /// And asked.
    pub studies: Vec<StudySettings>,
}

/// One study of a scenario.
#[derive(Clone, Debug)]
pub enum StudySettings {
    /// Particles against grid.
    Compare,
    /// Weak order of schemes.
    WeakOrder(WeakOrderSettings),
    /// Orders of the grid solver.
    GridOrder {
        /// What the error is measured on.
        observable: Observable,
        /// Integrators of the transport whose steps are studied, beside the grid's own.
        integrators: Vec<TransportIntegrator>,
    },
    /// Orders of the grid solver toward a manufactured solution.
    Manufactured {
        /// The solution, and the rate that makes it one.
        solution: Box<Manufactured>,
        /// Integrators of the transport whose steps are studied, beside the time-exact one.
        integrators: Vec<TransportIntegrator>,
    },
    /// Smallest eigenvalues of −L.
    Spectrum {
        /// How many.
        count: usize,
    },
    /// Late-time rate of KL.
    Decay,
    /// Rates of decay against the height of a barrier.
    Barrier(SweepSettings),
    /// Work of the grid's integrators against their error in time.
    WorkPrecision(WorkPrecisionSettings),
    /// Distances to the target at the horizon.
    Divergences {
        /// Those that are claimed to be infinite.
        infinite: Vec<&'static str>,
    },
    /// Multilevel Monte Carlo.
    Multilevel(MultilevelSettings),
    /// Orders of ensembles that read log ρ from themselves.
    EnsembleOrder(EnsembleOrderSettings),
    /// The particles against a value from elsewhere.
    Reference(ReferenceSettings),
    /// A corrected reverse diffusion against the law that it has to end in.
    TargetLaw,
}

/// Heights of a barrier at which rates of decay are compared.
#[derive(Clone, Debug)]
pub struct SweepSettings {
    /// What the potential of the scenario is multiplied with.
    pub heights: Vec<f64>,
    /// The potentials that are so made.
    pub potentials: Vec<Potential>,
    /// Friction of the kinetic dynamics that are compared.
    pub friction: f64,
}

/// What the integrators of a grid have to reach.
#[derive(Clone, Debug)]
pub struct WorkPrecisionSettings {
    /// What the error is measured on.
    pub observable: Observable,
    /// The error to reach.
    pub accuracy: f64,
    /// How many times less work than backward Euler and Crank–Nicolson with Strang's splitting the grid's own method is to
    /// need; `None` if that is not asked.
    pub factor: Option<f64>,
}

/// Ladders on which the error of an ensemble falls.
#[derive(Clone, Debug)]
pub struct EnsembleOrderSettings {
    /// What the error is measured on.
    pub observable: Observable,
    /// Its value along the flow; that of the grid if there is none.
    pub reference: Option<f64>,
    /// What the ladder in N is held against.
    pub against: Against,
    /// One or several.
    pub ladders: Vec<Ladder>,
}

/// What errors are distances from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The next rung, so that no reference is needed and much of the noise cancels.
    Itself,
    /// The value of the flow.
    Flow,
}

impl Against {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Itself, Self::Flow];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Flow => "flow",
        }
    }

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// What varies from rung to rung, coarse to fine.
#[derive(Clone, Debug, PartialEq)]
pub enum Ladder {
    /// The number of particles of each replicate.
    Counts(Vec<usize>),
    /// The step.
    Steps(Vec<f64>),
    /// The standard deviation of the kernel.
    Bandwidths(Vec<f64>),
}

/// A value from elsewhere.
#[derive(Clone, Debug)]
pub struct ReferenceSettings {
    /// Whose value it is.
    pub quantity: Quantity,
    /// The value.
    pub value: f64,
    /// What it may be off by, and what the ensemble may be off by its finite number.
    pub error: f64,
    /// Where it is from.
    pub source: String,
}

/// What particles estimate.
#[derive(Clone, Debug)]
pub enum Quantity {
    /// The mean of an observable of the scenario, by name.
    Observable(String),
    /// log ∫e^{−V}.
    LogEvidence,
}

/// A multilevel estimate.
#[derive(Clone, Debug)]
pub struct MultilevelSettings {
    /// Scheme of the catalogue.
    pub scheme: &'static dyn Scheme,
    /// Weight rule beside it.
    pub weight: WeightRule,
    /// What is estimated.
    pub observable: Observable,
    /// Root-mean-square errors to reach, falling; each is a run as if it were alone.
    pub accuracies: Vec<f64>,
    /// Steps of the paths on the coarsest level.
    pub coarsest: usize,
    /// Most levels, the coarsest included; each halves the step.
    pub max_levels: usize,
    /// Upper bound on the paths of one level.
    pub max_paths: u64,
    /// Seed.
    pub seed: u64,
}

/// A weak-order study.
#[derive(Clone, Debug)]
pub struct WeakOrderSettings {
    /// Schemes of the catalogue.
    pub schemes: Vec<&'static dyn Scheme>,
    /// Weight rule beside every scheme.
    pub weight: WeightRule,
    /// What the error is measured on.
    pub observable: Observable,
    /// Step sizes, coarse to fine; each divides the horizon.
    pub steps: Vec<f64>,
    /// Whether the Monte-Carlo study may take other steps instead, where the noise-free law shows that those are too
    /// coarse for the order to be seen.
    pub free_steps: bool,
    /// Whether every scheme is also studied with Talay and Tubaro's extrapolation.
    pub extrapolate: bool,
    /// Witnesses to call.
    pub methods: Vec<OrderMethod>,
    /// Upper bound on the Monte-Carlo paths of one level.
    pub max_paths: u64,
    /// Seed of the Monte-Carlo study.
    pub seed: u64,
}

/// A witness of a weak order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMethod {
    /// Exact algebra.
    Proof,
    /// Noise-free expectations of the scheme.
    Law,
    /// The error operator's constant.
    Prediction,
    /// Coupled levels of sampled paths.
    MonteCarlo,
}

impl OrderMethod {
    /// Every witness that a scenario can name.
    pub const ALL: [Self; 4] = [Self::Proof, Self::Law, Self::Prediction, Self::MonteCarlo];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Law => "law",
            Self::Prediction => "prediction",
            Self::MonteCarlo => "monte-carlo",
        }
    }

    /// The witness called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}
