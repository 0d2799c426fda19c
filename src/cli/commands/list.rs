//! `genkan list`: every assignment, as a table or for a program.

use std::borrow::Cow;

use serde::Serialize;

use crate::app::App;
use crate::cli::commands::steps::catalogs;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::records::history::TargetKey;
use crate::domain::rules::{RuleSet, TargetRules};
use crate::domain::search::{Labels, SearchIndex, SearchRow};
use crate::domain::targets::chained_roles::RoleArn;
use crate::domain::values::count::format_count;
use crate::domain::{Account, AccountEntry, Partition, PermissionSetName, SsoSession, text};

/// One row of JSON: the shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct RowOutput<'a> {
    session: &'a str,
    account_id: &'a str,
    account_name: &'a str,
    email: &'a str,
    permission_set: &'a str,
    /// Of a chained role.
    role_arn: Option<String>,
    /// The target from which a chained role is reached.
    via: Option<String>,
    alias: Option<&'a str>,
    tags: Vec<String>,
    production: bool,
}

impl<'a> From<&'a Row<'a>> for RowOutput<'a> {
    fn from(row: &'a Row<'a>) -> Self {
        Self {
            session: row.session,
            account_id: row.account.id.as_str(),
            account_name: &row.account.name,
            email: &row.account.email,
            permission_set: row.permission_set.as_str(),
            role_arn: row.role_arn(),
            via: row.via(),
            alias: row.rules.alias.as_deref(),
            tags: row.rules.tags.iter().map(ToString::to_string).collect(),
            production: row.rules.production,
        }
    }
}

/// One row of what is listed.
#[derive(Clone)]
struct Row<'a> {
    session: &'a str,
    partition: Partition,
    account: &'a Account,
    permission_set: &'a PermissionSetName,
    rules: TargetRules,
}

impl<'a> Row<'a> {
    /// The rows of an account.
    fn of_entry(
        of: &'a SsoSession,
        entry: &'a AccountEntry,
        rules: &RuleSet,
    ) -> impl Iterator<Item = Self> + use<'a> {
        let (session, partition) = (of.name.as_str(), of.region.partition());
        let account = &entry.account;
        let rules = rules.of_account(session, account);
        let rows = entry.permission_sets.iter().map(|permission_set| Self {
            session,
            partition,
            account,
            permission_set,
            rules: rules.of(Some(permission_set.name())),
        });
        rows.collect::<Vec<_>>().into_iter()
    }

    fn key(&self) -> TargetKey {
        TargetKey {
            session: self.session.to_owned(),
            account_id: self.account.id.clone(),
            permission_set: self.permission_set.clone(),
        }
    }

    fn role_arn(&self) -> Option<String> {
        let role = self.permission_set.role()?;
        let arn = RoleArn::new(self.partition, self.account.id.clone(), role);
        arn.ok().map(|arn| arn.to_string())
    }

    fn via(&self) -> Option<String> {
        let (account_id, permission_set) = self.permission_set.via()?;
        let via = TargetKey {
            session: self.session.to_owned(),
            account_id,
            permission_set,
        };
        Some(via.to_string())
    }

    /// The columns of CSV.
    fn fields(&self) -> [Cow<'_, str>; 10] {
        let production = if self.rules.production { "true" } else { "false" };
        [
            self.session.into(),
            self.account.id.as_str().into(),
            self.account.name.as_str().into(),
            self.account.email.as_str().into(),
            self.permission_set.as_str().into(),
            self.rules.alias.as_deref().unwrap_or_default().into(),
            self.rules.tags_text().into(),
            production.into(),
            self.role_arn().unwrap_or_default().into(),
            self.via().unwrap_or_default().into(),
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
#[command(after_help = "Examples:\n  \
        genkan list --query 'prod admin'\n  \
        genkan list --format json | jq -r '.[].account_name'\n\n\
        If nothing matches, the list is empty, a note goes to stderr and the exit code is 0. CSV is RFC \
        4180 with unmodified values: import it as text so that a spreadsheet doesn't run formulas.\n\n\
        JSON: an array of {session, account_id, account_name, email, permission_set, role_arn, via, \
        alias, tags: [text], production}. role_arn and via (a TARGET) are null unless it is a chained \
        role; permission_set is then `ROLE via ACCOUNT_ID/PERMISSION_SET`.")]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: Format,
    /// Refresh the list, ignoring the cache
    #[arg(long)]
    refresh: bool,
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::complete_sessions())]
    session: Option<String>,
    /// Only matching targets, best match first; same search syntax as in the portal
    #[arg(long, short, value_name = "QUERY")]
    query: Option<String>,
    /// Include targets that rules hide
    #[arg(long)]
    hidden: bool,
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
    let rules = &*app.context.settings().rules;
    let all = listed.iter().flat_map(|l| {
        let entries = l.catalog.entries().iter();
        entries.flat_map(|entry| Row::of_entry(&l.session, entry, rules))
    });
    let mut rows: Vec<Row<'_>> = all.filter(|row| options.hidden || !row.rules.hidden).collect();
    if let Some(query) = &options.query {
        let mut index = index_rows(&rows, rules);
        let order: Vec<usize> = (0..rows.len()).collect();
        let found = index.find_rows(query, &order);
        rows = found.into_iter().filter_map(|i| rows.get(i).cloned()).collect();
        if rows.is_empty() {
            let nearest = index.corrected(query);
            let nearest = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
            output.notice(&format!("no match for `{query}`{nearest}"));
        }
    } else if rows.is_empty() {
        let hidden = listed.iter().any(|l| l.catalog.assignments().next().is_some());
        output.notice(if hidden {
            "rules hide all targets; `--hidden` lists them"
        } else {
            "no accounts are assigned to you"
        });
    }
    match options.format {
        Format::Table => output.data(&format_table(&rows, sessions.len() > 1))?,
        Format::Json => output.json(&rows.iter().map(RowOutput::from).collect::<Vec<_>>())?,
        Format::Csv => {
            tell_formulas(&rows, output);
            output.data(&format_csv(&rows))?;
        }
        Format::Plain => {
            let lines = rows.iter().map(|row| format!("{}\n", row.key()));
            output.data(&lines.collect::<String>())?;
        }
    }
    Ok(Ended::Done)
}

fn index_rows(rows: &[Row<'_>], rules: &RuleSet) -> SearchIndex {
    let rows = rows.iter().map(|row| {
        let searched = SearchRow {
            session: row.session,
            account: row.account,
            permission_set: row.permission_set.shown(),
        };
        let labels = rules.gives_labels().then(|| Labels {
            alias: row.rules.alias.clone(),
            tags: row.rules.tags.clone(),
        });
        (searched, labels)
    });
    SearchIndex::labelled(rows, rules.gives_labels())
}

/// A column: its heading, and what a row has there.
type Column<'a> = (&'static str, fn(&Row<'a>) -> Cow<'a, str>);

/// The rows as a table. What only rules give has a column where a row has it.
fn format_table<'a>(rows: &[Row<'a>], with_session: bool) -> String {
    let columns: [Column<'a>; 7] = [
        ("SESSION", |r| r.session.into()),
        ("ACCOUNT", |r| r.account.name.as_str().into()),
        ("ID", |r| r.account.id.as_str().into()),
        ("PERMISSION SET", |r| r.permission_set.shown().into()),
        ("PRODUCTION", |r| {
            r.rules.production_word().unwrap_or_default().into()
        }),
        ("ALIAS", |r| {
            r.rules.alias.clone().unwrap_or_default().to_string().into()
        }),
        ("TAGS", |r| r.rules.tags_text().into()),
    ];
    let mut lines = vec![String::new(); rows.len() + 1];
    for (heading, cell) in columns {
        let cells: Vec<Cow<'_, str>> = rows.iter().map(cell).collect();
        let is_shown = match heading {
            "SESSION" => with_session,
            "PRODUCTION" | "ALIAS" | "TAGS" => cells.iter().any(|cell| !cell.is_empty()),
            _ => true,
        };
        if !is_shown {
            continue;
        }
        let cells = || [heading].into_iter().chain(cells.iter().map(AsRef::as_ref));
        let widest = cells().map(text::text_width).max().unwrap_or_default();
        for (line, cell) in lines.iter_mut().zip(cells()) {
            line.push_str(&text::pad_text(cell, widest));
            line.push_str("  ");
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

fn format_csv(rows: &[Row<'_>]) -> String {
    let mut out = String::from(
        "session,account_id,account_name,email,permission_set,alias,tags,production,role_arn,via\n",
    );
    for row in rows {
        out.push_str(&row.fields().map(|field| csv_field(&field)).join(","));
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
    let is_formula = |field: &Cow<'_, str>| field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let formulas = rows.iter().flat_map(Row::fields).filter(is_formula).count();
    if formulas > 0 {
        output.notice(&format!(
            "a spreadsheet may treat {} as a formula (=, +, - or @ in front); import as text",
            format_count(formulas, "field")
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
