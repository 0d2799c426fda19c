//! How each reader wants a value quoted.

use std::fmt::Write as _;

use crate::shells::export_format::ExportFormat;

/// One line that sets `name`, or `None` where the format can't carry the value.
pub(super) fn format_assignment(format: ExportFormat, name: &str, value: &str) -> Option<String> {
    let value = format_literal(format, value)?;
    Some(match format {
        ExportFormat::Bash | ExportFormat::Zsh => format!("export {name}={value}"),
        ExportFormat::Fish => format!("set -gx {name} {value}"),
        ExportFormat::Nushell => format!("$env.{name} = {value}"),
        ExportFormat::Elvish => format!("set-env {name} {value}"),
        ExportFormat::Xonsh => format!("${name} = {value}"),
        // `eval` gets all lines as one.
        ExportFormat::Tcsh => format!("setenv {name} {value};"),
        ExportFormat::PowerShell => format!("$Env:{name} = {value}"),
        ExportFormat::Cmd => format!("set \"{name}={value}\""),
        ExportFormat::Dotenv => format!("{name}={value}"),
        ExportFormat::Json | ExportFormat::CredentialsFile => return None,
    })
}

/// A value with its reader's quotes; in `cmd` they stand around the name too.
pub(super) fn format_literal(format: ExportFormat, value: &str) -> Option<String> {
    if value.contains('\0') {
        return None;
    }
    match format {
        ExportFormat::Bash | ExportFormat::Zsh => Some(quote_posix(value)),
        ExportFormat::Fish => Some(quote_fish(value)),
        ExportFormat::Nushell => Some(quote_nushell(value)),
        ExportFormat::Elvish => Some(quote_elvish(value)),
        ExportFormat::Xonsh => Some(quote_xonsh(value)),
        ExportFormat::Tcsh => quote_tcsh(value),
        ExportFormat::PowerShell => Some(quote_powershell(value)),
        ExportFormat::Cmd => quote_cmd(value),
        ExportFormat::Dotenv => quote_dotenv(value),
        ExportFormat::Json | ExportFormat::CredentialsFile => None,
    }
}

/// One line that removes `name`.
pub(super) fn format_removal(format: ExportFormat, name: &str) -> String {
    match format {
        // Global only: a universal variable belongs to all of the user's shells.
        ExportFormat::Fish => format!("set -eg {name}"),
        ExportFormat::Nushell => format!("hide-env -i {name}"),
        ExportFormat::Elvish => format!("unset-env {name}"),
        ExportFormat::Xonsh => format!("${{...}}.pop('{name}', None)"),
        ExportFormat::Tcsh => format!("unsetenv {name};"),
        ExportFormat::PowerShell => format!("Remove-Item -ErrorAction SilentlyContinue Env:{name}"),
        ExportFormat::Cmd => format!("set \"{name}=\""),
        _ => format!("unset {name}"),
    }
}

/// Lines that copy a variable to one that programs don't inherit.
pub(super) fn format_save(format: ExportFormat, name: &str) -> Option<String> {
    Some(match format {
        ExportFormat::Bash | ExportFormat::Zsh => format!("__genkan_saved_{name}=\"${name}\"\n"),
        ExportFormat::Fish => format!("set -qg {name}; and set -g __genkan_saved_{name} ${name}\n"),
        // A record has no form as text, so programs don't get it.
        ExportFormat::Nushell => format!(
            "$env.__genkan_saved = ($env.__genkan_saved? | default {{}} | upsert {name} $env.{name})\n"
        ),
        ExportFormat::Xonsh => format!("__xonsh__.ctx['__genkan_saved_{name}'] = ${name}\n"),
        ExportFormat::Tcsh => format!("set __genkan_saved_{name} = \"${name}:q\";\n"),
        ExportFormat::PowerShell => format!("$global:__genkan_saved_{name} = $Env:{name}\n"),
        // What elvish evaluates leaves no variable behind; `gk` keeps the values itself.
        ExportFormat::Elvish
        | ExportFormat::Cmd
        | ExportFormat::Json
        | ExportFormat::Dotenv
        | ExportFormat::CredentialsFile => {
            return None;
        }
    })
}

/// Lines that export the copy under its own name again, if there is one.
pub(super) fn format_restore(format: ExportFormat, name: &str) -> Option<String> {
    let saved = format!("__genkan_saved_{name}");
    Some(match format {
        ExportFormat::Bash | ExportFormat::Zsh => {
            format!("if [ -n \"${{{saved}+x}}\" ]; then export {name}=\"${saved}\"; unset {saved}; fi\n")
        }
        ExportFormat::Fish => {
            format!("if set -q {saved}; set -gx {name} ${saved}; set -e {saved}; end\n")
        }
        ExportFormat::Nushell => format!(
            "if {name} in ($env.__genkan_saved? | default {{}}) {{ $env.{name} = $env.__genkan_saved.{name}; \
             $env.__genkan_saved = ($env.__genkan_saved | reject {name}) }}\n"
        ),
        ExportFormat::Xonsh => {
            format!("if '{saved}' in __xonsh__.ctx: ${name} = __xonsh__.ctx.pop('{saved}')\n")
        }
        // In the line of an `if`, variables are expanded even where it is not run.
        ExportFormat::Tcsh => {
            format!("if ( $?{saved} ) eval 'setenv {name} \"${saved}:q\"; unset {saved}';\n")
        }
        ExportFormat::PowerShell => format!(
            "if (Test-Path Variable:global:{saved}) {{ $Env:{name} = $global:{saved}; \
             Remove-Variable -Scope Global {saved} }}\n"
        ),
        ExportFormat::Elvish
        | ExportFormat::Cmd
        | ExportFormat::Json
        | ExportFormat::Dotenv
        | ExportFormat::CredentialsFile => {
            return None;
        }
    })
}

/// The same text for a reader, in characters that the format can carry.
pub(super) fn replace_inexpressible(format: ExportFormat, value: &str) -> String {
    let text: String = value
        .chars()
        .map(|c| match (format, c) {
            (ExportFormat::Cmd, '"') => '\'',
            (ExportFormat::Dotenv, '\'') => '\u{2019}',
            (ExportFormat::Dotenv, '\\') => '/',
            (_, c) if c.is_control() => ' ',
            (_, c) => c,
        })
        .collect();
    match format {
        ExportFormat::Dotenv => text.replace("${", "$("),
        _ => text,
    }
}

/// Single quotes stop everything in POSIX shells but the single quote itself.
fn quote_posix(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// In fish's single quotes a backslash still escapes itself and the quote.
fn quote_fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Nushell's double quotes interpolate nothing and know C's escapes.
fn quote_nushell(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.extend(["\\u{", &format!("{:x}", u32::from(c)), "}"]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Elvish's single quotes stop everything but the single quote itself.
fn quote_elvish(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A Python literal, in which xonsh expands nothing where it is assigned.
fn quote_xonsh(value: &str) -> String {
    let mut out = String::from("'");
    for c in value.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// tcsh looks for its history in single quotes, too. A line break would end the line that `eval` gets.
fn quote_tcsh(value: &str) -> Option<String> {
    if value.contains(['\n', '\r']) {
        return None;
    }
    Some(format!("'{}'", value.replace('\'', r"'\''").replace('!', r"\!")))
}

/// PowerShell takes four typographic quotes for the plain one; each is doubled to stand for itself.
fn quote_powershell(value: &str) -> String {
    let mut out = String::from("'");
    for c in value.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// In a batch file `%` is doubled; a quote or a line break can't be carried safely.
fn quote_cmd(value: &str) -> Option<String> {
    if value.chars().any(|c| c == '"' || c.is_control()) {
        return None;
    }
    Some(value.replace('%', "%%"))
}

/// Single quotes are literal for the readers of `.env` files, but for what some of them still take
/// apart: the quote, a pair of backslashes or one at the end, a variable in braces. A value that holds
/// one of these, or a line break, has no form that all of them read alike.
fn quote_dotenv(value: &str) -> Option<String> {
    let taken_apart = value.contains("\\\\") || value.ends_with('\\') || value.contains("${");
    if taken_apart || value.chars().any(|c| c == '\'' || c.is_control()) {
        return None;
    }
    Some(format!("'{value}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_has_its_quotes() {
        let value = r#"it's "$(x)" `y` \ %Z%"#;
        for (format, expected) in [
            (ExportFormat::Bash, r#"export V='it'\''s "$(x)" `y` \ %Z%'"#),
            (ExportFormat::Fish, r#"set -gx V 'it\'s "$(x)" `y` \\ %Z%'"#),
            (ExportFormat::Nushell, r#"$env.V = "it's \"$(x)\" `y` \\ %Z%""#),
            (ExportFormat::Elvish, r#"set-env V 'it''s "$(x)" `y` \ %Z%'"#),
            (ExportFormat::Xonsh, r#"$V = 'it\'s "$(x)" `y` \\ %Z%'"#),
            (ExportFormat::Tcsh, r#"setenv V 'it'\''s "$(x)" `y` \ %Z%';"#),
            (ExportFormat::PowerShell, r#"$Env:V = 'it''s "$(x)" `y` \ %Z%'"#),
        ] {
            assert_eq!(format_assignment(format, "V", value).as_deref(), Some(expected));
        }
        assert_eq!(
            format_assignment(ExportFormat::Cmd, "V", "100%"),
            Some("set \"V=100%%\"".into())
        );
        for (format, value) in [
            (ExportFormat::Cmd, "a\"b"),
            (ExportFormat::Cmd, "a\nb"),
            (ExportFormat::Dotenv, "a'b"),
            (ExportFormat::Dotenv, "a\\"),
            (ExportFormat::Dotenv, "${a}"),
            (ExportFormat::Bash, "a\0b"),
            (ExportFormat::Tcsh, "a\nb"),
        ] {
            assert_eq!(format_assignment(format, "V", value), None);
        }
    }

    #[test]
    fn powershell_doubles_typographic_quotes_too() {
        assert_eq!(quote_powershell("a\u{2019}b"), "'a\u{2019}\u{2019}b'");
    }
}
