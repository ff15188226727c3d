//! Claims about single tokens, checked systematically.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod support;

use base64ct::{Base64UrlUnpadded, Encoding};
use blindtally::{BUCKETS, Context, Error, EventName, Token};
use support::{add, cipher, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn refusal(token: &str) -> Error {
    Token::parse(token).and_then(|token| cipher().decrypt(&token)).unwrap_err()
}

#[test]
fn every_length_from_1_to_239_bytes_round_trips_in_its_bucket() {
    let cipher = cipher();
    for length in 1..=EventName::MAX_BYTES {
        let name = name(&"n".repeat(length));
        let token = cipher.encrypt(&name);
        let bucket = BUCKETS.into_iter().find(|bucket| length < *bucket).unwrap();
        let bytes = 4 + bucket + 16;
        assert_eq!(token.to_string().len(), 4 + (bytes * 4).div_ceil(3), "length {length}");
        assert_eq!(cipher.decrypt(&token), Ok(name), "length {length}");
    }
}

#[test]
fn tokens_have_one_of_five_lengths() {
    let lengths =
        [31, 63, 111, 159, 239].map(|length| cipher().encrypt(&name(&"n".repeat(length))).to_string().len());
    assert_eq!(lengths, [74, 116, 180, 244, 351]);
    assert_eq!(lengths[4], Token::MAX_CHARS);
}

#[test]
fn a_name_of_0_or_240_bytes_is_refused() {
    assert_eq!(EventName::parse(""), Err(Error::BadName));
    assert_eq!(EventName::parse("n".repeat(240)), Err(Error::BadName));
    // 120 characters of two bytes each.
    assert_eq!(EventName::parse("é".repeat(120)), Err(Error::BadName));
}

#[test]
fn every_other_character_at_every_place_of_a_token_is_refused() {
    let token = cipher().encrypt(&name("secret-event-a")).to_string();
    for place in 4..token.len() {
        for &character in ALPHABET.iter().filter(|&&character| character != token.as_bytes()[place]) {
            let mut altered = token.clone().into_bytes();
            altered[place] = character;
            let error = refusal(core::str::from_utf8(&altered).unwrap());
            // The first 32 bits are the key id; six characters hold 36 bits.
            let expected: &[&str] = match place {
                4..9 => &["unknown-key"],
                9 => &["unknown-key", "bad-token"],
                _ => &["bad-token"],
            };
            assert!(expected.contains(&error.code()), "place {place}: {}", error.code());
        }
    }
}

#[test]
fn every_truncation_and_every_extension_by_a_character_is_refused() {
    for length in [1, 31, 32, 63, 64, 111, 112, 159, 160, 239] {
        let token = cipher().encrypt(&name(&"n".repeat(length))).to_string();
        for end in 0..token.len() {
            let expected = if end < 4 { "not-a-token" } else { "bad-token" };
            assert_eq!(refusal(&token[..end]).code(), expected, "cut at {end}");
        }
        for &character in ALPHABET {
            assert_eq!(refusal(&format!("{token}{}", char::from(character))), Error::BadToken);
        }
    }
}

#[test]
fn a_token_of_one_context_opens_in_no_other() {
    let keyset = keyset(&first_root());
    let contexts = [&["event"][..], &["event", "event"], &["eventevent"], &["a", "bc"], &["ab", "c"], &["abc"]];
    for (i, from) in contexts.iter().enumerate() {
        let token = keyset.cipher(&Context::new(from.iter().copied()).unwrap()).encrypt(&name("n"));
        for (j, to) in contexts.iter().enumerate() {
            let opened = keyset.cipher(&Context::new(to.iter().copied()).unwrap()).decrypt(&token);
            assert_eq!(opened, if i == j { Ok(name("n")) } else { Err(Error::BadToken) });
        }
    }
}

#[test]
fn a_token_of_one_key_with_the_id_of_another_is_refused() {
    // The attack that a missing check of the key id would allow: both keys are in the keyset.
    let mut both = keyset(&first_root());
    add(&mut both, &second_root());
    let first = cipher().encrypt(&name("n")).to_string();
    let second = keyset(&second_root()).cipher(&Context::default()).encrypt(&name("n")).to_string();
    let [first, second] = [first, second].map(|token| Base64UrlUnpadded::decode_vec(&token[4..]).unwrap());
    let mixed = format!("bt1_{}", Base64UrlUnpadded::encode_string(&[&second[..4], &first[4..]].concat()));
    let opened = Token::parse(&mixed).and_then(|token| both.cipher(&Context::default()).decrypt(&token));
    assert_eq!(opened, Err(Error::BadToken));
}

#[test]
fn every_bit_of_the_text_of_a_token_matters() {
    let token = cipher().encrypt(&name("secret-event-a")).to_string();
    for place in 0..token.len() {
        for bit in 0..7 {
            let mut flipped = token.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            let code = refusal(core::str::from_utf8(&flipped).unwrap()).code();
            let expected: &[&str] = if place < 4 { &["not-a-token"] } else { &["bad-token", "unknown-key"] };
            assert!(expected.contains(&code), "place {place}, bit {bit}: {code}");
        }
    }
}

#[test]
fn names_are_bytes_and_nothing_is_normalised() {
    let cipher = cipher();
    let nfc = cipher.encrypt(&name("caf\u{e9}"));
    let nfd = cipher.encrypt(&name("cafe\u{301}"));
    assert_ne!(nfc, nfd);
    for text in ["\0", "a\0", "\u{80}", "\u{feff}bom", "__proto__", "line\nbreak", "\u{10ffff}"] {
        assert_eq!(cipher.decrypt(&cipher.encrypt(&name(text))).unwrap().as_str(), text);
    }
}

#[test]
fn a_token_is_an_ordinary_name() {
    let cipher = cipher();
    let inner = cipher.encrypt(&name("secret-event-a")).to_string();
    let outer = cipher.encrypt(&name(&inner));
    assert_eq!(cipher.decrypt(&outer).unwrap().as_str(), inner);
}

#[test]
fn a_context_has_1_to_8_labels_of_1_to_64_bytes() {
    let labels = |count: usize, bytes: usize| Context::new(vec!["l".repeat(bytes); count]);
    for (count, bytes) in [(1, 1), (8, 64)] {
        assert!(labels(count, bytes).is_ok());
    }
    for (count, bytes) in [(0, 1), (9, 1), (1, 0), (1, 65)] {
        assert_eq!(labels(count, bytes), Err(Error::BadContext), "{count} labels of {bytes} bytes");
    }
    let endless = core::iter::repeat("label");
    assert_eq!(Context::new(endless), Err(Error::BadContext));
}

#[test]
fn a_batch_is_all_or_nothing_and_names_the_position() {
    let cipher = cipher();
    let refused = cipher.encrypt_all(["a", "", "b"]).unwrap_err();
    assert_eq!((refused.index, refused.code()), (1, "bad-name"));
    let token = cipher.encrypt(&name("a")).to_string();
    let refused = cipher.decrypt_all([token.as_str(), &token, "a"]).unwrap_err();
    assert_eq!((refused.index, refused.code()), (2, "not-a-token"));
    assert_eq!(cipher.decrypt_all([&token]).unwrap(), [name("a")]);
    assert!(cipher.encrypt_all([""; 0]).unwrap().is_empty());
}
