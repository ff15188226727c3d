//! Keys of a file (SPEC.md, section 13.1): HKDF-SHA-256 into memory that is wiped.

use super::secret::Wiped;
use crate::hkdf::hkdf;

/// `HKDF(ikm = secret, salt, info = the parts one after another, length N)`.
pub(super) fn derive<const N: usize>(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> Wiped<N> {
    let mut output = Wiped::zeroed();
    hkdf(salt, secret, info, output.as_mut_slice());
    output
}
