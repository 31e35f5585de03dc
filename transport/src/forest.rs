//! Exact marginals at no cost: what is missing is sent along the pairs that carry most.
//!
//! On the pairs that an optimal plan uses the slack is 0, so that a change of the plan there costs a change of the potentials'
//! value only, and nothing of the gap.

use crate::pairs::Pairs;

/// Changes of the plan on a spanning forest of largest plan that add `missing` to its marginals (rows, then columns), as far
/// as each tree has as much missing in its rows as in its columns: (pair, change).
pub(crate) fn along_largest(pairs: &Pairs, plan: &[f64], mut missing: Vec<f64>) -> Vec<(usize, f64)> {
    let rows = pairs.rows();
    let mut order: Vec<(usize, usize, usize)> = pairs.iter().filter(|entry| plan[entry.2] > 0.0).collect();
    order.sort_unstable_by(|s, t| plan[t.2].total_cmp(&plan[s.2]).then(s.2.cmp(&t.2)));
    let mut roots: Vec<usize> = (0..missing.len()).collect();
    let mut edges: Vec<Vec<(usize, usize)>> = vec![Vec::new(); missing.len()];
    for (i, j, e) in order {
        let (from, to) = (root(&mut roots, i), root(&mut roots, rows + j));
        if from != to {
            roots[from] = to;
            edges[i].push((rows + j, e));
            edges[rows + j].push((i, e));
        }
    }
    // From the leaves on: the only edge left has to carry what is missing.
    let mut degree: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut leaves: Vec<usize> = (0..degree.len()).filter(|&v| degree[v] == 1).collect();
    let mut changes = Vec::with_capacity(missing.len());
    while let Some(leaf) = leaves.pop() {
        if degree[leaf] != 1 {
            continue;
        }
        let Some(&(other, e)) = edges[leaf].iter().find(|(other, _)| degree[*other] > 0) else { continue };
        changes.push((e, missing[leaf]));
        missing[other] -= missing[leaf];
        degree[leaf] = 0;
        degree[other] -= 1;
        if degree[other] == 1 {
            leaves.push(other);
        }
    }
    changes
}

/// The representative of a tree.
fn root(roots: &mut [usize], mut v: usize) -> usize {
    while roots[v] != v {
        roots[v] = roots[roots[v]];
        v = roots[v];
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marginals_are_made_exact() {
        let pairs = Pairs { start: vec![0, 2, 4], column: vec![0, 1, 0, 1], cost: vec![0.0; 4], columns: 2 };
        let mut plan = vec![0.3, 0.1, 0.2, 0.4];
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
}
