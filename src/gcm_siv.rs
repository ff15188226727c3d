//! AES-256-GCM-SIV (RFC 8452) under one key and one nonce, for many messages of whole blocks.
//!
//! Composed of the crates `aes` and `polyval` as `aes-gcm-siv` is, which derives the message keys anew for each
//! message because its nonces change. Here they do not, so the derived keys are kept (section 4), the hash of the
//! associated data too (section 5), and the blocks of several messages fill the lanes of the block cipher.
//! Tests hold it against `aes-gcm-siv`. Nothing here branches on a secret or indexes by one.

use aes::Aes256Enc;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit, ParBlocks,
};
use ctutils::CtEq;
use polyval::Polyval;
use polyval::universal_hash::UniversalHash;
use zeroize::Zeroizing;

use crate::wipe::wipe_blocks;

/// Bytes of a key (RFC 8452, section 4: the key-generating key).
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce (RFC 8452, section 4).
pub(crate) const NONCE_BYTES: usize = 12;
/// Bytes of a block, and of a tag (RFC 8452, section 4).
pub(crate) const BLOCK_BYTES: usize = 16;

/// A block of AES and of POLYVAL.
pub(crate) type Block = Array<u8, U16>;

/// The mode under one key, one nonce and one associated data. Its keys are wiped on drop, by the two crates.
pub(crate) struct GcmSiv {
    /// The schedule of the message-encryption key.
    aes: Aes256Enc,
    /// Under the message-authentication key, with the associated data already taken in.
    polyval: Polyval,
    nonce: Zeroizing<[u8; NONCE_BYTES]>,
    associated_bits: u64,
}

/// Messages that go through the block cipher together. The texts lie one after another, and so do the tags, so
/// that each kind fills the lanes by itself.
pub(crate) struct Messages<'a> {
    /// How many blocks each text has.
    pub(crate) sizes: &'a [usize],
    /// The texts: plaintext before `seal` and after `open`, else ciphertext.
    pub(crate) texts: &'a mut [Block],
    /// One tag for each message.
    pub(crate) tags: &'a mut [Block],
    /// Room for as many blocks as `texts` has, and at least as `tags` has. Wiped afterwards.
    pub(crate) scratch: &'a mut [Block],
}

impl GcmSiv {
    /// Derives the message keys (RFC 8452, section 4), which is most of the work of a single message.
    pub(crate) fn new(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], associated_data: &[u8]) -> Self {
        let mut blocks = [Block::default(); 6];
        for (counter, block) in (0_u32..).zip(&mut blocks) {
            // A 32-bit little-endian counter, then the nonce.
            set(block, counter.to_le_bytes().iter().chain(nonce));
        }
        encrypt(&Aes256Enc::new(key.into()), &mut blocks);

        // The first half of each block: two make the message-authentication key, four the message-encryption key.
        let mut authentication_key = Zeroizing::new([0; BLOCK_BYTES]);
        let mut encryption_key = Zeroizing::new([0; KEY_BYTES]);
        let halves = blocks.iter().flat_map(|block| block.iter().take(BLOCK_BYTES / 2));
        set(authentication_key.iter_mut().chain(encryption_key.iter_mut()), halves);
        wipe_blocks(&mut blocks);

        let mut polyval = Polyval::new((&*authentication_key).into());
        polyval.update_padded(associated_data);
        Self {
            aes: Aes256Enc::new((&*encryption_key).into()),
            polyval,
            nonce: Zeroizing::new(*nonce),
            associated_bits: bits(associated_data.len()),
        }
    }

    /// Encrypts the texts and sets the tags (RFC 8452, section 4, `AES_GCM_SIV_Encrypt`).
    pub(crate) fn seal(&self, messages: Messages<'_>) {
        let Messages { sizes, texts, tags, scratch } = messages;
        self.hash(sizes, texts, tags);
        let keystream = scratch.get_mut(..texts.len()).unwrap_or_default();
        self.aes.encrypt_with_backend(Seal { sizes, tags, keystream });
        xor(texts, keystream);
        wipe_blocks(keystream);
    }

    /// Decrypts the texts and says of each message whether its tag is right (RFC 8452, section 5,
    /// `AES_GCM_SIV_Decrypt`). A text whose tag is wrong must not be looked at.
    pub(crate) fn open(&self, messages: Messages<'_>, mut verified: impl FnMut(bool)) {
        let Messages { sizes, texts, tags, scratch } = messages;
        self.aes.encrypt_with_backend(Open { mode: self, sizes, texts, tags, scratch });
        for (tag, expected) in tags.iter().zip(scratch.iter()) {
            // In constant time: how much of a forged tag is right must not show.
            verified(tag.as_slice().ct_eq(expected.as_slice()).to_bool());
        }
        wipe_blocks(scratch);
    }

    /// The block that encrypts to the tag of each text (RFC 8452, section 4): POLYVAL of the associated data, the
    /// text and both lengths in bits; the nonce added; the highest bit cleared.
    fn hash(&self, sizes: &[usize], texts: &[Block], inputs: &mut [Block]) {
        let mut rest = texts;
        for (&size, input) in sizes.iter().zip(inputs) {
            let (text, after) = rest.split_at_checked(size).unwrap_or_default();
            rest = after;
            let mut lengths = Block::default();
            set(
                &mut lengths,
                self.associated_bits.to_le_bytes().iter().chain(&bits(size * BLOCK_BYTES).to_le_bytes()),
            );
            let mut polyval = self.polyval.clone();
            polyval.update(text);
            polyval.update(&[lengths]);
            *input = polyval.finalize();
            for (byte, nonce) in input.iter_mut().zip(self.nonce.iter()) {
                *byte ^= nonce;
            }
            if let Some(last) = input.last_mut() {
                *last &= 0x7f;
            }
        }
    }
}

/// Both uses of the block cipher within one call: it spreads its round keys over its lanes for each call.
struct Seal<'a> {
    sizes: &'a [usize],
    tags: &'a mut [Block],
    keystream: &'a mut [Block],
}

impl BlockSizeUser for Seal<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Seal<'_> {
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        encrypt_with(backend, self.tags);
        set_counters(self.sizes, self.tags, self.keystream);
        encrypt_with(backend, self.keystream);
    }
}

/// Leaves the texts in clear and the expected tags at the front of the scratch.
struct Open<'a> {
    mode: &'a GcmSiv,
    sizes: &'a [usize],
    texts: &'a mut [Block],
    tags: &'a [Block],
    scratch: &'a mut [Block],
}

impl BlockSizeUser for Open<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Open<'_> {
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let keystream = self.scratch.get_mut(..self.texts.len()).unwrap_or_default();
        set_counters(self.sizes, self.tags, keystream);
        encrypt_with(backend, keystream);
        xor(self.texts, keystream);
        let expected = self.scratch.get_mut(..self.tags.len()).unwrap_or_default();
        self.mode.hash(self.sizes, self.texts, expected);
        encrypt_with(backend, expected);
    }
}

/// The counter blocks of each message (RFC 8452, section 4): its tag with the highest bit set, of which the first
/// 32 bits count up in little-endian order and wrap around.
fn set_counters(sizes: &[usize], tags: &[Block], mut counters: &mut [Block]) {
    for (&size, tag) in sizes.iter().zip(tags) {
        let (own, after) = counters.split_at_mut_checked(size).unwrap_or_default();
        counters = after;
        let mut first = u128::from_le_bytes((*tag).into()) | 1 << 127;
        for block in own {
            *block = first.to_le_bytes().into();
            first = (first >> 32) << 32 | u128::from(low_half(first).wrapping_add(1));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the first 32 bits are what is wanted")]
const fn low_half(number: u128) -> u32 {
    number as u32
}

/// Encrypts blocks in full groups. A group that is not full costs the same, and in software no more than the
/// narrow path for a lone block: `benches/README.md` has the figures.
fn encrypt_with<B: BlockCipherEncBackend<BlockSize = U16>>(backend: &B, blocks: &mut [Block]) {
    let (groups, rest) = ParBlocks::<B>::slice_as_chunks_mut(blocks);
    for group in groups {
        backend.encrypt_par_blocks(group.into());
    }
    if B::ParBlocksSize::USIZE > SOFTWARE_LANES {
        // In hardware a block costs what it costs.
        for block in rest {
            backend.encrypt_block(block.into());
        }
    } else if !rest.is_empty() {
        let mut group = ParBlocks::<B>::default();
        for (lane, block) in group.iter_mut().zip(rest.iter()) {
            *lane = *block;
        }
        backend.encrypt_par_blocks((&mut group).into());
        rest.copy_from_slice(group.get(..rest.len()).unwrap_or_default());
    }
}

/// The most blocks that the portable code of the crate `aes` takes at a time; it is what wasm runs.
const SOFTWARE_LANES: usize = 4;

fn encrypt(aes: &Aes256Enc, blocks: &mut [Block]) {
    struct Encrypt<'a>(&'a mut [Block]);
    impl BlockSizeUser for Encrypt<'_> {
        type BlockSize = U16;
    }
    impl BlockCipherEncClosure for Encrypt<'_> {
        fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
            encrypt_with(backend, self.0);
        }
    }
    aes.encrypt_with_backend(Encrypt(blocks));
}

fn xor(texts: &mut [Block], keystream: &[Block]) {
    for (text, key) in texts.iter_mut().zip(keystream) {
        *text = (u128::from_le_bytes((*text).into()) ^ u128::from_le_bytes((*key).into())).to_le_bytes().into();
    }
}

fn set<'a, 'b>(to: impl IntoIterator<Item = &'a mut u8>, from: impl IntoIterator<Item = &'b u8>) {
    to.into_iter().zip(from).for_each(|(to, from)| *to = *from);
}

const fn bits(bytes: usize) -> u64 {
    // `usize` has at most 64 bits, and a message here at most 240 bytes.
    bytes as u64 * 8
}

#[cfg(test)]
mod tests;
