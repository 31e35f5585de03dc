//! How the noise of the probability of an event changes with it.

use super::draws::Draws;

/// The standard error of the probability of an event where it is another: more of the event is more of its noise.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The probability that is right.
    right: f64,
    /// The mean of the squares of the terms inside of the event, and outside.
    squares: [f64; 2],
    /// What another probability changes: weights, which stand in the squares twice, or how many draws there are, once.
    power: i32,
}

impl Share {
    /// The standard error where the probability is larger by `shift`, in units of the one where it is right; of the two signs of
    /// `shift` the larger.
    pub fn stretch(&self, shift: f64) -> f64 {
        let variance = |shift: f64| {
            let share = (self.right + shift).clamp(0.0, 1.0);
            let ratios = [share / self.right, (1.0 - share) / (1.0 - self.right)];
            let moment: f64 =
                ratios.iter().zip(self.squares).map(|(r, square)| r.powi(self.power) * square).sum();
            moment - (share - self.right).powi(2)
        };
        (variance(shift).max(variance(-shift)) / variance(0.0)).sqrt().max(1.0)
    }
}

impl Draws<'_> {
    /// How the standard error of the probability of an event changes with it; `None` without spread, which says nothing of it.
    pub fn share(&self, values: &[f64], right: f64) -> Option<Share> {
        let squares = [(1.0, 1.0 - right), (0.0, right)].map(|(inside, square)| {
            let terms: Vec<f64> = (values.iter().enumerate())
                .map(|(k, f)| self.weighted(k, square).powi(2) * (1.0 - (f - inside).abs()))
                .collect();
            terms.iter().sum::<f64>() / terms.len() as f64
        });
        let power = if self.weights.is_some() { 2 } else { 1 };
        (0.0 < right && right < 1.0 && squares.iter().all(|own| *own > 0.0)).then_some(Share {
            right,
            squares,
            power,
        })
    }
}
