//! `genkan sandbox`: the embedded Identity Center alone.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::asked_to_end;
use crate::cli::values;
use crate::domain::export::{ExportFormat, assignments};
use crate::platform::{clock, safe_open};
use crate::sandbox::{self, Clock, Organisation, Sandbox, start};
use crate::settings::{Environment, env, no_proxy_for_loopback, proxied_loopback};

/// The SSO session, and the profile of its first target.
const SESSION: &str = "sandbox";
const CONFIG: &str = "config";

/// What the demo and the sandbox have in common.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SandboxArgs {
    /// Generate this many accounts instead of the sample organisation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    accounts: Option<u32>,
    /// Permission sets per generated account
    #[arg(long, value_name = "N", default_value_t = 3, requires = "accounts", value_parser = clap::value_parser!(u32).range(1..=20))]
    permission_sets: u32,
    /// Added latency per response, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    latency: u64,
    /// Approve every sign-in automatically
    #[arg(long)]
    pub(super) auto_approve: bool,
}

impl SandboxArgs {
    /// The options of a sandbox with this clock.
    pub(super) fn options(&self, clock: Clock) -> sandbox::Options {
        let mut options = sandbox::Options::new(clock);
        if let Some(accounts) = self.accounts {
            options.organisation = Organisation::generated(accounts as usize, self.permission_sets as usize);
        }
        options.latency = Duration::from_millis(self.latency);
        options.auto_approve = self.auto_approve;
        options
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  genkan sandbox --accounts 1000 --rate 20 --latency 60 --faults 5")]
pub(in crate::cli) struct Options {
    /// The loopback address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    common: SandboxArgs,
    /// Rate limit in requests per second; requests above it get HTTP 429
    #[arg(long, value_name = "N", value_parser = values::positive)]
    rate: Option<f64>,
    /// Percentage of requests that fail with HTTP 429, 500 or 503
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = values::percentage)]
    faults: f64,
    /// Clock offset from this machine in seconds; negative values are behind
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-604_800..=604_800))]
    clock_offset: i64,
    /// Maximum entries per page of a list response
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    page_size: Option<u32>,
}

pub(in crate::cli) async fn run(arguments: &Options, output: &Output) -> Result<Ended, Failure> {
    let offset = jiff::SignedDuration::from_secs(arguments.clock_offset);
    let mut options = arguments.common.options(Arc::new(move || {
        clock::now()
            .saturating_add(offset)
            .unwrap_or_else(|_| clock::now())
    }));
    options.listen = arguments.listen;
    options.rate = arguments.rate;
    options.faults = arguments.faults / 100.0;
    if let Some(size) = arguments.page_size {
        options.page_size = size as usize;
    }
    let first = first_target(&options.organisation);
    let sandbox = start(options).await.map_err(|e| {
        Failure::new(
            e.to_string(),
            &["choose a free port with --listen 127.0.0.1:PORT"],
        )
    })?;
    let files = files(&sandbox, first.as_ref()).map_err(|e| {
        Failure::new(
            format!("can't write the sandbox's config file: {e}"),
            &["free up space in the temporary folder, or set TMPDIR to another one"],
        )
    })?;
    output.data(&environment(&sandbox, files.path()))?;
    output.say(&format!(
        "sandbox listening on {}; Ctrl-C stops it",
        sandbox.url()
    ));
    asked_to_end().await;
    sandbox.stop().await;
    drop(files);
    Ok(Ended::Done)
}

/// Account ID and permission set of the first target.
fn first_target(organisation: &Organisation) -> Option<(String, String)> {
    let mut accounts = organisation.accounts.iter();
    accounts.find_map(|account| Some((account.id.clone(), account.permission_sets.first()?.clone())))
}

/// The files that the printed variables name, in a folder that goes with the sandbox: a config file with the session
/// and a profile of its first target, and no credentials file, so that none of the user's own counts.
fn files(sandbox: &Sandbox, first: Option<&(String, String)>) -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("genkan-sandbox-").tempdir()?;
    let region = region(sandbox);
    let session = format!(
        "[sso-session {SESSION}]\nsso_start_url = {}\nsso_region = {region}\nsso_registration_scopes = sso:account:access\n",
        sandbox.start_url(),
    );
    let profile = first.map(|(account_id, permission_set)| {
        format!(
            "\n[profile {SESSION}]\nsso_session = {SESSION}\nsso_account_id = {account_id}\n\
             sso_role_name = {permission_set}\nregion = {region}\n"
        )
    });
    safe_open::create(
        &folder.path().join(CONFIG),
        session + &profile.unwrap_or_default(),
    )?;
    Ok(folder)
}

fn region(sandbox: &Sandbox) -> String {
    let variables = sandbox.environment().into_iter();
    let mut regions = variables.filter(|(name, _)| *name == env::AWS_REGION);
    regions.next().map(|(_, region)| region).unwrap_or_default()
}

/// Shell lines that are all that an AWS SDK, the AWS CLI or genkan needs to use the sandbox.
fn environment(sandbox: &Sandbox, files: &Path) -> String {
    let mut variables = sandbox.environment();
    let outer = Environment::capture();
    if proxied_loopback(&outer).is_some() {
        variables.extend(no_proxy_for_loopback(&outer));
    }
    for (name, file) in [
        (env::AWS_CONFIG_FILE, CONFIG),
        (env::AWS_SHARED_CREDENTIALS_FILE, "credentials"),
    ] {
        variables.push((name, files.join(file).display().to_string()));
    }
    let lines = assignments(ExportFormat::Bash, &variables).unwrap_or_default();
    format!(
        "{lines}# sign in to the SSO session `{SESSION}` with `genkan login`; then profile `{SESSION}` works in every SDK, and\n\
         # `genkan profiles --write` adds one for each target\n"
    )
}
