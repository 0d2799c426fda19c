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
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    pages: Arc<Pages>,
    identities: Arc<Identities>,
    status: Arc<Status>,
}

impl Doctor {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        pages: &Arc<Pages>,
        identities: &Arc<Identities>,
        status: &Arc<Status>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            pages: Arc::clone(pages),
            identities: Arc::clone(identities),
            status: Arc::clone(status),
        }
    }

    /// Looks at everything; makes no network calls when `offline`.
    pub async fn examine(&self, offline: bool) -> Vec<Finding> {
        let (context, sessions, regions) = (&*self.context, &*self.sessions, &*self.regions);
        let files = FileChecks {
            context,
            sessions,
            regions,
            status: &self.status,
        };
        let environment = EnvironmentChecks {
            context,
            sessions,
            regions,
            identities: &self.identities,
        };
        let network = NetworkChecks {
            context,
            connection: &self.connection,
            sessions,
        };
        let desktop = DesktopChecks {
            context,
            pages: &self.pages,
            browsers: self.pages.browsers(),
        };
        let keyring = KeyringChecks {
            context,
            sessions,
            status: &self.status,
        };
        // One that hangs is waited for here, and not again where sign-ins are read from it.
        let keyring = keyring.check_keyring().await;
        // First, because reading fixes, and sets aside what can't be read.
        let sign_ins = files.check_sign_ins();
        let mut found = files.check_files();
        found.extend(ProfileChecks { context }.check_profiles());
        found.extend(sign_ins);
        found.extend(keyring);
        found.extend(environment.check_environment());
        let (network, versions) = tokio::join!(network.check_network(offline), desktop::check_versions());
        found.extend(network);
        found.extend(desktop.check_desktop());
        found.extend(versions);
        found
    }

    /// Which refusal of the AWS CLI and boto3 a config file with these bytes meets first, if any.
    #[must_use]
    pub fn refusal_by_python(&self, config: &[u8]) -> Option<String> {
        files::refusal_by_python(&self.context, config)
    }
}
