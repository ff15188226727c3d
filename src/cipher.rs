//! Ciphers (SPEC.md, sections 2 and 17): names to tokens and back, under derived keys.
//!
//! Under one key and one nonce, as `bt1` has it, AES-GCM-SIV is deterministic authenticated encryption: what repeats shows as
//! repeated, and nothing else shows. DESIGN.md says why that is wanted here.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use aes::cipher::array::Array;
use aes::cipher::consts::{U32, U44};

use crate::context::Context;
use crate::derive::{DERIVED_BYTES, ROOT_BYTES, derive_context_key, derive_randomized_key};
use crate::error::Error;
use crate::gcm_siv::{BLOCK_BYTES, Block, GcmSiv, KEY_BYTES, Messages, NONCE_BYTES, is_authentic};
use crate::group::Group;
use crate::keyset::KeyId;
use crate::name::EventName;
use crate::padding::{Bucket, MAX_PADDED, pad, unpad};
use crate::token::{Format, PREFIX_CHARS, Sealed, Token};
use crate::wipe::{wipe_blocks, wipe_dead_stack};
use zeroize::Zeroizing;

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
    /// Why the tokens of each other key of the keyset are refused.
    refused: Vec<Error>,
}

impl Cipher {
    /// Encrypts a name under the primary key. The same name always gives the same token.
    #[must_use]
    pub fn encrypt(&self, name: &EventName) -> Token {
        self.encrypt_one(&self.primary, name.as_str(), Bucket::of_name(name), None, |sealed| Token::new(&sealed))
    }

    /// The token of a name under each enabled key, the primary one first: what to ask a vendor for who counted the name while
    /// any of them was primary.
    ///
    /// # Example: one name, two keys
    /// ```
    /// use blindtally::{Context, EventName, Keyset, Timestamp};
    ///
    /// let mut keyset = Keyset::generate()?;
    /// keyset.rotate(Timestamp::UNKNOWN)?;
    /// let cipher = keyset.cipher(&Context::default());
    /// let name = EventName::parse("medication.missed")?;
    /// let tokens = cipher.tokens_for(&name);
    /// assert_eq!(tokens.len(), 2);
    /// assert_eq!(tokens[0], cipher.encrypt(&name));
    /// # Ok::<(), blindtally::Error>(())
    /// ```
    #[must_use]
    pub fn tokens_for(&self, name: &EventName) -> Vec<Token> {
        let (text, bucket) = (name.as_str(), Bucket::of_name(name));
        let token = |key| self.encrypt_one(key, text, bucket, None, |sealed| Token::new(&sealed));
        self.keys().map(token).collect()
    }

    /// Decrypts a token of this context made under any enabled key. The key id in the token selects the key;
    /// no other key is tried.
    ///
    /// # Errors
    /// [`Error::UnknownKey`], [`Error::DisabledKey`], [`Error::DestroyedKey`], or [`Error::BadToken`] for everything that is not
    /// exactly the token [`Cipher::encrypt`] gives for some name: altered, of another context, not canonical.
    pub fn decrypt(&self, token: &Token) -> Result<EventName, Error> {
        self.decrypt_one(&token.sealed(), |name| EventName::parse(name))
    }

    /// Encrypts a name that fits the bucket under one of the keys, and hands out what the token is made of: of a randomized
    /// one, if there is a nonce.
    pub(crate) fn encrypt_one<T>(
        &self,
        key: &ContextKey,
        name: &str,
        bucket: Bucket,
        nonce: Option<&[u8; NONCE_BYTES]>,
        token: impl FnOnce(Sealed<'_>) -> T,
    ) -> T {
        let token = key.seal(name, bucket, nonce, token);
        wipe_dead_stack();
        token
    }

    /// Decrypts one token and hands out its name.
    pub(crate) fn decrypt_one<T>(
        &self,
        sealed: &Sealed<'_>,
        name: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let key = self.position(sealed.key_id).and_then(|position| self.key(position));
        let name = key.and_then(|key| key.open(sealed, name));
        wipe_dead_stack();
        name
    }

    /// The key that encrypts.
    pub(crate) const fn primary(&self) -> &ContextKey {
        &self.primary
    }

    /// Every key that decrypts, the primary one first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        core::iter::once(&*self.primary).chain(self.others.iter().map(|key| &**key))
    }

    /// How many keys decrypt.
    pub(crate) const fn enabled(&self) -> usize {
        1 + self.others.len()
    }

    /// The position of the enabled key with this id; the primary key is at 0.
    pub(crate) fn position(&self, id: KeyId) -> Result<usize, Error> {
        if id == self.primary.id {
            return Ok(0);
        }
        if let Some(position) = self.others.iter().position(|key| key.id == id) {
            return Ok(1 + position);
        }
        let refused = self.refused.iter().find(|refusal| refusal.key_id() == Some(id));
        Err(refused.copied().unwrap_or(Error::UnknownKey(id)))
    }

    /// The enabled key at a position that [`Cipher::position`] gave.
    pub(crate) fn key(&self, position: usize) -> Result<&ContextKey, Error> {
        match position.checked_sub(1) {
            None => Ok(&self.primary),
            Some(position) => self.others.get(position).map(|key| &**key).ok_or(Error::BadToken),
        }
    }

    pub(crate) const fn new(primary: Box<ContextKey>) -> Self {
        Self { primary, others: Vec::new(), refused: Vec::new() }
    }

    pub(crate) fn add_enabled(&mut self, key: Box<ContextKey>) {
        self.others.push(key);
    }

    /// Takes the refusal of a key that is not enabled, which holds its id.
    pub(crate) fn add_refused(&mut self, refusal: Error) {
        self.refused.push(refusal);
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("primary", &self.primary.id).finish_non_exhaustive()
    }
}

/// The derived keys of one root key in one context.
pub(crate) struct ContextKey {
    id: KeyId,
    mode: GcmSiv,
    /// `R` of SPEC.md, section 17: under it, each token has a mode of its own.
    randomized: Zeroizing<[u8; KEY_BYTES]>,
}

impl ContextKey {
    /// On the heap, so that moving a cipher leaves no copy behind; and never inlined, so that the key's way there
    /// lies in a frame that the caller can wipe.
    #[inline(never)]
    pub(crate) fn derive(id: KeyId, root: &[u8; ROOT_BYTES], context: &Context) -> Box<Self> {
        let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
        derive_context_key(root, context, &mut derived);
        Self::new(id, &derived)
    }

    /// The same of what was derived: `K[32] || N[12]`.
    #[inline(never)]
    pub(crate) fn new(id: KeyId, derived: &[u8; DERIVED_BYTES]) -> Box<Self> {
        let (key, nonce) = <&Array<u8, U44>>::from(derived).split_ref::<U32>();
        let mode = mode(Format::Deterministic, id, &key.0, &nonce.0);
        let mut key = Box::new(Self { id, mode, randomized: Zeroizing::new([0; KEY_BYTES]) });
        derive_randomized_key(derived, &mut key.randomized);
        key
    }

    /// Encrypts a group of padded names and hands out what each token is made of.
    #[inline(never)]
    pub(crate) fn seal_group(&self, group: &mut Group, token: &mut impl FnMut(Sealed<'_>)) {
        self.mode.seal(group.messages());
        while let Some((ciphertext, tag)) = group.read() {
            token(Sealed { key_id: self.id, nonce: None, ciphertext, tag: &tag.0 });
        }
        group.clear();
    }

    /// Decrypts a group in place: see [`GcmSiv::open`].
    #[inline(never)]
    pub(crate) fn open_group(&self, group: &mut Group) {
        self.mode.open(group.messages());
    }

    #[inline(never)]
    fn seal<T>(
        &self,
        name: &str,
        bucket: Bucket,
        nonce: Option<&[u8; NONCE_BYTES]>,
        token: impl FnOnce(Sealed<'_>) -> T,
    ) -> T {
        let [mut text, mut scratch] = [[Block::default(); MAX_PADDED / BLOCK_BYTES]; 2];
        let text = text.get_mut(..bucket.bytes() / BLOCK_BYTES).unwrap_or_default();
        let mut tags = [Block::default()];
        pad(name, Block::slice_as_flattened_mut(text));
        let messages = Messages { sizes: &[text.len()], texts: text, tags: &mut tags, scratch: &mut scratch };
        self.with_mode(nonce, |mode| mode.seal(messages));
        let [tag] = &tags;
        token(Sealed { key_id: self.id, nonce, ciphertext: Block::slice_as_flattened(text), tag: &tag.0 })
    }

    #[inline(never)]
    fn open<T>(&self, sealed: &Sealed<'_>, name: impl FnOnce(&str) -> Result<T, Error>) -> Result<T, Error> {
        let [mut text, mut scratch] = [[Block::default(); MAX_PADDED / BLOCK_BYTES]; 2];
        let text = text.get_mut(..sealed.ciphertext.len() / BLOCK_BYTES).ok_or(Error::BadToken)?;
        Block::slice_as_flattened_mut(text).copy_from_slice(sealed.ciphertext);
        let mut tags = [Block::from(*sealed.tag)];
        let messages = Messages { sizes: &[text.len()], texts: text, tags: &mut tags, scratch: &mut scratch };
        self.with_mode(sealed.nonce, |mode| mode.open(messages));
        // One answer for every failure of authentication.
        let opened = if tags.iter().all(is_authentic) {
            unpad(Block::slice_as_flattened(text)).and_then(name)
        } else {
            Err(Error::BadToken)
        };
        wipe_blocks(text);
        opened
    }

    /// The mode of `bt1`, or the one that a nonce of `br1` makes and that is used once.
    fn with_mode(&self, nonce: Option<&[u8; NONCE_BYTES]>, run: impl FnOnce(&GcmSiv)) {
        match nonce {
            None => run(&self.mode),
            Some(nonce) => run(&mode(Format::Randomized, self.id, &self.randomized, nonce)),
        }
    }
}

/// Never inlined, for the size.
#[inline(never)]
fn mode(format: Format, id: KeyId, key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES]) -> GcmSiv {
    let mut associated_data = [0; PREFIX_CHARS + KeyId::BYTES];
    let (prefix, rest) = associated_data.split_at_mut(PREFIX_CHARS);
    prefix.copy_from_slice(format.prefix().as_bytes());
    rest.copy_from_slice(id.as_bytes());
    GcmSiv::new(key, nonce, &associated_data)
}
