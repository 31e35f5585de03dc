//! Forests of pairs: exact marginals at no cost, and the vertex of the feasible plans next to an interior one.
//!
//! On the pairs that an optimal plan uses the slack is 0. If they form a forest, then the potentials of each tree follow from
//! that up to one constant, which has a formula, and the plan follows from its marginals.

use crate::interior::{Marginals, State, slacks};
use crate::pairs::Pairs;

/// A spanning forest of some pairs: the neighbours of each point (rows, then columns) and the pairs that lead to them.
struct Forest(Vec<Vec<(usize, usize)>>);

impl Forest {
    /// The forest of largest plan on the pairs that are `allowed`.
    fn of_largest(pairs: &Pairs, plan: &[f64], allowed: impl Fn((usize, usize, usize)) -> bool) -> Self {
        let rows = pairs.rows();
        let mut order: Vec<_> = pairs.iter().filter(|&entry| allowed(entry)).collect();
        order.sort_unstable_by(|s, t| plan[t.2].total_cmp(&plan[s.2]).then(s.2.cmp(&t.2)));
        let mut roots: Vec<usize> = (0..rows + pairs.columns).collect();
        let mut edges = vec![Vec::new(); roots.len()];
        for (i, j, e) in order {
            let (from, to) = (root(&mut roots, i), root(&mut roots, rows + j));
            if from != to {
                roots[from] = to;
                edges[i].push((rows + j, e));
                edges[rows + j].push((i, e));
            }
        }
        Self(edges)
    }

    fn trees(&self) -> Vec<Vec<Member>> {
        let mut seen = vec![false; self.0.len()];
        let mut trees = Vec::new();
        for first in 0..self.0.len() {
            if seen[first] {
                continue;
            }
            seen[first] = true;
            let mut tree = vec![(first, None)];
            let mut next = 0;
            while next < tree.len() {
                let v = tree[next].0;
                for &(w, e) in &self.0[v] {
                    if !seen[w] {
                        seen[w] = true;
                        tree.push((w, Some((v, e))));
                    }
                }
                next += 1;
            }
            trees.push(tree);
        }
        trees
    }
}

/// A point of a tree, and for all but the first of a tree its neighbour among those before, with the pair between them.
type Member = (usize, Option<(usize, usize)>);

/// The representative of a tree.
fn root(roots: &mut [usize], mut v: usize) -> usize {
    while roots[v] != v {
        roots[v] = roots[roots[v]];
        v = roots[v];
    }
    v
}

/// Changes of the plan on a spanning forest of largest plan that add `missing` to its marginals (rows, then columns), as far
/// as each tree has as much missing in its rows as in its columns: (pair, change).
pub(crate) fn along_largest(pairs: &Pairs, plan: &[f64], mut missing: Vec<f64>) -> Vec<(usize, f64)> {
    let forest = Forest::of_largest(pairs, plan, |(_, _, e)| plan[e] > 0.0);
    let mut changes = Vec::with_capacity(missing.len());
    for tree in forest.trees() {
        flow(&tree, &mut missing, &mut changes);
    }
    changes
}

/// From the leaves on: the pair that leads to the rest of the tree has to carry what is missing.
fn flow(tree: &[Member], missing: &mut [f64], changes: &mut Vec<(usize, f64)>) {
    for &(v, towards) in tree.iter().rev() {
        if let Some((w, e)) = towards {
            changes.push((e, missing[v]));
            missing[w] -= missing[v];
        }
    }
}

/// The vertex whose pairs an interior iterate is about to choose: where γ is a larger part of its marginals than the slack is
/// of the `typical` cost. None if its plan is negative somewhere: then the optimal plan is no vertex, or not known yet.
pub(crate) fn vertex(
    pairs: &Pairs,
    masses: &[f64],
    marginals: Marginals,
    state: &State,
    typical: f64,
) -> Option<State> {
    let rows = pairs.rows();
    let (on_x, on_y) = pairs.marginals(&state.plan);
    let slack = slacks(pairs, &state.potentials);
    let forest = Forest::of_largest(pairs, &state.plan, |(i, j, e)| {
        state.plan[e] * typical > slack[e] * on_x[i].min(on_y[j])
    });
    let (mut potentials, mut missing) = (state.potentials.clone(), masses.to_vec());
    let mut changes = Vec::new();
    for tree in forest.trees() {
        let sign = |v: usize| if v < rows { 1.0 } else { -1.0 };
        for &(v, towards) in &tree {
            if let Some((w, e)) = towards {
                potentials[v] = pairs.cost[e] - potentials[w];
            }
        }
        if marginals == Marginals::Soft {
            if tree.len() == 1 {
                return None;
            }
            // The constant t, added in rows and subtracted in columns, balances Σ m e^{−a−t} and Σ n e^{−b+t}.
            let side = |of: f64| -> f64 {
                let members = tree.iter().map(|entry| entry.0).filter(|&v| sign(v) == of);
                members.map(|v| masses[v] * (-potentials[v]).exp()).sum()
            };
            let t = 0.5 * (side(1.0) / side(-1.0)).ln();
            for &(v, _) in &tree {
                potentials[v] += sign(v) * t;
                missing[v] = masses[v] * (-potentials[v]).exp();
            }
        } else {
            // Nothing fixes it: as before, on average.
            let before: f64 =
                tree.iter().map(|&(v, _)| sign(v) * (state.potentials[v] - potentials[v])).sum();
            let t = before / tree.len() as f64;
            tree.iter().for_each(|&(v, _)| potentials[v] += sign(v) * t);
        }
        flow(&tree, &mut missing, &mut changes);
    }
    let mut plan = vec![0.0; pairs.len()];
    for (e, γ) in changes {
        if γ.is_nan() || γ < 0.0 {
            return None;
        }
        plan[e] = γ;
    }
    Some(State { potentials, plan })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Pairs {
        Pairs { start: vec![0, 2, 4], column: vec![0, 1, 0, 1], cost: vec![0.1, 0.5, 0.3, 0.2], columns: 2 }
    }

    #[test]
    fn marginals_are_made_exact() {
        let (pairs, mut plan) = (square(), vec![0.3, 0.1, 0.2, 0.4]);
        // Rows 0.4, 0.6, columns 0.5, 0.5.
        for (e, change) in along_largest(&pairs, &plan.clone(), vec![0.05, -0.05, 0.02, -0.02]) {
            plan[e] += change;
        }
        let (rows, columns) = pairs.marginals(&plan);
        for (found, wanted) in rows.iter().chain(&columns).zip([0.45, 0.55, 0.52, 0.48]) {
            assert!((found - wanted).abs() < 1e-15, "{found} {wanted}");
        }
        assert_eq!(plan[1], 0.1, "the smallest closes the circle, and stays");
    }

    #[test]
    fn a_vertex_is_optimal_on_its_pairs() {
        let (pairs, masses) = (square(), [0.4, 0.6, 0.5, 0.5]);
        let state = State { potentials: vec![0.0, 0.2, 0.1, 0.0], plan: vec![0.3, 1e-9, 0.1, 0.4] };
        let found = vertex(&pairs, &masses, Marginals::Soft, &state, 0.1).unwrap();
        for (i, j, e) in pairs.iter().filter(|entry| entry.2 != 1) {
            assert!((found.potentials[i] + found.potentials[2 + j] - pairs.cost[e]).abs() < 1e-15);
        }
        let (rows, columns) = pairs.marginals(&found.plan);
        for (v, g) in rows.iter().chain(&columns).enumerate() {
            assert!((g / masses[v] - (-found.potentials[v]).exp()).abs() < 1e-14);
        }
    }
}
