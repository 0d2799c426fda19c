//! `[[action]]` of the user's own file: commands of theirs for the portal.
//!
//! An action in which something is wrong is ignored as a whole and reported by its line: half a command is another one.
//! Must not know keys (`tui::screens::user_actions`), nor how commands run.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::preferences::{DELIVERIES, Delivery, is_setting};
use super::preferences_file::Mistake;
use super::values::{read_choice, read_flag, read_text, set_value, suggest_known};
use crate::domain::shells::command_template::{CommandTemplate, Placeholder, check_script};
use crate::domain::text::clean_text;
use crate::domain::values::env;

/// Where an action's command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunIn {
    /// On the terminal, in place of the portal.
    #[default]
    Foreground,
    /// Without a terminal, beside the portal.
    Background,
    /// In a window of tmux.
    Tmux,
}

impl RunIn {
    const NAMES: &[(&str, Self)] = &[
        ("foreground", Self::Foreground),
        ("background", Self::Background),
        ("tmux", Self::Tmux),
    ];
}

/// What an action runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionCommand {
    Words(CommandTemplate),
    /// Text for `sh -c`; values are in its environment.
    Script(String),
}

impl ActionCommand {
    /// As it was written, on one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Words(template) => template.text().to_owned(),
            Self::Script(script) => clean_text(&script.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }

    /// Whether it uses the name of the target's profile.
    #[must_use]
    pub fn needs_profile(&self) -> bool {
        match self {
            Self::Words(template) => template.has(Placeholder::Profile),
            Self::Script(script) => script.contains(env::GENKAN_PROFILE),
        }
    }
}

/// An action of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAction {
    pub name: String,
    /// The key as it was written.
    pub key: Option<String>,
    pub command: ActionCommand,
    pub run: RunIn,
    /// Asks before it runs.
    pub confirm: bool,
    /// What a command on the terminal printed stays until a key; otherwise only where it failed.
    pub wait: bool,
    /// How it gets credentials, where not as every command.
    pub credentials: Option<Delivery>,
}

/// The values of a table, before they are an action.
#[derive(Default)]
struct Raw {
    name: String,
    key: Option<String>,
    command: Option<String>,
    shell: bool,
    run: RunIn,
    confirm: bool,
    wait: Option<bool>,
    credentials: Option<Delivery>,
}

/// Takes one value, or says what it must be.
type Take = fn(&mut Raw, &DeValue<'_>) -> Result<(), String>;

const KEYS: &[(&str, Take)] = &[
    ("name", |raw, value| {
        raw.name = clean_text(read_text(value)?.trim());
        if raw.name.is_empty() {
            return Err("must have a letter".to_owned());
        }
        Ok(())
    }),
    ("key", |raw, value| {
        set_value(&mut raw.key, read_text(value).map(Some))
    }),
    ("command", |raw, value| {
        set_value(&mut raw.command, read_text(value).map(Some))
    }),
    ("shell", |raw, value| set_value(&mut raw.shell, read_flag(value))),
    ("run", |raw, value| {
        set_value(&mut raw.run, read_choice(value, RunIn::NAMES))
    }),
    ("confirm", |raw, value| {
        set_value(&mut raw.confirm, read_flag(value))
    }),
    ("wait", |raw, value| {
        set_value(&mut raw.wait, read_flag(value).map(Some))
    }),
    ("credentials", |raw, value| {
        set_value(&mut raw.credentials, read_choice(value, DELIVERIES).map(Some))
    }),
];

/// The actions of a file, in its order, and what is wrong with them. `line` finds the line of an offset.
pub(super) fn read_actions(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
) -> (Vec<UserAction>, Vec<Mistake>) {
    let mut found: Vec<UserAction> = Vec::new();
    let mut mistakes = Vec::new();
    let DeValue::Array(values) = value.get_ref() else {
        let reason = "an action begins with `[[action]]`, in two pairs of brackets".to_owned();
        return (found, vec![(line(value.span().start), reason)]);
    };
    for (number, value) in (1..).zip(values.iter()) {
        let mut wrong = |at: usize, reason: &str| {
            mistakes.push((
                line(at),
                clean_text(&format!("action {number} is ignored: {reason}")),
            ));
        };
        let at = value.span().start;
        let DeValue::Table(table) = value.get_ref() else {
            wrong(at, "it must be a table that begins with `[[action]]`");
            continue;
        };
        match read_action(table, at) {
            Ok(action) if found.iter().any(|other| other.name == action.name) => {
                wrong(at, &format!("another action is named `{}`", action.name));
            }
            Ok(action) => found.push(action),
            Err((at, reason)) => wrong(at, &reason),
        }
    }
    (found, mistakes)
}

/// One action, or where and what is wrong with it.
fn read_action(table: &DeTable<'_>, at: usize) -> Result<UserAction, (usize, String)> {
    let mut raw = Raw::default();
    let mut command_at = at;
    for (key, value) in table {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let Some((name, take)) = KEYS.iter().find(|(known, _)| *known == name) else {
            let hint = if is_setting(name) && !name.starts_with("key") {
                "settings stand above the first `[[action]]`".to_owned()
            } else {
                suggest_known(name, KEYS.iter().map(|(name, _)| *name))
            };
            return Err((at, format!("unknown key `{name}`; {hint}")));
        };
        if *name == "command" {
            command_at = at;
        }
        take(&mut raw, value.get_ref()).map_err(|reason| (at, format!("`{name}` {reason}")))?;
    }
    if raw.name.is_empty() {
        return Err((at, "it has no `name`".to_owned()));
    }
    let Some(command) = raw.command else {
        return Err((at, "it has no `command`".to_owned()));
    };
    let invalid = |reason: &dyn std::fmt::Display| (command_at, format!("`command` is invalid: {reason}"));
    let command = if raw.shell {
        check_script(&command).map_err(|reason| invalid(&reason))?;
        ActionCommand::Script(command)
    } else {
        ActionCommand::Words(command.parse().map_err(|reason| invalid(&reason))?)
    };
    Ok(UserAction {
        name: raw.name,
        key: raw.key,
        command,
        run: raw.run,
        confirm: raw.confirm,
        wait: raw.wait.unwrap_or(true),
        credentials: raw.credentials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::contents::Contents;

    fn read(text: &str) -> (Vec<UserAction>, Vec<Mistake>) {
        let contents = Contents::of_preferences(text);
        (contents.actions, contents.mistakes)
    }

    #[test]
    fn actions_are_read_in_their_order() {
        let (actions, mistakes) = read(
            "[[action]]\nname = \"k9s\"\nkey = \"Alt-K\"\ncommand = \"k9s --context {profile}\"\nrun = \"tmux\"\n\
             confirm = true\ncredentials = \"server\"\n\n\
             [[action]]\nname = \"Who\"\ncommand = \"aws sts get-caller-identity | less\"\nshell = true\nwait = false\n",
        );
        assert_eq!(mistakes, []);
        let [k9s, who] = actions.as_slice() else {
            panic!("{actions:?}")
        };
        assert_eq!((k9s.run, k9s.confirm, k9s.wait), (RunIn::Tmux, true, true));
        assert_eq!(
            (k9s.key.as_deref(), k9s.credentials),
            (Some("Alt-K"), Some(Delivery::Server))
        );
        assert!(k9s.command.needs_profile());
        assert_eq!((who.run, who.wait), (RunIn::Foreground, false));
        assert_eq!(who.command.text(), "aws sts get-caller-identity | less");
    }

    #[test]
    fn mistakes_are_named_and_ignore_one_action() {
        let fine = "[[action]]\nname = \"fine\"\ncommand = \"true\"\n";
        for (wrong, words) in [
            ("command = \"x\"", "action 1 is ignored: it has no `name`"),
            ("name = \"x\"", "it has no `command`"),
            ("name = \" \"", "`name` must have a letter"),
            (
                "name = \"fine\"\ncommand = \"x\"",
                "another action is named `fine`",
            ),
            ("name = \"x\"\ncomand = \"x\"", "did you mean `command`?"),
            (
                "name = \"x\"\ntheme = \"light\"",
                "settings stand above the first `[[action]]`",
            ),
            (
                "name = \"x\"\ncommand = \"x {accont_id}\"",
                "did you mean `account_id`?",
            ),
            (
                "name = \"x\"\ncommand = \"x\"\nrun = \"tmx\"",
                "did you mean `tmux`?",
            ),
            (
                "name = \"x\"\ncommand = \"x {region}\"\nshell = true",
                "write `\"$AWS_REGION\"`",
            ),
            (
                "name = \"x\"\ncommand = \"sh -c 'x {account_name}'\"",
                "`sh` would run `{account_name}` as code",
            ),
            (
                "name = \"x\"\ncommand = \"x\"\nconfirm = \"yes\"",
                "`confirm` must be true or false",
            ),
        ] {
            let (actions, mistakes) = read(&format!("{fine}[[action]]\n{wrong}\n"));
            let names: Vec<&str> = actions.iter().map(|action| action.name.as_str()).collect();
            assert_eq!(names, ["fine"], "{wrong}");
            let words = words.replace("action 1", "action 2");
            assert!(
                mistakes.len() == 1 && mistakes[0].1.contains(&words),
                "{wrong}: {mistakes:?}"
            );
        }
        assert!(read("action = 1").1[0].1.contains("in two pairs of brackets"));
    }
}
