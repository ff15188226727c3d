//! Every case of `vectors/keysets.json`, in whatever runtime this is compiled for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use blindtally::keyset::hazard::{export_keyset, export_scope, import_record, record_from_text, record_to_text};
use blindtally::{AnyKeyset, Context, Error, EventName, KeyInfo, KeyStatus, Timestamp, Token};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use support::unhex;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Vectors {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Valid {
    case: String,
    record: String,
    context: Option<Vec<String>>,
    rotate_after_days: u16,
    /// Destroyed keys to be appended: so that the file does not hold a thousand of them.
    fillers: Option<u32>,
    sha256: Option<String>,
    text: Option<String>,
    #[serde(default)]
    keys: Vec<Key>,
    #[serde(default)]
    tokens: Vec<Tokens>,
    #[serde(default)]
    rows: Vec<Row>,
    /// The case of the keyset that a scope was made from.
    of: Option<String>,
    #[serde(default)]
    out_of_scope: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    status: String,
    created: u64,
    secret: String,
}

#[derive(Deserialize)]
struct Tokens {
    context: Vec<String>,
    name: String,
    tokens: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    context: Vec<String>,
    token: String,
    name: Option<String>,
    expect: Option<String>,
    key_id: Option<String>,
}

#[derive(Deserialize)]
struct Invalid {
    case: String,
    record: Option<String>,
    fillers: Option<u32>,
    text: Option<String>,
    expect: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/keysets.json")).unwrap()
}

/// Appends destroyed keys whose id is their number.
fn filled(record: &str, fillers: Option<u32>) -> Vec<u8> {
    let mut record = unhex(record);
    let in_scope = record.get(1) == Some(&2);
    for number in 1..=fillers.unwrap_or_default() {
        let id = number.to_be_bytes();
        record.push(3);
        record.extend([0; 8]);
        record.extend(id);
        record.extend(if in_scope { [0; 32].to_vec() } else { id.repeat(8) });
        record.extend(vec![0; if in_scope { 44 } else { 32 }]);
    }
    record
}

fn read(case: &Valid) -> (Vec<u8>, AnyKeyset) {
    let record = filled(&case.record, case.fillers);
    let keyset = import_record(&record).unwrap_or_else(|error| panic!("{}: {error}", case.case));
    (record, keyset)
}

fn written(keyset: &AnyKeyset) -> Vec<u8> {
    match keyset {
        AnyKeyset::Keyset(keyset) => export_keyset(keyset).to_vec(),
        AnyKeyset::Scope(scope) => export_scope(scope).to_vec(),
    }
}

fn keys(keyset: &AnyKeyset) -> (Vec<KeyInfo>, u16) {
    match keyset {
        AnyKeyset::Keyset(keyset) => (keyset.keys(), keyset.rotate_after_days()),
        AnyKeyset::Scope(scope) => (scope.keys(), scope.rotate_after_days()),
    }
}

const fn word(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Enabled => "enabled",
        KeyStatus::Disabled => "disabled",
        KeyStatus::Destroyed => "destroyed",
        _ => "unknown",
    }
}

#[test]
fn every_case_of_the_file_is_read() {
    let vectors = vectors();
    assert_eq!((vectors.valid.len(), vectors.invalid.len()), (12, 90));
}

#[test]
fn every_valid_record_is_read_and_written_as_it_is() {
    for case in vectors().valid {
        let (record, keyset) = read(&case);
        assert_eq!(written(&keyset), record, "{}", case.case);
        if let Some(sha256) = &case.sha256 {
            assert_eq!(Sha256::digest(&record)[..], unhex(sha256), "{}", case.case);
        }
        if let Some(text) = &case.text {
            assert_eq!(*record_to_text(&record), *text, "{}", case.case);
            assert_eq!(*record_from_text(text).unwrap(), record, "{}", case.case);
        }
    }
}

#[test]
fn every_valid_record_has_its_keys_its_policy_and_its_context() {
    for case in vectors().valid {
        let (record, keyset) = read(&case);
        let (found, days) = keys(&keyset);
        assert_eq!(days, case.rotate_after_days, "{}", case.case);
        assert_eq!(found.len(), case.keys.len().max(1 + case.fillers.unwrap_or_default() as usize));
        assert!(found.iter().enumerate().all(|(index, key)| key.is_primary == (index == 0)));
        for (key, expected) in found.iter().zip(&case.keys) {
            assert_eq!((key.id.to_string(), word(key.status)), (expected.id.clone(), &*expected.status));
            assert_eq!(key.created, Timestamp::from_unix_seconds(expected.created));
            assert!(record.windows(expected.secret.len() / 2).any(|window| window == unhex(&expected.secret)));
        }
        let context = match &keyset {
            AnyKeyset::Keyset(_) => None,
            AnyKeyset::Scope(scope) => Some(scope.context().labels().map(str::to_owned).collect()),
        };
        assert_eq!(context, case.context, "{}", case.case);
    }
}

#[test]
fn every_valid_record_gives_exactly_its_tokens() {
    for case in vectors().valid {
        let (_, keyset) = read(&case);
        for expected in &case.tokens {
            let cipher = keyset.cipher(&Context::new(&expected.context).unwrap()).unwrap();
            let name = EventName::parse(&*expected.name).unwrap();
            let tokens: Vec<String> = cipher.tokens_for(&name).iter().map(Token::to_string).collect();
            assert_eq!(tokens, expected.tokens, "{}", case.case);
            assert_eq!(cipher.encrypt(&name).to_string(), expected.tokens[0]);
            let rewrapped = cipher.rewrap_all(&expected.tokens).unwrap();
            assert!(rewrapped.iter().all(|token| token.to_string() == expected.tokens[0]));
        }
    }
}

#[test]
fn every_row_is_read_or_refused_with_its_code_and_key() {
    for case in vectors().valid {
        let (_, keyset) = read(&case);
        for row in &case.rows {
            let cipher = keyset.cipher(&Context::new(&row.context).unwrap()).unwrap();
            match Token::parse(&row.token).and_then(|token| cipher.decrypt(&token)) {
                Ok(name) => assert_eq!(Some(name.as_str()), row.name.as_deref(), "{}", case.case),
                Err(error) => {
                    assert_eq!(Some(error.code()), row.expect.as_deref(), "{}", case.case);
                    assert_eq!(error.key_id().map(|id| id.to_string()), row.key_id, "{}", case.case);
                }
            }
            let results = cipher.decrypt_results([(&row.token, 7)]).unwrap();
            assert_eq!(results.counts.len(), usize::from(row.name.is_some()));
            assert_eq!(results.unreadable.first().map(|row| row.reason.code()), row.expect.as_deref());
        }
    }
}

#[test]
fn every_scope_is_what_its_keyset_gives_for_its_context() {
    let vectors = vectors();
    let scopes = vectors.valid.iter().filter_map(|case| Some((case, case.of.as_ref()?)));
    for (case, of) in scopes {
        let (_, keyset) = read(vectors.valid.iter().find(|case| case.case == *of).unwrap());
        let context = Context::new(case.context.as_ref().unwrap()).unwrap();
        let (record, own) = read(case);
        assert_eq!(*export_scope(&keyset.scope(&context).unwrap()), record, "{}", case.case);
        assert_eq!(*export_scope(&own.scope(&context).unwrap()), record, "{}", case.case);
        for labels in &case.out_of_scope {
            let other = Context::new(labels).unwrap();
            assert_eq!(own.cipher(&other).unwrap_err(), Error::OutOfScope, "{}", case.case);
            assert_eq!(own.scope(&other).unwrap_err(), Error::OutOfScope, "{}", case.case);
        }
    }
}

#[test]
fn every_invalid_record_is_refused_with_its_code() {
    for case in vectors().invalid {
        let read = match (&case.record, &case.text) {
            (Some(record), None) => import_record(&filled(record, case.fillers)),
            (None, Some(text)) => record_from_text(text).and_then(|record| import_record(&record)),
            _ => panic!("{}: a record or a text", case.case),
        };
        assert_eq!(read.map(|_| ()).map_err(|error| error.code()), Err(&*case.expect), "{}", case.case);
    }
}
