//! The rules between the parts of the list's screen, and what stands on them: what is picked, production, a target whose
//! row is cut.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::write;
use crate::domain::text::text_width;
use crate::tui::drawing::layout::BrowseAreas;
use crate::tui::model::Model;
use crate::tui::screens::details;

/// The signs of the rules between parts. Around a row of production they are red and, because colour alone says
/// nothing to many, heavy.
struct RuleSigns {
    style: Style,
    horizontal: &'static str,
    vertical: &'static str,
    joints: [&'static str; 2],
}

impl RuleSigns {
    fn of(model: &Model, is_production: bool) -> Self {
        let theme = &model.options.theme;
        if is_production {
            return Self {
                style: theme.error,
                horizontal: "━",
                vertical: "┃",
                joints: ["┳", "┻"],
            };
        }
        Self {
            style: theme.rule,
            horizontal: "─",
            vertical: "│",
            joints: ["┬", "┴"],
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, rule: Rect) {
        let line = self.horizontal.repeat(usize::from(rule.width));
        write::write_line(frame, rule, &[(&line, self.style)]);
    }
}

pub(super) fn draw_rules(frame: &mut Frame<'_>, model: &Model, areas: &BrowseAreas) {
    let row = model.browse.current();
    let is_production = row.is_some_and(|row| details::is_production(model, row));
    let signs = RuleSigns::of(model, is_production);
    let wall = areas.wall();
    for rule in [Some(areas.top_rule), areas.details_rule, Some(areas.bottom_rule)]
        .into_iter()
        .flatten()
    {
        signs.draw(frame, rule);
    }
    header_of_picker(frame, model, areas, &signs);
    let rule = areas.details_rule.unwrap_or(areas.bottom_rule);
    let room = usize::from(rule.width);
    let target = super::list::cut_target(model, areas.list, room);
    if let Some(target) = target.filter(|_| wall.is_none()) {
        // The line around it is missed less than a letter of it.
        let edge = u16::from(text_width(&target) + 4 <= room);
        let blank = if edge > 0 { " " } else { "" };
        let target = write::fit_name(&target, room);
        let place = Rect::new(rule.x + edge, rule.y, rule.width - edge, rule.height);
        let style = signs.style;
        let text = (target.as_str(), model.options.theme.text);
        write::write_line(frame, place, &[(blank, style), text, (blank, style)]);
    }
    if is_production {
        let word = format!(" {} ", details::PRODUCTION_WORD);
        let columns = u16::try_from(text_width(&word)).unwrap_or(0);
        let x = areas.top_rule.right().saturating_sub(columns + 1);
        let place = Rect::new(x, areas.top_rule.y, columns, 1);
        write::write_line(frame, place, &[(&word, signs.style)]);
    }
    if let Some(x) = wall {
        let mut put = |y, sign| write::write_line(frame, Rect::new(x, y, 1, 1), &[(sign, signs.style)]);
        for (rule, joint) in [areas.top_rule, areas.bottom_rule].into_iter().zip(signs.joints) {
            put(rule.y, joint);
        }
        for y in areas.list.top()..areas.list.bottom() {
            put(y, signs.vertical);
        }
    }
}

/// What the target that is picked is for, on the first rule.
fn header_of_picker(frame: &mut Frame<'_>, model: &Model, areas: &BrowseAreas, signs: &RuleSigns) {
    let (rule, to) = (areas.top_rule, &model.options.picked_to);
    if model.options.pick_for.is_none() || to.is_empty() {
        return;
    }
    let room = areas.wall().unwrap_or(rule.width).saturating_sub(5);
    let whole = format!("Pick a target to {to}");
    let words = if text_width(&whole) > usize::from(room) {
        to.clone()
    } else {
        whole
    };
    let words = write::fit_name(&words, usize::from(room));
    let place = Rect::new(rule.x + 2, rule.y, room + 2, rule.height);
    let (style, title) = (signs.style, model.options.theme.title);
    write::write_line(frame, place, &[(" ", style), (&words, title), (" ", style)]);
}
