//! AES-256-GCM-SIV (RFC 8452) for texts of any length.

use aes::Aes256Enc;
use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{AesGcmSiv, KeyInit, Tag};

/// Bytes of a nonce.
pub(super) const NONCE_BYTES: usize = 12;
/// Bytes of a tag, which follows the ciphertext.
pub(super) const TAG_BYTES: usize = 16;

/// Encrypts a text where it is. `None` only for a text that is longer than the mode allows, 64 GiB.
pub(super) fn seal(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    text: &mut [u8],
) -> Option<[u8; TAG_BYTES]> {
    let mode = AesGcmSiv::<Aes256Enc>::new(key.into());
    let tag = mode.encrypt_inout_detached(nonce.into(), associated_data, text.into()).ok()?;
    Some(tag.into())
}

/// Decrypts a text where it is. Returns whether it is authentic; if not, it is no plaintext.
pub(super) fn open(
    key: &[u8; 32],
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> bool {
    let mode = AesGcmSiv::<Aes256Enc>::new(key.into());
    let tag: &Tag = tag.into();
    mode.decrypt_inout_detached(nonce.into(), associated_data, text.into(), tag).is_ok()
}
