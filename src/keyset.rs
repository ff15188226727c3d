//! Keysets (SPEC.md, sections 6 and 11.1): root keys, exactly one of them primary.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::cipher::Cipher;
use crate::context::Context;
use crate::error::Error;

mod entries;
pub mod hazard;
mod key;
mod lifecycle;
mod record;
mod scope;
mod timestamp;

pub use key::{KeyCheck, KeyId, KeyInfo, KeyStatus};
pub use scope::{AnyKeyset, Scope};
pub use timestamp::Timestamp;

pub(crate) use entries::Entries;

/// A set of root keys. The primary key encrypts; every enabled key decrypts.
///
/// There is always exactly one primary key, and it is always enabled. Root keys are wiped from memory on
/// drop, and `Debug` shows ids only. Key bytes go in and out through [`hazard`] alone. There is no clock in it: who adds
/// keys by a policy brings the time.
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
pub struct Keyset(Box<Entries>);

impl Keyset {
    /// Most keys in a keyset, destroyed ones included.
    pub const MAX_KEYS: usize = Entries::MAX;

    /// Generates a keyset with one random key, of which no time is noted.
    ///
    /// # Errors
    /// [`Error::RandomUnavailable`] if the platform has no secure random source.
    pub fn generate() -> Result<Self, Error> {
        Self::generate_at(Timestamp::UNKNOWN)
    }

    /// Generates a keyset with one random key, and notes when.
    ///
    /// # Errors
    /// As [`Keyset::generate`].
    pub fn generate_at(now: Timestamp) -> Result<Self, Error> {
        Entries::generate(now).map(Self)
    }

    /// Generates another random key, enabled but not primary, and returns its id. No time is noted.
    ///
    /// # Errors
    /// [`Error::RandomUnavailable`] if the platform has no secure random source; [`Error::TooManyKeys`] if there are
    /// [`Keyset::MAX_KEYS`]; [`Error::DuplicateKey`] if the new key's id is taken, which happens once in 2^32 times:
    /// call again.
    pub fn generate_key(&mut self) -> Result<KeyId, Error> {
        self.generate_key_at(Timestamp::UNKNOWN)
    }

    /// Generates another random key as [`Keyset::generate_key`] does, and notes when.
    ///
    /// # Errors
    /// As [`Keyset::generate_key`].
    pub fn generate_key_at(&mut self, now: Timestamp) -> Result<KeyId, Error> {
        self.0.generate_key(now)
    }

    /// Makes an enabled key the primary one. The former primary key stays enabled.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::DisabledKey`] or [`Error::DestroyedKey`]; the keyset is then unchanged.
    pub fn promote(&mut self, id: KeyId) -> Result<(), Error> {
        self.0.promote(id)
    }

    /// Disables a key: its tokens are reported as [`Error::DisabledKey`] and no longer read.
    ///
    /// # Errors
    /// [`Error::PrimaryKey`] for the primary key, [`Error::UnknownKey`] for one that is not here, and
    /// [`Error::DestroyedKey`].
    pub fn disable(&mut self, id: KeyId) -> Result<(), Error> {
        self.0.set_status(id, KeyStatus::Disabled)
    }

    /// Enables a disabled key again.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for one that is not here, and [`Error::DestroyedKey`].
    pub fn enable(&mut self, id: KeyId) -> Result<(), Error> {
        self.0.set_status(id, KeyStatus::Enabled)
    }

    /// Destroys a key: wipes its secret, which **nothing undoes**. Its tokens cannot be read any more; they are reported as
    /// [`Error::DestroyedKey`], because its id and check value stay.
    ///
    /// # Errors
    /// [`Error::PrimaryKey`] for the primary key, [`Error::UnknownKey`] for one that is not here.
    pub fn destroy(&mut self, id: KeyId) -> Result<(), Error> {
        self.0.set_status(id, KeyStatus::Destroyed)
    }

    /// Generates a key that becomes primary at once, and returns its id. The former primary key stays enabled.
    ///
    /// # Errors
    /// As [`Keyset::generate_key`]; the keyset is then unchanged.
    ///
    /// # Example: rotate by a policy
    /// ```
    /// use blindtally::{Keyset, Timestamp};
    ///
    /// let day = |day: u64| Timestamp::from_unix_seconds(1_790_000_000 + day * 86_400);
    /// let mut keyset = Keyset::generate_at(day(0))?;
    /// keyset.set_rotate_after_days(90);
    /// assert_eq!(keyset.rotate_if_due(day(89))?, None);
    /// assert_eq!(keyset.rotate_if_due(day(90))?, Some(keyset.primary_key_id()));
    /// # Ok::<(), blindtally::Error>(())
    /// ```
    pub fn rotate(&mut self, now: Timestamp) -> Result<KeyId, Error> {
        self.0.rotate(now)
    }

    /// Rotates if the policy asks for it, and returns the id of the new primary key.
    ///
    /// # Errors
    /// As [`Keyset::rotate`].
    pub fn rotate_if_due(&mut self, now: Timestamp) -> Result<Option<KeyId>, Error> {
        self.0.rotate_if_due(now)
    }

    /// Whether the policy asks for a rotation: the primary key is as old as it may become, or of unknown age. Nothing is
    /// due at an unknown time: each rotation would make the next one due.
    #[must_use]
    pub const fn is_due(&self, now: Timestamp) -> bool {
        self.0.is_due(now)
    }

    /// The rotation policy: how many days a key stays primary; 0 is no policy.
    #[must_use]
    pub const fn rotate_after_days(&self) -> u16 {
        self.0.rotate_after_days
    }

    /// Sets the rotation policy, which [`Keyset::rotate_if_due`] applies; 0 is no policy.
    pub const fn set_rotate_after_days(&mut self, days: u16) {
        self.0.rotate_after_days = days;
    }

    /// The id of the primary key.
    #[must_use]
    pub const fn primary_key_id(&self) -> KeyId {
        self.0.primary.id
    }

    /// Every key with its status, the primary one first.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyInfo> {
        self.0.infos()
    }

    /// The check value of a key: 32 bytes that commit to it and tell nothing about it.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for a key that is not here.
    pub fn key_check(&self, id: KeyId) -> Result<KeyCheck, Error> {
        self.0.find(id).map(|entry| entry.check)
    }

    /// Derives the keys of one context, ready to encrypt and decrypt.
    ///
    /// The cipher is a snapshot: it does not follow later changes of the keyset.
    #[must_use]
    pub fn cipher(&self, context: &Context) -> Cipher {
        self.0.cipher(context)
    }

    /// Derives the keys of one context, to be handed to whom no other context concerns.
    ///
    /// A snapshot too.
    #[must_use]
    pub fn scope(&self, context: &Context) -> Scope {
        Scope(self.0.scope(context.clone()))
    }
}

impl fmt::Debug for Keyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyset").field("keys", &self.keys()).finish_non_exhaustive()
    }
}
