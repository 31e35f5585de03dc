//! Positive quantities on logarithmic axes, with the power laws fitted to them.

use super::axes::{Axis, positive_extent};
use super::canvas::{Canvas, Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::marker::{Marker, Shape};
use super::orders::middle;
use super::palette::line_color;
use crate::study::figure::{PowerLine, PowerPlot};

/// Points along a fitted line.
const ALONG: u32 = 24;
/// The axes reach farther than the points by this factor, so that no mark touches the frame.
const ROOM: f64 = 1.25;

pub fn draw(plot: &PowerPlot) -> Picture {
    let key = |(index, line): (usize, &PowerLine)| {
        (Key::Marker(marker(index), line_color(index)), line.label.clone(), line.label.clone())
    };
    let legend = Legend::new(plot.lines.iter().enumerate().map(key).collect());
    let [x, y] = [|line: &PowerLine| line.x.clone(), |line: &PowerLine| line.y.clone()]
        .map(|values| positive_extent(plot.lines.iter().flat_map(values)))
        .map(|[low, high]| [low / ROOM, high * ROOM]);
    let axis = |name: &str, ends| Axis::logarithmic(name, ends);
    let frame = Frame::filling(legend.bottom(), axis(&plot.x_name, x), axis(&plot.y_name, y));
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        for (index, line) in plot.lines.iter().enumerate() {
            canvas.series(&line.label, |canvas| draw_line(canvas, &frame, (index, line)));
        }
        frame.draw_front(canvas);
    })
}

fn draw_line(canvas: &mut Canvas, frame: &Frame, (index, line): (usize, &PowerLine)) {
    let color = line_color(index);
    let points = || line.x.iter().copied().zip(line.y.iter().copied());
    match line.fit {
        Some(fit) => {
            let [start, end] = positive_extent(line.x.iter().copied());
            let place = |k| start * (end / start).powf(f64::from(k) / f64::from(ALONG));
            let along: Vec<f64> = (0..=ALONG).map(place).collect();
            frame.draw_band(canvas, &fit, &along, middle(&line.x), color);
            frame.draw_curve(canvas, along.iter().map(|&x| (x, fit.at(x))), Pen::dashed(color, 1.8));
        }
        None => frame.draw_curve(canvas, points(), Pen::line(color, 1.8)),
    }
    for (x, y) in points() {
        if let Some(center) = frame.inside(x, y) {
            marker(index).draw(canvas, center, color, 1.0);
        }
    }
}

fn marker(index: usize) -> Marker {
    Marker { shape: Shape::ALL[index % Shape::ALL.len()], hollow: false }
}
