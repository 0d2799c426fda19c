//! The sign-in screen: why it is there and what follows, the page, its code as large as there is room for, a QR code,
//! the time left. One block in the middle of the screen.
//!
//! Whatever the room, to compare the code and the code itself stay: who approves a page without comparing may approve
//! someone else's sign-in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

mod parts;
mod secret;

use super::{chrome, write};
use parts::{Keep, MOST_COLUMN, Part, count_rows, draw_parts, fit_parts};

use crate::domain::sessions::device::DevicePage;
use crate::domain::text::text_width;
use crate::domain::values::duration::format_countdown;
use crate::domain::values::time::seconds_until;
use crate::tui::drawing::theme::Theme;
use crate::tui::effect::Asked;
use crate::tui::input::keymap::Action;
use crate::tui::model::{Model, SignIn, SignInStep};
use crate::tui::screens::front;
use crate::tui::widgets::{big_code, qr};

/// What is above an address that the browser shows.
const OPENED: &str = "Sign in on the page that opened in your browser:";
/// From this many rows on the header has a rule below it.
const ROOMY: u16 = 14;
/// Blanks between the QR code and what is beside it.
const BESIDE_QR: u16 = 3;
/// The least columns for what is beside the QR code.
const LEAST_COLUMN: u16 = 30;

pub(super) fn draw_sign_in(frame: &mut Frame<'_>, model: &Model, sign_in: &SignIn) {
    let theme = &model.options.theme;
    let area = frame.area();
    let follows = sign_in.follows();
    chrome::sign_in_header(frame, model, Rect { height: 1, ..area }, &follows);
    let rule = |y| Rect::new(0, y, area.width, 1);
    chrome::draw_rule(frame, rule(area.bottom().saturating_sub(2)), theme.rule);
    let taken = front::rows_taken(model, write::screen_size(frame)) - 1;
    let is_roomy = area.height >= ROOMY + taken;
    if is_roomy {
        chrome::draw_rule(frame, rule(1), theme.rule);
    }
    let top = 1 + u16::from(is_roomy);
    let inner = Rect::new(
        3,
        top,
        area.width.saturating_sub(6),
        area.height.saturating_sub(top + 2 + taken),
    );
    match &sign_in.step {
        SignInStep::Waiting { page: Some(page) } => {
            let first = "Another genkan is signing in. Approving its page signs in here, too:";
            Sheet::new(model, sign_in, page, first).draw(frame, inner);
        }
        SignInStep::Code {
            authorization,
            no_browser,
        } => {
            let first = match no_browser {
                None => OPENED.to_owned(),
                Some(why) => format!("Open this page in any browser ({why}):"),
            };
            Sheet::new(model, sign_in, &authorization.page(), &first).draw(frame, inner);
        }
        SignInStep::Asks {
            asked,
            input,
            refused,
        } => secret::draw_secret(
            frame,
            model,
            sign_in_heading(model, sign_in),
            (asked, input, refused.as_deref()),
            inner,
        ),
        _ => draw_state(frame, model, sign_in, inner),
    }
}

/// A step without a code: what is happening, or how it ended.
fn draw_state(frame: &mut Frame<'_>, model: &Model, sign_in: &SignIn, area: Rect) {
    let theme = &model.options.theme;
    let mut parts = sign_in_heading(model, sign_in);
    let again = model.keymap.key_for(Action::Submit);
    let mut say = |words: String, style| parts.push(Part::kept(words, style));
    match &sign_in.step {
        SignInStep::Asking if has_key(model) => say("opening a session …".to_owned(), theme.text),
        SignInStep::Asking => say("contacting Identity Center …".to_owned(), theme.text),
        SignInStep::Checking(Asked::Code { .. }) => say("checking the code …".to_owned(), theme.text),
        SignInStep::Checking(Asked::Passphrase { .. }) => {
            say("checking the passphrase …".to_owned(), theme.text);
        }
        SignInStep::Waiting { .. } => {
            let words = "another genkan is signing in to this session; waiting for it …";
            say(words.to_owned(), theme.text);
        }
        SignInStep::Expired => {
            say(
                "✗ the code expired before it was approved".to_owned(),
                theme.error,
            );
            say(format!("{again} for a new code"), theme.text);
        }
        SignInStep::Denied => {
            say("✗ the sign-in was denied in the browser".to_owned(), theme.error);
            let words = format!("Not you? Someone else may have your code. {again} for a new code");
            say(words, theme.text);
        }
        SignInStep::Failed(problem) => {
            say(format!("✗ {}", problem.sentence), theme.error);
            for hint in &problem.hints {
                say(format!("→ {hint}"), theme.text);
            }
            say(format!("{again} to try again"), theme.dim);
        }
        SignInStep::Done { .. } => {
            parts.clear();
            let name = session_name(model);
            parts.push(Part::kept(format!("✓ Signed in to {name}"), theme.success()));
            parts.push(Part::gap());
            parts.push(Part::kept(
                format!("genkan now {} …", sign_in.follows()),
                theme.dim,
            ));
        }
        SignInStep::Page { address, no_browser } => {
            // No QR code: the page returns to a port of this machine, which no phone reaches.
            say(
                match no_browser {
                    None => OPENED.to_owned(),
                    Some(why) => format!("Open this page in your browser ({why}):"),
                },
                theme.text,
            );
            say(address.clone(), theme.accent);
            let words = "waiting for the browser to return · times out in 10 min";
            parts.push(Part::gap());
            parts.push(Part::text(words.to_owned(), theme.dim, Keep::Waiting));
        }
        SignInStep::Code { .. } | SignInStep::Asks { .. } => {}
    }
    let columns = area.width.min(MOST_COLUMN + 10);
    let parts = fit_parts(parts, columns, area.height);
    let rows = count_rows(&parts, columns);
    // A little above the middle, as a page is looked at.
    let middle = Rect::new(
        area.x + (area.width - columns) / 2,
        area.y + area.height.saturating_sub(rows) / 3,
        columns,
        rows.min(area.height),
    );
    draw_parts(frame, middle, &parts);
}

/// Whether a key opens a session, and no page.
fn has_key(model: &Model) -> bool {
    model
        .place
        .as_ref()
        .is_some_and(|place| !place.session.is_listed())
}

fn session_name(model: &Model) -> &str {
    model.place.as_ref().map_or("", |p| p.session.name.as_str())
}

/// What is signed in to, and why now.
fn sign_in_heading(model: &Model, sign_in: &SignIn) -> Vec<Part> {
    let theme = &model.options.theme;
    vec![
        Part::text(
            format!("Sign in to {}", session_name(model)),
            theme.title,
            Keep::Heading,
        ),
        Part::text(sign_in.reason(model.now), theme.dim, Keep::Reason),
        Part::gap(),
    ]
}

/// The screen while a code is to be approved.
struct Sheet<'m> {
    model: &'m Model,
    sign_in: &'m SignIn,
    page: &'m DevicePage,
    first: &'m str,
}

impl<'m> Sheet<'m> {
    fn new(model: &'m Model, sign_in: &'m SignIn, page: &'m DevicePage, first: &'m str) -> Self {
        Self {
            model,
            sign_in,
            page,
            first,
        }
    }

    fn theme(&self) -> &Theme {
        &self.model.options.theme
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        if let Some(picture) = qr::lines_of_shown(&self.page.address)
            && self.draw_with_qr(frame, area, &picture)
        {
            return;
        }
        let columns = area.width.min(self.address_columns().max(MOST_COLUMN));
        let x = area.x + (area.width - columns) / 2;
        let mut parts = sign_in_heading(self.model, self.sign_in);
        parts.extend(self.where_to());
        parts.push(Part::gap());
        parts.extend(self.compare(columns));
        let parts = self.sized(parts, columns, area.height);
        let rows = count_rows(&parts, columns);
        if rows > area.height {
            return self.draw_tight(frame, area);
        }
        let y = area.y + (area.height - rows) / 2;
        draw_parts(frame, Rect::new(x, y, columns, rows), &parts);
    }

    fn address_columns(&self) -> u16 {
        u16::try_from(text_width(&self.page.address)).unwrap_or(u16::MAX)
    }

    /// Where to go: the address in one piece where that fits, so that it can be selected as one.
    fn where_to(&self) -> [Part; 2] {
        [
            Part::text(self.first.to_owned(), self.theme().text, Keep::Label),
            Part::kept(self.page.address.clone(), self.theme().accent),
        ]
    }

    /// The code to compare, and how long it works.
    fn compare(&self, columns: u16) -> Vec<Part> {
        let theme = self.theme();
        let words = if columns >= LEAST_COLUMN {
            "Check that it shows this code:"
        } else {
            "Check this code:"
        };
        let left = seconds_until(self.page.expires_at, self.model.now);
        let (waiting, style) = describe_waiting(self.sign_in, columns, left, theme);
        vec![
            Part::kept(words.to_owned(), theme.text),
            Part::gap(),
            Part {
                tall: Some(1),
                ..Part::kept(self.page.user_code.clone(), theme.code)
            },
            Part::gap(),
            Part::text(
                "Approve only a sign-in that you started.".to_owned(),
                theme.dim,
                Keep::Advice,
            ),
            Part::text(waiting, style, Keep::Waiting),
        ]
    }

    /// With the largest code for which only blanks and advice give way; else without what is least wanted.
    fn sized(&self, mut parts: Vec<Part>, columns: u16, height: u16) -> Vec<Part> {
        let needed = |parts: &[Part]| {
            let wanted = parts.iter().filter(|part| part.keep > Keep::Advice);
            wanted.fold(0, |sum: u16, part| sum.saturating_add(part.rows(columns)))
        };
        for tall in big_code::possible_heights(&self.page.user_code, columns) {
            if let Some(code) = parts.iter_mut().find(|part| part.tall.is_some()) {
                code.tall = Some(tall);
            }
            if needed(&parts) <= height {
                break;
            }
        }
        fit_parts(parts, columns, height)
    }

    /// The address above, the QR code below it with the rest beside it. False where there is no room for that.
    fn draw_with_qr(&self, frame: &mut Frame<'_>, area: Rect, picture: &[String]) -> bool {
        let (qr_columns, qr_rows) = qr::picture_size(picture);
        let beside = area.width.saturating_sub(qr_columns + BESIDE_QR).min(MOST_COLUMN);
        let columns = (qr_columns + BESIDE_QR + beside).max(self.address_columns());
        let above = self.where_to();
        let top = count_rows(&above, columns.min(area.width));
        if beside < LEAST_COLUMN || columns > area.width || top + qr_rows > area.height {
            return false;
        }
        let gap = u16::from(top + 1 + qr_rows <= area.height);
        let x = area.x + (area.width - columns) / 2;
        let y = area.y + (area.height - top - gap - qr_rows) / 2;
        draw_parts(frame, Rect::new(x, y, columns, top), &above);
        let y = y + top + gap;
        qr::draw_qr_code(frame, Rect::new(x, y, qr_columns, qr_rows), picture);
        let mut parts = sign_in_heading(self.model, self.sign_in);
        parts.extend(self.compare(beside));
        let parts = self.sized(parts, beside, qr_rows);
        let down = qr_rows.saturating_sub(count_rows(&parts, beside)) / 2;
        let column = Rect::new(
            x + qr_columns + BESIDE_QR,
            y + down,
            beside,
            qr_rows.saturating_sub(down),
        );
        draw_parts(frame, column, &parts);
        true
    }

    /// Too few rows even for the least: the address gives way, and the code shares the line that asks to compare it.
    fn draw_tight(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = self.theme();
        let above = Rect {
            height: area.height.saturating_sub(2).max(1),
            ..area
        };
        let most = usize::from(above.width) * usize::from(above.height);
        let address = write::fit_name(&self.page.address, most);
        let down = write::write_text(frame, above, 0, &address, theme.accent).min(above.height);
        let rest = Rect::new(
            area.x,
            area.y + down,
            area.width,
            area.height.saturating_sub(down),
        );
        let pieces = [("Check ", theme.text), (self.page.user_code.as_str(), theme.code)];
        write::write_line(frame, write::row_below(rest, 0), &pieces);
        let left = seconds_until(self.page.expires_at, self.model.now);
        let (words, style) = describe_waiting(self.sign_in, rest.width, left, theme);
        write::write_text(frame, rest, 1, &words, style);
    }
}

/// What is being waited for, and how long the code works.
fn describe_waiting(sign_in: &SignIn, columns: u16, left: i64, theme: &Theme) -> (String, Style) {
    match &sign_in.trouble {
        None if columns < 44 => (format!("code expires in {}", format_countdown(left)), theme.dim),
        None => (
            format!(
                "waiting for approval · code expires in {}",
                format_countdown(left)
            ),
            theme.dim,
        ),
        Some(trouble) => (
            format!("{trouble}; retrying · {}", format_countdown(left)),
            theme.warning,
        ),
    }
}
