//! Where things stand. Shared by `update`, which must know how many rows are seen, and `view`.

use ratatui::layout::Rect;

/// The smallest screen that is drawn.
pub const SMALLEST: (u16, u16) = (30, 8);
/// From this many columns on there is a details pane.
const DETAILS_FROM: u16 = 100;
/// From this many rows on sections have blank lines between them.
const ROOMY_FROM: u16 = 20;
/// The most rows of details below the list.
const MOST_BELOW: u16 = 12;
/// With fewer rows than this the list leaves none for details.
const LEAST_WITH_DETAILS: u16 = 8;
/// A screen with fewer rows than this shows details over the list: below it there were too few for them.
const BELOW_FROM: u16 = 17;

/// The parts of the list's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowseAreas {
    pub header: Rect,
    pub query: Rect,
    pub top_rule: Rect,
    pub list: Rect,
    pub details: Option<Rect>,
    /// The rule above the details, where they are below the list.
    pub details_rule: Option<Rect>,
    pub bottom_rule: Rect,
    pub footer: Rect,
}

impl BrowseAreas {
    /// The same screen with the list in place of the details pane.
    #[must_use]
    pub fn without_details(mut self) -> Self {
        if self.details.take().is_some() {
            self.list.width = self.header.width;
        }
        self
    }

    /// The same screen with the details below the list, each with about half of the rows.
    #[must_use]
    pub fn with_details_below(mut self) -> Self {
        self = self.without_details();
        if self.list.height < LEAST_WITH_DETAILS {
            return self;
        }
        let rows = self.list.height.div_ceil(2).min(MOST_BELOW);
        self.list.height -= rows + 1;
        let rule = Rect::new(0, self.list.bottom(), self.list.width, 1);
        self.details_rule = Some(rule);
        self.details = Some(Rect::new(
            1,
            rule.bottom(),
            self.list.width.saturating_sub(2),
            rows,
        ));
        self
    }

    /// The column of the wall between the list and the details beside it.
    #[must_use]
    pub fn wall(&self) -> Option<u16> {
        let beside = self.details.filter(|_| self.details_rule.is_none());
        beside.map(|pane| pane.x - 2)
    }
}

/// Whether details fit below the list, whatever notice is in front.
#[must_use]
pub fn has_room_below((_, rows): (u16, u16)) -> bool {
    rows >= BELOW_FROM
}

/// Whether a screen is too small to be drawn.
#[must_use]
pub fn is_too_small((columns, rows): (u16, u16)) -> bool {
    columns < SMALLEST.0 || rows < SMALLEST.1
}

/// Whether the list has room for blank lines between its sections.
#[must_use]
pub fn is_roomy((_, rows): (u16, u16)) -> bool {
    rows >= ROOMY_FROM
}

/// How many rows a notice may take: some of the list stay in sight.
#[must_use]
pub fn most_notice_rows((_, rows): (u16, u16)) -> usize {
    let list = usize::from(rows.saturating_sub(5));
    let kept = (list / 2).clamp(1, 3);
    1 + list.saturating_sub(kept)
}

/// Lays out the list's screen, with so many rows for a notice, the bottom rule among them.
#[must_use]
pub fn lay_out_browse((columns, rows): (u16, u16), notice_rows: u16) -> BrowseAreas {
    let line = |y: u16| Rect::new(0, y.min(rows.saturating_sub(1)), columns, 1.min(rows));
    let height = rows.saturating_sub(4 + notice_rows.max(1));
    // A third for the details, as long as both sides have enough.
    let pane = if columns >= DETAILS_FROM {
        (columns / 3).clamp(38, 52)
    } else {
        0
    };
    let wide = columns - pane;
    BrowseAreas {
        header: line(0),
        query: line(1),
        top_rule: line(2),
        list: Rect::new(0, 3.min(rows), wide, height),
        details: (pane > 0).then(|| Rect::new(wide + 2, 3, pane - 3, height)),
        details_rule: None,
        bottom_rule: line(rows.saturating_sub(1 + notice_rows.max(1))),
        footer: line(rows.saturating_sub(1)),
    }
}
