//! The problem of a plan in a few lines, as it is run: equation, start, grid and particles.

use crate::format::{count, number};
use crate::model::{
    Dynamics, Energy, Expression, GaussianMixture, GradientFlow, Initial, Potential, Problem,
};
use crate::particles::step_count;
use crate::study::Plan;

/// Letters that are shown of a formula.
const LETTERS: usize = 160;
/// Dimensions up to which formulas are in x, y, z and covariances are shown.
const NAMED: usize = 3;

/// Lines with their heads.
pub fn statement(plan: &Plan) -> Vec<(&'static str, String)> {
    let problem = plan.problem();
    let step = |longest: f64| number(problem.horizon / step_count(problem.horizon, longest) as f64);
    let mut lines = equation(problem);
    lines.push(("start", start(&problem.initial)));
    if let Some(grid) = plan.grid() {
        let cells: Vec<String> = grid.cells.iter().map(|cells| count(*cells as u64)).collect();
        let sides = grid.lower.iter().zip(&grid.upper);
        let sides: Vec<String> = sides.map(|(a, b)| format!("[{}, {}]", number(*a), number(*b))).collect();
        let (method, step) = (grid.method.name(), step(grid.step));
        lines.push((
            "grid",
            format!("{} cells on {}, step {step} ({method})", cells.join(" × "), sides.join(" × ")),
        ));
    }
    if let Some(particles) = plan.particles() {
        let all = count(particles.total_count() as u64);
        lines.push((
            "particles",
            format!("{all}, step {} ({})", step(particles.step), particles.scheme.name()),
        ));
    }
    lines
}

fn equation(problem: &Problem) -> Vec<(&'static str, String)> {
    let d = problem.positions();
    let horizon = format!("T = {}", number(problem.horizon));
    let target = |potential: &Potential| ("target", format!("π ∝ e^(−V), V = {}", energy(potential, d)));
    match &problem.dynamics {
        Dynamics::GradientFlow(flow) => {
            let (α, β) = (number(flow.transport), number(flow.reaction));
            let equation = format!("{}; α = {α}, β = {β}, {horizon}", gradient_flow(flow));
            vec![("equation", equation), target(&flow.potential)]
        }
        Dynamics::Kinetic(flow) => {
            let mut equation = "dq = p dt, dp = −∇V(q) dt − γp dt + √(2γ) dW".to_string();
            if flow.reaction > 0.0 {
                let whose = if flow.reads.name() == "joint" { "ρ(q, p)" } else { "ρ(q)" };
                equation += &format!(", and a reaction by {whose} of rate β = {}", number(flow.reaction));
            }
            equation += &flow.rate().map_or_else(String::new, |rate| {
                format!("; weight exp(−∫c dt), c = {}", renamed(rate, d, true))
            });
            vec![
                ("equation", format!("{equation}; γ = {}, {horizon}", number(flow.friction))),
                target(&flow.potential),
            ]
        }
        Dynamics::Sde(sde) => {
            let row =
                |row: &[Expression]| row.iter().map(|entry| formula(entry, d)).collect::<Vec<_>>().join(", ");
            let rows: Vec<String> = sde.diffusion().iter().map(|own| row(own)).collect();
            let rate = sde
                .rate()
                .map_or_else(String::new, |rate| format!("; weight exp(−∫c dt), c = {}", formula(rate, d)));
            let [b, σ] = [row(sde.drift()), rows.join("; ")];
            vec![("equation", format!("dX = b dt + σ dW (Itô), b = ({b}), σ = ({σ}){rate}; {horizon}"))]
        }
        Dynamics::Annealed(flow) => {
            let equation = "∂ₜρ = α ∇·(ρ∇ log(ρ/π_λ)) + λ′ρ(log(π/ρ₀) − ⟨log(π/ρ₀)⟩), π_λ ∝ ρ₀^(1−λ) π^λ";
            let equation = format!("{equation}; α = {}, {horizon}", number(flow.transport));
            vec![("equation", equation), target(&flow.potential)]
        }
        Dynamics::ReverseDiffusion(flow) => {
            let powers: Vec<String> = flow.factors.iter().map(|(power, _)| number(*power)).collect();
            let reward = if flow.reward.is_some() { " · e^r" } else { "" };
            vec![
                ("equation", format!("{}; {horizon}", problem.dynamics.name())),
                ("target", format!("Π qᵢ^βᵢ{reward} at the data, β = {}", powers.join(", "))),
            ]
        }
    }
}

/// ∂ₜρ by the parts that are there.
fn gradient_flow(flow: &GradientFlow) -> String {
    let transport = (flow.transport > 0.0).then(|| "α ∇·(ρ∇ log(ρ/π))".to_string());
    let energy = if matches!(flow.energy, Energy::ChiSquared { .. }) { "ρ/π" } else { "log(ρ/π)" };
    let mean = if flow.normalized { format!(" − ⟨{energy}⟩") } else { String::new() };
    let reaction = (flow.reaction > 0.0).then(|| format!("− β ρ ({energy}{mean})"));
    let parts: Vec<String> = transport.into_iter().chain(reaction).collect();
    format!("∂ₜρ = {}", if parts.is_empty() { "0".into() } else { parts.join(" ") })
}

fn energy(potential: &Potential, dimension: usize) -> String {
    match potential {
        Potential::Formula(own) => formula(&own.expression, dimension),
        Potential::Mixture(mixture) => format!("−log of {}", gaussians(mixture)),
        Potential::Posterior(prior, _) => {
            format!("{} − log likelihood of the data", formula(&prior.expression, dimension))
        }
        Potential::Custom(_) => "by a function in code".into(),
    }
}

fn start(initial: &Initial) -> String {
    match initial {
        Initial::Point(point) => format!("the point {}", vector(point)),
        Initial::Mixture(mixture) => gaussians(mixture),
    }
}

fn gaussians(mixture: &GaussianMixture) -> String {
    match mixture.components() {
        [own] if mixture.dimension() <= NAMED => {
            let rows: Vec<String> = own.covariance.iter().map(|row| vector(row)).collect();
            let covariance = if rows.len() == 1 { rows.concat() } else { format!("({})", rows.join(", ")) };
            format!("N({}, {covariance})", vector(&own.mean))
        }
        [_] => format!("a Gaussian in {} dimensions", mixture.dimension()),
        many => format!("a mixture of {} Gaussians", many.len()),
    }
}

fn vector(values: &[f64]) -> String {
    match values {
        [one] => number(*one),
        _ if values.len() > 2 * NAMED => format!("of {} coordinates", values.len()),
        _ => format!("({})", values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(", ")),
    }
}

fn formula(expression: &Expression, dimension: usize) -> String {
    renamed(expression, dimension, false)
}

/// A formula of so many positions, with momenta behind them or without, in the names that scenarios use.
fn renamed(expression: &Expression, positions: usize, kinetic: bool) -> String {
    let mut text = expression.to_string();
    if positions <= NAMED {
        let momenta: &[&str] = if positions == 1 { &["p"] } else { &["px", "py", "pz"][..positions] };
        let names = ["x", "y", "z"][..positions].iter().chain(if kinetic { momenta } else { &[] });
        for (k, name) in names.enumerate() {
            text = text.replace(&format!("x{}", k + 1), name);
        }
    }
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}
