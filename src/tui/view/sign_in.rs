//! The sign-in screen: address, code as large as there is room for, QR code, time left.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{chrome, write};
use crate::domain::device::DevicePage;
use crate::domain::duration::clock;
use crate::domain::time::seconds_until;
use crate::tui::front;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, SignIn, SignInStep};
use crate::tui::theme::Theme;
use crate::tui::widgets::{big_code, qr};

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, sign_in: &SignIn) {
    let theme = &model.options.theme;
    let area = frame.area();
    let name = model.place.as_ref().map_or("", |p| p.session.name.as_str());
    write::line(
        frame,
        area,
        &[
            (" genkan  ", theme.title),
            (name, theme.text),
            ("   sign in", theme.dim),
        ],
    );
    chrome::horizontal(
        frame,
        Rect::new(0, area.bottom().saturating_sub(2), area.width, 1),
        theme.rule,
    );
    let taken = front::rows(model, write::size(frame)) - 1;
    let gap = u16::from(area.height >= 14 + taken);
    let inner = Rect::new(
        3,
        1 + gap,
        area.width.saturating_sub(6),
        area.height.saturating_sub(3 + gap + taken),
    );
    let again = model.keymap.key_for(Action::Submit);
    match &sign_in.step {
        SignInStep::Asking => {
            write::text(
                frame,
                inner,
                0,
                "requesting a code from Identity Center …",
                theme.text,
            );
        }
        SignInStep::Waiting { page: Some(page) } => {
            let first = "Another genkan is signing in. Approving its page signs in here, too:";
            code(frame, model, sign_in, page, first, inner);
        }
        SignInStep::Waiting { page: None } => {
            let words = "another genkan is signing in to this session; waiting for it …";
            write::text(frame, inner, 0, words, theme.text);
        }
        SignInStep::Code {
            authorization,
            no_browser,
        } => {
            let first = match no_browser {
                None => "Sign in on the page that opened in your browser:".to_owned(),
                Some(why) => format!("Open this page in any browser ({why}):"),
            };
            code(frame, model, sign_in, &authorization.page(), &first, inner);
        }
        SignInStep::Expired => {
            let down = write::text(
                frame,
                inner,
                0,
                "✗ the code expired before it was approved",
                theme.error,
            );
            write::text(
                frame,
                inner,
                down + 1,
                &format!("{again} for a new code"),
                theme.text,
            );
        }
        SignInStep::Denied => {
            let down = write::text(
                frame,
                inner,
                0,
                "✗ the sign-in was denied in the browser",
                theme.error,
            );
            let words = format!("Not you? Someone else may have your code. {again} for a new code");
            write::text(frame, inner, down + 1, &words, theme.text);
        }
        SignInStep::Failed(problem) => {
            let mut down = write::text(frame, inner, 0, &format!("✗ {}", problem.sentence), theme.error) + 1;
            for hint in &problem.hints {
                down = write::text(frame, inner, down, &format!("→ {hint}"), theme.text);
            }
            write::text(
                frame,
                inner,
                down + 1,
                &format!("{again} to try again"),
                theme.dim,
            );
        }
    }
}

fn code(frame: &mut Frame<'_>, model: &Model, sign_in: &SignIn, page: &DevicePage, first: &str, area: Rect) {
    let theme = &model.options.theme;
    let rows = |text: &str, area: Rect| {
        u16::try_from(write::wrap(text, usize::from(area.width)).len()).unwrap_or(u16::MAX)
    };
    // Whatever the room: to compare the code, the code, and how long it works. The first two share a line where
    // there are few.
    let is_tight = rows(&page.address, area) + 3 > area.height;
    let top = Rect {
        height: area.height.saturating_sub(if is_tight { 2 } else { 3 }).max(1),
        ..area
    };
    let mut down = 0;
    if rows(first, top) + rows(&page.address, top) <= top.height {
        down = write::text(frame, top, down, first, theme.text);
    }
    // From the first column, unbroken where that fits, so that it can be selected as one.
    let most = usize::from(top.width) * usize::from(top.height.saturating_sub(down));
    let address = write::name(&page.address, most);
    down = write::text(frame, top, down, &address, theme.accent).min(top.height);
    let picture = qr::lines(&page.address);
    let fits = |down: u16| {
        picture.as_ref().is_some_and(|picture| {
            let (columns, rows) = qr::size(picture);
            rows + down <= area.height && columns + 32 <= area.width
        })
    };
    // A blank line, unless the QR code needs it.
    if area.height.saturating_sub(down) > 8 && (fits(down + 1) || !fits(down)) {
        down += 1;
    }
    let mut rest = Rect::new(
        area.x,
        area.y + down,
        area.width,
        area.height.saturating_sub(down),
    );
    if let Some(picture) = picture.as_ref().filter(|_| fits(down)) {
        let (columns, rows) = qr::size(picture);
        qr::draw(
            frame,
            Rect::new(rest.right() - columns, rest.y, columns, rows),
            picture,
        );
        rest.width -= columns + 2;
    }
    let left = seconds_until(page.expires_at, model.now);
    if is_tight {
        let pieces = [("Check ", theme.text), (page.user_code.as_str(), theme.code)];
        write::line(frame, write::row(rest, 0), &pieces);
        let (words, style) = waiting(sign_in, rest.width, left, theme);
        write::text(frame, rest, 1.min(rest.height.saturating_sub(1)), &words, style);
        return;
    }
    let words = if rest.width >= 30 {
        "Check that it shows this code:"
    } else {
        "Check this code:"
    };
    let gap = u16::from(rest.height > 8);
    let mut down = write::text(frame, rest, 0, words, theme.text) + gap;
    let code_area = Rect::new(
        rest.x,
        rest.y + down,
        rest.width,
        rest.height.saturating_sub(down + 1 + gap),
    );
    down += big_code::draw(frame, code_area, &page.user_code, theme.code) + gap;
    let (words, style) = waiting(sign_in, rest.width, left, theme);
    write::text(
        frame,
        rest,
        down.min(rest.height.saturating_sub(1)),
        &words,
        style,
    );
}

/// What is being waited for, and how long the code works.
fn waiting(sign_in: &SignIn, columns: u16, left: i64, theme: &Theme) -> (String, Style) {
    match &sign_in.trouble {
        None if columns < 44 => (format!("code expires in {}", clock(left)), theme.dim),
        None => (
            format!("waiting for approval · code expires in {}", clock(left)),
            theme.dim,
        ),
        Some(trouble) => (format!("{trouble}; retrying · {}", clock(left)), theme.warning),
    }
}
