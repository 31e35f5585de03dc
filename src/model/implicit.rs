use crate::algebra::Real;

/// Newton iterations at most; a smooth drift and a step that resolves it need fewer than ten.
const ITERATIONS: usize = 40;
/// Size of the last correction, relative to 1 + |y|, with which y counts as solved.
const ACCURACY: f64 = 1e-13;

/// Solves y = `known` + κ b(y) by Newton's method from the guess in `y`; lanes that do not converge become NaN.
/// `drift` writes b, `jacobian` writes ∂bᵢ/∂xⱼ row by row.
pub(super) fn newton<R: Real>(
    κ: R,
    known: &[R],
    y: &mut [R],
    drift: impl Fn(&[R], &mut [R]),
    jacobian: impl Fn(&[R], &mut [R]),
) {
    let d = y.len();
    let (mut residual, mut matrix) = (vec![R::zero(); d], vec![R::zero(); d * d]);
    for _ in 0..ITERATIONS {
        drift(y, &mut residual);
        jacobian(y, &mut matrix);
        for i in 0..d {
            residual[i] = known[i] + κ * residual[i] - y[i];
            for j in 0..d {
                let identity = if i == j { R::one() } else { R::zero() };
                matrix[i * d + j] = identity - κ * matrix[i * d + j];
            }
        }
        eliminate(&mut matrix, &mut residual);
        let mut solved = true;
        for (value, correction) in y.iter_mut().zip(&residual) {
            *value += *correction;
            let share = correction.over(R::one() + value.map(f64::abs));
            solved &= share.every(|share| share.abs() <= ACCURACY);
        }
        if solved {
            return;
        }
    }
    for (value, correction) in y.iter_mut().zip(residual) {
        let share = correction.over(R::one() + value.map(f64::abs));
        *value = value.zip(share, |value, share| if share.abs() <= ACCURACY { value } else { f64::NAN });
    }
}

/// Solves `matrix`·x = `side` in place, lane by lane. There is no pivoting: I − κ∇b has a dominant symmetric part
/// where the implicit step is well posed, and a lane where it fails does not converge.
fn eliminate<R: Real>(matrix: &mut [R], side: &mut [R]) {
    let d = side.len();
    for k in 0..d {
        for i in k + 1..d {
            let factor = matrix[i * d + k].over(matrix[k * d + k]);
            for j in k..d {
                let above = matrix[k * d + j];
                matrix[i * d + j] += -(factor * above);
            }
            let above = side[k];
            side[i] += -(factor * above);
        }
    }
    for k in (0..d).rev() {
        let below = (k + 1..d).fold(R::zero(), |sum, j| sum + matrix[k * d + j] * side[j]);
        side[k] = (side[k] - below).over(matrix[k * d + k]);
    }
}
