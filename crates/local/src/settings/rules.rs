//! `[[rule]]` of a file of preferences: read, or what is wrong with it by rule and line.
//!
//! A value that can't be used is left out and the rest of its rule counts. A rule whose `match` can't be used is ignored
//! as a whole: without it, it would match more than was meant.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::deserializer::ValueError;
use super::keys::{entries_of, known_keys, read_keys};
use super::preferences::{describe_misplaced, read_console_via};
use super::preferences_file::Mistake;
use super::values::{List, read_choice, read_parsed, read_texts, suggest_known};
use crate::domain::Region;
use crate::domain::rules::{AccountColor, Alias, EnterAction, Given, Guard, Icon, Match, Pattern, Rule, Tag};
use crate::domain::text::{CleanText, clean_text};
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console::Via;
use crate::domain::web::console_pages;

/// What a rule gives, as it is written: the fields of [`Given`].
#[derive(Deserialize)]
#[serde(remote = "Given", default = "Given::default", deny_unknown_fields)]
struct GivenTable {
    #[serde(deserialize_with = "read_parsed")]
    alias: Option<Alias>,
    #[serde(deserialize_with = "read_tags")]
    tags: Vec<Tag>,
    #[serde(deserialize_with = "read_color")]
    color: Option<AccountColor>,
    #[serde(deserialize_with = "read_parsed")]
    icon: Option<Icon>,
    #[serde(deserialize_with = "read_note")]
    note: Option<CleanText>,
    hidden: Option<bool>,
    production: Option<bool>,
    guard: Option<Guard>,
    #[serde(deserialize_with = "read_parsed")]
    region: Option<Region>,
    enter: Option<EnterAction>,
    #[serde(deserialize_with = "read_console_service")]
    console_service: Option<String>,
    #[serde(deserialize_with = "read_console_via")]
    console_via: Option<Via>,
    console_sign_out: Option<bool>,
    #[serde(deserialize_with = "read_parsed")]
    browser: Option<BrowserChoice>,
}

/// What a rule matches, as it is written: the fields of [`Match`].
#[derive(Deserialize)]
#[serde(remote = "Match", default = "Match::default", deny_unknown_fields)]
struct MatchTable {
    #[serde(deserialize_with = "read_pattern_list")]
    account: Vec<Pattern>,
    #[serde(deserialize_with = "read_pattern_list")]
    id: Vec<Pattern>,
    #[serde(deserialize_with = "read_pattern_list")]
    permission_set: Vec<Pattern>,
    #[serde(deserialize_with = "read_pattern_list")]
    email: Vec<Pattern>,
    #[serde(deserialize_with = "read_pattern_list")]
    session: Vec<Pattern>,
}

/// The rules of a file, in its order, and what is wrong with them. `line` finds the line of an offset.
pub(super) fn read_rules(
    value: &Spanned<DeValue<'_>>,
    line: impl Fn(usize) -> usize,
) -> (Vec<Rule>, Vec<Mistake>) {
    let mut found = Vec::new();
    let mut mistakes = Vec::new();
    let DeValue::Array(values) = value.get_ref() else {
        let reason = "a rule begins with `[[rule]]`, in two pairs of brackets".to_owned();
        return (found, vec![(line(value.span().start), reason)]);
    };
    for (number, value) in (1..).zip(values.iter()) {
        let DeValue::Table(table) = value.get_ref() else {
            let reason = format!("rule {number} is ignored: it must be a table that begins with `[[rule]]`");
            mistakes.push((line(value.span().start), reason));
            continue;
        };
        let mut wrong = |at: usize, ignored: bool, reason: &str| {
            let is_ignored = if ignored { " is ignored" } else { "" };
            mistakes.push((
                line(at),
                clean_text(&format!("rule {number}{is_ignored}: {reason}")),
            ));
        };
        let at = value.span().start;
        found.extend(read_rule(table, at, &mut wrong));
    }
    (found, mistakes)
}

fn read_rule(table: &DeTable<'_>, at: usize, wrong: &mut impl FnMut(usize, bool, &str)) -> Option<Rule> {
    let given = entries_of(table).filter(|entry| entry.name != "match");
    let given = read_keys(given, GivenTable::deserialize, |entry, error| {
        let reason = describe_misplaced("rule", entry.name, &error, &["match"]);
        wrong(entry.at, false, &reason);
    });
    let Some((key, matches)) = table.iter().find(|(key, _)| key.get_ref() == "match") else {
        wrong(
            at,
            true,
            "it has no `match`, such as `match = { account = \"*-prod\" }`",
        );
        return None;
    };
    let matches = read_patterns(matches, key.span().start, wrong)?;
    Some(Rule { matches, given })
}

/// What a rule matches; `None` where that is wrong.
pub(super) fn read_patterns(
    value: &Spanned<DeValue<'_>>,
    at: usize,
    wrong: &mut impl FnMut(usize, bool, &str),
) -> Option<Match> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong(
            at,
            true,
            "`match` must be a table, such as `match = { account = \"*-prod\" }`",
        );
        return None;
    };
    let mut fine = true;
    let matches = read_keys(entries_of(table), MatchTable::deserialize, |entry, error| {
        let name = entry.name;
        let reason = match error {
            ValueError::UnknownKey(known) => format!(
                "unknown field `{name}` in `match`; {}",
                suggest_known(name, known.iter().copied())
            ),
            ValueError::Wrong(reason) => format!("`{name}` {reason}"),
        };
        wrong(entry.at, true, &reason);
        fine = false;
    });
    if fine && matches.is_empty() {
        let fields = known_keys(MatchTable::deserialize).join(", ");
        wrong(at, true, &format!("`match` needs one of {fields}"));
    }
    (fine && !matches.is_empty()).then_some(matches)
}

fn read_pattern_list<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Pattern>, D::Error> {
    let texts = read_texts(value)?;
    if texts.is_empty() {
        return Err(D::Error::custom("needs at least one pattern"));
    }
    let parse = |text: &String| {
        text.parse()
            .map_err(|error| D::Error::custom(format!("can't be `{text}`: {error}")))
    };
    texts.iter().map(parse).collect()
}

/// `["pci", "team=payments"]`, or `{ team = "payments" }`.
fn read_tags<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Tag>, D::Error> {
    let written = match List::deserialize(value)? {
        List::Texts(texts) => texts,
        List::Table(pairs) => pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
    };
    let parse = |text: &String| {
        text.parse()
            .map_err(|error| D::Error::custom(format!("can't contain `{text}`: a tag {error}")))
    };
    written.iter().map(parse).collect()
}

fn read_color<'de, D: Deserializer<'de>>(value: D) -> Result<Option<AccountColor>, D::Error> {
    read_choice(value, AccountColor::NAMES)
}

fn read_note<'de, D: Deserializer<'de>>(value: D) -> Result<Option<CleanText>, D::Error> {
    String::deserialize(value).map(|note| Some(CleanText::from(note)))
}

/// The name of a service that the console knows, or of the last page.
fn read_console_service<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(value)?;
    if name == console_pages::LAST {
        return Ok(Some(name));
    }
    match console_pages::find_page(&name) {
        Ok(_) => Ok(Some(name)),
        Err(error) => Err(D::Error::custom(format!("is invalid: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::rules::{AccountColor, EnterAction, RuleSet, Subject, TargetRules};
    use crate::domain::web::console::Via;
    use crate::domain::{Account, PermissionSetName};
    use crate::settings::contents::Contents;

    fn read(text: &str) -> (RuleSet, Vec<(usize, String)>) {
        let contents = Contents::of_preferences(text);
        (RuleSet::new(contents.rules), contents.mistakes)
    }

    fn of(rules: &RuleSet, account: &str, permission_set: &str) -> TargetRules {
        let account = Account {
            id: "310448120938".parse().expect("an ID"),
            name: account.into(),
            email: "payments@example.com".into(),
        };
        rules.of(Subject::new(
            "tanuki",
            &account,
            Some(&PermissionSetName::new(permission_set)),
        ))
    }

    #[test]
    fn everything_that_a_rule_can_give_is_read() {
        let text = r#"
theme = "light"

[[rule]]
match = { account = ["payments-*", "/^ledger/"], id = "3*", permission_set = "*", email = "*@example.com", session = "tanuki" }
alias = "pay"
tags = ["pci", "team=payments"]
color = "light-blue"
icon = "決"
note = "Ask #payments first."
hidden = true
production = true
guard = "confirm"
region = "eu-west-1"
enter = "console"
console_service = "s3"
console_via = "portal"
console_sign_out = true
browser = "firefox {}"

[[rule]]
match.permission_set = "Admin*"
tags = { team = "ledger", tier = "1" }
hidden = false
"#;
        let (rules, mistakes) = read(text);
        assert_eq!(mistakes, []);
        let given = of(&rules, "Payments-Dev", "AdministratorAccess");
        assert_eq!(given.alias.as_deref(), Some("pay"));
        assert_eq!(given.tags_text(), "pci team=ledger tier=1");
        assert_eq!(given.color, Some(AccountColor::LightBlue));
        assert_eq!(given.icon.as_deref(), Some("決"));
        assert_eq!(given.note.as_deref(), Some("Ask #payments first."));
        assert!(given.production && given.is_guarded() && !given.hidden);
        assert_eq!(given.region.map(|r| r.to_string()).as_deref(), Some("eu-west-1"));
        assert_eq!(given.enter, Some(EnterAction::Console));
        assert_eq!(given.console_service.as_deref(), Some("s3"));
        assert_eq!(given.console_via, Some(Via::Portal));
        assert_eq!(given.console_sign_out, Some(true));
        assert_eq!(given.browser, "firefox {}".parse().ok());
        assert!(of(&rules, "ledger", "ReadOnlyAccess").hidden);
        assert_eq!(of(&rules, "website", "ReadOnlyAccess"), TargetRules::default());
    }

    /// Each mistake in a rule, and what is said of it; those that make the rule ignored are so marked.
    const MISTAKES: &[(&str, bool, &str)] = &[
        (
            "alais = \"x\"",
            false,
            "rule 2: unknown key `alais`; did you mean `alias`?",
        ),
        (
            "theme = \"light\"",
            false,
            "rule 2: unknown key `theme`; settings stand above the first `[[rule]]`",
        ),
        (
            "alias = \"a/b\"",
            false,
            "rule 2: `alias` is invalid: can't contain `/`",
        ),
        ("alias = 1", false, "rule 2: `alias` must be a string in quotes"),
        (
            "tags = [1]",
            false,
            "rule 2: `tags` must be a string in quotes, or a list of them",
        ),
        (
            "tags = { team = 1 }",
            false,
            "rule 2: `tags` `team` must be a string in quotes",
        ),
        (
            "tags = \"=x\"",
            false,
            "rule 2: `tags` can't contain `=x`: a tag can't be empty",
        ),
        (
            "color = \"grean\"",
            false,
            "rule 2: `color` can't be `grean`; did you mean `green`?",
        ),
        (
            "icon = \"abc\"",
            false,
            "rule 2: `icon` is invalid: must be one character",
        ),
        (
            "production = \"yes\"",
            false,
            "rule 2: `production` must be true or false",
        ),
        (
            "guard = true",
            false,
            "rule 2: `guard` must be a string in quotes",
        ),
        (
            "guard = \"ask\"",
            false,
            "rule 2: `guard` can't be `ask`; choose one of confirm, none",
        ),
        ("region = \"nowhere\"", false, "rule 2: `region` is invalid: "),
        ("enter = \"shel\"", false, "did you mean `shell`?"),
        (
            "console_service = \"s33\"",
            false,
            "rule 2: `console_service` is invalid: ",
        ),
        ("note = ", false, ""),
        (
            "match.name = \"x\"",
            true,
            "rule 2 is ignored: unknown field `name` in `match`; choose one of account, id",
        ),
        ("match.acount = \"x\"", true, "did you mean `account`?"),
        (
            "match.id = 310448120938",
            true,
            "rule 2 is ignored: `id` must be a string in quotes",
        ),
        (
            "match.id = []",
            true,
            "rule 2 is ignored: `id` needs at least one pattern",
        ),
        (
            "match.email = \"/(/\"",
            true,
            "rule 2 is ignored: `email` can't be `/(/`: invalid regular expression",
        ),
        ("match.email = \"{a,b}\"", true, "write a list of patterns"),
    ];

    #[test]
    fn a_mistake_is_reported_with_its_rule_and_line_and_takes_nothing_from_the_rest() {
        for (mistake, ignored, words) in MISTAKES {
            let text = format!(
                "[[rule]]\nmatch.account = \"first\"\nalias = \"one\"\n\n[[rule]]\nmatch.account = \"second\"\n\
                 {mistake}\nhidden = true\n\n[[rule]]\nmatch.account = \"third\"\nalias = \"three\"\n"
            );
            let (rules, mistakes) = read(&text);
            let lines: Vec<usize> = mistakes.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [7], "{mistake}: {mistakes:?}");
            assert!(mistakes[0].1.contains(words), "{mistake}: {mistakes:?}");
            assert_eq!(
                of(&rules, "first", "x").alias.as_deref(),
                Some("one"),
                "{mistake}"
            );
            assert_eq!(
                of(&rules, "third", "x").alias.as_deref(),
                Some("three"),
                "{mistake}"
            );
            let hidden = of(&rules, "second", "x").hidden;
            assert_eq!(hidden, !ignored, "{mistake}");
        }
    }

    #[test]
    fn what_is_no_rule_is_reported() {
        for (text, line, words) in [
            (
                "mouse = true\n[[rule]]\nalias = \"x\"\n",
                2,
                "rule 1 is ignored: it has no `match`",
            ),
            ("[rule]\nalias = \"x\"\n", 1, "a rule begins with `[[rule]]`"),
            ("rule = [1]\n", 1, "rule 1 is ignored: it must be a table"),
            (
                "[[rule]]\nmatch = \"prod\"\n",
                2,
                "rule 1 is ignored: `match` must be a table",
            ),
            (
                "[[rule]]\nmatch = {}\n",
                2,
                "rule 1 is ignored: `match` needs one of account, id",
            ),
            (
                "[[rules]]\nmatch.id = \"1*\"\n",
                1,
                "unknown setting `rules`; did you mean `rule`?",
            ),
        ] {
            let (_, mistakes) = read(text);
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert_eq!(mistakes[0].0, line, "{text}: {mistakes:?}");
            assert!(mistakes[0].1.contains(words), "{text}: {mistakes:?}");
        }
    }

    #[test]
    fn what_follows_a_broken_beginning_of_a_rule_is_no_part_of_the_rule_before() {
        let text = "[[rule]]\nmatch.account = \"dev\"\n[[rule]\nhidden = true\n[[rule]]\nmatch.account = \"x\"\nalias = \"x\"\n";
        let (rules, mistakes) = read(text);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert_eq!(mistakes[0].0, 3);
        assert!(!of(&rules, "dev", "x").hidden);
        assert_eq!(of(&rules, "x", "x").alias.as_deref(), Some("x"));
    }
}
