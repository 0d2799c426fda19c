//! Regions and partitions.

use std::fmt;
use std::str::FromStr;

use crate::values::nearest::suggest_name;

/// A Region code such as `eu-central-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

/// The text is not a Region code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an AWS Region code such as eu-central-1{suggestion}")]
pub struct NotARegion {
    text: String,
    /// `; did you mean …?`, or nothing.
    suggestion: String,
}

impl NotARegion {
    fn new(text: &str) -> Self {
        Self {
            text: crate::text::clean_text(text),
            suggestion: suggest_name(text, known_regions().map(|(_, code)| code)),
        }
    }
}

/// The Regions of each partition, as of November 2026. A well-formed Region that is not among them is used
/// all the same: AWS opens a few each year.
const KNOWN: &[(Partition, &[&str])] = &[
    (
        Partition::Aws,
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    (Partition::China, &["cn-north-1", "cn-northwest-1"]),
    (Partition::UsGov, &["us-gov-east-1", "us-gov-west-1"]),
    (Partition::EuropeanSovereign, &["eusc-de-east-1"]),
    (Partition::Iso, &["us-iso-east-1", "us-iso-west-1"]),
    (Partition::IsoB, &["us-isob-east-1", "us-isob-west-1"]),
    (Partition::IsoE, &["eu-isoe-west-1"]),
    (Partition::IsoF, &["us-isof-east-1", "us-isof-south-1"]),
];

/// What the second-last part of a Region code is one of.
const DIRECTIONS: &[&str] = &[
    "north",
    "south",
    "east",
    "west",
    "central",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
];

/// Every known Region with its partition.
pub fn known_regions() -> impl Iterator<Item = (Partition, &'static str)> {
    KNOWN
        .iter()
        .flat_map(|(partition, codes)| codes.iter().map(|code| (*partition, *code)))
}

impl Region {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition this Region belongs to, told by its prefix.
    #[must_use]
    pub fn partition(&self) -> Partition {
        match self.0.split('-').next() {
            Some("cn") => Partition::China,
            Some("eusc") => Partition::EuropeanSovereign,
            _ => match self.0.split('-').nth(1) {
                Some("gov") => Partition::UsGov,
                Some("iso") => Partition::Iso,
                Some("isob") => Partition::IsoB,
                Some("isoe") => Partition::IsoE,
                Some("isof") => Partition::IsoF,
                _ => Partition::Aws,
            },
        }
    }

    /// Reads a Region that someone chose to work in, which must look like one of AWS's: `eu-west-1`, and not
    /// `eu-wst-1`, whose host name only no one answers for.
    ///
    /// # Errors
    /// Where it does not; the error names the nearest Region.
    pub fn chosen(text: &str) -> Result<Self, NotARegion> {
        let region: Self = text.parse()?;
        let parts: Vec<&str> = region.0.split('-').collect();
        let well_formed = match parts.as_slice() {
            [geography, direction, _] => (2..=4).contains(&geography.len()) && DIRECTIONS.contains(direction),
            [geography, part, direction, _] => {
                (2..=4).contains(&geography.len())
                    && (2..=4).contains(&part.len())
                    && DIRECTIONS.contains(direction)
            }
            _ => false,
        };
        if region.is_known() || well_formed {
            Ok(region)
        } else {
            Err(NotARegion::new(text))
        }
    }

    /// Whether it was a Region of AWS when this was built.
    #[must_use]
    pub fn is_known(&self) -> bool {
        known_regions().any(|(_, code)| code == self.0)
    }
}

impl FromStr for Region {
    type Err = NotARegion;

    /// Accepts what SDKs accept as a Region in a host name: words and digits joined by hyphens, ending in
    /// a number. New Regions work without a list. Host names ignore case, so `EU-WEST-1` is `eu-west-1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let text = lower.as_str();
        let parts: Vec<&str> = text.split('-').collect();
        let words_fine = parts
            .iter()
            .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        let ends_in_number = parts
            .last()
            .is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
        if parts.len() >= 3 && text.len() <= 32 && words_fine && ends_in_number {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARegion::new(text))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A group of Regions with its own identities, hosts and consoles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    Aws,
    China,
    UsGov,
    EuropeanSovereign,
    Iso,
    IsoB,
    IsoE,
    IsoF,
}

impl Partition {
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::China,
        Self::UsGov,
        Self::EuropeanSovereign,
        Self::Iso,
        Self::IsoB,
        Self::IsoE,
        Self::IsoF,
    ];

    /// The Region that holds the consoles of its global services.
    #[must_use]
    pub fn home_region(self) -> Region {
        let code = match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-north-1",
            Self::UsGov => "us-gov-west-1",
            Self::EuropeanSovereign => "eusc-de-east-1",
            Self::Iso => "us-iso-east-1",
            Self::IsoB => "us-isob-east-1",
            Self::IsoE => "eu-isoe-west-1",
            Self::IsoF => "us-isof-south-1",
        };
        Region(code.to_owned())
    }

    /// Its name in an ARN.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::UsGov => "aws-us-gov",
            Self::EuropeanSovereign => "aws-eusc",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
            Self::IsoE => "aws-iso-e",
            Self::IsoF => "aws-iso-f",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_tell_their_partition() {
        for (code, partition) in [
            ("ap-northeast-1", Partition::Aws),
            ("us-east-1", Partition::Aws),
            ("us-gov-west-1", Partition::UsGov),
            ("cn-north-1", Partition::China),
            ("eusc-de-east-1", Partition::EuropeanSovereign),
            ("us-iso-east-1", Partition::Iso),
            ("us-isob-east-1", Partition::IsoB),
            ("eu-isoe-west-1", Partition::IsoE),
            ("us-isof-south-1", Partition::IsoF),
        ] {
            assert_eq!(
                code.parse::<Region>().map(|r| r.partition()),
                Ok(partition),
                "{code}"
            );
        }
        for bad in [
            "",
            "eu",
            "eu-west",
            "eu-west-1.evil.com",
            "eu--1",
            "eu-west-1/",
            "eu west-1",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn case_and_blanks_around_are_normalised() {
        for (_, code) in known_regions() {
            for text in [code.to_uppercase(), format!(" {code}\n"), code.replace('a', "A")] {
                assert_eq!(
                    Region::chosen(&text).map(|r| r.to_string()).as_deref(),
                    Ok(code),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn each_partition_has_a_home_region_of_its_own() {
        for partition in Partition::ALL {
            let home = partition.home_region();
            assert_eq!((home.partition(), home.is_known()), (partition, true), "{home}");
        }
    }

    #[test]
    fn known_regions_are_of_their_partition() {
        for (partition, code) in known_regions() {
            let region = Region::chosen(code).unwrap_or_else(|e| panic!("{code}: {e}"));
            assert_eq!(
                (region.partition(), region.is_known()),
                (partition, true),
                "{code}"
            );
        }
    }

    #[test]
    fn a_region_with_a_typo_is_refused_with_the_nearest() {
        for (text, meant) in [
            ("eu-wst-1", "eu-west-1"),
            ("eu_west_1", "eu-west-1"),
            ("us-east-1a", "us-east-1"),
            ("useast-1", "us-east-1"),
            ("ap-notheast-1", "ap-northeast-1"),
            ("us-gov-wets-1", "us-gov-west-1"),
        ] {
            let error = Region::chosen(text).expect_err(text).to_string();
            assert!(
                error.ends_with(&format!("did you mean `{meant}`?")),
                "{text}: {error}"
            );
        }
        for (text, fine) in [
            ("nz-central-1", true),
            ("eu-west-9", true),
            ("nowhere-at-1", false),
        ] {
            assert_eq!(Region::chosen(text).is_ok(), fine, "{text}");
        }
    }
}
