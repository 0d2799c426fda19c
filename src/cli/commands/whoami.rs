//! `genkan whoami`: the identity of this environment, and what it was chosen over.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::app::{App, Caller, Identity, IdentitySource, Whoami};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::paint::Paint;
use crate::cli::values::OutputFormat;
use crate::domain::Region;
use crate::domain::rules::PRODUCTION;
use crate::domain::text::pad_text;
use crate::domain::values::duration::{format_age, format_duration};
use crate::domain::values::time::{format_iso8601, seconds_until};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan whoami\n  \
        genkan whoami --verify    # calls STS\n  \
        genkan whoami --format json | jq -r .account_id\n\n\
        JSON: {source, from, profile, session, account_id, account_name, permission_set, role_arn, \
        access_key_id, region, production, signed_in, expires_at, seconds_left, session_ends_at, \
        session_end_basis (known, configured, learned or assumed), ignored: [text], warnings: [text], \
        caller: {account_id, arn, user_id} or null}; source is genkan, environment, sso-profile, \
        process-profile, role-profile, keys-profile, login-profile, web-identity, container or unknown.")]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: OutputFormat,
    /// Verify with STS (GetCallerIdentity), using the credentials that an SDK would choose
    #[arg(long)]
    pub(in crate::cli) verify: bool,
}

/// Without asking anybody.
pub(in crate::cli) fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let whoami = app.identities.whoami()?;
    if whoami.identity.is_none() {
        let mut failure = Failure::new(
            "no credentials are configured in this environment",
            &[
                "open a shell for a target with `genkan shell`, or set AWS_PROFILE",
                "on an EC2 instance with a role, use `genkan whoami --verify`",
            ],
        );
        failure.hints.splice(0..0, whoami.warnings);
        return Err(failure);
    }
    print_identity(options, &whoami, None, app, output)
}

/// Asks STS too.
pub(in crate::cli) async fn verify_identity(
    options: &Options,
    app: &App,
    output: &Output,
) -> Result<Ended, Failure> {
    let whoami = app.identities.whoami()?;
    let region = whoami.identity.as_ref().and_then(|i| i.region.as_deref());
    let region: Option<Region> = region.and_then(|r| r.parse().ok());
    let caller = tokio::select! {
        caller = app.callers.caller(region.as_ref()) => caller?,
        _ = tokio::signal::ctrl_c() => return Ok(Ended::Cancelled),
    };
    print_identity(options, &whoami, Some(&caller), app, output)
}

fn print_identity(
    options: &Options,
    whoami: &Whoami,
    caller: Option<&Caller>,
    app: &App,
    output: &Output,
) -> Result<Ended, Failure> {
    let now = app.context.now();
    match options.format {
        OutputFormat::Json => output.json(&WhoamiOutput::new(whoami, caller, now))?,
        OutputFormat::Text => {
            let paint = Paint::new(app.context.settings(), output.stdout_is_terminal());
            output.data(&text_of(whoami, caller, now, paint))?;
        }
    }
    Ok(Ended::Done)
}

fn text_of(whoami: &Whoami, caller: Option<&Caller>, now: Timestamp, paint: Paint) -> String {
    let mut out = String::new();
    let identity = whoami.identity.as_ref();
    let name = identity.map_or_else(|| "unknown".to_owned(), describe_identity);
    let production = identity.is_some_and(|i| i.production == Some(true));
    let word = if production {
        format!("  {}", paint.production(PRODUCTION))
    } else {
        String::new()
    };
    let _ = writeln!(out, "{}{word}", paint.title(&name));
    let mut line = |label: &str, words: &str| {
        let _ = writeln!(out, "  {}  {words}", pad_text(label, 11));
    };
    if let Some(identity) = identity {
        line("from", &identity.from);
        for (label, value) in [
            ("account", &identity.account_id),
            ("session", &identity.session),
            ("role", &identity.role_arn),
            ("key", &identity.access_key_id),
            ("region", &identity.region),
        ] {
            if let Some(value) = value {
                line(label, value);
            }
        }
        if let Some(at) = identity.expires_at {
            let left = seconds_until(at, now);
            if left > 0 {
                line("expires", &format!("in {}", format_duration(left)));
            } else {
                line(
                    "expires",
                    &paint.warning(&format!("expired {}", format_age(-left))),
                );
            }
        }
    }
    if let Some(end) = identity.and_then(|i| i.session_end) {
        let left = seconds_until(end.at, now);
        if left > 0 {
            let (about, reason) = match end.basis.reason() {
                Some(reason) => ("about ", format!(" ({reason})")),
                None => ("", String::new()),
            };
            let left = format_duration(left);
            line("sign-in", &format!("{about}{left} left{reason}"));
        }
    }
    if let Some(caller) = caller {
        line("verified", &format!("{} {}", paint.good("✓"), caller.arn));
        if let Some(said) = identity.and_then(|i| i.account_id.as_ref())
            && *said != caller.account_id
        {
            line(
                "",
                &paint.warning(&format!("AWS reports account {}, not {said}", caller.account_id)),
            );
        }
    }
    for (at, other) in whoami.ignored.iter().enumerate() {
        line(if at == 0 { "ignored" } else { "" }, &paint.dim(other));
    }
    for warning in &whoami.warnings {
        line("note", &paint.warning(warning));
    }
    out
}

/// The identity in one line: what a user calls it.
fn describe_identity(identity: &Identity) -> String {
    let account = identity.account_name.as_ref().or(identity.account_id.as_ref());
    let set = identity.shown_permission_set.as_ref();
    match (
        account,
        set.or(identity.permission_set.as_ref()),
        &identity.role_arn,
        &identity.profile,
    ) {
        (Some(account), Some(set), ..) => format!("{account}/{set}"),
        (_, _, Some(arn), _) => arn.rsplit(['/', ':']).next().unwrap_or(arn).to_owned(),
        (Some(account), ..) => account.clone(),
        (.., Some(profile)) => profile.clone(),
        _ => identity
            .access_key_id
            .clone()
            .unwrap_or_else(|| "unknown identity".to_owned()),
    }
}

/// The shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct WhoamiOutput<'a> {
    source: &'static str,
    from: Option<&'a str>,
    profile: Option<&'a str>,
    session: Option<&'a str>,
    account_id: Option<&'a str>,
    account_name: Option<&'a str>,
    permission_set: Option<&'a str>,
    role_arn: Option<&'a str>,
    access_key_id: Option<&'a str>,
    region: Option<&'a str>,
    production: Option<bool>,
    signed_in: Option<bool>,
    expires_at: Option<String>,
    seconds_left: Option<i64>,
    session_ends_at: Option<String>,
    session_end_basis: Option<&'static str>,
    ignored: &'a [String],
    warnings: &'a [String],
    caller: Option<CallerOutput<'a>>,
}

#[derive(Serialize)]
struct CallerOutput<'a> {
    account_id: &'a str,
    arn: &'a str,
    user_id: &'a str,
}

impl<'a> WhoamiOutput<'a> {
    fn new(whoami: &'a Whoami, caller: Option<&'a Caller>, now: Timestamp) -> Self {
        let identity = whoami.identity.as_ref();
        let field = |get: fn(&Identity) -> &Option<String>| identity.and_then(|i| get(i).as_deref());
        let expires_at = identity.and_then(|i| i.expires_at);
        let session_end = identity.and_then(|i| i.session_end);
        Self {
            source: identity.map_or("unknown", |i| source_word(i.source)),
            from: identity.map(|i| i.from.as_str()),
            profile: field(|i| &i.profile),
            session: field(|i| &i.session),
            account_id: field(|i| &i.account_id),
            account_name: field(|i| &i.account_name),
            permission_set: field(|i| &i.permission_set),
            role_arn: field(|i| &i.role_arn),
            access_key_id: field(|i| &i.access_key_id),
            region: field(|i| &i.region),
            production: identity.and_then(|i| i.production),
            signed_in: identity.and_then(|i| i.signed_in),
            expires_at: expires_at.map(format_iso8601),
            seconds_left: expires_at.map(|at| seconds_until(at, now).max(0)),
            session_ends_at: session_end.map(|end| format_iso8601(end.at)),
            session_end_basis: session_end.map(|end| end.basis.word()),
            ignored: &whoami.ignored,
            warnings: &whoami.warnings,
            caller: caller.map(|c| CallerOutput {
                account_id: &c.account_id,
                arn: &c.arn,
                user_id: &c.user_id,
            }),
        }
    }
}

fn source_word(source: IdentitySource) -> &'static str {
    match source {
        IdentitySource::Genkan => "genkan",
        IdentitySource::Environment => "environment",
        IdentitySource::SsoProfile => "sso-profile",
        IdentitySource::ProcessProfile => "process-profile",
        IdentitySource::RoleProfile => "role-profile",
        IdentitySource::KeysProfile => "keys-profile",
        IdentitySource::LoginProfile => "login-profile",
        IdentitySource::WebIdentity => "web-identity",
        IdentitySource::Container => "container",
    }
}
