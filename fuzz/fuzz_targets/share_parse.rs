//! Text that is read as a recovery share is the one text of that share, but for its case and what stands between.
#![no_main]

use blindtally::sealing::SealedFile;
use blindtally::sealing::fuzzing::share_again;

/// A file without a recovery slot: shares are put together and then belong to none.
const FILE: &str = include_str!("../seeds/sealed_parse/raw");

libfuzzer_sys::fuzz_target!(|text: &str| {
    let characters: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | '-')).collect();
    if let Some(again) = share_again(text) {
        assert!(again == characters.to_ascii_lowercase());
        assert!(again == characters || again.to_ascii_uppercase() == characters);
        assert_eq!(share_again(&again).as_ref(), Some(&again));
    }
    let shares: Vec<&str> = text.split('\n').collect();
    let refusal = SealedFile::rehearse(FILE, &shares).unwrap_err();
    let index = refusal.index();
    assert!(index.is_none_or(|index| index < shares.len()));
    let codes = ["bad-share", "mixed-shares", "duplicate-share", "too-few-shares", "unknown-slot"];
    assert!(codes.contains(&refusal.code()));
});
