//! Fewer points in the place of many, at a known price.

use crate::sum::Sum;
use crate::{Cloud, Error};
use std::collections::BinaryHeap;
use std::ops::Range;

/// Relative room for the rounding of centres and sums.
const ROOM: f64 = 1e-12;

/// Neighbours that become one point.
struct Part {
    /// Where they are in the list of indices.
    range: Range<usize>,
    centre: Vec<f64>,
    mass: f64,
    /// Σ m|x − c|².
    cost: f64,
    /// The axis along which they are spread most.
    axis: usize,
}

impl Cloud {
    /// A cloud of at most `most` points (one at least), each with the mass and the centre of mass of neighbours, and Σ m|x − c|²: W₂² between
    /// the two is at most that. By the triangle inequality √S_δ to any measure changes by at most the root of it over 2δ, as
    /// 4δ²S_δ ≤ W₂². The part that costs most is divided at its centre until there are `most`.
    ///
    /// # Errors
    /// If the sum of all masses leaves the range of [`Cloud::new`] by rounding.
    pub fn condensed(&self, most: usize) -> Result<(Self, f64), Error> {
        let mut indices: Vec<usize> = (0..self.len()).filter(|&i| self.masses()[i] > 0.0).collect();
        if indices.len() <= most {
            return Ok((self.clone(), 0.0));
        }
        let mut parts = vec![self.part(&indices, 0..indices.len())];
        // Costs are not negative, and their bits in the order of their size.
        let mut heap = BinaryHeap::from([(parts[0].cost.to_bits(), 0)]);
        while let Some((cost, index)) = heap.pop().filter(|_| parts.len() < most) {
            if f64::from_bits(cost) == 0.0 {
                break;
            }
            let Part { range, centre, axis, .. } = &parts[index];
            let (range, middle, axis) = (range.clone(), centre[*axis], *axis);
            let own = &mut indices[range.clone()];
            own.sort_unstable_by(|&i, &j| {
                self.point(i)[axis].total_cmp(&self.point(j)[axis]).then(i.cmp(&j))
            });
            // Rounding may put the centre at an end.
            let below = own.partition_point(|&i| self.point(i)[axis] < middle).clamp(1, own.len() - 1);
            let cut = range.start + below;
            for (place, part) in [(index, range.start..cut), (parts.len(), cut..range.end)] {
                let part = self.part(&indices, part);
                heap.push((part.cost.to_bits(), place));
                if place == index { parts[index] = part } else { parts.push(part) }
            }
        }
        let cost = parts.iter().map(|part| part.cost).collect::<Sum>().value() * (1.0 + ROOM);
        let centres = parts.iter().flat_map(|part| part.centre.clone()).collect();
        let masses = parts.iter().map(|part| part.mass).collect();
        Ok((Self::new(self.dimension(), centres, masses)?, cost))
    }

    fn part(&self, indices: &[usize], range: Range<usize>) -> Part {
        let own = &indices[range.clone()];
        let mass = own.iter().map(|&i| self.masses()[i]).collect::<Sum>().value();
        let along = |axis: usize| {
            let of = |i: usize| (self.point(i)[axis], self.masses()[i] / mass);
            let centre = own.iter().map(|&i| of(i)).map(|(x, share)| x * share).collect::<Sum>().value();
            let spread = own.iter().map(|&i| of(i)).map(|(x, share)| share * (x - centre) * (x - centre));
            (centre, spread.collect::<Sum>().value())
        };
        let axes: Vec<(f64, f64)> = (0..self.dimension()).map(along).collect();
        let axis = (0..axes.len()).max_by(|&i, &j| axes[i].1.total_cmp(&axes[j].1)).unwrap_or_default();
        // One point, or many in one place, cost nothing: what is left is rounding.
        let apart = own.iter().any(|&i| self.point(i) != self.point(own[0]));
        let (centre, cost) = if apart {
            (axes.iter().map(|own| own.0).collect(), mass * axes.iter().map(|own| own.1).sum::<f64>())
        } else {
            (self.point(own[0]).to_vec(), 0.0)
        };
        Part { range, centre, mass, cost, axis }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cloud, Settings, w2};

    /// Points at multiples of irrational numbers modulo 1, denser toward 0, with unequal masses.
    fn cloud(count: usize) -> Cloud {
        let place = |i: usize, step: f64| (i as f64 * step % 1.0).powi(3);
        let points =
            (1..=count).flat_map(|i| [place(i, 0.618_033_988_749_894_9), place(i, 0.414_213_562_373_095)]);
        Cloud::new(2, points.collect(), (0..count).map(|i| 1.0 + (i % 3) as f64).collect()).unwrap()
    }

    #[test]
    fn the_price_bounds_the_distance_and_falls_with_more_points() {
        let all = cloud(400);
        let mut last = f64::INFINITY;
        for most in [1, 10, 50, 200, 399] {
            let (few, price) = all.condensed(most).unwrap();
            assert!(few.len() == most && (few.total() / all.total() - 1.0).abs() < 1e-14);
            let distance = w2(&all, &few, &Settings { tolerance: 1e-6, ..Settings::default() }).unwrap();
            assert!(distance.lower <= price && price < last, "{most}: {distance:?} {price}");
            // Neighbours are merged: sending each point to its centre is nearly the best plan.
            assert!(price <= 1.1 * distance.upper, "{most}: {price} {}", distance.upper);
            last = price;
        }
    }

    #[test]
    fn enough_points_cost_nothing() {
        let all = cloud(30);
        assert_eq!(all.condensed(30).unwrap(), (all.clone(), 0.0));
        // Many in one place.
        let same = Cloud::new(1, vec![0.1; 50], vec![0.3; 50]).unwrap();
        let (few, price) = same.condensed(7).unwrap();
        assert!(few.len() == 1 && few.points() == [0.1] && price == 0.0);
    }
}
