use super::GaussHermite;
use crate::symbolic::Variate;

/// Nodes whose weight is below this share do not count in double precision.
const NEGLIGIBLE: f64 = 1e-17;

/// Quadrature over the variates of one step: the tensor product of one rule for each.
#[derive(Clone, Debug)]
pub struct NoiseRule {
    nodes: Vec<(Vec<f64>, f64)>,
}

/// Nodes for a space-time area. What n nodes miss is of order hⁿ, whatever the scheme does with it, with a constant of
/// n!/(2n)!/12ⁿ: where there are several, five leave 1e-10.
fn area_nodes(variates: &[Variate]) -> usize {
    let areas = variates.iter().filter(|variate| **variate == Variate::SpaceTimeArea).count();
    if areas > 1 { 5 } else { 12 }
}

/// (value, probability) of a discrete variate; for a Gaussian one, the Gauss–Hermite rule of `count` nodes.
pub fn variate_nodes(variate: Variate, count: usize) -> Vec<(f64, f64)> {
    match variate {
        Variate::Gaussian => GaussHermite::new(count).iter().collect(),
        Variate::SpaceTimeArea => {
            GaussHermite::new(count).iter().map(|(ξ, ω)| (ξ / 12f64.sqrt(), ω)).collect()
        }
        Variate::ThreePoint => vec![(-(3f64.sqrt()), 1.0 / 6.0), (0.0, 2.0 / 3.0), (3f64.sqrt(), 1.0 / 6.0)],
        Variate::TwoPoint => vec![(-1.0, 0.5), (1.0, 0.5)],
    }
}

impl NoiseRule {
    /// The rule for these variates; discrete laws are exact, Gaussian ones have `gaussian_nodes` nodes.
    pub fn new(variates: &[Variate], gaussian_nodes: usize) -> Self {
        let mut nodes = vec![(Vec::new(), 1.0)];
        for variate in variates {
            let own = match variate {
                Variate::SpaceTimeArea => variate_nodes(*variate, gaussian_nodes.min(area_nodes(variates))),
                _ => variate_nodes(*variate, gaussian_nodes),
            };
            let longer = |(start, weight): &(Vec<f64>, f64)| {
                let (start, weight) = (start.clone(), *weight);
                own.clone().into_iter().map(move |(ξ, ω)| {
                    let mut node = start.clone();
                    node.push(ξ);
                    (node, weight * ω)
                })
            };
            nodes = nodes.iter().flat_map(longer).filter(|(_, weight)| *weight > NEGLIGIBLE).collect();
        }
        Self { nodes }
    }

    /// (variates, weight) of every node.
    pub fn iter(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.nodes.iter().map(|(node, weight)| (node.as_slice(), *weight))
    }
}
