//! A batch of texts that crosses as one block.

use alloc::vec::Vec;

use crate::wipe::SecretBytes;

/// Pieces of text in one block: the length of each in two bytes, the lower one first, and then all of them. Wiped on
/// drop.
pub(super) struct Packed {
    pub(super) bytes: SecretBytes,
    count: usize,
}

impl Packed {
    pub(super) fn new(bytes: Vec<u8>, count: usize) -> Self {
        Self { bytes: bytes.into(), count }
    }

    pub(super) fn pieces(&self) -> Pieces<'_> {
        let (lengths, rest) = self.bytes.split_at_checked(2 * self.count).unwrap_or_default();
        Pieces { lengths: lengths.as_chunks().0.iter(), rest }
    }
}

/// Each piece. One that is out of bounds or not well-formed UTF-8 becomes the empty text, which is neither a name nor a
/// token.
pub(super) struct Pieces<'a> {
    lengths: core::slice::Iter<'a, [u8; 2]>,
    rest: &'a [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    /// Never inlined, for the size.
    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let length = u16::from_le_bytes(*self.lengths.next()?);
        let (piece, after) = self.rest.split_at_checked(length.into()).unwrap_or_default();
        self.rest = after;
        Some(core::str::from_utf8(piece).unwrap_or_default())
    }
}
