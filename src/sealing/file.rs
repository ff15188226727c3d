//! A file that is open: its slots, its key, its revision. It knows records as bytes alone.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::SealingError;
use super::aead::NONCE_BYTES;
use super::file_key::{FileKey, KEY_BYTES, MAX_REVISION, Opened};
use super::head::{Head, SlotId, SlotKind};
use super::kek::{Kind, Opener, check_cost, kek};
use super::secret::{Wiped, fill_random, on_wiped_stack};
use super::share::{Plan, Share};
use super::slot::Slot;
use super::split::split;
use super::text::{FileText, MAX_SLOTS, encode, header};

pub(super) struct File {
    pub(super) slots: Vec<Slot>,
    key: FileKey,
    pub(super) revision: u64,
}

impl File {
    /// A file without slots, of which nothing has been written. Its first revision is the one after this.
    pub(super) fn create(revision: u64) -> Result<Self, SealingError> {
        on_wiped_stack(FileKey::generate).map(|key| Self::with_key(key, revision))
    }

    pub(super) const fn with_key(key: FileKey, revision: u64) -> Self {
        Self { slots: Vec::new(), key, revision }
    }

    /// Opens a text, of which the slots are taken, and gives what `read` makes of the record (SPEC.md, section 13.2).
    pub(super) fn open<T>(
        text: &mut FileText,
        opener: &Opener,
        named: Option<SlotId>,
        min_revision: u64,
        read: impl FnOnce(&[u8]) -> Result<T, SealingError>,
    ) -> Result<(Self, T), SealingError> {
        let (key, opened) = on_wiped_stack(|| try_slots(text, opener, named))?;
        let (revision, content) = accept(&opened, min_revision, read)?;
        Ok((Self { slots: core::mem::take(&mut text.slots), key, revision }, content))
    }

    /// Opens another text of the same file with its key, takes over its slots and revision, and gives what `read` makes
    /// of the record.
    pub(super) fn reopen<T>(
        &mut self,
        text: FileText,
        read: impl FnOnce(&[u8]) -> Result<T, SealingError>,
    ) -> Result<T, SealingError> {
        let opened = on_wiped_stack(|| self.key.open(&text.sealed())).ok_or(SealingError::CannotOpen)?;
        let (revision, content) = accept(&opened, self.revision, read)?;
        self.revision = revision;
        self.slots = text.slots;
        Ok(content)
    }

    /// Adds a slot of any kind but recovery.
    pub(super) fn add_slot(&mut self, head: Head, secret: &[u8]) -> Result<(), SealingError> {
        self.check_room(&head)?;
        if Kind::of(&head) == Kind::Recovery {
            return Err(SealingError::BadParameters);
        }
        on_wiped_stack(|| {
            let kek = kek(&head, secret)?;
            self.wrap(head, &kek)
        })
    }

    /// Adds a recovery slot and gives its shares.
    pub(super) fn add_recovery(&mut self, head: Head) -> Result<Vec<Zeroizing<String>>, SealingError> {
        self.check_room(&head)?;
        let SlotKind::Recovery(plan) = head.info.kind else { return Err(SealingError::BadParameters) };
        on_wiped_stack(|| {
            let kek = Wiped::random()?;
            let shares = shares(&head, plan, &kek)?;
            self.wrap(head, &kek)?;
            Ok(shares)
        })
    }

    /// Leaves a slot out of the next writing.
    pub(super) fn remove_slot(&mut self, id: SlotId) -> Result<(), SealingError> {
        let position = self.slots.iter().position(|slot| slot.head.id() == id);
        let position = position.ok_or(SealingError::UnknownSlot)?;
        if self.slots.len() == 1 {
            return Err(SealingError::LastSlot);
        }
        self.slots.remove(position);
        Ok(())
    }

    /// The text of the next revision.
    pub(super) fn seal(&mut self, record: &[u8]) -> Result<String, SealingError> {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce)?;
        self.seal_with(record, &nonce)
    }

    /// The same with a given nonce, which must not have been used.
    pub(super) fn seal_with(&mut self, record: &[u8], nonce: &[u8; NONCE_BYTES]) -> Result<String, SealingError> {
        if self.slots.is_empty() {
            return Err(SealingError::LastSlot);
        }
        let revision = self.revision.saturating_add(1);
        if revision > MAX_REVISION {
            return Err(SealingError::BadKeyset);
        }
        let header = header(&self.slots, nonce, self.key.check());
        let payload = on_wiped_stack(|| self.key.seal(nonce, header.as_bytes(), revision, record))?;
        let text = encode(header, &payload).ok_or(SealingError::BadKeysetFile)?;
        self.revision = revision;
        Ok(text)
    }

    fn check_room(&self, head: &Head) -> Result<(), SealingError> {
        if Kind::of(head) == Kind::Passphrase {
            // A passphrase is tried with all of them: if that costs too much, no reader tries any.
            let others = self.slots.iter().map(|slot| &slot.head);
            check_cost(others.chain([head]))?;
        }
        if self.slots.len() >= MAX_SLOTS {
            return Err(SealingError::TooManySlots);
        }
        let taken = self.slots.iter().any(|slot| slot.head.id() == head.id());
        if taken { Err(SealingError::DuplicateSlot) } else { Ok(()) }
    }

    fn wrap(&mut self, head: Head, kek: &[u8; KEY_BYTES]) -> Result<(), SealingError> {
        self.slots.push(Slot::wrap(head, kek, &self.key).ok_or(SealingError::BadParameters)?);
        Ok(())
    }
}

/// Steps 2 and 3: the first slot that opens the file. With each, all is done that the right secret would do.
fn try_slots(text: &FileText, opener: &Opener, named: Option<SlotId>) -> Result<(FileKey, Opened), SealingError> {
    for slot in opener.choose(&text.slots, named)? {
        let kek = opener.kek(&slot.head)?;
        let (key, is_key) = slot.unwrap(&kek);
        let opened = key.open(&text.sealed());
        if let Some(opened) = opened.filter(|_| is_key) {
            return Ok((key, opened));
        }
    }
    Err(SealingError::CannotOpen)
}

/// Steps 4 and 5: the revision and what is made of the record, if they are any and not older than what was seen before.
fn accept<T>(
    opened: &Opened,
    min_revision: u64,
    read: impl FnOnce(&[u8]) -> Result<T, SealingError>,
) -> Result<(u64, T), SealingError> {
    let (revision, record) = opened.parts()?;
    let content = read(record)?;
    if revision < min_revision { Err(SealingError::Rollback) } else { Ok((revision, content)) }
}

fn shares(head: &Head, plan: Plan, kek: &[u8; KEY_BYTES]) -> Result<Vec<Zeroizing<String>>, SealingError> {
    let values = split(kek, plan)?;
    let share = |(index, value)| Share { set: head.id(), plan, index, value }.encode();
    Ok((1..=plan.shares).zip(values).map(share).collect())
}
