//! `cargo bench`: what each public call of the crate costs. benches/README.md says how to run it without the
//! processor's AES instructions.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use blindtally::{Cipher, Context, EventName, Keyset, Token};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

/// One size for each of three buckets; 24 bytes is what most event names have room in.
const SIZES: [usize; 3] = [8, 24, 64];
const BATCH: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let keyset = Keyset::generate()?;
    let cipher = keyset.cipher(&Context::default());

    criterion.bench_function("derive a cipher", |bencher| {
        bencher.iter(|| keyset.cipher(black_box(&Context::default())));
    });
    one_by_one(&mut criterion, &cipher)?;
    in_batches(&mut criterion, &cipher)?;
    criterion.final_summary();
    Ok(())
}

fn one_by_one(criterion: &mut Criterion, cipher: &Cipher) -> Result<(), Box<dyn Error>> {
    for size in SIZES {
        let name = EventName::parse(text(0, size))?;
        let token = cipher.encrypt(&name);
        let mut group = criterion.benchmark_group("one by one");
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("encrypt", size), |bencher| {
            bencher.iter(|| cipher.encrypt(black_box(&name)));
        });
        group.bench_function(BenchmarkId::new("decrypt", size), |bencher| {
            bencher.iter(|| cipher.decrypt(black_box(&token)));
        });
        group.finish();
    }
    Ok(())
}

fn in_batches(criterion: &mut Criterion, cipher: &Cipher) -> Result<(), Box<dyn Error>> {
    for size in SIZES {
        let names: Vec<String> = (0..BATCH).map(|serial| text(serial, size)).collect();
        let tokens: Vec<String> = cipher.encrypt_all(&names)?.iter().map(Token::to_string).collect();
        let rows: Vec<(&str, u64)> = tokens.iter().map(|token| (token.as_str(), 1)).collect();
        // What is timed below gives no error: the same calls, once, say so.
        cipher.decrypt_all(&tokens)?;
        cipher.decrypt_results(rows.iter().copied())?;

        let mut group = criterion.benchmark_group("in a batch");
        group.throughput(Throughput::Elements(BATCH as u64));
        group.bench_function(BenchmarkId::new("encrypt_all", size), |bencher| {
            bencher.iter(|| cipher.encrypt_all(black_box(&names)));
        });
        group.bench_function(BenchmarkId::new("decrypt_all", size), |bencher| {
            bencher.iter(|| cipher.decrypt_all(black_box(&tokens)));
        });
        group.bench_function(BenchmarkId::new("decrypt_results", size), |bencher| {
            bencher.iter_batched(
                || rows.clone(),
                |rows| cipher.decrypt_results(black_box(rows)),
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
    Ok(())
}

/// A name of `size` bytes, distinct for each serial below a million.
fn text(serial: usize, size: usize) -> String {
    format!("{serial:0>6}{:.<1$}", "", size - 6)
}
