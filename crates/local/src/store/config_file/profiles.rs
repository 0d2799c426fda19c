//! Profiles: what a section says about where credentials come from.
//!
//! Offers [`ConfigFile::profiles`] for `~/.aws/config` (`[default]` and `[profile NAME]`),
//! [`ConfigFile::credentials_profiles`] for `~/.aws/credentials` (every section), and
//! [`ConfigFile::session_of`], the SSO session that a profile signs in to. A [`Profile`] gives any key
//! by [`Profile::get`] and its one source of credentials by [`Profile::source`], in the order in which
//! the SDKs look. It keeps no secret: [`Profile::has`] says that one is there.
//!
//! Knows nothing of what is wrong with a profile; that is the doctor's.

use super::file::ConfigFile;
use super::reading::DEFAULTS;
use super::sections::{Kind, View, plain_value, section_name};
use crate::domain::{RegionOrigin, RegionSetting, SessionKind, SsoSession, StartUrl};

/// Keys whose values open something.
const SECRETS: [&str; 2] = ["aws_secret_access_key", "aws_session_token"];

/// One profile. Of a key given twice the last counts.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// Where its sections begin, counted from 1.
    pub lines: Vec<usize>,
    keys: Vec<(String, String)>,
}

impl std::fmt::Debug for Profile {
    /// Values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("keys", &self.keys.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Where a profile says that credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileSource<'a> {
    /// A role, assumed with other credentials.
    AssumeRole {
        role_arn: &'a str,
        with: RoleWith<'a>,
    },
    Sso(SsoKeys<'a>),
    /// `aws login`.
    ConsoleLogin,
    Process(&'a str),
    Keys {
        access_key_id: &'a str,
        temporary: bool,
    },
    Nothing,
}

/// With what a role is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleWith<'a> {
    Profile(&'a str),
    /// `credential_source`: Environment, Ec2InstanceMetadata or EcsContainer.
    Source(&'a str),
    WebIdentity,
    /// The profile doesn't say.
    Unsaid,
}

/// The SSO keys of a profile, in either form; any of them may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SsoKeys<'a> {
    /// `sso_session`: then start URL and Region belong into that section.
    pub session: Option<&'a str>,
    pub start_url: Option<&'a str>,
    pub region: Option<&'a str>,
    pub account_id: Option<&'a str>,
    /// `sso_role_name`.
    pub permission_set: Option<&'a str>,
}

impl Profile {
    fn from_view(view: View<'_>) -> Self {
        let keys = view.settings.iter().map(|setting| {
            let value = if SECRETS.contains(&setting.key.as_str()) && !setting.value.is_empty() {
                "[secret]"
            } else {
                plain_value(setting)
            };
            (setting.key.clone(), value.to_owned())
        });
        Self {
            keys: keys.collect(),
            name: view.name,
            lines: view.lines,
        }
    }

    /// The profile of a config file with what the credentials file says under the same name, which wins.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Self) -> Self {
        self.keys.extend(credentials.keys);
        self
    }

    /// What a key says; an empty value says nothing.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self
            .keys
            .iter()
            .rev()
            .find(|(name, _)| name.eq_ignore_ascii_case(key));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether a key stands there, even without a value, as one with a nested block does.
    #[must_use]
    pub fn mentions(&self, key: &str) -> bool {
        self.keys.iter().any(|(name, _)| name.eq_ignore_ascii_case(key))
    }

    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where credentials come from, where several are named the first that the SDKs take: a role, SSO,
    /// a login, a process, keys.
    #[must_use]
    pub fn source(&self) -> ProfileSource<'_> {
        if let Some(role_arn) = self.get("role_arn") {
            let with = if self.has("web_identity_token_file") {
                RoleWith::WebIdentity
            } else if let Some(source) = self.get("credential_source") {
                RoleWith::Source(source)
            } else {
                self.get("source_profile")
                    .map_or(RoleWith::Unsaid, RoleWith::Profile)
            };
            return ProfileSource::AssumeRole { role_arn, with };
        }
        if let Some(sso) = self.sso() {
            return ProfileSource::Sso(sso);
        }
        if self.has("login_session") {
            return ProfileSource::ConsoleLogin;
        }
        if let Some(command) = self.get("credential_process") {
            return ProfileSource::Process(command);
        }
        self.get("aws_access_key_id")
            .map_or(ProfileSource::Nothing, |access_key_id| ProfileSource::Keys {
                access_key_id,
                temporary: self.has("aws_session_token"),
            })
    }

    /// The one of a file's sessions that it signs in to.
    #[must_use]
    pub fn session_among<'s>(&self, sessions: &'s [SsoSession]) -> Option<&'s SsoSession> {
        let keys = self.sso()?;
        if let Some(name) = keys.session {
            return sessions
                .iter()
                .find(|s| s.kind == SessionKind::Named && s.name == name);
        }
        let start_url: StartUrl = keys.start_url?.parse().ok()?;
        let region = match keys.region {
            Some(region) => region.parse().ok()?,
            None => start_url.region()?,
        };
        sessions.iter().find(|s| {
            s.kind == SessionKind::Legacy && s.start_url.same_portal(&start_url) && s.region == region
        })
    }

    /// Its SSO keys, where it has any.
    #[must_use]
    pub fn sso(&self) -> Option<SsoKeys<'_>> {
        let keys = SsoKeys {
            session: self.get("sso_session"),
            start_url: self.get("sso_start_url"),
            region: self.get("sso_region"),
            account_id: self.get("sso_account_id"),
            permission_set: self.get("sso_role_name"),
        };
        let any = keys
            .session
            .or(keys.start_url)
            .or(keys.account_id)
            .or(keys.permission_set);
        any.map(|_| keys)
    }
}

impl ConfigFile {
    /// The profiles of a config file. A section without `profile` in front is none, except `[default]`.
    #[must_use]
    pub fn profiles(&self) -> Vec<Profile> {
        let views = self.views(Kind::Profile).into_iter();
        views.map(Profile::from_view).collect()
    }

    /// The profiles whose headers are in some of the lines, or outside of them.
    pub(super) fn profiles_in(&self, lines: &std::ops::Range<usize>, inside: bool) -> Vec<Profile> {
        let views = self.profile_views_in(lines, inside).into_iter();
        views.map(Profile::from_view).collect()
    }

    /// The profiles of a credentials file, where every section is one.
    #[must_use]
    pub fn credentials_profiles(&self) -> Vec<Profile> {
        let views = self.credential_views().into_iter();
        views.map(Profile::from_view).collect()
    }

    /// Sections of a config file whose name stands alone, as only a credentials file has them; with their lines.
    #[must_use]
    pub fn nameless_profiles(&self) -> Vec<(usize, String)> {
        let others = [
            "default",
            "plugins",
            "preview",
            "profile",
            "sso-session",
            DEFAULTS,
        ];
        let mut found: Vec<(usize, String)> = Vec::new();
        for section in self.sections() {
            let name = section.header.trim();
            let stands_alone = !name.is_empty() && !name.contains([' ', '\t']) && !others.contains(&name);
            let name = crate::domain::text::clean_text(name);
            if stands_alone
                && section_name(&section.header).is_none()
                && found.iter().all(|(_, n)| *n != name)
            {
                found.push((section.lines.start + 1, name));
            }
        }
        found
    }

    /// The `[services NAME]` sections, which replace endpoints.
    #[must_use]
    pub fn services(&self) -> Vec<Profile> {
        let views = self.views(Kind::Services).into_iter();
        views.map(Profile::from_view).collect()
    }

    /// The Region of the default profile, as it is written.
    #[must_use]
    pub fn default_region(&self) -> Option<RegionSetting> {
        let profiles = self.views(Kind::Profile);
        let default = profiles.iter().find(|profile| profile.name == "default")?;
        let text = default.get("region").filter(|text| !text.is_empty())?;
        Some(RegionSetting::new(RegionOrigin::DefaultProfile, text))
    }

    /// The SSO session that a profile signs in to: the section that it names, or the one that has
    /// its own start URL and Region.
    #[must_use]
    pub fn session_of(&self, profile: &Profile) -> Option<SsoSession> {
        profile.session_among(&self.sso_sessions()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n\
        sso_region = us-east-1\n[profile one]\nsso_session = corp\nSSO_Account_Id = 111111111111\n\
        sso_role_name = Admin\n[profile old]\nsso_start_url = https://old.awsapps.com/start\nsso_region = eu-west-1\n\
        sso_account_id = 222222222222\nsso_role_name = View\n[profile old2]\nsso_start_url = https://old.awsapps.com/start\n\
        sso_region = eu-west-1\n[profile chained]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = one\n\
        [profile process]\ncredential_process = /usr/bin/x \"a b\"\naws_access_key_id = AKIDCANARY\n\
        [stray]\nregion = x\n[profile one]\nregion = us-west-2\nsso_role_name = View\n[profile bare]\nsso_session =\n";

    fn profile(file: &ConfigFile, name: &str) -> Profile {
        let found = file.profiles().into_iter().find(|p| p.name == name);
        found.unwrap_or_else(|| panic!("{name}"))
    }

    #[test]
    fn profiles_are_merged_and_say_their_source() {
        let file = ConfigFile::parse(CONFIG.as_bytes());
        let names: Vec<String> = file.profiles().into_iter().map(|p| p.name).collect();
        assert_eq!(
            names,
            ["default", "one", "old", "old2", "chained", "process", "bare"]
        );
        let one = profile(&file, "one");
        assert_eq!(one.lines, [6, 26]);
        assert_eq!(one.get("region"), Some("us-west-2"));
        let sso = one.sso().expect("SSO keys");
        assert_eq!(
            (sso.session, sso.account_id, sso.permission_set),
            (Some("corp"), Some("111111111111"), Some("View"))
        );
        assert_eq!(file.session_of(&one).map(|s| s.name).as_deref(), Some("corp"));
        let old2 = file.session_of(&profile(&file, "old2"));
        assert_eq!(
            old2.map(|s| s.name).as_deref(),
            Some("old"),
            "one for each start URL"
        );
        let chained = profile(&file, "chained");
        assert_eq!(
            chained.source(),
            ProfileSource::AssumeRole {
                role_arn: "arn:aws:iam::1:role/x",
                with: RoleWith::Profile("one")
            }
        );
        assert_eq!(file.session_of(&chained), None);
        assert_eq!(
            profile(&file, "process").source(),
            ProfileSource::Process("/usr/bin/x \"a b\"")
        );
        assert_eq!(profile(&file, "bare").source(), ProfileSource::Nothing);
    }

    #[test]
    fn a_credentials_file_gives_no_secret_away() {
        let text = "[default]\naws_access_key_id = AKID\nAWS_Secret_Access_Key = canary-one\naws_session_token=canary-two\n\
            [two words]\naws_access_key_id = X\n";
        let profiles = ConfigFile::parse(text.as_bytes()).credentials_profiles();
        assert_eq!(profiles.len(), 2);
        assert_eq!(profiles[1].name, "two words");
        assert!(profiles[0].has("aws_secret_access_key"));
        assert_eq!(
            profiles[0].source(),
            ProfileSource::Keys {
                access_key_id: "AKID",
                temporary: true
            }
        );
        assert!(!format!("{profiles:?}").contains("canary"));
    }
}
