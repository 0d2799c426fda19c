//! The ARN of an IAM role: its partition, account, path and name.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, Partition};

/// `arn:PARTITION:iam::ACCOUNT_ID:role/PATH/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn {
    pub partition: Partition,
    pub account_id: AccountId,
    role: String,
}

/// The text is not the ARN of a role, or not a role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARoleArn {
    #[error("is not the ARN of a role, such as arn:aws:iam::111122223333:role/Deploy")]
    Arn,
    #[error("is not the name of a role: letters, digits and `_+=,.@-`, with its path in front if it has one")]
    Name,
}

impl RoleArn {
    /// The role of a name, which has its path in front where it has one.
    pub fn new(partition: Partition, account_id: AccountId, role: &str) -> Result<Self, NotARoleArn> {
        Ok(Self {
            partition,
            account_id,
            role: role_name(role)?.to_owned(),
        })
    }

    /// The name, with its path in front where it has one.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }
}

/// A role's name with its path, as genkan takes one: AWS allows more characters in a path, which no one uses.
pub fn role_name(text: &str) -> Result<&str, NotARoleArn> {
    let text = text.strip_prefix('/').unwrap_or(text);
    let part = |part: &str| !part.is_empty() && part.bytes().all(is_plain);
    let name = text.rsplit('/').next().unwrap_or_default();
    let fine = text.split('/').all(part) && name.len() <= 64 && text.len() <= 512;
    fine.then_some(text).ok_or(NotARoleArn::Name)
}

/// Whether a character is one of `[\w+=,.@-]` as AWS means it.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

impl FromStr for RoleArn {
    type Err = NotARoleArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.trim().splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
            return Err(NotARoleArn::Arn);
        };
        let partition = Partition::ALL
            .into_iter()
            .find(|known| known.as_str() == *partition);
        let role = resource
            .strip_prefix("role/")
            .filter(|role| !role.starts_with('/'));
        let role = role.ok_or(NotARoleArn::Arn)?;
        Ok(Self {
            partition: partition.ok_or(NotARoleArn::Arn)?,
            account_id: account.parse().map_err(|_| NotARoleArn::Arn)?,
            role: role_name(role).map_err(|_| NotARoleArn::Arn)?.to_owned(),
        })
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "arn:{}:iam::{}:role/{}",
            self.partition, self.account_id, self.role
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns_are_read_as_they_were_written() {
        for text in [
            "arn:aws:iam::111122223333:role/Deploy",
            "arn:aws-us-gov:iam::111122223333:role/team/ci/Deploy+x@y",
        ] {
            assert_eq!(
                text.parse::<RoleArn>().map(|arn| arn.to_string()),
                Ok(text.to_owned())
            );
        }
        for bad in [
            "",
            "Deploy",
            "arn:aws:iam::111122223333:user/hana",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role//x",
            "arn:aws:iam::1:role/x",
            "arn:moon:iam::111122223333:role/x",
            "arn:aws:iam::111122223333:role/a b",
            "arn:aws:sts::111122223333:assumed-role/x/y",
        ] {
            assert_eq!(bad.parse::<RoleArn>(), Err(NotARoleArn::Arn), "{bad}");
        }
    }
}
