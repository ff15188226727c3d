//! What opens under a key is what that key makes of the name, and nothing else opens.
#![no_main]

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use blindtally::keyset::hazard::{RootKey, import_root_key};
use blindtally::{Context, Keyset, Token};

static KEYSET: LazyLock<Keyset> = LazyLock::new(|| import_root_key(RootKey::from_slice(&[7; 32]).unwrap()));

libfuzzer_sys::fuzz_target!(|sealed: &[u8]| {
    let bytes = [KEYSET.primary_key_id().as_bytes(), sealed].concat();
    let Ok(token) = Token::parse(&format!("bt1_{}", Base64UrlUnpadded::encode_string(&bytes))) else { return };
    let cipher = KEYSET.cipher(&Context::default());
    if let Ok(name) = cipher.decrypt(&token) {
        assert_eq!(cipher.encrypt(&name), token);
    }
});
