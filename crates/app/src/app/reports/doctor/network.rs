//! The way to AWS: trust, each service of each session, and the clock.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::sessions::Sessions;

use crate::app::connection::ConnectionError;
use crate::aws::{Probe, Service};
use crate::domain::SsoSession;

/// The checks of this topic, with what they look at.
pub(super) struct NetworkChecks {
    context: Arc<Context>,
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
}

impl NetworkChecks {
    pub(super) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
        }
    }

    pub(super) async fn check_network(&self, offline: bool) -> Vec<Finding> {
        let mut found = Findings::about(Topic::Network);
        let aws = match self.connection.aws().await {
            Ok(aws) => aws,
            // The environment's own check names the variable and says what to do.
            Err(ConnectionError::UnusableProxy { variable }) => {
                found.note("reach", format!("not checked: {variable} can't be used"));
                return found.list;
            }
            Err(error) => {
                found.add(Severity::Problem, "trust", error.to_string(), error.hints());
                return found.list;
            }
        };
        if offline {
            found.note("reach", "skipped (--offline)");
            return found.list;
        }
        let mut regions = BTreeSet::new();
        let sessions: Vec<SsoSession> = self
            .sessions
            .sessions()
            .map(|(sessions, _)| sessions)
            .unwrap_or_default()
            .into_iter()
            .filter(|session| {
                session.source_credentials().is_none() && regions.insert(session.region.clone())
            })
            .collect();
        let calls = sessions.iter().flat_map(|session| {
            [Service::Oidc, Service::AccessPortal].map(|service| aws.probe(session, service))
        });
        let probes = join_all(calls).await;
        for probe in &probes {
            report_reached(&mut found, probe);
        }
        if probes.iter().any(|probe| probe.outcome.is_ok()) {
            match self.context.clock_skew() {
                Some(skew) => found.add(
                    Severity::Warning,
                    "clock",
                    skew.to_string(),
                    ["set the clock, or turn on time synchronisation: timedatectl set-ntp true"],
                ),
                None => found.ok("clock", "this machine's clock agrees with AWS's"),
            }
        }
        found.list
    }
}

fn report_reached(found: &mut Findings, probe: &Probe) {
    let host = probe
        .host
        .as_ref()
        .map(|host| format!(" ({host})"))
        .unwrap_or_default();
    match &probe.outcome {
        Ok(span) => found.ok(
            "reach",
            format!("{} responds ({} ms)", probe.name, span.as_millis()),
        ),
        Err(error) => {
            found.add(
                Severity::Problem,
                "reach",
                format!("{error}{host}"),
                error.hints(),
            );
        }
    }
}
