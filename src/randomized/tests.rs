//! Tokens for given nonces, which no caller outside can choose: against the vectors and against the crate `aes-gcm-siv`.

use std::collections::{HashMap, HashSet};
use std::prelude::rust_2024::*;

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use serde::Deserialize;
use sha2::Sha256;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{NONCE_BYTES, RandomizedToken, random_nonce};
use crate::keyset::hazard::{RootKey, import_record, import_root_key};
use crate::{BUCKETS, Cipher, Context, EventName};

/// In wasm fewer: it is the same code on another block cipher.
const RANDOM_CASES: usize = if cfg!(target_arch = "wasm32") { 500 } else { 20_000 };

#[derive(Deserialize)]
struct Vectors {
    keysets: HashMap<String, String>,
    valid: Vec<Valid>,
}

#[derive(Deserialize)]
struct Valid {
    case: String,
    keyset: String,
    context: Vec<String>,
    text: String,
    nonce: String,
    key_id: String,
    token: String,
}

#[test]
fn every_text_and_nonce_of_the_vectors_give_exactly_their_token() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../tests/vectors/br1.json")).unwrap();
    let mut encrypted = 0;
    for case in vectors.valid {
        let keyset = import_record(&unhex(&vectors.keysets[&case.keyset])).unwrap();
        let cipher = keyset.cipher(&Context::new(case.context).unwrap()).unwrap();
        let nonce = unhex(&case.nonce).try_into().unwrap();
        let token = cipher.encrypt_with_nonce(&EventName::parse(case.text).unwrap(), nonce);
        // Tokens under another key than the primary one are there to be read.
        if token.key_id().to_string() == case.key_id {
            assert_eq!(token.to_string(), case.token, "{}", case.case);
            encrypted += 1;
        }
    }
    assert_eq!(encrypted, 54);
}

#[test]
fn random_texts_under_random_keys_and_nonces_agree_with_the_crates_aes_gcm_siv_and_hkdf() {
    for _ in 0..RANDOM_CASES {
        let pair = Pair::random();
        let nonce = random_nonce().unwrap();
        let text = random_text(EventName::MAX_BYTES);
        let token = pair.cipher.encrypt_with_nonce(&EventName::parse(text.as_str()).unwrap(), nonce);
        assert_eq!(token.to_string(), pair.oracle_seal(nonce, &text), "root {:x?}, nonce {nonce:x?}", pair.root);
        assert_eq!(pair.oracle_open(&token), text, "root {:x?}, nonce {nonce:x?}", pair.root);
        assert_eq!(pair.cipher.decrypt_randomized(&token).unwrap().as_str(), text);
    }
}

#[test]
fn equal_nonces_show_equal_texts_and_nothing_else() {
    let Pair { cipher, .. } = Pair::random();
    let nonce = random_nonce().unwrap();
    let [one, same, other] = ["a", "a", "b"].map(|text| {
        let token = cipher.encrypt_with_nonce(&EventName::parse(text).unwrap(), nonce).to_string();
        Base64UrlUnpadded::decode_vec(&token[4..]).unwrap()
    });
    assert_eq!(one, same);
    let sealed = 4 + NONCE_BYTES;
    assert_eq!(one[..sealed], other[..sealed]);
    assert!(one[sealed..].chunks(4).zip(other[sealed..].chunks(4)).all(|(one, other)| one != other));
}

#[test]
fn two_nonces_are_never_equal_and_every_bit_of_them_changes() {
    const COUNT: usize = 4096;
    let nonces: HashSet<_> = (0..COUNT).map(|_| random_nonce().unwrap()).collect();
    assert_eq!(nonces.len(), COUNT);
    for bit in 0..NONCE_BYTES * 8 {
        let set = nonces.iter().filter(|nonce| nonce[bit / 8] & 1 << (bit % 8) != 0).count();
        // Each bit is set about 2048 times; 400 away from it is more than 12 standard deviations.
        assert!(set.abs_diff(COUNT / 2) < 400, "bit {bit} is set {set} times");
    }
}

/// A cipher and another implementation of it.
struct Pair {
    root: [u8; 32],
    id: Vec<u8>,
    cipher: Cipher,
    aead: Aes256GcmSiv,
}

impl Pair {
    fn random() -> Self {
        let mut root = [0; 32];
        getrandom::fill(&mut root).unwrap();
        let label = random_text(64);
        let (mut id, mut derived, mut key) = ([0; 4], [0; 44], [0; 32]);
        let kdf = Hkdf::<Sha256>::new(None, &root);
        kdf.expand(b"blindtally key check", &mut id).unwrap();
        let info = [b"blindtally bt1 context\0", &[u8::try_from(label.len()).unwrap()][..], label.as_bytes()];
        kdf.expand(&info.concat(), &mut derived).unwrap();
        Hkdf::<Sha256>::new(None, &derived).expand(b"blindtally br1 key", &mut key).unwrap();
        let keyset = import_root_key(RootKey::from_slice(&root).unwrap());
        Self {
            root,
            id: id.to_vec(),
            cipher: keyset.cipher(&Context::new([&label]).unwrap()),
            aead: Aes256GcmSiv::new(&key.into()),
        }
    }

    fn oracle_seal(&self, nonce: [u8; NONCE_BYTES], text: &str) -> String {
        let mut padded = [text.as_bytes(), &[0x80]].concat();
        padded.resize(BUCKETS.into_iter().find(|bucket| padded.len() <= *bucket).unwrap(), 0);
        let aad = [b"br1_", &self.id[..]].concat();
        let sealed = self.aead.encrypt(&nonce.into(), Payload { msg: &padded, aad: &aad }).unwrap();
        let token = [&self.id[..], &nonce, &sealed].concat();
        ["br1_", &Base64UrlUnpadded::encode_string(&token)].concat()
    }

    fn oracle_open(&self, token: &RandomizedToken) -> String {
        let bytes = Base64UrlUnpadded::decode_vec(&token.to_string()[4..]).unwrap();
        let nonce: [u8; NONCE_BYTES] = bytes[4..4 + NONCE_BYTES].try_into().unwrap();
        let aad = [b"br1_", &self.id[..]].concat();
        let payload = Payload { msg: &bytes[4 + NONCE_BYTES..], aad: &aad };
        let padded = self.aead.decrypt(&nonce.into(), payload).unwrap();
        let marker = padded.iter().rposition(|byte| *byte == 0x80).unwrap();
        String::from_utf8(padded[..marker].to_vec()).unwrap()
    }
}

/// 1 to so many bytes, in characters of one to four.
fn random_text(most: usize) -> String {
    let mut random = [0; 256];
    getrandom::fill(&mut random).unwrap();
    let length = 1 + usize::from(random[0]) % most;
    let mut text = String::new();
    for byte in &random[1..] {
        let character = ['é', '日', '💊', '\u{10ffff}'].get(usize::from(*byte / 16)).copied();
        let character = character.unwrap_or_else(|| char::from(byte & 0x7f));
        if text.len() + character.len_utf8() > length {
            break;
        }
        text.push(character);
    }
    if text.is_empty() { "n".into() } else { text }
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
