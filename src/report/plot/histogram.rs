//! Bars.

use super::axes::{Axis, extent};
use super::canvas::{Pen, Picture, paint};
use super::frame::{Frame, MARGIN};
use super::palette::{WHITE, line_color};
use crate::study::figure::HistogramPlot;

pub fn draw(plot: &HistogramPlot) -> Picture {
    let [low, high] = extent(plot.shares.iter().copied().chain([0.0]));
    let x = Axis::linear(&plot.quantity, extent(plot.edges.iter().copied()), 8.0);
    let y = Axis::linear("share of the particles", [low, high + 0.05 * (high - low)], 6.0);
    let frame = Frame::filling(MARGIN, x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        for (ends, share) in plot.edges.windows(2).zip(&plot.shares) {
            if let (Some(a), Some(b)) = (frame.inside(ends[0], 0.0), frame.inside(ends[1], *share)) {
                canvas.rectangle(a, b, Pen::fill(line_color(0), 0.75));
                canvas.path(&[a, (a.0, b.1), b, (b.0, a.1)], Pen::line(WHITE, 0.8));
            }
        }
        frame.draw_front(canvas);
    })
}
