//! The one door through which raw root keys pass. Whoever holds these bytes can read every name.
//!
//! Keep them in a key store or in a file that only the service can read; never in source code, in an
//! argument of a command, in a page that anyone can open, or in a log. Import of this module is meant to
//! stand out in a review.
//!
//! # Example: keep a keyset across a restart
//! ```
//! use blindtally::keyset::hazard::{self, RootKey};
//! use blindtally::{Context, EventName, Keyset};
//!
//! let keyset = Keyset::generate()?;
//! let name = EventName::parse("medication.missed")?;
//! let token = keyset.cipher(&Context::default()).encrypt(&name);
//!
//! let exported = hazard::export_root_keys(&keyset);
//! let restored = hazard::import_root_key(RootKey::from_slice(exported[0].1.expose())?);
//! assert_eq!(restored.cipher(&Context::default()).decrypt(&token)?, name);
//! # Ok::<(), blindtally::Error>(())
//! ```

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ctutils::CtEq;
use zeroize::Zeroizing;

use super::{AnyKeyset, Entries, KeyId, KeyStatus, Keyset, Scope, Timestamp};
use crate::derive::ROOT_BYTES;
use crate::error::Error;

/// Makes a keyset whose only key, the primary one, is `root`. No time is noted.
#[must_use]
pub fn import_root_key(root: RootKey) -> Keyset {
    import_root_key_at(root, Timestamp::UNKNOWN)
}

/// Makes a keyset as [`import_root_key`] does, and notes when.
#[must_use]
pub fn import_root_key_at(root: RootKey, now: Timestamp) -> Keyset {
    Keyset(Entries::from_primary(&root, now))
}

/// Adds `root` to a keyset, enabled but not primary, and returns its id. No time is noted.
///
/// # Errors
/// [`Error::DuplicateKey`] if the keyset holds it already, destroyed keys included; [`Error::TooManyKeys`] if there are
/// [`Keyset::MAX_KEYS`]. The keyset is then unchanged.
pub fn add_root_key(keyset: &mut Keyset, root: RootKey) -> Result<KeyId, Error> {
    add_root_key_at(keyset, root, Timestamp::UNKNOWN)
}

/// Adds `root` to a keyset as [`add_root_key`] does, and notes when.
///
/// # Errors
/// As [`add_root_key`].
pub fn add_root_key_at(keyset: &mut Keyset, root: RootKey, now: Timestamp) -> Result<KeyId, Error> {
    keyset.0.add(&root, now)
}

/// Copies every root key out of a keyset that is not destroyed, the primary one first. The copies are wiped on drop.
#[must_use]
pub fn export_root_keys(keyset: &Keyset) -> Vec<(KeyId, RootKey)> {
    let mut roots = keyset.0.all();
    roots.retain(|entry| entry.status != KeyStatus::Destroyed);
    roots.into_iter().map(|entry| (entry.id, RootKey::copy(entry.root()))).collect()
}

/// The record of a keyset (SPEC.md, section 11): every key **in clear**, with status and age, and the rotation policy.
///
/// # Example: keep a keyset across a restart, or hand on a scope
/// ```
/// use blindtally::keyset::{AnyKeyset, hazard};
/// use blindtally::{Context, Error, EventName, Keyset};
///
/// let keyset = Keyset::generate()?;
/// let AnyKeyset::Keyset(restored) = hazard::import_record(&hazard::export_keyset(&keyset))? else { unreachable!() };
/// assert_eq!(restored.keys(), keyset.keys());
///
/// let acme = Context::new(["acme", "event"])?;
/// let reader = hazard::import_record(&hazard::export_scope(&keyset.scope(&acme)))?;
/// let token = keyset.cipher(&acme).encrypt(&EventName::parse("medication.missed")?);
/// assert_eq!(reader.cipher(&acme)?.decrypt(&token)?.as_str(), "medication.missed");
/// assert_eq!(reader.cipher(&Context::default()).unwrap_err(), Error::OutOfScope);
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn export_keyset(keyset: &Keyset) -> Zeroizing<Vec<u8>> {
    keyset.0.to_record(true).into_zeroizing()
}

/// The record of a scope (SPEC.md, section 12): the keys of its context **in clear**.
#[must_use]
pub fn export_scope(scope: &Scope) -> Zeroizing<Vec<u8>> {
    scope.0.to_record(true).into_zeroizing()
}

/// Reads a record of either kind.
///
/// # Errors
/// In this order: [`Error::BadKeyset`] for what has not exactly the form of a record, [`Error::DuplicateKey`] for two keys
/// with one id, [`Error::KeyCheck`] for a key that its check value does not belong to.
pub fn import_record(record: &[u8]) -> Result<AnyKeyset, Error> {
    Entries::from_record(record).map(AnyKeyset::from)
}

/// Writes a record as text (SPEC.md, section 12.2), for places that hold secrets as text. **It is the keys in clear.**
#[must_use]
pub fn record_to_text(record: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(vec![0; TEXT_PREFIX.len() + Base64UrlUnpadded::encoded_len(record)]);
    let (prefix, encoded) = text.split_at_mut(TEXT_PREFIX.len());
    prefix.copy_from_slice(TEXT_PREFIX.as_bytes());
    let written = Base64UrlUnpadded::encode(record, encoded);
    debug_assert!(written.is_ok());
    // Takes the buffer along, and leaves no copy: what is written is ASCII.
    Zeroizing::new(String::from_utf8(core::mem::take(&mut *text)).unwrap_or_default())
}

/// Reads the text of a record, in its one canonical form.
///
/// # Errors
/// [`Error::BadKeyset`] for anything else. What the text holds is not looked at: see [`import_record`].
pub fn record_from_text(text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let encoded = text.strip_prefix(TEXT_PREFIX).ok_or(Error::BadKeyset)?;
    let mut record = Zeroizing::new(vec![0; encoded.len()]);
    let length = Base64UrlUnpadded::decode(encoded, &mut record).map_err(|_| Error::BadKeyset)?.len();
    record.truncate(length);
    Ok(record)
}

const TEXT_PREFIX: &str = "btk1_";

/// 32 bytes from which everything else is derived. Wiped on drop; `Debug` does not show them.
///
/// On the heap, so that moving a key moves a pointer and leaves no copy behind.
pub struct RootKey(Box<Zeroizing<[u8; RootKey::BYTES]>>);

impl RootKey {
    /// Bytes of a root key.
    pub const BYTES: usize = ROOT_BYTES;

    /// Takes 32 random bytes. All zeros is what a wiped or forgotten buffer holds, so it is refused.
    ///
    /// # Errors
    /// [`Error::BadKey`] for any other length, and for 32 zeros.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let key = Self::copy(bytes.try_into().map_err(|_| Error::BadKey)?);
        // In constant time, as every comparison of a secret.
        if key.0.ct_eq(&[0; Self::BYTES]).to_bool() { Err(Error::BadKey) } else { Ok(key) }
    }

    /// The key in clear.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(super) fn generate() -> Result<Self, Error> {
        let mut key = Self::copy(&[0; Self::BYTES]);
        getrandom::fill(key.0.as_mut_slice()).map_err(|_| Error::RandomUnavailable)?;
        Ok(key)
    }

    fn copy(bytes: &[u8; Self::BYTES]) -> Self {
        let mut key = Self(Box::new(Zeroizing::new([0; Self::BYTES])));
        key.0.copy_from_slice(bytes);
        key
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey").finish_non_exhaustive()
    }
}
