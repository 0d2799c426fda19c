//! The columns of the list: every row has its fields at the same positions.
//!
//! They are chosen for the rows on the screen. Where these need more than the line has, the account ID gives way
//! for all rows, then a blank between the columns; only then is the middle of a name cut, because names often
//! differ at their ends. Before that the time gives way on a narrow screen, and so does the details pane
//! (`front::areas`).

use super::browse::Row;
use super::model::Model;
use crate::domain::text::{shown, width};
use crate::domain::time::seconds_until;

/// Columns of an account ID.
const ID: usize = 12;
/// Cursor, star and a blank.
const GUTTER: usize = 3;
/// Blanks between two columns.
const GAP: usize = 2;
/// With fewer columns than this for both names the time gives way to them.
const NAMES: usize = 36;

/// The columns of a list: how wide each is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub name: usize,
    /// The account ID is shown.
    pub id: bool,
    pub permission_set: usize,
    /// Blanks between two columns.
    pub gap: usize,
    /// Columns of the time that credentials have left, 0 where no row has one.
    pub time: usize,
    /// Names longer than their columns are cut.
    pub is_cut: bool,
}

/// What the rows on the screen need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needs {
    name: usize,
    permission_set: usize,
    time: usize,
}

impl Columns {
    /// The columns of the list on lines of that many columns; the last one is the scroll mark's where there is one.
    #[must_use]
    pub fn of(model: &Model, line: u16) -> Self {
        let (_, height, rows) = model.browse.window();
        let line = usize::from(line.saturating_sub(u16::from(rows > height)));
        let mut needs = Needs::default();
        for (row, ..) in model.browse.visible() {
            needs.name = needs.name.max(width(&shown(&row.account().name)));
            needs.permission_set = needs.permission_set.max(width(&shown(row.in_second_column())));
            needs.time = needs.time.max(width(&time_left(model, row)));
        }
        Self::fitting(line, needs, model.browse.widest_name())
    }

    fn fitting(line: usize, needs: Needs, widest_name: usize) -> Self {
        let wanted = [(true, GAP), (false, GAP), (false, 1)];
        let whole = wanted.into_iter().find_map(|(id, gap)| {
            let free = line.checked_sub(fixed(id, gap, needs.time))?;
            let spare = free.checked_sub(needs.name + needs.permission_set)?;
            // As wide as the names above and below need, so that scrolling moves no column without need.
            let name = widest_name.clamp(needs.name, needs.name + spare);
            Some(Self {
                name,
                id,
                permission_set: free - name,
                gap,
                time: needs.time,
                is_cut: false,
            })
        });
        let names = line.saturating_sub(fixed(false, 1, needs.time));
        match whole {
            Some(columns) => columns,
            None if needs.time > 0 && names < NAMES => {
                Self::fitting(line, Needs { time: 0, ..needs }, widest_name)
            }
            None => Self::cut(names, needs),
        }
    }

    /// Both names share the line; the shorter one gives what it doesn't need.
    fn cut(free: usize, needs: Needs) -> Self {
        let name = if needs.permission_set <= free / 2 {
            free - needs.permission_set
        } else if needs.name <= free / 2 {
            needs.name
        } else {
            free - free / 2
        };
        Self {
            name,
            id: false,
            permission_set: free - name,
            gap: 1,
            time: needs.time,
            is_cut: true,
        }
    }

    /// Whether a row's names are longer than their columns.
    #[must_use]
    pub fn cuts(&self, row: &Row) -> bool {
        width(&shown(&row.account().name)) > self.name
            || width(&shown(row.in_second_column())) > self.permission_set
    }
}

/// How long a row's credentials still live, in words; empty where there are none.
#[must_use]
pub fn time_left(model: &Model, row: &Row) -> String {
    let until = row.key().and_then(|key| model.expiry(&key));
    until.map_or_else(String::new, |until| {
        crate::domain::duration::format_duration(seconds_until(until, model.now))
    })
}

/// What a line has beside the two names.
fn fixed(id: bool, gap: usize, time: usize) -> usize {
    let id = if id { ID + gap } else { 0 };
    let time = if time > 0 { time + 1 } else { 0 };
    GUTTER + gap + id + time
}
