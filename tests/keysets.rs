//! Claims about keysets, their errors, and what they show of themselves.

mod support;

use blindtally::keyset::hazard::{RootKey, add_root_key, export_root_keys};
use blindtally::{Context, Error, KeyId, KeyStatus, Keyset};
use support::{add, cipher, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const UNKNOWN: KeyId = KeyId::from_bytes([0; 4]);

#[test]
fn a_generated_keyset_has_one_enabled_primary_key_and_no_two_are_equal() {
    let (one, other) = (Keyset::generate().unwrap(), Keyset::generate().unwrap());
    let keys = one.keys();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].id, keys[0].status, keys[0].is_primary), (one.primary_key_id(), KeyStatus::Enabled, true));
    assert_ne!(one.primary_key_id(), other.primary_key_id());
}

#[test]
fn the_primary_key_cannot_be_disabled() {
    let mut keyset = keyset(&first_root());
    let id = keyset.primary_key_id();
    assert_eq!(keyset.disable(id), Err(Error::PrimaryKey(id)));
    assert!(keyset.cipher(&Context::default()).encrypt(&name("n")) == cipher().encrypt(&name("n")));
}

#[test]
fn a_disabled_key_cannot_become_primary_until_it_is_enabled() {
    let mut keyset = keyset(&first_root());
    let first = keyset.primary_key_id();
    let second = add(&mut keyset, &second_root());
    keyset.disable(second).unwrap();
    assert_eq!(keyset.promote(second), Err(Error::DisabledKey(second)));
    assert_eq!(keyset.primary_key_id(), first);
    keyset.enable(second).unwrap();
    keyset.promote(second).unwrap();
    assert_eq!(keyset.primary_key_id(), second);
    let primaries: Vec<bool> = keyset.keys().iter().map(|key| key.is_primary).collect();
    assert_eq!(primaries, [true, false]);
}

#[test]
fn an_unknown_key_is_an_answer_of_its_own() {
    let mut keyset = keyset(&first_root());
    assert_eq!(keyset.promote(UNKNOWN), Err(Error::UnknownKey(UNKNOWN)));
    assert_eq!(keyset.disable(UNKNOWN), Err(Error::UnknownKey(UNKNOWN)));
    assert_eq!(keyset.enable(UNKNOWN), Err(Error::UnknownKey(UNKNOWN)));
    assert_eq!(keyset.key_check(UNKNOWN), Err(Error::UnknownKey(UNKNOWN)));
}

#[test]
fn tokens_of_a_former_primary_key_are_read_until_it_is_disabled() {
    let mut keyset = keyset(&first_root());
    let first = keyset.primary_key_id();
    let old = cipher().encrypt(&name("n"));
    let second = add(&mut keyset, &second_root());
    keyset.promote(second).unwrap();
    let both = keyset.cipher(&Context::default());
    assert_eq!(both.encrypt(&name("n")).key_id(), second);
    assert_eq!(both.decrypt(&old), Ok(name("n")));

    keyset.disable(first).unwrap();
    assert_eq!(keyset.cipher(&Context::default()).decrypt(&old), Err(Error::DisabledKey(first)));
    keyset.enable(first).unwrap();
    assert_eq!(keyset.cipher(&Context::default()).decrypt(&old), Ok(name("n")));
}

#[test]
fn a_key_is_added_once() {
    let mut keyset = keyset(&first_root());
    let id = keyset.primary_key_id();
    let again = add_root_key(&mut keyset, RootKey::from_slice(&first_root()).unwrap());
    assert_eq!(again, Err(Error::DuplicateKey(id)));
    assert_eq!(keyset.keys().len(), 1);
}

#[test]
fn a_root_key_has_exactly_32_bytes_that_are_not_all_zero() {
    for length in (0..=64).filter(|length| *length != 32) {
        assert_eq!(RootKey::from_slice(&vec![1; length]).unwrap_err(), Error::BadKey, "length {length}");
    }
    assert_eq!(RootKey::from_slice(&[0; 32]).unwrap_err(), Error::BadKey);
    let mut last = [0; 32];
    last[31] = 1;
    assert!(RootKey::from_slice(&last).is_ok());
}

#[test]
fn exported_keys_come_with_the_primary_first_and_import_again() {
    let mut original = keyset(&first_root());
    let second = add(&mut original, &second_root());
    original.promote(second).unwrap();
    let exported = export_root_keys(&original);
    let bytes: Vec<&[u8]> = exported.iter().map(|(_, root)| &root.expose()[..]).collect();
    assert_eq!(bytes, [second_root(), first_root()]);
    assert_eq!(exported[0].0, second);
}

#[test]
fn the_key_id_is_the_beginning_of_the_key_check() {
    let keyset = keyset(&first_root());
    let check = keyset.key_check(keyset.primary_key_id()).unwrap();
    assert_eq!(check.as_bytes()[..4], *keyset.primary_key_id().as_bytes());
    assert_eq!(check, keyset.key_check(keyset.primary_key_id()).unwrap());
    let other = support::keyset(&second_root());
    assert_ne!(check, other.key_check(other.primary_key_id()).unwrap());
}

#[test]
fn a_key_id_has_one_text() {
    for text in ["0ef13b4", "0ef13b400", "0EF13B40", "+ef13b40", " ef13b40", "0ef13b4g", ""] {
        assert_eq!(KeyId::from_hex(text), None, "{text:?}");
    }
    assert_eq!(KeyId::from_hex("00000000"), Some(UNKNOWN));
}

#[test]
fn debug_shows_neither_key_nor_name() {
    let keyset = keyset(&first_root());
    let cipher = keyset.cipher(&Context::default());
    let root = RootKey::from_slice(&first_root()).unwrap();
    let results = cipher.decrypt_results([(cipher.encrypt(&name("secret-name")).to_string(), 1)]).unwrap();
    let shown = format!("{keyset:?} {cipher:?} {root:?} {:?} {results:?}", name("secret-name"));
    assert!(!shown.contains("secret-name"));
    for secret in ["0, 1, 2, 3", "00010203", "0001 0203"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("0ef13b40"), "the key id may be shown");
}

#[test]
fn every_failure_of_authentication_has_one_code_and_one_message() {
    let cipher = cipher();
    let token = cipher.encrypt(&name("n"));
    let elsewhere = keyset(&first_root()).cipher(&Context::new(["elsewhere"]).unwrap()).encrypt(&name("n"));
    let mut altered = token.to_string().into_bytes();
    altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
    let altered = blindtally::Token::parse(core::str::from_utf8(&altered).unwrap()).unwrap();
    let refusals = [elsewhere, altered].map(|token| cipher.decrypt(&token).unwrap_err());
    assert_eq!(refusals[0], refusals[1]);
    assert_eq!(refusals[0].to_string(), refusals[1].to_string());
    assert_eq!(refusals[0].code(), "bad-token");
}

#[test]
fn every_error_has_its_own_code() {
    let id = UNKNOWN;
    let errors = [
        Error::BadName,
        Error::BadContext,
        Error::BadKey,
        Error::DuplicateKey(id),
        Error::PrimaryKey(id),
        Error::BadCount,
        Error::CountOverflow,
        Error::NotAToken,
        Error::BadToken,
        Error::UnknownKey(id),
        Error::DisabledKey(id),
        Error::RandomUnavailable,
        Error::DestroyedKey(id),
        Error::TooManyKeys,
        Error::OutOfScope,
        Error::ScopedKeyset,
        Error::BadKeyset,
        Error::KeyCheck(id),
    ];
    let codes: std::collections::BTreeSet<_> = errors.iter().map(Error::code).collect();
    assert_eq!(codes.len(), errors.len());
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
}
