//! The loop: events in, messages through `update`, effects out, one drawing for each batch.
//!
//! The only part of the screen that waits, reads the clock, or calls the portal.

mod acts;
mod colors;
mod console;
mod effects;
mod error;
mod event;
mod input;
mod noted;
mod open;
mod outside;
mod own;
mod problems;
mod run_in_each;
mod signals;
mod user_sign_in;
mod writes;

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use crossterm::event::Event as TerminalEvent;
use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};

use super::effect::{Effect, Outcome, RequestId};
use super::model::{Model, Options, Overlay, PendingAction, PickFor};
use super::msg::Msg;
use super::notice::{Notice as Shown, NoticeKind, Truth};
use super::terminal::{self, Terminal};
use super::{update, view};
use crate::app::export_format_of_calling_shell;
use crate::app::{App, Batch, ClockSkew, Notice};
use crate::domain::{RoleCredentials, ShownSessions, SsoSession, Target};
use crate::platform::log;
use crate::platform::tty;
use crate::settings::{KeyMode, RunIn, env};
use crate::tui::drawing::theme::Theme;
use crate::tui::input::keymap::Keymap;
use crate::tui::screens::menu::MenuOf;
use crate::tui::screens::user_actions;
pub use error::TuiError;
use event::Event;
use input::Input;
use noted::Noted;
use signals::{Signal, Signals};
use writes::Writes;

/// How the portal begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The command that wants a target, if one does.
    pub pick_for: Option<PickFor>,
    /// What that command does with it: "run `terraform plan`".
    pub picked_to: String,
    /// What is searched for at the start.
    pub query: String,
    /// The session to begin with, in place of the preferred one.
    pub session: Option<String>,
    /// What a user should know first.
    pub note: Option<String>,
}

/// Runs the portal's screen to its end.
#[must_use]
pub fn run(app: Arc<App>, start: Start) -> LocalBoxFuture<'static, Result<Outcome, TuiError>> {
    Box::pin(async move {
        let term = app
            .context
            .settings()
            .environment
            .get(env::TERM)
            .unwrap_or_default();
        if terminal::is_plain(term) {
            return Err(TuiError::PlainTerminal(term.to_owned()));
        }
        let (sessions, mut problems) = app.sessions.sessions()?;
        let history = app.history.history();
        let settings = app.context.settings();
        let preferences = &settings.preferences;
        let names_session = start.session.is_some();
        let (actions, without_keys) = user_actions::offer_actions(&settings.actions, &Keymap::built_in());
        problems.extend(without_keys);
        let options = Options {
            theme: Theme::named(preferences.theme, !settings.no_color()),
            colour: !settings.no_color(),
            vim: preferences.keys == KeyMode::Vim,
            pick_for: start.pick_for,
            picked_to: start.picked_to,
            query: start.query,
            enter: preferences.enter,
            exports: start.pick_for.is_none() && !io::stdout().is_terminal(),
            export_format: export_format_of_calling_shell(&app.context),
            regions: app.regions.region_settings().collect(),
            rules: Arc::clone(&settings.rules),
            confirmations: app.guards.confirmations(),
            actions,
            no_tmux: own::no_tmux(settings),
            no_sign_in: settings.sign_in_refused_by(),
            preferred_session: start.session.or_else(|| preferences.session.clone()),
            config_file: settings.paths.display_path(&settings.paths.aws_config),
        };
        let signals = Signals::listen()?;
        let terminal = Terminal::take(preferences.mouse)?;
        let (send, receive) = unbounded_channel();
        let (mut model, mut effects) =
            Model::new(options, sessions, history, terminal.size(), app.context.now());
        model.set_view(app.view_states.view_state());
        if model.view.sessions == ShownSessions::All && model.sessions.len() > 1 && !names_session {
            effects = model.begin_with_all_sessions();
        }
        let tell = send.clone();
        let before = app.context.listen(Some(Arc::new(move |notice| {
            if let Notice::Waiting(scope) = notice {
                let _ = tell.send(Event::Msg(Msg::Waits(scope.waiting_message())));
            }
        })));
        let mut screen = Loop {
            may_suspend: tty::may_suspend() && settings.environment.get(env::GENKAN_NO_SUSPEND).is_none(),
            app,
            terminal,
            keys: Some(Input::open()?),
            signals,
            model,
            send,
            receive,
            tasks: JoinSet::new(),
            writes: Writes::default(),
            running: HashMap::new(),
            outcome: None,
            reported_skew: None,
            changed: true,
        };
        screen.model.notes = screen.app.notes.notes();
        screen.model.colors = screen.app.account_colors.known();
        if let Some(words) = start.note {
            screen.model.say(NoticeKind::Good, words);
        }
        for words in problems {
            screen.model.say(NoticeKind::Warning, words);
        }
        for effect in effects {
            screen.perform(effect).await?;
        }
        let outcome = screen.run_until_outcome().await;
        screen.hand_over();
        screen.remember_search().await;
        screen.writes.finish().await;
        screen.app.context.listen(before);
        outcome
    })
}

struct Loop {
    app: Arc<App>,
    terminal: Terminal,
    /// `None` while a child has the terminal, whose keys it would take.
    keys: Option<Input>,
    signals: Signals,
    model: Model,
    send: UnboundedSender<Event>,
    receive: UnboundedReceiver<Event>,
    tasks: JoinSet<()>,
    /// Tasks that keep what the user chose; the end of the portal waits for them.
    writes: Writes,
    running: HashMap<RequestId, AbortHandle>,
    may_suspend: bool,
    /// What the user was told of the clock.
    reported_skew: Option<ClockSkew>,
    outcome: Option<Outcome>,
    changed: bool,
}

impl Loop {
    async fn run_until_outcome(&mut self) -> Result<Outcome, TuiError> {
        loop {
            // All that is waiting comes first, so that one drawing shows it.
            while let Ok(event) = self.receive.try_recv() {
                self.handle_event(event).await?;
            }
            if let Some(outcome) = self.outcome.take() {
                return Ok(outcome);
            }
            if self.changed {
                self.changed = false;
                self.show_activity();
                let model = &self.model;
                self.terminal.draw(|frame| view::draw_screen(frame, model))?;
            }
            if let Some(outcome) = self.wait().await? {
                return Ok(outcome);
            }
        }
    }

    /// Keeps the last search for the next portal.
    async fn remember_search(&self) {
        let last = self.model.browse.last_query();
        if let Some(query) = last.filter(|query| Some(*query) != self.model.history.last_search.as_deref())
            && let Err(error) = self.app.history.remember_search(query).await
        {
            log::debug!("the last search is not remembered error={error}");
        }
    }

    /// What was done lately is read only while someone looks at it.
    fn show_activity(&mut self) {
        if matches!(&self.model.overlay, Some(Overlay::Menu(menu)) if menu.of == MenuOf::Activity) {
            let entries = self.app.context.activity().entries();
            update::update_model(&mut self.model, Msg::Activity(entries));
        }
    }

    /// Waits for one thing to happen; meanwhile, a part at a time, makes what a search needs.
    async fn wait(&mut self) -> Result<Option<Outcome>, TuiError> {
        let keys = match &mut self.keys {
            Some(keys) => keys,
            none => none.insert(Input::open()?),
        };
        let wakeup = self.model.next_wakeup();
        let has_unprepared = self.model.has_unprepared();
        tokio::select! {
            // In this order: whatever happens comes before what is only prepared.
            biased;
            signal = self.signals.next() => match signal {
                Signal::Continue => {
                    self.terminal.reclaim()?;
                    self.resized().await?;
                }
                Signal::Stop => self.suspend().await?,
                Signal::Resize => {
                    // Two changes may be seen as one, with the size of before, and the terminal may have cut its
                    // content meanwhile.
                    self.terminal.forget()?;
                    self.resized().await?;
                }
                Signal::End(number) => return Ok(Some(Outcome::Killed(number))),
            },
            key = keys.next() => match key {
                Some(event) => self.handle_terminal_event(event).await?,
                // The terminal is gone.
                None => return Ok(Some(Outcome::Killed(signals::HANGUP))),
            },
            Some(event) = self.receive.recv() => self.handle_event(event).await?,
            Some(_) = self.tasks.join_next() => {}
            () = effects::sleep_until(&self.app, wakeup) => self.update_time().await?,
            () = tokio::task::yield_now(), if has_unprepared => if self.model.browse.work_on_search() {
                self.update_time().await?;
            }
        }
        Ok(None)
    }

    async fn handle_terminal_event(&mut self, event: TerminalEvent) -> Result<(), TuiError> {
        let msg = match event {
            TerminalEvent::Key(key) => Msg::Key(key),
            TerminalEvent::Paste(text) => Msg::Paste(text),
            TerminalEvent::Mouse(mouse) => Msg::Mouse(mouse),
            TerminalEvent::Resize(columns, rows) => Msg::Resize(columns, rows),
            TerminalEvent::FocusGained | TerminalEvent::FocusLost => return Ok(()),
        };
        self.update_time().await?;
        self.update(msg).await?;
        // The key has put the last one away.
        self.show_next_notice();
        Ok(())
    }

    async fn handle_event(&mut self, event: Event) -> Result<(), TuiError> {
        match event {
            Event::Msg(msg) => {
                self.update_time().await?;
                self.update(msg).await?;
                self.show_next_notice();
                Ok(())
            }
            Event::Send(sequence) => Ok(self.terminal.send(&sequence)?),
            Event::Title(text) => Ok(self.terminal.set_title(text)?),
            Event::Run(id, target, credentials) => self.run_child(id, target, credentials).await,
        }
    }

    /// Says what is worth knowing of files, unless something else is being said.
    fn show_next_notice(&mut self) {
        if self.model.notice.is_none()
            && let Some(warning) = self.app.context.next_notice()
        {
            self.model.say(NoticeKind::Warning, warning.to_string());
        }
    }

    /// Tells the model what time it is.
    async fn update_time(&mut self) -> Result<(), TuiError> {
        self.update(Msg::Tick(self.app.context.now())).await?;
        let skew = self.app.context.clock_skew();
        // Each answer measures it to a second or so: only another minute is worth a line.
        let is_known = match (skew, self.reported_skew) {
            (Some(skew), Some(told)) => skew.behind_seconds.abs_diff(told.behind_seconds) <= 60,
            (skew, told) => skew == told,
        };
        if is_known {
            return Ok(());
        }
        self.reported_skew = skew;
        self.update(Msg::ClockSkew(skew.map(|skew| skew.to_string())))
            .await
    }

    async fn resized(&mut self) -> Result<(), TuiError> {
        let (columns, rows) = self.terminal.size();
        self.update(Msg::Resize(columns, rows)).await
    }

    async fn update(&mut self, msg: Msg) -> Result<(), TuiError> {
        self.changed = true;
        for effect in update::update_model(&mut self.model, msg) {
            // An effect may end in a message at once; boxed, because that is a circle.
            Box::pin(self.perform(effect)).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Result<(), TuiError> {
        match effect {
            Effect::Finish(outcome) => self.outcome = Some(outcome),
            Effect::Cancel { id } => {
                if let Some(task) = self.running.remove(&id) {
                    task.abort();
                }
            }
            Effect::Suspend => self.suspend().await?,
            Effect::Prefer { session, accounts } => self.app.listings.prefer(&session, accounts),
            Effect::Redraw => self.terminal.forget()?,
            // Before what was confirmed is done: another process may do it, and must not ask again.
            Effect::Confirm { targets } => self.app.guards.confirm(&targets).await,
            Effect::Load { session } if self.app.tokens.are_in_keyring(&session) => {
                self.load_with_keyring(session);
            }
            // From disk in a moment: the first drawing shall show it.
            Effect::Load { session } => {
                let msg = effects::load_session(&self.app, &session);
                self.update_time().await?;
                self.update(msg).await?;
                self.show_next_notice();
            }
            Effect::Act {
                id,
                action: PendingAction::Run(targets, command, at_once),
            } => {
                let batch = run_in_each::typed_batch(targets, &command, at_once);
                self.run_in_each(id, batch, true).await?;
            }
            Effect::Act {
                id,
                action: PendingAction::Own(targets, action),
            } if action.run == RunIn::Foreground => match own::action_batch(&self.app, targets, &action) {
                Ok(batch) => self.run_in_each(id, batch, action.wait).await?,
                Err(problem) => {
                    let result = Err(problem);
                    self.update(Msg::Acted { id, result }).await?;
                }
            },
            effect => {
                let is_kept = effect.is_kept();
                let noted = Noted::begin(&self.app, &effect, self.model.sessions.len() > 1);
                let work = effects::perform_effect(Arc::clone(&self.app), effect, self.send.clone());
                let (id, work) = (work.id, work.future);
                let work = async move {
                    work.await;
                    drop(noted);
                };
                if is_kept {
                    self.writes.begin(work);
                    return Ok(());
                }
                let task = self.tasks.spawn(work);
                self.running.retain(|_, task| !task.is_finished());
                if let Some(id) = id {
                    self.running.insert(id, task);
                }
            }
        }
        Ok(())
    }

    /// Reads what is known of a session on a thread of its own: the keyring may ask for its password, or hang. The thread is
    /// not waited for at the end.
    fn load_with_keyring(&mut self, session: SsoSession) {
        let words = "waiting for the keyring, which may ask for its password";
        let notice = Shown::new(NoticeKind::Warning, words);
        self.model.notice = Some(notice.while_true(Truth::Unread(session.name.clone())));
        let (app, send) = (Arc::clone(&self.app), self.send.clone());
        std::thread::spawn(move || {
            let _ = send.send(Event::Msg(effects::load_session(&app, &session)));
        });
    }

    /// Gives terminal and keys away: no byte that is typed from here on is ours.
    fn hand_over(&mut self) {
        self.keys = None;
        terminal::restore_terminal();
    }

    /// Gives terminal and time to the program that started us, until we are continued.
    async fn suspend(&mut self) -> Result<(), TuiError> {
        if !self.may_suspend {
            self.model
                .say(NoticeKind::Warning, "can't suspend here: no shell to return to");
            self.changed = true;
            return Ok(());
        }
        self.hand_over();
        self.app.context.stopped(tty::stop_this_job)?;
        // Continued.
        self.terminal.reclaim()?;
        self.resized().await
    }

    /// Runs a batch on the terminal, and returns when the user has read what it printed; at once where all succeeded
    /// and that is not to be waited for.
    async fn run_in_each(&mut self, id: RequestId, batch: Batch, waits: bool) -> Result<(), TuiError> {
        self.hand_over();
        let terminal = &mut self.terminal;
        let write = |bytes: &[u8]| {
            // A terminal that is gone is noticed when it is taken back.
            let _ = terminal.send_bytes(bytes);
        };
        let results = Box::pin(run_in_each::run_in_each(&self.app, batch, write)).await;
        self.signals.forget_those_of_a_child();
        if waits || results.iter().any(|(_, ended)| !matches!(ended, Ok(0 | 130))) {
            self.terminal.send("\r\nPress Enter to return to the portal. ")?;
            let mut keys = Input::open()?;
            tokio::select! {
                _ = keys.next() => {}
                _ = self.signals.next() => {}
            }
        }
        self.terminal.reclaim_from_child()?;
        self.resized().await?;
        self.update_time().await?;
        self.update(Msg::Ran { id, results }).await
    }

    /// Leaves what a shell that failed has printed in sight until a key is pressed.
    async fn keep_output(&mut self, code: u8) -> Result<(), TuiError> {
        // Ctrl-C in the shell was for the shell.
        self.signals.forget_those_of_a_child();
        let raw = self.terminal.raw_lines()?;
        // The prompt above names the target, and so does the portal afterwards.
        let line = format!("\r\ngenkan: exit code {code} · press any key to return to the portal");
        self.terminal.send(&line)?;
        let mut keys = Input::open()?;
        loop {
            tokio::select! {
                key = keys.next() => match key {
                    Some(TerminalEvent::Key(_) | TerminalEvent::Paste(_)) => break,
                    Some(_) => {}
                    None => {
                        self.outcome = Some(Outcome::Killed(signals::HANGUP));
                        break;
                    }
                },
                signal = self.signals.next() => if let Signal::End(number) = signal {
                    self.outcome = Some(Outcome::Killed(number));
                    break;
                },
            }
        }
        drop(raw);
        Ok(self.terminal.send("\r\n")?)
    }

    async fn run_child(
        &mut self,
        id: RequestId,
        target: Target,
        credentials: RoleCredentials,
    ) -> Result<(), TuiError> {
        // Cancelled meanwhile.
        if self.model.busy.as_ref().is_none_or(|busy| busy.id != id) {
            return Ok(());
        }
        self.hand_over();
        let terminal = &mut self.terminal;
        let tell = |line: &str| {
            // A terminal that is gone is noticed when it is taken back.
            let _ = terminal.send(&format!("{line}\r\n"));
        };
        colors::learn_color(&self.app, &target, &self.send);
        let result = Box::pin(effects::run_child(&self.app, &target, credentials, tell)).await;
        if let Ok(code) = result
            && is_failure(code)
            && self.app.context.settings().preferences.says_shell_messages()
        {
            self.keep_output(code).await?;
        }
        self.terminal.reclaim_from_child()?;
        // What the keyboard sent meanwhile was for the child.
        self.signals.forget_those_of_a_child();
        self.resized().await?;
        self.update_time().await?;
        self.update(Msg::Entered { id, target, result }).await
    }
}

/// Whether a shell that ended so has something to show: not where its last command was stopped by Ctrl-C.
fn is_failure(code: u8) -> bool {
    !matches!(code, 0 | 130)
}
