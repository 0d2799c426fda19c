//! What is wrong here and what to do about it: files, profiles, environment, network, desktop.
//!
//! Changes nothing but what every command does: a secret file that is too wide is fixed, one that can't
//! be read is set aside, and both are told. Every question to someone
//! else has a time limit, and all are asked at once.

mod desktop;
mod environment;
mod files;
mod finding;
mod keyring;
mod network;
mod profiles;

use std::sync::Arc;

use futures_util::future::BoxFuture;

pub use finding::{Finding, Severity, Topic};

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::pages::Pages;
use crate::app::reports::identity::Identities;
use crate::app::reports::status::Status;
use crate::app::sessions::Sessions;
use crate::app::work_region::Regions;
use desktop::DesktopChecks;
use environment::EnvironmentChecks;
use files::FileChecks;
use keyring::KeyringChecks;
use network::NetworkChecks;
use profiles::ProfileChecks;

/// Looks for what is wrong here.
pub struct Doctor {
    context: Arc<Context>,
    files: FileChecks,
    profiles: ProfileChecks,
    environment: EnvironmentChecks,
    keyring: KeyringChecks,
    elsewhere: ChecksElsewhere,
}

/// What is looked at outside of files and variables.
pub(in crate::app) struct ChecksElsewhere {
    network: NetworkChecks,
    desktop: DesktopChecks,
}

impl ChecksElsewhere {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
        pages: &Arc<Pages>,
    ) -> Self {
        Self {
            network: NetworkChecks::new(context, connection, sessions),
            desktop: DesktopChecks::new(context, pages),
        }
    }
}

impl Doctor {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        identities: &Arc<Identities>,
        status: &Arc<Status>,
        elsewhere: ChecksElsewhere,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            files: FileChecks::new(context, sessions, regions, status),
            profiles: ProfileChecks::new(context),
            environment: EnvironmentChecks::new(context, sessions, regions, identities),
            keyring: KeyringChecks::new(context, sessions, status),
            elsewhere,
        }
    }

    /// Looks at everything; makes no network calls when `offline`.
    pub fn examine(&self, offline: bool) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async move {
            // One that hangs is waited for here, and not again where sign-ins are read from it.
            let keyring = self.keyring.check_keyring().await;
            // First, because reading fixes, and sets aside what can't be read.
            let sign_ins = self.files.check_sign_ins();
            let mut found = self.files.check_files();
            found.extend(self.profiles.check_profiles());
            found.extend(sign_ins);
            found.extend(keyring);
            found.extend(self.environment.check_environment());
            let (network, versions) = tokio::join!(
                self.elsewhere.network.check_network(offline),
                desktop::check_versions()
            );
            found.extend(network);
            found.extend(self.elsewhere.desktop.check_desktop());
            found.extend(versions);
            found
        })
    }

    /// Which refusal of the AWS CLI and boto3 a config file with these bytes meets first, if any.
    #[must_use]
    pub fn refusal_by_python(&self, config: &[u8]) -> Option<String> {
        files::refusal_by_python(&self.context, config)
    }
}
