//! Positive quantities on a logarithmic axis against a parameter: lines, and marks with their bars.

use super::NORMAL_95;
use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Canvas, Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::marker::{Marker, Shape};
use super::palette::line_color;
use crate::study::figure::{SweepLine, SweepPlot};

/// The vertical axis reaches farther than the values by this factor.
const ROOM: f64 = 1.4;
/// The horizontal one by this share of its length.
const MARGIN: f64 = 0.04;

pub fn draw(plot: &SweepPlot) -> Picture {
    let key = |(index, line): (usize, &SweepLine)| {
        let key = match line.joined {
            true => Key::Line(pen(index)),
            false => Key::Marker(marker(index), line_color(index)),
        };
        (key, line.label.clone())
    };
    let legend = Legend::new(plot.lines.iter().enumerate().map(key).collect());
    let [left, right] = extent(plot.lines.iter().flat_map(|line| line.x.iter().copied()));
    let margin = MARGIN * (right - left);
    let [low, high] = positive_extent(plot.lines.iter().flat_map(|line| line.y.iter().copied()));
    let x = Axis::linear(&plot.x_name, [left - margin, right + margin], 8.0);
    let y = Axis::logarithmic(&plot.y_name, [low / ROOM, high * ROOM]);
    let frame = Frame::filling(legend.bottom(), x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        for (index, line) in plot.lines.iter().enumerate() {
            if line.joined {
                frame.draw_curve(canvas, line.x.iter().copied().zip(line.y.iter().copied()), pen(index));
            } else {
                draw_marks(canvas, &frame, line, index);
            }
        }
        frame.draw_front(canvas);
    })
}

fn draw_marks(canvas: &mut Canvas<'_>, frame: &Frame, line: &SweepLine, index: usize) {
    let color = line_color(index);
    let [low, high] = frame.y.ends();
    for (k, (&x, &y)) in line.x.iter().zip(&line.y).enumerate() {
        let reach = NORMAL_95 * line.stderr.get(k).copied().unwrap_or(0.0);
        let ends = [y - reach, y + reach].map(|end| frame.inside(x, end.clamp(low, high)));
        if let [Some(a), Some(b)] = ends
            && reach > 0.0
        {
            canvas.path(&[a, b], Pen::line(color, 1.5));
        }
        if let Some(center) = frame.inside(x, y) {
            marker(index).draw(canvas, center, color, 1.0);
        }
    }
}

fn pen(index: usize) -> Pen {
    Pen::line(line_color(index), 1.8)
}

fn marker(index: usize) -> Marker {
    Marker { shape: Shape::ALL[index % Shape::ALL.len()], hollow: false }
}
