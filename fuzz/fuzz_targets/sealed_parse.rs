//! Text that is read as a sealed file is the one text of that file, and without its secret it does not open.
#![no_main]

use blindtally::sealing::fuzzing::sealed_file_again;
use blindtally::sealing::{OpenOptions, SealedFile, Secret};

/// Of no slot of a seed.
const KEK: [u8; 32] = [0x5a; 32];

libfuzzer_sys::fuzz_target!(|text: &str| {
    let again = sealed_file_again(text);
    assert_eq!(SealedFile::inspect(text).is_ok(), again.is_some());
    if let Some(again) = again {
        assert_eq!(again, text);
        assert!(text.len() <= 262_144);
    }
    // Not with a passphrase: most inputs would then stretch it.
    for secret in [Secret::Raw(&KEK), Secret::Passkey(&KEK), Secret::Wrapper(&KEK)] {
        let refusal = SealedFile::open(text, &secret, &OpenOptions::default()).unwrap_err();
        assert!(["bad-keyset-file", "unknown-slot", "cannot-open"].contains(&refusal.code()));
    }
});
