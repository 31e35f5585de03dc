use super::display::space_arguments;
use super::{Coordinate, DifferentialPolynomial, Jet, Name, Symbol};
use num_traits::{One, Signed};

impl DifferentialPolynomial {
    /// The polynomial in LaTeX, derivatives in the index notation of the plain printer: f'', \partial_{12}\varphi.
    pub fn latex(&self) -> String {
        if self.terms().len() == 0 {
            return "0".into();
        }
        let mut text = String::new();
        for (place, (monomial, coefficient)) in self.terms().enumerate() {
            text += match (place, coefficient.is_negative()) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            let size = coefficient.abs();
            let bare = monomial.factors().is_empty();
            if size.is_integer() && (bare || !size.is_one()) {
                text += &format!("{size}");
            } else if !size.is_integer() {
                text += &format!("\\tfrac{{{}}}{{{}}}", size.numer(), size.denom());
            }
            let factors = monomial.factors().iter().map(|&(symbol, power)| factor(symbol, power));
            let separator = if size.is_one() || bare { "" } else { "\\," };
            text += separator;
            text += &factors.collect::<Vec<_>>().join("\\,");
        }
        text
    }
}

fn factor(symbol: Symbol, power: u32) -> String {
    let base = match symbol {
        Symbol::Parameter(of) => name(of),
        Symbol::Coordinate(Coordinate::TIME) => "t".into(),
        Symbol::Coordinate(space) => format!("x_{{{}}}", space.index()),
        Symbol::Noise(number) => format!("\\xi_{{{}}}", number + 1),
        Symbol::Jet(of) => jet(of),
    };
    let differentiated = matches!(symbol, Symbol::Jet(of) if of != Jet::of(of.function()));
    match (power, differentiated) {
        (1, _) => base,
        (_, true) => format!("({base})^{{{power}}}"),
        (_, false) => format!("{base}^{{{power}}}"),
    }
}

fn jet(of: Jet) -> String {
    let name = name(of.function().name());
    let in_time = match of.order(Coordinate::TIME) {
        0 => String::new(),
        1 => "\\partial_t ".into(),
        order => format!("\\partial_t^{{{order}}} "),
    };
    let space: Vec<Coordinate> = space_arguments(of.function()).collect();
    if let [x] = space[..] {
        return match of.order(x) {
            order @ 0..4 => format!("{in_time}{name}{}", "'".repeat(order as usize)),
            order => format!("{in_time}{name}^{{({order})}}"),
        };
    }
    let directions: String =
        space.iter().map(|&x| x.index().to_string().repeat(of.order(x) as usize)).collect();
    let in_space = if directions.is_empty() { String::new() } else { format!("\\partial_{{{directions}}} ") };
    format!("{in_time}{in_space}{name}")
}

fn name(of: Name) -> String {
    let letter = match of.letter() {
        'α' => "\\alpha".into(),
        'β' => "\\beta".into(),
        'γ' => "\\gamma".into(),
        'ζ' => "\\zeta".into(),
        'η' => "\\eta".into(),
        'θ' => "\\theta".into(),
        'κ' => "\\kappa".into(),
        'λ' => "\\lambda".into(),
        'ρ' => "\\rho".into(),
        'σ' => "\\sigma".into(),
        'φ' => "\\varphi".into(),
        'ψ' => "\\psi".into(),
        'ℓ' => "\\ell".into(),
        other => other.to_string(),
    };
    let indices: String = of.indices().map(|index| index.to_string()).collect();
    if indices.is_empty() { letter } else { format!("{letter}_{{{indices}}}") }
}
