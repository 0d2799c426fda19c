//! What a command needs before it runs: settings, the log, an event loop, the services. Each command takes as little
//! of it as it can, because shells and SDKs run some of them all the time.

use std::sync::Arc;

use super::exit::{Ended, Failure};
use super::output::Output;
use super::suspension::BoxedWork;
use super::waits;
use crate::app::App;
use crate::domain::text::clean_lines;
use crate::platform::log;
use crate::settings::{Environment, Settings, env};

/// A command that is about to run.
pub(super) struct Launch<'a> {
    /// The command's name, for the log.
    name: &'a str,
    environment: Environment,
    output: &'a Output,
}

impl<'a> Launch<'a> {
    pub(super) fn new(name: &'a str, environment: Environment, output: &'a Output) -> Self {
        Self {
            name,
            environment,
            output,
        }
    }

    /// The variables of this process.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The settings, whose notices the command says itself.
    pub(super) fn silent_settings(self) -> Result<Settings, Failure> {
        let mut settings = Settings::resolve(self.environment).map_err(|error| Failure::settings(&error))?;
        start_log(self.name, &mut settings);
        Ok(settings)
    }

    fn settings(self) -> Result<Settings, Failure> {
        let output = self.output;
        let settings = self.silent_settings()?;
        for notice in &settings.notices {
            output.notice(notice);
        }
        Ok(settings)
    }

    /// Runs a command that makes no network call, and so needs no event loop.
    pub(super) fn offline(
        self,
        command: impl FnOnce(&App) -> Result<Ended, Failure>,
    ) -> Result<Ended, Failure> {
        let output = self.output;
        let app = App::new(self.settings()?);
        let ended = command(&app);
        with_notices(ended, &app, output)
    }

    /// Runs a command on an event loop.
    pub(super) fn with_runtime(
        self,
        command: impl AsyncFnOnce(Settings) -> Result<Ended, Failure>,
    ) -> Result<Ended, Failure> {
        let settings = self.settings()?;
        let runtime = build_runtime()?;
        let command: BoxedWork<'_, _> = Box::pin(command(settings));
        let ended = runtime.block_on(command);
        // A background task, such as a link that waits for the browser, is not waited for.
        runtime.shutdown_background();
        ended
    }

    /// Runs a command on an event loop, with the services.
    pub(super) fn with_app(
        self,
        command: impl AsyncFnOnce(&Arc<App>) -> Result<Ended, Failure>,
    ) -> Result<Ended, Failure> {
        let output = self.output;
        self.with_runtime(async |settings| {
            let app = Arc::new(App::new(settings));
            let watch = waits::report_waits(&app);
            let command: BoxedWork<'_, _> = Box::pin(command(&app));
            let ended = command.await;
            drop(watch);
            with_notices(ended, &app, output)
        })
    }
}

/// The event loop of one command.
pub(super) fn build_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::runtime(&e))
}

/// What a user should know of files, after everything else.
fn with_notices(ended: Result<Ended, Failure>, app: &App, output: &Output) -> Result<Ended, Failure> {
    for notice in app.context.take_notices() {
        // What stopped the command is told as its failure.
        if !matches!(&ended, Err(failure) if failure.is_about(notice.subject())) {
            output.notice(&notice.to_string());
        }
    }
    ended
}

/// Starts the log where it is asked for. That it can't be written stops nothing.
fn start_log(command: &str, settings: &mut Settings) {
    let Some(words) = settings.environment.get(env::GENKAN_LOG) else {
        return;
    };
    match log::start_log(words, &settings.paths.state, one_line) {
        // The command's arguments may be anything, so they are not logged.
        Ok(()) => log::info!(
            "started version={:?} command={command:?}",
            env!("CARGO_PKG_VERSION")
        ),
        Err(error) => settings.notices.push(format!("logging is off: {error}")),
    }
}

fn one_line(text: &str) -> String {
    clean_lines(text).replace('\n', "\u{fffd}")
}
