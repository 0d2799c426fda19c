//! `[[rule]]` of a file of preferences: read, or what is wrong with it by rule and line.
//!
//! A value that can't be used is left out and the rest of its rule counts. A rule whose `match` can't be used is ignored
//! as a whole: without it, it would match more than was meant.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::preferences::is_setting;
use super::preferences_file::Mistake;
use super::values::{read_choice, read_flag, read_parsed, read_text, read_texts, set_value, suggest_known};
use crate::domain::rules::{AccountColor, EnterAction, Given, Guard, Match, Pattern, Rule, Tag};
use crate::domain::text::{CleanText, clean_text};
use crate::domain::web::console::Via;
use crate::domain::web::console_pages;

/// Takes one value of a rule, or says what it must be.
type Take = fn(&mut Given, &DeValue<'_>) -> Result<(), String>;

/// Everything that a rule can give.
const GIVES: &[(&str, Take)] = &[
    ("alias", |g, v| set_value(&mut g.alias, read_parsed(v).map(Some))),
    ("tags", |g, v| set_value(&mut g.tags, read_tags(v))),
    ("color", |g, v| {
        set_value(&mut g.color, read_choice(v, AccountColor::NAMES).map(Some))
    }),
    ("icon", |g, v| set_value(&mut g.icon, read_parsed(v).map(Some))),
    ("note", |g, v| {
        set_value(&mut g.note, read_text(v).map(|note| Some(CleanText::from(note))))
    }),
    ("hidden", |g, v| set_value(&mut g.hidden, read_flag(v).map(Some))),
    ("production", |g, v| {
        set_value(&mut g.production, read_flag(v).map(Some))
    }),
    ("guard", |g, v| {
        set_value(&mut g.guard, read_choice(v, Guard::NAMES).map(Some))
    }),
    ("region", |g, v| {
        set_value(&mut g.region, read_parsed(v).map(Some))
    }),
    ("enter", |g, v| {
        set_value(&mut g.enter, read_choice(v, EnterAction::NAMES).map(Some))
    }),
    ("console_service", |g, v| {
        set_value(&mut g.console_service, read_service(v).map(Some))
    }),
    ("console_via", |g, v| {
        set_value(&mut g.console_via, read_choice(v, Via::NAMES).map(Some))
    }),
    ("console_sign_out", |g, v| {
        set_value(&mut g.console_sign_out, read_flag(v).map(Some))
    }),
    ("browser", |g, v| {
        set_value(&mut g.browser, read_parsed(v).map(Some))
    }),
];

/// The patterns of one field.
type Field = fn(&mut Match) -> &mut Vec<Pattern>;

/// Everything that a rule can match.
const MATCHES: &[(&str, Field)] = &[
    ("account", |m| &mut m.account),
    ("id", |m| &mut m.id),
    ("permission_set", |m| &mut m.permission_set),
    ("email", |m| &mut m.email),
    ("session", |m| &mut m.session),
];

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
    let mut rule = Rule::default();
    let mut matches = None;
    for (key, value) in table {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        if name == "match" {
            matches = Some(read_patterns(value, at, wrong));
        } else if let Err(reason) = take_value(&mut rule.given, name, value.get_ref()) {
            wrong(at, false, &reason);
        }
    }
    match matches {
        None => {
            wrong(
                at,
                true,
                "it has no `match`, such as `match = { account = \"*-prod\" }`",
            );
            None
        }
        Some(matches) => {
            rule.matches = matches?;
            Some(rule)
        }
    }
}

fn take_value(given: &mut Given, name: &str, value: &DeValue<'_>) -> Result<(), String> {
    let Some((name, take)) = GIVES.iter().find(|(known, _)| *known == name) else {
        let known = std::iter::once("match").chain(GIVES.iter().map(|(name, _)| *name));
        let hint = if is_setting(name) {
            "settings stand above the first `[[rule]]`".to_owned()
        } else {
            suggest_known(name, known)
        };
        return Err(format!("unknown key `{name}`; {hint}"));
    };
    take(given, value).map_err(|reason| format!("`{name}` {reason}"))
}

/// What a rule matches; `None` where that is wrong.
pub(super) fn read_patterns(
    value: &Spanned<DeValue<'_>>,
    at: usize,
    wrong: &mut impl FnMut(usize, bool, &str),
) -> Option<Match> {
    let fields = MATCHES.iter().map(|(name, _)| *name);
    let DeValue::Table(table) = value.get_ref() else {
        wrong(
            at,
            true,
            "`match` must be a table, such as `match = { account = \"*-prod\" }`",
        );
        return None;
    };
    let mut matches = Match::default();
    let mut fine = true;
    for (key, value) in table {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let read = match MATCHES.iter().find(|(known, _)| *known == name) {
            None => Err(format!(
                "unknown field `{name}` in `match`; {}",
                suggest_known(name, fields.clone())
            )),
            Some((_, field)) => {
                let read = list_of_patterns(value.get_ref()).map(|patterns| *field(&mut matches) = patterns);
                read.map_err(|reason| format!("`{name}` {reason}"))
            }
        };
        if let Err(reason) = read {
            wrong(at, true, &reason);
            fine = false;
        }
    }
    if fine && matches.is_empty() {
        let fields: Vec<&str> = fields.collect();
        wrong(at, true, &format!("`match` needs one of {}", fields.join(", ")));
    }
    (fine && !matches.is_empty()).then_some(matches)
}

fn list_of_patterns(value: &DeValue<'_>) -> Result<Vec<Pattern>, String> {
    let texts = read_texts(value)?;
    if texts.is_empty() {
        return Err("needs at least one pattern".to_owned());
    }
    texts
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| format!("can't be `{text}`: {error}"))
        })
        .collect()
}

/// `["pci", "team=payments"]`, or `{ team = "payments" }`.
fn read_tags(value: &DeValue<'_>) -> Result<Vec<Tag>, String> {
    let written = match value {
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| match read_text(value.get_ref()) {
                Ok(value) => Ok(format!("{}={value}", key.get_ref())),
                Err(reason) => Err(format!("`{}` {reason}", key.get_ref())),
            })
            .collect(),
        value => read_texts(value),
    }?;
    written
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| format!("can't contain `{text}`: a tag {error}"))
        })
        .collect()
}

fn read_service(value: &DeValue<'_>) -> Result<String, String> {
    let name = read_text(value)?;
    if name == console_pages::LAST {
        return Ok(name);
    }
    match console_pages::find_page(&name) {
        Ok(_) => Ok(name),
        Err(error) => Err(format!("is invalid: {error}")),
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
