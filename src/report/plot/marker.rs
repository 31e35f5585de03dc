//! Marks of data points.

use super::canvas::{Canvas, Mark, Pen, Point};
use super::palette::{Color, WHITE};

/// A mark.
#[derive(Clone, Copy)]
pub struct Marker {
    /// Its outline.
    pub shape: Shape,
    /// Only the rim is inked.
    pub hollow: bool,
}

/// Outline of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ●
    Disc,
    /// ■, larger, so that a disc on the same place leaves it visible.
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ▼, at the lower rim: the value lies below.
    Below,
}

impl Shape {
    /// Shapes that tell lines apart.
    pub const ALL: [Self; 4] = [Self::Disc, Self::Square, Self::Diamond, Self::Triangle];
}

impl Marker {
    /// Draws it, with a white rim that sets it off from what lies below.
    pub fn draw(self, canvas: &mut Canvas, center: Point, color: Color, opacity: f64) {
        canvas.marked(Mark::Point(center), |canvas| {
            self.shape.fill(canvas, center, 1.2, Pen::fill(WHITE, 1.0));
            self.shape.fill(canvas, center, 0.0, Pen::fill(color, opacity));
            if self.hollow {
                self.shape.fill(canvas, center, -1.8, Pen::fill(WHITE, 1.0));
            }
        });
    }
}

impl Shape {
    fn fill(self, canvas: &mut Canvas, (x, y): Point, more: f64, pen: Pen) {
        match self {
            Self::Disc => canvas.disc((x, y), 4.6 + more, pen),
            Self::Square => {
                let half = 6.0 + more;
                canvas.rectangle((x - half, y - half), (x + half, y + half), pen);
            }
            Self::Diamond => {
                let half = 7.6 + 1.4 * more;
                canvas.polygon(&[(x, y - half), (x + half, y), (x, y + half), (x - half, y)], pen);
            }
            Self::Triangle => {
                let half = 6.6 + 1.5 * more;
                canvas.polygon(&[(x, y - half), (x + half, y + 0.8 * half), (x - half, y + 0.8 * half)], pen);
            }
            Self::Below => {
                let half = 6.0 + 1.5 * more;
                canvas.polygon(&[(x, y + half), (x + half, y - half), (x - half, y - half)], pen);
            }
        }
    }
}
