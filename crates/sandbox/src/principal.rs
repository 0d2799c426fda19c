//! Whom credentials are for: a permission set's role, a role that was assumed, or an IAM user; and how STS names them.
//! Plain values; knows nothing of requests.

use crate::signing::secrets::Secrets;

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    /// The role that Identity Center made for a permission set.
    PermissionSet {
        account_id: String,
        permission_set: String,
        /// The sign-in name of the portal's user, which is the name of the session.
        user_name: String,
    },
    /// A role that AssumeRole opened.
    Role {
        account_id: String,
        path: String,
        name: String,
        session_name: String,
    },
    /// An IAM user, whether with a long-term key or with a session of GetSessionToken.
    User {
        account_id: String,
        path: String,
        name: String,
    },
}

impl Principal {
    pub(super) fn account_id(&self) -> &str {
        match self {
            Self::PermissionSet { account_id, .. }
            | Self::Role { account_id, .. }
            | Self::User { account_id, .. } => account_id,
        }
    }

    /// Whether a role that it assumes is chained.
    pub(super) fn is_role(&self) -> bool {
        !matches!(self, Self::User { .. })
    }

    /// What it is, on a page.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::PermissionSet { .. } => "Permission set",
            Self::Role { .. } => "Role",
            Self::User { .. } => "User",
        }
    }

    /// The permission set, role or user by its own name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::PermissionSet { permission_set, .. } => permission_set,
            Self::Role { name, .. } | Self::User { name, .. } => name,
        }
    }

    /// As GetCallerIdentity and refusals name it. The ARN of a session has the role's name without its path.
    pub(super) fn arn(&self, partition: &str) -> String {
        let account = self.account_id();
        match self {
            Self::User { path, name, .. } => format!("arn:{partition}:iam::{account}:user{path}{name}"),
            Self::PermissionSet { user_name, .. } => {
                let role = self.role_name();
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{user_name}")
            }
            Self::Role { session_name, .. } => {
                let role = self.role_name();
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session_name}")
            }
        }
    }

    /// The unique ID, with the session's name behind it where there is one.
    pub(super) fn user_id(&self) -> String {
        let account = self.account_id();
        match self {
            Self::PermissionSet {
                permission_set,
                user_name,
                ..
            } => {
                let id = unique_id("AROA", &format!("{account}/{permission_set}"));
                format!("{id}:{user_name}")
            }
            Self::Role {
                path,
                name,
                session_name,
                ..
            } => format!("{}:{session_name}", role_id(account, path, name)),
            Self::User { path, name, .. } => user_id(account, path, name),
        }
    }

    fn role_name(&self) -> String {
        match self {
            Self::PermissionSet {
                account_id,
                permission_set,
                ..
            } => {
                let suffix = Secrets::role_suffix(&format!("{account_id}/{permission_set}"));
                format!("AWSReservedSSO_{permission_set}_{suffix}")
            }
            Self::Role { name, .. } | Self::User { name, .. } => name.clone(),
        }
    }
}

fn role_id(account: &str, path: &str, name: &str) -> String {
    unique_id("AROA", &format!("{account}/role{path}{name}"))
}

fn user_id(account: &str, path: &str, name: &str) -> String {
    unique_id("AIDA", &format!("{account}/user{path}{name}"))
}

/// An ID that belongs to this text in every sandbox.
fn unique_id(prefix: &str, text: &str) -> String {
    format!("{prefix}{}", Secrets::role_suffix(text).to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_named_as_sts_names_it() {
        let account_id = "000123456789".to_owned();
        let permission_set = Principal::PermissionSet {
            account_id: account_id.clone(),
            permission_set: "ReadOnlyAccess".to_owned(),
            user_name: "ayumi".to_owned(),
        };
        let arn = permission_set.arn("aws");
        assert!(
            arn.starts_with("arn:aws:sts::000123456789:assumed-role/AWSReservedSSO_ReadOnlyAccess_")
                && arn.ends_with("/ayumi"),
            "{arn}"
        );
        let role = Principal::Role {
            account_id: account_id.clone(),
            path: "/team/".to_owned(),
            name: "Deploy".to_owned(),
            session_name: "me".to_owned(),
        };
        assert_eq!(
            role.arn("aws-cn"),
            "arn:aws-cn:sts::000123456789:assumed-role/Deploy/me"
        );
        assert!(role.user_id().starts_with("AROA") && role.user_id().ends_with(":me"));
        let user = Principal::User {
            account_id,
            path: "/people/".to_owned(),
            name: "ren".to_owned(),
        };
        assert_eq!(user.arn("aws"), "arn:aws:iam::000123456789:user/people/ren");
        assert!(user.user_id().starts_with("AIDA") && !user.user_id().contains(':'));
        assert!(role.is_role() && permission_set.is_role() && !user.is_role());
    }
}
