//! The life of a key (SPEC.md, section 11.1). What is refused changes nothing.

use alloc::boxed::Box;

use zeroize::Zeroize;

use super::entries::{Entries, Entry};
use super::hazard::RootKey;
use super::{KeyId, KeyStatus, Timestamp};
use crate::context::Context;
use crate::error::Error;

const SECONDS_OF_A_DAY: u64 = 86_400;

impl Entries {
    pub(crate) fn generate(now: Timestamp) -> Result<Box<Self>, Error> {
        Ok(Self::from_primary(&RootKey::generate()?, now))
    }

    pub(crate) fn from_primary(root: &RootKey, created: Timestamp) -> Box<Self> {
        let mut entries = Self::empty();
        entries.primary = Entry::new(root, created);
        entries
    }

    /// Itself, if its keys may change. [`super::AnyKeyset::keyset_mut`] is the same for callers in Rust.
    ///
    /// # Errors
    /// [`Error::ScopedKeyset`] for a scope.
    #[cfg(feature = "bindings")]
    pub(crate) const fn changeable(&mut self) -> Result<&mut Self, Error> {
        if self.is_scope() { Err(Error::ScopedKeyset) } else { Ok(self) }
    }

    pub(crate) fn generate_key(&mut self, now: Timestamp) -> Result<KeyId, Error> {
        self.add(&RootKey::generate()?, now)
    }

    pub(crate) fn add(&mut self, root: &RootKey, created: Timestamp) -> Result<KeyId, Error> {
        let entry = Entry::new(root, created);
        let id = entry.id;
        if self.find(id).is_ok() {
            return Err(Error::DuplicateKey(id));
        }
        if self.others.len() + 1 >= Self::MAX {
            return Err(Error::TooManyKeys);
        }
        self.others.push(entry);
        Ok(id)
    }

    pub(crate) fn promote(&mut self, id: KeyId) -> Result<(), Error> {
        if id == self.primary.id {
            return Ok(());
        }
        let Self { primary, others, .. } = self;
        let entry = find_mut(others, id)?;
        if let Some(refusal) = entry.status.refusal(id) {
            return Err(refusal);
        }
        core::mem::swap(primary, entry);
        Ok(())
    }

    pub(crate) fn set_status(&mut self, id: KeyId, status: KeyStatus) -> Result<(), Error> {
        if id == self.primary.id {
            return if status == KeyStatus::Enabled { Ok(()) } else { Err(Error::PrimaryKey(id)) };
        }
        let entry = find_mut(&mut self.others, id)?;
        if status == KeyStatus::Destroyed {
            entry.secret.zeroize();
        } else if entry.status == KeyStatus::Destroyed {
            return Err(Error::DestroyedKey(id));
        }
        entry.status = status;
        Ok(())
    }

    pub(crate) fn rotate(&mut self, now: Timestamp) -> Result<KeyId, Error> {
        let id = self.generate_key(now)?;
        self.promote(id)?;
        Ok(id)
    }

    pub(crate) fn rotate_if_due(&mut self, now: Timestamp) -> Result<Option<KeyId>, Error> {
        if self.is_due(now) { self.rotate(now).map(Some) } else { Ok(None) }
    }

    pub(crate) const fn is_due(&self, now: Timestamp) -> bool {
        let age = now.unix_seconds().saturating_sub(self.primary.created.unix_seconds());
        let is_old = !self.primary.created.is_known() || age >= self.rotate_after_days as u64 * SECONDS_OF_A_DAY;
        self.rotate_after_days > 0 && now.is_known() && is_old
    }
}

impl Entry {
    /// An enabled key with its check value, which is derived once.
    fn new(root: &RootKey, created: Timestamp) -> Box<Self> {
        let mut entry = Self::empty();
        entry.set_secret(root.expose());
        entry.check = entry.derive_check(&Context::empty());
        entry.id = entry.check.key_id();
        entry.created = created;
        entry
    }
}

fn find_mut(others: &mut [Box<Entry>], id: KeyId) -> Result<&mut Box<Entry>, Error> {
    others.iter_mut().find(|entry| entry.id == id).ok_or(Error::UnknownKey(id))
}
