//! Densities over the plane: heat maps side by side on one colour scale.

use super::axes::Axis;
use super::axes::extent;
use super::canvas::{Canvas, HPos, Pen, Picture, Point, TEXT, VPos, WIDTH, paint, text_width};
use super::frame::{FOOT, Frame, LINE, MARGIN};
use super::palette::{INK, WHITE, heat};
use crate::study::figure::PlanePlot;

/// Width of the colour scale, and the space around it.
const SCALE_WIDTH: f64 = 14.0;
const SPACE: f64 = 14.0;
/// Colours that a value can have; neighbours of one colour are drawn as one rectangle.
const SHADES: f64 = 128.0;
/// Share of an axis beyond which a label reaches over its end.
const RIM: f64 = 0.96;

pub fn draw(plot: &PlanePlot) -> Picture {
    let top = extent(plot.panels.iter().flat_map(|(_, values)| values.iter().copied()).chain([0.0]))[1];
    let scale = Axis::linear("density", [0.0, top], 4.0);
    let scale_labels = scale.ticks.iter().map(|tick| text_width(&tick.label, TEXT)).fold(0.0, f64::max);
    let first = axes(plot, 0);
    let y_labels = first.1.ticks.iter().map(|tick| text_width(&tick.label, TEXT)).fold(0.0, f64::max);

    let left = MARGIN + LINE + y_labels + 8.0;
    let right = WIDTH - MARGIN - LINE - scale_labels - 8.0 - SCALE_WIDTH - SPACE;
    let count = plot.panels.len().max(1);
    let width = (right - left - SPACE * (count - 1) as f64) / count as f64;
    let [across, up] = [0, 1].map(|axis| plot.upper[axis] - plot.lower[axis]);
    // The plane's own proportions, unless they are extreme.
    let flattest = if count > 2 { 0.9 } else { 0.6 };
    let ratio = if (up / across).is_finite() { (up / across).clamp(flattest, 1.5) } else { 1.0 };
    let upper = MARGIN + LINE + 2.0;
    let lower = upper + width * ratio;
    let height = (lower + FOOT).ceil();

    paint(height, |canvas| {
        for (number, (name, values)) in plot.panels.iter().enumerate() {
            let (x, y) = axes(plot, number);
            let start = left + number as f64 * (width + SPACE);
            let frame = Frame { left: start, top: upper, right: start + width, bottom: lower, x, y };
            draw_cells(canvas, &frame, plot.bins, values, top);
            frame.draw_front(canvas);
            canvas.text(name, (start + 0.5 * width, upper - 6.0), HPos::Center, VPos::Bottom, TEXT);
        }
        let start = left + count as f64 * (width + SPACE);
        draw_scale(canvas, &scale, top, (start, upper), (start + SCALE_WIDTH, lower));
    })
}

/// The axes of a panel; only the first has labels on its vertical one.
fn axes(plot: &PlanePlot, number: usize) -> (Axis, Axis) {
    let [mut x, mut y] = [0, 1].map(|axis| {
        Axis::linear(
            plot.axes[axis],
            [plot.lower[axis], plot.upper[axis]].map(|end| if end.is_finite() { end } else { 0.0 }),
            4.0,
        )
    });
    // At the end of a panel it would run into that at the beginning of the next one.
    if number + 1 < plot.panels.len() {
        x.ticks.iter_mut().filter(|tick| tick.share > RIM).for_each(|tick| tick.label.clear());
    }
    if number > 0 {
        y.name.clear();
        y.minor = std::mem::take(&mut y.ticks).iter().map(|tick| tick.share).collect();
    }
    (x, y)
}

fn shade(value: f64, top: f64) -> Option<u32> {
    let share = value / top;
    share.is_finite().then(|| (share.clamp(0.0, 1.0) * (SHADES - 1.0)).round() as u32)
}

fn draw_cells(canvas: &mut Canvas, frame: &Frame, [columns, rows]: [usize; 2], values: &[f64], top: f64) {
    // A cell reaches under its neighbours to the right and above, which are painted later: paper must not
    // shine through their smoothed edges.
    let width = (frame.right - frame.left) / columns as f64;
    let height = (frame.bottom - frame.top) / rows as f64;
    for (row, cells) in values.chunks(columns.max(1)).take(rows).enumerate() {
        let bottom = frame.bottom - row as f64 * height;
        let shades: Vec<Option<u32>> = cells.iter().map(|value| shade(*value, top)).collect();
        let mut column = 0;
        for run in shades.chunk_by(|a, b| a == b) {
            let (start, end) = (column, column + run.len());
            column = end;
            let color = run[0].map_or(WHITE, |shade| heat(f64::from(shade) / (SHADES - 1.0)));
            let right = (frame.left + (end + 1) as f64 * width).min(frame.right);
            let top = (bottom - 2.0 * height).max(frame.top);
            canvas.rectangle(
                (frame.left + start as f64 * width, bottom),
                (right, top),
                Pen::fill(color, 1.0),
            );
        }
    }
}

fn draw_scale(canvas: &mut Canvas, scale: &Axis, top: f64, (left, upper): Point, (right, lower): Point) {
    let bands = SHADES as usize;
    let height = (lower - upper) / SHADES;
    for band in 0..bands {
        let bottom = lower - band as f64 * height;
        let above = (bottom - 2.0 * height).max(upper);
        let color = if top > 0.0 { heat(band as f64 / (SHADES - 1.0)) } else { heat(0.0) };
        canvas.rectangle((left, bottom), (right, above), Pen::fill(color, 1.0));
    }
    canvas.path(
        &[(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)],
        Pen::line(INK, 1.2),
    );
    for tick in &scale.ticks {
        let y = lower - tick.share * (lower - upper);
        canvas.path(&[(right, y), (right + 4.0, y)], Pen::line(INK, 1.2));
        canvas.text(&tick.label, (right + 8.0, y), HPos::Left, VPos::Center, TEXT);
    }
    canvas.upward_text(&scale.name, (WIDTH - MARGIN - 0.5 * TEXT, 0.5 * (upper + lower)), TEXT);
}
