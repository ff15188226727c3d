//! Key derivation (SPEC.md, section 3): HKDF-SHA-256 (RFC 5869) from a root key.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::context::Context;
use crate::gcm_siv::{KEY_BYTES, NONCE_BYTES};
use crate::keyset::hazard::RootKey;
use crate::wipe::wipe_dead_stack;

/// What a context's key is for: the first bytes of its HKDF `info`.
const CONTEXT_INFO: &[u8] = b"blindtally bt1 context";
/// The HKDF `info` of the key check.
const KEY_CHECK_INFO: &[u8] = b"blindtally key check";

/// Bytes of the key and the nonce of one context.
pub(crate) const DERIVED_BYTES: usize = KEY_BYTES + NONCE_BYTES;

/// Derives the key and the nonce of one context: `K[32] || N[12]`.
pub(crate) fn derive_context_key(root: &RootKey, context: &Context) -> Zeroizing<[u8; DERIVED_BYTES]> {
    let info = [CONTEXT_INFO, &[0], context.encoded()].concat();
    derive(root, &info)
}

/// Derives the key check, whose first four bytes are the key id. It commits to the root key, which a token
/// does not.
pub(crate) fn derive_key_check(root: &RootKey) -> Zeroizing<[u8; 32]> {
    derive(root, KEY_CHECK_INFO)
}

fn derive<const N: usize>(root: &RootKey, info: &[u8]) -> Zeroizing<[u8; N]> {
    // RFC 5869, section 2.3: at most 255 * HashLen bytes. Checked here, `expand` cannot fail.
    const { assert!(N <= 255 * 32) };
    let mut output = Zeroizing::new([0; N]);
    extract_and_expand(root, info, output.as_mut_slice());
    wipe_dead_stack();
    output
}

/// Never inlined, so that the states of the hash lie in a frame that the caller can wipe.
#[inline(never)]
fn extract_and_expand(root: &RootKey, info: &[u8], output: &mut [u8]) {
    // RFC 5869, section 2.2: no salt is a salt of zeros. The pseudorandom key is returned beside the state;
    // it is not needed and is wiped.
    let (mut pseudorandom_key, hkdf) = Hkdf::<Sha256>::extract(None, root.expose());
    pseudorandom_key.as_mut_slice().zeroize();
    let expanded = hkdf.expand(info, output);
    debug_assert!(expanded.is_ok());
}
