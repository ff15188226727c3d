//! The contexts and tokens of `vectors/properties.json`, in whatever runtime this is compiled for. Which values have
//! which text is the business of the JavaScript package; here a number's text is read back as that number.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod support;

use blindtally::{Context, Error, EventName, RandomizedToken, Token};
use serde::Deserialize;
use serde_json::Value;
use support::{keyset, unhex};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Vectors {
    root: String,
    key_id: String,
    valid: Vec<Valid>,
    no_contexts: Vec<NoContext>,
}

#[derive(Deserialize)]
struct Valid {
    case: String,
    context: Vec<String>,
    field: String,
    value: Value,
    text: String,
    deterministic: Option<String>,
    randomized: Option<String>,
}

#[derive(Deserialize)]
struct NoContext {
    context: Vec<String>,
    expect: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/properties.json")).unwrap()
}

fn context_of_field(context: &[String], field: &str) -> Result<Context, Error> {
    Context::new(context.iter().map(String::as_str).chain(["property", field]))
}

#[test]
fn the_text_of_every_encrypted_value_gives_its_token_and_is_read_from_both() {
    let Vectors { root, key_id, valid, .. } = vectors();
    let keyset = keyset(&unhex(&root));
    assert_eq!(keyset.primary_key_id().to_string(), key_id);
    let mut encrypted = 0;
    for case in valid {
        let (Some(deterministic), Some(randomized)) = (case.deterministic, case.randomized) else { continue };
        encrypted += 1;
        let cipher = keyset.cipher(&context_of_field(&case.context, &case.field).unwrap());
        let text = EventName::parse(case.text.as_str()).unwrap();
        assert_eq!(cipher.encrypt(&text).to_string(), deterministic, "{}", case.case);
        assert_eq!(cipher.decrypt(&Token::parse(&deterministic).unwrap()), Ok(text.clone()), "{}", case.case);
        let randomized = RandomizedToken::parse(&randomized).unwrap();
        assert_eq!(cipher.decrypt_randomized(&randomized), Ok(text), "{}", case.case);
    }
    assert_eq!(encrypted, 57);
}

#[test]
fn the_text_of_a_number_is_read_as_exactly_that_number() {
    let mut numbers = 0;
    for case in vectors().valid {
        let Some(bits) = case.value["number"].as_str() else { continue };
        let value = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
        let read: f64 = case.text.parse().unwrap();
        // Minus zero is written as zero: one text, one token.
        let expected = if value == 0.0 { 0.0_f64 } else { value };
        assert_eq!(read.to_bits(), expected.to_bits(), "{}", case.case);
        numbers += 1;
    }
    assert_eq!(numbers, 23);
}

#[test]
fn a_number_and_a_string_of_the_same_text_have_one_token_and_an_event_of_this_name_another() {
    let valid = vectors().valid;
    let token = |name: &str| valid.iter().find(|case| case.case == name).unwrap().deterministic.as_ref().unwrap();
    assert_eq!(token("number_seven"), token("string_of_a_number"));
    assert_eq!(token("number_zero"), token("number_minus_zero"));
    assert_eq!(token("boolean_true"), token("string_of_a_boolean"));
    let event = keyset(&unhex(&vectors().root)).cipher(&Context::default());
    assert_ne!(&event.encrypt(&EventName::parse("7").unwrap()).to_string(), token("number_seven"));
}

#[test]
fn a_context_that_leaves_no_room_for_the_labels_of_a_field_is_refused() {
    let refused = vectors().no_contexts;
    assert_eq!(refused.len(), 2);
    for case in refused {
        let code = context_of_field(&case.context, "ward").unwrap_err().code();
        assert_eq!(code, case.expect);
    }
}
