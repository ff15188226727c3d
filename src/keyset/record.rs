//! Keyset records (SPEC.md, section 11): a keyset or a scope as bytes.

use alloc::boxed::Box;

use super::entries::{Entries, Entry};
use super::{KeyCheck, KeyId, KeyStatus, Timestamp};
use crate::derive::{CHECK_BYTES, DERIVED_BYTES, ROOT_BYTES};
use crate::error::Error;
use crate::wipe::{SecretBytes, wipe_dead_stack};

const VERSION: u8 = 1;
const ROOT_KEYS: u8 = 1;
const CONTEXT_KEYS: u8 = 2;

/// Version, kind, policy, number of labels.
const HEAD_BYTES: usize = 1 + 1 + 2 + 1;
const COUNT_BYTES: usize = 2;
/// Status, time, id and check of an entry.
const ENTRY_BYTES: usize = 1 + 8 + KeyId::BYTES + CHECK_BYTES;

impl Entries {
    /// The record. Without the secrets it is none, but describes the keys: each secret is zeros.
    pub(crate) fn to_record(&self, with_secrets: bool) -> SecretBytes {
        let (labels, all) = (self.context.encoded(), self.all());
        // As large as it gets: growing would leave copies behind.
        let size = HEAD_BYTES + labels.len() + COUNT_BYTES + all.len() * (ENTRY_BYTES + self.secret_bytes());
        let mut record = SecretBytes::with_capacity(size);
        let mut put = |bytes: &[u8]| record.push(bytes);
        let [days, more_days] = self.rotate_after_days.to_be_bytes();
        put(&[VERSION, self.kind(), days, more_days, self.context.count()]);
        put(labels);
        put(&[low_byte(all.len() >> 8), low_byte(all.len())]);
        for entry in all {
            put(&[entry.status as u8]);
            put(&entry.created.to_bytes());
            put(entry.id.as_bytes());
            put(entry.check.as_bytes());
            let secret = if with_secrets { &*entry.secret } else { &[0; DERIVED_BYTES] };
            put(secret.get(..self.secret_bytes()).unwrap_or_default());
        }
        record
    }

    /// Reads a record.
    ///
    /// # Errors
    /// In this order: [`Error::BadKeyset`], [`Error::DuplicateKey`], [`Error::KeyCheck`].
    pub(crate) fn from_record(record: &[u8]) -> Result<Box<Self>, Error> {
        let mut entries = Self::empty();
        let checked = entries.read(record).ok_or(Error::BadKeyset).and_then(|()| entries.check());
        wipe_dead_stack();
        checked.map(|()| entries)
    }

    /// Step 1: the form. `None` is whatever has not exactly that.
    fn read(&mut self, record: &[u8]) -> Option<()> {
        let (&[version, kind, days, more_days, labels], mut rest) = record.split_first_chunk()?;
        for _ in 0..labels {
            let (&length, after) = rest.split_first()?;
            let (label, after) = after.split_at_checked(length.into())?;
            self.context.push(core::str::from_utf8(label).ok()?).ok()?;
            rest = after;
        }
        self.rotate_after_days = u16::from_be_bytes([days, more_days]);
        let (&count, entries) = rest.split_first_chunk()?;
        let (count, size) = (usize::from(u16::from_be_bytes(count)), ENTRY_BYTES + self.secret_bytes());
        let is_one = version == VERSION && kind == self.kind() && (1..=Self::MAX).contains(&count);
        if !is_one || entries.len() != count * size {
            return None;
        }
        for (position, bytes) in entries.chunks_exact(size).enumerate() {
            let (&[status, a, b, c, d, e, f, g, h, i, j, k, l, ref check @ ..], secret) =
                bytes.split_first_chunk::<ENTRY_BYTES>()?;
            let status = match status {
                1 => KeyStatus::Enabled,
                2 if position > 0 => KeyStatus::Disabled,
                3 if position > 0 => KeyStatus::Destroyed,
                _ => return None,
            };
            let has_secret = self.has_secret(status);
            let slot = self.slot(position);
            slot.status = status;
            slot.created = Timestamp::from_bytes([a, b, c, d, e, f, g, h])?;
            slot.id = KeyId::from_bytes([i, j, k, l]);
            slot.check = KeyCheck(*check);
            slot.set_secret(secret);
            if !has_secret && !slot.is_empty() {
                return None;
            }
        }
        Some(())
    }

    /// Steps 2 and 3: no two keys with one id, and every key is what its check value says.
    fn check(&self) -> Result<(), Error> {
        let all = self.all();
        for entry in &all {
            if !core::ptr::eq(self.find(entry.id)?, *entry) {
                return Err(Error::DuplicateKey(entry.id));
            }
        }
        for entry in all {
            let there = self.has_secret(entry.status);
            let expected = if there { entry.derive_check(&self.context) } else { self.check_of_none(entry) };
            let has_its_id = self.is_scope() || entry.id == entry.check.key_id();
            // A secret that must not be there is no record: step 1.
            if entry.check != expected || !has_its_id || entry.is_empty() == there {
                return Err(Error::KeyCheck(entry.id));
            }
        }
        Ok(())
    }

    /// The check value of an entry without a secret: of a root key it stays.
    const fn check_of_none(&self, entry: &Entry) -> KeyCheck {
        if self.is_scope() { KeyCheck([0; CHECK_BYTES]) } else { entry.check }
    }

    const fn kind(&self) -> u8 {
        if self.is_scope() { CONTEXT_KEYS } else { ROOT_KEYS }
    }

    /// Bytes of a secret in the record.
    const fn secret_bytes(&self) -> usize {
        if self.is_scope() { DERIVED_BYTES } else { ROOT_BYTES }
    }

    /// Whether the record has the secret of such a key: a scope holds no key that it must not use.
    const fn has_secret(&self, status: KeyStatus) -> bool {
        match status {
            KeyStatus::Enabled => true,
            KeyStatus::Disabled => !self.is_scope(),
            KeyStatus::Destroyed => false,
        }
    }
}

const fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}
