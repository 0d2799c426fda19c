//! Everything the screen shows, as plain data. `update` changes it, `view` reads it.

use std::collections::BTreeMap;

use std::sync::Arc;

use jiff::Timestamp;

use super::browse::{Browse, Row};
use super::effect::{Effect, Outcome, RequestId};
use super::msg::{ConsoleAddress, Problem};
use super::notice::{Notice, NoticeKind};
use crate::tui::drawing::hints;
use crate::tui::drawing::layout;
use crate::tui::drawing::theme::Theme;
use crate::tui::input::keymap::{Context, Keymap};
use crate::tui::input::text_input::TextInput;
use crate::tui::screens::menu::Menu;
use crate::tui::screens::open_work::{OpenWork, SessionSummary};
use crate::tui::screens::prompt::Prompt;
use crate::tui::screens::setup::Setup;
use crate::tui::screens::user_actions::OfferedAction;

use crate::domain::records::activity::Entry;
use crate::domain::records::history::{History, TargetKey};
use crate::domain::regions::work_region::with_rule;
use crate::domain::rules::{AccountColor, Confirmations, EnterAction, RuleSet, Subject, TargetRules};
use crate::domain::sessions::portal_session::SOON_SECONDS;
use crate::domain::shells::export::ExportFormat;
use crate::domain::targets::credentials::Validity;
use crate::domain::values::duration;
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::{AccountColors, AccountId, RegionSetting, SignInState, SsoSession, Target, ViewState};
pub use crate::tui::screens::guard::Guard;
pub use crate::tui::screens::pending_action::{ConsoleAt, PendingAction};
pub use crate::tui::screens::place::{Place, Retry, Scope, Sync};
pub use crate::tui::screens::sign_in::{SignIn, SignInStep, Why};

/// What a picker's choice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickFor {
    Shell,
    Export,
    Exec,
    Console,
    Serve,
}

impl PickFor {
    /// The command's name, which stands on the footer in place of "shell".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Export => "export",
            Self::Exec => "exec",
            Self::Console => "console",
            Self::Serve => "serve",
        }
    }
}

/// What doesn't change while the portal is open.
#[derive(Clone, Debug)]
pub struct Options {
    pub theme: Theme,
    /// Colours may be used.
    pub colour: bool,
    pub vim: bool,
    pub pick_for: Option<PickFor>,
    /// What the command that picks does with the target: "run `terraform plan`".
    pub picked_to: String,
    /// What the search begins with.
    pub query: String,
    /// What Enter does where no rule says it.
    pub enter: Option<EnterAction>,
    /// Standard output is read by a program, as in `eval "$(genkan)"`: Enter prints export lines for it.
    pub exports: bool,
    /// The format that Ctrl-Y copies, and Enter prints where it exports.
    pub export_format: ExportFormat,
    /// Everything that sets the Region to work in for all targets, in the order in which it counts.
    pub regions: Vec<RegionSetting>,
    /// What the user's rules give targets.
    pub rules: Arc<RuleSet>,
    /// Guarded targets that were confirmed a moment ago, by any process when the portal was opened, and here since.
    pub confirmations: Confirmations,
    /// The session to begin with.
    pub preferred_session: Option<String>,
    /// Actions of the user's own.
    pub actions: Vec<OfferedAction>,
    /// Why no window of tmux can be opened, where none can.
    pub no_tmux: Option<&'static str>,
    /// The variable because of which no sign-in is started, if one says so.
    pub no_sign_in: Option<String>,
    /// The config file, as the user knows it.
    pub config_file: String,
}

/// What fills the screen.
#[derive(Clone, Debug)]
pub enum Screen {
    Setup(Setup),
    SignIn(SignIn),
    Browse,
}

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// A list to type into.
    Menu(Menu),
    /// The details of the row under the cursor, where the list leaves no room for them.
    Details { scroll: usize },
    /// A question that is answered by typing.
    Prompt(Prompt),
    /// What listings found different.
    Changes { scroll: usize },
    /// A page to open in a browser elsewhere.
    Link { title: String, link: ConsoleAddress },
    /// A name is typed before anything is done with a guarded target.
    Guard(Guard),
    /// Secrets go to the clipboard: only after another key.
    Confirm { pending: PendingAction },
}

/// What is being waited for; one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    pub id: RequestId,
    pub what: String,
    /// What a user wants; done again after signing in, where that was missing.
    pub pending: Option<PendingAction>,
}

/// Everything.
#[derive(Debug)]
pub struct Model {
    pub now: Timestamp,
    /// Columns and rows.
    pub size: (u16, u16),
    pub options: Options,
    pub keymap: Keymap,
    pub sessions: Vec<SsoSession>,
    /// The session that is shown, or the one in front.
    pub place: Option<Place>,
    /// The other sessions, while all are shown.
    pub others: Vec<Place>,
    pub screen: Screen,
    pub overlay: Option<Overlay>,
    pub browse: Browse,
    pub history: History,
    /// What is open, and how the list is arranged; [`Effect::SaveView`] remembers it for the next start.
    pub view: ViewState,
    /// A user's notes to targets.
    pub notes: BTreeMap<TargetKey, String>,
    /// The colours that accounts have in the AWS console.
    pub colors: AccountColors,
    /// The marked targets, in the order in which they were marked.
    pub marked: Vec<Target>,
    /// What was done lately, the newest first; known while it is shown.
    pub activity: Vec<Entry>,
    /// What is open, as of the last look.
    pub open: OpenWork,
    /// Where a console can be opened on this machine, once someone has looked.
    pub browsers: Option<Vec<BrowserChoice>>,
    /// How the SSO sessions stand, as of the last look.
    pub session_states: Vec<SessionSummary>,
    pub notice: Option<Notice>,
    /// This machine's clock is wrong: seen once no other notice is in front, until the next key.
    pub clock_skew: Option<Notice>,
    pub busy: Option<Busy>,
    /// The end that is near has been told.
    pub(super) warned: bool,
    /// The end that a notification was sent of.
    pub(super) notified: Option<Timestamp>,
    /// The title of the window, where it says something.
    pub(super) title: Option<String>,
    last_id: u64,
}

impl Model {
    /// The beginning: with sessions the list, without any the first run.
    #[must_use]
    pub fn new(
        options: Options,
        sessions: Vec<SsoSession>,
        history: History,
        size: (u16, u16),
        now: Timestamp,
    ) -> (Self, Vec<Effect>) {
        let mut model = Self {
            now,
            size,
            keymap: Keymap::built_in(),
            place: None,
            others: Vec::new(),
            screen: Screen::Browse,
            overlay: None,
            browse: Browse::new(options.vim),
            history,
            view: ViewState::default(),
            notes: BTreeMap::new(),
            colors: AccountColors::default(),
            marked: Vec::new(),
            activity: Vec::new(),
            open: OpenWork::default(),
            browsers: None,
            session_states: Vec::new(),
            notice: None,
            clock_skew: None,
            busy: None,
            warned: false,
            notified: None,
            title: None,
            last_id: 0,
            options,
            sessions,
        };
        let height = layout::lay_out_browse(size, 1).list.height;
        model
            .browse
            .set_height(usize::from(height), layout::is_roomy(size));
        let preferred = model.options.preferred_session.as_deref();
        let first = model
            .sessions
            .iter()
            .find(|s| Some(s.name.as_str()) == preferred)
            .or(model.sessions.first())
            .cloned();
        let effects = if let Some(session) = first {
            model.place = Some(Place::new(session.clone()));
            vec![Effect::Load { session }]
        } else {
            model.screen = Screen::Setup(Setup::new(&model.sessions));
            Vec::new()
        };
        let last_search = model.history.last_search.clone();
        model.browse.set_last_query(last_search);
        let query = TextInput::new(&model.options.query);
        model.browse.edit_query(|empty| *empty = query);
        (model, effects)
    }

    pub fn new_id(&mut self) -> RequestId {
        self.last_id += 1;
        RequestId(self.last_id)
    }

    /// Opens what was open when the user left.
    pub fn set_view(&mut self, view: ViewState) {
        self.view = view;
        self.browse.set_flat(view.flat);
    }

    /// The sessions that are shown, or may be once they are signed in.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.place.iter().chain(&self.others)
    }

    #[must_use]
    pub fn place_of(&self, session: &str) -> Option<&Place> {
        self.places().find(|place| place.session.name == session)
    }

    /// Leaves the portal.
    #[must_use]
    pub fn leave(&self) -> Vec<Effect> {
        let outcome = if self.options.pick_for.is_some() {
            Outcome::Cancelled
        } else {
            Outcome::Quit
        };
        vec![Effect::Finish(outcome)]
    }

    /// Where keys count now, the innermost first.
    #[must_use]
    pub fn contexts(&self) -> &'static [Context] {
        match &self.overlay {
            Some(Overlay::Changes { .. }) => &[Context::List, Context::Always],
            Some(Overlay::Details { .. }) => &[Context::Details, Context::List, Context::Always],
            Some(Overlay::Link { .. }) => &[Context::Link, Context::Always],
            Some(Overlay::Guard(_) | Overlay::Prompt(_)) => &[Context::Menu, Context::Always],
            Some(_) => &[Context::Menu, Context::List, Context::Always],
            None => self.screen_contexts(),
        }
    }

    /// Where keys count on the screen itself, whatever lies over it.
    #[must_use]
    pub fn screen_contexts(&self) -> &'static [Context] {
        match &self.screen {
            Screen::Setup(_) => &[Context::Setup, Context::Always],
            // Letters are typed there, as into a question.
            Screen::SignIn(sign_in) if sign_in.asks() => &[Context::Menu, Context::Always],
            Screen::SignIn(_) => &[Context::SignIn, Context::Always],
            Screen::Browse if self.browse.is_moving() && self.browse.query.is_empty() => &[
                Context::Vim,
                Context::EmptyQuery,
                Context::Browse,
                Context::List,
                Context::Always,
            ],
            Screen::Browse if self.browse.is_moving() => {
                &[Context::Vim, Context::Browse, Context::List, Context::Always]
            }
            Screen::Browse if self.browse.query.is_empty() => &[
                Context::EmptyQuery,
                Context::Browse,
                Context::List,
                Context::Always,
            ],
            Screen::Browse => &[Context::Browse, Context::List, Context::Always],
        }
    }

    pub fn say(&mut self, kind: NoticeKind, text: impl Into<String>) {
        self.notice = Some(Notice::new(kind, text));
    }

    /// The request that something is being waited for, if one runs.
    #[must_use]
    pub fn running(&self) -> Option<RequestId> {
        let sign_in = match &self.screen {
            Screen::SignIn(sign_in) if !sign_in.has_ended() && !sign_in.is_done() => Some(sign_in.id),
            _ => None,
        };
        let listing = self.places().find_map(|place| match place.sync {
            Sync::Running { id, .. } => Some(id),
            _ => None,
        });
        self.busy.as_ref().map(|busy| busy.id).or(sign_in).or(listing)
    }

    /// The notice that is in front.
    #[must_use]
    pub fn front_notice(&self) -> Option<&Notice> {
        self.notice.as_ref().or(self.clock_skew.as_ref())
    }

    pub fn fail(&mut self, problem: Problem) {
        let on_sign_in = matches!(self.screen, Screen::SignIn(_));
        let hints = hints::for_screen(&problem.hints, &self.keymap, on_sign_in);
        self.notice = Some(Notice::new(NoticeKind::Error, problem.sentence).hints(hints));
    }

    /// Whether there is nothing to act on: no account, or none that the search finds.
    #[must_use]
    pub fn has_no_row(&self) -> bool {
        self.browse.current().is_none() && !self.browse.is_partial()
    }

    /// How long ago something was, in words.
    #[must_use]
    pub fn ago(&self, at: Timestamp) -> String {
        duration::format_age(seconds_since(at, self.now))
    }

    /// Whether a sign-in that is cancelled leaves something to look at.
    #[must_use]
    pub fn has_another_screen(&self) -> bool {
        self.place.as_ref().is_some_and(|p| !p.catalog.is_empty()) || self.sessions.len() > 1
    }

    /// Seconds until the sign-in ends, where that is so soon that a user should know.
    #[must_use]
    pub fn ends_soon(&self) -> Option<i64> {
        let left = seconds_until(self.sign_in_ends()?, self.now);
        (1..=SOON_SECONDS).contains(&left).then_some(left)
    }

    /// What the rules give a target.
    #[must_use]
    pub fn rules_of(&self, target: &Target) -> TargetRules {
        let place = self.place_of(&target.session);
        // To find an account takes an index of all: only where a rule wants to know.
        let place = place.filter(|_| self.options.rules.reads_emails());
        let entry = place.and_then(|p| p.catalog.entry(&target.account_id));
        let email = entry.map(|entry| entry.account.email.as_str());
        self.options.rules.of(Subject::of_target(target, email))
    }

    /// The colour of an account: a rule's, else the one that it has in the AWS console.
    #[must_use]
    pub fn color_of(&self, account: &AccountId, rules: &TargetRules) -> Option<AccountColor> {
        rules.color.or_else(|| self.colors.color(account))
    }

    /// The note to a target: the user's own, else a rule's.
    #[must_use]
    pub fn note_to(&self, target: &Target) -> Option<String> {
        let own = self.notes.get(&TargetKey::from(target)).cloned();
        own.or_else(|| self.rules_of(target).note.map(|note| note.to_string()))
    }

    #[must_use]
    pub fn is_marked(&self, key: &TargetKey) -> bool {
        self.marked.iter().any(|target| TargetKey::from(target) == *key)
    }

    /// What Enter does with a target: as a rule says, else as the preferences say.
    #[must_use]
    pub fn enter_of(&self, target: &Target) -> EnterAction {
        let of_rule = self.rules_of(target).enter;
        of_rule.or(self.options.enter).unwrap_or(EnterAction::Shell)
    }

    /// The same for the row under the cursor.
    #[must_use]
    pub fn enter_here(&self) -> EnterAction {
        let target = self.browse.current().and_then(Row::target);
        match target {
            Some(target) => self.enter_of(&target),
            None => self.options.enter.unwrap_or(EnterAction::Shell),
        }
    }

    /// The guard of the targets of an action that must be confirmed, if there are any.
    #[must_use]
    pub fn guard_of(&self, pending: &PendingAction) -> Option<Guard> {
        let hands_out_credentials = match pending {
            PendingAction::Console(..)
            | PendingAction::Consoles(_)
            | PendingAction::CopyProfileName(_)
            | PendingAction::SaveProfiles(_) => false,
            PendingAction::Pick(_) => self.options.pick_for != Some(PickFor::Console),
            _ => true,
        };
        if !hands_out_credentials || !self.options.rules.guards_some() {
            return None;
        }
        let confirmations = &self.options.confirmations;
        let must_confirm = |target: &&Target| {
            self.rules_of(target).is_guarded() && !confirmations.hold_for(&TargetKey::from(*target), self.now)
        };
        let mut guarded = pending.targets().iter().filter(must_confirm).cloned();
        let guard = Guard::new(guarded.next()?, pending.clone());
        Some(guard.with(guarded.collect()))
    }

    /// The settings of the Region to work in with a target, in the order in which they count.
    pub fn region_settings(&self, rules: &TargetRules) -> impl Iterator<Item = RegionSetting> {
        with_rule(self.options.regions.iter().cloned(), rules.region.as_ref())
    }

    /// When the sign-in ends, as far as that is known.
    #[must_use]
    pub fn sign_in_ends(&self) -> Option<Timestamp> {
        self.place.as_ref()?.sign_in.ends()
    }

    /// The state of the sign-in now.
    #[must_use]
    pub fn sign_in(&self) -> SignInState {
        let place = self.place.as_ref();
        place.map_or(SignInState::SignedOut, |place| place.sign_in.at(self.now))
    }

    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.sign_in().is_signed_in()
    }

    /// Until when credentials of a target are cached, if they still live.
    #[must_use]
    pub fn expiry(&self, target: &TargetKey) -> Option<Timestamp> {
        self.validity(target).map(|validity| validity.until)
    }

    /// How long credentials of a target are cached, if they still live.
    #[must_use]
    pub fn validity(&self, target: &TargetKey) -> Option<Validity> {
        let validity = self.place_of(&target.session)?.expiries.get(target).copied()?;
        (validity.until > self.now).then_some(validity)
    }

    /// When time alone changes what is on the screen: each second while a code counts down, at the
    /// next full minute while a span of minutes is shown, else never.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        let after = |seconds: i64| Timestamp::from_second(self.now.as_second() + seconds).ok();
        if matches!(&self.screen, Screen::SignIn(sign_in) if sign_in.address().is_some()) {
            return after(1);
        }
        let done = match &self.screen {
            Screen::SignIn(SignIn {
                step: SignInStep::Done { until },
                ..
            }) => Some(*until),
            _ => None,
        };
        if let Some(at) = self.browse.stale_since() {
            let rebuilt =
                Timestamp::from_millisecond(at.as_millisecond() + Browse::REBUILD_MILLISECONDS).ok();
            return rebuilt.into_iter().chain(done).min();
        }
        if done.is_some() {
            return done;
        }
        self.place.as_ref()?;
        let retries = self.places().filter_map(|place| place.retry.at);
        let minute = after(60 - self.now.as_second().rem_euclid(60));
        let notice = self.notice.as_ref().and_then(Notice::ends);
        retries.chain(minute).chain(notice).min()
    }
}
