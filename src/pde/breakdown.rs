use thiserror::Error;

/// Which ratios of the widths have positive rates.
fn shapes(least: f64, most: f64) -> String {
    // Perfectly correlated noises leave none but rounding.
    if least < 0.999 * most {
        format!("it has to be between {least:.3} and {most:.3} there, by other cells")
    } else {
        format!("no ratio will do there, as the correlation is {:.4}", (least / most).sqrt())
    }
}

/// Why a grid computation cannot go on, with place and remedy.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GridBreakdown {
    /// Positions and momenta have more than two axes.
    #[error("the grid solves underdamped dynamics of one position only: leave [grid] out")]
    Kinetic,
    /// The law of annealed dynamics is known without a grid.
    #[error("the grid does not solve annealed dynamics, whose law is known: leave [grid] out")]
    Annealed,
    /// Transport and reaction are solved at once on the line only.
    #[error(
        "method = \"unsplit\" is for a gradient flow of KL or an Itô equation on the line, from a density that vanishes \
         nowhere: use method = \"strang\" or \"richardson\""
    )]
    Unsplit,
    /// V or a coefficient is not finite at a cell centre.
    #[error("{quantity} is {value} at the cell centre {place:?}: choose a box inside its domain")]
    NotFinite {
        /// What was evaluated.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
    },
    /// A manufactured solution has to be a density.
    #[error(
        "the solution is {value:e} at the cell centre {place:?}, time {time}: choose a formula that is positive in the box"
    )]
    NotPositive {
        /// Its value.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
        /// The time.
        time: f64,
    },
    /// Two neighbouring cells exchange mass in one direction only, to rounding.
    #[error(
        "the potential, or what the drift is the slope of, jumps by {jump:.3e} between the cells at {place:?} and the next one along axis {axis}, \
         more than e^-700 can hold: refine the grid, set lower and upper to a smaller box, or bound the drift"
    )]
    CutOff {
        /// Potential difference.
        jump: f64,
        /// Centre of the first cell.
        place: Vec<f64>,
        /// Axis of the face between them.
        axis: usize,
    },
    /// The diffusion coefficient is not positive.
    #[error("σ² is {value:e} at {place:?}: the grid needs σ² > 0 in its whole box")]
    Degenerate {
        /// σ².
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
    },
    /// No combination of jumps to the eight cells around has this σσᵀ.
    #[error(
        "σσᵀ is {value:e} off its diagonal at {place:?}, too much for positive rates between cells whose widths have the \
         ratio {ratio:.3}: {}; choose coordinates in which the noises are less correlated, or leave [grid] out",
        shapes(*least, *most)
    )]
    Correlated {
        /// The entry.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
        /// Width of the cells along the first axis, as a multiple of that along the second.
        ratio: f64,
        /// The smallest ratio that has positive rates.
        least: f64,
        /// The largest one.
        most: f64,
    },
    /// Jumps across corners need equal cells.
    #[error(
        "σσᵀ is {value:e} off its diagonal at {place:?}, which takes equal cells: leave [grid] spacing out"
    )]
    GradedCorners {
        /// The entry.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
    },
    /// An integrator that is not positive produced a negative density.
    #[error(
        "{integrator} gave the negative density {value:.3e} at {place:?}, time {time}: \
         use transport = \"time-exact\", a finer grid, or a step smaller than {step:e}"
    )]
    Negative {
        /// Name of the integrator.
        integrator: &'static str,
        /// The density.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
        /// Time at the start of the step.
        time: f64,
        /// Step that failed.
        step: f64,
    },
    /// The symmetrised variable leaves the range of f64.
    #[error(
        "the potential varies by {range:.0} over the box, more than {limit:.0}, which the implicit integrators \
         cannot hold: use transport = \"time-exact\", or set lower and upper to a smaller box"
    )]
    Range {
        /// max V − min V.
        range: f64,
        /// The largest range that works.
        limit: f64,
    },
    /// The coarsest companion of the grid has too few cells for a kinetic spectrum.
    #[error(
        "a grid with a quarter of the cells along each axis has {cells} of them, and a kinetic spectrum needs more than \
         {needed}: refine the grid"
    )]
    TooCoarse {
        /// Cells there are.
        cells: usize,
        /// Cells that are too few.
        needed: usize,
    },
    /// No path ends.
    #[error("from {place:?} no path ends: a side that absorbs, or a rate above 0, has to be within reach")]
    Endless {
        /// The cell centre.
        place: Vec<f64>,
    },
    /// The sparse factorisation failed.
    #[error("the sparse Cholesky factorisation failed at step {step:e}: {reason}")]
    Factorization {
        /// Step size.
        step: f64,
        /// faer's reason.
        reason: String,
    },
    /// The conjugate gradients stalled.
    #[error(
        "the conjugate gradients of the implicit step {step:e} stalled at the relative residual {residual:.1e}: \
         use transport = \"time-exact\", or a smaller step"
    )]
    NoSolution {
        /// Step size.
        step: f64,
        /// ‖residual‖/‖right-hand side‖.
        residual: f64,
    },
    /// The time-exact series did not converge.
    #[error(
        "the transport step did not converge at time {time}: between neighbouring cells log ρ or the rates differ by too much \
         for numbers of this range; take cells of another size (larger ones, where σ vanishes at a side), a smaller box, or a wider \
         start"
    )]
    NoConvergence {
        /// Time at the start of the step.
        time: f64,
    },
    /// log ρ became NaN or +∞.
    #[error("log ρ became {value} at {place:?}, time {time}")]
    Overflow {
        /// The value.
        value: f64,
        /// The cell centre.
        place: Vec<f64>,
        /// The time.
        time: f64,
    },
}
