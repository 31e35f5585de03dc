use crate::model::{Dynamics, Observable, Problem};
use crate::schemes::{Scheme, WeightRule};
use crate::study::multilevel::{divides, parts};
use crate::study::order::{OrderFindings, OrderMethod};
use crate::study::plan::{fitting_schemes, mismatch};
use crate::study::prelude::*;

/// Monte-Carlo orders that may take more paths than these are left out of a quick run.
const QUICK_PATHS: u64 = 1_000_000;

const SCHEMES: Key = Key {
    name: "schemes",
    holds: Type::Schemes,
    unit: "",
    default: Some("the first of order 1 and the first of order 2 that fit"),
    meaning: "The schemes, or \"all\" that fit the equation.",
};
const STEPS: Key = Key {
    name: "steps",
    holds: Type::Numbers(Range::Above(0.0), Order::Falling, 2),
    unit: "time",
    default: Some("a quarter to a 32nd of the horizon, or finer ones by Monte Carlo"),
    meaning: "Step sizes, coarse to fine; each divides the horizon.",
};
const EXTRAPOLATE: Key = Key {
    name: "extrapolate",
    holds: Type::Boolean,
    unit: "",
    default: Some("false"),
    meaning: "Whether every scheme is also studied with the extrapolation of Talay and Tubaro.",
};
const METHODS: Key = Key {
    name: "methods",
    holds: Type::Names(|| OrderMethod::OF_SCHEMES.map(OrderMethod::name).into(), 1),
    unit: "",
    default: Some("proof, monte-carlo, and up to two dimensions law"),
    meaning: "How the order is measured.",
};
const MAX_PATHS: Key = Key {
    name: "max-paths",
    holds: Type::Whole(Range::From(1024.0)),
    unit: "",
    default: Some("1e6"),
    meaning: "Upper bound on the Monte-Carlo paths of one level.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "weak-order",
    summary: "Weak order of schemes: proved, noise-free, predicted and by Monte Carlo.",
    needs: &[Need::Paths],
    keys: &[SCHEMES, WEIGHT, OBSERVABLE, STEPS, EXTRAPOLATE, METHODS, MAX_PATHS, SEED],
    read,
    outcome: Some(|generator| generator.subschema_for::<OrderFindings>()),
};

fn read(values: &Values, basis: &Basis<'_>) -> Result<Arc<dyn Study>, Fault> {
    let problem = basis.problem;
    let schemes = match values.schemes(SCHEMES.name) {
        Some((all, true)) => {
            all.iter().copied().filter(|scheme| mismatch(*scheme, problem).is_none()).collect()
        }
        Some((named, false)) => named.to_vec(),
        None => usual_schemes(problem),
    };
    let usual_methods = || {
        let all = [OrderMethod::Proof, OrderMethod::Law, OrderMethod::MonteCarlo];
        all.into_iter().filter(|method| problem.dimension() <= most_dimensions(*method, problem)).collect()
    };
    let usual_steps = || [4.0, 8.0, 16.0, 32.0].map(|n| problem.horizon / n).to_vec();
    let steps = values.numbers(STEPS.name);
    Ok(Arc::new(WeakOrder {
        schemes,
        weight: weight(values),
        observable: observable(values, basis)?,
        free_steps: steps.is_none(),
        steps: steps.map_or_else(usual_steps, <[f64]>::to_vec),
        extrapolate: values.says(EXTRAPOLATE.name),
        methods: values
            .all_named(METHODS.name, &OrderMethod::OF_SCHEMES, OrderMethod::name)
            .unwrap_or_else(usual_methods),
        max_paths: values.whole(MAX_PATHS.name).unwrap_or(1_000_000),
        seed: values.whole(SEED.name).unwrap_or(1),
    }))
}

/// The first scheme of order 1 and the first of order 2 that fit: those that everybody knows.
fn usual_schemes(problem: &Problem) -> Vec<&'static dyn Scheme> {
    let first = |order| fitting_schemes(problem).find(|scheme| scheme.weak_order() == order);
    [1, 2].into_iter().filter_map(first).collect()
}

/// Most dimensions of a state for which a method is made.
fn most_dimensions(method: OrderMethod, problem: &Problem) -> usize {
    match (method, &problem.dynamics) {
        (OrderMethod::Law, _) | (OrderMethod::Prediction, Dynamics::Kinetic(_)) => 2,
        (OrderMethod::Prediction, _) => 1,
        _ => usize::MAX,
    }
}

/// A weak-order study.
#[derive(Clone, Debug)]
pub struct WeakOrder {
    /// The schemes.
    pub schemes: Vec<&'static dyn Scheme>,
    /// Weight rule beside every scheme.
    pub weight: WeightRule,
    /// What the error is measured on.
    pub observable: Observable,
    /// Step sizes, coarse to fine; each divides the horizon.
    pub steps: Vec<f64>,
    /// Whether the Monte-Carlo study may take other steps instead, where the noise-free expectation shows that those are too
    /// coarse for the order to be seen.
    pub free_steps: bool,
    /// Whether every scheme is also studied with Talay and Tubaro's extrapolation.
    pub extrapolate: bool,
    /// How the order is measured.
    pub methods: Vec<OrderMethod>,
    /// Upper bound on the Monte-Carlo paths of one level.
    pub max_paths: u64,
    /// Seed of the Monte-Carlo study.
    pub seed: u64,
}

impl Study for WeakOrder {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        let mut values =
            Values::default().with(STEPS.name, &self.steps[..]).with(MAX_PATHS.name, self.max_paths);
        // Of none, and of others, the faults below tell.
        let known = self.methods.iter().filter(|method| OrderMethod::OF_SCHEMES.contains(method));
        let methods: Vec<String> = known.map(|method| method.name().into()).collect();
        if !methods.is_empty() {
            values.insert(METHODS.name, crate::keys::Value::Names(methods));
        }
        values
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let problem = basis.problem;
        let item = |key: &Key, item, message| Fault { key: key.name, item: Some(item), message };
        let mut faults = unmet([basis.needs_plain_box("particles have the whole line")]);
        if self.schemes.is_empty() {
            faults.push(Fault::at(SCHEMES.name, "found none; expected at least one scheme"));
        }
        if self.methods.is_empty() {
            let known = OrderMethod::OF_SCHEMES.map(OrderMethod::name).join(", ");
            faults.push(Fault::at(METHODS.name, format!("found none; expected at least one of {known}")));
        }
        let misfit =
            |(k, scheme): (usize, &&'static dyn Scheme)| Some(item(&SCHEMES, k, mismatch(*scheme, problem)?));
        faults.extend(self.schemes.iter().enumerate().filter_map(misfit));
        let horizon = problem.horizon;
        let uneven = self.steps.iter().enumerate().filter(|(_, step)| parts(**step, horizon).is_none());
        faults.extend(uneven.map(|(k, step)| item(&STEPS, k, divides(*step, horizon))));
        for (k, method) in self.methods.iter().enumerate() {
            let (d, most) = (problem.dimension(), most_dimensions(*method, problem));
            let name = method.name();
            if matches!(method, OrderMethod::Grid | OrderMethod::Replicates) {
                faults.push(item(&METHODS, k, format!("found \"{name}\"; expected a method for schemes")));
            } else if d > most {
                let message = format!(
                    "found \"{name}\" for a state of dimension {d}; expected at most {most} for it, or other methods"
                );
                faults.push(item(&METHODS, k, message));
            }
        }
        faults
    }

    fn reseeded(&self, seed: u64) -> Option<Arc<dyn Study>> {
        Some(Arc::new(Self { seed, ..self.clone() }))
    }

    fn quick(&self, problem: &Problem) -> Quick {
        let plane = problem.dimension() > 1;
        // Paths of a reacting flow look log ρ up at every step.
        let cheap = !plane && !problem.reacts() && self.max_paths <= QUICK_PATHS;
        let keeps = |method: &OrderMethod| match method {
            OrderMethod::Law | OrderMethod::Prediction => !plane,
            OrderMethod::MonteCarlo => cheap,
            _ => true,
        };
        let methods: Vec<OrderMethod> = self.methods.iter().copied().filter(keeps).collect();
        match methods.is_empty() {
            true => Quick::Nothing,
            false => Quick::Shorter(Arc::new(Self { methods, ..self.clone() })),
        }
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        self.study(context, found)
    }
}
