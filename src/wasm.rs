//! The JavaScript binding: converts and maps errors, and nothing else. `pkg/src` is its only caller.
//!
//! Text crosses as UTF-8 bytes: one through a mailbox in wasm memory, a batch as one block with the length of each
//! piece. Nothing here panics on what JavaScript can pass: a panic would poison the instance. What is secret and
//! crosses by value is taken by value, so that the copy the glue made in wasm memory is ours to wipe; where the
//! glue itself encodes a string, it may leave a second copy behind.

use js_sys::{Array, JsString, Reflect, Uint8Array, Uint16Array};
use wasm_bindgen::prelude::*;
use zeroize::{Zeroizing, optimization_barrier};

use crate::keyset::hazard::{RootKey, add_root_key, export_root_keys, import_root_key};
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
    pub fn add_root_key(&mut self, root: Vec<u8>) -> Result<String, JsValue> {
        let root = RootKey::from_slice(&Zeroizing::new(root)).map_err(thrown)?;
        add_root_key(&mut self.0, root).map(|id| id.to_string()).map_err(thrown)
    }

    /// Every key as a pair of its id and its bytes, the primary one first.
    #[wasm_bindgen(js_name = exportRootKeys)]
    pub fn export_root_keys(&self) -> Array {
        let pair = |(id, root): (KeyId, RootKey)| {
            Array::of2(&JsValue::from(id.to_string()), &Uint8Array::from(root.expose().as_slice()))
        };
        export_root_keys(&self.0).into_iter().map(pair).collect()
    }

    /// Adds a random key and returns its id.
    #[wasm_bindgen(js_name = generateKey)]
    pub fn generate_key(&mut self) -> Result<String, JsValue> {
        self.0.generate_key().map(|id| id.to_string()).map_err(thrown)
    }

    /// Makes a key primary; `false` if the id is not eight hexadecimal digits.
    pub fn promote(&mut self, id: &str) -> Result<bool, JsValue> {
        self.change(id, crate::Keyset::promote)
    }

    /// Disables a key; `false` if the id is not eight hexadecimal digits.
    pub fn disable(&mut self, id: &str) -> Result<bool, JsValue> {
        self.change(id, crate::Keyset::disable)
    }

    /// Enables a key; `false` if the id is not eight hexadecimal digits.
    pub fn enable(&mut self, id: &str) -> Result<bool, JsValue> {
        self.change(id, crate::Keyset::enable)
    }

    /// Every key as a pair of its id and whether it is enabled, the primary one first.
    pub fn keys(&self) -> Array {
        let pair = |key: &crate::KeyInfo| {
            Array::of2(&JsValue::from(key.id.to_string()), &JsValue::from(key.status == KeyStatus::Enabled))
        };
        self.0.keys().iter().map(pair).collect()
    }

    /// The cipher of a context, given as packed labels.
    pub fn cipher(&self, labels: Vec<u8>, lengths: Vec<u16>) -> Result<WasmCipher, JsValue> {
        let labels = Packed { bytes: Zeroizing::new(labels), lengths };
        let context = Context::new(labels.pieces()).map_err(thrown)?;
        Ok(WasmCipher { cipher: self.0.cipher(&context), mailbox: Mailbox::new() })
    }

    fn change(
        &mut self,
        id: &str,
        change: fn(&mut crate::Keyset, KeyId) -> Result<(), Error>,
    ) -> Result<bool, JsValue> {
        KeyId::from_hex(id).map_or(Ok(false), |id| change(&mut self.0, id).map(|()| true).map_err(thrown))
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
    pub fn encrypt_all(&self, names: Vec<u8>, lengths: Vec<u16>) -> Result<String, JsValue> {
        let names = Packed { bytes: Zeroizing::new(names), lengths };
        let mut tokens = String::with_capacity(names.lengths.len() * SHORTEST_LINE);
        let mut buffer = [0; Token::MAX_CHARS];
        let encrypted = self.cipher.encrypt_each(names.pieces(), |sealed| {
            if !tokens.is_empty() {
                tokens.push('\n');
            }
            tokens.push_str(sealed.encode(&mut buffer));
        });
        encrypted.map(|()| tokens).map_err(thrown_at)
    }

    /// The names of packed tokens as one text, the length of each in UTF-16 units, and a code for each that could
    /// not be read, whose length is 0.
    #[wasm_bindgen(js_name = decryptRows)]
    pub fn decrypt_rows(&self, tokens: Vec<u8>, lengths: Vec<u16>) -> Result<Array, JsValue> {
        let tokens = Packed { bytes: Zeroizing::new(tokens), lengths };
        // A name is shorter than its token, so this never grows, which would leave a copy behind.
        let mut names = Zeroizing::new(String::with_capacity(tokens.bytes.len()));
        let mut lengths = Vec::with_capacity(tokens.lengths.len());
        let codes = Array::new();
        let rows = tokens.pieces().map(|token| (token, ()));
        let decrypted = self.cipher.decrypt_each(rows, |name, ()| {
            lengths.push(match name {
                Ok(name) => {
                    names.push_str(name);
                    utf16_length(name)
                }
                Err(error) => {
                    codes.push(&JsValue::from(error.code()));
                    0
                }
            });
            Ok(())
        });
        decrypted.map_err(thrown_at)?;
        Ok(Array::of3(&JsString::from(names.as_str()), &Uint16Array::from(lengths.as_slice()), &codes))
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

/// Pieces of text in one block, wiped on drop.
struct Packed {
    bytes: Zeroizing<Vec<u8>>,
    lengths: Vec<u16>,
}

impl Packed {
    /// Each piece. One that is out of bounds or not well-formed UTF-8 becomes the empty text, which is neither a
    /// name nor a token.
    fn pieces(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map(move |&length| {
            let (piece, after) = rest.split_at_checked(usize::from(length)).unwrap_or_default();
            rest = after;
            core::str::from_utf8(piece).unwrap_or_default()
        })
    }
}

/// At most 239.
fn utf16_length(name: &str) -> u16 {
    let units = if name.is_ascii() { name.len() } else { name.encode_utf16().count() };
    u16::try_from(units).unwrap_or(u16::MAX)
}

/// What is thrown: an `Error` with `code`, from which `pkg/src/errors.ts` makes a `BlindtallyError`.
fn thrown(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.to_string());
    set(&thrown, "code", &JsValue::from(error.code()));
    thrown.into()
}

/// The same with `index`, the position in a batch.
fn thrown_at(error: BatchError) -> JsValue {
    let thrown = thrown(error.error);
    set(&thrown, "index", &JsValue::from(u32::try_from(error.index).unwrap_or(u32::MAX)));
    thrown
}

fn set(target: &JsValue, key: &str, value: &JsValue) {
    // Fails for a frozen object only, and this one is new.
    let _ = Reflect::set(target, &JsValue::from(key), value);
}
