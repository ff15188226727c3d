//! Key derivation (SPEC.md, sections 3, 12 and 17): HKDF-SHA-256 (RFC 5869) without salt.

use crate::context::Context;
use crate::gcm_siv::{KEY_BYTES, NONCE_BYTES};
use crate::hkdf::hkdf;
use crate::keyset::KeyId;
use crate::wipe::wipe_dead_stack;

/// What a context's key is for: the first bytes of its HKDF `info`.
const CONTEXT_INFO: &[u8] = b"blindtally bt1 context";
/// The HKDF `info` of the key check.
const KEY_CHECK_INFO: &[u8] = b"blindtally key check";
/// The first bytes of the HKDF `info` of a context check.
const CONTEXT_CHECK_INFO: &[u8] = b"blindtally bt1 context check";
/// The HKDF `info` of the key of randomized tokens.
const RANDOMIZED_INFO: &[u8] = b"blindtally br1 key";

/// Bytes of a root key.
pub(crate) const ROOT_BYTES: usize = 32;
/// Bytes of the key and the nonce of one context.
pub(crate) const DERIVED_BYTES: usize = KEY_BYTES + NONCE_BYTES;
/// Bytes of a check value.
pub(crate) const CHECK_BYTES: usize = 32;

/// Derives the key and the nonce of one context, `K[32] || N[12]`, to where they stay.
pub(crate) fn derive_context_key(root: &[u8; ROOT_BYTES], context: &Context, to: &mut [u8; DERIVED_BYTES]) {
    derive(root, &[CONTEXT_INFO, &[0], context.encoded()], to);
}

/// Derives the key check, whose first four bytes are the key id. It commits to the root key, which a token
/// does not.
pub(crate) fn derive_key_check(root: &[u8; ROOT_BYTES]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    derive(root, &[KEY_CHECK_INFO], &mut check);
    check
}

/// Derives the context check, which commits to the derived key and nonce, the key id and the context.
pub(crate) fn derive_context_check(
    derived: &[u8; DERIVED_BYTES],
    id: KeyId,
    context: &Context,
) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    derive(derived, &[CONTEXT_CHECK_INFO, &[0], id.as_bytes(), context.encoded()], &mut check);
    check
}

/// Derives the key of a context's randomized tokens, `R[32]`, from `K[32] || N[12]`: whoever holds a scope can.
pub(crate) fn derive_randomized_key(derived: &[u8; DERIVED_BYTES], to: &mut [u8; KEY_BYTES]) {
    derive(derived, &[RANDOMIZED_INFO], to);
}

fn derive(secret: &[u8], info: &[&[u8]], output: &mut [u8]) {
    // Section 1: no salt is a salt of zeros.
    hkdf(&[0; 32], secret, info, output);
    wipe_dead_stack();
}
