//! W₂² on a line, exactly: mass moves in the order of the points.

use crate::order::Points;
use crate::sum::Sum;

/// The plan that moves mass in order, as (i, j, mass), and the potentials of x that prove it: along the pairs that the plan visits,
/// cost = a + b, which is feasible for all pairs as (x' − x)(y' − y) ≥ 0 for later points (Monge's condition). The masses of both are 1
/// up to rounding; what is left of one is not in the plan.
pub(crate) fn in_order(x: &Points, y: &Points) -> (Vec<(usize, usize, f64)>, Vec<f64>) {
    let sorted = |points: &Points| {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_unstable_by(|&i, &j| points.at(i)[0].total_cmp(&points.at(j)[0]).then(i.cmp(&j)));
        order
    };
    let (order_x, order_y) = (sorted(x), sorted(y));
    let (mut plan, mut a) = (Vec::new(), vec![0.0; x.len()]);
    let mut potential = Sum::default();
    let (mut k, mut left) = (0, y.masses[order_y[0]]);
    for (number, &i) in order_x.iter().enumerate() {
        let place = x.at(i)[0];
        if number > 0 {
            // c(x, y) − c(x', y) of the point before.
            let before = x.at(order_x[number - 1])[0];
            let to = y.at(order_y[k])[0];
            potential.add((place - before) * ((place - to) + (before - to)));
            a[i] = potential.value();
        }
        let mut own = x.masses[i];
        loop {
            let moved = own.min(left);
            if moved > 0.0 {
                plan.push((i, order_y[k], moved));
            }
            own -= moved;
            left -= moved;
            if own <= 0.0 || k + 1 == order_y.len() {
                break;
            }
            k += 1;
            left = y.masses[order_y[k]];
        }
    }
    (plan, a)
}
