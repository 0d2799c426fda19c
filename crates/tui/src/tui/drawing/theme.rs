//! Colours by meaning. ANSI-16 names only, on the terminal's own background.
//!
//! No meaning hangs on colour alone: each has a word, a sign or an attribute beside it. Black,
//! white and yellow are not used for text, because half of all terminals can't show one of them.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::rules::AccountColor;
use crate::settings::ThemeName;

/// What each kind of text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The name of the program, headings.
    pub title: Style,
    /// Titles of the parts of a list.
    pub heading: Style,
    /// Primary text.
    pub text: Style,
    /// Secondary text.
    pub dim: Style,
    /// Keys, addresses, things to act on.
    pub accent: Style,
    /// Letters that a search matched.
    pub matched: Style,
    /// The row under the cursor.
    pub selected: Style,
    pub good: Style,
    pub warning: Style,
    pub error: Style,
    pub favourite: Style,
    /// The word that marks production.
    pub production: Style,
    /// Rules between parts.
    pub rule: Style,
    /// What to type into a browser.
    pub code: Style,
    /// Names of accounts may have a colour.
    has_account_colors: bool,
}

impl Theme {
    /// The theme of a name; without colour it is the one for a single colour.
    #[must_use]
    pub fn named(name: ThemeName, colour: bool) -> Self {
        match name {
            _ if !colour => Self::mono(),
            ThemeName::Mono => Self::mono(),
            ThemeName::Default => Self::coloured(Color::Cyan, Color::Green, Color::Magenta, Color::Red),
            ThemeName::Light => Self::coloured(Color::Blue, Color::Green, Color::Magenta, Color::Red),
            ThemeName::HighContrast => Self {
                dim: Style::new(),
                rule: Style::new(),
                has_account_colors: false,
                accent: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                ..Self::coloured(Color::Reset, Color::Reset, Color::Reset, Color::Reset)
            },
        }
    }

    /// A style as it looks under the cursor: reversed colours would make blocks of some fields, so
    /// only attributes stay.
    #[must_use]
    pub fn under_cursor(&self, style: Style) -> Style {
        self.selected
            .add_modifier(style.add_modifier.difference(Modifier::DIM))
    }

    /// Something that worked, for a moment alone on the screen.
    #[must_use]
    pub fn success(&self) -> Style {
        self.good.add_modifier(Modifier::BOLD)
    }

    /// The name of an account that has a colour. It tells accounts apart at a glance and means nothing else; the
    /// terminal's palette has the nearest one.
    #[must_use]
    pub fn account(&self, color: AccountColor) -> Style {
        if !self.has_account_colors {
            return self.text;
        }
        self.text.fg(match color {
            AccountColor::Pink => Color::LightMagenta,
            AccountColor::Purple => Color::Magenta,
            AccountColor::DarkBlue => Color::Blue,
            AccountColor::LightBlue => Color::LightBlue,
            AccountColor::Teal => Color::Cyan,
            AccountColor::Green => Color::Green,
            AccountColor::Yellow => Color::Yellow,
            AccountColor::Orange => Color::LightRed,
            AccountColor::Red => Color::Red,
        })
    }

    fn coloured(accent: Color, good: Color, warning: Color, error: Color) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            title: bold.fg(accent),
            heading: bold,
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            accent: plain.fg(accent),
            matched: bold.fg(accent).add_modifier(Modifier::UNDERLINED),
            selected: plain.add_modifier(Modifier::REVERSED),
            good: plain.fg(good),
            warning: bold.fg(warning),
            error: bold.fg(error),
            favourite: plain.fg(warning),
            production: bold.fg(error),
            rule: plain.add_modifier(Modifier::DIM),
            code: bold.fg(accent),
            has_account_colors: true,
        }
    }

    fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            title: bold,
            heading: bold,
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            accent: bold,
            matched: bold.add_modifier(Modifier::UNDERLINED),
            selected: plain.add_modifier(Modifier::REVERSED),
            good: plain,
            warning: bold,
            error: bold,
            favourite: plain,
            production: bold,
            rule: plain.add_modifier(Modifier::DIM),
            code: bold,
            has_account_colors: false,
        }
    }
}
