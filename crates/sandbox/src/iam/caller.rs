//! Who calls IAM, whom the call is about, and whether they may.

use hyper::StatusCode;

use crate::principal::Principal;
use crate::serving::http::{Fields, Request};
use crate::serving::query::{Checks, Pattern, Refusal, Service};
use crate::shared::Shared;
use crate::signing::query_signer::authenticate_signer;
use crate::signing::signer::Signer;

/// The permission set whose policy allows all of IAM.
const MAY_ALL: &str = "AdministratorAccess";

const NAME: Pattern = Pattern {
    written: "[\\w+=,.@-]+",
    marks: "+=,.@-",
};

/// A call by someone who may use IAM at all.
pub(super) struct Call<'a> {
    pub(super) action: &'a str,
    pub(super) form: &'a Fields,
    signer: Signer,
}

impl<'a> Call<'a> {
    pub(super) fn read(
        shared: &Shared,
        request: &Request,
        form: &'a Fields,
        action: &'a str,
    ) -> Result<Self, Refusal> {
        let signer = authenticate_signer(shared, request, Service::Iam)?;
        let is_user = matches!(signer.principal, Principal::User { .. });
        // A session of GetSessionToken opens IAM only if a code opened the session.
        if is_user && signer.session.as_ref().is_some_and(|session| !session.mfa) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "InvalidClientTokenId",
                "The security token included in the request is invalid",
            ));
        }
        Ok(Self { action, form, signer })
    }

    pub(super) fn account_id(&self) -> &str {
        self.signer.principal.account_id()
    }

    /// The user whom the call is about, whom the caller may touch. Without `UserName` that is the owner of the
    /// long-term key that signed; a session has to name someone.
    pub(super) fn user_name(&self, shared: &Shared, mut checks: Checks<'a>) -> Result<String, Refusal> {
        let named = checks.text("UserName", 1, 128, &NAME);
        checks.finish()?;
        let name = match (named, &self.signer) {
            (Some(name), _) => name.to_owned(),
            (
                None,
                Signer {
                    principal: Principal::User { name, .. },
                    session: None,
                },
            ) => name.clone(),
            (None, _) => {
                return Err(Refusal::validation(
                    "Must specify userName when calling with non-User credentials",
                ));
            }
        };
        self.allow(shared, &name)?;
        let state = shared.state();
        match state.users.named(self.account_id(), &name) {
            Some(_) => Ok(name),
            None => Err(no_such_entity(format!(
                "The user with name {name} cannot be found."
            ))),
        }
    }

    /// Users look after themselves; administrators of the account after everyone.
    pub(super) fn allow(&self, shared: &Shared, name: &str) -> Result<(), Refusal> {
        let may = match &self.signer.principal {
            Principal::PermissionSet { permission_set, .. } => permission_set == MAY_ALL,
            Principal::Role { .. } => false,
            Principal::User { name: own, .. } => own == name && self.has_needed_mfa(shared, own),
        };
        if may {
            return Ok(());
        }
        let partition = shared.partition();
        let account = self.account_id();
        Err(Refusal::denied(format!(
            "User: {} is not authorized to perform: iam:{} on resource: arn:{partition}:iam::{account}:user/{name} \
             because no identity-based policy allows the iam:{} action",
            self.signer.principal.arn(&partition),
            self.action,
            self.action,
        )))
    }

    fn has_needed_mfa(&self, shared: &Shared, name: &str) -> bool {
        let had_mfa = self.signer.session.as_ref().is_some_and(|session| session.mfa);
        let state = shared.state();
        let user = state.users.named(self.account_id(), name);
        had_mfa || user.is_none_or(|user| !user.requires_mfa)
    }
}

pub(super) fn no_such_entity(message: String) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}
