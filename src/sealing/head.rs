//! The head of a slot: everything of its line that stands before the check (SPEC.md, section 13). It is authenticated
//! by the slot's key, so it is kept as it was written.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::SealingError;
use super::passphrase::Cost;
use super::secret::fill_random;
use super::share::Plan;
use super::text::{from_base64, from_base64_exactly, to_base64};

/// 16 random bytes: what makes the keys of a slot its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub(super) [u8; Salt::BYTES]);

impl Salt {
    /// Bytes of a salt.
    pub const BYTES: usize = 16;

    /// Takes 16 random bytes.
    ///
    /// # Errors
    /// [`SealingError::RandomUnavailable`] if the platform has no secure random source.
    pub fn generate() -> Result<Self, SealingError> {
        let mut salt = Self([0; Self::BYTES]);
        fill_random(&mut salt.0)?;
        Ok(salt)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The id of the slot of this salt.
    #[must_use]
    pub const fn slot_id(&self) -> SlotId {
        let [a, b, c, d, ..] = self.0;
        SlotId([a, b, c, d])
    }

    /// What a passkey's PRF is evaluated for.
    #[must_use]
    pub fn prf_input(&self) -> Vec<u8> {
        [b"blindtally keyset\0".as_slice(), &self.0].concat()
    }
}

/// The id of a slot: the first four bytes of its salt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotId(pub(super) [u8; 4]);

impl SlotId {
    /// Takes the four bytes of an id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotId({self})")
    }
}

/// How a slot gets its key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotKind {
    /// Of a passphrase, at this cost. In a file that somebody else wrote, the cost may be outside its limits; such a
    /// slot is refused when it is used.
    Passphrase(Cost),
    /// It is given: 32 bytes.
    Raw,
    /// Of the output of a passkey's PRF.
    Passkey {
        /// The relying party: 1 to 253 of `a` to `z`, `0` to `9`, `.` and `-`.
        rp_id: String,
        /// The credential: 1 to 1023 bytes.
        credential_id: Vec<u8>,
    },
    /// Of recovery shares.
    Recovery(Plan),
    /// A key store gives it.
    Wrapper {
        /// The name of the key store: 1 to 32 of `a` to `z`, `0` to `9` and `-`.
        name: String,
        /// What the key store makes the key of: 1 to 6144 bytes.
        blob: Vec<u8>,
    },
}

/// What may be told of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotInfo {
    /// Its salt, and so its id.
    pub salt: Salt,
    /// What somebody called it: 1 to 64 bytes, without control characters.
    pub label: Option<String>,
    /// What opens it.
    pub kind: SlotKind,
}

impl SlotInfo {
    /// A slot with a new salt and no label.
    ///
    /// # Errors
    /// [`SealingError::RandomUnavailable`] if the platform has no secure random source.
    pub fn new(kind: SlotKind) -> Result<Self, SealingError> {
        Ok(Self { salt: Salt::generate()?, label: None, kind })
    }
}

/// The text of a head, and what it says.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) text: String,
    pub(super) info: SlotInfo,
}

impl Head {
    /// Writes a head. It may be none, if an argument is outside its limits.
    pub(super) fn new(info: &SlotInfo) -> Option<Self> {
        let (kind, arguments) = match &info.kind {
            SlotKind::Passphrase(Cost { memory_kib, passes, lanes }) => {
                ("passphrase", format!(" {memory_kib} {passes} {lanes}"))
            }
            SlotKind::Raw => ("raw", String::new()),
            SlotKind::Passkey { rp_id, credential_id } => {
                ("passkey", format!(" {} {}", to_base64(rp_id.as_bytes()), to_base64(credential_id)))
            }
            SlotKind::Recovery(Plan { threshold, shares }) => ("recovery", format!(" {threshold} {shares}")),
            SlotKind::Wrapper { name, blob } => ("wrapper", format!(" {name} {}", to_base64(blob))),
        };
        let label = info.label.as_ref().map_or_else(|| "-".into(), |label| to_base64(label.as_bytes()));
        // Read back, so that what is written can be read.
        Self::parse(&format!("slot {kind} {} {label}{arguments}", to_base64(&info.salt.0)))
    }

    /// Reads a head; `None` for anything but its one form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split(' ').collect();
        let ["slot", kind, salt, label, arguments @ ..] = fields.as_slice() else { return None };
        let kind = match (*kind, arguments) {
            ("passphrase", &[memory, passes, lanes]) => {
                let [memory_kib, passes, lanes] = [number(memory)?, number(passes)?, number(lanes)?];
                SlotKind::Passphrase(Cost { memory_kib, passes, lanes })
            }
            ("raw", []) => SlotKind::Raw,
            ("passkey", &[rp_id, credential_id]) => {
                let rp_id = String::from_utf8(from_base64(rp_id, 253)?).ok().filter(|id| is_domain(id))?;
                SlotKind::Passkey { rp_id, credential_id: from_base64(credential_id, 1023)? }
            }
            ("recovery", &[threshold, shares]) => {
                let [threshold, shares] = [number(threshold)?, number(shares)?].map(u8::try_from);
                SlotKind::Recovery(Plan::checked(threshold.ok()?, shares.ok()?)?)
            }
            ("wrapper", &[name, blob]) if is_store_name(name) => {
                SlotKind::Wrapper { name: name.into(), blob: from_base64(blob, 6144)? }
            }
            _ => return None,
        };
        let label = match *label {
            "-" => None,
            label => Some(String::from_utf8(from_base64(label, 64)?).ok().filter(|text| is_harmless(text))?),
        };
        let info = SlotInfo { salt: Salt(from_base64_exactly(salt)?), label, kind };
        Some(Self { text: text.into(), info })
    }

    /// What it costs to try a secret, in KiB times passes. A passphrase slot outside its limits is refused.
    pub(super) fn cost(&self) -> Result<u64, SealingError> {
        let SlotKind::Passphrase(cost) = &self.info.kind else { return Ok(0) };
        cost.checked().map(|cost| u64::from(cost.memory_kib) * u64::from(cost.passes))
    }

    pub(super) const fn id(&self) -> SlotId {
        self.info.salt.slot_id()
    }
}

/// A number in decimal without leading zeros. One that is too large for the type is larger than every limit too.
fn number(text: &str) -> Option<u32> {
    let canonical = text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    (canonical && !text.is_empty()).then(|| text.parse().unwrap_or(u32::MAX))
}

fn is_store_name(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_domain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
}

/// A label is shown before anything is authenticated: it must not steer a terminal, or turn the text around it.
fn is_harmless(label: &str) -> bool {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !label.chars().any(steers)
}
