//! Encrypts analytics event names so that a vendor can count them without reading them.
//!
//! Equal names give equal tokens under one key, so a vendor can still group and count; it never learns a name.
//! This crate is the core of the npm package of the same name: the format `bt1`, and `br1` beside it for what is not to be
//! counted, both stated in `SPEC.md`.
//!
//! It does not send anything, keeps no state, and hides neither how often an event occurs nor when: see
//! `THREATS.md` in the repository. It has had no independent audit.
//!
//! # Example: encrypt, count at the vendor, decrypt
//! ```
//! use blindtally::{Context, EventName, Keyset};
//!
//! let keyset = Keyset::generate()?;
//! let events = keyset.cipher(&Context::default());
//!
//! let token = events.encrypt(&EventName::parse("medication.missed")?).to_string();
//! assert_eq!(token.len(), 74);
//!
//! // The vendor groups equal tokens and answers with a result map.
//! let results = events.decrypt_results([(token, 3)])?;
//! assert_eq!(results.counts[0].0.as_str(), "medication.missed");
//! assert_eq!(results.counts[0].1.get(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod keyset;
#[cfg(feature = "sealing")]
pub mod sealing;

mod base64url;
mod batch;
mod cipher;
mod context;
mod derive;
mod error;
mod gcm_siv;
mod group;
mod hkdf;
mod name;
mod padding;
mod randomized;
#[cfg(feature = "std")]
mod results;
mod token;
#[cfg(feature = "bindings")]
mod wasm;
#[cfg(all(any(feature = "wasm-file", feature = "sealing-file"), target_arch = "wasm32"))]
mod wasm_runtime;
mod wipe;

pub use cipher::Cipher;
pub use context::Context;
pub use error::{BatchError, Error};
pub use keyset::{AnyKeyset, KeyCheck, KeyId, KeyInfo, KeyStatus, Keyset, Scope, Timestamp};
pub use name::EventName;
pub use padding::BUCKETS;
pub use randomized::RandomizedToken;
#[cfg(feature = "std")]
pub use results::{Count, Results, UnreadableRow};
pub use token::Token;

/// What fuzz/ looks at beyond the public face. No promise is made about it.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    use alloc::{vec, vec::Vec};

    use crate::{Cipher, Error, EventName, RandomizedToken, padding};

    /// Puts a name into its bucket.
    #[must_use]
    pub fn pad(name: &EventName) -> Vec<u8> {
        let mut bucket = vec![0; padding::Bucket::of_name(name).bytes()];
        padding::pad(name.as_str(), &mut bucket);
        bucket
    }

    /// Takes a name out of its bucket.
    ///
    /// # Errors
    /// [`Error::BadToken`] for whatever [`pad`] would not have made.
    pub fn unpad(padded: &[u8]) -> Result<EventName, Error> {
        padding::unpad(padded).and_then(EventName::parse)
    }

    /// The randomized token of a text for a nonce, which is otherwise drawn at random.
    #[must_use]
    pub fn encrypt_with_nonce(cipher: &Cipher, text: &EventName, nonce: [u8; 12]) -> RandomizedToken {
        cipher.encrypt_with_nonce(text, nonce)
    }
}

/// The examples of the documents, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
