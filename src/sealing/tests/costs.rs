//! What trying a passphrase may cost. Nothing here pays for a dear slot: it is wrapped under a key that was never derived.

use std::prelude::rust_2024::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::super::Cost;
use super::super::kek::{Kind, Opener};
use super::*;

/// 19456 KiB twice, and what is left of 4194304 after it: 259712 KiB sixteen times.
const CHEAP: Cost = Cost { memory_kib: 19_456, passes: 2, lanes: 1 };
const REST: Cost = Cost { memory_kib: 259_712, passes: 16, lanes: 4 };

#[test]
fn passphrase_slots_are_added_up_to_the_cost_that_a_reader_accepts_and_no_further() {
    let mut file = with_slots_of(&[REST]);
    file.add_slot(head(CHEAP), b"tortoise").unwrap();
    let text = FileText::parse(file.seal(b"record").unwrap().as_bytes()).unwrap();
    assert_eq!(passphrase().choose(&text.slots, None).unwrap().len(), 2);

    assert_eq!(file.add_slot(head(CHEAP), b"hare").unwrap_err(), SealingError::BadParameters);
    assert_eq!(file.slots.len(), 2);
    let dear = file.slots[0].head.id();
    file.remove_slot(dear).unwrap();
    file.add_slot(head(CHEAP), b"hare").unwrap();
}

#[test]
fn one_kib_above_the_limit_is_refused_when_writing_as_when_reading() {
    let above = Cost { memory_kib: REST.memory_kib + 1, ..REST };
    let mut file = with_slots_of(&[above]);
    assert_eq!(file.add_slot(head(CHEAP), b"tortoise").unwrap_err(), SealingError::BadParameters);
    let file = with_slots_of(&[above, CHEAP]);
    assert_eq!(passphrase().choose(&file.slots, None).err(), Some(SealingError::BadParameters));
}

#[test]
fn slots_of_other_kinds_are_added_however_dear_the_passphrases_of_a_file_are() {
    // Both as somebody else may have written them.
    let absurd = Cost { memory_kib: u32::MAX, ..CHEAP };
    for costs in [[REST, REST], [absurd, CHEAP]] {
        let mut file = with_slots_of(&costs);
        assert_eq!(file.add_slot(head(CHEAP), b"tortoise").unwrap_err(), SealingError::BadParameters);
        file.add_slot(Head::new(&SlotInfo::new(SlotKind::Raw).unwrap()).unwrap(), &[7; 32]).unwrap();
        let recovery = SlotKind::Recovery(Plan::new(2, 2).unwrap());
        file.add_recovery(Head::new(&SlotInfo::new(recovery).unwrap()).unwrap()).unwrap();
        assert_eq!(file.slots.len(), 4);
    }
}

fn with_slots_of(costs: &[Cost]) -> File {
    let key = || FileKey::new(Wiped::from_slice(&[5; 32]).unwrap());
    let mut file = File::with_key(key(), 0);
    file.slots = costs.iter().map(|&cost| Slot::wrap(head(cost), &[6; 32], &key()).unwrap()).collect();
    file
}

fn head(cost: Cost) -> Head {
    Head::new(&SlotInfo::new(SlotKind::Passphrase(cost)).unwrap()).unwrap()
}

fn passphrase() -> Opener {
    Opener::Bytes(Kind::Passphrase, normalized("tortoise").unwrap())
}
