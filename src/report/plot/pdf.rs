//! Pictures as PDF, for papers: vectors, and text in the standard fonts that every reader has.

use super::canvas::{HPos, Label, Pen, Picture, Point, Shape, VPos, WIDTH};
use super::glyphs::{Font, Glyph, glyphs};
use super::palette::{Color, INK};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;

/// Points of a PDF per pixel.
const POINT: f64 = 0.75;
/// Bézier handles of a quarter circle.
const ROUND: f64 = 0.552_284_749_8;

/// The bytes of the file.
pub fn pdf(picture: &Picture, title: &str) -> Vec<u8> {
    let [catalog, pages, page, content, info] = [1, 2, 3, 4, 5].map(Ref::new);
    let size = Rect::new(0.0, 0.0, (WIDTH * POINT) as f32, (picture.height * POINT) as f32);
    let mut sheet = Sheet { content: Content::new(), height: picture.height, states: BTreeMap::new() };
    picture.shapes.iter().for_each(|shape| sheet.draw(shape));
    let Sheet { content: drawn, states, .. } = sheet;

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    pdf.document_info(info).title(pdf_writer::TextStr(title)).finish();
    let mut own = pdf.page(page);
    own.parent(pages).media_box(size).contents(content);
    let mut resources = own.resources();
    let mut fonts = resources.fonts();
    for (place, font) in Font::ALL.into_iter().enumerate() {
        fonts.pair(Name(font.name().as_bytes()), Ref::new(6 + place as i32));
    }
    fonts.finish();
    let mut graphics = resources.ext_g_states();
    for (percent, name) in &states {
        let opacity = *percent as f32 / 100.0;
        graphics
            .insert(Name(name.as_bytes()))
            .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
            .stroking_alpha(opacity)
            .non_stroking_alpha(opacity);
    }
    graphics.finish();
    resources.finish();
    own.finish();
    for (place, font) in Font::ALL.into_iter().enumerate() {
        let mut written = pdf.type1_font(Ref::new(6 + place as i32));
        written.base_font(Name(font.base().as_bytes()));
        if font == Font::Helvetica {
            written.encoding_predefined(Name(b"WinAnsiEncoding"));
        }
    }
    pdf.stream(content, &drawn.finish());
    pdf.finish()
}

struct Sheet {
    content: Content,
    height: f64,
    /// Opacities in percent, with the names of their states.
    states: BTreeMap<u32, String>,
}

impl Sheet {
    fn at(&self, (x, y): Point) -> (f32, f32) {
        // What is off the paper by far is not seen.
        let [x, y] = [x, self.height - y].map(|pixels| pixels.clamp(-1e5, 1e5) * POINT);
        (x as f32, y as f32)
    }

    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Line(points, pen) => self.line(points, pen),
            Shape::Area(points, pen) => {
                self.fill(pen.color, pen.opacity);
                self.trace(points);
                self.content.close_path().fill_nonzero();
            }
            Shape::Disc(center, radius, pen) => self.disc(*center, *radius, pen),
            Shape::Text(label) => self.text(label),
            // Only the script of a page reads these.
            Shape::Open(_) | Shape::Close => (),
        }
    }

    fn opacity(&mut self, opacity: f64) {
        let percent = (opacity * 100.0).round() as u32;
        let name = self.states.entry(percent).or_insert_with(|| format!("A{percent}"));
        self.content.set_parameters(Name(name.as_bytes()));
    }

    fn fill(&mut self, color: Color, opacity: f64) {
        self.opacity(opacity);
        let [r, g, b] = rgb(color);
        self.content.set_fill_rgb(r, g, b);
    }

    fn line(&mut self, points: &[Point], pen: &Pen) {
        self.opacity(pen.opacity);
        let [r, g, b] = rgb(pen.color);
        self.content.set_stroke_rgb(r, g, b).set_line_width((pen.width * POINT) as f32);
        self.content.set_line_join(pdf_writer::types::LineJoinStyle::RoundJoin);
        let dash = pen.dash.map(|(dash, gap)| [dash, gap].map(|length| (length * POINT) as f32));
        self.content.set_dash_pattern(dash.into_iter().flatten(), 0.0);
        self.trace(points);
        self.content.stroke();
    }

    fn trace(&mut self, points: &[Point]) {
        for (number, point) in points.iter().enumerate() {
            let (x, y) = self.at(*point);
            if number == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn disc(&mut self, (x, y): Point, radius: f64, pen: &Pen) {
        self.fill(pen.color, pen.opacity);
        let place = |across: f64, up: f64| (x + radius * across, y + radius * up);
        let (x0, y0) = self.at(place(1.0, 0.0));
        self.content.move_to(x0, y0);
        for (a, b) in [
            ((1.0, 0.0), (0.0, 1.0)),
            ((0.0, 1.0), (-1.0, 0.0)),
            ((-1.0, 0.0), (0.0, -1.0)),
            ((0.0, -1.0), (1.0, 0.0)),
        ] {
            let first = self.at(place(a.0 + ROUND * b.0, a.1 + ROUND * b.1));
            let second = self.at(place(b.0 + ROUND * a.0, b.1 + ROUND * a.1));
            let end = self.at(place(b.0, b.1));
            self.content.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
        }
        self.content.fill_nonzero();
    }

    fn text(&mut self, label: &Label) {
        let all: Vec<Glyph> = glyphs(&label.text);
        let size = label.size * POINT;
        let length: f64 = all.iter().map(|glyph| glyph.width * size).sum();
        let across = match label.across {
            HPos::Left => 0.0,
            HPos::Center => -0.5 * length,
            HPos::Right => -length,
        };
        let drop = match label.upright {
            VPos::Top => 0.76,
            VPos::Center => 0.35,
            VPos::Bottom => -0.25,
        } * -size;
        let (x, y) = self.at(label.place);
        let mut pen = across;
        self.fill(INK, 1.0);
        self.content.begin_text();
        for Glyph { font, code, width, scale, rise } in all {
            let (along, up) = (pen as f32, (drop + rise * size) as f32);
            let matrix = match label.upward {
                true => [0.0, 1.0, -1.0, 0.0, x - up, y + along],
                false => [1.0, 0.0, 0.0, 1.0, x + along, y + up],
            };
            self.content.set_font(Name(font.name().as_bytes()), (scale * size) as f32);
            self.content.set_text_matrix(matrix).show(Str(&[code]));
            pen += width * size;
        }
        self.content.end_text();
    }
}

fn rgb((r, g, b): Color) -> [f32; 3] {
    [r, g, b].map(|part| f32::from(part) / 255.0)
}
