//! The client registrations that sign-ins are made with: known ones, and new ones.

use std::sync::Arc;

use super::connection::Connection;
use super::context::Context;
use super::error::AppError;
use crate::domain::{ClientRegistration, Flow, SsoSession};
use crate::store::RegistrationCache;

/// Client registrations of SSO sessions.
pub(super) struct Registrations {
    context: Arc<Context>,
    connection: Arc<Connection>,
    cache: RegistrationCache,
}

impl Registrations {
    pub(super) fn new(context: &Arc<Context>, connection: &Arc<Connection>) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            cache: RegistrationCache::new(&context.settings.paths),
        }
    }

    /// The registration for a flow, where there is one that is good for a while yet.
    pub(super) fn load(&self, session: &SsoSession, flow: Flow) -> Option<ClientRegistration> {
        let loaded = self.cache.load(session, flow, self.context.now());
        self.context.noted(loaded)
    }

    /// Registers a client for a flow.
    pub(super) async fn register(
        &self,
        session: &SsoSession,
        flow: Flow,
    ) -> Result<ClientRegistration, AppError> {
        let aws = self.connection.aws().await?;
        let registration = match flow {
            Flow::Device => aws.register_client(session).await?,
            Flow::Code => aws.register_code_client(session).await?,
        };
        // A registration that can't be saved only costs another one next time.
        self.context
            .try_to_keep(self.cache.save(session, flow, &registration));
        Ok(registration)
    }

    /// Forgets a registration that the server may have forgotten: the next sign-in registers again.
    pub(super) fn forget(&self, session: &SsoSession) {
        self.context.try_to_keep(self.cache.remove(session));
    }
}
