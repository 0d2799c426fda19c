//! Values of arguments: how those that are more than text are read, and what completion offers.
//!
//! One rule for reading: case is normalised, anything else that is not known is refused with the nearest that
//! is. Completion reads the config and the caches, never a network, and is silent where anything is amiss.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::app::{App, PageChoice, export_format_of_calling_shell};
use crate::domain::regions::region;
use crate::domain::rules::{RuleSet, Subject};
use crate::domain::shells::completion;
use crate::domain::shells::completion::Known;
use crate::domain::shells::export::ExportFormat;
use crate::domain::text::CleanText;
use crate::domain::web::browser_choice::{BrowserChoice, NotABrowser};
use crate::domain::web::console_pages;
use crate::domain::web::console_url::ConsoleUrl;
use crate::domain::{AccountEntry, PermissionSetName, Region};
use crate::settings::{Environment, Settings};

/// The form of what a command prints for people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    #[default]
    Text,
    Json,
}

/// A format to export in, or that of the shell that runs this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FormatChoice {
    #[default]
    Auto,
    Format(ExportFormat),
}

impl FormatChoice {
    /// The format that was chosen; `auto` is the calling shell's.
    pub(super) fn resolve(self, app: &App) -> ExportFormat {
        match self {
            Self::Auto => export_format_of_calling_shell(&app.context),
            Self::Format(format) => format,
        }
    }
}

/// The formats that hold variables, whatever file they end up in; `json` says what JSON is here.
pub(super) fn variable_formats(json: &'static str) -> impl TypedValueParser<Value = FormatChoice> {
    let choices = FormatChoice::value_variants().iter();
    let choices = choices.filter(|choice| **choice != FormatChoice::Format(ExportFormat::CredentialsFile));
    let values = choices.filter_map(|choice| {
        let value = choice.to_possible_value()?;
        Some(match choice {
            FormatChoice::Format(ExportFormat::Json) => value.help(json),
            _ => value,
        })
    });
    PossibleValuesParser::new(values).try_map(|name| FormatChoice::from_str(&name, true))
}

impl ValueEnum for FormatChoice {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<FormatChoice>> = LazyLock::new(|| {
            let formats = ExportFormat::ALL.map(FormatChoice::Format);
            [FormatChoice::Auto].into_iter().chain(formats).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Auto => PossibleValue::new("auto").help("Detect the calling shell"),
            Self::Format(format) => {
                let value = PossibleValue::new(format.name());
                match format {
                    ExportFormat::Json => value.help("credential_process JSON"),
                    ExportFormat::CredentialsFile => {
                        value.help("A section for ~/.aws/credentials; requires --as")
                    }
                    _ => value,
                }
            }
        })
    }
}

/// Targets of the cached catalogs.
pub(super) fn complete_targets() -> ArgValueCompleter {
    build_completer(|word, app| {
        let catalogs = app.targets.catalogs_at_hand();
        let rules = &app.context.settings().rules;
        let entries = || {
            catalogs.iter().flat_map(|(session, catalog)| {
                let entries = catalog.entries().iter();
                entries.map(|entry| (session.name.as_str(), entry.as_ref()))
            })
        };
        let by_name = entries().map(|(session, entry)| Known {
            session,
            account: &entry.account,
            permission_sets: &entry.permission_sets,
            alias: None,
        });
        let by_alias = entries()
            .filter(|_| rules.gives_aliases())
            .flat_map(|(session, entry)| list_aliases(session, entry, rules));
        let known: Vec<Known<'_>> = by_name.chain(by_alias).collect();
        completion::complete_target(word, &known)
            .into_iter()
            .map(|c| CompletionCandidate::new(c.word).help(Some(c.help.into())))
            .collect()
    })
}

/// The permission sets of an account that have aliases, those of one alias together.
fn list_aliases<'a>(
    session: &'a str,
    entry: &'a AccountEntry,
    rules: &'a RuleSet,
) -> impl Iterator<Item = Known<'a>> {
    let alias = move |set: &PermissionSetName| -> Option<&'a CleanText> {
        rules.alias(Subject::new(session, &entry.account, Some(set)))
    };
    let groups = entry.permission_sets.chunk_by(move |a, b| alias(a) == alias(b));
    groups.filter_map(move |permission_sets| {
        Some(Known {
            session,
            account: &entry.account,
            permission_sets,
            alias: Some(alias(permission_sets.first()?)?.as_str()),
        })
    })
}

/// SSO sessions of the config.
pub(super) fn complete_sessions() -> ArgValueCompleter {
    build_completer(|word, app| {
        let (sessions, _) = app.sessions.sessions().unwrap_or_default();
        sessions
            .into_iter()
            .filter(|session| session.name.starts_with(word))
            .map(|session| {
                let help = session.start_url.to_string();
                CompletionCandidate::new(session.name).help(Some(help.into()))
            })
            .collect()
    })
}

/// IAM users whose keys are kept.
pub(super) fn iam_users() -> ArgValueCompleter {
    build_completer(|word, app| {
        let users = app.iam.users.users().into_iter();
        users
            .filter(|user| user.name.starts_with(word))
            .map(|user| {
                let help = user.arn.to_string();
                CompletionCandidate::new(user.name).help(Some(help.into()))
            })
            .collect()
    })
}

/// Profiles of the config that name a target.
pub(super) fn complete_profiles() -> ArgValueCompleter {
    build_completer(|word, app| {
        let names = app.profile_targets.profiles_at_hand();
        let fitting = names.into_iter().filter(|name| name.starts_with(word));
        fitting.map(CompletionCandidate::new).collect()
    })
}

/// Regions, those of all partitions.
pub(super) fn complete_regions() -> ArgValueCompleter {
    ArgValueCompleter::new(|word: &OsStr| {
        candidates_with_prefix(word, region::known_regions().map(|(_, code)| code))
    })
}

/// Services of the console.
pub(super) fn complete_services() -> ArgValueCompleter {
    let names = || console_pages::list_pages().map(|(name, _)| name);
    ArgValueCompleter::new(move |word: &OsStr| {
        candidates_with_prefix(word, names().chain([console_pages::LAST]))
    })
}

fn candidates_with_prefix(
    word: &OsStr,
    names: impl Iterator<Item = &'static str>,
) -> Vec<CompletionCandidate> {
    let word = word.to_string_lossy().to_lowercase();
    names
        .filter(|name| name.starts_with(&word))
        .map(CompletionCandidate::new)
        .collect()
}

/// Reads a Region to work in.
pub(super) fn parse_region(text: &str) -> Result<Region, String> {
    Region::chosen(text).map_err(|error| error.to_string())
}

/// Reads a service of the console, a path of it, or `last`.
pub(super) fn parse_service(text: &str) -> Result<PageChoice, String> {
    if text.trim().eq_ignore_ascii_case(console_pages::LAST) {
        return Ok(PageChoice::Last);
    }
    let page = console_pages::find_page(text).map_err(|error| error.to_string())?;
    Ok(PageChoice::Page(page))
}

/// Reads `true` or `false`.
pub(super) fn flag_parser() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["true", "false"]).map(|value| value.eq_ignore_ascii_case("true"))
}

/// Reads which browser opens a page.
pub(super) fn parse_browser(text: &str) -> Result<BrowserChoice, String> {
    text.parse().map_err(|error: NotABrowser| error.to_string())
}

/// Reads a page of the console.
pub(super) fn console_url(text: &str) -> Result<ConsoleUrl, String> {
    ConsoleUrl::parse(text).map_err(|error| error.to_string())
}

/// Reads an address to listen on: a port, an IP address, or both. Without an address it is loopback.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Ok(port) = text.parse::<u16>() {
        return Ok(local(port));
    }
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(local(port));
    }
    let ip = text.trim_start_matches('[').trim_end_matches(']');
    match (text.parse::<SocketAddr>(), ip.parse::<IpAddr>()) {
        (Ok(address), _) => Ok(address),
        (_, Ok(ip)) => Ok(SocketAddr::new(ip, 0)),
        _ => Err("expected PORT, IP or IP:PORT, such as 4100 or 127.0.0.1:4100".to_owned()),
    }
}

/// Reads a percentage.
pub(super) fn parse_percentage(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("expected a percentage from 0 to 100".to_owned()),
    }
}

/// Reads a number above zero.
pub(super) fn parse_positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn build_completer(find: fn(&str, &App) -> Vec<CompletionCandidate>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |word: &OsStr| {
        let settings = Settings::resolve(Environment::capture()).ok();
        match (settings, word.to_str()) {
            (Some(settings), Some(word)) => find(word, &App::new(settings)),
            _ => Vec::new(),
        }
    })
}
