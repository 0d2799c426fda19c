//! Where codes, tokens, keys and identifiers come from, in the shapes that AWS gives them.
//! One random key is drawn at the start; everything else is derived from it, so that nothing can fail later.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "lengths are fixed right where the parts are taken"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::options::StartError;
use crate::domain::hex::hex;

/// Letters of user codes: no vowels, so no words.
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) struct Secrets {
    key: [u8; 32],
    drawn: AtomicU64,
    mark: String,
}

impl Secrets {
    /// From the system, or repeatable from a seed.
    /// Secrets begin with `mark`.
    pub(super) fn new(seed: Option<u64>, mark: &str) -> Result<Self, StartError> {
        let mut key = [0_u8; 32];
        match seed {
            Some(seed) => key.copy_from_slice(&Sha256::digest(seed.to_be_bytes())),
            None => getrandom::fill(&mut key).map_err(|error| StartError::Entropy(error.to_string()))?,
        }
        Ok(Self {
            key,
            drawn: AtomicU64::new(0),
            mark: mark.to_owned(),
        })
    }

    fn bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 32);
        while bytes.len() < count {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed);
            bytes.extend_from_slice(&self.digest(b"draw", &number.to_be_bytes()));
        }
        bytes.truncate(count);
        bytes
    }

    fn digest(&self, purpose: &[u8], text: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(purpose);
        hash.update(Sha256::digest(text));
        hash.finalize().into()
    }

    /// A secret of `count` characters of the URL-safe base64 alphabet.
    pub(super) fn secret(&self, count: usize) -> String {
        self.marked(self.text(count))
    }

    /// A secret of `count` characters of the plain base64 alphabet, `+` and `/` among them, as secret keys have.
    pub(super) fn secret_base64(&self, count: usize) -> String {
        self.marked(self.base64(count))
    }

    /// The mark, and as much of the text as keeps its length.
    fn marked(&self, text: String) -> String {
        match text.get(self.mark.len()..) {
            Some(rest) => format!("{}{rest}", self.mark),
            None => text,
        }
    }

    /// `count` characters of the URL-safe base64 alphabet, for what is no secret.
    pub(super) fn text(&self, count: usize) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(self.bytes(count));
        text.truncate(count);
        text
    }

    fn base64(&self, count: usize) -> String {
        let mut text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(self.bytes(count));
        text.truncate(count);
        text
    }

    /// `XXXX-XXXX`.
    pub(super) fn user_code(&self) -> String {
        let letters: Vec<char> = self
            .bytes(8)
            .iter()
            .map(|byte| char::from(USER_CODE_LETTERS[usize::from(*byte) % USER_CODE_LETTERS.len()]))
            .collect();
        let (head, tail) = letters.split_at(4);
        format!(
            "{}-{}",
            head.iter().collect::<String>(),
            tail.iter().collect::<String>()
        )
    }

    /// A number as long as AWS's, in the form of a UUID.
    pub(super) fn uuid(&self) -> String {
        let hex = hex(&self.bytes(16));
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }

    /// An access key id of temporary credentials. Like AWS's it carries the account: tools read it from there.
    pub(super) fn access_key_id(&self, account_id: &str) -> String {
        let account: u64 = account_id.parse().unwrap_or(0) & ((1 << 40) - 1);
        let random = self.bytes(5);
        let head = (1 << 47) | (account << 7) | u64::from(random[0] & 0x7f);
        let mut bits = u128::from(head) << 32;
        for (place, byte) in random[1..].iter().enumerate() {
            bits |= u128::from(*byte) << (8 * place);
        }
        let letters = (0..16)
            .rev()
            .map(|place| char::from(BASE32[((bits >> (5 * place)) & 31) as usize]));
        format!("ASIA{}", letters.collect::<String>())
    }

    /// A long text of three parts that looks like the signed token that AWS hands out as a client's secret.
    pub(super) fn client_secret(&self, client_id: &str) -> String {
        let head = URL_SAFE_NO_PAD.encode(br#"{"kid":"key-1","alg":"HS384"}"#);
        let body = format!(
            r#"{{"serialized":"{{\"clientId\":\"{client_id}\",\"n\":\"{}\"}}"}}"#,
            self.text(600)
        );
        format!("{head}.{}.{}", URL_SAFE_NO_PAD.encode(body), self.secret(64))
    }

    /// Sixteen hex digits that belong to this text in every sandbox, as in `AWSReservedSSO_NAME_0123456789abcdef`.
    pub(super) fn role_suffix(text: &str) -> String {
        hex(&Sha256::digest(text)[..8])
    }

    /// A seal that only this sandbox can make.
    pub(super) fn seal(&self, text: &str) -> String {
        let mut seal = URL_SAFE_NO_PAD.encode(self.digest(b"seal", text.as_bytes()));
        seal.truncate(24);
        seal
    }
}

/// The S256 code challenge of a verifier.
pub(super) fn code_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let secrets = Secrets::new(Some(1), "").unwrap();
        assert_eq!(secrets.text(86).len(), 86);
        assert_ne!(secrets.text(86), secrets.text(86));
        let code = secrets.user_code();
        assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
        let uuid = secrets.uuid();
        assert_eq!(
            uuid.split('-').map(str::len).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        let secret = secrets.client_secret("abc");
        assert!(secret.len() > 900 && secret.split('.').count() == 3);
        assert_eq!(secrets.seal("a"), secrets.seal("a"));
        assert_ne!(secrets.seal("a"), Secrets::new(Some(2), "").unwrap().seal("a"));
    }

    #[test]
    fn secrets_carry_the_mark_and_keep_their_length() {
        let secrets = Secrets::new(Some(1), "MARK").unwrap();
        for secret in [secrets.secret(86), secrets.secret_base64(86)] {
            assert!(secret.len() == 86 && secret.starts_with("MARK"), "{secret}");
        }
        assert!(secrets.client_secret("abc").contains(".MARK"));
        assert!(!secrets.text(86).contains("MARK"));
    }

    #[test]
    fn the_access_key_id_carries_the_account() {
        let id = Secrets::new(Some(1), "").unwrap().access_key_id("012345678901");
        assert_eq!(id.len(), 20);
        let mut bits = 0_u128;
        for letter in id[4..].bytes() {
            bits = bits << 5 | BASE32.iter().position(|known| *known == letter).unwrap() as u128;
        }
        assert_eq!(((bits >> 32) & 0x7fff_ffff_ff80) >> 7, 12_345_678_901);
    }

    #[test]
    fn the_challenge_of_rfc_7636() {
        assert_eq!(
            code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
