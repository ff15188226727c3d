//! Every case of `vectors/br1.json` that a reader can be asked, in whatever runtime this is compiled for. What a given nonce
//! encrypts to is asked where a nonce can be given: in `src/randomized/tests.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod support;

use std::collections::{BTreeSet, HashMap};

use blindtally::keyset::AnyKeyset;
use blindtally::keyset::hazard::import_record;
use blindtally::{Cipher, Context, Error, EventName, RandomizedToken, Token};
use serde::Deserialize;
use support::unhex;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Vectors {
    keysets: HashMap<String, String>,
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
    texts: Vec<Refused>,
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

#[derive(Deserialize)]
struct Invalid {
    case: String,
    keyset: String,
    context: Vec<String>,
    token: String,
    expect: String,
}

#[derive(Deserialize)]
struct Refused {
    case: String,
    text: String,
    expect: String,
}

impl Vectors {
    fn read() -> Self {
        serde_json::from_str(include_str!("vectors/br1.json")).unwrap()
    }

    fn cipher(&self, keyset: &str, context: &[String]) -> Cipher {
        let keyset = import_record(&unhex(&self.keysets[keyset])).unwrap();
        keyset.cipher(&Context::new(context).unwrap()).unwrap()
    }
}

#[test]
fn every_case_of_the_file_is_read() {
    let vectors = Vectors::read();
    assert_eq!((vectors.valid.len(), vectors.invalid.len(), vectors.texts.len()), (56, 141, 3));
    let codes: BTreeSet<&str> = vectors.invalid.iter().map(|case| case.expect.as_str()).collect();
    assert!(codes.into_iter().eq(["bad-token", "destroyed-key", "disabled-key", "not-a-token", "unknown-key"]));
    let scope = import_record(&unhex(&vectors.keysets["scope_of_several"])).unwrap();
    assert!(matches!(scope, AnyKeyset::Scope(_)));
}

#[test]
fn every_valid_token_gives_exactly_its_text() {
    let vectors = Vectors::read();
    for case in &vectors.valid {
        let cipher = vectors.cipher(&case.keyset, &case.context);
        let token = RandomizedToken::parse(&case.token).unwrap();
        assert_eq!(cipher.decrypt_randomized(&token).unwrap().as_str(), case.text, "{}", case.case);
        assert_eq!(token.to_string(), case.token, "a token has one text");
        assert_eq!(token.key_id().to_string(), case.key_id, "{}", case.case);
        assert_eq!(unhex(&case.nonce).len(), 12);
    }
}

#[test]
fn every_valid_text_is_encrypted_under_its_key_to_a_token_of_the_same_length() {
    let vectors = Vectors::read();
    for case in &vectors.valid {
        let cipher = vectors.cipher(&case.keyset, &case.context);
        let text = EventName::parse(case.text.as_str()).unwrap();
        let token = cipher.encrypt_randomized(&text).unwrap();
        assert_eq!(token.to_string().len(), case.token.len(), "{}", case.case);
        assert_ne!(token.to_string(), case.token, "{}", case.case);
        assert_eq!(cipher.decrypt_randomized(&token), Ok(text), "{}", case.case);
    }
}

#[test]
fn every_invalid_token_is_refused_with_its_code() {
    let vectors = Vectors::read();
    for case in &vectors.invalid {
        let cipher = vectors.cipher(&case.keyset, &case.context);
        let opened = RandomizedToken::parse(&case.token).and_then(|token| cipher.decrypt_randomized(&token));
        assert_eq!(opened.unwrap_err().code(), case.expect, "{}", case.case);
    }
}

#[test]
fn no_valid_token_is_one_of_the_other_format_nor_is_shown_in_a_result_map() {
    let vectors = Vectors::read();
    for case in &vectors.valid {
        assert_eq!(Token::parse(&case.token), Err(Error::NotAToken), "{}", case.case);
        let results = vectors.cipher(&case.keyset, &case.context).decrypt_results([(&case.token, 7)]).unwrap();
        assert!(results.counts.is_empty(), "{}", case.case);
        assert_eq!(results.unreadable[0].reason, Error::NotAToken, "{}", case.case);
    }
}

#[test]
fn every_text_that_is_none_is_refused_with_its_code() {
    for case in Vectors::read().texts {
        assert_eq!(EventName::parse(case.text).unwrap_err().code(), case.expect, "{}", case.case);
    }
}
