//! The derived keys of one context as bytes, so that another thread of the same program can read its tokens.
//!
//! They stay inside the package, on their way from one wasm instance to another: no format that anyone stores, and
//! no root key in it. For each key, the primary one first: `1 || id[4] || K[32] || N[12]` if it is enabled, and
//! `0 || id[4]` if it is not.

use alloc::boxed::Box;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{KeyId, KeyStatus, Keyset};
use crate::cipher::{Cipher, ContextKey};
use crate::context::Context;
use crate::derive::{DERIVED_BYTES, derive_context_key};
use crate::error::Error;
use crate::wipe::wipe_dead_stack;

const DISABLED: u8 = 0;
const ENABLED: u8 = 1;
const LONGEST_ENTRY: usize = 1 + KeyId::BYTES + DERIVED_BYTES;

impl Keyset {
    /// Derives the keys of one context, to be taken over by [`Cipher::take_over`].
    pub(crate) fn hand_over(&self, context: &Context) -> Zeroizing<Vec<u8>> {
        // Never grows, which would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.entries().count() * LONGEST_ENTRY));
        for (entry, status) in self.entries() {
            let enabled = status == KeyStatus::Enabled;
            bytes.push(if enabled { ENABLED } else { DISABLED });
            bytes.extend_from_slice(entry.id().as_bytes());
            if enabled {
                bytes.extend_from_slice(derive_context_key(&entry.root, context).as_slice());
            }
        }
        wipe_dead_stack();
        bytes
    }
}

impl Cipher {
    /// Makes the cipher that the keyset of [`Keyset::hand_over`] would have made.
    ///
    /// # Errors
    /// [`Error::BadKey`] for anything that `hand_over` does not give.
    pub(crate) fn take_over(bytes: &[u8]) -> Result<Self, Error> {
        let cipher = read(bytes).ok_or(Error::BadKey);
        wipe_dead_stack();
        cipher
    }
}

fn read(bytes: &[u8]) -> Option<Cipher> {
    let (first, mut rest) = read_entry(bytes)?;
    let Entry::Enabled(primary) = first else { return None };
    let mut cipher = Cipher::new(primary);
    while !rest.is_empty() {
        let (entry, after) = read_entry(rest)?;
        match entry {
            Entry::Enabled(key) => cipher.add_enabled(key),
            Entry::Disabled(id) => cipher.add_disabled(id),
        }
        rest = after;
    }
    Some(cipher)
}

enum Entry {
    Enabled(Box<ContextKey>),
    Disabled(KeyId),
}

/// The first entry and what comes after it.
fn read_entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (&status, rest) = bytes.split_first()?;
    let (&id, rest) = rest.split_first_chunk()?;
    let id = KeyId::from_bytes(id);
    match status {
        ENABLED => {
            let (derived, rest) = rest.split_first_chunk()?;
            Some((Entry::Enabled(ContextKey::new(id, derived)), rest))
        }
        DISABLED => Some((Entry::Disabled(id), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::LONGEST_ENTRY;
    use crate::{Cipher, Context, Error, EventName, KeyId, Keyset, Token};

    /// A keyset with a primary, an enabled and a disabled key, its context, and a token under each in that order.
    fn three_keys() -> Result<(Keyset, Context, [Token; 3]), Error> {
        let context = Context::new(["acme", "event"])?;
        let name = EventName::parse("medication.missed")?;
        let mut keyset = Keyset::generate()?;
        let disabled = keyset.primary_key_id();
        let under_disabled = keyset.cipher(&context).encrypt(&name);
        let enabled = keyset.generate_key()?;
        keyset.promote(enabled)?;
        let under_enabled = keyset.cipher(&context).encrypt(&name);
        let primary = keyset.generate_key()?;
        keyset.promote(primary)?;
        keyset.disable(disabled)?;
        let under_primary = keyset.cipher(&context).encrypt(&name);
        Ok((keyset, context, [under_primary, under_enabled, under_disabled]))
    }

    #[test]
    fn what_is_taken_over_encrypts_and_decrypts_as_the_keyset_s_own_cipher() -> Result<(), Error> {
        let (keyset, context, [primary, enabled, disabled]) = three_keys()?;
        let cipher = Cipher::take_over(&keyset.hand_over(&context))?;
        let name = EventName::parse("medication.missed")?;
        assert!(cipher.encrypt(&name) == primary);
        assert!(cipher.decrypt(&primary)? == name);
        assert!(cipher.decrypt(&enabled)? == name);
        assert_eq!(cipher.decrypt(&disabled), Err(Error::DisabledKey(disabled.key_id())));
        let foreign = Keyset::generate()?.cipher(&context).encrypt(&name);
        assert_eq!(cipher.decrypt(&foreign), Err(Error::UnknownKey(foreign.key_id())));
        let elsewhere = keyset.cipher(&Context::default()).encrypt(&name);
        assert_eq!(cipher.decrypt(&elsewhere), Err(Error::BadToken));
        Ok(())
    }

    #[test]
    fn no_root_key_and_no_key_of_a_disabled_one_is_handed_over() -> Result<(), Error> {
        let (keyset, context, _) = three_keys()?;
        let bytes = keyset.hand_over(&context);
        assert_eq!(bytes.len(), 2 * LONGEST_ENTRY + 1 + KeyId::BYTES);
        for (_, root) in crate::keyset::hazard::export_root_keys(&keyset) {
            assert!(!bytes.windows(8).any(|window| root.expose().windows(8).any(|secret| secret == window)));
        }
        Ok(())
    }

    #[test]
    fn what_was_not_handed_over_is_refused() -> Result<(), Error> {
        let (keyset, context, _) = three_keys()?;
        let bytes = keyset.hand_over(&context);
        // A keyset without the keys at the end would have handed over just this much.
        let whole = [LONGEST_ENTRY, LONGEST_ENTRY + 1 + KeyId::BYTES];
        for length in 0..bytes.len() {
            let taken = Cipher::take_over(bytes.get(..length).unwrap_or_default());
            assert_eq!(taken.is_ok(), whole.contains(&length), "{length}");
            assert!(taken.is_ok() || taken.err() == Some(Error::BadKey));
        }
        for status in 2..=u8::MAX {
            let mut other = bytes.clone();
            other.splice(..1, [status]);
            assert_eq!(Cipher::take_over(&other).err(), Some(Error::BadKey));
        }
        assert_eq!(Cipher::take_over(&[0; 1 + KeyId::BYTES]).err(), Some(Error::BadKey), "no primary key");
        Ok(())
    }
}
