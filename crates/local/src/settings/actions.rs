//! `[[action]]` of the user's own file: commands of theirs for the portal.
//!
//! An action in which something is wrong is ignored as a whole and reported by its line: half a command is another one.
//! Must not know the keyboard's keys (`tui::screens::user_actions`), nor how commands run.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{describe_mistake, entries_of, read_keys};
use super::preferences::{Delivery, describe_misplaced};
use super::preferences_file::Mistake;
use crate::domain::shells::command_template::{CommandTemplate, Placeholder, check_script};
use crate::domain::text::clean_text;
use crate::domain::values::env;

/// Where an action's command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunIn {
    /// On the terminal, in place of the portal.
    #[default]
    Foreground,
    /// Without a terminal, beside the portal.
    Background,
    /// In a window of tmux.
    Tmux,
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
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ActionTable {
    #[serde(deserialize_with = "read_name")]
    name: Option<String>,
    key: Option<String>,
    command: Option<String>,
    shell: bool,
    run: RunIn,
    confirm: bool,
    wait: Option<bool>,
    credentials: Option<Delivery>,
}

fn read_name<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let name = clean_text(String::deserialize(value)?.trim());
    if name.is_empty() {
        return Err(D::Error::custom("must have a letter"));
    }
    Ok(Some(name))
}

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
        match read_action(table, at, &mut wrong) {
            Some(action) if found.iter().any(|other| other.name == action.name) => {
                wrong(at, &format!("another action is named `{}`", action.name));
            }
            action => found.extend(action),
        }
    }
    (found, mistakes)
}

fn read_action(table: &DeTable<'_>, at: usize, wrong: &mut impl FnMut(usize, &str)) -> Option<UserAction> {
    let mut fine = true;
    let read = read_keys(entries_of(table), ActionTable::deserialize, |entry, error| {
        // `keys` is likelier to be `key`.
        let reason = if entry.name == "keys" {
            describe_mistake(entry.name, &error, &[])
        } else {
            describe_misplaced("action", entry.name, &error, &[])
        };
        wrong(entry.at, &reason);
        fine = false;
    });
    if !fine {
        return None;
    }
    let Some(name) = read.name else {
        wrong(at, "it has no `name`");
        return None;
    };
    let Some(command) = read.command else {
        wrong(at, "it has no `command`");
        return None;
    };
    let command = if read.shell {
        check_script(&command)
            .map(|()| ActionCommand::Script(command))
            .map_err(|error| error.to_string())
    } else {
        command
            .parse()
            .map(ActionCommand::Words)
            .map_err(|error| format!("{error}"))
    };
    let command = match command {
        Ok(command) => command,
        Err(reason) => {
            let command_at = entries_of(table).find(|entry| entry.name == "command");
            wrong(
                command_at.map_or(at, |entry| entry.at),
                &format!("`command` is invalid: {reason}"),
            );
            return None;
        }
    };
    Some(UserAction {
        name,
        key: read.key,
        command,
        run: read.run,
        confirm: read.confirm,
        wait: read.wait.unwrap_or(true),
        credentials: read.credentials,
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
        let (actions, mistakes) =
            read("[[action]]\nname = \"x\"\ncommand = \"x\"\nrun = \"x\"\nconfirm = 1\n");
        let lines: Vec<usize> = mistakes.iter().map(|(line, _)| *line).collect();
        assert_eq!((actions.len(), lines), (0, vec![4, 5]), "each is named");
        assert!(read("action = 1").1[0].1.contains("in two pairs of brackets"));
    }
}
