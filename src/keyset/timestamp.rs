//! Points in time, which the caller brings: the core has no clock.

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, or *not known*.
///
/// # Example: the time of now, and a fixed one
/// ```
/// use blindtally::Timestamp;
///
/// let now = Timestamp::from(std::time::SystemTime::now());
/// assert!(now > Timestamp::from_unix_seconds(1_790_000_000));
/// assert!(!Timestamp::UNKNOWN.is_known());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// A time that nobody noted.
    pub const UNKNOWN: Self = Self(0);
    /// The latest that a keyset record can hold (SPEC.md, section 11): some 34,000 years from now.
    pub const MAX: Self = Self((1 << 40) - 1);

    /// Takes seconds since 1970. Zero is [`Timestamp::UNKNOWN`]; what is later than [`Timestamp::MAX`] becomes that.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        if seconds > Self::MAX.0 { Self::MAX } else { Self(seconds) }
    }

    /// Seconds since 1970; zero if the time is not known.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// As it stands in a record.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        big_endian(self.0).to_ne_bytes()
    }

    /// As it stands in a record; `None` for what is later than [`Timestamp::MAX`].
    pub(super) fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let seconds = big_endian(u64::from_ne_bytes(bytes));
        (seconds <= Self::MAX.0).then_some(Self(seconds))
    }

    /// Whether somebody noted the time.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 != 0
    }
}

#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    /// What is before 1970 is not known.
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::from_unix_seconds(since.as_secs())
    }
}

/// To big-endian order and back. Never inlined: wasm has no instruction for it.
#[inline(never)]
const fn big_endian(number: u64) -> u64 {
    number.to_be()
}
