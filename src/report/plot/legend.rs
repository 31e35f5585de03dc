//! The legend: rows above the frame, where no data can be covered.

use super::canvas::{Canvas, HPos, Pen, Point, TEXT, VPos, WIDTH, text_width};
use super::frame::{LINE, MARGIN};
use super::marker::Marker;
use super::palette::Color;

/// Length of the sample in front of a text, and the space around it.
const SAMPLE: f64 = 30.0;
const SPACE: f64 = 8.0;
const BETWEEN: f64 = 20.0;

/// What stands in front of a text.
#[derive(Clone, Copy)]
pub enum Key {
    /// A line.
    Line(Pen),
    /// A line in its band.
    Band(Pen),
    /// A marker on a thin line.
    Marker(Marker, Color),
    /// Nothing: a remark.
    Remark,
}

/// The rows of a legend.
pub struct Legend {
    rows: Vec<Vec<(f64, Key, String)>>,
}

impl Legend {
    /// Lays the entries out in rows.
    pub fn new(entries: Vec<(Key, String)>) -> Self {
        let room = WIDTH - 2.0 * MARGIN;
        let mut rows: Vec<Vec<(f64, Key, String)>> = Vec::new();
        let mut reached = f64::INFINITY;
        for (key, text) in entries {
            let sample = if matches!(key, Key::Remark) { 0.0 } else { SAMPLE + SPACE };
            let text = shortened(text, room - sample);
            let width = sample + text_width(&text, TEXT);
            if reached + width > room {
                rows.push(Vec::new());
                reached = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((MARGIN + reached, key, text));
            }
            reached += width + BETWEEN;
        }
        Self { rows }
    }

    /// Where the frame below may begin.
    pub fn bottom(&self) -> f64 {
        MARGIN + self.rows.len() as f64 * LINE + if self.rows.is_empty() { 0.0 } else { SPACE }
    }

    /// Draws the rows at the top of the picture.
    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        for (number, row) in self.rows.iter().enumerate() {
            let middle = MARGIN + (number as f64 + 0.5) * LINE;
            for (left, key, text) in row {
                let text_left = if matches!(key, Key::Remark) { *left } else { left + SAMPLE + SPACE };
                draw_key(canvas, *key, (*left, middle));
                canvas.text(text, (text_left, middle), HPos::Left, VPos::Center, TEXT);
            }
        }
    }
}

fn draw_key(canvas: &mut Canvas<'_>, key: Key, (left, middle): Point) {
    let ends = [(left, middle), (left + SAMPLE, middle)];
    match key {
        Key::Line(pen) => canvas.path(&ends, pen),
        Key::Band(pen) => {
            let band = Pen::fill(pen.color, 0.25);
            canvas.rectangle((left, middle - 7.0), (left + SAMPLE, middle + 7.0), band);
            canvas.path(&ends, pen);
        }
        Key::Marker(marker, color) => {
            canvas.path(&ends, Pen::line(color, 1.5));
            marker.draw(canvas, (left + 0.5 * SAMPLE, middle), color, 1.0);
        }
        Key::Remark => {}
    }
}

/// Cut with an ellipsis where it does not fit.
fn shortened(mut text: String, room: f64) -> String {
    if text_width(&text, TEXT) > room {
        while text_width(&text, TEXT) > room - TEXT && text.pop().is_some() {}
        text.push('…');
    }
    text
}
