//! Event names: the plaintext of a token.

use alloc::string::String;
use core::fmt;

use zeroize::ZeroizeOnDrop;

use crate::error::Error;

/// An event name in clear: 1 to 239 bytes of UTF-8, taken byte for byte.
///
/// Nothing is normalised: `é` as one code point and as two are two names. The text is wiped from memory on
/// drop, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ZeroizeOnDrop)]
pub struct EventName(String);

impl EventName {
    /// Longest name in bytes of UTF-8 (SPEC.md, section 5): the largest bucket less the padding marker.
    pub const MAX_BYTES: usize = 239;

    /// Takes a name.
    ///
    /// # Errors
    /// [`Error::BadName`] if it is empty or longer than [`EventName::MAX_BYTES`].
    ///
    /// # Example: any text is a name
    /// ```
    /// use blindtally::{Error, EventName};
    ///
    /// assert_eq!(EventName::parse("medication.missed")?.as_str(), "medication.missed");
    /// assert_eq!(EventName::parse("").unwrap_err(), Error::BadName);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        // Wrapped first, so that a refused name is wiped as well.
        let name = Self(text.into());
        Self::check(&name.0)?;
        Ok(name)
    }

    /// The name in clear.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text is a name, without taking it.
    pub(crate) const fn check(text: &str) -> Result<(), Error> {
        if text.is_empty() || text.len() > Self::MAX_BYTES { Err(Error::BadName) } else { Ok(()) }
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventName").finish_non_exhaustive()
    }
}

impl core::borrow::Borrow<str> for EventName {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for EventName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl TryFrom<&str> for EventName {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl core::str::FromStr for EventName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}
