//! base64url without padding (RFC 4648, section 5), in its canonical form alone: one text for each value.
//!
//! Part of the token format and written for it. Tokens are public, so tables may be indexed by them; a crate that
//! avoids tables took a quarter of the time of a whole batch, and one that unrolls its loops 1.4 kB of the download.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// For each byte its value of six bits, or [`NONE`].
const VALUES: [u8; 256] = values();
/// Marks a byte that is not of the alphabet.
const NONE: u8 = 0x80;

/// Encodes into a buffer and returns how many characters were written; `None` if they do not fit.
pub(crate) fn encode(bytes: &[u8], to: &mut [u8]) -> Option<usize> {
    let length = (bytes.len() * 4).div_ceil(3);
    let to = to.get_mut(..length)?;
    for (group, text) in bytes.chunks(3).zip(to.chunks_mut(4)) {
        // Three bytes from the highest bits down; what is not there is zero.
        let bits = group.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for (position, character) in (0..).zip(text) {
            *character = symbol(bits >> (18 - 6 * position));
        }
    }
    Some(length)
}

/// Decodes into a buffer and returns how many bytes were written; `None` for anything but the canonical form, and
/// for what does not fit.
pub(crate) fn decode(text: &[u8], to: &mut [u8]) -> Option<usize> {
    // One character alone holds less than a byte.
    if text.len() % 4 == 1 {
        return None;
    }
    let length = text.len() * 3 / 4;
    let to = to.get_mut(..length)?;
    let mut refused = 0;
    for (group, bytes) in text.chunks(4).zip(to.chunks_mut(3)) {
        let mut bits = 0;
        for &character in group {
            let value = value(character);
            refused |= value & NONE;
            bits = bits << 6 | u32::from(value & 0x3f);
        }
        bits <<= 6 * (4 - group.len());
        for (position, byte) in (0..).zip(bytes) {
            *byte = low_byte(bits >> (16 - 8 * position));
        }
        // What is left of the last character when its bytes are full must be zero.
        refused |= match group.len() {
            2 if bits & 0xffff != 0 => NONE,
            3 if bits & 0xff != 0 => NONE,
            _ => 0,
        };
    }
    (refused == 0).then_some(length)
}

fn symbol(bits: u32) -> u8 {
    // Six bits are an index of the alphabet.
    ALPHABET.get(usize::from(low_byte(bits & 0x3f))).copied().unwrap_or_default()
}

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(NONE)
}

const fn low_byte(bits: u32) -> u8 {
    bits.to_le_bytes()[0]
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests;
