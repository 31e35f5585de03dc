//! Pictures as SVG, in tenths of a pixel.

use super::Place;
use super::canvas::{HPos, Label, Mark, Pen, Picture, Point, Scale, Shape, VPos, WIDTH};
use super::palette::{Color, INK, WHITE, dark_style, hex};
use std::fmt::Write;

/// Units of the SVG per pixel.
const FINENESS: f64 = 10.0;

/// The SVG element. Paper with round corners lies under the picture; on dark pages, paper and ink change places.
pub fn svg(picture: &Picture, description: &str, place: Place) -> String {
    let mut out = String::new();
    let (width, height) = (unit(WIDTH), unit(picture.height));
    let namespace = if place == Place::File { " xmlns=\"http://www.w3.org/2000/svg\"" } else { "" };
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<svg{namespace} width=\"{WIDTH}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" \
         stroke-linejoin=\"round\" font-family=\"Helvetica, Arial, sans-serif\">",
        picture.height,
        escaped(description)
    );
    if place == Place::File {
        let _ = write!(out, "<style>{}</style>", dark_style("svg"));
    }
    let _ = write!(
        out,
        "<rect width=\"{width}\" height=\"{height}\" rx=\"80\" fill=\"{}\" stroke=\"none\"/>",
        hex(WHITE)
    );
    for shape in &picture.shapes {
        draw(&mut out, shape);
    }
    out + "</svg>"
}

fn draw(out: &mut String, shape: &Shape) {
    let _ = match shape {
        Shape::Line(points, pen) => {
            write!(out, "<polyline fill=\"none\"{} points=\"{}\"/>", stroke(pen), list(points))
        }
        Shape::Area(points, pen) => {
            write!(out, "<polygon{} points=\"{}\"/>", fill(pen.color, pen.opacity), list(points))
        }
        Shape::Disc((x, y), radius, pen) => {
            let (fill, radius) = (fill(pen.color, pen.opacity), unit(*radius));
            write!(out, "<circle{fill} cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>", unit(*x), unit(*y))
        }
        Shape::Text(label) => write!(out, "{}", text(label)),
        Shape::Open(mark) => write!(out, "<g {}>", attributes(mark)),
        Shape::Close => write!(out, "</g>"),
    };
}

fn text(Label { text, place: (x, y), across, upright, size, upward }: &Label) -> String {
    let (x, y) = (unit(*x), unit(*y));
    let anchor = match across {
        HPos::Left => "start",
        HPos::Center => "middle",
        HPos::Right => "end",
    };
    let drop = match upright {
        VPos::Top => "0.76em",
        VPos::Center => "0.35em",
        VPos::Bottom => "-0.25em",
    };
    let turn = if *upward { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    let fill = fill(INK, 1.0);
    format!(
        "<text{fill} x=\"{x}\" y=\"{y}\" dy=\"{drop}\" text-anchor=\"{anchor}\" font-size=\"{}\"{turn}>{}</text>",
        unit(*size),
        escaped(text)
    )
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

fn stroke(pen: &Pen) -> String {
    let dash = pen.dash.map(|(dash, gap)| format!(" stroke-dasharray=\"{} {}\"", unit(dash), unit(gap)));
    let (color, width) = (hex(pen.color), unit(pen.width));
    format!(
        " stroke=\"{color}\" stroke-width=\"{width}\"{}{}",
        dash.unwrap_or_default(),
        opacity(pen.opacity)
    )
}

fn fill(color: Color, opaque: f64) -> String {
    format!(" fill=\"{}\" stroke=\"none\"{}", hex(color), opacity(opaque))
}

fn opacity(opaque: f64) -> String {
    if opaque < 1.0 { format!(" opacity=\"{opaque}\"") } else { String::new() }
}

fn list(points: &[Point]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", unit(*x), unit(*y))).collect::<Vec<_>>().join(" ")
}

/// The cast sends NaN to 0.
fn unit(pixels: f64) -> i32 {
    (pixels * FINENESS).round().clamp(-1e6, 1e6) as i32
}

/// Without what XML cannot contain, and with what it would obey escaped.
fn escaped(text: &str) -> String {
    let printable = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    let mut out = String::with_capacity(text.len());
    for c in printable {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            other => out.push(other),
        }
    }
    out
}
