//! The `credential_process` line.
//!
//! botocore splits it as Python's `shlex` does, without a shell; the SDKs for Rust, Go, Java and
//! JavaScript hand it to `sh -c`; and the SDK for Rust takes a ` #` in any value for a comment. Only what
//! all of them read alike is written.

use crate::domain::Target;

/// A value can't stand in a config file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` has a character that no config file can carry", super::super::text::clean(.0))]
pub struct NotInOneLine(pub String);

/// The command that prints a target's credentials. The program's path is quoted even where it needn't
/// be, so that a person who edits it sees where it ends.
///
/// # Errors
/// Where the path holds a control character.
pub fn process_command(program: &str, target: &Target) -> Result<String, NotInOneLine> {
    let written = format!(
        "{}:{}/{}",
        target.session, target.account_id, target.permission_set
    );
    let plain = written
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.,:/@+=".contains(&b));
    let argument = if plain { written } else { quoted_word(&written)? };
    Ok(format!("{} credential-process {argument}", quoted_word(program)?))
}

/// The text in quotes, as one word of a command; a ` #` or ` ;` inside is parted, so that it begins no
/// comment.
///
/// # Errors
/// Where it holds a control character.
pub fn quoted_word(text: &str) -> Result<String, NotInOneLine> {
    if text.chars().any(char::is_control) {
        return Err(NotInOneLine(text.to_owned()));
    }
    let parted = text.replace(" #", " \0#").replace(" ;", " \0;");
    let pieces = parted.split('\0').enumerate().map(|(at, piece)| {
        if at == 0 {
            return in_quotes(piece);
        }
        let mut rest = piece.chars();
        let mark = rest.next().map(|c| format!("\\{c}")).unwrap_or_default();
        let rest = rest.as_str();
        if rest.is_empty() {
            mark
        } else {
            mark + &in_quotes(rest)
        }
    });
    Ok(pieces.collect())
}

/// Double quotes where they are literal, which cmd.exe reads too; else single ones, where only the
/// single quote itself steps out.
fn in_quotes(text: &str) -> String {
    if text.contains(['$', '`', '\\', '"', '!']) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{text}\"")
    }
}

/// The TARGET of a command that [`process_command`], or a person, wrote: what follows
/// `credential-process`. `None` where it is no such command.
#[must_use]
pub fn target_of_command(command: &str) -> Option<String> {
    let words = words(command)?;
    let mut words = words.iter();
    let program = words.next()?;
    let name = program.rsplit(['/', '\\']).next()?;
    if !name.starts_with("genkan") || words.next()? != "credential-process" {
        return None;
    }
    words.find(|word| !word.starts_with('-')).cloned()
}

/// Words as a POSIX shell parts them, without anything that a shell would expand.
fn words(text: &str) -> Option<Vec<String>> {
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
    use crate::domain::PermissionSetName;
    use proptest::prelude::*;

    fn target(session: &str) -> Target {
        Target {
            session: session.to_owned(),
            account_id: "000000000001".parse().expect("an id"),
            account_name: "n".to_owned(),
            permission_set: PermissionSetName::new("A+=,.@-_"),
        }
    }

    #[test]
    fn a_command_is_plain_where_it_can_be() {
        assert_eq!(
            process_command("/usr/bin/genkan", &target("corp")).as_deref(),
            Ok("\"/usr/bin/genkan\" credential-process corp:000000000001/A+=,.@-_")
        );
        assert_eq!(
            process_command("/a #b;c ;d/it's/genkan", &target("my $org")).as_deref(),
            Ok(r#""/a "\#"b;c "\;"d/it's/genkan" credential-process 'my $org:000000000001/A+=,.@-_'"#)
        );
        assert_eq!(
            process_command("/a\nb", &target("corp")),
            Err(NotInOneLine("/a\nb".to_owned()))
        );
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
            ("", None),
        ] {
            assert_eq!(target_of_command(command).as_deref(), expected, "{command}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(session in "\\PC{1,20}", folder in "[ #;a-z'\"$`\\\\!%&|~é界]{0,20}") {
            let (program, target) = (format!("/{folder}/genkan"), target(&session));
            let command = process_command(&program, &target).expect("no control characters");
            let expected = format!("{session}:000000000001/A+=,.@-_");
            prop_assert!(!command.contains(" #") && !command.contains(" ;"), "{}", command);
            prop_assert_eq!(words(&command), Some(vec![program, "credential-process".to_owned(), expected.clone()]));
            if !session.starts_with('-') {
                prop_assert_eq!(target_of_command(&command), Some(expected));
            }
        }
    }
}
