//! Regions and partitions.

use std::fmt;
use std::str::FromStr;

/// A Region code such as `eu-central-1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

/// The text does not look like a Region code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no AWS Region code such as eu-central-1")]
pub struct NotARegion(pub String);

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
            Some("us") if self.0.starts_with("us-gov-") => Partition::UsGov,
            _ => Partition::Aws,
        }
    }
}

impl FromStr for Region {
    type Err = NotARegion;

    /// Accepts what SDKs accept as a Region in a host name: lower-case words and digits joined by
    /// hyphens, ending in a number. New Regions work without a list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
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
            Err(NotARegion(super::text::clean(text)))
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
            "EU-WEST-1",
            "eu-west",
            "eu-west-1.evil.com",
            "eu--1",
            "eu-west-1/",
            "eu west-1",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
