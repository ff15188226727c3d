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
use zeroize::{Zeroizing, optimization_barrier};

use crate::keyset::hazard::{RootKey, add_root_key, import_root_key};
use crate::padding::Bucket;
use crate::token::{MAX_BYTES, decode};
use crate::{BatchError, Context, Error, KeyId, KeyStatus, Token};

/// A keyset in wasm memory; see [`crate::Keyset`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct WasmKeyset(crate::Keyset);

#[wasm_bindgen]
impl WasmKeyset {
    /// A keyset with one random key.
    pub fn generate() -> Result<WasmKeyset, JsValue> {
        crate::Keyset::generate().map(Self).map_err(thrown)
    }

    /// A keyset with one given key.
    #[wasm_bindgen(js_name = importRootKey)]
    pub fn import_root_key(root: Vec<u8>) -> Result<WasmKeyset, JsValue> {
        RootKey::from_slice(&Zeroizing::new(root)).map(|root| Self(import_root_key(root))).map_err(thrown)
    }

    /// Adds a given key and returns its id.
    #[wasm_bindgen(js_name = addRootKey)]
    pub fn add_root_key(&mut self, root: Vec<u8>) -> Result<u32, JsValue> {
        let root = RootKey::from_slice(&Zeroizing::new(root)).map_err(thrown)?;
        add_root_key(&mut self.0, root).map(number).map_err(thrown)
    }

    /// Every key, the primary one first: the four bytes of its id and its 32 bytes.
    #[wasm_bindgen(js_name = exportRootKeys)]
    pub fn export_root_keys(&self) -> Uint8Array {
        // As large as it gets: growing would leave copies behind.
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(self.0.roots().count() * (KeyId::BYTES + RootKey::BYTES)));
        for (id, _, root) in self.0.roots() {
            bytes.extend_from_slice(id.as_bytes());
            bytes.extend_from_slice(root.expose());
        }
        Uint8Array::from(bytes.as_slice())
    }

    /// Adds a random key and returns its id.
    #[wasm_bindgen(js_name = generateKey)]
    pub fn generate_key(&mut self) -> Result<u32, JsValue> {
        self.0.generate_key().map(number).map_err(thrown)
    }

    /// Makes a key primary (0), disables it (1) or enables it (2), and returns its id.
    #[wasm_bindgen(js_name = changeKey)]
    pub fn change_key(&mut self, id: u32, change: u32) -> Result<u32, JsValue> {
        let key = KeyId::from_bytes(id.to_be_bytes());
        let changed = match change {
            0 => self.0.promote(key),
            1 => self.0.disable(key),
            _ => self.0.enable(key),
        };
        changed.map(|()| id).map_err(thrown)
    }

    /// Every key, the primary one first: the four bytes of its id, and 1 if it is enabled, else 0.
    pub fn keys(&self) -> Uint8Array {
        let mut bytes = Vec::new();
        for (id, status, _) in self.0.roots() {
            bytes.extend_from_slice(id.as_bytes());
            bytes.push(u8::from(status == KeyStatus::Enabled));
        }
        Uint8Array::from(bytes.as_slice())
    }

    /// The cipher of a context, given as packed labels.
    pub fn cipher(&self, labels: Vec<u8>, count: usize) -> Result<WasmCipher, JsValue> {
        Ok(WasmCipher::new(self.0.cipher(&context(labels, count)?)))
    }

    /// The derived keys of a context, given as packed labels; for [`WasmCipher::from_derived_keys`] in another thread.
    #[wasm_bindgen(js_name = deriveKeys)]
    pub fn derive_keys(&self, labels: Vec<u8>, count: usize) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(self.0.hand_over(&context(labels, count)?).as_slice()))
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
    /// A cipher of derived keys.
    #[wasm_bindgen(js_name = fromDerivedKeys)]
    pub fn from_derived_keys(keys: Vec<u8>) -> Result<WasmCipher, JsValue> {
        crate::Cipher::take_over(&Zeroizing::new(keys)).map(Self::new).map_err(thrown)
    }

    /// Where in memory the text of a single call goes in and comes out; it has room for 352 bytes and never moves.
    /// A call through it allocates nothing.
    #[wasm_bindgen(getter)]
    pub fn mailbox(&self) -> usize {
        self.mailbox.0.as_ptr() as usize
    }

    /// Replaces the name in the mailbox, so many bytes of UTF-8, by its token, and returns the length of that.
    pub fn encrypt(&mut self, length: usize) -> Result<usize, JsValue> {
        let Self { cipher, mailbox } = self;
        let mut buffer = [0; Token::MAX_CHARS];
        let name = mailbox.text(length).ok_or(Error::BadName);
        let token = name.and_then(|name| {
            let bucket = Bucket::of(name)?;
            Ok(cipher.encrypt_one(name, bucket, |sealed| sealed.encode(&mut buffer).len()))
        });
        mailbox.replace(buffer.get(..token.unwrap_or_default()).unwrap_or_default());
        token.map_err(thrown)
    }

    /// Replaces the token in the mailbox by its name in UTF-8, and returns the length of that.
    pub fn decrypt(&mut self, length: usize) -> Result<usize, JsValue> {
        let Self { cipher, mailbox } = self;
        let mut buffer = [0; MAX_BYTES];
        let sealed = decode(mailbox.text(length).unwrap_or_default(), &mut buffer);
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

    /// The tokens of packed names, joined by line feeds, which no token contains.
    #[wasm_bindgen(js_name = encryptAll)]
    pub fn encrypt_all(&self, names: Vec<u8>, count: usize) -> Result<JsString, JsValue> {
        let names = Packed::new(names, count);
        let mut tokens = String::with_capacity(count * SHORTEST_LINE);
        let mut buffer = [0; Token::MAX_CHARS];
        let encrypted = self.cipher.encrypt_each(names.pieces(), |sealed| {
            if !tokens.is_empty() {
                tokens.push('\n');
            }
            tokens.push_str(sealed.encode(&mut buffer));
        });
        encrypted.map(|()| JsString::from(tokens.as_str())).map_err(thrown_at)
    }

    /// The names of packed tokens as one text, and a byte for each token: the length of its name in UTF-16 units, or
    /// from 240 on why there is none, as [`unreadable`] counts.
    #[wasm_bindgen(js_name = decryptRows)]
    pub fn decrypt_rows(&self, tokens: Vec<u8>, count: usize) -> Result<Array, JsValue> {
        let tokens = Packed::new(tokens, count);
        // A name is shorter than its token, so this never grows, which would leave a copy behind.
        let mut names = Zeroizing::new(String::with_capacity(tokens.bytes.len()));
        let mut rows = Vec::with_capacity(count);
        let decrypted = self.cipher.decrypt_each(tokens.pieces().map(|token| (token, ())), |name, ()| {
            names.push_str(name.unwrap_or_default());
            rows.push(name.map_or_else(unreadable, utf16_length));
            Ok(())
        });
        decrypted.map_err(thrown_at)?;
        Ok(Array::of2(&JsString::from(names.as_str()), &Uint8Array::from(rows.as_slice())))
    }
}

impl WasmCipher {
    fn new(cipher: crate::Cipher) -> Self {
        Self { cipher, mailbox: Mailbox::new() }
    }
}

/// Characters of the shortest token and a line feed.
const SHORTEST_LINE: usize = 75;

/// Bytes that JavaScript reads and writes between calls. On the heap, where they stay; wiped on drop.
struct Mailbox(Zeroizing<Box<[u8]>>);

impl Mailbox {
    /// The longest token and one more, so that a text that is too long is seen to be.
    const BYTES: usize = Token::MAX_CHARS + 1;

    fn new() -> Self {
        Self(Zeroizing::new(Box::new([0; Self::BYTES])))
    }

    /// The text in it; `None` if that is not well-formed UTF-8 or does not fit.
    fn text(&self, length: usize) -> Option<&str> {
        core::str::from_utf8(self.0.get(..length)?).ok()
    }

    fn replace(&mut self, text: &[u8]) {
        let (front, rest) = self.0.split_at_mut_checked(text.len()).unwrap_or_default();
        front.copy_from_slice(text);
        rest.fill(0);
        optimization_barrier(&self.0);
    }
}

impl core::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

/// Pieces of text in one block: the length of each in two bytes, the lower one first, and then all of them. Wiped on
/// drop.
struct Packed {
    bytes: Zeroizing<Vec<u8>>,
    count: usize,
}

impl Packed {
    fn new(bytes: Vec<u8>, count: usize) -> Self {
        Self { bytes: Zeroizing::new(bytes), count }
    }

    /// Each piece. One that is out of bounds or not well-formed UTF-8 becomes the empty text, which is neither a
    /// name nor a token.
    fn pieces(&self) -> impl Iterator<Item = &str> {
        let (lengths, mut rest) = self.bytes.split_at_checked(2 * self.count).unwrap_or_default();
        let (lengths, _) = lengths.as_chunks();
        lengths.iter().map(move |&length| {
            let (piece, after) = rest.split_at_checked(u16::from_le_bytes(length).into()).unwrap_or_default();
            rest = after;
            core::str::from_utf8(piece).unwrap_or_default()
        })
    }
}

fn context(labels: Vec<u8>, count: usize) -> Result<Context, JsValue> {
    let labels = Packed::new(labels, count);
    Context::new(labels.pieces()).map_err(thrown)
}

/// At most 239.
fn utf16_length(name: &str) -> u8 {
    let units = if name.is_ascii() { name.len() } else { name.encode_utf16().count() };
    u8::try_from(units).unwrap_or(u8::MAX)
}

/// The position in the list of `pkg/src/results.ts`, counted from 240, the first number that is no length of a name.
const fn unreadable(error: Error) -> u8 {
    match error {
        Error::NotAToken => 240,
        Error::UnknownKey(_) => 242,
        Error::DisabledKey(_) => 243,
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
