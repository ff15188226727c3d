//! AES-256-GCM-SIV (RFC 8452) under one key and one nonce, for many messages of whole blocks.
//!
//! Composed of the crates `aes` and `polyval` as `aes-gcm-siv` is, which derives the message keys anew for each
//! message because its nonces change. Here they do not, so the derived keys are kept, the hash of the associated
//! data too (both section 4), and the blocks of several messages fill the lanes of the block cipher.
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
    /// Twelve bytes in little-endian order.
    nonce: Zeroizing<u128>,
    associated_bits: u128,
}

/// Whether the text of this tag is what was encrypted. Asked of a tag that [`GcmSiv::open`] has left; a text of which
/// it is not true must not be looked at.
pub(crate) fn is_authentic(tag: &Block) -> bool {
    // In constant time: how much of a forged tag is right must not show.
    tag.0.ct_eq(&[0; BLOCK_BYTES]).to_bool()
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

impl Messages<'_> {
    /// Itself, if its parts fit together. If not, a mistake of this crate, it holds neither plaintext nor a tag that
    /// passes for the right one.
    fn checked(self) -> Option<Self> {
        let fits = self.sizes.iter().sum::<usize>() == self.texts.len()
            && self.sizes.len() == self.tags.len()
            && self.scratch.len() >= self.texts.len().max(self.tags.len());
        if fits {
            return Some(self);
        }
        wipe_blocks(self.texts);
        self.tags.fill([0xff; BLOCK_BYTES].into());
        None
    }
}

impl GcmSiv {
    /// Derives the message keys (RFC 8452, section 4): two thirds of the work where it is done for each message.
    pub(crate) fn new(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], associated_data: &[u8]) -> Self {
        let nonce = Zeroizing::new(nonce.iter().rev().fold(0, |bits, &byte| bits << 8 | u128::from(byte)));
        // A 32-bit little-endian counter, then the nonce.
        let mut blocks = [0, 1, 2, 3, 4, 5].map(|counter| to_block(*nonce << 32 | counter));
        encrypt(&Aes256Enc::new(key.into()), &mut blocks);

        // The first half of each block: two make the message-authentication key, four the message-encryption key.
        let [a, b, c, d, e, f] = &blocks;
        let mut keys = [[a, b], [c, d], [e, f]].map(|[low, high]| to_block(half(low) | half(high) << 64));
        wipe_blocks(&mut blocks);
        let [authentication_key, low, high] = &keys;
        let mut polyval = Polyval::new(authentication_key);
        polyval.update_padded(associated_data);
        let encryption_key = Zeroizing::new(low.concat(*high).0);
        let aes = Aes256Enc::new((&*encryption_key).into());
        wipe_blocks(&mut keys);
        Self { aes, polyval, nonce, associated_bits: bits(associated_data.len()) }
    }

    /// Encrypts the texts and sets the tags (RFC 8452, section 4, `AES_GCM_SIV_Encrypt`).
    pub(crate) fn seal(&self, messages: Messages<'_>) {
        let Some(Messages { sizes, texts, tags, scratch }) = messages.checked() else { return };
        self.hash(sizes, texts, tags);
        let keystream = scratch.get_mut(..texts.len()).unwrap_or_default();
        self.aes.encrypt_with_backend(Seal { sizes, tags, keystream });
        xor(texts, keystream);
        wipe_blocks(keystream);
    }

    /// Decrypts the texts, and leaves in each tag by how much it differs from the right one: see [`is_authentic`]
    /// (RFC 8452, section 5, `AES_GCM_SIV_Decrypt`).
    pub(crate) fn open(&self, messages: Messages<'_>) {
        let Some(Messages { sizes, texts, tags, scratch }) = messages.checked() else { return };
        self.aes.encrypt_with_backend(Open { mode: self, sizes, texts, tags, scratch });
        xor(tags, scratch);
        wipe_blocks(scratch);
    }

    /// The block that encrypts to the tag of each text (RFC 8452, section 4): POLYVAL of the associated data, the
    /// text and both lengths in bits; the nonce added; the highest bit cleared.
    fn hash(&self, sizes: &[usize], texts: &[Block], inputs: &mut [Block]) {
        let mut rest = texts;
        for (&size, input) in sizes.iter().zip(inputs) {
            let (text, after) = rest.split_at_checked(size).unwrap_or_default();
            rest = after;
            let mut polyval = self.polyval.clone();
            polyval.update(text);
            polyval.update(&[to_block(self.associated_bits | bits(text.len() * BLOCK_BYTES) << 64)]);
            *input = to_block((from_block(&polyval.finalize()) ^ *self.nonce) & !HIGHEST_BIT);
        }
    }
}

/// Of a block read in little-endian order, as the mode reads all of them: the highest bit of the last byte.
const HIGHEST_BIT: u128 = 1 << 127;

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
        let mut counter = from_block(tag) | HIGHEST_BIT;
        for block in own {
            *block = to_block(counter);
            counter = (counter & !LOW_32_BITS) | (counter.wrapping_add(1) & LOW_32_BITS);
        }
    }
}

const LOW_32_BITS: u128 = 0xffff_ffff;

/// Encrypts blocks in full groups. A group that is not full costs the same, and in software no more than the
/// narrow path for a lone block: DESIGN.md has the figures.
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
        *text = to_block(from_block(text) ^ from_block(key));
    }
}

fn to_block(bits: u128) -> Block {
    bits.to_le_bytes().into()
}

fn from_block(block: &Block) -> u128 {
    u128::from_le_bytes(block.0)
}

/// The first eight bytes.
fn half(block: &Block) -> u128 {
    from_block(block) & u128::from(u64::MAX)
}

const fn bits(bytes: usize) -> u128 {
    bytes as u128 * 8
}

#[cfg(test)]
mod tests;
