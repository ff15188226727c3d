//! Scopes (SPEC.md, section 12): the derived keys of one context, from which no other context follows.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::{Entries, KeyCheck, KeyId, KeyInfo, Keyset};
use crate::cipher::Cipher;
use crate::context::Context;
use crate::error::Error;

/// The keys of one context alone: for a browser or a service that reads one field of one tenant.
///
/// Made by [`Keyset::scope`]. It is a snapshot, which does not follow later changes of the keyset, and holds no secret of a
/// key that was disabled. Keys are wiped on drop, and `Debug` does not show them.
///
/// # Example: a scope encrypts as its keyset does
/// ```
/// use blindtally::{Context, EventName, Keyset};
///
/// let keyset = Keyset::generate()?;
/// let context = Context::new(["acme", "event"])?;
/// let scope = keyset.scope(&context);
/// let name = EventName::parse("medication.missed")?;
/// assert_eq!(scope.cipher().encrypt(&name), keyset.cipher(&context).encrypt(&name));
/// # Ok::<(), blindtally::Error>(())
/// ```
pub struct Scope(pub(super) Box<Entries>);

impl Scope {
    /// The context it is of.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.0.context
    }

    /// Its keys, ready to encrypt and decrypt.
    #[must_use]
    pub fn cipher(&self) -> Cipher {
        self.0.cipher(&self.0.context)
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

    /// The context check of a key (SPEC.md, section 12); 32 zeros for one that is not enabled.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] for a key that is not here.
    pub fn key_check(&self, id: KeyId) -> Result<KeyCheck, Error> {
        self.0.find(id).map(|entry| entry.check)
    }

    /// The rotation policy of the keyset in days; 0 is none.
    #[must_use]
    pub const fn rotate_after_days(&self) -> u16 {
        self.0.rotate_after_days
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Scope");
        shown.field("context", self.context()).field("keys", &self.keys()).finish_non_exhaustive()
    }
}

/// A keyset or a scope: what a record holds, and what reads and writes tokens without asking which it is.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a record has these two kinds; a third is another format")]
pub enum AnyKeyset {
    /// Root keys.
    Keyset(Keyset),
    /// The keys of one context.
    Scope(Scope),
}

impl AnyKeyset {
    /// The cipher of a context.
    ///
    /// # Errors
    /// [`Error::OutOfScope`] if this is a scope of another context.
    pub fn cipher(&self, context: &Context) -> Result<Cipher, Error> {
        self.entries().in_scope(context).map(|entries| entries.cipher(context))
    }

    /// A scope of a context; of a scope: a copy of itself.
    ///
    /// # Errors
    /// [`Error::OutOfScope`] if this is a scope of another context.
    pub fn scope(&self, context: &Context) -> Result<Scope, Error> {
        self.entries().in_scope(context).map(|entries| Scope(entries.scope(context.clone())))
    }

    /// The keyset, to change its keys.
    ///
    /// # Errors
    /// [`Error::ScopedKeyset`] if this is a scope.
    pub fn keyset_mut(&mut self) -> Result<&mut Keyset, Error> {
        match self {
            Self::Keyset(keyset) => Ok(keyset),
            Self::Scope(_) => Err(Error::ScopedKeyset),
        }
    }

    const fn entries(&self) -> &Entries {
        match self {
            Self::Keyset(Keyset(entries)) | Self::Scope(Scope(entries)) => entries,
        }
    }
}

impl From<Box<Entries>> for AnyKeyset {
    fn from(entries: Box<Entries>) -> Self {
        if entries.is_scope() { Self::Scope(Scope(entries)) } else { Self::Keyset(Keyset(entries)) }
    }
}
