//! Slots: each wraps the file key under a key-encryption key of its own (SPEC.md, section 13.1).

use alloc::string::String;

use ctutils::CtEq;

use super::aead::{self, NONCE_BYTES, TAG_BYTES};
use super::file_key::{FileKey, KEY_BYTES};
use super::head::Head;
use super::kdf::derive;
use super::secret::Wiped;
use super::text::{from_base64_exactly, to_base64};

/// Bytes of a wrapped file key.
const WRAPPED_BYTES: usize = KEY_BYTES + TAG_BYTES;
/// The associated data, and the first bytes of the derivation's `info`.
const LABEL: &[u8] = b"blindtally slot";

/// A line of a file.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) head: Head,
    check: [u8; KEY_BYTES],
    wrapped: [u8; WRAPPED_BYTES],
}

impl Slot {
    /// Wraps a file key.
    pub(super) fn wrap(head: Head, kek: &[u8; KEY_BYTES], file_key: &FileKey) -> Option<Self> {
        let keys = SlotKeys::derive(&head, kek);
        let mut wrapped = [0; WRAPPED_BYTES];
        let (text, end) = wrapped.split_first_chunk_mut::<KEY_BYTES>()?;
        text.copy_from_slice(file_key.expose());
        let tag = aead::seal(keys.key(), keys.nonce(), LABEL, text)?;
        end.copy_from_slice(&tag);
        let check = *keys.check().first_chunk()?;
        Some(Self { head, check, wrapped })
    }

    /// Unwraps the file key. Returns also whether it is the one: a key is given in any case, if only of zeros, so that
    /// opening goes on and takes as long as with the right secret.
    pub(super) fn unwrap(&self, kek: &[u8; KEY_BYTES]) -> (FileKey, bool) {
        let keys = SlotKeys::derive(&self.head, kek);
        // The mode alone does not commit to its key: one text can be made to open under two.
        let belongs = keys.check().ct_eq(self.check.as_slice());
        let mut key = Wiped::zeroed();
        let (text, tag) = self.wrapped.split_last_chunk().unwrap_or((&[], &[0; TAG_BYTES]));
        key.copy_from_slice(text);
        let authentic = aead::open(keys.key(), keys.nonce(), LABEL, key.as_mut_slice(), tag);
        if !authentic {
            key.fill(0);
        }
        (FileKey::new(key), belongs.to_bool() & authentic)
    }

    /// A slot as somebody else might make it.
    #[cfg(test)]
    pub(super) const fn with(head: Head, check: [u8; KEY_BYTES], wrapped: [u8; WRAPPED_BYTES]) -> Self {
        Self { head, check, wrapped }
    }

    /// Reads a line; `None` for anything but its one form.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (rest, wrapped) = line.rsplit_once(' ')?;
        let (head, check) = rest.rsplit_once(' ')?;
        let head = Head::parse(head)?;
        Some(Self { head, check: from_base64_exactly(check)?, wrapped: from_base64_exactly(wrapped)? })
    }

    /// Writes the line, without its end.
    pub(super) fn write(&self, to: &mut String) {
        to.push_str(&self.head.text);
        for bytes in [self.check.as_slice(), &self.wrapped] {
            to.push(' ');
            to.push_str(&to_base64(bytes));
        }
    }
}

/// `wrap_key[32] || wrap_nonce[12] || check[32]`.
pub(super) struct SlotKeys(Wiped<{ KEY_BYTES + NONCE_BYTES + KEY_BYTES }>);

impl SlotKeys {
    pub(super) fn derive(head: &Head, kek: &[u8; KEY_BYTES]) -> Self {
        Self(derive(kek, &head.info.salt.0, &[LABEL, &[0], head.text.as_bytes()]))
    }

    pub(super) fn key(&self) -> &[u8; KEY_BYTES] {
        self.0.first_chunk().unwrap_or(&[0; KEY_BYTES])
    }

    pub(super) fn nonce(&self) -> &[u8; NONCE_BYTES] {
        let rest = self.0.get(KEY_BYTES..).unwrap_or_default();
        rest.first_chunk().unwrap_or(&[0; NONCE_BYTES])
    }

    pub(super) fn check(&self) -> &[u8] {
        self.0.get(KEY_BYTES + NONCE_BYTES..).unwrap_or_default()
    }
}
