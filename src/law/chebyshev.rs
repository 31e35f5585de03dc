use std::f64::consts::PI;

/// Interpolation points of a panel.
pub(super) const DEGREE: usize = 16;

/// Piecewise polynomial interpolation on an interval: equal panels with Chebyshev points of the first
/// kind, each polynomial used on its own panel only, so that roughness in one place stays there.
#[derive(Clone, Debug)]
pub struct ChebyshevPanels {
    lower: f64,
    upper: f64,
    panels: usize,
    points: Vec<f64>,
    /// Chebyshev points on [−1, 1] and their barycentric weights.
    nodes: [f64; DEGREE],
    barycentric: [f64; DEGREE],
}

impl ChebyshevPanels {
    /// `panels` panels on [lower, upper].
    pub fn new(lower: f64, upper: f64, panels: usize) -> Self {
        let angle = |j: usize| (2 * j + 1) as f64 * PI / (2 * DEGREE) as f64;
        let nodes: [f64; DEGREE] = std::array::from_fn(|j| angle(j).cos());
        let barycentric = std::array::from_fn(|j| if j % 2 == 0 { angle(j).sin() } else { -angle(j).sin() });
        let width = (upper - lower) / panels as f64;
        let points = (0..panels)
            .flat_map(|panel| nodes.map(|node| lower + width * (panel as f64 + 0.5 * (node + 1.0))))
            .collect();
        Self { lower, upper, panels, points, nodes, barycentric }
    }

    /// Lower end.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// Upper end.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// All interpolation points, panel by panel.
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// Index of the first point that counts at `x`, and the weights of that one and its successors
    /// (barycentric formula, Berrut and Trefethen 2004). Outside, the value at the end counts.
    pub fn interpolate(&self, x: f64) -> (usize, [f64; DEGREE]) {
        let x = x.clamp(self.lower, self.upper);
        let place = (x - self.lower) / (self.upper - self.lower) * self.panels as f64;
        let panel = (place as usize).min(self.panels - 1);
        let local = 2.0 * (place - panel as f64) - 1.0;
        let start = panel * DEGREE;
        if let Some(hit) = self.nodes.iter().position(|node| *node == local) {
            return (start, std::array::from_fn(|j| if j == hit { 1.0 } else { 0.0 }));
        }
        let mut weights: [f64; DEGREE] =
            std::array::from_fn(|j| self.barycentric[j] / (local - self.nodes[j]));
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        (start, weights)
    }
}
