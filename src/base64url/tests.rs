//! base64url against the crate `base64ct`, and its canonical form alone.

use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{decode, encode};

fn encoded(bytes: &[u8]) -> Vec<u8> {
    let mut text = vec![0; 400];
    let length = encode(bytes, &mut text).unwrap();
    text.truncate(length);
    text
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 300];
    let length = decode(text, &mut bytes)?;
    bytes.truncate(length);
    Some(bytes)
}

/// Bytes that repeat after 251 only, so that every group of three differs.
fn bytes(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|position| u8::try_from((position * 97 + seed * 31) % 251).unwrap()).collect()
}

#[test]
fn every_length_up_to_the_longest_token_is_encoded_as_base64ct_does_and_comes_back() {
    for length in 0..=272 {
        for seed in 0..16 {
            let bytes = bytes(length, seed);
            let text = encoded(&bytes);
            assert_eq!(text, Base64UrlUnpadded::encode_string(&bytes).as_bytes());
            assert_eq!(decoded(&text), Some(bytes));
        }
    }
}

#[test]
fn every_pair_of_last_characters_is_taken_or_refused_as_base64ct_does() {
    for length in [1, 2, 3, 4] {
        for first in 0..=u8::MAX {
            for last in 0..=u8::MAX {
                let mut text = vec![b'A'; length];
                text[0] = first;
                text[length - 1] = last;
                let oracle =
                    core::str::from_utf8(&text).ok().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok());
                assert_eq!(decoded(&text), oracle, "{text:?}");
            }
        }
    }
}

#[test]
fn one_character_too_many_is_refused_at_every_length() {
    for length in (1..=361).step_by(4) {
        assert_eq!(decoded(&vec![b'A'; length]), None, "{length}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_not_cut_off() {
    assert_eq!(encode(&[0; 3], &mut [0; 3]), None);
    assert_eq!(encode(&[0; 3], &mut [0; 4]), Some(4));
    assert_eq!(decode(b"AAAA", &mut [0; 2]), None);
    assert_eq!(decode(b"AAAA", &mut [0; 3]), Some(3));
}
