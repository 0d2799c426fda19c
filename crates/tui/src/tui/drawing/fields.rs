//! What a line of the list says, field by field, before it is known how much room there is.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::records::history::TargetKey;
use crate::domain::rules::{AccountColor, TargetRules};
use crate::domain::targets::account::count_names;
use crate::domain::text::sanitize_line;
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::tui::browse::{LineKind, Row, Section, VisibleLine};
use crate::tui::model::Model;

/// What the sign in front of a row means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    None,
    Folded,
    Unfolded,
    Marked,
    Favourite,
    /// New since the last refresh.
    New,
    /// A rule hides it; it is shown because that was asked for.
    Hidden,
    Problem,
}

impl Sign {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => " ",
            Self::Folded => "▸",
            Self::Unfolded => "▾",
            Self::Marked => "●",
            Self::Favourite => "★",
            Self::New => "+",
            Self::Hidden => "·",
            Self::Problem => "!",
        }
    }
}

/// The fields of a line that has a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub sign: Sign,
    /// It is indented, and its name is a permission set.
    pub is_child: bool,
    pub name: String,
    /// The graphemes of the name that a search matched; none where the name is repeated.
    pub marks: Vec<usize>,
    /// The permission set, or words in its place.
    pub second: String,
    /// The second field is words that may be left out.
    pub is_summary: bool,
    pub word: &'static str,
    pub id: String,
    /// The SSO session, where several are shown.
    pub session: String,
    pub email: String,
    pub used: String,
    pub tags: String,
    /// How long credentials are good, or when a recent target was used.
    pub time: String,
    pub time_is_age: bool,
    pub number: String,
    /// Of the account, where its name stands here.
    pub color: Option<AccountColor>,
}

impl Fields {
    /// What a line says; `is_short` on a narrow screen. `None` for a line without a row.
    #[must_use]
    pub fn of(model: &Model, line: &VisibleLine, is_short: bool) -> Option<Self> {
        let row = line.row.as_ref()?;
        let key = row.key();
        let is_child = line.kind == LineKind::Child;
        let account = row.account();
        let rules = model.options.rules.of(row.subject());
        let (name, marks) = if is_child {
            let marks = line.marks.permission_set.clone();
            (child_name(model, row, &rules), marks)
        } else {
            account_name(line, row, &rules)
        };
        let second = if is_child {
            String::new()
        } else {
            second_field(model, line, row, is_short)
        };
        let says_production =
            || !is_child || line.is_current || !model.options.rules.of(row.account_subject()).production;
        let left = key.as_ref().and_then(|key| model.expiry(key));
        let used = key.as_ref().and_then(|key| model.history.last_use(key));
        let recent = used.filter(|_| line.kind.section() == Section::Recent);
        let time = match (left, recent) {
            (Some(until), _) => format_duration(seconds_until(until, model.now)),
            (None, Some(recent)) => short_age(seconds_since(recent.at, model.now)),
            (None, None) => String::new(),
        };
        Some(Self {
            sign: match row_sign(model, line, row, key.as_ref()) {
                Sign::None | Sign::New if rules.hidden => Sign::Hidden,
                sign => sign,
            },
            is_child,
            name,
            marks: if line.kind == LineKind::Repeated {
                Vec::new()
            } else {
                marks
            },
            second,
            is_summary: row.permission_set().is_none(),
            word: rules
                .production_word()
                .filter(|_| says_production())
                .unwrap_or_default(),
            // One without a name is called by its ID.
            id: if is_child || account.name == account.id.as_str() {
                String::new()
            } else {
                account.id.to_string()
            },
            session: if is_child || !model.shows_all_sessions() {
                String::new()
            } else {
                sanitize_line(row.session()).into_owned()
            },
            email: if is_child {
                String::new()
            } else {
                account.email.to_string()
            },
            used: used.map_or_else(String::new, |u| format_age(seconds_since(u.at, model.now))),
            tags: if is_child {
                String::new()
            } else {
                rules.tags_text()
            },
            time,
            time_is_age: left.is_none(),
            color: model.color_of(&account.id, &rules).filter(|_| !is_child),
            number: line
                .kind
                .number()
                .map_or_else(String::new, |number| number.to_string()),
        })
    }
}

/// The account by its alias, with its own name where letters of that are matched; and the letters that are.
fn account_name(line: &VisibleLine, row: &Row, rules: &TargetRules) -> (String, Vec<usize>) {
    let name = &*row.account().name;
    let of_name = &line.marks.account_name;
    let (mut text, mut marks) = match &rules.alias {
        Some(alias) if of_name.is_empty() => (alias.to_string(), line.marks.alias.clone()),
        Some(alias) => {
            let between = " · ";
            let before = name.graphemes(true).count() + between.graphemes(true).count();
            let of_alias = line.marks.alias.iter().map(|at| at + before);
            let marks = of_name.iter().copied().chain(of_alias).collect();
            (format!("{name}{between}{alias}"), marks)
        }
        None => (name.to_owned(), of_name.clone()),
    };
    if let Some(icon) = &rules.icon {
        let before = format!("{icon} ");
        let letters = before.graphemes(true).count();
        for at in &mut marks {
            *at += letters;
        }
        text.insert_str(0, &before);
    }
    (text, marks)
}

/// The permission set, with the alias of this very target where it has one.
fn child_name(model: &Model, row: &Row, rules: &TargetRules) -> String {
    let set = row.in_second_column();
    match &rules.alias {
        Some(alias) if model.options.rules.of(row.account_subject()).alias.as_ref() != Some(alias) => {
            format!("{set} · {alias}")
        }
        _ => set.into_owned(),
    }
}

fn row_sign(model: &Model, line: &VisibleLine, row: &Row, key: Option<&TargetKey>) -> Sign {
    let is_new = |key: &TargetKey| model.new_since(key).is_some();
    match line.kind {
        LineKind::Account { is_folded: true } => Sign::Folded,
        LineKind::Account { is_folded: false } => Sign::Unfolded,
        _ if row.problem().is_some() && line.kind != LineKind::Child => Sign::Problem,
        _ if key.is_some_and(|key| model.is_marked(key)) => Sign::Marked,
        _ if key.is_some_and(|key| model.history.is_favourite(key)) => Sign::Favourite,
        _ if key.is_some_and(is_new) => Sign::New,
        _ => Sign::None,
    }
}

/// What is beside the name: the permission set, or what there is to see below an account.
fn second_field(model: &Model, line: &VisibleLine, row: &Row, is_short: bool) -> String {
    let LineKind::Account { is_folded } = line.kind else {
        return row.in_second_column().into_owned();
    };
    if row.problem().is_some() {
        return "failed to load".to_owned();
    }
    if !is_folded {
        return String::new();
    }
    let sets = row.permission_sets();
    let words = count_names(sets, is_short);
    let new = sets.iter().filter(|set| {
        let key = row.key_of(set);
        model.new_since(&key).is_some()
    });
    match new.count() {
        0 => words,
        new => format!("{words}, {new} new"),
    }
}

/// How long ago something was, as short as a column wants it: "2 d ago".
fn short_age(seconds: i64) -> String {
    format_age(seconds).replace("days", "d").replace("day", "d")
}
