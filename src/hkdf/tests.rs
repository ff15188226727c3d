//! HKDF against the crate `hkdf` and against RFC 5869.

use alloc::vec;
use alloc::vec::Vec;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::hkdf;

fn oracle(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut output = vec![0; length];
    ::hkdf::Hkdf::<sha2::Sha256>::new(Some(salt), secret).expand(info, &mut output).unwrap();
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

#[test]
fn the_first_and_the_third_case_of_rfc_5869_come_out() {
    // RFC 5869, appendix A.1 and A.3.
    let first = [
        0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d,
        0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf, 0x34, 0x00,
        0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65,
    ];
    let salt: Vec<u8> = (0..=0x0c).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    assert_eq!(ours(&salt, &[0x0b; 22], &[&info], 42), first);
    let third = [
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8,
        0xa1, 0x1f, 0x5c, 0x5e, 0xe1, 0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d, 0x9d, 0x20,
        0x13, 0x95, 0xfa, 0xa4, 0xb6, 0x1a, 0x96, 0xc8,
    ];
    assert_eq!(ours(&[], &[0x0b; 22], &[], 42), third);
}
