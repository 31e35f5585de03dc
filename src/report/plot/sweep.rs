//! Quantities against a parameter: lines, and marks with their bars.

use super::NORMAL_95;
use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Canvas, Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::marker::{Marker, Shape};
use super::palette::{COLORS, GRAY, line_color};
use crate::study::figure::{SweepLine, SweepLook, SweepPlot, SweepScale};

/// A logarithmic vertical axis reaches farther than the values by this factor.
const ROOM: f64 = 1.4;
/// Other axes by this share of their length.
const MARGIN: f64 = 0.04;

pub fn draw(plot: &SweepPlot) -> Picture {
    let key = |line: &SweepLine| {
        let key = match marker(line) {
            None => Key::Line(pen(line)),
            Some(marker) => Key::Marker(marker, line_color(line.group)),
        };
        (key, line.label.clone(), line.label.clone())
    };
    let legend = Legend::new(plot.lines.iter().map(key).collect());
    let [left, right] = extent(plot.lines.iter().flat_map(|line| line.x.iter().copied()));
    let margin = MARGIN * (right - left);
    let values = plot.lines.iter().flat_map(|line| line.y.iter().copied());
    let x = match &plot.scale {
        SweepScale::Linear => Axis::linear(&plot.x_name, [left - margin, right + margin], 8.0),
        SweepScale::Logarithmic => {
            let [low, high] = positive_extent(plot.lines.iter().flat_map(|line| line.x.iter().copied()));
            Axis::logarithmic(&plot.x_name, [low / ROOM, high * ROOM])
        }
        SweepScale::Named(names) => {
            let named = (1..).map(f64::from).zip(names.iter().cloned());
            Axis::linear(&plot.x_name, [0.5, names.len() as f64 + 0.5], 8.0).with_ticks(named)
        }
    };
    let y = if plot.logarithmic {
        let [low, high] = positive_extent(values);
        Axis::logarithmic(&plot.y_name, [low / ROOM, high * ROOM])
    } else {
        let bars = plot.lines.iter().flat_map(|line| {
            line.y
                .iter()
                .zip(&line.stderr)
                .flat_map(|(y, error)| [y - NORMAL_95 * error, y + NORMAL_95 * error])
        });
        let [low, high] = extent(values.chain(bars).chain(plot.zero.then_some(0.0)));
        let room = MARGIN * (high - low);
        Axis::linear(&plot.y_name, [low - room, high + room], 6.0)
    };
    let frame = Frame::filling(legend.bottom(), x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        if plot.zero {
            let [low, high] = frame.x.ends();
            frame.draw_curve(canvas, [(low, 0.0), (high, 0.0)], Pen::line(GRAY, 1.4));
        }
        for line in &plot.lines {
            canvas.series(&line.label, |canvas| match marker(line) {
                None => {
                    frame.draw_curve(canvas, line.x.iter().copied().zip(line.y.iter().copied()), pen(line));
                }
                Some(marker) => draw_marks(canvas, &frame, line, marker),
            });
        }
        frame.draw_front(canvas);
    })
}

fn draw_marks(canvas: &mut Canvas, frame: &Frame, line: &SweepLine, marker: Marker) {
    let color = line_color(line.group);
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
            marker.draw(canvas, center, color, 1.0);
        }
    }
}

fn pen(line: &SweepLine) -> Pen {
    let color = line_color(line.group);
    if line.look == SweepLook::Dashed { Pen::dashed(color, 1.8) } else { Pen::line(color, 1.8) }
}

/// None for lines.
fn marker(line: &SweepLine) -> Option<Marker> {
    match line.look {
        SweepLook::Line | SweepLook::Dashed => None,
        SweepLook::Hollow => Some(Marker { shape: Shape::ALL[1], hollow: true }),
        // Groups of one colour have marks of their own.
        SweepLook::Filled => {
            Some(Marker { shape: Shape::ALL[line.group / COLORS % Shape::ALL.len()], hollow: false })
        }
    }
}
