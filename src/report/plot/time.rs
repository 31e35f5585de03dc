//! Lines over time.

use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::palette::line_color;
use crate::study::figure::TimePlot;

/// Shares of the time at whose beginning values may leave the picture.
const BEGINNINGS: [f64; 3] = [0.06, 0.15, 0.3];
/// They do if they span so many decades, and of all decades a share that is larger than that of the time by this.
const TOWERING: f64 = 3.0;
const STEEP: f64 = 0.3;
/// One line alone reaches so many times above all others in the picture.
const ABOVE: f64 = 1e3;
/// Decades that a logarithmic axis shows, at most: what is smaller is rounding.
const DECADES: i32 = 16;

pub fn draw(plot: &TimePlot) -> Picture {
    let times = plot.lines.iter().flat_map(|(_, times, _)| times.iter().copied());
    let [start, end] = extent(times);
    let [low, high] = window(plot, [start, end]);
    let x = Axis::linear("time t", [start, end], 8.0);
    let y = if plot.logarithmic {
        let low = low.max(high * 10f64.powi(-DECADES));
        Axis::logarithmic(&plot.quantity, positive_extent([low, high]))
    } else {
        let margin = 0.05 * (high - low);
        Axis::linear(&plot.quantity, [if low < 0.0 { low - margin } else { low }, high + margin], 6.0)
    };
    let entry = |(index, (name, _, values)): (usize, &(String, Vec<f64>, Vec<f64>))| {
        let peak = peak(values);
        let shown = values.iter().any(|value| *value <= y.ends()[1] && *value >= y.ends()[0]);
        // How large what leaves the picture is, is often that of the box: of χ² at the start.
        let cut = match peak > 1.1 * y.ends()[1] {
            true if shown => " (begins above)",
            true => " (above the picture)",
            false => "",
        };
        (Key::Line(pen(plot, index)), name.clone(), format!("{name}{cut}"))
    };
    // The second of a pair has the colour of the first, and the caption says whose it is.
    let step = if plot.pairs { 2 } else { 1 };
    let entries: Vec<_> = plot.lines.iter().enumerate().step_by(step).map(entry).collect();
    // One line needs no legend: the axis says what it is.
    let needed = entries.len() > 1 || entries.iter().any(|(_, name, text)| name != text);
    let legend = Legend::new(if needed { entries } else { Vec::new() });
    let frame = Frame::filling(legend.bottom(), x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        for (index, (name, times, values)) in plot.lines.iter().enumerate() {
            let points = times.iter().copied().zip(values.iter().copied());
            canvas.series(name, |canvas| frame.draw_curve(canvas, points, pen(plot, index)));
        }
        frame.draw_front(canvas);
    })
}

/// The values that the picture shows: all, but for a beginning that would flatten the rest. A linear axis has 0.
fn window(plot: &TimePlot, [start, end]: [f64; 2]) -> [f64; 2] {
    let points = || plot.lines.iter().flat_map(|(_, times, values)| times.iter().zip(values));
    let shown = |value: &f64| value.is_finite() && (!plot.logarithmic || *value > 0.0);
    let [low, high] = extent(points().map(|(_, value)| *value).filter(shown));
    // What is less is rounding, and no decade to count.
    let floor = if low > 0.0 { low.max(high * 10f64.powi(-DECADES)) } else { high * 10f64.powi(-DECADES) };
    let mut top = if plot.logarithmic { high.min(ABOVE * second_peak(plot, high)) } else { high };
    for share in BEGINNINGS {
        let early = start + share * (end - start);
        let late = extent(points().filter(|(t, _)| **t > early).map(|(_, value)| *value).filter(shown))[1];
        let decades = |from: f64, to: f64| (to / from).log10();
        if late > 0.0 && decades(late, top) > TOWERING.max((share + STEEP) * decades(floor.min(late), top)) {
            top = 2.0 * late;
        }
    }
    if plot.logarithmic { [low, top] } else { [low.min(0.0), top.max(0.0)] }
}

/// The largest value of the second largest line; that of all if it is alone.
fn second_peak(plot: &TimePlot, high: f64) -> f64 {
    let mut peaks: Vec<f64> = plot.lines.iter().map(|(_, _, values)| peak(values)).collect();
    peaks.sort_by(|a, b| b.total_cmp(a));
    peaks.get(1).copied().filter(|second| *second > 0.0).unwrap_or(high)
}

/// The largest finite value, at least 0.
fn peak(values: &[f64]) -> f64 {
    values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// Solid, then dashed, so that lines on top of each other both show.
fn pen(plot: &TimePlot, index: usize) -> Pen {
    let color = line_color(if plot.pairs { index / 2 } else { index });
    if index.is_multiple_of(2) { Pen::line(color, 2.2) } else { Pen::dashed(color, 2.4) }
}
