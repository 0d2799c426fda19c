//! `genkan demo`: the portal against the sandbox, in a throw-away home.
//!
//! The portal runs as a child of this process with an environment of its own, so that it is the
//! very program that meets a real Identity Center, and nothing of the user's is read or written.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use super::demo_roles::role_entries;
use super::demo_users;
use super::sandbox::SandboxArgs;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::platform::files::safe_open;
use crate::platform::processes::child::{ChildSpec, exit_code};
use crate::platform::{clock, tty};
use crate::sandbox::{Sandbox, start_sandbox};
use crate::settings::{Settings, env, no_proxy_for_loopback};
use crate::tui;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  genkan demo\n  genkan demo --auto-approve --accounts 1000 --latency 60")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    sandbox: SandboxArgs,
}

pub(in crate::cli) async fn run(
    arguments: &Options,
    settings: &Settings,
    output: &Output,
) -> Result<Ended, Failure> {
    if !tui::has_terminal() {
        return Err(Failure::usage(
            "the demo requires a terminal",
            &["`genkan sandbox` serves the same organisation for scripts"],
        ));
    }
    let options = arguments.sandbox.options(Arc::new(clock::current_time))?;
    let organisation = options.organisation.clone();
    let sandbox = start_sandbox(options)
        .await
        .map_err(|e| Failure::new(e.to_string(), &[]))?;
    let user = demo_users::jump_user(&sandbox);
    let home = tempfile::Builder::new()
        .prefix("genkan-demo-")
        .tempdir()
        .map_err(|e| no_home(&e))?;
    write_config(home.path(), &sandbox).map_err(|e| no_home(&e))?;
    let mut preferences = role_entries(&organisation, &sandbox.partition());
    if let Some(user) = &user {
        let roles = demo_users::role_entries(&organisation, user);
        preferences = format!("{}{preferences}{roles}", demo_users::settings_of_user());
        demo_users::keep_key(home.path(), user, &sandbox, settings).await?;
    }
    write_preferences(home.path(), &preferences).map_err(|e| no_home(&e))?;
    let program = std::env::current_exe()
        .map_err(|e| Failure::new(format!("can't determine the path of this program: {e}"), &[]))?;
    let child = ChildSpec {
        program: program.into(),
        arguments: Vec::new(),
        set: build_environment(home.path(), &sandbox, settings, arguments.sandbox.auto_approve),
        remove: settings
            .environment
            .names()
            .filter(|n| is_private(n))
            .map(OsString::from)
            .collect(),
        interactive: false,
    };
    let codes = async {
        match &user {
            Some(user) => demo_users::show_codes(home.path(), &sandbox, user).await,
            None => std::future::pending().await,
        }
    };
    let status = tokio::select! {
        status = child.run() => status,
        never = codes => match never {},
    };
    let status = status.map_err(|e| Failure::new(format!("can't start the portal: {e}"), &[]))?;
    sandbox.stop().await;
    output.say("Demo ended; temporary files removed.");
    Ok(match exit_code(status) {
        0 => Ended::Done,
        130 => Ended::Cancelled,
        code => Ended::Child(code),
    })
}

/// What could lead the portal back to the user's own files, sessions and credentials.
fn is_private(name: &str) -> bool {
    // The sandbox is on this machine, where no proxy leads.
    let is_proxy = name.to_ascii_uppercase().ends_with("_PROXY");
    is_proxy
        || name.starts_with("AWS_")
        || name.starts_with("XDG_") && name != "XDG_RUNTIME_DIR" && !name.starts_with("XDG_SESSION")
}

fn build_environment(
    home: &Path,
    sandbox: &Sandbox,
    settings: &Settings,
    auto_approve: bool,
) -> Vec<(OsString, OsString)> {
    let mut set: Vec<(OsString, OsString)> = vec![(env::HOME.into(), home.into())];
    if let Some(own) = settings.environment.get(env::HOME) {
        set.push((env::GENKAN_BROWSER_HOME.into(), own.into()));
    }
    if !tty::may_suspend() {
        set.push((env::GENKAN_NO_SUSPEND.into(), "true".into()));
    }
    if auto_approve {
        set.push((env::GENKAN_AUTO_APPROVED.into(), "true".into()));
    }
    set.push((env::AWS_EC2_METADATA_DISABLED.into(), "true".into()));
    set.extend(
        sandbox
            .environment()
            .into_iter()
            .chain(no_proxy_for_loopback(&settings.environment))
            .map(|(name, value)| (name.into(), value.into())),
    );
    set
}

fn write_config(home: &Path, sandbox: &Sandbox) -> std::io::Result<()> {
    let region = sandbox
        .environment()
        .into_iter()
        .find(|(n, _)| *n == env::AWS_REGION)
        .map(|(_, v)| v)
        .unwrap_or_default();
    std::fs::create_dir_all(home.join(".aws"))?;
    safe_open::create_file(
        &home.join(".aws").join("config"),
        format!(
            "[sso-session demo]\nsso_start_url = {}\nsso_region = {region}\nsso_registration_scopes = sso:account:access\n",
            sandbox.start_url(),
        ),
    )
}

/// What else the portal shows beside what the SSO session gives.
fn write_preferences(home: &Path, roles: &str) -> std::io::Result<()> {
    let folder = home.join(".config").join("genkan");
    std::fs::create_dir_all(&folder)?;
    safe_open::create_file(&folder.join("config.toml"), roles)
}

fn no_home(error: &std::io::Error) -> Failure {
    Failure::new(
        format!("can't create the demo's temporary home: {error}"),
        &["free up space in the temporary folder, or set TMPDIR to another one"],
    )
}
