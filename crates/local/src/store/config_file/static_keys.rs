//! The keys of a profile with their secrets, for those who assume a role with them. Everyone else gets a
//! [`Profile`](super::Profile), which has none.

use super::file::ConfigFile;
use super::sections::{Kind, View};
use crate::domain::Secret;
use crate::domain::targets::chained_roles::BaseCredentials;

/// What stands there of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaticKeys {
    /// Neither half.
    None,
    /// One half of it.
    Half,
    Both(BaseCredentials),
}

impl ConfigFile {
    /// The keys of a profile of a config file.
    #[must_use]
    pub fn keys_of_profile(&self, name: &str) -> StaticKeys {
        find_static_keys(&self.views(Kind::Profile), name)
    }

    /// The keys of a profile of a credentials file, where every section is one.
    #[must_use]
    pub fn keys_of_credentials(&self, name: &str) -> StaticKeys {
        find_static_keys(&self.credential_views(), name)
    }
}

fn find_static_keys(views: &[View<'_>], name: &str) -> StaticKeys {
    let Some(view) = views.iter().find(|view| view.name == name) else {
        return StaticKeys::None;
    };
    let secret = |key: &str| view.get(key).map(Secret::new);
    match (view.get("aws_access_key_id"), secret("aws_secret_access_key")) {
        (Some(id), Some(secret_access_key)) => StaticKeys::Both(BaseCredentials {
            access_key_id: id.to_owned(),
            secret_access_key,
            // The old name of it is the one that botocore prefers.
            session_token: secret("aws_security_token").or_else(|| secret("aws_session_token")),
            expires_at: None,
        }),
        (None, None) => StaticKeys::None,
        _ => StaticKeys::Half,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_their_secrets_and_shown_without() {
        let text = b"[profile ci]\nAWS_ACCESS_KEY_ID = AKID\naws_secret_access_key = canary\n\
            [profile half]\naws_access_key_id = AKID\n[profile none]\nregion = x\n\
            [old]\naws_access_key_id=ASIA\naws_secret_access_key=canary\naws_security_token=one\naws_session_token=two\n";
        let file = ConfigFile::parse(text);
        let found = file.keys_of_profile("ci");
        let StaticKeys::Both(keys) = &found else {
            panic!("{found:?}")
        };
        assert_eq!(
            (keys.access_key_id.as_str(), keys.session_token.as_ref()),
            ("AKID", None)
        );
        assert_eq!(keys.secret_access_key.expose(), "canary");
        assert!(!format!("{found:?}").contains("canary"));
        assert_eq!(file.keys_of_profile("half"), StaticKeys::Half);
        assert_eq!(file.keys_of_profile("none"), StaticKeys::None);
        assert_eq!(
            file.keys_of_profile("old"),
            StaticKeys::None,
            "a section of the other file"
        );
        let StaticKeys::Both(old) = file.keys_of_credentials("old") else {
            panic!("no keys")
        };
        assert_eq!(
            old.session_token
                .map(|token| token.expose().to_owned())
                .as_deref(),
            Some("one")
        );
    }
}
