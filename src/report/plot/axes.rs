//! Axes: which values they span, where their ticks stand, and what is written there.

use super::canvas::Scale;
use crate::format::{exponent, signed, superscript};

/// Values beyond this are drawn at the rim: differences of larger ones would overflow.
const LARGEST: f64 = 1e300;
/// A logarithmic axis spans at least this many decades, so that it has two labels.
const FEWEST_DECADES: f64 = 0.8;
/// Most decades that are all labelled.
const LABELLED_DECADES: f64 = 7.0;

/// A linear axis has at least so many ticks, if it has them with steps that are finer by one of these factors.
const FEWEST_TICKS: f64 = 3.0;
const FINER: [f64; 4] = [1.0, 1.5, 2.0, 3.0];

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What is measured, with its unit.
    pub name: String,
    /// Labelled places.
    pub ticks: Vec<Tick>,
    /// Places of the small ticks, as shares of the axis.
    pub minor: Vec<f64>,
    logarithmic: bool,
    lower: f64,
    upper: f64,
}

/// A labelled place on an axis.
#[derive(Clone, Debug)]
pub struct Tick {
    /// As a share of the axis.
    pub share: f64,
    /// What is written there.
    pub label: String,
}

impl Axis {
    /// An axis from `lower` to `upper`, with about `count` ticks.
    pub fn linear(name: &str, [lower, upper]: [f64; 2], count: f64) -> Self {
        let (lower, upper) = widened(lower.clamp(-LARGEST, LARGEST), upper.clamp(-LARGEST, LARGEST));
        let mut axis = Self {
            name: name.into(),
            ticks: Vec::new(),
            minor: Vec::new(),
            logarithmic: false,
            lower,
            upper,
        };
        let ticks = |step: f64| (upper / step).floor() - (lower / step).ceil() + 1.0;
        let steps = FINER.map(|finer| round_step((upper - lower) / (finer * count)));
        let step = steps.into_iter().find(|step| ticks(*step) >= FEWEST_TICKS).unwrap_or(steps[0]);
        let first = (lower / step).ceil();
        let values: Vec<f64> = (0..=4 * count as usize)
            .map(|k| (first + k as f64) * step)
            .filter(|value| *value <= upper)
            .collect();
        let largest = lower.abs().max(upper.abs());
        let power = exponent(largest);
        // Far from 1 the power of ten is written once, at the name.
        let power = if (-3..5).contains(&power) { 0 } else { power };
        let decimals = (power - exponent(step * 1.000_001)).clamp(0, 15) as usize;
        let unit = 10f64.powi(power / 2) * 10f64.powi(power - power / 2);
        axis.ticks = values
            .iter()
            .map(|&value| Tick {
                share: axis.share(value),
                label: signed(&format!("{:.decimals$}", value / unit)),
            })
            .collect();
        if power != 0 {
            axis.name = format!("{name}  (×10{})", superscript(power));
        }
        axis
    }

    /// An axis from `lower` > 0 to `upper`, with ticks at powers of ten.
    pub fn logarithmic(name: &str, [lower, upper]: [f64; 2]) -> Self {
        let [mut lower, mut upper] = [lower, upper].map(|end| end.clamp(f64::MIN_POSITIVE, f64::MAX).log10());
        let lack = FEWEST_DECADES - (upper - lower);
        if lack > 0.0 {
            (lower, upper) = (lower - 0.5 * lack, upper + 0.5 * lack);
        }
        let mut axis =
            Self { name: name.into(), ticks: Vec::new(), minor: Vec::new(), logarithmic: true, lower, upper };
        let decades = upper - lower;
        let stride = round_step((decades / LABELLED_DECADES).max(1.0)).ceil();
        let (first, last) = ((lower / stride).ceil() as i32, (upper / stride).floor() as i32);
        axis.ticks = (first..=last).map(|k| axis.decade_tick(1, k * stride as i32)).collect();
        let between = |digits: std::ops::Range<u32>, each: usize| -> Vec<Tick> {
            let powers = lower.floor() as i32..=upper.floor() as i32;
            let all = powers.flat_map(|power| digits.clone().step_by(each).map(move |digit| (digit, power)));
            all.map(|(digit, power)| axis.decade_tick(digit, power))
                .filter(|tick| (0.0..=1.0).contains(&tick.share))
                .collect()
        };
        // 2 and 5 help where there is hardly a power of ten.
        let labelled = if axis.ticks.len() < 2 { between(2..6, 3) } else { Vec::new() };
        let minor = if decades <= LABELLED_DECADES { between(2..10, 1) } else { Vec::new() };
        axis.ticks.extend(labelled);
        axis.minor = minor.iter().map(|tick| tick.share).collect();
        axis
    }

    /// Puts the ticks at these places instead, with these labels.
    pub fn with_ticks(mut self, ticks: impl IntoIterator<Item = (f64, String)>) -> Self {
        self.ticks =
            ticks.into_iter().map(|(value, label)| Tick { share: self.share(value), label }).collect();
        self.minor.clear();
        self
    }

    /// Where `value` lies: 0 at the lower end, 1 at the upper, NaN for what a logarithm does not know.
    pub fn share(&self, value: f64) -> f64 {
        let position = match self.logarithmic {
            true if value > 0.0 => value.log10(),
            true => f64::NAN,
            false => value.clamp(-LARGEST, LARGEST),
        };
        (position - self.lower) / (self.upper - self.lower)
    }

    /// How places become values.
    pub fn scale(&self) -> Scale {
        Scale { logarithmic: self.logarithmic, lower: self.lower, upper: self.upper }
    }

    /// The values at the two ends.
    pub fn ends(&self) -> [f64; 2] {
        let end = |position: f64| {
            if self.logarithmic { 10f64.powf(position) } else { position }
        };
        [end(self.lower), end(self.upper)]
    }

    /// How many units (linear) or decades (logarithmic) the axis spans.
    pub fn span(&self) -> f64 {
        self.upper - self.lower
    }

    fn decade_tick(&self, digit: u32, power: i32) -> Tick {
        let position = f64::from(power) + f64::from(digit).log10();
        let label = match digit {
            1 => format!("10{}", superscript(power)),
            _ => format!("{digit}·10{}", superscript(power)),
        };
        Tick { share: (position - self.lower) / (self.upper - self.lower), label }
    }
}

/// The smallest and the largest finite value; [0, 1] where there is none.
pub fn extent(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let mut ends: Option<[f64; 2]> = None;
    for value in values.into_iter().filter(|value| value.is_finite()) {
        let [low, high] = ends.unwrap_or([value, value]);
        ends = Some([low.min(value), high.max(value)]);
    }
    ends.unwrap_or([0.0, 1.0])
}

/// As [`extent`], of the positive values, with a margin for a logarithmic axis; [0.1, 1] where there is none.
pub fn positive_extent(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let mut positive = values.into_iter().filter(|value| *value > 0.0 && value.is_finite()).peekable();
    if positive.peek().is_none() {
        return [0.1, 1.0];
    }
    let [low, high] = extent(positive);
    let margin = 0.04 * (high.log10() - low.log10());
    let shift = |value: f64, by: f64| 10f64.powf(value.log10() + by);
    [shift(low, -margin).max(f64::MIN_POSITIVE), shift(high, margin).min(f64::MAX)]
}

/// An interval that is wide enough to be divided.
fn widened(lower: f64, upper: f64) -> (f64, f64) {
    let scale = lower.abs().max(upper.abs());
    // Below this the ticks would not be different numbers.
    if upper - lower > 1e-12 * scale && scale > 1e-290 {
        return (lower, upper);
    }
    if scale > 1e-290 { (lower - 0.5 * scale, upper + 0.5 * scale) } else { (0.0, 1.0) }
}

/// 1, 2 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powi(exponent(step));
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= step * 0.999_999).unwrap_or(10.0);
    digit * power
}
