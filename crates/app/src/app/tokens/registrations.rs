//! The client registrations that sign-ins are made with: known ones, and new ones.

use std::sync::Arc;

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::domain::{ClientRegistration, Flow, SsoSession};
use crate::store::RegistrationCache;

/// Client registrations of SSO sessions.
pub(in crate::app) struct Registrations {
    context: Arc<Context>,
    connection: Arc<Connection>,
    cache: RegistrationCache,
}

impl Registrations {
    pub(in crate::app) fn new(context: &Arc<Context>, connection: &Arc<Connection>) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            cache: RegistrationCache::new(&context.settings.paths),
        }
    }

    /// The registration for a flow, where there is one that is good for a while yet.
    pub(in crate::app) fn load(&self, session: &SsoSession, flow: Flow) -> Option<ClientRegistration> {
        let loaded = self.cache.load(session, flow, self.context.now());
        self.context.take_value(loaded)
    }

    /// Registers a client for a flow.
    pub(in crate::app) async fn register(
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
            .report_unsaved(self.cache.save(session, flow, &registration));
        Ok(registration)
    }

    /// Forgets a registration that the server may have forgotten: the next sign-in registers again.
    pub(in crate::app) fn forget(&self, session: &SsoSession) {
        self.context.report_unsaved(self.cache.remove(session));
    }
}
