//! Pictures. [`svg`] draws a figure on white paper, so that it looks the same on light and dark pages; [`csv`] writes its data.
//!
//! Each kind of plot has a module ([`orders`], [`density`], [`plane`], [`time`], [`histogram`], [`powers`], [`sweep`]). All
//! draw on a [`canvas`] in a [`frame`] with [`axes`] and a [`legend`].

mod axes;
mod canvas;
mod csv;
mod density;
mod frame;
mod histogram;
mod legend;
mod marker;
mod orders;
mod palette;
mod plane;
mod powers;
mod slopes;
mod sweep;
mod time;

pub use csv::{csv, exact, path_csv, table};

use crate::study::figure::{Figure, Plot};

/// Two-sided 95 % quantile of the normal law.
pub(super) const NORMAL_95: f64 = 1.96;

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
    let picture = match &figure.plot {
        Plot::Density(plot) => density::draw(plot),
        Plot::Plane(plot) => plane::draw(plot),
        Plot::Orders(plot) => orders::draw(plot),
        Plot::Time(plot) => time::draw(plot),
        Plot::Histogram(plot) => histogram::draw(plot),
        Plot::Powers(plot) => powers::draw(plot),
        Plot::Sweep(plot) => sweep::draw(plot),
    };
    picture.svg(&format!("{}. {}", figure.title, figure.caption), place == Place::File)
}
