//! A command with placeholders for a target, such as `k9s --context {profile}`.
//!
//! The template is split into words before values are put in: a value never becomes more than a part of one word. Where
//! a program would read a word as code, only values stand that can't be code; a script gets all of them as environment
//! variables. Must not know how commands run.

use std::str::FromStr;

use crate::text::clean_text;
use crate::values::env;
use crate::values::nearest::suggest_name;
use crate::values::words::{OpenQuote, split_words};
use crate::{Region, Target};

/// A value of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    AccountId,
    AccountName,
    PermissionSet,
    Region,
    Profile,
}

impl Placeholder {
    pub const ALL: [Self; 5] = [
        Self::AccountId,
        Self::AccountName,
        Self::PermissionSet,
        Self::Region,
        Self::Profile,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountId => "account_id",
            Self::AccountName => "account_name",
            Self::PermissionSet => "permission_set",
            Self::Region => "region",
            Self::Profile => "profile",
        }
    }

    /// The variable of the command's environment that has the same value.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::AccountId => env::GENKAN_ACCOUNT_ID,
            Self::AccountName => env::GENKAN_ACCOUNT_NAME,
            Self::PermissionSet => env::GENKAN_PERMISSION_SET,
            Self::Region => env::AWS_REGION,
            Self::Profile => env::GENKAN_PROFILE,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether its values are whatever someone called something: not only digits, letters and dashes.
    const fn is_free_text(self) -> bool {
        matches!(self, Self::AccountName | Self::PermissionSet | Self::Profile)
    }
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

type Word = Vec<Piece>;

/// A command with placeholders, split into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTemplate {
    /// As it was written, cleaned.
    text: String,
    words: Vec<Word>,
}

/// What replaces the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    pub target: &'a Target,
    pub region: &'a Region,
    /// The profile that has the target, where one is written.
    pub profile: Option<&'a str>,
}

/// The text is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACommand {
    #[error("it is empty")]
    Empty,
    #[error(transparent)]
    OpenQuote(#[from] OpenQuote),
    #[error(
        "unknown placeholder `{{{name}}}`{suggestion}{}",
        if suggestion.is_empty() { format!("; write `{{{{{name}}}}}` where the braces are meant") } else { String::new() }
    )]
    UnknownPlaceholder { name: String, suggestion: String },
    #[error("`{{{}}}` can't name the program", .0.name())]
    Program(Placeholder),
    #[error(
        "`{program}` would run `{{{}}}` as code; use `shell = true` and `\"${}\"`, which has the same value",
        placeholder.name(),
        placeholder.variable()
    )]
    Code {
        program: String,
        placeholder: Placeholder,
    },
    #[error("`{{{}}}` can't be in a shell script; write `\"${}\"`, which has the same value", .0.name(), .0.variable())]
    InScript(Placeholder),
}

/// A value can't stand where the template has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableValue {
    #[error("{target} has no profile in the config file")]
    NoProfile { target: String },
    #[error("`{value}` begins with a dash, so the command would take it for an option")]
    Option { value: String },
}

/// Programs of which an option has code, such as `sh -c`.
const INTERPRETERS: [&str; 25] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "csh", "tcsh", "nu", "elvish", "xonsh", "pwsh",
    "python", "python3", "perl", "ruby", "node", "deno", "lua", "php", "vi", "vim", "nvim", "emacs",
];

/// Programs that run any of their arguments as code.
const RUN_ARGUMENTS: [&str; 16] = [
    "eval",
    "ssh",
    "watch",
    "su",
    "runuser",
    "script",
    "tmux",
    "screen",
    "parallel",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "osascript",
    "entr",
    "flock",
];

impl FromStr for CommandTemplate {
    type Err = NotACommand;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = split_words(text)?;
        let words: Vec<Word> = words
            .iter()
            .map(|word| split_pieces(word))
            .collect::<Result<_, _>>()?;
        let Some(program) = words.first() else {
            return Err(NotACommand::Empty);
        };
        if let Some(placeholder) = list_placeholders(program).next() {
            return Err(NotACommand::Program(placeholder));
        }
        refuse_code(&words)?;
        Ok(Self {
            text: clean_text(text.trim()),
            words,
        })
    }
}

impl CommandTemplate {
    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a value is put in somewhere.
    #[must_use]
    pub fn has(&self, placeholder: Placeholder) -> bool {
        self.words
            .iter()
            .flat_map(list_placeholders)
            .any(|found| found == placeholder)
    }

    /// Replaces the home folder in front of the program.
    pub fn expand_home(&mut self, home: &str) {
        if let Some(Piece::Text(program)) = self.words.first_mut().and_then(|word| word.first_mut())
            && let Some(rest) = program.strip_prefix("~/")
        {
            *program = format!("{}/{rest}", home.trim_end_matches('/'));
        }
    }

    /// The words of the command for a target; as many as the template has.
    ///
    /// # Errors
    /// Where a value is missing, or would be something else than a value.
    pub fn words(&self, values: &Values<'_>) -> Result<Vec<String>, UnusableValue> {
        self.words.iter().map(|word| fill_word(word, values)).collect()
    }
}

/// Checks that a script has no placeholders: all of it is code.
///
/// # Errors
/// Where it is empty or has one.
pub fn check_script(text: &str) -> Result<(), NotACommand> {
    if text.trim().is_empty() {
        return Err(NotACommand::Empty);
    }
    let in_script = |placeholder: &Placeholder| text.contains(&format!("{{{}}}", placeholder.name()));
    match Placeholder::ALL.into_iter().find(in_script) {
        Some(placeholder) => Err(NotACommand::InScript(placeholder)),
        None => Ok(()),
    }
}

/// The parts of a word. `{{` and `}}` are braces; braces around anything but a name are what they are, as in the
/// queries of the AWS CLI.
fn split_pieces(word: &str) -> Result<Word, NotACommand> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            text.push(c);
            rest = after;
        } else if let Some((name, after)) = placeholder_name(rest) {
            let placeholder = Placeholder::named(name).ok_or_else(|| NotACommand::UnknownPlaceholder {
                name: clean_text(name),
                suggestion: suggest_name(name, Placeholder::ALL.map(Placeholder::name)),
            })?;
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Value(placeholder));
            rest = after;
        } else {
            text.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// The name in braces that a text begins with, and what follows it.
fn placeholder_name(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some((name, after))
}

fn list_placeholders(word: &Word) -> impl Iterator<Item = Placeholder> {
    word.iter().filter_map(|piece| match piece {
        Piece::Value(placeholder) => Some(*placeholder),
        Piece::Text(_) => None,
    })
}

/// Refuses a value that could be anything where a program is known to read code.
fn refuse_code(words: &[Word]) -> Result<(), NotACommand> {
    let (mut runs_arguments, mut interpreter, mut is_code) = (None, None, false);
    for word in words {
        let free = list_placeholders(word).find(|placeholder| placeholder.is_free_text());
        let reader = runs_arguments.or(interpreter.filter(|_| is_code));
        if let (Some(placeholder), Some(program)) = (free, reader) {
            let program = str::to_owned(program);
            return Err(NotACommand::Code { program, placeholder });
        }
        let text = match word.as_slice() {
            [Piece::Text(text)] => text.as_str(),
            _ => "",
        };
        is_code = is_code_option(text);
        let name = text.rsplit('/').next().unwrap_or(text);
        if RUN_ARGUMENTS.contains(&name) {
            runs_arguments = Some(name);
        } else if INTERPRETERS.contains(&name) {
            interpreter = Some(name);
        }
    }
    Ok(())
}

/// Whether an option may be followed by code: `-c`, `-lc`, `-e`, `--eval`, `-Command`.
fn is_code_option(word: &str) -> bool {
    const LONG: [&str; 9] = [
        "--command",
        "--eval",
        "--execute",
        "--print",
        "--init-command",
        "--cmd",
        "-Command",
        "-p",
        "-r",
    ];
    let letters = word.strip_prefix('-').unwrap_or_default();
    let is_cluster = letters.len() <= 4 && letters.bytes().all(|b| b.is_ascii_alphabetic());
    LONG.contains(&word) || is_cluster && letters.contains(['c', 'C', 'e', 'E'])
}

fn fill_word(word: &Word, values: &Values<'_>) -> Result<String, UnusableValue> {
    let mut text = String::new();
    for piece in word {
        let placeholder = match piece {
            Piece::Text(own) => {
                text.push_str(own);
                continue;
            }
            Piece::Value(placeholder) => *placeholder,
        };
        let target = values.target;
        let value = match placeholder {
            Placeholder::AccountId => target.account_id.as_str(),
            Placeholder::AccountName => &target.account_name,
            Placeholder::PermissionSet => target.permission_set.as_str(),
            Placeholder::Region => values.region.as_str(),
            Placeholder::Profile => values.profile.ok_or_else(|| UnusableValue::NoProfile {
                target: target.to_string(),
            })?,
        };
        if text.is_empty() && value.starts_with('-') {
            return Err(UnusableValue::Option {
                value: clean_text(value),
            });
        }
        text.push_str(value);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    fn read(text: &str) -> Result<CommandTemplate, NotACommand> {
        text.parse()
    }

    fn target(account: &str) -> Target {
        Target {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an ID"),
            account_name: account.into(),
            permission_set: PermissionSetName::new("Admin"),
        }
    }

    fn words(template: &str, account: &str) -> Result<Vec<String>, UnusableValue> {
        read(template).expect(template).words(&Values {
            target: &target(account),
            region: &"eu-west-1".parse().expect("a Region"),
            profile: Some("dev-admin"),
        })
    }

    #[test]
    fn values_never_become_more_than_a_word() {
        for hostile in [
            "a b",
            "x; rm -rf ~",
            "$(id)",
            "`id`",
            "'\"",
            "{region}",
            "a\\ b",
            "*",
        ] {
            assert_eq!(
                words("k9s --name {account_name} 'in {account_name}' {region}", hostile),
                Ok(vec![
                    "k9s".into(),
                    "--name".into(),
                    hostile.into(),
                    format!("in {hostile}"),
                    "eu-west-1".into()
                ])
            );
        }
        assert_eq!(
            words("x {account_id}/{permission_set} --p={profile}", "a"),
            Ok(vec![
                "x".into(),
                "000000000001/Admin".into(),
                "--p=dev-admin".into()
            ])
        );
    }

    #[test]
    fn value_that_would_be_an_option_is_refused() {
        let refused = UnusableValue::Option {
            value: "--all".into(),
        };
        assert_eq!(words("x {account_name}", "--all"), Err(refused));
        assert_eq!(
            words("x --name={account_name}", "--all"),
            Ok(vec!["x".into(), "--name=--all".into()])
        );
    }

    #[test]
    fn braces_that_are_no_placeholders_stay() {
        let query = "aws ec2 describe-instances --query 'Reservations[].{ID:InstanceId}' {{name}} {}";
        let expected = [
            "aws",
            "ec2",
            "describe-instances",
            "--query",
            "Reservations[].{ID:InstanceId}",
            "{name}",
            "{}",
        ];
        assert_eq!(words(query, "a"), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_is_no_command_is_refused_with_the_nearest() {
        for (text, expected) in [
            ("  ", "it is empty"),
            ("x 'y", "a quotation mark in it is not closed"),
            (
                "x {acount_id}",
                "unknown placeholder `{acount_id}`; did you mean `account_id`?",
            ),
            ("x {zzzzzz}", "unknown placeholder `{zzzzzz}`; write `{{zzzzzz}}`"),
            ("{account_name} x", "`{account_name}` can't name the program"),
            (
                "sh -c 'echo {account_name}'",
                "`sh` would run `{account_name}` as code; use `shell = true` and `\"$GENKAN_ACCOUNT_NAME\"`",
            ),
            ("docker exec x /bin/bash -lc {permission_set}", "`bash` would run"),
            ("python3 -c 'print(\"{profile}\")'", "`python3` would run"),
            ("ssh {account_name}", "`ssh` would run"),
            ("watch aws s3 ls --profile {profile}", "`watch` would run"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        // Digits and Regions are no code; arguments of a script are none either.
        for text in [
            "ssh bastion-{account_id}",
            "sh -c 'echo \"$1\" in {region}' sh {account_name}",
            "bash deploy.sh {account_name}",
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        assert!(check_script("echo \"$GENKAN_ACCOUNT_NAME\" ${x}").is_ok());
        let error = check_script("echo {region}")
            .expect_err("a placeholder")
            .to_string();
        assert!(error.contains("write `\"$AWS_REGION\"`"), "{error}");
    }

    #[test]
    fn missing_profile_is_said() {
        let template = read("k9s --profile {profile}").expect("a command");
        assert!(template.has(Placeholder::Profile) && !template.has(Placeholder::Region));
        let values = Values {
            target: &target("dev"),
            region: &"eu-west-1".parse().expect("a Region"),
            profile: None,
        };
        let error = template.words(&values).expect_err("no profile").to_string();
        assert_eq!(error, "dev/Admin has no profile in the config file");
    }

    proptest::proptest! {
        #[test]
        fn words_are_as_many_as_the_template_has(text in "\\PC{0,40}", name in "\\PC{0,20}") {
            if let Ok(template) = read(&text)
                && let Ok(words) = template.words(&Values {
                    target: &target(&name),
                    region: &"eu-west-1".parse().expect("a Region"),
                    profile: Some("p"),
                })
            {
                proptest::prop_assert_eq!(words.len(), template.words.len());
            }
        }
    }
}
