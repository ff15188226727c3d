//! Randomized tokens (SPEC.md, section 17): for text that is to be read back but neither grouped nor compared.

use alloc::vec::Vec;
use core::fmt;

use crate::cipher::Cipher;
use crate::error::Error;
use crate::gcm_siv::{BLOCK_BYTES, NONCE_BYTES};
use crate::keyset::KeyId;
use crate::name::EventName;
use crate::padding::Bucket;
use crate::token::{Format, MAX_BYTES, MAX_CHARS, Sealed, decode};

/// Encrypted text of which a vendor learns nothing but its size bucket: well-formed, but not authenticated until a cipher
/// decrypts it.
///
/// A randomized token has 90, 132, 196, 260 or 367 ASCII characters. Equal texts give unrelated tokens, so `==` on
/// tokens says nothing about texts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RandomizedToken {
    key_id: KeyId,
    nonce: [u8; NONCE_BYTES],
    sealed: Vec<u8>,
}

impl RandomizedToken {
    /// Longest token in characters.
    pub const MAX_CHARS: usize = MAX_CHARS;

    /// Reads a token, in its one canonical form.
    ///
    /// # Errors
    /// [`Error::NotAToken`] if the text does not begin with `br1_`, as a [`Token`](crate::Token) does not;
    /// [`Error::BadToken`] if what follows is not canonical base64url without padding, or has a size that no token has.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut buffer = [0; MAX_BYTES];
        let Sealed { key_id, nonce, ciphertext, tag } = decode(text, Format::Randomized, &mut buffer)?;
        let nonce = *nonce.ok_or(Error::BadToken)?;
        Ok(Self { key_id, nonce, sealed: [ciphertext, tag].concat() })
    }

    /// The id of the key the token says it was made under.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn sealed(&self) -> Sealed<'_> {
        let (ciphertext, tag) = self.sealed.split_last_chunk().unwrap_or((&[], &[0; BLOCK_BYTES]));
        Sealed { key_id: self.key_id, nonce: Some(&self.nonce), ciphertext, tag }
    }
}

impl fmt::Display for RandomizedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sealed().encode(&mut [0; MAX_CHARS]))
    }
}

impl fmt::Debug for RandomizedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RandomizedToken({self})")
    }
}

impl core::str::FromStr for RandomizedToken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Cipher {
    /// Encrypts a text under the primary key and a nonce of its own. The same text gives another token each time.
    ///
    /// # Errors
    /// [`Error::RandomUnavailable`] if the platform has no secure random source.
    ///
    /// # Example: what nobody counts
    /// ```
    /// use blindtally::{Context, EventName, Keyset, RandomizedToken};
    ///
    /// let cipher = Keyset::generate()?.cipher(&Context::new(["event", "property", "comment"])?);
    /// let text = EventName::parse("asked for a later hour")?;
    /// let token = cipher.encrypt_randomized(&text)?;
    /// assert_ne!(cipher.encrypt_randomized(&text)?, token);
    ///
    /// let received = RandomizedToken::parse(&token.to_string())?;
    /// assert_eq!(cipher.decrypt_randomized(&received)?, text);
    /// # Ok::<(), blindtally::Error>(())
    /// ```
    pub fn encrypt_randomized(&self, text: &EventName) -> Result<RandomizedToken, Error> {
        random_nonce().map(|nonce| self.encrypt_with_nonce(text, nonce))
    }

    /// Decrypts a randomized token of this context made under any enabled key. The key id in the token selects the key;
    /// no other key is tried.
    ///
    /// # Errors
    /// As [`Cipher::decrypt`].
    pub fn decrypt_randomized(&self, token: &RandomizedToken) -> Result<EventName, Error> {
        self.decrypt_one(&token.sealed(), |text| EventName::parse(text))
    }

    /// A nonce must not come twice, so nobody outside chooses one.
    pub(crate) fn encrypt_with_nonce(&self, text: &EventName, nonce: [u8; NONCE_BYTES]) -> RandomizedToken {
        self.encrypt_one(self.primary(), text.as_str(), Bucket::of_name(text), Some(&nonce), |sealed| {
            let Sealed { key_id, ciphertext, tag, .. } = sealed;
            RandomizedToken { key_id, nonce, sealed: [ciphertext, tag].concat() }
        })
    }
}

/// # Errors
/// [`Error::RandomUnavailable`] if the platform has no secure random source.
pub(crate) fn random_nonce() -> Result<[u8; NONCE_BYTES], Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| Error::RandomUnavailable)?;
    Ok(nonce)
}

#[cfg(test)]
mod tests;
