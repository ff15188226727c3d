//! Recovery shares as text (SPEC.md, section 14): what somebody types from a sheet of paper.

use alloc::string::String;
use alloc::vec::Vec;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, ByteIterExt, Fe32IterExt, Hrp};
use zeroize::Zeroizing;

use super::SealingError;
use super::file_key::KEY_BYTES;
use super::head::SlotId;
use super::secret::Wiped;
use super::split::{combine, is_on_polynomial};

const PREFIX: Hrp = Hrp::parse_unchecked("bts");
/// Characters of a share.
pub(super) const CHARS: usize = 73;
/// Set, threshold, shares, index, value.
const BYTES: usize = 4 + 3 + KEY_BYTES;
/// Most shares of a set.
const MAX_SHARES: u8 = 32;

/// How many shares there are, and how many of them are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub(super) threshold: u8,
    pub(super) shares: u8,
}

impl Plan {
    /// `threshold` of `shares`, both 2 to 32.
    ///
    /// # Errors
    /// [`SealingError::BadParameters`] for anything else.
    pub fn new(threshold: u8, shares: u8) -> Result<Self, SealingError> {
        Self::checked(threshold, shares).ok_or(SealingError::BadParameters)
    }

    /// How many shares are needed.
    #[must_use]
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many shares there are.
    #[must_use]
    pub const fn shares(&self) -> u8 {
        self.shares
    }

    pub(super) fn checked(threshold: u8, shares: u8) -> Option<Self> {
        (2 <= threshold && threshold <= shares && shares <= MAX_SHARES).then_some(Self { threshold, shares })
    }
}

/// One share of a key-encryption key. Wiped on drop.
pub(super) struct Share {
    /// The set is named by the id of its slot.
    pub(super) set: SlotId,
    pub(super) plan: Plan,
    /// The value of the polynomials at this place.
    pub(super) index: u8,
    pub(super) value: Wiped<KEY_BYTES>,
}

impl Share {
    /// Reads a share; `None` for what is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = Typed::new(text)?;
        let checked = CheckedHrpstring::new::<Bech32m>(text.as_str()?).ok()?;
        let mut bytes = Wiped::<BYTES>::zeroed();
        let mut characters = checked.byte_iter();
        for byte in bytes.iter_mut() {
            *byte = characters.next()?;
        }
        let share = Self::from_bytes(&bytes)?;
        // What the bytes do not hold, such as the last bits, is as a writer leaves it.
        let is_canonical = characters.next().is_none() && share.encode().eq_ignore_ascii_case(text.as_str()?);
        is_canonical.then_some(share)
    }

    /// Writes a share, in lower case.
    pub(super) fn encode(&self) -> Zeroizing<String> {
        let Self { set, plan, index, value } = self;
        let head = [plan.threshold, plan.shares, *index];
        let bytes = set.0.iter().chain(&head).chain(value.iter()).copied();
        // As large as it gets: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(CHARS));
        for character in bytes.bytes_to_fes().with_checksum::<Bech32m>(&PREFIX).chars() {
            text.push(character);
        }
        text
    }

    fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        let (set, rest) = bytes.split_first_chunk()?;
        let (&[threshold, shares, index], value) = rest.split_first_chunk()?;
        let plan = Plan::checked(threshold, shares)?;
        let share = Self { set: SlotId(*set), plan, index, value: Wiped::from_slice(value)? };
        (1..=shares).contains(&index).then_some(share)
    }
}

/// What somebody typed, without what may stand between characters. Wiped on drop.
struct Typed(Wiped<CHARS>);

impl Typed {
    /// `None` unless exactly the characters of a share are left.
    fn new(text: &str) -> Option<Self> {
        let mut typed = Self(Wiped::zeroed());
        let mut left = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'-'));
        for character in typed.0.iter_mut() {
            *character = left.next()?;
        }
        left.next().is_none().then_some(typed)
    }

    fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(self.0.as_slice()).ok()
    }
}

/// What enough shares of one set give.
pub(super) struct Recovered {
    pub(super) set: SlotId,
    pub(super) plan: Plan,
    pub(super) kek: Wiped<KEY_BYTES>,
}

/// Puts shares together, and refuses them in the order of SPEC.md, section 14.
pub(super) fn recover<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Recovered, SealingError> {
    let mut shares = Vec::new();
    for (position, text) in texts.into_iter().enumerate() {
        shares.push(Share::parse(text).ok_or(SealingError::BadShare(position))?);
    }
    let Some(Share { set, plan, .. }) = shares.first() else { return Err(SealingError::TooFewShares) };
    if let Some(other) = shares.iter().position(|share| share.set != *set || share.plan != *plan) {
        return Err(SealingError::MixedShares(Some(other)));
    }
    for (position, share) in shares.iter().enumerate() {
        if shares.iter().take(position).any(|earlier| earlier.index == share.index) {
            return Err(SealingError::DuplicateShare(position));
        }
    }
    let (enough, further) = shares.split_at_checked(plan.threshold.into()).ok_or(SealingError::TooFewShares)?;
    let kek = combine(enough.iter())?;
    for share in further {
        // With a share too many, nobody can tell which is the wrong one.
        if !is_on_polynomial(enough, share, &kek)? {
            return Err(SealingError::MixedShares(None));
        }
    }
    Ok(Recovered { set: *set, plan: *plan, kek })
}
