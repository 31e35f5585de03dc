//! Points in an order in which neighbours in the list are neighbours in space.

use std::ops::Range;

/// Points with masses, as the solver sees them.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    pub dimension: usize,
    pub coordinates: Vec<f64>,
    pub masses: Vec<f64>,
}

impl Points {
    pub fn len(&self) -> usize {
        self.masses.len()
    }

    pub fn at(&self, index: usize) -> &[f64] {
        &self.coordinates[index * self.dimension..(index + 1) * self.dimension]
    }

    /// The points with these indices, in their order.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            dimension: self.dimension,
            coordinates: indices.iter().flat_map(|&i| self.at(i)).copied().collect(),
            masses: indices.iter().map(|&i| self.masses[i]).collect(),
        }
    }

    /// Lowest and highest coordinates of a range of points.
    pub fn bounds(&self, range: Range<usize>) -> (Vec<f64>, Vec<f64>) {
        let mut low = vec![f64::INFINITY; self.dimension];
        let mut high = vec![f64::NEG_INFINITY; self.dimension];
        for i in range {
            for (axis, &x) in self.at(i).iter().enumerate() {
                low[axis] = low[axis].min(x);
                high[axis] = high[axis].max(x);
            }
        }
        (low, high)
    }

    /// The order of a k-d tree: the halves of the list are separated in the coordinate of widest spread, and so on.
    pub fn tree_order(&self) -> Vec<usize> {
        let mut indices: Vec<usize> = (0..self.len()).collect();
        self.sort(&mut indices);
        indices
    }

    fn sort(&self, indices: &mut [usize]) {
        if indices.len() <= 2 {
            return;
        }
        let spread = |axis: usize| {
            let values = indices.iter().map(|&i| self.at(i)[axis]);
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
            high - low
        };
        let axis = (0..self.dimension).max_by(|&i, &j| spread(i).total_cmp(&spread(j))).unwrap_or_default();
        let middle = indices.len() / 2;
        indices.select_nth_unstable_by(middle, |&i, &j| {
            self.at(i)[axis].total_cmp(&self.at(j)[axis]).then(i.cmp(&j))
        });
        let (left, right) = indices.split_at_mut(middle);
        self.sort(left);
        self.sort(right);
    }

    /// One point with the mass and the centre of mass for each cell of a partition.
    pub fn merged(&self, cells: &[Range<usize>]) -> Self {
        let mut merged = Self {
            dimension: self.dimension,
            coordinates: Vec::new(),
            masses: Vec::with_capacity(cells.len()),
        };
        for cell in cells {
            let mass: f64 = self.masses[cell.clone()].iter().sum();
            for axis in 0..self.dimension {
                let moment = cell.clone().map(|i| self.masses[i] / mass * self.at(i)[axis]);
                merged.coordinates.push(moment.sum());
            }
            merged.masses.push(mass);
        }
        merged
    }
}

/// Halves 0..length, as [`Points::tree_order`] does, until no part has more than `most` members.
pub(crate) fn halves(length: usize, most: usize) -> Vec<Range<usize>> {
    if length == 0 {
        return Vec::new();
    }
    fn divide(range: Range<usize>, most: usize, parts: &mut Vec<Range<usize>>) {
        if range.len() <= most {
            parts.push(range);
        } else {
            let middle = range.start + range.len() / 2;
            divide(range.start..middle, most, parts);
            divide(middle..range.end, most, parts);
        }
    }
    let mut parts = Vec::new();
    divide(0..length, most, &mut parts);
    parts
}
