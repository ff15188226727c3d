//! The attack that the checks of a slot are there for: one wrapped key that opens under two passphrases, so that one
//! try at a server tests both. AES-256-GCM-SIV alone accepts it.

use std::prelude::rust_2024::*;

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use zeroize::Zeroizing;

use super::super::kek::{Kind, Opener, kek};
use super::super::slot::SlotKeys;
use super::super::{Cost, OpenOptions};
use super::*;

type Block = polyval::Block;

const PASSPHRASES: [&[u8]; 2] = [b"tortoise", b"hare"];
const ASSOCIATED_DATA: &[u8] = b"blindtally slot";

#[test]
fn a_wrapped_key_made_for_two_passphrases_opens_with_the_one_whose_check_it_carries() {
    let head = || {
        let cost = Cost::new(19_456, 2, 1).unwrap();
        Head::new(&SlotInfo { salt: Salt([9; 16]), label: None, kind: SlotKind::Passphrase(cost) }).unwrap()
    };
    let keks = PASSPHRASES.map(|passphrase| kek(&head(), passphrase).unwrap());
    let keys = [&keks[0], &keks[1]].map(|kek| SlotKeys::derive(&head(), kek));
    let wrapped = collision(&keys);

    // The mode alone is content with both, and each gives a file key of its own.
    let file_keys = [&keys[0], &keys[1]].map(|keys| opened_by_the_mode_alone(keys, &wrapped).unwrap());
    assert_ne!(file_keys[0], file_keys[1]);

    for carried in [0, 1] {
        let check = *keys[carried].check().first_chunk().unwrap();
        let slot = |wrapped| Slot::with(head(), check, wrapped);
        for tried in [0, 1] {
            let (file_key, accepted) = slot(wrapped).unwrap(&keks[tried]);
            assert_eq!(file_key.expose(), &file_keys[tried], "opening goes on with whatever comes out");
            assert_eq!(accepted, tried == carried);
        }

        // As a file, sealed under the file key that the *other* passphrase gives: nothing but the slot's check is left
        // to refuse that one.
        let other = 1 - carried;
        let mut file = File::with_key(FileKey::new(Wiped::from_slice(&file_keys[other]).unwrap()), 0);
        file.slots.push(slot(wrapped));
        let text = file.seal(b"record").unwrap();
        for passphrase in PASSPHRASES {
            assert_eq!(open(&text, passphrase).unwrap_err(), SealingError::CannotOpen);
        }
        let mut file = File::with_key(FileKey::new(Wiped::from_slice(&file_keys[carried]).unwrap()), 0);
        file.slots.push(slot(wrapped));
        let text = file.seal(b"record").unwrap();
        assert_eq!(open(&text, PASSPHRASES[carried]), Ok(b"record".to_vec()));
        assert_eq!(open(&text, PASSPHRASES[other]).unwrap_err(), SealingError::CannotOpen);
    }
}

fn open(text: &str, passphrase: &[u8]) -> Result<Vec<u8>, SealingError> {
    let mut text = FileText::parse(text.as_bytes())?;
    let opener = Opener::Bytes(Kind::Passphrase, Zeroizing::new(passphrase.to_vec()));
    let OpenOptions { slot, min_revision } = OpenOptions::default();
    let opened = File::open(&mut text, &opener, slot, min_revision, |record| Ok(record.to_vec()));
    opened.map(|(_, record)| record)
}

fn opened_by_the_mode_alone(keys: &SlotKeys, wrapped: &[u8; 48]) -> Option<[u8; 32]> {
    let (text, tag) = wrapped.split_last_chunk::<16>().unwrap();
    let mut text = text.to_vec();
    let mode = Aes256GcmSiv::new(keys.key().into());
    let opened =
        mode.decrypt_inout_detached(keys.nonce().into(), ASSOCIATED_DATA, text.as_mut_slice().into(), tag.into());
    opened.ok().map(|()| text.try_into().unwrap())
}

/// Two blocks and a tag that are authentic under both keys.
///
/// Given the tag, both keystreams and both values of POLYVAL are known, and POLYVAL is linear in the blocks: with
/// `H` the hash key and `r` what is known, `C1 · H + C2 = r` for each of the keys. That is two equations for two blocks.
fn collision(keys: &[SlotKeys; 2]) -> [u8; 48] {
    for attempt in 0..u64::MAX {
        let mut tag = Block::default();
        tag[..8].copy_from_slice(&attempt.to_le_bytes());
        let [Some(one), Some(other)] = [&keys[0], &keys[1]].map(|keys| Equation::of(keys, tag)) else { continue };
        let first = product(sum(one.known, other.known), inverse(sum(one.hash_key, other.hash_key)));
        let second = sum(one.known, product(first, one.hash_key));
        return [first, second, tag].concat().try_into().unwrap();
    }
    unreachable!("a quarter of all tags will do");
}

struct Equation {
    hash_key: Block,
    known: Block,
}

impl Equation {
    /// `None` for the half of all tags that no text has under these keys.
    fn of(keys: &SlotKeys, tag: Block) -> Option<Self> {
        // RFC 8452, section 4, a block at a time.
        let generator = Aes256::new(keys.key().into());
        let half = |counter: u32| {
            let mut block = block([&counter.to_le_bytes()[..], keys.nonce()].concat());
            generator.encrypt_block(&mut block);
            block[..8].to_vec()
        };
        let halves: Vec<u8> = (0..6).flat_map(half).collect();
        let hash_key = block(halves[..16].to_vec());
        let aes = Aes256::new_from_slice(&halves[16..]).unwrap();

        let mut input = tag;
        aes.decrypt_block(&mut input);
        if input[15] >= 0x80 {
            return None;
        }
        input.iter_mut().zip(keys.nonce()).for_each(|(byte, nonce)| *byte ^= nonce);

        let keystream = [0_u32, 1].map(|position| {
            let mut counter = tag;
            counter[15] |= 0x80;
            let start = u32::from_le_bytes(counter[..4].try_into().unwrap());
            counter[..4].copy_from_slice(&start.wrapping_add(position).to_le_bytes());
            aes.encrypt_block(&mut counter);
            counter
        });
        let lengths = [ASSOCIATED_DATA.len() as u64 * 8, 256].map(u64::to_le_bytes).concat();
        let mut hash = Polyval::new(&hash_key);
        hash.update_padded(ASSOCIATED_DATA);
        hash.update(&keystream);
        hash.update(&[block(lengths)]);
        let twice = inverse(product(hash_key, hash_key));
        Some(Self { hash_key, known: product(sum(input, hash.finalize()), twice) })
    }
}

fn block(bytes: Vec<u8>) -> Block {
    <[u8; 16]>::try_from(bytes).unwrap().into()
}

/// The product of POLYVAL (RFC 8452, section 3, `dot`).
fn product(a: Block, b: Block) -> Block {
    let mut polyval = Polyval::new(&a);
    polyval.update(&[b]);
    polyval.finalize()
}

/// By Fermat: the power 2^128 - 2, under that product.
fn inverse(of: Block) -> Block {
    let mut square = product(of, of);
    let mut power = square;
    for _ in 2..128 {
        square = product(square, square);
        power = product(power, square);
    }
    power
}

fn sum(mut a: Block, b: Block) -> Block {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}
