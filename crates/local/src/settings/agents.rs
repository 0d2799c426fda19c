//! `[agents]` of the preferences, and how an environment is recognised in which a program acts for the user.

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::DeValue;

use super::environment::Environment;
use super::keys::{describe_mistake, entries_of, read_keys};
use super::preferences_file::Mistake;
use super::rules::read_patterns;
use super::values::read_texts;
use crate::domain::rules::agents::{AGENT_PREFIXES, AGENT_VARIABLES, AgentRules, is_off};
use crate::domain::text::clean_text;

/// The table as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AgentsTable {
    /// Read entry by entry: one that can't be used takes nothing from the others.
    allow: Option<IgnoredAny>,
    sign_in: bool,
    #[serde(deserialize_with = "read_texts")]
    variables: Vec<String>,
}

/// Reads the table. What is wrong with it allows nothing.
pub(super) fn read_agents(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
) -> (AgentRules, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut wrong =
        |at: usize, reason: &str| mistakes.push((line(at), clean_text(&format!("`[agents]`: {reason}"))));
    let DeValue::Table(table) = value.get_ref() else {
        wrong(
            value.span().start,
            "it must be a table that begins with `[agents]`",
        );
        return (AgentRules::default(), mistakes);
    };
    let read = read_keys(entries_of(table), AgentsTable::deserialize, |entry, error| {
        wrong(entry.at, &describe_mistake(entry.name, &error, &[]));
    });
    let mut allow = Vec::new();
    if let Some(entry) = entries_of(table).find(|entry| entry.name == "allow") {
        if let DeValue::Array(matches) = entry.value {
            for one in matches {
                let mut wrong_match =
                    |at: usize, _: bool, reason: &str| wrong(at, &format!("in `allow`, {reason}"));
                allow.extend(read_patterns(one, one.span().start, &mut wrong_match));
            }
        } else {
            wrong(
                entry.at,
                "`allow` must be a list, such as `[{ account = \"*-dev\" }]`",
            );
        }
    }
    let agents = AgentRules {
        allow,
        sign_in: read.sign_in,
        variables: read.variables,
    };
    (agents, mistakes)
}

/// The variable that says that a program acts for the user here.
pub(super) fn agent_variable(environment: &Environment, more: &[String]) -> Option<String> {
    let is_set = |name: &&str| environment.get(name).is_some_and(|value| !is_off(value));
    let known = AGENT_VARIABLES
        .iter()
        .copied()
        .chain(more.iter().map(String::as_str));
    known
        .clone()
        .find(is_set)
        .or_else(|| {
            let is_marked = |name: &&str| AGENT_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            environment.names().filter(is_marked).find(is_set)
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::contents::Contents;

    #[test]
    fn environments_of_agents_and_jobs_are_recognised() {
        let of = |pairs: &[(&str, &str)]| {
            agent_variable(
                &Environment::from_pairs(pairs.iter().copied()),
                &["MY_BOT".to_owned()],
            )
        };
        for name in [
            "GENKAN_AGENT",
            "AI_AGENT",
            "CLAUDECODE",
            "CURSOR_AGENT",
            "CI",
            "CODEX_SANDBOX",
            "MY_BOT",
        ] {
            assert_eq!(of(&[("PATH", "/bin"), (name, "1")]).as_deref(), Some(name));
        }
        for (name, value) in [
            ("CI", "false"),
            ("CI", ""),
            ("GENKAN_AGENT", "0"),
            ("CLAUDE", "1"),
            ("CODEX", "1"),
        ] {
            assert_eq!(of(&[(name, value)]), None, "{name}={value}");
        }
    }

    #[test]
    fn mistakes_are_named_and_allow_nothing() {
        let read = |text: &str| {
            let contents = Contents::of_preferences(text);
            (contents.preferences.agents, contents.mistakes)
        };
        let (agents, mistakes) = read(
            "[agents]\nallow = [{ account = \"*-dev\" }, { permission_set = \"ReadOnly*\" }]\nsign_in = true\n",
        );
        assert_eq!(mistakes, []);
        let agents = agents.expect("a table");
        assert!(agents.allow.len() == 2 && agents.sign_in);
        for (text, words) in [
            (
                "[agents]\nallow = [{ acount = \"*\" }]",
                "did you mean `account`?",
            ),
            ("[agents]\nallow = \"*\"", "`allow` must be a list"),
            ("[agents]\nallow = [{}]", "needs one of"),
            ("[agents]\nalow = []", "did you mean `allow`?"),
            ("agents = 1", "must be a table"),
        ] {
            let (agents, mistakes) = read(text);
            assert!(
                mistakes.iter().any(|(_, said)| said.contains(words)),
                "{text}: {mistakes:?}"
            );
            assert_eq!(agents.expect("restricted").allow, [], "{text}");
        }
        assert_eq!(read("theme = \"light\"").0, None);
        // A table that can't be read restricts, too.
        assert_eq!(read("[agents\nallow = []\n").0, Some(AgentRules::default()));
    }
}
