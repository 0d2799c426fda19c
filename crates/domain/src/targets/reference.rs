//! What a pasted text names: an account, and perhaps a role in it.
//!
//! People paste what they have: an ARN from an error, a link of the access portal or the console, an account ID
//! with dashes. Links of the access portal have the form that the IAM Identity Center user guide gives under
//! "Creating shortcut links to AWS Management Console destinations". Nothing here is opened or trusted: the result
//! is only looked up among the targets that exist.

use std::borrow::Cow;

use url::Url;

use super::account::VIA;
use crate::AccountId;

/// An account, and perhaps a role or an IAM user in it, that a text names without doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub account_id: AccountId,
    /// The permission set of a role that Identity Center made, or else the name of the IAM role or user.
    pub role: Option<String>,
}

/// What Identity Center puts before the permission set in the name of a role, and a hash of 16 digits after it.
const RESERVED: &str = "AWSReservedSSO_";

/// The longest text that is looked at: links are shorter, and a pasted document is none.
const LONGEST: usize = 4_096;

impl Reference {
    /// Reads an ARN, a link of the console or the access portal, or an account ID with dashes. A plain account ID
    /// isn't one: it is understood as it is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        of_arn(text)
            .or_else(|| of_url(text))
            .or_else(|| of_dashed_id(text))
    }
}

/// A target as it is written, `ACCOUNT/PERMISSION_SET`, for a pasted text that names one; any other text as it is.
/// A session in front stays.
#[must_use]
pub fn as_target(text: &str) -> Cow<'_, str> {
    let written = |reference: Reference| match reference.role {
        Some(role) => format!("{}/{role}", reference.account_id),
        None => reference.account_id.to_string(),
    };
    let text = text.trim();
    // Of a role and the way to it each names a target.
    if let Some((role, way)) = text.split_once(VIA) {
        return match (as_target(role), as_target(way)) {
            (Cow::Borrowed(_), Cow::Borrowed(_)) => Cow::Borrowed(text),
            (role, way) => Cow::Owned(format!("{role}{VIA}{way}")),
        };
    }
    // A permission set behind a dashed ID was typed by a user, and may be abbreviated.
    let read = |text: &str| match text.split_once('/') {
        Some((id, set)) if !set.is_empty() && of_dashed_id(id).is_some() => {
            Some(format!("{}/{set}", of_dashed_id(id)?.account_id))
        }
        _ => Reference::parse(text).map(written),
    };
    if let Some(target) = read(text) {
        return Cow::Owned(target);
    }
    // The name of a session may hold a colon; an ARN and a link begin in their own way.
    let behind_a_session = text.match_indices(':').find_map(|(at, _)| {
        let (session, rest) = (text.get(..=at)?, text.get(at + 1..)?);
        Some(format!("{session}{}", read(rest)?))
    });
    behind_a_session.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
fn of_arn(text: &str) -> Option<Reference> {
    let mut parts = text.splitn(6, ':');
    if parts.next()? != "arn" || !parts.next()?.starts_with("aws") {
        return None;
    }
    let (service, account, resource) = (parts.next()?, parts.nth(1)?, parts.next()?);
    let role = match service {
        "iam" => resource
            .strip_prefix("role/")
            .or_else(|| resource.strip_prefix("user/"))
            .and_then(|path| path.rsplit('/').next()),
        "sts" => resource
            .strip_prefix("assumed-role/")
            .and_then(|path| path.split('/').next()),
        _ => None,
    };
    Some(Reference {
        account_id: account.parse().ok()?,
        role: role.filter(|role| !role.is_empty()).map(permission_set),
    })
}

/// The permission set that a role belongs to, or the role's own name.
fn permission_set(role: &str) -> String {
    let of_identity_center = role.strip_prefix(RESERVED).and_then(|rest| {
        let (name, hash) = rest.rsplit_once('_')?;
        let is_hash = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hash && !name.is_empty()).then_some(name)
    });
    of_identity_center.unwrap_or(role).to_owned()
}

fn of_url(text: &str) -> Option<Reference> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
    let first_label = url.host_str()?.split('.').next()?;
    let of_query = |query: &str| {
        let value = |names: [&str; 2]| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, value)| names.contains(&name.as_ref()) && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        Some(Reference {
            account_id: value(["account_id", "account"])?.parse().ok()?,
            role: value(["role_name", "roleName"]).as_deref().map(permission_set),
        })
    };
    // The access portal keeps its query behind the `#`; the page to switch roles has an ordinary one.
    let fragment = url.fragment().and_then(|fragment| fragment.split_once('?'));
    fragment
        .and_then(|(_, query)| of_query(query))
        .or_else(|| of_query(url.query()?))
        .or_else(|| {
            // `ACCOUNT.signin.aws.amazon.com`, and `ACCOUNT-xxxxxxxx.REGION.console.aws.amazon.com` of a
            // browser that is signed in to several accounts.
            let account_id = first_label.split('-').next()?.parse().ok()?;
            Some(Reference {
                account_id,
                role: None,
            })
        })
}

/// `1234-5678-9012`, as the console shows an account ID.
fn of_dashed_id(text: &str) -> Option<Reference> {
    let groups: Vec<&str> = text.split('-').collect();
    let dashed = groups.len() == 3 && groups.iter().all(|group| group.len() == 4);
    let account_id = groups.concat().parse().ok().filter(|_| dashed)?;
    Some(Reference {
        account_id,
        role: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_texts_name_a_target() {
        for (text, expected) in [
            (
                "arn:aws:iam::310448120938:role/aws-reserved/sso.amazonaws.com/ap-northeast-1/AWSReservedSSO_Read_Only_0123456789abcdef",
                Some("310448120938/Read_Only"),
            ),
            (
                "arn:aws-us-gov:sts::310448120938:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/hana@example.com",
                Some("310448120938/Admin"),
            ),
            (
                "arn:aws:iam::310448120938:role/deploy/Deployer",
                Some("310448120938/Deployer"),
            ),
            ("arn:aws:iam::310448120938:root", Some("310448120938")),
            (
                "arn:aws:lambda:eu-west-1:310448120938:function:pay",
                Some("310448120938"),
            ),
            ("arn:aws:s3:::bucket", None),
            (
                "tanuki:arn:aws:iam::310448120938:root",
                Some("tanuki:310448120938"),
            ),
            (
                "https://tanuki.awsapps.com/start/#/console?account_id=310448120938&role_name=ReadOnlyAccess",
                Some("310448120938/ReadOnlyAccess"),
            ),
            (
                "https://tanuki.awsapps.com/start#/console?account_id=310448120938&role_name=A&destination=https%3A%2F%2Fconsole.aws.amazon.com%2F",
                Some("310448120938/A"),
            ),
            (
                "https://signin.aws.amazon.com/switchrole?roleName=Ops&account=310448120938",
                Some("310448120938/Ops"),
            ),
            (
                "https://310448120938.signin.aws.amazon.com/console",
                Some("310448120938"),
            ),
            (
                "https://310448120938-k3v9x2ab.eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1",
                Some("310448120938"),
            ),
            ("https://tanuki.awsapps.com/start", None),
            ("http://310448120938.signin.aws.amazon.com/console", None),
            (
                "arn:aws:iam::310448120938:role/deploy/Deployer via 3104-4812-0939/Admin",
                Some("310448120938/Deployer via 310448120939/Admin"),
            ),
            ("a/Deployer via b/Admin", None),
            ("3104-4812-0938", Some("310448120938")),
            ("3104-4812-0938/Admin", Some("310448120938/Admin")),
            ("org:3104-4812-0938", Some("org:310448120938")),
            ("3104-4812-0938/", None),
            ("310448120938", None),
            ("payments-prod/Admin", None),
            ("", None),
        ] {
            assert_eq!(as_target(text), expected.unwrap_or(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(arn:|https://|[0-9]{4}-)?\\PC{0,40}") {
            let _ = as_target(&text);
        }
    }
}
