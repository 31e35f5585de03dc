//! A start from samples: a Gaussian around each, with the spread of the samples as a whole.

use super::reader::Reader;
use crate::model::{Component, GaussianMixture};
use crate::scenario::data::Data;
use crate::scenario::npz;

/// Samples, at most: each is a component of a mixture, which every particle and every cell reads.
const MOST: usize = 20_000;

/// The law of `[initial] file`: of samples xᵢ with mean m and covariance C, the mixture of
/// N(m + (xᵢ − m)/√(1 + b²), b²C/(1 + b²)), which has mean m and covariance C for every bandwidth b (West 1993, "Approximating
/// posterior distributions by mixture"). The default b is Silverman's, (4/(n(d + 2)))^{1/(d + 4)}.
pub fn samples(table: &Reader<'_>, dimension: usize) -> Option<GaussianMixture> {
    let expected = "the name of a file, .npz with x (n, d) or comma-separated values";
    let name = table.string("file", expected)?;
    let bandwidth = match table.has("bandwidth") {
        true => Some(table.number("bandwidth", "a positive number, in spreads of the samples", |b| b > 0.0)?),
        false => None,
    };
    let read = table.beside(name).and_then(|(path, content)| {
        let shown = path.display().to_string();
        match name.ends_with(".npz") {
            true => from_npz(&shown, &content, dimension),
            false => from_table(&shown, &content, dimension),
        }
    });
    let mixture = read.and_then(|(points, weights)| smoothed(&points, &weights, bandwidth));
    mixture.map_err(|message| table.note("file", &message)).ok()
}

/// (points, weights).
type Weighted = (Vec<Vec<f64>>, Vec<f64>);

fn from_npz(name: &str, content: &[u8], dimension: usize) -> Result<Weighted, String> {
    let found = |text: String| format!("{name}: found {text}; expected x of shape (n, {dimension})");
    let arrays = npz::read(content, &["x", "log_weights"]).map_err(|error| format!("{name}: {error}"))?;
    let x = arrays.get("x").ok_or_else(|| found("no array x".into()))?;
    let fits = match x.shape[..] {
        [_] => dimension == 1,
        [_, d] => d == dimension,
        _ => false,
    };
    if !fits {
        return Err(found(format!("x of shape {:?}", x.shape)));
    }
    let points: Vec<Vec<f64>> = x.values.chunks(dimension).map(<[f64]>::to_vec).collect();
    let weights = match arrays.get("log_weights") {
        None => vec![1.0; points.len()],
        Some(logs) if logs.values.len() == points.len() => {
            let largest = logs.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            logs.values.iter().map(|log| (log - largest).exp()).collect()
        }
        Some(logs) => {
            let (rows, count) = (points.len(), logs.values.len());
            return Err(format!("{name}: found {count} log_weights for {rows} points; expected as many"));
        }
    };
    Ok((points, weights))
}

fn from_table(name: &str, content: &[u8], dimension: usize) -> Result<Weighted, String> {
    let Data { columns, rows } = Data::read(name, content)?;
    if columns.len() != dimension {
        return Err(format!(
            "{name}: found {} columns; expected {dimension}, one for each coordinate",
            columns.len()
        ));
    }
    let weights = vec![1.0; rows.len()];
    Ok((rows, weights))
}

fn smoothed(points: &[Vec<f64>], weights: &[f64], bandwidth: Option<f64>) -> Result<GaussianMixture, String> {
    let d = points.first().map_or(0, Vec::len);
    if points.len() <= d || points.len() > MOST {
        return Err(format!("found {} samples; expected {} to {MOST}", points.len(), d + 1));
    }
    let bad = |(point, weight): &(&Vec<f64>, &f64)| {
        !(point.iter().all(|x| x.is_finite()) && weight.is_finite() && **weight >= 0.0)
    };
    if let Some(place) = points.iter().zip(weights).position(|pair| bad(&pair)) {
        return Err(format!("found {:?} in row {place}; expected finite numbers", points[place]));
    }
    let total: f64 = weights.iter().sum();
    let effective = total * total / weights.iter().map(|w| w * w).sum::<f64>();
    let mean: Vec<f64> = (0..d).map(|i| weighted(points, weights, total, |x| x[i])).collect();
    let entry =
        |i: usize, j: usize| weighted(points, weights, total, |x| (x[i] - mean[i]) * (x[j] - mean[j]));
    let b = bandwidth.unwrap_or((4.0 / (effective * (d + 2) as f64)).powf(1.0 / (d + 4) as f64));
    let (shrunk, share) = ((1.0 + b * b).sqrt().recip(), b * b / (1.0 + b * b));
    let covariance: Vec<Vec<f64>> = (0..d).map(|i| (0..d).map(|j| share * entry(i, j)).collect()).collect();
    let kept = points.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
    let components = kept.map(|(point, weight)| Component {
        weight: *weight,
        mean: point.iter().zip(&mean).map(|(x, m)| m + shrunk * (x - m)).collect(),
        covariance: covariance.clone(),
    });
    GaussianMixture::new(components.collect())
        .map_err(|_| "found samples without a spread in some direction; expected more, or others".into())
}

fn weighted(points: &[Vec<f64>], weights: &[f64], total: f64, f: impl Fn(&[f64]) -> f64) -> f64 {
    points.iter().zip(weights).map(|(point, weight)| weight * f(point)).sum::<f64>() / total
}
