//! A list that one types into: what it lists, its query and its cursor. Must not know how entries are made or drawn.

use std::sync::Arc;

use super::pending_action::PendingAction;
use crate::domain::text::fold::fold_text;
use crate::domain::{Running, Target};
use crate::settings::{ThemeName, UserAction};
use crate::tui::input::keymap::Action;
use crate::tui::input::text_input::TextInput;

/// What a menu lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuOf {
    /// What can be done with a target.
    Actions(Target),
    /// The permission sets of a target's account.
    PermissionSets(Target),
    /// The targets of one account.
    AccountSets(Vec<Target>),
    /// Formats of an export.
    Formats(Target),
    /// Services of the console.
    Services(Target),
    /// Ways into the console.
    ConsoleWays(Target),
    /// Browsers and profiles to open the console in.
    Browsers(Target),
    /// The same, to copy the rule that makes one the usual.
    BrowserRules(Target),
    /// Regions for a service's page of the console.
    Regions(Target, String),
    /// What can be done with all marked targets.
    Marked(Vec<Target>),
    /// Every key and setting.
    Commands,
    /// What genkan did lately.
    Activity,
    /// What is open on this machine.
    Open,
    /// A shell or command that runs.
    Running(Running),
    /// Credentials of a target that are good.
    CachedCredentials(Target),
    /// The SSO sessions.
    Sessions,
    /// Whether to sign out of a session.
    SignOut(String),
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nothing: it is there to be read.
    Nothing,
    /// What the key of an action does.
    Press(Action),
    Act(PendingAction),
    /// Asks first: secrets go to the clipboard.
    Confirm(PendingAction),
    /// Copies a text that is no secret.
    Copy {
        text: String,
        what: String,
    },
    /// Opens another menu in front of this one.
    Open(MenuOf),
    Favourite(Target),
    /// Asks for a note, for a profile of the credentials file, for a command.
    Note(Target),
    CredentialsProfile(Target),
    /// To run in all targets, so many at once.
    Command(Vec<Target>, usize),
    /// Runs an action of the user's own in the target under the cursor, or all marked ones.
    Own(Arc<UserAction>),
    Unmark,
    Theme(ThemeName),
    /// Letters move, or search.
    VimKeys(bool),
    /// Shows an SSO session.
    Session(String),
    /// Shows all of them as one list.
    AllSessions,
    AddSession,
    SignIn(String),
    SignOut(String),
    /// Asks a shell or command to end.
    End(Running),
    /// Gets new credentials.
    Renew(Target),
    /// Removes credentials from this machine.
    Forget(Target),
    /// What Esc does.
    Back,
}

/// One line to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub label: String,
    /// More of it, which gives way where there is little room.
    pub detail: String,
    pub keys: String,
    /// Other words that find it.
    pub also: String,
    /// The heading above it while nothing is typed.
    pub section: &'static str,
    pub choice: Choice,
    /// Why it can't be done, in a few words.
    pub refused: Option<String>,
}

impl Entry {
    #[must_use]
    pub fn new(label: impl Into<String>, choice: Choice) -> Self {
        Self {
            label: label.into(),
            detail: String::new(),
            keys: String::new(),
            also: String::new(),
            section: "",
            choice,
            refused: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn keys(mut self, keys: impl Into<String>) -> Self {
        self.keys = keys.into();
        self
    }

    #[must_use]
    pub fn also(mut self, words: impl Into<String>) -> Self {
        self.also = words.into();
        self
    }

    #[must_use]
    pub fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// Can't be done where there is a reason why.
    #[must_use]
    pub fn refused(mut self, why: Option<impl Into<String>>) -> Self {
        self.refused = why.map(Into::into);
        self
    }

    /// How well it fits the folded words of a query, the best first; `None` where it doesn't.
    fn rank(&self, query: &str, words: &[&str]) -> Option<u8> {
        let form = |text: &str| fold_text(text).to_lowercase();
        let label = form(&self.label);
        let all = format!(
            "{label} {} {} {}",
            form(&self.detail),
            form(&self.keys),
            form(&self.also)
        );
        if !words.iter().all(|word| all.contains(word)) {
            return None;
        }
        let begins_word = |word: &&str| {
            all.split(|c: char| !c.is_alphanumeric())
                .any(|part| part.starts_with(*word))
        };
        Some(match () {
            () if label == query || form(&self.also).split(' ').any(|word| word == query) => 0,
            () if label.starts_with(query) => 1,
            () if words.iter().all(begins_word) => 2,
            () => 3,
        })
    }
}

impl Entry {
    /// Where letters of its name or of another word for it were left out: `sgrp` finds `security-groups`.
    fn fuzzy_rank(&self, words: &[&str]) -> Option<u8> {
        let form = |text: &str| fold_text(text).to_lowercase();
        let texts: Vec<String> = std::iter::once(form(&self.label))
            .chain(form(&self.also).split(' ').map(str::to_owned))
            .collect();
        let is_within = |word: &str, text: &str| {
            let mut letters = text.chars();
            text.chars().next() == word.chars().next()
                && word.chars().all(|wanted| letters.any(|c| c == wanted))
        };
        let found = |word: &&str| texts.iter().any(|text| is_within(word, text));
        words.iter().all(found).then_some(4)
    }
}

/// A list that one types into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    pub of: MenuOf,
    pub query: TextInput,
    /// Which of the entries that match.
    pub cursor: usize,
    /// The menu that Esc goes back to.
    pub behind: Option<Box<Menu>>,
}

impl Menu {
    #[must_use]
    pub fn new(of: MenuOf) -> Self {
        Self {
            of,
            query: TextInput::default(),
            cursor: 0,
            behind: None,
        }
    }

    #[must_use]
    pub fn at(mut self, cursor: usize) -> Self {
        self.cursor = cursor;
        self
    }

    /// A menu in front of this one.
    #[must_use]
    pub fn open(self, of: MenuOf) -> Self {
        Self {
            behind: Some(Box::new(self)),
            ..Self::new(of)
        }
    }

    /// The entries that match what is typed, best first.
    #[must_use]
    pub fn matching(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let query = fold_text(&self.query.text()).to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return entries;
        }
        // A long table of names that no one knows by heart.
        let is_fuzzy = matches!(self.of, MenuOf::Services(_));
        let mut ranked: Vec<(u8, Entry)> = entries
            .into_iter()
            .filter_map(|entry| {
                let rank = entry.rank(query.trim(), &words);
                let rank = rank.or_else(|| is_fuzzy.then(|| entry.fuzzy_rank(&words))?);
                Some((rank?, entry))
            })
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Types into it; what matches best is then under the cursor.
    pub fn edit(&mut self, edit: impl FnOnce(&mut TextInput)) {
        let before = self.query.text();
        edit(&mut self.query);
        if self.query.text() != before {
            self.cursor = 0;
        }
    }
}

/// A line of a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'e> {
    Heading(&'static str),
    Entry(usize, &'e Entry),
}

/// The lines of entries: each section under its heading, as long as they stand in their order.
#[must_use]
pub fn menu_lines(entries: &[Entry], with_headings: bool) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(entries.len());
    let mut section = "";
    for (at, entry) in entries.iter().enumerate() {
        if with_headings && entry.section != section {
            section = entry.section;
            lines.push(Line::Heading(section));
        }
        lines.push(Line::Entry(at, entry));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<String> {
        let entries = vec![
            Entry::new("Open a shell", Choice::Nothing).keys("Enter"),
            Entry::new("Console at a service…", Choice::Nothing),
            Entry::new("Console", Choice::Nothing).keys("^O"),
            Entry::new("Copy role ARN", Choice::Nothing),
            Entry::new("ecs", Choice::Nothing).also("containers"),
            Entry::new("Züri console", Choice::Nothing),
        ];
        let mut menu = Menu::new(MenuOf::Commands).at(3);
        menu.edit(|input| input.insert(query));
        assert_eq!(menu.cursor, if query.is_empty() { 3 } else { 0 });
        menu.matching(entries)
            .into_iter()
            .map(|entry| entry.label)
            .collect()
    }

    #[test]
    fn typed_words_find_entries_by_label_key_and_other_words() {
        assert_eq!(found("").len(), 6);
        assert_eq!(
            found("console"),
            ["Console", "Console at a service…", "Züri console"]
        );
        assert_eq!(found("arn COPY"), ["Copy role ARN"]);
        assert_eq!(found("^o"), ["Console"]);
        assert_eq!(found("containers"), ["ecs"]);
        assert_eq!(found("zuri"), ["Züri console"]);
        assert!(found("nonsense").is_empty());
    }

    #[test]
    fn services_are_found_where_letters_are_left_out() {
        let target = Target {
            session: "org".into(),
            account_id: "000000000001".parse().expect("an ID"),
            account_name: "x".into(),
            permission_set: crate::domain::PermissionSetName::new("Admin"),
        };
        let found = |query: &str| {
            let entries = ["security-groups", "ecs", "sagemaker", "s3"];
            let entries = entries.map(|name| Entry::new(name, Choice::Nothing)).to_vec();
            let mut menu = Menu::new(MenuOf::Services(target.clone()));
            menu.edit(|input| input.insert(query));
            let found = menu.matching(entries).into_iter();
            found.map(|entry| entry.label).collect::<Vec<_>>()
        };
        assert_eq!(found("sgrp"), ["security-groups"]);
        assert_eq!(found("sgmkr"), ["sagemaker"]);
        assert!(found("grps").is_empty(), "it begins with another letter");
    }

    #[test]
    fn headings_stand_above_their_sections() {
        let entries = [
            Entry::new("a", Choice::Nothing).section("One"),
            Entry::new("b", Choice::Nothing).section("One"),
            Entry::new("c", Choice::Nothing).section("Two"),
        ];
        let words = |with_headings| {
            let words = menu_lines(&entries, with_headings)
                .into_iter()
                .map(|line| match line {
                    Line::Heading(words) => words.to_owned(),
                    Line::Entry(at, entry) => format!("{at}{}", entry.label),
                });
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words(true), "One 0a 1b Two 2c");
        assert_eq!(words(false), "0a 1b 2c");
    }
}
