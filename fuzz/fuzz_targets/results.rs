//! Every row of a result map is counted under its name or reported, with the count it came with.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use blindtally::keyset::hazard::{RootKey, add_root_key, import_root_key};
use blindtally::{Cipher, Context, EventName, Token};

libfuzzer_sys::fuzz_target!(|rows: Vec<(u8, &str, u16, u8)>| {
    let row =
        |(key, text, count, shift): (u8, &str, _, u8)| (text_of(key, text), u64::from(count) << (shift % 48));
    let rows: Vec<(String, u64)> = rows.into_iter().map(row).collect();
    let mut counts = BTreeMap::<EventName, u64>::new();
    let mut unreadable = Vec::new();
    for (index, (text, count)) in rows.iter().enumerate() {
        match Token::parse(text).and_then(|token| READER.decrypt(&token)) {
            Ok(name) => {
                let sum = counts.entry(name).or_default();
                *sum = sum.saturating_add(*count);
            }
            Err(reason) => unreadable.push((index, *count, reason)),
        }
    }
    let too_large = rows.iter().map(|(_, count)| count).chain(counts.values()).any(|&count| count >= 1 << 53);

    match READER.decrypt_results(rows) {
        Ok(read) => {
            assert!(!too_large);
            assert_eq!(read.counts.len(), counts.len());
            assert_eq!(
                read.counts.into_iter().map(|(name, count)| (name, count.get())).collect::<BTreeMap<_, _>>(),
                counts
            );
            assert!(read.unreadable.iter().map(|row| (row.index, row.count.get(), row.reason)).eq(unreadable));
        }
        Err(error) => assert!(too_large && ["bad-count", "count-overflow"].contains(&error.code())),
    }
});

/// A primary key, an enabled one and a disabled one.
static READER: LazyLock<Cipher> = LazyLock::new(|| {
    let mut keyset = import_root_key(root_key(0));
    add_root_key(&mut keyset, root_key(1)).unwrap();
    let disabled = add_root_key(&mut keyset, root_key(2)).unwrap();
    keyset.disable(disabled).unwrap();
    keyset.cipher(&Context::default())
});

/// The same three, and one that the reader does not hold.
static WRITERS: LazyLock<[Cipher; 4]> =
    LazyLock::new(|| [0, 1, 2, 3].map(|key| import_root_key(root_key(key)).cipher(&Context::default())));

fn root_key(key: u8) -> RootKey {
    RootKey::from_slice(&[key + 1; 32]).unwrap()
}

/// The token of a name under one of the keys, or the text itself.
fn text_of(key: u8, text: &str) -> String {
    let token = WRITERS.get(usize::from(key)).zip(EventName::parse(text).ok());
    token.map_or_else(|| text.to_owned(), |(writer, name)| writer.encrypt(&name).to_string())
}
