//! The lines of the list without a query: favourites, recents, and accounts as a tree or flat.

use std::collections::HashMap;

use super::targets::{Place, Targets};
use crate::domain::AccountId;

/// A part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Favourites,
    Recent,
    Accounts,
}

impl Section {
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Favourites => "Favourites",
            Self::Recent => "Recent",
            Self::Accounts => "Accounts",
        }
    }
}

/// How a line shows its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing, between two sections.
    Blank,
    Heading(Section),
    /// An account with several permission sets, which have lines of their own below it unless they are folded.
    Account {
        is_folded: bool,
    },
    /// A favourite or a recent target, with the number of its key.
    Shortcut {
        section: Section,
        number: Option<u8>,
    },
    /// An account with one permission set, or none that is known.
    Whole,
    /// A target of the account that the line above names, too.
    Repeated,
    /// A target below its account.
    Child,
}

impl LineKind {
    /// Whether the cursor can be on it.
    #[must_use]
    pub fn has_row(self) -> bool {
        !matches!(self, Self::Blank | Self::Heading(_))
    }

    /// The section that it is in; the results of a search are in that of the accounts.
    #[must_use]
    pub fn section(self) -> Section {
        match self {
            Self::Shortcut { section, .. } => section,
            _ => Section::Accounts,
        }
    }

    /// The number of its key.
    #[must_use]
    pub fn number(self) -> Option<u8> {
        match self {
            Self::Shortcut { number, .. } => number,
            _ => None,
        }
    }
}

/// A line: what it shows, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: LineKind,
    /// `None` where the kind has no row.
    pub(super) place: Option<Place>,
}

impl Line {
    pub(super) fn new(kind: LineKind, place: Place) -> Self {
        Self {
            kind,
            place: Some(place),
        }
    }

    fn without_row(kind: LineKind) -> Self {
        Self { kind, place: None }
    }
}

/// Which accounts are folded.
#[derive(Debug, Default)]
pub(super) struct Folds {
    /// By session.
    by_hand: HashMap<String, HashMap<AccountId, bool>>,
    /// The account that was unfolded to show a row that a search had found: one at a time, and not for good.
    revealed: Option<(String, AccountId)>,
    /// All that were not folded or unfolded one by one, once that was asked for.
    all: Option<bool>,
    /// Those of which nothing was asked for.
    automatic: bool,
}

/// So many lines of accounts are seen at once at 80×24: as many begin unfolded.
const AT_A_GLANCE: usize = 18;

impl Folds {
    /// A list that is seen at a glance begins unfolded, a longer one folded: there the accounts are what one
    /// looks for first.
    pub(super) fn adapt(&mut self, targets: &Targets) {
        // So many accounts have a line each at least.
        let first = targets.entries().iter().take(AT_A_GLANCE + 1);
        let sets = first.map(|e| e.permission_sets.len());
        let lines: usize = sets.map(|sets| if sets > 1 { sets + 1 } else { 1 }).sum();
        self.automatic = lines > AT_A_GLANCE;
    }

    /// Whether every account is.
    fn fold_every_account(&self) -> bool {
        self.by_hand.is_empty() && self.revealed.is_none() && self.all.unwrap_or(self.automatic)
    }

    pub(super) fn is_revealed(&self, session: &str, id: &AccountId) -> bool {
        let is_it = |(its, revealed): &(String, AccountId)| revealed == id && its == session;
        self.revealed.as_ref().is_some_and(is_it)
    }

    /// Unfolds an account until another one is revealed.
    pub(super) fn reveal(&mut self, session: &str, id: &AccountId) {
        self.revealed = Some((session.to_owned(), id.clone()));
    }

    pub(super) fn is_folded(&self, session: &str, id: &AccountId) -> bool {
        if self.is_revealed(session, id) {
            return false;
        }
        let by_hand = if self.by_hand.is_empty() {
            None
        } else {
            self.by_hand.get(session).and_then(|accounts| accounts.get(id))
        };
        by_hand.copied().or(self.all).unwrap_or(self.automatic)
    }

    pub(super) fn set(&mut self, session: &str, id: &AccountId, folded: bool) {
        if self.is_revealed(session, id) {
            self.revealed = None;
        }
        let accounts = self.by_hand.entry(session.to_owned()).or_default();
        accounts.insert(id.clone(), folded);
    }

    pub(super) fn set_all(&mut self, folded: bool) {
        self.by_hand.clear();
        self.revealed = None;
        self.all = Some(folded);
    }
}

/// How the lines are to be made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// A line for each target in place of the tree.
    pub(super) is_flat: bool,
    /// There is room for blank lines between the sections.
    pub(super) is_roomy: bool,
}

/// Targets that have a section of their own above the accounts.
#[derive(Debug, Default)]
pub(super) struct Shortlist {
    pub(super) favourites: Vec<Place>,
    pub(super) recents: Vec<Place>,
}

/// How many of them have a key.
pub(super) const NUMBERS: u8 = 9;

/// The lines without a query.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    /// Those above the accounts.
    top: Vec<Line>,
    accounts: AccountLines,
}

/// The lines of accounts.
#[derive(Debug)]
enum AccountLines {
    /// One for each account. None is made before it is looked at: most portals begin so, with thousands of accounts.
    Folded(usize),
    Made(Vec<Line>),
}

impl Default for AccountLines {
    fn default() -> Self {
        Self::Folded(0)
    }
}

impl Arranged {
    pub(super) fn new(targets: &Targets, shortlist: &Shortlist, folds: &Folds, style: Style) -> Self {
        let accounts = if folds.fold_every_account() && !style.is_flat {
            AccountLines::Folded(targets.entries().len())
        } else {
            AccountLines::Made(account_lines(targets, folds, style))
        };
        Self {
            top: top_lines(targets, shortlist, style),
            accounts,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.top.len()
            + match &self.accounts {
                AccountLines::Folded(accounts) => *accounts,
                AccountLines::Made(lines) => lines.len(),
            }
    }

    pub(super) fn get(&self, at: usize, targets: &Targets) -> Option<Line> {
        let Some(of_accounts) = at.checked_sub(self.top.len()) else {
            return self.top.get(at).copied();
        };
        match &self.accounts {
            AccountLines::Folded(accounts) if of_accounts < *accounts => folded_line(targets, of_accounts),
            AccountLines::Folded(_) => None,
            AccountLines::Made(lines) => lines.get(of_accounts).copied(),
        }
    }

    /// The accounts whose permission sets have lines of their own below them.
    pub(super) fn unfolded(&self) -> impl Iterator<Item = usize> + '_ {
        let lines = match &self.accounts {
            AccountLines::Folded(_) => &[],
            AccountLines::Made(lines) => lines.as_slice(),
        };
        let is_unfolded = |line: &&Line| matches!(line.kind, LineKind::Account { is_folded: false });
        lines
            .iter()
            .filter(is_unfolded)
            .filter_map(|line| Some(line.place?.account()))
    }

    /// Whether a row has a line of its own.
    pub(super) fn has(&self, place: Place, targets: &Targets) -> bool {
        let is_its = |line: &Line| line.place == Some(place);
        let is_account = || match &self.accounts {
            AccountLines::Folded(_) => {
                folded_line(targets, place.account()).is_some_and(|line| is_its(&line))
            }
            AccountLines::Made(lines) => lines.iter().any(is_its),
        };
        self.top.iter().any(is_its) || is_account()
    }

    /// The line of the favourite or recent target with a number.
    pub(super) fn numbered(&self, number: u8) -> Option<usize> {
        let is_meant = |line: &Line| line.kind.number() == Some(number);
        self.top.iter().position(is_meant)
    }
}

/// The lines above the accounts.
fn top_lines(targets: &Targets, shortlist: &Shortlist, style: Style) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut number = 0_usize;
    for (section, places) in [
        (Section::Favourites, &shortlist.favourites),
        (Section::Recent, &shortlist.recents),
    ] {
        if places.is_empty() {
            continue;
        }
        lines.push(Line::without_row(LineKind::Heading(section)));
        for place in places {
            number += 1;
            let number = u8::try_from(number).ok().filter(|number| *number <= NUMBERS);
            lines.push(Line::new(LineKind::Shortcut { section, number }, *place));
        }
        if style.is_roomy {
            lines.push(Line::without_row(LineKind::Blank));
        }
    }
    // The only section of a small screen needs no heading.
    if !targets.entries().is_empty() && (style.is_roomy || !lines.is_empty()) {
        lines.push(Line::without_row(LineKind::Heading(Section::Accounts)));
    }
    lines
}

/// The only line of an account whose permission sets have none.
fn folded_line(targets: &Targets, account: usize) -> Option<Line> {
    let sets = targets.entries().get(account)?.permission_sets.len();
    if sets < 2 {
        let place = targets.of_account(account).next()?;
        return Some(Line::new(LineKind::Whole, place));
    }
    let kind = LineKind::Account { is_folded: true };
    Some(Line::new(kind, Place::new(account, None)))
}

fn account_lines(targets: &Targets, folds: &Folds, style: Style) -> Vec<Line> {
    let mut lines = Vec::with_capacity(targets.entries().len());
    for (account, entry) in targets.entries().iter().enumerate() {
        let sets = entry.permission_sets.len();
        if style.is_flat || sets < 2 {
            let kinds = std::iter::once(LineKind::Whole).chain(std::iter::repeat(LineKind::Repeated));
            let places = targets.of_account(account).zip(kinds);
            lines.extend(places.map(|(place, kind)| Line::new(kind, place)));
            continue;
        }
        let session = targets.session(account).map_or("", |session| session);
        if folds.is_folded(session, &entry.account.id) {
            lines.extend(folded_line(targets, account));
            continue;
        }
        let kind = LineKind::Account { is_folded: false };
        lines.push(Line::new(kind, Place::new(account, None)));
        let children = targets.of_account(account);
        lines.extend(children.map(|place| Line::new(LineKind::Child, place)));
    }
    lines
}
