//! A sheet of paper measured in pixels: a thin layer over plotters' SVG backend.

use super::palette::{Color, INK};
use maud::{PreEscaped, html};
use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::Pos;
use plotters::style::{FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

pub use plotters::style::text_anchor::{HPos, VPos};

/// Width of every picture, in pixels.
pub const WIDTH: f64 = 640.0;
/// Size of text, in pixels: legible when the picture is shrunk to one column of a journal.
pub const TEXT: f64 = 16.0;
/// Units of the SVG per pixel: plotters counts in integers, and whole pixels make curves jagged.
const FINENESS: f64 = 10.0;
/// plotters writes a font size of 1/1.24 of what it is given.
const FONT_SCALE: f64 = 1.24;

/// A place on the sheet, from the upper left corner, in pixels.
pub type Point = (f64, f64);

/// How something is drawn.
#[derive(Clone, Copy)]
pub struct Pen {
    /// Colour.
    pub color: Color,
    /// 1 is opaque.
    pub opacity: f64,
    /// Width of lines, in pixels.
    pub width: f64,
    /// Lengths of dash and gap, in pixels.
    pub dash: Option<(f64, f64)>,
}

impl Pen {
    /// An opaque solid line.
    pub fn line(color: Color, width: f64) -> Self {
        Self { color, opacity: 1.0, width, dash: None }
    }

    /// A dashed line.
    pub fn dashed(color: Color, width: f64) -> Self {
        Self { dash: Some((7.0, 5.0)), ..Self::line(color, width) }
    }

    /// A filled area.
    pub fn fill(color: Color, opacity: f64) -> Self {
        Self { opacity, ..Self::line(color, 0.0) }
    }

    fn style(self) -> ShapeStyle {
        use plotters::style::Color as _;
        let (r, g, b) = self.color;
        let color = RGBColor(r, g, b).mix(self.opacity);
        ShapeStyle { color, filled: false, stroke_width: (self.width * FINENESS).round() as u32 }
    }
}

/// Where drawings are collected.
pub struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// A finished picture.
pub struct Picture {
    height: f64,
    body: String,
}

/// Paints a picture of this height.
pub fn paint(height: f64, painter: impl FnOnce(&mut Canvas<'_>)) -> Picture {
    let mut text = String::new();
    let size = ((WIDTH * FINENESS) as u32, (height * FINENESS) as u32);
    painter(&mut Canvas { backend: SVGBackend::with_string(&mut text, size) });
    // The opening and closing tags are written anew by `Picture::svg`.
    let start = text.find('>').map_or(0, |end| end + 1);
    let end = text.rfind("</svg>").unwrap_or(text.len());
    Picture { height, body: text[start..end].trim().to_string() }
}

impl Picture {
    /// The SVG element; `alone` is for a file of its own. White paper with round corners lies under it, so
    /// that it looks the same on light and dark pages.
    pub fn svg(&self, description: &str, alone: bool) -> String {
        let namespace = alone.then_some("http://www.w3.org/2000/svg");
        let (width, height) = (WIDTH * FINENESS, self.height * FINENESS);
        html! {
            svg xmlns=[namespace] width=(WIDTH) height=(self.height) viewBox={ "0 0 " (width) " " (height) }
                role="img" aria-label=(printable(description)) stroke-linejoin="round" {
                rect width=(width) height=(height) rx="80" fill="#fff" {}
                (PreEscaped(&self.body))
            }
        }
        .into_string()
    }
}

impl Canvas<'_> {
    /// A polyline.
    pub fn path(&mut self, points: &[Point], pen: Pen) {
        match pen.dash {
            None if points.len() > 1 => {
                let drawn = self.backend.draw_path(points.iter().map(fine), &pen.style());
                drawn.expect("a string takes every shape");
            }
            None => {}
            Some(dash) => {
                for piece in dashes(points, dash) {
                    self.path(&piece, Pen { dash: None, ..pen });
                }
            }
        }
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[Point], pen: Pen) {
        let drawn = self.backend.fill_polygon(points.iter().map(fine), &pen.style());
        drawn.expect("a string takes every shape");
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, a: Point, b: Point, pen: Pen) {
        let low = (a.0.min(b.0), a.1.min(b.1));
        let high = (a.0.max(b.0), a.1.max(b.1));
        let drawn = self.backend.draw_rect(fine(&low), fine(&high), &pen.style(), true);
        drawn.expect("a string takes every shape");
    }

    /// A filled disc.
    pub fn disc(&mut self, center: Point, radius: f64, pen: Pen) {
        let radius = (radius * FINENESS).round() as u32;
        let drawn = self.backend.draw_circle(fine(&center), radius, &pen.style(), true);
        drawn.expect("a string takes every shape");
    }

    /// Text that is anchored at `place`.
    pub fn text(&mut self, text: &str, place: Point, across: HPos, upright: VPos, size: f64) {
        self.write(text, place, Pos::new(across, upright), size, FontTransform::None);
    }

    /// Text that reads upwards, centred at `place`.
    pub fn upward_text(&mut self, text: &str, place: Point, size: f64) {
        self.write(text, place, Pos::new(HPos::Center, VPos::Center), size, FontTransform::Rotate270);
    }

    fn write(&mut self, text: &str, place: Point, pos: Pos, size: f64, turn: FontTransform) {
        let (r, g, b) = INK;
        let font = ("Helvetica, Arial, sans-serif", size * FINENESS * FONT_SCALE).into_font().transform(turn);
        let color = RGBColor(r, g, b);
        let style = TextStyle::from(font).color(&color).pos(pos);
        self.backend.draw_text(&printable(text), &style, fine(&place)).expect("a string takes every shape");
    }
}

/// Without what XML cannot contain, not even escaped.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// Rough width of `text` in pixels; the viewer's font is not known here, so it errs on the wide side.
pub fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '|' | '\'' | ' ' | '(' | ')' | '[' | ']' => 0.34,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' | '±' | '−' | '=' | '+' | '<' | '>' => 0.70,
        '⁰'..='₎' | '¹' | '²' | '³' => 0.40,
        _ => 0.56,
    };
    size * text.chars().map(em).sum::<f64>()
}

fn fine(point: &Point) -> (i32, i32) {
    // Within ±1e6 plotters' differences cannot overflow; the cast sends NaN to 0.
    let unit = |pixels: f64| (pixels * FINENESS).round().clamp(-1e6, 1e6) as i32;
    (unit(point.0), unit(point.1))
}

/// The dashes along a polyline.
fn dashes(points: &[Point], (dash, gap): (f64, f64)) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let mut inked = true;
    let mut left = dash;
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let share = left / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            length -= left;
            if inked {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            inked = !inked;
            left = if inked { dash } else { gap };
        }
        left -= length;
        if inked {
            piece.push(to);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
