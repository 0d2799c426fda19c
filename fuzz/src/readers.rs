//! What each reader of an exported value takes it for, by the rules of its own manual.

use genkan::domain::shells::export::ExportFormat;

/// The value of a literal; `None` where it is not one word, or would do more than be one.
pub(super) fn value(format: ExportFormat, literal: &str) -> Option<String> {
    match format {
        ExportFormat::Bash | ExportFormat::Zsh => posix(literal),
        ExportFormat::Fish => fish(inside(literal, '\'')?),
        ExportFormat::Nushell => nushell(inside(literal, '"')?),
        ExportFormat::Elvish => elvish(inside(literal, '\'')?),
        ExportFormat::Xonsh => python(inside(literal, '\'')?),
        ExportFormat::Tcsh => tcsh(literal),
        ExportFormat::PowerShell => powershell(inside(literal, '\'')?),
        ExportFormat::Cmd => cmd(literal),
        ExportFormat::Dotenv => {
            let value = inside(literal, '\'')?;
            (!value.contains(['\'', '\n', '\r'])).then(|| value.to_owned())
        }
        ExportFormat::Json | ExportFormat::CredentialsFile => None,
    }
}

fn inside(literal: &str, quote: char) -> Option<&str> {
    literal.strip_prefix(quote)?.strip_suffix(quote)
}

/// Pieces in single quotes, and quotes behind a backslash.
fn posix(literal: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = literal;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix(r"\'") {
            out.push('\'');
            rest = behind;
        } else {
            let (piece, behind) = rest.strip_prefix('\'')?.split_once('\'')?;
            out.push_str(piece);
            rest = behind;
        }
    }
    Some(out)
}

fn fish(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().filter(|c| matches!(c, '\\' | '\''))?),
            '\'' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

fn nushell(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'u' => {
                    let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    let number = u32::from_str_radix(digits.strip_prefix('{')?, 16).ok()?;
                    out.push(char::from_u32(number)?);
                }
                c @ ('\\' | '"') => out.push(c),
                _ => return None,
            },
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

fn elvish(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        // Two are one; a single one would end the text.
        if c == '\'' && chars.next() != Some('\'') {
            return None;
        }
        out.push(c);
    }
    Some(out)
}

fn python(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                c @ ('\\' | '\'') => out.push(c),
                _ => return None,
            },
            '\'' | '\n' | '\r' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

/// As POSIX, but for the history, which is looked for in quotes, too, and lines.
fn tcsh(literal: &str) -> Option<String> {
    let mut out = String::new();
    for c in literal.chars() {
        match c {
            '\n' | '\r' => return None,
            '!' if !out.ends_with('\\') => return None,
            '!' => {
                out.pop();
                out.push(c);
            }
            c => out.push(c),
        }
    }
    posix(&out)
}

fn powershell(text: &str) -> Option<String> {
    let quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        // Two of a kind are one; a single one would end the text.
        if quote(c) && !chars.next().is_some_and(quote) {
            return None;
        }
        out.push(c);
    }
    Some(out)
}

fn cmd(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push(chars.next().filter(|c| *c == '%')?),
            '"' | '\n' | '\r' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}
