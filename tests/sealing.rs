//! Claims about sealed files: what opens them, what does not, and what is refused before a secret is used.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails is to panic, in what tests share too"
)]

mod support;

use blindtally::keyset::hazard::{export_keyset, export_scope};
use blindtally::sealing::{
    Cost, OpenOptions, Plan, Salt, SealedFile, SealingError, Secret, SlotId, SlotInfo, SlotKind,
};
use blindtally::{AnyKeyset, Context, Keyset};
use support::{add, first_root, keyset, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEK: [u8; 32] = [7; 32];
const OTHER_KEK: [u8; 32] = [8; 32];
const PASSPHRASE: &str = "correct horse battery staple";

#[test]
fn a_file_opens_with_each_kind_of_secret_that_it_has_a_slot_for_and_with_no_other() {
    let mut file = SealedFile::create().unwrap();
    let passkey = SlotKind::Passkey { rp_id: "example.org".into(), credential_id: vec![1, 2, 3] };
    let wrapper = SlotKind::Wrapper { name: "aws-kms".into(), blob: vec![4, 5, 6] };
    file.add_slot(&slot(cheap()), &Secret::Passphrase(PASSPHRASE)).unwrap();
    file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&KEK)).unwrap();
    file.add_slot(&slot(passkey), &Secret::Passkey(&[9; 32])).unwrap();
    file.add_slot(&slot(wrapper), &Secret::Wrapper(&[10; 32])).unwrap();
    let shares = file.add_recovery(&slot(SlotKind::Recovery(Plan::new(2, 3).unwrap()))).unwrap();
    let sealed = file.seal_keyset(&two_keys()).unwrap();

    let shares = [shares[1].as_str(), shares[2].as_str()];
    for secret in [
        Secret::Passphrase(PASSPHRASE),
        Secret::Raw(&KEK),
        Secret::Passkey(&[9; 32]),
        Secret::Wrapper(&[10; 32]),
        Secret::Shares(&shares),
    ] {
        let (opened, keyset) = open(&sealed, &secret).unwrap();
        assert_eq!(record(&keyset), export_keyset(&two_keys()).to_vec(), "{secret:?}");
        assert_eq!((opened.revision(), opened.slots()), (1, file.slots()));
    }
    for secret in [
        Secret::Passphrase("correct horse battery stapler"),
        Secret::Raw(&[9; 32]),
        Secret::Passkey(&KEK),
        Secret::Wrapper(&KEK),
    ] {
        assert_eq!(open(&sealed, &secret).unwrap_err(), SealingError::CannotOpen, "{secret:?}");
    }
}

#[test]
fn a_scope_is_sealed_as_a_scope() {
    let scope = two_keys().scope(&Context::new(["acme", "event"]).unwrap());
    let mut file = with_raw_slot();
    let (_, opened) = open(&file.seal_scope(&scope).unwrap(), &Secret::Raw(&KEK)).unwrap();
    assert!(matches!(opened, AnyKeyset::Scope(_)));
    assert_eq!(record(&opened), export_scope(&scope).to_vec());
}

#[test]
fn a_passphrase_is_the_same_however_its_characters_are_composed() {
    let mut file = SealedFile::create().unwrap();
    file.add_slot(&slot(cheap()), &Secret::Passphrase("e\u{301}tude \u{fb01}n")).unwrap();
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    open(&sealed, &Secret::Passphrase("\u{e9}tude fin")).unwrap();
}

#[test]
fn a_file_with_any_one_character_altered_does_not_open() {
    let sealed = with_raw_slot().seal_keyset(&two_keys()).unwrap();
    let mut refused = [0, 0];
    for position in 0..sealed.len() {
        let original = sealed.as_bytes()[position];
        // The neighbours in the alphabet, other characters of a file, and what is in no file.
        for other in [original ^ 1, original ^ 2, b'A', b'_', b'0', b' ', b'\n', 0, 0x80] {
            if other == original {
                continue;
            }
            let mut bytes = sealed.clone().into_bytes();
            bytes[position] = other;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let error = open(&text, &Secret::Raw(&KEK)).unwrap_err();
            match error {
                SealingError::BadKeysetFile => refused[0] += 1,
                SealingError::CannotOpen => refused[1] += 1,
                _ => panic!("{error} at {position}"),
            }
        }
    }
    assert!(refused.iter().all(|&times| times > 500), "both happen: {refused:?}");
}

#[test]
fn a_file_cut_off_anywhere_does_not_open() {
    let sealed = with_raw_slot().seal_keyset(&two_keys()).unwrap();
    for length in 0..sealed.len() {
        let error = open(&sealed[..length], &Secret::Raw(&KEK)).unwrap_err();
        assert!(matches!(error, SealingError::BadKeysetFile | SealingError::CannotOpen), "{error} at {length}");
        let longer = format!("{}A{}", &sealed[..length], &sealed[length..]);
        let error = open(&longer, &Secret::Raw(&KEK)).unwrap_err();
        assert!(matches!(error, SealingError::BadKeysetFile | SealingError::CannotOpen), "{error} at {length}");
    }
}

#[test]
fn slots_cannot_be_taken_out_moved_or_exchanged_behind_the_back_of_the_file() {
    let mut file = with_raw_slot();
    file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&OTHER_KEK)).unwrap();
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    let lines: Vec<&str> = sealed.lines().collect();
    let other = with_raw_slot().seal_keyset(&two_keys()).unwrap();
    let others: Vec<&str> = other.lines().collect();
    let [first, one, two, seal, payload] = lines[..] else { panic!("two slots") };

    for altered in [
        vec![first, one, seal, payload],
        vec![first, two, one, seal, payload],
        vec![first, one, two, others[1], seal, payload],
        vec![first, others[1], two, seal, payload],
        vec![first, one, two, others[2], payload],
        vec![first, one, two, seal, others[3]],
        vec![first, one, two, others[2], others[3]],
    ] {
        let text = format!("{}\n", altered.join("\n"));
        assert_eq!(open(&text, &Secret::Raw(&KEK)).unwrap_err(), SealingError::CannotOpen, "{text}");
    }
}

#[test]
fn a_file_older_than_one_seen_before_is_refused() {
    let mut file = with_raw_slot();
    let texts = [(); 3].map(|()| file.seal_keyset(&two_keys()).unwrap());
    assert_eq!(file.revision(), 3);
    let open = |text: &str, min_revision| {
        SealedFile::open(text, &Secret::Raw(&KEK), &OpenOptions { min_revision, ..OpenOptions::default() })
    };
    assert_eq!(open(&texts[1], 3).unwrap_err(), SealingError::Rollback);
    assert_eq!(open(&texts[2], 3).unwrap().0.revision(), 3);

    let mut held = open(&texts[1], 0).unwrap().0;
    assert_eq!(held.reopen(&texts[0]).unwrap_err(), SealingError::Rollback);
    assert_eq!(held.revision(), 2);
    held.reopen(&texts[2]).unwrap();
    assert_eq!(held.revision(), 3);
}

#[test]
fn a_file_is_reopened_without_the_secret_and_another_one_is_not() {
    let mut mine = with_raw_slot();
    let first = mine.seal_keyset(&two_keys()).unwrap();
    let (mut theirs, _) = open(&first, &Secret::Raw(&KEK)).unwrap();
    theirs.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&OTHER_KEK)).unwrap();
    let changed = keyset(&second_root());
    let second = theirs.seal_keyset(&changed).unwrap();

    assert_eq!(record(&mine.reopen(&second).unwrap()), export_keyset(&changed).to_vec());
    assert_eq!((mine.revision(), mine.slots()), (2, theirs.slots()));

    let another = with_raw_slot().seal_keyset(&two_keys()).unwrap();
    assert_eq!(mine.reopen(&another).unwrap_err(), SealingError::CannotOpen);
    assert_eq!(mine.reopen("no file").unwrap_err(), SealingError::BadKeysetFile);
    assert_eq!((mine.revision(), mine.slots()), (2, theirs.slots()), "unchanged");
}

#[test]
fn a_removed_slot_opens_old_copies_and_no_new_one() {
    let mut file = with_raw_slot();
    let removed = file.slots()[0].salt.slot_id();
    assert_eq!(file.remove_slot(removed).unwrap_err(), SealingError::LastSlot);
    file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&OTHER_KEK)).unwrap();
    let before = file.seal_keyset(&two_keys()).unwrap();
    file.remove_slot(removed).unwrap();
    assert_eq!(file.remove_slot(removed).unwrap_err(), SealingError::UnknownSlot);
    let after = file.seal_keyset(&two_keys()).unwrap();

    assert_eq!(open(&after, &Secret::Raw(&KEK)).unwrap_err(), SealingError::CannotOpen);
    open(&after, &Secret::Raw(&OTHER_KEK)).unwrap();
    open(&before, &Secret::Raw(&KEK)).unwrap();
}

#[test]
fn a_slot_that_is_named_is_the_only_one_tried() {
    let mut file = with_raw_slot();
    let other = file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&OTHER_KEK)).unwrap();
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    let open = |kek: &[u8], slot| {
        let options = OpenOptions { slot: Some(slot), ..OpenOptions::default() };
        SealedFile::open(&sealed, &Secret::Raw(kek), &options).map(|_| ())
    };
    assert_eq!(open(&OTHER_KEK, other), Ok(()));
    assert_eq!(open(&KEK, other), Err(SealingError::CannotOpen));
    assert_eq!(open(&KEK, SlotId::from_bytes([0; 4])), Err(SealingError::UnknownSlot));
    let options = OpenOptions { slot: Some(other), ..OpenOptions::default() };
    let wrong_kind = SealedFile::open(&sealed, &Secret::Passphrase(PASSPHRASE), &options);
    assert_eq!(wrong_kind.unwrap_err(), SealingError::UnknownSlot);
}

#[test]
fn nothing_shows_a_secret() {
    let mut file = SealedFile::create().unwrap();
    file.add_slot(&slot(cheap()), &Secret::Passphrase(PASSPHRASE)).unwrap();
    let shown = format!(
        "{file:?} {:?} {:?} {:?}",
        Secret::Passphrase(PASSPHRASE),
        Secret::Raw(&KEK),
        Secret::Shares(&["bts1"])
    );
    // Two bytes of a key may well stand in the salt too, which is shown.
    for secret in [PASSPHRASE, "7, 7, 7, 7", "bts1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_input_of_a_passkeys_function_names_its_purpose_and_slot() {
    let salt = Salt::generate().unwrap();
    assert_eq!(salt.prf_input(), [b"blindtally keyset\0".as_slice(), salt.as_bytes()].concat());
    assert_eq!(salt.slot_id().as_bytes(), &salt.as_bytes()[..4]);
}

fn slot(kind: SlotKind) -> SlotInfo {
    SlotInfo::new(kind).unwrap()
}

/// The least that is allowed: the tests are to be quick.
fn cheap() -> SlotKind {
    SlotKind::Passphrase(Cost::new(19_456, 2, 1).unwrap())
}

fn with_raw_slot() -> SealedFile {
    let mut file = SealedFile::create().unwrap();
    file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&KEK)).unwrap();
    file
}

fn two_keys() -> Keyset {
    let mut keyset = keyset(&first_root());
    add(&mut keyset, &second_root());
    keyset
}

fn open(text: &str, secret: &Secret<'_>) -> Result<(SealedFile, AnyKeyset), SealingError> {
    SealedFile::open(text, secret, &OpenOptions::default())
}

fn record(keyset: &AnyKeyset) -> Vec<u8> {
    match keyset {
        AnyKeyset::Keyset(keyset) => export_keyset(keyset).to_vec(),
        AnyKeyset::Scope(scope) => export_scope(scope).to_vec(),
    }
}
