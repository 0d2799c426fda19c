//! How the user left the list's screen: what was open, and how the list was arranged.

/// Whose targets the list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownSessions {
    #[default]
    One,
    /// Those of all sessions that are signed in.
    All,
}

/// What the portal opens with again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewState {
    /// The details are open where there is room for them beside the list.
    pub details_beside: bool,
    /// The details are open where they take rows of the list. Remembered apart from the above: who closes them on a
    /// small screen may want them on a large one.
    pub details_below: bool,
    /// The list has a line for each target in place of the tree of accounts.
    pub flat: bool,
    pub sessions: ShownSessions,
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            details_beside: true,
            details_below: false,
            flat: false,
            sessions: ShownSessions::One,
        }
    }
}
