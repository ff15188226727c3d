//! HKDF-SHA-256 (RFC 5869), composed of the hash alone.
//!
//! The crate `hkdf` compiles the hash into six places, which is a tenth of the `.wasm`; here it is in one. The tests hold
//! this against that crate, against Wycheproof and against the RFC.

use sha2::block_api::compress256;
use zeroize::Zeroizing;

use crate::wipe::SecretBytes;

const HASH_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;
/// RFC 2104: what the key is added to inside and outside.
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;
/// The marker, up to 63 zeros, the length.
const MOST_PADDING: usize = 1 + 63 + 8;

/// Derives as many bytes as the output takes, at most 255 * 32; the rest would stay as it is. The salt has at most 64
/// bytes, and the info is all parts of it together.
pub(crate) fn hkdf(salt: &[u8], secret: &[u8], info: &[&[u8]], output: &mut [u8]) {
    debug_assert!(salt.len() <= BLOCK_BYTES && output.len() <= 255 * HASH_BYTES);
    let mut pseudorandom_key = Zeroizing::new([0; HASH_BYTES]);
    hmac(salt, secret, &[], &[], &mut pseudorandom_key);
    let mut block = Zeroizing::new([0; HASH_BYTES]);
    let mut previous = [].as_slice();
    for (counter, to) in (1_u8..=255).zip(output.chunks_mut(HASH_BYTES)) {
        hmac(&*pseudorandom_key, previous, info, &[counter], &mut block);
        to.copy_from_slice(block.get(..to.len()).unwrap_or_default());
        previous = to;
    }
}

/// HMAC-SHA-256 (RFC 2104) of all parts together, under a key of at most 64 bytes. Never inlined, so that what it leaves
/// lies in a frame that the caller can wipe.
#[inline(never)]
fn hmac(key: &[u8], first: &[u8], parts: &[&[u8]], last: &[u8], tag: &mut [u8; HASH_BYTES]) {
    let text = first.len() + parts.iter().map(|part| part.len()).sum::<usize>() + last.len();
    let mut message = padded_key(key, INNER, BLOCK_BYTES + text + MOST_PADDING);
    message.push(first);
    for part in parts {
        message.push(part);
    }
    message.push(last);
    hash(message, tag);
    let mut message = padded_key(key, OUTER, 2 * BLOCK_BYTES);
    message.push(tag);
    hash(message, tag);
}

fn padded_key(key: &[u8], pad: u8, size: usize) -> SecretBytes {
    let mut block = Zeroizing::new([pad; BLOCK_BYTES]);
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    let mut message = SecretBytes::with_capacity(size);
    message.push(&*block);
    message
}

/// SHA-256 (FIPS 180-4, section 6.2) of a message that has room for its padding.
#[inline(never)]
fn hash(mut message: SecretBytes, to: &mut [u8; HASH_BYTES]) {
    #[expect(clippy::cast_possible_truncation, reason = "half a gigabyte is no message of this crate")]
    let bits = (8 * message.len() as u32).to_be_bytes();
    message.push(&[0x80]);
    // FIPS 180-4, section 5.1.1: zeros, so that the length ends a block. It has eight bytes, of which the first four are zero.
    let zeros = 4 + (2 * BLOCK_BYTES - 8 - message.len() % BLOCK_BYTES) % BLOCK_BYTES;
    message.push(ZEROS.get(..zeros).unwrap_or_default());
    message.push(&bits);
    let mut state = Zeroizing::new(INITIAL);
    compress256(&mut state, message.as_chunks().0);
    for (to, word) in to.as_chunks_mut().0.iter_mut().zip(state.iter()) {
        *to = word.to_be_bytes();
    }
}

static ZEROS: [u8; MOST_PADDING] = [0; MOST_PADDING];

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests;
