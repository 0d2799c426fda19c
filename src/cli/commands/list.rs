//! `genkan list`: every assignment, as a table or for a program.

use std::fmt::Write as _;

use serde::Serialize;

use super::catalogs;
use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::count::count;
use crate::domain::history::TargetKey;
use crate::domain::search::{SearchIndex, SearchRow};
use crate::domain::{Account, Assignment, PermissionSetName, text};

/// One row of JSON: the shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct RowOutput<'a> {
    session: &'a str,
    account_id: &'a str,
    account_name: &'a str,
    email: &'a str,
    permission_set: &'a str,
}

impl<'a> From<&Row<'a>> for RowOutput<'a> {
    fn from(row: &Row<'a>) -> Self {
        Self {
            session: row.session,
            account_id: row.account.id.as_str(),
            account_name: &row.account.name,
            email: &row.account.email,
            permission_set: row.permission_set.as_str(),
        }
    }
}

/// One row of what is listed.
#[derive(Clone, Copy)]
struct Row<'a> {
    session: &'a str,
    account: &'a Account,
    permission_set: &'a PermissionSetName,
}

impl<'a> Row<'a> {
    fn key(&self) -> TargetKey {
        TargetKey {
            session: self.session.to_owned(),
            account_id: self.account.id.clone(),
            permission_set: self.permission_set.clone(),
        }
    }

    /// The columns of CSV.
    fn fields(&self) -> [&'a str; 5] {
        [
            self.session,
            self.account.id.as_str(),
            &self.account.name,
            &self.account.email,
            self.permission_set.as_str(),
        ]
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Csv,
    /// One TARGET per line
    Plain,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan list --query 'prod admin'\n  genkan list --format json | jq -r '.[].account_name'\n\nIf nothing matches, the list is empty, a note goes to stderr and the exit code is 0.\nCSV is RFC 4180 with unmodified values: import it as text so that a spreadsheet doesn't run formulas.\n\nJSON: an array of {session, account_id, account_name, email, permission_set}."
)]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: Format,
    /// Refresh the list, ignoring the cache
    #[arg(long)]
    refresh: bool,
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::sessions())]
    session: Option<String>,
    /// Only matching targets, best match first; same search syntax as in the portal
    #[arg(long, short, value_name = "QUERY")]
    query: Option<String>,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let sessions = match &options.session {
        Some(name) => vec![app.sessions.session(Some(name))?],
        None => app.sessions.sessions()?.0,
    };
    if sessions.is_empty() {
        app.sessions.session(None)?;
    }
    let listed = catalogs::of_sessions(&sessions, options.refresh, app, output).await?;
    let mut rows: Vec<Row<'_>> = listed
        .iter()
        .flat_map(|l| {
            l.catalog
                .assignments()
                .map(|assignment| row(&l.session.name, assignment))
        })
        .collect();
    if let Some(query) = &options.query {
        let mut index = index(&rows);
        let order: Vec<usize> = (0..rows.len()).collect();
        let found = index.find(query, &order);
        rows = found.into_iter().filter_map(|i| rows.get(i).copied()).collect();
        if rows.is_empty() {
            let nearest = index.corrected(query);
            let nearest = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
            output.notice(&format!("no match for `{query}`{nearest}"));
        }
    } else if rows.is_empty() {
        output.notice("no accounts are assigned to you");
    }
    match options.format {
        Format::Table => output.data(&table(&rows, sessions.len() > 1))?,
        Format::Json => output.json(&rows.iter().map(RowOutput::from).collect::<Vec<_>>())?,
        Format::Csv => {
            tell_formulas(&rows, output);
            output.data(&csv(&rows))?;
        }
        Format::Plain => {
            let lines = rows.iter().map(|row| format!("{}\n", row.key()));
            output.data(&lines.collect::<String>())?;
        }
    }
    Ok(Ended::Done)
}

fn row<'a>(session: &'a str, assignment: Assignment<'a>) -> Row<'a> {
    Row {
        session,
        account: assignment.account,
        permission_set: assignment.permission_set,
    }
}

fn index(rows: &[Row<'_>]) -> SearchIndex {
    SearchIndex::new(rows.iter().map(|row| SearchRow {
        session: row.session,
        account: row.account,
        permission_set: row.permission_set.as_str(),
    }))
}

fn table<'a>(rows: &[Row<'a>], with_session: bool) -> String {
    let widest = |name: &str, column: fn(&Row<'a>) -> &'a str| {
        rows.iter()
            .map(|r| text::width(column(r)))
            .chain([text::width(name)])
            .max()
            .unwrap_or_default()
    };
    let names = widest("ACCOUNT", |r| &r.account.name);
    let sessions = widest("SESSION", |r| r.session);
    let mut out = String::new();
    let mut line = |session: &str, name: &str, id: &str, set: &str| {
        if with_session {
            out.push_str(&text::pad(session, sessions));
            out.push_str("  ");
        }
        let _ = writeln!(out, "{}  {}  {set}", text::pad(name, names), text::pad(id, 12));
    };
    line("SESSION", "ACCOUNT", "ID", "PERMISSION SET");
    for row in rows {
        line(
            row.session,
            &row.account.name,
            row.account.id.as_str(),
            row.permission_set.as_str(),
        );
    }
    out
}

fn csv(rows: &[Row<'_>]) -> String {
    let mut out = String::from("session,account_id,account_name,email,permission_set\n");
    for row in rows {
        out.push_str(&row.fields().map(csv_field).join(","));
        out.push('\n');
    }
    out
}

/// A field as RFC 4180 has it. Its value is never changed: a program reads back what Identity Center said.
/// What a spreadsheet would run is said on stderr instead, because no quoting keeps it from that.
fn csv_field(field: &str) -> String {
    let is_plain = !field.contains([',', '"', '\r', '\n']) && field.trim() == field;
    if is_plain {
        field.to_owned()
    } else {
        format!("\"{}\"", field.replace('"', "\"\""))
    }
}

/// Warns of values that spreadsheets take for formulas.
fn tell_formulas(rows: &[Row<'_>], output: &Output) {
    let is_formula = |field: &&str| field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let formulas = rows.iter().flat_map(Row::fields).filter(is_formula).count();
    if formulas > 0 {
        output.notice(&format!(
            "a spreadsheet may treat {} as a formula (=, +, - or @ in front); import as text",
            count(formulas, "field")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads one record as RFC 4180 has it.
    fn read(line: &str) -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let field = fields.last_mut().expect("a field");
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                c => field.push(c),
            }
        }
        fields
    }

    #[test]
    fn csv_fields_are_quoted_where_needed_and_never_changed() {
        for (field, written) in [
            ("plain", "plain"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("-rf", "-rf"),
            ("=HYPERLINK(1)", "=HYPERLINK(1)"),
            (" blank", "\" blank\""),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(csv_field(field), written);
        }
    }

    proptest! {
        #[test]
        fn csv_is_read_back_as_it_was(fields in proptest::collection::vec("[-=+@,\"' a-z\r\n\t玄]{0,8}", 1..5)) {
            let line = fields.iter().map(|f| csv_field(f)).collect::<Vec<_>>().join(",");
            prop_assert_eq!(read(&line), fields);
        }
    }
}
