//! `genkan sandbox`: the embedded Identity Center alone.

use std::time::Duration;

use crate::cli::args::Sandbox as Arguments;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::export::{ExportFormat, assignments};
use crate::platform::clock;
use crate::sandbox::{Options, Organisation, Sandbox, start};
use crate::settings::{Environment, no_proxy_for_loopback, proxied_loopback};

pub(in crate::cli) async fn run(arguments: &Arguments, output: &Output) -> Result<Ended, Failure> {
    let offset = jiff::SignedDuration::from_secs(arguments.clock_offset);
    let mut options = Options::new(std::sync::Arc::new(move || {
        clock::now()
            .saturating_add(offset)
            .unwrap_or_else(|_| clock::now())
    }));
    options.listen = arguments.listen;
    if let Some(accounts) = arguments.accounts {
        options.organisation = Organisation::generated(accounts as usize, arguments.permission_sets as usize);
    }
    options.latency = Duration::from_millis(arguments.latency);
    options.rate = arguments.rate;
    options.faults = arguments.faults / 100.0;
    if let Some(size) = arguments.page_size {
        options.page_size = size as usize;
    }
    options.auto_approve = arguments.auto_approve;
    let sandbox = start(options).await.map_err(|e| {
        Failure::new(
            e.to_string(),
            &["choose a free loopback address with --listen 127.0.0.1:PORT"],
        )
    })?;
    output.data(&environment(&sandbox))?;
    output.say(&format!(
        "the sandbox serves at {}; Ctrl-C ends it",
        sandbox.url()
    ));
    wait_for_end().await;
    sandbox.stop().await;
    Ok(Ended::Done)
}

/// Shell lines that point any AWS SDK at the sandbox, with the session to configure as a comment.
fn environment(sandbox: &Sandbox) -> String {
    let mut variables = sandbox.environment();
    let outer = Environment::capture();
    if proxied_loopback(&outer).is_some() {
        variables.extend(no_proxy_for_loopback(&outer));
    }
    let lines = assignments(ExportFormat::Bash, &variables).unwrap_or_default();
    let region = variables
        .iter()
        .find(|(n, _)| *n == "AWS_REGION")
        .map(|(_, v)| v.as_str())
        .unwrap_or_default();
    format!(
        "{lines}# for ~/.aws/config:\n#   [sso-session sandbox]\n#   sso_start_url = {}\n#   sso_region = {region}\n\
         #   sso_registration_scopes = sso:account:access\n",
        sandbox.start_url(),
    )
}

async fn wait_for_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
