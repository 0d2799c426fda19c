//! Client registrations, in the AWS CLI v2's own files beside the tokens.
//!
//! The name is the SHA-1 of a JSON text as Python's `json.dumps(…, sort_keys=True)` writes it.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::sso_cache::{parse_date, text_field, unknown_fields};
use crate::domain::values::time::format_iso8601;
use crate::domain::{ClientRegistration, Flow, Secret, SessionKind, SsoSession};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::remove_file;
use crate::store::disk::names::sha1_hex;
use crate::store::disk::parsing::{read_json, replace_shared};
use crate::store::error::{Loaded, StoreError};

/// What tells a registration of the authorization code flow.
const GRANT_TYPES: &str = "grantTypes";

/// The folder of registration files.
#[derive(Clone, Debug)]
pub struct RegistrationCache {
    folder: PathBuf,
}

/// The AWS CLI's fields: they belong to one registration and go with it.
const FIELDS: [&str; 5] = ["clientId", "clientSecret", "expiresAt", "scopes", "grantTypes"];

impl RegistrationCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.sso_cache.clone(),
        }
    }

    fn file(&self, session: &SsoSession) -> PathBuf {
        self.folder
            .join(format!("{}.json", sha1_hex(file_key(session).as_bytes())))
    }

    /// A registration for a flow that is good for a while yet. The file of the authorization code
    /// flow has `grantTypes`; both flows share its name, and the later one overwrites it.
    #[must_use]
    pub fn load(&self, session: &SsoSession, flow: Flow, now: Timestamp) -> Loaded<ClientRegistration> {
        let path = self.file(session);
        match read_json::<Map<String, Value>>(&path, FileKind::Shared) {
            Ok(loaded) => loaded.map(|object| {
                let made_for = match object.get(GRANT_TYPES) {
                    None | Some(Value::Null) => Flow::Device,
                    Some(_) => Flow::Code,
                };
                parse_registration(&object).filter(|r| r.usable(now) && made_for == flow)
            }),
            Err(error) => Loaded::unreadable(&error),
        }
    }

    /// Forgets the registration of a session.
    pub fn remove(&self, session: &SsoSession) -> Result<(), StoreError> {
        remove_file(&self.file(session))
    }

    /// Keeps a registration of a flow; fields that other tools wrote stay.
    pub fn save(
        &self,
        session: &SsoSession,
        flow: Flow,
        registration: &ClientRegistration,
    ) -> Result<(), StoreError> {
        let mut object = Map::new();
        object.insert("clientId".into(), json!(registration.client_id));
        object.insert("clientSecret".into(), json!(registration.client_secret.expose()));
        object.insert("expiresAt".into(), json!(format_iso8601(registration.expires_at)));
        if session.kind == SessionKind::Named && !session.scopes.is_empty() {
            object.insert("scopes".into(), json!(session.scopes));
        }
        if flow == Flow::Code {
            object.insert(GRANT_TYPES.into(), json!(["authorization_code", "refresh_token"]));
        }
        let path = self.file(session);
        for (name, value) in unknown_fields(&path, &FIELDS) {
            object.entry(name).or_insert(value);
        }
        let mut bytes = Zeroizing::new(Value::Object(object).to_string().into_bytes());
        bytes.push(b'\n');
        replace_shared(&path, &bytes)
    }
}

fn parse_registration(object: &Map<String, Value>) -> Option<ClientRegistration> {
    Some(ClientRegistration {
        client_id: text_field(object, "clientId")?.to_owned(),
        client_secret: Secret::new(text_field(object, "clientSecret")?),
        expires_at: parse_date(text_field(object, "expiresAt")?)?,
    })
}

/// What the file's name is made of. Legacy profiles have neither scopes nor a session name.
fn file_key(session: &SsoSession) -> String {
    let (scopes, name) = match session.kind {
        SessionKind::Named if session.scopes.is_empty() => ("null".to_owned(), python_string(&session.name)),
        SessionKind::Named => {
            let list: Vec<String> = session.scopes.iter().map(|s| python_string(s)).collect();
            (format!("[{}]", list.join(", ")), python_string(&session.name))
        }
        SessionKind::Legacy | SessionKind::IamUser(_) | SessionKind::Chain(_) => {
            ("null".to_owned(), "null".to_owned())
        }
    };
    format!(
        "{{\"region\": {}, \"scopes\": {scopes}, \"session_name\": {name}, \"startUrl\": {}, \"tool\": \"botocore\"}}",
        python_string(session.region.as_str()),
        python_string(session.start_url.as_str()),
    )
}

/// A string as Python's `json.dumps` writes it: ASCII only, UTF-16 escapes for the rest.
fn python_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;
    use crate::store::disk::atomic::write_private;

    fn session() -> SsoSession {
        fixtures::session_at("my-sso", "https://d-1234567890.awsapps.com/start", "us-east-1")
    }

    #[test]
    fn files_are_named_as_the_aws_cli_names_them() {
        assert_eq!(
            sha1_hex(file_key(&session()).as_bytes()),
            "a8343d65418848d0bc13a5f25cbb32508ceec5d1"
        );
        let legacy = SsoSession {
            kind: SessionKind::Legacy,
            ..session()
        };
        assert_eq!(
            sha1_hex(file_key(&legacy).as_bytes()),
            "365414a68be7c9bfc776c660981dbdbd942acea4"
        );
        assert_eq!(
            python_string("é😀\"\u{7}"),
            "\"\\u00e9\\ud83d\\ude00\\\"\\u0007\""
        );
    }

    #[test]
    fn only_live_registrations_of_the_flow_are_reused() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = RegistrationCache::new(&Paths::in_home(home.path()));
        let at = |s| Timestamp::from_second(s).expect("in range");
        let registration = ClientRegistration {
            client_id: "id".into(),
            client_secret: Secret::new("secret"),
            expires_at: at(10_000),
        };
        for (flow, other) in [(Flow::Device, Flow::Code), (Flow::Code, Flow::Device)] {
            assert_eq!(cache.load(&session(), flow, at(0)).value, None);
            cache.save(&session(), flow, &registration).expect("saves");
            let known = cache.load(&session(), flow, at(0)).value;
            assert_eq!(known, Some(registration.clone()));
            assert_eq!(cache.load(&session(), other, at(0)).value, None);
            let late = cache.load(&session(), flow, at(9_200)).value;
            assert_eq!(late, None, "under 15 minutes left");
        }
        let path = cache.file(&session());
        write_private(
            &path,
            br#"{"clientId":"a","clientSecret":"b","expiresAt":"2090-01-01T00:00:00Z","grantTypes":["authorization_code"]}"#,
        )
        .expect("writes");
        assert_eq!(
            cache.load(&session(), Flow::Device, at(0)).value,
            None,
            "made for another flow"
        );
        let registration = ClientRegistration {
            client_id: "new".into(),
            client_secret: Secret::new("secret"),
            expires_at: at(10_000),
        };
        write_private(
            &path,
            br#"{"clientId":"a","grantTypes":["authorization_code"],"theirs":[1]}"#,
        )
        .expect("writes");
        cache
            .save(&session(), Flow::Device, &registration)
            .expect("saves");
        assert_eq!(
            cache.load(&session(), Flow::Device, at(0)).value,
            Some(registration)
        );
        let text = std::fs::read_to_string(&path).expect("reads");
        assert!(
            text.ends_with("\"scopes\":[\"sso:account:access\"],\"theirs\":[1]}\n"),
            "{text}"
        );
        write_private(&path, b"nonsense").expect("writes");
        assert!(cache.load(&session(), Flow::Code, at(0)).notice.is_some());
    }
}
