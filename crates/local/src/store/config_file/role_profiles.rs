//! Profiles with `role_arn`: which role each is, what the request for it says, and with whose credentials.
//!
//! The rules are botocore's (`AssumeRoleProvider` in `credentials.py`), which the other SDKs follow: exactly one of
//! `source_profile` and `credential_source`; a loop is an error, except that a profile may name itself where it has keys
//! of its own; in a source profile keys come before its role, while in the profile that was asked for the role comes
//! first. Knows nothing of what is assigned or cached.

use std::collections::HashMap;

use super::profiles::{Profile, ProfileSource, SsoKeys};
use super::python::shlex_split;
use crate::domain::targets::chained_roles::role::{external_id, mfa_serial, parse_duration, session_name};
use crate::domain::targets::chained_roles::{ChainedRole, RoleArn, RoleOptions, SourceCredentials};
use crate::domain::targets::profile::own_command;
use crate::domain::text::clean_text;
use crate::domain::{Partition, Region};

/// A profile that is a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleProfile {
    pub name: String,
    pub role: ChainedRole,
    pub via: RoleVia,
}

/// With whose credentials a profile's role is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleVia {
    /// The role of another profile.
    Role(String),
    /// What a profile with SSO settings, or one that runs genkan, gives.
    Profile(String),
    /// Keys, another program, an instance or a container.
    SourceCredentials(SourceCredentials),
    /// What genkan can't use: said in words.
    Unusable(String),
}

/// Why a profile with `role_arn` can't be used by any SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleProblem {
    pub profile: String,
    /// Where it begins, counted from 1.
    pub line: usize,
    pub reason: String,
    pub hint: String,
}

/// What credential sources there are.
const SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];

/// All profiles of both files by name; what the credentials file says wins.
pub struct ProfileGraph<'a> {
    profiles: HashMap<&'a str, (&'a Profile, Option<&'a Profile>)>,
}

impl<'a> ProfileGraph<'a> {
    #[must_use]
    pub fn new(config: &'a [Profile], credentials: &'a [Profile]) -> Self {
        let mut profiles: HashMap<&str, (&Profile, Option<&Profile>)> =
            config.iter().map(|p| (p.name.as_str(), (p, None))).collect();
        for profile in credentials {
            let entry = profiles.entry(profile.name.as_str());
            entry
                .and_modify(|(_, more)| *more = Some(profile))
                .or_insert((profile, None));
        }
        Self { profiles }
    }

    /// What a profile says under a key, in either file.
    fn get(&self, name: &str, key: &str) -> Option<&'a str> {
        let (profile, more) = self.profiles.get(name)?;
        more.and_then(|more| more.get(key)).or_else(|| profile.get(key))
    }

    fn has_keys(&self, name: &str) -> bool {
        let has = |key| self.get(name, key).is_some();
        has("aws_access_key_id") || has("aws_secret_access_key")
    }

    /// Whether an SDK takes a profile for a role to be assumed with other credentials.
    fn is_role(&self, name: &str) -> bool {
        self.get(name, "role_arn").is_some() && self.get(name, "web_identity_token_file").is_none()
    }

    /// Every profile that is a role, in the order of the names, and what is wrong with others.
    #[must_use]
    pub fn roles(&self) -> (Vec<RoleProfile>, Vec<RoleProblem>) {
        let mut names: Vec<&str> = self
            .profiles
            .keys()
            .copied()
            .filter(|name| self.is_role(name))
            .collect();
        names.sort_unstable();
        let (mut roles, mut problems) = (Vec::new(), Vec::new());
        for name in names {
            match self.role(name) {
                Ok(role) => roles.push(role),
                Err(problem) => problems.push(problem),
            }
        }
        (roles, problems)
    }

    /// The role of a profile that has `role_arn`.
    pub fn role(&self, name: &str) -> Result<RoleProfile, RoleProblem> {
        self.check_chain(name)?;
        Ok(RoleProfile {
            name: name.to_owned(),
            role: self.request(name)?,
            via: self.via(name)?,
        })
    }

    /// Follows the chain to its end, which it must have.
    fn check_chain(&self, start: &str) -> Result<(), RoleProblem> {
        let mut seen = vec![start];
        let mut at = start;
        while let RoleVia::Role(next) = self.via(at)? {
            // The names of the map live as long as the files.
            let Some((next, _)) = self.profiles.get_key_value(next.as_str()) else {
                break;
            };
            if seen.contains(next) {
                let chain = seen.iter().chain([next]).map(|name| format!("`{name}`"));
                return Err(self.problem(
                    start,
                    format!(
                        "its source profiles lead back to each other: {}",
                        chain.collect::<Vec<_>>().join(" → ")
                    ),
                    "let one of them name a profile with credentials of its own",
                ));
            }
            seen.push(next);
            self.request(next)?;
            at = next;
        }
        Ok(())
    }

    fn via(&self, name: &str) -> Result<RoleVia, RoleProblem> {
        let source = self.get(name, "source_profile");
        match (source, self.get(name, "credential_source")) {
            (Some(_), Some(_)) => Err(self.problem(
                name,
                "it has both `source_profile` and `credential_source`".to_owned(),
                "remove one of them",
            )),
            (None, None) => Err(self.problem(
                name,
                "it has `role_arn`, but no `source_profile` or `credential_source`".to_owned(),
                "add `source_profile`, the profile whose credentials assume the role",
            )),
            (None, Some(from)) => SourceCredentials::of_credential_source(from)
                .map(RoleVia::SourceCredentials)
                .ok_or_else(|| {
                    self.problem(
                        name,
                        format!("`credential_source` can't be `{}`", clean_text(from)),
                        &format!("choose one of {}", SOURCES.join(", ")),
                    )
                }),
            (Some(source), None) => self.via_profile(name, source),
        }
    }

    fn via_profile(&self, name: &str, source: &str) -> Result<RoleVia, RoleProblem> {
        if !self.profiles.contains_key(source) {
            return Err(self.problem(
                name,
                format!("its `source_profile` `{}` doesn't exist", clean_text(source)),
                "add that profile, or name another one",
            ));
        }
        // Keys come before the role of a source profile.
        let is_role = self.is_role(source) && !self.has_keys(source);
        if source == name && !self.has_keys(source) {
            return Err(self.problem(
                name,
                "its `source_profile` is itself, and it has no keys".to_owned(),
                "name another profile, whose credentials assume the role",
            ));
        }
        if is_role {
            return Ok(RoleVia::Role(source.to_owned()));
        }
        self.given_by(source).ok_or_else(|| {
            self.problem(
                name,
                format!("its `source_profile` `{}` has no credentials", clean_text(source)),
                "name a profile with SSO settings, a role, a process or keys",
            )
        })
    }

    /// What a profile gives besides its role: SSO and keys of the credentials file come before a process, and that before
    /// keys of the config file.
    fn given_by(&self, source: &str) -> Option<RoleVia> {
        let (profile, more) = self.profiles.get(source)?;
        let owned = || source.to_owned();
        let is_of_a_session = |sso: SsoKeys<'_>| sso.session.or(sso.start_url).is_some();
        if profile.sso().is_some_and(is_of_a_session) {
            return Some(RoleVia::Profile(owned()));
        }
        let keys_first = more.is_some_and(|more| more.has("aws_access_key_id"));
        match self.get(source, "credential_process").filter(|_| !keys_first) {
            Some(command) if own_command(command).is_some() => Some(RoleVia::Profile(owned())),
            Some(_) => Some(RoleVia::SourceCredentials(SourceCredentials::Process(owned()))),
            None if self.has_keys(source) => {
                Some(RoleVia::SourceCredentials(SourceCredentials::Keys(owned())))
            }
            None => {
                let words = match profile.source() {
                    ProfileSource::ConsoleLogin => "`aws login` in",
                    ProfileSource::AssumeRole { .. } => "the web identity of",
                    _ => return None,
                };
                Some(RoleVia::Unusable(format!(
                    "{words} profile `{}`",
                    clean_text(source)
                )))
            }
        }
    }

    /// The source credentials of all chains, each once, with the partition of the roles that are assumed first.
    #[must_use]
    pub fn source_credentials(&self) -> Vec<(SourceCredentials, Partition)> {
        let (roles, _) = self.roles();
        let mut found: Vec<(SourceCredentials, Partition)> = roles
            .into_iter()
            .filter_map(|role| match role.via {
                RoleVia::SourceCredentials(source_credentials) => {
                    Some((source_credentials, role.role.arn.partition))
                }
                _ => None,
            })
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found.dedup_by(|one, other| one.0 == other.0);
        found
    }

    /// The MFA devices that the roles want which source credentials assume, each once.
    #[must_use]
    pub fn devices(&self, source_credentials: &SourceCredentials) -> Vec<String> {
        let (roles, _) = self.roles();
        let begins_there = |role: &RoleProfile| matches!(&role.via, RoleVia::SourceCredentials(via) if via == source_credentials);
        let mut found: Vec<String> = roles
            .into_iter()
            .filter(begins_there)
            .filter_map(|role| role.role.options.mfa_serial)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The words of a profile's `credential_process`, parted as botocore parts them: no shell reads them. None where a
    /// quote in it is left open.
    #[must_use]
    pub fn process_of(&self, profile: &str) -> Option<Vec<String>> {
        let command = self.get(profile, "credential_process")?;
        Some(shlex_split(command).unwrap_or_default())
    }

    /// What the request for a profile's role says.
    fn request(&self, name: &str) -> Result<ChainedRole, RoleProblem> {
        let wrong = |key: &str, reason: String| {
            let reason = format!("`{key}` {reason}");
            self.problem(name, reason, &format!("correct `{key}`"))
        };
        let text = |key: &'static str| self.get(name, key);
        let arn = text("role_arn").unwrap_or_default();
        let arn: RoleArn = arn
            .parse()
            .map_err(|error| wrong("role_arn", format!("{error}")))?;
        let read = |key: &'static str, read: fn(&str) -> Result<String, _>| {
            let value = text(key).map(read).transpose();
            value.map_err(
                |error: crate::domain::targets::chained_roles::role::NotAnOption| {
                    wrong(key, error.to_string())
                },
            )
        };
        let seconds = text("duration_seconds").map(parse_duration).transpose();
        let region = text("region").map(str::parse::<Region>).transpose();
        let options = RoleOptions {
            external_id: read("external_id", external_id)?,
            mfa_serial: read("mfa_serial", mfa_serial)?,
            duration_seconds: seconds.map_err(|error| wrong("duration_seconds", error.to_string()))?,
            session_name: read("role_session_name", session_name)?,
            region: region.map_err(|error| wrong("region", format!("is invalid: {error}")))?,
            is_global: text("sts_regional_endpoints")
                .is_some_and(|value| value.eq_ignore_ascii_case("legacy")),
        };
        Ok(ChainedRole { arn, options })
    }

    fn problem(&self, name: &str, reason: String, hint: &str) -> RoleProblem {
        let lines = self
            .profiles
            .get(name)
            .map(|(profile, _)| profile.lines.as_slice());
        RoleProblem {
            profile: name.to_owned(),
            line: lines.and_then(|lines| lines.first()).copied().unwrap_or_default(),
            reason,
            hint: hint.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ConfigFile;

    const SSO: &str = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\
        [profile hub]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n";

    /// The profile `x` with these lines beside profiles of all kinds.
    fn role(lines: &str) -> Result<RoleProfile, RoleProblem> {
        let text = format!(
            "{SSO}[profile keys]\naws_access_key_id = AKID\naws_secret_access_key = s\n\
             [profile process]\ncredential_process = genkan credential-process corp:111111111111/Admin\n\
             [profile user]\ncredential_process = genkan iam-user session ana\n\
             [profile other]\ncredential_process = vault keys\naws_access_key_id = AKID\n\
             [profile mid]\nrole_arn = arn:aws:iam::222222222222:role/Mid\nsource_profile = hub\n\
             [profile a]\nrole_arn = arn:aws:iam::222222222222:role/A\nsource_profile = b\n\
             [profile b]\nrole_arn = arn:aws:iam::222222222222:role/B\nsource_profile = a\n\
             [profile both]\nrole_arn = arn:aws:iam::222222222222:role/Both\nsource_profile = a\n\
             aws_access_key_id = AKID\naws_secret_access_key = s\n\
             [profile empty]\nregion = eu-west-1\n\
             [profile x]\n{lines}\n"
        );
        let file = ConfigFile::parse(text.as_bytes());
        let stored = ConfigFile::parse(b"[stored]\naws_access_key_id = AKID\naws_secret_access_key = s\n");
        let (profiles, credentials) = (file.profiles(), stored.credentials_profiles());
        ProfileGraph::new(&profiles, &credentials).role("x")
    }

    const ARN: &str = "role_arn = arn:aws:iam::333333333333:role/team/X\n";

    #[test]
    fn sources_are_found_as_sdks_find_them() {
        let profile = |name: &str| RoleVia::Profile(name.to_owned());
        let keys = |name: &str| RoleVia::SourceCredentials(SourceCredentials::Keys(name.to_owned()));
        for (lines, via) in [
            ("source_profile = hub", profile("hub")),
            ("source_profile = process", profile("process")),
            ("source_profile = user", profile("user")),
            ("source_profile = mid", RoleVia::Role("mid".to_owned())),
            ("source_profile = keys", keys("keys")),
            ("source_profile = stored", keys("stored")),
            (
                "source_profile = other",
                RoleVia::SourceCredentials(SourceCredentials::Process("other".to_owned())),
            ),
            // Keys of a source profile come before its role, which would lead into a loop.
            ("source_profile = both", keys("both")),
            (
                "source_profile = x\naws_access_key_id = AKID\naws_secret_access_key = s",
                keys("x"),
            ),
            (
                "credential_source = Environment",
                RoleVia::SourceCredentials(SourceCredentials::Environment),
            ),
        ] {
            let found = role(&format!("{ARN}{lines}")).unwrap_or_else(|e| panic!("{lines}: {e:?}"));
            assert_eq!(found.via, via, "{lines}");
            assert_eq!(found.role.arn.role(), "team/X");
        }
    }

    #[test]
    fn what_no_sdk_can_use_is_named_with_its_line() {
        for (lines, words) in [
            (
                "source_profile = hub\ncredential_source = Environment",
                "it has both",
            ),
            ("", "no `source_profile` or `credential_source`"),
            (
                "credential_source = environment",
                "`credential_source` can't be `environment`",
            ),
            ("source_profile = nowhere", "`nowhere` doesn't exist"),
            ("source_profile = empty", "`empty` has no credentials"),
            ("source_profile = x", "its `source_profile` is itself"),
            (
                "source_profile = a",
                "lead back to each other: `x` → `a` → `b` → `a`",
            ),
            (
                "source_profile = hub\nduration_seconds = long",
                "`duration_seconds` must be",
            ),
            ("source_profile = hub\nexternal_id = x", "`external_id` must have"),
        ] {
            let problem = role(&format!("{ARN}{lines}")).expect_err(lines);
            assert!(problem.reason.contains(words), "{lines}: {problem:?}");
            assert_eq!(problem.line, 34, "{lines}: {problem:?}");
        }
        let problem = role("role_arn = Deploy\nsource_profile = hub").expect_err("no ARN");
        assert!(
            problem.reason.contains("`role_arn` is not the ARN"),
            "{problem:?}"
        );
    }

    #[test]
    fn options_of_a_request_are_read() {
        let found = role(&format!(
            "{ARN}source_profile = hub\nexternal_id = x-1\nmfa_serial = arn:aws:iam::111111111111:mfa/hana\n\
             duration_seconds = 43200\nrole_session_name = hana\nregion = eu-west-1\nsts_regional_endpoints = legacy"
        ))
        .expect("a role");
        let options = found.role.options;
        assert_eq!(options.external_id.as_deref(), Some("x-1"));
        assert_eq!(options.session_name.as_deref(), Some("hana"));
        assert_eq!(
            (options.seconds(false), options.duration_seconds),
            (Some(3600), Some(43_200))
        );
        assert!(options.is_global && options.mfa_serial.is_some() && options.region.is_some());
    }
}
