//! `genkan list`: every assignment, as a table or for a program.

use std::fmt::Write as _;

use super::catalogs;
use crate::cli::args::{List, ListFormat};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::search::SearchIndex;
use crate::domain::target::targets;
use crate::domain::{Catalog, Target, text};
use crate::portal::Portal;

/// One row: a target and the email of its account.
struct Row {
    target: Target,
    email: String,
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
    let mut rows: Vec<Row> = listed
        .iter()
        .flat_map(|l| rows_of(&l.session.name, &l.catalog))
        .collect();
    if let Some(query) = &options.query {
        rows = search(rows, query);
    }
    let text = match options.format {
        ListFormat::Table => table(&rows, sessions.len() > 1),
        ListFormat::Json => json(&rows),
        ListFormat::Csv => csv(&rows),
        ListFormat::Plain => rows.iter().fold(String::new(), |mut out, row| {
            let _ = writeln!(
                out,
                "{}:{}/{}",
                row.target.session, row.target.account_id, row.target.permission_set
            );
            out
        }),
    };
    output.data(&text)?;
    Ok(Ended::Done)
}

fn rows_of(session: &str, catalog: &Catalog) -> Vec<Row> {
    let emails = catalog.assignments().map(|a| a.account.email.clone());
    targets(session, catalog)
        .into_iter()
        .zip(emails)
        .map(|(target, email)| Row { target, email })
        .collect()
}

fn search(rows: Vec<Row>, query: &str) -> Vec<Row> {
    let order: Vec<usize> = (0..rows.len()).collect();
    let found = SearchIndex::new(rows.iter().map(|r| (&r.target, r.email.as_str()))).find(query, &order);
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    found
        .into_iter()
        .filter_map(|i| rows.get_mut(i)?.take())
        .collect()
}

fn table(rows: &[Row], with_session: bool) -> String {
    let widest = |name: &str, column: fn(&Row) -> &str| {
        rows.iter()
            .map(|r| text::width(column(r)))
            .chain([text::width(name)])
            .max()
            .unwrap_or_default()
    };
    let names = widest("ACCOUNT", |r| &r.target.account_name);
    let sessions = widest("SESSION", |r| &r.target.session);
    let mut out = String::new();
    let mut line = |session: &str, name: &str, id: &str, set: &str| {
        if with_session {
            out.push_str(&text::pad(session, sessions));
            out.push_str("  ");
        }
        let _ = writeln!(out, "{}  {}  {set}", text::pad(name, names), text::pad(id, 12));
    };
    line("SESSION", "ACCOUNT", "ID", "PERMISSION SET");
    for Row { target, .. } in rows {
        line(
            &target.session,
            &target.account_name,
            target.account_id.as_str(),
            target.permission_set.as_str(),
        );
    }
    out
}

/// The shape is documented in the README and kept by a snapshot.
fn json(rows: &[Row]) -> String {
    let list: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "session": row.target.session,
                "account_id": row.target.account_id.as_str(),
                "account_name": row.target.account_name,
                "email": row.email,
                "permission_set": row.target.permission_set.as_str(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Array(list))
}

fn csv(rows: &[Row]) -> String {
    let mut out = String::from("session,account_id,account_name,email,permission_set\n");
    for Row { target, email } in rows {
        let fields = [
            &target.session,
            target.account_id.as_str(),
            &target.account_name,
            email,
            target.permission_set.as_str(),
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
