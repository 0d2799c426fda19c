//! Texts in the form in which the matcher reads them.
//!
//! Those that many rows share are stored here. Those of accounts, of which there are tens of thousands, are the catalog's
//! own: what is known of each besides is which letters it has.

use std::collections::HashMap;
use std::sync::Arc;

use nucleo_matcher::pattern::Atom;
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};
use unicode_segmentation::UnicodeSegmentation as _;

use super::letters::Letters;
use super::query::{Field, Fields};
use super::simple::SimpleFolds;
use crate::AccountEntry;
use crate::text::fold::fold_text;

/// What comparing needs besides texts.
pub(super) struct Scratch {
    matcher: Matcher,
    folds: SimpleFolds,
    /// A text that is folded when it is compared.
    characters: Vec<char>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            folds: SimpleFolds::default(),
            characters: Vec::new(),
        }
    }
}

/// What is compared in place of a text that isn't ASCII.
#[derive(Debug)]
pub(super) struct Folded {
    /// One character per grapheme, folded.
    characters: Utf32String,
    /// Which grapheme of the text each of them comes from; empty where that is its own number.
    origins: Vec<usize>,
    /// More texts of the same field, such as tags.
    others: Vec<u32>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let (characters, origins) = fold_graphemes(text);
        Self {
            characters,
            origins,
            others: Vec::new(),
        }
    }

    fn letters(&self) -> Letters {
        Letters::of_characters(self.characters.slice(..).chars())
    }
}

/// A text that rows share; its letters are in the store.
#[derive(Debug)]
struct Text {
    start: u32,
    length: u32,
    letters: Letters,
    /// Whether it is a name, whose letters may be apart.
    is_loose: bool,
    folded: Option<Box<Folded>>,
}

/// Texts that rows share, all of their letters in one.
#[derive(Debug, Default)]
pub(super) struct TextStore {
    all: Vec<Text>,
    letters: String,
}

impl TextStore {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds a text; returns its place.
    pub(super) fn add(&mut self, text: &str, is_loose: bool) -> u32 {
        let folded = (!text.is_ascii()).then(|| Box::new(Folded::of(text)));
        let letters = match &folded {
            Some(folded) => folded.letters(),
            None => Letters::of_ascii(text.bytes()),
        };
        self.push(text, letters, is_loose, folded)
    }

    /// Adds several texts of one field, each of which may match.
    pub(super) fn add_several(&mut self, texts: &[String]) -> u32 {
        let (first, others) = texts
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        if others.is_empty() {
            return self.add(first, false);
        }
        let others: Vec<u32> = others.iter().map(|text| self.add(text, false)).collect();
        let folded = Folded {
            others,
            ..Folded::of(first)
        };
        let of_others = folded
            .others
            .iter()
            .filter_map(|place| self.all.get(*place as usize));
        let letters = of_others.fold(folded.letters(), |letters, text| letters.and(text.letters));
        self.push(first, letters, false, Some(Box::new(folded)))
    }

    fn push(&mut self, text: &str, letters: Letters, is_loose: bool, folded: Option<Box<Folded>>) -> u32 {
        let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let (start, length) = (number(self.letters.len()), number(text.len()));
        self.letters.push_str(text);
        self.all.push(Text {
            start,
            length,
            letters,
            is_loose,
            folded,
        });
        number(self.all.len() - 1)
    }

    pub(super) fn get(&self, place: u32) -> Option<StoredText<'_>> {
        let text = self.all.get(place as usize)?;
        let start = text.start as usize;
        Some(StoredText {
            original: self.letters.get(start..start + text.length as usize)?,
            letters: text.letters,
            is_loose: text.is_loose,
            form: match &text.folded {
                Some(folded) => Form::Folded(folded, Some(self)),
                None => Form::Ascii,
            },
        })
    }
}

/// The texts of an account.
#[derive(Debug)]
struct AccountText {
    entry: Arc<AccountEntry>,
    name: Letters,
    email: Letters,
    /// Of its session, among the shared texts.
    session: u32,
    first_row: u32,
}

/// The texts of accounts.
#[derive(Debug, Default)]
pub(super) struct AccountTexts {
    all: Vec<AccountText>,
    folds: SimpleFolds,
    /// What is compared in place of texts that are not folded character by character.
    folded: HashMap<(u32, Field), Folded>,
}

impl AccountTexts {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.all.reserve_exact(more);
    }

    /// For how many there is room.
    pub(super) fn room(&self) -> usize {
        self.all.capacity()
    }

    pub(super) fn add(&mut self, entry: Arc<AccountEntry>, session: u32, first_row: u32) -> u32 {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let name = self.learn_letters((number, Field::AccountName), &entry.account.name);
        let email = self.learn_letters((number, Field::Email), &entry.account.email);
        self.all.push(AccountText {
            entry,
            name,
            email,
            session,
            first_row,
        });
        number
    }

    fn learn_letters(&mut self, place: (u32, Field), text: &str) -> Letters {
        if text.is_ascii() {
            return Letters::of_ascii(text.bytes());
        }
        if let Some(letters) = self.folds.letters(text) {
            return letters;
        }
        let folded = Folded::of(text);
        let letters = folded.letters();
        self.folded.insert(place, folded);
        letters
    }

    pub(super) fn session(&self, account: u32) -> Option<u32> {
        Some(self.all.get(account as usize)?.session)
    }

    /// The first row of an account whose permission sets are known.
    pub(super) fn first_row_of_known(&self, account: u32) -> Option<u32> {
        let text = self.all.get(account as usize)?;
        (!text.entry.permission_sets.is_empty()).then_some(text.first_row)
    }

    /// The texts of some fields of an account.
    pub(super) fn texts(
        &self,
        account: u32,
        fields: Fields,
    ) -> impl Iterator<Item = (Field, StoredText<'_>)> {
        let of = self.all.get(account as usize).into_iter();
        of.flat_map(move |text| {
            let its = &text.entry.account;
            let texts: [(Field, &str, Letters); 3] = [
                (Field::AccountName, &its.name, text.name),
                (Field::AccountId, its.id.as_str(), Letters::DIGITS),
                (Field::Email, &its.email, text.email),
            ];
            texts.into_iter()
        })
        .filter(move |(field, ..)| fields.contains(*field))
        .map(move |(field, original, letters)| {
            let text = StoredText {
                original,
                letters,
                is_loose: field.is_loose(),
                form: self.form((account, field), original),
            };
            (field, text)
        })
    }

    fn form(&self, place: (u32, Field), text: &str) -> Form<'_> {
        if text.is_ascii() {
            return Form::Ascii;
        }
        match self.folded.get(&place) {
            Some(folded) => Form::Folded(folded, None),
            None => Form::Simple,
        }
    }

    /// The name of an account.
    pub(super) fn name(&self, account: u32) -> Option<StoredText<'_>> {
        let mut texts = self.texts(account, Fields::of(&[Field::AccountName]));
        texts.next().map(|(_, text)| text)
    }
}

/// One character per grapheme, folded, and which grapheme each of them comes from.
fn fold_graphemes(text: &str) -> (Utf32String, Vec<usize>) {
    if text.is_ascii() {
        return (text.into(), Vec::new());
    }
    let mut chars = Vec::new();
    let mut origins = Vec::new();
    for (number, grapheme) in text.graphemes(true).enumerate() {
        // One grapheme may become several: ß, ㌔.
        for folded in fold_text(grapheme).graphemes(true) {
            chars.extend(folded.chars().next());
            origins.push(number);
        }
    }
    if origins.iter().enumerate().all(|(at, origin)| at == *origin) {
        origins.clear();
    }
    (Utf32String::Unicode(chars.into()), origins)
}

/// What of a text is compared.
#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    /// The text itself.
    Ascii,
    /// Its characters, folded one by one when it is compared.
    Simple,
    /// What was folded before; other texts of the field are in the store.
    Folded(&'a Folded, Option<&'a TextStore>),
}

/// A text with its letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredText<'a> {
    pub(super) original: &'a str,
    letters: Letters,
    is_loose: bool,
    form: Form<'a>,
}

impl StoredText<'_> {
    pub(super) fn is_loose(self) -> bool {
        self.is_loose
    }

    pub(super) fn letters(self) -> Letters {
        self.letters
    }

    pub(super) fn score(self, atom: &Atom, scratch: &mut Scratch) -> Option<u32> {
        let own = self.compare(scratch, |whole, matcher| {
            atom.score(whole, matcher).map(u32::from)
        });
        let Form::Folded(folded, Some(store)) = self.form else {
            return own;
        };
        let others = folded.others.iter().filter_map(|place| store.get(*place));
        let mut others = others.map(|text| text.score(atom, scratch));
        if atom.negative {
            // What must be absent is absent from all of them.
            return own.filter(|_| others.all(|score| score.is_some()));
        }
        others.flatten().chain(own).max()
    }

    /// The graphemes that an atom matches; of several texts, in all of them with blanks between them.
    pub(super) fn matched(self, atom: &Atom, scratch: &mut Scratch) -> Vec<usize> {
        let mut matched = self.matched_here(atom, scratch);
        if let Form::Folded(folded, Some(store)) = self.form {
            let mut before = self.original.graphemes(true).count() + 1;
            for text in folded.others.iter().filter_map(|place| store.get(*place)) {
                matched.extend(text.matched_here(atom, scratch).into_iter().map(|at| at + before));
                before += text.original.graphemes(true).count() + 1;
            }
        }
        matched
    }

    fn matched_here(self, atom: &Atom, scratch: &mut Scratch) -> Vec<usize> {
        let mut indices = Vec::new();
        self.compare(scratch, |whole, matcher| {
            atom.indices(whole, matcher, &mut indices)
        });
        let origins = match self.form {
            Form::Folded(folded, _) => folded.origins.as_slice(),
            _ => &[],
        };
        let origin = |at: usize| origins.get(at).copied().unwrap_or(at);
        indices.into_iter().map(|at| origin(at as usize)).collect()
    }

    /// Gives the folded text to the matcher.
    fn compare<T>(self, scratch: &mut Scratch, compare: impl FnOnce(Utf32Str<'_>, &mut Matcher) -> T) -> T {
        let Scratch {
            matcher,
            folds,
            characters,
        } = scratch;
        let whole = match self.form {
            Form::Ascii => Utf32Str::Ascii(self.original.as_bytes()),
            Form::Folded(folded, _) => folded.characters.slice(..),
            Form::Simple => {
                characters.clear();
                characters.extend(self.original.chars().map(|c| folds.fold(c).unwrap_or(c)));
                Utf32Str::Unicode(characters)
            }
        };
        compare(whole, matcher)
    }
}
