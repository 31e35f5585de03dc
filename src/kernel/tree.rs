//! Sums over a kd-tree of the sources, with cut-offs that are certified by bounds on the kernel (Gray and Moore 2000,
//! "N-body problems in statistical learning").

use super::blocks::{Blocks, WIDTH};
use super::log_sum::LogSum;
use std::ops::Range;

/// Sources in a leaf; from 16 to 128 the time hardly changes.
const LEAF: usize = 32;

/// A kd-tree of sources. Every node knows the box around its sources and their weight.
pub(super) struct Tree {
    dimension: usize,
    blocks: Blocks,
    nodes: Vec<Node>,
    /// Lower corner of the first node, its upper corner, lower corner of the second …
    corners: Vec<f64>,
    /// Where in the order of the tree each source is.
    places: Vec<u32>,
}

struct Node {
    sources: Range<usize>,
    log_weight: f64,
    /// Its share of the whole weight.
    share: f64,
    /// The second child; the first follows its parent.
    second: Option<usize>,
}

/// A node still to be summed, with bounds on log Σ e^{ℓ − |x − y|²/2}.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    node: usize,
    lower: f64,
    upper: f64,
}

impl Tree {
    pub(super) fn new(dimension: usize, points: &[f64], log_weights: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..log_weights.len() as u32).collect();
        let mut growth = Growth { dimension, points, log_weights, nodes: Vec::new(), corners: Vec::new() };
        growth.grow(&mut order, 0);
        let Growth { mut nodes, corners, .. } = growth;
        let whole = nodes[0].log_weight;
        for node in &mut nodes {
            node.share = (node.log_weight - whole).exp();
        }
        let mut places = vec![0; order.len()];
        for (place, &source) in order.iter().enumerate() {
            places[source as usize] = place as u32;
        }
        Self {
            dimension,
            blocks: Blocks::new(dimension, points, log_weights, &order),
            nodes,
            corners,
            places,
        }
    }

    /// log Σ e^{ℓ_j − |x − y_j|²/2} over all sources but `without`, and a bound on its error, at most `tolerance`.
    ///
    /// A node is taken at the middle of its bounds if their half-width is below its share of tolerance × (what is
    /// sure of the sum); the shares add up to 1. The nearer child goes first, so that the sum soon is large.
    pub(super) fn log_sum(
        &self,
        x: &[f64],
        without: Option<usize>,
        tolerance: f64,
        pending: &mut Vec<Pending>,
    ) -> (f64, f64) {
        let without = without.map(|source| self.places[source] as usize);
        let mut total = LogSum::new();
        pending.push(self.bounds(0, x));
        while let Some(Pending { node, lower, upper }) = pending.pop() {
            let Node { sources, share, second, .. } = &self.nodes[node];
            let whole = without.is_none_or(|place| !sources.contains(&place));
            if whole && total.add_between(lower, upper, tolerance * share) {
                continue;
            }
            match *second {
                None => self.blocks.add(x, sources.clone(), without, &mut total),
                Some(second) => {
                    let children = [self.bounds(node + 1, x), self.bounds(second, x)];
                    let nearer = usize::from(children[1].upper > children[0].upper);
                    pending.extend([children[1 - nearer], children[nearer]]);
                }
            }
        }
        total.log()
    }

    fn bounds(&self, node: usize, x: &[f64]) -> Pending {
        let corners = &self.corners[2 * self.dimension * node..][..2 * self.dimension];
        let (lower, upper) = corners.split_at(self.dimension);
        let (mut near, mut far) = (0.0, 0.0);
        for ((x, lower), upper) in x.iter().zip(lower).zip(upper) {
            let (below, above) = (lower - x, x - upper);
            let outside = below.max(above).max(0.0);
            let across = below.min(above);
            near += outside * outside;
            far += across * across;
        }
        let log_weight = self.nodes[node].log_weight;
        Pending { node, lower: log_weight - 0.5 * far, upper: log_weight - 0.5 * near }
    }
}

struct Growth<'a> {
    dimension: usize,
    points: &'a [f64],
    log_weights: &'a [f64],
    nodes: Vec<Node>,
    corners: Vec<f64>,
}

impl Growth<'_> {
    /// Grows the node of these sources, which stand from `start` on in the order of the tree, and those below it: halves
    /// at the median of the widest axis, to whole groups.
    fn grow(&mut self, order: &mut [u32], start: usize) {
        let d = self.dimension;
        let coordinate = |source: u32, axis: usize| self.points[source as usize * d + axis];
        let end = |axis: usize, choose: fn(f64, f64) -> f64| {
            order.iter().map(|&i| coordinate(i, axis)).reduce(choose).expect("a node has sources")
        };
        let lower: Vec<f64> = (0..d).map(|axis| end(axis, f64::min)).collect();
        let upper: Vec<f64> = (0..d).map(|axis| end(axis, f64::max)).collect();
        let width = |&axis: &usize| upper[axis] - lower[axis];
        let widest = (0..d).max_by(|a, b| width(a).total_cmp(&width(b))).expect("d ≥ 1");
        self.corners.extend(lower.iter().chain(&upper));
        let node = self.nodes.len();
        let (sources, half) = (start..start + order.len(), (order.len() / 2).next_multiple_of(WIDTH));
        self.nodes.push(Node { sources, log_weight: 0.0, share: 0.0, second: None });
        if order.len() <= LEAF {
            let largest =
                order.iter().map(|&i| self.log_weights[i as usize]).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = order.iter().map(|&i| (self.log_weights[i as usize] - largest).exp()).sum();
            self.nodes[node].log_weight = largest + sum.ln();
            return;
        }
        // Ties are broken by the index, so that the order depends on the data alone.
        order.select_nth_unstable_by(half, |&i, &j| {
            coordinate(i, widest).total_cmp(&coordinate(j, widest)).then(i.cmp(&j))
        });
        let (first, rest) = order.split_at_mut(half);
        self.grow(first, start);
        let second = self.nodes.len();
        self.grow(rest, start + half);
        let [a, b] = [node + 1, second].map(|child| self.nodes[child].log_weight);
        self.nodes[node].log_weight = a.max(b) + (-(a - b).abs()).exp().ln_1p();
        self.nodes[node].second = Some(second);
    }
}
