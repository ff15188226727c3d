//! Keysets: root keys, exactly one of them primary.

use alloc::vec::Vec;
use core::fmt;

use ctutils::CtEq;

use crate::cipher::{Cipher, ContextKey};
use crate::context::Context;
use crate::derive::derive_key_check;
use crate::error::Error;
use crate::wipe::wipe_dead_stack;

#[cfg(any(test, feature = "bindings"))]
mod handover;
pub mod hazard;

use hazard::RootKey;

/// A set of root keys. The primary key encrypts; every enabled key decrypts.
///
/// There is always exactly one primary key, and it is always enabled. Root keys are wiped from memory on
/// drop, and `Debug` shows ids only. Key bytes go in and out through [`hazard`] alone.
///
/// # Example: a second key becomes primary, old tokens stay readable
/// ```
/// use blindtally::{Context, EventName, Keyset};
///
/// let mut keyset = Keyset::generate()?;
/// let name = EventName::parse("medication.missed")?;
/// let old = keyset.cipher(&Context::default()).encrypt(&name);
///
/// let second = keyset.generate_key()?;
/// keyset.promote(second)?;
/// let cipher = keyset.cipher(&Context::default());
/// assert_ne!(cipher.encrypt(&name), old);
/// assert_eq!(cipher.decrypt(&old)?, name);
/// # Ok::<(), blindtally::Error>(())
/// ```
pub struct Keyset {
    primary: RootKeyEntry,
    others: Vec<(RootKeyEntry, KeyStatus)>,
}

impl Keyset {
    /// Generates a keyset with one random key.
    ///
    /// # Errors
    /// [`Error::RandomUnavailable`] if the platform has no secure random source.
    pub fn generate() -> Result<Self, Error> {
        Ok(Self::from_primary(RootKey::generate()?))
    }

    /// Generates another random key, enabled but not primary, and returns its id.
    ///
    /// # Errors
    /// [`Error::RandomUnavailable`] if the platform has no secure random source; [`Error::DuplicateKey`] if
    /// the new key's id is taken, which happens once in 2^32 times: call again.
    pub fn generate_key(&mut self) -> Result<KeyId, Error> {
        self.add(RootKey::generate()?)
    }

    /// Makes an enabled key the primary one. The former primary key stays enabled.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] or [`Error::DisabledKey`]; the keyset is then unchanged.
    pub fn promote(&mut self, id: KeyId) -> Result<(), Error> {
        if id == self.primary.id() {
            return Ok(());
        }
        let Self { primary, others } = self;
        let (entry, status) = find_mut(others, id)?;
        if *status == KeyStatus::Disabled {
            return Err(Error::DisabledKey(id));
        }
        core::mem::swap(primary, entry);
        Ok(())
    }

    /// Disables a key: its tokens are reported as [`Error::DisabledKey`] and no longer read.
    ///
    /// # Errors
    /// [`Error::PrimaryKey`] for the primary key, [`Error::UnknownKey`] for one that is not here.
    pub fn disable(&mut self, id: KeyId) -> Result<(), Error> {
        if id == self.primary.id() {
            return Err(Error::PrimaryKey(id));
        }
        find_mut(&mut self.others, id).map(|(_, status)| *status = KeyStatus::Disabled)
    }

    /// Enables a disabled key again.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for one that is not here.
    pub fn enable(&mut self, id: KeyId) -> Result<(), Error> {
        if id == self.primary.id() {
            return Ok(());
        }
        find_mut(&mut self.others, id).map(|(_, status)| *status = KeyStatus::Enabled)
    }

    /// The id of the primary key.
    #[must_use]
    pub fn primary_key_id(&self) -> KeyId {
        self.primary.id()
    }

    /// Every key with its status, the primary one first.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyInfo> {
        let primary = self.primary.id();
        self.roots().map(|(id, status, _)| KeyInfo { id, status, is_primary: id == primary }).collect()
    }

    /// The check value of a key: 32 bytes that commit to it and tell nothing about it.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for a key that is not here.
    pub fn key_check(&self, id: KeyId) -> Result<KeyCheck, Error> {
        let found = self.entries().find(|(entry, _)| entry.id() == id);
        found.map(|(entry, _)| entry.check).ok_or(Error::UnknownKey(id))
    }

    /// Derives the keys of one context, ready to encrypt and decrypt.
    ///
    /// The cipher is a snapshot: it does not follow later changes of the keyset.
    #[must_use]
    pub fn cipher(&self, context: &Context) -> Cipher {
        let derive = |entry: &RootKeyEntry| ContextKey::derive(entry.id(), &entry.root, context);
        let mut cipher = Cipher::new(derive(&self.primary));
        for (entry, status) in &self.others {
            match status {
                KeyStatus::Enabled => cipher.add_enabled(derive(entry)),
                KeyStatus::Disabled => cipher.add_disabled(entry.id()),
            }
        }
        wipe_dead_stack();
        cipher
    }

    fn from_primary(root: RootKey) -> Self {
        Self { primary: RootKeyEntry::new(root), others: Vec::new() }
    }

    fn add(&mut self, root: RootKey) -> Result<KeyId, Error> {
        let entry = RootKeyEntry::new(root);
        let id = entry.id();
        if self.entries().any(|(present, _)| present.id() == id) {
            return Err(Error::DuplicateKey(id));
        }
        self.others.push((entry, KeyStatus::Enabled));
        Ok(id)
    }

    /// Every key, the primary one first.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (KeyId, KeyStatus, &RootKey)> {
        self.entries().map(|(entry, status)| (entry.id(), status, &entry.root))
    }

    fn entries(&self) -> impl Iterator<Item = (&RootKeyEntry, KeyStatus)> {
        let others = self.others.iter().map(|(entry, status)| (entry, *status));
        core::iter::once((&self.primary, KeyStatus::Enabled)).chain(others)
    }
}

impl fmt::Debug for Keyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyset").field("keys", &self.keys()).finish_non_exhaustive()
    }
}

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
pub struct KeyCheck([u8; 32]);

impl KeyCheck {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for KeyCheck {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }
}

impl Eq for KeyCheck {}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyStatus {
    /// The key's tokens are read; it can become primary.
    Enabled,
    /// The key's tokens are reported as [`Error::DisabledKey`].
    Disabled,
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
}

/// A root key with its check value, which is derived once.
struct RootKeyEntry {
    root: RootKey,
    check: KeyCheck,
}

impl RootKeyEntry {
    fn new(root: RootKey) -> Self {
        let check = KeyCheck(*derive_key_check(&root));
        Self { root, check }
    }

    fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.check.0;
        KeyId([a, b, c, d])
    }
}

fn find_mut(
    others: &mut [(RootKeyEntry, KeyStatus)],
    id: KeyId,
) -> Result<(&mut RootKeyEntry, &mut KeyStatus), Error> {
    let found = others.iter_mut().find(|(entry, _)| entry.id() == id);
    found.map(|(entry, status)| (entry, status)).ok_or(Error::UnknownKey(id))
}
