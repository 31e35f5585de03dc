//! Pictures as SVG: shapes by plotters' backend, in tenths of a pixel, in groups that the script of a page reads.

use super::Place;
use super::canvas::{HPos, Label, Mark, Pen, Picture, Point, Scale, Shape, VPos, WIDTH};
use super::palette::{Color, INK, WHITE, dark_style, hex};
use maud::{PreEscaped, html};
use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos as Across, Pos, VPos as Upright};
use plotters::style::{FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

/// The fragment of a file that shows its frames alone, as where it is small.
pub const FRAMES: &str = "frames";
/// Units of the SVG per pixel: plotters counts in integers, and whole pixels make curves jagged.
const FINENESS: f64 = 10.0;
/// plotters writes a font size of 1/1.24 of what it is given.
const FONT_SCALE: f64 = 1.24;

/// The SVG element. Paper with round corners lies under the picture; on dark pages, paper and ink change places.
pub fn svg(picture: &Picture, description: &str, place: Place) -> String {
    let (width, height) = (unit(WIDTH), unit(picture.height));
    let alone = place == Place::File;
    let namespace = alone.then_some("http://www.w3.org/2000/svg");
    html! {
        svg xmlns=[namespace] width=(WIDTH) height=(picture.height) viewBox={ "0 0 " (width) " " (height) }
            role="img" aria-label=(printable(description)) stroke-linejoin="round" {
            @if alone {
                style { (PreEscaped(dark_style("svg"))) }
                @if let Some(frames) = frames(picture) { view id=(FRAMES) viewBox=(frames) preserveAspectRatio="none" {} }
            }
            rect width=(width) height=(height) rx="80" fill=(hex(WHITE)) {}
            (PreEscaped(body(picture)))
        }
    }
    .into_string()
}

/// The box around all frames, with room for their lines, as a view. It fills whatever shape it is shown in: else, labels cut in two
/// would fill the rest.
fn frames(picture: &Picture) -> Option<String> {
    const ROOM: f64 = 4.0;
    let corners = |shape: &Shape| match shape {
        Shape::Open(Mark::Frame(corners, _)) => Some(*corners),
        _ => None,
    };
    let all = picture.shapes.iter().filter_map(corners);
    let [left, top, right, bottom] =
        all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
    let sides = [left - ROOM, top - ROOM, right - left + 2.0 * ROOM, bottom - top + 2.0 * ROOM];
    Some(sides.map(|side| unit(side).to_string()).join(" "))
}

/// All shapes, with the groups that they are in.
fn body(picture: &Picture) -> String {
    let is_mark = |shape: &Shape| matches!(shape, Shape::Open(_) | Shape::Close);
    let together = |a: &Shape, b: &Shape| !is_mark(a) && !is_mark(b);
    let part = |shapes: &[Shape]| match shapes {
        [Shape::Open(mark)] => format!("<g {}>", attributes(mark)),
        [Shape::Close] => "</g>".to_string(),
        shapes => drawn(shapes, picture.height),
    };
    picture.shapes.chunk_by(together).map(part).collect()
}

/// Shapes by plotters, without the opening and closing tags of its picture.
fn drawn(shapes: &[Shape], height: f64) -> String {
    let mut text = String::new();
    let mut backend = SVGBackend::with_string(&mut text, (unit(WIDTH) as u32, unit(height) as u32));
    shapes.iter().for_each(|shape| draw(&mut backend, shape));
    drop(backend);
    let start = text.find('>').map_or(0, |end| end + 1);
    let end = text.rfind("</svg>").unwrap_or(text.len());
    text[start..end].trim().to_string()
}

fn draw(backend: &mut SVGBackend<'_>, shape: &Shape) {
    let drawn = match shape {
        Shape::Line(points, pen) => pieces(points, pen)
            .into_iter()
            .try_for_each(|piece| backend.draw_path(piece.iter().map(fine), &style(pen))),
        Shape::Area(points, pen) => backend.fill_polygon(points.iter().map(fine), &style(pen)),
        Shape::Disc(center, radius, pen) => {
            backend.draw_circle(fine(center), unit(*radius) as u32, &style(pen), true)
        }
        Shape::Text(label) => {
            backend.draw_text(&printable(&label.text), &text_style(label), fine(&label.place))
        }
        Shape::Open(_) | Shape::Close => Ok(()),
    };
    drawn.expect("a string takes every shape");
}

fn text_style(label: &Label) -> TextStyle<'static> {
    use plotters::style::Color as _;
    let across = match label.across {
        HPos::Left => Across::Left,
        HPos::Center => Across::Center,
        HPos::Right => Across::Right,
    };
    let upright = match label.upright {
        VPos::Top => Upright::Top,
        VPos::Center => Upright::Center,
        VPos::Bottom => Upright::Bottom,
    };
    let turn = if label.upward { FontTransform::Rotate270 } else { FontTransform::None };
    let size = label.size * FINENESS * FONT_SCALE;
    let font = ("Helvetica, Arial, sans-serif", size).into_font().transform(turn);
    TextStyle { font, color: rgb(INK).to_backend_color(), pos: Pos::new(across, upright) }
}

/// The line itself, or its dashes.
fn pieces(points: &[Point], pen: &Pen) -> Vec<Vec<Point>> {
    match pen.dash {
        Some(dash) => dashes(points, dash),
        None => vec![points.into()],
    }
}

fn attributes(mark: &Mark) -> String {
    match mark {
        Mark::Series(name) => format!("data-series=\"{}\"", escaped(name)),
        Mark::Key(name) => format!("data-key=\"{}\"", escaped(name)),
        Mark::Point((x, y)) => format!("data-at=\"{},{}\"", unit(*x), unit(*y)),
        Mark::Frame(corners, [x, y]) => {
            let corners: Vec<String> = corners.iter().map(|end| unit(*end).to_string()).collect();
            let axis = |Scale { logarithmic, lower, upper }: &Scale| {
                format!("{},{lower:e},{upper:e}", if *logarithmic { "log" } else { "linear" })
            };
            format!(
                "data-frame=\"{}\" data-across=\"{}\" data-up=\"{}\"",
                corners.join(","),
                axis(x),
                axis(y)
            )
        }
    }
}

fn style(pen: &Pen) -> ShapeStyle {
    use plotters::style::Color as _;
    let color = rgb(pen.color).mix(pen.opacity);
    ShapeStyle { color, filled: false, stroke_width: unit(pen.width) as u32 }
}

fn rgb((r, g, b): Color) -> RGBColor {
    RGBColor(r, g, b)
}

fn fine((x, y): &Point) -> (i32, i32) {
    (unit(*x), unit(*y))
}

/// Within ±1e6 plotters' differences cannot overflow; the cast sends NaN to 0.
fn unit(pixels: f64) -> i32 {
    (pixels * FINENESS).round().clamp(-1e6, 1e6) as i32
}

/// Without what XML cannot contain, not even escaped.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// For the value of an attribute.
fn escaped(text: &str) -> String {
    html! { (printable(text)) }.into_string()
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
