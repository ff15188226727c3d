//! The JavaScript binding: converts and maps errors, and nothing else. `pkg/src` is its only caller.
//!
//! Text crosses as UTF-8 bytes, a batch as one block with the end of each piece. Nothing here panics on what
//! JavaScript can pass: a panic would poison the instance. Names and keys are taken by value, so that the
//! copy the glue made in wasm memory is ours to wipe; where the glue itself encodes a string, it may leave a
//! second copy behind.

use js_sys::{Array, Float64Array, JsString, Reflect, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::keyset::hazard::{RootKey, add_root_key, export_root_keys, import_root_key};
use crate::{BatchError, Context, Count, Error, EventName, KeyId, KeyStatus, Token};

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
    pub fn cipher(&self, labels: Vec<u8>, ends: Vec<u32>) -> Result<WasmCipher, JsValue> {
        let labels = Packed { bytes: Zeroizing::new(labels), ends };
        let labels: Option<Vec<&str>> = labels.pieces().collect();
        let context = labels.ok_or(Error::BadContext).and_then(Context::new).map_err(thrown)?;
        Ok(WasmCipher(self.0.cipher(&context)))
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
pub struct WasmCipher(crate::Cipher);

#[wasm_bindgen]
impl WasmCipher {
    /// The token of a name in UTF-8.
    pub fn encrypt(&self, name: Vec<u8>) -> Result<String, JsValue> {
        let name = text(name).ok_or(Error::BadName).and_then(EventName::parse).map_err(thrown)?;
        Ok(self.0.encrypt(&name).to_string())
    }

    /// The name of a token in UTF-8.
    pub fn decrypt(&self, token: Vec<u8>) -> Result<JsString, JsValue> {
        // What is passed as a token by mistake may be a name, so it is wiped as one.
        let token = Zeroizing::new(text(token).unwrap_or_default());
        let name = Token::parse(&token).and_then(|token| self.0.decrypt(&token)).map_err(thrown)?;
        Ok(JsString::from(name.as_str()))
    }

    /// The tokens of packed names, joined by line feeds, which no token contains.
    #[wasm_bindgen(js_name = encryptAll)]
    pub fn encrypt_all(&self, names: Vec<u8>, ends: Vec<u32>) -> Result<String, JsValue> {
        let names = Packed { bytes: Zeroizing::new(names), ends };
        // Ill-formed text becomes the empty name, which is refused at its position.
        let tokens = self.0.encrypt_all(names.pieces().map(Option::unwrap_or_default)).map_err(thrown_at)?;
        let tokens: Vec<String> = tokens.iter().map(Token::to_string).collect();
        Ok(tokens.join("\n"))
    }

    /// The names of packed tokens.
    #[wasm_bindgen(js_name = decryptAll)]
    pub fn decrypt_all(&self, tokens: Vec<u8>, ends: Vec<u32>) -> Result<Array, JsValue> {
        let tokens = Packed { bytes: Zeroizing::new(tokens), ends };
        let names = self.0.decrypt_all(tokens.pieces().map(Option::unwrap_or_default)).map_err(thrown_at)?;
        Ok(names.iter().map(|name| JsString::from(name.as_str())).collect())
    }

    /// The readable and the unreadable rows of packed tokens with their counts: names, their counts, positions
    /// of unreadable rows, their codes.
    #[wasm_bindgen(js_name = decryptResults)]
    pub fn decrypt_results(&self, tokens: Vec<u8>, ends: Vec<u32>, counts: Vec<f64>) -> Result<Array, JsValue> {
        let tokens = Packed { bytes: Zeroizing::new(tokens), ends };
        let number = |(index, count): (usize, &f64)| match Count::try_from(*count) {
            Ok(count) => Ok(count.get()),
            Err(error) => Err(thrown_at(BatchError::new(index, error))),
        };
        let counts = counts.iter().enumerate().map(number).collect::<Result<Vec<u64>, JsValue>>()?;
        let rows = tokens.pieces().map(Option::unwrap_or_default).zip(counts);
        let results = self.0.decrypt_results(rows).map_err(thrown_at)?;

        let names: Array = results.counts.iter().map(|(name, _)| JsString::from(name.as_str())).collect();
        let counts: Vec<f64> = results.counts.iter().map(|(_, count)| as_number(*count)).collect();
        let positions: Vec<u32> =
            results.unreadable.iter().map(|row| u32::try_from(row.index).unwrap_or(u32::MAX)).collect();
        let codes: Array = results.unreadable.iter().map(|row| JsString::from(row.reason.code())).collect();
        Ok(Array::of4(
            &names,
            &Float64Array::from(counts.as_slice()),
            &Uint32Array::from(positions.as_slice()),
            &codes,
        ))
    }
}

/// Pieces of text in one block, wiped on drop.
struct Packed {
    bytes: Zeroizing<Vec<u8>>,
    ends: Vec<u32>,
}

impl Packed {
    /// Each piece; `None` for one that is out of bounds or not well-formed UTF-8.
    fn pieces(&self) -> impl Iterator<Item = Option<&str>> {
        let starts = core::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| {
            let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
            core::str::from_utf8(self.bytes.get(range)?).ok()
        })
    }
}

/// The text that bytes are the UTF-8 of, in place; bytes that are none are wiped.
fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).map_err(|refused| drop(Zeroizing::new(refused.into_bytes()))).ok()
}

#[expect(clippy::cast_precision_loss, reason = "a count is at most 2^53 - 1")]
fn as_number(count: Count) -> f64 {
    count.get() as f64
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
