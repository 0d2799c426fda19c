//! Access and refresh tokens, in the AWS CLI v2's own files, so that one sign-in serves `aws`,
//! every SDK and genkan.
//!
//! File: `~/.aws/sso/cache/<SHA-1 of session name, or of the start URL for legacy profiles>.json`.
//! Fields and their order are those of the AWS CLI; fields of other tools are kept.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::sso_cache::{parse_date, text_field, unknown_fields};
use crate::domain::values::time::format_iso8601;
use crate::domain::{ClientRegistration, Secret, SessionKind, SsoSession, TokenSet};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::{check_private_writable, remove_file};
use crate::store::disk::names::sha1_hex;
use crate::store::disk::parsing::{read_json, replace_shared};
use crate::store::error::{Loaded, StoreError};

/// The folder of token files.
#[derive(Clone, Debug)]
pub struct TokenCache {
    folder: PathBuf,
}

/// Our fields, in the order in which the AWS CLI writes them.
const FIELDS: [&str; 8] = [
    "startUrl",
    "region",
    "accessToken",
    "expiresAt",
    "clientId",
    "clientSecret",
    "registrationExpiresAt",
    "refreshToken",
];

/// More than any token file takes.
const MOST_TOKEN_BYTES: usize = 16 * 1024;

impl TokenCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.sso_cache.clone(),
        }
    }

    /// The token file of a session.
    #[must_use]
    pub fn file(&self, session: &SsoSession) -> PathBuf {
        self.file_of(session.token_key())
    }

    /// The tokens of a session. Tokens of another start URL or Region under the same name (the
    /// session was pointed elsewhere) count as none.
    pub fn load(&self, session: &SsoSession) -> Result<Loaded<TokenSet>, StoreError> {
        let mut files = self.files(session).into_iter();
        let own = read_tokens(session, &files.next().unwrap_or_else(|| self.file(session)))?;
        if own.value.is_some() || own.notice.is_some() {
            return Ok(own);
        }
        // Another profile may spell the same portal in another way.
        let other = files.find_map(|file| {
            read_tokens(session, &file)
                .ok()
                .filter(|found| found.value.is_some())
        });
        Ok(other.unwrap_or(own))
    }

    /// Every file that may hold the tokens of a session, its own first. The AWS CLI names that of a start URL after
    /// its very letters, and a portal is spelled in several ways.
    fn files(&self, session: &SsoSession) -> Vec<PathBuf> {
        match session.kind {
            SessionKind::Named | SessionKind::IamUser(_) | SessionKind::Chain(_) => vec![self.file(session)],
            SessionKind::Legacy => {
                let spellings = session.start_url.spellings();
                spellings.map(|spelling| self.file_of(&spelling)).collect()
            }
        }
    }

    fn file_of(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}.json", sha1_hex(key.as_bytes())))
    }

    /// Writes the tokens of a session; fields that other tools wrote stay.
    pub fn save(&self, session: &SsoSession, tokens: &TokenSet) -> Result<(), StoreError> {
        let path = self.file(session);
        let mut object = tokens_to_object(session, tokens);
        for (name, value) in unknown_fields(&path, &FIELDS) {
            object.entry(name).or_insert(value);
        }
        let mut bytes = Zeroizing::new(Value::Object(object).to_string().into_bytes());
        bytes.push(b'\n');
        replace_shared(&path, &bytes)
    }

    /// Does everything that saving does, except to replace the file.
    pub fn check_writable(&self, session: &SsoSession) -> Result<(), StoreError> {
        check_private_writable(&self.file(session), MOST_TOKEN_BYTES)
    }

    /// Forgets the tokens of a session.
    pub fn remove(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.files(session).iter().try_for_each(|file| remove_file(file))
    }
}

/// The tokens that a file holds, if they are a session's.
fn read_tokens(session: &SsoSession, file: &Path) -> Result<Loaded<TokenSet>, StoreError> {
    let loaded = read_json::<Map<String, Value>>(file, FileKind::Shared)?;
    Ok(loaded.map(|object| parse_tokens(&object).filter(|t| belongs_to_session(t, session))))
}

/// Tokens as the AWS CLI writes them.
pub(in crate::store) fn tokens_to_object(session: &SsoSession, tokens: &TokenSet) -> Map<String, Value> {
    let named = FIELDS.iter().zip(token_values(session, tokens));
    named
        .filter_map(|(name, value)| Some(((*name).to_owned(), Value::String(value?))))
        .collect()
}

fn token_values(session: &SsoSession, tokens: &TokenSet) -> [Option<String>; 8] {
    let registration = tokens.registration.as_ref();
    [
        Some(session.start_url.to_string()),
        Some(session.region.to_string()),
        Some(tokens.access_token.expose().to_owned()),
        Some(format_iso8601(tokens.expires_at)),
        registration.map(|r| r.client_id.clone()),
        registration.map(|r| r.client_secret.expose().to_owned()),
        registration.map(|r| format_iso8601(r.expires_at)),
        tokens.refresh_token.as_ref().map(|t| t.expose().to_owned()),
    ]
}

pub(in crate::store) fn parse_tokens(object: &Map<String, Value>) -> Option<TokenSet> {
    let field = |name| text_field(object, name);
    // What only a refresh needs takes nothing from the sign-in where it can't be read.
    let registration = || {
        Some(ClientRegistration {
            client_id: field("clientId")?.to_owned(),
            client_secret: Secret::new(field("clientSecret")?),
            expires_at: parse_date(field("registrationExpiresAt")?)?,
        })
    };
    Some(TokenSet {
        access_token: Secret::new(field("accessToken")?),
        expires_at: parse_date(field("expiresAt")?)?,
        refresh_token: field("refreshToken").map(Secret::new),
        registration: registration(),
        start_url: field("startUrl").and_then(|u| u.parse().ok()),
        region: field("region").and_then(|r| r.parse().ok()),
    })
}

pub(in crate::store) fn belongs_to_session(tokens: &TokenSet, session: &SsoSession) -> bool {
    tokens
        .start_url
        .as_ref()
        .is_none_or(|u| u.same_portal(&session.start_url))
        && tokens.region.as_ref().is_none_or(|r| *r == session.region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;
    use crate::store::disk::atomic::write_private;

    fn cache(home: &Path) -> TokenCache {
        TokenCache::new(&Paths::in_home(home))
    }

    fn session() -> SsoSession {
        fixtures::session_at("my-sso", "https://d-1234567890.awsapps.com/start", "us-east-1")
    }

    fn tokens() -> TokenSet {
        let at = |s| jiff::Timestamp::from_second(s).expect("in range");
        TokenSet {
            access_token: Secret::new("access"),
            expires_at: at(1_800_000_000),
            refresh_token: Some(Secret::new("refresh")),
            registration: Some(ClientRegistration {
                client_id: "id".into(),
                client_secret: Secret::new("secret"),
                expires_at: at(1_900_000_000),
            }),
            start_url: Some(session().start_url),
            region: Some(session().region),
        }
    }

    #[test]
    fn files_are_named_as_the_aws_cli_names_them() {
        let home = tempfile::tempdir().expect("a folder");
        let name = |s: &SsoSession| cache(home.path()).file(s).file_name().expect("a name").to_owned();
        assert_eq!(name(&session()), "0ad374308c5a4e22f723adf10145eafad7c4031c.json");
        let legacy = SsoSession {
            kind: SessionKind::Legacy,
            ..session()
        };
        assert_eq!(name(&legacy), "7487b5b67d5fa1132cf33fa93ae51ef38cc37752.json");
    }

    #[test]
    fn a_sign_in_of_another_spelling_is_found_and_forgotten() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = cache(home.path());
        let legacy = |ending: &str| SsoSession {
            kind: SessionKind::Legacy,
            start_url: format!("{}{ending}", session().start_url).parse().expect("a URL"),
            ..session()
        };
        for signed_in in ["", "/", "#/", "/#/"] {
            cache.save(&legacy(signed_in), &tokens()).expect("saves");
            for other in ["", "/", "#", "#/", "/#", "/#/"] {
                let found = cache.load(&legacy(other)).expect("loads").value;
                let found = found.map(|tokens| tokens.access_token);
                assert_eq!(found, Some(Secret::new("access")), "{signed_in} {other}");
            }
            assert_eq!(
                cache.load(&session()).expect("loads").value,
                None,
                "a named session has its own"
            );
            cache.remove(&legacy("#/")).expect("removes");
            assert_eq!(cache.load(&legacy(signed_in)).expect("loads").value, None);
        }
    }

    #[test]
    fn a_round_trip_keeps_what_others_wrote() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = cache(home.path());
        let path = cache.file(&session());
        write_private(
            &path,
            br#"{"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","theirs":{"a":1}}"#,
        )
        .expect("writes");
        cache.save(&session(), &tokens()).expect("saves");
        assert_eq!(cache.load(&session()).expect("loads").value, Some(tokens()));
        let text = std::fs::read_to_string(&path).expect("reads");
        assert_eq!(
            text,
            "{\"startUrl\":\"https://d-1234567890.awsapps.com/start\",\"region\":\"us-east-1\",\
             \"accessToken\":\"access\",\"expiresAt\":\"2027-01-15T08:00:00Z\",\"clientId\":\"id\",\
             \"clientSecret\":\"secret\",\"registrationExpiresAt\":\"2030-03-17T17:46:40Z\",\
             \"refreshToken\":\"refresh\",\"theirs\":{\"a\":1}}\n"
        );
    }

    #[test]
    fn malformed_files_are_kept_as_copies_and_foreign_ones_left() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = cache(home.path());
        let path = cache.file(&session());
        for broken in ["", "{", "[]", "null", "\u{0}"] {
            write_private(&path, broken.as_bytes()).expect("writes");
            let minute_ago = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
            let file = std::fs::File::options().write(true).open(&path);
            file.and_then(|f| f.set_modified(minute_ago))
                .expect("sets the time");
            let loaded = cache.load(&session()).expect("loads");
            assert_eq!(loaded.value, None, "{broken}");
            assert!(
                loaded.notice.is_some_and(|n| n.to_string().contains("copied to")),
                "{broken}"
            );
            assert_eq!(std::fs::read_to_string(&path).expect("stays"), broken);
        }
        let elsewhere = SsoSession {
            region: "eu-west-1".parse().expect("a Region"),
            ..session()
        };
        cache.save(&session(), &tokens()).expect("saves");
        assert_eq!(cache.load(&elsewhere).expect("loads").value, None);
        assert!(path.exists());
    }
}
