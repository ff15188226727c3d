//! That normalising leaves no character of a passphrase on the stack. The wiping of what the `.wasm` does itself is shown
//! from outside, in `tests/sealing/wiping.test.ts`; there, JavaScript normalises.

use std::fs::{File, read_to_string};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::prelude::rust_2024::*;
use std::ptr::from_ref;

use super::super::passphrase::{in_one_form, normalized};

/// Characters that are nowhere else in the process, so often that none of a buffer's places is written over with others.
const UNWIPED: &str = "\u{10abc1}\u{10abc1}\u{10abc1}\u{10abc1}\u{10abc1}\u{10abc1}";
const WIPED: &str = "\u{10abc2}\u{10abc2}\u{10abc2}\u{10abc2}\u{10abc2}\u{10abc2}";

#[test]
fn no_character_of_a_passphrase_stays_on_the_stack_after_normalising() {
    // The search finds what is there: without wiping, the character is.
    far_below(|| in_one_form(UNWIPED).map(drop).unwrap());
    assert!(is_on_stack(!0x10_abc1));
    far_below(|| normalized(WIPED).map(drop).unwrap());
    assert!(!is_on_stack(!0x10_abc2));
}

/// So far below the caller that searching does not overwrite what is looked for.
#[inline(never)]
fn far_below(act: impl FnOnce()) {
    let frame = black_box([1_u8; 32 * 1024]);
    act();
    black_box(frame);
}

/// Whether the stack of this thread holds a word. It is given as its complement, so as not to be found itself.
#[inline(never)]
fn is_on_stack(complement: u32) -> bool {
    let here = 0_u8;
    let here = from_ref(black_box(&here)).addr() as u64;
    let maps = read_to_string("/proc/self/maps").unwrap();
    let bounds = |line: &str| {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        [start, end].map(|address| u64::from_str_radix(address, 16).unwrap())
    };
    let [start, end] = maps.lines().map(bounds).find(|&[start, end]| (start..end).contains(&here)).unwrap();
    let mut bytes = std::vec![0; usize::try_from(end - start).unwrap()];
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, start).unwrap();
    bytes.chunks_exact(4).any(|word| !u32::from_ne_bytes(word.try_into().unwrap()) == complement)
}
