//! The box in which data are drawn, with its axes around it.

use super::axes::Axis;
use super::canvas::{Canvas, HPos, Mark, Pen, Point, TEXT, VPos, WIDTH, text_width};
use super::palette::{Color, FAINT, INK};
use crate::study::figure::OrderFit;

/// Between a frame and the labels of its ticks.
const GAP: f64 = 8.0;
/// Height of a line of text.
pub const LINE: f64 = 1.35 * TEXT;
/// Between the paper's edge and anything.
pub const MARGIN: f64 = 12.0;
/// Height of a frame that fills a picture, whatever its legend needs.
const FRAME_HEIGHT: f64 = 340.0;
/// Below a frame: the labels of its ticks and the name of its axis.
pub const FOOT: f64 = GAP + 2.0 * LINE + 4.0;
/// Farther out than this many frames, places are moved in; keeps the arithmetic of clipping finite.
const FAR: f64 = 1e6;

/// A box with two axes.
pub struct Frame {
    /// Left end, in pixels.
    pub left: f64,
    /// Upper end.
    pub top: f64,
    /// Right end.
    pub right: f64,
    /// Lower end.
    pub bottom: f64,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
}

impl Frame {
    /// The frame that fills the width of a picture below `top`.
    pub fn filling(top: f64, x: Axis, y: Axis) -> Self {
        let widest = y.ticks.iter().map(|tick| text_width(&tick.label, TEXT)).fold(0.0, f64::max);
        // Half a label may stand out at the right.
        let right = WIDTH - MARGIN - 0.5 * x.ticks.last().map_or(0.0, |tick| text_width(&tick.label, TEXT));
        Self { left: MARGIN + LINE + widest + GAP, top, right, bottom: top + FRAME_HEIGHT, x, y }
    }

    /// Height of the picture around the frame.
    pub fn picture_height(&self) -> f64 {
        (self.bottom + FOOT).ceil()
    }

    /// Where (x, y) is drawn, also outside the frame; `None` for what has no place on these axes.
    pub fn place(&self, x: f64, y: f64) -> Option<Point> {
        let (x, y) = (self.x.share(x), self.y.share(y));
        (!x.is_nan() && !y.is_nan()).then(|| self.at(x.clamp(-FAR, FAR), y.clamp(-FAR, FAR)))
    }

    /// As [`Frame::place`], for places inside the frame only.
    pub fn inside(&self, x: f64, y: f64) -> Option<Point> {
        let rim = -1e-9..=1.0 + 1e-9;
        (rim.contains(&self.x.share(x)) && rim.contains(&self.y.share(y))).then(|| self.place(x, y)).flatten()
    }

    fn at(&self, x: f64, y: f64) -> Point {
        (self.left + x * (self.right - self.left), self.bottom - y * (self.bottom - self.top))
    }

    /// The faint lines behind the data.
    pub fn draw_behind(&self, canvas: &mut Canvas) {
        let corners = [self.left, self.top, self.right, self.bottom];
        // Which the script of a page finds the place of a pointer by.
        canvas.marked(Mark::frame(corners, &self.x, &self.y), |_| ());
        let pen = Pen::line(FAINT, 1.0);
        for tick in &self.x.ticks {
            canvas.path(&[self.at(tick.share, 0.0), self.at(tick.share, 1.0)], pen);
        }
        for tick in &self.y.ticks {
            canvas.path(&[self.at(0.0, tick.share), self.at(1.0, tick.share)], pen);
        }
    }

    /// The box, the ticks and their labels, and the names of the axes.
    pub fn draw_front(&self, canvas: &mut Canvas) {
        let Self { left, top, right, bottom, .. } = *self;
        canvas.path(
            &[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)],
            Pen::line(INK, 1.2),
        );
        self.draw_x_labels(canvas);
        for &share in &self.y.minor {
            let (x, y) = self.at(0.0, share);
            canvas.path(&[(x, y), (x + 3.5, y)], Pen::line(INK, 0.8));
        }
        for tick in &self.y.ticks {
            let (x, y) = self.at(0.0, tick.share);
            canvas.path(&[(x, y), (x + 6.0, y)], Pen::line(INK, 1.2));
            canvas.text(&tick.label, (x - GAP, y), HPos::Right, VPos::Center, TEXT);
        }
        canvas.upward_text(&self.y.name, (MARGIN + 0.5 * TEXT, 0.5 * (top + bottom)), TEXT);
    }

    /// Ticks, labels and name of the horizontal axis.
    pub fn draw_x_labels(&self, canvas: &mut Canvas) {
        for &share in &self.x.minor {
            let (x, y) = self.at(share, 0.0);
            canvas.path(&[(x, y), (x, y - 3.5)], Pen::line(INK, 0.8));
        }
        for tick in &self.x.ticks {
            let (x, y) = self.at(tick.share, 0.0);
            canvas.path(&[(x, y), (x, y - 6.0)], Pen::line(INK, 1.2));
            canvas.text(&tick.label, (x, y + GAP), HPos::Center, VPos::Top, TEXT);
        }
        let middle = 0.5 * (self.left + self.right);
        canvas.text(&self.x.name, (middle, self.bottom + GAP + LINE), HPos::Center, VPos::Top, TEXT);
    }

    /// A curve, cut off at the frame and interrupted where it has no value.
    pub fn draw_curve(&self, canvas: &mut Canvas, points: impl IntoIterator<Item = (f64, f64)>, pen: Pen) {
        for piece in self.pieces(points.into_iter().map(|(x, y)| self.place(x, y))) {
            match piece[..] {
                [single] => canvas.disc(single, 1.2 * pen.width, pen),
                _ => canvas.path(&piece, pen),
            }
        }
    }

    /// Where a fitted law may run at the places `along` if its slope turns about `middle`.
    pub fn draw_band(&self, canvas: &mut Canvas, fit: &OrderFit, along: &[f64], middle: f64, color: Color) {
        let [low, high] = self.y.ends();
        let place = |&x: &f64, side: usize| self.inside(x, fit.band(x, middle)[side].clamp(low, high));
        let below = along.iter().filter_map(|x| place(x, 0));
        let above = along.iter().rev().filter_map(|x| place(x, 1));
        let band: Vec<Point> = below.chain(above).collect();
        if band.len() > 2 {
            canvas.polygon(&band, Pen::fill(color, 0.15));
        }
    }

    /// The visible pieces of a curve.
    fn pieces(&self, points: impl IntoIterator<Item = Option<Point>>) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        let mut previous: Option<Point> = None;
        for point in points {
            if let (Some(from), Some(to)) = (previous, point) {
                if let Some((start, end)) = self.clip(from, to) {
                    match pieces.last_mut() {
                        Some(piece) if piece.last() == Some(&start) => push(piece, end),
                        _ => pieces.push(vec![start, end]),
                    }
                }
            } else if let Some(start) = point.filter(|&point| self.clip(point, point).is_some()) {
                pieces.push(vec![start]);
            }
            previous = point;
        }
        pieces
    }

    /// The part of a segment that lies in the frame (Liang and Barsky 1984).
    fn clip(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0, 1.0);
        for (slope, room) in [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ] {
            if slope == 0.0 {
                if room < -1e-6 {
                    return None;
                }
            } else if slope < 0.0 {
                enter = f64::max(enter, room / slope);
            } else {
                leave = f64::min(leave, room / slope);
            }
        }
        let at = |share: f64| match share {
            0.0 => from,
            1.0 => to,
            _ => (from.0 + share * dx, from.1 + share * dy),
        };
        (enter <= leave).then(|| (at(enter), at(leave)))
    }
}

/// Appends a point; the inner points of a level stretch (long tails at zero) are left out.
fn push(piece: &mut Vec<Point>, point: Point) {
    if let [.., before, last] = piece[..]
        && (before.1 - last.1).abs() < 0.02
        && (last.1 - point.1).abs() < 0.02
        && (before.1 - point.1).abs() < 0.02
    {
        piece.pop();
    }
    piece.push(point);
}
