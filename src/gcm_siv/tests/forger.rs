//! Texts made for a tag, and not tags for a text: so that what happens once in 2^32 messages can be tested.

use std::prelude::rust_2024::*;

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;

use super::{BLOCK_BYTES, Block, Pair, Random, blocks};

/// Makes texts whose tag begins as it is told to: who has the key can, as POLYVAL can be run backwards.
pub(super) struct Forger<'a> {
    pair: &'a Pair,
    hash_key: Block,
    inverse: Block,
    aes: Aes256,
}

impl<'a> Forger<'a> {
    pub(super) fn new(pair: &'a Pair) -> Self {
        // RFC 8452, section 4, a block at a time.
        let generator = Aes256::new(&pair.key.into());
        let halves: Vec<u8> = (0..6_u32)
            .flat_map(|counter| {
                let mut block = blocks(&[&counter.to_le_bytes()[..], &pair.nonce].concat())[0];
                generator.encrypt_block(&mut block);
                block[..8].to_vec()
            })
            .collect();
        let hash_key = blocks(&halves[..16])[0];
        Self { pair, hash_key, inverse: inverse(hash_key), aes: Aes256::new_from_slice(&halves[16..]).unwrap() }
    }

    /// A text of so many blocks, all but the last random, and its tag, which begins with these 32 bits.
    pub(super) fn text_with_tag(&self, start: u32, size: usize, random: &mut Random) -> (Vec<Block>, Block) {
        let (tag, mut sum) = loop {
            let mut tag = random.block();
            tag[..4].copy_from_slice(&start.to_le_bytes());
            let mut input = tag;
            self.aes.decrypt_block(&mut input);
            // The highest bit of what is encrypted to a tag is clear, so half of all blocks are none.
            if input[15] < 0x80 {
                break (tag, input);
            }
        };
        sum.iter_mut().zip(self.pair.nonce).for_each(|(byte, nonce)| *byte ^= nonce);

        let mut text: Vec<Block> = (1..size).map(|_| random.block()).collect();
        let data = &self.pair.associated_data;
        let lengths = [data.len() as u64 * 8, (size * BLOCK_BYTES) as u64 * 8].map(u64::to_le_bytes).concat();
        let before_lengths = xored(product(sum, self.inverse), blocks(&lengths)[0]);
        let mut before_last = Polyval::new(&self.hash_key);
        before_last.update_padded(data);
        before_last.update(&text);
        text.push(xored(product(before_lengths, self.inverse), before_last.finalize()));
        (text, tag)
    }
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

fn xored(mut a: Block, b: Block) -> Block {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}
