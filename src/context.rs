//! Contexts: what a token belongs to, such as a tenant, an environment and a field.

use crate::error::Error;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// What a token belongs to: one to eight labels, such as `["acme", "prod", "event"]`.
///
/// Each context has its own derived key, so a token of one opens in no other, and the same name gives
/// unrelated tokens in two contexts. Labels are not secret. The default is `["event"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context(Vec<String>);

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
    pub fn new<S: Into<String>>(labels: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        // One more than allowed is enough to refuse; an endless iterator must not fill the memory.
        let labels: Vec<String> = labels.into_iter().take(Self::MAX_LABELS + 1).map(Into::into).collect();
        let count_fits = (1..=Self::MAX_LABELS).contains(&labels.len());
        let label_fits = |label: &String| (1..=Self::MAX_LABEL_BYTES).contains(&label.len());
        if !count_fits || !labels.iter().all(label_fits) {
            return Err(Error::BadContext);
        }
        Ok(Self(labels))
    }

    /// The labels, in order.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.0
    }
}

impl Default for Context {
    fn default() -> Self {
        Self(vec!["event".to_owned()])
    }
}
