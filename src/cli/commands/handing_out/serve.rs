//! `genkan serve`: credentials over HTTP for containers, IDEs and other programs, renewed while it runs.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::app::{App, AppError, ServedEntry, Server};
use crate::cli::commands::steps::guard::{Confirmed, pass_guard};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Purpose, WrittenTargets};
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::asked_to_end;
use crate::cli::values;
use crate::cli::values::FormatChoice;
use crate::domain::Target;
use crate::domain::records::history::Action;
use crate::domain::shells::export;
use crate::domain::shells::export::{ExportFormat, served_path};
use crate::platform::processes::{child, program};
use crate::settings::env;
use crate::tui::PickFor;

/// Where a container finds the token's file.
const TOKEN_IN_CONTAINER: &str = "/run/genkan/token";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan serve payments-dev/ReadOnlyAccess\n  \
        eval \"$(genkan serve payments-dev/ReadOnlyAccess --until-exit $$ &)\"\n  \
        genkan serve --listen 4100 --token-file ~/.config/genkan/token payments-dev/admin data-dev/admin\n  \
        genkan serve --docker --listen 4100 --token-file ~/.config/genkan/token payments-dev/admin\n\n\
        Each target has its own path, /ACCOUNT_ID/PERMISSION_SET. The variables that a client needs are \
        printed to standard output. The same --listen and --token-file give the same ones after a \
        restart.")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    targets: WrittenTargets,
    #[command(flatten)]
    confirmed: Confirmed,
    /// The address to listen on, as PORT, IP or IP:PORT; any but loopback needs --token-file
    /// [default: 127.0.0.1 and a free port]
    #[arg(long, value_name = "ADDR", value_parser = values::listen_address, hide_default_value = true, default_value = "0")]
    listen: SocketAddr,
    /// Keep the token that clients need in this file; created if missing
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// What to print
    #[arg(
        long,
        value_parser = values::variable_formats("Address, token and variables of each target"),
        ignore_case = true,
        default_value = "auto"
    )]
    format: FormatChoice,
    /// Print a `docker run` command instead of the variables
    #[arg(long, conflicts_with = "format")]
    docker: bool,
    /// Give out each target's credentials once, then end
    #[arg(long)]
    once: bool,
    /// End when this process ends, such as $$ in a shell
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    until_exit: Option<u32>,
    /// Serve one shell, for `gk`: print JSON, and run on in the background
    #[arg(long, hide = true, requires = "until_exit", conflicts_with_all = ["format", "docker", "once"])]
    for_shell: bool,
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    check_address(options)?;
    let purpose = Purpose {
        pick_for: PickFor::Serve,
        to: "serve its credentials".to_owned(),
        in_region: true,
    };
    let targets = match pick::chosen_targets(&options.targets, &purpose, app, output).await? {
        Ok(targets) => targets,
        Err(ended) => return Ok(ended),
    };
    check_paths(&targets)?;
    let bound = app.servers.bind(options.listen, options.token_file.as_deref());
    let bound = bound.await.map_err(with_hint_for_port)?;
    let mut with_credentials = Vec::new();
    for target in targets {
        pass_guard(&target, &options.confirmed, "serves credentials", app, output).await?;
        let credentials = signed_in(app, output, async || {
            app.credentials.role_credentials(&target).await
        })
        .await?;
        with_credentials.push((target, credentials));
    }
    // Before the first file of ours: a signal that comes in between would leave it behind.
    let asked_to_end = asked_to_end();
    let mut server = app.servers.prepare(bound, with_credentials)?;
    if options.for_shell
        && let Some((files, note)) = app.shells.files_for_server()?
    {
        output.notice(&note);
        server.keep_files(files);
    }
    for notice in app.context.take_notices() {
        output.notice(&notice.to_string());
    }
    print_variables(options, &server, app, output)?;
    // Of a shell, `gk` says and records it.
    for entry in server.entries.iter().filter(|_| !options.for_shell) {
        // History is a convenience: that it can't be written stops nothing.
        let _ = app.history.record_use(&entry.target, Action::Serve).await;
    }
    if options.for_shell {
        program::release_stderr();
    } else {
        announce_server(&server, output);
    }
    // `eval "$(genkan serve … &)"` goes on when the last writer has let go.
    if !output.stdout_is_terminal() {
        program::release_stdout();
    }
    let parent_ends = async {
        match options.until_exit {
            Some(process) => child::wait_for_process(process).await,
            None => std::future::pending().await,
        }
    };
    let (recording, is_recorded) = (Arc::clone(app), !options.for_shell);
    let hears = Arc::new(move |target: &Target, client: &str| {
        if !is_recorded {
            return;
        }
        let client = if client.is_empty() { "unknown" } else { client };
        recording.history.record_hand_out(target, "serve", client);
    });
    tokio::select! {
        () = server.run(options.once, hears) => {}
        () = asked_to_end => {}
        () = parent_ends => {}
    }
    Ok(Ended::Done)
}

fn with_hint_for_port(error: AppError) -> Failure {
    let in_use = matches!(&error, AppError::System { source, .. } if source.kind() == ErrorKind::AddrInUse);
    let mut failure = Failure::from(error);
    if in_use {
        let hint = "`genkan serve` may run already; otherwise choose another port with --listen";
        failure.hints.push(hint.to_owned());
    }
    failure
}

/// Who can reach another address than loopback must at least know a token that the user handed out on purpose.
fn check_address(options: &Options) -> Result<(), Failure> {
    if options.listen.ip().is_loopback() || options.token_file.is_some() {
        return Ok(());
    }
    Err(Failure::usage(
        format!(
            "listening on {} needs a token that clients know",
            options.listen.ip()
        ),
        &["add --token-file FILE; genkan creates it"],
    ))
}

/// Paths have no session: two sessions with the same account and permission set can't share a server.
fn check_paths(targets: &[Target]) -> Result<(), Failure> {
    let mut paths = std::collections::HashSet::new();
    match targets.iter().find(|target| !paths.insert(served_path(target))) {
        None => Ok(()),
        Some(target) => Err(Failure::usage(
            format!("two of the targets have the path {}", served_path(target)),
            &["serve them with two commands"],
        )),
    }
}

/// What a user should know of a server that begins.
fn announce_server(server: &Server, output: &Output) {
    if !server.overriding.is_empty() {
        let names = server.overriding.join(", ");
        output.notice(&format!(
            "{names} in this environment may override the credentials"
        ));
    }
    let ip = server.address.ip();
    if !ip.is_loopback() {
        output.notice(&format!(
            "anyone who can reach {} and knows the token gets the credentials; the connection is not encrypted",
            server.address
        ));
    }
    if !is_taken_by_sdks(ip) {
        output.notice(
            "AWS SDKs use http only for 127.0.0.1, 169.254.170.2 and 169.254.170.23; for other addresses containers \
             need a relay",
        );
    }
    let names: Vec<String> = server
        .entries
        .iter()
        .map(|entry| entry.target.to_string())
        .collect();
    output.say(&format!(
        "serving {} on {}; Ctrl-C stops it",
        names.join(", "),
        server.address
    ));
}

/// Whether SDKs take credentials without TLS from an address: loopback, and those that ECS and EKS have for it.
fn is_taken_by_sdks(ip: IpAddr) -> bool {
    let of_containers = ["169.254.170.2", "169.254.170.23"];
    ip.is_loopback() || ip.is_unspecified() || of_containers.contains(&ip.to_string().as_str())
}

fn print_variables(options: &Options, server: &Server, app: &App, output: &Output) -> Result<(), Failure> {
    let format = options.format.resolve(app);
    if options.docker {
        output.data(&docker_lines(server)?)?;
    } else if options.for_shell || format == ExportFormat::Json {
        output.json(&as_json(server))?;
    } else {
        output.data(&format_variables(server, format)?)?;
    }
    Ok(())
}

/// The variables of each target. Those of the first count; the others, which have the same names, are comments.
fn format_variables(server: &Server, format: ExportFormat) -> Result<String, Failure> {
    let several = server.entries.len() > 1;
    let comment = |text: &str| match format {
        ExportFormat::Cmd => format!("rem {text}"),
        // `eval` gets all lines as one.
        ExportFormat::Tcsh => format!(": {};", export::quote_value(format, text).unwrap_or_default()),
        _ => format!("# {text}"),
    };
    let mut text = String::new();
    for (number, entry) in server.entries.iter().enumerate() {
        if several {
            let _ = writeln!(text, "{}", comment(&entry.target.to_string()));
        }
        for line in export::format_assignments(format, &server.variables(entry))?.lines() {
            let line = if number > 0 {
                comment(line)
            } else {
                line.to_owned()
            };
            let _ = writeln!(text, "{line}");
        }
    }
    Ok(text)
}

/// A command that runs a container with the credentials of each target. No secret is an argument of it.
fn docker_lines(server: &Server) -> Result<String, Failure> {
    let quoted = |text: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=+,@%".contains(&b);
        if text.bytes().all(plain) {
            text.to_owned()
        } else {
            export::quote_value(ExportFormat::Bash, text).unwrap_or_default()
        }
    };
    let mut text = String::new();
    if server.token_file.is_none() {
        let token = server.token.expose().to_owned();
        text.push_str(&export::format_assignments(
            ExportFormat::Bash,
            &[(env::AWS_CONTAINER_AUTHORIZATION_TOKEN, token)],
        )?);
    }
    for entry in &server.entries {
        if server.entries.len() > 1 {
            let _ = writeln!(text, "# {}", entry.target);
        }
        let mut words = vec!["docker run --rm".to_owned()];
        if server.address.ip().is_loopback() || server.address.ip().is_unspecified() {
            words.push("--network host".to_owned());
        }
        for (name, value) in [(env::AWS_CONTAINER_CREDENTIALS_FULL_URI, entry.url.clone())]
            .into_iter()
            .chain(export::region_variables(&entry.region))
        {
            words.push(format!("--env {}", quoted(&format!("{name}={value}"))));
        }
        match &server.token_file {
            Some(file) => {
                let volume = format!("{}:{TOKEN_IN_CONTAINER}:ro", file.display());
                words.push(format!("--volume {}", quoted(&volume)));
                words.push(format!(
                    "--env {}={TOKEN_IN_CONTAINER}",
                    env::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
                ));
            }
            None => words.push(format!("--env {}", env::AWS_CONTAINER_AUTHORIZATION_TOKEN)),
        }
        text.push_str(&words.join(" "));
        text.push_str(" IMAGE\n");
    }
    Ok(text)
}

fn as_json(server: &Server) -> serde_json::Value {
    let target = |entry: &ServedEntry| {
        let variables: serde_json::Map<String, serde_json::Value> = server
            .variables(entry)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        json!({
            "session": entry.target.session,
            "account_id": entry.target.account_id.as_str(),
            "account_name": entry.target.account_name.as_str(),
            "permission_set": entry.target.permission_set.as_str(),
            "production": entry.production,
            "region": entry.region.as_str(),
            "url": entry.url,
            "variables": variables,
        })
    };
    json!({
        "process": std::process::id(),
        "address": server.address.to_string(),
        "token": server.token_file.is_none().then(|| server.token.expose()),
        "token_file": server.token_file,
        "targets": server.entries.iter().map(target).collect::<Vec<_>>(),
    })
}
