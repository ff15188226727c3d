//! Passphrases (SPEC.md, section 13): normalised, then stretched by Argon2id (RFC 9106) within limits.

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroizing, optimization_barrier};

use super::SealingError;
use super::secret::{Wiped, on_wiped_stack};

/// What a guess at a passphrase costs: the parameters of Argon2id.
///
/// The default takes about a quarter of a second and 64 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// Takes memory in KiB (19456 to 262144), passes over it (2 to 16) and lanes (1 to 4).
    ///
    /// # Errors
    /// [`SealingError::BadParameters`] for anything outside these limits.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, SealingError> {
        Self { memory_kib, passes, lanes }.checked()
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes.
    #[must_use]
    pub const fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Too little is no protection, and a file that asks for too much would stop whoever opens it.
    pub(super) fn checked(self) -> Result<Self, SealingError> {
        let within = (19_456..=262_144).contains(&self.memory_kib)
            && (2..=16).contains(&self.passes)
            && (1..=4).contains(&self.lanes);
        if within { Ok(self) } else { Err(SealingError::BadParameters) }
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 3, lanes: 1 }
    }
}

/// Longest passphrase in bytes, after normalisation.
const MAX_BYTES: usize = 1024;

/// A passphrase in its one form, Unicode's NFKC, so that keyboards of different systems agree.
pub(super) fn normalized(passphrase: &str) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    // The iterator keeps characters in its frame, a few at a time.
    on_wiped_stack(|| in_one_form(passphrase))
}

/// The same, with the stack left as it is.
pub(super) fn in_one_form(passphrase: &str) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    // As large as it gets: growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    for character in passphrase.nfkc() {
        if text.len() + character.len_utf8() > MAX_BYTES {
            return Err(SealingError::BadPassphrase);
        }
        let mut bytes = Zeroizing::new([0; 4]);
        text.extend_from_slice(character.encode_utf8(bytes.as_mut_slice()).as_bytes());
    }
    Ok(text)
}

/// Refuses what is no passphrase.
pub(super) fn check(passphrase: &[u8]) -> Result<(), SealingError> {
    let is_one = (1..=MAX_BYTES).contains(&passphrase.len()) && core::str::from_utf8(passphrase).is_ok();
    if is_one { Ok(()) } else { Err(SealingError::BadPassphrase) }
}

/// The 32 bytes of a passphrase, which is normalised already.
pub(super) fn stretch(passphrase: &[u8], salt: &[u8], cost: Cost) -> Result<Wiped<32>, SealingError> {
    check(passphrase)?;
    let cost = cost.checked()?;
    let parameters = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
    let parameters = parameters.map_err(|_| SealingError::BadParameters)?;
    let mut memory = Memory::new(parameters.block_count())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut stretched = Wiped::zeroed();
    on_wiped_stack(|| {
        argon2.hash_password_into_with_memory(passphrase, salt, stretched.as_mut_slice(), &mut memory.0)
    })
    .map_err(|_| SealingError::BadParameters)?;
    Ok(stretched)
}

/// The blocks that Argon2 works in. The crate would allocate them itself, and leave them as they are.
struct Memory(Vec<Block>);

impl Memory {
    fn new(blocks: usize) -> Result<Self, SealingError> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).map_err(|_| SealingError::OutOfMemory)?;
        memory.resize(blocks, Block::new());
        Ok(Self(memory))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.fill(Block::new());
        optimization_barrier(self.0.as_slice());
    }
}
