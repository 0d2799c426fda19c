//! What keys ask for, and the table of keys. The footer, the help and the table of the guide are made from it.
//!
//! A line with a rank is shown in the footer; the lowest ranks remain when space is short. It is code and not a file that
//! is read, because it is needed before the first frame.

/// What a key can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Enter,
    Console,
    Export,
    Copy,
    Favourite,
    Details,
    Actions,
    /// Marks the target, or takes its mark away.
    Mark,
    SaveProfile,
    Refresh,
    Changes,
    SignIn,
    Sessions,
    Open,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Clear,
    Search,
    Fold,
    Unfold,
    FoldAll,
    /// Shows what rules hide, or hides it again.
    Hidden,
    Tree,
    Number,
    Submit,
    OpenPage,
    CopyAddress,
    NextField,
    PreviousField,
    Activity,
    Help,
    Back,
    Quit,
    Suspend,
    Redraw,
}

impl Action {
    /// Whether it acts on the row under the cursor.
    #[must_use]
    pub fn is_on_target(self) -> bool {
        matches!(
            self,
            Self::Enter
                | Self::Console
                | Self::Export
                | Self::Copy
                | Self::Favourite
                | Self::Actions
                | Self::Mark
                | Self::SaveProfile
        )
    }
}

/// Where a binding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// The list of targets.
    Browse,
    /// Everything with a cursor: the list of targets, menus, the help.
    List,
    /// The list while its search is empty.
    EmptyQuery,
    /// The list in vim mode, while no search is typed.
    Vim,
    SignIn,
    Setup,
    Menu,
    /// The details over the list.
    Details,
    /// A page to open elsewhere.
    Link,
    Always,
}

impl Context {
    /// All of them, in the order of the help and the docs.
    pub const ALL: [Self; 10] = [
        Self::SignIn,
        Self::Setup,
        Self::Browse,
        Self::EmptyQuery,
        Self::List,
        Self::Vim,
        Self::Menu,
        Self::Details,
        Self::Link,
        Self::Always,
    ];

    /// What the help calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Browse => "Targets",
            Self::EmptyQuery => "While the search is empty",
            Self::List => "Moving",
            Self::Vim => "Navigation with keys = \"vim\"",
            Self::SignIn => "Sign-in",
            Self::Setup => "First run",
            Self::Menu => "Menus",
            Self::Details => "Details",
            Self::Link => "Link",
            Self::Always => "Everywhere",
        }
    }
}

/// One line of the table.
pub(super) struct Line {
    pub(super) action: Action,
    pub(super) context: Context,
    /// As people write them.
    pub(super) keys: &'static [&'static str],
    /// The word in the footer.
    pub(super) label: &'static str,
    /// The sentence in the help.
    pub(super) help: &'static str,
    /// Its place in the footer, if it stands there.
    pub(super) rank: Option<u8>,
}

impl Line {
    /// The word that the footer and menus have for it.
    const fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    const fn rank(self, rank: u8) -> Self {
        Self {
            rank: Some(rank),
            ..self
        }
    }
}

const fn key_line(
    context: Context,
    action: Action,
    keys: &'static [&'static str],
    help: &'static str,
) -> Line {
    Line {
        action,
        context,
        keys,
        label: "",
        help,
        rank: None,
    }
}

/// All lines, in the order of the help.
pub(super) const TABLE: &[Line] = &[
    key_line(
        Context::Browse,
        Action::Enter,
        &["Enter"],
        "open a subshell with credentials",
    )
    .label("shell")
    .rank(1),
    key_line(
        Context::Browse,
        Action::Console,
        &["Ctrl-O", "Alt-Enter"],
        "open the AWS console in the browser and stay",
    )
    .label("console")
    .rank(3),
    key_line(
        Context::Browse,
        Action::Export,
        &["Ctrl-E"],
        "choose a format, quit and print credentials",
    )
    .label("export")
    .rank(4),
    key_line(
        Context::Browse,
        Action::Copy,
        &["Ctrl-Y"],
        "copy the target, as every command takes it",
    )
    .label("copy")
    .rank(5),
    key_line(
        Context::Browse,
        Action::Favourite,
        &["Ctrl-F"],
        "add or remove favourite",
    )
    .label("favourite")
    .rank(6),
    key_line(
        Context::Browse,
        Action::Actions,
        &["Tab"],
        "list everything that can be done with the target",
    )
    .label("actions")
    .rank(2),
    key_line(
        Context::Browse,
        Action::Details,
        &["F3"],
        "show or hide details of the selected row",
    )
    .label("details")
    .rank(7),
    key_line(
        Context::Browse,
        Action::Mark,
        &["Ctrl-Space"],
        "mark the target, or take its mark away; then act on all marked ones",
    ),
    key_line(
        Context::Browse,
        Action::SaveProfile,
        &["Alt-P"],
        "save the target, or all marked ones, as profiles in ~/.aws/config",
    )
    .label("profile")
    .rank(12),
    key_line(
        Context::Browse,
        Action::Refresh,
        &["F5", "Ctrl-R"],
        "refresh the list",
    )
    .label("refresh")
    .rank(8),
    key_line(
        Context::Browse,
        Action::Changes,
        &["F6"],
        "show changes since your last visit (new rows have a +)",
    ),
    key_line(Context::Browse, Action::SignIn, &["Ctrl-G"], "sign in again")
        .label("sign in")
        .rank(9),
    key_line(
        Context::Browse,
        Action::Sessions,
        &["Ctrl-S"],
        "show SSO sessions: switch, sign in, sign out, add",
    )
    .label("session")
    .rank(10),
    key_line(
        Context::Browse,
        Action::Open,
        &["F7"],
        "show what is open: shells, commands and credentials",
    ),
    key_line(
        Context::EmptyQuery,
        Action::Mark,
        &["Space"],
        "mark the target, or take its mark away",
    ),
    key_line(
        Context::EmptyQuery,
        Action::Help,
        &["?"],
        "list all keys and commands",
    ),
    key_line(
        Context::Browse,
        Action::Tree,
        &["Ctrl-T"],
        "show accounts as a tree, or a row for each target",
    )
    .label("tree"),
    key_line(
        Context::Browse,
        Action::Hidden,
        &["F9"],
        "show the targets that rules hide, or hide them again",
    )
    .label("hidden")
    .rank(11),
    key_line(
        Context::Browse,
        Action::FoldAll,
        &["F4"],
        "fold or unfold all accounts",
    )
    .label("fold all"),
    key_line(
        Context::Browse,
        Action::Number,
        &[
            "Alt-1", "Alt-2", "Alt-3", "Alt-4", "Alt-5", "Alt-6", "Alt-7", "Alt-8", "Alt-9",
        ],
        "enter the favourite or recent target with this number",
    ),
    key_line(
        Context::EmptyQuery,
        Action::Unfold,
        &["Right"],
        "unfold the account",
    ),
    key_line(Context::EmptyQuery, Action::Fold, &["Left"], "fold the account"),
    key_line(Context::EmptyQuery, Action::Top, &["Home"], "first row"),
    key_line(Context::EmptyQuery, Action::Bottom, &["End"], "last row"),
    key_line(Context::List, Action::Up, &["Up", "Ctrl-P"], "one row up"),
    key_line(Context::List, Action::Down, &["Down", "Ctrl-N"], "one row down"),
    key_line(Context::List, Action::PageUp, &["PageUp"], "one page up"),
    key_line(Context::List, Action::PageDown, &["PageDown"], "one page down"),
    key_line(Context::List, Action::Top, &["Ctrl-Home"], "first row"),
    key_line(Context::List, Action::Bottom, &["Ctrl-End"], "last row"),
    key_line(Context::Browse, Action::Clear, &["Ctrl-U"], "clear the search"),
    key_line(Context::Vim, Action::Up, &["k"], "one row up"),
    key_line(Context::Vim, Action::Down, &["j"], "one row down"),
    key_line(Context::Vim, Action::Top, &["g"], "first row"),
    key_line(Context::Vim, Action::Bottom, &["G"], "last row"),
    key_line(Context::Vim, Action::Fold, &["h"], "fold the account"),
    key_line(Context::Vim, Action::Unfold, &["l"], "unfold the account"),
    key_line(
        Context::Vim,
        Action::Mark,
        &["Space"],
        "mark the target, or take its mark away",
    ),
    key_line(Context::Vim, Action::Search, &["/"], "search")
        .label("search")
        .rank(6),
    key_line(Context::Vim, Action::Help, &["?"], "list all keys and commands"),
    key_line(Context::Vim, Action::Quit, &["q"], "quit"),
    key_line(Context::SignIn, Action::Submit, &["Enter"], "get a new code")
        .label("new code")
        .rank(1),
    key_line(
        Context::SignIn,
        Action::OpenPage,
        &["o", "Ctrl-O"],
        "open the sign-in page in the browser",
    )
    .label("open browser")
    .rank(2),
    key_line(
        Context::SignIn,
        Action::CopyAddress,
        &["c", "Ctrl-Y"],
        "copy the address of the sign-in page",
    )
    .label("copy address")
    .rank(3),
    key_line(Context::Setup, Action::NextField, &["Tab", "Down"], "next field")
        .label("next")
        .rank(2),
    key_line(
        Context::Setup,
        Action::PreviousField,
        &["Shift-Tab", "Up"],
        "previous field",
    ),
    key_line(
        Context::Setup,
        Action::Submit,
        &["Enter"],
        "check the session and add it to ~/.aws/config",
    )
    .label("continue")
    .rank(1),
    key_line(Context::Menu, Action::Submit, &["Enter"], "select")
        .label("choose")
        .rank(1),
    key_line(
        Context::Menu,
        Action::Copy,
        &["Ctrl-Y"],
        "copy credentials in the selected format, after confirmation",
    )
    .label("copy")
    .rank(2),
    key_line(Context::Details, Action::Details, &["F3"], "close the details"),
    key_line(
        Context::Link,
        Action::CopyAddress,
        &["c", "Ctrl-Y"],
        "copy the address",
    )
    .label("copy address")
    .rank(1),
    key_line(
        Context::Always,
        Action::Help,
        &["F1", "Ctrl-K"],
        "list all keys and commands; Enter performs one",
    )
    .label("help")
    .rank(99),
    key_line(
        Context::Always,
        Action::Back,
        &["Esc"],
        "close, cancel, clear the search, or quit",
    )
    .label("back")
    .rank(100),
    key_line(
        Context::Always,
        Action::Activity,
        &["F8"],
        "show what genkan did: commands, requests and their times",
    ),
    key_line(Context::Always, Action::Quit, &["Ctrl-C"], "quit immediately"),
    key_line(
        Context::Always,
        Action::Suspend,
        &["Ctrl-Z"],
        "suspend; `fg` resumes",
    ),
    key_line(Context::Always, Action::Redraw, &["Ctrl-L"], "redraw"),
];
