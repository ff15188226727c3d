//! What the Rust tests share: keysets of known keys, and text that only tests may unwrap.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared by test crates, each of which uses a part"
)]

use blindtally::keyset::hazard::{RootKey, add_root_key, import_root_key};
use blindtally::{Cipher, Context, EventName, KeyId, Keyset};

/// The root key of most vectors: 00 01 02 … 1f.
pub fn first_root() -> Vec<u8> {
    (0..32).collect()
}

/// Another root key.
pub fn second_root() -> Vec<u8> {
    (100..132).collect()
}

/// A keyset whose only key is `root`.
pub fn keyset(root: &[u8]) -> Keyset {
    import_root_key(RootKey::from_slice(root).unwrap())
}

/// Adds `root` to a keyset and returns its id.
pub fn add(keyset: &mut Keyset, root: &[u8]) -> KeyId {
    add_root_key(keyset, RootKey::from_slice(root).unwrap()).unwrap()
}

/// The cipher of the first root key in the default context.
pub fn cipher() -> Cipher {
    keyset(&first_root()).cipher(&Context::default())
}

/// A name.
pub fn name(text: &str) -> EventName {
    EventName::parse(text).unwrap()
}

/// Bytes of hexadecimal text.
pub fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
