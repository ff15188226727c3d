//! Text that parses as a randomized token is the one text of it, and what opens under a key is what that key and the nonce
//! make of the text.
#![no_main]

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use blindtally::fuzzing::encrypt_with_nonce;
use blindtally::keyset::hazard::{RootKey, import_root_key};
use blindtally::{Context, Keyset, RandomizedToken, Token};

static KEYSET: LazyLock<Keyset> = LazyLock::new(|| import_root_key(RootKey::from_slice(&[7; 32]).unwrap()));

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(text) = str::from_utf8(input)
        && let Ok(token) = RandomizedToken::parse(text)
    {
        assert_eq!(token.to_string(), text);
        assert!(text.len() <= RandomizedToken::MAX_CHARS);
        assert!(Token::parse(text).is_err());
    }
    let bytes = [KEYSET.primary_key_id().as_bytes(), input].concat();
    let text = format!("br1_{}", Base64UrlUnpadded::encode_string(&bytes));
    let Ok(token) = RandomizedToken::parse(&text) else { return };
    let cipher = KEYSET.cipher(&Context::default());
    if let Ok(opened) = cipher.decrypt_randomized(&token) {
        let nonce = *input.first_chunk().unwrap();
        assert_eq!(encrypt_with_nonce(&cipher, &opened, nonce), token);
    }
});
