//! Wiping what no value owns any more: the part of the stack that finished calls have left behind.

use zeroize::Zeroize;

/// 6 KiB. That this is deep enough in wasm is what `tests/node/wiping.test.ts` shows: it finds nothing left.
const WORDS: usize = 768;

/// Overwrites the stack below the caller with zeros.
///
/// Block ciphers and hashes copy blocks of plaintext and key into their frames, which no `Drop` reaches. In wasm
/// the stack is part of the memory that any script of the page can read once it gets hold of the instance.
#[inline(never)]
pub(crate) fn wipe_dead_stack() {
    // `zeroize` writes volatile, so this is not optimised away.
    [0_u64; WORDS].zeroize();
}
