//! What can be unpadded is what padding makes of the name.
#![no_main]

use blindtally::fuzzing::{pad, unpad};

libfuzzer_sys::fuzz_target!(|padded: &[u8]| {
    if let Ok(name) = unpad(padded) {
        assert_eq!(pad(&name), padded);
    }
});
