//! Claims about batches: whatever group or window a name or token falls into, it is as if it had come alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod support;

use std::iter::repeat_with;

use blindtally::{Cipher, Context, Error, EventName, Keyset, Token};
use support::{add, cipher, first_root, keyset, name, second_root};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A group takes 64 messages or 256 blocks; a window takes 256 rows. These lie around one, two and three of them.
const COUNTS: [usize; 17] = [1, 2, 15, 16, 17, 18, 34, 35, 63, 64, 65, 127, 128, 129, 192, 193, 257];

/// Names of this length, each another one.
fn names_of(length: usize, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{index:03}{}", "n".repeat(length - 3))).collect()
}

fn one_by_one(cipher: &Cipher, names: &[String]) -> Vec<Token> {
    names.iter().map(|text| cipher.encrypt(&name(text))).collect()
}

fn texts(tokens: &[Token]) -> Vec<String> {
    tokens.iter().map(Token::to_string).collect()
}

/// What a single call says of a token.
fn alone(cipher: &Cipher, text: &str) -> Result<EventName, Error> {
    Token::parse(text).and_then(|token| cipher.decrypt(&token))
}

/// The token with its last character changed, so that it stays canonical and its tag is wrong.
fn altered(token: &str) -> String {
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    format!("{}{last}", &token[..token.len() - 1])
}

fn assert_same_in_batch(cipher: &Cipher, names: &[String]) {
    let tokens = one_by_one(cipher, names);
    assert!(cipher.encrypt_all(names).unwrap() == tokens, "{} names encrypt as they do alone", names.len());
    let opened = cipher.decrypt_all(texts(&tokens)).unwrap();
    assert!(opened.iter().map(EventName::as_str).eq(names), "{} tokens decrypt as they do alone", names.len());
}

#[test]
fn batches_around_the_size_of_a_group_agree_with_single_calls_in_each_bucket() {
    for length in [31, 63, 111, 159, 239] {
        for count in COUNTS {
            assert_same_in_batch(&cipher(), &names_of(length, count));
        }
    }
}

#[test]
fn batches_of_all_buckets_mixed_agree_with_single_calls() {
    let cipher = cipher();
    let lengths = [239, 3, 31, 239, 32, 111, 160, 63, 64, 112, 159, 239, 10];
    for count in COUNTS {
        let mixed: Vec<String> =
            (0..count).map(|index| names_of(lengths[index % lengths.len()], 1 + index).pop().unwrap()).collect();
        assert_same_in_batch(&cipher, &mixed);
    }
    // The group has blocks left, but not enough for the next name: 16 long ones leave 16 of 256 blocks, 2 go, 14 stay.
    for short in 0..=12 {
        let mut names = names_of(239, 16);
        names.extend(names_of(31, short));
        names.extend(names_of(239, 18));
        assert_same_in_batch(&cipher, &names);
    }
}

#[test]
fn names_of_every_length_agree_in_one_batch() {
    let every: Vec<String> = (3..=EventName::MAX_BYTES).map(|length| names_of(length, 1).remove(0)).collect();
    assert_same_in_batch(&cipher(), &every);
    let backwards: Vec<String> = every.into_iter().rev().collect();
    assert_same_in_batch(&cipher(), &backwards);
}

#[test]
fn a_bad_name_is_reported_at_its_position_wherever_in_a_group_it_stands() {
    let cipher = cipher();
    for bad in ["".to_owned(), "n".repeat(240)] {
        for position in 0..=130 {
            let mut names = names_of(31, 131);
            names[position].clone_from(&bad);
            let refused = cipher.encrypt_all(&names).unwrap_err();
            assert_eq!((refused.index, refused.error), (position, Error::BadName));
        }
    }
    let mut names = names_of(31, 131);
    names[127].clear();
    names[70] = "n".repeat(300);
    assert_eq!(cipher.encrypt_all(&names).unwrap_err().index, 70, "the first of two");
}

#[test]
fn a_bad_token_is_reported_at_its_position_wherever_in_a_window_it_stands() {
    let cipher = cipher();
    let good = texts(&one_by_one(&cipher, &names_of(31, 131)));
    let foreign = keyset(&second_root()).cipher(&Context::default()).encrypt(&name("n")).to_string();
    for bad in ["in clear", "bt1_", &altered(&good[0]), &foreign] {
        let expected = alone(&cipher, bad).unwrap_err();
        for position in 0..=130 {
            let mut tokens = good.clone();
            bad.clone_into(&mut tokens[position]);
            let refused = cipher.decrypt_all(&tokens).unwrap_err();
            assert_eq!((refused.index, refused.error), (position, expected));
        }
    }
    let mut tokens = good.clone();
    // One is refused when it is decoded, the other, which comes first, only when it is decrypted.
    "in clear".clone_into(&mut tokens[9]);
    tokens[4] = altered(&good[4]);
    let refused = cipher.decrypt_all(&tokens).unwrap_err();
    assert_eq!((refused.index, refused.error), (4, Error::BadToken), "the first of two");
}

/// A keyset of three enabled keys, and a cipher of each key alone.
fn three_keys() -> (Keyset, [Cipher; 3]) {
    let roots = [first_root(), second_root(), vec![7; 32]];
    let mut all = keyset(&roots[0]);
    add(&mut all, &roots[1]);
    add(&mut all, &roots[2]);
    (all, roots.map(|root| keyset(&root).cipher(&Context::default())))
}

#[test]
fn tokens_of_two_and_three_keys_in_any_order_come_back_in_that_order() {
    let (keyset, ciphers) = three_keys();
    let all = keyset.cipher(&Context::default());
    let orders: [&dyn Fn(usize) -> usize; 6] = [
        &|index| index % 2,
        &|index| index % 3,
        &|index| index / 64 % 3,
        &|index| index / 65 % 2,
        &|index| usize::from(index == 130) * 2,
        &|index| (index * index / 7) % 3,
    ];
    for (order, key_at) in orders.into_iter().enumerate() {
        for length in [31, 239] {
            let names = names_of(length, 400);
            let tokens = names.iter().enumerate().map(|(index, text)| ciphers[key_at(index)].encrypt(&name(text)));
            let opened = all.decrypt_all(tokens.map(|token| token.to_string())).unwrap();
            assert!(opened.iter().map(EventName::as_str).eq(&names), "order {order}, length {length}");
        }
    }
}

/// Whatever a vendor may return, in no order.
fn rows_of_all_kinds(keyset: &mut Keyset, ciphers: &[Cipher; 3]) -> Vec<String> {
    let disabled = add(keyset, &[9; 32]);
    let of_disabled = support::keyset(&[9; 32]).cipher(&Context::default());
    keyset.disable(disabled).unwrap();
    let of_unknown = support::keyset(&[8; 32]).cipher(&Context::default());
    let mut state = 1_u32;
    // A linear congruential generator (Numerical Recipes): its high bits are random enough to shuffle with.
    let mut below = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from((state >> 16) % limit).unwrap()
    };
    let mut row = || {
        let text = names_of([3, 31, 63, 111, 159, 239][below(6)], 1 + below(40)).pop().unwrap();
        let text = name(&text);
        match below(10) {
            0 => of_disabled.encrypt(&text).to_string(),
            1 => of_unknown.encrypt(&text).to_string(),
            2 => text.as_str().to_owned(),
            3 => altered(&ciphers[below(3)].encrypt(&text).to_string()),
            4 => "bt1_\u{e9}".to_owned(),
            _ => ciphers[below(3)].encrypt(&text).to_string(),
        }
    };
    repeat_with(&mut row).take(3000).collect()
}

#[test]
fn a_result_map_of_all_kinds_of_rows_is_read_as_row_by_row() {
    let (mut keyset, ciphers) = three_keys();
    let rows = rows_of_all_kinds(&mut keyset, &ciphers);
    let all = keyset.cipher(&Context::default());
    let results = all.decrypt_results(rows.iter().zip(1_u64..)).unwrap();

    let mut counts: Vec<(EventName, u64)> = Vec::new();
    let mut unreadable = Vec::new();
    for (index, (text, count)) in rows.iter().zip(1_u64..).enumerate() {
        match alone(&all, text) {
            Err(error) => unreadable.push((index, count, error)),
            Ok(name) => match counts.iter_mut().find(|(found, _)| *found == name) {
                Some((_, sum)) => *sum += count,
                None => counts.push((name, count)),
            },
        }
    }
    assert!(counts.len() > 100 && unreadable.len() > 1000);
    assert!(results.counts.iter().map(|(name, count)| (name.clone(), count.get())).eq(counts));
    let reported: Vec<_> = results.unreadable.iter().map(|row| (row.index, row.count.get(), row.reason)).collect();
    assert_eq!(reported, unreadable);
}

#[test]
fn rows_that_fill_no_group_end_a_window_and_nothing_is_lost() {
    let cipher = cipher();
    let token = cipher.encrypt(&name("readable")).to_string();
    for refused in [0, 1, 254, 255, 256, 257, 511, 512, 513, 1000] {
        let mut rows: Vec<&str> = vec!["in clear"; refused];
        rows.push(&token);
        rows.extend(vec!["in clear"; refused]);
        rows.push(&token);
        let results = cipher.decrypt_results(rows.iter().zip(1_u64..)).unwrap();
        let sum = u64::try_from((refused + 1) * 3).unwrap();
        assert_eq!(results.count(&name("readable")).get(), sum, "{refused} rows before each");
        let positions: Vec<usize> = results.unreadable.iter().map(|row| row.index).collect();
        let expected: Vec<usize> = (0..rows.len()).filter(|index| rows[*index] != token).collect();
        assert_eq!(positions, expected);
    }
}

#[test]
fn a_bad_count_is_reported_at_its_position_wherever_in_a_window_it_stands() {
    let cipher = cipher();
    let tokens = texts(&one_by_one(&cipher, &names_of(31, 300)));
    for position in [0, 1, 62, 63, 64, 65, 127, 128, 255, 256, 257, 299] {
        let count = |index: usize| if index == position { 1 << 53 } else { 1 };
        let rows = tokens.iter().enumerate().map(|(index, token)| (token, count(index)));
        let refused = cipher.decrypt_results(rows).unwrap_err();
        assert_eq!((refused.index, refused.error), (position, Error::BadCount));
    }
}

#[test]
fn a_batch_that_was_refused_leaves_nothing_in_the_next() {
    let cipher = cipher();
    let names = names_of(31, 70);
    let mut broken = names.clone();
    broken.push(String::new());
    assert_eq!(cipher.encrypt_all(&broken).unwrap_err().index, 70);
    assert_same_in_batch(&cipher, &names[..3]);
    let mut tokens = texts(&one_by_one(&cipher, &names));
    tokens.push("in clear".to_owned());
    assert_eq!(cipher.decrypt_all(&tokens).unwrap_err().index, 70);
    assert_same_in_batch(&cipher, &names[..3]);
}
