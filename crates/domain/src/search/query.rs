//! What a query says: words, each with the fields in which it may match.
//!
//! Owns the syntax; must not know how rows are kept or in which order they are shown.
//!
//! [`SYNTAX`] is its description, for the help and the docs.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};

use super::letters::Letters;
use crate::targets::reference::Reference;
use crate::text::fold::fold_text;

/// The syntax of a query: an example, and what it finds.
pub const SYNTAX: &[(&str, &str)] = &[
    (
        "pay adm",
        "fuzzy match on account and permission set; words in any order",
    ),
    ("1234", "part of an account ID or email"),
    ("'word", "exact match"),
    ("^pay", "starts with"),
    ("prod$", "ends with"),
    ("!dev", "does not contain"),
    ("prod | live", "either"),
    (
        "set:admin",
        "in one field: acct, alias, id, set, tag, email or session",
    ),
    ("pay/adm", "account and permission set"),
    (
        "arn:…",
        "account and permission set of a pasted ARN, link or dashed account ID",
    ),
];

/// A field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    AccountName,
    PermissionSet,
    AccountId,
    Email,
    Session,
    /// What rules call it.
    Alias,
    /// What rules tag it with.
    Tag,
    /// A chained role with the way to it. Long, so that letters of a word must not be apart in it.
    Way,
}

impl Field {
    /// The field that a word names in front of a colon.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "acct" | "account" | "name" => Self::AccountName,
            "set" | "role" => Self::PermissionSet,
            "id" => Self::AccountId,
            "email" | "mail" => Self::Email,
            "session" => Self::Session,
            "alias" => Self::Alias,
            "tag" | "tags" => Self::Tag,
            _ => return None,
        })
    }

    /// Whether letters of a word may be apart in it. Scattered digits and letters of an ID or an email address
    /// would match nearly everything.
    pub(super) fn is_loose(self) -> bool {
        matches!(self, Self::AccountName | Self::PermissionSet | Self::Alias)
    }
}

/// Fields that a word is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fields(u8);

impl Fields {
    pub(super) fn of(fields: &[Field]) -> Self {
        Self(fields.iter().fold(0, |bits, field| bits | 1 << *field as u8))
    }

    /// Where a word without a field is looked for. All rows of a list may be of one session, so its name counts
    /// only where it is asked for.
    fn usual() -> Self {
        Self::of(&[
            Field::AccountName,
            Field::PermissionSet,
            Field::AccountId,
            Field::Email,
            Field::Alias,
            Field::Tag,
            Field::Way,
        ])
    }

    /// The same without some.
    pub(super) fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(super) fn contains(self, field: Field) -> bool {
        self.0 & 1 << field as u8 != 0
    }
}

/// One word, in the form for names and in the stricter one for IDs and email addresses.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) fields: Fields,
    pub(super) loose: Atom,
    pub(super) strict: Atom,
    /// What a text must have to contain it.
    pub(super) letters: Letters,
}

impl Word {
    fn new(fields: Fields, loose: Atom) -> Self {
        let mut strict = loose.clone();
        if strict.kind == AtomKind::Fuzzy {
            strict.kind = AtomKind::Substring;
        }
        Self {
            fields,
            letters: Letters::of_word(&loose),
            loose,
            strict,
        }
    }

    fn exact(field: Field, text: &str) -> Self {
        let atom = Atom::new(
            &fold_text(text),
            CaseMatching::Ignore,
            Normalization::Never,
            AtomKind::Exact,
            false,
        );
        Self::new(Fields::of(&[field]), atom)
    }

    /// Whether rows must not have it.
    pub(super) fn is_negative(&self) -> bool {
        self.loose.negative
    }

    /// No ID, email address or other text in which letters must be side by side gives it a better score: as many points as the
    /// matcher has for each letter and for its place, with the first letter's place counted twice.
    pub(super) fn most_in_strict_field(&self) -> u32 {
        const MATCH: u32 = 16;
        const PLACE: u32 = 10;
        let letters = u32::try_from(self.strict.needle_text().len()).unwrap_or(u32::MAX);
        letters.saturating_mul(MATCH + PLACE).saturating_add(PLACE)
    }

    /// The word with its letters side by side, whatever the field.
    pub(super) fn strict_atom(&self) -> &Atom {
        &self.strict
    }

    pub(super) fn atom(&self, field: Field) -> &Atom {
        if field.is_loose() {
            &self.loose
        } else {
            &self.strict
        }
    }
}

/// Words that a row must match all.
pub(super) type Conjunction = Vec<Word>;

/// What a row must match one of: one word of a query, or several with `|` between them.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) alternatives: Vec<Conjunction>,
    /// As it was typed: the same word twice says nothing more.
    pub(super) text: String,
}

/// The terms of a query, each once: a row must match them all.
pub(super) fn parse_query(query: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut either = false;
    for piece in split_pieces(query) {
        if piece == "|" {
            either = true;
            continue;
        }
        let alternatives = parse_alternatives(piece);
        let joins = std::mem::take(&mut either);
        if alternatives.is_empty() {
            continue;
        }
        match terms.last_mut().filter(|_| joins) {
            Some(term) => {
                seen.remove(&term.text);
                term.text.push_str(" | ");
                term.text.push_str(piece);
                term.alternatives.extend(alternatives);
            }
            None => terms.push(Term {
                alternatives,
                text: piece.to_owned(),
            }),
        }
    }
    terms.retain(|term| seen.insert(term.text.clone()));
    terms
}

/// The pieces between blanks; `\ ` is a blank of a word.
pub(super) fn split_pieces(query: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    query
        .split(move |c: char| {
            let parts = c.is_whitespace() && !escaped;
            escaped = c == '\\';
            parts
        })
        .filter(|piece| !piece.is_empty())
}

fn parse_alternatives(piece: &str) -> Vec<Conjunction> {
    if let Some(reference) = Reference::parse(piece) {
        let mut words = vec![Word::exact(Field::AccountId, reference.account_id.as_str())];
        words.extend(
            reference
                .role
                .map(|role| Word::exact(Field::PermissionSet, &role)),
        );
        return vec![words];
    }
    let mut list: Vec<Conjunction> = parse_word(piece).map(|word| vec![word]).into_iter().collect();
    list.extend(account_and_set(piece));
    list
}

fn parse_word(piece: &str) -> Option<Word> {
    let (sign, rest) = match piece.strip_prefix('!') {
        Some(rest) => ("!", rest),
        None => ("", piece),
    };
    let named = rest
        .split_once(':')
        .and_then(|(name, rest)| Some((Field::named(name)?, rest)));
    match named {
        Some((field, rest)) => {
            parse_atom(&format!("{sign}{rest}")).map(|atom| Word::new(Fields::of(&[field]), atom))
        }
        None => parse_atom(piece).map(|atom| Word::new(Fields::usual(), atom)),
    }
}

fn parse_atom(text: &str) -> Option<Atom> {
    let atom = Atom::parse(&fold_text(text), CaseMatching::Ignore, Normalization::Never);
    (!atom.needle_text().is_empty()).then_some(atom)
}

/// `ACCOUNT/SET`: an account by name or ID, and a permission set of it.
fn account_and_set(piece: &str) -> Option<Conjunction> {
    let (account, set) = piece.rsplit_once('/')?;
    let signs = |text: &str| text.starts_with(['!', '\'', '^']) || text.ends_with('$');
    if signs(account) || signs(set) {
        return None;
    }
    let dashed = Reference::parse(account).map(|reference| reference.account_id.to_string());
    let account_fields = Fields::of(&[Field::AccountName, Field::AccountId, Field::Alias]);
    Some(vec![
        Word::new(account_fields, parse_atom(dashed.as_deref().unwrap_or(account))?),
        Word::new(Fields::of(&[Field::PermissionSet]), parse_atom(set)?),
    ])
}
