//! The JavaScript binding: converts and maps errors, and nothing else. `pkg/src` is its only caller.
//!
//! Text crosses as UTF-8 bytes: one through a mailbox in wasm memory, a batch as one block with the length of each
//! piece. Nothing here panics on what JavaScript can pass: a panic would poison the instance. What is secret and
//! crosses by value is taken by value, so that the copy the glue made in wasm memory is ours to wipe; where the
//! glue itself encodes a string, it may leave a second copy behind.
//!
//! Functions are alike in what they take and return where they can be: an engine compiles a wrapper for each shape,
//! which is a good part of the time to the first token.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::batch::{Writer, encrypt_each};
use crate::cipher::ContextKey;
use crate::keyset::Entries;
use crate::keyset::hazard::RootKey;
use crate::padding::Bucket;
use crate::randomized::random_nonce;
use crate::token::{Format, MAX_BYTES, MAX_CHARS, Sealed, decode};
use crate::wipe::SecretBytes;
use crate::{BatchError, Context, Error, KeyId, KeyStatus, Timestamp};

mod mailbox;
mod packed;

use mailbox::Mailbox;
use packed::Packed;

/// A keyset or a scope in wasm memory. Times are seconds since 1970, 0 is not known.
#[wasm_bindgen]
pub struct WasmKeyset(Box<Entries>);

#[wasm_bindgen]
impl WasmKeyset {
    /// A keyset with one random key.
    pub fn generate(now: f64) -> Result<WasmKeyset, JsValue> {
        keyset(Entries::generate(timestamp(now)))
    }

    /// The keyset or scope of a record.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(record: Vec<u8>) -> Result<WasmKeyset, JsValue> {
        keyset(Entries::from_record(&SecretBytes::from(record)))
    }

    /// The record; with 0 each secret in it is zeros, to describe the keys.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self, secrets: u32) -> Uint8Array {
        Uint8Array::from(&*self.0.to_record(secrets != 0))
    }

    /// A keyset with one given key.
    #[wasm_bindgen(js_name = importRootKey)]
    pub fn import_root_key(root: Vec<u8>, now: f64) -> Result<WasmKeyset, JsValue> {
        let root = RootKey::from_slice(&SecretBytes::from(root));
        keyset(root.map(|root| Entries::from_primary(&root, timestamp(now))))
    }

    /// Adds a given key and returns its id.
    #[wasm_bindgen(js_name = addRootKey)]
    pub fn add_root_key(&mut self, root: Vec<u8>, now: f64) -> Result<u32, JsValue> {
        let root = RootKey::from_slice(&SecretBytes::from(root));
        id(root.and_then(|root| self.0.changeable()?.add(&root, timestamp(now))))
    }

    /// Adds a random key and returns its id.
    #[wasm_bindgen(js_name = generateKey)]
    pub fn generate_key(&mut self, now: f64) -> Result<u32, JsValue> {
        id(self.0.changeable().and_then(|keys| keys.generate_key(timestamp(now))))
    }

    /// Makes a key primary (0), disables it (1), enables it (2) or destroys it (3), and returns its id.
    #[wasm_bindgen(js_name = changeKey)]
    pub fn change_key(&mut self, id: u32, change: u32) -> Result<u32, JsValue> {
        let key = KeyId::from_bytes(id.to_be_bytes());
        let changed = self.0.changeable().and_then(|keys| match change {
            0 => keys.promote(key),
            1 => keys.set_status(key, KeyStatus::Disabled),
            2 => keys.set_status(key, KeyStatus::Enabled),
            _ => keys.set_status(key, KeyStatus::Destroyed),
        });
        self::id(changed.map(|()| key))
    }

    /// Sets after how many days [`WasmKeyset::rotate_if_due`] rotates; 0 is never.
    #[wasm_bindgen(js_name = setRotation)]
    pub fn set_rotation(&mut self, days: u16) -> Result<(), JsValue> {
        self.0.changeable().map(|keys| keys.rotate_after_days = days).map_err(thrown)
    }

    /// Rotates if the keyset is due, and returns the id of the new primary key.
    #[wasm_bindgen(js_name = rotateIfDue)]
    pub fn rotate_if_due(&mut self, now: f64) -> Result<Option<u32>, JsValue> {
        let rotated = self.0.changeable().and_then(|keys| keys.rotate_if_due(timestamp(now)));
        rotated.map(|id| id.map(number)).map_err(thrown)
    }

    /// The cipher of a context, given as packed labels.
    pub fn cipher(&self, labels: Vec<u8>, count: usize) -> Result<WasmCipher, JsValue> {
        let context = context(labels, count)?;
        let entries = self.0.in_scope(&context).map_err(thrown)?;
        Ok(WasmCipher { cipher: entries.cipher(&context), mailbox: Mailbox::new() })
    }

    /// The scope of a context, given as packed labels; of a scope: a copy of itself.
    pub fn scope(&self, labels: Vec<u8>, count: usize) -> Result<WasmKeyset, JsValue> {
        let context = context(labels, count)?;
        let entries = self.0.in_scope(&context).map_err(thrown)?;
        keyset(Ok(entries.scope(context)))
    }
}

/// The three functions below are never inlined, for the size.
#[inline(never)]
fn keyset(entries: Result<Box<Entries>, Error>) -> Result<WasmKeyset, JsValue> {
    entries.map(WasmKeyset).map_err(thrown)
}

#[inline(never)]
fn id(id: Result<KeyId, Error>) -> Result<u32, JsValue> {
    id.map(number).map_err(thrown)
}

impl core::fmt::Debug for WasmKeyset {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WasmKeyset").finish_non_exhaustive()
    }
}

/// A cipher in wasm memory; see [`crate::Cipher`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct WasmCipher {
    cipher: crate::Cipher,
    mailbox: Mailbox,
}

#[wasm_bindgen]
impl WasmCipher {
    /// Where in memory the text of a single call goes in and comes out; it has room for 368 bytes and never moves.
    /// A call through it allocates nothing.
    #[wasm_bindgen(getter)]
    pub fn mailbox(&self) -> usize {
        self.mailbox.address()
    }

    /// Replaces the name in the mailbox, so many bytes of UTF-8, by its token, and returns the length of that.
    pub fn encrypt(&mut self, length: usize) -> Result<usize, JsValue> {
        self.seal(length, Format::Deterministic)
    }

    /// The same with a randomized token.
    #[wasm_bindgen(js_name = encryptRandomized)]
    pub fn encrypt_randomized(&mut self, length: usize) -> Result<usize, JsValue> {
        self.seal(length, Format::Randomized)
    }

    /// Replaces the token in the mailbox by its name in UTF-8, and returns the length of that.
    pub fn decrypt(&mut self, length: usize) -> Result<usize, JsValue> {
        self.open(length, Format::Deterministic)
    }

    /// The same of a randomized token.
    #[wasm_bindgen(js_name = decryptRandomized)]
    pub fn decrypt_randomized(&mut self, length: usize) -> Result<usize, JsValue> {
        self.open(length, Format::Randomized)
    }

    /// The tokens of packed names, joined by line feeds, which no token contains.
    #[wasm_bindgen(js_name = encryptAll)]
    pub fn encrypt_all(&self, names: Vec<u8>, count: usize) -> Result<JsString, JsValue> {
        self.encrypt_under(&mut core::iter::once(self.cipher.primary()), names, count)
    }

    /// The tokens of one packed name under each enabled key, the primary one first, in the same form.
    #[wasm_bindgen(js_name = tokensFor)]
    pub fn tokens_for(&self, name: Vec<u8>, count: usize) -> Result<JsString, JsValue> {
        self.encrypt_under(&mut self.cipher.keys(), name, count)
    }

    /// The tokens of the names of packed tokens under the primary key, in the same form.
    #[wasm_bindgen(js_name = rewrapAll)]
    pub fn rewrap_all(&self, tokens: Vec<u8>, count: usize) -> Result<JsString, JsValue> {
        let mut rewrapped = Lines::with_capacity(count);
        let mut line = rewrapped.writer();
        let mut writer = Writer::new(self.cipher.primary(), &mut line);
        self.decrypt_each(&Packed::new(tokens, count), &mut |name| writer.add(name?))?;
        writer.finish();
        drop(line);
        Ok(rewrapped.to_js())
    }

    /// The names of packed tokens as one text, and a byte for each token: the length of its name in UTF-16 units, or
    /// from 240 on why there is none, as [`unreadable`] counts.
    #[wasm_bindgen(js_name = decryptRows)]
    pub fn decrypt_rows(&self, tokens: Vec<u8>, count: usize) -> Result<Array, JsValue> {
        let tokens = Packed::new(tokens, count);
        // A name is shorter than its token, so this never grows, which would leave a copy behind.
        let mut names = Zeroizing::new(String::with_capacity(tokens.bytes.len()));
        let mut rows = Vec::with_capacity(count);
        self.decrypt_each(&tokens, &mut |name| {
            names.push_str(name.unwrap_or_default());
            rows.push(name.map_or_else(unreadable, utf16_length));
            Ok(())
        })?;
        Ok(Array::of2(&JsString::from(names.as_str()), &Uint8Array::from(rows.as_slice())))
    }
}

impl WasmCipher {
    /// This and the next function are never inlined, for the size.
    #[inline(never)]
    fn seal(&mut self, length: usize, format: Format) -> Result<usize, JsValue> {
        let Self { cipher, mailbox } = self;
        let mut buffer = [0; MAX_CHARS];
        let name = mailbox.text(length).ok_or(Error::BadName);
        let token = name.and_then(|name| {
            let bucket = Bucket::of(name)?;
            let nonce = if format == Format::Randomized { Some(random_nonce()?) } else { None };
            let encode = |sealed: Sealed<'_>| sealed.encode(&mut buffer).len();
            Ok(cipher.encrypt_one(cipher.primary(), name, bucket, nonce.as_ref(), encode))
        });
        mailbox.replace(buffer.get(..token.unwrap_or_default()).unwrap_or_default());
        token.map_err(thrown)
    }

    #[inline(never)]
    fn open(&mut self, length: usize, format: Format) -> Result<usize, JsValue> {
        let Self { cipher, mailbox } = self;
        let mut buffer = [0; MAX_BYTES];
        let sealed = decode(mailbox.text(length).unwrap_or_default(), format, &mut buffer);
        let length = sealed.and_then(|sealed| {
            cipher.decrypt_one(&sealed, |name| {
                mailbox.replace(name.as_bytes());
                Ok(name.len())
            })
        });
        // What is passed as a token by mistake may be a name, so it is wiped as one.
        length.map_err(|error| {
            mailbox.replace(&[]);
            thrown(error)
        })
    }

    fn encrypt_under(
        &self,
        keys: &mut dyn Iterator<Item = &ContextKey>,
        names: Vec<u8>,
        count: usize,
    ) -> Result<JsString, JsValue> {
        let names = Packed::new(names, count);
        let mut tokens = Lines::with_capacity(count);
        for key in keys {
            encrypt_each(key, names.pieces(), tokens.writer()).map_err(thrown_at)?;
        }
        Ok(tokens.to_js())
    }

    /// Compiled once for all receivers.
    fn decrypt_each(&self, tokens: &Packed, name: &mut Receiver<'_>) -> Result<(), JsValue> {
        let tokens = tokens.pieces().map(|token| (token, ()));
        self.cipher.decrypt_each(tokens, |opened, ()| name(opened)).map_err(thrown_at)
    }
}

/// Takes a name, or why there is none.
type Receiver<'a> = dyn FnMut(Result<&str, Error>) -> Result<(), Error> + 'a;

/// Tokens joined by line feeds.
struct Lines(String);

impl Lines {
    /// Characters of the shortest token and a line feed.
    const SHORTEST: usize = 75;

    fn with_capacity(count: usize) -> Self {
        Self(String::with_capacity(count * Self::SHORTEST))
    }

    /// One kind of receiver for every batch, so that what feeds it is compiled once.
    fn writer(&mut self) -> impl FnMut(Sealed<'_>) {
        let mut buffer = [0; MAX_CHARS];
        move |sealed| {
            if !self.0.is_empty() {
                self.0.push('\n');
            }
            self.0.push_str(sealed.encode(&mut buffer));
        }
    }

    fn to_js(&self) -> JsString {
        JsString::from(self.0.as_str())
    }
}

fn context(labels: Vec<u8>, count: usize) -> Result<Context, JsValue> {
    let labels = Packed::new(labels, count);
    Context::new(labels.pieces()).map_err(thrown)
}

/// Whole seconds; what is no such number becomes 0 or the latest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
#[inline(never)]
const fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds as u64)
}

/// At most 239. Each character begins with one byte that does not continue another, and takes a second unit if it has
/// four of them.
fn utf16_length(name: &str) -> u8 {
    name.bytes().fold(0, |units, byte| units + u8::from(byte >> 6 != 0b10) + u8::from(byte >= 0xf0))
}

/// The position in the list of `pkg/src/results.ts`, counted from 240, the first number that is no length of a name.
const fn unreadable(error: Error) -> u8 {
    match error {
        Error::NotAToken => 240,
        Error::UnknownKey(_) => 242,
        Error::DisabledKey(_) => 243,
        Error::DestroyedKey(_) => 244,
        _ => 241,
    }
}

/// A key id as a number, which `pkg/src/keyset.ts` writes in hexadecimal.
const fn number(id: KeyId) -> u32 {
    u32::from_be_bytes(*id.as_bytes())
}

/// What is thrown: a code and the id of the key it speaks of, of which `pkg/src/errors.ts` makes an error with words.
fn thrown(error: Error) -> JsValue {
    refusal(error, None)
}

/// The same with the position in a batch.
fn thrown_at(error: BatchError) -> JsValue {
    refusal(error.error, u32::try_from(error.index).ok())
}

fn refusal(error: Error, index: Option<u32>) -> JsValue {
    let id = error.key_id().map(number);
    Array::of3(&JsValue::from(error.code()), &JsValue::from(id), &JsValue::from(index)).into()
}
