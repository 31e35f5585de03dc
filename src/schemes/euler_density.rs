use super::{Sde, Step, Transition};
use crate::algebra::{LANES, Lanes, Real, Scalar, add_scaled};
use crate::symbolic::Variate;

/// What rounding may leave, relative to the sizes that are added.
const ROUNDING: f64 = 1e-12;

/// Whether one step of `scheme` from each of these places is X + h b(t, X) + √h σ(t, X) ξ with its m Gaussian variates ξ: what
/// [`Transition::has_euler_density`] says of it.
///
/// # Errors
/// What it is else.
pub fn euler_density(
    scheme: &dyn Transition,
    sde: &dyn Sde<Lanes>,
    [t, h]: [f64; 2],
    places: &[Lanes],
) -> Result<(), String> {
    let m = sde.noise_dimension();
    if scheme.variates(m) != vec![Variate::Gaussian; m] || scheme.post_variates(m).is_some() {
        return Err(format!("its variates are not {m} Gaussian ones alone"));
    }
    let mut noise = vec![Lanes::zero(); m];
    for (j, ξ) in noise.iter_mut().enumerate() {
        ξ.0 = std::array::from_fn(|lane| 4.0 * scattered((j * LANES + lane) as u64) - 2.0);
    }
    let step = Step::new(t, h);
    let mut found = places.to_vec();
    let mut work = vec![Lanes::constant(f64::NAN); scheme.claims().work_vectors * places.len()];
    scheme.advance(sde, &step, &mut found, &noise, &mut work);
    let (mut b, mut σξ) = (places.to_vec(), places.to_vec());
    sde.drift(&step.t, places, &mut b);
    sde.diffuse(&step.t, places, &noise, &mut σξ);
    let mut expected = places.to_vec();
    add_scaled(&mut expected, &step.h, &b);
    add_scaled(&mut expected, &step.sqrt_h, &σξ);
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        for lane in 0..LANES {
            let (found, expected) = (found.0[lane], expected.0[lane]);
            // What is no number on the way is not judged.
            let size = places[i].0[lane].abs() + h * b[i].0[lane].abs() + h.sqrt() * σξ[i].0[lane].abs();
            let agrees = (found - expected).abs() <= ROUNDING * (1.0 + size);
            if size.is_finite() && !agrees {
                let x = places[i].0[lane];
                return Err(format!(
                    "a step of length {h} takes component {} from {x:?} to {found:?}, where X + hb + √hσξ is {expected:?}",
                    i + 1
                ));
            }
        }
    }
    Ok(())
}

/// Numbers in [0, 1) that look random (SplitMix64).
pub(crate) fn scattered(number: u64) -> f64 {
    let mut word = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((word ^ (word >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
