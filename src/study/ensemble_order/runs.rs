//! The replicated runs behind the levels: which settings each level has, and what its errors are.

use super::levels::{Levels, Noise, distance, distances_of_the_same, mean, variance, without_step};
use super::{Against, EnsembleOrder, Refined};
use crate::particles::mean_field::{Bandwidth, DensityEstimate};
use crate::particles::{MeanField, ParticleSettings, step_count};
use crate::study::basis::Basis;
use crate::study::breakdown::{Breakdown, Progress};
use crate::study::sample;
use crate::study::uncoupled_bias::{order, splitting_order};

/// What the seed of a run is ahead of that of the run before.
const APART: u64 = 1 << 34;

/// The axis of a picture.
pub struct Axis {
    pub id: &'static str,
    pub name: &'static str,
    pub label: &'static str,
    pub caption: &'static str,
}

impl Axis {
    fn count(caption: &'static str) -> Self {
        Self { id: "count", name: "number of particles", label: "1/N", caption }
    }

    fn bandwidth(caption: &'static str) -> Self {
        Self { id: "bandwidth", name: "bandwidth", label: "bandwidth s", caption }
    }
}

/// Runs of one study.
pub struct Runs<'a> {
    pub basis: Basis<'a>,
    pub settings: &'a EnsembleOrder,
    /// Number of the next run.
    pub next: u64,
    pub progress: Progress<'a>,
}

impl Runs<'_> {
    /// The errors on all levels of what is refined, and the axis of their picture.
    pub fn refine(
        &mut self,
        refined: &Refined,
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<(Axis, Vec<Levels>), Breakdown> {
        match (refined, self.settings.against) {
            (Refined::Counts(counts), Against::Itself) => {
                let caption =
                    "Differences between the means of N and 2N particles, and the variance of one ensemble.";
                Ok((Axis::count(caption), self.numbers(counts, base)?))
            }
            (Refined::Counts(counts), Against::Flow) => {
                let caption = "Distance from the flow, less the error by the step, and the variance of one ensemble. All \
                               levels have the same random numbers.";
                Ok((Axis::count(caption), self.numbers_from_flow(counts, base, mean_field, exact)?))
            }
            (Refined::Steps(steps), Against::Itself | Against::Flow) => {
                let point = |&step: &f64| {
                    let seed = self.seed(base);
                    let values = self.without_bias(&ParticleSettings { step, seed, ..base.clone() })?;
                    Ok(distance(step, mean(&values), exact))
                };
                let points = steps.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let name = "error by the step, without that by N";
                let caption = "Distance from the flow, less the bias by the number of particles.";
                let axis = Axis { id: "step", name: "step", label: "step h", caption };
                let expected = order(base, &mean_field).unsigned_abs();
                Ok((axis, vec![Levels { name, expected, points, noise: Noise::Independent, next: 1 }]))
            }
            (Refined::Bandwidths(bandwidths), Against::Flow) => {
                let caption = "Distance from the flow, less the errors by the step and the number of particles. All levels \
                               have the same random numbers.";
                let levels = self.bandwidths_from_flow(bandwidths, base, mean_field, exact)?;
                Ok((Axis::bandwidth(caption), vec![levels]))
            }
            (Refined::Bandwidths(bandwidths), Against::Itself) => {
                let point = |&deviation: &f64| {
                    let seed = self.seed(base);
                    let at = |deviation: f64| {
                        let mean_field = Some(with_bandwidth(mean_field, deviation));
                        self.without_bias(&ParticleSettings { mean_field, seed, ..base.clone() })
                    };
                    let (wide, narrow) = (at(deviation)?, at(0.5 * deviation)?);
                    let differences: Vec<f64> = wide.iter().zip(narrow).map(|(a, b)| a - b).collect();
                    Ok(distance(deviation, mean(&differences), (0.0, 0.0)))
                };
                let points = bandwidths.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let name = "error by the bandwidth, without that by N";
                let caption =
                    "Differences between bandwidths s and s/2, less the bias by the number of particles.";
                Ok((
                    Axis::bandwidth(caption),
                    vec![Levels { name, expected: 2, points, noise: Noise::Independent, next: 2 }],
                ))
            }
        }
    }

    /// E_N − E_{2N}, half of the bias, and the variance of an ensemble.
    fn numbers(&mut self, counts: &[usize], base: &ParticleSettings) -> Result<Vec<Levels>, Breakdown> {
        let (mut biases, mut variances) = (Vec::new(), Vec::new());
        for &count in counts {
            let settings = ParticleSettings { count: 2 * count, seed: self.seed(base), ..base.clone() };
            let (halves, whole) = self.pairs(&settings)?;
            let step = 1.0 / count as f64;
            let differences: Vec<f64> = halves
                .chunks_exact(2)
                .zip(whole)
                .map(|(pair, whole)| 0.5 * (pair[0] + pair[1]) - whole)
                .collect();
            biases.push(distance(step, mean(&differences), (0.0, 0.0)));
            variances.push(variance(step, &halves));
        }
        Ok(Levels::by_number("bias by the number of particles", biases, Noise::Independent, variances))
    }

    /// E_N less the value of the flow, and the variance of an ensemble.
    fn numbers_from_flow(
        &mut self,
        counts: &[usize],
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<Vec<Levels>, Breakdown> {
        let (mut distances, mut variances) = (Vec::new(), Vec::new());
        let seed = self.seed(base);
        for &count in counts {
            // Every replicate of the scenario's number of particles makes so many ensembles of this one.
            let parts = base.count.div_ceil(count);
            let replicated = Some(MeanField { replicates: mean_field.replicates * parts, ..mean_field });
            let settings = ParticleSettings { count, mean_field: replicated, seed, ..base.clone() };
            let (coarse, fine) = (self.means(&settings)?, self.means(&self.finer(&settings))?);
            variances.push(variance(1.0 / count as f64, &coarse));
            let whole = |parted: &[f64]| -> Vec<f64> {
                parted.chunks_exact(parts).map(|ensembles| mean(ensembles).value).collect()
            };
            let order = splitting_order(base, &mean_field);
            distances.push(without_step(&whole(&coarse), &whole(&fine), order));
        }
        let steps = counts.iter().map(|&count| 1.0 / count as f64);
        let (points, covariance) = distances_of_the_same(steps, &distances, exact);
        let name = "error by the number of particles, without that by the step";
        Ok(Levels::by_number(name, points, Noise::Shared(covariance), variances))
    }

    /// E_s less the value of the flow, without the errors by step and number.
    fn bandwidths_from_flow(
        &mut self,
        bandwidths: &[f64],
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<Levels, Breakdown> {
        let seed = self.seed(base);
        let values = |&deviation: &f64| {
            let kernel = with_bandwidth(mean_field, deviation);
            let settings = ParticleSettings { mean_field: Some(kernel), seed, ..base.clone() };
            let (coarse, fine) = (self.without_bias(&settings)?, self.without_bias(&self.finer(&settings))?);
            Ok(without_step(&coarse, &fine, splitting_order(base, &mean_field)))
        };
        let values = bandwidths.iter().map(values).collect::<Result<Vec<_>, Breakdown>>()?;
        let (points, covariance) = distances_of_the_same(bandwidths.iter().copied(), &values, exact);
        let name = "error by the bandwidth, without those by step and N";
        Ok(Levels { name, expected: 2, points, noise: Noise::Shared(covariance), next: 2 })
    }

    /// The same with half of the step, and random numbers of its own.
    fn finer(&self, settings: &ParticleSettings) -> ParticleSettings {
        let horizon = self.basis.problem.horizon;
        let step = 0.5 * horizon / step_count(horizon, settings.step) as f64;
        ParticleSettings { step, seed: settings.seed.wrapping_add(APART / 2), ..settings.clone() }
    }

    /// 2E_N − E_{N/2} of every replicate, whose bias is of order 1/N².
    fn without_bias(&self, settings: &ParticleSettings) -> Result<Vec<f64>, Breakdown> {
        let (halves, whole) = self.pairs(settings)?;
        let pairs = halves.chunks_exact(2).zip(whole);
        Ok(pairs.map(|(pair, whole)| 2.0 * whole - 0.5 * (pair[0] + pair[1])).collect())
    }

    /// The means of all replicates, cut in halves and as they are, of the same random numbers.
    fn pairs(&self, settings: &ParticleSettings) -> Result<(Vec<f64>, Vec<f64>), Breakdown> {
        let halved = settings
            .mean_field
            .map(|mean_field| MeanField { replicates: 2 * mean_field.replicates, ..mean_field });
        let halves = ParticleSettings { count: settings.count / 2, mean_field: halved, ..settings.clone() };
        Ok((self.means(&halves)?, self.means(settings)?))
    }

    fn means(&self, settings: &ParticleSettings) -> Result<Vec<f64>, Breakdown> {
        let simulation = sample::particles(self.basis, settings, self.progress)?;
        Ok(sample::completed(simulation)?.replicate_means(&self.settings.observable))
    }

    /// A seed of its own for every level.
    fn seed(&mut self, base: &ParticleSettings) -> u64 {
        self.next += 1;
        base.seed.wrapping_add(self.next.wrapping_mul(APART))
    }
}

/// With a kernel of this bandwidth in place of any other density.
fn with_bandwidth(mean_field: MeanField, deviation: f64) -> MeanField {
    let leave_one_out = matches!(mean_field.density, DensityEstimate::Kernel { leave_one_out: true, .. });
    let density = DensityEstimate::Kernel { bandwidth: Bandwidth::Fixed(deviation), leave_one_out };
    MeanField { density, ..mean_field }
}
