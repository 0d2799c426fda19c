//! Where codes, tokens, keys and identifiers come from, in the shapes that AWS gives them.
//! One random key is drawn at the start; everything else is derived from it, so that nothing can fail later.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "lengths are fixed right where the parts are taken"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::controls::options::StartError;
use genkan_domain::values::hex::to_hex;

/// Letters of user codes: no vowels, so no words.
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(crate) struct Secrets {
    key: [u8; 32],
    drawn: AtomicU64,
    mark: String,
}

impl Secrets {
    /// From the system, or repeatable from a seed.
    /// Secrets begin with `mark`.
    pub(crate) fn new(seed: Option<u64>, mark: &str) -> Result<Self, StartError> {
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
    pub(crate) fn secret(&self, count: usize) -> String {
        self.marked(self.text(count))
    }

    /// A secret of `count` characters of the plain base64 alphabet, `+` and `/` among them, as secret keys have.
    pub(crate) fn secret_base64(&self, count: usize) -> String {
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
    pub(crate) fn text(&self, count: usize) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(self.bytes(count));
        text.truncate(count);
        text
    }

    fn base64(&self, count: usize) -> String {
        let mut text = STANDARD_NO_PAD.encode(self.bytes(count));
        text.truncate(count);
        text
    }

    /// `XXXX-XXXX`.
    pub(crate) fn user_code(&self) -> String {
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
    pub(crate) fn uuid(&self) -> String {
        let hex = to_hex(&self.bytes(16));
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }

    /// An access key ID of temporary credentials.
    pub(crate) fn access_key_id(&self, account_id: &str) -> String {
        key_id("ASIA", account_id, &self.bytes(5))
    }

    /// A long-term access key: its ID and the secret. A label has the same key each time.
    pub(crate) fn access_key(&self, account_id: &str, label: &str) -> (String, String) {
        let id = key_id(
            "AKIA",
            account_id,
            &self.digest(b"access key", label.as_bytes())[..5],
        );
        let digest = self.digest(b"secret access key", label.as_bytes());
        let mut secret = STANDARD_NO_PAD.encode([digest, self.digest(b"more", &digest)].concat());
        secret.truncate(40);
        (id, self.marked(secret))
    }

    /// The account that an access key's ID carries.
    pub(crate) fn account_of_key(id: &str) -> Option<String> {
        let letters = ["AKIA", "ASIA"]
            .iter()
            .find_map(|prefix| id.strip_prefix(prefix))?;
        let bits = letters.bytes().try_fold(0_u128, |bits, letter| {
            let five = BASE32.iter().position(|known| *known == letter)?;
            Some(bits << 5 | five as u128)
        });
        let account = (bits.filter(|_| letters.len() == 16)? >> 39) & ((1 << 40) - 1);
        Some(format!("{account:012}"))
    }

    /// A fresh long-term access key.
    pub(crate) fn new_access_key(&self, account_id: &str) -> (String, String) {
        let id = key_id("AKIA", account_id, &self.bytes(5));
        (id, self.secret_base64(40))
    }

    /// The seed of a virtual MFA device. As text it is base32, which has no room for the mark.
    pub(crate) fn mfa_seed(&self, label: &str) -> Vec<u8> {
        self.digest(b"mfa", label.as_bytes())[..20].to_vec()
    }

    /// A long text of three parts that looks like the signed token that AWS hands out as a client's secret.
    pub(crate) fn client_secret(&self, client_id: &str) -> String {
        let head = URL_SAFE_NO_PAD.encode(br#"{"kid":"key-1","alg":"HS384"}"#);
        let body = format!(
            r#"{{"serialized":"{{\"clientId\":\"{client_id}\",\"n\":\"{}\"}}"}}"#,
            self.text(600)
        );
        format!("{head}.{}.{}", URL_SAFE_NO_PAD.encode(body), self.secret(64))
    }

    /// Sixteen hex digits that belong to this text in every sandbox, as in `AWSReservedSSO_NAME_0123456789abcdef`.
    pub(crate) fn role_suffix(text: &str) -> String {
        to_hex(&Sha256::digest(text)[..8])
    }

    /// A seal that only this sandbox can make.
    pub(crate) fn seal(&self, text: &str) -> String {
        let mut seal = URL_SAFE_NO_PAD.encode(self.digest(b"seal", text.as_bytes()));
        seal.truncate(24);
        seal
    }
}

/// The ID of an access key: 16 characters after the prefix. Like AWS's it carries the account: tools read it from there.
fn key_id(prefix: &str, account_id: &str, random: &[u8]) -> String {
    let account: u64 = account_id.parse().unwrap_or(0) & ((1 << 40) - 1);
    let head = (1 << 47) | (account << 7) | u64::from(random[0] & 0x7f);
    let mut bits = u128::from(head) << 32;
    for (place, byte) in random[1..].iter().enumerate() {
        bits |= u128::from(*byte) << (8 * place);
    }
    let letters = (0..16)
        .rev()
        .map(|place| char::from(BASE32[((bits >> (5 * place)) & 31) as usize]));
    format!("{prefix}{}", letters.collect::<String>())
}

/// RFC 4648 base32 without padding, as authenticator apps take seeds.
pub(crate) fn encode_base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut count) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(BASE32[((held >> count) & 31) as usize]));
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(char::from(BASE32[((held << (5 - count)) & 31) as usize]));
    }
    text
}

/// The S256 code challenge of a verifier.
pub(crate) fn code_challenge(verifier: &str) -> String {
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
        assert_eq!(Secrets::account_of_key(&id), Some("012345678901".to_owned()));
        assert_eq!(Secrets::account_of_key("AKIA1"), None);
        assert_eq!(Secrets::account_of_key("AROA0123456789ABCDEF"), None);
    }

    #[test]
    fn long_term_keys_belong_to_their_label() {
        let secrets = Secrets::new(Some(1), "MARK").unwrap();
        let (id, secret) = secrets.access_key("012345678901", "a");
        assert!(id.len() == 20 && id.starts_with("AKIA"), "{id}");
        assert!(secret.len() == 40 && secret.starts_with("MARK"), "{secret}");
        assert_eq!(secrets.access_key("012345678901", "a"), (id, secret));
        assert_ne!(
            secrets.access_key("012345678901", "b").0,
            secrets.access_key("012345678901", "a").0
        );
        assert_ne!(
            secrets.new_access_key("012345678901"),
            secrets.new_access_key("012345678901")
        );
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_of_rfc_4648() {
        for (text, encoded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode_base32(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn the_challenge_of_rfc_7636() {
        assert_eq!(
            code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
