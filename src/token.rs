//! Tokens (SPEC.md, section 2): the text that stands for a name at the vendor.

use alloc::vec::Vec;
use core::fmt;

use crate::base64url;
use crate::error::Error;
use crate::gcm_siv::{BLOCK_BYTES, NONCE_BYTES};
use crate::keyset::KeyId;
use crate::padding::{BUCKETS, MAX_PADDED};

/// The two formats of tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `bt1`: equal names give equal tokens.
    Deterministic,
    /// `br1` (SPEC.md, section 17): they do not, because each token has a nonce of its own, which stands in it.
    Randomized,
}

impl Format {
    /// What every token of it begins with; also the first bytes of the associated data.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Deterministic => "bt1_",
            Self::Randomized => "br1_",
        }
    }
}

/// Characters of a prefix.
pub(crate) const PREFIX_CHARS: usize = 4;
/// The largest token of either format before encoding: key id, nonce, largest bucket, tag.
pub(crate) const MAX_BYTES: usize = KeyId::BYTES + NONCE_BYTES + MAX_PADDED + BLOCK_BYTES;
/// The longest token of either format in characters.
pub(crate) const MAX_CHARS: usize = PREFIX_CHARS + (MAX_BYTES * 4).div_ceil(3);

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
        decode(text, Format::Deterministic, &mut buffer).map(|sealed| Self::new(&sealed))
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
        Sealed { key_id: self.key_id, nonce: None, ciphertext, tag }
    }
}

/// What a token is made of.
pub(crate) struct Sealed<'a> {
    pub(crate) key_id: KeyId,
    /// Of a randomized token alone.
    pub(crate) nonce: Option<&'a [u8; NONCE_BYTES]>,
    /// As long as one of the buckets.
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; BLOCK_BYTES],
}

impl Sealed<'_> {
    /// Writes the token into a buffer.
    pub(crate) fn encode<'b>(&self, buffer: &'b mut [u8; MAX_CHARS]) -> &'b str {
        let format = if self.nonce.is_some() { Format::Randomized } else { Format::Deterministic };
        let nonce = self.nonce.map_or(&[] as &[u8], |nonce| nonce);
        let mut bytes = [0; MAX_BYTES];
        let mut rest = bytes.as_mut_slice();
        for part in [self.key_id.as_bytes(), nonce, self.ciphertext, self.tag] {
            let (to, after) = rest.split_at_mut_checked(part.len()).unwrap_or_default();
            to.copy_from_slice(part);
            rest = after;
        }
        let unused = rest.len();
        let (prefix, text) = buffer.split_at_mut(PREFIX_CHARS);
        prefix.copy_from_slice(format.prefix().as_bytes());
        let encoded = base64url::encode(bytes.get(..MAX_BYTES - unused).unwrap_or_default(), text);
        // The buffer holds the longest token and all of it is ASCII, so there is no error to hand on.
        debug_assert!(encoded.is_some());
        let written = buffer.get(..PREFIX_CHARS + encoded.unwrap_or_default()).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

/// Reads what a token is made of into a buffer.
///
/// # Errors
/// As [`Token::parse`].
pub(crate) fn decode<'a>(
    text: &str,
    format: Format,
    buffer: &'a mut [u8; MAX_BYTES],
) -> Result<Sealed<'a>, Error> {
    let encoded = text.strip_prefix(format.prefix()).ok_or(Error::NotAToken)?;
    // The decoder refuses padding, other alphabets, white space, set trailing bits and what does not fit.
    let length = base64url::decode(encoded.as_bytes(), buffer).ok_or(Error::BadToken)?;
    let bytes = buffer.get(..length).unwrap_or_default();
    let (key_id, sealed) = bytes.split_first_chunk().ok_or(Error::BadToken)?;
    let (nonce, sealed) = match format {
        Format::Deterministic => (None, sealed),
        Format::Randomized => {
            sealed.split_first_chunk().map(|(nonce, rest)| (Some(nonce), rest)).ok_or(Error::BadToken)?
        }
    };
    let (ciphertext, tag) = sealed.split_last_chunk().ok_or(Error::BadToken)?;
    if !BUCKETS.contains(&ciphertext.len()) {
        return Err(Error::BadToken);
    }
    Ok(Sealed { key_id: KeyId::from_bytes(*key_id), nonce, ciphertext, tag })
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sealed().encode(&mut [0; MAX_CHARS]))
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
