//! `genkan list`: every assignment, as a table or for a program.

use std::fmt::Write as _;

use super::catalogs;
use crate::cli::args::{List, ListFormat};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::search::SearchIndex;
use crate::domain::{Account, Assignment, PermissionSetName, text};
use crate::portal::Portal;

/// One row of what is listed.
#[derive(Clone, Copy)]
struct Row<'a> {
    session: &'a str,
    account: &'a Account,
    permission_set: &'a PermissionSetName,
}

pub(in crate::cli) async fn run(options: &List, portal: &Portal, output: &Output) -> Result<Ended, Failure> {
    let sessions = match &options.session {
        Some(name) => vec![portal.session(Some(name))?],
        None => portal.sessions()?.0,
    };
    if sessions.is_empty() {
        portal.session(None)?;
    }
    let listed = catalogs::of_sessions(&sessions, options.refresh, portal, output).await?;
    let mut rows: Vec<Row<'_>> = listed
        .iter()
        .flat_map(|l| {
            l.catalog
                .assignments()
                .map(|assignment| row(&l.session.name, assignment))
        })
        .collect();
    if let Some(query) = &options.query {
        rows = search(&rows, query);
    }
    let text = match options.format {
        ListFormat::Table => table(&rows, sessions.len() > 1),
        ListFormat::Json => json(&rows),
        ListFormat::Csv => csv(&rows),
        ListFormat::Plain => rows.iter().fold(String::new(), |mut out, row| {
            let _ = writeln!(out, "{}:{}/{}", row.session, row.account.id, row.permission_set);
            out
        }),
    };
    output.data(&text)?;
    Ok(Ended::Done)
}

fn row<'a>(session: &'a str, assignment: Assignment<'a>) -> Row<'a> {
    Row {
        session,
        account: assignment.account,
        permission_set: assignment.permission_set,
    }
}

fn search<'a>(rows: &[Row<'a>], query: &str) -> Vec<Row<'a>> {
    let order: Vec<usize> = (0..rows.len()).collect();
    SearchIndex::new(rows.iter().map(|r| (r.account, r.permission_set.as_str())))
        .find(query, &order)
        .into_iter()
        .filter_map(|i| rows.get(i).copied())
        .collect()
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

/// The shape is documented in the README and kept by a snapshot.
fn json(rows: &[Row<'_>]) -> String {
    let list: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "session": row.session,
                "account_id": row.account.id.as_str(),
                "account_name": row.account.name,
                "email": row.account.email,
                "permission_set": row.permission_set.as_str(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Array(list))
}

fn csv(rows: &[Row<'_>]) -> String {
    let mut out = String::from("session,account_id,account_name,email,permission_set\n");
    for row in rows {
        let fields = [
            row.session,
            row.account.id.as_str(),
            &row.account.name,
            &row.account.email,
            row.permission_set.as_str(),
        ];
        let line: Vec<String> = fields.iter().map(|f| csv_field(f)).collect();
        out.push_str(&line.join(","));
        out.push('\n');
    }
    out
}

/// RFC 4180; a field that a spreadsheet would run as a formula gets an apostrophe in front.
fn csv_field(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']);
    if formula || field.contains([',', '"']) {
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_quoted_and_run_nothing() {
        assert_eq!(csv_field("plain"), "plain");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_field("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }
}
