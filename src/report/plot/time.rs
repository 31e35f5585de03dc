//! Lines over time.

use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::palette::line_color;
use crate::study::figure::TimePlot;

pub fn draw(plot: &TimePlot) -> Picture {
    let times = plot.lines.iter().flat_map(|(_, times, _)| times.iter().copied());
    let values = plot.lines.iter().flat_map(|(_, _, values)| values.iter().copied());
    let x = Axis::linear("time t", extent(times), 8.0);
    let y = if plot.logarithmic {
        Axis::logarithmic(&plot.quantity, positive_extent(values))
    } else {
        // Zero belongs to the picture of a quantity that has no logarithm.
        let [low, high] = extent(values.chain([0.0]));
        let margin = 0.05 * (high - low);
        Axis::linear(&plot.quantity, [if low < 0.0 { low - margin } else { low }, high + margin], 6.0)
    };
    // One line needs no legend: the axis says what it is.
    let names = if plot.lines.len() > 1 { &plot.lines[..] } else { &[] };
    let legend = Legend::new(
        names.iter().enumerate().map(|(index, line)| (Key::Line(pen(index)), line.0.clone())).collect(),
    );
    let frame = Frame::filling(legend.bottom(), x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        for (index, (_, times, values)) in plot.lines.iter().enumerate() {
            frame.draw_curve(canvas, times.iter().copied().zip(values.iter().copied()), pen(index));
        }
        frame.draw_front(canvas);
    })
}

/// Solid, then dashed, so that lines on top of each other both show.
fn pen(index: usize) -> Pen {
    if index.is_multiple_of(2) {
        Pen::line(line_color(index), 2.2)
    } else {
        Pen::dashed(line_color(index), 2.4)
    }
}
