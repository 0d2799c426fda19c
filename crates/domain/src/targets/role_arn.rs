//! The ARN of the role that a permission set has in an account.
//!
//! Identity Center makes the role and ends its name with a hash that only a call as that role reveals. The rest is
//! known, so the hash is written as `*`: that is how the IAM Identity Center user guide has policies name such a role
//! ("Referencing permission sets in resource policies"), and why it stays right when the permission set is
//! assigned again. Roles of instances in us-east-1 have no Region in their path.

use crate::{Region, Target};

/// The ARN of a target's role, of a permission set its hash as `*`; the Region is that of Identity Center.
#[must_use]
pub fn role_arn(target: &Target, sso_region: &Region) -> String {
    let partition = sso_region.partition();
    if let Some(role) = target.permission_set.role() {
        return format!("arn:{partition}:iam::{}:role/{role}", target.account_id);
    }
    let folder = match sso_region.as_str() {
        "us-east-1" => String::new(),
        region => format!("{region}/"),
    };
    format!(
        "arn:{partition}:iam::{}:role/aws-reserved/sso.amazonaws.com/{folder}AWSReservedSSO_{}_*",
        target.account_id, target.permission_set
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    #[test]
    fn role_arns_follow_partition_and_region() {
        let target = Target {
            session: "org".into(),
            account_id: "310448120938".parse().expect("an id"),
            account_name: "payments-prod".into(),
            permission_set: PermissionSetName::new("ReadOnlyAccess"),
        };
        for (region, arn) in [
            (
                "us-east-1",
                "arn:aws:iam::310448120938:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnlyAccess_*",
            ),
            (
                "ap-northeast-1",
                "arn:aws:iam::310448120938:role/aws-reserved/sso.amazonaws.com/ap-northeast-1/AWSReservedSSO_ReadOnlyAccess_*",
            ),
            (
                "us-gov-west-1",
                "arn:aws-us-gov:iam::310448120938:role/aws-reserved/sso.amazonaws.com/us-gov-west-1/AWSReservedSSO_ReadOnlyAccess_*",
            ),
        ] {
            assert_eq!(role_arn(&target, &region.parse().expect("a Region")), arn);
        }
    }
}
