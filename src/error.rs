//! What can go wrong, and the stable code of each.

use crate::keyset::KeyId;

/// Why an operation was refused.
///
/// No variant holds a name, a key or the plaintext of a token, so an error can be logged. Branch on
/// [`Error::code`]: codes are stable, messages are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // What the caller passed.
    /// A name is empty, longer than 239 bytes, or not well-formed Unicode.
    #[error("an event name has 1 to 239 bytes of well-formed UTF-8; shorten or fix the name")]
    BadName,
    /// A context has no label, more than eight, or a label outside 1 to 64 bytes.
    #[error("a context has 1 to 8 labels of 1 to 64 bytes of well-formed UTF-8 each")]
    BadContext,
    /// A root key is not 32 bytes long, or is all zero.
    #[error("a root key has exactly 32 random bytes; this is not one")]
    BadKey,
    /// The keyset already holds a key with this id.
    #[error("the keyset already holds a key with the id {0}; a key is added once")]
    DuplicateKey(KeyId),
    /// The operation would leave the keyset without an enabled primary key.
    #[error("key {0} is the primary key, which cannot be disabled or destroyed; promote another key first")]
    PrimaryKey(KeyId),
    /// The keyset has as many keys as it can hold.
    #[error("a keyset has at most 1000 keys, destroyed ones included; begin a new keyset")]
    TooManyKeys,
    /// A scope is asked for another context than its own.
    #[error("this is a scope of another context; whoever holds the keyset can make one of this context")]
    OutOfScope,
    /// A scope is asked to change its keys.
    #[error("this is a scope, whose keys do not change; change the keyset and make another scope")]
    ScopedKeyset,
    /// A count is not a whole number from 0 to 2^53 - 1.
    #[error("a count is a whole number from 0 to 9007199254740991; ask the vendor for plain counts")]
    BadCount,
    /// Counts of one name add up to more than 2^53 - 1.
    #[error("the counts of one name add up to more than 9007199254740991")]
    CountOverflow,

    // What came from outside.
    /// The text does not begin with `bt1_`, or with `br1_` where a randomized token is read: a name in clear, another
    /// format, another version.
    #[error("this is not such a token; it is text in clear, a token of the other format, or of another version")]
    NotAToken,
    /// The token is malformed, altered, or of another context. One error for all of these.
    #[error("this token is malformed, was altered, or belongs to another context")]
    BadToken,
    /// No key of the keyset has this id.
    #[error("no key of this keyset has the id {0}; the token was made under another key")]
    UnknownKey(KeyId),
    /// The key with this id is disabled.
    #[error("key {0} is disabled in this keyset; enable it to read its tokens")]
    DisabledKey(KeyId),
    /// The key with this id is destroyed.
    #[error("key {0} was destroyed; its tokens cannot be read any more")]
    DestroyedKey(KeyId),
    /// A keyset record, or its text form, is malformed.
    #[error("this is not a keyset record; it is malformed, cut short, or of another version")]
    BadKeyset,
    /// A key does not belong to its check value.
    #[error("key {0} does not belong to its check value; the record was altered or mixed up")]
    KeyCheck(KeyId),

    // What the platform refused.
    /// The operating system or browser gave no random bytes.
    #[error("the platform gave no random bytes; a secure random source is required")]
    RandomUnavailable,
}

impl Error {
    /// The key the error speaks of, if it speaks of one.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::DuplicateKey(id)
            | Self::PrimaryKey(id)
            | Self::UnknownKey(id)
            | Self::DisabledKey(id)
            | Self::DestroyedKey(id)
            | Self::KeyCheck(id) => Some(*id),
            _ => None,
        }
    }

    /// The stable code, in kebab case; the same in every language and in the test vectors.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadName => "bad-name",
            Self::BadContext => "bad-context",
            Self::BadKey => "bad-key",
            Self::DuplicateKey(_) => "duplicate-key",
            Self::PrimaryKey(_) => "primary-key",
            Self::TooManyKeys => "too-many-keys",
            Self::OutOfScope => "out-of-scope",
            Self::ScopedKeyset => "scoped-keyset",
            Self::BadCount => "bad-count",
            Self::CountOverflow => "count-overflow",
            Self::NotAToken => "not-a-token",
            Self::BadToken => "bad-token",
            Self::UnknownKey(_) => "unknown-key",
            Self::DisabledKey(_) => "disabled-key",
            Self::DestroyedKey(_) => "destroyed-key",
            Self::BadKeyset => "bad-keyset",
            Self::KeyCheck(_) => "key-check",
            Self::RandomUnavailable => "random-unavailable",
        }
    }
}

/// An [`Error`] in a batch or a result map, with the position of the entry that caused it.
///
/// A batch is all or nothing: where one entry is refused, nothing is returned and nothing is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {error}")]
#[non_exhaustive]
pub struct BatchError {
    /// Position of the entry, counted from 0.
    pub index: usize,
    /// What is wrong with it.
    #[source]
    pub error: Error,
}

impl BatchError {
    pub(crate) const fn new(index: usize, error: Error) -> Self {
        Self { index, error }
    }

    /// The stable code of the inner error; see [`Error::code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.error.code()
    }
}
