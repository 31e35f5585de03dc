//! Bars, on a logarithmic axis: far tails of weights are what matters.

use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Pen, Picture, paint};
use super::frame::{Frame, MARGIN};
use super::palette::{WHITE, line_color};
use crate::study::figure::HistogramPlot;

pub fn draw(plot: &HistogramPlot) -> Picture {
    let ends = positive_extent(plot.shares.iter().copied());
    let x = Axis::linear(&plot.quantity, extent(plot.edges.iter().copied()), 8.0);
    let y = Axis::logarithmic("share of the particles", ends);
    let frame = Frame::filling(MARGIN, x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        for (ends, share) in plot.edges.windows(2).zip(&plot.shares) {
            if let (Some(a), Some(b)) = (frame.inside(ends[0], *share), frame.inside(ends[1], *share)) {
                let a = (a.0, frame.bottom);
                canvas.rectangle(a, b, Pen::fill(line_color(0), 0.75));
                canvas.path(&[a, (a.0, b.1), b, (b.0, a.1)], Pen::line(WHITE, 0.8));
            }
        }
        frame.draw_front(canvas);
    })
}
