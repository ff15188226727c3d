//! Padding (SPEC.md, section 5): every name fills one of five buckets, so that a token tells little of its
//! length.

use crate::error::Error;
use crate::name::EventName;

/// Sizes of a padded name in bytes.
pub const BUCKETS: [usize; 5] = [32, 64, 112, 160, 240];

/// The largest bucket.
pub(crate) const MAX_PADDED: usize = 240;

/// Marks the end of the name inside its bucket.
const MARKER: u8 = 0x80;

/// The bucket of a name.
#[derive(Clone, Copy)]
pub(crate) struct Bucket(usize);

impl Bucket {
    /// The smallest bucket that holds a text and the marker.
    ///
    /// # Errors
    /// [`Error::BadName`] for a text that is empty or longer than [`EventName::MAX_BYTES`].
    pub(crate) fn of(text: &str) -> Result<Self, Error> {
        EventName::check(text)?;
        smallest_bucket(text.len() + 1).map(Self).ok_or(Error::BadName)
    }

    /// The same for what is known to be a name.
    pub(crate) fn of_name(name: &EventName) -> Self {
        Self(smallest_bucket(name.as_str().len() + 1).unwrap_or(MAX_PADDED))
    }

    /// Its size.
    pub(crate) const fn bytes(self) -> usize {
        self.0
    }
}

/// Writes a name into its bucket.
pub(crate) fn pad(name: &str, bucket: &mut [u8]) {
    let (text, rest) = bucket.split_at_mut_checked(name.len()).unwrap_or_default();
    text.copy_from_slice(name.as_bytes());
    rest.fill(0);
    if let Some(marker) = rest.first_mut() {
        *marker = MARKER;
    }
}

/// Finds the name in its bucket, or refuses whatever [`pad`] would not have made.
///
/// # Errors
/// [`Error::BadToken`] for a size that is no bucket, a missing marker, bytes after it other than zero, an
/// empty name, a bucket larger than needed, or ill-formed UTF-8.
pub(crate) fn unpad(bucket: &[u8]) -> Result<&str, Error> {
    let marker = bucket.iter().rposition(|&byte| byte != 0).ok_or(Error::BadToken)?;
    if bucket.get(marker) != Some(&MARKER) || smallest_bucket(marker + 1) != Some(bucket.len()) {
        return Err(Error::BadToken);
    }
    let name = bucket.get(..marker).ok_or(Error::BadToken)?;
    let name = core::str::from_utf8(name).map_err(|_| Error::BadToken)?;
    EventName::check(name).map(|()| name).map_err(|_| Error::BadToken)
}

fn smallest_bucket(bytes: usize) -> Option<usize> {
    BUCKETS.into_iter().find(|&bucket| bytes <= bucket)
}
