//! What surrounds the program: browser, clipboard, terminal, shell, other tools.

use std::path::Path;
use std::time::Duration;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::context::Context;
use crate::app::pages::Pages;

use crate::domain::text::clean;
use crate::platform::{child, clipboard, paths, tty};
use crate::settings::env;

/// How long another tool may take to say its version.
const PATIENCE: Duration = Duration::from_secs(4);

/// The checks of this topic, with what they look at.
pub(super) struct DesktopChecks<'a> {
    pub(super) context: &'a Context,
    pub(super) pages: &'a Pages,
}

impl DesktopChecks<'_> {
    pub(super) fn check_desktop(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::Desktop);
        self.check_browser(&mut found);
        self.check_clipboard(&mut found);
        self.check_terminal(&mut found);
        self.check_shell(&mut found);
        found.list
    }

    fn is_program(&self, name: &str) -> bool {
        paths::program(name, self.context.settings.environment.get(env::PATH)).is_some()
    }

    fn check_browser(&self, found: &mut Findings) {
        let preferred = self.context.settings.preferences.browser.as_deref();
        let own = preferred.or(self.context.settings.environment.get(env::BROWSER));
        let first = own.and_then(|command| command.split_whitespace().next());
        match (self.pages.no_browser_because(), first) {
            (Some(why), _) => found.add(
                Severity::Note,
                "browser",
                format!("no browser is opened here: {why}"),
                ["addresses are shown and copied for the browser that you have elsewhere"],
            ),
            (None, Some(program)) if !self.is_program(program) => found.add(
                Severity::Warning,
                "browser",
                format!("the browser `{program}` isn't there"),
                ["correct `browser` in genkan's config.toml, or BROWSER"],
            ),
            (None, Some(program)) => found.ok("browser", format!("pages open with `{program}`")),
            (None, None) => found.ok("browser", "pages open in the desktop's browser"),
        }
    }

    fn check_clipboard(&self, found: &mut Findings) {
        let elsewhere = self.context.settings.over_ssh() || !self.context.settings.has_display();
        match clipboard::TOOLS.iter().find(|tool| self.is_program(tool)) {
            Some(tool) if !elsewhere => {
                found.ok("clipboard", format!("the clipboard is reached with {tool}"));
            }
            _ => found.note(
                "clipboard",
                "the clipboard is reached through the terminal (OSC 52), which some have to be told to allow",
            ),
        }
    }

    fn check_terminal(&self, found: &mut Findings) {
        let kind = self.context.settings.environment.get(env::TERM);
        if !tty::is_there() {
            found.note(
                "terminal",
                "there is no terminal here: commands work, the portal doesn't",
            );
        } else if kind.is_none_or(|kind| kind == "dumb") {
            found.add(
                Severity::Warning,
                "terminal",
                "TERM doesn't say what the terminal can do",
                ["set TERM, for example to xterm-256color"],
            );
        } else {
            let colour = if self.context.settings.no_color() {
                "no colour, as asked"
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
                format!("the shell `{program}` isn't there"),
                ["correct `shell` in genkan's config.toml, or SHELL"],
            );
        } else if matches!(&*name, "bash" | "zsh" | "fish") {
            found.ok("shell", format!("subshells are {name}"));
        } else {
            found.note(
                "shell",
                format!("subshells are {name}; its prompt won't say where you are"),
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
                format!(
                    "`{taken}` is an existing {meaning} in this shell, so genkan's command has no name here"
                ),
                [format!(
                    "give it another name in the shell's start-up file: `genkan init {name} --name NAME`"
                )],
            );
        }
        if !self.is_program("genkan") {
            found.add(
                Severity::Warning,
                "shell",
                "`genkan` is not on PATH: `gk`, completions and credential_process lines don't find it",
                ["add its folder to PATH, or link it into one that is there"],
            );
        }
    }
}

/// Our own version and that of the AWS CLI, which shares our files.
pub(super) async fn check_versions() -> Vec<Finding> {
    let mut found = Findings::about(Topic::Versions);
    found.ok("genkan", format!("genkan {}", env!("CARGO_PKG_VERSION")));
    match child::output_within("aws", &["--version"], PATIENCE).await {
        Ok(None) => found.add(
            Severity::Warning,
            "aws-cli",
            "`aws --version` doesn't end",
            ["look at what `aws` on PATH is: command -v aws"],
        ),
        Err(_) => found.note("aws-cli", "there is no AWS CLI on PATH"),
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
            format!("{version} uses a sign-in of genkan's but has no `aws sso login`"),
            ["version 2 has"],
        ),
        Some(_) => found.ok("aws-cli", clean(version)),
        None => found.note("aws-cli", "`aws --version` says no version"),
    }
}
