//! The text of a sealed file (SPEC.md, section 13): canonical, or refused before any secret is used.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::SealingError;
use super::aead::NONCE_BYTES;
use super::file_key::{KEY_BYTES, MIN_PAYLOAD_BYTES, Sealed};
use super::slot::Slot;
use crate::base64url;

/// Most characters of a file.
const MAX_CHARS: usize = 262_144;
/// Most slots of a file.
pub(super) const MAX_SLOTS: usize = 16;

const FIRST_LINE: &str = "blindtally-keyset 1";

/// A file that has been read, but not opened.
#[derive(Debug)]
pub(super) struct FileText {
    pub(super) slots: Vec<Slot>,
    nonce: [u8; NONCE_BYTES],
    check: [u8; KEY_BYTES],
    /// All up to the line of the payload: its associated data.
    header: String,
    payload: Vec<u8>,
}

impl FileText {
    /// Reads a text in its one form.
    pub(super) fn parse(text: &[u8]) -> Result<Self, SealingError> {
        read(text).ok_or(SealingError::BadKeysetFile)
    }

    /// What the file key opens.
    pub(super) fn sealed(&self) -> Sealed<'_> {
        let Self { nonce, check, header, payload, .. } = self;
        Sealed { nonce, check, header: header.as_bytes(), payload }
    }

    /// The text again.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn encode(&self) -> Option<String> {
        encode(header(&self.slots, &self.nonce, &self.check), &self.payload)
    }
}

/// All up to the line of the payload.
pub(super) fn header(slots: &[Slot], nonce: &[u8], check: &[u8]) -> String {
    let mut text = String::from(FIRST_LINE);
    text.push('\n');
    for slot in slots {
        slot.write(&mut text);
        text.push('\n');
    }
    text.push_str("seal ");
    text.push_str(&to_base64(nonce));
    text.push(' ');
    text.push_str(&to_base64(check));
    text.push('\n');
    text
}

/// A whole file; `None` if it would be too long.
pub(super) fn encode(mut header: String, payload: &[u8]) -> Option<String> {
    header.push_str(&to_base64(payload));
    header.push('\n');
    (header.len() <= MAX_CHARS).then_some(header)
}

fn read(text: &[u8]) -> Option<FileText> {
    if text.len() > MAX_CHARS || !text.is_ascii() {
        return None;
    }
    let text = core::str::from_utf8(text).ok()?;
    let rest = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?;
    let mut slots = Vec::new();
    let mut lines = rest.strip_suffix('\n')?.split('\n');
    let seal = loop {
        let line = lines.next()?;
        if let Some(seal) = line.strip_prefix("seal ") {
            break seal;
        }
        let slot = Slot::parse(line)?;
        let taken = slots.iter().any(|other: &Slot| other.head.id() == slot.head.id());
        if taken || slots.len() == MAX_SLOTS {
            return None;
        }
        slots.push(slot);
    };
    let (nonce, check) = seal.split_once(' ')?;
    let payload = lines.next()?;
    if lines.next().is_some() || slots.is_empty() {
        return None;
    }
    let header = text.get(..text.len() - payload.len() - 1)?;
    let payload = from_base64(payload, MAX_CHARS).filter(|payload| payload.len() >= MIN_PAYLOAD_BYTES)?;
    let (nonce, check) = (from_base64_exactly(nonce)?, from_base64_exactly(check)?);
    Some(FileText { slots, nonce, check, header: header.into(), payload })
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut text = vec![0; (bytes.len() * 4).div_ceil(3)];
    let written = base64url::encode(bytes, &mut text);
    debug_assert_eq!(written, Some(text.len()));
    String::from_utf8(text).unwrap_or_default()
}

/// One to so many bytes.
pub(super) fn from_base64(text: &str, most: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() * 3 / 4];
    base64url::decode(text.as_bytes(), &mut bytes)?;
    (1..=most).contains(&bytes.len()).then_some(bytes)
}

pub(super) fn from_base64_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (base64url::decode(text.as_bytes(), &mut bytes)? == N).then_some(bytes)
}
