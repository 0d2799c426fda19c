//! STS: who someone is, roles for those whom they trust, sessions for IAM users.
//! Source: the `sts` service model (query protocol), the IAM user guide, and answers that were seen in the field.

mod assume_role;
mod mfa;
mod session_token;
mod tags;
mod trust;

use super::shared::Shared;
use crate::identity_center::credentials::IssuedCredentials;
use crate::serving::http::{Fields, Reply, Request};
use crate::serving::query;
use crate::serving::query::{Checks, Outcome, Pattern, Refusal, Service, Xml};
use crate::signing::query_signer::authenticate_signer;
use crate::signing::secrets::Secrets;

const KEY_ID: Pattern = Pattern {
    written: "[\\w]*",
    marks: "",
};

pub(super) fn get_caller_identity(shared: &Shared, request: &Request) -> Reply {
    let outcome = authenticate_signer(shared, request, Service::Sts).map(|signer| {
        let xml = Xml::default()
            .text("Arn", &signer.principal.arn(&shared.partition()))
            .text("UserId", &signer.principal.user_id())
            .text("Account", signer.principal.account_id());
        Some(xml)
    });
    query::reply_to_action(Service::Sts, request, "GetCallerIdentity", outcome)
}

pub(super) fn assume_role(shared: &Shared, request: &Request) -> Reply {
    let outcome = issue_role_session(shared, request);
    query::reply_to_action(Service::Sts, request, "AssumeRole", outcome)
}

fn issue_role_session(shared: &Shared, request: &Request) -> Outcome {
    let signer = authenticate_signer(shared, request, Service::Sts)?;
    let (id, issued) = assume_role::assume_role(shared, &signer, &request.form())?;
    let id_of_role = issued.principal.user_id();
    let user = Xml::default()
        .text("AssumedRoleId", &id_of_role)
        .text("Arn", &issued.principal.arn(&shared.partition()));
    let xml = render_credentials(&id, &issued)
        .nested("AssumedRoleUser", &user)
        .optional("SourceIdentity", issued.session.source_identity.as_deref());
    shared.state().issued.insert(id, issued);
    Ok(Some(xml))
}

pub(super) fn get_session_token(shared: &Shared, request: &Request) -> Reply {
    let outcome = open_session(shared, request);
    query::reply_to_action(Service::Sts, request, "GetSessionToken", outcome)
}

fn open_session(shared: &Shared, request: &Request) -> Outcome {
    let signer = authenticate_signer(shared, request, Service::Sts)?;
    let (id, issued) = session_token::get_session_token(shared, &signer, &request.form())?;
    let xml = render_credentials(&id, &issued);
    shared.state().issued.insert(id, issued);
    Ok(Some(xml))
}

pub(super) fn get_access_key_info(shared: &Shared, request: &Request) -> Reply {
    let outcome =
        authenticate_signer(shared, request, Service::Sts).and_then(|_| account_of_key(&request.form()));
    query::reply_to_action(Service::Sts, request, "GetAccessKeyInfo", outcome)
}

/// The key's ID carries the account: neither the secret nor access to the account is needed.
fn account_of_key(form: &Fields) -> Outcome {
    let mut checks = Checks::new(form);
    checks.required("AccessKeyId");
    let id = checks.text("AccessKeyId", 16, 128, &KEY_ID).unwrap_or_default();
    checks.finish()?;
    let account_id = Secrets::account_of_key(id)
        .ok_or_else(|| Refusal::validation(format!("Invalid access key ID: {id}")))?;
    Ok(Some(Xml::default().text("Account", &account_id)))
}

fn render_credentials(access_key_id: &str, issued: &IssuedCredentials) -> Xml {
    let credentials = Xml::default()
        .text("AccessKeyId", access_key_id)
        .text("SecretAccessKey", &issued.secret_access_key)
        .text("SessionToken", &issued.session_token)
        .time("Expiration", issued.expires);
    Xml::default()
        .nested("Credentials", &credentials)
        .text("SessionTokenSize", &issued.session_token.len().to_string())
}
