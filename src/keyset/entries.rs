//! What keysets and scopes have in common: keys with a status and an age, exactly one of them primary.
//!
//! One type for both, so that the `.wasm` holds their code once. [`super::Keyset`] and [`super::Scope`] keep the two apart.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aes::cipher::array::Array;
use aes::cipher::consts::{U32, U44};
use ctutils::CtEq;
use zeroize::Zeroizing;

use super::{KeyCheck, KeyId, KeyInfo, KeyStatus, Timestamp};
use crate::cipher::{Cipher, ContextKey};
use crate::context::Context;
use crate::derive::{
    CHECK_BYTES, DERIVED_BYTES, ROOT_BYTES, derive_context_check, derive_context_key, derive_key_check,
};
use crate::error::Error;
use crate::wipe::wipe_dead_stack;

/// The keys of a keyset or of a scope. The primary key is always enabled.
pub(crate) struct Entries {
    /// The one context of a scope; empty for root keys.
    pub(super) context: Context,
    pub(super) primary: Box<Entry>,
    #[expect(clippy::vec_box, reason = "a Vec of the entries themselves would leave copies behind when it grows")]
    pub(super) others: Vec<Box<Entry>>,
    /// 0 is no policy.
    pub(crate) rotate_after_days: u16,
}

impl Entries {
    /// SPEC.md, section 11.
    pub(super) const MAX: usize = 1000;

    /// To be filled: see [`Entries::slot`].
    pub(super) fn empty() -> Box<Self> {
        Box::new(Self {
            context: Context::empty(),
            primary: Entry::empty(),
            others: Vec::new(),
            rotate_after_days: 0,
        })
    }

    /// Where to write the entry at this position. They are filled in order, the primary one first.
    pub(super) fn slot(&mut self, position: usize) -> &mut Entry {
        if position > 0 {
            self.others.push(Entry::empty());
        }
        self.others.last_mut().unwrap_or(&mut self.primary)
    }

    pub(super) const fn is_scope(&self) -> bool {
        !self.context.encoded().is_empty()
    }

    /// Every key, the primary one first.
    pub(super) fn all(&self) -> Vec<&Entry> {
        let mut all = Vec::with_capacity(1 + self.others.len());
        all.push(&*self.primary);
        all.extend(self.others.iter().map(|entry| &**entry));
        all
    }

    pub(super) fn find(&self, id: KeyId) -> Result<&Entry, Error> {
        if id == self.primary.id {
            return Ok(&self.primary);
        }
        self.others.iter().find(|entry| entry.id == id).map(|entry| &**entry).ok_or(Error::UnknownKey(id))
    }

    pub(super) fn infos(&self) -> Vec<KeyInfo> {
        let info = |entry: &Entry| KeyInfo {
            id: entry.id,
            status: entry.status,
            is_primary: entry.id == self.primary.id,
            created: entry.created,
        };
        self.all().into_iter().map(info).collect()
    }

    /// # Errors
    /// [`Error::OutOfScope`] if these are the keys of another context.
    pub(crate) fn in_scope(&self, context: &Context) -> Result<&Self, Error> {
        if self.is_scope() && self.context != *context { Err(Error::OutOfScope) } else { Ok(self) }
    }

    /// The cipher of a context, which is the own one of a scope.
    pub(crate) fn cipher(&self, context: &Context) -> Cipher {
        let mut cipher = Cipher::new(self.context_key(&self.primary, context));
        for entry in &self.others {
            match entry.status.refusal(entry.id) {
                None => cipher.add_enabled(self.context_key(entry, context)),
                Some(refusal) => cipher.add_refused(refusal),
            }
        }
        wipe_dead_stack();
        cipher
    }

    /// Never inlined, for the size: there are two calls.
    #[inline(never)]
    fn context_key(&self, entry: &Entry, context: &Context) -> Box<ContextKey> {
        if self.is_scope() {
            ContextKey::new(entry.id, &entry.secret)
        } else {
            ContextKey::derive(entry.id, entry.root(), context)
        }
    }

    /// Derives the keys of a context, which is the own one of a scope; nothing of a key that is not enabled.
    pub(crate) fn scope(&self, context: Context) -> Box<Self> {
        let mut scope = Self::empty();
        scope.rotate_after_days = self.rotate_after_days;
        for (position, entry) in self.all().into_iter().enumerate() {
            let slot = scope.slot(position);
            (slot.id, slot.status, slot.created) = (entry.id, entry.status, entry.created);
            if self.is_scope() {
                slot.check = entry.check;
                slot.set_secret(entry.secret.as_slice());
            } else if entry.status == KeyStatus::Enabled {
                derive_context_key(entry.root(), &context, &mut slot.secret);
                slot.check = slot.derive_check(&context);
            }
        }
        scope.context = context;
        scope
    }
}

/// One key.
pub(super) struct Entry {
    pub(super) id: KeyId,
    pub(super) status: KeyStatus,
    pub(super) created: Timestamp,
    pub(super) check: KeyCheck,
    /// A root key and 12 zeros, or the derived key and nonce of a context; zeros where there is none any more.
    pub(super) secret: Zeroizing<[u8; DERIVED_BYTES]>,
}

impl Entry {
    /// To be filled.
    pub(super) fn empty() -> Box<Self> {
        Box::new(Self {
            id: KeyId::from_bytes([0; KeyId::BYTES]),
            status: KeyStatus::Enabled,
            created: Timestamp::UNKNOWN,
            check: KeyCheck([0; CHECK_BYTES]),
            secret: Zeroizing::new([0; DERIVED_BYTES]),
        })
    }

    /// Takes up to 44 bytes; what follows stays.
    pub(super) fn set_secret(&mut self, secret: &[u8]) {
        if let Some(to) = self.secret.get_mut(..secret.len()) {
            to.copy_from_slice(secret);
        }
    }

    pub(super) fn root(&self) -> &[u8; ROOT_BYTES] {
        let (root, _) = <&Array<u8, U44>>::from(&*self.secret).split_ref::<U32>();
        &root.0
    }

    /// Whether there is no secret in it. In constant time, as every comparison of a secret.
    pub(super) fn is_empty(&self) -> bool {
        self.secret.ct_eq(&[0; DERIVED_BYTES]).to_bool()
    }

    /// The check value of what is in it: of a root key, if the context is empty (SPEC.md, sections 3 and 12).
    pub(super) fn derive_check(&self, context: &Context) -> KeyCheck {
        KeyCheck(if context.encoded().is_empty() {
            derive_key_check(self.root())
        } else {
            derive_context_check(&self.secret, self.id, context)
        })
    }
}
