//! Claims about the life of a key: what each operation does, and that what is refused changes nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod support;

use blindtally::keyset::hazard::{RootKey, add_root_key, add_root_key_at, export_keyset, export_root_keys};
use blindtally::{Cipher, Context, Error, EventName, KeyId, KeyStatus, Keyset, Timestamp, Token};
use support::{add, cipher, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const UNKNOWN: KeyId = KeyId::from_bytes([0; 4]);
const DAY: u64 = 86_400;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn events(keyset: &Keyset) -> Cipher {
    keyset.cipher(&Context::default())
}

/// A keyset of a primary, an enabled, a disabled and a destroyed key, with the id of each.
fn four_keys() -> (Keyset, [KeyId; 4]) {
    let mut keyset = keyset(&first_root());
    let primary = keyset.primary_key_id();
    let [enabled, disabled, destroyed] =
        [second_root(), vec![3; 32], vec![4; 32]].map(|root| add(&mut keyset, &root));
    keyset.disable(disabled).unwrap();
    keyset.destroy(destroyed).unwrap();
    (keyset, [primary, enabled, disabled, destroyed])
}

/// Expects a refusal that leaves every byte of the keyset as it was.
fn refuses<T: core::fmt::Debug>(
    keyset: &mut Keyset,
    expected: Error,
    change: impl FnOnce(&mut Keyset) -> Result<T, Error>,
) {
    let before = export_keyset(keyset);
    assert_eq!(change(keyset).unwrap_err(), expected);
    assert_eq!(export_keyset(keyset), before, "{expected:?} changed the keyset");
}

fn statuses(keyset: &Keyset) -> Vec<(KeyId, KeyStatus, bool)> {
    keyset.keys().iter().map(|key| (key.id, key.status, key.is_primary)).collect()
}

#[test]
fn what_is_refused_changes_nothing() {
    let (mut keyset, [primary, enabled, disabled, destroyed]) = four_keys();
    let keyset = &mut keyset;
    refuses(keyset, Error::PrimaryKey(primary), |keyset| keyset.disable(primary));
    refuses(keyset, Error::PrimaryKey(primary), |keyset| keyset.destroy(primary));
    refuses(keyset, Error::DisabledKey(disabled), |keyset| keyset.promote(disabled));
    refuses(keyset, Error::DestroyedKey(destroyed), |keyset| keyset.promote(destroyed));
    refuses(keyset, Error::DestroyedKey(destroyed), |keyset| keyset.enable(destroyed));
    refuses(keyset, Error::DestroyedKey(destroyed), |keyset| keyset.disable(destroyed));
    for change in [Keyset::promote, Keyset::disable, Keyset::enable, Keyset::destroy] {
        refuses(keyset, Error::UnknownKey(UNKNOWN), |keyset| change(keyset, UNKNOWN));
    }
    for (root, id) in
        [(first_root(), primary), (second_root(), enabled), (vec![3; 32], disabled), (vec![4; 32], destroyed)]
    {
        let root = RootKey::from_slice(&root).unwrap();
        refuses(keyset, Error::DuplicateKey(id), |keyset| add_root_key(keyset, root));
    }
}

#[test]
fn what_is_so_already_is_accepted_and_changes_nothing() {
    let (mut keyset, [primary, enabled, disabled, destroyed]) = four_keys();
    let before = export_keyset(&keyset);
    keyset.promote(primary).unwrap();
    keyset.enable(primary).unwrap();
    keyset.enable(enabled).unwrap();
    keyset.disable(disabled).unwrap();
    keyset.destroy(destroyed).unwrap();
    assert_eq!(export_keyset(&keyset), before);
}

#[test]
fn a_key_goes_from_enabled_to_disabled_and_back_and_from_each_to_destroyed() {
    let (mut keyset, [_, enabled, disabled, _]) = four_keys();
    keyset.disable(enabled).unwrap();
    keyset.enable(disabled).unwrap();
    assert_eq!(
        statuses(&keyset)[1..3],
        [(enabled, KeyStatus::Disabled, false), (disabled, KeyStatus::Enabled, false)]
    );
    keyset.destroy(enabled).unwrap();
    keyset.destroy(disabled).unwrap();
    assert!(statuses(&keyset)[1..].iter().all(|key| key.1 == KeyStatus::Destroyed));
}

#[test]
fn a_promoted_key_changes_places_with_the_primary_one() {
    let (mut keyset, [primary, enabled, ..]) = four_keys();
    keyset.promote(enabled).unwrap();
    assert_eq!(keyset.primary_key_id(), enabled);
    assert_eq!(
        statuses(&keyset)[..2],
        [(enabled, KeyStatus::Enabled, true), (primary, KeyStatus::Enabled, false)]
    );
    assert_eq!(events(&keyset).encrypt(&name("n")).key_id(), enabled);
}

#[test]
fn a_destroyed_key_leaves_its_id_and_check_and_not_its_secret() {
    let mut keyset = keyset(&first_root());
    let second = add(&mut keyset, &second_root());
    let check = keyset.key_check(second).unwrap();
    keyset.destroy(second).unwrap();
    assert_eq!(keyset.key_check(second), Ok(check));
    assert_eq!(export_root_keys(&keyset).len(), 1, "a destroyed key is not exported");
    let record = export_keyset(&keyset);
    assert!(!record.windows(8).any(|window| second_root().windows(8).any(|secret| secret == window)));
    assert!(record.windows(32).any(|window| window == check.as_bytes()));
}

#[test]
fn tokens_of_a_destroyed_key_are_reported_with_its_id_wherever_they_are_read() {
    let mut keyset = keyset(&first_root());
    let second = add(&mut keyset, &second_root());
    keyset.promote(second).unwrap();
    let token = events(&keyset).encrypt(&name("n"));
    let readable = cipher().encrypt(&name("m")).to_string();
    keyset.promote(cipher().encrypt(&name("n")).key_id()).unwrap();
    keyset.destroy(second).unwrap();

    let cipher = events(&keyset);
    assert_eq!(cipher.decrypt(&token), Err(Error::DestroyedKey(second)));
    let rows = [(readable.clone(), 1), (token.to_string(), 7)];
    let results = cipher.decrypt_results(rows).unwrap();
    let row = results.unreadable[0];
    assert_eq!((row.index, row.count.get(), row.reason), (1, 7, Error::DestroyedKey(second)));
    assert_eq!(results.count(&name("m")).get(), 1);
    let refused = cipher.decrypt_all([readable, token.to_string()]).unwrap_err();
    assert_eq!((refused.index, refused.error), (1, Error::DestroyedKey(second)));
    assert_eq!(cipher.rewrap_all([token.to_string()]).unwrap_err().error, Error::DestroyedKey(second));
}

#[test]
fn a_keyset_holds_a_thousand_keys_and_not_one_more_destroyed_ones_included() {
    let mut keyset = Keyset::generate().unwrap();
    let primary = keyset.primary_key_id();
    while keyset.keys().len() < Keyset::MAX_KEYS {
        let id = keyset.generate_key().unwrap();
        keyset.destroy(id).unwrap();
    }
    refuses(&mut keyset, Error::TooManyKeys, Keyset::generate_key);
    refuses(&mut keyset, Error::TooManyKeys, |keyset| keyset.rotate(at(1)));
    assert_eq!(keyset.primary_key_id(), primary);
}

#[test]
fn rotation_adds_a_key_that_is_primary_and_keeps_the_former_one_enabled() {
    let mut keyset = Keyset::generate_at(at(5)).unwrap();
    let first = keyset.primary_key_id();
    let second = keyset.rotate(at(9)).unwrap();
    assert_eq!(statuses(&keyset), [(second, KeyStatus::Enabled, true), (first, KeyStatus::Enabled, false)]);
    let created: Vec<u64> = keyset.keys().iter().map(|key| key.created.unix_seconds()).collect();
    assert_eq!(created, [9, 5]);
}

#[test]
fn a_keyset_is_due_on_the_second_and_not_before() {
    for days in [1, 90, u16::MAX] {
        let start = 1_760_000_000;
        let mut keyset = Keyset::generate_at(at(start)).unwrap();
        let end = start + u64::from(days) * DAY;
        assert_eq!(keyset.rotate_if_due(at(end)), Ok(None), "there is no policy");
        keyset.set_rotate_after_days(days);
        assert_eq!(keyset.rotate_after_days(), days);
        for early in [0, 1, start - 1, start, end - 1] {
            assert_eq!(keyset.rotate_if_due(at(early)), Ok(None), "{early}");
        }
        let rotated = keyset.rotate_if_due(at(end)).unwrap();
        assert_eq!(rotated, Some(keyset.primary_key_id()));
        assert_eq!(keyset.rotate_if_due(at(end)), Ok(None), "the age is that of the new key");
        assert!(keyset.rotate_if_due(at(2 * end - start)).unwrap().is_some());
        keyset.set_rotate_after_days(0);
        assert_eq!(keyset.rotate_if_due(Timestamp::MAX), Ok(None));
    }
}

#[test]
fn a_key_of_unknown_age_is_due_at_any_known_time_and_at_no_unknown_one() {
    let mut keyset = Keyset::generate().unwrap();
    keyset.set_rotate_after_days(90);
    assert_eq!(keyset.rotate_if_due(Timestamp::UNKNOWN), Ok(None));
    assert!(keyset.is_due(at(1)));
    assert!(keyset.rotate_if_due(at(1)).unwrap().is_some());
    assert_eq!(keyset.rotate_if_due(at(2)), Ok(None));
}

#[test]
fn a_time_is_what_was_given_up_to_the_latest() {
    let mut keyset = Keyset::generate_at(at(1)).unwrap();
    keyset.generate_key_at(at(2)).unwrap();
    add_root_key_at(&mut keyset, RootKey::from_slice(&first_root()).unwrap(), at(u64::MAX)).unwrap();
    keyset.generate_key().unwrap();
    let created: Vec<Timestamp> = keyset.keys().iter().map(|key| key.created).collect();
    assert_eq!(created, [at(1), at(2), Timestamp::MAX, Timestamp::UNKNOWN]);
    assert_eq!(Timestamp::MAX.unix_seconds(), (1 << 40) - 1);
}

#[test]
fn counts_under_the_old_the_new_and_a_third_key_add_up_exactly() {
    let mut keyset = keyset(&first_root());
    let names: Vec<EventName> = (0..200).map(|index| name(&format!("event-{index}"))).collect();
    let mut rows = Vec::new();
    let mut expected = vec![0; names.len()];
    for (period, _) in [(); 3].iter().enumerate() {
        let cipher = events(&keyset);
        for (index, name) in names.iter().enumerate() {
            let count = u64::try_from(index * 1000 + period * 7 + 1).unwrap();
            rows.push((cipher.encrypt(name).to_string(), count));
            expected[index] += count;
        }
        keyset.rotate(at(1)).unwrap();
    }
    rows.reverse();
    let results = events(&keyset).decrypt_results(rows).unwrap();
    assert!(results.unreadable.is_empty());
    assert_eq!(results.counts.len(), names.len());
    for (name, expected) in names.iter().zip(expected) {
        assert_eq!(results.count(name).get(), expected);
    }
}

#[test]
fn tokens_for_a_name_are_its_tokens_under_each_enabled_key_the_primary_one_first() {
    let (mut keyset, [primary, enabled, ..]) = four_keys();
    let third = keyset.generate_key().unwrap();
    let tokens = events(&keyset).tokens_for(&name("n"));
    assert_eq!(tokens.iter().map(Token::key_id).collect::<Vec<_>>(), [primary, enabled, third]);
    assert!(tokens.iter().all(|token| events(&keyset).decrypt(token) == Ok(name("n"))));
    assert_eq!(tokens[0], events(&keyset).encrypt(&name("n")));
    keyset.promote(enabled).unwrap();
    assert_eq!(events(&keyset).encrypt(&name("n")), tokens[1]);
}

#[test]
fn rewrapping_gives_exactly_the_tokens_of_the_primary_key() {
    let mut keyset = keyset(&first_root());
    let mut old = Vec::new();
    let names: Vec<String> = (0..700).map(|index| format!("{index}{}", "n".repeat(index % 230))).collect();
    for part in names.chunks(250) {
        old.extend(events(&keyset).encrypt_all(part).unwrap());
        keyset.rotate(at(1)).unwrap();
    }
    let cipher = events(&keyset);
    let rewrapped = cipher.rewrap_all(old.iter().map(Token::to_string)).unwrap();
    assert_eq!(rewrapped, cipher.encrypt_all(&names).unwrap());
    assert_eq!(cipher.rewrap_all(rewrapped.iter().map(Token::to_string)).unwrap(), rewrapped, "again is the same");
    assert_eq!(cipher.rewrap_all([""; 0]).unwrap(), []);
}

#[test]
fn a_batch_with_one_token_that_cannot_be_read_is_not_rewrapped_at_all() {
    let cipher = cipher();
    let good: Vec<String> = cipher.encrypt_all(["a"; 300]).unwrap().iter().map(Token::to_string).collect();
    for position in [0, 63, 64, 255, 256, 299] {
        let mut tokens = good.clone();
        "in clear".clone_into(&mut tokens[position]);
        let refused = cipher.rewrap_all(&tokens).unwrap_err();
        assert_eq!((refused.index, refused.error), (position, Error::NotAToken));
    }
}
