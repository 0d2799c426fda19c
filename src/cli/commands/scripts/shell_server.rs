//! The server that renews the credentials of the shell that runs `gk --credentials server`: `genkan serve` in the
//! background, which ends with the shell.
//!
//! Its token comes through a pipe and is never an argument.

use std::ffi::OsString;

use serde_json::Value;

use crate::app::{ShellServer, ShellState};
use crate::cli::exit::Failure;
use crate::domain::Target;
use crate::domain::records::history::TargetKey;
use crate::platform::processes::child::{ChildSpec, Started, exit_code};
use crate::settings::{env, overriding_variables, private_variables};

/// The variables of a server that a shell takes over. Which Region it works in, `gk` decides.
const TAKEN: [&str; 8] = [
    env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
    env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
    env::NO_PROXY,
    env::NO_PROXY_LOWER,
    env::AWS_CONFIG_FILE,
    env::AWS_SHARED_CREDENTIALS_FILE,
    env::GENKAN_AWS_CONFIG_FILE,
    env::GENKAN_AWS_SHARED_CREDENTIALS_FILE,
];

/// Starts a server for a shell. Its guard was passed, so it is told the account.
pub(in crate::cli::commands) async fn start_server(
    before: &ShellState,
    target: &Target,
    shell: u32,
) -> Result<(ShellServer, Vec<(&'static str, String)>), Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("can't determine the path of this program: {error}"), &[]))?;
    let arguments = [
        "serve",
        "--for-shell",
        "--until-exit",
        &shell.to_string(),
        "--confirm",
        target.account_id.as_str(),
        &TargetKey::from(target).to_string(),
    ];
    let spec = ChildSpec {
        program: program.into(),
        arguments: arguments.map(OsString::from).to_vec(),
        set: Vec::new(),
        // What this shell has got before, and what it has of its own, is none of the server's.
        remove: overriding_variables()
            .iter()
            .chain(private_variables())
            .chain(before.variables())
            .filter(|name| !is_file(name))
            .map(OsString::from)
            .collect(),
        interactive: false,
    };
    let started = spec.start_in_background().await;
    let failed = |error| {
        Failure::new(
            format!("can't start the server that renews credentials: {error}"),
            &[],
        )
    };
    let printed = match started.map_err(failed)? {
        Started::Printed(printed) => printed,
        // It has said why.
        Started::Ended(status) => {
            let mut failure = Failure::new("the server that renews credentials did not start", &[]);
            failure.code = exit_code(status).max(1);
            return Err(failure);
        }
    };
    parse_server(&printed, shell)
        .ok_or_else(|| Failure::new("the server that renews credentials said nothing useful", &[]))
}

/// Where the shared files are: without it the server would serve a session of other files.
fn is_file(name: &str) -> bool {
    matches!(
        name,
        env::AWS_CONFIG_FILE
            | env::AWS_SHARED_CREDENTIALS_FILE
            | env::GENKAN_AWS_CONFIG_FILE
            | env::GENKAN_AWS_SHARED_CREDENTIALS_FILE
    )
}

/// The server and its variables, of what it printed.
fn parse_server(printed: &str, shell: u32) -> Option<(ShellServer, Vec<(&'static str, String)>)> {
    let printed: Value = serde_json::from_str(printed).ok()?;
    let process = u32::try_from(printed.pointer("/process")?.as_u64()?).ok()?;
    let variables = printed.pointer("/targets/0/variables")?.as_object()?;
    let taken = TAKEN
        .iter()
        .filter_map(|name| Some((*name, variables.get(*name)?.as_str()?.to_owned())));
    Some((ShellServer { process, shell }, taken.collect()))
}
