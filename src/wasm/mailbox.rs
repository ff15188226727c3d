//! Where the text of a single call lies in wasm memory.

use alloc::boxed::Box;

use zeroize::{Zeroizing, optimization_barrier};

use crate::token::MAX_CHARS;

/// Bytes that JavaScript reads and writes between calls. On the heap, where they stay; wiped on drop.
pub(super) struct Mailbox(Zeroizing<Box<[u8]>>);

impl Mailbox {
    /// The longest token and one more, so that a text that is too long is seen to be.
    const BYTES: usize = MAX_CHARS + 1;

    pub(super) fn new() -> Self {
        Self(Zeroizing::new(Box::new([0; Self::BYTES])))
    }

    /// It never moves.
    pub(super) fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }

    /// The text in it; `None` if that is not well-formed UTF-8 or does not fit.
    pub(super) fn text(&self, length: usize) -> Option<&str> {
        core::str::from_utf8(self.0.get(..length)?).ok()
    }

    pub(super) fn replace(&mut self, text: &[u8]) {
        let (front, rest) = self.0.split_at_mut_checked(text.len()).unwrap_or_default();
        front.copy_from_slice(text);
        rest.fill(0);
        optimization_barrier(&self.0);
    }
}

impl core::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
