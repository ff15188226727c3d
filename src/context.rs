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
    /// How many labels there are.
    count: u8,
    /// The labels as SPEC.md, section 3, takes them into a derivation: each is its length in one byte and its bytes.
    encoded: Vec<u8>,
}

const MAX_COUNT: u8 = 8;
const MAX_LENGTH: u8 = 64;

impl Context {
    /// Most labels in a context.
    pub const MAX_LABELS: usize = MAX_COUNT as usize;
    /// Longest label in bytes of UTF-8.
    pub const MAX_LABEL_BYTES: usize = MAX_LENGTH as usize;

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
        let mut context = Self::empty();
        // Refuses at the first label too many: an endless iterator must not fill the memory.
        labels.into_iter().try_for_each(|label| context.push(label.as_ref()))?;
        if context.count == 0 { Err(Error::BadContext) } else { Ok(context) }
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

    /// No context yet: see [`Context::push`].
    pub(crate) const fn empty() -> Self {
        Self { count: 0, encoded: Vec::new() }
    }

    /// Adds a label.
    ///
    /// # Errors
    /// [`Error::BadContext`] for a label too many, and for one that has not 1 to 64 bytes.
    pub(crate) fn push(&mut self, label: &str) -> Result<(), Error> {
        match u8::try_from(label.len()) {
            Ok(length @ 1..=MAX_LENGTH) if self.count < MAX_COUNT => {
                self.count += 1;
                self.encoded.push(length);
                self.encoded.extend_from_slice(label.as_bytes());
                Ok(())
            }
            _ => Err(Error::BadContext),
        }
    }

    /// How many labels there are.
    pub(crate) const fn count(&self) -> u8 {
        self.count
    }

    pub(crate) const fn encoded(&self) -> &[u8] {
        self.encoded.as_slice()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

impl Default for Context {
    fn default() -> Self {
        Self { count: 1, encoded: vec![5, b'e', b'v', b'e', b'n', b't'] }
    }
}
