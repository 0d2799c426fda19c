//! How the fields of a row share its line: no name is cut while its line has blanks to give.
//!
//! All rows have the same columns, wide enough for most names. A row that needs more goes its own way: it takes
//! the blanks of its other fields, then the account ID's columns, then the blanks between. Only what is longer
//! than the whole line is cut, in the middle, because names often differ at their ends.

use crate::domain::text::width;
use crate::tui::browse::Widths;

/// Columns of an account ID, and of the time that credentials have left.
const ID: usize = 12;
const TIME: usize = 9;
/// Cursor, star and a blank.
const GUTTER: usize = 3;
const GAP: usize = 2;

/// The columns of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Columns {
    line: usize,
    name: usize,
    id: bool,
    permission_set: usize,
    time: bool,
}

/// Where the fields of one row go: how many columns each takes, and the blanks behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Fields {
    /// A blank behind cursor and star.
    pub(in crate::tui) gutter_blank: bool,
    pub(in crate::tui) name: usize,
    /// The account ID is shown.
    pub(in crate::tui) id: bool,
    pub(in crate::tui) permission_set: usize,
    pub(in crate::tui) gap: usize,
    /// Columns of the time, filled up from the left.
    pub(in crate::tui) time: usize,
    /// A name is cut.
    pub(in crate::tui) is_cut: bool,
}

impl Columns {
    /// The columns of a list on lines of that many columns.
    pub(in crate::tui) fn of(line: usize, widths: &Widths) -> Self {
        let fits = |(id, time): &(bool, bool)| {
            widths.usual_name + widths.usual_permission_set + fixed(*id, *time) <= line
        };
        let wanted = [(true, true), (false, true), (false, false)];
        let (id, time) = wanted.into_iter().find(fits).unwrap_or((false, false));
        let free = line.saturating_sub(fixed(id, time));
        let name = widths
            .widest_name
            .min(free.saturating_sub(widths.usual_permission_set))
            .max(widths.usual_name.min(free / 2));
        Self {
            line,
            name,
            id,
            permission_set: free - name.min(free),
            time,
        }
    }

    /// The fields of a row with these texts.
    pub(in crate::tui) fn fields(&self, name: &str, permission_set: &str, time: &str) -> Fields {
        let (name, permission_set, time) = (width(name), width(permission_set), width(time));
        let aligned = name <= self.name
            && permission_set <= self.permission_set
            && (time == 0 || (self.time && time <= TIME));
        if aligned {
            return Fields {
                gutter_blank: true,
                name: self.name,
                id: self.id,
                permission_set: self.permission_set,
                gap: GAP,
                time: if self.time { TIME } else { 0 },
                is_cut: false,
            };
        }
        let fits = |fields: &Fields| fields.columns(name, permission_set) <= self.line;
        let own = |gutter_blank, id, gap| Fields {
            gutter_blank,
            name,
            id,
            permission_set,
            gap,
            time,
            is_cut: false,
        };
        [
            own(true, self.id, GAP),
            own(true, false, GAP),
            own(true, false, 1),
            own(false, false, 1),
        ]
        .into_iter()
        .find(fits)
        .map_or_else(
            || self.cut(name, permission_set, time),
            |fields| self.spread(fields),
        )
    }

    /// What is left of the line goes between the permission set and the time, which stands at the end.
    fn spread(&self, fields: Fields) -> Fields {
        let left = self
            .line
            .saturating_sub(fields.columns(fields.name, fields.permission_set));
        Fields {
            permission_set: fields.permission_set + left,
            ..fields
        }
    }

    /// Both names share the line; the shorter one gives what it doesn't need.
    fn cut(&self, name: usize, permission_set: usize, time: usize) -> Fields {
        let mut fields = Fields {
            gap: 1,
            time,
            is_cut: true,
            ..Fields::default()
        };
        let free = self.line.saturating_sub(fields.columns(0, 0));
        fields.name = if permission_set <= free / 2 {
            free - permission_set
        } else if name <= free / 2 {
            name
        } else {
            free - free / 2
        };
        fields.permission_set = free - fields.name;
        fields
    }
}

impl Fields {
    /// The columns of a row with names of these widths.
    fn columns(&self, name: usize, permission_set: usize) -> usize {
        let gutter = if self.gutter_blank { GUTTER } else { GUTTER - 1 };
        let id = if self.id { ID + self.gap } else { 0 };
        let time = if self.time > 0 { self.time + 1 } else { 0 };
        gutter + name + self.gap + id + permission_set + time
    }
}

fn fixed(id: bool, time: bool) -> usize {
    let id = if id { ID + GAP } else { 0 };
    let time = if time { TIME + 1 } else { 0 };
    GUTTER + GAP + id + time
}
