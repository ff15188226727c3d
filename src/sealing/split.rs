//! Shamir's scheme over GF(2^8) (SPEC.md, section 14). The field, which computes in constant time, and the
//! interpolation are those of the crate `vsss-rs`.

use alloc::vec::Vec;

use ctutils::CtEq;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use super::SealingError;
use super::file_key::KEY_BYTES;
use super::secret::{Wiped, fill_random};
use super::share::{Plan, Share};

/// The values of a key at the places 1 to `plan.shares`.
pub(super) fn split(kek: &[u8; KEY_BYTES], plan: Plan) -> Result<Vec<Wiped<KEY_BYTES>>, SealingError> {
    // The coefficients of degree 1 and up, those of all bytes together. The crate would draw them itself, but from a
    // source that must not fail, and would leave them in memory.
    let mut coefficients = Zeroizing::new(Vec::new());
    coefficients.resize(usize::from(plan.threshold - 1) * KEY_BYTES, 0);
    fill_random(&mut coefficients)?;
    Ok((1..=plan.shares).map(|index| evaluate(kek, &coefficients, index)).collect())
}

/// The polynomials at one place, by Horner's rule.
fn evaluate(kek: &[u8; KEY_BYTES], coefficients: &[u8], index: u8) -> Wiped<KEY_BYTES> {
    let mut values = Wiped::zeroed();
    for degree in coefficients.chunks(KEY_BYTES).rev().chain([kek.as_slice()]) {
        for (value, coefficient) in values.iter_mut().zip(degree) {
            *value = (Gf256(*value) * Gf256(index) + Gf256(*coefficient)).0;
        }
    }
    values
}

/// The key that these shares are of, all of them used.
pub(super) fn combine<'a>(shares: impl Iterator<Item = &'a Share>) -> Result<Wiped<KEY_BYTES>, SealingError> {
    let point = |share: &Share| [&[share.index], share.value.as_slice()].concat();
    let points = Zeroizing::new(shares.map(point).collect::<Vec<Vec<u8>>>());
    // It refuses what has been refused before: fewer than two shares, and two of one place.
    let kek = Gf256::combine_bytes(points.as_slice()).map(Zeroizing::new);
    kek.ok().and_then(|kek| Wiped::from_slice(&kek)).ok_or(SealingError::TooFewShares)
}

/// Whether one more share lies on the polynomials that `enough` shares determine: then all of them together give the
/// same key. Its term in the interpolation would change the key else, because no share lies at 0.
pub(super) fn is_on_polynomial(
    enough: &[Share],
    further: &Share,
    kek: &[u8; KEY_BYTES],
) -> Result<bool, SealingError> {
    let together = combine(enough.iter().chain([further]))?;
    Ok(together.ct_eq(kek).to_bool())
}
