//! Ciphers (SPEC.md, section 2): AES-256-GCM-SIV (RFC 8452) under a derived key and nonce.
//!
//! The only file that names the mode. Under one key and one nonce AES-GCM-SIV is deterministic authenticated
//! encryption: what repeats shows as repeated, and nothing else shows. DESIGN.md says why that is wanted here.

use core::fmt;

use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::derive::{KEY_BYTES, NONCE_BYTES, derive_context_key};
use crate::error::{BatchError, Error};
use crate::keyset::KeyId;
use crate::keyset::hazard::RootKey;
use crate::name::EventName;
use crate::padding::{pad, unpad};
use crate::token::{PREFIX, TAG_BYTES, Token};
use crate::wipe::wipe_dead_stack;

/// Encrypts names and decrypts tokens of one context, under the keys of one keyset.
///
/// Encryption is **deterministic**: equal names give equal tokens. Whoever sees tokens learns which events are
/// equal, how often each occurs and the size bucket of its name, and nothing else of the name. Distinct names
/// in one context under one key: 2^32 leave an attacker an advantage of at most about 2^-57 (RFC 8452, section 9, and
/// DESIGN.md).
///
/// Made by [`Keyset::cipher`](crate::Keyset::cipher). Keys are wiped on drop.
pub struct Cipher {
    primary: Box<ContextKey>,
    #[expect(clippy::vec_box, reason = "a Vec of the keys themselves would leave copies behind when it grows")]
    others: Vec<Box<ContextKey>>,
    disabled: Vec<KeyId>,
}

impl Cipher {
    /// Encrypts a name under the primary key. The same name always gives the same token.
    #[must_use]
    pub fn encrypt(&self, name: &EventName) -> Token {
        let token = self.primary.seal(name);
        wipe_dead_stack();
        token
    }

    /// Decrypts a token of this context made under any enabled key. The key id in the token selects the key;
    /// no other key is tried.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::DisabledKey`], or [`Error::BadToken`] for everything that is not
    /// exactly the token [`Cipher::encrypt`] gives for some name: altered, of another context, not canonical.
    pub fn decrypt(&self, token: &Token) -> Result<EventName, Error> {
        let name = self.open(token);
        wipe_dead_stack();
        name
    }

    /// Encrypts names in order, all or nothing.
    ///
    /// # Errors
    /// [`Error::BadName`] with the position of the first text that is no name.
    ///
    /// # Example: a batch gives the same tokens as single calls
    /// ```
    /// use blindtally::{Context, EventName, Keyset};
    ///
    /// let cipher = Keyset::generate()?.cipher(&Context::default());
    /// let tokens = cipher.encrypt_all(["a", "b", "a"])?;
    /// assert_eq!(tokens[0], cipher.encrypt(&EventName::parse("a")?));
    /// assert_eq!(tokens[0], tokens[2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encrypt_all<S: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Token>, BatchError> {
        let encrypt = |name: S| Ok(self.primary.seal(&EventName::parse(name.as_ref())?));
        in_order(names, encrypt)
    }

    /// Decrypts tokens in order, all or nothing.
    ///
    /// # Errors
    /// As [`Token::parse`] and [`Cipher::decrypt`], with the position of the first token refused.
    pub fn decrypt_all<S: AsRef<str>>(
        &self,
        tokens: impl IntoIterator<Item = S>,
    ) -> Result<Vec<EventName>, BatchError> {
        let decrypt = |token: S| self.open(&Token::parse(token.as_ref())?);
        in_order(tokens, decrypt)
    }

    /// [`Cipher::decrypt`] without wiping the stack, which a batch does once.
    pub(crate) fn open(&self, token: &Token) -> Result<EventName, Error> {
        let id = token.key_id();
        if let Some(key) = core::iter::once(&self.primary).chain(&self.others).find(|key| key.id == id) {
            return key.open(token);
        }
        Err(if self.disabled.contains(&id) { Error::DisabledKey(id) } else { Error::UnknownKey(id) })
    }

    pub(crate) const fn new(primary: Box<ContextKey>) -> Self {
        Self { primary, others: Vec::new(), disabled: Vec::new() }
    }

    pub(crate) fn add_enabled(&mut self, key: Box<ContextKey>) {
        self.others.push(key);
    }

    pub(crate) fn add_disabled(&mut self, id: KeyId) {
        self.disabled.push(id);
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("primary", &self.primary.id).finish_non_exhaustive()
    }
}

/// The derived key and nonce of one root key in one context.
pub(crate) struct ContextKey {
    id: KeyId,
    /// Holds the AES-256 key schedule, which the `zeroize` features wipe on drop.
    aead: Aes256GcmSiv,
    nonce: Zeroizing<[u8; NONCE_BYTES]>,
    associated_data: [u8; PREFIX.len() + KeyId::BYTES],
}

impl ContextKey {
    /// On the heap, so that moving a cipher leaves no copy behind; and never inlined, so that the key's way there
    /// lies in a frame that the caller can wipe.
    #[inline(never)]
    pub(crate) fn derive(id: KeyId, root: &RootKey, context: &Context) -> Box<Self> {
        let derived = derive_context_key(root, context);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let mut nonce = Zeroizing::new([0; NONCE_BYTES]);
        copy(key.iter_mut().chain(nonce.iter_mut()), derived.iter());

        let mut associated_data = [0; PREFIX.len() + KeyId::BYTES];
        copy(associated_data.iter_mut(), PREFIX.as_bytes().iter().chain(id.as_bytes()));
        Box::new(Self { id, aead: Aes256GcmSiv::new((&*key).into()), nonce, associated_data })
    }

    #[inline(never)]
    #[expect(
        clippy::expect_used,
        reason = "the limit is 2^36 bytes (RFC 8452, section 6), a bucket has at most 240"
    )]
    fn seal(&self, name: &EventName) -> Token {
        let mut padded = pad(name);
        let tag = self
            .aead
            .encrypt_inout_detached(&self.nonce(), &self.associated_data, (&mut *padded).into())
            .expect("a padded name is shorter than the limit of the mode");
        Token::from_parts(self.id, [&*padded, tag.as_slice()].concat())
    }

    #[inline(never)]
    fn open(&self, token: &Token) -> Result<EventName, Error> {
        let (ciphertext, tag) = token.sealed().split_last_chunk::<TAG_BYTES>().ok_or(Error::BadToken)?;
        let mut padded = Zeroizing::new(ciphertext.to_vec());
        // One answer for every failure of authentication. The tag is compared in constant time.
        self.aead
            .decrypt_inout_detached(&self.nonce(), &self.associated_data, padded.as_mut_slice().into(), tag.into())
            .map_err(|_| Error::BadToken)?;
        unpad(&padded)
    }

    fn nonce(&self) -> Nonce {
        Nonce::from(*self.nonce)
    }
}

fn copy<'a>(to: impl Iterator<Item = &'a mut u8>, from: impl Iterator<Item = &'a u8>) {
    to.zip(from).for_each(|(to, from)| *to = *from);
}

fn in_order<I, O>(
    inputs: impl IntoIterator<Item = I>,
    convert: impl Fn(I) -> Result<O, Error>,
) -> Result<Vec<O>, BatchError> {
    let converted = inputs.into_iter().enumerate();
    let converted =
        converted.map(|(index, input)| convert(input).map_err(|error| BatchError::new(index, error))).collect();
    wipe_dead_stack();
    converted
}
