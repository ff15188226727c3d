//! Nanoseconds a name of a batch without wasm: what the processor could do at best. `npm run bench` calls this
//! program between its own rounds; `cargo bench --bench native` shows the figure to a person.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use blindtally::{Context, Keyset};

const NAMES: usize = 10_000;
/// Enough for the whole to take some hundredths of a second, of which the start of a process is little.
const BATCHES: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let cipher = Keyset::generate()?.cipher(&Context::default());
    let mut times = Vec::with_capacity(BATCHES);
    for batch in 0..BATCHES {
        // Text in, text out, and 24 bytes a name, as in JavaScript.
        let names: Vec<String> = (0..NAMES).map(|serial| format!("checkout.step.{batch:04}{serial:06}")).collect();
        let started = Instant::now();
        let tokens: Vec<String> = cipher.encrypt_all(&names)?.iter().map(ToString::to_string).collect();
        times.push(started.elapsed());
        black_box(tokens);
    }
    times.sort_unstable();
    let median = times.get(BATCHES / 2).ok_or("no batch was timed")?;
    let nanoseconds = median.as_secs_f64() * 1e9 / 1e4;
    if std::env::args().any(|argument| argument == "--json") {
        println!("{{\"nanosecondsPerName\":{nanoseconds:.1}}}");
    } else {
        println!("a batch of {NAMES} names of 24 bytes: {nanoseconds:.1} ns a name");
    }
    Ok(())
}
