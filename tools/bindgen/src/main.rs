//! `blindtally-bindgen <in.wasm> <out-dir> <name> [--debug]` writes the glue for one `.wasm` that every loader shares:
//! `name.js`, `name.d.ts`, `name_bg.wasm` and `name_bg.wasm.d.ts`.
//!
//! `--debug` keeps Rust's symbol names and adds run-time checks to the glue.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: blindtally-bindgen <in.wasm> <out-dir> <name> [--debug]";

fn main() -> ExitCode {
    let Some(job) = Job::parse(env::args_os().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match job.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("blindtally-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Job {
    input: PathBuf,
    out_dir: PathBuf,
    name: String,
    debug: bool,
}

impl Job {
    fn parse(arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let (flags, others): (Vec<_>, Vec<_>) =
            arguments.partition(|argument| argument.as_encoded_bytes().starts_with(b"--"));
        let [input, out_dir, name] = <[OsString; 3]>::try_from(others).ok()?;
        let debug = match flags.as_slice() {
            [] => false,
            [flag] if flag == "--debug" => true,
            _ => return None,
        };
        Some(Self { input: input.into(), out_dir: out_dir.into(), name: name.into_string().ok()?, debug })
    }

    fn run(&self) -> anyhow::Result<()> {
        Bindgen::new()
            .input_path(&self.input)
            .out_name(&self.name)
            .web(true)?
            .typescript(true)
            // Each entry of the package says itself where its bytes come from; a default here would make bundlers
            // emit a second copy.
            .omit_default_module_path(true)
            .debug(self.debug)
            .keep_debug(self.debug)
            .generate(&self.out_dir)
    }
}
