//! Groups: room for the messages that fill the lanes of the block cipher together.

use crate::gcm_siv::{BLOCK_BYTES, Block, Messages};
use crate::wipe::wipe_blocks;
use alloc::vec;
use alloc::vec::Vec;

/// Enough that spreading the round keys, which is done once for each group, is lost in the noise.
const MESSAGES: usize = 64;
/// Four blocks a message: most names fill two. A group of longer ones is full earlier.
const BLOCKS: usize = 4 * MESSAGES;

/// Up to 64 padded names or ciphertexts with their tags. Wiped on drop and when emptied; it never grows, which
/// would leave copies behind.
pub(crate) struct Group {
    sizes: Vec<usize>,
    blocks_used: usize,
    /// How many messages and blocks [`Group::read`] has passed.
    passed: (usize, usize),
    texts: Vec<Block>,
    tags: Vec<Block>,
    scratch: Vec<Block>,
}

impl Group {
    pub(crate) fn new() -> Self {
        let blocks = |count| vec![Block::default(); count];
        Self {
            sizes: Vec::with_capacity(MESSAGES),
            blocks_used: 0,
            passed: (0, 0),
            texts: blocks(BLOCKS),
            tags: blocks(MESSAGES),
            scratch: blocks(BLOCKS),
        }
    }

    /// Takes one more text of so many bytes, a multiple of 16 up to the largest bucket: where to write it, and its
    /// tag. `None` if there is no room, until [`Group::clear`].
    pub(crate) fn add(&mut self, bytes: usize) -> Option<(&mut [u8], &mut [u8])> {
        let size = bytes / BLOCK_BYTES;
        let tag = self.tags.get_mut(self.sizes.len())?;
        let text = self.texts.get_mut(self.blocks_used..self.blocks_used + size)?;
        self.sizes.push(size);
        self.blocks_used += size;
        Some((Block::slice_as_flattened_mut(text), tag.as_mut_slice()))
    }

    /// Whether a text of so many bytes can be added.
    pub(crate) const fn has_room(&self, bytes: usize) -> bool {
        self.sizes.len() < MESSAGES && self.blocks_used + bytes / BLOCK_BYTES <= BLOCKS
    }

    /// What the mode works on.
    pub(crate) fn messages(&mut self) -> Messages<'_> {
        Messages {
            sizes: &self.sizes,
            texts: self.texts.get_mut(..self.blocks_used).unwrap_or_default(),
            tags: self.tags.get_mut(..self.sizes.len()).unwrap_or_default(),
            scratch: &mut self.scratch,
        }
    }

    /// The next text with its tag, in the order in which they were added.
    pub(crate) fn read(&mut self) -> Option<(&[u8], &Block)> {
        let (message, start) = self.passed;
        let end = start + self.sizes.get(message)?;
        self.passed = (message + 1, end);
        Some((Block::slice_as_flattened(self.texts.get(start..end)?), self.tags.get(message)?))
    }

    /// Wipes and empties the group.
    pub(crate) fn clear(&mut self) {
        wipe_blocks(self.texts.get_mut(..self.blocks_used).unwrap_or_default());
        // Of a forged token they hold by how much its tag was wrong, which is as good as the right one.
        wipe_blocks(self.tags.get_mut(..self.sizes.len()).unwrap_or_default());
        self.sizes.clear();
        self.blocks_used = 0;
        self.passed = (0, 0);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.clear();
    }
}
