//! Contexts: what a token belongs to, such as a tenant, an environment and a field.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::error::Error;

/// What a token belongs to: one to eight labels, such as `["acme", "prod", "event"]`.
///
/// Each context has its own derived key, so a token of one opens in no other, and the same name gives
/// unrelated tokens in two contexts. Labels are not secret. The default is `["event"]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Context {
    /// The labels as SPEC.md, section 3, takes them into a derivation: each is its length in one byte and its bytes.
    encoded: Vec<u8>,
}

impl Context {
    /// Most labels in a context.
    pub const MAX_LABELS: usize = 8;
    /// Longest label in bytes of UTF-8.
    pub const MAX_LABEL_BYTES: usize = 64;

    /// Takes the labels of a context, in order.
    ///
    /// # Errors
    /// [`Error::BadContext`] unless there are 1 to 8 labels of 1 to 64 bytes each.
    ///
    /// # Example: labels are kept apart
    /// ```
    /// use blindtally::{Context, Error};
    ///
    /// assert_ne!(Context::new(["a-b", "c"])?, Context::new(["a", "b-c"])?);
    /// assert_eq!(Context::new(Vec::<String>::new()).unwrap_err(), Error::BadContext);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let mut encoded = Vec::new();
        // Refuses at the first label too many: an endless iterator must not fill the memory.
        for (position, label) in labels.into_iter().enumerate() {
            let label = label.as_ref().as_bytes();
            match u8::try_from(label.len()) {
                Ok(length)
                    if position < Self::MAX_LABELS && (1..=Self::MAX_LABEL_BYTES).contains(&label.len()) =>
                {
                    encoded.push(length);
                }
                _ => return Err(Error::BadContext),
            }
            encoded.extend_from_slice(label);
        }
        if encoded.is_empty() { Err(Error::BadContext) } else { Ok(Self { encoded }) }
    }

    /// The labels, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.encoded.as_slice();
        core::iter::from_fn(move || {
            let (&length, after) = rest.split_first()?;
            let (label, after) = after.split_at_checked(length.into())?;
            rest = after;
            core::str::from_utf8(label).ok()
        })
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

impl Default for Context {
    fn default() -> Self {
        Self { encoded: vec![5, b'e', b'v', b'e', b'n', b't'] }
    }
}
