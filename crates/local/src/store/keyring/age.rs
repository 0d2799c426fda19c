//! The file format of age, version 1, with a passphrase. Source: the specification at <https://age-encryption.org/v1>;
//! the program `age` reads what is written here and the other way round, and the test vectors of age's authors hold.
//!
//! The crate `age` has every kind of recipient, post-quantum ones, too, and its messages in several languages. Without
//! default features version 0.12 is 139 crates, 79 of which are not here yet, among them second versions of the ciphers
//! and of `toml`, `rand` and `base64`. This one recipient is a header of four lines around a library's ciphers: scrypt
//! from its crate, ChaCha20-Poly1305, HKDF and HMAC from `ring`, which is a part of TLS anyway.
//!
//! Knows bytes and a passphrase, not what they are for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::domain::Secret;

const VERSION: &str = "age-encryption.org/v1";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// What `age` itself refuses to go beyond: 4 GiB of memory.
const MOST_WORK: u8 = 22;
/// The longest header: no recipient but a passphrase is expected.
const MOST_HEADER: usize = 4096;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const FILE_KEY: usize = 16;
const PAYLOAD_NONCE: usize = 16;

type Key = Zeroizing<[u8; 32]>;

/// Why a file can't be opened or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AgeError {
    #[error("it is not a file that age encrypted with a passphrase")]
    NotAge,
    #[error("opening it would take more memory than genkan allows")]
    TooMuchWork,
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    #[error("it was changed since it was encrypted")]
    Damaged,
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// Encrypts bytes. `work` is the binary logarithm of scrypt's cost.
pub(super) fn encrypt_file(plain: &[u8], passphrase: &Secret, work: u8) -> Result<Vec<u8>, AgeError> {
    let (file_key, salt, nonce) = (
        random_bytes::<FILE_KEY>()?,
        random_bytes::<16>()?,
        random_bytes::<PAYLOAD_NONCE>()?,
    );
    let wrapping = wrapping_key(passphrase, &salt[..], work)?;
    let mut wrapped = file_key.to_vec();
    seal_text(&wrapping, [0; 12], &mut wrapped)?;
    let header = format!(
        "{VERSION}\n-> scrypt {} {work}\n{}\n---",
        BASE64.encode(&salt[..]),
        BASE64.encode(wrapped)
    );
    let mac = hmac::sign(&header_key(&file_key[..])?, header.as_bytes());
    let mut file = format!("{header} {}\n", BASE64.encode(mac)).into_bytes();
    file.extend_from_slice(&nonce[..]);
    let key = derive_key(&file_key[..], &nonce[..], b"payload")?;
    let last = plain.len().saturating_sub(1) / CHUNK;
    for at in 0..=last {
        let rest = plain.get(at * CHUNK..).unwrap_or_default();
        let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK + TAG));
        chunk.extend_from_slice(rest.get(..CHUNK).unwrap_or(rest));
        seal_text(&key, chunk_nonce(at, at == last), &mut chunk)?;
        file.extend_from_slice(&chunk);
    }
    Ok(file)
}

/// The work that opening a file takes, where it is one.
pub(super) fn work_of(file: &[u8]) -> Option<u8> {
    Header::read(file).map(|header| header.work)
}

/// Decrypts a file.
pub(super) fn decrypt_file(file: &[u8], passphrase: &Secret) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    let header = Header::parse(file)?;
    if header.work > MOST_WORK {
        return Err(AgeError::TooMuchWork);
    }
    let wrapping = wrapping_key(passphrase, &header.salt, header.work)?;
    let file_key = open_sealed(&wrapping, [0; 12], &header.wrapped).ok_or(AgeError::WrongPassphrase)?;
    hmac::verify(&header_key(&file_key)?, header.signed, &header.mac).map_err(|_| AgeError::Damaged)?;
    open_payload(&file_key, header.payload)
}

/// Decrypts what is behind a header.
fn open_payload(file_key: &[u8], payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    let (nonce, mut chunks) = payload.split_at_checked(PAYLOAD_NONCE).ok_or(AgeError::Damaged)?;
    let key = derive_key(file_key, nonce, b"payload")?;
    let mut plain = Zeroizing::new(Vec::with_capacity(chunks.len()));
    for at in 0.. {
        let (chunk, rest) = chunks.split_at(chunks.len().min(CHUNK + TAG));
        let opened = open_sealed(&key, chunk_nonce(at, rest.is_empty()), chunk).ok_or(AgeError::Damaged)?;
        // Only a file without content ends in an empty chunk.
        if opened.is_empty() && at > 0 {
            return Err(AgeError::Damaged);
        }
        plain.extend_from_slice(&opened);
        chunks = rest;
        if rest.is_empty() {
            break;
        }
    }
    Ok(plain)
}

/// The text in front of the encrypted bytes.
struct Header<'a> {
    salt: Vec<u8>,
    work: u8,
    wrapped: Vec<u8>,
    /// What the code at its end is for.
    signed: &'a [u8],
    mac: Vec<u8>,
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(file: &'a [u8]) -> Result<Self, AgeError> {
        Self::read(file).ok_or(AgeError::NotAge)
    }

    fn read(file: &'a [u8]) -> Option<Self> {
        let head = file.get(..file.len().min(MOST_HEADER))?;
        let mut lines = head.split(|byte| *byte == b'\n');
        let mut line = || std::str::from_utf8(lines.next()?).ok();
        let (version, stanza, wrapped, end) = (line()?, line()?, line()?, line()?);
        let mut words = stanza.split(' ');
        let is_known = version == VERSION && words.next() == Some("->") && words.next() == Some("scrypt");
        let (salt, work) = (words.next()?, words.next()?);
        // A number of another spelling, such as `+17`, is none.
        let is_number = work.bytes().all(|b| b.is_ascii_digit()) && !work.starts_with('0');
        let mac = end.strip_prefix("--- ")?;
        if !is_known || !is_number || words.next().is_some() {
            return None;
        }
        let signed = version.len() + stanza.len() + wrapped.len() + 3 + "---".len();
        let header = Self {
            salt: BASE64.decode(salt).ok()?,
            work: work.parse().ok()?,
            wrapped: BASE64.decode(wrapped).ok()?,
            signed: file.get(..signed)?,
            mac: BASE64.decode(mac).ok()?,
            payload: file.get(signed + 1 + mac.len() + 1..)?,
        };
        let lengths = header.salt.len() == 16 && header.wrapped.len() == FILE_KEY + TAG;
        lengths.then_some(header)
    }
}

fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, AgeError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut bytes[..]).map_err(|_| AgeError::NoRandomness)?;
    Ok(bytes)
}

fn wrapping_key(passphrase: &Secret, salt: &[u8], work: u8) -> Result<Key, AgeError> {
    let params = scrypt::Params::new(work, 8, 1).map_err(|_| AgeError::NotAge)?;
    let salt = [SCRYPT_LABEL, salt].concat();
    let mut key = Key::default();
    scrypt::scrypt(passphrase.expose().as_bytes(), &salt, &params, &mut key[..])
        .map_err(|_| AgeError::NotAge)?;
    Ok(key)
}

fn derive_key(file_key: &[u8], salt: &[u8], purpose: &[u8]) -> Result<Key, AgeError> {
    let mut key = Key::default();
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(file_key)
        .expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key[..]))
        .map_err(|_| AgeError::Damaged)?;
    Ok(key)
}

fn header_key(file_key: &[u8]) -> Result<hmac::Key, AgeError> {
    Ok(hmac::Key::new(
        hmac::HMAC_SHA256,
        &derive_key(file_key, &[], b"header")?[..],
    ))
}

/// The number of a chunk, and whether it is the last.
fn chunk_nonce(at: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    let (_, counter) = nonce.split_at_mut(3);
    let (counter, last) = counter.split_at_mut(8);
    counter.copy_from_slice(&(at as u64).to_be_bytes());
    last.fill(u8::from(is_last));
    nonce
}

fn make_cipher(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(
        UnboundKey::new(&CHACHA20_POLY1305, &key[..]).ok()?,
    ))
}

fn seal_text(key: &Key, nonce: [u8; 12], text: &mut Vec<u8>) -> Result<(), AgeError> {
    let sealed = make_cipher(key).and_then(|key| {
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), text)
            .ok()
    });
    sealed.ok_or(AgeError::Damaged)
}

fn open_sealed(key: &Key, nonce: [u8; 12], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = make_cipher(key)?
        .open_in_place(nonce, Aad::empty(), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quick, for tests alone.
    const WORK: u8 = 4;

    fn pass(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn what_was_encrypted_is_read_back_at_any_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let plain: Vec<u8> = (0..length)
                .map(|at| u8::try_from(at % 251).expect("small"))
                .collect();
            let file = encrypt_file(&plain, &pass("pass phrase"), WORK).expect("encrypts");
            let read = decrypt_file(&file, &pass("pass phrase"));
            assert!(read.is_ok_and(|read| read[..] == plain[..]), "{length}");
        }
    }

    #[test]
    fn another_passphrase_opens_nothing() {
        let file = encrypt_file(b"secret", &pass("right"), WORK).expect("encrypts");
        assert_eq!(
            decrypt_file(&file, &pass("wrong")),
            Err(AgeError::WrongPassphrase)
        );
        assert_eq!(decrypt_file(&file, &pass("")), Err(AgeError::WrongPassphrase));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let file = encrypt_file(b"a secret of some length", &pass("p"), WORK).expect("encrypts");
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(decrypt_file(&changed, &pass("p")).is_err(), "byte {at}");
        }
        for length in 0..file.len() {
            assert!(
                decrypt_file(&file[..length], &pass("p")).is_err(),
                "{length} bytes"
            );
        }
        assert_eq!(
            decrypt_file(&[&file[..], b"x"].concat(), &pass("p")),
            Err(AgeError::Damaged)
        );
    }

    #[test]
    fn other_files_are_named_as_such() {
        for other in [
            "",
            "{}",
            "age-encryption.org/v1\n",
            "age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n",
            "age-encryption.org/v2\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 4\nAAAA\n--- AAAA\n",
            "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 04\nAAAA\n--- AAAA\n",
        ] {
            assert_eq!(
                decrypt_file(other.as_bytes(), &pass("p")),
                Err(AgeError::NotAge),
                "{other}"
            );
        }
        let work = |work: u8| {
            let file = encrypt_file(b"x", &pass("p"), WORK).expect("encrypts");
            String::from_utf8_lossy(&file).replacen(&format!(" {WORK}\n"), &format!(" {work}\n"), 1)
        };
        assert_eq!(
            decrypt_file(work(23).as_bytes(), &pass("p")),
            Err(AgeError::TooMuchWork)
        );
    }

    /// What a vector says of itself, and the file.
    fn vector(bytes: &[u8]) -> (std::collections::HashMap<&str, &str>, &[u8]) {
        let end = bytes
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .expect("a header");
        let said = std::str::from_utf8(&bytes[..end]).expect("text").lines();
        let said = said.map(|line| line.split_once(": ").expect("a key and a value"));
        (said.collect(), &bytes[end + 2..])
    }

    /// What age's authors publish for every implementation: files with a passphrase, and encrypted bytes behind any header.
    #[test]
    fn the_test_vectors_of_age_hold() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/age");
        let (mut files, mut payloads) = (0, 0);
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if name == "README.md" {
                continue;
            }
            let bytes = std::fs::read(&path).expect("reads");
            let (said, file) = vector(&bytes);
            let opened = if let Some(passphrase) = said.get("passphrase") {
                files += 1;
                decrypt_file(file, &pass(passphrase))
            } else {
                payloads += 1;
                let key = said.get("file key").expect("a key");
                let key: Vec<u8> = (0..key.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(key.get(at..at + 2).expect("two"), 16).expect("hex"))
                    .collect();
                let end = file
                    .windows(5)
                    .position(|five| five == b"\n--- ")
                    .expect("a code");
                let line = file[end + 1..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .expect("an end");
                open_payload(&key, &file[end + line + 2..])
            };
            let expected = said["expect"];
            match opened {
                Ok(plain) => {
                    assert_eq!(expected, "success", "{name}");
                    let sum = crate::domain::values::hex::to_hex(&<sha2::Sha256 as sha2::Digest>::digest(
                        &plain[..],
                    ));
                    assert_eq!(sum, said["payload"], "{name}");
                }
                Err(AgeError::WrongPassphrase) => assert_eq!(expected, "no match", "{name}"),
                Err(AgeError::Damaged) => assert!(expected.ends_with("failure"), "{name}: {expected}"),
                // Of another recipient age says that no identity matches.
                Err(_) => assert_ne!(expected, "success", "{name}"),
            }
        }
        assert!(files > 20 && payloads > 5, "{files} and {payloads}");
    }

    #[test]
    fn a_debug_text_of_an_error_has_no_secret() {
        let error = decrypt_file(b"canary", &pass("canary")).expect_err("not a file of age");
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}
