//! Where a shell is and until when, as a prompt, a status line or a program shows it.
//!
//! Says what the prompts of the shell scripts say (`assets/shell/prompt.*`): what was set since and makes the shell work
//! as something else comes first.

use jiff::Timestamp;

use crate::PermissionSetName;
use crate::text::{CleanText, clean_text};
use crate::values::env;
use crate::values::time::seconds_until;

/// How long before the end of a sign-in that renews credentials a prompt says so, in seconds.
const LAST_QUARTER: i64 = 15 * 60;

/// Where a shell is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub session: CleanText,
    pub account_id: CleanText,
    pub account_name: CleanText,
    pub permission_set: CleanText,
    pub region: CleanText,
    pub production: bool,
    /// When its keys expire, or the sign-in ends that renews them, as far as that is known.
    pub until: Option<Timestamp>,
    /// The credentials are renewed until then.
    pub renewed: bool,
    /// What makes the shell work as something else.
    pub conflict: Option<String>,
}

/// What the environment says about styles in a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromptStyle {
    /// Colours are unwanted (<https://no-color.org>).
    pub no_color: bool,
    /// The terminal obeys no codes.
    pub dumb_terminal: bool,
}

/// A form of the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptFormat {
    /// `[PROD account/permission set] 52m `, as `genkan_prompt` prints it.
    Plain,
    /// The same with the styles of a tmux status line.
    Tmux,
    /// The same in colour, as tcsh reads it in its variable `prompt`.
    Tcsh,
    Json,
    Template(PromptTemplate),
}

impl std::str::FromStr for PromptFormat {
    type Err = UnknownPlaceholder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "plain" => Self::Plain,
            "tmux" => Self::Tmux,
            "tcsh" => Self::Tcsh,
            "json" => Self::Json,
            _ => Self::Template(text.parse()?),
        })
    }
}

/// A text with placeholders. Blanks inside the braces are shown only where the placeholder has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptTemplate(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value {
        before: usize,
        field: Field,
        after: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Session,
    AccountId,
    AccountName,
    PermissionSet,
    Region,
    Production,
    Left,
    Warning,
}

/// The placeholders of a template, as they are written.
const FIELDS: &[(&str, Field)] = &[
    ("session", Field::Session),
    ("account_id", Field::AccountId),
    ("account_name", Field::AccountName),
    ("permission_set", Field::PermissionSet),
    ("region", Field::Region),
    ("production", Field::Production),
    ("left", Field::Left),
    ("warning", Field::Warning),
];

/// The text in braces is no placeholder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown format or placeholder `{word}`; expected plain, tmux, tcsh, json, or a text with {}",
    list_placeholders()
)]
pub struct UnknownPlaceholder {
    word: String,
}

fn list_placeholders() -> String {
    let names: Vec<String> = FIELDS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
    names.join(" ")
}

impl std::str::FromStr for PromptTemplate {
    type Err = UnknownPlaceholder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = |word: &str| UnknownPlaceholder {
            word: clean_text(word),
        };
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((front, behind)) = rest.split_once('{') {
            let (inside, behind) = behind.split_once('}').ok_or_else(|| unknown(rest))?;
            let name = inside.trim_matches(' ');
            let field = FIELDS.iter().find(|(known, _)| *known == name);
            let (_, field) = *field.ok_or_else(|| unknown(inside))?;
            pieces.push(Piece::Text(front.to_owned()));
            pieces.push(Piece::Value {
                before: inside.len() - inside.trim_start_matches(' ').len(),
                field,
                after: inside.len() - inside.trim_end_matches(' ').len(),
            });
            rest = behind;
        }
        if pieces.is_empty() {
            return Err(unknown(text));
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }
}

impl PromptStyle {
    /// What variables say.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            no_color: get(env::NO_COLOR).is_some(),
            dumb_terminal: get(env::TERM).as_deref() == Some("dumb"),
        }
    }

    /// For a status line of tmux, which is drawn on another terminal than the one that `TERM` names.
    fn in_tmux(self, production: bool) -> &'static str {
        match (production, self.no_color) {
            (true, false) => "#[fg=red,bold]",
            (true, true) => "#[bold]",
            (false, false) => "#[fg=cyan]",
            (false, true) => "",
        }
    }

    /// The number of the terminal's code for it, where there is one.
    fn on_terminal(self, production: bool) -> Option<&'static str> {
        match (production, self.no_color) {
            _ if self.dumb_terminal => None,
            (true, false) => Some("1;31"),
            (true, true) => Some("1"),
            (false, false) => Some("36"),
            (false, true) => None,
        }
    }
}

impl Place {
    /// The place that the variables of a shell say; `None` outside of genkan.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let text = |name: &str| CleanText::new(get(name).unwrap_or_default());
        get(env::GENKAN_ACCOUNT_NAME)?;
        let of_keys = get(env::AWS_CREDENTIAL_EXPIRATION).and_then(|at| at.parse().ok());
        let of_sign_in =
            get(env::GENKAN_SESSION_ENDS).and_then(|at| Timestamp::from_second(at.parse().ok()?).ok());
        let region = [env::AWS_REGION, env::AWS_DEFAULT_REGION]
            .into_iter()
            .find_map(&get);
        Some(Self {
            session: text(env::GENKAN_SESSION),
            account_id: text(env::GENKAN_ACCOUNT_ID),
            account_name: text(env::GENKAN_ACCOUNT_NAME),
            permission_set: PermissionSetName::new(text(env::GENKAN_PERMISSION_SET))
                .name()
                .into(),
            region: CleanText::new(region.unwrap_or_default()),
            production: get(env::GENKAN_PRODUCTION).is_some(),
            renewed: of_keys.is_none(),
            until: of_keys.or(of_sign_in),
            conflict: find_conflict(&get),
        })
    }

    /// Whether the sign-in that renews the credentials ends soon, or has ended, unless it was renewed since.
    #[must_use]
    pub fn sign_in_ends_soon(&self, now: Timestamp) -> bool {
        let until = self.until.filter(|_| self.renewed);
        until.is_some_and(|until| seconds_until(until, now) <= LAST_QUARTER)
    }

    /// The part in a format.
    #[must_use]
    pub fn text(&self, format: &PromptFormat, style: PromptStyle, now: Timestamp) -> String {
        match format {
            PromptFormat::Plain => format!("[{}]{} ", self.name(), self.end(now)),
            PromptFormat::Tmux => {
                // A `#` begins a style or a command in a status line.
                let safe = |text: String| text.replace('#', "##");
                let (name, end) = (safe(self.name()), safe(self.end(now)));
                match style.in_tmux(self.production) {
                    "" => name + &end,
                    style => format!("{style}{name}#[default]{end}"),
                }
            }
            PromptFormat::Tcsh => {
                let (name, end) = (in_tcsh(&self.name()), in_tcsh(&self.end(now)));
                match style.on_terminal(self.production) {
                    Some(code) => format!("%{{\u{1b}[{code}m%}}[{name}]%{{\u{1b}[0m%}}{end} "),
                    None => format!("[{name}]{end} "),
                }
            }
            PromptFormat::Json => {
                let json = serde_json::json!({
                    "session": self.session.as_str(),
                    "account_id": self.account_id.as_str(),
                    "account_name": self.account_name.as_str(),
                    "permission_set": self.permission_set.as_str(),
                    "region": (!self.region.is_empty()).then(|| self.region.as_str()),
                    "production": self.production,
                    "renewed": self.renewed,
                    "until": self.until.map(crate::values::time::format_iso8601),
                    "seconds_left": self.until.map(|until| seconds_until(until, now)),
                    "warning": self.warning(now),
                    "name": self.name(),
                    "end": self.end_text(now),
                    "title": self.title(now),
                });
                format!("{json}\n")
            }
            PromptFormat::Template(template) => template.filled(self, now),
        }
    }

    fn name(&self) -> String {
        let word = if self.production { "PROD " } else { "" };
        format!("{word}{}/{}", self.account_name, self.permission_set)
    }

    /// What stands behind the name: a warning, or the time that keys have left.
    fn end_text(&self, now: Timestamp) -> Option<String> {
        self.warning(now).or_else(|| {
            let of_keys = self.until.filter(|_| !self.renewed)?;
            Some(format_time_left(of_keys, now))
        })
    }

    fn end(&self, now: Timestamp) -> String {
        self.end_text(now)
            .map(|text| format!(" {text}"))
            .unwrap_or_default()
    }

    /// The title of the window, where it has something to say: that this is production, or that the sign-in ends soon.
    /// What is cut off at the end of a narrow tab matters less.
    fn title(&self, now: Timestamp) -> Option<String> {
        let ends = self.conflict.is_none().then(|| self.ends_soon(now)).flatten();
        match (self.production, ends) {
            (true, Some(ends)) => Some(format!("{}, {ends}", self.name())),
            (false, Some(ends)) => Some(format!("{ends}, {}", self.name())),
            (true, None) => Some(self.name()),
            (false, None) => None,
        }
    }

    /// What a user should notice.
    fn warning(&self, now: Timestamp) -> Option<String> {
        if self.conflict.is_some() {
            return self.conflict.clone();
        }
        let expired = !self.renewed && self.until? < now;
        self.ends_soon(now)
            .or_else(|| expired.then(|| "expired".to_owned()))
    }

    /// That the sign-in which renews the credentials ends within a quarter of an hour.
    fn ends_soon(&self, now: Timestamp) -> Option<String> {
        let seconds = seconds_until(self.until?, now);
        let is_soon = self.renewed && (1..=LAST_QUARTER).contains(&seconds);
        is_soon.then(|| format!("sign-in ends in {}m", seconds / 60))
    }

    fn field(&self, field: Field, now: Timestamp) -> String {
        match field {
            Field::Session => self.session.to_string(),
            Field::AccountId => self.account_id.to_string(),
            Field::AccountName => self.account_name.to_string(),
            Field::PermissionSet => self.permission_set.to_string(),
            Field::Region => self.region.to_string(),
            Field::Production => if self.production { "PROD" } else { "" }.to_owned(),
            Field::Left => self
                .until
                .map(|until| format_time_left(until, now))
                .unwrap_or_default(),
            Field::Warning => self.warning(now).unwrap_or_default(),
        }
    }
}

impl PromptTemplate {
    fn filled(&self, place: &Place, now: Timestamp) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value { before, field, after } => {
                let value = place.field(*field, now);
                if value.is_empty() {
                    value
                } else {
                    format!("{}{value}{}", " ".repeat(*before), " ".repeat(*after))
                }
            }
        };
        self.0.iter().map(piece).collect()
    }
}

/// A text that tcsh shows in a prompt as it is: `%`, `!`, `\` and `^` begin something there.
fn in_tcsh(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push('%'),
            '!' | '\\' | '^' => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Time left, in the few characters of a prompt.
fn format_time_left(until: Timestamp, now: Timestamp) -> String {
    let minutes = seconds_until(until, now).div_euclid(60);
    match minutes {
        ..0 => "expired".to_owned(),
        0..100 => format!("{minutes}m"),
        _ => format!("{}h{}m", minutes / 60, minutes % 60),
    }
}

/// What was set since and makes a shell work as something else than it says.
fn find_conflict(get: impl Fn(&str) -> Option<String>) -> Option<String> {
    let key = get(env::AWS_ACCESS_KEY_ID);
    if key != get(env::GENKAN_ACCESS_KEY_ID) {
        return Some(match key {
            Some(_) => format!("overridden by {}", env::AWS_ACCESS_KEY_ID),
            None => "no credentials".to_owned(),
        });
    }
    // SDKs differ in whether keys or a profile win.
    let verb = if key.is_some() {
        "conflicts with"
    } else {
        "overridden by"
    };
    for name in [env::AWS_PROFILE, env::AWS_DEFAULT_PROFILE] {
        if let Some(value) = get(name) {
            return Some(clean_text(&format!("{verb} {name}={value}")));
        }
    }
    if key.is_some() {
        return None;
    }
    let others = [
        env::AWS_WEB_IDENTITY_TOKEN_FILE,
        env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    ];
    if let Some(name) = others.into_iter().find(|name| get(name).is_some()) {
        return Some(format!("overridden by {name}"));
    }
    get(env::AWS_CONTAINER_CREDENTIALS_FULL_URI)
        .is_none()
        .then(|| "no credentials".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVED: &[(&str, &str)] = &[
        (env::GENKAN_ACCOUNT_NAME, "pay#1"),
        (env::GENKAN_PERMISSION_SET, "Admin"),
        (env::AWS_CONTAINER_CREDENTIALS_FULL_URI, "http://127.0.0.1:1/"),
    ];

    fn place(more: &[(&str, &str)]) -> Place {
        let all: Vec<(&str, &str)> = SERVED.iter().chain(more).copied().collect();
        let get = |name: &str| {
            let found = all.iter().rev().find(|(n, _)| *n == name);
            found
                .map(|(_, value)| (*value).to_owned())
                .filter(|value| !value.is_empty())
        };
        Place::of(get).expect("inside")
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_000_000).expect("in range")
    }

    #[test]
    fn outside_there_is_nothing() {
        assert_eq!(Place::of(|_| None), None);
    }

    #[test]
    fn the_part_says_where_and_until_when() {
        let text = |more: &[(&str, &str)], format: &str| {
            let format: PromptFormat = format.parse().expect("a format");
            place(more).text(&format, PromptStyle::default(), now())
        };
        let production = (env::GENKAN_PRODUCTION, "1");
        let ends = (env::GENKAN_SESSION_ENDS, "1000630");
        let far = (env::GENKAN_SESSION_ENDS, "1012000");
        assert_eq!(text(&[], "plain"), "[pay#1/Admin] ");
        assert_eq!(text(&[production, far], "plain"), "[PROD pay#1/Admin] ");
        assert_eq!(text(&[ends], "plain"), "[pay#1/Admin] sign-in ends in 10m ");
        assert_eq!(
            text(&[production], "tmux"),
            "#[fg=red,bold]PROD pay##1/Admin#[default]"
        );
        let template = "{production }{account_name}:{permission_set}{ left}{ region}";
        assert_eq!(text(&[], template), "pay#1:Admin");
        assert_eq!(
            text(&[production, far, (env::AWS_REGION, "eu-west-1")], template),
            "PROD pay#1:Admin 3h20m eu-west-1"
        );
        let keys = [
            (env::AWS_ACCESS_KEY_ID, "ASIA"),
            (env::GENKAN_ACCESS_KEY_ID, "ASIA"),
            (env::AWS_CREDENTIAL_EXPIRATION, "1970-01-12T14:46:40Z"),
        ];
        assert_eq!(text(&keys, "plain"), "[pay#1/Admin] 60m ");
        let json: serde_json::Value = serde_json::from_str(&text(&keys, "json")).expect("JSON");
        assert_eq!(
            (&json["seconds_left"], &json["renewed"]),
            (&3600.into(), &false.into())
        );
    }

    #[test]
    fn styles_follow_no_color_and_a_dumb_terminal() {
        let text = |production: bool, format: PromptFormat, variables: &[(&str, &str)]| {
            let style = PromptStyle::of(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            });
            let more = [(env::GENKAN_PRODUCTION, if production { "1" } else { "" })];
            place(&more).text(&format, style, now())
        };
        let no_color = &[(env::NO_COLOR, "1"), (env::TERM, "xterm")][..];
        let dumb = &[(env::TERM, "dumb")][..];
        for (production, variables, tcsh, tmux) in [
            (
                false,
                &[][..],
                "%{\u{1b}[36m%}[pay#1/Admin]%{\u{1b}[0m%} ",
                "#[fg=cyan]pay##1/Admin#[default]",
            ),
            (
                true,
                no_color,
                "%{\u{1b}[1m%}[PROD pay#1/Admin]%{\u{1b}[0m%} ",
                "#[bold]PROD pay##1/Admin#[default]",
            ),
            (false, no_color, "[pay#1/Admin] ", "pay##1/Admin"),
            (
                true,
                dumb,
                "[PROD pay#1/Admin] ",
                "#[fg=red,bold]PROD pay##1/Admin#[default]",
            ),
        ] {
            assert_eq!(text(production, PromptFormat::Tcsh, variables), tcsh);
            assert_eq!(text(production, PromptFormat::Tmux, variables), tmux);
        }
    }

    #[test]
    fn what_makes_it_something_else_comes_first() {
        for (more, said) in [
            (
                &[(env::AWS_PROFILE, "work\u{1b}")][..],
                "overridden by AWS_PROFILE=work\u{fffd}",
            ),
            (
                &[(env::AWS_ACCESS_KEY_ID, "AKIA")],
                "overridden by AWS_ACCESS_KEY_ID",
            ),
            (&[(env::AWS_CONTAINER_CREDENTIALS_FULL_URI, "")], "no credentials"),
            (&[(env::GENKAN_ACCESS_KEY_ID, "ASIA")], "no credentials"),
        ] {
            let text = place(more).text(&PromptFormat::Plain, PromptStyle::default(), now());
            assert_eq!(text, format!("[pay#1/Admin] {said} "));
        }
    }

    #[test]
    fn an_unknown_placeholder_is_named() {
        for bad in ["{account}", "{left", "text"] {
            assert!(bad.parse::<PromptFormat>().is_err(), "{bad}");
        }
    }
}
