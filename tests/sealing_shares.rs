//! Claims about recovery shares: which of them open a file, and what each of the others is told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails is to panic, in what tests share too"
)]

mod support;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, ByteIterExt, Fe32IterExt, Hrp};
use blindtally::keyset::hazard::export_keyset;
use blindtally::sealing::{OpenOptions, Plan, SealedFile, SealingError, Secret, SlotInfo, SlotKind};
use blindtally::{AnyKeyset, Keyset};
use support::{first_root, keyset};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn any_enough_of_the_shares_open_the_file_in_any_order() {
    for (threshold, count) in [(2, 3), (3, 5)] {
        let Recoverable { file, shares, .. } = Recoverable::new(threshold, count);
        for chosen in subsets(&shares) {
            let backwards: Vec<&str> = chosen.iter().rev().copied().collect();
            for texts in [&chosen, &backwards] {
                let outcome = open(&file, texts);
                if texts.len() < usize::from(threshold) {
                    assert_eq!(outcome.unwrap_err(), SealingError::TooFewShares);
                } else {
                    assert_eq!(outcome.unwrap(), export_keyset(&sealed_keyset()).to_vec());
                }
            }
        }
    }
}

#[test]
fn the_largest_set_opens_with_all_and_with_exactly_enough() {
    let Recoverable { file, shares, .. } = Recoverable::new(32, 32);
    let texts: Vec<&str> = shares.iter().map(String::as_str).collect();
    open(&file, &texts).unwrap();
    assert_eq!(open(&file, &texts[1..]).unwrap_err(), SealingError::TooFewShares);
    assert!(texts.iter().all(|text| text.len() == 73));
}

#[test]
fn a_rehearsal_tells_the_slot_and_the_revision() {
    let Recoverable { file, slot, shares } = Recoverable::new(2, 3);
    let (told, revision) = SealedFile::rehearse(&file, &[&shares[2], &shares[0]]).unwrap();
    assert_eq!((told, revision), (slot.salt.slot_id(), 1));
    assert_eq!(SealedFile::rehearse(&file, &[&shares[2]]).unwrap_err(), SealingError::TooFewShares);
    assert_eq!(SealedFile::rehearse(&file, &[]).unwrap_err(), SealingError::TooFewShares);
}

#[test]
fn each_wrong_character_is_found_and_the_share_it_stands_in_named() {
    let Recoverable { file, shares, .. } = Recoverable::new(2, 3);
    for position in 0..shares[1].len() {
        for other in [b'q', b'p', b'7', b'b', b'Q', b'1', b'!'] {
            let mut altered = shares[1].clone().into_bytes();
            if altered[position] == other {
                continue;
            }
            altered[position] = other;
            let altered = String::from_utf8(altered).unwrap();
            let error = open(&file, &[&shares[0], &altered]).unwrap_err();
            assert_eq!((error, error.index()), (SealingError::BadShare(1), Some(1)), "{other} at {position}");
        }
        let (front, back) = shares[1].split_at(position);
        for length in [format!("{front}{}", &back[1..]), format!("{front}q{back}")] {
            assert_eq!(open(&file, &[&length, &shares[0]]).unwrap_err(), SealingError::BadShare(0));
        }
    }
}

#[test]
fn a_share_is_read_as_people_write_it() {
    let Recoverable { file, shares, .. } = Recoverable::new(2, 2);
    let spaced: String =
        shares[0].as_bytes().chunks(4).flat_map(|group| [group, b" "].concat()).map(char::from).collect();
    let broken = shares[1]
        .to_uppercase()
        .as_bytes()
        .chunks(8)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect::<Vec<_>>();
    open(&file, &[&format!("\t{spaced}\r\n"), &broken.join("-\n")]).unwrap();

    let (front, back) = shares[0].split_at(40);
    let mixed = format!("{front}{}", back.to_uppercase());
    assert_eq!(open(&file, &[&shares[1], &mixed]).unwrap_err(), SealingError::BadShare(1));
}

#[test]
fn shares_of_two_sets_are_told_apart() {
    let (one, other) = (Recoverable::new(2, 3), Recoverable::new(2, 3));
    let mixed = [one.shares[0].as_str(), &one.shares[1], &other.shares[2]];
    assert_eq!(open(&one.file, &mixed).unwrap_err(), SealingError::MixedShares(Some(2)));
    let theirs = [other.shares[0].as_str(), &other.shares[1]];
    assert_eq!(open(&one.file, &theirs).unwrap_err(), SealingError::UnknownSlot);
}

#[test]
fn a_share_given_twice_is_no_second_share() {
    let Recoverable { file, shares, .. } = Recoverable::new(2, 3);
    let error = open(&file, &[&shares[0], &shares[1], &shares[0]]).unwrap_err();
    assert_eq!((error, error.index()), (SealingError::DuplicateShare(2), Some(2)));
}

#[test]
fn of_what_is_wrong_with_shares_the_first_in_order_is_told() {
    let (one, other) = (Recoverable::new(3, 5), Recoverable::new(3, 5));
    let (mine, theirs) = (one.shares[0].as_str(), other.shares[1].as_str());
    assert_eq!(open(&one.file, &[mine, theirs, mine, "bts1"]).unwrap_err(), SealingError::BadShare(3));
    assert_eq!(open(&one.file, &[mine, mine, theirs]).unwrap_err(), SealingError::MixedShares(Some(2)));
    assert_eq!(open(&one.file, &[mine, mine]).unwrap_err(), SealingError::DuplicateShare(1));
}

#[test]
fn a_share_off_the_polynomial_is_found_where_there_is_one_too_many_and_opens_nothing_where_there_is_not() {
    let Recoverable { file, shares, .. } = Recoverable::new(2, 3);
    // The index stands behind set, threshold and number; the value behind it.
    for byte in [7, 38] {
        let forged = with_byte(&shares[2], byte, |value| value ^ 1);
        assert_eq!(open(&file, &[&shares[0], &forged]).unwrap_err(), SealingError::CannotOpen);
        for texts in [[&shares[0], &shares[1], &forged], [&forged, &shares[0], &shares[1]]] {
            let texts = texts.map(String::as_str);
            assert_eq!(open(&file, &texts).unwrap_err(), SealingError::MixedShares(None));
        }
    }
    // A valid value under another holder's number.
    let renumbered = with_byte(&shares[2], 6, |_| 1);
    assert_eq!(open(&file, &[&shares[1], &renumbered]).unwrap_err(), SealingError::CannotOpen);
}

#[test]
fn what_a_writer_would_not_write_is_no_share() {
    let Recoverable { file, shares, .. } = Recoverable::new(2, 3);
    let impossible: [(usize, u8); 7] = [(4, 1), (4, 4), (4, 33), (5, 1), (5, 33), (6, 0), (6, 4)];
    for (position, value) in impossible {
        let forged = with_byte(&shares[1], position, |_| value);
        assert_eq!(
            open(&file, &[&shares[0], &forged]).unwrap_err(),
            SealingError::BadShare(1),
            "{position} {value}"
        );
    }
    let bytes = bytes_of(&shares[1]);
    for other in
        [text_of("btt", &bytes), text_of("bts", &bytes[1..]), text_of("bts", &[&bytes[..], &[0]].concat())]
    {
        assert_eq!(open(&file, &[&shares[0], &other]).unwrap_err(), SealingError::BadShare(1), "{other}");
    }
    assert_eq!(text_of("bts", &bytes), shares[1]);
}

/// A file that opens with shares alone.
struct Recoverable {
    file: String,
    slot: SlotInfo,
    shares: Vec<String>,
}

impl Recoverable {
    fn new(threshold: u8, count: u8) -> Self {
        let slot = SlotInfo::new(SlotKind::Recovery(Plan::new(threshold, count).unwrap())).unwrap();
        let mut file = SealedFile::create().unwrap();
        let shares = file.add_recovery(&slot).unwrap().iter().map(|share| share.to_string()).collect();
        Self { file: file.seal_keyset(&sealed_keyset()).unwrap(), slot, shares }
    }
}

fn sealed_keyset() -> Keyset {
    keyset(&first_root())
}

fn open(file: &str, shares: &[&str]) -> Result<Vec<u8>, SealingError> {
    match SealedFile::open(file, &Secret::Shares(shares), &OpenOptions::default())?.1 {
        AnyKeyset::Keyset(keyset) => Ok(export_keyset(&keyset).to_vec()),
        AnyKeyset::Scope(_) => panic!("a keyset was sealed"),
    }
}

fn subsets(shares: &[String]) -> Vec<Vec<&str>> {
    let chosen = |bits: u32| shares.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
    (0..1 << shares.len()).map(|bits| chosen(bits).map(|(_, share)| share.as_str()).collect()).collect()
}

/// The share with one of its bytes changed, and a checksum that is right again.
fn with_byte(share: &str, position: usize, change: impl Fn(u8) -> u8) -> String {
    let mut bytes = bytes_of(share);
    bytes[position] = change(bytes[position]);
    text_of("bts", &bytes)
}

fn bytes_of(share: &str) -> Vec<u8> {
    CheckedHrpstring::new::<Bech32m>(share).unwrap().byte_iter().collect()
}

fn text_of(prefix: &str, bytes: &[u8]) -> String {
    let prefix = Hrp::parse(prefix).unwrap();
    bytes.iter().copied().bytes_to_fes().with_checksum::<Bech32m>(&prefix).chars().collect()
}
