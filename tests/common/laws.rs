//! The noise-free expectation of a scheme of the catalogue on an equation given by its formulas.

use wfr::law::{Expectation, Law, Resolution};
use wfr::model::expression::Scope;
use wfr::model::{Expression, Initial, ItoSde, Observable, TimeDependence};
use wfr::schemes::{WeightRule, find};

/// The autonomous Itô equation with these coefficients.
pub fn sde(drift: &[&str], diffusion: &[&[&str]], rate: Option<&str>) -> ItoSde {
    let scope = Scope { dimension: drift.len(), ..Scope::default() };
    let parse = |text: &&str| Expression::parse(text, &scope).unwrap();
    let rows = diffusion.iter().map(|row| row.iter().map(parse).collect()).collect();
    ItoSde::new(drift.iter().map(parse).collect(), rows, rate.as_ref().map(parse))
}

/// dX = −kX dt + σ dW with rate qX².
pub fn ornstein_uhlenbeck(k: f64, σ: f64, q: f64) -> ItoSde {
    sde(&[&format!("-({k:?})*x")], &[&[&format!("{σ:?}")]], Some(&format!("{q:?}*x^2")))
}

pub struct Run<'a> {
    pub sde: &'a ItoSde,
    pub scheme: &'a str,
    pub weight: WeightRule,
    pub resolution: Resolution,
    pub initial: Initial,
}

impl<'a> Run<'a> {
    pub fn from_point(
        sde: &'a ItoSde,
        scheme: &'a str,
        weight: WeightRule,
        resolution: Resolution,
        x: &[f64],
    ) -> Self {
        Self { sde, scheme, weight, resolution, initial: Initial::Point(x.to_vec()) }
    }

    pub fn expectation(&self, observable: &str, horizon: f64, steps: usize) -> Expectation {
        let scope = Scope { dimension: self.sde.dimension(), ..Scope::default() };
        let observable = Observable::new("φ", &Expression::parse(observable, &scope).unwrap());
        let scheme = find(self.scheme).unwrap();
        let law = Law { sde: self.sde, scheme, weight: self.weight, time: TimeDependence::Nothing };
        law.expectation(&self.resolution, &self.initial, &observable, horizon, steps).unwrap()
    }
}

/// The limit h → 0 of values for h, h/2, h/4, … whose errors are sums of these powers of h, and the last correction,
/// which bounds what is left once the expansion has set in.
pub fn limit(values: &[f64], powers: &[i32]) -> (f64, f64) {
    let mut table = values.to_vec();
    let mut before = f64::NAN;
    for power in powers {
        before = table[table.len() - 1];
        let share = 1.0 / (2f64.powi(*power) - 1.0);
        table = table.windows(2).map(|pair| pair[1] + (pair[1] - pair[0]) * share).collect();
    }
    let last = table[table.len() - 1];
    (last, (last - before).abs())
}
