//! Everything that is known of the row under the cursor, line by line. Data, which `view` draws and the layout counts.

use crate::domain::records::history::TargetKey;
use crate::domain::regions::work_region::work_region;
use crate::domain::rules::{AccountColor, TargetRules};
use crate::domain::targets::credentials::Validity;
use crate::domain::text::{pad_text, sanitize_line, text_width, wrap_text};
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{seconds_since, seconds_until};
use crate::domain::{Account, PermissionSetName};
use crate::tui::browse::Row;
use crate::tui::model::Model;

/// What a piece of a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Title,
    /// The name of an account that has a colour.
    Account(AccountColor),
    Text,
    Dim,
    Good,
    Warning,
    /// The word for production.
    Production,
}

/// One line: pieces, from the left.
pub type Line = Vec<(String, Ink)>;

/// Columns of the labels.
const LABEL: usize = 13;
/// Cells of the bar that shows how long credentials are good.
const BAR: usize = 6;
/// Columns between two fields that share a line.
const BETWEEN: usize = 2;

/// The word for production where there is room for all of it.
pub const PRODUCTION_WORD: &str = "PRODUCTION";

/// How the details are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// A narrow column with room below: one field a line, lists one entry a line.
    Tall,
    /// Few lines, which are wide: fields share them, lists are sentences.
    Flat,
}

/// A label and what stands behind it.
struct Field {
    label: &'static str,
    value: Line,
}

/// The lines for the row under the cursor in so many columns; none where there is no row.
#[must_use]
pub fn detail_lines(model: &Model, columns: usize, arrangement: Arrangement) -> Vec<Line> {
    let Some(row) = model.browse.current() else {
        return Vec::new();
    };
    let mut page = Page {
        lines: Vec::new(),
        columns,
    };
    add_heading(&mut page, model, row, arrangement);
    let mut fields = row
        .key()
        .map_or_else(Vec::new, |key| detail_fields(model, row, &key));
    fields.extend(rule_fields(model, row));
    page.fields(fields, arrangement);
    if let (Some(target), Some(place)) = (row.target(), &model.place) {
        page.arn(&place.session.arn_of(&target), arrangement);
    }
    other_sets(&mut page, row, arrangement);
    page.lines
}

/// The columns of the box that they fill where the list leaves no room for them.
#[must_use]
pub fn box_columns((columns, _): (u16, u16)) -> usize {
    usize::from(columns).saturating_sub(4).min(76)
}

/// The lines of that box.
#[must_use]
pub fn boxed_lines(model: &Model, size: (u16, u16)) -> Vec<Line> {
    detail_lines(model, box_columns(size), Arrangement::Flat)
}

/// Whose row it is, and what is wrong with it.
fn add_heading(page: &mut Page, model: &Model, row: &Row, arrangement: Arrangement) {
    let account = row.account();
    if arrangement == Arrangement::Flat {
        return flat_heading(page, model, row);
    }
    page.name(&account.name, title_ink(model, row));
    if is_production(model, row) {
        page.mark_production();
    }
    add_identifiers(page, account);
    if let Some(problem) = row.problem() {
        page.gap(arrangement);
        page.text(&format!("! failed to load: {problem}"), Ink::Warning);
    }
    let Some(set) = row.permission_set() else {
        return;
    };
    page.gap(arrangement);
    page.name(set.name(), Ink::Title);
    if let Some(way) = set.shown_way() {
        page.name(&format!("via {way}"), Ink::Dim);
    }
    add_new_since(page, model, row);
}

/// How the name of the row's account is drawn: in its colour, if it has one.
fn title_ink(model: &Model, row: &Row) -> Ink {
    let rules = model.options.rules.of(row.subject());
    let color = model.color_of(&row.account().id, &rules);
    color.map_or(Ink::Title, Ink::Account)
}

/// ID and email address of an account: on one line where both fit.
fn add_identifiers(page: &mut Page, account: &Account) {
    // One without a name is called by its ID.
    if account.name == account.id.as_str() {
        return page.name(&account.email, Ink::Dim);
    }
    let both = format!("{} · {}", account.id, account.email);
    if account.email.is_empty() || text_width(&sanitize_line(&both)) > page.columns {
        page.text(account.id.as_str(), Ink::Dim);
        page.name(&account.email, Ink::Dim);
    } else {
        page.text(&both, Ink::Dim);
    }
}

/// The same in as few lines as there can be.
fn flat_heading(page: &mut Page, model: &Model, row: &Row) {
    let account = row.account();
    let text = row.permission_set().map_or_else(
        || account.name.to_string(),
        |set| format!("{}/{}", account.name, set.shown()),
    );
    let ink = title_ink(model, row);
    let mut about = account.id.to_string();
    if !account.email.is_empty() {
        about = format!("{about} · {}", account.email);
    }
    if text_width(&sanitize_line(&text)) + BETWEEN + text_width(&sanitize_line(&about)) <= page.columns {
        let gap = " ".repeat(BETWEEN);
        page.lines
            .push(vec![(text, ink), (gap, Ink::Text), (about, Ink::Dim)]);
    } else {
        page.name(&text, ink);
        add_identifiers(page, account);
    }
    if let Some(problem) = row.problem() {
        page.text(&format!("! failed to load: {problem}"), Ink::Warning);
    }
    add_new_since(page, model, row);
}

/// Whether the row is of production.
#[must_use]
pub fn is_production(model: &Model, row: &Row) -> bool {
    model.options.rules.of(row.subject()).production
}

/// Since when it is new, where it is.
fn add_new_since(page: &mut Page, model: &Model, row: &Row) {
    let since = row.key().and_then(|key| model.new_since(&key));
    if let Some(since) = since {
        let words = format!("+ new since last refresh ({})", model.ago(since));
        page.text(&words, Ink::Good);
    }
}

fn detail_fields(model: &Model, row: &Row, key: &TargetKey) -> Vec<Field> {
    let used = model.history.last_use(key).map_or_else(
        || "never".to_owned(),
        |u| format!("{}, {}", format_age(seconds_since(u.at, model.now)), u.action),
    );
    let mut fields = vec![
        Field {
            label: "credentials",
            value: credentials_line(model, model.validity(key)),
        },
        Field::new("last used", used),
    ];
    fields.extend(region_field(model, row));
    fields.extend(profile_field(model, row));
    fields
}

fn credentials_line(model: &Model, validity: Option<Validity>) -> Line {
    let Some(validity) = validity else {
        return vec![("not fetched".to_owned(), Ink::Text)];
    };
    let left = format_duration(seconds_until(validity.until, model.now));
    let mut line = vec![(format!("{left} left"), Ink::Text)];
    if let Some(full) = validity.bar(BAR, model.now) {
        line.push((format!(" {}", "▰".repeat(full)), Ink::Good));
        line.push(("▱".repeat(BAR - full), Ink::Dim));
    }
    line
}

/// The Region that is worked in, and what sets it.
fn region_field(model: &Model, row: &Row) -> Option<Field> {
    let session = &model.place.as_ref()?.session;
    let rules = model.options.rules.of(row.subject());
    let found = work_region(model.region_settings(&rules), session).ok()?;
    let mut field = Field::new("Region", found.region.to_string());
    field.value.push((format!(" ({})", found.origin), Ink::Dim));
    Some(field)
}

/// The profile that has the target, or the name that `genkan profiles` would give to it.
fn profile_field(model: &Model, row: &Row) -> Option<Field> {
    let named = model.place.as_ref()?.profiles.get(&row.key()?)?;
    let mut field = Field::new("profile", named.name.clone());
    if !named.is_written {
        field.value.push((" (not saved)".to_owned(), Ink::Dim));
    }
    Some(field)
}

/// What rules give to it.
fn rule_fields(model: &Model, row: &Row) -> impl Iterator<Item = Field> {
    let rules = model.options.rules.of(row.subject());
    let alias = rules.alias.as_ref().map(ToString::to_string);
    let tags = Some(rules.tags_text()).filter(|tags| !tags.is_empty());
    let note = row.target().and_then(|target| model.note_to(&target));
    let session = model.shows_all_sessions().then(|| row.session().to_owned());
    let fields = [
        ("session", session),
        ("alias", alias),
        ("tags", tags),
        ("note", note),
        ("hidden", rules.hidden.then(|| "by a rule".to_owned())),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(label, value)| Some(Field::new(label, value?)));
    fields.chain(color_field(model, row, &rules))
}

/// The colour of the account, and who gives it.
fn color_field(model: &Model, row: &Row, rules: &TargetRules) -> Option<Field> {
    let color = model.color_of(&row.account().id, rules)?;
    let origin = if rules.color.is_some() {
        "rule"
    } else {
        "AWS console"
    };
    let mut field = Field::new("colour", color.as_str().to_owned());
    field.value.push((format!(" ({origin})"), Ink::Dim));
    Some(field)
}

fn other_sets(page: &mut Page, row: &Row, arrangement: Arrangement) {
    let others: Vec<&str> = row
        .permission_sets()
        .iter()
        .filter(|name| Some(*name) != row.permission_set())
        .map(PermissionSetName::shown)
        .collect();
    if others.is_empty() {
        return;
    }
    // An account as a whole has no other ones.
    let is_whole = row.permission_set().is_none();
    if arrangement == Arrangement::Flat {
        let label = if is_whole { "sets" } else { "other sets" };
        return page.field(&Field::new(label, others.join(", ")));
    }
    page.gap(arrangement);
    let has_role = row.permission_sets().iter().any(PermissionSetName::is_chained);
    let label = match (is_whole, has_role) {
        (true, false) => "permission sets",
        (true, true) => "permission sets and roles",
        (false, false) => "other permission sets",
        (false, true) => "other permission sets and roles",
    };
    page.text(label, Ink::Dim);
    for name in others {
        page.indented(name);
    }
}

impl Field {
    fn new(label: &'static str, value: String) -> Self {
        Self {
            label,
            value: vec![(value, Ink::Text)],
        }
    }

    fn columns(&self) -> usize {
        LABEL
            + self
                .value
                .iter()
                .map(|(text, _)| text_width(&sanitize_line(text)))
                .sum::<usize>()
    }

    /// Its pieces, with the label in front.
    fn line(&self) -> Line {
        let label = (pad_text(self.label, LABEL), Ink::Dim);
        std::iter::once(label).chain(self.value.iter().cloned()).collect()
    }
}

/// Lines that are being written.
struct Page {
    lines: Vec<Line>,
    columns: usize,
}

impl Page {
    fn text(&mut self, text: &str, ink: Ink) {
        let parts = wrap_text(&sanitize_line(text), self.columns);
        self.lines.extend(
            parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(|part| vec![(part, ink)]),
        );
    }

    /// A name or an address: one that is too long is broken where its parts meet.
    fn name(&mut self, text: &str, ink: Ink) {
        let text = sanitize_line(text);
        if text_width(&text) <= self.columns || text.contains(' ') {
            return self.text(&text, ink);
        }
        let parts = broken_at_signs(&text, self.columns);
        self.lines.extend(parts.into_iter().map(|part| vec![(part, ink)]));
    }

    /// The word for production, at the end of the last line or below it.
    fn mark_production(&mut self) {
        let columns = self.columns;
        let taken = |line: &Line| line.iter().map(|(text, _)| text_width(text)).sum::<usize>();
        let word = (PRODUCTION_WORD.to_owned(), Ink::Production);
        match self.lines.last_mut() {
            Some(line) if taken(line) + BETWEEN + word.0.len() <= columns => {
                let gap = columns - taken(line) - word.0.len();
                line.extend([(" ".repeat(gap), Ink::Text), word]);
            }
            _ => self.lines.push(vec![word]),
        }
    }

    /// A blank line between parts, where there is room for such.
    fn gap(&mut self, arrangement: Arrangement) {
        if arrangement == Arrangement::Tall {
            self.lines.push(Vec::new());
        }
    }

    fn indented(&mut self, text: &str) {
        for part in wrap_text(&sanitize_line(text), self.columns.saturating_sub(2)) {
            self.lines.push(vec![(format!("  {part}"), Ink::Text)]);
        }
    }

    /// Fields, two on a line where both fit into a half of it.
    fn fields(&mut self, fields: Vec<Field>, arrangement: Arrangement) {
        let half = self.columns.saturating_sub(BETWEEN) / 2;
        let fits = |field: &Field| arrangement == Arrangement::Flat && field.columns() <= half;
        let mut fields = fields.into_iter().peekable();
        while let Some(field) = fields.next() {
            let beside = if fits(&field) { fields.next_if(fits) } else { None };
            let Some(beside) = beside else {
                self.field(&field);
                continue;
            };
            let gap = (half + BETWEEN).saturating_sub(field.columns());
            let mut line = field.line();
            line.push((" ".repeat(gap), Ink::Text));
            line.extend(beside.line());
            self.lines.push(line);
        }
    }

    /// A field on lines of its own. What is too long for one goes on below, as one text.
    fn field(&mut self, field: &Field) {
        if field.columns() <= self.columns {
            return self.lines.push(field.line());
        }
        let room = self.columns.saturating_sub(LABEL).max(1);
        let whole: String = field.value.iter().map(|(text, _)| text.as_str()).collect();
        let whole = sanitize_line(&whole);
        let is_broken = whole.split_whitespace().any(|word| text_width(word) > room);
        if is_broken && self.columns > LABEL {
            // Below its label a word may stay in one piece.
            self.text(field.label, Ink::Dim);
            return self.indented(&whole);
        }
        let mut label = field.label;
        for part in wrap_text(&whole, room) {
            self.lines
                .push(vec![(pad_text(label, LABEL), Ink::Dim), (part, Ink::Text)]);
            label = "";
        }
    }

    /// The ARN of a role or a user, broken behind its slashes.
    fn arn(&mut self, arn: &str, arrangement: Arrangement) {
        let name = if arn.contains(":user/") { "user" } else { "role" };
        let indent = if arrangement == Arrangement::Flat {
            LABEL
        } else {
            self.lines.push(Vec::new());
            self.text(name, Ink::Dim);
            2
        };
        let room = self.columns.saturating_sub(indent).max(1);
        let mut label = if arrangement == Arrangement::Flat {
            name
        } else {
            ""
        };
        for part in broken_at_signs(&sanitize_line(arn), room) {
            self.lines
                .push(vec![(pad_text(label, indent), Ink::Dim), (part, Ink::Text)]);
            label = "";
        }
    }
}

/// A text without blanks in lines of at most so many columns, broken behind slashes where there are some. What is too
/// long between two of them is broken behind other signs, and inside a word where even that is too long.
fn broken_at_signs(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in text.split_inclusive('/') {
        let is_long = text_width(piece) > columns;
        let parts: Vec<&str> = if is_long {
            piece.split_inclusive(['@', '_', '-', '.']).collect()
        } else {
            vec![piece]
        };
        for (at, part) in parts.into_iter().enumerate() {
            match lines.last_mut() {
                // A sign at the end stays with what it ends.
                Some(last) if (at > 0 || !is_long) && text_width(last) + text_width(part) <= columns => {
                    last.push_str(part);
                }
                _ => lines.extend(wrap_text(part, columns)),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_break_behind_slashes() {
        let arn =
            "arn:aws:iam::310448120938:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_ReadOnlyAccess_*";
        for columns in [20, 34, 60, 200] {
            let lines = broken_at_signs(arn, columns);
            assert_eq!(lines.concat(), arn, "{columns}");
            assert!(lines.iter().all(|line| text_width(line) <= columns), "{lines:?}");
        }
        assert!(broken_at_signs(arn, 34)[0].ends_with("role/"));
    }
}
