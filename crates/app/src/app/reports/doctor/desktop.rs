//! What surrounds the program: browser, clipboard, terminal, shell, other tools.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::context::Context;
use crate::app::pages::Pages;

use crate::domain::text::clean_text;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::platform::files::paths;
use crate::platform::processes::child;
use crate::platform::{clipboard, tty};
use crate::settings::env;

/// How long another tool may take to say its version.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The checks of this topic, with what they look at.
pub(super) struct DesktopChecks {
    context: Arc<Context>,
    pages: Arc<Pages>,
}

impl DesktopChecks {
    pub(super) fn new(context: &Arc<Context>, pages: &Arc<Pages>) -> Self {
        Self {
            context: Arc::clone(context),
            pages: Arc::clone(pages),
        }
    }

    pub(super) fn check_desktop(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::Desktop);
        self.check_browser(&mut found);
        self.check_clipboard(&mut found);
        self.check_terminal(&mut found);
        self.check_shell(&mut found);
        found.list
    }

    fn is_program(&self, name: &str) -> bool {
        paths::find_program(name, self.context.settings.environment.get(env::PATH)).is_some()
    }

    fn check_browser(&self, found: &mut Findings) {
        let settings = &self.context.settings;
        let preferences = &settings.preferences;
        let variable = settings.environment.get(env::BROWSER);
        let own = preferences.browser.clone();
        let own = own.or_else(|| BrowserChoice::of_variable(variable?).ok());
        match (self.pages.no_browser_because(), &own) {
            (Some(why), _) => found.add(
                Severity::Note,
                "browser",
                format!("no browser can be opened here: {why}"),
                ["links are shown so that you can open them elsewhere"],
            ),
            (None, Some(choice)) => found.ok("browser", format!("pages open with `{choice}`")),
            (None, None) => found.ok("browser", "pages open in the default browser"),
        }
        let chosen = own
            .iter()
            .chain(&preferences.sign_in_browser)
            .chain(
                preferences
                    .sessions
                    .values()
                    .filter_map(|session| session.browser.as_ref()),
            )
            .chain(settings.rules.browsers());
        let mut seen = Vec::new();
        for choice in chosen {
            if seen.contains(&choice) {
                continue;
            }
            seen.push(choice);
            if let Err(error) = self.pages.browsers().check(choice) {
                found.add(Severity::Warning, "browser", error.to_string(), error.hints());
            }
        }
        for browser in self.pages.browsers().installed_browsers() {
            let profiles = match browser.profiles.as_slice() {
                [] => "no profiles yet".to_owned(),
                names => format!(
                    "{}: {}",
                    if names.len() == 1 { "profile" } else { "profiles" },
                    names.join(", ")
                ),
            };
            found.ok("browsers", format!("{} is installed; {profiles}", browser.name));
        }
    }

    fn check_clipboard(&self, found: &mut Findings) {
        let elsewhere = self.context.settings.over_ssh() || !self.context.settings.has_display();
        match clipboard::TOOLS.iter().find(|tool| self.is_program(tool)) {
            Some(tool) if !elsewhere => {
                found.ok("clipboard", format!("clipboard: {tool}"));
            }
            _ => found.note(
                "clipboard",
                "clipboard: through the terminal (OSC 52); some terminals need this enabled",
            ),
        }
    }

    fn check_terminal(&self, found: &mut Findings) {
        let kind = self.context.settings.environment.get(env::TERM);
        if !tty::is_there() {
            found.note("terminal", "no terminal: commands work, the portal doesn't");
        } else if kind.is_none_or(|kind| kind == "dumb") {
            found.add(
                Severity::Warning,
                "terminal",
                "TERM is not set to a usable terminal type",
                ["set TERM, for example to xterm-256color"],
            );
        } else {
            let colour = if self.context.settings.no_color() {
                "colour disabled by NO_COLOR"
            } else {
                "colour"
            };
            found.ok("terminal", format!("{}, {colour}", kind.unwrap_or_default()));
        }
    }

    fn check_shell(&self, found: &mut Findings) {
        let program = self.context.settings.shell_program();
        let name = Path::new(&program)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        if !self.is_program(&program) {
            found.add(
                Severity::Problem,
                "shell",
                format!("shell `{program}` not found"),
                ["correct `shell` in genkan's config.toml, or SHELL"],
            );
        } else if matches!(&*name, "bash" | "zsh" | "fish") {
            found.ok("shell", format!("subshells are {name}"));
        } else {
            found.note(
                "shell",
                format!("subshells are {name}; its prompt won't show the target"),
            );
        }
        if let Some((taken, meaning)) = self
            .context
            .settings
            .environment
            .get(env::GENKAN_NAMES_TAKEN)
            .and_then(|value| value.split_once('='))
        {
            found.add(
                Severity::Warning,
                "shell-name",
                format!("`{taken}` is an existing {meaning} in this shell, so genkan did not define it"),
                [format!(
                    "choose another name in the shell's start-up file: `genkan init {name} --name NAME`"
                )],
            );
        }
        if !self.is_program("genkan") {
            found.add(
                Severity::Warning,
                "shell",
                "`genkan` is not on PATH, so `gk`, completions and credential_process profiles can't find it",
                ["add its folder to PATH, or link it into a folder on PATH"],
            );
        }
    }
}

/// Our own version and that of the AWS CLI, which shares our files.
pub(super) async fn check_versions() -> Vec<Finding> {
    let mut found = Findings::about(Topic::Versions);
    found.ok("genkan", format!("genkan {}", env!("CARGO_PKG_VERSION")));
    match child::output_within("aws", &["--version"], TIMEOUT).await {
        Ok(None) => found.add(
            Severity::Warning,
            "aws-cli",
            "`aws --version` did not exit",
            ["check which `aws` is on PATH: command -v aws"],
        ),
        Err(_) => found.note("aws-cli", "no AWS CLI on PATH"),
        Ok(Some(output)) if !output.status.success() => {
            found.note("aws-cli", "`aws --version` fails in this environment");
        }
        Ok(Some(output)) => aws_cli(&mut found, &String::from_utf8_lossy(&output.stdout)),
    }
    found.list
}

fn aws_cli(found: &mut Findings, said: &str) {
    let version = said.split_whitespace().next().unwrap_or_default();
    let number = version.strip_prefix("aws-cli/");
    match number.map(|n| n.split('.').next().unwrap_or_default()) {
        Some("1") => found.add(
            Severity::Note,
            "aws-cli",
            format!("{version} can use genkan's sign-in but has no `aws sso login`"),
            ["version 2 has"],
        ),
        Some(_) => found.ok("aws-cli", clean_text(version)),
        None => found.note("aws-cli", "`aws --version` printed no version"),
    }
}
