//! AssumeRole: parameters, trust, and how long the session may last.

use hyper::StatusCode;

use crate::identity_center::credentials::{IssuedCredentials, Session, issue_credentials};
use crate::organisation::Role;
use crate::principal::Principal;
use crate::serving::http::Fields;
use crate::serving::query::{Checks, Pattern, Refusal};
use crate::shared::Shared;
use crate::signing::signer::Signer;

use super::mfa::Typed;
use super::tags;
use super::trust::{Offer, admits_caller};

const DEFAULT_SECONDS: i64 = 3_600;
/// What a role's session may open, however long the role lets others in.
const CHAINED_SECONDS: i64 = 3_600;

const NAME: Pattern = Pattern {
    written: "[\\w+=,.@-]*",
    marks: "+=,.@-",
};
const EXTERNAL_ID: Pattern = Pattern {
    written: "[\\w+=,.@:\\/-]*",
    marks: "+=,.@:/-",
};

/// The parameters of a request, each within its own limits.
struct Asked<'f> {
    arn: &'f str,
    session_name: &'f str,
    seconds: i64,
    external_id: Option<&'f str>,
    source_identity: Option<&'f str>,
    mfa: Typed,
    transitive_tags: Vec<String>,
}

impl<'f> Asked<'f> {
    fn read(form: &'f Fields, inherited_tags: &[String]) -> Result<Self, Refusal> {
        let mut checks = Checks::new(form);
        checks.required("RoleArn");
        let arn = form.get("RoleArn").unwrap_or_default();
        if form.get("RoleArn").is_some() {
            checks.length("RoleArn", arn, 20, 2_048);
        }
        checks.required("RoleSessionName");
        let session_name = checks.text("RoleSessionName", 2, 64, &NAME).unwrap_or_default();
        let seconds = checks.number("DurationSeconds", 900, 43_200);
        let external_id = checks.text("ExternalId", 2, 1_224, &EXTERNAL_ID);
        let source_identity = checks.text("SourceIdentity", 2, 256, &NAME);
        checks.number("MinimumSessionTokenSize", 0, 4_096);
        let mfa = Typed::read(&mut checks);
        let transitive_tags = tags::transitive_keys(form, &mut checks, inherited_tags)?;
        checks.finish()?;
        if source_identity.is_some_and(|identity| identity.starts_with("aws:")) {
            return Err(Refusal::validation("Invalid SourceIdentity"));
        }
        let policy = form.get("Policy");
        if policy.is_some_and(|policy| serde_json::from_str::<serde_json::Value>(policy).is_err()) {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "MalformedPolicyDocument",
                "The policy is not in the valid JSON format.",
            ));
        }
        Ok(Self {
            arn,
            session_name,
            seconds: seconds.unwrap_or(DEFAULT_SECONDS),
            external_id,
            source_identity,
            mfa,
            transitive_tags,
        })
    }
}

pub(super) fn assume_role(
    shared: &Shared,
    signer: &Signer,
    form: &Fields,
) -> Result<(String, IssuedCredentials), Refusal> {
    let of_caller = signer.session.clone().unwrap_or_default();
    let asked = Asked::read(form, &of_caller.transitive_tags)?;
    let (account_id, path_and_name) = role_of_arn(asked.arn, &shared.partition())
        .ok_or_else(|| Refusal::validation(format!("{} is invalid", asked.arn)))?;
    let role = trusting_role(shared, signer, &asked, account_id, path_and_name)?;
    let source_identity = source_identity(shared, signer, &of_caller, &asked)?;
    let is_chained = signer.principal.is_role();
    if is_chained && asked.seconds > CHAINED_SECONDS {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if asked.seconds > role.max_session_seconds {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let principal = Principal::Role {
        account_id: account_id.to_owned(),
        path: role.path.clone(),
        name: role.name.clone(),
        session_name: asked.session_name.to_owned(),
    };
    let session = Session {
        mfa: false,
        chained: is_chained,
        source_identity,
        transitive_tags: asked.transitive_tags,
    };
    let expires = shared.session_end(asked.seconds);
    Ok(issue_credentials(&shared.secrets, principal, session, expires))
}

/// The role, if it lets the caller in. Whether there is one is not told either.
fn trusting_role<'s>(
    shared: &'s Shared,
    signer: &Signer,
    asked: &Asked<'_>,
    account_id: &str,
    path_and_name: &str,
) -> Result<&'s Role, Refusal> {
    let had_mfa = signer.session.as_ref().is_some_and(|session| session.mfa);
    let offer = Offer {
        external_id: asked.external_id,
        mfa: asked.mfa.verify(shared, signer)? || had_mfa,
    };
    shared
        .options
        .organisation
        .role(account_id, path_and_name)
        .filter(|role| admits_caller(role, &signer.principal, &offer))
        .ok_or_else(|| not_authorized(shared, signer, "sts:AssumeRole", asked.arn))
}

/// The source identity of the new session: it is set once and stays for the whole chain.
fn source_identity(
    shared: &Shared,
    signer: &Signer,
    of_caller: &Session,
    asked: &Asked<'_>,
) -> Result<Option<String>, Refusal> {
    match (&of_caller.source_identity, asked.source_identity) {
        (Some(set), Some(other)) if set != other => {
            Err(not_authorized(shared, signer, "sts:SetSourceIdentity", asked.arn))
        }
        (Some(set), _) => Ok(Some(set.clone())),
        (None, wanted) => Ok(wanted.map(str::to_owned)),
    }
}

fn not_authorized(shared: &Shared, signer: &Signer, action: &str, arn: &str) -> Refusal {
    Refusal::denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {arn}",
        signer.principal.arn(&shared.partition())
    ))
}

/// The account, and the path and name, of a role's ARN: `arn:aws:iam::123456789012:role/path/name`.
fn role_of_arn<'a>(arn: &'a str, partition: &str) -> Option<(&'a str, &'a str)> {
    let rest = arn.strip_prefix("arn:")?.strip_prefix(partition)?;
    let (account_id, resource) = rest.strip_prefix(":iam::")?.split_once(':')?;
    let path_and_name = resource.strip_prefix("role").filter(|rest| rest.len() > 1)?;
    (path_and_name.starts_with('/') && crate::organisation::is_account_id(account_id))
        .then_some((account_id, path_and_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_roles() {
        assert_eq!(
            role_of_arn("arn:aws:iam::000123456789:role/team/Deploy", "aws"),
            Some(("000123456789", "/team/Deploy"))
        );
        for other in [
            "arn:aws:iam::000123456789:role",
            "arn:aws:iam::000123456789:role/",
            "arn:aws:iam::000123456789:user/a",
            "arn:aws:iam::1:role/a",
            "arn:aws-cn:iam::000123456789:role/a",
            "arn:aws:sts::000123456789:assumed-role/a/b",
            "Deploy",
        ] {
            assert_eq!(role_of_arn(other, "aws"), None, "{other}");
        }
    }
}
