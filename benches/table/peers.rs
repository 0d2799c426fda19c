//! Credentials for a `credential_process` from the caches of other tools, beside genkan's.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Setup, target};

/// Prints what other tools take that are installed.
pub(crate) fn print(setup: &Setup) {
    let (_sandbox, home) = setup.listed(10);
    let target = target();
    let (account, permission_set) = target.split_once('/').unwrap();
    let config = home.folder.path().join(".aws/config");
    let mut text = std::fs::read_to_string(&config).unwrap();
    write!(
        text,
        "[profile peer]\nsso_session = demo\nsso_account_id = {account}\nsso_role_name = {permission_set}\n\
         region = ap-northeast-1\n"
    )
    .unwrap();
    std::fs::write(&config, text).unwrap();
    println!("\n| other tools, credentials from their cache | figure |\n| --- | --- |");
    for (tool, arguments) in [
        (
            "aws",
            &[
                "configure",
                "export-credentials",
                "--profile",
                "peer",
                "--format",
                "process",
            ][..],
        ),
        ("aws-sso-util", &["credential-process", "--profile", "peer"][..]),
        ("awsume", &["peer", "-s"][..]),
    ] {
        let Some(program) = find(setup, tool) else {
            println!("| {tool} | not installed |");
            continue;
        };
        let command = || {
            let mut command = Command::new(&program);
            command
                .args(arguments)
                .env_clear()
                .envs(home.environment.iter().cloned())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        // The first fills its cache.
        if !command().status().unwrap().success() {
            println!("| {tool} | fails against the sandbox |");
            continue;
        }
        let ratio = setup.measure_few(10, || {
            let begun = Instant::now();
            command().status().unwrap();
            begun.elapsed()
        });
        println!(
            "| {tool} | {:.0} × hello world ({:.0} ms) |",
            ratio.ratio, ratio.milliseconds
        );
    }
}

fn find(setup: &Setup, tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = setup.peers.iter().cloned().chain(std::env::split_paths(&path));
    folders
        .map(|folder| folder.join(tool))
        .find(|program| program.is_file())
}
