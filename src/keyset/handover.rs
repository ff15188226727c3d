//! The derived keys of one context as bytes, so that another thread of the same program can read its tokens.
//!
//! They stay inside the package, on their way from one wasm instance to another: no format that anyone stores, and
//! no root key in it. For each key, the primary one first: `1 || id[4] || K[32] || N[12]` if it is enabled, and
//! `0 || id[4] || 0[44]` if it is not.

use alloc::vec;
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
/// Every entry is as long as that of an enabled key.
const ENTRY_BYTES: usize = 1 + KeyId::BYTES + DERIVED_BYTES;

impl Keyset {
    /// Derives the keys of one context, to be taken over by [`Cipher::take_over`].
    pub(crate) fn hand_over(&self, context: &Context) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; self.roots().count() * ENTRY_BYTES]);
        let (entries, _) = bytes.as_chunks_mut::<ENTRY_BYTES>();
        for ((id, status, root), [enabled, entry @ ..]) in self.roots().zip(entries) {
            let (to, derived) = entry.split_at_mut(KeyId::BYTES);
            to.copy_from_slice(id.as_bytes());
            if status == KeyStatus::Enabled {
                *enabled = ENABLED;
                derived.copy_from_slice(derive_context_key(root, context).as_slice());
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
    let (entries, []) = bytes.as_chunks::<ENTRY_BYTES>() else { return None };
    let mut cipher: Option<Cipher> = None;
    for [status, entry @ ..] in entries {
        let (id, derived) = entry.split_first_chunk()?;
        let id = KeyId::from_bytes(*id);
        match (status, &mut cipher) {
            (&ENABLED, None) => cipher = Some(Cipher::new(ContextKey::new(id, derived.first_chunk()?))),
            (&ENABLED, Some(cipher)) => cipher.add_enabled(ContextKey::new(id, derived.first_chunk()?)),
            (&DISABLED, Some(cipher)) => cipher.add_disabled(id),
            _ => return None,
        }
    }
    cipher
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::ENTRY_BYTES;
    use crate::derive::DERIVED_BYTES;
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
        assert_eq!(bytes.len(), 3 * ENTRY_BYTES);
        let disabled = bytes.get(ENTRY_BYTES + 1 + KeyId::BYTES..2 * ENTRY_BYTES).unwrap_or_default();
        assert_eq!(disabled, [0; DERIVED_BYTES]);
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
        let whole = [ENTRY_BYTES, 2 * ENTRY_BYTES];
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
        assert_eq!(Cipher::take_over(&[0; ENTRY_BYTES]).err(), Some(Error::BadKey), "no primary key");
        Ok(())
    }
}
