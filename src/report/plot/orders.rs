//! |error| against step size on logarithmic axes: the convergence lines of all methods on one picture.

use super::axes::{Axis, positive_extent};
use super::canvas::{Canvas, Pen, Picture, TEXT, WIDTH, paint, text_width};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::marker::{Marker, Shape};
use super::palette::{Color, line_color};
use super::{NORMAL_95, slopes};
use crate::format;
use crate::statistics::Interval;
use crate::study::figure::{OrderFit, OrderLine, OrderPlot};

/// An error this small against its standard error is drawn at the rim: its logarithm would only stretch
/// the axis.
const DROWNED: f64 = 0.1;
/// Opacity of points that were not fitted.
const PALE: f64 = 0.35;

pub fn draw(plot: &OrderPlot) -> Picture {
    let looks = looks(&plot.lines);
    let legend = Legend::new(entries(plot, &looks));
    let frame = Frame::filling(legend.bottom(), step_axis(plot), error_axis(plot));
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        slopes::draw(canvas, &frame, plot);
        let lines = || plot.lines.iter().zip(&looks);
        for (line, look) in lines() {
            canvas.series(&line.label, |canvas| draw_fit(canvas, &frame, line, look.color));
        }
        // Large marks first, so that a disc on the same place leaves both visible.
        for (line, look) in lines().rev() {
            canvas.series(&line.label, |canvas| draw_points(canvas, &frame, line, *look));
        }
        frame.draw_front(canvas);
    })
}

/// How a line is drawn: the scheme has the colour, the method the shape.
#[derive(Clone, Copy)]
struct Look {
    color: Color,
    shape: Shape,
}

/// Labels are "scheme, method": methods of one scheme share a colour.
fn looks(lines: &[OrderLine]) -> Vec<Look> {
    let mut schemes: Vec<&str> = Vec::new();
    let mut methods: Vec<&str> = Vec::new();
    let mut looks = Vec::new();
    for line in lines {
        let (scheme, method) = line.label.split_once(", ").unwrap_or((&line.label, ""));
        looks.push(Look {
            color: line_color(place(&mut schemes, scheme)),
            shape: Shape::ALL[place(&mut methods, method) % Shape::ALL.len()],
        });
    }
    looks
}

/// Place of `name` among the known ones, which it joins if it is new.
fn place<'a>(known: &mut Vec<&'a str>, name: &'a str) -> usize {
    known.iter().position(|other| *other == name).unwrap_or_else(|| {
        known.push(name);
        known.len() - 1
    })
}

fn points(line: &OrderLine) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
    line.points.iter().map(|point| (point.step, point.error, point.stderr.max(0.0)))
}

fn entries(plot: &OrderPlot, looks: &[Look]) -> Vec<(Key, String, String)> {
    let mut entries: Vec<(Key, String, String)> = plot
        .lines
        .iter()
        .zip(looks)
        .map(|(line, look)| {
            let order = line.fit.map_or_else(|| "no fit".into(), |fit| format!("order {}", order(&fit)));
            (
                Key::Marker(Marker { shape: look.shape, hollow: false }, look.color),
                line.label.clone(),
                format!("{}: {order}", line.label),
            )
        })
        .collect();
    let all = || plot.lines.iter().flat_map(points);
    let mut remarks = Vec::new();
    if all().any(|(_, error, _)| error < 0.0) {
        remarks.push("hollow: negative error");
    }
    if plot.lines.iter().any(|line| line.fit.is_some() && line.fitted.len() < line.points.len()) {
        remarks.push("pale: not fitted");
    }
    if all().any(|(_, _, stderr)| stderr > 0.0) {
        remarks.push("bars: ± 1.96 s.e.");
    }
    if all().any(|(_, error, stderr)| drowned(error, stderr)) {
        remarks.push("▼: zero within noise or rounding");
    }
    if !remarks.is_empty() {
        entries.push((Key::Remark, String::new(), remarks.join(" · ")));
    }
    entries
}

/// The fitted order as the legend shows it.
fn order(fit: &OrderFit) -> String {
    // Predicted, not fitted.
    if fit.lower == fit.upper {
        return format::number(fit.order);
    }
    format::interval(&Interval { estimate: fit.order, lower: fit.lower, upper: fit.upper })
}

fn drowned(error: f64, stderr: f64) -> bool {
    error == 0.0 || error.abs() < DROWNED * stderr
}

fn error_axis(plot: &OrderPlot) -> Axis {
    let values = plot.lines.iter().flat_map(points).flat_map(|(_, error, stderr)| {
        let shown = if drowned(error, stderr) { DROWNED * stderr } else { error.abs() };
        [shown, error.abs() + NORMAL_95 * stderr]
    });
    Axis::logarithmic("|error|", padded(positive_extent(values), 1.15))
}

/// An axis whose ticks are the steps themselves, where they can be labelled.
fn step_axis(plot: &OrderPlot) -> Axis {
    let steps = || plot.lines.iter().flat_map(points).map(|(step, ..)| step);
    let axis = Axis::logarithmic(&plot.step_name, padded(positive_extent(steps()), 1.25));
    let mut distinct: Vec<f64> = steps().filter(|step| axis.share(*step).is_finite()).collect();
    distinct.sort_by(|a, b| b.total_cmp(a));
    distinct.dedup_by(|a, b| (*a - *b).abs() <= 1e-9 * b.abs());
    let Some(labels) = format::whole_shares(&distinct).filter(|labels| labels.len() > 1) else {
        return axis;
    };
    let room = WIDTH - 120.0;
    let mut kept: Vec<(f64, String)> = Vec::new();
    let mut free_to = f64::INFINITY;
    for (step, label) in distinct.into_iter().zip(labels) {
        let (center, half) = (axis.share(step) * room, 0.5 * text_width(&label, TEXT));
        if center + half + 6.0 < free_to {
            free_to = center - half;
            kept.push((step, label));
        }
    }
    axis.with_ticks(kept)
}

fn padded([low, high]: [f64; 2], factor: f64) -> [f64; 2] {
    [low / factor, high * factor]
}

/// The fitted power law over all steps, and the band of its slope's 95 % interval about the middle of the
/// fitted steps.
fn draw_fit(canvas: &mut Canvas, frame: &Frame, line: &OrderLine, color: Color) {
    let Some(fit) = line.fit else { return };
    let steps: Vec<f64> = line.points.iter().map(|point| point.step).collect();
    let fitted = steps.get(line.fitted.clone()).unwrap_or_default();
    let [start, end] = positive_extent(steps.iter().copied());
    let along: Vec<f64> = (0..=24).map(|k| start * (end / start).powf(f64::from(k) / 24.0)).collect();
    frame.draw_band(canvas, &fit, &along, middle(fitted), color);
    let faint = Pen { opacity: 0.5, ..Pen::line(color, 1.2) };
    frame.draw_curve(canvas, along.iter().map(|&step| (step, fit.at(step))), faint);
    frame.draw_curve(canvas, fitted.iter().map(|&step| (step, fit.at(step))), Pen::line(color, 1.8));
}

/// The geometric mean of positive steps.
pub fn middle(steps: &[f64]) -> f64 {
    let logs: Vec<f64> = steps.iter().filter(|step| **step > 0.0).map(|step| step.ln()).collect();
    (logs.iter().sum::<f64>() / logs.len() as f64).exp()
}

fn draw_points(canvas: &mut Canvas, frame: &Frame, line: &OrderLine, look: Look) {
    let [low, high] = frame.y.ends();
    for (index, (step, error, stderr)) in points(line).enumerate() {
        let opacity = if line.fit.is_none() || line.fitted.contains(&index) { 1.0 } else { PALE };
        let ends = [error.abs() - NORMAL_95 * stderr, error.abs() + NORMAL_95 * stderr];
        let pen = Pen { opacity, ..Pen::line(look.color, 1.5) };
        if let [Some(a), Some(b)] = ends.map(|end| frame.inside(step, end.clamp(low, high)))
            && stderr > 0.0
        {
            canvas.path(&[a, b], pen);
            for (end, (x, y)) in ends.iter().zip([a, b]) {
                if *end > low {
                    canvas.path(&[(x - 4.0, y), (x + 4.0, y)], pen);
                }
            }
        }
        if drowned(error, stderr) {
            if let Some((x, y)) = frame.inside(step, low) {
                Marker { shape: Shape::Below, hollow: false }.draw(canvas, (x, y - 8.0), look.color, opacity);
            }
        } else if let Some(center) = frame.inside(step, error.abs()) {
            Marker { shape: look.shape, hollow: error < 0.0 }.draw(canvas, center, look.color, opacity);
        }
    }
}
