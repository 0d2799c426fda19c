//! Which Region someone works in: one rule for everything that sets a Region.
//!
//! The first setting that can be used wins, and never one of another partition than the SSO session's: its
//! credentials are unknown there. Case is normalised. A setting that can't be used is named, never replaced
//! silently; one that was typed for this command is refused. Without any setting it is the SSO Region, which
//! is where Identity Center is and says little about where the work is.

use std::fmt;

use super::region::{NotARegion, known_regions};
use crate::{Partition, Region, SsoSession};

/// Where a Region was set, in the order in which they count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionOrigin {
    /// `--region`.
    Option,
    /// A variable of this name.
    Variable(&'static str),
    /// The profile of this name.
    Profile(String),
    /// The project file that names the target.
    ProjectFile,
    /// A rule that matches the target.
    Rule,
    /// The preferences.
    Preference,
    /// `[default]` of the config file.
    DefaultProfile,
    /// Nowhere: it is the SSO Region.
    SsoRegion,
    /// Nowhere, and an IAM user has no SSO Region: it is the first one of its partition.
    Partition,
}

impl fmt::Display for RegionOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("--region"),
            Self::Variable(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "`region` of profile `{name}`"),
            Self::ProjectFile => f.write_str("`region` of the project file"),
            Self::Rule => f.write_str("`region` of a rule"),
            Self::Preference => f.write_str("setting `region`"),
            Self::DefaultProfile => f.write_str("`region` of [default]"),
            Self::SsoRegion => f.write_str("the SSO Region"),
            Self::Partition => f.write_str("the first Region of the partition"),
        }
    }
}

/// A Region as it was set somewhere, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSetting {
    pub origin: RegionOrigin,
    pub text: String,
}

impl RegionSetting {
    pub fn new(origin: RegionOrigin, text: impl Into<String>) -> Self {
        Self {
            origin,
            text: text.into(),
        }
    }
}

/// The settings, with that of a rule in its place: a rule is about the target, and counts before what is meant for all.
pub fn with_rule(
    settings: impl IntoIterator<Item = RegionSetting>,
    rule: Option<&Region>,
) -> impl Iterator<Item = RegionSetting> {
    let mut rule = rule.map(|region| RegionSetting::new(RegionOrigin::Rule, region.as_str()));
    let mut settings = settings.into_iter().peekable();
    std::iter::from_fn(move || {
        let is_for_all = |setting: &RegionSetting| {
            matches!(
                setting.origin,
                RegionOrigin::Preference | RegionOrigin::DefaultProfile
            )
        };
        if rule.is_some() && settings.peek().is_none_or(is_for_all) {
            return rule.take();
        }
        settings.next()
    })
}

/// The AWS Region to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRegion {
    pub region: Region,
    pub origin: RegionOrigin,
    /// Settings before it that can't be used.
    pub ignored: Vec<UnusableRegion>,
}

impl WorkRegion {
    /// What the user should know about where it comes from, if anything.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let region = &self.region;
        match self.origin {
            RegionOrigin::SsoRegion if self.ignored.is_empty() => {
                Some(format!("no Region is set; using the SSO Region {region}"))
            }
            RegionOrigin::SsoRegion => Some(format!("using the SSO Region {region}")),
            RegionOrigin::Partition => Some(format!("no Region is set; using {region}")),
            RegionOrigin::Option if !region.is_known() => Some(format!(
                "{region} is not known to this version of genkan; using it anyway{}",
                crate::values::nearest::suggest_name(region.as_str(), known_regions().map(|(_, code)| code))
            )),
            _ => None,
        }
    }
}

/// A setting that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableRegion {
    #[error("{origin}: {reason}")]
    NotARegion {
        origin: RegionOrigin,
        reason: NotARegion,
    },
    #[error("{origin}: Region {region} is in partition {}, but SSO session `{session}` is in {partition}", region.partition())]
    OtherPartition {
        origin: RegionOrigin,
        region: Region,
        session: String,
        partition: Partition,
    },
}

impl UnusableRegion {
    #[must_use]
    pub fn origin(&self) -> &RegionOrigin {
        match self {
            Self::NotARegion { origin, .. } | Self::OtherPartition { origin, .. } => origin,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NotARegion { .. } => Vec::new(),
            Self::OtherPartition { partition, .. } => {
                let codes = known_regions()
                    .filter(|(p, _)| p == partition)
                    .map(|(_, code)| code);
                let codes = codes.collect::<Vec<_>>().join(", ");
                vec![format!("Regions in that partition: {codes}")]
            }
        }
    }
}

/// The AWS Region to use with a session, of settings in the order in which they count.
///
/// # Errors
/// Where `--region` can't be used.
pub fn work_region(
    settings: impl IntoIterator<Item = RegionSetting>,
    session: &SsoSession,
) -> Result<WorkRegion, UnusableRegion> {
    let mut ignored = Vec::new();
    for RegionSetting { origin, text } in settings {
        match usable_region(&origin, &text, session) {
            Ok(region) => {
                return Ok(WorkRegion {
                    region,
                    origin,
                    ignored,
                });
            }
            Err(unusable) if origin == RegionOrigin::Option => return Err(unusable),
            Err(unusable) => ignored.push(unusable),
        }
    }
    Ok(WorkRegion {
        region: session.region.clone(),
        origin: if session.is_listed() {
            RegionOrigin::SsoRegion
        } else {
            RegionOrigin::Partition
        },
        ignored,
    })
}

fn usable_region(origin: &RegionOrigin, text: &str, session: &SsoSession) -> Result<Region, UnusableRegion> {
    let region = Region::chosen(text).map_err(|reason| UnusableRegion::NotARegion {
        origin: origin.clone(),
        reason,
    })?;
    let partition = session.region.partition();
    if region.partition() == partition {
        Ok(region)
    } else {
        Err(UnusableRegion::OtherPartition {
            origin: origin.clone(),
            region,
            session: session.name.clone(),
            partition,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session(region: &str) -> SsoSession {
        SsoSession::new(
            "org",
            "https://org.awsapps.com/start"
                .parse()
                .unwrap_or_else(|e| panic!("{e}")),
            region.parse().unwrap_or_else(|e| panic!("{e}")),
        )
    }

    fn chosen(sso_region: &str, settings: &[(RegionOrigin, &str)]) -> (String, RegionOrigin, usize) {
        let settings = settings
            .iter()
            .map(|(origin, text)| RegionSetting::new(origin.clone(), *text));
        let found = work_region(settings, &session(sso_region)).unwrap_or_else(|e| panic!("{e}"));
        (found.region.to_string(), found.origin, found.ignored.len())
    }

    #[test]
    fn the_first_usable_setting_wins_and_others_before_it_are_named() {
        use RegionOrigin::{DefaultProfile, Preference, SsoRegion, Variable};
        let variable = || Variable("AWS_REGION");
        for (sso_region, settings, expected) in [
            (
                "eu-west-1",
                vec![(variable(), "EU-NORTH-1")],
                ("eu-north-1", variable(), 0),
            ),
            ("eu-west-1", vec![], ("eu-west-1", SsoRegion, 0)),
            (
                "us-gov-west-1",
                vec![(variable(), "us-east-1"), (DefaultProfile, "us-gov-east-1")],
                ("us-gov-east-1", DefaultProfile, 1),
            ),
            (
                "cn-north-1",
                vec![
                    (variable(), "us-east-1"),
                    (Preference, "eu-west-1"),
                    (DefaultProfile, "eu-west-1"),
                ],
                ("cn-north-1", SsoRegion, 3),
            ),
            (
                "eu-west-1",
                vec![
                    (variable(), "eu-wst-1"),
                    (Preference, "eu-west-2"),
                    (DefaultProfile, "nonsense"),
                ],
                ("eu-west-2", Preference, 1),
            ),
        ] {
            let (region, origin, ignored) = expected;
            assert_eq!(
                chosen(sso_region, &settings),
                (region.to_owned(), origin, ignored),
                "{settings:?}"
            );
        }
    }

    #[test]
    fn a_region_that_was_typed_is_used_or_refused() {
        let typed = |text: &str| {
            work_region(
                [
                    RegionSetting::new(RegionOrigin::Option, text),
                    RegionSetting::new(RegionOrigin::Preference, "us-gov-east-1"),
                ],
                &session("us-gov-west-1"),
            )
        };
        assert_eq!(typed("US-GOV-EAST-1").map(|w| w.origin), Ok(RegionOrigin::Option));
        let refused = typed("us-east-1").expect_err("another partition").to_string();
        assert_eq!(
            refused,
            "--region: Region us-east-1 is in partition aws, but SSO session `org` is in aws-us-gov"
        );
        assert!(typed("us-gov-wst-1").is_err());
        let new = typed("us-gov-central-1").expect("a new Region");
        assert!(
            new.note()
                .is_some_and(|note| note.contains("not known to this version"))
        );
    }

    proptest! {
        /// Whatever is set, the Region is of the session's partition, and each setting before the one that
        /// is used is named.
        #[test]
        fn the_region_is_always_of_the_sessions_partition(
            sso in proptest::sample::select(known_regions().map(|(_, code)| code).collect::<Vec<_>>()),
            texts in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(known_regions().map(|(_, code)| code.to_owned()).collect::<Vec<_>>()),
                    "[a-zA-Z0-9_-]{0,16}",
                    "[a-z]{2}-(gov-)?(east|wset|south)-[0-9]",
                ],
                0..5,
            ),
        ) {
            let settings = texts.iter().map(|t| RegionSetting::new(RegionOrigin::Preference, t.clone()));
            let session = session(sso);
            let found = work_region(settings, &session).expect("nothing was typed");
            prop_assert_eq!(found.region.partition(), session.region.partition());
            if found.origin == RegionOrigin::SsoRegion {
                prop_assert_eq!(found.ignored.len(), texts.len());
            } else {
                let used = texts.get(found.ignored.len()).expect("a setting");
                prop_assert_eq!(found.region.as_str(), used.to_lowercase());
            }
        }
    }
}
