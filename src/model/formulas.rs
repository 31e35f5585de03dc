//! The formulas of a problem: where they are no numbers, what is rough in them, and whether a gradient in code is one.

use super::{Dynamics, Expression, Observable, Potential, Problem, Program, Variable, custom};

impl Problem {
    /// What is wrong with the gradient of a potential in code, by differences of its values around the start.
    pub fn wrong_gradient(&self) -> Option<String> {
        let Some(Potential::Custom(potential)) = self.dynamics.potential() else {
            return None;
        };
        let d = self.positions();
        let around = |centre: &[f64]| {
            let moved = |by: f64| {
                centre[..d].iter().enumerate().map(|(k, x)| x + by * (1.0 + 0.1 * k as f64)).collect()
            };
            [0.0, 0.37, -0.71].map(moved)
        };
        let places: Vec<Vec<f64>> = self.initial.centres().into_iter().flat_map(around).collect();
        custom::wrong_gradient(potential.as_ref(), &places).map(|(place, axis, found, expected)| {
            format!(
                "found a gradient whose component {axis} at {place:?} is {found:e}; expected {expected:e}, the slope of the values there"
            )
        })
    }

    /// Whether functions in code are called by the formulas of the equation of motion.
    pub fn has_code(&self) -> bool {
        self.coefficients().iter().any(|(_, formula)| formula.has_code())
    }

    /// A formula of the equation that is no number near `x` at time `t`, with its name, and the place: at `x` itself, or as far
    /// from it as drift and noise take a path in a step of length `h`, or up to four times that.
    pub fn undefined_near(&self, t: f64, h: f64, x: &[f64]) -> Option<(String, Vec<f64>)> {
        let formulas = self.formulas();
        let value = |formula: &Expression, x: &[f64]| {
            let mut out = [0.0];
            Program::compile(std::slice::from_ref(formula)).evaluate(t, x, &mut out);
            out[0]
        };
        let rates =
            formulas.iter().map(|(_, formula)| value(formula, x).abs()).filter(|rate| rate.is_finite());
        let far = rates.fold(0.0, f64::max) * h.max(h.sqrt());
        let factors = [0.0, -1.0, 1.0, -2.0, 2.0, -4.0, 4.0];
        factors.iter().flat_map(|factor| (0..x.len()).map(move |axis| (factor, axis))).find_map(
            |(factor, axis)| {
                let mut place = x.to_vec();
                place[axis] += factor * far;
                let (name, formula) = formulas.iter().find(|(_, formula)| value(formula, &place).is_nan())?;
                let mut text = format!("{name} = {formula}");
                if x.len() <= 3 {
                    for (number, letter) in [("x1", "x"), ("x2", "y"), ("x3", "z")] {
                        text = text.replace(number, letter);
                    }
                }
                Some((text, place))
            },
        )
    }

    /// The first of the formulas of the equation, and of `observable`, that need not have all derivatives everywhere.
    pub fn rough_formula(&self, observable: &Observable) -> Option<String> {
        let potentials = self.dynamics.potential().into_iter().chain(self.dynamics.reward());
        for potential in potentials {
            match potential {
                Potential::Custom(own) if !own.is_smooth() => {
                    return Some("the potential, which does not say that it is smooth".into());
                }
                Potential::Posterior(_, likelihood) if !likelihood.is_smooth() => {
                    return Some("the likelihood".into());
                }
                _ => (),
            }
        }
        let own = ("the observable", observable.expression().clone());
        let mut all = self.coefficients().into_iter().chain([own]);
        all.find(|(_, formula)| !formula.is_smooth_everywhere()).map(|(name, formula)| {
            let own = if formula.has_code() {
                " (in code: smooth = true says that it has all derivatives)"
            } else {
                ""
            };
            format!("{name} {formula}{own}")
        })
    }

    /// Whether the noise of a general SDE moves a path from `x` at time `t` further than the drift, in a step of length `h`.
    pub fn noise_dominates(&self, t: f64, h: f64, x: &[f64]) -> bool {
        let Dynamics::Sde(sde) = &self.dynamics else { return false };
        let largest = |formulas: &[Expression]| {
            let mut out = vec![0.0; formulas.len()];
            Program::compile(formulas).evaluate(t, x, &mut out);
            out.iter().map(|value: &f64| value.abs()).fold(0.0, f64::max)
        };
        let noise = sde.diffusion().iter().map(|row| largest(row)).fold(0.0, f64::max);
        noise * h.sqrt() > largest(sde.drift()) * h
    }

    /// The formulas of the equation of motion, with their names.
    fn coefficients(&self) -> Vec<(&'static str, Expression)> {
        let given = |potential: Option<&Potential>| potential.and_then(Potential::expression).cloned();
        let potential = given(self.dynamics.potential()).map(|own| ("the potential", own));
        let reward = given(self.dynamics.reward()).map(|own| ("the reward", own));
        let own: Vec<_> = match &self.dynamics {
            Dynamics::Sde(sde) => {
                let drift = sde.drift().iter().map(|b| ("the drift", b.clone()));
                let diffusion = sde.diffusion().iter().flatten().map(|σ| ("the diffusion", σ.clone()));
                drift.chain(diffusion).chain(sde.rate().map(|c| ("the rate", c.clone()))).collect()
            }
            Dynamics::Kinetic(flow) => flow.rate().map(|c| ("the rate", c.clone())).into_iter().collect(),
            Dynamics::GradientFlow(_) | Dynamics::Annealed(_) | Dynamics::ReverseDiffusion(_) => Vec::new(),
        };
        potential.into_iter().chain(reward).chain(own).collect()
    }

    /// The same, and the slopes of the potential.
    fn formulas(&self) -> Vec<(&'static str, Expression)> {
        let slopes = self.dynamics.potential().and_then(Potential::expression).into_iter().flat_map(|own| {
            let slope = |axis| ("a slope of the potential", own.derivative(Variable::Space(axis)));
            (0..self.positions()).map(slope)
        });
        self.coefficients().into_iter().chain(slopes).collect()
    }
}
