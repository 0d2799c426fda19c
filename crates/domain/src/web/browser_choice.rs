//! Which browser opens a page, as people write it: `firefox`, `chrome:Work`, `chromium@account`, `firefox+container`,
//! or a command.
//!
//! Owns how that is read. Must not know which browsers and profiles there are (`app::browsers`).

use std::fmt;
use std::str::FromStr;

use crate::text::clean_text;
use crate::values::nearest::suggest_name;
use crate::values::words::{OpenQuote, split_words};

/// A browser that genkan knows the options and profiles of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrowserName {
    Chromium,
    Chrome,
    Brave,
    Edge,
    Vivaldi,
    Firefox,
}

impl BrowserName {
    pub const ALL: [Self; 6] = [
        Self::Chromium,
        Self::Chrome,
        Self::Brave,
        Self::Edge,
        Self::Vivaldi,
        Self::Firefox,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Chrome => "chrome",
            Self::Brave => "brave",
            Self::Edge => "edge",
            Self::Vivaldi => "vivaldi",
            Self::Firefox => "firefox",
        }
    }

    /// The names of its program, the usual first.
    #[must_use]
    pub const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser"],
            Self::Chrome => &["google-chrome", "google-chrome-stable", "chrome"],
            Self::Brave => &["brave-browser", "brave", "brave-browser-stable"],
            Self::Edge => &["microsoft-edge", "microsoft-edge-stable"],
            Self::Vivaldi => &["vivaldi", "vivaldi-stable"],
            Self::Firefox => &["firefox", "firefox-esr"],
        }
    }

    /// What macOS calls it.
    #[must_use]
    pub const fn application(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Chrome => "Google Chrome",
            Self::Brave => "Brave Browser",
            Self::Edge => "Microsoft Edge",
            Self::Vivaldi => "Vivaldi",
            Self::Firefox => "Firefox",
        }
    }

    fn named(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for BrowserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where in a browser a page opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserPlace {
    /// Wherever the browser opens pages by itself.
    Usual,
    /// The profile of this name.
    Profile(String),
    /// A data folder of genkan's own for each account.
    PerAccount,
    /// A data folder of genkan's own for each SSO session.
    PerSession,
    /// A container of the account, in a profile or the usual one. Firefox only.
    Container(Option<String>),
}

/// Which browser opens a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserChoice {
    /// A command; `{}` is the address, which is appended where it is not in it.
    Command(Vec<String>),
    Browser(BrowserName, BrowserPlace),
}

/// The placeholders of a command, beside `{}` and `%s` for the address.
pub const PLACEHOLDERS: [&str; 4] = ["account_id", "account_name", "permission_set", "session"];

/// The text names no browser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotABrowser {
    #[error("it is empty")]
    Empty,
    #[error(transparent)]
    OpenQuote(#[from] OpenQuote),
    #[error("unknown browser `{name}`{suggestion}")]
    Unknown { name: String, suggestion: String },
    #[error("unknown placeholder `{{{name}}}`{suggestion}")]
    UnknownPlaceholder { name: String, suggestion: String },
    #[error("`@{0}` is neither @account nor @session")]
    UnknownFolder(String),
    #[error("only Firefox has containers")]
    NoContainers,
    #[error("a profile needs a name, as in `{0}:Work`")]
    NoProfile(BrowserName),
}

impl FromStr for BrowserChoice {
    type Err = NotABrowser;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotABrowser::Empty);
        }
        // What a browser's name ends with; a command has a blank or a slash before.
        let end = text.find([':', '@', '+', '/', ' ']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let is_place = rest.starts_with([':', '@', '+']);
        match BrowserName::named(name) {
            Some(name) if rest.is_empty() || is_place => Ok(Self::Browser(name, parse_place(name, rest)?)),
            None if is_place => Err(NotABrowser::Unknown {
                name: clean_text(name),
                suggestion: suggest_name(name, BrowserName::ALL.map(BrowserName::as_str)),
            }),
            _ => parse_command(text),
        }
    }
}

/// Reads what stands behind a browser's name.
fn parse_place(name: BrowserName, rest: &str) -> Result<BrowserPlace, NotABrowser> {
    const CONTAINER: &str = "+container";
    if let Some(front) = rest.strip_suffix(CONTAINER) {
        if name != BrowserName::Firefox {
            return Err(NotABrowser::NoContainers);
        }
        return match front.strip_prefix(':') {
            None if front.is_empty() => Ok(BrowserPlace::Container(None)),
            Some(profile) if !profile.is_empty() => Ok(BrowserPlace::Container(Some(profile.to_owned()))),
            _ => Err(NotABrowser::NoProfile(name)),
        };
    }
    match (rest.chars().next(), rest.get(1..).unwrap_or_default()) {
        (None, _) => Ok(BrowserPlace::Usual),
        (Some(':'), "") => Err(NotABrowser::NoProfile(name)),
        (Some(':'), profile) => Ok(BrowserPlace::Profile(profile.to_owned())),
        (Some('@'), "account") => Ok(BrowserPlace::PerAccount),
        (Some('@'), "session") => Ok(BrowserPlace::PerSession),
        (Some('@'), folder) => Err(NotABrowser::UnknownFolder(clean_text(folder))),
        (_, other) => Err(NotABrowser::Unknown {
            name: clean_text(&format!("{name}+{other}")),
            suggestion: "; did you mean `firefox+container`?".to_owned(),
        }),
    }
}

fn parse_command(text: &str) -> Result<BrowserChoice, NotABrowser> {
    let words = split_words(text)?;
    for word in &words {
        for (at, _) in word.match_indices('{') {
            let Some((name, _)) = word.get(at + 1..).and_then(|rest| rest.split_once('}')) else {
                continue;
            };
            if !name.is_empty() && !PLACEHOLDERS.contains(&name) {
                return Err(NotABrowser::UnknownPlaceholder {
                    name: clean_text(name),
                    suggestion: suggest_name(name, PLACEHOLDERS),
                });
            }
        }
    }
    Ok(BrowserChoice::Command(words))
}

impl BrowserChoice {
    /// A command that a variable names: never a browser's profile, whatever it looks like.
    ///
    /// # Errors
    /// Where it is empty or a quotation mark is not closed.
    pub fn of_variable(text: &str) -> Result<Self, NotABrowser> {
        match split_words(text)? {
            words if words.is_empty() => Err(NotABrowser::Empty),
            words => Ok(Self::Command(words)),
        }
    }

    /// Whether it depends on the account that a page is of.
    #[must_use]
    pub fn needs_account(&self) -> bool {
        let account = ["{account_id}", "{account_name}", "{permission_set}"];
        match self {
            Self::Command(words) => words
                .iter()
                .any(|word| account.iter().any(|name| word.contains(name))),
            Self::Browser(_, place) => matches!(place, BrowserPlace::PerAccount | BrowserPlace::Container(_)),
        }
    }

    /// Replaces the home folder in front of a command's program.
    pub fn expand_home(&mut self, home: &str) {
        if let Self::Command(words) = self
            && let Some(program) = words.first_mut()
            && let Some(rest) = program.strip_prefix("~/")
        {
            *program = format!("{}/{rest}", home.trim_end_matches('/'));
        }
    }
}

impl fmt::Display for BrowserChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(words) => f.write_str(&words.join(" ")),
            Self::Browser(name, place) => match place {
                BrowserPlace::Usual => write!(f, "{name}"),
                BrowserPlace::Profile(profile) => write!(f, "{name}:{profile}"),
                BrowserPlace::PerAccount => write!(f, "{name}@account"),
                BrowserPlace::PerSession => write!(f, "{name}@session"),
                BrowserPlace::Container(None) => write!(f, "{name}+container"),
                BrowserPlace::Container(Some(profile)) => write!(f, "{name}:{profile}+container"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BrowserChoice, NotABrowser> {
        text.parse()
    }

    fn command(words: &[&str]) -> BrowserChoice {
        BrowserChoice::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn browsers_profiles_folders_and_containers_are_read() {
        use BrowserName::{Chrome, Chromium, Edge, Firefox};
        for (text, name, place) in [
            ("firefox", Firefox, BrowserPlace::Usual),
            ("Firefox", Firefox, BrowserPlace::Usual),
            ("chrome:Work", Chrome, BrowserPlace::Profile("Work".into())),
            (
                "chrome:Work: EU",
                Chrome,
                BrowserPlace::Profile("Work: EU".into()),
            ),
            ("edge:決済", Edge, BrowserPlace::Profile("決済".into())),
            ("chromium@account", Chromium, BrowserPlace::PerAccount),
            ("firefox@session", Firefox, BrowserPlace::PerSession),
            ("firefox+container", Firefox, BrowserPlace::Container(None)),
            (
                "firefox:Work+container",
                Firefox,
                BrowserPlace::Container(Some("Work".into())),
            ),
        ] {
            let choice = BrowserChoice::Browser(name, place);
            assert_eq!(read(text), Ok(choice.clone()), "{text}");
            assert_eq!(read(&choice.to_string()), Ok(choice), "{text}");
        }
    }

    #[test]
    fn commands_are_split_as_in_a_shell() {
        for (text, words) in [
            ("firefox {}", &["firefox", "{}"][..]),
            ("/opt/my\\ browser/run", &["/opt/my browser/run"]),
            (
                "chromium \"--profile-directory=Profile 1\" '{}'",
                &["chromium", "--profile-directory=Profile 1", "{}"],
            ),
            ("open -a 'Arc' \"a\\\"b\" ''", &["open", "-a", "Arc", "a\"b", ""]),
            (
                "x --name={account_name} %s",
                &["x", "--name={account_name}", "%s"],
            ),
            ("w3m", &["w3m"]),
        ] {
            assert_eq!(read(text), Ok(command(words)), "{text}");
        }
        let mut own = command(&["~/bin/b", "~/x"]);
        own.expand_home("/h/hana/");
        assert_eq!(own, command(&["/h/hana/bin/b", "~/x"]));
    }

    #[test]
    fn what_is_no_browser_is_refused_with_the_nearest() {
        for (text, words) in [
            (" ", "it is empty"),
            ("x 'y", "a quotation mark in it is not closed"),
            (
                "chromum:Work",
                "unknown browser `chromum`; did you mean `chromium`?",
            ),
            ("safari:Work", "unknown browser `safari`"),
            ("chrome:", "a profile needs a name, as in `chrome:Work`"),
            ("chrome@acount", "`@acount` is neither @account nor @session"),
            ("chrome+container", "only Firefox has containers"),
            ("firefox+box", "did you mean `firefox+container`?"),
            (
                "x {acount_id}",
                "unknown placeholder `{acount_id}`; did you mean `account_id`?",
            ),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(firefox[:@+]|chrome:)?\\PC{0,40}") {
            if let Ok(choice) = read(&text) {
                let _ = choice.to_string();
            }
        }
    }
}
