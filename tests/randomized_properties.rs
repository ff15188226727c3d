//! Claims about randomized tokens of all texts, keys and contexts, sampled.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod support;

use std::collections::HashSet;

use base64ct::{Base64UrlUnpadded, Encoding};
use blindtally::{BUCKETS, Context, Error, EventName, RandomizedToken, Token};
use proptest::prelude::*;
use support::{add, keyset};

fn texts() -> impl Strategy<Value = EventName> {
    ".{1,239}".prop_filter_map("fits 239 bytes", |text| EventName::parse(text).ok())
}

fn contexts() -> impl Strategy<Value = Context> {
    prop::collection::vec(".{1,64}", 1..=8).prop_filter_map("fits 64 bytes", |labels| Context::new(labels).ok())
}

fn roots() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 32).prop_filter("not all zero", |root| root.iter().any(|byte| *byte != 0))
}

fn bytes_of(token: &RandomizedToken) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(&token.to_string()[4..]).unwrap()
}

fn token_of(bytes: &[u8]) -> Result<RandomizedToken, Error> {
    RandomizedToken::parse(&format!("br1_{}", Base64UrlUnpadded::encode_string(bytes)))
}

proptest! {
    #[test]
    fn every_text_round_trips_in_its_bucket(root in roots(), context in contexts(), text in texts()) {
        let cipher = keyset(&root).cipher(&context);
        let token = cipher.encrypt_randomized(&text).unwrap();
        let bucket = BUCKETS.into_iter().find(|bucket| text.as_str().len() < *bucket).unwrap();
        prop_assert_eq!(bytes_of(&token).len(), 4 + 12 + bucket + 16);
        prop_assert!(token.to_string().len() <= RandomizedToken::MAX_CHARS);
        prop_assert_eq!(cipher.decrypt_randomized(&token.to_string().parse().unwrap()), Ok(text));
    }

    #[test]
    fn a_scope_reads_and_writes_what_its_keyset_does(root in roots(), context in contexts(), text in texts()) {
        let keyset = keyset(&root);
        let (whole, scope) = (keyset.cipher(&context), keyset.scope(&context).cipher());
        prop_assert_eq!(scope.decrypt_randomized(&whole.encrypt_randomized(&text).unwrap()), Ok(text.clone()));
        prop_assert_eq!(whole.decrypt_randomized(&scope.encrypt_randomized(&text).unwrap()), Ok(text));
    }

    #[test]
    fn equal_texts_give_tokens_that_share_nothing_but_the_key_id(root in roots(), text in texts()) {
        let cipher = keyset(&root).cipher(&Context::default());
        let [one, other] = [(); 2].map(|()| bytes_of(&cipher.encrypt_randomized(&text).unwrap()));
        prop_assert_eq!(&one[..4], &other[..4]);
        // Eight bytes in a row that are equal by accident come once in 2^64 times.
        prop_assert!(one[4..].windows(8).zip(other[4..].windows(8)).all(|(one, other)| one != other));
    }

    #[test]
    fn no_token_opens_under_another_key_even_with_its_id(one in roots(), other in roots(), text in texts()) {
        prop_assume!(one != other);
        let cipher = |root| keyset(root).cipher(&Context::default());
        let token = cipher(&one).encrypt_randomized(&text).unwrap();
        prop_assert_eq!(cipher(&other).decrypt_randomized(&token).unwrap_err().code(), "unknown-key");
        let mut both = keyset(&one);
        let id = add(&mut both, &other);
        let mixed = token_of(&[id.as_bytes(), &bytes_of(&token)[4..]].concat()).unwrap();
        prop_assert_eq!(both.cipher(&Context::default()).decrypt_randomized(&mixed), Err(Error::BadToken));
    }

    #[test]
    fn no_token_opens_in_another_context(root in roots(), one in contexts(), other in contexts(), text in texts()) {
        prop_assume!(one != other);
        let token = keyset(&root).cipher(&one).encrypt_randomized(&text).unwrap();
        prop_assert_eq!(keyset(&root).cipher(&other).decrypt_randomized(&token), Err(Error::BadToken));
    }

    #[test]
    fn no_token_of_one_format_is_read_as_the_other(root in roots(), text in texts()) {
        let cipher = keyset(&root).cipher(&Context::default());
        let randomized = cipher.encrypt_randomized(&text).unwrap().to_string();
        let deterministic = cipher.encrypt(&text).to_string();
        prop_assert_eq!(Token::parse(&randomized), Err(Error::NotAToken));
        prop_assert_eq!(RandomizedToken::parse(&deterministic), Err(Error::NotAToken));
        // No size of one is a size of the other, so a prefix that is exchanged is seen before a key is used.
        prop_assert_eq!(Token::parse(&format!("bt1_{}", &randomized[4..])), Err(Error::BadToken));
        prop_assert_eq!(RandomizedToken::parse(&format!("br1_{}", &deterministic[4..])), Err(Error::BadToken));
    }

    #[test]
    fn arbitrary_text_is_refused_and_nothing_panics(text in "(br1_)?.{0,400}") {
        let cipher = keyset(&[7; 32]).cipher(&Context::default());
        prop_assert!(RandomizedToken::parse(&text).and_then(|token| cipher.decrypt_randomized(&token)).is_err());
    }

    #[test]
    fn arbitrary_bytes_with_the_right_key_id_are_refused(bucket in 0..5_usize, random in prop::array::uniform32(any::<u8>())) {
        let keyset = keyset(&[7; 32]);
        let sealed: Vec<u8> = random.into_iter().cycle().take(12 + BUCKETS[bucket] + 16).collect();
        let token = token_of(&[keyset.primary_key_id().as_bytes(), &sealed[..]].concat()).unwrap();
        prop_assert_eq!(keyset.cipher(&Context::default()).decrypt_randomized(&token), Err(Error::BadToken));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_single_bit_flip_is_refused(root in roots(), text in texts()) {
        let cipher = keyset(&root).cipher(&Context::default());
        let bytes = bytes_of(&cipher.encrypt_randomized(&text).unwrap());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let code = cipher.decrypt_randomized(&token_of(&flipped).unwrap()).unwrap_err().code();
            prop_assert_eq!(code, if bit < 32 { "unknown-key" } else { "bad-token" }, "bit {}", bit);
        }
    }

    #[test]
    fn every_truncation_and_extension_is_refused(text in texts(), tail in "[A-Za-z0-9_-]{1,8}") {
        let cipher = keyset(&[7; 32]).cipher(&Context::default());
        let token = cipher.encrypt_randomized(&text).unwrap().to_string();
        let refusal = |text: &str| {
            RandomizedToken::parse(text).and_then(|token| cipher.decrypt_randomized(&token)).unwrap_err().code()
        };
        for end in 0..token.len() {
            prop_assert_eq!(refusal(&token[..end]), if end < 4 { "not-a-token" } else { "bad-token" });
        }
        prop_assert_eq!(refusal(&format!("{token}{tail}")), "bad-token");
    }
}

#[test]
fn ten_thousand_tokens_of_one_text_are_all_different_and_so_are_their_nonces() {
    let cipher = keyset(&[7; 32]).cipher(&Context::default());
    let text = EventName::parse("a").unwrap();
    let tokens: Vec<_> = (0..10_000).map(|_| bytes_of(&cipher.encrypt_randomized(&text).unwrap())).collect();
    assert_eq!(tokens.iter().map(|bytes| &bytes[4..16]).collect::<HashSet<_>>().len(), tokens.len());
    assert_eq!(tokens.iter().map(|bytes| &bytes[16..]).collect::<HashSet<_>>().len(), tokens.len());
}
