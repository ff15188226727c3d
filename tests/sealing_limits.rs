//! Claims about the limits of sealed files: what is refused before it costs anything, and that what is allowed works.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails is to panic, in what tests share too"
)]

mod support;

use blindtally::keyset::hazard::{export_keyset, export_scope};
use blindtally::sealing::{Cost, OpenOptions, Plan, SealedFile, SealingError, Secret, SlotInfo, SlotKind};
use blindtally::{AnyKeyset, Context, Keyset};
use support::{add, first_root, keyset, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEK: [u8; 32] = [7; 32];
const OTHER_KEK: [u8; 32] = [8; 32];
const PASSPHRASE: &str = "correct horse battery staple";

#[test]
fn a_file_has_one_to_sixteen_slots_with_an_id_each() {
    let mut file = SealedFile::create().unwrap();
    assert_eq!(file.seal_keyset(&two_keys()).unwrap_err(), SealingError::LastSlot);
    for _ in 0..16 {
        file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&KEK)).unwrap();
    }
    let full = file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(&KEK));
    assert_eq!(full.unwrap_err(), SealingError::TooManySlots);
    let recovery = slot(SlotKind::Recovery(Plan::new(2, 2).unwrap()));
    assert_eq!(file.add_recovery(&recovery).unwrap_err(), SealingError::TooManySlots);
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    open(&sealed, &Secret::Raw(&KEK)).unwrap();
    let line = with_raw_slot().seal_keyset(&two_keys()).unwrap().lines().nth(1).unwrap().to_owned();
    let seventeen = sealed.replace("\nseal ", &format!("\n{line}\nseal "));
    assert_eq!(SealedFile::inspect(&seventeen).unwrap_err(), SealingError::BadKeysetFile);

    let mut file = SealedFile::create().unwrap();
    let info = slot(SlotKind::Raw);
    file.add_slot(&info, &Secret::Raw(&KEK)).unwrap();
    assert_eq!(file.add_slot(&info, &Secret::Raw(&OTHER_KEK)).unwrap_err(), SealingError::DuplicateSlot);
}

#[test]
fn arguments_of_a_slot_are_held_to_their_limits() {
    let labelled = |label: &str| {
        let mut info = slot(SlotKind::Raw);
        info.label = Some(label.into());
        info
    };
    let passkey = |rp_id: usize, credential_id: usize| {
        slot(SlotKind::Passkey { rp_id: "a".repeat(rp_id), credential_id: vec![1; credential_id] })
    };
    let wrapper = |name: &str, blob: usize| slot(SlotKind::Wrapper { name: name.into(), blob: vec![1; blob] });
    let add = |info: &SlotInfo| {
        let mut file = SealedFile::create().unwrap();
        let secret = match info.kind {
            SlotKind::Passkey { .. } => Secret::Passkey(&KEK),
            SlotKind::Wrapper { .. } => Secret::Wrapper(&KEK),
            _ => Secret::Raw(&KEK),
        };
        let id = file.add_slot(info, &secret)?;
        let sealed = file.seal_keyset(&two_keys()).unwrap();
        assert_eq!(SealedFile::inspect(&sealed).unwrap(), std::slice::from_ref(info));
        open(&sealed, &secret).map(|_| id)
    };
    for good in [labelled("x"), labelled(&"\u{e9}".repeat(32)), passkey(1, 1), passkey(253, 1023)] {
        assert_eq!(add(&good), Ok(good.salt.slot_id()));
    }
    for good in [wrapper("a", 1), wrapper(&"a0-".repeat(10), 6144)] {
        assert_eq!(add(&good), Ok(good.salt.slot_id()));
    }
    for bad in [labelled(""), labelled(&"\u{e9}".repeat(33)), passkey(0, 1), passkey(254, 1), passkey(1, 0)] {
        assert_eq!(add(&bad), Err(SealingError::BadParameters), "{bad:?}");
    }
    for bad in ["a\u{1b}[2J", "a\nb", "\u{7f}", "\u{9b}", "\u{202e}txt", "\u{2066}"] {
        assert_eq!(add(&labelled(bad)), Err(SealingError::BadParameters), "{bad:?}");
    }
    let elsewhere = SlotKind::Passkey { rp_id: "Example.org".into(), credential_id: vec![1] };
    assert_eq!(add(&slot(elsewhere)), Err(SealingError::BadParameters));
    for bad in [passkey(1, 1024), wrapper("", 1), wrapper("A", 1), wrapper("a b", 1), wrapper("a", 0)] {
        assert_eq!(add(&bad), Err(SealingError::BadParameters), "{bad:?}");
    }
    for bad in [wrapper(&"a".repeat(33), 1), wrapper("a", 6145)] {
        assert_eq!(add(&bad), Err(SealingError::BadParameters), "{bad:?}");
    }
    for (threshold, shares) in [(1, 2), (3, 2), (2, 33), (0, 0)] {
        assert_eq!(Plan::new(threshold, shares).unwrap_err(), SealingError::BadParameters);
    }
}

#[test]
fn a_file_that_holds_as_much_as_it_may_is_written_and_read() {
    let mut file = SealedFile::create().unwrap();
    for _ in 0..16 {
        let kind = SlotKind::Wrapper { name: "k".repeat(32), blob: vec![255; 6144] };
        let mut info = slot(kind);
        info.label = Some("l".repeat(64));
        file.add_slot(&info, &Secret::Wrapper(&KEK)).unwrap();
    }
    let mut keyset = keyset(&first_root());
    while keyset.keys().len() < 1000 {
        keyset.generate_key().unwrap();
    }
    let scope = keyset.scope(&Context::new(vec!["\u{e9}".repeat(32); 8]).unwrap());
    let sealed = file.seal_scope(&scope).unwrap();
    assert!(sealed.len() > 250_000, "{}", sealed.len());
    let (_, opened) = open(&sealed, &Secret::Wrapper(&KEK)).unwrap();
    assert_eq!(record(&opened), export_scope(&scope).to_vec());

    let longer = format!("{}\n", "A".repeat(262_144));
    assert_eq!(SealedFile::inspect(&longer).unwrap_err(), SealingError::BadKeysetFile);
}

#[test]
fn the_cost_of_a_passphrase_is_held_to_its_limits_before_it_is_paid() {
    for (memory, passes, lanes) in
        [(19_455, 2, 1), (262_145, 2, 1), (19_456, 1, 1), (19_456, 17, 1), (19_456, 2, 0), (19_456, 2, 5)]
    {
        assert_eq!(Cost::new(memory, passes, lanes).unwrap_err(), SealingError::BadParameters);
        // Nobody can pay for the largest of these: that there is an answer shows that nobody did.
        let cost = format!(" {memory}000000 {passes} {lanes} ");
        let mut file = SealedFile::create().unwrap();
        file.add_slot(&slot(cheap()), &Secret::Passphrase(PASSPHRASE)).unwrap();
        let sealed = file.seal_keyset(&two_keys()).unwrap();
        for cost in [cost, format!(" {memory} {passes} {lanes} ")] {
            let text = sealed.replace(" 19456 2 1 ", &cost);
            let error = open(&text, &Secret::Passphrase(PASSPHRASE)).unwrap_err();
            assert_eq!(error, SealingError::BadParameters, "{cost}");
        }
    }
    assert_eq!(
        Cost::new(19_456, 2, 1).map(|cost| (cost.memory_kib(), cost.passes(), cost.lanes())),
        Ok((19_456, 2, 1))
    );
    assert!(Cost::new(262_144, 16, 4).is_ok());
}

#[test]
fn all_passphrase_slots_together_cost_no_more_than_the_dearest_one_may() {
    let mut file = SealedFile::create().unwrap();
    for _ in 0..2 {
        file.add_slot(&slot(cheap()), &Secret::Passphrase(PASSPHRASE)).unwrap();
    }
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    let dear = sealed.replacen(" 19456 2 1 ", " 262144 16 1 ", 1);
    assert_eq!(open(&dear, &Secret::Passphrase(PASSPHRASE)).unwrap_err(), SealingError::BadParameters);
    // The other slot alone is tried: it refuses because the file was altered, and for nothing else.
    let options = OpenOptions { slot: Some(file.slots()[1].salt.slot_id()), ..OpenOptions::default() };
    let error = SealedFile::open(&dear, &Secret::Passphrase(PASSPHRASE), &options).unwrap_err();
    assert_eq!(error, SealingError::CannotOpen);
}

#[test]
fn a_secret_that_can_be_none_is_refused_as_what_it_is() {
    let mut file = with_raw_slot();
    let sealed = file.seal_keyset(&two_keys()).unwrap();
    let too_long = "x".repeat(1025);
    for passphrase in ["", &too_long] {
        let secret = Secret::Passphrase(passphrase);
        assert_eq!(file.add_slot(&slot(cheap()), &secret).unwrap_err(), SealingError::BadPassphrase);
        assert_eq!(open(&sealed, &secret).unwrap_err(), SealingError::BadPassphrase);
    }
    for kek in [&[0; 32][..], &[7; 31], &[7; 33], &[]] {
        assert_eq!(file.add_slot(&slot(SlotKind::Raw), &Secret::Raw(kek)).unwrap_err(), SealingError::BadKey);
        assert_eq!(open(&sealed, &Secret::Raw(kek)).unwrap_err(), SealingError::BadKey);
    }
    let secret = Secret::Wrapper(&KEK);
    assert_eq!(file.add_slot(&slot(SlotKind::Raw), &secret).unwrap_err(), SealingError::BadParameters);
    assert_eq!(file.slots().len(), 1);
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
