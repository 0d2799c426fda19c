//! `genkan status`: what files know of each SSO session. No network, and no runtime for one.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::app::{App, Rules, SessionStatus};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::paint::Paint;
use crate::cli::values::OutputFormat;
use crate::domain::text::{pad_text, text_width};
use crate::domain::values::count::format_count;
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{format_iso8601, seconds_until};
use crate::domain::{SessionKind, SignInState};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan status\n  \
        genkan status --format json | jq '.[] | select(.signed_in) | .session'\n\n\
        JSON: an array of {session, kind, start_url, region, signed_in, renews, expires_at, \
        seconds_left, session_ends_at, session_end_basis (known, configured, learned or assumed), \
        registration_expires_at, catalog: {accounts, assignments, failed_accounts, synced_at, current} \
        or null, where current is false for the list of an earlier sign-in, credentials: [{account_id, \
        account_name, permission_set, production, expires_at, seconds_left}]}.")]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: OutputFormat,
    /// Only this SSO session
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
}

pub(in crate::cli) fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let sessions = app.status.status(options.session.as_deref())?;
    let now = app.context.now();
    if sessions.is_empty()
        && let Err(error) = app.sessions.session(None)
    {
        output.notice(&format!("{error} ({})", error.hints().join("; ")));
    }
    // What can't be used is no part of the list, and not forgotten for that.
    if options.session.is_none() && !sessions.is_empty() {
        for problem in app.sessions.sessions()?.1 {
            output.notice(&problem);
        }
    }
    if options.format == OutputFormat::Json {
        let list: Vec<_> = sessions
            .iter()
            .map(|s| SessionOutput::new(s, &app.rules, now))
            .collect();
        output.json(&list)?;
        return Ok(Ended::Done);
    }
    let paint = Paint::new(app.context.settings(), output.stdout_is_terminal());
    let parts: Vec<String> = sessions
        .iter()
        .map(|s| text_of(s, &app.rules, now, paint))
        .collect();
    output.data(&parts.join("\n"))?;
    if let Some(skew) = app.context.clock_skew() {
        output.notice(&skew.to_string());
    }
    Ok(Ended::Done)
}

fn text_of(status: &SessionStatus, rules: &Rules, now: Timestamp, paint: Paint) -> String {
    let session = &status.session;
    let mut out = format!(
        "{}  {}\n",
        paint.title(&session.name),
        paint.dim(&match session.own_target() {
            Some(own) if session.is_iam_user() => {
                format!("IAM user {} in account {}", own.name, own.account.id)
            }
            Some(_) => "roles that a profile's own credentials assume".to_owned(),
            None => format!("{} · {}", session.start_url, session.region),
        })
    );
    let mut line = |label: &str, words: &str| {
        let _ = writeln!(out, "  {}  {words}", pad_text(label, 12));
    };
    let sign_in = match status.sign_in {
        // What a chain begins with needs none, and has no end that is known.
        _ if session.source_credentials().is_some() => paint.dim("none needed"),
        // The end of the sign-in, as the prompt and the portal have it; where it isn't known, the token's.
        state @ SignInState::SignedIn { .. } => {
            let left = state.time_left(now).unwrap_or_default();
            let basis = state.end().and_then(|end| end.basis.reason());
            let basis = basis.map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("{} · {left}{basis}", paint.good("● signed in"))
        }
        SignInState::Renewable { .. } => {
            format!("{} · renews with the next command", paint.good("● signed in"))
        }
        SignInState::Ended { since } => format!(
            "{} · expired {} · `genkan login {}`",
            paint.warning("○ signed out"),
            format_age(-seconds_until(since, now)),
            session.name
        ),
        SignInState::SignedOut => {
            format!(
                "{} · `genkan login {}`",
                paint.warning("○ signed out"),
                session.name
            )
        }
    };
    line("sign-in", &sign_in);
    if let Some(until) = status.registered_until {
        let words = match seconds_until(until, now) {
            seconds @ 1.. => format!("{} left, then sign in again", format_duration(seconds)),
            _ => "expired".to_owned(),
        };
        line("registration", &words);
    }
    let catalog = match &status.catalog {
        None => "not fetched · `genkan list`".to_owned(),
        // It isn't listed.
        Some(catalog) if !session.is_listed() => format!(
            "{}, {}",
            format_count(catalog.accounts, "account"),
            format_count(catalog.assignments, "target")
        ),
        Some(catalog) => {
            let synced = catalog.synced_at.map_or_else(
                || "list incomplete".to_owned(),
                |at| format!("updated {}", format_age(-seconds_until(at, now))),
            );
            let failed = match catalog.failed {
                0 => String::new(),
                n => format!(" · {} failed", format_count(n, "account")),
            };
            let earlier = if catalog.is_current {
                ""
            } else {
                " · from an earlier sign-in"
            };
            format!(
                "{}, {} · {synced}{failed}{earlier}",
                format_count(catalog.accounts, "account"),
                format_count(catalog.assignments, "target")
            )
        }
    };
    line("catalog", &catalog);
    let widest = status
        .credentials
        .iter()
        .map(|(t, _)| text_width(&t.to_string()))
        .max();
    for (at, (target, until)) in status.credentials.iter().enumerate() {
        let label = if at == 0 { "credentials" } else { "" };
        // A name is never cut: it may be copied from here.
        let name = target.to_string();
        let columns = widest.unwrap_or_default().min(50).max(text_width(&name));
        let name = pad_text(&name, columns);
        let left = format_duration(seconds_until(*until, now));
        let word = match rules.of_target(target).production_word() {
            Some(word) => format!("  {}", paint.production(word)),
            None => String::new(),
        };
        line(label, &format!("{name}  {left}{word}"));
    }
    out
}

/// The shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct SessionOutput<'a> {
    session: &'a str,
    kind: &'static str,
    start_url: &'a str,
    region: &'a str,
    signed_in: bool,
    renews: bool,
    expires_at: Option<String>,
    seconds_left: Option<i64>,
    session_ends_at: Option<String>,
    session_end_basis: Option<&'static str>,
    registration_expires_at: Option<String>,
    catalog: Option<CatalogOutput>,
    credentials: Vec<CredentialsOutput<'a>>,
}

#[derive(Serialize)]
struct CatalogOutput {
    accounts: usize,
    assignments: usize,
    failed_accounts: usize,
    synced_at: Option<String>,
    current: bool,
}

#[derive(Serialize)]
struct CredentialsOutput<'a> {
    account_id: &'a str,
    account_name: &'a str,
    permission_set: &'a str,
    production: bool,
    expires_at: String,
    seconds_left: i64,
}

impl<'a> SessionOutput<'a> {
    fn new(status: &'a SessionStatus, rules: &Rules, now: Timestamp) -> Self {
        let expires_at = status.sign_in.expires_at();
        let expires_at = expires_at.filter(|_| status.session.source_credentials().is_none());
        let credentials = status
            .credentials
            .iter()
            .map(|(target, until)| CredentialsOutput {
                account_id: target.account_id.as_str(),
                account_name: &target.account_name,
                permission_set: target.permission_set.as_str(),
                production: rules.of_target(target).production,
                expires_at: format_iso8601(*until),
                seconds_left: seconds_until(*until, now),
            });
        Self {
            session: &status.session.name,
            kind: match &status.session.kind {
                SessionKind::Named => "named",
                SessionKind::Legacy => "legacy",
                SessionKind::IamUser(_) => "iam-user",
                SessionKind::Chain(_) => "chain",
            },
            start_url: status.session.start_url.as_str(),
            region: status.session.region.as_str(),
            signed_in: status.sign_in.is_signed_in(),
            renews: status.sign_in.renews(),
            expires_at: expires_at.map(format_iso8601),
            seconds_left: expires_at.map(|at| seconds_until(at, now).max(0)),
            session_ends_at: status.sign_in.ends().map(format_iso8601),
            session_end_basis: status.sign_in.end().map(|end| end.basis.word()),
            registration_expires_at: status.registered_until.map(format_iso8601),
            catalog: status.catalog.as_ref().map(|catalog| CatalogOutput {
                accounts: catalog.accounts,
                assignments: catalog.assignments,
                failed_accounts: catalog.failed,
                synced_at: catalog.synced_at.map(format_iso8601),
                current: catalog.is_current,
            }),
            credentials: credentials.collect(),
        }
    }
}
