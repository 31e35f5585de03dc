//! Characters in the standard fonts of PDF: Helvetica in Windows' encoding, and Symbol for Greek and mathematics.

/// A standard font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Font {
    /// Latin letters.
    Helvetica,
    /// Greek letters and mathematics.
    Symbol,
}

impl Font {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Helvetica, Self::Symbol];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Helvetica => "F1",
            Self::Symbol => "F2",
        }
    }

    /// Its name everywhere.
    pub fn base(self) -> &'static str {
        match self {
            Self::Helvetica => "Helvetica",
            Self::Symbol => "Symbol",
        }
    }
}

/// A character of a font; lengths are in units of the text's size.
#[derive(Clone, Copy, Debug)]
pub struct Glyph {
    /// The font.
    pub font: Font,
    /// Its code there.
    pub code: u8,
    /// How far the next one is.
    pub width: f64,
    /// Its size.
    pub scale: f64,
    /// How far it is raised.
    pub rise: f64,
}

/// Size of raised and lowered characters, and how far they are moved.
const SMALL: f64 = 0.68;
const RAISED: f64 = 0.34;
const LOWERED: f64 = -0.15;

/// Advances of Helvetica from the space to the tilde, in thousandths (Adobe's font metrics).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Characters of Symbol: the character, its code, its advance in thousandths.
const SYMBOL: [(char, u8, u16); 47] = [
    ('α', b'a', 631),
    ('β', b'b', 549),
    ('χ', b'c', 549),
    ('δ', b'd', 494),
    ('ε', b'e', 439),
    ('φ', b'j', 603),
    ('γ', b'g', 411),
    ('η', b'h', 603),
    ('κ', b'k', 549),
    ('λ', b'l', 549),
    ('μ', b'm', 576),
    ('ν', b'n', 521),
    ('π', b'p', 549),
    ('θ', b'q', 521),
    ('ρ', b'r', 549),
    ('σ', b's', 603),
    ('τ', b't', 439),
    ('ω', b'w', 686),
    ('ξ', b'x', 493),
    ('ψ', b'y', 686),
    ('ζ', b'z', 494),
    ('Δ', b'D', 612),
    ('Σ', b'S', 592),
    ('Γ', b'G', 603),
    ('Λ', b'L', 686),
    ('Φ', b'F', 763),
    ('Ψ', b'Y', 795),
    ('Ω', b'W', 768),
    ('−', 0x2D, 549),
    ('′', 0xA2, 247),
    ('≤', 0xA3, 549),
    ('∞', 0xA5, 713),
    ('→', 0xAE, 987),
    ('≥', 0xB3, 549),
    ('∝', 0xB5, 713),
    ('∂', 0xB6, 494),
    ('≠', 0xB9, 549),
    ('≈', 0xBB, 549),
    ('∈', 0xCE, 713),
    ('∇', 0xD1, 713),
    ('∏', 0xD5, 823),
    ('√', 0xD6, 549),
    ('⟨', 0xE1, 329),
    ('∑', 0xE5, 713),
    ('⟩', 0xF1, 329),
    ('∫', 0xF2, 274),
    ('▼', 0xD1, 713),
];

/// The glyphs of a text; what neither font has becomes a question mark.
pub fn glyphs(text: &str) -> Vec<Glyph> {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.map(|c| small(c).unwrap_or_else(|| plain(c))).collect()
}

/// A raised or lowered character as a smaller one.
fn small(c: char) -> Option<Glyph> {
    const RAISED_DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";
    const LOWERED_DIGITS: &str = "₀₁₂₃₄₅₆₇₈₉₊₋";
    let digit =
        |all: &str| all.chars().position(|own| own == c).and_then(|at| "0123456789+−".chars().nth(at));
    let (base, rise) = match (digit(RAISED_DIGITS), digit(LOWERED_DIGITS)) {
        (Some(base), _) => (base, RAISED),
        (None, Some(base)) => (base, LOWERED),
        (None, None) => return None,
    };
    let glyph = plain(base);
    Some(Glyph { width: SMALL * glyph.width, scale: SMALL, rise, ..glyph })
}

fn plain(c: char) -> Glyph {
    let glyph = |font, code, width: u16| Glyph {
        font,
        code,
        width: f64::from(width) / 1000.0,
        scale: 1.0,
        rise: 0.0,
    };
    if let Some((_, code, width)) = SYMBOL.iter().find(|(own, ..)| *own == c) {
        return glyph(Font::Symbol, *code, *width);
    }
    match c {
        ' '..='~' => glyph(Font::Helvetica, c as u8, HELVETICA[c as usize - 0x20]),
        '…' => glyph(Font::Helvetica, 0x85, 1000),
        '–' => glyph(Font::Helvetica, 0x96, 556),
        '—' => glyph(Font::Helvetica, 0x97, 1000),
        '\u{202f}' | '\u{a0}' => glyph(Font::Helvetica, b' ', 278),
        '±' | '×' | '÷' => glyph(Font::Helvetica, c as u8, 584),
        '·' => glyph(Font::Helvetica, 0xB7, 278),
        '½' | '¼' | '¾' => glyph(Font::Helvetica, c as u8, 834),
        '\u{a1}'..='\u{ff}' => glyph(Font::Helvetica, c as u8, 556),
        _ => glyph(Font::Helvetica, b'?', 556),
    }
}
