//! `blindtally-instructions CASE` does a fixed amount of one kind of work. A tool counts the instructions between
//! entering and leaving [`counted_work`]; setting up is not counted. Without CASE: what there is, and how many items
//! each takes.
//!
//! Everything is the same in every run: the key, the context and the names.

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;

use blindtally::keyset::hazard::{RootKey, import_root_key};
use blindtally::{Cipher, Context, EventName, Keyset, RandomizedToken, Token};

type Outcome = Result<usize, Box<dyn Error>>;

/// One kind of work: its name, the number of items it takes, and what does it and says how many it has done.
struct Case {
    name: &'static str,
    items: usize,
    run: fn(usize) -> Outcome,
}

const CASES: [Case; 9] = [
    Case { name: "derive-cipher", items: 100, run: derive_cipher },
    Case { name: "encrypt-one", items: 1000, run: encrypt_one },
    Case { name: "decrypt-one", items: 1000, run: decrypt_one },
    Case { name: "encrypt-randomized", items: 1000, run: encrypt_randomized },
    Case { name: "decrypt-randomized", items: 1000, run: decrypt_randomized },
    Case { name: "encrypt-all", items: 1000, run: encrypt_all },
    Case { name: "encrypt-all-lengths", items: 1000, run: encrypt_all_lengths },
    Case { name: "decrypt-all", items: 1000, run: decrypt_all },
    Case { name: "decrypt-results", items: 1000, run: decrypt_results },
];

fn main() -> ExitCode {
    let Some(wanted) = env::args().nth(1) else {
        for Case { name, items, .. } in CASES {
            println!("{name} {items}");
        }
        return ExitCode::SUCCESS;
    };
    let Some(case) = CASES.into_iter().find(|case| case.name == wanted) else {
        eprintln!("There is no such case.");
        return ExitCode::from(2);
    };
    // Work that is refused half way would look fast.
    match (case.run)(case.items) {
        Ok(done) if done == case.items => ExitCode::SUCCESS,
        Ok(done) => {
            eprintln!("{done} of {} items were done.", case.items);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The frame that the tool looks for by its name, hence never inlined.
#[inline(never)]
fn counted_work(work: impl FnOnce() -> Outcome) -> Outcome {
    // Something is left to do after the call, else a jump could stand for it, and this frame would end too soon.
    black_box(work())
}

fn derive_cipher(items: usize) -> Outcome {
    let keyset = keyset()?;
    let context = Context::default();
    counted_work(|| {
        let mut done = 0;
        while done < items {
            black_box(keyset.cipher(&context));
            done += 1;
        }
        Ok(done)
    })
}

fn encrypt_one(items: usize) -> Outcome {
    let (cipher, names) = (cipher()?, short_names(items));
    counted_work(|| {
        let mut done = 0;
        for name in &names {
            black_box(cipher.encrypt(&EventName::parse(name.as_str())?).to_string());
            done += 1;
        }
        Ok(done)
    })
}

fn decrypt_one(items: usize) -> Outcome {
    let cipher = cipher()?;
    let tokens = tokens(&cipher, items)?;
    counted_work(|| {
        let mut done = 0;
        for token in &tokens {
            black_box(cipher.decrypt(&Token::parse(token)?)?);
            done += 1;
        }
        Ok(done)
    })
}

fn encrypt_randomized(items: usize) -> Outcome {
    let (cipher, names) = (cipher()?, short_names(items));
    counted_work(|| {
        let mut done = 0;
        for name in &names {
            black_box(cipher.encrypt_randomized(&EventName::parse(name.as_str())?)?.to_string());
            done += 1;
        }
        Ok(done)
    })
}

fn decrypt_randomized(items: usize) -> Outcome {
    let (cipher, mut tokens) = (cipher()?, Vec::new());
    for name in short_names(items) {
        tokens.push(cipher.encrypt_randomized(&EventName::parse(name)?)?.to_string());
    }
    counted_work(|| {
        let mut done = 0;
        for token in &tokens {
            black_box(cipher.decrypt_randomized(&RandomizedToken::parse(token)?)?);
            done += 1;
        }
        Ok(done)
    })
}

fn encrypt_all(items: usize) -> Outcome {
    encrypt_batch(&short_names(items))
}

fn encrypt_all_lengths(items: usize) -> Outcome {
    encrypt_batch(&names_of_all_lengths(items))
}

/// Up to the text of each token: that is what is sent.
fn encrypt_batch(names: &[String]) -> Outcome {
    let cipher = cipher()?;
    counted_work(|| {
        let mut done = 0;
        for token in cipher.encrypt_all(names)? {
            black_box(token.to_string());
            done += 1;
        }
        Ok(done)
    })
}

fn decrypt_all(items: usize) -> Outcome {
    let cipher = cipher()?;
    let tokens = tokens(&cipher, items)?;
    counted_work(|| Ok(black_box(cipher.decrypt_all(&tokens)?).len()))
}

fn decrypt_results(items: usize) -> Outcome {
    let cipher = cipher()?;
    let tokens = tokens(&cipher, items)?;
    counted_work(|| {
        let results = black_box(cipher.decrypt_results(tokens.iter().zip(1..))?);
        Ok(results.counts.len())
    })
}

fn keyset() -> Result<Keyset, Box<dyn Error>> {
    Ok(import_root_key(RootKey::from_slice(&[0x42; RootKey::BYTES])?))
}

fn cipher() -> Result<Cipher, Box<dyn Error>> {
    Ok(keyset()?.cipher(&Context::default()))
}

/// Distinct names of 24 bytes, as most event names are about that long: the smallest bucket.
fn short_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("section.action.{number:09}")).collect()
}

/// Distinct names of 10 to 239 bytes, so that batches hold all buckets side by side.
fn names_of_all_lengths(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:0>width$}", width = 10 + number % 230)).collect()
}

fn tokens(cipher: &Cipher, count: usize) -> Result<Vec<String>, Box<dyn Error>> {
    Ok(cipher.encrypt_all(short_names(count))?.iter().map(ToString::to_string).collect())
}
