//! The kind "enclose": bounds that hold, rounding included, of the spectral gap, log ∫e^{−V} and means under π ∝ e^{−V} on a line.
//!
//! The proofs are those of the crate `enclose`, which shares nothing with the grid or the particles.

mod findings;

pub use findings::{Bounds, EncloseFindings};

use super::prelude::*;
use super::spectrum;
use crate::model::{Expression, GradientFlow, Observable, Problem};
use ::enclose::gap::gap;
use ::enclose::integrals::Measure;
use ::enclose::{Expression as Formula, Interval};

/// The kind.
pub static KIND: Kind = Kind {
    name: "enclose",
    summary: "Bounds that hold with certainty, rounding included: spectral gap, normaliser and means of a target on a line.",
    needs: &[],
    keys: &[],
    read: |_, _| Ok(Arc::new(Enclose)),
    outcome: Some(|generator| generator.subschema_for::<EncloseFindings>()),
};

/// Relative width of the gap up to which it counts as enclosed.
const NARROW: f64 = 1e-6;
/// Places at which the formula that is enclosed is held against the one that runs, and how far they may be apart, relatively.
const PLACES: usize = 41;
const SAME: f64 = 1e-12;

/// Bounds of the target of a gradient flow on a line.
#[derive(Clone, Debug)]
pub struct Enclose;

impl Study for Enclose {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        unmet([potential(basis.problem).map(drop)])
    }

    /// Passes if the gap is enclosed narrowly, nothing that was asked for is refused, and the grid's λ₁, if there is a grid, agrees.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let problem = context.problem();
        let flow = problem.transported()?;
        let mut findings = EncloseFindings::default();
        match potential(problem)? {
            Err(why) => findings.refused.push(("V".into(), why)),
            Ok(v) => {
                findings.enclose(&v, problem, flow);
                if let (Some(own), Some(settings)) = (findings.gap, context.basis.grid) {
                    let (grid, _) = spectrum::gap(&flow.potential, settings)?;
                    let off = (own.lower - grid.value).max(grid.value - own.upper).max(0.0);
                    let why = "the distance of the grid's λ₁ from its enclosure, against the error that the grid claims";
                    found.checks.push(Check::at_most(
                        "grid: λ₁ is enclosed within its error",
                        off,
                        grid.error,
                        why,
                    ));
                }
            }
        }
        let (verdict, why) = findings.judge();
        found.outcomes.push(StudyFindings::new(findings, verdict, why));
        Ok(())
    }
}

/// The potential of a gradient flow on a line as what enclosures evaluate, or why they cannot.
fn potential(problem: &Problem) -> Result<Result<Formula, String>, Fault> {
    let flow = problem.transported()?;
    if problem.dimension() != 1 {
        let found = problem.dimension();
        return Err(Fault::at(
            "kind",
            format!("found {found} dimensions; expected one, in which there are enclosures"),
        ));
    }
    let Some(v) = flow.potential.expression() else {
        return Err(Fault::at(
            "kind",
            "found a target that is no formula; expected [target] potential = \"…\"",
        ));
    };
    Ok(formula(v))
}

/// A formula in x as what enclosures evaluate; the same function to rounding.
fn formula(expression: &Expression) -> Result<Formula, String> {
    let text = expression.to_string().replace("x1", "x");
    let formula = Formula::parse(&text).map_err(|error| {
        format!("{text} has a part that is not enclosed ({error}); known are + - * /, whole powers, exp, log, sqrt, sin, cos, tanh and abs")
    })?;
    let own = Observable::new("", expression);
    let apart = (0..PLACES).map(|k| -4.0 + 0.2 * k as f64).find(|x| {
        let (enclosed, value): (Interval, f64) = (formula.evaluate(&Interval::point(*x)), own.value(&[*x]));
        let room = SAME * (1.0 + value.abs());
        value.is_finite()
            && enclosed.is_defined()
            && !(enclosed.lower() - room..=enclosed.upper() + room).contains(&value)
    });
    match apart {
        None => Ok(formula),
        Some(x) => Err(format!("{text} is read as another function: they differ at {x}")),
    }
}

impl EncloseFindings {
    /// Everything of the target V, and of the flow.
    fn enclose(&mut self, v: &Formula, problem: &Problem, flow: &GradientFlow) {
        match gap(v).map(|certificate| certificate.claim()) {
            Ok(own) if own.upper() == f64::INFINITY => {
                self.refused.push((
                    "λ₁".into(),
                    format!("no upper bound was proved; it is at least {:?}", own.lower()),
                ));
            }
            Ok(own) => {
                let [alpha, beta, two] = [flow.transport, flow.reaction, 2.0].map(Interval::point);
                let langevin = two * alpha * own;
                self.gap = Some(own.into());
                self.langevin_rate = Some(langevin.into());
                // Without the mean that is subtracted, the mass has a mode of its own, of the slower rate 2β.
                if flow.normalized || flow.reaction == 0.0 {
                    self.flow_rate = Some((langevin + two * beta).into());
                }
            }
            Err(why) => self.refused.push(("λ₁".into(), why.to_string())),
        }
        let measure = match Measure::new(v) {
            Ok(measure) => measure,
            Err(why) => return self.refused.push(("log ∫e^{−V}".into(), why.to_string())),
        };
        self.log_mass = Some(measure.log_mass().into());
        for observable in problem.observables.iter().filter(|own| !own.is_constant()) {
            let name = &observable.name;
            let mean = formula(observable.expression())
                .and_then(|φ| measure.expectation(&φ).map_err(|why| why.to_string()));
            match mean {
                Ok(mean) => drop(self.means.insert(name.clone(), mean.into())),
                Err(why) => self.refused.push((format!("E[{name}]"), why)),
            }
        }
    }

    fn judge(&self) -> (Verdict, String) {
        if !self.refused.is_empty() {
            let all: Vec<String> = self.refused.iter().map(|(what, why)| format!("{what}: {why}")).collect();
            return (Verdict::Inconclusive, all.join("; "));
        }
        match self.gap {
            Some(own) if own.lower > 0.0 && own.upper - own.lower <= NARROW * own.upper => {
                (Verdict::Pass, "all bounds are proved, rounding included".into())
            }
            Some(own) if own.upper == 0.0 || own.lower == 0.0 && own.upper < NARROW => {
                (Verdict::Inconclusive, format!("there is no gap: λ₁ is at most {:.1e}", own.upper))
            }
            _ => (
                Verdict::Inconclusive,
                "the bounds of λ₁ are wide: V grows too slowly, or is not smooth".into(),
            ),
        }
    }
}
