//! The colours that accounts have in the AWS console: asked for behind an entry, and remembered.
//!
//! Nothing waits for it and nothing fails by it. The request is made with credentials that an entry has got, so it
//! comes after that; where a role may not make it, it is not made again for a month.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::rules::Rules;
use crate::app::sessions::Sessions;
use crate::aws::AwsError;
use crate::domain::rules::AccountColor;
use crate::domain::{AccountColors as Colors, Partition, Target, TargetKey};
use crate::platform::log;
use crate::store::ColorsFile;

/// Asks for colours, and remembers them.
pub struct AccountColors {
    context: Arc<Context>,
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
    credentials: Arc<Credentials>,
    rules: Arc<Rules>,
    file: ColorsFile,
}

impl AccountColors {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
        credentials: &Arc<Credentials>,
        rules: &Arc<Rules>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
            credentials: Arc::clone(credentials),
            rules: Arc::clone(rules),
            file: ColorsFile::new(&context.settings.paths),
        }
    }

    /// The colours that are known.
    #[must_use]
    pub fn known(&self) -> Colors {
        self.file.load()
    }

    /// Learns the colour of the account of a target that was just entered, where that is not known and no rule gives
    /// one. What is known then, if there is more than before.
    pub fn learn<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Option<Colors>> {
        Box::pin(async move {
            let key = TargetKey::from(target);
            if !self.is_wanted(target) || !self.known().is_due(&key, self.context.now()) {
                return None;
            }
            let answer = self.ask(target).await?;
            let now = self.context.now();
            let saved = match answer {
                Ok(color) => self.file.change(|colors| colors.set(&key, color, now)).await,
                Err(AwsError::Forbidden(_)) => self.file.change(|colors| colors.refuse(key, now)).await,
                Err(error) => {
                    log::debug!("the account's colour is not known target={target} error={error}");
                    return None;
                }
            };
            saved
                .inspect_err(|error| log::debug!("colours are not remembered error={error}"))
                .ok()
        })
    }

    /// Whether colours are asked for, and a rule gives this target none.
    fn is_wanted(&self, target: &Target) -> bool {
        self.context.settings.preferences.account_colors.unwrap_or(true)
            && self.rules.of_target(target).color.is_none()
    }

    /// Asks the console, with the credentials that the entry has got; `None` where it can't be asked.
    async fn ask(&self, target: &Target) -> Option<Result<Option<AccountColor>, AwsError>> {
        let session = self.sessions.session(Some(&target.session)).ok()?;
        if session.region.partition() != Partition::Aws {
            return None;
        }
        let credentials = self.credentials.cached_credentials(&session, target)?;
        let aws = self.connection.aws().await.ok()?;
        let endpoint = aws.account_settings_endpoint()?;
        Some(aws.account_color(&endpoint, &credentials).await)
    }
}
