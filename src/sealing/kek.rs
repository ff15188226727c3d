//! Key-encryption keys: from what the slots of each kind get theirs (SPEC.md, section 13).

use alloc::vec::Vec;

use ctutils::CtEq;
use zeroize::Zeroizing;

use super::SealingError;
use super::file_key::KEY_BYTES;
use super::head::{Head, SlotId, SlotKind};
use super::kdf::derive;
use super::passphrase::{self, stretch};
use super::secret::Wiped;
use super::share::Recovered;
use super::slot::Slot;

/// Most that may be asked of whoever opens a file, in KiB times passes: as much as one slot of the highest cost.
const MAX_COST: u64 = 4_194_304;

/// The kinds of slots, without their arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Passphrase,
    Raw,
    Passkey,
    Recovery,
    Wrapper,
}

impl Kind {
    pub(super) const fn of(head: &Head) -> Self {
        match head.info.kind {
            SlotKind::Passphrase(_) => Self::Passphrase,
            SlotKind::Raw => Self::Raw,
            SlotKind::Passkey { .. } => Self::Passkey,
            SlotKind::Recovery(_) => Self::Recovery,
            SlotKind::Wrapper { .. } => Self::Wrapper,
        }
    }
}

/// What somebody opens a file with.
pub(super) enum Opener {
    /// A passphrase in its normal form, the output of a passkey's PRF, or the 32 bytes themselves.
    Bytes(Kind, Zeroizing<Vec<u8>>),
    Recovered(Recovered),
}

impl Opener {
    /// The slots to try, in their order. Nothing has been computed before all of them may be.
    pub(super) fn choose<'s>(
        &self,
        slots: &'s [Slot],
        named: Option<SlotId>,
    ) -> Result<Vec<&'s Slot>, SealingError> {
        if let Self::Bytes(kind, secret) = self {
            check(*kind, secret)?;
        }
        let fits = |slot: &&Slot| named.is_none_or(|id| id == slot.head.id()) && self.fits(&slot.head);
        let chosen: Vec<&Slot> = slots.iter().filter(fits).collect();
        if chosen.is_empty() {
            return Err(SealingError::UnknownSlot);
        }
        check_cost(chosen.iter().map(|slot| &slot.head))?;
        Ok(chosen)
    }

    pub(super) fn kek(&self, head: &Head) -> Result<Wiped<KEY_BYTES>, SealingError> {
        match self {
            Self::Bytes(_, secret) => kek(head, secret),
            Self::Recovered(recovered) => Wiped::from_slice(recovered.kek.as_slice()).ok_or(SealingError::BadKey),
        }
    }

    fn fits(&self, head: &Head) -> bool {
        match self {
            Self::Bytes(kind, _) => *kind == Kind::of(head),
            Self::Recovered(Recovered { set, plan, .. }) => {
                *set == head.id() && head.info.kind == SlotKind::Recovery(*plan)
            }
        }
    }
}

/// Refuses slots that cost too much to be tried one after the other, or one of which is outside its limits.
pub(super) fn check_cost<'h>(heads: impl Iterator<Item = &'h Head>) -> Result<(), SealingError> {
    let cost: u64 = heads.map(Head::cost).sum::<Result<_, _>>()?;
    if cost > MAX_COST { Err(SealingError::BadParameters) } else { Ok(()) }
}

/// The key-encryption key that a secret gives for a slot of any kind but recovery.
pub(super) fn kek(head: &Head, secret: &[u8]) -> Result<Wiped<KEY_BYTES>, SealingError> {
    check(Kind::of(head), secret)?;
    match head.info.kind {
        SlotKind::Passphrase(cost) => stretch(secret, head.info.salt.as_bytes(), cost),
        SlotKind::Passkey { .. } => Ok(derive(secret, &[], &[b"blindtally passkey"])),
        SlotKind::Raw | SlotKind::Recovery(_) | SlotKind::Wrapper { .. } => {
            Wiped::from_slice(secret).ok_or(SealingError::BadKey)
        }
    }
}

/// Refuses what cannot be a secret of this kind.
fn check(kind: Kind, secret: &[u8]) -> Result<(), SealingError> {
    match kind {
        Kind::Passphrase => passphrase::check(secret),
        // 32 zeros are what a wiped or forgotten buffer holds.
        _ if secret.len() == KEY_BYTES && !secret.ct_eq(&[0; KEY_BYTES]).to_bool() => Ok(()),
        _ => Err(SealingError::BadKey),
    }
}
