//! Claims about result maps.

mod support;

use blindtally::{Context, Count, Error};
use support::{add, cipher, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn counts_of_one_name_under_several_keys_add_up() {
    let mut keyset = keyset(&first_root());
    let old = keyset.cipher(&Context::default());
    let second = add(&mut keyset, &second_root());
    keyset.promote(second).unwrap();
    let new = keyset.cipher(&Context::default());
    let rows = [(&new, "b", 5), (&old, "a", 3), (&new, "a", 4), (&old, "b", 1)]
        .map(|(cipher, text, count)| (cipher.encrypt(&name(text)).to_string(), count));

    let results = new.decrypt_results(rows).unwrap();
    let counts: Vec<(&str, u64)> =
        results.counts.iter().map(|(name, count)| (name.as_str(), count.get())).collect();
    assert_eq!(counts, [("b", 6), ("a", 7)], "in the order in which names first appear");
    assert!(results.unreadable.is_empty());
}

#[test]
fn every_row_is_either_counted_or_reported_with_its_reason() {
    let mut both = keyset(&first_root());
    let first = both.primary_key_id();
    let disabled = both.cipher(&Context::default()).encrypt(&name("disabled")).to_string();
    let second = add(&mut both, &second_root());
    both.promote(second).unwrap();
    both.disable(first).unwrap();
    let cipher = both.cipher(&Context::default());

    let readable = cipher.encrypt(&name("readable")).to_string();
    let foreign = keyset(&[9; 32]).cipher(&Context::default()).encrypt(&name("foreign")).to_string();
    let altered = format!("{}{}", &readable[..73], if readable.ends_with('A') { 'Q' } else { 'A' });
    let rows = [("in-clear", 1), (&*disabled, 2), (&*foreign, 4), (&*altered, 8), (&*readable, 16), ("", 32)];
    let results = cipher.decrypt_results(rows).unwrap();

    assert_eq!(results.count(&name("readable")).get(), 16);
    let reported: Vec<_> =
        results.unreadable.iter().map(|row| (row.index, row.count.get(), row.reason.code())).collect();
    assert_eq!(
        reported,
        [
            (0, 1, "not-a-token"),
            (1, 2, "disabled-key"),
            (2, 4, "unknown-key"),
            (3, 8, "bad-token"),
            (5, 32, "not-a-token")
        ]
    );
}

#[test]
fn a_sum_above_the_largest_count_is_an_error_and_not_a_wrong_total() {
    let token = cipher().encrypt(&name("n")).to_string();
    let sum = |counts: &[u64]| cipher().decrypt_results(counts.iter().map(|count| (&token, *count)));
    let results = sum(&[Count::MAX.get() - 1, 1]).unwrap();
    assert_eq!(results.count(&name("n")), Count::MAX);
    let refused = sum(&[Count::MAX.get(), 0, 1]).unwrap_err();
    assert_eq!((refused.index, refused.code()), (2, "count-overflow"));
    let refused = sum(&[0, Count::MAX.get() + 1]).unwrap_err();
    assert_eq!((refused.index, refused.code()), (1, "bad-count"));
}

#[test]
fn a_count_is_a_whole_number_from_0_to_2_to_the_53_less_1() {
    for (number, count) in [(0.0, 0), (-0.0, 0), (1.0, 1), (9_007_199_254_740_991.0, Count::MAX.get())] {
        assert_eq!(Count::try_from(number).map(Count::get), Ok(count));
    }
    let refused = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.5, -0.5, 9_007_199_254_740_992.0, f64::MAX];
    for number in refused {
        assert_eq!(Count::try_from(number), Err(Error::BadCount), "{number}");
    }
}

#[test]
fn a_name_that_is_not_there_counts_zero() {
    assert_eq!(cipher().decrypt_results([("", 0); 0]).unwrap().count(&name("n")).get(), 0);
}
