//! Every case of `vectors/bt1.json`, in whatever runtime this is compiled for.

mod support;

use blindtally::{Context, EventName, Token};
use serde::Deserialize;
use support::{keyset, unhex};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Vectors {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Valid {
    root: String,
    context: Vec<String>,
    name: String,
    key_id: String,
    token: String,
}

#[derive(Deserialize)]
struct Invalid {
    case: String,
    root: String,
    context: Vec<String>,
    token: String,
    expect: String,
}

fn vectors() -> Result<Vectors, serde_json::Error> {
    serde_json::from_str(include_str!("vectors/bt1.json"))
}

#[test]
fn every_case_of_the_file_is_read() {
    let vectors = vectors().unwrap();
    assert_eq!((vectors.valid.len(), vectors.invalid.len()), (96, 33));
}

#[test]
fn every_valid_name_gives_exactly_its_token() {
    for case in vectors().unwrap().valid {
        let keyset = keyset(&unhex(&case.root));
        assert_eq!(keyset.primary_key_id().to_string(), case.key_id);
        let cipher = keyset.cipher(&Context::new(case.context).unwrap());
        let token = cipher.encrypt(&EventName::parse(case.name).unwrap());
        assert_eq!(token.to_string(), case.token);
    }
}

#[test]
fn every_valid_token_gives_exactly_its_name() {
    for case in vectors().unwrap().valid {
        let cipher = keyset(&unhex(&case.root)).cipher(&Context::new(case.context).unwrap());
        let token = Token::parse(&case.token).unwrap();
        assert_eq!(cipher.decrypt(&token).unwrap().as_str(), case.name);
        assert_eq!(token.to_string(), case.token, "a token has one text");
    }
}

#[test]
fn every_invalid_token_is_refused_with_its_code() {
    for case in vectors().unwrap().invalid {
        let cipher = keyset(&unhex(&case.root)).cipher(&Context::new(case.context).unwrap());
        let refusal = Token::parse(&case.token).and_then(|token| cipher.decrypt(&token)).unwrap_err();
        assert_eq!(refusal.code(), case.expect, "{}", case.case);
    }
}

#[test]
fn every_invalid_token_is_reported_with_its_code_in_a_result_map() {
    for case in vectors().unwrap().invalid {
        let cipher = keyset(&unhex(&case.root)).cipher(&Context::new(case.context).unwrap());
        let results = cipher.decrypt_results([(&case.token, 7)]).unwrap();
        assert!(results.counts.is_empty(), "{}", case.case);
        assert_eq!(results.unreadable[0].reason.code(), case.expect, "{}", case.case);
        assert_eq!(results.unreadable[0].count.get(), 7, "{}", case.case);
    }
}
