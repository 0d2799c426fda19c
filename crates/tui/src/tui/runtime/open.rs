//! What is open and how sessions stand, read and changed through the services.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::problems::to_problem;
use crate::app::{App, AppError};
use crate::domain::targets::credentials::Validity;
use crate::domain::{Catalog, Running, SsoSession, Target, TargetKey};
use crate::tui::effect::RequestId;
use crate::tui::msg::Msg;
use crate::tui::screens::open_work::{OpenWork, SessionSummary};

/// Reads what is open. A config file that can't be read has no sessions; the code that lists says so.
pub(super) fn read_open(app: &App) -> Msg {
    let sessions = app
        .sessions
        .sessions()
        .map_or_else(|_| Vec::new(), |found| found.0);
    let mut credentials: Vec<(Target, Validity)> = Vec::new();
    for session in sessions {
        let catalog = app.catalogs.cached_catalog(&session);
        let unknown = Catalog::default();
        let names = catalog.as_ref().unwrap_or(&unknown);
        let held = app.credentials.credential_expiries(&session);
        credentials.extend(
            held.into_iter()
                .map(|(key, validity)| (names.target(&key), validity)),
        );
    }
    credentials.sort_by(|a, b| {
        b.1.until
            .cmp(&a.1.until)
            .then_with(|| TargetKey::from(&a.0).cmp(&TargetKey::from(&b.0)))
    });
    Msg::Open(OpenWork {
        running: app.open_shells.running(),
        credentials,
    })
}

/// Reads how sessions stand.
pub(super) fn read_sessions(app: &App) -> Msg {
    let states = app.status.status(None).unwrap_or_default();
    let summary = |status: crate::app::SessionStatus| SessionSummary {
        name: status.session.name,
        state: status.sign_in,
        accounts: status.catalog.map(|catalog| catalog.accounts),
    };
    Msg::SessionStates(states.into_iter().map(summary).collect())
}

pub(super) fn end_running(app: &App, running: &Running) -> Msg {
    let ended = app.open_shells.end(running);
    let words = || format!("asked {} in {} to end", running.program, running.target);
    change_message(None, ended.map(|()| words()))
}

pub(super) async fn forget_credentials(app: &App, target: &Target) -> Msg {
    let forgotten = app.credentials.forget_target(target).await;
    change_message(
        None,
        forgotten.map(|()| format!("removed the credentials for {target}")),
    )
}

pub(super) async fn renew_credentials(
    app: Arc<App>,
    id: RequestId,
    target: Target,
    send: UnboundedSender<Event>,
) {
    let renewed = app.credentials.renewed_credentials(&target).await;
    if let Ok(credentials) = &renewed {
        let validity = app.credentials.validity(&target, credentials);
        let _ = send.send(Event::Msg(Msg::CredentialsFetched {
            target: TargetKey::from(&target),
            validity,
        }));
    }
    let words = renewed.map(|_| format!("new credentials for {target}"));
    let _ = send.send(Event::Msg(change_message(Some(id), words)));
}

pub(super) async fn sign_out(
    app: Arc<App>,
    id: RequestId,
    session: SsoSession,
    send: UnboundedSender<Event>,
) {
    let done = app.sign_out.sign_out(&session).await;
    let result = done.here.map_err(to_problem).and(done.server.map_err(to_problem));
    let _ = send.send(Event::Msg(Msg::SignedOut {
        id,
        session: session.name,
        result,
    }));
}

fn change_message(id: Option<RequestId>, result: Result<String, impl Into<AppError>>) -> Msg {
    Msg::OpenChanged {
        id,
        result: result.map_err(to_problem),
    }
}
