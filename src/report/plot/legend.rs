//! The legend: rows above the frame, where no data can be covered.

use super::canvas::{Canvas, HPos, Mark, Pen, Point, TEXT, VPos, WIDTH, text_width};
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

/// Rows, at most: the names of more lines are in the data, and under the pointer.
const MOST_ROWS: usize = 8;

/// The rows of a legend.
pub struct Legend {
    rows: Vec<Vec<Entry>>,
}

struct Entry {
    left: f64,
    key: Key,
    /// That of the line.
    name: String,
    /// What is written, cut where it is too long.
    text: String,
}

impl Legend {
    /// Lays the entries out in rows: the key of each, its line, and what is written.
    pub fn new(entries: Vec<(Key, String, String)>) -> Self {
        let rows = rows(&entries);
        if rows.len() <= MOST_ROWS {
            return Self { rows };
        }
        // Those that fit beside a remark on the rest.
        let fitting: usize = rows[..MOST_ROWS - 1].iter().map(Vec::len).sum();
        let mut cut = entries[..fitting].to_vec();
        cut.push((Key::Remark, String::new(), format!("and {} more", entries.len() - fitting)));
        Self { rows: self::rows(&cut) }
    }

    /// Where the frame below may begin.
    pub fn bottom(&self) -> f64 {
        MARGIN + self.rows.len() as f64 * LINE + if self.rows.is_empty() { 0.0 } else { SPACE }
    }

    /// Draws the rows at the top of the picture.
    pub fn draw(&self, canvas: &mut Canvas) {
        for (number, row) in self.rows.iter().enumerate() {
            let middle = MARGIN + (number as f64 + 0.5) * LINE;
            for Entry { left, key, name, text } in row {
                let text_left = if matches!(key, Key::Remark) { *left } else { left + SAMPLE + SPACE };
                canvas.marked(Mark::Key(name.clone()), |canvas| {
                    draw_key(canvas, *key, (*left, middle));
                    canvas.text(text, (text_left, middle), HPos::Left, VPos::Center, TEXT);
                });
            }
        }
    }
}

fn draw_key(canvas: &mut Canvas, key: Key, (left, middle): Point) {
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

fn rows(entries: &[(Key, String, String)]) -> Vec<Vec<Entry>> {
    let room = WIDTH - 2.0 * MARGIN;
    let mut rows: Vec<Vec<Entry>> = Vec::new();
    let mut reached = f64::INFINITY;
    for (key, name, text) in entries {
        let sample = if matches!(key, Key::Remark) { 0.0 } else { SAMPLE + SPACE };
        let text = shortened(text.clone(), room - sample);
        let width = sample + text_width(&text, TEXT);
        if reached + width > room {
            rows.push(Vec::new());
            reached = 0.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Entry { left: MARGIN + reached, key: *key, name: name.clone(), text });
        }
        reached += width + BETWEEN;
    }
    rows
}

/// Cut with an ellipsis where it does not fit.
fn shortened(mut text: String, room: f64) -> String {
    if text_width(&text, TEXT) > room {
        while text_width(&text, TEXT) > room - TEXT && text.pop().is_some() {}
        text.push('…');
    }
    text
}
