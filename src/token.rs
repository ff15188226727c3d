//! Tokens (SPEC.md, section 2): the text that stands for a name at the vendor.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::Error;
use crate::keyset::KeyId;
use crate::padding::{BUCKETS, MAX_PADDED};

/// What every token begins with; also the first bytes of the associated data.
pub(crate) const PREFIX: &str = "bt1_";

/// Bytes of an AES-GCM-SIV tag (RFC 8452, section 4).
pub(crate) const TAG_BYTES: usize = 16;

/// The largest token before encoding: key id, largest bucket, tag.
const MAX_BYTES: usize = KeyId::BYTES + MAX_PADDED + TAG_BYTES;

/// The encrypted text of a name: well-formed, but not authenticated until a cipher decrypts it.
///
/// A token has 74, 116, 180, 244 or 351 ASCII characters. Equal names give equal tokens under one key and
/// context, so `==` on tokens is `==` on names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    key_id: KeyId,
    sealed: Vec<u8>,
}

impl Token {
    /// Longest token in characters.
    pub const MAX_CHARS: usize = 351;

    /// Reads a token, in its one canonical form.
    ///
    /// # Errors
    /// [`Error::NotAToken`] if the text does not begin with `bt1_`; [`Error::BadToken`] if what follows is not
    /// canonical base64url without padding, or has a size that no token has.
    ///
    /// # Example: a name is not a token
    /// ```
    /// use blindtally::{Error, Token};
    ///
    /// assert_eq!(Token::parse("medication.missed").unwrap_err(), Error::NotAToken);
    /// assert_eq!(Token::parse("bt1_AAAA").unwrap_err(), Error::BadToken);
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let encoded = text.strip_prefix(PREFIX).ok_or(Error::NotAToken)?;
        let mut buffer = [0; MAX_BYTES];
        // The decoder refuses padding, other alphabets, white space, set trailing bits and what does not fit.
        let bytes = Base64UrlUnpadded::decode(encoded, &mut buffer).map_err(|_| Error::BadToken)?;
        let (key_id, sealed) = bytes.split_first_chunk().ok_or(Error::BadToken)?;
        if !BUCKETS.iter().any(|bucket| bucket + TAG_BYTES == sealed.len()) {
            return Err(Error::BadToken);
        }
        Ok(Self { key_id: KeyId::from_bytes(*key_id), sealed: sealed.to_vec() })
    }

    /// The id of the key the token says it was made under.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(crate) const fn from_parts(key_id: KeyId, sealed: Vec<u8>) -> Self {
        Self { key_id, sealed }
    }

    pub(crate) fn sealed(&self) -> &[u8] {
        &self.sealed
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_bytes(), self.sealed()].concat();
        write!(f, "{PREFIX}{}", Base64UrlUnpadded::encode_string(&bytes))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

impl core::str::FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}
