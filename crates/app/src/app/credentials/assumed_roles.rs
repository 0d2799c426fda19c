//! Chained roles: credentials from STS in return for those of the target that a role is reached from.

use std::sync::Arc;

use crate::app::catalogs::Catalogs;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::credentials::role_error::{Hop, RoleError};
use crate::app::error::AppError;
use crate::aws::{Aws, RoleRefusal, RoleRequest};
use crate::domain::targets::chained_roles::BaseCredentials;
use crate::domain::targets::chained_roles::role::session_name_of;
use crate::domain::{ChainedRole, Region, RoleCredentials, SsoSession, Target};
use crate::platform::log;
use crate::settings::env;

/// Why a role is not given.
pub(super) enum Refused {
    /// New credentials of the hop before may do.
    HopRejected(AppError),
    Finally(AppError),
}

/// A role that is asked for, and the target that it is reached from, with the names of accounts.
pub(super) struct Step {
    role: ChainedRole,
    pub(super) via: Target,
    /// How long its credentials shall live, where that is said.
    seconds: Option<u32>,
}

impl Step {
    /// The device whose code opens the role.
    pub(super) fn mfa_serial(&self) -> Option<&str> {
        self.role.options.mfa_serial.as_deref()
    }
}

/// Assumes chained roles.
pub(in crate::app) struct AssumedRoles {
    context: Arc<Context>,
    connection: Arc<Connection>,
    catalogs: Arc<Catalogs>,
}

impl AssumedRoles {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        catalogs: &Arc<Catalogs>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            catalogs: Arc::clone(catalogs),
        }
    }

    /// What tells a target's credentials from others of the same target: what the requests on the way to a chained role
    /// say besides the ARNs. Empty for what needs no such request, or where none of them says anything.
    pub(super) fn distinction(&self, session: &SsoSession, target: &Target) -> String {
        let hops = std::iter::successors(Some(target.clone()), Target::via);
        let said: Vec<String> = hops
            .take_while(|hop| hop.permission_set.is_chained())
            .map(|hop| {
                let role = self.catalogs.request_for(session, &hop);
                role.map_or_else(String::new, |role| role.options.distinction())
            })
            .collect();
        if said.iter().all(String::is_empty) {
            String::new()
        } else {
            said.join("\n")
        }
    }

    /// The last step to a chained role.
    pub(super) fn step(
        &self,
        session: &SsoSession,
        target: &Target,
        via: &Target,
    ) -> Result<Step, RoleError> {
        let via = self.catalogs.named_target(session, &via.into());
        let Some(role) = self.catalogs.request_for(session, target) else {
            return Err(RoleError::Invalid {
                hop: Hop::new(&target.permission_set.name(), &via),
                words: "it is not the name of a role".to_owned(),
            });
        };
        let seconds = role.options.seconds(session.is_first_role(target));
        if seconds < role.options.duration_seconds {
            self.context.notices.add_warning(&format!(
                "role {} gets an hour in place of {} s: AWS ends chained roles after one hour at the latest",
                role.arn,
                role.options.duration_seconds.unwrap_or_default(),
            ));
        }
        Ok(Step { role, via, seconds })
    }

    /// Credentials of the role, their expiration as AWS has it, in return for those of the hop before.
    pub(super) async fn assume(
        &self,
        session: &SsoSession,
        step: &Step,
        with: &BaseCredentials,
    ) -> Result<RoleCredentials, Refused> {
        let aws = self
            .connection
            .aws()
            .await
            .map_err(|e| Refused::Finally(e.into()))?;
        let role = &step.role;
        let region = role.options.region.as_ref().unwrap_or(&session.region);
        let place = (region, role.options.is_global);
        let session_name = match &role.options.session_name {
            Some(name) => name.clone(),
            None => self.session_name(aws, session, place, with).await,
        };
        let request = RoleRequest {
            role,
            session_name: &session_name,
            seconds: step.seconds,
            region,
            with,
            session: &session.name,
        };
        let answer = aws.assume_role(&request).await;
        answer.map_err(|refusal| explain_refusal(refusal, step, region))
    }

    /// The name that the hop before bears in CloudTrail: that of the user who signed in. Where AWS doesn't tell, the
    /// name of this machine's user.
    async fn session_name(
        &self,
        aws: &Aws,
        session: &SsoSession,
        place: (&Region, bool),
        with: &BaseCredentials,
    ) -> String {
        match aws.caller_of(with, place, &session.name).await {
            Ok(caller) => session_name_of(caller.arn.rsplit('/').next().unwrap_or_default()),
            Err(problem) => {
                log::debug!("the user's name is not known problem={problem}");
                let environment = &self.context.settings.environment;
                session_name_of(environment.get(env::USER).unwrap_or_default())
            }
        }
    }
}

fn explain_refusal(refusal: RoleRefusal, Step { role, via, .. }: &Step, region: &Region) -> Refused {
    let hop = Hop::new(&role.arn, via);
    let error = match refusal {
        RoleRefusal::Denied(words) => RoleError::Denied {
            hop,
            words: words.into(),
            external_id: role.options.external_id.is_some(),
        },
        RoleRefusal::HopRejected(words) => {
            let words = words.into();
            return Refused::HopRejected(RoleError::HopRejected { hop, words }.into());
        }
        RoleRefusal::Invalid(words) => RoleError::Invalid {
            hop,
            words: words.into(),
        },
        RoleRefusal::RegionDisabled(words) => RoleError::RegionDisabled {
            hop,
            region: region.clone(),
            words: words.into(),
        },
        RoleRefusal::Other(error) => return Refused::Finally(error.into()),
    };
    Refused::Finally(error.into())
}
