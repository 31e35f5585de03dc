//! The rules of [particles].

use super::grid::step_fault;
use crate::keys::{Fault, one_of};
use crate::model::{Dynamics, GRID_DIMENSIONS, GradientFlow, Initial, Problem};
use crate::panics::caught;
use crate::particles::mean_field::{Alternation, Bandwidth, DensityEstimate};
use crate::particles::{Ensemble, Interaction, MeanField, ParticleSettings, annealed_euler_density};
use crate::pde::GridSettings;
use crate::schemes::certificate::trial_step;
use crate::schemes::{CATALOGUE, EquationClass, NoiseClass, Scheme, Transition, fits};

/// Places that an ancestor can have.
const MOST_PARTICLES: u64 = 1 << 32;

/// What is wrong with the settings of particles for this problem; a fault of the key "grid" means that there has to be one,
/// one of the key "particles" that there must be none.
pub fn faults(settings: &ParticleSettings, problem: &Problem, grid: Option<&GridSettings>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = counts(settings, problem.dimension()).into_iter().collect();
    faults.extend(step_fault(settings.step, problem.horizon));
    let unfit = mismatch(settings.scheme, problem).or_else(|| {
        caught(|| unsound(settings, problem)).unwrap_or_else(|panic| Some(panics(settings.scheme, &panic)))
    });
    faults.extend(unfit.map(|message| Fault::at("scheme", message)));
    if let Interaction::Resampling(_, threshold) = settings.interaction
        && !(0.0..=1.0).contains(&threshold)
    {
        faults
            .push(Fault::at("ess-threshold", format!("found {threshold}; expected a share between 0 and 1")));
    }
    if matches!(settings.interaction, Interaction::BirthDeath(_)) && !problem.weighted() {
        faults.push(Fault::at(
            "mode",
            "found \"birth-death\" without a reaction or a rate; expected one, which the jumps realise, or mode = \"weights\"",
        ));
    }
    if grid.is_some_and(|grid| !grid.grid().is_plain()) {
        faults.push(Fault::at(
            "particles",
            "found them; expected none beside [grid] sides or spacing: particles have the whole line, and read equal cells",
        ));
    }
    match &settings.mean_field {
        Some(mean_field) => faults.extend(mean_field_faults(settings, mean_field, problem)),
        None => faults.extend(oracle_fault(problem, grid)),
    }
    faults
}

fn counts(settings: &ParticleSettings, dimension: usize) -> Option<Fault> {
    let count = settings.count as u64;
    if count == 0 {
        return Some(Fault::at("count", "found 0; expected a whole number, at least 1"));
    }
    if count > MOST_PARTICLES {
        let gibibytes = Ensemble::bytes(settings.count, dimension) / 2f64.powi(30);
        let message = format!(
            "found {count}, which takes {gibibytes:.0} GiB; expected at most {MOST_PARTICLES}: ancestors are counted in 32 bits"
        );
        return Some(Fault::at("count", message));
    }
    let replicates = settings.mean_field.map_or(1, |mean_field| mean_field.replicates as u64);
    if replicates == 0 || replicates > MOST_PARTICLES / count {
        let message = format!(
            "found {replicates}; expected at least 1, and at most {MOST_PARTICLES} particles in all of them together"
        );
        return Some(Fault::at("replicates", message));
    }
    None
}

/// Weights that read log ρ from the grid need one, and a flow that supports that.
fn oracle_fault(problem: &Problem, grid: Option<&GridSettings>) -> Option<Fault> {
    if let Err(unsupported) = problem.supports_oracle() {
        let why = unsupported.expected.trim_start_matches("another flow: ");
        let message = format!(
            "found \"oracle\" for {}; expected \"transition-mixture\", \"kernel\" or \"gaussian\": {why}",
            unsupported.found
        );
        return Some(Fault::at("density", message));
    }
    (problem.reacts() && grid.is_none()).then(|| match problem.dimension() {
        d if d <= GRID_DIMENSIONS => Fault::at(
            "grid",
            "found nothing; expected a table [grid]: the reaction of the particles reads log ρ from it (density = \"oracle\"); \
             or density = \"transition-mixture\", \"kernel\" or \"gaussian\" in [particles], or reaction = 0.0 in [flow]",
        ),
        d => Fault::at(
            "density",
            format!(
                "found \"oracle\", which reads log ρ from a grid, in {d} dimensions; expected \"transition-mixture\", \"kernel\" or \
                 \"gaussian\" (the one for many dimensions), dynamics = \"annealed\" in [flow] for means and evidence of the target, or \
                 reaction = 0.0 in [flow]: grids have at most {GRID_DIMENSIONS} dimensions"
            ),
        ),
    })
}

/// What a density from the ensemble requires.
fn mean_field_faults(settings: &ParticleSettings, mean_field: &MeanField, problem: &Problem) -> Vec<Fault> {
    let mut faults = Vec::new();
    if settings.scheme.post_processes(problem.noises()) {
        let name = settings.scheme.name();
        let message = format!(
            "found \"{name}\", whose chain has another law than its output; expected a scheme without post-processing beside a \
             density from the ensemble"
        );
        faults.push(Fault::at("scheme", message));
    }
    if mean_field.tolerance <= 0.0 || mean_field.tolerance.is_nan() {
        let message = format!("found {}; expected an error of log ρ above 0", mean_field.tolerance);
        faults.push(Fault::at("density-tolerance", message));
    }
    faults.extend(density_fault(mean_field, problem).map(|message| Fault::at("density", message)));
    faults
}

fn density_fault(mean_field: &MeanField, problem: &Problem) -> Option<String> {
    let density = mean_field.density;
    let found = density.name();
    let mixture = density == DensityEstimate::TransitionMixture;
    match &problem.dynamics {
        Dynamics::GradientFlow(GradientFlow { reaction, transport, normalized, .. }) if *reaction > 0.0 => {
            if *transport == 0.0 && mixture {
                return Some(format!(
                    "found \"{found}\" without transport; expected another density: particles that do not move have no \
                     transition"
                ));
            }
            let point = matches!(problem.initial, Initial::Point(_));
            let fixed = matches!(density, DensityEstimate::Kernel { bandwidth: Bandwidth::Fixed(_), .. });
            let reads_start = !mixture && !fixed && mean_field.splitting == Alternation::Strang;
            if !normalized && point {
                return Some(format!(
                    "found \"{found}\" for an unnormalised flow from a point; expected an initial density, as the reaction takes \
                     all mass from a point"
                ));
            }
            (point && reads_start).then(|| {
                format!(
                    "found \"{found}\" for a start in a point, which has no such density; expected \"transition-mixture\", splitting = \
                     \"w-fr\", which does not read the start, or a start with a covariance"
                )
            })
        }
        Dynamics::Kinetic(flow) if flow.reaction > 0.0 => (flow.friction == 0.0 && mixture).then(|| {
            format!(
                "found \"{found}\" without friction; expected another density: steps without noise have no transition density"
            )
        }),
        Dynamics::ReverseDiffusion(flow) if flow.reaction > 0.0 => Some(format!(
            "found \"{found}\"; expected \"oracle\": the reaction of a reverse diffusion reads the grid"
        )),
        _ => Some(format!(
            "found \"{found}\" without a [flow] that has reaction > 0; expected no density, as no weight reads it"
        )),
    }
}

/// What is wrong with the code of the scheme: it is tried on one step without noise, and on the path of annealed moves held
/// against the density that it says it has.
fn unsound(settings: &ParticleSettings, problem: &Problem) -> Option<String> {
    let scheme = settings.scheme;
    let shape = (problem.positions(), problem.noises());
    trial_step(scheme, problem.dynamics.equation(), shape, problem.dynamics.noise());
    let Dynamics::Annealed(flow) = &problem.dynamics else { return None };
    if !scheme.has_euler_density() || flow.transport == 0.0 {
        return None;
    }
    let why = annealed_euler_density(scheme, flow, settings.step).err()?;
    Some(format!(
        "found \"{}\", which says that a step has the density of Euler–Maruyama, but {why}; expected a scheme of that step, or \
         one that does not say so",
        scheme.name()
    ))
}

fn panics(scheme: &dyn Transition, panic: &str) -> String {
    format!("found \"{}\", whose code panics: {panic}; expected a scheme that takes a step", scheme.name())
}

/// Schemes of the catalogue that fit the equation and its noise.
pub fn fitting_schemes(problem: &Problem) -> impl Iterator<Item = &'static dyn Scheme> {
    let (equation, noise) = (problem.dynamics.equation(), problem.dynamics.noise());
    CATALOGUE.iter().copied().filter(move |scheme| fits(*scheme, equation, noise))
}

/// Why a scheme does not fit the equation or its noise, if it does not.
pub fn mismatch(scheme: &dyn Transition, problem: &Problem) -> Option<String> {
    let (equation, noise) = (problem.dynamics.equation(), problem.dynamics.noise());
    if fits(scheme, equation, noise) {
        return None;
    }
    let claims = scheme.claims();
    let reason = match (claims.equation.includes(equation), claims.equation, claims.noise) {
        (false, EquationClass::Langevin, _) => "which is for dynamics = \"underdamped\"",
        (false, EquationClass::Ito, _) => "which is not for dynamics = \"underdamped\"",
        (false, EquationClass::Overdamped, _) => "which needs a [target] and dynamics = \"overdamped\"",
        (true, _, NoiseClass::Additive) => {
            "which needs constant diffusion, but the diffusion depends on x or t"
        }
        (true, _, NoiseClass::Pair) => {
            "which has its order for at most two noises that do not commute, but [sde] diffusion has more that are not known to; \"roessler-pairs\" and \
             \"platen-general\" take any number"
        }
        (true, ..) => {
            "which needs commutative noise, and the columns of [sde] diffusion are not known to commute"
        }
    };
    let names: Vec<&str> = fitting_schemes(problem).map(|scheme| scheme.name()).collect();
    Some(format!("found \"{}\", {reason}; expected {}", scheme.name(), one_of(&names)))
}
