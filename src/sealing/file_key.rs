//! The file key: what seals the keyset of a file (SPEC.md, section 13.1), and what every slot wraps.

use alloc::vec::Vec;

use ctutils::CtEq;
use zeroize::Zeroizing;

use super::SealingError;
use super::aead::{self, NONCE_BYTES, TAG_BYTES};
use super::kdf::derive;
use super::secret::Wiped;

/// Bytes of a key, and of a check.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a revision.
const REVISION_BYTES: usize = 8;
/// Fewer bytes are no sealed payload.
pub(super) const MIN_PAYLOAD_BYTES: usize = REVISION_BYTES + TAG_BYTES;
/// The highest revision, so that every JSON reader keeps it exactly.
pub(super) const MAX_REVISION: u64 = (1 << 53) - 1;

/// 32 random bytes, and what is derived of them once.
pub(super) struct FileKey {
    key: Wiped<KEY_BYTES>,
    /// `seal_key[32] || file_check[32]`.
    derived: Wiped<{ 2 * KEY_BYTES }>,
}

impl FileKey {
    pub(super) fn generate() -> Result<Self, SealingError> {
        Wiped::random().map(Self::new)
    }

    pub(super) fn new(key: Wiped<KEY_BYTES>) -> Self {
        let derived = derive(key.as_slice(), &[], &[b"blindtally file"]);
        Self { key, derived }
    }

    /// What the slots wrap.
    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    /// It commits to the key, and tells nothing about it.
    pub(super) fn check(&self) -> &[u8] {
        self.derived.get(KEY_BYTES..).unwrap_or_default()
    }

    /// Seals a revision and a record under a header.
    pub(super) fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        header: &[u8],
        revision: u64,
        record: &[u8],
    ) -> Result<Vec<u8>, SealingError> {
        // As large as it gets: growing would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(MIN_PAYLOAD_BYTES + record.len()));
        text.extend_from_slice(&revision.to_be_bytes());
        text.extend_from_slice(record);
        let tag = aead::seal(self.seal_key(), nonce, header, &mut text).ok_or(SealingError::BadKeysetFile)?;
        text.extend_from_slice(&tag);
        Ok(core::mem::take(&mut *text))
    }

    /// Opens a payload, and compares the check of its file. Both are done in any case: which of them failed must not
    /// show.
    pub(super) fn open(&self, sealed: &Sealed<'_>) -> Option<Opened> {
        let check = self.check().ct_eq(sealed.check.as_slice());
        let (text, tag) = sealed.payload.split_last_chunk().unwrap_or((&[], &[0; TAG_BYTES]));
        let mut text = Zeroizing::new(text.to_vec());
        let authentic = aead::open(self.seal_key(), sealed.nonce, sealed.header, &mut text, tag);
        (check.to_bool() & authentic).then_some(Opened(text))
    }

    fn seal_key(&self) -> &[u8; KEY_BYTES] {
        self.derived.first_chunk().unwrap_or(&[0; KEY_BYTES])
    }
}

/// What a file key opens.
pub(super) struct Sealed<'a> {
    pub(super) nonce: &'a [u8; NONCE_BYTES],
    pub(super) check: &'a [u8; KEY_BYTES],
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// What was sealed: a revision and a record. Wiped on drop.
pub(super) struct Opened(Zeroizing<Vec<u8>>);

impl Opened {
    /// The revision and the record.
    pub(super) fn parts(&self) -> Result<(u64, &[u8]), SealingError> {
        let parts = self.0.split_first_chunk::<REVISION_BYTES>();
        let (revision, record) = parts.ok_or(SealingError::BadKeyset)?;
        let revision = u64::from_be_bytes(*revision);
        let within = (1..=MAX_REVISION).contains(&revision);
        if within { Ok((revision, record)) } else { Err(SealingError::BadKeyset) }
    }
}
