//! What a distance is, and how that reads.

use super::KIND;
use crate::format::{short, with_error};
use crate::study::prelude::*;

/// The distance between two laws.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DistanceFindings {
    /// "wfr": √S_δ; "spherical": arccos(1 − S_δ/2); "w2": W₂.
    pub metric: &'static str,
    /// The length scale δ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// The first law, in words.
    pub from: String,
    /// The second.
    pub to: String,
    /// Their masses.
    pub masses: [f64; 2],
    /// Points of the measures that stand for them.
    pub points: [u64; 2],
    /// The value of the plan between these points, S_δ or W₂², not squared distances of the laws: the truth is not above.
    pub primal: f64,
    /// The value of the potentials: the truth is not below.
    pub dual: f64,
    /// (primal − dual)/primal.
    pub gap: f64,
    /// Whether that is as small as was asked for, or the interval is rounding, as between equal laws.
    pub met: bool,
    /// Bounds of the distance between the points.
    pub discrete: [f64; 2],
    /// The distance of the laws is not below: of the points themselves, or of the density that is constant on each cell.
    pub lower: f64,
    /// It is not above.
    pub upper: f64,
    /// What noise alone gives, between samples and a density.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
}

/// Distances of independent draws of a density from that density.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Noise {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Draws in each: as many as the samples are worth, (Σw)²/Σw².
    pub draws: u64,
    /// How often.
    pub replicates: u64,
}

impl DistanceFindings {
    /// The middle of the interval of the points.
    fn value(&self) -> f64 {
        0.5 * (self.discrete[0] + self.discrete[1])
    }

    fn name(&self) -> &'static str {
        match self.metric {
            "w2" => "Wasserstein distance W₂",
            "spherical" => "spherical Wasserstein–Fisher–Rao distance",
            _ => "Wasserstein–Fisher–Rao distance √S",
        }
    }
}

impl Outcome for DistanceFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        format!("{} between {} and {}", self.name(), self.from, self.to)
    }

    fn found(&self) -> String {
        let noise = self.noise.map_or_else(String::new, |own| {
            format!("; noise alone gives {}", with_error(own.mean, own.deviation))
        });
        format!("{} in [{}, {}]{noise}", short(self.value()), short(self.lower), short(self.upper))
    }

    fn tables(&self) -> Vec<Table> {
        let note = "The interval holds for certain, rounding included. Densities are those that are constant on each cell of the grid: \
                    what a grid itself is off by is not in it.";
        let mut table = Table::new(self.name(), &["what", "value"]).with_note(note);
        if let Some(δ) = self.delta {
            table.pair("length scale δ", short(δ));
            table.pair("mass moves over distances below πδ", short(std::f64::consts::PI * δ));
        }
        let [m, n] = self.masses;
        let [k, l] = self.points;
        table.pair(format!("mass and points of {}", self.from), format!("{}, {k}", short(m)));
        table.pair(format!("mass and points of {}", self.to), format!("{}, {l}", short(n)));
        let square = if self.metric == "w2" { "W₂²" } else { "S" };
        table.pair(format!("{square} of the points: dual value"), format!("{:?}", self.dual));
        table.pair(format!("{square} of the points: primal value"), format!("{:?}", self.primal));
        table.pair("relative gap", format!("{:.1e}", self.gap));
        let [low, high] = self.discrete;
        table.pair("distance of the points", format!("[{low:?}, {high:?}]"));
        table.pair("distance of the laws", format!("[{:?}, {:?}]", self.lower, self.upper));
        if let Some(Noise { mean, deviation, draws, replicates }) = self.noise {
            let name = format!("{draws} independent draws, {replicates} times: mean ± standard deviation");
            table.pair(name, with_error(mean, deviation));
        }
        vec![table]
    }
}
