//! Encloses log ∫e^{−V}, E φ and Var φ for several V and φ, for `python/check_moments.py` to hold against Arb's quadrature.

use enclose::Expression;
use enclose::integrals::Measure;

const POTENTIALS: [&str; 13] = [
    "(x^2 - 1)^2",
    "3*(x^2 - 1)^2",
    "6*(x^2 - 1)^2",
    "8*(x^2 - 1)^2",
    "3*(x^2 - 1)^2 + x/2",
    "x^4/4",
    "x^2/2 + cos(2*x)/2",
    "x^2/2 + 50*x",
    "x^6/8 - 2*x^4 + x^2 + x/4",
    "1e4*(x - 3)^2",
    "x^2/2e4 + tanh(x)",
    "sqrt(1 + x^4) - 400",
    "x^2/2 + log(1 + x^2) + exp(-(x^2))",
];
const OBSERVABLES: [&str; 6] = ["x", "x^2", "x^4 - x", "cos(3*x)", "tanh(x)*x", "1/(1 + x^2)"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for v in POTENTIALS {
        let potential = Expression::parse(v)?;
        let measure = Measure::new(&potential)?;
        let log_mass = measure.log_mass();
        println!("{potential}\tlog Z\t1\t{:?}\t{:?}", log_mass.lower(), log_mass.upper());
        for φ in OBSERVABLES {
            let φ = Expression::parse(φ)?;
            for (kind, value) in [("E", measure.expectation(&φ)?), ("Var", measure.variance(&φ)?)] {
                println!("{potential}\t{kind}\t{φ}\t{:?}\t{:?}", value.lower(), value.upper());
            }
        }
    }
    Ok(())
}
