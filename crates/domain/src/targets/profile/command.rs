//! The `credential_process` line.
//!
//! botocore splits it as Python's `shlex` does, without a shell; the SDKs for Rust, Go, Java and
//! JavaScript hand it to `sh -c`; and each reads the config file in its own way first. The SDK for Rust
//! takes ` #` in any value for a comment. Older SDKs for Go (v1 1.44, v2 config 1.17) drop what follows a
//! value that begins with a double quote, and read no value that holds `+=`. Only what all of them read
//! alike is written: words without quotes where they need none, single quotes elsewhere.

use crate::Target;
use crate::records::history::TargetKey;

/// A value can't stand in a config file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` has a character that a config file can't represent", crate::text::clean_text(.0))]
pub struct NotInOneLine(pub String);

impl NotInOneLine {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["move genkan to another folder, or use --kind native".to_owned()]
    }
}

/// Sequences that some SDK takes for the beginning of a comment or for an operator, wherever they stand.
const PARTED: [&str; 3] = [" #", " ;", "+="];

/// The command that prints a target's credentials.
///
/// # Errors
/// Where the path or the session's name holds a control character.
pub fn process_command(program: &str, target: &Target) -> Result<String, NotInOneLine> {
    let argument = TargetKey::from(target).to_string();
    Ok(format!(
        "{} credential-process {}",
        command_word(program)?,
        command_word(&argument)?
    ))
}

/// The text as one word of a command; in single quotes only where it needs them.
///
/// # Errors
/// Where it holds a control character.
pub fn command_word(text: &str) -> Result<String, NotInOneLine> {
    if text.chars().any(char::is_control) {
        return Err(NotInOneLine(text.to_owned()));
    }
    let plain = |c: char| c.is_alphanumeric() || "-_.,:/@+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !PARTED.iter().any(|s| text.contains(s)) {
        return Ok(text.to_owned());
    }
    // Quotes that end and begin again part a sequence without changing the word.
    let parted = PARTED.iter().fold(text.to_owned(), |text, sequence| {
        let (first, second) = sequence.split_at(1);
        text.replace(sequence, &format!("{first}\0{second}"))
    });
    let pieces = parted.split('\0').enumerate().map(|(at, piece)| {
        let mut rest = piece.chars();
        match rest.next() {
            Some(mark) if at > 0 => format!("\\{mark}{}", in_quotes(rest.as_str())),
            _ => in_quotes(piece),
        }
    });
    let word: String = pieces.collect();
    Ok(if word.is_empty() { "''".to_owned() } else { word })
}

/// Single quotes, in which every character but the single quote is literal.
fn in_quotes(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Whether a command begins with a word in double quotes and has more words: older SDKs for Go run the
/// program without them.
#[must_use]
pub fn loses_its_arguments(command: &str) -> bool {
    let quoted = command.trim_start().strip_prefix('"');
    let rest = quoted.and_then(|rest| rest.split_once('"'));
    rest.is_some_and(|(_, arguments)| !arguments.trim().is_empty())
}

/// What a command of genkan gives credentials of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCommand {
    /// `credential-process TARGET`.
    Target(String),
    /// `iam-user session NAME`.
    IamUser(String),
}

/// What a command gives credentials of that [`process_command`], or a user, wrote; `None` where it is no such command of
/// genkan.
#[must_use]
pub fn own_command(command: &str) -> Option<OwnCommand> {
    let words = split_posix_words(command)?;
    let mut words = words.iter();
    let program = words.next()?;
    let name = program.rsplit(['/', '\\']).next()?;
    name.starts_with("genkan").then_some(())?;
    let of_user = match (words.next()?.as_str(), words.as_slice()) {
        ("credential-process", _) => false,
        ("iam-user", [word, ..]) if word == "session" => words.next().is_some(),
        _ => return None,
    };
    let named = words.find(|word| !word.starts_with('-')).cloned()?;
    Some(if of_user {
        OwnCommand::IamUser(named)
    } else {
        OwnCommand::Target(named)
    })
}

/// The TARGET of a command that [`process_command`], or a user, wrote: what follows
/// `credential-process`. `None` where it is no such command.
#[must_use]
pub fn target_of_command(command: &str) -> Option<String> {
    match own_command(command)? {
        OwnCommand::Target(target) => Some(target),
        OwnCommand::IamUser(_) => None,
    }
}

/// Words as a POSIX shell parts them, without anything that a shell would expand.
///
/// Not the lexer of `store::config_file::python`, which follows Python's `shlex`, that of `completion::bash`, which
/// keeps where an unfinished word began, nor that of `values::words`, where a backslash in double quotes keeps any character: each
/// follows another program to the letter, and one lexer with four modes would be longer than the four.
fn split_posix_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('"'), '\\') => {
                let next = chars.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, ' ' | '\t') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;
    use proptest::prelude::*;

    fn target(session: &str) -> Target {
        Target {
            session: session.to_owned(),
            account_id: "000000000001".parse().expect("an id"),
            account_name: "n".into(),
            permission_set: PermissionSetName::new("A+=,.@-_"),
        }
    }

    #[test]
    fn only_words_that_need_quotes_get_them() {
        let plain = Target {
            permission_set: PermissionSetName::new("A=,.@-_+"),
            ..target("corp")
        };
        assert_eq!(
            process_command("/usr/bin/genkan", &plain).as_deref(),
            Ok("/usr/bin/genkan credential-process corp:000000000001/A=,.@-_+")
        );
        assert_eq!(
            process_command("/家/genkan", &target("corp")).as_deref(),
            Ok(r"/家/genkan credential-process 'corp:000000000001/A+'\=',.@-_'")
        );
        assert_eq!(
            process_command("/a #b;c ;d/it's/genkan", &target("my $org")).as_deref(),
            Ok(r"'/a '\#'b;c '\;'d/it'\''s/genkan' credential-process 'my $org:000000000001/A+'\=',.@-_'")
        );
        assert_eq!(
            process_command("/a\nb", &target("corp")),
            Err(NotInOneLine("/a\nb".to_owned()))
        );
    }

    #[test]
    fn commands_that_older_go_sdks_cut_are_recognised() {
        for (command, cut) in [
            (r#""/usr/bin/genkan" credential-process a/b"#, true),
            (r#" "/my bin/x" -v"#, true),
            (r#""/usr/bin/x""#, false),
            (r#""/usr/bin/x"  "#, false),
            (r"'/my bin/x' -v", false),
            (r#"/usr/bin/x "an argument""#, false),
            (r#""never closed"#, false),
            ("", false),
        ] {
            assert_eq!(loses_its_arguments(command), cut, "{command}");
        }
    }

    #[test]
    fn the_target_of_a_command_is_found() {
        for (command, expected) in [
            ("genkan credential-process a/b", Some("a/b")),
            ("'/x y/genkan' credential-process \"s t:1/b\"", Some("s t:1/b")),
            ("C:/bin/genkan.exe credential-process x", Some("x")),
            ("aws-vault export x", None),
            ("genkan credential-process", None),
            ("genkan \"credential-process", None),
            ("genkan iam-user session ana", None),
            ("", None),
        ] {
            assert_eq!(target_of_command(command).as_deref(), expected, "{command}");
        }
    }

    #[test]
    fn the_iam_user_of_a_command_is_found() {
        for (command, expected) in [
            ("genkan iam-user session ana", Some("ana")),
            ("/usr/bin/genkan iam-user session --format=json ana", Some("ana")),
            // The only user is meant, whichever that is: it runs as any other program.
            ("genkan iam-user session", None),
            ("genkan iam-user list ana", None),
            ("genkan iam-user", None),
            ("other iam-user session ana", None),
        ] {
            let expected = expected.map(|name| OwnCommand::IamUser(name.to_owned()));
            assert_eq!(own_command(command), expected, "{command}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(session in "\\PC{1,20}", folder in "[ #;a-z'\"$`\\\\!%&|~é界]{0,20}") {
            let (program, target) = (format!("/{folder}/genkan"), target(&session));
            let command = process_command(&program, &target).expect("no control characters");
            let expected = format!("{session}:000000000001/A+=,.@-_");
            prop_assert!(PARTED.iter().all(|s| !command.contains(s)), "{}", command);
            prop_assert!(!loses_its_arguments(&command), "{}", command);
            prop_assert_eq!(split_posix_words(&command), Some(vec![program, "credential-process".to_owned(), expected.clone()]));
            if !session.starts_with('-') {
                prop_assert_eq!(target_of_command(&command), Some(expected));
            }
        }
    }
}
