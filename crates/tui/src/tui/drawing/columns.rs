//! The columns of the list: every row has its fields at the same positions.
//!
//! They are chosen for the lines on the screen. Where these need more than the screen has, what is known from elsewhere
//! gives way first (tags, last use, email address, account ID), then blanks, numbers and times; so does the details
//! pane (`front::areas`). Only then do rows with long names leave the columns: each takes the room that its own fields
//! leave, and the middle of a name is cut where that is not enough, because names often differ at their ends.

use super::fields::Fields;
use crate::domain::text::{least_width, text_width};
use crate::tui::browse::VisibleLine;
use crate::tui::model::Model;

/// Cursor, sign and a blank.
pub const GUTTER: usize = 3;
/// Columns by which a permission set is further right than its account.
pub const INDENT: usize = 2;
/// Blanks between two columns.
const GAP: usize = 2;
/// With fewer columns than this for both names the time gives way to them.
const NAMES: usize = 36;
/// How many of the columns that are known from elsewhere are left out before the way to a role is cut.
const BARE: usize = 4;
/// With fewer columns than this words are as short as they can be.
const SHORT: u16 = 60;

/// The columns of a list: how wide each is, 0 where it is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub name: usize,
    pub second: usize,
    pub word: usize,
    pub session: usize,
    pub id: usize,
    pub email: usize,
    pub used: usize,
    pub tags: usize,
    /// At the right end, as the number is.
    pub time: usize,
    pub number: usize,
    /// Blanks between two columns.
    pub gap: usize,
    /// Blanks in front of the columns at the right end.
    pub spare: usize,
    /// Some rows don't fit their columns.
    pub is_ragged: bool,
    /// Words are as short as they can be: on a narrow screen, and where there would be no room for the numbers of keys.
    pub is_short: bool,
}

/// What a search has found rows by, which is shown before IDs then.
#[derive(Clone, Copy, Debug, Default)]
struct Reasons {
    email: bool,
    tags: bool,
}

/// Where the two names of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// In their columns.
    Columns,
    /// On a line of its own making: the columns of both names, without the blanks around them.
    Line { name: usize, second: usize },
}

impl Columns {
    /// The columns of the list on lines of that many columns; the last one is the scroll mark's where there is one.
    #[must_use]
    pub fn of(model: &Model, line: u16) -> Self {
        let lines = model.browse.visible();
        let reasons = Reasons {
            email: lines.iter().any(|line| line.marks.needs_email),
            tags: lines.iter().any(|line| line.marks.needs_tags),
        };
        let with_words = |is_short: bool| {
            let fields = lines
                .iter()
                .filter_map(|shown| Fields::of(model, shown, is_short));
            let fields: Vec<Fields> = fields.collect();
            let columns = Self::fitting(
                list_columns(model, line),
                &fields,
                model.browse.widest_name(),
                reasons,
            );
            let hides_numbers = columns.number == 0 && fields.iter().any(|of| !of.number.is_empty());
            (Self { is_short, ..columns }, hides_numbers)
        };
        let (columns, hides_numbers) = with_words(line < SHORT);
        if !hides_numbers || columns.is_short {
            return columns;
        }
        match with_words(true) {
            (short, false) => short,
            _ => columns,
        }
    }

    fn fitting(line: usize, fields: &[Fields], widest_name: usize, reasons: Reasons) -> Self {
        let widest = |of: &dyn Fn(&Fields) -> usize| fields.iter().map(of).max().unwrap_or_default();
        let needs = Self {
            name: widest(&|f| if f.is_child { 0 } else { text_width(&f.name) }),
            second: widest(&|f| text_width(&f.second)),
            word: widest(&|f| text_width(f.word)),
            session: widest(&|f| text_width(&f.session)),
            id: widest(&|f| text_width(&f.id)),
            email: widest(&|f| text_width(&f.email)),
            used: widest(&|f| text_width(&f.used)),
            tags: widest(&|f| text_width(&f.tags)),
            time: widest(&|f| text_width(&f.time)),
            number: widest(&|f| text_width(&f.number)),
            gap: GAP,
            ..Self::default()
        };
        let child = widest(&|f| {
            if f.is_child {
                text_width(&f.name) + INDENT
            } else {
                0
            }
        });
        // Of ways to chained roles a part is enough: they have no one leave the columns, nor the details their place.
        let least_child = widest(&|f| {
            if f.is_child {
                least_width(&f.name) + INDENT
            } else {
                0
            }
        });
        let least = Self {
            second: widest(&|f| least_width(&f.second)),
            ..needs
        };
        // Where the last use has a column, it is not said again at the right end.
        let left = widest(&|f| if f.time_is_age { 0 } else { text_width(&f.time) });
        let fitting = needs.giving_way(reasons, left).find_map(|columns| {
            let spare = line.checked_sub(columns.taken())?;
            let left = columns.name + columns.gap + columns.second;
            let more = child.saturating_sub(left);
            let spare = spare.checked_sub(more)?;
            // As wide as the names above and below need, so that scrolling moves no column without need.
            let name = widest_name.clamp(columns.name, columns.name + spare);
            let spare = spare - (name - columns.name);
            Some(Self {
                name,
                second: columns.second + more,
                spare,
                ..columns
            })
        });
        let with_cut_ways = || {
            least.giving_way(reasons, left).skip(BARE).find_map(|columns| {
                let spare = line.checked_sub(columns.taken())?;
                let left = columns.name + columns.gap + columns.second;
                let second = columns.second + least_child.saturating_sub(left);
                let room = second + spare.checked_sub(second - columns.second)?;
                let wanted = needs.second.max(child.saturating_sub(columns.name + columns.gap));
                Some(Self {
                    second: room.min(wanted),
                    spare: room.saturating_sub(wanted),
                    ..columns
                })
            })
        };
        let fitting = fitting.or_else(with_cut_ways);
        fitting.unwrap_or_else(|| needs.ragged(line, fields))
    }

    /// The columns with one more of them left out each time; `left` is the width of the time without that of last uses.
    fn giving_way(self, reasons: Reasons, left: usize) -> impl Iterator<Item = Self> {
        let Self { id, email, .. } = self;
        let tags = if reasons.tags { self.tags } else { 0 };
        let bare = Self {
            id: 0,
            email: 0,
            used: 0,
            tags: 0,
            ..self
        };
        let all = Self {
            time: if self.used > 0 { left } else { self.time },
            ..self
        };
        let least = match reasons {
            Reasons { email: true, .. } => Self { email, tags, ..bare },
            Reasons { tags: true, .. } => Self { tags, ..bare },
            _ => Self { id, ..bare },
        };
        [
            all,
            Self { tags, ..all },
            Self {
                id,
                email,
                tags,
                ..bare
            },
            least,
            bare,
            Self { gap: 1, ..bare },
            Self {
                gap: 1,
                number: 0,
                ..bare
            },
            Self {
                gap: 1,
                number: 0,
                session: 0,
                ..bare
            },
        ]
        .into_iter()
    }

    /// What a line takes besides spare blanks.
    fn taken(self) -> usize {
        let more = [
            self.word,
            self.session,
            self.id,
            self.email,
            self.used,
            self.tags,
            self.time,
            self.number,
        ];
        let more: usize = more
            .into_iter()
            .filter(|width| *width > 0)
            .map(|w| w + self.gap)
            .sum();
        GUTTER + self.name + self.gap + self.second + more
    }

    /// Columns that as many rows as possible fit into.
    fn ragged(self, line: usize, fields: &[Fields]) -> Self {
        let mut columns = Self {
            gap: 1,
            session: 0,
            id: 0,
            email: 0,
            used: 0,
            tags: 0,
            number: 0,
            is_ragged: true,
            name: 0,
            second: 0,
            ..self
        };
        let mut names = line.saturating_sub(columns.taken());
        if columns.time > 0 && names < NAMES {
            columns.time = 0;
            names = line.saturating_sub(columns.taken());
        }
        let fits = |name: usize| {
            let fits = |f: &&Fields| text_width(&f.name) <= name && text_width(&f.second) <= names - name;
            fields.iter().filter(|f| !f.is_child).filter(fits).count()
        };
        let wanted = fields
            .iter()
            .filter(|f| !f.is_child)
            .map(|f| text_width(&f.name).min(names));
        let half = names - names / 2;
        let best = wanted
            .chain([half])
            .max_by_key(|name| (fits(*name), std::cmp::Reverse(*name)));
        columns.name = best.unwrap_or(half);
        columns.second = names - columns.name;
        columns
    }

    /// Where the names of a row are.
    #[must_use]
    pub fn fit(&self, fields: &Fields, line: usize) -> Fit {
        let (name, second) = (text_width(&fields.name), text_width(&fields.second));
        if !self.is_ragged || (!fields.is_child && name <= self.name && second <= self.second) {
            return Fit::Columns;
        }
        let indent = if fields.is_child { INDENT } else { 0 };
        let own = [
            (self.word, text_width(fields.word)),
            (self.time, text_width(&fields.time)),
        ];
        // A column that the row has nothing in is the names' to take.
        let tail: usize = own
            .iter()
            .filter(|(column, own)| *column > 0 && *own > 0)
            .map(|(_, own)| own + 1)
            .sum();
        let free = line.saturating_sub(GUTTER + indent + tail);
        if fields.is_child || second == 0 || (fields.is_summary && name + 1 + second > free) {
            return Fit::Line {
                name: name.min(free),
                second: 0,
            };
        }
        let free = free.saturating_sub(1);
        let (name, second) = share_columns(free, name, second);
        Fit::Line { name, second }
    }

    /// Whether a row is cut.
    #[must_use]
    pub fn cuts(&self, fields: &Fields, line: usize) -> bool {
        let (account, permission_set) = self.cut_parts(fields, line);
        account || permission_set
    }

    /// Whether a row's account is cut, and whether its permission set is.
    #[must_use]
    pub fn cut_parts(&self, fields: &Fields, line: usize) -> (bool, bool) {
        match self.fit(fields, line) {
            Fit::Columns if fields.is_child => {
                let room = self.name + self.gap + self.second;
                (false, text_width(&fields.name) + INDENT > room)
            }
            Fit::Columns => (false, text_width(&fields.second) > self.second),
            Fit::Line { name, second } => {
                let is_set_cut = second < text_width(&fields.second) && !fields.is_summary;
                let is_name_cut = name < text_width(&fields.name);
                if fields.is_child {
                    (false, is_name_cut || is_set_cut)
                } else {
                    (is_name_cut, is_set_cut)
                }
            }
        }
    }
}

/// How two texts share a line: the shorter one gives what it doesn't need.
fn share_columns(free: usize, name: usize, second: usize) -> (usize, usize) {
    if name + second <= free {
        (name, second)
    } else if second <= free / 2 {
        (free - second, second)
    } else if name <= free / 2 {
        (name, free - name)
    } else {
        (free - free / 2, free / 2)
    }
}

/// Columns of a line without the scroll mark's.
#[must_use]
pub fn list_columns(model: &Model, line: u16) -> usize {
    let (_, height, lines) = model.browse.window();
    usize::from(line.saturating_sub(u16::from(lines > height)))
}

/// Whether any row on the screen is cut.
#[must_use]
pub fn cuts_any(model: &Model, line: u16) -> bool {
    let columns = Columns::of(model, line);
    let cuts = |shown: &VisibleLine| {
        let fields = Fields::of(model, shown, columns.is_short);
        fields.is_some_and(|fields| columns.cuts(&fields, list_columns(model, line)))
    };
    columns.is_ragged && model.browse.visible().iter().any(cuts)
}
