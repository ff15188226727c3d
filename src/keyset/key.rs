//! What may be told of a key: its id, its check value, its status and its age.

use core::fmt;

use ctutils::CtEq;

use super::Timestamp;
use crate::derive::CHECK_BYTES;
use crate::error::Error;

/// The id of a key: the first four bytes of its key check. It stands in every token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::BYTES]);

impl KeyId {
    /// Bytes of a key id.
    pub const BYTES: usize = 4;

    /// Takes the four bytes of an id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Reads the eight lower-case hexadecimal digits that `Display` writes; `None` for anything else.
    ///
    /// # Example: `Display` and `from_hex` are inverse
    /// ```
    /// use blindtally::KeyId;
    ///
    /// let id = KeyId::from_bytes([0x0e, 0xf1, 0x3b, 0x40]);
    /// assert_eq!(KeyId::from_hex("0ef13b40"), Some(id));
    /// assert_eq!(id.to_string(), "0ef13b40");
    /// ```
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let canonical =
            text.len() == 2 * Self::BYTES && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = canonical.then(|| u32::from_str_radix(text, 16).ok())??;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The check value of a key: 32 bytes derived from it, to compare a key with one seen before.
///
/// Not secret. Comparison takes constant time.
#[derive(Debug, Clone, Copy)]
pub struct KeyCheck(pub(super) [u8; CHECK_BYTES]);

impl KeyCheck {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; CHECK_BYTES] {
        &self.0
    }

    /// What a root key with this check value has for an id (SPEC.md, section 3).
    pub(super) const fn key_id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.0;
        KeyId([a, b, c, d])
    }
}

impl PartialEq for KeyCheck {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }
}

impl Eq for KeyCheck {}

/// Whether a key may be used. The numbers are those of a record (SPEC.md, section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// The key's tokens are read; it can become primary.
    Enabled = 1,
    /// The key's tokens are reported as [`Error::DisabledKey`]. It can be enabled again.
    Disabled = 2,
    /// The secret is wiped, which nothing undoes; the key's tokens are reported as [`Error::DestroyedKey`].
    Destroyed = 3,
}

impl KeyStatus {
    /// Why a key of this status may not be used; `None` if it may.
    pub(super) const fn refusal(self, id: KeyId) -> Option<Error> {
        match self {
            Self::Enabled => None,
            Self::Disabled => Some(Error::DisabledKey(id)),
            Self::Destroyed => Some(Error::DestroyedKey(id)),
        }
    }
}

/// What may be told of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// Its id.
    pub id: KeyId,
    /// Its status.
    pub status: KeyStatus,
    /// Whether it is the primary key.
    pub is_primary: bool,
    /// When it was added, as far as that is known.
    pub created: Timestamp,
}
