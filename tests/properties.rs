//! Claims about all names, keys and contexts, sampled.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use blindtally::{Context, EventName, Token};
use proptest::prelude::*;
use support::keyset;

fn names() -> impl Strategy<Value = EventName> {
    ".{1,239}".prop_filter_map("fits 239 bytes", |text| EventName::parse(text).ok())
}

fn contexts() -> impl Strategy<Value = Context> {
    prop::collection::vec(".{1,64}", 1..=8).prop_filter_map("fits 64 bytes", |labels| Context::new(labels).ok())
}

fn roots() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 32).prop_filter("not all zero", |root| root.iter().any(|byte| *byte != 0))
}

fn bit_flipped(token: &Token, bit: usize) -> Option<String> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let mut bytes = Base64UrlUnpadded::decode_vec(&token.to_string()[4..]).ok()?;
    *bytes.get_mut(bit / 8)? ^= 1 << (bit % 8);
    Some(format!("bt1_{}", Base64UrlUnpadded::encode_string(&bytes)))
}

proptest! {
    #[test]
    fn every_name_round_trips(root in roots(), context in contexts(), name in names()) {
        let cipher = keyset(&root).cipher(&context);
        let text = cipher.encrypt(&name).to_string();
        prop_assert_eq!(cipher.decrypt(&Token::parse(&text).unwrap()), Ok(name));
    }

    #[test]
    fn equal_names_give_equal_tokens_and_different_names_different_ones(root in roots(), a in names(), b in names()) {
        let (one, other) = (keyset(&root).cipher(&Context::default()), keyset(&root).cipher(&Context::default()));
        prop_assert_eq!(one.encrypt(&a), other.encrypt(&a));
        prop_assert_eq!(one.encrypt(&a) == one.encrypt(&b), a == b);
    }

    #[test]
    fn no_token_opens_under_another_key(one in roots(), other in roots(), name in names()) {
        prop_assume!(one != other);
        let token = keyset(&one).cipher(&Context::default()).encrypt(&name);
        let code = keyset(&other).cipher(&Context::default()).decrypt(&token).unwrap_err().code();
        prop_assert_eq!(code, "unknown-key");
    }

    #[test]
    fn no_token_opens_in_another_context(root in roots(), one in contexts(), other in contexts(), name in names()) {
        prop_assume!(one != other);
        let token = keyset(&root).cipher(&one).encrypt(&name);
        prop_assert_eq!(keyset(&root).cipher(&other).decrypt(&token).unwrap_err().code(), "bad-token");
    }

    #[test]
    fn arbitrary_text_is_refused_and_nothing_panics(text in "(bt1_)?.{0,400}") {
        let cipher = keyset(&[7; 32]).cipher(&Context::default());
        prop_assert!(Token::parse(&text).and_then(|token| cipher.decrypt(&token)).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_single_bit_flip_of_a_token_is_refused(root in roots(), name in names()) {
        let cipher = keyset(&root).cipher(&Context::default());
        let token = cipher.encrypt(&name);
        let bits = (token.to_string().len() - 4) * 6 / 8 * 8;
        for bit in 0..bits {
            let flipped = Token::parse(&bit_flipped(&token, bit).unwrap()).unwrap();
            let expected = if bit < 32 { "unknown-key" } else { "bad-token" };
            prop_assert_eq!(cipher.decrypt(&flipped).unwrap_err().code(), expected);
        }
    }

    #[test]
    fn every_truncation_and_extension_of_a_token_is_refused(name in names(), tail in "[A-Za-z0-9_-]{1,8}") {
        let cipher = keyset(&[7; 32]).cipher(&Context::default());
        let text = cipher.encrypt(&name).to_string();
        for end in 0..text.len() {
            prop_assert!(Token::parse(&text[..end]).and_then(|token| cipher.decrypt(&token)).is_err());
        }
        let extended = format!("{text}{tail}");
        prop_assert!(Token::parse(&extended).and_then(|token| cipher.decrypt(&token)).is_err());
    }
}
