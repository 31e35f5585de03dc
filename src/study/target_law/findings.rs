//! What a corrected reverse diffusion is found to do, and how that reads.

use super::KIND;
use crate::format::{short, significant, with_error};
use crate::statistics::largest;
use crate::study::findings::GridEstimate;
use crate::study::prelude::*;
use crate::study::step_bias::StepBias;
use std::collections::BTreeMap;

/// Half the width of a 95 % band in standard errors.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// A corrected reverse diffusion against its target, and the same paths without correction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TargetLawFindings {
    /// By observable.
    pub observables: BTreeMap<String, TargetEstimate>,
    /// log ∫Π q^β e^r by quadrature.
    pub log_normalizer: f64,
    /// Its error.
    pub log_normalizer_error: f64,
    /// (particles − bias − exact) in standard errors.
    pub log_normalizer_z: f64,
    /// By the grid's law of the corrected paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_normalizer_grid: Option<GridEstimate>,
    /// By the corrected paths, with its standard error.
    #[serde(skip)]
    pub log_normalizer_paths: (f64, f64),
    /// Their bias by the time step, where it is known.
    #[serde(skip)]
    pub log_normalizer_bias: Option<StepBias>,
}

/// The mean of an observable under the target.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TargetEstimate {
    /// By quadrature of the density.
    pub exact: f64,
    /// Its error.
    pub exact_error: f64,
    /// (corrected paths − bias − exact) in standard errors.
    pub z: f64,
    /// Of the corrected paths, with its standard error.
    #[serde(skip)]
    pub corrected: (f64, f64),
    /// Their bias by the time step, where it is known.
    #[serde(skip)]
    pub corrected_bias: Option<StepBias>,
    /// Of the paths without weights.
    pub uncorrected: f64,
    /// Its standard error.
    pub uncorrected_stderr: f64,
    /// (uncorrected − exact) in standard errors.
    pub miss: f64,
    /// By the grid.
    #[serde(flatten)]
    pub grid: Option<TargetGridEstimate>,
}

/// The means under the laws that paths of a reverse diffusion have on the grid.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TargetGridEstimate {
    /// With their weights.
    #[serde(rename = "grid")]
    pub corrected: GridEstimate,
    /// Without them.
    #[serde(rename = "uncorrected_grid")]
    pub uncorrected: GridEstimate,
    /// (uncorrected paths − bias − uncorrected grid) in standard errors.
    pub uncorrected_z: f64,
}

impl Outcome for TargetLawFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "corrected paths against the target".into()
    }

    fn found(&self) -> String {
        let z = self.observables.values().map(|own| own.z).chain([self.log_normalizer_z]);
        let miss = largest(self.observables.values().map(|own| own.miss.abs())).unwrap_or(0.0);
        match largest(z.map(f64::abs)) {
            Some(worst) => format!("z at most {}\nwithout correction {}", short(worst), short(miss)),
            None => "no z".into(),
        }
    }

    fn claim(&self) -> String {
        "z 0".into()
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.corrected(), self.uncorrected(), self.biases()]
    }
}

impl TargetLawFindings {
    fn corrected(&self) -> Table {
        let columns = [
            "observable",
            "target ± error",
            "grid ± error",
            "paths ± standard error",
            "their bias by the step ± standard error",
            "allowed beside",
            "z to target",
        ];
        let bias = |own: Option<StepBias>| {
            own.map_or_else(Default::default, |own| [with_error(own.value, own.stderr), short(own.allowance)])
        };
        let mut table = Table::new("The law at the data, of corrected paths", &columns).with_note(
            "z: paths − bias − target, beyond the target's error and what is allowed beside, the next order of the bias, in standard \
             errors of paths and bias together.",
        );
        for (name, own) in &self.observables {
            let [biased, allowed] = bias(own.corrected_bias);
            table.row([
                name.clone(),
                with_error(own.exact, own.exact_error),
                own.grid.map_or_else(String::new, |grid| estimate(grid.corrected)),
                with_error(own.corrected.0, own.corrected.1),
                biased,
                allowed,
                significant(own.z, 2),
            ]);
        }
        let [biased, allowed] = bias(self.log_normalizer_bias);
        table.row([
            "log ∫Π q^β eʳ".into(),
            with_error(self.log_normalizer, self.log_normalizer_error),
            self.log_normalizer_grid.map_or_else(String::new, estimate),
            with_error(self.log_normalizer_paths.0, self.log_normalizer_paths.1),
            biased,
            allowed,
            significant(self.log_normalizer_z, 2),
        ]);
        table
    }

    fn uncorrected(&self) -> Table {
        let columns = [
            "observable",
            "target ± error",
            "grid ± error",
            "paths ± standard error",
            "z to target",
            "z to grid",
        ];
        let mut table = Table::new("The law at the data, of uncorrected paths", &columns)
            .with_note("z to target: (paths − target) in standard errors of the paths; it should be large where a correction is needed.");
        for (name, own) in &self.observables {
            table.row([
                name.clone(),
                with_error(own.exact, own.exact_error),
                own.grid.map_or_else(String::new, |grid| estimate(grid.uncorrected)),
                with_error(own.uncorrected, own.uncorrected_stderr),
                significant(own.miss, 3),
                own.grid.map_or_else(String::new, |grid| significant(grid.uncorrected_z, 2)),
            ]);
        }
        table
    }

    fn biases(&self) -> Table {
        let caption = "Bias: mean under the paths minus that under the target, with 95 % bands";
        let mut table = Table::new(caption, &["observable", "corrected", "uncorrected"]);
        for (name, own) in &self.observables {
            let bias = |(value, stderr): (f64, f64)| {
                with_error(value - own.exact, NORMAL_95 * stderr + own.exact_error)
            };
            table.row([name.clone(), bias(own.corrected), bias((own.uncorrected, own.uncorrected_stderr))]);
        }
        table
    }
}

fn estimate(own: GridEstimate) -> String {
    with_error(own.value, own.error)
}

/// What the verdict rests on; `worst` is the largest distance of the corrected paths in standard errors.
pub(super) fn explanation(worst: f64, observables: &BTreeMap<String, TargetEstimate>) -> String {
    let paths = format!("the corrected paths are {worst:.2} standard errors off at most");
    let far = observables.iter().max_by(|a, b| a.1.miss.abs().total_cmp(&b.1.miss.abs()));
    let Some((name, target)) = far else { return paths };
    let by_grid = target.grid.map_or_else(String::new, |grid| {
        format!(
            " (by the grid {:.4} with weights and {:.4} without)",
            grid.corrected.value, grid.uncorrected.value
        )
    });
    format!(
        "{paths}; without correction {name} is {:.4} instead of {:.4}{by_grid}, off by {:.1} standard errors",
        target.uncorrected,
        target.exact,
        target.miss.abs()
    )
}
