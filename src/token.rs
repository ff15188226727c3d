//! Tokens (SPEC.md, section 2): the text that stands for a name at the vendor.

use alloc::vec::Vec;
use core::fmt;

use crate::base64url;
use crate::error::Error;
use crate::gcm_siv::BLOCK_BYTES;
use crate::keyset::KeyId;
use crate::padding::{BUCKETS, MAX_PADDED};

/// What every token begins with; also the first bytes of the associated data.
pub(crate) const PREFIX: &str = "bt1_";

/// The largest token before encoding: key id, largest bucket, tag.
pub(crate) const MAX_BYTES: usize = KeyId::BYTES + MAX_PADDED + BLOCK_BYTES;

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
        let mut buffer = [0; MAX_BYTES];
        decode(text, &mut buffer).map(|sealed| Self::new(&sealed))
    }

    /// The id of the key the token says it was made under.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(crate) fn new(sealed: &Sealed<'_>) -> Self {
        Self { key_id: sealed.key_id, sealed: [sealed.ciphertext, sealed.tag].concat() }
    }

    pub(crate) fn sealed(&self) -> Sealed<'_> {
        let (ciphertext, tag) = self.sealed.split_last_chunk().unwrap_or((&[], &[0; BLOCK_BYTES]));
        Sealed { key_id: self.key_id, ciphertext, tag }
    }
}

/// What a token is made of.
pub(crate) struct Sealed<'a> {
    pub(crate) key_id: KeyId,
    /// As long as one of the buckets.
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; BLOCK_BYTES],
}

impl Sealed<'_> {
    /// Writes the token into a buffer.
    pub(crate) fn encode<'b>(&self, buffer: &'b mut [u8; Token::MAX_CHARS]) -> &'b str {
        let mut bytes = [0; MAX_BYTES];
        let mut rest = bytes.as_mut_slice();
        for part in [self.key_id.as_bytes().as_slice(), self.ciphertext, self.tag] {
            let (to, after) = rest.split_at_mut_checked(part.len()).unwrap_or_default();
            to.copy_from_slice(part);
            rest = after;
        }
        let unused = rest.len();
        let (prefix, text) = buffer.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX.as_bytes());
        let encoded = base64url::encode(bytes.get(..MAX_BYTES - unused).unwrap_or_default(), text);
        // The buffer holds the longest token and all of it is ASCII, so there is no error to hand on.
        debug_assert!(encoded.is_some());
        let written = buffer.get(..PREFIX.len() + encoded.unwrap_or_default()).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

/// Reads what a token is made of into a buffer.
///
/// # Errors
/// As [`Token::parse`].
pub(crate) fn decode<'a>(text: &str, buffer: &'a mut [u8; MAX_BYTES]) -> Result<Sealed<'a>, Error> {
    let encoded = text.strip_prefix(PREFIX).ok_or(Error::NotAToken)?;
    // The decoder refuses padding, other alphabets, white space, set trailing bits and what does not fit.
    let length = base64url::decode(encoded.as_bytes(), buffer).ok_or(Error::BadToken)?;
    let bytes = buffer.get(..length).unwrap_or_default();
    let (key_id, sealed) = bytes.split_first_chunk().ok_or(Error::BadToken)?;
    let (ciphertext, tag) = sealed.split_last_chunk().ok_or(Error::BadToken)?;
    if !BUCKETS.contains(&ciphertext.len()) {
        return Err(Error::BadToken);
    }
    Ok(Sealed { key_id: KeyId::from_bytes(*key_id), ciphertext, tag })
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sealed().encode(&mut [0; Self::MAX_CHARS]))
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
