//! What can be typed. Only shapes: no defaults that depend on the machine, no I/O.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::{Parser, Subcommand, ValueEnum};

use super::commands::pick::Written;
use super::values;
use crate::domain::console_pages::ConsolePage;
use crate::domain::shell::Shell as ShellKind;

pub(super) const TARGET_HELP: &str =
    "ACCOUNT/PERMISSION_SET, the account by id or name; SESSION: may stand in front";

/// The door to your AWS accounts: an access portal for IAM Identity Center.
///
/// Without a command the portal opens. TARGET is written ACCOUNT/PERMISSION_SET, the account by
/// 12-digit id or by name, abbreviated where that is unambiguous, optionally with SESSION: in front.
#[derive(Debug, Parser)]
#[command(name = "genkan", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 failed · 2 usage · 3 sign-in required · 130 cancelled;\nexec and shell return the child's own."
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the portal on an embedded sample organisation; nothing of yours is read or written
    Demo(Demo),
    /// Sign in: show a code to approve in any browser
    Login(Login),
    /// End the portal session, on the server and here
    Logout(Logout),
    /// List every account and permission set that you may enter
    List(List),
    /// Print credentials for a shell, an SDK or a file
    Export(Export),
    /// Run one command with credentials
    Exec(Exec),
    /// Step into a subshell with credentials
    Shell(Shell),
    /// Open the AWS console
    Console(Console),
    /// Print credentials for credential_process; never opens a browser
    CredentialProcess(super::commands::credential_process::Options),
    /// Show, or write, profiles for all that you may enter
    Profiles(super::commands::profiles::Options),
    /// Say what is wrong here and what to do about it
    Doctor(super::commands::doctor::Options),
    /// Show who is signed in where, and how long sign-in and credentials last; asks nobody
    Status(super::commands::status::Options),
    /// Show whose credentials this environment holds, from where, and for how long
    Whoami(super::commands::whoami::Options),
    /// Serve the embedded Identity Center on loopback, for tests and tries
    Sandbox(Sandbox),
    /// Print the script that makes a shell at home with genkan: gk, completion, a prompt part
    Init(super::commands::init::Options),
    /// Print the completion script of a shell
    Completions(super::commands::completions::Options),
    /// Print manual pages
    Man(super::commands::man::Options),
    /// What `gk` does; see `genkan init`
    #[command(hide = true)]
    Assume(super::commands::assume::Options),
    /// What completion scripts ask
    #[command(hide = true)]
    Complete(super::commands::complete::Options),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  genkan demo\n  genkan demo --auto-approve --accounts 1000 --latency 60")]
pub(super) struct Demo {
    /// Approve the sign-in by itself; no browser is opened for it
    #[arg(long)]
    pub(super) auto_approve: bool,
    /// Make up this many accounts in place of the sample organisation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(super) accounts: Option<u32>,
    /// Permission sets in each made-up account
    #[arg(long, value_name = "N", default_value_t = 3, requires = "accounts", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(super) permission_sets: u32,
    /// Milliseconds that every answer takes longer
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub(super) latency: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Flow {
    /// A code to approve in any browser, on any machine
    #[default]
    Device,
    /// The browser of this machine comes back by itself (authorization code with PKCE)
    Pkce,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan login\n  genkan login my-org --no-browser\n  genkan login --force    # start a new portal session\n  genkan login --flow pkce --port 8400    # over ssh -L 8400:127.0.0.1:8400"
)]
pub(super) struct Login {
    /// The SSO session; not needed where there is one
    #[arg(add = values::sessions())]
    pub(super) session: Option<String>,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    pub(super) flow: Flow,
    /// The port of 127.0.0.1 that the browser comes back to; a free one where none is given
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) port: Option<u16>,
    /// Only show the address and the code
    #[arg(long)]
    pub(super) no_browser: bool,
    /// End the portal session first, so that a new one starts
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  genkan logout my-org\n  genkan logout --all")]
pub(super) struct Logout {
    /// The SSO session; not needed where there is one
    #[arg(conflicts_with = "all", add = values::sessions())]
    pub(super) session: Option<String>,
    /// All SSO sessions
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    #[default]
    Table,
    Json,
    Csv,
    /// One TARGET a line
    Plain,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan list --query 'prod admin'\n  genkan list --format json | jq -r '.[].account_name'\n\nWithout a match the list is empty, a note on stderr says so, and the exit code is 0.\nCSV is RFC 4180 with unchanged values: import it as text, so that a spreadsheet runs no formula.\n\nJSON: an array of {session, account_id, account_name, email, permission_set}."
)]
pub(super) struct List {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    pub(super) format: ListFormat,
    /// Ask Identity Center even where the list is cached
    #[arg(long)]
    pub(super) refresh: bool,
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::sessions())]
    pub(super) session: Option<String>,
    /// Only what matches, best first; the same search as in the portal
    #[arg(long, short, value_name = "QUERY")]
    pub(super) query: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For the shell that runs this
    #[default]
    Auto,
    Bash,
    Zsh,
    Fish,
    Nushell,
    #[value(name = "powershell")]
    PowerShell,
    Cmd,
    /// What a credential_process prints
    Json,
    Dotenv,
    /// A section for ~/.aws/credentials; needs --as
    CredentialsFile,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  eval \"$(genkan export payments-prod/ReadOnlyAccess)\"\n  genkan export --format fish 123456789012/AdministratorAccess | source\n  genkan export --format credentials-file --as payments --write payments-prod/admin\n  genkan export --profile payments-dev-administratoraccess --region eu-west-1"
)]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) target: Written,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    pub(super) format: Format,
    /// The profile's name in a credentials file; needs --format credentials-file
    #[arg(long = "as", value_name = "PROFILE")]
    pub(super) profile: Option<String>,
    /// Write the section into the credentials file, in place of printing it
    #[arg(long, requires = "profile")]
    pub(super) write: bool,
    /// Print the lines that take the variables back
    #[arg(long, conflicts_with_all = ["target", "from_profile", "region", "profile", "write"])]
    pub(super) unset: bool,
}

/// How a shell or command gets credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Credentials {
    /// From an endpoint on this machine that renews them
    Server,
    /// As keys in the environment, until they end
    Env,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan exec payments-prod/ReadOnlyAccess -- aws s3 ls\n  genkan exec -- terraform plan    # the target of AWS_PROFILE or the current genkan shell, or pick one\n  genkan exec --credentials server payments-dev/admin -- ./run-all-night"
)]
pub(super) struct Exec {
    #[command(flatten)]
    pub(super) target: Written,
    /// How it gets credentials; keys in the environment where nothing else is preferred
    #[arg(long, value_enum, ignore_case = true)]
    pub(super) credentials: Option<Credentials>,
    /// Keep AWS variables of this environment that would win over the credentials
    #[arg(long)]
    pub(super) keep_env: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan shell payments-prod/ReadOnlyAccess\n  genkan shell --region eu-west-1 payments-dev\n  genkan shell --credentials env    # for tools that only read keys"
)]
pub(super) struct Shell {
    #[command(flatten)]
    pub(super) target: Written,
    /// How it gets credentials; an endpoint that renews them where nothing else is preferred
    #[arg(long, value_enum, ignore_case = true)]
    pub(super) credentials: Option<Credentials>,
    /// Keep AWS variables of this environment that would win over the credentials
    #[arg(long)]
    pub(super) keep_env: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Via {
    /// Federation where a browser can be opened here, else the portal's link
    #[default]
    Auto,
    /// A console session made of role credentials
    Federation,
    /// The access portal's shortcut link
    Portal,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan console payments-prod/ReadOnlyAccess --service s3\n  genkan console payments-prod/admin --service logs --region eu-west-1\n  genkan console --print --via portal payments-prod/admin"
)]
pub(super) struct Console {
    #[command(flatten)]
    pub(super) target: Written,
    /// The service whose page opens: s3, ec2, cfn, logs …, or a path of the console such as newservice/home
    #[arg(long, value_parser = values::service, add = values::services())]
    pub(super) service: Option<ConsolePage>,
    /// An address of the console
    #[arg(long, value_name = "URL", conflicts_with_all = ["service", "region"])]
    pub(super) destination: Option<String>,
    /// Print the address in place of opening it; a federation address signs in whoever has it
    #[arg(long)]
    pub(super) print: bool,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    pub(super) via: Via,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  genkan sandbox --accounts 1000 --rate 20 --latency 60 --faults 5")]
pub(super) struct Sandbox {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(super) listen: SocketAddr,
    /// Make up this many accounts in place of the sample organisation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(super) accounts: Option<u32>,
    /// Permission sets in each made-up account
    #[arg(long, value_name = "N", default_value_t = 3, requires = "accounts", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(super) permission_sets: u32,
    /// Milliseconds that every answer takes longer
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub(super) latency: u64,
    /// Requests a second above which 429 is answered
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) rate: Option<f64>,
    /// Percentage of requests that fail with 429, 500 or 503
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percentage)]
    pub(super) faults: f64,
    /// Seconds that its clock is ahead of this machine's; negative: behind
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-604_800..=604_800))]
    pub(super) clock_offset: i64,
    /// Entries on a page of a listing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) page_size: Option<u32>,
    /// Approve every sign-in by itself
    #[arg(long)]
    pub(super) auto_approve: bool,
}

/// A shell that genkan has scripts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ShellName {
    Bash,
    Zsh,
    Fish,
    Nushell,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
}

impl From<ShellName> for ShellKind {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Bash => Self::Bash,
            ShellName::Zsh => Self::Zsh,
            ShellName::Fish => Self::Fish,
            ShellName::Nushell => Self::Nushell,
            ShellName::PowerShell => Self::PowerShell,
        }
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("a percentage from 0 to 100".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("a number above 0".to_owned()),
    }
}
