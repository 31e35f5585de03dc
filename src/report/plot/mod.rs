//! Pictures: [`svg`] for pages and papers, dark on dark pages, [`pdf`] for papers; [`csv`] writes their data.
//!
//! Each kind of plot has a module ([`orders`], [`density`], [`plane`], [`time`], [`histogram`], [`powers`], [`sweep`]). All
//! draw on a [`canvas`] in a [`frame`] with [`axes`] and a [`legend`].

mod axes;
mod canvas;
mod csv;
mod density;
mod frame;
mod glyphs;
mod histogram;
mod legend;
mod marker;
mod orders;
mod palette;
mod pdf;
mod plane;
mod powers;
mod slopes;
mod svg;
mod sweep;
mod time;

pub use csv::{csv, exact, path_csv, table};
pub use palette::dark_style;
pub use svg::FRAMES;

use crate::study::figure::{Figure, Plot};
use canvas::Picture;

/// Two-sided 95 % quantile of the normal law.
pub(in crate::report) const NORMAL_95: f64 = 1.96;

/// Where a picture goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into a file of its own.
    File,
    /// Into an HTML page.
    Page,
}

/// The picture as an SVG element.
pub fn svg(figure: &Figure, place: Place) -> String {
    svg::svg(&picture(figure), &description(figure), place)
}

/// The picture as a PDF of one page.
pub fn pdf(figure: &Figure) -> Vec<u8> {
    pdf::pdf(&picture(figure), &figure.title)
}

/// The same figure with its vertical axis linear instead of logarithmic, or the other way round, where it can be.
pub fn other_scale(figure: &Figure) -> Option<Figure> {
    let mut other = figure.clone();
    match &mut other.plot {
        Plot::Density(plot) => plot.logarithmic = !plot.logarithmic,
        Plot::Time(plot) => {
            let positive = plot.lines.iter().flat_map(|(_, _, values)| values).any(|value| *value > 0.0);
            plot.logarithmic = !plot.logarithmic && positive;
        }
        Plot::Sweep(plot) if !plot.zero => {
            let positive = plot.lines.iter().flat_map(|line| &line.y).all(|value| *value > 0.0);
            plot.logarithmic = !plot.logarithmic && positive;
        }
        _ => return None,
    }
    (logarithmic(&other) != logarithmic(figure)).then_some(other)
}

/// Whether the vertical axis is logarithmic.
pub fn logarithmic(figure: &Figure) -> bool {
    match &figure.plot {
        Plot::Density(plot) => plot.logarithmic,
        Plot::Time(plot) => plot.logarithmic,
        Plot::Sweep(plot) => plot.logarithmic,
        Plot::Orders(_) | Plot::Powers(_) | Plot::Histogram(_) => true,
        Plot::Plane(_) => false,
    }
}

fn description(figure: &Figure) -> String {
    format!("{}. {}", figure.title, figure.caption)
}

fn picture(figure: &Figure) -> Picture {
    match &figure.plot {
        Plot::Density(plot) => density::draw(plot),
        Plot::Plane(plot) => plane::draw(plot),
        Plot::Orders(plot) => orders::draw(plot),
        Plot::Time(plot) => time::draw(plot),
        Plot::Histogram(plot) => histogram::draw(plot),
        Plot::Powers(plot) => powers::draw(plot),
        Plot::Sweep(plot) => sweep::draw(plot),
    }
}
