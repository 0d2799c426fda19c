//! The contents of one file of preferences: settings, rules, chained roles, and the files that it includes.
//!
//! What is wrong is reported with its line and takes nothing from the rest.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::actions::{UserAction, read_actions};
use super::agents::read_agents;
use super::deserializer::{ValueDeserializer, ValueError};
use super::keys::{entries_of, read_keys};
use super::preferences::Preferences;
use super::preferences_file::{LOST_KEY, Mistake, line_of, without_broken_lines};
use super::roles::read_roles;
use super::rules::read_rules;
use super::session_preferences::read_sessions;
use super::values::{read_texts, suggest_known};
use crate::domain::rules::Rule;
use crate::domain::rules::agents::AgentRules;
use crate::domain::targets::chained_roles::RoleEntry;
use crate::domain::text::clean_text;

/// A file that another one includes, and the line that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Include {
    pub(super) path: String,
    pub(super) line: usize,
}

/// What a file has besides settings.
const TABLES: [&str; 6] = ["action", "agents", "include", "role", "rule", "sessions"];

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub(super) preferences: Preferences,
    pub(super) rules: Vec<Rule>,
    pub(super) actions: Vec<UserAction>,
    pub(super) roles: Vec<RoleEntry>,
    pub(super) includes: Vec<Include>,
    /// What is wrong with it, in the order of lines.
    pub(super) mistakes: Vec<Mistake>,
}

impl Contents {
    /// Reads the text of the user's own file.
    pub(super) fn of_preferences(text: &str) -> Self {
        Self::read(text, true)
    }

    /// Reads the text of an included file, which has no settings: they would change what its reader's own file says.
    pub(super) fn of_included(text: &str) -> Self {
        Self::read(text, false)
    }

    fn read(text: &str, has_settings: bool) -> Self {
        let (readable, mistakes) = without_broken_lines(text);
        let mut contents = Self {
            mistakes,
            ..Self::default()
        };
        if let Ok(table) = DeTable::parse(&readable) {
            if has_settings {
                contents.add_settings(table.get_ref(), text);
            }
            for (key, value) in table.get_ref() {
                let line = line_of(text, key.span().start);
                match key.get_ref().as_ref() {
                    LOST_KEY => {}
                    "rule" => contents.add_rules(value, text),
                    "role" => contents.add_roles(value, text),
                    "include" => contents.add_includes(value.get_ref(), line),
                    key if !has_settings => contents.mistakes.push((
                        line,
                        clean_text(&format!(
                            "`{key}` is ignored: an included file has only `rule`, `role` and `include`"
                        )),
                    )),
                    "sessions" => contents.add_sessions(value, text),
                    "agents" => contents.add_agents(value, text),
                    "action" => contents.add_actions(value, text),
                    _ => {}
                }
            }
        }
        if has_settings && contents.preferences.agents.is_none() && has_lost_agents(text, &contents.mistakes)
        {
            contents.preferences.agents = Some(AgentRules::default());
        }
        contents.mistakes.sort_by_key(|(at, _)| *at);
        contents
    }

    fn add_settings(&mut self, table: &DeTable<'_>, text: &str) {
        let settings =
            entries_of(table).filter(|entry| entry.name != LOST_KEY && !TABLES.contains(&entry.name));
        self.preferences = read_keys(settings, Preferences::deserialize, |entry, error| {
            let (line, key) = (line_of(text, entry.at), entry.name);
            let reason = match error {
                ValueError::UnknownKey(known) => {
                    let known = known.iter().copied().chain(TABLES);
                    format!("unknown setting `{key}`; {}", suggest_known(key, known))
                }
                ValueError::Wrong(reason) => format!("`{key}` {reason}"),
            };
            self.mistakes.push((line, clean_text(&reason)));
        });
    }

    fn add_agents(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        let (agents, mistakes) = read_agents(value, |at| line_of(text, at));
        self.preferences.agents = Some(agents);
        self.mistakes.extend(mistakes);
    }

    fn add_actions(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        let (actions, mistakes) = read_actions(value, |at| line_of(text, at));
        self.actions = actions;
        self.mistakes.extend(mistakes);
    }

    fn add_rules(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        let (rules, mistakes) = read_rules(value, |at| line_of(text, at));
        self.rules = rules;
        self.mistakes.extend(mistakes);
    }

    fn add_roles(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        let (roles, mistakes) = read_roles(value, |at| line_of(text, at));
        self.roles = roles;
        self.mistakes.extend(mistakes);
    }

    fn add_sessions(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        let (sessions, mistakes) = read_sessions(value, |at| line_of(text, at));
        self.preferences.sessions.extend(sessions);
        self.mistakes.extend(mistakes);
    }

    fn add_includes(&mut self, value: &DeValue<'_>, line: usize) {
        match read_texts(ValueDeserializer(value)) {
            Ok(paths) => {
                let includes = paths.into_iter().map(|path| Include { path, line });
                self.includes.extend(includes);
            }
            Err(reason) => self.mistakes.push((line, format!("`include` {reason}"))),
        }
    }
}

/// Whether a line that can't be read was to begin `[agents]`: it then allows nothing.
fn has_lost_agents(text: &str, mistakes: &[Mistake]) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let line = |at: usize| lines.get(at.saturating_sub(1)).copied().unwrap_or_default();
    mistakes.iter().any(|(at, _)| line(*at).contains("agents"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys::known_keys;
    use crate::settings::preferences::{KeyMode, ThemeName};
    use proptest::prelude::*;

    fn parse(text: &str) -> (Preferences, Vec<Mistake>) {
        let contents = Contents::of_preferences(text);
        (contents.preferences, contents.mistakes)
    }

    fn fine(text: &str) -> Preferences {
        let (read, mistakes) = parse(text);
        assert_eq!(mistakes, [], "{text}");
        read
    }

    #[test]
    fn a_full_file_is_read() {
        let text = "theme = \"high-contrast\"\nkeys = \"vim\"\nmouse = true\nregion = \"ap-northeast-1\"\nshell = \"fish\"\n\
                    timeout_seconds = 0x10\n";
        let read = fine(text);
        assert_eq!(
            (read.theme, read.keys, read.mouse),
            (ThemeName::HighContrast, KeyMode::Vim, true)
        );
        assert_eq!(
            read.region.map(|r| r.to_string()).as_deref(),
            Some("ap-northeast-1")
        );
        assert_eq!(read.timeout_seconds, Some(16));
        assert_eq!(fine(""), Preferences::default());
    }

    /// Each mistake with its line and words that are said of it.
    const MISTAKES: &[(&str, &str)] = &[
        (
            "them = \"light\"",
            "unknown setting `them`; did you mean `theme`?",
        ),
        ("zzz = 1", "unknown setting `zzz`; choose one of theme, keys"),
        (
            "theme = \"pink\"",
            "`theme` can't be `pink`; choose one of default, light",
        ),
        ("theme = \"ligth\"", "did you mean `light`?"),
        ("theme = 1", "`theme` must be a string in quotes"),
        ("theme = [\"light\"]", "`theme` must be a string in quotes"),
        ("theme = light", ""),
        ("theme = ", ""),
        ("theme", ""),
        ("= 1", ""),
        ("keys = { a = 1 }", "`keys` must be a string in quotes"),
        ("region = \"nowhere\"", "`region` is invalid: "),
        ("credentials = true", "`credentials` must be a string in quotes"),
        (
            "timeout_seconds = 0",
            "`timeout_seconds` must be a whole number from 1 to 65535",
        ),
        ("timeout_seconds = \"5\"", "must be a whole number"),
        ("requests_per_second = -1", "must be a whole number"),
        ("requests_per_second = 1.5", "must be a whole number"),
        ("portal_session_hours = 99999", "must be a whole number"),
        ("profile_name = \"{acount}\"", "unknown placeholder `{acount}`"),
        (
            "sessions.tanuki.prot = 8400",
            "unknown setting `prot` of session `tanuki`; did you mean `port`?",
        ),
        (
            "sessions.kitsune.flow = \"code\"",
            "`flow` of session `kitsune` can't be `code`; choose one of device, pkce",
        ),
        ("sessions.mujina = true", "`sessions.mujina` must be a table"),
        ("session = \"open", ""),
    ];

    #[test]
    fn a_mistake_is_named_and_takes_nothing_from_the_rest() {
        for (mistake, words) in MISTAKES {
            let (read, mistakes) = parse(&format!("mouse = true\n{mistake}\nshell = \"fish\"\n"));
            let lines: Vec<usize> = mistakes.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [2], "{mistake}: {mistakes:?}");
            assert!(mistakes[0].1.contains(words), "{mistake}: {mistakes:?}");
            assert!(
                read.mouse && read.shell.as_deref() == Some("fish"),
                "{mistake}: {read:?}"
            );
            assert!(!speaks_of_rust(&mistakes[0].1), "{mistake}: {mistakes:?}");
        }
    }

    fn speaks_of_rust(said: &str) -> bool {
        [
            "wanted",
            "variant",
            "struct",
            "enum",
            "u16",
            "u32",
            "u64",
            "i64",
            "f64",
            "invalid type",
            "invalid length",
            "map",
            "sequence",
        ]
        .iter()
        .any(|word| said.contains(word))
    }

    /// Any value of any key: it is used or reported, once, in words for a user, and the rest of the file counts.
    #[test]
    fn every_key_takes_a_value_or_says_what_it_must_be() {
        const NO_VALUES: &[&str] = &[
            "-1",
            "1.5",
            "nan",
            "99999999999999999999",
            "1979-05-27",
            "[1]",
            "[[]]",
        ];
        const VALUES: &[&str] = &[
            "1",
            "-1",
            "0",
            "1.5",
            "nan",
            "99999999999999999999",
            "true",
            "1979-05-27",
            "\"\"",
            "\"x\"",
            "[]",
            "[1]",
            "[\"x\"]",
            "[[]]",
            "{}",
            "{ x = 1 }",
            "{ x = \"y\" }",
            "[{}]",
            "[{ x = 1.5 }]",
        ];
        let settings = known_keys(Preferences::deserialize).iter().map(|key| ("", *key));
        let settings = settings.filter(|(_, key)| *key != "mouse");
        let in_tables = [
            (
                "[[rule]]\nmatch.account = \"x\"",
                "alias tags color icon note hidden production guard region enter console_service console_via console_sign_out browser",
            ),
            (
                "[[rule]]",
                "match match.account match.id match.permission_set match.email match.session",
            ),
            (
                "[[role]]",
                "via role accounts external_id mfa_serial duration_seconds role_session_name region",
            ),
            (
                "[[action]]",
                "name key command shell run confirm wait credentials",
            ),
            ("[agents]", "allow sign_in variables"),
            ("[sessions.x]", "flow port browser portal_session_hours tokens"),
        ];
        let in_tables = in_tables
            .iter()
            .flat_map(|(table, keys)| keys.split(' ').map(|key| (*table, key)));
        let tables = TABLES.iter().map(|key| ("", *key));
        for (table, key) in settings.chain(in_tables).chain(tables) {
            for value in VALUES {
                let text = format!("mouse = true\n{table}\n{key} = {value}\n");
                let (read, mistakes) = parse(&text);
                assert!(read.mouse, "{text}");
                let named = if TABLES.contains(&key) {
                    key.to_owned()
                } else {
                    format!("`{}`", key.rsplit('.').next().unwrap_or(key))
                };
                let wrong = mistakes.iter().filter(|(_, said)| said.contains(&named)).count();
                assert!(wrong <= 1 || TABLES.contains(&key), "{text}: {mistakes:?}");
                assert!(wrong >= 1 || !NO_VALUES.contains(value), "{text}: {mistakes:?}");
                for (line, said) in &mistakes {
                    assert!(!speaks_of_rust(said) && *line > 1, "{text}: {mistakes:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn mistakes_are_each_named(at in proptest::collection::vec(0..MISTAKES.len(), 0..5)) {
            // One that is there twice is another mistake.
            let mut at = at;
            at.sort_unstable();
            at.dedup_by_key(|at| MISTAKES[*at].0.split([' ', '=']).next());
            let text = at.iter().map(|at| MISTAKES[*at].0).collect::<Vec<_>>().join("\n") + "\n";
            let (read, mistakes) = parse(&format!("{text}mouse = true\n"));
            prop_assert_eq!(mistakes.len(), at.len(), "{}: {:?}", text, mistakes);
            prop_assert!(read.mouse);
        }
    }
}
