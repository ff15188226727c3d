//! What only the inside can show: that files are written as SPEC.md says, and what the checks of a slot are for.

use std::prelude::rust_2024::*;

use serde::Deserialize;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::file::File;
use super::file_key::{FileKey, MAX_REVISION};
use super::head::{Head, SlotKind};
use super::passphrase::normalized;
use super::secret::Wiped;
use super::share::{CHARS, Plan, Share};
use super::slot::Slot;
use super::text::{FileText, from_base64_exactly};
use super::{Salt, SealingError, SlotInfo};

mod costs;
#[cfg(target_os = "linux")]
mod dead_stack;
mod partitioning;

#[derive(Deserialize)]
struct Vectors {
    file_key: String,
    valid: Vec<Valid>,
}

#[derive(Deserialize)]
struct Valid {
    case: String,
    text: String,
    revision: u64,
    record: String,
    slots: Vec<SlotKek>,
}

#[derive(Deserialize)]
struct SlotKek {
    kek: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/sealed.json")).unwrap()
}

#[test]
fn every_valid_file_is_written_exactly_as_the_vectors_have_it() {
    let Vectors { file_key, valid } = vectors();
    let key = || FileKey::new(Wiped::from_slice(&unhex(&file_key)).unwrap());
    let mut left_out = Vec::new();
    for case in valid {
        let slots = FileText::parse(case.text.as_bytes()).unwrap().slots;
        if slots.len() != case.slots.len() {
            // One of them asks for more than anybody would pay to know its key.
            left_out.push(case.case);
            continue;
        }
        let mut file = File::with_key(key(), case.revision - 1);
        for (slot, known) in slots.into_iter().zip(&case.slots) {
            let kek: [u8; 32] = unhex(&known.kek).try_into().unwrap();
            file.slots.push(Slot::wrap(Head::new(&slot.head.info).unwrap(), &kek, &key()).unwrap());
        }
        let seal = case.text.lines().find_map(|line| line.strip_prefix("seal ")).unwrap();
        let nonce = from_base64_exactly(seal.split(' ').next().unwrap()).unwrap();
        assert_eq!(file.seal_with(&unhex(&case.record), &nonce).unwrap(), case.text, "{}", case.case);
    }
    assert!(left_out.len() < 5 && left_out.iter().all(|case| case.contains("cost")), "{left_out:?}");
}

#[test]
fn what_is_read_is_written_again_as_it_was() {
    for case in vectors().valid {
        let text = FileText::parse(case.text.as_bytes()).unwrap();
        assert_eq!(text.encode().as_ref(), Some(&case.text), "{}", case.case);
    }
}

#[test]
fn two_writings_of_one_record_have_two_nonces_and_revisions() {
    let mut file = with_raw_slot();
    let (one, other) = (file.seal(b"record").unwrap(), file.seal(b"record").unwrap());
    let seal = |text: &str| text.lines().find(|line| line.starts_with("seal ")).unwrap().to_owned();
    assert_ne!(seal(&one), seal(&other));
    assert_eq!(file.revision, 2);
}

#[test]
fn a_file_is_not_written_beyond_the_highest_revision() {
    let mut file = with_raw_slot();
    file.revision = MAX_REVISION;
    assert_eq!(file.seal(b"record").unwrap_err(), SealingError::BadKeyset);
    file.revision -= 1;
    file.seal(b"record").unwrap();
    assert_eq!(file.revision, MAX_REVISION);
}

#[test]
fn a_file_that_nobody_could_read_is_not_written() {
    let mut file = with_raw_slot();
    let error = file.seal(&std::vec![0; 196_608]).unwrap_err();
    assert_eq!((error, file.revision), (SealingError::BadKeysetFile, 0));
}

#[test]
fn texts_of_secrets_have_the_room_that_they_need_from_the_start() {
    let set = Salt([7; 16]).slot_id();
    let share = Share { set, plan: Plan { threshold: 2, shares: 3 }, index: 1, value: Wiped::zeroed() };
    let text = share.encode();
    assert_eq!((text.len(), text.capacity()), (CHARS, CHARS));
    let passphrase = normalized(&"\u{fb01}".repeat(512)).unwrap();
    assert_eq!((passphrase.len(), passphrase.capacity()), (1024, 1024));
}

fn with_raw_slot() -> File {
    let mut file = File::create(0).unwrap();
    file.add_slot(Head::new(&SlotInfo::new(SlotKind::Raw).unwrap()).unwrap(), &[7; 32]).unwrap();
    file
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
