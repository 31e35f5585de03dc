//! A sheet of paper measured in pixels, on which shapes are collected; `svg` and `pdf` write them.

use super::axes::Axis;
use super::palette::Color;

/// Width of every picture, in pixels.
pub const WIDTH: f64 = 640.0;
/// Size of text, in pixels: still 10 px on a telephone 390 px wide.
pub const TEXT: f64 = 18.0;

/// A place on the sheet, from the upper left corner, in pixels.
pub type Point = (f64, f64);

/// How something is drawn.
#[derive(Clone, Copy, Debug)]
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
}

/// How a text lies about its place, across.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HPos {
    /// It begins there.
    Left,
    /// Its middle is there.
    Center,
    /// It ends there.
    Right,
}

/// How a text lies about its place, upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VPos {
    /// Its upper edge is there.
    Top,
    /// Its middle is there.
    Center,
    /// Its lower edge is there.
    Bottom,
}

/// A text on the sheet.
#[derive(Clone, Debug)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// Where it is.
    pub place: Point,
    /// How it lies about that.
    pub across: HPos,
    /// How it lies about that.
    pub upright: VPos,
    /// Its size, in pixels.
    pub size: f64,
    /// Whether it reads upwards.
    pub upward: bool,
}

/// What shapes belong to, for the script of the page.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A line of the picture, by its name.
    Series(String),
    /// The entry of the legend for a line.
    Key(String),
    /// A point of a line.
    Point(Point),
    /// The frame: its corners (left, top, right, bottom) and its axes.
    Frame([f64; 4], [Scale; 2]),
}

/// How places along an axis become values: the logarithm to base 10, or the value itself, runs between the ends.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Whether it is the logarithm.
    pub logarithmic: bool,
    /// At the lower end.
    pub lower: f64,
    /// At the upper end.
    pub upper: f64,
}

/// Something on the sheet.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A polyline.
    Line(Vec<Point>, Pen),
    /// A filled polygon.
    Area(Vec<Point>, Pen),
    /// A filled disc with its radius.
    Disc(Point, f64, Pen),
    /// A text.
    Text(Label),
    /// What follows belongs to this.
    Open(Mark),
    /// The end of what belongs to the last mark.
    Close,
}

/// Where drawings are collected.
#[derive(Default)]
pub struct Canvas {
    shapes: Vec<Shape>,
}

/// A finished picture.
pub struct Picture {
    /// Its height, in pixels.
    pub height: f64,
    /// What is on it, from the bottom up.
    pub shapes: Vec<Shape>,
}

/// Paints a picture of this height.
pub fn paint(height: f64, painter: impl FnOnce(&mut Canvas)) -> Picture {
    let mut canvas = Canvas::default();
    painter(&mut canvas);
    Picture { height, shapes: canvas.shapes }
}

impl Canvas {
    /// A polyline.
    pub fn path(&mut self, points: &[Point], pen: Pen) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line(points.into(), pen));
        }
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[Point], pen: Pen) {
        self.shapes.push(Shape::Area(points.into(), pen));
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, a: Point, b: Point, pen: Pen) {
        self.polygon(&[a, (b.0, a.1), b, (a.0, b.1)], pen);
    }

    /// A filled disc.
    pub fn disc(&mut self, center: Point, radius: f64, pen: Pen) {
        self.shapes.push(Shape::Disc(center, radius, pen));
    }

    /// Text that is anchored at `place`.
    pub fn text(&mut self, text: &str, place: Point, across: HPos, upright: VPos, size: f64) {
        self.shapes.push(Shape::Text(Label {
            text: text.into(),
            place,
            across,
            upright,
            size,
            upward: false,
        }));
    }

    /// Text that reads upwards, centred at `place`.
    pub fn upward_text(&mut self, text: &str, place: Point, size: f64) {
        let (across, upright) = (HPos::Center, VPos::Center);
        self.shapes.push(Shape::Text(Label {
            text: text.into(),
            place,
            across,
            upright,
            size,
            upward: true,
        }));
    }

    /// What `draw` paints belongs to `mark`.
    pub fn marked(&mut self, mark: Mark, draw: impl FnOnce(&mut Self)) {
        self.shapes.push(Shape::Open(mark));
        draw(self);
        self.shapes.push(Shape::Close);
    }

    /// What `draw` paints is the line of this name.
    pub fn series(&mut self, name: &str, draw: impl FnOnce(&mut Self)) {
        self.marked(Mark::Series(name.into()), draw);
    }
}

impl Mark {
    /// A frame with its axes.
    pub fn frame(corners: [f64; 4], x: &Axis, y: &Axis) -> Self {
        Self::Frame(corners, [x.scale(), y.scale()])
    }
}

/// Rough width of `text` in pixels; the viewer's font is not known here, so it errs on the wide side.
pub fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '|' | '\'' | ' ' | '(' | ')' | '[' | ']' => 0.34,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' | '±' | '−' | '=' | '+' | '<' | '>' => 0.70,
        '⁰'..='₎' | '¹' | '²' | '³' => 0.52,
        _ => 0.6,
    };
    size * text.chars().map(em).sum::<f64>()
}
