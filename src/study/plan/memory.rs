//! Computations that would not fit into the memory that is free now.

use super::{Part, Reason};
use crate::keys::Fault;
use crate::particles::{Ensemble, step_count};
use crate::study::basis::Basis;

/// Frames that are recorded where no particle reads the grid, generously.
const FRAMES: usize = 100;
/// Vectors over the cells that a solution takes beside its frames.
const VECTORS: f64 = 40.0;

/// What does not fit.
pub fn faults(basis: &Basis<'_>) -> Vec<Reason> {
    let Some(available) = available() else {
        return Vec::new();
    };
    let gibibytes = |bytes: f64| bytes / 2f64.powi(30);
    let dimension = basis.problem.dimension();
    let mut reasons = Vec::new();
    if let Some(settings) = basis.particles {
        let replicates = settings.mean_field.map_or(1, |mean_field| mean_field.replicates);
        let needed = Ensemble::bytes(settings.count.saturating_mul(replicates), dimension);
        if needed > available {
            let message = format!(
                "found {}, which takes {:.1} GiB; expected what fits into the {:.1} GiB that are free",
                settings.count,
                gibibytes(needed),
                gibibytes(available)
            );
            reasons.push(Reason { part: Part::Particles, fault: Fault::at("count", message) });
        }
    }
    if let Some(settings) = basis.grid {
        let cells: f64 = settings.cells.iter().map(|&cells| cells as f64).product();
        let frames = match basis.particles {
            Some(particles) if particles.mean_field.is_none() && basis.problem.reacts() => {
                step_count(basis.problem.horizon, particles.step)
            }
            _ => FRAMES,
        };
        let needed = cells * 8.0 * (frames as f64 + VECTORS);
        if needed > available {
            let message = format!(
                "found {:?}, which takes {:.1} GiB with {frames} recorded times; expected what fits into the {:.1} GiB that are \
                 free",
                settings.cells,
                gibibytes(needed),
                gibibytes(available)
            );
            reasons.push(Reason { part: Part::Grid, fault: Fault::at("cells", message) });
        }
    }
    reasons
}

/// Bytes that can be had, where the system says so.
fn available() -> Option<f64> {
    let facts = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = facts.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(1024.0 * kibibytes)
}
