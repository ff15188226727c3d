//! What is read as a record is written as the same bytes, and so is its text.
#![no_main]

use blindtally::AnyKeyset;
use blindtally::keyset::hazard::{export_keyset, export_scope, import_record, record_from_text, record_to_text};

libfuzzer_sys::fuzz_target!(|record: &[u8]| {
    assert_eq!(**record_from_text(&record_to_text(record)).unwrap(), *record);
    if let Some((text, read)) =
        str::from_utf8(record).ok().and_then(|text| Some((text, record_from_text(text).ok()?)))
    {
        assert_eq!(*record_to_text(&read), text);
    }
    let written = match import_record(record) {
        Ok(AnyKeyset::Keyset(keyset)) => export_keyset(&keyset),
        Ok(AnyKeyset::Scope(scope)) => export_scope(&scope),
        Err(error) => return assert!(["bad-keyset", "duplicate-key", "key-check"].contains(&error.code())),
    };
    assert_eq!(*written, record);
});
