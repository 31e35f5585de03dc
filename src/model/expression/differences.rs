//! Derivatives of functions in code by central differences of order 4, whose points are evaluated together.

/// Offsets of the nodes in steps, with their weights for f′ and f″ (Fornberg 1988, table 1).
const NODES: [(f64, f64, f64); 4] = [
    (-2.0, 1.0 / 12.0, -1.0 / 12.0),
    (-1.0, -8.0 / 12.0, 16.0 / 12.0),
    (1.0, 8.0 / 12.0, 16.0 / 12.0),
    (2.0, -1.0 / 12.0, -1.0 / 12.0),
];
/// Weight of the middle for f″.
const MIDDLE: f64 = -30.0 / 12.0;

/// Steps at which truncation, h⁴, and rounding, ε/h or ε/h², are about equal.
fn step(x: f64, power: f64) -> f64 {
    let h = f64::EPSILON.powf(power) * x.abs().max(1.0);
    // A step that x + h − x gives back.
    (x + h) - x
}

/// Writes ∂ⱼfᵢ at `points` (n × d) to `out` (n × k × d), for f with k values.
pub(super) fn first(f: impl Fn(&[f64], &mut [f64]), k: usize, d: usize, points: &[f64], out: &mut [f64]) {
    let mut places = Vec::with_capacity(points.len() * d * NODES.len());
    for point in points.chunks_exact(d) {
        for axis in 0..d {
            for (offset, ..) in NODES {
                places.extend_from_slice(point);
                let end = places.len() - d;
                places[end + axis] += offset * step(point[axis], 0.2);
            }
        }
    }
    let mut values = vec![0.0; places.len() / d * k];
    f(&places, &mut values);
    let quotients = values.chunks_exact(d * NODES.len() * k).zip(points.chunks_exact(d));
    for (out, (values, point)) in out.chunks_exact_mut(k * d).zip(quotients) {
        for (axis, nodes) in values.chunks_exact(NODES.len() * k).enumerate() {
            let h = step(point[axis], 0.2);
            for i in 0..k {
                let sum: f64 = NODES.iter().enumerate().map(|(n, node)| node.1 * nodes[n * k + i]).sum();
                out[i * d + axis] = sum / h;
            }
        }
    }
}

/// Writes ∂ⱼ∂ₗfᵢ at `points` (n × d) to `out` (n × k × d × d), for f with k values: mixed ones are those along e_j ± e_l.
pub(super) fn second(f: impl Fn(&[f64], &mut [f64]), k: usize, d: usize, points: &[f64], out: &mut [f64]) {
    // Directions (j, l, sign): e_j where j = l, else e_j + sign·e_l.
    let mut directions: Vec<(usize, usize, f64)> = (0..d).map(|j| (j, j, 0.0)).collect();
    for j in 0..d {
        directions.extend((j + 1..d).flat_map(|l| [(j, l, 1.0), (j, l, -1.0)]));
    }
    let of_point = 1 + directions.len() * NODES.len();
    let mut places = Vec::with_capacity(points.len() * of_point);
    for point in points.chunks_exact(d) {
        places.extend_from_slice(point);
        let steps: Vec<f64> = point.iter().map(|x| step(*x, 1.0 / 6.0)).collect();
        for (j, l, sign) in &directions {
            for (offset, ..) in NODES {
                places.extend_from_slice(point);
                let end = places.len() - d;
                places[end + j] += offset * steps[*j];
                if j != l {
                    places[end + l] += sign * offset * steps[*l];
                }
            }
        }
    }
    let mut values = vec![0.0; places.len() / d * k];
    f(&places, &mut values);
    let each = values.chunks_exact(of_point * k).zip(points.chunks_exact(d));
    for (out, (values, point)) in out.chunks_exact_mut(k * d * d).zip(each) {
        let steps: Vec<f64> = point.iter().map(|x| step(*x, 1.0 / 6.0)).collect();
        for i in 0..k {
            let along = |direction: usize| {
                let first = 1 + direction * NODES.len();
                let sum = |sum: f64, n: usize| sum + NODES[n].2 * values[(first + n) * k + i];
                (0..NODES.len()).fold(MIDDLE * values[i], sum)
            };
            for (place, (j, l, sign)) in directions.iter().enumerate() {
                if j == l {
                    out[(i * d + j) * d + j] = along(place) / (steps[*j] * steps[*j]);
                } else if *sign > 0.0 {
                    let mixed = (along(place) - along(place + 1)) / (4.0 * steps[*j] * steps[*l]);
                    out[(i * d + j) * d + l] = mixed;
                    out[(i * d + l) * d + j] = mixed;
                }
            }
        }
    }
}
