//! Every case of `vectors/sealed.json` and `vectors/shares.json`, in whatever runtime this is compiled for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails is to panic, in what tests share too"
)]

mod support;

use blindtally::AnyKeyset;
use blindtally::keyset::hazard::{export_keyset, export_scope};
use blindtally::sealing::{OpenOptions, SealedFile, SealingError, Secret, SlotId};
use serde::Deserialize;
use support::unhex;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Deserialize)]
struct Sealed {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Valid {
    case: String,
    text: String,
    revision: u64,
    #[serde(default)]
    min_revision: u64,
    record: String,
    slots: Vec<Slot>,
    secrets: Vec<Given>,
}

#[derive(Deserialize)]
struct Slot {
    id: String,
    label: Option<String>,
}

#[derive(Deserialize)]
struct Invalid {
    case: String,
    text: String,
    /// So many letters `A` stand before the last line feed.
    #[serde(default)]
    growth: usize,
    secret: Given,
    #[serde(default)]
    min_revision: u64,
    expect: String,
}

#[derive(Deserialize)]
struct Given {
    kind: String,
    slot: Option<String>,
    passphrase: Option<String>,
    kek: Option<String>,
    output: Option<String>,
    shares: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Shares {
    sets: Vec<Set>,
    readings: Vec<Reading>,
    invalid: Vec<Refused>,
}

#[derive(Deserialize)]
struct Set {
    case: String,
    set_id: String,
    shares: Vec<String>,
    threshold: usize,
    file: String,
    revision: u64,
    record: String,
}

#[derive(Deserialize)]
struct Reading {
    case: String,
    set: String,
    shares: Vec<String>,
}

#[derive(Deserialize)]
struct Refused {
    case: String,
    set: String,
    shares: Vec<String>,
    expect: String,
    position: Option<usize>,
}

fn sealed() -> Sealed {
    serde_json::from_str(include_str!("vectors/sealed.json")).unwrap()
}

fn shares() -> Shares {
    serde_json::from_str(include_str!("vectors/shares.json")).unwrap()
}

#[test]
fn every_case_of_both_files_is_read() {
    let (sealed, shares) = (sealed(), shares());
    assert_eq!((sealed.valid.len(), sealed.invalid.len()), (29, 266));
    assert_eq!((shares.sets.len(), shares.readings.len(), shares.invalid.len()), (5, 19, 76));
}

#[test]
fn every_valid_file_opens_with_each_of_its_secrets_to_exactly_its_record() {
    for case in sealed().valid {
        for secret in &case.secrets {
            let (file, keyset) = open(&case.text, secret, case.min_revision)
                .unwrap_or_else(|error| panic!("{}: {error}", case.case));
            assert_eq!(file.revision(), case.revision, "{}", case.case);
            assert_eq!(record(&keyset), unhex(&case.record), "{}", case.case);
        }
    }
}

#[test]
fn the_slots_of_every_valid_file_are_told_without_a_secret() {
    for case in sealed().valid {
        let slots = SealedFile::inspect(&case.text).unwrap();
        assert_eq!(
            slots.len(),
            case.text.lines().filter(|line| line.starts_with("slot ")).count(),
            "{}",
            case.case
        );
        for Slot { id, label } in case.slots {
            let told = slots.iter().find(|slot| slot.salt.slot_id().to_string() == id);
            assert_eq!(told.map(|slot| &slot.label), Some(&label), "{}", case.case);
        }
    }
}

#[test]
fn every_invalid_file_is_refused_with_its_code() {
    let wrong: Vec<_> = sealed()
        .invalid
        .into_iter()
        .filter_map(|case| {
            let text = match case.text.strip_suffix('\n') {
                Some(front) if case.growth > 0 => format!("{front}{}\n", "A".repeat(case.growth)),
                _ => case.text.clone(),
            };
            let outcome = open(&text, &case.secret, case.min_revision).map(|_| ()).map_err(|error| error.code());
            (outcome != Err(case.expect.as_str()))
                .then(|| format!("{}: {outcome:?}, not {}", case.case, case.expect))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_set_of_shares_opens_its_file() {
    for set in shares().sets {
        let texts: Vec<&str> = set.shares.iter().map(String::as_str).collect();
        for chosen in [&texts[..], &texts[..set.threshold], &texts[texts.len() - set.threshold..]] {
            let (file, keyset) =
                open_with(&set.file, chosen).unwrap_or_else(|error| panic!("{}: {error}", set.case));
            assert_eq!((file.revision(), record(&keyset)), (set.revision, unhex(&set.record)), "{}", set.case);
            let (slot, revision) = SealedFile::rehearse(&set.file, chosen).unwrap();
            assert_eq!((slot.to_string(), revision), (set.set_id.clone(), set.revision), "{}", set.case);
        }
    }
}

#[test]
fn every_other_way_to_write_shares_is_read() {
    let Shares { sets, readings, .. } = shares();
    for reading in readings {
        let file = &sets.iter().find(|set| set.case == reading.set).unwrap().file;
        let texts: Vec<&str> = reading.shares.iter().map(String::as_str).collect();
        open_with(file, &texts).unwrap_or_else(|error| panic!("{}: {error}", reading.case));
    }
}

#[test]
fn every_invalid_set_of_shares_is_refused_with_its_code_and_position() {
    let Shares { sets, invalid, .. } = shares();
    for case in invalid {
        let file = &sets.iter().find(|set| set.case == case.set).unwrap().file;
        let texts: Vec<&str> = case.shares.iter().map(String::as_str).collect();
        let error = open_with(file, &texts).map(|_| ()).unwrap_err();
        assert_eq!((error.code(), error.index()), (case.expect.as_str(), case.position), "{}", case.case);
    }
}

fn open(text: &str, given: &Given, min_revision: u64) -> Result<(SealedFile, AnyKeyset), SealingError> {
    let bytes = given.kek.as_ref().or(given.output.as_ref()).map(|hex| unhex(hex)).unwrap_or_default();
    let texts: Vec<&str> = given.shares.iter().flatten().map(String::as_str).collect();
    let secret = match given.kind.as_str() {
        "passphrase" => Secret::Passphrase(given.passphrase.as_deref().unwrap()),
        "raw" => Secret::Raw(&bytes),
        "passkey" => Secret::Passkey(&bytes),
        "recovery" => Secret::Shares(&texts),
        "wrapper" => Secret::Wrapper(&bytes),
        kind => panic!("no kind of slot: {kind}"),
    };
    let slot = given.slot.as_ref().map(|id| SlotId::from_bytes(unhex(id).try_into().unwrap()));
    SealedFile::open(text, &secret, &OpenOptions { slot, min_revision })
}

fn open_with(text: &str, shares: &[&str]) -> Result<(SealedFile, AnyKeyset), SealingError> {
    SealedFile::open(text, &Secret::Shares(shares), &OpenOptions::default())
}

fn record(keyset: &AnyKeyset) -> Vec<u8> {
    match keyset {
        AnyKeyset::Keyset(keyset) => export_keyset(keyset).to_vec(),
        AnyKeyset::Scope(scope) => export_scope(scope).to_vec(),
    }
}
