//! Claims about keyset records: one form, and whatever differs from it in one byte is refused or is what it says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod support;

use blindtally::keyset::hazard::{
    RootKey, add_root_key_at, export_keyset, export_scope, import_record, import_root_key_at, record_from_text,
    record_to_text,
};
use blindtally::{AnyKeyset, Context, Error, KeyId, KeyStatus, Keyset, Timestamp};
use support::{first_root, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// SPEC.md, section 11: version, kind, policy, number of labels, number of entries.
const HEAD: usize = 7;
/// Status, time, id, check.
const ENTRY: usize = 45;
const ROOT_ENTRY: usize = ENTRY + 32;
const SCOPE_ENTRY: usize = ENTRY + 44;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

/// A keyset of a primary, an enabled, a disabled and a destroyed key, with times and a policy.
fn four_keys() -> Keyset {
    let root = |bytes: &[u8]| RootKey::from_slice(bytes).unwrap();
    let mut keyset = import_root_key_at(root(&first_root()), at(0x01_0203_0405));
    add_root_key_at(&mut keyset, root(&second_root()), at(1_760_000_000)).unwrap();
    let disabled = add_root_key_at(&mut keyset, root(&[3; 32]), Timestamp::UNKNOWN).unwrap();
    let destroyed = add_root_key_at(&mut keyset, root(&[4; 32]), Timestamp::MAX).unwrap();
    keyset.disable(disabled).unwrap();
    keyset.destroy(destroyed).unwrap();
    keyset.set_rotate_after_days(0x0102);
    keyset
}

fn context() -> Context {
    Context::new(["acme", "Ärger"]).unwrap()
}

/// Both kinds, with the bytes in front of the entries and of an entry.
fn records() -> [(Vec<u8>, usize, usize); 2] {
    let keyset = four_keys();
    let labels = 2 + "acme".len() + "Ärger".len();
    [
        (export_keyset(&keyset).to_vec(), HEAD, ROOT_ENTRY),
        (export_scope(&keyset.scope(&context())).to_vec(), HEAD + labels, SCOPE_ENTRY),
    ]
}

fn refusal(record: &[u8]) -> Error {
    import_record(record).map(|_| ()).unwrap_err()
}

fn written_again(keyset: &AnyKeyset) -> Vec<u8> {
    match keyset {
        AnyKeyset::Keyset(keyset) => export_keyset(keyset).to_vec(),
        AnyKeyset::Scope(scope) => export_scope(scope).to_vec(),
    }
}

fn id_at(record: &[u8], entry: usize) -> KeyId {
    KeyId::from_bytes(record[entry + 9..entry + 13].try_into().unwrap())
}

#[test]
fn a_record_gives_back_what_was_written() {
    for (record, _, _) in records() {
        assert_eq!(written_again(&import_record(&record).unwrap()), record);
    }
    let keyset = four_keys();
    let AnyKeyset::Keyset(read) = import_record(&export_keyset(&keyset)).unwrap() else { panic!("a keyset") };
    assert_eq!(read.keys(), keyset.keys());
    assert_eq!(read.rotate_after_days(), 0x0102);
}

#[test]
fn a_record_is_as_long_as_its_parts() {
    for (record, head, entry) in records() {
        assert_eq!(record.len(), head + 4 * entry);
    }
}

/// What a record with one other byte is read as, or why it is refused.
fn expected(record: &[u8], head: usize, entry: usize, position: usize) -> Result<(), Error> {
    const VERSION_AND_KIND: core::ops::Range<usize> = 0..2;
    const POLICY: core::ops::Range<usize> = 2..4;
    if VERSION_AND_KIND.contains(&position) {
        return Err(Error::BadKeyset);
    }
    if POLICY.contains(&position) {
        return Ok(());
    }
    if position < head {
        return Err(Error::BadKeyset);
    }
    let start = position - (position - head) % entry;
    let in_scope = entry == SCOPE_ENTRY;
    let status = record[start];
    let has_secret = status == 1 || (status == 2 && !in_scope);
    match position - start {
        0 => Err(Error::BadKeyset),
        // The upper three bytes of a time are zero.
        1..=3 => Err(Error::BadKeyset),
        4..=8 => Ok(()),
        // The check of a scope commits to the id, but what is not there has none.
        9..=12 if in_scope && !has_secret => Ok(()),
        // Of a destroyed root key, nothing is there to compare the rest of the check with.
        17..=44 if !in_scope && !has_secret => Ok(()),
        9..=44 => Err(Error::KeyCheck(id_at(record, start))),
        _ if has_secret => Err(Error::KeyCheck(id_at(record, start))),
        _ => Err(Error::BadKeyset),
    }
}

#[test]
fn every_flipped_bit_is_refused_or_is_just_that_change() {
    for (record, head, entry) in records() {
        for position in 0..record.len() {
            for bit in 0..8 {
                let mut other = record.clone();
                other[position] ^= 1 << bit;
                let is_status = position >= head && (position - head) % entry == 0;
                let is_label = (5..head - 2).contains(&position);
                let read = import_record(&other);
                if is_status || is_label {
                    continue;
                }
                match (expected(&other, head, entry, position), read) {
                    (Ok(()), Ok(read)) => assert_eq!(written_again(&read), other, "byte {position}"),
                    (Err(expected), Err(refused)) => assert_eq!(refused, expected, "byte {position}"),
                    (expected, read) => panic!("byte {position}: {expected:?}, {read:?}"),
                }
            }
        }
    }
}

#[test]
fn every_other_status_is_refused_or_is_just_that_status() {
    for (record, head, entry) in records() {
        for index in 0..4 {
            let position = head + index * entry;
            let id = id_at(&record, position);
            for status in 0..=u8::MAX {
                let mut other = record.clone();
                other[position] = status;
                let in_scope = entry == SCOPE_ENTRY;
                let expected = match (status, record[position]) {
                    (other, own) if other == own => Ok(()),
                    (1, 2) | (2, 1) if !in_scope && index > 0 => Ok(()),
                    // Of these, a scope has nothing but the status.
                    (2, 3) | (3, 2) if in_scope => Ok(()),
                    // The secret is missing, and with it what the check value says.
                    (1, _) => Err(Error::KeyCheck(id)),
                    (2, 3) => Err(Error::KeyCheck(id)),
                    _ => Err(Error::BadKeyset),
                };
                match (import_record(&other), expected) {
                    (Ok(read), Ok(())) => assert_eq!(written_again(&read), other),
                    (read, expected) => assert_eq!(read.map(|_| ()), expected, "entry {index}, status {status}"),
                }
            }
        }
    }
}

#[test]
fn an_altered_label_is_refused_as_a_label_or_by_the_check_values() {
    let [_, (record, head, _)] = records();
    for position in 5..head - 2 {
        for byte in 0..=u8::MAX {
            let mut other = record.clone();
            other[position] = byte;
            if byte != record[position] {
                assert!(matches!(refusal(&other), Error::BadKeyset | Error::KeyCheck(_)), "byte {position}");
            }
        }
    }
}

#[test]
fn every_truncation_and_every_extension_is_refused() {
    for (record, _, _) in records() {
        for length in 0..record.len() {
            assert_eq!(refusal(&record[..length]), Error::BadKeyset, "{length} bytes");
        }
        for byte in [0, 1, 0xff] {
            let mut longer = record.clone();
            longer.push(byte);
            assert_eq!(refusal(&longer), Error::BadKeyset);
        }
    }
}

#[test]
fn any_other_number_of_entries_or_labels_is_refused() {
    for (record, head, _) in records() {
        for count in (0..=u16::MAX).filter(|count| *count != 4) {
            let mut other = record.clone();
            other[head - 2..head].copy_from_slice(&count.to_be_bytes());
            assert_eq!(refusal(&other), Error::BadKeyset, "{count} entries");
        }
        for labels in (0..=u8::MAX).filter(|labels| *labels != record[4]) {
            let mut other = record.clone();
            other[4] = labels;
            assert_eq!(refusal(&other), Error::BadKeyset, "{labels} labels");
        }
    }
}

#[test]
fn two_entries_with_one_id_are_refused_before_their_check_values_are_compared() {
    for (record, head, entry) in records() {
        for (one, other) in [(0, 1), (0, 3), (1, 2), (2, 3)] {
            let mut twice = record.clone();
            let id = id_at(&record, head + one * entry);
            let at = head + other * entry + 9;
            twice[at..at + 4].copy_from_slice(id.as_bytes());
            assert_eq!(refusal(&twice), Error::DuplicateKey(id), "{one} and {other}");
        }
    }
}

#[test]
fn a_key_that_belongs_to_another_entry_is_refused() {
    for (record, head, entry) in records() {
        let mut swapped = record.clone();
        let (one, other) = (head + ENTRY, head + entry + ENTRY);
        let secrets = [record[one..head + entry].to_vec(), record[other..head + 2 * entry].to_vec()];
        swapped[one..head + entry].copy_from_slice(&secrets[1]);
        swapped[other..head + 2 * entry].copy_from_slice(&secrets[0]);
        assert_eq!(refusal(&swapped), Error::KeyCheck(id_at(&record, head)));
    }
}

#[test]
fn a_secret_of_zeros_is_refused_where_there_must_be_one() {
    for (record, head, entry) in records() {
        let mut zero = record.clone();
        zero[head + ENTRY..head + entry].fill(0);
        assert_eq!(refusal(&zero), Error::KeyCheck(id_at(&record, head)));
    }
}

#[test]
fn the_text_of_a_record_is_canonical() {
    for (record, _, _) in records() {
        let text = record_to_text(&record);
        assert!(text.starts_with("btk1_") && !text.contains('='));
        assert_eq!(*record_from_text(&text).unwrap(), record);
        let body = &text[5..];
        let refused = [
            body.to_owned(),
            format!("btk2_{body}"),
            format!("BTK1_{body}"),
            format!("btk1_{body}="),
            format!("btk1_{body}\n"),
            format!(" btk1_{body}"),
            format!("btk1_{}", body.replace(['-', '_'], "+")),
            format!("btk1_{}", &body[..body.len() - 1 - (record.len() + 1) % 3]),
        ];
        for text in refused.iter().filter(|refused| **refused != *text) {
            let read = record_from_text(text).and_then(|record| import_record(&record).map(|_| ()));
            assert_eq!(read, Err(Error::BadKeyset), "{} characters", text.len());
        }
    }
    for length in 0..100 {
        let bytes: Vec<u8> = (0..length).collect();
        assert_eq!(*record_from_text(&record_to_text(&bytes)).unwrap(), bytes);
    }
}

#[test]
fn bits_that_are_left_over_in_the_last_character_are_zero() {
    // One byte leaves four bits, two bytes leave two.
    for (text, last) in [("btk1_AA", 'A'), ("btk1_AAA", 'A')] {
        for other in ('A'..='Z').filter(|other| *other != last) {
            let text = format!("{}{other}", &text[..text.len() - 1]);
            let used = if text.len() == 7 { "QgwA" } else { "EIMQUYcgkosw048A" };
            assert_eq!(record_from_text(&text).is_ok(), used.contains(other), "{text}");
        }
    }
}

#[test]
fn a_thousand_keys_are_read_and_written() {
    let mut keyset = Keyset::generate().unwrap();
    while keyset.keys().len() < Keyset::MAX_KEYS {
        keyset.generate_key().unwrap();
    }
    let record = export_keyset(&keyset);
    assert_eq!(record.len(), HEAD + 1000 * ROOT_ENTRY);
    assert_eq!(written_again(&import_record(&record).unwrap()), *record);
    let scope = export_scope(&keyset.scope(&context()));
    assert_eq!(written_again(&import_record(&scope).unwrap()), *scope);
    assert!(keyset.keys().iter().all(|key| key.status == KeyStatus::Enabled));
}
