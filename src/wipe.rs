//! Wiping what no value owns any more, and blocks in bulk.

use zeroize::optimization_barrier;

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
