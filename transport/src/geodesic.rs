//! Shortest curves.
//!
//! Over a point with mass stands a cone: mass m at x is the point at the distance √m from the tip in the direction of x, and
//! two Diracs at the distance ℓ < πδ are the angle ℓ/(2δ) apart. An optimal plan γ splits the masses: of m at xᵢ the part
//! p = m γᵢⱼ/γ₁,ᵢ moves to yⱼ, where it is the part q = n γᵢⱼ/γ₂,ⱼ of n, along the straight line of the cone. What the plan
//! does not touch goes to the tip, or comes from it.

use crate::{Cloud, Distance, Error, Plan};

/// The geodesic between two measures that a plan of [`wfr`](crate::wfr) describes: optimal as far as the plan is.
#[derive(Clone, Debug)]
pub struct Geodesic {
    dimension: usize,
    δ: f64,
    rays: Vec<Ray>,
}

/// What moves from p at x to q at y, where one of the masses may be 0 and x = y then.
#[derive(Clone, Debug)]
struct Ray {
    x: Vec<f64>,
    y: Vec<f64>,
    p: f64,
    q: f64,
    /// ℓ/(2δ).
    angle: f64,
}

impl Geodesic {
    /// The geodesic from `μ` to `ν` at the length scale `δ` for the plan of `distance`.
    ///
    /// # Errors
    /// If the plan names points that do not exist, or between which nothing can move.
    pub fn new(μ: &Cloud, ν: &Cloud, δ: f64, distance: &Distance) -> Result<Self, Error> {
        Self::along(μ, ν, δ, &distance.plan)
    }

    /// The same for any plan, as (i, j, γᵢⱼ): a shortest curve if the plan is optimal.
    ///
    /// # Errors
    /// As of [`Geodesic::new`].
    pub fn along(μ: &Cloud, ν: &Cloud, δ: f64, plan: &Plan) -> Result<Self, Error> {
        crate::certify::check_scale(δ)?;
        μ.check_dimension(ν)?;
        let (mut on_x, mut on_y) = (vec![0.0; μ.len()], vec![0.0; ν.len()]);
        for (entry, &(i, j, γ)) in plan.iter().enumerate() {
            if i >= μ.len() || j >= ν.len() || γ.is_nan() || γ < 0.0 {
                return Err(Error::Plan(entry));
            }
            on_x[i] += γ;
            on_y[j] += γ;
        }
        let mut rays = Vec::new();
        for (entry, &(i, j, γ)) in plan.iter().enumerate().filter(|(_, entry)| entry.2 > 0.0) {
            let (x, y) = (μ.point(i), ν.point(j));
            let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
            let angle = square.sqrt() / (2.0 * δ);
            if angle >= std::f64::consts::FRAC_PI_2 {
                return Err(Error::Plan(entry));
            }
            let (p, q) = (μ.masses()[i] * (γ / on_x[i]), ν.masses()[j] * (γ / on_y[j]));
            rays.push(Ray { x: x.to_vec(), y: y.to_vec(), p, q, angle });
        }
        for (cloud, sums, ends) in [(μ, &on_x, [1.0, 0.0]), (ν, &on_y, [0.0, 1.0])] {
            for i in (0..cloud.len()).filter(|&i| sums[i] == 0.0 && cloud.masses()[i] > 0.0) {
                let (place, m) = (cloud.point(i).to_vec(), cloud.masses()[i]);
                rays.push(Ray { x: place.clone(), y: place, p: ends[0] * m, q: ends[1] * m, angle: 0.0 });
            }
        }
        Ok(Self { dimension: μ.dimension(), δ, rays })
    }

    /// The measure at the time `t` between 0 (μ) and 1 (ν): coordinates, point after point, and masses. Points are as many as
    /// there are entries in the plan and points that it does not touch; some may coincide, or have no mass.
    pub fn at(&self, t: f64) -> (Vec<f64>, Vec<f64>) {
        let (mut points, mut masses) = (Vec::new(), Vec::new());
        for ray in &self.rays {
            let (part, mass) = ray.at(t);
            points.extend(ray.x.iter().zip(&ray.y).map(|(x, y)| x + part * (y - x)));
            masses.push(mass);
        }
        (points, masses)
    }

    /// The same as a cloud.
    ///
    /// # Errors
    /// If the total mass is 0 there: between measures out of each other's reach it never is.
    pub fn cloud_at(&self, t: f64) -> Result<Cloud, Error> {
        let (points, masses) = self.at(t);
        Cloud::new(self.dimension, points, masses)
    }

    /// The length scale.
    pub fn scale(&self) -> f64 {
        self.δ
    }
}

impl Ray {
    /// What part of the way is made at the time t, and the mass there: the point (1 − t)√p + t√q e^{iθ} in polar coordinates.
    fn at(&self, t: f64) -> (f64, f64) {
        let (start, end) = ((1.0 - t) * self.p.sqrt(), t * self.q.sqrt());
        let (sine, cosine) = self.angle.sin_cos();
        let (along, across) = (start + end * cosine, end * sine);
        let part = if self.angle > 0.0 { across.atan2(along) / self.angle } else { t };
        (part, along * along + across * across)
    }
}
