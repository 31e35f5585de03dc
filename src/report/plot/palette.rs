//! Colours that remain distinct for colour-blind readers.

/// Red, green and blue.
pub type Color = (u8, u8, u8);

/// Text, frames and ticks.
pub const INK: Color = (0x22, 0x22, 0x22);
/// Lines of the grid behind the data.
pub const FAINT: Color = (0xE3, 0xE3, 0xE3);
/// Reference lines.
pub const GRAY: Color = (0x6B, 0x6B, 0x6B);
/// Paper.
pub const WHITE: Color = (0xFF, 0xFF, 0xFF);

/// Okabe and Ito, "Color Universal Design" (2008), in an order that keeps neighbours apart; without their
/// yellow, which is too pale for lines on white.
const OKABE_ITO: [Color; 7] = [
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0xE6, 0x9F, 0x00),
    (0x56, 0xB4, 0xE9),
    (0x22, 0x22, 0x22),
];

/// Colours that change on dark pages, and what they become: paper and ink change places, dark lines are lightened.
const DARK: [(Color, Color); 8] = [
    (WHITE, (0x1D, 0x22, 0x26)),
    (INK, (0xE4, 0xE7, 0xEA)),
    (FAINT, (0x36, 0x3D, 0x44)),
    (GRAY, (0xA0, 0xA9, 0xB2)),
    ((0x00, 0x72, 0xB2), (0x4A, 0xA8, 0xE8)),
    ((0xD5, 0x5E, 0x00), (0xF5, 0x83, 0x30)),
    ((0x00, 0x9E, 0x73), (0x2F, 0xC9, 0x9B)),
    ((0xCC, 0x79, 0xA7), (0xE0, 0x95, 0xBF)),
];

/// A style sheet that darkens the pictures within `selector` where dark pages are preferred.
pub fn dark_style(selector: &str) -> String {
    let rule = |(light, dark): &(Color, Color)| {
        let (light, dark) = (hex(*light), hex(*dark));
        ["fill", "stroke"].map(|kind| format!("{selector} [{kind}=\"{light}\"]{{{kind}:{dark}}}")).concat()
    };
    let rules: String = DARK.iter().map(rule).collect();
    format!("@media screen and (prefers-color-scheme:dark){{{rules}}}")
}

/// A colour as plotters writes it, e.g. "#0072B2".
pub fn hex((r, g, b): Color) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Lines that differ by their colours.
pub const COLORS: usize = OKABE_ITO.len();

/// The colour of the line number `index`.
pub fn line_color(index: usize) -> Color {
    OKABE_ITO[index % COLORS]
}

/// Anchors of viridis (van der Walt and Smith 2015) at equal distances: lightness rises evenly, also in
/// grey and for colour-blind eyes.
const VIRIDIS: [Color; 11] = [
    (0x44, 0x01, 0x54),
    (0x48, 0x25, 0x76),
    (0x41, 0x44, 0x87),
    (0x35, 0x5F, 0x8D),
    (0x2A, 0x78, 0x8E),
    (0x21, 0x91, 0x8C),
    (0x22, 0xA8, 0x84),
    (0x44, 0xBF, 0x70),
    (0x7A, 0xD1, 0x51),
    (0xBD, 0xDF, 0x26),
    (0xFD, 0xE7, 0x25),
];

/// Viridis at `share` of its range; outside [0, 1] its ends.
pub fn heat(share: f64) -> Color {
    let position = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (position as usize).min(VIRIDIS.len() - 2);
    let rest = position - below as f64;
    let ((r0, g0, b0), (r1, g1, b1)) = (VIRIDIS[below], VIRIDIS[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + rest * (f64::from(b) - f64::from(a))).round() as u8;
    (mix(r0, r1), mix(g0, g1), mix(b0, b1))
}
