//! The help, which is the command palette: every key, the settings, the sessions and how to search. The keys of the
//! current screen come first, and Enter does what the key does.

use crate::domain::SessionKind;
use crate::domain::search::SYNTAX;
use crate::settings::ThemeName;
use crate::tui::drawing::theme::Theme;
use crate::tui::input::keymap::{Action, Binding, Context, key_names};
use crate::tui::model::Model;
use crate::tui::screens::menu::{Choice, Entry};
use crate::tui::screens::offers;

pub(super) fn command_entries(model: &Model) -> Vec<Entry> {
    let counts = |context: &Context| model.screen_contexts().contains(context);
    let here = Context::ALL.into_iter().filter(counts);
    let elsewhere = Context::ALL.into_iter().filter(|context| !counts(context));
    let mut entries: Vec<Entry> = here
        .chain(elsewhere.filter(|context| model.options.vim || *context != Context::Vim))
        .flat_map(|context| key_entries(model, context))
        .collect();
    entries.extend(super::own::in_help(model));
    entries.extend(setting_entries(model));
    entries.extend(session_commands(model));
    entries.extend(SYNTAX.iter().map(|(sign, words)| {
        Entry::new(to_sentence(words), Choice::Nothing)
            .keys(*sign)
            .section("Searching")
    }));
    entries
}

fn key_entries(model: &Model, context: Context) -> impl Iterator<Item = Entry> {
    let bindings = model.keymap.bindings().iter();
    bindings
        .filter(move |b| b.context == context && offers::is_in_help(model, b))
        .map(move |binding| key_entry(model, binding))
}

fn key_entry(model: &Model, binding: &Binding) -> Entry {
    let names = key_names(&binding.keys);
    let counts = model.screen_contexts().contains(&binding.context);
    Entry::new(
        to_sentence(&offers::binding_help(model, binding)),
        Choice::Press(binding.action),
    )
    .keys(names.join(", "))
    .also(binding.label)
    .section(binding.context.title())
    .refused(match binding.action {
        _ if !counts => Some(not_here(binding.context)),
        Action::Number => Some("press the number itself"),
        _ => None,
    })
}

/// Where a key counts that does nothing here.
fn not_here(context: Context) -> &'static str {
    match context {
        Context::Browse | Context::List | Context::EmptyQuery | Context::Vim => "only on the list",
        Context::SignIn => "only during a sign-in",
        Context::Setup => "only when adding a session",
        Context::Menu => "only in a menu",
        Context::Details => "only in the details",
        Context::Link => "only when a link is shown",
        Context::Always => "not here",
    }
}

fn setting_entries(model: &Model) -> Vec<Entry> {
    let colour = model.options.colour;
    let themes = [
        (ThemeName::Default, "Use the default theme"),
        (ThemeName::Light, "Use the light theme"),
        (ThemeName::HighContrast, "Use the high-contrast theme"),
        (ThemeName::Mono, "Use the theme without colours"),
    ];
    let mut entries: Vec<Entry> = themes
        .into_iter()
        .map(|(name, label)| {
            let refused = if !colour {
                Some("NO_COLOR is set")
            } else if model.options.theme == Theme::named(name, colour) {
                Some("in use")
            } else {
                None
            };
            Entry::new(label, Choice::Theme(name))
                .also(if name == ThemeName::Default {
                    "settings color colours dark"
                } else {
                    "settings color colours"
                })
                .refused(refused)
        })
        .collect();
    let vim = model.options.vim;
    entries.push(if vim {
        Entry::new("Let letters search", Choice::VimKeys(false)).also("settings vim keys standard")
    } else {
        Entry::new("Let letters move, as in vim", Choice::VimKeys(true)).also("settings keys")
    });
    entries
        .into_iter()
        .map(|entry| entry.section("Settings, until you quit"))
        .collect()
}

fn session_commands(model: &Model) -> Vec<Entry> {
    let here = model.place.as_ref().map(|place| place.session.name.as_str());
    let sessions = model.sessions.iter().map(|session| {
        let name = session.name.clone();
        let is_shown = here == Some(name.as_str()) && !model.shows_all_sessions();
        let refused = is_shown.then_some("shown now");
        Entry::new(format!("Switch to {name}"), Choice::Session(name))
            .detail(match &session.kind {
                SessionKind::IamUser(own) => format!("IAM user {} in {}", own.name, own.account.id),
                SessionKind::Chain(_) => "roles of profiles".to_owned(),
                SessionKind::Named | SessionKind::Legacy => session.start_url.to_string(),
            })
            .also("session sessions")
            .refused(refused)
    });
    let all = (model.sessions.len() > 1).then(|| {
        Entry::new("Switch to all sessions", Choice::AllSessions)
            .detail("one list of all that are signed in")
            .also("session sessions")
            .refused(model.shows_all_sessions().then_some("shown now"))
    });
    all.into_iter()
        .chain(sessions)
        .chain([Entry::new("Add a session…", Choice::AddSession).also("sessions")])
        .map(|entry| entry.section("SSO sessions"))
        .collect()
}

/// A sentence of the table as it begins on a full screen.
fn to_sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
