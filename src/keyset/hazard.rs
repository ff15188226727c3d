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
use alloc::vec::Vec;
use core::fmt;

use ctutils::CtEq;
use zeroize::Zeroizing;

use super::{KeyId, Keyset};
use crate::error::Error;

/// Makes a keyset whose only key, the primary one, is `root`.
#[must_use]
pub fn import_root_key(root: RootKey) -> Keyset {
    Keyset::from_primary(root)
}

/// Adds `root` to a keyset, enabled but not primary, and returns its id.
///
/// # Errors
/// [`Error::DuplicateKey`] if the keyset holds it already; the keyset is then unchanged.
pub fn add_root_key(keyset: &mut Keyset, root: RootKey) -> Result<KeyId, Error> {
    keyset.add(root)
}

/// Copies every root key out of a keyset, the primary one first. The copies are wiped on drop.
#[must_use]
pub fn export_root_keys(keyset: &Keyset) -> Vec<(KeyId, RootKey)> {
    keyset.entries().map(|(entry, _)| (entry.id(), entry.root.duplicate())).collect()
}

/// 32 bytes from which everything else is derived. Wiped on drop; `Debug` does not show them.
///
/// On the heap, so that moving a key moves a pointer and leaves no copy behind.
pub struct RootKey(Box<Zeroizing<[u8; RootKey::BYTES]>>);

impl RootKey {
    /// Bytes of a root key.
    pub const BYTES: usize = 32;

    /// Takes 32 random bytes. All zeros is what a wiped or forgotten buffer holds, so it is refused.
    ///
    /// # Errors
    /// [`Error::BadKey`] for any other length, and for 32 zeros.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != Self::BYTES {
            return Err(Error::BadKey);
        }
        let mut key = Self::zeroed();
        key.0.copy_from_slice(bytes);
        // In constant time, as every comparison of a secret.
        if key.0.ct_eq(&[0; Self::BYTES]).to_bool() {
            return Err(Error::BadKey);
        }
        Ok(key)
    }

    /// The key in clear.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(super) fn generate() -> Result<Self, Error> {
        let mut key = Self::zeroed();
        getrandom::fill(key.0.as_mut_slice()).map_err(|_| Error::RandomUnavailable)?;
        Ok(key)
    }

    fn duplicate(&self) -> Self {
        let mut key = Self::zeroed();
        key.0.copy_from_slice(self.expose());
        key
    }

    fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; Self::BYTES])))
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey").finish_non_exhaustive()
    }
}
