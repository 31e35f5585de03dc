//! Slopes of whole orders, to compare convergence lines with.

use super::canvas::{Canvas, HPos, Pen, TEXT, VPos};
use super::frame::Frame;
use super::palette::GRAY;
use crate::format;
use crate::study::figure::OrderPlot;

/// Share of the frame's width that the fan takes, and of its height at most.
const WIDTH: f64 = 0.16;
const HEIGHT: f64 = 0.34;
/// Room for the labels at its right, and around it.
const LABELS: f64 = 34.0;
const SPACE: f64 = 14.0;

/// The slopes of the orders that were fitted, rounded, as a fan in a corner that the data leave free.
pub fn draw(canvas: &mut Canvas, frame: &Frame, plot: &OrderPlot) {
    let orders = whole_orders(plot);
    let Some(&steepest) = orders.last() else { return };
    let (width, height) = (frame.right - frame.left, frame.bottom - frame.top);
    // Pixels upward per pixel to the right, for order 1.
    let unit = (height / frame.y.span()) / (width / frame.x.span());
    let run = (WIDTH * width).min(HEIGHT * height / (unit * f64::from(steepest)));
    let rise = run * unit * f64::from(steepest);

    // Convergence lines rise to the right: they leave the lower right corner free, or the upper left one.
    let corners = [
        (frame.right - run - LABELS - SPACE, frame.bottom - SPACE),
        (frame.left + SPACE, frame.top + rise + SPACE),
    ];
    let marks = marks(frame, plot);
    let free = |&&(x, y): &&(f64, f64)| {
        let across = x - SPACE..x + run + LABELS;
        let upright = y - rise - SPACE..y + SPACE;
        !marks.iter().any(|(a, b)| across.contains(a) && upright.contains(b))
    };
    let Some(&(x, y)) = corners.iter().find(free) else {
        return;
    };
    canvas.path(&[(x, y), (x + run, y)], Pen::line(GRAY, 1.0));
    for order in orders {
        let end = (x + run, y - run * unit * f64::from(order));
        canvas.path(&[(x, y), end], Pen::dashed(GRAY, 1.3));
        let label = if order == 1 { "h".to_string() } else { format!("h{}", format::superscript(order)) };
        canvas.text(&label, (end.0 + 5.0, end.1), HPos::Left, VPos::Center, TEXT);
    }
}

fn whole_orders(plot: &OrderPlot) -> Vec<i32> {
    let rounded = plot.lines.iter().filter_map(|line| line.fit).map(|fit| fit.order.round());
    let mut orders: Vec<i32> =
        rounded.filter(|order| (1.0..=8.0).contains(order)).map(|order| order as i32).collect();
    orders.sort_unstable();
    orders.dedup();
    orders
}

/// Where points and fits are drawn.
fn marks(frame: &Frame, plot: &OrderPlot) -> Vec<(f64, f64)> {
    let mut marks = Vec::new();
    for line in &plot.lines {
        for point in &line.points {
            let fitted = line.fit.map(|fit| fit.at(point.step));
            let values = [Some(point.error.abs()), fitted].into_iter().flatten();
            marks.extend(values.filter_map(|error| frame.place(point.step, error)));
        }
    }
    marks
}
