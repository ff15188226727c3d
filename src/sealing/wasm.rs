//! The JavaScript binding of the second `.wasm`: converts and maps errors, and nothing else. `pkg/src/sealing` is its
//! only caller.
//!
//! It throws what the first one throws (src/wasm.rs): a code, no key id, and a position. Secrets are taken by value, so
//! that the copy which the glue made in wasm memory is ours to wipe.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::SealingError;
use super::file::File;
use super::head::{Head, Salt, SlotId};
use super::kek::{Kind, Opener};
use super::passphrase::{self, Cost};
use super::secret::on_wiped_stack;
use super::share::recover;
use super::text::FileText;
use crate::keyset::hazard::import_record;

/// A sealed file in wasm memory: read, open, or both one after the other.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WasmSealedFile(State);

enum State {
    Locked(FileText),
    Open(File),
}

#[wasm_bindgen]
impl WasmSealedFile {
    /// A file with a random key and no slots. Its first revision is the one after this.
    pub fn create(after: f64) -> Result<WasmSealedFile, JsValue> {
        File::create(revision(after)).map(|file| Self(State::Open(file))).map_err(thrown)
    }

    /// Reads a text. Nothing is opened yet.
    pub fn parse(text: Vec<u8>) -> Result<WasmSealedFile, JsValue> {
        FileText::parse(&text).map(|text| Self(State::Locked(text))).map_err(thrown)
    }

    /// The heads of the slots, joined by line feeds.
    pub fn slots(&self) -> JsString {
        let slots = match &self.0 {
            State::Locked(text) => &text.slots,
            State::Open(file) => &file.slots,
        };
        let heads: Vec<&str> = slots.iter().map(|slot| slot.head.text.as_str()).collect();
        JsString::from(heads.join("\n").as_str())
    }

    /// The revision; 0 if there is none, or it is not known yet.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        match &self.0 {
            State::Locked(_) => 0.0,
            #[expect(clippy::cast_precision_loss, reason = "at most 2^53 - 1")]
            State::Open(file) => file.revision as f64,
        }
    }

    /// Opens it with a secret of the kind passphrase (0, in its normal form), raw (1), passkey (2, the output of its PRF),
    /// recovery (3, shares joined by line feeds) or wrapper (4), and gives the record.
    pub fn open(
        &mut self,
        kind: u32,
        slot: Option<u32>,
        secret: Vec<u8>,
        min_revision: f64,
    ) -> Result<Uint8Array, JsValue> {
        let opener = opener(kind, Zeroizing::new(secret)).map_err(thrown)?;
        let State::Locked(text) = &mut self.0 else { return Err(thrown(SealingError::BadKeysetFile)) };
        let named = slot.map(|id| SlotId::from_bytes(id.to_be_bytes()));
        let opened = File::open(text, &opener, named, revision(min_revision), checked);
        let (file, record) = opened.map_err(thrown)?;
        self.0 = State::Open(file);
        Ok(Uint8Array::from(record.as_slice()))
    }

    /// Opens another text of the same file, with the key at hand, and gives the record.
    pub fn reopen(&mut self, text: Vec<u8>) -> Result<Uint8Array, JsValue> {
        let text = FileText::parse(&text).map_err(thrown)?;
        let record = self.file()?.reopen(text, checked).map_err(thrown)?;
        Ok(Uint8Array::from(record.as_slice()))
    }

    /// Adds a slot with a head as it stands in a file, and gives its shares, joined by line feeds.
    #[wasm_bindgen(js_name = addSlot)]
    pub fn add_slot(&mut self, head: Vec<u8>, secret: Vec<u8>) -> Result<JsString, JsValue> {
        let secret = Zeroizing::new(secret);
        let file = self.file()?;
        let head = core::str::from_utf8(&head).ok().and_then(Head::parse);
        let head = head.ok_or(SealingError::BadParameters).map_err(thrown)?;
        if Kind::of(&head) != Kind::Recovery {
            return file.add_slot(head, &secret).map(|()| JsString::from("")).map_err(thrown);
        }
        let shares = file.add_recovery(head).map_err(thrown)?;
        // As large as it gets: growing would leave copies behind.
        let size = shares.iter().map(|share| share.len() + 1).sum();
        let mut text = Zeroizing::new(String::with_capacity(size));
        for share in &shares {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(share);
        }
        Ok(JsString::from(text.as_str()))
    }

    /// Leaves a slot out of the next writing.
    #[wasm_bindgen(js_name = removeSlot)]
    pub fn remove_slot(&mut self, id: u32) -> Result<(), JsValue> {
        self.file()?.remove_slot(SlotId::from_bytes(id.to_be_bytes())).map_err(thrown)
    }

    /// The text of the next revision, with this record.
    pub fn seal(&mut self, record: Vec<u8>) -> Result<JsString, JsValue> {
        let record = Zeroizing::new(record);
        self.file()?.seal(&record).map(|text| JsString::from(text.as_str())).map_err(thrown)
    }
}

impl WasmSealedFile {
    fn file(&mut self) -> Result<&mut File, JsValue> {
        match &mut self.0 {
            State::Locked(_) => Err(thrown(SealingError::Locked)),
            State::Open(file) => Ok(file),
        }
    }
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// 16 random bytes.
#[wasm_bindgen(js_name = generateSalt)]
#[expect(unreachable_pub, reason = "the glue needs it")]
pub fn generate_salt() -> Result<Uint8Array, JsValue> {
    Salt::generate().map(|salt| Uint8Array::from(salt.as_bytes().as_slice())).map_err(thrown)
}

/// 32 bytes of a passphrase in its normal form, by Argon2id.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "the glue needs it")]
pub fn stretch(
    passphrase: Vec<u8>,
    salt: Vec<u8>,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<Uint8Array, JsValue> {
    let passphrase = Zeroizing::new(passphrase);
    let cost = Cost::new(memory_kib, passes, lanes).map_err(thrown)?;
    let stretched = passphrase::stretch(&passphrase, &salt, cost).map_err(thrown)?;
    Ok(Uint8Array::from(stretched.as_slice()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is as good")]
const fn revision(number: f64) -> u64 {
    number as u64
}

/// Refuses what is no record here already: before an older file is refused, and before JavaScript gets it.
fn checked(record: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    import_record(record)?;
    Ok(Zeroizing::new(record.to_vec()))
}

fn opener(kind: u32, secret: Zeroizing<Vec<u8>>) -> Result<Opener, SealingError> {
    let kind = match kind {
        0 => Kind::Passphrase,
        1 => Kind::Raw,
        2 => Kind::Passkey,
        3 => {
            let shares = core::str::from_utf8(&secret).map_err(|_| SealingError::BadShare(0))?;
            let shares = shares.split('\n').filter(|_| !shares.is_empty());
            return on_wiped_stack(|| recover(shares)).map(Opener::Recovered);
        }
        _ => Kind::Wrapper,
    };
    Ok(Opener::Bytes(kind, secret))
}

fn thrown(error: SealingError) -> JsValue {
    let index = error.index().and_then(|index| u32::try_from(index).ok());
    Array::of3(&JsValue::from(error.code()), &JsValue::UNDEFINED, &JsValue::from(index)).into()
}
