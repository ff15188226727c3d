//! Padding (SPEC.md, section 5): every name fills one of five buckets, so that a token tells little of its
//! length.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::name::EventName;

/// Sizes of a padded name in bytes.
pub const BUCKETS: [usize; 5] = [32, 64, 112, 160, 240];

/// The largest bucket.
pub(crate) const MAX_PADDED: usize = 240;

/// Marks the end of the name inside its bucket.
const MARKER: u8 = 0x80;

/// A name in its bucket, wiped on drop.
pub(crate) struct Padded {
    bytes: Zeroizing<[u8; MAX_PADDED]>,
    bucket: usize,
}

impl Deref for Padded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.bucket).unwrap_or_default()
    }
}

impl DerefMut for Padded {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.bucket).unwrap_or_default()
    }
}

/// Puts a name into the smallest bucket that holds it and the marker.
pub(crate) fn pad(name: &EventName) -> Padded {
    let text = name.as_str().as_bytes();
    let bucket = smallest_bucket(text.len() + 1).unwrap_or(MAX_PADDED);
    let mut bytes = Zeroizing::new([0; MAX_PADDED]);
    for (to, from) in bytes.iter_mut().zip(text.iter().chain([&MARKER])) {
        *to = *from;
    }
    Padded { bytes, bucket }
}

/// Takes a name out of its bucket, or refuses whatever [`pad`] would not have made.
///
/// # Errors
/// [`Error::BadToken`] for a size that is no bucket, a missing marker, bytes after it other than zero, an
/// empty name, a bucket larger than needed, or ill-formed UTF-8.
pub(crate) fn unpad(padded: &[u8]) -> Result<EventName, Error> {
    let marker = padded.iter().rposition(|&byte| byte != 0).ok_or(Error::BadToken)?;
    if padded.get(marker) != Some(&MARKER) || smallest_bucket(marker + 1) != Some(padded.len()) {
        return Err(Error::BadToken);
    }
    let text = padded.get(..marker).ok_or(Error::BadToken)?;
    let text = core::str::from_utf8(text).map_err(|_| Error::BadToken)?;
    EventName::parse(text).map_err(|_| Error::BadToken)
}

fn smallest_bucket(bytes: usize) -> Option<usize> {
    BUCKETS.into_iter().find(|&bucket| bytes <= bucket)
}
