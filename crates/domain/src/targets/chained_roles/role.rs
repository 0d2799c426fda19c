//! A chained role and the options of the request for it. Limits are those of STS's AssumeRole, from botocore's model.

use super::role_arn::{RoleArn, is_plain};
use crate::Region;

/// The longest life of a chained role's credentials, whatever its maximum session duration is.
pub const MOST_SECONDS: u32 = 3600;

/// An IAM role, and what a request for it says besides its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedRole {
    pub arn: RoleArn,
    pub options: RoleOptions,
}

/// What a request for a role says besides its ARN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleOptions {
    pub external_id: Option<String>,
    /// The serial number of an MFA device, whose code the role's trust policy wants.
    pub mfa_serial: Option<String>,
    pub duration_seconds: Option<u32>,
    /// What CloudTrail shows behind the role.
    pub session_name: Option<String>,
    /// The Region whose STS is asked, and in which one works.
    pub region: Option<Region>,
    /// `sts_regional_endpoints = legacy`: the global endpoint of STS is asked.
    pub is_global: bool,
}

impl ChainedRole {
    /// A role of which nothing is known but its ARN.
    #[must_use]
    pub fn of(arn: RoleArn) -> Self {
        Self {
            arn,
            options: RoleOptions::default(),
        }
    }
}

impl RoleOptions {
    /// How long the credentials shall live, where that is said: an hour at most, unless an IAM user assumes the role,
    /// which is not role chaining.
    #[must_use]
    pub fn seconds(&self, is_of_a_user: bool) -> Option<u32> {
        let most = if is_of_a_user { u32::MAX } else { MOST_SECONDS };
        self.duration_seconds.map(|seconds| seconds.min(most))
    }

    /// What tells credentials that were asked for with these options from those of other options; empty where nothing
    /// is said. It is compared and hashed, and never shown. The Region is no part of it: it says who is asked.
    #[must_use]
    pub fn distinction(&self) -> String {
        let said = [
            ("external ID", self.external_id.clone()),
            ("MFA", self.mfa_serial.clone()),
            (
                "seconds",
                self.duration_seconds.map(|seconds| seconds.to_string()),
            ),
            ("session name", self.session_name.clone()),
            ("global", self.is_global.then(String::new)),
        ];
        let said = said
            .into_iter()
            .filter_map(|(what, value)| Some(format!("{what}={}\n", value?)));
        said.collect()
    }
}

/// What is wrong with a text where a request for a role says something, as it ends a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOption {
    #[error("must have 2 to 1,224 letters, digits or `_+=,.@:/-`")]
    ExternalId,
    #[error("must have 2 to 64 letters, digits or `_+=,.@-`")]
    SessionName,
    #[error("must be the ARN or serial number of an MFA device, such as arn:aws:iam::111122223333:mfa/hana")]
    MfaSerial,
    #[error("must be a number of seconds from 900 to 43200")]
    Duration,
}

/// An external ID, as AWS takes one.
pub fn external_id(text: &str) -> Result<String, NotAnOption> {
    let fine = (2..=1224).contains(&text.len()) && text.bytes().all(|b| is_plain(b) || b":/".contains(&b));
    fine.then(|| text.to_owned()).ok_or(NotAnOption::ExternalId)
}

/// A role session name, as AWS takes one.
pub fn session_name(text: &str) -> Result<String, NotAnOption> {
    let fine = (2..=64).contains(&text.len()) && text.bytes().all(is_plain);
    fine.then(|| text.to_owned()).ok_or(NotAnOption::SessionName)
}

/// The serial number of an MFA device, as AWS takes one.
pub fn mfa_serial(text: &str) -> Result<String, NotAnOption> {
    let fine = (9..=256).contains(&text.len()) && text.bytes().all(|b| is_plain(b) || b":/".contains(&b));
    fine.then(|| text.to_owned()).ok_or(NotAnOption::MfaSerial)
}

/// A duration, as AWS takes one for any role.
pub fn parse_duration(text: &str) -> Result<u32, NotAnOption> {
    let seconds = text.trim().parse().ok();
    seconds
        .filter(|seconds| (900..=43_200).contains(seconds))
        .ok_or(NotAnOption::Duration)
}

/// The role session name for a user's name: what CloudTrail's readers understand, in characters that AWS takes.
#[must_use]
pub fn session_name_of(user: &str) -> String {
    let plain = |c: char| u8::try_from(c).is_ok_and(is_plain);
    let name: String = user
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .take(64)
        .collect();
    if name.len() < 2 || name.chars().all(|c| c == '-') {
        "genkan".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_have_only_characters_that_aws_takes() {
        for (user, name) in [
            ("hana@example.com", "hana@example.com"),
            ("Hana Sato", "Hana-Sato"),
            ("花", "genkan"),
            ("", "genkan"),
            ("x", "genkan"),
            ("a/b:c", "a-b-c"),
        ] {
            assert_eq!(session_name_of(user), name, "{user}");
            assert!(session_name(&session_name_of(user)).is_ok());
        }
        assert_eq!(session_name_of(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn options_follow_the_limits_of_aws() {
        assert!(external_id("a:b/c").is_ok() && external_id("a").is_err() && external_id("a b").is_err());
        assert!(session_name("hana").is_ok() && session_name("a/b").is_err());
        assert!(mfa_serial("GAHT12345678").is_ok() && mfa_serial("12345678").is_err());
        assert_eq!(
            (parse_duration("900"), parse_duration("43201")),
            (Ok(900), Err(NotAnOption::Duration))
        );
        let long = RoleOptions {
            duration_seconds: Some(43_200),
            ..RoleOptions::default()
        };
        assert_eq!(
            (long.seconds(false), long.seconds(true)),
            (Some(3600), Some(43_200))
        );
    }
}
