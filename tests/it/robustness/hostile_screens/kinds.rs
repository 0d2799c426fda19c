//! The kinds of everything that is drawn, each with a name. The matches are exhaustive: a new overlay doesn't compile here,
//! and once named fails until a scene shows it.

use genkan::domain::{SignInEvent, SyncEvent};
use genkan::tui::model::{Overlay, Screen, SignInStep, Sync};
use genkan::tui::msg::{Msg, SignInEnd, SignInMsg, SyncMsg};
use genkan::tui::notice::NoticeKind;
use genkan::tui::screens::setup::Field;

/// Names for the variants of an enum: a match that must be exhaustive, and the list of all names.
macro_rules! kinds {
    ($function:ident, $list:ident, $of:ty { $($pattern:pat => $name:literal),+ $(,)? }) => {
        pub const $list: &[&str] = &[$($name),+];
        pub fn $function(it: &$of) -> &'static str {
            match it { $($pattern => $name),+ }
        }
    };
}

kinds!(screen, SCREENS, Screen {
    Screen::Setup(_) => "screen: setup",
    Screen::Browse => "screen: list",
    Screen::SignIn(_) => "screen: sign-in",
});
kinds!(step, STEPS, SignInStep {
    SignInStep::Asking => "sign-in: asking",
    SignInStep::Waiting { page: None } => "sign-in: waiting",
    SignInStep::Waiting { page: Some(_) } => "sign-in: waiting, with a code",
    SignInStep::Code { no_browser: None, .. } => "sign-in: code",
    SignInStep::Code { no_browser: Some(_), .. } => "sign-in: code, no browser",
    SignInStep::Page { no_browser: None, .. } => "sign-in: page",
    SignInStep::Page { no_browser: Some(_), .. } => "sign-in: page, no browser",
    SignInStep::Asks { refused: None, .. } => "sign-in: asks",
    SignInStep::Asks { refused: Some(_), .. } => "sign-in: asks again",
    SignInStep::Checking(_) => "sign-in: checking",
    SignInStep::Expired => "sign-in: expired",
    SignInStep::Denied => "sign-in: denied",
    SignInStep::Failed(_) => "sign-in: failed",
    SignInStep::Done { .. } => "sign-in: done",
});
kinds!(overlay, OVERLAYS, Overlay {
    Overlay::Menu(_) => "overlay: menu",
    Overlay::Prompt(_) => "overlay: prompt",
    Overlay::Changes { .. } => "overlay: changes",
    Overlay::Details { .. } => "overlay: details",
    Overlay::Link { .. } => "overlay: link",
    Overlay::Confirm { .. } => "overlay: confirm",
    Overlay::Guard(_) => "overlay: guard",
});
kinds!(notice, NOTICES, NoticeKind {
    NoticeKind::Good => "notice: good",
    NoticeKind::Warning => "notice: warning",
    NoticeKind::Error => "notice: error",
});
kinds!(listing, LISTINGS, Sync {
    Sync::Idle => "listing: none",
    Sync::Running { waiting: false, .. } => "listing: running",
    Sync::Running { waiting: true, .. } => "listing: waiting",
    Sync::Failed => "listing: failed",
});
kinds!(message, MESSAGES, Msg {
    Msg::Key(_) => "message: key",
    Msg::Paste(_) => "message: paste",
    Msg::Mouse(_) => "message: mouse",
    Msg::Resize(..) => "message: resize",
    Msg::Tick(_) => "message: tick",
    Msg::Loaded { .. } => "message: loaded",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Waiting), .. } => "listing says: waiting",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Throttled), .. } => "listing says: throttled",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Known(_)), .. } => "listing says: known",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::BegunAgain), .. } => "listing says: begun again",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Accounts { .. }), .. } => "listing says: accounts",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::PermissionSets { .. }), .. } => "listing says: permission sets",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Problem { .. }), .. } => "listing says: account failed",
    Msg::Sync { event: SyncMsg::Ended(Ok(_)), .. } => "listing says: ended",
    Msg::Sync { event: SyncMsg::Ended(Err(_)), .. } => "listing says: failed",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Waiting), .. } => "sign-in says: waiting",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Elsewhere(_)), .. } => "sign-in says: elsewhere",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::TakenOver { .. }), .. } => "sign-in says: taken over",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::NotEnded(_)), .. } => "sign-in says: not ended",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Code(_)), .. } => "sign-in says: code",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Page(_)), .. } => "sign-in says: page",
    Msg::SignIn { event: SignInMsg::NoBrowser(_), .. } => "sign-in says: no browser",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Trouble(_)), .. } => "sign-in says: trouble",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Pending), .. } => "sign-in says: pending",
    Msg::SignIn { event: SignInMsg::Asks(..), .. } => "sign-in says: asks",
    Msg::SignIn { event: SignInMsg::Ended(Ok(_)), .. } => "sign-in says: ended",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Expired)), .. } => "sign-in says: expired",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Denied)), .. } => "sign-in says: denied",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Failed(_))), .. } => "sign-in says: failed",
    Msg::SessionCreated { result: Ok(_), .. } => "message: session created",
    Msg::SessionCreated { result: Err(_), .. } => "message: session not created",
    Msg::Entered { result: Ok(_), .. } => "message: entered",
    Msg::Entered { result: Err(_), .. } => "message: not entered",
    Msg::Console { result: Ok(None), .. } => "message: console",
    Msg::Console { result: Ok(Some(_)), .. } => "message: console elsewhere",
    Msg::Console { result: Err(_), .. } => "message: no console",
    Msg::Exported { result: Ok(_), .. } => "message: exported",
    Msg::Exported { result: Err(_), .. } => "message: not exported",
    Msg::Copied { result: Ok(_), .. } => "message: copied",
    Msg::Copied { result: Err(_), .. } => "message: not copied",
    Msg::PageOpened { result: Ok(()) } => "message: page opened",
    Msg::PageOpened { result: Err(_) } => "message: page not opened",
    Msg::CredentialsFetched { .. } => "message: credentials",
    Msg::Open(_) => "message: open",
    Msg::Browsers(_) => "message: browsers",
    Msg::SessionStates(_) => "message: sessions",
    Msg::OpenChanged { result: Ok(_), .. } => "message: open changed",
    Msg::OpenChanged { result: Err(_), .. } => "message: open not changed",
    Msg::SignedOut { result: Ok(()), .. } => "message: signed out",
    Msg::SignedOut { result: Err(_), .. } => "message: not signed out",
    Msg::Activity(_) => "message: activity",
    Msg::Colors(_) => "message: colours",
    Msg::ProfilesNamed { .. } => "message: profiles named",
    Msg::ClockSkew(_) => "message: clock",
    Msg::Waits(_) => "message: waits",
    Msg::Failed(_) => "message: failed",
    Msg::Acted { .. } => "message: acted",
    Msg::Ran { .. } => "message: ran",
    Msg::ActionEnded { .. } => "message: action ended",
});
kinds!(field, FIELDS, Field {
    Field::StartUrl => "field: start URL",
    Field::Region => "field: region",
    Field::Name => "field: name",
});
