//! `genkan sandbox`: the embedded AWS alone.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::sandbox_profiles::{Profiles, SESSION, build_profiles};
use super::sandbox_rate::RateArgs;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::asked_to_end;
use crate::cli::values;
use crate::domain::shells::export::{ExportFormat, format_assignments};
use crate::platform::clock;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::sandbox::{self, Clock, Organisation, Sandbox, start_sandbox};
use crate::settings::{Environment, env, no_proxy_for_loopback, proxied_loopback};

const CONFIG: &str = "config";
const CREDENTIALS: &str = "credentials";

/// What the demo and the sandbox have in common.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SandboxArgs {
    /// Generate this many accounts instead of the sample organisation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    accounts: Option<u32>,
    /// Permission sets per generated account
    #[arg(long, value_name = "N", default_value_t = 3, requires = "accounts", value_parser = clap::value_parser!(u32).range(1..=20))]
    permission_sets: u32,
    /// Serve the organisation of this TOML file: accounts, roles, IAM users
    #[arg(long, value_name = "FILE", conflicts_with = "accounts", value_hint = clap::ValueHint::FilePath)]
    organisation: Option<PathBuf>,
    /// Seconds until the portal session ends, whatever is refreshed
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=7_776_000))]
    session_lifetime: Option<u64>,
    /// Seconds that an access token lives
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    access_token_lifetime: Option<u64>,
    /// Seconds that credentials live: those of permission sets, and at most those of roles and user sessions
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=129_600))]
    credentials_lifetime: Option<u64>,
    /// Added latency per response, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    latency: u64,
    /// Approve every sign-in automatically
    #[arg(long)]
    pub(in crate::cli::commands) auto_approve: bool,
}

impl SandboxArgs {
    /// The options of a sandbox with this clock.
    pub(in crate::cli::commands) fn options(&self, clock: Clock) -> Result<sandbox::Options, Failure> {
        let mut options = sandbox::Options::new(clock);
        if let Some(file) = &self.organisation {
            options.organisation = read_organisation(file)?;
        }
        if let Some(accounts) = self.accounts {
            options.organisation = Organisation::generated(accounts as usize, self.permission_sets as usize);
        }
        options.latency = Duration::from_millis(self.latency);
        options.auto_approve = self.auto_approve;
        if let Some(seconds) = self.session_lifetime {
            options.portal_session_lifetime = Duration::from_secs(seconds);
        }
        if let Some(seconds) = self.access_token_lifetime {
            options.access_token_lifetime = Duration::from_secs(seconds);
        }
        if let Some(seconds) = self.credentials_lifetime {
            options.role_credentials_lifetime = Duration::from_secs(seconds);
            options.sts_session_lifetime = Some(Duration::from_secs(seconds));
        }
        Ok(options)
    }
}

/// Reads an organisation of the user's own.
fn read_organisation(file: &Path) -> Result<Organisation, Failure> {
    let name = file.display();
    let unreadable = |why: &dyn std::fmt::Display| Failure::new(format!("can't read {name}: {why}"), &[]);
    let bytes = safe_open::read_file(file, FileKind::Named)
        .map_err(|error| unreadable(&error.into_io()))?
        .ok_or_else(|| unreadable(&"no such file"))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(&"it is not UTF-8"))?;
    Organisation::from_toml(&text).map_err(|error| {
        Failure::new(
            format!("{name}, {error}"),
            &["`genkan sandbox --print-organisation` prints an example of the format"],
        )
    })
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  genkan sandbox --accounts 1000 --rate 20 --latency 60 --faults 5")]
pub(in crate::cli) struct Options {
    /// The loopback address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    common: SandboxArgs,
    #[command(flatten)]
    rate: RateArgs,
    /// Percentage of requests that fail with HTTP 429, 500 or 503
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = values::parse_percentage)]
    faults: f64,
    /// Clock offset from this machine in seconds; negative values are behind
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-604_800..=604_800))]
    clock_offset: i64,
    /// Write profiles of the IAM users with their access keys, too, and print their MFA devices' secrets
    #[arg(long)]
    iam_keys: bool,
    /// Seconds until a new access key works
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    key_propagation: u64,
    /// Print the sample organisation as TOML, the format of --organisation, and exit
    #[arg(long, exclusive = true)]
    print_organisation: bool,
    /// Maximum entries per page of a list response
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    page_size: Option<u32>,
}

pub(in crate::cli) async fn run(arguments: &Options, output: &Output) -> Result<Ended, Failure> {
    if arguments.print_organisation {
        output.data(Organisation::SAMPLE)?;
        return Ok(Ended::Done);
    }
    let offset = jiff::SignedDuration::from_secs(arguments.clock_offset);
    let mut options = arguments.common.options(Arc::new(move || {
        clock::current_time()
            .saturating_add(offset)
            .unwrap_or_else(|_| clock::current_time())
    }))?;
    options.key_propagation = Duration::from_secs(arguments.key_propagation);
    options.listen = arguments.listen;
    options.rate = arguments.rate.limit();
    options.faults = arguments.faults / 100.0;
    if let Some(size) = arguments.page_size {
        options.page_size = size as usize;
    }
    let organisation = options.organisation.clone();
    let sandbox = start_sandbox(options).await.map_err(|e| {
        Failure::new(
            e.to_string(),
            &["choose a free port with --listen 127.0.0.1:PORT"],
        )
    })?;
    let profiles = build_profiles(
        &organisation,
        &sandbox,
        &sandbox_region(&sandbox),
        arguments.iam_keys,
    );
    // Before the first file: a signal that comes in between would leave it behind.
    let asked_to_end = asked_to_end();
    let files = write_files(&profiles).map_err(|e| {
        Failure::new(
            format!("can't write the sandbox's config file: {e}"),
            &["free up space in the temporary folder, or set TMPDIR to another one"],
        )
    })?;
    output.data(&(format_environment(&sandbox, files.path()) + &format_notes(&sandbox, &profiles)))?;
    output.say(&format!(
        "sandbox listening on {}; Ctrl-C stops it",
        sandbox.url()
    ));
    asked_to_end.await;
    sandbox.stop().await;
    drop(files);
    Ok(Ended::Done)
}

/// The files that the printed variables name, in a folder that goes with the sandbox: a config file, and a credentials
/// file where there is something for it, so that none of the user's own counts.
fn write_files(profiles: &Profiles) -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("genkan-sandbox-").tempdir()?;
    safe_open::create_file(&folder.path().join(CONFIG), &profiles.config)?;
    if !profiles.credentials.is_empty() {
        safe_open::create_file(&folder.path().join(CREDENTIALS), &profiles.credentials)?;
    }
    Ok(folder)
}

fn sandbox_region(sandbox: &Sandbox) -> String {
    let variables = sandbox.environment().into_iter();
    let mut regions = variables.filter(|(name, _)| *name == env::AWS_REGION);
    regions.next().map(|(_, region)| region).unwrap_or_default()
}

/// Shell lines that are all that an AWS SDK, the AWS CLI or genkan needs to use the sandbox.
fn format_environment(sandbox: &Sandbox, files: &Path) -> String {
    let mut variables = sandbox.environment();
    let outer = Environment::capture();
    if proxied_loopback(&outer).is_some() {
        variables.extend(no_proxy_for_loopback(&outer));
    }
    for (name, file) in [
        (env::AWS_CONFIG_FILE, CONFIG),
        (env::AWS_SHARED_CREDENTIALS_FILE, CREDENTIALS),
    ] {
        variables.push((name, files.join(file).display().to_string()));
    }
    format_assignments(ExportFormat::Bash, &variables).unwrap_or_default()
}

/// What the printed environment is good for, as comments.
fn format_notes(sandbox: &Sandbox, profiles: &Profiles) -> String {
    let mut notes = format!(
        "# sign in to the SSO session `{SESSION}` with `genkan login`; then profile `{SESSION}` works in every SDK, and\n\
         # `genkan profiles --write` adds one for each target\n"
    );
    if !profiles.roles.is_empty() {
        let _ = writeln!(notes, "# profiles of roles: {}", profiles.roles.join(", "));
    }
    for (profile, key) in &profiles.users {
        let _ = write!(notes, "# profile `{profile}`: {}", key.user_arn);
        let device = key.mfa_serial.as_ref().zip(key.mfa_secret.as_ref());
        if let Some((serial, secret)) = device {
            let _ = write!(notes, ", MFA device {serial}");
            let _ = write!(notes, "\n#   (a code: `oathtool --totp --base32 {secret}`)");
        }
        notes.push('\n');
    }
    let _ = writeln!(
        notes,
        "# `curl -X POST {}/control/end-portal-sessions` ends the sign-in; `…/control/expire-credentials` ends what was issued",
        sandbox.url()
    );
    notes
}
