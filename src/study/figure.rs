//! The data behind the report's pictures; the report draws them, scripts read them as CSV and NPZ.

use super::fit::Point;
use crate::statistics::Interval;

/// Arrays that belong together, for scripts.
#[derive(Clone, Debug)]
pub struct Arrays {
    /// File stem, unique in the report.
    pub id: String,
    /// The arrays.
    pub arrays: Vec<Array>,
}

/// A named array.
#[derive(Clone, Debug)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// What it holds; the first axis runs fastest.
    pub values: Entries,
}

/// What an array holds.
#[derive(Clone, Debug)]
pub enum Entries {
    /// Numbers.
    Reals(Vec<f64>),
    /// Whole numbers.
    Wholes(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Array {
    /// The array of numbers of this name and shape.
    pub fn new(name: impl Into<String>, shape: Vec<usize>, values: Vec<f64>) -> Self {
        Self { name: name.into(), shape, values: Entries::Reals(values) }
    }

    /// The matrix with `rows` rows and `columns` columns of these entries, by row and column.
    pub fn matrix(
        name: impl Into<String>,
        [rows, columns]: [usize; 2],
        entry: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let entry = &entry;
        let values = (0..columns).flat_map(|j| (0..rows).map(move |i| entry(i, j))).collect();
        Self::new(name, vec![rows, columns], values)
    }

    /// A list of whole numbers or texts.
    pub fn list(name: impl Into<String>, values: Entries) -> Self {
        let length = match &values {
            Entries::Reals(values) => values.len(),
            Entries::Wholes(values) => values.len(),
            Entries::Texts(values) => values.len(),
        };
        Self { name: name.into(), shape: vec![length], values }
    }
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Figure {
    /// File stem, unique in the report, e.g. "density".
    pub id: String,
    /// Headline.
    pub title: String,
    /// One or two sentences that say how to read it.
    pub caption: String,
    /// What is drawn.
    pub plot: Plot,
}

/// What a picture shows.
#[derive(Clone, Debug)]
pub enum Plot {
    /// Densities over x: curves, and a step histogram with a band.
    Density(DensityPlot),
    /// A density over the plane, as heat maps side by side (grid, particles).
    Plane(PlanePlot),
    /// |error| against step size on log–log axes.
    Orders(OrderPlot),
    /// Lines over time.
    Time(TimePlot),
    /// A histogram, e.g. of the log-weights.
    Histogram(HistogramPlot),
    /// Positive quantities against each other on log–log axes.
    Powers(PowerPlot),
    /// Quantities against a parameter.
    Sweep(SweepPlot),
}

/// Densities over x.
#[derive(Clone, Debug)]
pub struct DensityPlot {
    /// Whether the vertical axis is logarithmic.
    pub logarithmic: bool,
    /// Cell centres.
    pub x: Vec<f64>,
    /// Named curves over `x`, e.g. "grid ρ_T", "target π", "initial ρ₀".
    pub curves: Vec<(String, Vec<f64>)>,
    /// Weighted histogram of the particles.
    pub histogram: Option<BandHistogram>,
}

/// A histogram with standard errors.
#[derive(Clone, Debug)]
pub struct BandHistogram {
    /// Of what, in the plural.
    pub of: &'static str,
    /// Bin edges (one more than bins).
    pub edges: Vec<f64>,
    /// Density in each bin.
    pub density: Vec<f64>,
    /// Standard error of `density`.
    pub stderr: Vec<f64>,
}

/// Densities over the plane.
#[derive(Clone, Debug)]
pub struct PlanePlot {
    /// Names of the axes.
    pub axes: [&'static str; 2],
    /// Lower corner of the box.
    pub lower: [f64; 2],
    /// Upper corner of the box.
    pub upper: [f64; 2],
    /// Bins in each direction.
    pub bins: [usize; 2],
    /// Named panels, each with `bins[0]·bins[1]` values, x running fastest.
    pub panels: Vec<(String, Vec<f64>)>,
}

/// Errors against step size.
#[derive(Clone, Debug)]
pub struct OrderPlot {
    /// Name of the horizontal axis, e.g. "step h" or "cell width Δx".
    pub step_name: String,
    /// One line for each scheme and method.
    pub lines: Vec<OrderLine>,
}

/// One convergence line.
#[derive(Clone, Debug)]
pub struct OrderLine {
    /// Legend, e.g. "platen, law".
    pub label: String,
    /// Signed errors with their standard errors (0: free of noise).
    pub points: Vec<Point>,
    /// The part of the points that was fitted.
    pub fitted: std::ops::Range<usize>,
    /// Fit |e| ≈ constant · h^order with the order's 95 % ends.
    pub fit: Option<OrderFit>,
}

/// A fitted power law, |e| ≈ C hᵖ(1 + a h + b h²).
#[derive(Clone, Copy, Debug)]
pub struct OrderFit {
    /// |C|.
    pub constant: f64,
    /// p.
    pub order: f64,
    /// 95 % ends of p.
    pub lower: f64,
    /// 95 % ends of p.
    pub upper: f64,
    /// a and b.
    pub bend: [f64; 2],
    /// Where h comes in by a power alone: a h^`next` and b h^{2 `next`}.
    pub next: i32,
}

impl OrderFit {
    /// A pure power.
    pub fn straight(constant: f64, order: Interval) -> Self {
        let Interval { estimate, lower, upper } = order;
        Self { constant, order: estimate, lower, upper, bend: [0.0; 2], next: 1 }
    }

    /// |e| at `step`.
    pub fn at(&self, step: f64) -> f64 {
        let (h, [a, b]) = (step.powi(self.next), self.bend);
        (self.constant * step.powf(self.order) * (1.0 + h * (a + h * b))).abs()
    }

    /// Its ends at `step` where p varies in its interval and the value at `middle` stays.
    pub fn band(&self, step: f64, middle: f64) -> [f64; 2] {
        let turned = [self.lower, self.upper].map(|p| self.at(step) * (step / middle).powf(p - self.order));
        [turned[0].min(turned[1]), turned[0].max(turned[1])]
    }
}

/// Lines over time.
#[derive(Clone, Debug)]
pub struct TimePlot {
    /// Name of the vertical axis.
    pub quantity: String,
    /// Whether the vertical axis is logarithmic.
    pub logarithmic: bool,
    /// Whether each two lines in turn are one thing by two methods, drawn in one colour, the second dashed.
    pub pairs: bool,
    /// Named lines: (name, times, values).
    pub lines: Vec<(String, Vec<f64>, Vec<f64>)>,
}

/// A histogram.
#[derive(Clone, Debug)]
pub struct HistogramPlot {
    /// Name of the horizontal axis.
    pub quantity: String,
    /// Bin edges.
    pub edges: Vec<f64>,
    /// Share of the particles in each bin.
    pub shares: Vec<f64>,
}

/// Positive quantities on log–log axes.
#[derive(Clone, Debug)]
pub struct PowerPlot {
    /// Name of the horizontal axis.
    pub x_name: String,
    /// Name of the vertical axis.
    pub y_name: String,
    /// The lines.
    pub lines: Vec<PowerLine>,
}

/// Points of one quantity, with the power law that was fitted to them.
#[derive(Clone, Debug)]
pub struct PowerLine {
    /// Legend.
    pub label: String,
    /// Places.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// The fit.
    pub fit: Option<OrderFit>,
}

/// Quantities against a parameter.
#[derive(Clone, Debug)]
pub struct SweepPlot {
    /// Whether the vertical axis is logarithmic; quantities are positive then.
    pub logarithmic: bool,
    /// Whether 0 belongs to the picture, with a line.
    pub zero: bool,
    /// How the parameter is laid out.
    pub scale: SweepScale,
    /// Name of the horizontal axis.
    pub x_name: String,
    /// Name of the vertical axis.
    pub y_name: String,
    /// The lines.
    pub lines: Vec<SweepLine>,
}

/// How a parameter is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SweepScale {
    /// By its value.
    Linear,
    /// By its logarithm.
    Logarithmic,
    /// At 1, 2 and so on, with these names.
    Named(Vec<String>),
}

/// One quantity.
#[derive(Clone, Debug)]
pub struct SweepLine {
    /// Legend.
    pub label: String,
    /// Parameters.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// Standard errors; none where there is no noise.
    pub stderr: Vec<f64>,
    /// What has the same colour belongs together.
    pub group: usize,
    /// How it is drawn.
    pub look: SweepLook,
}

/// How a quantity is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepLook {
    /// As a line.
    Line,
    /// As a dashed line.
    Dashed,
    /// As hollow marks.
    Hollow,
    /// As filled marks.
    Filled,
}
