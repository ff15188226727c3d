//! Sealed keyset files, and recovery by shares (SPEC.md, part 2).
//!
//! A sealed file holds a keyset or a scope. Each of its *slots* opens it with a secret of its own: a passphrase, a key
//! that a key store keeps, a passkey, or enough recovery shares.
//!
//! # Example: a passphrase, and two of three people who can open the file without it
//! ```
//! use blindtally::sealing::{Cost, OpenOptions, Plan, SealedFile, Secret, SlotInfo, SlotKind};
//! use blindtally::{AnyKeyset, Keyset};
//!
//! let keyset = Keyset::generate()?;
//! let mut file = SealedFile::create()?;
//! let cost = Cost::new(19_456, 2, 1)?; // Less than the default, for a quick example.
//! file.add_slot(&SlotInfo::new(SlotKind::Passphrase(cost))?, &Secret::Passphrase("correct horse"))?;
//! let shares = file.add_recovery(&SlotInfo::new(SlotKind::Recovery(Plan::new(2, 3)?))?)?;
//! let text = file.seal_keyset(&keyset)?;
//!
//! let two = [shares[2].as_str(), shares[0].as_str()];
//! let (file, AnyKeyset::Keyset(opened)) = SealedFile::open(&text, &Secret::Shares(&two), &OpenOptions::default())?
//! else {
//!     unreachable!("a keyset was sealed, and no scope");
//! };
//! assert_eq!(opened.primary_key_id(), keyset.primary_key_id());
//! assert_eq!(file.revision(), 1);
//! # Ok::<(), blindtally::sealing::SealingError>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::keyset::hazard::{export_keyset, export_scope, import_record};
use crate::{AnyKeyset, Keyset, Scope};

mod aead;
mod error;
mod file;
mod file_key;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod kdf;
mod kek;
mod passphrase;
mod secret;
mod share;
mod slot;
mod split;
#[cfg(test)]
mod tests;
mod text;
#[cfg(feature = "sealing-file")]
mod wasm;

use file::File;
use head::Head;
use kek::{Kind, Opener};
use passphrase::normalized;
use secret::on_wiped_stack;
use share::recover;
use slot::Slot;
use text::FileText;

pub use error::SealingError;
pub use head::{Salt, SlotId, SlotInfo, SlotKind};
pub use passphrase::Cost;
pub use share::Plan;

/// A sealed file that is open: it holds the key under which the keyset is sealed, but not the keyset.
///
/// The key is wiped on drop, and `Debug` does not show it.
pub struct SealedFile(File);

impl SealedFile {
    /// A file with a random key and no slots yet.
    ///
    /// # Errors
    /// [`SealingError::RandomUnavailable`] if the platform has no secure random source.
    pub fn create() -> Result<Self, SealingError> {
        Self::create_after(0)
    }

    /// The same for a file that takes the place of one with this revision: its own are higher.
    ///
    /// # Errors
    /// As [`SealedFile::create`].
    pub fn create_after(revision: u64) -> Result<Self, SealingError> {
        File::create(revision).map(Self)
    }

    /// Opens a file and gives the keyset or scope in it.
    ///
    /// A passphrase is tried with every passphrase slot, which takes its time for each.
    ///
    /// # Errors
    /// [`SealingError::CannotOpen`] for a wrong secret and for an altered file alike; [`SealingError::BadKeysetFile`],
    /// [`SealingError::UnknownSlot`], [`SealingError::BadParameters`], [`SealingError::Rollback`]; what is wrong with
    /// the secret itself, such as [`SealingError::TooFewShares`]; and [`SealingError::Keyset`] if no keyset was sealed.
    pub fn open(
        text: &str,
        secret: &Secret<'_>,
        options: &OpenOptions,
    ) -> Result<(Self, AnyKeyset), SealingError> {
        let mut text = FileText::parse(text.as_bytes())?;
        let OpenOptions { slot, min_revision } = *options;
        let (file, keyset) = File::open(&mut text, &secret.opener()?, slot, min_revision, keyset_in)?;
        Ok((Self(file), keyset))
    }

    /// Proves that shares open a file, without giving out what is inside: the slot they belong to, and the revision.
    ///
    /// # Errors
    /// As [`SealedFile::open`].
    pub fn rehearse(text: &str, shares: &[&str]) -> Result<(SlotId, u64), SealingError> {
        let mut text = FileText::parse(text.as_bytes())?;
        let recovered = on_wiped_stack(|| recover(shares.iter().copied()))?;
        let set = recovered.set;
        let (file, _) = File::open(&mut text, &Opener::Recovered(recovered), None, 0, keyset_in)?;
        Ok((set, file.revision))
    }

    /// What opens a file. It needs no secret, and nothing of it is authenticated.
    ///
    /// # Errors
    /// [`SealingError::BadKeysetFile`] for a text that is no sealed file.
    pub fn inspect(text: &str) -> Result<Vec<SlotInfo>, SealingError> {
        Ok(infos(&FileText::parse(text.as_bytes())?.slots))
    }

    /// Reads another text of the same file, without the secret: its slots and revision become those of this one.
    ///
    /// # Errors
    /// [`SealingError::BadKeysetFile`]; [`SealingError::CannotOpen`] for another file, or an altered one;
    /// [`SealingError::Rollback`] for a revision before this one. The file is then unchanged.
    pub fn reopen(&mut self, text: &str) -> Result<AnyKeyset, SealingError> {
        self.0.reopen(FileText::parse(text.as_bytes())?, keyset_in)
    }

    /// The revision that was opened or sealed last; 0 before there is one.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The slots, in their order.
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        infos(&self.0.slots)
    }

    /// Adds a slot of any kind but recovery. It is there with the next sealing.
    ///
    /// # Errors
    /// [`SealingError::TooManySlots`], [`SealingError::DuplicateSlot`], [`SealingError::BadParameters`];
    /// [`SealingError::BadPassphrase`] or [`SealingError::BadKey`] for what is no such secret.
    pub fn add_slot(&mut self, info: &SlotInfo, secret: &Secret<'_>) -> Result<SlotId, SealingError> {
        let head = Head::new(info).ok_or(SealingError::BadParameters)?;
        match secret.opener()? {
            Opener::Bytes(kind, bytes) if kind == Kind::of(&head) => self.0.add_slot(head, &bytes)?,
            _ => return Err(SealingError::BadParameters),
        }
        Ok(info.salt.slot_id())
    }

    /// Adds a recovery slot and gives its shares, which nobody can make again. They are wiped on drop.
    ///
    /// # Errors
    /// [`SealingError::TooManySlots`], [`SealingError::DuplicateSlot`]; [`SealingError::BadParameters`] for a slot of
    /// another kind; [`SealingError::RandomUnavailable`].
    pub fn add_recovery(&mut self, info: &SlotInfo) -> Result<Vec<Zeroizing<String>>, SealingError> {
        self.0.add_recovery(Head::new(info).ok_or(SealingError::BadParameters)?)
    }

    /// Leaves a slot out of the next sealing. Copies made before still open with its secret, and whoever opened one of
    /// them has the key of this file: to shut somebody out, create a new file, and rotate.
    ///
    /// # Errors
    /// [`SealingError::UnknownSlot`]; [`SealingError::LastSlot`] for the only one.
    pub fn remove_slot(&mut self, id: SlotId) -> Result<(), SealingError> {
        self.0.remove_slot(id)
    }

    /// The text of the next revision, with this keyset.
    ///
    /// # Errors
    /// [`SealingError::LastSlot`] if there is no slot; [`SealingError::BadKeysetFile`] if the file would be too large;
    /// [`SealingError::RandomUnavailable`].
    pub fn seal_keyset(&mut self, keyset: &Keyset) -> Result<String, SealingError> {
        self.0.seal(&export_keyset(keyset))
    }

    /// The text of the next revision, with this scope.
    ///
    /// # Errors
    /// As [`SealedFile::seal_keyset`].
    pub fn seal_scope(&mut self, scope: &Scope) -> Result<String, SealingError> {
        self.0.seal(&export_scope(scope))
    }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SealedFile");
        shown.field("revision", &self.revision()).field("slots", &self.slots()).finish_non_exhaustive()
    }
}

/// What opens a file, or is to open it. `Debug` shows its kind alone.
#[non_exhaustive]
pub enum Secret<'a> {
    /// A passphrase as it was typed; it is normalised here.
    Passphrase(&'a str),
    /// 32 bytes.
    Raw(&'a [u8]),
    /// What a passkey's PRF gave for [`Salt::prf_input`]: 32 bytes.
    Passkey(&'a [u8]),
    /// Recovery shares, as they were typed.
    Shares(&'a [&'a str]),
    /// The 32 bytes that a key store gave for the blob of the slot.
    Wrapper(&'a [u8]),
}

impl Secret<'_> {
    fn opener(&self) -> Result<Opener, SealingError> {
        let (kind, bytes) = match self {
            Self::Passphrase(text) => (Kind::Passphrase, normalized(text)?),
            Self::Raw(bytes) => (Kind::Raw, Zeroizing::new(bytes.to_vec())),
            Self::Passkey(output) => (Kind::Passkey, Zeroizing::new(output.to_vec())),
            Self::Shares(texts) => {
                return on_wiped_stack(|| recover(texts.iter().copied())).map(Opener::Recovered);
            }
            Self::Wrapper(bytes) => (Kind::Wrapper, Zeroizing::new(bytes.to_vec())),
        };
        Ok(Opener::Bytes(kind, bytes))
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase(..)",
            Self::Raw(_) => "Raw(..)",
            Self::Passkey(_) => "Passkey(..)",
            Self::Shares(_) => "Shares(..)",
            Self::Wrapper(_) => "Wrapper(..)",
        })
    }
}

/// How to open a file; the default is any slot and any revision.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions {
    /// The one slot to try.
    pub slot: Option<SlotId>,
    /// A revision that was seen before: an older file is refused.
    pub min_revision: u64,
}

fn keyset_in(record: &[u8]) -> Result<AnyKeyset, SealingError> {
    Ok(import_record(record)?)
}

fn infos(slots: &[Slot]) -> Vec<SlotInfo> {
    slots.iter().map(|slot| slot.head.info.clone()).collect()
}
