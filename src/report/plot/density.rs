//! Densities over x: curves, and the particles' histogram with its Monte-Carlo band.

use super::NORMAL_95;
use super::axes::{Axis, extent, positive_extent};
use super::canvas::{Pen, Picture, paint};
use super::frame::Frame;
use super::legend::{Key, Legend};
use super::palette::{GRAY, line_color};
use crate::study::figure::{BandHistogram, DensityPlot};

/// What is lower than this share of the top everywhere is left out at both ends.
const VISIBLE: f64 = 2e-3;
/// A curve that towers this many times above the grid and the particles is cut off.
const TOWERING: f64 = 2.5;
/// Colour of the histogram, apart from those of the curves.
const HISTOGRAM_COLOR: usize = 4;

/// A logarithmic vertical axis shows so many decades.
const DECADES: f64 = 1e-8;

pub fn draw(plot: &DensityPlot) -> Picture {
    let top = top(plot);
    let x = Axis::linear("x", window(plot, top), 8.0);
    let y = if plot.logarithmic {
        Axis::logarithmic("density", positive_extent([DECADES * top, 1.5 * top]))
    } else {
        Axis::linear("density", [0.0, 1.06 * top], 6.0)
    };
    let legend = Legend::new(entries(plot, top));
    let frame = Frame::filling(legend.bottom(), x, y);
    paint(frame.picture_height(), |canvas| {
        frame.draw_behind(canvas);
        legend.draw(canvas);
        if let Some(histogram) = &plot.histogram {
            canvas.series(histogram.of, |canvas| draw_histogram(canvas, &frame, histogram));
        }
        // The first curve is the one that matters: it lies on top.
        for (index, (name, values)) in plot.curves.iter().enumerate().rev() {
            let points = plot.x.iter().copied().zip(values.iter().copied());
            canvas.series(name, |canvas| frame.draw_curve(canvas, points, pen(index)));
        }
        frame.draw_front(canvas);
    })
}

fn pen(index: usize) -> Pen {
    match index {
        0 => Pen::line(line_color(0), 2.2),
        1 => Pen::dashed(line_color(1), 2.0),
        2 => Pen { dash: Some((2.5, 4.0)), ..Pen::line(GRAY, 2.0) },
        _ => Pen::line(line_color(index), 1.6),
    }
}

fn entries(plot: &DensityPlot, top: f64) -> Vec<(Key, String, String)> {
    let curves = plot.curves.iter().enumerate().map(|(index, (name, values))| {
        let peak = peak(values);
        let cut = if peak > 1.06 * top { format!(" (cut off, peak {peak:.3})") } else { String::new() };
        (Key::Line(pen(index)), name.clone(), format!("{name}{cut}"))
    });
    let particles = plot.histogram.as_ref().map(|histogram| {
        let key = Key::Band(Pen::line(line_color(HISTOGRAM_COLOR), 1.6));
        (key, histogram.of.to_string(), format!("{} ± 1.96 s.e.", histogram.of))
    });
    curves.chain(particles).collect()
}

fn peak(values: &[f64]) -> f64 {
    extent(values.iter().copied().chain([0.0]))[1]
}

/// Top of the picture: that of the first curve and the histogram, or of another curve that is not too tall.
fn top(plot: &DensityPlot) -> f64 {
    let band = plot.histogram.iter().flat_map(|histogram| {
        histogram
            .density
            .iter()
            .zip(&histogram.stderr)
            .map(|(density, stderr)| density + NORMAL_95 * stderr.max(0.0))
    });
    let leading = peak(
        &band.chain(plot.curves.iter().take(1).flat_map(|(_, values)| values.clone())).collect::<Vec<_>>(),
    );
    let others = plot.curves.iter().skip(1).map(|(_, values)| peak(values));
    others.filter(|peak| leading == 0.0 || *peak <= TOWERING * leading).fold(leading, f64::max)
}

/// The part of the line where something can be seen.
fn window(plot: &DensityPlot, top: f64) -> [f64; 2] {
    let curves =
        plot.curves.iter().flat_map(|(_, values)| plot.x.iter().copied().zip(values.iter().copied()));
    let bins = plot.histogram.iter().flat_map(|histogram| {
        histogram
            .edges
            .windows(2)
            .zip(&histogram.density)
            .flat_map(|(ends, density)| ends.iter().map(move |x| (*x, *density)))
    });
    let all: Vec<(f64, f64)> = curves.chain(bins).collect();
    let whole = extent(all.iter().map(|(x, _)| *x));
    if top <= 0.0 {
        return whole;
    }
    let [low, high] = extent(all.iter().filter(|(_, density)| *density >= VISIBLE * top).map(|(x, _)| *x));
    let margin = 0.04 * (high - low);
    [(low - margin).max(whole[0]), (high + margin).min(whole[1])]
}

fn draw_histogram(canvas: &mut super::canvas::Canvas, frame: &Frame, histogram: &BandHistogram) {
    let color = line_color(HISTOGRAM_COLOR);
    let bins = histogram.edges.windows(2).zip(&histogram.density).zip(&histogram.stderr);
    for ((ends, density), stderr) in bins.clone() {
        let reach = NORMAL_95 * stderr;
        // Bands are kept in the frame; what leaves it is not drawn beyond the rim.
        let [bottom, top] = frame.y.ends();
        let corners = (
            frame.inside(ends[0], (density - reach).clamp(bottom, top)),
            frame.inside(ends[1], (density + reach).clamp(bottom, top)),
        );
        if let (Some(low), Some(high)) = corners {
            canvas.rectangle(low, high, Pen::fill(color, 0.3));
        }
    }
    let steps = bins.flat_map(|((ends, density), _)| [(ends[0], *density), (ends[1], *density)]);
    frame.draw_curve(canvas, steps, Pen::line(color, 1.4));
}
