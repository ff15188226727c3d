//! Secret bytes in memory: where they lie, and how they and the stack they passed over are wiped.

use alloc::boxed::Box;
use core::fmt;
use core::ops::{Deref, DerefMut};

use zeroize::{Zeroizing, optimization_barrier};

use super::SealingError;

/// Bytes that are wiped on drop. On the heap, so that moving them moves a pointer and leaves no copy behind.
pub(super) struct Wiped<const N: usize>(Box<Zeroizing<[u8; N]>>);

impl<const N: usize> Wiped<N> {
    pub(super) fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; N])))
    }

    /// Takes a copy; `None` for any other length.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; N] = bytes.try_into().ok()?;
        let mut wiped = Self::zeroed();
        wiped.copy_from_slice(bytes);
        Some(wiped)
    }

    pub(super) fn random() -> Result<Self, SealingError> {
        let mut wiped = Self::zeroed();
        fill_random(wiped.as_mut_slice())?;
        Ok(wiped)
    }
}

impl<const N: usize> Deref for Wiped<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Wiped<N> {
    fn deref_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> fmt::Debug for Wiped<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wiped").finish_non_exhaustive()
    }
}

pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), SealingError> {
    getrandom::fill(bytes).map_err(|_| SealingError::RandomUnavailable)
}

/// Does something that handles secrets, and overwrites the stack that it used: hashes and ciphers copy blocks of
/// secrets into their frames, which no `Drop` reaches.
pub(super) fn on_wiped_stack<T>(operation: impl FnOnce() -> T) -> T {
    let outcome = in_own_frame(operation);
    wipe_deep_stack();
    outcome
}

/// Never inlined: what is on the stack here lies where [`wipe_deep_stack`] will write.
#[inline(never)]
fn in_own_frame<T>(operation: impl FnOnce() -> T) -> T {
    operation()
}

/// Argon2 keeps a dozen blocks of 1 KiB in its frames.
const DEEP_STACK_BYTES: usize = 48 * 1024;

#[inline(never)]
fn wipe_deep_stack() {
    let zeros = [0_u8; DEEP_STACK_BYTES];
    optimization_barrier(&zeros);
}
