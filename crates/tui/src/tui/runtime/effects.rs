//! What each effect does: one call of the portal, told back as messages.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::acts;
use super::console;
use super::event::Event;
use super::open;
use super::outside;
use super::own;
use super::problems::to_problem;
use super::user_sign_in;
use crate::app::{
    App, AppError, ChildKind, ChildRequest, Listed as ListedSession, SignInError, SignInRequest,
};
use crate::domain::records::history::{Action, TargetKey};
use crate::domain::shells::export::ExportFormat;
use crate::domain::{Catalog, RoleCredentials, SignInEvent, SignInState, SsoSession, SyncReport, Target};
use crate::platform::browser::Opening;
use crate::platform::processes::child::exit_code;
use crate::platform::tty;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::model::PendingAction;
use crate::tui::msg::{Listed, Msg, Problem, SignInEnd, SignInMsg, SyncMsg};

/// A task, and the id that cancels it.
pub(super) struct Work {
    pub(super) id: Option<RequestId>,
    pub(super) future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Sleeps until it is that time; indefinitely without one.
pub(super) async fn sleep_until(app: &App, at: Option<Timestamp>) {
    match at {
        None => std::future::pending().await,
        Some(at) => {
            let left = at.as_millisecond() - app.context.now().as_millisecond();
            tokio::time::sleep(std::time::Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
        }
    }
}

/// What disk knows of a session.
pub(super) fn load_session(app: &App, session: &SsoSession) -> Msg {
    let catalog = app.catalogs.cached_catalog(session);
    let mut notices = Vec::new();
    let sign_in = match app.tokens.known_token(session) {
        _ if !session.is_listed() => app.sources.state(session),
        Ok(Some(tokens)) => app.tokens.state_of(session, &tokens),
        Ok(None) => SignInState::SignedOut,
        Err(error) => {
            notices.push(error.to_string());
            SignInState::SignedOut
        }
    };
    let expiries = app.credentials.credential_expiries(session);
    Msg::Loaded {
        session: session.name.clone(),
        of_earlier_sign_in: catalog
            .as_ref()
            .is_some_and(|c| !app.catalogs.is_current(session, c)),
        changes: catalog
            .as_ref()
            .map(|catalog| app.catalogs.unseen_changes(session, catalog))
            .unwrap_or_default(),
        catalog,
        expiries,
        sign_in,
        notices,
    }
}

/// The task of an effect. Those that the loop does itself make none.
pub(super) fn perform_effect(app: Arc<App>, effect: Effect, send: UnboundedSender<Event>) -> Work {
    let (id, future): (Option<RequestId>, Pin<Box<dyn Future<Output = ()> + Send>>) = match effect {
        Effect::Refresh { id, session, first } => (
            Some(id),
            Box::pin(async move {
                let event = |event| {
                    let _ = send.send(Event::Msg(Msg::Sync { id, event }));
                };
                let report = app
                    .listings
                    .sync_catalog(&session, &first, |e| event(SyncMsg::Event(e)))
                    .await;
                event(sync_ended(report));
            }),
        ),
        Effect::RetryFailed { id, session } => (
            Some(id),
            Box::pin(async move {
                let event = |event| {
                    let _ = send.send(Event::Msg(Msg::Sync { id, event }));
                };
                let report = app
                    .listings
                    .retry_failed(&session, |e| event(SyncMsg::Event(e)))
                    .await;
                event(sync_ended(report));
            }),
        ),
        effect @ Effect::SignIn { id, .. } => (Some(id), Box::pin(sign_in(app, effect, send))),
        Effect::CreateSession { id, session } => (
            Some(id),
            Box::pin(async move {
                let result = app.sign_in.create_session(&session).await;
                let result = result.map(|()| session).map_err(to_problem);
                let _ = send.send(Event::Msg(Msg::SessionCreated { id, result }));
            }),
        ),
        Effect::Enter { id, target } => (Some(id), Box::pin(enter_target(app, id, target, send))),
        Effect::Console { id, target, at } => (
            Some(id),
            Box::pin(console::open_console(app, id, target, at, send)),
        ),
        Effect::CopyExport { id, target, format } => {
            (Some(id), Box::pin(copy_export(app, id, target, format, send)))
        }
        Effect::Act {
            id,
            action: PendingAction::Own(targets, action),
        } => (
            Some(id),
            Box::pin(own::start_action(app, id, targets, action, send)),
        ),
        Effect::Act { id, action } => (
            Some(id),
            Box::pin(async move {
                let result = perform_action(&app, action, &send).await;
                let _ = send.send(Event::Msg(Msg::Acted { id, result }));
            }),
        ),
        Effect::CopyText { .. }
        | Effect::CopySecret { .. }
        | Effect::OpenPage { .. }
        | Effect::ShowTitle(_)
        | Effect::NotifyOfEnd { .. } => (None, Box::pin(outside::perform_outside(app, effect, send))),
        Effect::ReadOpen
        | Effect::ReadBrowsers
        | Effect::ReadSessions
        | Effect::EndRunning { .. }
        | Effect::Forget { .. }
        | Effect::Renew { .. }
        | Effect::SignOut { .. } => open_work(app, effect, send),
        Effect::NameProfiles { session, catalog } => {
            (None, Box::pin(name_profiles(app, session, catalog, send)))
        }
        Effect::SetFavourite { .. }
        | Effect::SetNote { .. }
        | Effect::SaveView { .. }
        | Effect::MarkChangesSeen { .. } => (
            None,
            Box::pin(async move { tell_failure(remember_view(&app, effect).await, &send) }),
        ),
        Effect::Load { .. }
        | Effect::Prefer { .. }
        | Effect::Confirm { .. }
        | Effect::Cancel { .. }
        | Effect::Suspend
        | Effect::Redraw
        | Effect::Finish(_) => (None, Box::pin(std::future::ready(()))),
    };
    Work { id, future }
}

/// The loop runs the shell, once its credentials are there.
async fn enter_target(app: Arc<App>, id: RequestId, target: Target, send: UnboundedSender<Event>) {
    let _ = send.send(match get_credentials(&app, &target, &send).await {
        Ok(credentials) => Event::Run(id, target, credentials),
        Err(error) => Event::Msg(Msg::Entered {
            id,
            target,
            result: Err(to_problem(error)),
        }),
    });
}

/// The effects on what is open and on sign-ins.
fn open_work(
    app: Arc<App>,
    effect: Effect,
    send: UnboundedSender<Event>,
) -> (Option<RequestId>, Pin<Box<dyn Future<Output = ()> + Send>>) {
    match effect {
        Effect::ReadOpen => (None, send_message(send, async move { open::read_open(&app) })),
        Effect::ReadBrowsers => (
            None,
            send_message(send, async move { Msg::Browsers(app.pages.browser_choices()) }),
        ),
        Effect::ReadSessions => (None, send_message(send, async move { open::read_sessions(&app) })),
        Effect::EndRunning { running } => (
            None,
            send_message(send, async move { open::end_running(&app, &running) }),
        ),
        Effect::Forget { target } => (
            None,
            send_message(send, async move { open::forget_credentials(&app, &target).await }),
        ),
        Effect::Renew { id, target } => (Some(id), Box::pin(open::renew_credentials(app, id, target, send))),
        Effect::SignOut { id, session } => (Some(id), Box::pin(open::sign_out(app, id, session, send))),
        _ => (None, Box::pin(std::future::ready(()))),
    }
}

/// A future whose message is sent.
fn send_message(
    send: UnboundedSender<Event>,
    message: impl Future<Output = Msg> + Send + 'static,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let _ = send.send(Event::Msg(message.await));
    })
}

/// Looks up profiles on a thread of its own: with 20,000 targets their names take a while. A config file that can't
/// be read is `genkan doctor`'s business; the details then name no profile.
async fn name_profiles(app: Arc<App>, session: SsoSession, catalog: Catalog, send: UnboundedSender<Event>) {
    let name = session.name.clone();
    let listed = ListedSession { session, catalog };
    let named = tokio::task::spawn_blocking(move || app.profiles.profile_names(listed)).await;
    if let Ok(Ok(names)) = named {
        let _ = send.send(Event::Msg(Msg::ProfilesNamed { session: name, names }));
    }
}

/// Copies credentials in a format.
async fn copy_export(
    app: Arc<App>,
    id: RequestId,
    target: Target,
    format: ExportFormat,
    send: UnboundedSender<Event>,
) {
    let export = match get_credentials(&app, &target, &send).await {
        Ok(credentials) => app.exports.export_text(format, &target, &credentials, None),
        Err(error) => Err(error),
    };
    let result = match export {
        Ok(export) => {
            let _ = app.history.record_use(&target, Action::Copy).await;
            app.history.record_hand_out(&target, "copy", "clipboard");
            outside::copy_secret(&app, export.text, &send).await
        }
        Err(error) => Err(to_problem(error)),
    };
    let _ = send.send(Event::Msg(Msg::Exported {
        id,
        target,
        format,
        result,
    }));
}

/// What ends in one sentence.
async fn perform_action(
    app: &App,
    action: PendingAction,
    send: &UnboundedSender<Event>,
) -> Result<String, Problem> {
    match action {
        PendingAction::SaveProfiles(targets) => acts::save_profiles(app, &targets).await,
        PendingAction::CopyProfileName(target) => {
            let (name, is_there) = acts::profile_name(app, &target)?;
            let how = outside::copy_text(app, name.clone(), send).await?;
            let missing = if is_there { "" } else { "; it is not saved yet" };
            Ok(format!("profile name `{name}` {how}{missing}"))
        }
        PendingAction::WriteCredentials(target, profile) => {
            let credentials = get_credentials(app, &target, send).await.map_err(to_problem)?;
            acts::write_credentials(app, &target, &profile, &credentials).await
        }
        PendingAction::Consoles(targets) => acts::open_consoles(app, &targets).await,
        // Done by the loop, or by effects of their own.
        PendingAction::Enter(_)
        | PendingAction::Console(..)
        | PendingAction::Copy(..)
        | PendingAction::Print(..)
        | PendingAction::Pick(_)
        | PendingAction::Run(..)
        | PendingAction::Own(..) => Ok(String::new()),
    }
}

/// Writes what is to be there at the next start.
async fn remember_view(app: &App, effect: Effect) -> Result<(), AppError> {
    match effect {
        Effect::SetFavourite { target, favourite } => {
            Ok(app.history.set_favourite(&target, favourite).await?)
        }
        Effect::SaveView { view } => Ok(app.view_states.save_view_state(view).await?),
        Effect::SetNote { target, note } => Ok(app.notes.set_note(&target, &note).await?),
        Effect::MarkChangesSeen { session } => Ok(app.catalogs.mark_changes_seen(&session)?),
        _ => Ok(()),
    }
}

fn tell_failure(done: Result<(), impl Into<AppError>>, send: &UnboundedSender<Event>) {
    if let Err(error) = done {
        let _ = send.send(Event::Msg(Msg::Failed(to_problem(error))));
    }
}

fn sync_ended(report: Result<SyncReport, AppError>) -> SyncMsg {
    SyncMsg::Ended(match report {
        Ok(SyncReport {
            catalog,
            unseen_changes,
            ..
        }) => Ok(Listed {
            catalog,
            changes: unseen_changes,
        }),
        Err(error) => Err(to_problem(error)),
    })
}

/// Signs in to a source of any kind.
async fn sign_in(app: Arc<App>, effect: Effect, send: UnboundedSender<Event>) {
    let Effect::SignIn {
        id,
        session,
        force,
        typed,
    } = effect
    else {
        return;
    };
    if session.is_listed() {
        return sign_in_to_session(app, id, session, force, send).await;
    }
    let asked = user_sign_in::SignIn {
        id,
        session,
        force,
        typed,
    };
    user_sign_in::sign_in(app, asked, send).await;
}

async fn sign_in_to_session(
    app: Arc<App>,
    id: RequestId,
    session: SsoSession,
    force: bool,
    send: UnboundedSender<Event>,
) {
    let event = |event| {
        let _ = send.send(Event::Msg(Msg::SignIn { id, event }));
    };
    let unopened = app.pages.no_sign_in_page_because();
    let opens_page = unopened.is_none();
    let mut no_browser = unopened.map(str::to_owned);
    let tell = |happened: SignInEvent| {
        if let SignInEvent::TakenOver { opened: true } = happened {
            no_browser = Some("already opened by another genkan".to_owned());
        }
        let page = match &happened {
            SignInEvent::Code(authorization) => Some(authorization.verification_uri_complete.clone()),
            SignInEvent::Page(page) => Some(page.clone()),
            _ => None,
        };
        event(SignInMsg::Event(happened));
        let Some(page) = page else { return };
        if no_browser.is_none() {
            match app.pages.open_page(&page) {
                Ok(opening) => watch_browser(opening, id, send.clone()),
                Err(error) => no_browser = Some(error.to_string()),
            }
        }
        if let Some(why) = &no_browser {
            event(SignInMsg::NoBrowser(why.clone()));
        }
    };
    let end = {
        let request = SignInRequest {
            force,
            opens_page,
            ..app.sign_in.usual_request(&session)
        };
        app.sign_in.sign_in(&session, request, tell).await
    };
    let mut not_kept = None;
    event(SignInMsg::Ended(match end {
        Ok(done) => {
            not_kept = done.kept.err();
            Ok(app.tokens.state_of(&session, &done.tokens))
        }
        Err(AppError::SignIn(SignInError::CodeExpired)) => Err(SignInEnd::Expired),
        Err(AppError::SignIn(SignInError::Denied)) => Err(SignInEnd::Denied),
        Err(error) => Err(SignInEnd::Failed(to_problem(error))),
    }));
    if let Some(error) = not_kept {
        let _ = send.send(Event::Msg(Msg::Failed(to_problem(error))));
    }
}

/// Says on the sign-in screen when the browser that was started fails.
fn watch_browser(opening: Opening, id: RequestId, send: UnboundedSender<Event>) {
    tokio::spawn(async move {
        if let Err(error) = opening.came_up().await {
            let event = SignInMsg::NoBrowser(error.to_string());
            let _ = send.send(Event::Msg(Msg::SignIn { id, event }));
        }
    });
}

/// Role credentials, and until when they live.
async fn get_credentials(
    app: &App,
    target: &Target,
    send: &UnboundedSender<Event>,
) -> Result<RoleCredentials, AppError> {
    let credentials = app.credentials.role_credentials(target).await?;
    let _ = send.send(Event::Msg(Msg::CredentialsFetched {
        target: TargetKey::from(target),
        validity: app.credentials.validity(target, &credentials),
    }));
    Ok(credentials)
}

/// Runs the subshell; its exit code. Lines that a user should read before are told to `tell`.
pub(super) async fn run_child(
    app: &Arc<App>,
    target: &Target,
    credentials: RoleCredentials,
    mut tell: impl FnMut(&str),
) -> Result<u8, Problem> {
    let request = ChildRequest {
        kind: ChildKind::Shell,
        delivery: None,
        keep_environment: false,
        set: Vec::new(),
    };
    let child = app
        .shells
        .child(target, credentials, &request)
        .await
        .map_err(to_problem)?;
    let _ = app.history.record_use(target, Action::Shell).await;
    child.notes.iter().for_each(|note| tell(&format!("note: {note}")));
    if let Some(entering) = &child.entering {
        tell(&entering.line(app.context.now(), "the portal", tty::columns_of_error()));
    }
    let program = child.spec.program.to_string_lossy().into_owned();
    app.history.record_hand_out(target, "shell", &program);
    match app.notifications.watch_while(&target.session, child.run()).await {
        Ok(status) => Ok(exit_code(status)),
        Err(error) => Err(Problem {
            sentence: format!("can't run `{program}`: {error}"),
            hints: vec!["set `shell` in genkan's config.toml, or SHELL".to_owned()],
            sign_in: None,
        }),
    }
}
