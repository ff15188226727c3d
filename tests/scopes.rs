//! Claims about scopes: they do in their context what the keyset does, and nothing anywhere else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod support;

use blindtally::keyset::hazard::{export_keyset, export_root_keys, export_scope, import_record};
use blindtally::{AnyKeyset, Cipher, Context, Error, KeyId, Keyset, Token};
use support::{add, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn context() -> Context {
    Context::new(["acme", "event"]).unwrap()
}

/// A keyset of a primary, an enabled, a disabled and a destroyed key.
fn four_keys() -> (Keyset, [KeyId; 4]) {
    let mut keyset = keyset(&first_root());
    let primary = keyset.primary_key_id();
    let [enabled, disabled, destroyed] =
        [second_root(), vec![3; 32], vec![4; 32]].map(|root| add(&mut keyset, &root));
    keyset.disable(disabled).unwrap();
    keyset.destroy(destroyed).unwrap();
    keyset.set_rotate_after_days(30);
    (keyset, [primary, enabled, disabled, destroyed])
}

fn assert_alike(scope: &Cipher, whole: &Cipher) {
    for text in ["n", "medication.missed", &"n".repeat(239)] {
        assert_eq!(scope.tokens_for(&name(text)), whole.tokens_for(&name(text)));
    }
    for root in [first_root(), second_root(), vec![3; 32], vec![4; 32], vec![5; 32]] {
        let token = keyset(&root).cipher(&context()).encrypt(&name("n"));
        assert_eq!(scope.decrypt(&token), whole.decrypt(&token));
    }
}

#[test]
fn the_cipher_of_a_scope_is_the_cipher_of_the_keyset_in_its_context() {
    let (keyset, _) = four_keys();
    let scope = keyset.scope(&context());
    assert_alike(&scope.cipher(), &keyset.cipher(&context()));
    let AnyKeyset::Scope(read) = import_record(&export_scope(&scope)).unwrap() else { unreachable!() };
    assert_alike(&read.cipher(), &keyset.cipher(&context()));
    assert_eq!(read.keys(), keyset.keys());
    assert_eq!((read.primary_key_id(), read.rotate_after_days()), (keyset.primary_key_id(), 30));
    assert_eq!(*read.context(), context());
}

#[test]
fn a_scope_refuses_every_other_context() {
    let (keyset, _) = four_keys();
    let scope = AnyKeyset::Scope(keyset.scope(&context()));
    for labels in [&["event"][..], &["acme"], &["acme", "event", "event"], &["acme", "even"], &["acm", "eevent"]] {
        let other = Context::new(labels).unwrap();
        assert_eq!(scope.cipher(&other).unwrap_err(), Error::OutOfScope);
        assert_eq!(scope.scope(&other).unwrap_err(), Error::OutOfScope);
    }
    assert_alike(&scope.cipher(&context()).unwrap(), &keyset.cipher(&context()));
}

#[test]
fn a_scope_of_a_scope_is_a_copy() {
    let (keyset, _) = four_keys();
    let scope = keyset.scope(&context());
    let record = export_scope(&scope);
    let copy = AnyKeyset::Scope(scope).scope(&context()).unwrap();
    assert_eq!(export_scope(&copy), record);
}

#[test]
fn tokens_of_another_context_do_not_open_in_a_scope() {
    let (keyset, _) = four_keys();
    let token = keyset.cipher(&Context::default()).encrypt(&name("n"));
    assert_eq!(keyset.scope(&context()).cipher().decrypt(&token), Err(Error::BadToken));
}

#[test]
fn a_scope_does_not_change_its_keys_and_a_keyset_does() {
    let (keyset, _) = four_keys();
    let mut scope = AnyKeyset::Scope(keyset.scope(&context()));
    assert_eq!(scope.keyset_mut().unwrap_err(), Error::ScopedKeyset);
    let mut whole = AnyKeyset::Keyset(keyset);
    assert_eq!(whole.keyset_mut().unwrap().keys().len(), 4);
}

#[test]
fn a_scope_is_a_snapshot() {
    let (mut keyset, [primary, enabled, ..]) = four_keys();
    let scope = keyset.scope(&context());
    keyset.promote(enabled).unwrap();
    keyset.destroy(primary).unwrap();
    assert_eq!(scope.cipher().encrypt(&name("n")).key_id(), primary);
    assert_eq!(keyset.scope(&context()).cipher().encrypt(&name("n")).key_id(), enabled);
}

#[test]
fn no_root_key_and_no_key_of_a_disabled_one_stands_in_a_scope() {
    let (keyset, [.., disabled, destroyed]) = four_keys();
    let scope = keyset.scope(&context());
    let record = export_scope(&scope);
    for (_, root) in export_root_keys(&keyset) {
        assert!(!record.windows(8).any(|window| root.expose().windows(8).any(|secret| secret == window)));
    }
    for id in [disabled, destroyed] {
        let at = record.windows(4).position(|window| window == id.as_bytes()).unwrap();
        assert_eq!(record[at + 4..at + 4 + 32 + 44], [0; 32 + 44]);
        assert_eq!(scope.key_check(id).unwrap().as_bytes(), &[0; 32]);
    }
}

#[test]
fn the_check_values_of_two_contexts_and_of_the_keyset_have_nothing_in_common() {
    let (keyset, [primary, ..]) = four_keys();
    let here = keyset.scope(&context()).key_check(primary).unwrap();
    let there = keyset.scope(&Context::default()).key_check(primary).unwrap();
    assert_ne!(here, there);
    assert_ne!(here, keyset.key_check(primary).unwrap());
    let unknown = KeyId::from_bytes([0; 4]);
    assert_eq!(keyset.scope(&context()).key_check(unknown), Err(Error::UnknownKey(unknown)));
}

#[test]
fn a_scope_rewraps_and_reads_result_maps() {
    let mut keyset = keyset(&first_root());
    let old = keyset.cipher(&context()).encrypt(&name("n")).to_string();
    let second = add(&mut keyset, &second_root());
    keyset.promote(second).unwrap();
    let cipher = keyset.scope(&context()).cipher();
    let new = cipher.rewrap_all([&old]).unwrap()[0].to_string();
    assert_eq!(Token::parse(&new).unwrap().key_id(), second);
    let results = cipher.decrypt_results([(old, 3), (new, 4)]).unwrap();
    assert_eq!(results.count(&name("n")).get(), 7);
}

#[test]
fn debug_shows_no_secret_of_a_keyset_or_a_scope() {
    let (keyset, [_, _, disabled, _]) = four_keys();
    let scope = keyset.scope(&context());
    let secret = export_scope(&scope);
    let cipher = scope.cipher();
    let shown = format!("{keyset:?} {scope:?} {cipher:?}");
    let any = AnyKeyset::Keyset(keyset);
    let shown = format!("{shown} {any:?} {:?}", AnyKeyset::Scope(scope));
    let AnyKeyset::Keyset(keyset) = &any else { unreachable!() };
    for record in [&secret, &export_keyset(keyset)] {
        for bytes in record.windows(6).filter(|bytes| bytes.iter().any(|byte| *byte != 0)) {
            let (list, hex) =
                (format!("{bytes:?}"), bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            assert!(!shown.contains(list.trim_matches(['[', ']'])) && !shown.contains(&hex));
        }
    }
    assert!(shown.contains(&disabled.to_string()) && shown.contains("acme"));
}
