//! What can go wrong with a sealed file or a share, and the stable code of each.

use crate::error::Error;

/// Why an operation on a sealed file or on shares was refused.
///
/// No variant holds a secret, so an error can be logged. Branch on [`SealingError::code`]: codes are stable, messages
/// are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    // What the caller passed.
    /// A passphrase is empty, longer than 1024 bytes, or not well-formed.
    #[error("a passphrase has 1 to 1024 bytes of well-formed UTF-8 after normalisation; choose another one")]
    BadPassphrase,
    /// The cost of a passphrase slot, or of all of a file together, or another argument of a slot, is outside its limits.
    #[error("the cost or another argument of the slot is outside its limits")]
    BadParameters,
    /// A key-encryption key is not 32 bytes long, or is all zero.
    #[error("a key-encryption key has exactly 32 random bytes; this is not one")]
    BadKey,
    /// The file has no such slot, or none that this kind of secret opens.
    #[error("the sealed file has no such slot")]
    UnknownSlot,
    /// The file has a slot with this id.
    #[error("the sealed file already has a slot with this id; make a new salt")]
    DuplicateSlot,
    /// The only slot would be removed, or there is none yet.
    #[error("a sealed file needs a slot: add one first")]
    LastSlot,
    /// The file has 16 slots.
    #[error("a sealed file has at most 16 slots; remove one first")]
    TooManySlots,
    /// The file has not been opened.
    #[error("the sealed file is locked; open it first")]
    Locked,

    // What came from outside.
    /// The text is no sealed file, or would be too large for one.
    #[error("this is not a sealed keyset file, or one of another version")]
    BadKeysetFile,
    /// Wrong secret, or altered file. One error for both.
    #[error("the secret is not the right one, or the sealed file was altered")]
    CannotOpen,
    /// The file is older than one that was seen before.
    #[error("the sealed file is older than one that was seen before")]
    Rollback,
    /// What was sealed is no keyset, or its revision is the highest that there is.
    #[error("what was sealed is no keyset, or it has been sealed too often")]
    BadKeyset,
    /// What was sealed is no keyset, for this reason.
    #[error(transparent)]
    Keyset(#[from] Error),

    // Shares.
    /// The text at this position is no recovery share.
    #[error("text {0} is not a recovery share; compare it with the sheet character by character")]
    BadShare(usize),
    /// The share at this position is of another set than the first one; or, without a position, a share was altered.
    #[error("these recovery shares are not of one set")]
    MixedShares(Option<usize>),
    /// The share at this position was given before.
    #[error("recovery share {0} is given twice")]
    DuplicateShare(usize),
    /// Fewer shares than the threshold.
    #[error("more recovery shares of this set are needed")]
    TooFewShares,

    // What the platform refused.
    /// The operating system or browser gave no random bytes.
    #[error("the platform gave no random bytes; a secure random source is required")]
    RandomUnavailable,
    /// There is not as much memory as the passphrase slot asks for.
    #[error("there is not enough memory for the cost of this passphrase slot")]
    OutOfMemory,
}

impl SealingError {
    /// The stable code, in kebab case; the same in every language and in the test vectors.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadPassphrase => "bad-passphrase",
            Self::BadParameters => "bad-parameters",
            Self::BadKey => "bad-key",
            Self::UnknownSlot => "unknown-slot",
            Self::DuplicateSlot => "duplicate-slot",
            Self::LastSlot => "last-slot",
            Self::TooManySlots => "too-many-slots",
            Self::Locked => "locked",
            Self::BadKeysetFile => "bad-keyset-file",
            Self::CannotOpen => "cannot-open",
            Self::Rollback => "rollback",
            Self::BadKeyset => "bad-keyset",
            Self::Keyset(error) => error.code(),
            Self::BadShare(_) => "bad-share",
            Self::MixedShares(_) => "mixed-shares",
            Self::DuplicateShare(_) => "duplicate-share",
            Self::TooFewShares => "too-few-shares",
            Self::RandomUnavailable => "random-unavailable",
            Self::OutOfMemory => "out-of-memory",
        }
    }

    /// The position of the share that it speaks of, counted from 0, if it speaks of one.
    #[must_use]
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::BadShare(index) | Self::DuplicateShare(index) => Some(*index),
            Self::MixedShares(index) => *index,
            _ => None,
        }
    }
}
