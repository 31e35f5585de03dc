use super::legendre::{DEGREE, NODES};
use super::{Expectation, Law, LawError, LegendrePanels, Resolution, Space};
use crate::algebra::{LANES, Lanes, Scalar};
use crate::model::{Initial, Observable};

/// The backward functions of a scheme, u(t, x) = E[φ(X_T) W_{t,T} | X_t = x] and the same of φ = 1, at every multiple of
/// its step; between the points they are the piecewise polynomials of the panels.
#[derive(Clone, Debug)]
pub struct Backward {
    axes: Vec<LegendrePanels>,
    /// For every time, cell by cell: the coefficients of both functions.
    tables: Vec<Vec<f64>>,
    /// E φW and E W from the initial law.
    pub expectation: Expectation,
}

impl Law<'_> {
    /// The backward functions of `steps` equal steps to `horizon`.
    ///
    /// # Errors
    /// As [`Law::expectation`].
    pub fn backward(
        &self,
        resolution: &Resolution,
        initial: &Initial,
        observable: &Observable,
        horizon: f64,
        steps: usize,
    ) -> Result<Backward, LawError> {
        let axes = match &resolution.space {
            Space::Line(panels) => vec![panels.clone()],
            Space::Plane(axes) => axes.to_vec(),
        };
        let mut tables = vec![Vec::new(); steps + 1];
        let expectation = self.iterate(resolution, initial, observable, horizon, steps, |k, functions| {
            tables[k] = table(&axes, &functions.collect::<Vec<_>>());
        })?;
        Ok(Backward { axes, tables, expectation })
    }
}

impl Backward {
    /// Number of steps to the horizon.
    pub fn steps(&self) -> usize {
        self.tables.len() - 1
    }

    /// Both functions at the time k·horizon/steps, at a batch of points.
    pub fn value(&self, k: usize, x: &[Lanes]) -> [Lanes; 2] {
        let mut values = [Lanes::zero(); 2];
        for lane in 0..LANES {
            let [value, mass] = match (&self.axes[..], x) {
                ([axis], [x]) => self.on_the_line(k, axis.place(x.0[lane])),
                (axes, x) => self.on_the_plane(k, [0, 1].map(|i| axes[i].place(x[i].0[lane]))),
            };
            values[0].0[lane] = value;
            values[1].0[lane] = mass;
        }
        values
    }

    fn on_the_line(&self, k: usize, (panel, basis): (usize, [f64; DEGREE])) -> [f64; 2] {
        let cell = &self.tables[k][2 * DEGREE * panel..][..2 * DEGREE];
        [dot(&cell[..DEGREE], &basis), dot(&cell[DEGREE..], &basis)]
    }

    fn on_the_plane(
        &self,
        k: usize,
        [(row, rows), (column, columns)]: [(usize, [f64; DEGREE]); 2],
    ) -> [f64; 2] {
        const CELL: usize = DEGREE * DEGREE;
        let place = row * self.axes[1].count() + column;
        let cell = &self.tables[k][2 * CELL * place..][..2 * CELL];
        [&cell[..CELL], &cell[CELL..]].map(|own| {
            own.chunks_exact(DEGREE).zip(&rows).map(|(own, share)| share * dot(own, &columns)).sum()
        })
    }
}

fn dot(a: &[f64], b: &[f64; DEGREE]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Coefficients from the values at all points, cell by cell.
fn table(axes: &[LegendrePanels], functions: &[[f64; 2]]) -> Vec<f64> {
    let mut table = Vec::new();
    match axes {
        [axis] => {
            for values in functions.chunks_exact(NODES) {
                for own in [0, 1] {
                    let values: Vec<f64> = values.iter().map(|value| value[own]).collect();
                    table.extend(axis.coefficients(&values));
                }
            }
        }
        axes => {
            let width = axes[1].points().len();
            for rows in functions.chunks_exact(NODES * width) {
                for column in (0..width).step_by(NODES) {
                    for own in [0, 1] {
                        // Along the second axis in every row, then along the first.
                        let across: Vec<[f64; DEGREE]> = rows
                            .chunks_exact(width)
                            .map(|row| {
                                let values: Vec<f64> =
                                    row[column..column + NODES].iter().map(|value| value[own]).collect();
                                axes[1].coefficients(&values)
                            })
                            .collect();
                        let down: Vec<[f64; DEGREE]> = (0..DEGREE)
                            .map(|i| {
                                let values: Vec<f64> = across.iter().map(|row| row[i]).collect();
                                axes[0].coefficients(&values)
                            })
                            .collect();
                        table.extend((0..DEGREE).flat_map(|j| down.iter().map(move |column| column[j])));
                    }
                }
            }
        }
    }
    table
}
